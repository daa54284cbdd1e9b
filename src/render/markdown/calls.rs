//! The calls of a step for a pull request. A long list is shown by its changes, as in the step's
//! changes above: TrueNAS takes such a list only as a whole, and hundreds of keys on one line hide
//! the one that is new. Everything else is shown exactly as it is sent.

use serde_json::{Map, Value};

use crate::model::Change;
use crate::model::field::entries;
use crate::model::visible::visible;
use crate::plan::Step;
use crate::render::list_diff::{DiffLine, Line, diff};
use crate::render::plan::call_line;
use crate::render::value::unchanged;
use crate::truenas_wire::Call;

/// The longest list that is always shown as it is sent, in entries.
const LONGEST_WHOLE: usize = 10;

/// The calls of a step, each on one line but for its long lists, which are a line diff.
pub(super) fn call_lines(step: &Step) -> Vec<String> {
    let text = |call: &Call| {
        let mut text = CallText { step, text: call.method.clone(), is_shortened: false };
        for param in &call.params {
            text.text.push(' ');
            text.value(param);
        }
        if text.is_shortened { text.text } else { call_line(call) }
    };
    step.calls.iter().map(text).collect()
}

/// A call while it is written.
struct CallText<'a> {
    step: &'a Step,
    text: String,
    /// Whether entries of a list are only counted.
    is_shortened: bool,
}

impl CallText<'_> {
    fn value(&mut self, value: &Value) {
        match value {
            Value::Array(members) => self.list(members),
            Value::Object(members) => self.object(members),
            Value::String(text) => self.lines(text),
            other => self.text += &other.to_string(),
        }
    }

    fn object(&mut self, members: &Map<String, Value>) {
        self.text.push('{');
        for (at, (name, member)) in members.iter().enumerate() {
            let comma = if at == 0 { "" } else { "," };
            self.text += &format!("{comma}{}:", json(&Value::from(name.as_str())));
            self.value(member);
        }
        self.text.push('}');
    }

    fn list(&mut self, members: &[Value]) {
        if let Some(lines) = self.changed(members, &json) {
            return self.block("[", lines, "]");
        }
        self.text.push('[');
        for (at, member) in members.iter().enumerate() {
            if at > 0 {
                self.text.push(',');
            }
            self.value(member);
        }
        self.text.push(']');
    }

    /// A text, which may be a list by its lines.
    fn lines(&mut self, text: &str) {
        let members: Vec<Value> = text.split('\n').map(Value::from).collect();
        match self.changed(&members, &unquoted) {
            Some(lines) => self.block("\"", lines, "\""),
            None => self.text += &json(&Value::from(text)),
        }
    }

    /// What changes in a long list; `None` for a short one, and for one that not exactly one change
    /// explains.
    fn changed(
        &self,
        members: &[Value],
        shown: &dyn Fn(&Value) -> String,
    ) -> Option<Vec<DiffLine>> {
        if members.len() <= LONGEST_WHOLE {
            return None;
        }
        let explains = |change: &&Change| entries(&change.after) == members;
        let mut explaining = self.step.changes.iter().filter(explains);
        let change = explaining.next()?;
        if explaining.any(|other| other.before != change.before) {
            return None;
        }
        let line = |value: &Value| Line { whole: value.to_string(), shown: shown(value) };
        let lines = |value: &Value| entries(value).iter().map(line).collect::<Vec<_>>();
        Some(diff(&lines(&change.before), &lines(&change.after)))
    }

    fn block(&mut self, opening: &str, lines: Vec<DiffLine>, closing: &str) {
        self.is_shortened = true;
        self.text += opening;
        for line in lines {
            self.text += &match line {
                DiffLine::Removed(line) => format!("\n- {line}"),
                DiffLine::Added(line) => format!("\n+ {line}"),
                DiffLine::Context(line) => format!("\n  {line}"),
                DiffLine::Unchanged(count) => {
                    format!("\n  {}, sent as before", unchanged(count))
                }
            };
        }
        self.text += &format!("\n{closing}");
    }
}

/// A value as it is sent.
fn json(value: &Value) -> String {
    visible(&value.to_string()).into_owned()
}

/// A line of a text as it is sent.
fn unquoted(line: &Value) -> String {
    let text = json(line);
    let inner = text.strip_prefix('"').and_then(|text| text.strip_suffix('"'));
    inner.map(str::to_owned).unwrap_or(text)
}

#[cfg(test)]
mod tests {
    use std::collections::BTreeMap;

    use serde_json::json;

    use super::*;
    use crate::plan::Action;
    use crate::plan::document::StepType;

    fn shown(changes: Vec<Change>, parameters: Value) -> String {
        let step = Step {
            id: "box/user/repl".into(),
            step_type: StepType::Change,
            address: "box/user/repl".parse().expect("an address"),
            action: Action::Update,
            manifest: None,
            needs: Vec::new(),
            risks: Vec::new(),
            consequences: BTreeMap::new(),
            expects: BTreeMap::new(),
            changes,
            switches: BTreeMap::new(),
            calls: vec![Call::new("user.update", vec![json!(7), parameters])],
        };
        call_lines(&step).concat()
    }

    fn numbered(count: usize) -> Vec<Value> {
        (1..=count).map(|number| json!(format!("n{number}"))).collect()
    }

    #[test]
    fn long_lists_are_shown_by_their_changes() {
        let reference = json!({ "$ref": "a/ssh_keypair/k#public_key" });
        let before = numbered(20);
        let after = [before.clone(), vec![reference.clone()]].concat();
        let change = || Change::new("authorized_keys.keys", json!(before), json!(after));
        assert_eq!(
            shown(vec![change()], json!({ "locked": false, "sshpubkey": { "$lines": after } })),
            "user.update 7 {\"locked\":false,\"sshpubkey\":{\"$lines\":[\n  … 18 unchanged, sent as \
             before\n  \"n19\"\n  \"n20\"\n+ {\"$ref\":\"a/ssh_keypair/k#public_key\"}\n]}}"
        );
    }

    #[test]
    fn lists_that_are_short_or_that_no_single_change_explains_are_shown_whole() {
        let call = |list: &[Value]| json!({ "sudo_commands": list });
        let whole = |list: &[Value]| format!("user.update 7 {}", call(list));
        let change = |before: Value, list: &[Value]| Change::new("f", before, json!(list));
        let (short, long) = (numbered(10), numbered(11));
        assert_eq!(shown(vec![change(json!([]), &short)], call(&short)), whole(&short));
        assert_eq!(shown(vec![change(json!([]), &short)], call(&long)), whole(&long));
        let ambiguous = vec![change(json!([]), &long), change(json!(["n1"]), &long)];
        assert_eq!(shown(ambiguous, call(&long)), whole(&long));
    }
}
