//! `label` and `delete label`.

use crate::{Pgo, answered, observed, recorded, sends};

#[test]
fn requests_are_those_of_4_2() {
    let stub = answered(recorded!("label.response.json"));
    sends(
        &Pgo::at("label all --label=env=prod --dry-run", &stub),
        &stub,
        recorded!("label.request.json"),
    );
    let stub = answered(recorded!("delete_label.response.json"));
    sends(
        &Pgo::at("delete label mycluster --label=env=prod", &stub),
        &stub,
        recorded!("delete_label.request.json"),
    );
}

#[test]
fn label() {
    insta::assert_snapshot!(observed(&[
        ("label hippo --label=env=prod", recorded!("label.response.json")),
        (
            "label -s a=b --label=env=prod --dry-run",
            recorded!("label.response.json")
        ),
        (
            "label hippo --label=env=prod --dry-run -o json",
            recorded!("label.response.json")
        ),
        ("label hippo --label=env=prod", r#"{"Results":[],"Code":"ok"}"#),
        (
            "label hippo --label=env --dry-run",
            r#"{"Results":null,"Code":"error","Msg":"labels not formatted correctly"}"#
        ),
        ("label hippo", "{}"),
        ("label --label=a=b", "{}"),
    ]));
}

#[test]
fn delete_label() {
    insta::assert_snapshot!(observed(&[
        (
            "delete label hippo --label=env=prod",
            recorded!("delete_label.response.json")
        ),
        (
            "delete label -s a=b --label=env=prod",
            r#"{"Results":null,"Code":"error","Msg":"no clusters found"}"#
        ),
        ("delete label hippo", "{}"),
        ("delete label --label=a=b", "{}"),
    ]));
}
