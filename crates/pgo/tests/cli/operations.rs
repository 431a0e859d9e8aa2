//! `update cluster`, `clone`, `failover`, `reload`, `upgrade`.

use crate::{Pgo, answered, observed, recorded, sends};

#[test]
fn requests_are_those_of_4_2() {
    for (line, request, response) in [
        (
            "update cluster mycluster other --no-prompt",
            recorded!("update_cluster.request.json"),
            recorded!("update_cluster.response.json"),
        ),
        (
            "clone mycluster newcluster --pgbackrest-storage-source=s3",
            recorded!("clone.request.json"),
            recorded!("clone.response.json"),
        ),
        (
            "failover mycluster --query",
            recorded!("failover_query.request.http"),
            recorded!("failover_query.response.json"),
        ),
        (
            "failover mycluster --target=mycluster-abcd --no-prompt",
            recorded!("failover.request.json"),
            recorded!("failover.response.json"),
        ),
        (
            "reload mycluster --no-prompt",
            recorded!("reload.request.json"),
            recorded!("reload.response.json"),
        ),
        (
            "upgrade mycluster other --ccp-image-tag=newtag",
            recorded!("upgrade.request.json"),
            recorded!("upgrade.response.json"),
        ),
    ] {
        let stub = answered(response);
        sends(&Pgo::at(line, &stub), &stub, request);
    }
}

#[test]
fn update_cluster() {
    let updated = recorded!("update_cluster.response.json");
    insta::assert_snapshot!(observed(&[
        ("update cluster hippo --no-prompt", updated),
        ("update cluster --all --disable-autofail --no-prompt", updated),
        ("update cluster -s a=b --autofail=false --no-prompt", updated),
        ("update cluster hippo --autofail --no-prompt", updated),
        (
            "update cluster hippo --autofail=false --disable-autofail --no-prompt",
            updated
        ),
        (
            "update cluster hippo --autofail --disable-autofail --no-prompt",
            updated
        ),
        (
            "update cluster hippo --no-prompt",
            r#"{"Results":null,"Code":"error","Msg":"no clusters found"}"#
        ),
        ("update cluster", "{}"),
        ("update", "{}"),
        ("update clutser", "{}"),
    ]));
}

#[test]
fn clone() {
    insta::assert_snapshot!(observed(&[
        ("clone hippo rhino ignored", recorded!("clone.response.json")),
        (
            "clone hippo rhino",
            r#"{"Code":"error","Msg":"Could not clone cluster: rhino already exists"}"#
        ),
        ("clone hippo rhino -o json", r#"{"Code":"error","Msg":"no"}"#),
        ("clone hippo", "{}"),
        ("clone", "{}"),
    ]));
}

#[test]
fn failover() {
    let preferred = r#"{"Results":[
        {"Name":"hippo-abcd","Node":"node01","PreferredNode":true,"ReplicationLag":0,"Status":"running","Timeline":1},
        {"Name":"hippo-efgh","Node":"node02","PreferredNode":false,"ReplicationLag":16,"Status":"running","Timeline":1}],
        "Code":"ok"}"#;
    insta::assert_snapshot!(observed(&[
        ("failover hippo --query --target=x", preferred),
        (
            "failover hippo --query",
            recorded!("failover_query.response.json")
        ),
        ("failover hippo --query", r#"{"Results":[],"Code":"ok"}"#),
        (
            "failover hippo --query",
            r#"{"Results":[],"Code":"error","Msg":"no cluster found named hippo"}"#
        ),
        (
            "failover hippo --query -o json",
            r#"{"Results":[],"Code":"error","Msg":"no"}"#
        ),
        (
            "failover hippo --target=x --no-prompt",
            recorded!("failover.response.json")
        ),
        ("failover hippo", "{}"),
        ("failover", "{}"),
    ]));
}

#[test]
fn reload_and_upgrade() {
    insta::assert_snapshot!(observed(&[
        ("reload hippo --no-prompt", recorded!("reload.response.json")),
        ("reload -s a=b --no-prompt", r#"{"Results":[],"Code":"ok"}"#),
        ("reload", "{}"),
        ("upgrade -s a=b", recorded!("upgrade.response.json")),
        ("upgrade", "{}"),
    ]));
}
