use crate::{
    CreateClusterResponse, ScaleResponse, ShowClusterDetail, ShowClusterReplica, ShowClusterResponse,
    ShowPvcResponse,
};

use super::*;

fn written<R: Reply>(answer: &Answer<R>) -> String {
    String::from_utf8(to_json(answer).unwrap()).unwrap()
}

#[test]
fn the_status_stands_beside_the_reply() {
    let answer = Answer::success(ScaleResponse {
        results: vec!["r".to_owned()],
    });
    assert_eq!(
        written(&answer),
        "{\"Results\":[\"r\"],\"Code\":\"ok\",\"Msg\":\"\"}\n"
    );
}

#[test]
fn the_status_of_create_cluster_is_nested() {
    let answer = Answer::<CreateClusterResponse>::error("no");
    assert_eq!(
        written(&answer),
        "{\"results\":[],\"status\":{\"Code\":\"error\",\"Msg\":\"no\"}}\n"
    );
    assert_eq!(Answer::decode(written(&answer).as_bytes()).unwrap(), answer);
}

#[test]
fn a_flat_status_is_none_where_a_nested_one_belongs() {
    let answer = Answer::<CreateClusterResponse>::decode(br#"{"Results":["r"],"Code":"ok"}"#).unwrap();
    assert!(answer.is_error());
}

#[test]
fn only_the_exact_code_is_a_success() {
    let is_error = |code: &str| {
        let body = format!(r#"{{"Results":null,"Code":"{code}","Msg":""}}"#);
        Answer::<ScaleResponse>::decode(body.as_bytes())
            .unwrap()
            .is_error()
    };
    assert!(!is_error("ok"));
    assert!(is_error("OK") && is_error("") && is_error("error"));
}

#[test]
fn show_pvc_succeeds_with_an_empty_code() {
    assert_eq!(
        written(&Answer::success(ShowPvcResponse::default())),
        "{\"Results\":[],\"Code\":\"\",\"Msg\":\"\"}\n"
    );
    let answer = Answer::<ShowPvcResponse>::decode(br#"{"Results":[],"Code":"","Msg":""}"#).unwrap();
    assert!(!answer.is_error());
    assert!(Answer::<ShowPvcResponse>::error("no").is_error());
}

#[test]
fn a_list_in_its_frame_is_the_answer() {
    let results: Vec<ShowClusterDetail> = ["<a>", "b"]
        .map(|name| ShowClusterDetail {
            replicas: vec![ShowClusterReplica {
                name: name.to_owned(),
                ..ShowClusterReplica::default()
            }],
            ..ShowClusterDetail::default()
        })
        .into();
    let elements: Vec<_> = results.iter().map(|it| Frame::element(it).unwrap()).collect();
    for (count, status) in [
        (2, Status::success::<ShowClusterResponse>()),
        (0, Status::error("[]")),
    ] {
        let frame = Frame::of::<ShowClusterResponse>(status.clone()).unwrap();
        let framed = [frame.before, elements[..count].join(Frame::BETWEEN), frame.after].concat();
        let reply = ShowClusterResponse {
            results: results[..count].to_vec(),
        };
        assert_eq!(framed, to_json(&Answer { reply, status }).unwrap());
    }
}

#[test]
fn markup_and_line_separators_are_escaped_as_go_does() {
    let json = to_json(&"<a href=\"x\">&\u{2028}\u{2029}é").unwrap();
    assert_eq!(
        String::from_utf8(json).unwrap(),
        "\"\\u003ca href=\\\"x\\\"\\u003e\\u0026\\u2028\\u2029é\"\n"
    );
}

#[test]
fn an_answer_that_is_none_says_so() {
    let error = |body: &[u8]| Answer::<ScaleResponse>::decode(body).unwrap_err().to_string();
    assert_eq!(error(b""), "the answer is empty");
    assert!(error(b"<html>").starts_with("the answer is not JSON"));
    assert_eq!(
        error(br#"{"Results":"x"}"#),
        "the answer is not of the expected shape (Results: found a string where a list belongs)"
    );
}

#[test]
fn what_follows_the_first_value_does_not_count() {
    let answer = Answer::<ScaleResponse>::decode(b"{\"Code\":\"ok\"}\n{garbage");
    assert!(!answer.unwrap().is_error());
}
