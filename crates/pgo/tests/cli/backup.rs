//! `backup`, `show backup`, `delete backup`, `restore`.

use serde_json::Value;

use crate::{Pgo, answered, observed, recorded, sends};

#[test]
fn requests_are_those_of_4_2() {
    let stub = answered(recorded!("create_backup.response.json"));
    let line = "backup mycluster other --pgbackrest-storage-type=local,s3";
    let pgo = Pgo::at(line, &stub).arg("--backup-opts=--type=full --repo1-retention-full=2");
    sends(&pgo, &stub, recorded!("create_backup.request.json"));
    for (line, request, response) in [
        (
            "backup mycluster --backup-type=pgdump --backup-opts=--dump-all --pvc-name=pv1",
            recorded!("create_dump.request.json"),
            recorded!("create_dump.response.json"),
        ),
        (
            "show backup mycluster",
            recorded!("show_backup.request.http"),
            recorded!("show_backup.response.json"),
        ),
        (
            "show backup mycluster --backup-type=pgdump",
            recorded!("show_dump.request.http"),
            recorded!("show_dump.response.json"),
        ),
        (
            "delete backup mycluster --no-prompt",
            recorded!("delete_basebackup.request.http"),
            recorded!("delete_basebackup.response.json"),
        ),
        (
            "restore mycluster --backup-type=pgdump --backup-pvc=mycluster-pgdump-pvc --pitr-target=2019-01-15 \
             --no-prompt",
            recorded!("restore_dump.request.json"),
            recorded!("restore_dump.response.json"),
        ),
    ] {
        let stub = answered(response);
        sends(&Pgo::at(line, &stub), &stub, request);
    }
}

#[test]
fn a_restored_volume_has_a_name_of_its_own() {
    let stub = answered(recorded!("restore.response.json"));
    let line = "restore mycluster --backup-opts=--type=time --node-label=a=b --pgbackrest-storage-type=s3 --no-prompt";
    let pgo = Pgo::at(line, &stub).arg("--pitr-target=2019-01-14 00:02:14.921404+00");
    assert_eq!((pgo.run().0, pgo.run().0), (0, 0));
    let recorded: Value = serde_json::from_str(recorded!("restore.request.json")).unwrap();
    let names: Vec<String> = stub
        .received()
        .iter()
        .map(|request| {
            let mut sent: Value = serde_json::from_str(&request.body).unwrap();
            let name = std::mem::replace(&mut sent["ToPVC"], recorded["ToPVC"].clone());
            assert_eq!(sent, recorded);
            name.as_str().unwrap().to_owned()
        })
        .collect();
    for name in &names {
        let letters = name.strip_prefix("mycluster-").unwrap();
        assert!(
            letters.len() == 4 && letters.bytes().all(|byte| byte.is_ascii_lowercase()),
            "{name}"
        );
    }
    assert_ne!(names[0], names[1]);
}

#[test]
fn backup() {
    insta::assert_snapshot!(observed(&[
        ("backup hippo", recorded!("create_backup.response.json")),
        ("create backup hippo", recorded!("create_backup.response.json")),
        (
            "backup -s a=b",
            r#"{"Results":["no clusters found with that selector"],"Code":"ok"}"#
        ),
        ("backup hippo", r#"{"Results":[],"Code":"ok"}"#),
        (
            "backup hippo --backup-type=pgdump --storage-config=nfs",
            recorded!("create_dump.response.json")
        ),
        ("backup hippo --storage-config=nfs", "{}"),
        ("backup hippo --backup-type=pgbasebackup", "{}"),
        ("backup hippo --backup-type=", "{}"),
        ("backup", "{}"),
        (
            "backup hippo",
            r#"{"Results":[],"Code":"error","Msg":"hippo was not found, verify cluster name"}"#
        ),
    ]));
}

#[test]
fn show_backup() {
    let info = r#"{"Items":[{"Name":"hippo","Info":"\nStorage Type: local\nstanza: db\n    status: ok\n"}],"Code":"ok"}"#;
    insta::assert_snapshot!(observed(&[
        ("show backup hippo", info),
        ("show backup hippo --backup-type=", info),
        ("show backup a b", r#"{"Items":[],"Code":"ok"}"#),
        (
            "show backup hippo --backup-type=pgdump",
            recorded!("show_dump.response.json")
        ),
        (
            "show backup hippo --backup-type=pgdump",
            r#"{"BackupList":{"metadata":{},"items":[]},"Code":"ok"}"#
        ),
        ("show backup hippo --backup-type=other", "{}"),
        ("show backup", "{}"),
    ]));
}

#[test]
fn delete_backup() {
    insta::assert_snapshot!(observed(&[
        (
            "delete backup a --no-prompt",
            r#"{"Results":["old"],"Code":"ok"}"#
        ),
        ("delete backup a b --no-prompt", r#"{"Results":[],"Code":"ok"}"#),
        (
            "delete backup all --no-prompt",
            r#"{"Results":[],"Code":"error","Msg":"all not a valid cluster name"}"#
        ),
        ("delete backup", "{}"),
    ]));
}

#[test]
fn restore() {
    let stub = answered(recorded!("restore.response.json"));
    let volume = |text: String| {
        let at = text.find("\"ToPVC\":\"hippo-").unwrap() + "\"ToPVC\":\"hippo-".len();
        format!("{}<random>{}", &text[..at], &text[at + 4..])
    };
    insta::assert_snapshot!(volume(
        Pgo::at("restore hippo --no-prompt", &stub).observe(Some(&stub))
    ));
}

#[test]
fn restore_warns_unless_it_is_a_dump_and_refuses_what_it_does_not_know() {
    let stub = answered("{}");
    let observed = [
        "restore hippo",
        "restore hippo -o json",
        "restore hippo --backup-type=pgdump",
        "restore hippo --backup-type=pgbasebackup --no-prompt",
        "restore",
    ]
    .map(|line| Pgo::at(line, &stub).typing("no\n").observe(Some(&stub)));
    insta::assert_snapshot!(observed.join("\n"));
}
