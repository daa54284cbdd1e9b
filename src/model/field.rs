//! A field that differs, with both its values.

use schemars::JsonSchema;
use serde::{Deserialize, Serialize};
use serde_json::Value;

/// A field that differs between live and desired.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct Change {
    /// The field's manifest path below the resource: `sudo.no_password`.
    pub field: String,
    /// The live value, in the manifest's own form; `null` where there is none yet.
    pub before: Value,
    /// The desired value; `{"$ref": "address#field"}` stands for what is known only after apply.
    pub after: Value,
}
