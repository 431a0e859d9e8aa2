//! What the generated schemas must and must not say.

use schemars::Schema;
use serde_json::{Value, json};

/// Removes the defaults that come with `#[serde(default)]`.
///
/// A default in a schema is written into every object by the API server. An empty string there would take away the
/// difference between "not said" and "said to be empty", and would fill `kubectl get -o yaml` with noise.
pub(crate) fn without_defaults(schema: &mut Schema) {
    let properties = schema
        .ensure_object()
        .get_mut("properties")
        .and_then(Value::as_object_mut);
    for property in properties.into_iter().flat_map(serde_json::Map::values_mut) {
        if let Some(property) = property.as_object_mut() {
            property.remove("default");
        }
    }
}

/// Declares a second spelling for properties whose first letters are capitals.
///
/// Undeclared properties are pruned before any reader sees them, and version 4.2 decoded without regard to case.
pub(crate) fn with_lower_case(schema: &mut Schema) {
    let Some(properties) = schema
        .ensure_object()
        .get_mut("properties")
        .and_then(Value::as_object_mut)
    else {
        return;
    };
    let capitals = |name: &&String| name.starts_with(|first: char| first.is_ascii_uppercase());
    let names: Vec<String> = properties.keys().filter(capitals).cloned().collect();
    for name in names {
        let mut property = properties[&name].clone();
        property["description"] = json!(format!("Another spelling of `{name}`; give only one of the two."));
        properties.insert(name.to_ascii_lowercase(), property);
    }
}
