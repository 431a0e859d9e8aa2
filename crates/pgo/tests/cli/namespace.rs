//! The commands about namespaces, and `show config`.

use crate::{Pgo, answered, observed, recorded, sends};

#[test]
fn requests_are_those_of_4_2() {
    let everywhere = Pgo::at;
    let nowhere = |line: &str, stub: &crate::Stub| Pgo::at(line, stub).env("PGO_NAMESPACE", "");
    for (pgo, line, request, response) in [
        (
            everywhere as fn(&str, &crate::Stub) -> Pgo,
            "create namespace ns1 ns2",
            recorded!("create_namespace.request.json"),
            recorded!("create_namespace.response.json"),
        ),
        (
            everywhere,
            "update namespace ns1",
            recorded!("update_namespace.request.json"),
            recorded!("update_namespace.response.json"),
        ),
        (
            everywhere,
            "delete namespace ns1 --no-prompt",
            recorded!("delete_namespace.request.json"),
            recorded!("delete_namespace.response.json"),
        ),
        (
            nowhere,
            "show namespace --all",
            recorded!("show_namespace.request.json"),
            recorded!("show_namespace.response.json"),
        ),
        (
            everywhere,
            "show config",
            recorded!("show_config.request.http"),
            recorded!("show_config.response.json"),
        ),
    ] {
        let stub = answered(response);
        sends(&pgo(line, &stub), &stub, request);
    }
}

#[test]
fn namespaces() {
    insta::assert_snapshot!(observed(&[
        (
            "create namespace ns1 ns2",
            recorded!("create_namespace.response.json")
        ),
        (
            "create namespace ns1",
            r#"{"Results":null,"Code":"error","Msg":"namespace ns1 already exists on this Kube cluster"}"#
        ),
        ("create namespace", "{}"),
        (
            "update namespace ns1 ns2",
            recorded!("update_namespace.response.json")
        ),
        ("update namespace", "{}"),
        (
            "delete namespace ns1 --no-prompt -n other",
            recorded!("delete_namespace.response.json")
        ),
        ("delete namespace", "{}"),
    ]));
}

#[test]
fn show_namespace_asks_for_that_of_the_environment_too() {
    let answer = recorded!("show_namespace.response.json");
    insta::assert_snapshot!(observed(&[
        ("show namespace", answer),
        ("show namespace --all -n other", answer),
        (
            "show namespace pgo ns1",
            r#"{"Username":"admin","Results":[],"Code":"ok"}"#
        ),
        (
            "show namespace ns1 -o json",
            r#"{"Username":"admin","Results":[],"Code":"ok"}"#
        ),
        (
            "show namespace ns1",
            r#"{"Username":"","Results":null,"Code":"error","Msg":"namespace ns1 not found"}"#
        ),
    ]));
}

#[test]
fn show_namespace_of_nothing() {
    let stub = answered("{}");
    let pgo = Pgo::at("show namespace -n other", &stub).env("PGO_NAMESPACE", "");
    insta::assert_snapshot!(pgo.observe(Some(&stub)));
}

#[test]
fn show_config() {
    insta::assert_snapshot!(observed(&[(
        "show config ignored",
        recorded!("show_config.response.json")
    )]));
}

#[test]
fn show_config_says_beside_it_what_is_not_in_force() {
    let stub = answered(r#"{"Result":{},"Warnings":["pgo.yaml line 3: Cluster.Port"],"Code":"ok","Msg":""}"#);
    let seen = Pgo::at("show config -o json", &stub).observe(Some(&stub));
    assert!(seen.contains("Warning: pgo.yaml line 3: Cluster.Port"), "{seen}");
}
