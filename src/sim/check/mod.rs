//! Argument checks: what a method takes, said once, and refused in pydantic's words.
//!
//! A method's parameters are [`Field`]s; what a value may be is a [`Shape`]. Checking gives the
//! value with its defaults filled in, as `accept_params` does, or every complaint in the order in
//! which pydantic finds them: a model's fields in their own order, then what it does not know.
//!
//! Source: `api/base/handler/accept.py`, `api/base/model.py` of TS-25.10.6 (`strict`,
//! `extra="forbid"`, `str_max_length=1024`), and pydantic 2.9, whose texts these are.

mod errors;
mod model;
mod pydantic;
mod schema;
mod shape;
pub mod texts;
mod verdict;

use serde_json::Value;

pub use errors::Errors;
pub use model::{Field, Model, ModelRule, absent, forbidden, optional, required};
pub use schema::accept_by_schema;
pub use shape::{
    Shape, any, any_of, at_least, between, boolean, enum_member, int, list, long_text, nullable,
    object, one_of, one_of_values, tagged, tagged_by_enum, text,
};
pub use verdict::Objection;

use super::fault::{Complaint, Fault};
use super::release::Release;
use verdict::{Place, Verdict};

/// Checks the positional parameters of a call against what the method takes in that release.
///
/// # Errors
/// [`Fault::Invalid`] with everything that is wrong; [`Fault::Call`] where the real check itself
/// fails on what it got (a filter that is a number).
pub fn accept<const N: usize>(
    release: Release,
    fields: [Field; N],
    params: &[Value],
) -> Result<[Value; N], Fault> {
    if params.len() > N {
        let message = format!("Too many arguments (expected {N}, found {})", params.len());
        return Err(Errors::new().with("", message).into());
    }
    let mut verdict = Verdict::default();
    let mut accepted = [const { Value::Null }; N];
    for (index, field) in fields.iter().enumerate() {
        let found = params.get(index);
        if let Some(value) = field.check(found, &Place::Top, &mut verdict) {
            accepted[index] = value;
        }
    }
    verdict.into_result(release, accepted)
}

impl From<Errors> for Fault {
    fn from(errors: Errors) -> Self {
        Self::Invalid { complaints: errors.into_complaints(), many: true }
    }
}

impl Complaint {
    /// A complaint about one attribute, EINVAL.
    pub fn new(attribute: impl Into<String>, message: impl Into<String>) -> Self {
        Self { attribute: Some(attribute.into()), message: message.into(), errno: 22 }
    }
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::*;

    /// What a refused call's reason is, without the final line feed.
    fn refusal<const N: usize>(fields: [Field; N], params: Value) -> String {
        let params = params.as_array().cloned().unwrap_or_default();
        match accept(Release::V25_10, fields, &params) {
            Ok(accepted) => format!("accepted {}", json!(accepted.to_vec())),
            Err(Fault::Call { class, reason, .. }) => format!("{class}: {reason}"),
            Err(Fault::Invalid { complaints, .. }) => complaints
                .iter()
                .map(|c| format!("{}: {}", c.attribute.as_deref().unwrap_or("None"), c.message))
                .collect::<Vec<_>>()
                .join("\n"),
        }
    }

    fn options() -> Model {
        Model::new(
            "Options",
            [
                optional("silent", boolean(), true),
                optional("timeout", nullable(int()), 120),
                optional("mode", texts::unix_perm(), "755"),
            ],
        )
    }

    fn control() -> [Field; 3] {
        [
            required("verb", one_of(&["START", "STOP"])),
            required("service", text()),
            Field::defaulting("options", options()),
        ]
    }

    #[test]
    fn defaults_are_filled_in() {
        assert_eq!(
            refusal(control(), json!(["START", "ssh", {"timeout": null}])),
            r#"accepted ["START","ssh",{"mode":"755","silent":true,"timeout":null}]"#
        );
        assert_eq!(
            refusal(control(), json!(["START", "ssh"])),
            r#"accepted ["START","ssh",{"mode":"755","silent":true,"timeout":120}]"#
        );
    }

    #[test]
    fn complaints_come_in_field_order_with_unknown_fields_last() {
        let sent = json!(["DANCE", 1, {"aa": 1, "mode": "9", "silent": 1, "timeout": 1.0}]);
        assert_eq!(
            refusal(control(), sent),
            "verb: Input should be 'START' or 'STOP'\n\
             service: Input should be a valid string\n\
             options.silent: Input should be a valid boolean\n\
             options.timeout: Input should be a valid integer\n\
             options.mode: Value error, Not a valid integer. Must be between 000 and 777\n\
             options.aa: Extra inputs are not permitted"
        );
        assert_eq!(
            refusal(control(), json!(["START", "ssh", {}, 4])),
            ": Too many arguments (expected 3, found 4)"
        );
        assert_eq!(
            refusal(control(), json!(["START", "ssh", null])),
            "options: Input should be a valid dictionary or instance of Options"
        );
    }

    #[test]
    fn an_update_takes_what_is_there_and_refuses_fixed_fields_in_their_place() {
        let model = Model::new(
            "Update",
            [
                forbidden("id"),
                required("port", between(1, 65535)),
                forbidden("key"),
                absent("atime", one_of(&["ON", "OFF"])),
            ],
        )
        .partial();
        let data = || [required("data", model.clone())];
        assert_eq!(refusal(data(), json!([{}])), "accepted [{}]");
        assert_eq!(refusal(data(), json!([{"port": 22}])), r#"accepted [{"port":22}]"#);
        assert_eq!(
            refusal(data(), json!([{"zz": 1, "key": null, "port": 0, "id": 1, "atime": true}])),
            "data.id: Extra inputs are not permitted\n\
             data.port: Input should be greater than or equal to 1\n\
             data.key: Extra inputs are not permitted\n\
             data.atime.literal['ON','OFF']: Input should be 'ON' or 'OFF'\n\
             data.atime.is-instance[_NotRequired]: Input should be an instance of _NotRequired\n\
             data.zz: Extra inputs are not permitted"
        );
    }

    #[test]
    fn a_union_complains_for_every_member() {
        let number_or_name = || [required("id", any_of([int(), text()]))];
        assert_eq!(refusal(number_or_name(), json!(["x"])), r#"accepted ["x"]"#);
        assert_eq!(
            refusal(number_or_name(), json!([null])),
            "id.int: Input should be a valid integer\n\
             id.constrained-str: Input should be a valid string"
        );
        let quota = || {
            let none = one_of_values([json!(0), json!(null)]);
            [required("quota", nullable(any_of([at_least(1 << 30), none])))]
        };
        assert_eq!(refusal(quota(), json!([0])), "accepted [0]");
        assert_eq!(
            refusal(quota(), json!([5])),
            "quota.constrained-int: Input should be greater than or equal to 1073741824\n\
             quota.literal[0,None]: Input should be 0 or None"
        );
    }

    #[test]
    fn a_union_of_26_complains_once_and_last() {
        let size = any_of([int(), one_of(&["INHERIT"])]);
        let model = Model::new("Data", [absent("size", size), required("name", text())]);
        let told = match accept(Release::V26_0, [required("data", model)], &[json!({"size": "x"})])
        {
            Err(Fault::Invalid { complaints, .. }) => complaints,
            other => panic!("{other:?}"),
        };
        let told: Vec<_> = told.iter().map(|c| (c.attribute.as_deref(), &*c.message)).collect();
        assert_eq!(
            told,
            [
                (Some("data.size.int"), "Input should be a valid integer"),
                (Some("data.name"), "Field required"),
                (
                    Some("data.size"),
                    "Input should be 'INHERIT' or Input should be an instance of _NotRequired"
                ),
            ]
        );
    }

    #[test]
    fn a_tag_says_which_member_is_meant() {
        let pair = Model::new("Pair", [required("type", one_of(&["PAIR"])), required("n", int())]);
        let data = || [required("data", tagged("type", [("PAIR", pair.clone())]))];
        assert_eq!(refusal(data(), json!([{}])), "data.type: Field required");
        assert_eq!(refusal(data(), json!([{"type": "PAIR"}])), "data.PAIR.n: Field required");
        assert_eq!(
            refusal(data(), json!([{"type": "X"}])),
            "data: Input tag 'X' found using 'type' does not match any of the expected tags: 'PAIR'"
        );
    }

    #[test]
    fn lengths_are_counted_in_characters() {
        let name = || [required("name", text().min(1).max(2))];
        assert_eq!(refusal(name(), json!(["éé"])), r#"accepted ["éé"]"#);
        assert_eq!(refusal(name(), json!([""])), "name: String should have at least 1 character");
        assert_eq!(
            refusal(name(), json!(["abc"])),
            "name: String should have at most 2 characters"
        );
        let names = || [required("names", list(text()).min(1))];
        assert_eq!(
            refusal(names(), json!([[]])),
            "names: List should have at least 1 item after validation, not 0"
        );
        assert_eq!(refusal(names(), json!([["a", 1]])), "names.1: Input should be a valid string");
    }
}
