//! An API request as data: printable, savable, sent as it stands but for its placeholders.

use schemars::JsonSchema;
use serde::{Deserialize, Serialize};
use serde_json::Value;

use crate::model::FieldRef;
use crate::model::placeholder::{FillError, filled, refs};

/// The longest message that the server takes, in characters (utils/limits.py). Longer ones close
/// the connection.
pub(crate) const LONGEST_REQUEST: usize = 65_536;

/// One API request that changes something.
///
/// A parameter may hold placeholders, filled when the call is sent: `{"$ref": "address#field"}` is
/// that field's live value at that moment, `{"$lines": [...]}` the members as lines of one text, and
/// `{"$secret": "ed25519"}` a new private key that nobody sees.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct Call {
    /// The method: `pool.dataset.create`.
    pub method: String,
    /// The positional parameters.
    pub params: Vec<Value>,
    /// The method is a job: done when the job has ended, not when the call is answered.
    #[serde(default, skip_serializing_if = "is_default")]
    pub job: bool,
    /// The call succeeded only if it returned `true`: `service.control` reports a service that
    /// did not start as a successful job with the result `false`.
    #[serde(default, skip_serializing_if = "is_default")]
    pub must_return_true: bool,
    /// For how many seconds a call that was refused is tried again: after a failed start systemd
    /// refuses every start for a while, mended or not.
    #[serde(default, skip_serializing_if = "is_default")]
    pub retry_seconds: u64,
}

fn is_default<T: Default + PartialEq>(value: &T) -> bool {
    *value == T::default()
}

impl Call {
    /// A plain call, done when it is answered.
    pub fn new(method: &str, params: Vec<Value>) -> Self {
        Self {
            method: method.into(),
            params,
            job: false,
            must_return_true: false,
            retry_seconds: 0,
        }
    }

    /// The same call, which is a job.
    pub fn job(self) -> Self {
        Self { job: true, ..self }
    }

    /// The same call, which fails unless it returns `true`.
    pub fn must_return_true(self) -> Self {
        Self { must_return_true: true, ..self }
    }

    /// The same call, tried again for so many seconds when it is refused.
    pub fn retried_for(self, seconds: u64) -> Self {
        Self { retry_seconds: seconds, ..self }
    }

    /// Every `address#field` that the parameters refer to, in the order they stand.
    pub fn refs(&self) -> Vec<FieldRef> {
        self.params.iter().flat_map(refs).collect()
    }

    /// The parameters with every placeholder filled by `fill`.
    ///
    /// # Errors
    /// A reference that `fill` knows nothing of, or a text that must not be sent.
    pub fn filled(
        &self,
        fill: &dyn Fn(&FieldRef) -> Option<Value>,
    ) -> Result<Vec<Value>, FillError> {
        self.params.iter().map(|param| filled(param, fill)).collect()
    }
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::*;
    use crate::model::placeholder::{lines, reference};

    #[test]
    fn placeholders_are_found_and_filled_at_any_depth() {
        let key: FieldRef = "boston/ssh_keypair/k#public_key".parse().expect("a field");
        let call = Call::new("user.create", vec![json!({ "keys": ["a", reference(&key)] })]);
        assert_eq!(call.refs(), vec![key]);
        let filled = call.filled(&|_| Some(json!("b"))).expect("all known");
        assert_eq!(filled, vec![json!({ "keys": ["a", "b"] })]);
        let text = Call::new("x", vec![lines(vec![json!("a"), reference(&call.refs()[0])])]);
        assert_eq!(text.filled(&|_| Some(json!("b"))), Ok(vec![json!("a\nb")]));
        let name = || "boston/ssh_keypair/k#public_key".to_string();
        assert_eq!(call.filled(&|_| None), Err(FillError::Unknown(name())));
        for breaks in ["b\nc", "b\rc", "b\u{85}c", "b\u{2028}c", "b\u{0}"] {
            let filled = call.filled(&|_| Some(json!(["a", breaks])));
            assert_eq!(filled, Err(FillError::NotOneLine(name())), "{breaks:?}");
        }
    }

    #[test]
    fn list_entries_with_line_breaks_are_not_sent() {
        let refused = Err(FillError::EntryWithLineBreak("b\nc".into()));
        for list in [lines(vec![json!("a"), json!("b\nc")]), json!({ "groups": ["b\nc"] })] {
            assert_eq!(Call::new("x", vec![list]).filled(&|_| None), refused);
        }
        let text = json!({ "comments": "b\nc" });
        assert_eq!(Call::new("x", vec![text.clone()]).filled(&|_| None), Ok(vec![text]));
    }
}
