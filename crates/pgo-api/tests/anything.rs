//! Whatever comes off the wire, reading it does no harm.

use pgo_api::{
    Answer, Call, CreateClusterRequest, Decoded, ScaleRequest, ShowClusterRequest, ShowClusterResponse,
    StatusResponse, decode_request, encode_request,
};
use proptest::prelude::*;
use serde_json::Value;

/// Any JSON, with keys that often are those of a message.
fn json() -> impl Strategy<Value = Value> {
    let leaf = prop_oneof![
        Just(Value::Null),
        any::<bool>().prop_map(Value::from),
        any::<i64>().prop_map(Value::from),
        any::<f64>().prop_map(Value::from),
        any::<String>().prop_map(Value::from),
    ];
    let key = prop_oneof![
        "(?i)(name|namespace|series|replicacount|syncreplication|results|result|cluster|metadata|spec|status|labels)",
        ".*",
    ];
    leaf.prop_recursive(4, 32, 6, move |inner| {
        prop_oneof![
            prop::collection::vec(inner.clone(), 0..4).prop_map(Value::from),
            prop::collection::vec((key.clone(), inner), 0..6)
                .prop_map(|fields| Value::Object(fields.into_iter().collect())),
        ]
    })
}

proptest! {
    #[test]
    fn any_body_is_a_request(body in any::<Vec<u8>>()) {
        let request = decode_request::<CreateClusterRequest>(None, "", &body).request;
        prop_assert!(encode_request(&request).is_ok());
    }

    #[test]
    fn any_json_is_a_request_and_stays_the_same_when_it_is_sent_on(body in json()) {
        let request = decode_request::<CreateClusterRequest>(None, "", body.to_string().as_bytes()).request;
        let sent = encode_request(&request).unwrap().body.unwrap();
        prop_assert_eq!(decode_request(None, "", &sent), Decoded { request, mismatch: None });
        drop(decode_request::<ShowClusterRequest>(None, "", body.to_string().as_bytes()));
    }

    #[test]
    fn any_answer_is_read_or_refused(body in json()) {
        let body = body.to_string();
        let _ = Answer::<ShowClusterResponse>::decode(body.as_bytes());
        let _ = Answer::<StatusResponse>::decode(body.as_bytes());
    }

    #[test]
    fn any_text_comes_through_an_address_unchanged(name in ".+".prop_filter("no name", |name| ![".", ".."].contains(&name.as_str())), label in ".*", namespace in ".*") {
        let request = ScaleRequest { name, node_label: label, namespace, ..ScaleRequest::default() };
        let address = encode_request(&request).unwrap().address;
        prop_assert!(address.bytes().all(|byte| byte.is_ascii_graphic()));
        let (path, query) = address.split_once('?').unwrap();
        prop_assert_eq!(path.matches('/').count(), ScaleRequest::ROUTE.path.matches('/').count());
        let read = decode_request(Some(&request.name), query, b"");
        prop_assert_eq!(read, Decoded { request, mismatch: None });
    }
}
