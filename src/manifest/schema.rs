//! The manifest's JSON Schema, for completion and checks in editors.

use schemars::generate::SchemaSettings;
use serde_json::Value;

use super::document::Root;

/// The schema, draft 2020-12. It describes a single file, so whatever another file may add is not
/// required; and it is laxer than [`super::load`], which knows what belongs together.
pub fn schema() -> Value {
    let generator = SchemaSettings::draft2020_12().into_generator();
    let mut schema = generator.into_root_schema_for::<Root>();
    schema.insert("title".into(), "trueup manifest".into());
    schema.to_value()
}
