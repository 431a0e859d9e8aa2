//! Route, permission and checks of every message, together in one table.

use std::fmt::Write as _;

use pgo_api::{Call, CreateClusterRequest, Method, ScaleRequest, catalogue, decode_request, encode_request};

#[test]
fn the_table_of_all_requests() {
    let mut table = String::new();
    for call in catalogue() {
        let method = if call.route.in_any_method {
            "any"
        } else {
            call.route.method.as_str()
        };
        let check = |is_done: bool, letter| if is_done { letter } else { '-' };
        writeln!(
            table,
            "{method:6} {:24} {:26} {:19} {}{} {}",
            call.route.path,
            call.message,
            call.needs.as_str(),
            check(call.checks_version, 'V'),
            check(call.checks_namespace, 'N'),
            call.route.query.join(" "),
        )
        .unwrap();
    }
    insta::assert_snapshot!(table.replace(" \n", "\n"));
}

#[test]
fn no_two_requests_share_method_and_path() {
    let mut routes: Vec<String> = catalogue().iter().map(|call| call.route.to_string()).collect();
    let count = routes.len();
    routes.sort();
    routes.dedup();
    assert_eq!(routes.len(), count);
}

#[test]
fn a_get_carries_all_its_fields_in_the_address_and_nothing_else_does() {
    for call in catalogue() {
        assert_eq!(
            call.route.method == Method::Get,
            call.route.query.len() > 1 || call.route.path == "/version"
        );
    }
    let fields = serde_json::to_value(ScaleRequest::default()).unwrap();
    let mut names: Vec<&str> = ScaleRequest::ROUTE.query.to_vec();
    names.extend(ScaleRequest::ROUTE.path_key());
    names.sort_unstable();
    assert_eq!(
        fields
            .as_object()
            .unwrap()
            .keys()
            .map(String::as_str)
            .collect::<Vec<_>>(),
        names
    );
}

#[test]
fn a_body_that_cannot_be_read_is_a_request_of_zeros() {
    for body in ["", "{\"Name\": \"hippo\"", "no json", "[1]", "null"] {
        assert_eq!(
            decode_request::<CreateClusterRequest>(None, "", body.as_bytes()).request,
            CreateClusterRequest::default()
        );
    }
}

#[test]
fn a_value_of_the_wrong_type_is_zero_and_is_said() {
    let read = |body: &str| decode_request::<CreateClusterRequest>(None, "", body.as_bytes());
    let wrong = read(r#"{"Name": "hippo", "Series": "2"}"#);
    assert_eq!((wrong.request.name.as_str(), wrong.request.series), ("hippo", 0));
    assert_eq!(
        wrong.mismatch.as_deref(),
        Some("Series: found a string where an integer belongs")
    );
    assert_eq!(read(r#"{"Name": "hippo", "Series": null}"#).mismatch, None);
}

#[test]
fn a_repeated_key_of_a_query_counts_once_and_the_path_cannot_be_overridden() {
    let query = "replica-count=1&replica-count=9&name=other";
    let request = decode_request::<ScaleRequest>(Some("hippo"), query, b"").request;
    assert_eq!(
        (request.name.as_str(), request.replica_count.as_str()),
        ("hippo", "1")
    );
}

#[test]
fn a_name_that_would_leave_its_place_in_the_path_is_not_sent() {
    for name in ["", ".", ".."] {
        let request = ScaleRequest {
            name: name.to_owned(),
            ..ScaleRequest::default()
        };
        assert_eq!(
            encode_request(&request).unwrap_err().to_string(),
            format!("{name:?} is no name")
        );
    }
}

#[test]
fn passwords_do_not_show_in_debug_output() {
    let body =
        br#"{"Name":"hippo","Password":"geheim","PgbouncerPass":"geheim","BackrestS3KeySecret":"geheim"}"#;
    let request = decode_request::<CreateClusterRequest>(None, "", body).request;
    assert_eq!(request.password.reveal(), "geheim");
    assert!(!format!("{request:?}").contains("geheim"));
}
