//! The JSON Schemas of what people write, for completion and checks in editors.

use schemars::JsonSchema;
use schemars::generate::SchemaSettings;
use serde_json::Value;

use super::document::Root;

/// The manifest's schema. It describes a single file, so whatever another file may add is not
/// required; and it is laxer than [`super::load`], which knows what belongs together.
pub fn schema() -> Value {
    of::<Root>("trueup manifest")
}

/// The schema of a document, draft 2020-12.
pub fn of<T: JsonSchema>(title: &str) -> Value {
    let generator = SchemaSettings::draft2020_12().into_generator();
    let mut schema = generator.into_root_schema_for::<T>();
    schema.insert("title".into(), title.into());
    let mut schema = schema.to_value();
    unwrap_descriptions(&mut schema);
    schema
}

/// Descriptions are the types' documentation, whose lines end where the source's do.
fn unwrap_descriptions(schema: &mut Value) {
    match schema {
        Value::Object(members) => {
            for (name, member) in members {
                match member {
                    Value::String(text) if name == "description" => {
                        *text = text.replace("\n\n", "\u{0}").replace('\n', " ");
                        *text = text.replace('\u{0}', "\n\n");
                    }
                    member => unwrap_descriptions(member),
                }
            }
        }
        Value::Array(items) => items.iter_mut().for_each(unwrap_descriptions),
        _ => {}
    }
}
