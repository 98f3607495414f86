//! The JSON Schema of this library's own kinds, for editors.

use std::collections::BTreeSet;

use serde_json::{Map, Value, json};

use super::kinds::{Kind, Schemas};

/// The JSON Schema (2020-12) of the kinds of `apiVersion: reliability/v1`. Editors complete and check documents by it, for instance
/// by a first line `# yaml-language-server: $schema=reliability.schema.json`.
///
/// ```
/// let schema = reliability_core::document::schema();
/// assert_eq!(schema["oneOf"].as_array().map(Vec::len), Some(5));
/// ```
pub fn schema() -> Value {
    let schemas = Schemas::get();
    let own: Vec<_> = Kind::ALL.iter().copied().filter(|kind| kind.is_own()).collect();
    let alternatives: Vec<_> = own
        .iter()
        .map(|kind| {
            json!({
                "title": kind.name(),
                "type": "object",
                "properties": {
                    "apiVersion": { "const": kind.api_version() },
                    "kind": { "const": kind.name() },
                    "metadata": schemas.metadata,
                    "spec": schemas.spec(*kind),
                },
                "required": ["apiVersion", "kind", "metadata", "spec"],
                "additionalProperties": false,
            })
        })
        .collect();
    let mut needed = BTreeSet::new();
    for alternative in &alternatives {
        references(alternative, &schemas.definitions, &mut needed);
    }
    let definitions: Map<_, _> = schemas
        .definitions
        .iter()
        .filter(|(name, _)| needed.contains(name.as_str()))
        .map(|(name, schema)| (name.clone(), schema.clone()))
        .collect();
    json!({
        "$schema": "https://json-schema.org/draft/2020-12/schema",
        "title": "Documents of reliability/v1",
        "oneOf": alternatives,
        "$defs": definitions,
    })
}

/// The definitions that a schema leads to.
fn references<'a>(schema: &Value, definitions: &'a Map<String, Value>, needed: &mut BTreeSet<&'a str>) {
    match schema {
        Value::Object(map) => {
            let name = map.get("$ref").and_then(Value::as_str).and_then(|name| name.rsplit('/').next());
            if let Some((name, definition)) = name.and_then(|name| definitions.get_key_value(name))
                && needed.insert(name)
            {
                references(definition, definitions, needed);
            }
            map.values().for_each(|value| references(value, definitions, needed));
        }
        Value::Array(items) => items.iter().for_each(|item| references(item, definitions, needed)),
        _ => {}
    }
}
