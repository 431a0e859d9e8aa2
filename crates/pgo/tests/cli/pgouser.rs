//! The commands about users of pgo and their roles.

use crate::{Pgo, answered, observed, recorded, sends};

#[test]
fn requests_are_those_of_4_2() {
    for (line, request, response) in [
        (
            "create pgorole role1 --permissions=Cat,Ls",
            recorded!("create_pgorole.request.json"),
            recorded!("create_pgorole.response.json"),
        ),
        (
            "update pgorole role1 --permissions=Cat",
            recorded!("update_pgorole.request.json"),
            recorded!("update_pgorole.response.json"),
        ),
        (
            "update pgorole role1 --pgorole-permission=Cat --no-prompt",
            recorded!("update_pgorole.request.json"),
            recorded!("update_pgorole.response.json"),
        ),
        (
            "show pgorole --all",
            recorded!("show_pgorole.request.json"),
            recorded!("show_pgorole.response.json"),
        ),
        (
            "delete pgorole role1 --no-prompt",
            recorded!("delete_pgorole.request.json"),
            recorded!("delete_pgorole.response.json"),
        ),
        (
            "create pgouser user1 --pgouser-password=pw --pgouser-roles=role1 --pgouser-namespaces=pgo1,pgo2",
            recorded!("create_pgouser.request.json"),
            recorded!("create_pgouser.response.json"),
        ),
        (
            "update pgouser user1 --all-namespaces --no-prompt",
            recorded!("update_pgouser.request.json"),
            recorded!("update_pgouser.response.json"),
        ),
        (
            "show pgouser --all",
            recorded!("show_pgouser.request.json"),
            recorded!("show_pgouser.response.json"),
        ),
        (
            "delete pgouser user1 --no-prompt",
            recorded!("delete_pgouser.request.json"),
            recorded!("delete_pgouser.response.json"),
        ),
    ] {
        let stub = answered(response);
        sends(&Pgo::at(line, &stub), &stub, request);
    }
}

#[test]
fn pgorole() {
    insta::assert_snapshot!(observed(&[
        (
            "create pgorole reader ignored --permissions=*",
            recorded!("create_pgorole.response.json")
        ),
        (
            "create pgorole reader --permissions=Fly",
            r#"{"Code":"error","Msg":"Fly not a valid Permission"}"#
        ),
        ("create pgorole reader", "{}"),
        ("create pgorole --permissions=*", "{}"),
        (
            "update pgorole reader --permissions=Cat",
            recorded!("update_pgorole.response.json")
        ),
        ("update pgorole reader", "{}"),
        (
            "show pgorole reader --all",
            recorded!("show_pgorole.response.json")
        ),
        ("show pgorole reader", r#"{"RoleInfo":[],"Code":"ok"}"#),
        ("show pgorole", "{}"),
        (
            "delete pgorole reader --no-prompt",
            recorded!("delete_pgorole.response.json")
        ),
        (
            "delete pgorole --all --no-prompt",
            recorded!("delete_pgorole.response.json")
        ),
        ("delete pgorole", "{}"),
    ]));
}

#[test]
fn pgouser() {
    let full = "--pgouser-password=p --pgouser-roles=r";
    let everywhere = format!("create pgouser ann {full} --all-namespaces");
    let both = format!("create pgouser ann {full} --all-namespaces --pgouser-namespaces=a");
    let neither = format!("create pgouser ann {full}");
    insta::assert_snapshot!(observed(&[
        (&everywhere, recorded!("create_pgouser.response.json")),
        (&everywhere, r#"{"Code":"error","Msg":"r pgorole was not found"}"#),
        (&both, "{}"),
        (&neither, "{}"),
        ("create pgouser ann --pgouser-password=p", "{}"),
        ("create pgouser ann", "{}"),
        ("create pgouser", "{}"),
        (
            "update pgouser ann --pgouser-roles=r",
            recorded!("update_pgouser.response.json")
        ),
        ("update pgouser ann", recorded!("update_pgouser.response.json")),
        ("update pgouser ann --all-namespaces --pgouser-namespaces=a", "{}"),
        ("update pgouser", "{}"),
        ("show pgouser ann bob", recorded!("show_pgouser.response.json")),
        ("show pgouser ann", r#"{"UserInfo":[],"Code":"ok"}"#),
        ("show pgouser", "{}"),
        (
            "delete pgouser ann bob --no-prompt",
            recorded!("delete_pgouser.response.json")
        ),
        (
            "delete pgouser --all --no-prompt",
            recorded!("delete_pgouser.response.json")
        ),
        ("delete pgouser", "{}"),
    ]));
}
