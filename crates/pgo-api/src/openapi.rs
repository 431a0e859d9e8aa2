//! The protocol as an `OpenAPI` 3.1 document, made from the catalogue and the types.
//!
//! It says what the wire of version 4.2 looks like, oddities included: where it is silent, it is silent because the
//! protocol is (a business error is HTTP 200 like success, and keys match in any letter case).

use schemars::generate::SchemaSettings;
use schemars::transform::RecursiveTransform;
use schemars::{Schema, SchemaGenerator};
use serde_json::{Map, Value, json};

use crate::{Description, Method, Place, Status, VERSION, catalogue};

/// Where the schemas stand in the document.
const SCHEMAS: &str = "/components/schemas";

/// A route beside the protocol, which asks nobody who they are.
#[derive(Clone, Copy, Debug)]
pub struct OpenRoute {
    /// Its path.
    pub path: &'static str,
    /// What it answers, in one sentence.
    pub summary: &'static str,
    /// Media type of the answer.
    pub content: &'static str,
}

/// Describes every request of the catalogue, and the routes beside it.
pub fn openapi(open: &[OpenRoute]) -> Value {
    let mut settings = SchemaSettings::draft2020_12();
    settings.definitions_path = SCHEMAS.into();
    settings.meta_schema = None;
    let mut generator = settings
        .with_transform(RecursiveTransform(without_defaults))
        .into_generator();
    let status = generator.subschema_for::<Status>();
    let mut paths = Map::new();
    for call in catalogue() {
        let operation = operation(&call, &status, &mut generator);
        insert(&mut paths, call.route.path, call.route.method, operation);
    }
    for route in open {
        insert(&mut paths, route.path, Method::Get, open_operation(route));
    }
    json!({
        "openapi": "3.1.0",
        "info": {
            "title": "pgo API server",
            "version": VERSION,
            "description": "The protocol of version 4.2 between `pgo` and its server. Past authentication every answer \
                is HTTP 200: `Code` says whether the request was carried out, `Msg` why not.",
            "license": {"name": "Apache-2.0", "identifier": "Apache-2.0"},
        },
        "security": [{"basic": []}],
        "paths": paths,
        "components": {
            "securitySchemes": {"basic": {"type": "http", "scheme": "basic"}},
            "responses": {
                "Unauthorized": {"description": "Nobody knows who this is, or the password is wrong."},
                "Forbidden": {"description": "The caller lacks the permission, or showed no client certificate."},
                "Incomplete": {"description": "The request did not arrive in time."},
                "TooLong": {"description": "The body is longer than a mebibyte."},
                "TooOften": {"description": "Too many failed logins from this address: `Retry-After` says for how long."},
                "Busy": {"description": "Too many logins at once: try again in a moment."},
            },
            "schemas": generator.take_definitions(true),
        },
    })
}

/// A default in the schema would only repeat that a missing key has the zero value.
fn without_defaults(schema: &mut Schema) {
    schema.remove("default");
}

fn insert(paths: &mut Map<String, Value>, path: &str, method: Method, operation: Value) {
    let item = paths.entry(path).or_insert_with(|| json!({}));
    item[method.as_str().to_ascii_lowercase()] = operation;
}

fn operation(call: &Description, status: &Schema, generator: &mut SchemaGenerator) -> Value {
    let request = (call.request)(generator);
    let reply = (call.reply)(generator);
    let shape = described(&request, generator);
    let answer = match call.place {
        Place::Flat => json!({"allOf": [reply, status]}),
        Place::Nested => json!({
            "allOf": [reply, {"type": "object", "properties": {"status": status}}],
        }),
    };
    let mut operation = json!({
        "operationId": call.message.trim_end_matches("Request"),
        "summary": shape["description"],
        "x-permission": call.needs.as_str(),
        "x-version-checked": call.checks_version,
        "x-namespace-checked": call.checks_namespace,
        "x-any-method": call.route.in_any_method,
        "responses": {
            "200": {
                "description": "Carried out, or refused: see `Code`.",
                "content": {"application/json": {"schema": answer}},
            },
            "401": {"$ref": "#/components/responses/Unauthorized"},
            "403": {"$ref": "#/components/responses/Forbidden"},
            "408": {"$ref": "#/components/responses/Incomplete"},
            "413": {"$ref": "#/components/responses/TooLong"},
            "429": {"$ref": "#/components/responses/TooOften"},
            "503": {"$ref": "#/components/responses/Busy"},
        },
    });
    if call.route.method == Method::Get {
        operation["parameters"] = parameters(call, &shape);
    } else {
        operation["requestBody"] = json!({
            "required": true,
            "content": {"application/json": {"schema": request}},
        });
    }
    operation
}

/// What rides in the address. All of it is text.
fn parameters(call: &Description, shape: &Value) -> Value {
    let parameter = |key: &str, place: &str| {
        json!({
            "name": key,
            "in": place,
            "required": place == "path",
            "description": shape["properties"][key]["description"],
            "schema": {"type": "string"},
        })
    };
    let in_path = call.route.path_key().map(|key| parameter(key, "path"));
    let in_query = call.route.query.iter().map(|key| parameter(key, "query"));
    in_path.into_iter().chain(in_query).collect()
}

/// The schema that a reference leads to.
fn described(schema: &Schema, generator: &SchemaGenerator) -> Value {
    let name = schema
        .get("$ref")
        .and_then(Value::as_str)
        .and_then(|reference| reference.rsplit('/').next());
    let definition = name.and_then(|name| generator.definitions().get(name));
    definition.cloned().unwrap_or_else(|| schema.clone().to_value())
}

fn open_operation(route: &OpenRoute) -> Value {
    json!({
        "operationId": route.path.trim_start_matches('/').replace('.', "-"),
        "summary": route.summary,
        "security": [],
        "responses": {"200": {"description": route.summary, "content": {route.content: {}}}},
    })
}
