//! The commands about users of PostgreSQL.

use crate::{Pgo, answered, observed, recorded, sends};

#[test]
fn requests_are_those_of_4_2() {
    for (line, request, response) in [
        (
            "create user --selector=env=dev --username=bob --password=pw --managed --valid-days=40 --password-length=12",
            recorded!("create_user.request.json"),
            recorded!("create_user.response.json"),
        ),
        (
            "update user --all --expired=45 --password-length=8",
            recorded!("update_user.request.json"),
            recorded!("update_user.response.json"),
        ),
        (
            "show user --selector=env=dev --expired=30",
            recorded!("show_user.request.json"),
            recorded!("show_user.response.json"),
        ),
        (
            "delete user mycluster --username=bob --no-prompt",
            recorded!("delete_user.request.json"),
            recorded!("delete_user.response.json"),
        ),
    ] {
        let stub = answered(response);
        sends(&Pgo::at(line, &stub), &stub, request);
    }
}

#[test]
fn create_update_and_delete_user() {
    insta::assert_snapshot!(observed(&[
        (
            "create user hippo --username=bob",
            recorded!("create_user.response.json")
        ),
        (
            "create user --all --username=bob",
            r#"{"Results":null,"Code":"error","Msg":"no clusters found"}"#
        ),
        ("create user hippo", "{}"),
        ("create user --username=bob", "{}"),
        (
            "update user hippo --username=bob --valid-days=30 --expire-user",
            recorded!("update_user.response.json")
        ),
        (
            "update user hippo --username=bob",
            r#"{"Results":[],"Code":"ok"}"#
        ),
        ("update user", "{}"),
        (
            "delete user --all --username=bob --no-prompt",
            recorded!("delete_user.response.json")
        ),
        ("delete user hippo", "{}"),
        ("delete user --username=bob", "{}"),
    ]));
}

#[test]
fn show_user() {
    let expired = r#"{"Results":[{"Cluster":{"metadata":{"name":"hippo"},"spec":{"name":"hippo"}},"Secrets":null,
        "ExpiredOutput":true,"ExpiredDays":30,
        "ExpiredMsgs":["RoleName bob Role Valid Until 2020-01-02 03:04:05+00"]}],"Code":"ok"}"#;
    insta::assert_snapshot!(observed(&[
        ("show user hippo", recorded!("show_user.response.json")),
        ("show user hippo --expired=30", expired),
        ("show user --all", r#"{"Results":[],"Code":"ok"}"#),
        ("show user", "{}"),
    ]));
}
