//! Naming schemas of snapshots: `strftime` formats that can be read back.
//!
//! Source: `zettarepl/snapshot/name.py` (`validate_snapshot_naming_schema`); CPython's
//! `_strptime.py`, whose texts for unknown and repeated directives these are.

use jiff::Timestamp;
use jiff::tz::TimeZone;

use super::super::check::{Objection, Shape, text};
use super::super::repr::python_repr;

/// What `strptime` knows.
const DIRECTIVES: &str = "aAbBcdfGHIjmMpSuUVwWxXyYzZ%";
/// What must be in a schema that does not count seconds.
const NEEDED: [&str; 5] = ["%Y", "%m", "%d", "%H", "%M"];

/// `SnapshotNameSchema`
pub(super) fn schema() -> Shape {
    text().rule("function-after[<lambda>(), constrained-str]", |value| {
        check(value.as_str().unwrap_or_default()).map_err(Objection::Value)
    })
}

/// What a snapshot that is taken now is called.
pub(super) fn now(schema: &str) -> String {
    let now = Timestamp::now().to_zoned(TimeZone::UTC);
    jiff::fmt::strtime::format(schema, &now).unwrap_or_default().replace('+', "--")
}

fn check(schema: &str) -> Result<(), String> {
    if schema.contains("%%") {
        return Err("% is not an allowed character in ZFS snapshot name".into());
    }
    let allowed = |c: char| c.is_ascii_alphanumeric() || " %_.:-".contains(c);
    let forbidden: String = schema.chars().filter(|c| !allowed(*c)).collect();
    match forbidden.chars().count() {
        0 => {}
        1 => return Err(format!("{forbidden} is not an allowed character in ZFS snapshot name")),
        _ => {
            return Err(format!("{forbidden} are not allowed characters in ZFS snapshot name"));
        }
    }
    let directives: Vec<Option<char>> =
        schema.split('%').skip(1).map(|after| after.chars().next()).collect();
    if directives.contains(&Some('s')) {
        if directives.iter().any(|letter| letter.is_some_and(|letter| letter != 's')) {
            return Err("No other placeholder can be used with %s in naming schema".into());
        }
        return Ok(());
    }
    if let Some(missing) = NEEDED.iter().find(|needed| !schema.contains(*needed)) {
        return Err(format!("{missing} must be present in snapshot naming schema"));
    }
    if directives.contains(&Some('z')) && schema.contains("--") {
        return Err(
            "%z and `--` can't be present in snapshot naming schema at the same time. ZFS \
                    snapshot names can't contain `+` so we use `--` instead."
                .into(),
        );
    }
    for (place, directive) in directives.iter().enumerate() {
        let Some(letter) = directive else {
            return Err(format!("stray %% in format {}", python_repr(schema)));
        };
        if !DIRECTIVES.contains(*letter) {
            let letter = python_repr(&letter.to_string());
            return Err(format!("{letter} is a bad directive in format {}", python_repr(schema)));
        }
        if let Some(first) = directives[..place].iter().position(|other| other == directive) {
            return Err(format!(
                "Invalid naming schema: redefinition of group name {} as group {}; was group {}",
                python_repr(&letter.to_string()),
                place + 1,
                first + 1
            ));
        }
    }
    Ok(())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_schema_can_be_read_back() {
        for schema in ["auto-%Y-%m-%d_%H-%M", "%Y%m%d%H%M%z", "snap-%s", "%H:%M %d.%m.%Y"] {
            assert_eq!(check(schema), Ok(()), "{schema}");
        }
        for (schema, told) in [
            ("daily", "%Y must be present in snapshot naming schema"),
            ("%Y-%m-%d", "%H must be present in snapshot naming schema"),
            ("%Y%%", "% is not an allowed character in ZFS snapshot name"),
            ("a/b", "/ is not an allowed character in ZFS snapshot name"),
            ("a/b@", "/@ are not allowed characters in ZFS snapshot name"),
            ("%s-%Y", "No other placeholder can be used with %s in naming schema"),
            ("auto-%Y-%m-%d_%H-%M-%Q", "'Q' is a bad directive in format 'auto-%Y-%m-%d_%H-%M-%Q'"),
            (
                "%Y-%m-%d_%H-%M-%Y",
                "Invalid naming schema: redefinition of group name 'Y' as group 6; was group 1",
            ),
        ] {
            assert_eq!(check(schema).expect_err(schema), told);
        }
    }

    #[test]
    fn a_name_is_made_of_the_time() {
        let name = now("auto-%Y-%m-%d_%H-%M");
        assert!(
            name.starts_with("auto-2") && name.len() == "auto-2026-01-01_00-00".len(),
            "{name}"
        );
    }
}
