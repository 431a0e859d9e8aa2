//! `cat`, `ls`, `load`, `df`: what is in the pods of a cluster.

use crate::{Pgo, answered, observed, recorded, sends};

#[test]
fn requests_are_those_of_4_2() {
    for (line, request, response) in [
        (
            "cat mycluster /pgdata/mycluster/postgresql.conf /tmp/x",
            recorded!("cat.request.json"),
            recorded!("cat.response.json"),
        ),
        (
            "ls mycluster /pgdata/mycluster",
            recorded!("ls.request.json"),
            recorded!("ls.response.json"),
        ),
        (
            "df --selector=env=dev",
            recorded!("df.request.http"),
            recorded!("df.response.json"),
        ),
    ] {
        let stub = answered(response);
        sends(&Pgo::at(line, &stub), &stub, request);
    }
}

#[test]
fn load_sends_its_file_as_it_is() {
    let recorded = recorded!("load.request.json");
    let content = serde_json::from_str::<serde_json::Value>(recorded).unwrap();
    let directory = tempfile::tempdir().unwrap();
    let path = directory.path().join("load.yaml");
    std::fs::write(&path, content["LoadConfig"].as_str().unwrap()).unwrap();
    let stub = answered(recorded!("load.response.json"));
    let line = format!("load mycluster --load-config={} --policies=p1,p2", path.display());
    sends(&Pgo::at(&line, &stub), &stub, recorded);
}

#[test]
fn cat_and_ls() {
    insta::assert_snapshot!(observed(&[
        (
            "cat hippo /etc/hostname",
            r#"{"Results":["hippo-1\n"],"Code":"ok"}"#
        ),
        ("cat -- hippo -x", r#"{"Results":["x"],"Code":"ok"}"#),
        ("cat hippo /x", r#"{"Results":[],"Code":"ok"}"#),
        (
            "cat hippo a;b",
            r#"{"Results":[],"Code":"error","Msg":"a;b contains non-allowed characters [&|;>]"}"#
        ),
        ("cat", "{}"),
        ("ls hippo", r#"{"Results":["total 0\n"],"Code":"ok"}"#),
        ("ls", "{}"),
    ]));
}

#[test]
fn load() {
    insta::assert_snapshot!(observed(&[
        (
            "load hippo other --load-config=/dev/null",
            r#"{"Results":["created Job pgo-load-hippo-abc","created Job pgo-load-other-def"],"Code":"ok"}"#
        ),
        (
            "load -s !env,a --load-config=/dev/null",
            r#"{"Results":[],"Code":"error","Msg":"PVCName is not supplied"}"#
        ),
        ("load -s a=b, --load-config=/dev/null", "{}"),
        ("load hippo", "{}"),
        ("load --load-config=x", "{}"),
        ("load hippo --load-config=/nowhere/load.yaml", "{}"),
    ]));
}

#[test]
fn df() {
    let full = r#"{"Results":[
        {"Name":"hippo-77-x","PGSize":"30 MB","ClaimSize":"1Gi","Pct":3,"Working":true},
        {"Name":"hippo-abcd-77-yy","PGSize":"700 MB","ClaimSize":"1Gi","Pct":70,"Working":false}],"Code":"ok"}"#;
    insta::assert_snapshot!(observed(&[
        ("df hippo", full),
        ("df all -o json", recorded!("df.response.json")),
        ("df a b", r#"{"Results":[],"Code":"ok"}"#),
        ("df a b --selector=x=y", r#"{"Results":[],"Code":"ok"}"#),
        ("df --selector=a&b", r#"{"Results":[],"Code":"ok"}"#),
        ("df", "{}"),
    ]));
}
