//! `create policy`, `apply`, `show policy`, `delete policy`.

use crate::{Answer, Pgo, Stub, answered, observed, recorded, sends};

#[test]
fn requests_are_those_of_4_2() {
    let directory = tempfile::tempdir().unwrap();
    let path = directory.path().join("pol.sql");
    std::fs::write(&path, "select 1;\n").unwrap();
    let stub = answered(recorded!("create_policy.response.json"));
    sends(
        &Pgo::at(
            &format!("create policy policy1 --in-file={}", path.display()),
            &stub,
        ),
        &stub,
        recorded!("create_policy.request.json"),
    );
    for (line, request, response) in [
        (
            "apply policy1 --selector=name=mycluster --dry-run",
            recorded!("apply_policy.request.json"),
            recorded!("apply_policy.response.json"),
        ),
        (
            "show policy policy1",
            recorded!("show_policy.request.json"),
            recorded!("show_policy.response.json"),
        ),
        (
            "delete policy --all --no-prompt",
            recorded!("delete_policy.request.json"),
            recorded!("delete_policy.response.json"),
        ),
    ] {
        let stub = answered(response);
        sends(&Pgo::at(line, &stub), &stub, request);
    }
}

#[test]
fn create_policy() {
    insta::assert_snapshot!(observed(&[
        (
            "create policy grants --url=https://example.com/grants.sql",
            recorded!("create_policy.response.json")
        ),
        (
            "create policy grants --url=u",
            r#"{"Code":"error","Msg":"policy already exists with that name"}"#
        ),
        ("create policy grants", "{}"),
        ("create policy --url=u", "{}"),
        ("create policy grants --in-file=/nowhere/grants.sql", "{}"),
    ]));
}

#[test]
fn apply() {
    insta::assert_snapshot!(observed(&[
        (
            "apply grants -s env=prod",
            recorded!("apply_policy.response.json")
        ),
        (
            "apply grants -s env=prod --dry-run",
            recorded!("apply_policy.response.json")
        ),
        ("apply grants -s env=prod", r#"{"Name":[],"Code":"ok"}"#),
        (
            "apply grants -s env=prod",
            r#"{"Name":null,"Code":"error","Msg":"policy grants is not found, cancelling request"}"#
        ),
        ("apply grants", "{}"),
        ("apply", "{}"),
        ("apply -s env=prod", "{}"),
    ]));
}

#[test]
fn show_policy() {
    insta::assert_snapshot!(observed(&[
        ("show policy pol1", recorded!("show_policy.response.json")),
        ("show policy pol1 -o wide", recorded!("show_policy.response.json")),
        (
            "show policy a b",
            r#"{"PolicyList":{"metadata":{},"items":[]},"Code":"ok"}"#
        ),
        (
            "show policy --all a b",
            r#"{"PolicyList":{"metadata":{},"items":null},"Code":"ok"}"#
        ),
        ("show policy", "{}"),
    ]));
}

#[test]
fn delete_policy() {
    let refused = r#"{"Results":null,"Code":"error","Msg":"policy a not found"}"#;
    let stub = Stub::answering(&[
        Answer::json(refused),
        Answer::json(recorded!("delete_policy.response.json")),
    ]);
    insta::assert_snapshot!(Pgo::at("delete policy a b --no-prompt", &stub).observe(Some(&stub)));
}
