//! `scale` and `scaledown`.

use crate::{Answer, Pgo, Stub, recorded};

#[test]
fn scale() {
    let stub = Stub::answering(&[Answer::json(recorded!("scale.response.json"))]);
    let line = "scale mycluster --replica-count=2 --resources-config=small --storage-config=nfs \
                --node-label=region=us --ccp-image-tag=tag --service-type=ClusterIP --no-prompt";
    insta::assert_snapshot!(Pgo::at(line, &stub).observe(Some(&stub)));
    assert_eq!(
        stub.received()[0].line,
        recorded!("scale.request.http").trim_end()
    );
}

#[test]
fn scale_does_not_let_a_value_change_the_request() {
    let stub = Stub::answering(&[Answer::json(recorded!("scale.response.json"))]);
    let pgo = Pgo::at("scale --no-prompt", &stub)
        .arg("a/../b")
        .arg("--node-label=a=b&namespace=other c");
    assert_eq!(pgo.run().0, 0);
    assert_eq!(
        stub.received()[0].line,
        "GET /clusters/scale/a%2F..%2Fb?replica-count=1&resources-config=&storage-config=&\
         node-label=a=b%26namespace=other%20c&version=4.2.0&ccp-image-tag=&service-type=&namespace=pgo"
    );
}

#[test]
fn scale_several_clusters_when_one_is_refused() {
    let stub = Stub::answering(&[
        Answer::json(r#"{"Results":null,"Code":"error","Msg":"pgclusters.crunchydata.com \"a\" not found"}"#),
        Answer::json(r#"{"Results":["created Pgreplica b-abcd"],"Code":"ok","Msg":""}"#),
    ]);
    insta::assert_snapshot!(Pgo::at("scale a b", &stub).typing("yes\n").observe(None));
}

#[test]
fn a_no_to_scale_and_scaledown_is_exit_code_2() {
    let stub = Stub::answering(&[]);
    let observed = ["scale a", "scaledown a --target=a-abcd"]
        .map(|line| Pgo::at(line, &stub).typing("no\n").observe(None));
    insta::assert_snapshot!(observed.join("\n"));
    assert_eq!(stub.received().len(), 0);
}

#[test]
fn scale_as_it_cannot_be_meant() {
    let stub = Stub::answering(&[]);
    let lines = [
        "scale",
        "scale .. --no-prompt",
        "scale a --replica-count=0",
        "scale a --replica-count=-1",
        "scaledown",
        "scaledown a",
    ];
    insta::assert_snapshot!(lines.map(|line| Pgo::at(line, &stub).observe(None)).join("\n"));
}

#[test]
fn scaledown() {
    let stub = Stub::answering(&[Answer::json(recorded!("scale_down.response.json"))]);
    let line = "scaledown mycluster --target=mycluster-abcd --keep-data --no-prompt";
    insta::assert_snapshot!(Pgo::at(line, &stub).observe(Some(&stub)));
    assert_eq!(
        stub.received()[0].line,
        recorded!("scale_down.request.http").trim_end()
    );
}

#[test]
fn scaledown_deletes_data_unless_told_otherwise() {
    for (flags, deletes) in [
        ("", true),
        ("-d", true),
        ("--delete-data=false", false),
        ("-d --keep-data", false),
    ] {
        let stub = Stub::answering(&[Answer::json(recorded!("scale_down.response.json"))]);
        assert_eq!(
            Pgo::at(&format!("scaledown a --target=a-b --no-prompt {flags}"), &stub)
                .run()
                .0,
            0
        );
        assert!(
            stub.received()[0]
                .line
                .contains(&format!("&delete-data={deletes}&")),
            "{flags}"
        );
    }
}

#[test]
fn scaledown_query() {
    let stub = Stub::answering(&[
        Answer::json(
            r#"{"Results":[{"Name":"a-abcd","Node":"node01","ReplicationLag":0,"Status":"running","Timeline":1},
            {"Name":"a-efgh","Node":"","ReplicationLag":12,"Status":"","Timeline":1}],"Code":"ok","Msg":""}"#,
        ),
        Answer::json(r#"{"Results":[],"Code":"error","Msg":"No cluster found for \"b\""}"#),
        Answer::json(r#"{"Results":[],"Code":"ok","Msg":""}"#),
    ]);
    insta::assert_snapshot!(Pgo::at("scaledown a b c --query", &stub).observe(Some(&stub)));
}
