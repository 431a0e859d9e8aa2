//! Every field of every message, filled with what it was not meant for: a clear answer, and nothing odd is made.

use axum::body::Body;
use percent_encoding::{NON_ALPHANUMERIC, percent_decode_str, utf8_percent_encode};
use pgo_plan::labels::{is_label_key, is_label_value};
use pgo_plan::names::is_dns_subdomain;
use proptest::prelude::*;
use serde_json::{Value, json};

use super::conversations::recordings;
use crate::testing::recorded::Conversation;
use crate::testing::{Reply, World, hippo};

/// Texts that mean something to a shell, to SQL, to a path, to a selector, to cron or to a terminal.
const TEXTS: &[&str] = &[
    "$(reboot)",
    "`reboot`",
    "; rm -rf / #",
    "a|b&c>d<e",
    "'; DROP TABLE pg_authid; --",
    "\" OR 1=1",
    "a\\b",
    "a\nb\r\nc",
    "zero\0byte",
    "../../../etc/passwd",
    "/etc/passwd",
    "%2e%2e%2f%00",
    "\u{1b}[2J",
    "\u{202e}desrever",
    "ｆｕｌｌｗｉｄｔｈ",
    "Straße",
    "a b",
    "{a,b}",
    "*",
    "-",
    "--",
    "--stanza=other",
    "=,=",
    "a in (b",
    "* * * * * *",
    "@reboot",
    "-1",
    "99999999999999999999",
    "NaN",
    "kube-system",
    "pgo",
];

/// Values of other types than the field has.
fn others() -> Vec<Value> {
    vec![
        json!(null),
        json!(true),
        json!(-1),
        json!(1e300),
        json!([]),
        json!({}),
        json!([["x"]]),
        json!({"x": [1]}),
    ]
}

/// Where the texts of a request are: pointers into its body, or keys of its address.
fn places(request: &Conversation) -> Vec<String> {
    fn walk(value: &Value, at: &str, found: &mut Vec<String>) {
        match value {
            Value::Object(map) => map
                .iter()
                .for_each(|(key, value)| walk(value, &format!("{at}/{key}"), found)),
            Value::Array(items) => {
                (0..items.len()).for_each(|index| walk(&items[index], &format!("{at}/{index}"), found));
            }
            _ => found.push(at.to_owned()),
        }
    }
    let mut found = Vec::new();
    walk(&request.body, "", &mut found);
    if request.body.is_null() {
        found = request
            .message
            .route
            .query
            .iter()
            .map(|key| (*key).to_owned())
            .collect();
        found.extend(request.message.route.path_key().map(str::to_owned));
    }
    // Whoever names another version or namespace gets no further: that is tested elsewhere.
    found.retain(|place| {
        !place.to_lowercase().ends_with("version") && !place.to_lowercase().ends_with("namespace")
    });
    found
}

/// Puts a text into an address.
fn placed(request: &Conversation, place: &str, text: &str) -> String {
    let escaped = utf8_percent_encode(text, NON_ALPHANUMERIC).to_string();
    let (path, query) = request.address.split_once('?').unwrap_or((&request.address, ""));
    if request.message.route.path_key() == Some(place) {
        let (head, _) = path.rsplit_once('/').unwrap();
        return format!("{head}/{escaped}?{query}");
    }
    let pairs = query.split('&').map(|pair| match pair.split_once('=') {
        Some((key, _)) if key == place => format!("{key}={escaped}"),
        _ => pair.to_owned(),
    });
    format!("{path}?{}", pairs.collect::<Vec<_>>().join("&"))
}

/// Sends a request with something else in one place.
async fn send_with(world: &World, request: &Conversation, place: &str, value: &Value) -> Reply {
    if request.body.is_null() {
        let text = value.as_str().map_or_else(|| value.to_string(), str::to_owned);
        return world
            .ask(
                "pgoadmin",
                request.method(),
                &placed(request, place, &text),
                Body::empty(),
            )
            .await;
    }
    let mut body = request.body.clone();
    *body.pointer_mut(place).unwrap() = value.clone();
    world
        .ask("pgoadmin", request.method(), &request.address, body.to_string())
        .await
}

/// Whatever was sent, the answer is one of the protocol's.
fn check_answer(reply: &Reply, said: &str) {
    match reply.status.as_u16() {
        200 => {
            let answer = reply.json();
            let status = answer.get("status").unwrap_or(&answer);
            assert!(
                ["ok", "error", ""].contains(&status["Code"].as_str().unwrap()),
                "{said}: {answer:#}"
            );
            let msg = status["Msg"].as_str().unwrap();
            assert!(!msg.contains("internal error"), "{said}: {msg}");
            assert!(
                status["Code"] != "error" || !msg.is_empty(),
                "{said}: an error without a word"
            );
        }
        // Names that are no segment of a path.
        301 | 400 | 404 => {}
        status => panic!("{said}: {status} {}", reply.text),
    }
}

/// Whatever was sent, what exists has names and labels that mean nothing anywhere.
fn check_world(world: &World) {
    for (path, object) in world.server.world() {
        for segment in percent_decode_str(&path).decode_utf8().unwrap().split('/') {
            assert!(is_dns_subdomain(segment), "{path}");
        }
        let labels = ["/metadata/labels", "/spec/template/metadata/labels"];
        for labels in labels.iter().filter_map(|at| object.pointer(at)?.as_object()) {
            for (key, value) in labels {
                assert!(
                    is_label_key(key) && is_label_value(value.as_str().unwrap()),
                    "{path}: {key}={value}"
                );
            }
        }
    }
}

async fn crowded() -> World {
    let clusters = ["mycluster", "other"].into_iter().flat_map(hippo::whole);
    World::with(clusters.chain(["policy1", "p1", "p2"].map(hippo::policy))).await
}

#[tokio::test]
async fn odd_texts_and_wrong_types_in_any_field_do_no_harm() {
    let odd: Vec<Value> = TEXTS
        .iter()
        .map(|text| json!(text))
        .chain(others())
        .chain([json!("x".repeat(5000))])
        .collect();
    for request in recordings() {
        let world = crowded().await;
        for place in places(&request) {
            for value in &odd {
                let reply = send_with(&world, &request, &place, value).await;
                check_answer(&reply, &format!("{} {place} {value}", request.address));
            }
        }
        check_world(&world);
    }
}

/// Each case is a whole world and a request for every field there is, so a few of them are many texts.
fn worlds() -> ProptestConfig {
    let usual = ProptestConfig::default();
    ProptestConfig {
        cases: usual.cases.div_ceil(16),
        ..usual
    }
}

proptest! {
    #![proptest_config(worlds())]

    #[test]
    fn any_text_in_any_field_reaches_no_name_of_an_object_as_it_is(
        texts in prop::collection::vec(prop_oneof!["\\PC*", ".{0,80}", "[a-z0-9./-]{0,70}", "[ -~]{0,40}"], FIELDS)
    ) {
        let runtime = tokio::runtime::Builder::new_current_thread().enable_all().build().unwrap();
        runtime.block_on(async {
            let world = crowded().await;
            let mut texts = texts.into_iter();
            for request in recordings() {
                for place in places(&request) {
                    let text = texts.next().expect("a text for each field");
                    let reply = send_with(&world, &request, &place, &json!(text)).await;
                    check_answer(&reply, &format!("{} {place} {text:?}", request.address));
                }
            }
            check_world(&world);
        });
    }
}

/// How many fields the recorded requests have.
const FIELDS: usize = 241;

#[test]
fn every_field_is_counted() {
    assert_eq!(
        recordings().iter().map(|it| places(it).len()).sum::<usize>(),
        FIELDS
    );
}
