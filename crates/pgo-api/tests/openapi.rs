//! The document says what the catalogue and the recordings say.

#![expect(clippy::unwrap_used, reason = "helpers of tests may panic")]

use std::collections::BTreeSet;
use std::fs;

use pgo_api::{Method, OpenRoute, Place, catalogue, openapi};
use serde_json::{Value, json};

const OPEN: OpenRoute = OpenRoute {
    path: "/healthz",
    summary: "The server lives.",
    content: "text/plain",
};

/// The path of a request's schema, without what stands around it.
fn resolve<'a>(document: &'a Value, schema: &'a Value) -> &'a Value {
    match schema["$ref"].as_str() {
        Some(reference) => resolve(
            document,
            document.pointer(reference.strip_prefix('#').unwrap()).unwrap(),
        ),
        None => schema,
    }
}

/// Lists the keys of `value` that `schema` does not know.
fn unknown(document: &Value, schema: &Value, value: &Value, at: &str) -> Vec<String> {
    let schema = resolve(document, schema);
    let variants = ["allOf", "anyOf"].iter().find_map(|key| schema[key].as_array());
    if let Some(variants) = variants {
        let found = variants
            .iter()
            .map(|variant| unknown(document, variant, value, at));
        // A key is unknown when no part knows it.
        return found
            .reduce(|one, other| one.into_iter().filter(|key| other.contains(key)).collect())
            .unwrap_or_default();
    }
    match value {
        Value::Object(fields) => fields
            .iter()
            .flat_map(|(key, value)| {
                let at = format!("{at}.{key}");
                match (&schema["properties"][key], &schema["additionalProperties"]) {
                    (Value::Null, Value::Null) => vec![at],
                    (Value::Null, values) => unknown(document, values, value, &at),
                    (field, _) => unknown(document, field, value, &at),
                }
            })
            .collect(),
        Value::Array(items) => items
            .iter()
            .flat_map(|item| unknown(document, &schema["items"], item, at))
            .collect(),
        _ => Vec::new(),
    }
}

#[test]
fn every_request_of_the_catalogue_is_described_and_nothing_else() {
    let document = openapi(&[OPEN]);
    let mut described = BTreeSet::new();
    for (path, item) in document["paths"].as_object().unwrap() {
        for (method, operation) in item.as_object().unwrap() {
            described.insert((
                path.clone(),
                method.to_ascii_uppercase(),
                operation["x-permission"].as_str().unwrap_or_default().to_owned(),
            ));
        }
    }
    let mut wanted: BTreeSet<_> = catalogue()
        .iter()
        .map(|call| {
            let route = call.route;
            (
                route.path.to_owned(),
                route.method.as_str().to_owned(),
                call.needs.to_string(),
            )
        })
        .collect();
    wanted.insert((OPEN.path.to_owned(), "GET".to_owned(), String::new()));
    assert_eq!(described, wanted);
}

#[test]
fn every_key_of_a_recording_is_described() {
    let document = openapi(&[]);
    for call in catalogue() {
        let operation = &document["paths"][call.route.path][call.route.method.as_str().to_ascii_lowercase()];
        let name = recording(&call.message);
        let read = |kind: &str| fs::read_to_string(format!("tests/golden/{name}.{kind}")).unwrap();
        let answer: Value = serde_json::from_str(&read("response.json")).unwrap();
        let schema = &operation["responses"]["200"]["content"]["application/json"]["schema"];
        assert_eq!(
            unknown(&document, schema, &answer, ""),
            Vec::<String>::new(),
            "{name}"
        );
        if call.route.method == Method::Get {
            let keys: Vec<_> = operation["parameters"].as_array().unwrap().iter().collect();
            assert_eq!(
                keys.len(),
                call.route.query.len() + usize::from(call.route.path_key().is_some())
            );
            assert!(
                keys.iter().all(|key| key["description"].is_string()),
                "{name}: {keys:#?}"
            );
        } else {
            let body: Value = serde_json::from_str(&read("request.json")).unwrap();
            let schema = &operation["requestBody"]["content"]["application/json"]["schema"];
            assert_eq!(
                unknown(&document, schema, &body, ""),
                Vec::<String>::new(),
                "{name}"
            );
        }
        assert!(operation["summary"].is_string(), "{name}");
    }
}

/// `ShowPvcRequest` was recorded as `show_pvc`.
fn recording(message: &str) -> String {
    let mut name = String::new();
    for character in message.trim_end_matches("Request").chars() {
        if character.is_ascii_uppercase() && !name.is_empty() {
            name.push('_');
        }
        name.push(character.to_ascii_lowercase());
    }
    name
}

#[test]
fn every_reference_leads_somewhere_and_nothing_has_a_default() {
    fn walk(document: &Value, value: &Value) {
        match value {
            Value::Object(map) => {
                if let Some(reference) = map.get("$ref").and_then(Value::as_str) {
                    assert!(document.pointer(&reference[1..]).is_some(), "{reference}");
                }
                assert!(!map.contains_key("default"), "{map:?}");
                map.values().for_each(|value| walk(document, value));
            }
            Value::Array(items) => items.iter().for_each(|value| walk(document, value)),
            _ => {}
        }
    }
    let document = openapi(&[OPEN]);
    walk(&document, &document);
}

#[test]
fn the_status_stands_where_the_protocol_has_it_and_passwords_are_marked() {
    let document = openapi(&[]);
    let answer = |path: &str| {
        &document["paths"][path]["post"]["responses"]["200"]["content"]["application/json"]["schema"]["allOf"]
            [1]
    };
    let status = json!({"$ref": "#/components/schemas/Status"});
    assert_eq!(answer("/clusters")["properties"]["status"], status);
    assert_eq!(answer("/label"), &status);
    assert_eq!(
        catalogue()
            .iter()
            .filter(|call| call.place == Place::Nested)
            .count(),
        1
    );
    let schemas = &document["components"]["schemas"];
    let password = resolve(
        &document,
        &schemas["CreatePgouserRequest"]["properties"]["PgouserPassword"],
    );
    assert_eq!(password["format"], "password");
}
