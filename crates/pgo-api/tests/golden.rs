//! One recorded conversation per message: what version 4.2 sends and answers, read and written again.

#![expect(clippy::unwrap_used, reason = "helpers of tests may panic")]

use pgo_api::*;
use serde_json::Value;

/// Reads a recorded request and writes it again: nothing may change, not even the order of the keys.
fn check_request<C: Call>(recorded: &str) {
    let (request, expected) = match recorded.strip_prefix("GET ") {
        Some(address) => {
            let (path, query) = address
                .trim_end()
                .split_once('?')
                .unwrap_or((address.trim_end(), ""));
            let name = C::ROUTE.path_key().map(|_| path.rsplit_once('/').unwrap().1);
            (decode_request::<C>(name, query, b""), (address.trim_end(), None))
        }
        None => (
            decode_request::<C>(None, "", recorded.as_bytes()),
            (C::ROUTE.path, Some(compact(recorded))),
        ),
    };
    let written = encode_request(&request).unwrap();
    let body = written
        .body
        .map(|body| String::from_utf8(body).unwrap().trim_end().to_owned());
    assert_eq!(
        (written.method, written.address.as_str(), body),
        (C::ROUTE.method, expected.0, expected.1)
    );
}

/// Reads a recorded answer and writes it again: every key of 4.2 must be there with its value.
fn check_response<R: Reply>(recorded: &str) {
    let answer = Answer::<R>::decode(recorded.as_bytes()).unwrap();
    let written: Value = serde_json::from_slice(&to_json(&answer).unwrap()).unwrap();
    let missing = missing(&serde_json::from_str(recorded).unwrap(), &written, "");
    assert!(missing.is_empty(), "{missing:#?}\nin {written:#}");
}

/// Lists where `found` lacks or changes something of `wanted`. A list or map may be empty where 4.2 has `null`.
fn missing(wanted: &Value, found: &Value, at: &str) -> Vec<String> {
    match (wanted, found) {
        (Value::Object(wanted), Value::Object(found)) => wanted
            .iter()
            .flat_map(|(key, value)| match found.get(key) {
                Some(other) => missing(value, other, &format!("{at}.{key}")),
                None => vec![format!("{at}.{key} is missing")],
            })
            .collect(),
        (Value::Array(wanted), Value::Array(found)) if wanted.len() == found.len() => wanted
            .iter()
            .zip(found)
            .flat_map(|(one, other)| missing(one, other, &format!("{at}[]")))
            .collect(),
        (Value::Null, Value::Array(found)) if found.is_empty() => Vec::new(),
        (Value::Null, Value::Object(found)) if found.is_empty() => Vec::new(),
        _ if wanted == found => Vec::new(),
        _ => vec![format!("{at}: {found} instead of {wanted}")],
    }
}

/// Removes the white space between the tokens of a JSON text.
fn compact(json: &str) -> String {
    let (mut written, mut in_string, mut escaped) = (String::new(), false, false);
    for character in json.chars() {
        if in_string || !character.is_whitespace() {
            written.push(character);
        }
        if character == '"' && !escaped {
            in_string = !in_string;
        }
        escaped = in_string && character == '\\' && !escaped;
    }
    written
}

macro_rules! messages {
    ($($name:ident: $request:ty, $reply:ty, $recorded:literal, $answered:literal;)*) => {$(
        #[test]
        fn $name() {
            check_request::<$request>(include_str!(concat!("golden/", $recorded)));
            check_response::<$reply>(include_str!(concat!("golden/", $answered)));
        }
    )*};
}

messages! {
    create_cluster: CreateClusterRequest, CreateClusterResponse,
        "create_cluster.request.json", "create_cluster.response.json";
    create_cluster_with_everything: CreateClusterRequest, CreateClusterResponse,
        "create_cluster_with_everything.request.json", "create_cluster.response.json";
    show_cluster: ShowClusterRequest, ShowClusterResponse, "show_cluster.request.json", "show_cluster.response.json";
    delete_cluster: DeleteClusterRequest, DeleteClusterResponse,
        "delete_cluster.request.json", "delete_cluster.response.json";
    test_cluster: TestClusterRequest, TestClusterResponse, "test_cluster.request.json", "test_cluster.response.json";
    scale: ScaleRequest, ScaleResponse, "scale.request.http", "scale.response.json";
    scale_query: ScaleQueryRequest, ScaleQueryResponse, "scale_query.request.http", "scale_query.response.json";
    scale_down: ScaleDownRequest, ScaleDownResponse, "scale_down.request.http", "scale_down.response.json";
    show_pvc: ShowPvcRequest, ShowPvcResponse, "show_pvc.request.json", "show_pvc.response.json";
    show_workflow: ShowWorkflowRequest, ShowWorkflowResponse,
        "show_workflow.request.http", "show_workflow.response.json";
    status: StatusRequest, StatusResponse, "status.request.http", "status.response.json";
    version: VersionRequest, VersionResponse, "version.request.http", "version.response.json";
}
