//! What goes back: results, errors and notifications.
//!
//! Source: `api/base/server/ws_handler/rpc.py` of TS-25.10.6 (`format_truenas_error`,
//! `send_notification`).

use serde_json::{Value, json};

use crate::event::Event;
use crate::fault::{Complaint, Fault, errno_name};
use crate::repr::python_repr;

/// A result.
pub fn result(id: &Value, result: Value) -> String {
    json!({"jsonrpc": "2.0", "result": result, "id": id}).to_string()
}

/// An error without data: broken messages, unknown methods, too many calls.
pub fn error(id: &Value, code: i32, message: &str) -> String {
    json!({"jsonrpc": "2.0", "error": {"code": code, "message": message}, "id": id}).to_string()
}

/// A call that failed. The trace holds the arguments in clear, as the real one does.
pub fn fault(id: &Value, fault: &Fault, call: Traced<'_>) -> String {
    let (code, message) = match fault {
        Fault::Invalid { .. } => (-32602, "Invalid params"),
        Fault::Call { .. } => (-32001, "Method call error"),
    };
    let (errno, extra) = match fault {
        Fault::Invalid { complaints, .. } => (22, extra(complaints)),
        Fault::Call { errno, .. } => (*errno, Value::Null),
    };
    let data = json!({
        "error": errno,
        "errname": errno_name(errno),
        "reason": reason(fault),
        "trace": call.trace(fault),
        "extra": extra,
    });
    json!({"jsonrpc": "2.0", "error": {"code": code, "message": message, "data": data}, "id": id})
        .to_string()
}

/// The call that a trace is about.
#[derive(Clone, Copy)]
pub struct Traced<'a> {
    /// The method.
    pub method: &'a str,
    /// The parameters.
    pub params: &'a [Value],
    /// Whether frames are told: up to 25.10.
    pub frames: bool,
}

impl Traced<'_> {
    fn trace(&self, fault: &Fault) -> Value {
        const FILE: &str = "/usr/lib/python3/dist-packages/middlewared/main.py";
        let class = class(fault);
        let params = Value::from(self.params).to_string();
        let mut trace = json!({
            "class": class,
            "formatted": format!(
                "Traceback (most recent call last):\n  File \"{FILE}\", line 1, in call\n    {}(*{params})\n{class}: {}\n",
                self.method, reason(fault),
            ),
            "repr": repr(fault),
        });
        if self.frames {
            trace["frames"] = json!([{
                "filename": FILE,
                "lineno": 1,
                "method": "call",
                "line": self.method,
                "argspec": ["self", "params"],
                "locals": {"params": params},
            }]);
        }
        trace
    }
}

/// `extra` of a validation error.
pub fn extra(complaints: &[Complaint]) -> Value {
    complaints.iter().map(|c| json!([c.attribute, c.message, c.errno])).collect()
}

/// `str(exception)`
pub fn reason(fault: &Fault) -> String {
    match fault {
        Fault::Call { reason, .. } => reason.clone(),
        Fault::Invalid { complaints, many } => {
            let lines = complaints.iter().map(|Complaint { attribute, message, errno }| {
                let attribute = attribute.as_deref().unwrap_or("None");
                let end = if *many { "\n" } else { "" };
                format!("[{}] {attribute}: {message}{end}", errno_name(*errno))
            });
            lines.collect()
        }
    }
}

/// The exception's class.
pub fn class(fault: &Fault) -> &str {
    match fault {
        Fault::Call { class, .. } => class,
        Fault::Invalid { many: true, .. } => "ValidationErrors",
        Fault::Invalid { complaints, .. } => match complaints.first() {
            Some(Complaint { attribute: None, .. }) => "InstanceNotFound",
            _ => "ValidationError",
        },
    }
}

/// `repr(exception)`
pub fn repr(fault: &Fault) -> String {
    let one = |Complaint { attribute, message, errno }: &Complaint| {
        let attribute = attribute.as_deref().map_or("None".to_owned(), python_repr);
        format!("ValidationError({attribute}, {}, {errno})", python_repr(message))
    };
    match fault {
        Fault::Call { repr, .. } => repr.clone(),
        Fault::Invalid { complaints, many: true } => {
            let all: Vec<String> = complaints.iter().map(one).collect();
            format!("ValidationErrors([{}])", all.join(", "))
        }
        Fault::Invalid { complaints, many: false } => match complaints.first() {
            Some(Complaint { attribute: None, message, .. }) => {
                format!("InstanceNotFound({})", python_repr(message))
            }
            Some(complaint) => one(complaint),
            None => "ValidationErrors([])".to_owned(),
        },
    }
}

/// The notification of an event.
pub fn collection_update(event: &Event) -> String {
    let mut params = json!({"msg": event.msg, "collection": event.collection});
    if !event.id.is_null() {
        params["id"] = event.id.clone();
    }
    if let Some(fields) = &event.fields {
        params["fields"] = fields.clone();
    }
    json!({"jsonrpc": "2.0", "method": "collection_update", "params": params}).to_string()
}
