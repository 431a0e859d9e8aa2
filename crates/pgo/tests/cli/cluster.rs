//! `create cluster`, `show cluster`, `show pvc`, `show workflow`, `test`, `delete cluster`.

use crate::{Answer, Pgo, Stub, recorded};

/// The body of the only request, against a recorded one, byte by byte apart from the white space between tokens.
fn assert_sent(stub: &Stub, recorded: &str) {
    let value = |json: &str| serde_json::from_str::<serde_json::Value>(json).unwrap();
    let received = stub.received();
    assert_eq!(received.len(), 1);
    assert_eq!(value(&received[0].body), value(recorded));
    assert!(
        received[0]
            .headers
            .contains(&"content-type: application/json".to_owned())
    );
    assert!(
        received[0]
            .headers
            .contains(&"authorization: basic ywrtaw46c2vjcmv0".to_owned())
    );
}

fn answering(body: &str) -> Stub {
    Stub::answering(&[Answer::json(body)])
}

#[test]
fn create_cluster() {
    let stub = answering(recorded!("create_cluster.response.json"));
    insta::assert_snapshot!(Pgo::at("create cluster mycluster", &stub).observe(Some(&stub)));
    assert_sent(&stub, recorded!("create_cluster.request.json"));
}

#[test]
fn create_cluster_with_everything() {
    let stub = answering(recorded!("create_cluster.response.json"));
    let line = "create cluster hippo --replica-count=2 --metrics --pgbadger --pgbouncer --pgbouncer-pass=pw \
                --labels=env=dev,team=a --node-label=k=v --policies=p1,p2 -w secret -s old --ccp-image=img -c tag \
                -e 2 --service-type=LoadBalancer --disable-autofail --pgbackrest-storage-type=local,s3 \
                --custom-config=cfg --storage-config=nfs --replica-storage-config=nfs2 -r small \
                --pod-anti-affinity=required --sync-replication --pgbackrest-s3-key=k --pgbackrest-s3-key-secret=ks \
                --pgbackrest-s3-bucket=b --pgbackrest-s3-region=r --pgbackrest-s3-endpoint=e";
    assert_eq!(Pgo::at(line, &stub).run().0, 0);
    assert_sent(&stub, recorded!("create_cluster_with_everything.request.json"));
}

#[test]
fn create_cluster_for_a_user_of_another_name() {
    let stub = answering(recorded!("create_cluster.response.json"));
    assert_eq!(Pgo::at("create cluster hippo --username=app", &stub).run().0, 0);
    assert!(
        stub.received()[0].body.ends_with(",\"Username\":\"app\"}\n"),
        "{}",
        stub.received()[0].body
    );
}

#[test]
fn create_cluster_that_the_server_refuses() {
    let stub = answering(
        r#"{"results":null,"status":{"Code":"error","Msg":"pgcluster hippo was found so we will not create it"}}"#,
    );
    insta::assert_snapshot!(Pgo::at("create cluster hippo", &stub).observe(Some(&stub)));
}

#[test]
fn create_cluster_as_it_cannot_be_meant() {
    let stub = answering("{}");
    let observed: Vec<String> = ["", "a b", "Hippo", "h_o", "hippo --pgbouncer-pass=x"]
        .iter()
        .map(|names| Pgo::at(&format!("create cluster {names}"), &stub).observe(Some(&stub)))
        .collect();
    insta::assert_snapshot!(observed.join("\n"));
}

#[test]
fn create_delete_and_show_without_a_type() {
    let stub = answering("{}");
    let observed: Vec<String> = ["create", "create cat", "delete", "show", "show cats"]
        .iter()
        .map(|line| Pgo::at(line, &stub).observe(Some(&stub)))
        .collect();
    insta::assert_snapshot!(observed.join("\n"));
}

#[test]
fn show_cluster() {
    let stub = answering(recorded!("show_cluster.response.json"));
    insta::assert_snapshot!(Pgo::at("show cluster mycluster", &stub).observe(Some(&stub)));
    assert_sent(&stub, recorded!("show_cluster.request.json"));
}

#[test]
fn show_cluster_with_resources_and_an_external_address() {
    let stub = answering(
        r#"{"Results":[{"cluster":{"metadata":{"name":"hippo","labels":{"b":"2","a":"1"}},"spec":{"name":"hippo",
        "ccpimage":"crunchy-postgres-ha","ccpimagetag":"t","PrimaryStorage":{"size":"1G"},"ReplicaStorage":{"size":"2G"},
        "ContainerResources":{"limitscpu":"2","limitsmemory":"1Gi","requestscpu":"1","requestsmemory":"512Mi"}}},
        "Deployments":[],"Pods":[{"Name":"hippo-1","Phase":"Pending","ReadyStatus":"0/1","Type":"unknown"}],
        "Services":[{"Name":"hippo","ClusterIP":"10.0.0.1","ExternalIP":"192.0.2.1"}],"Replicas":null}],
        "Code":"ok","Msg":""}"#,
    );
    insta::assert_snapshot!(Pgo::at("show cluster hippo", &stub).observe(None));
}

#[test]
fn show_cluster_as_json() {
    let stub = answering(recorded!("show_cluster.response.json"));
    let (code, stdout, stderr) = Pgo::at("show cluster hippo other -o json", &stub).run();
    assert_eq!((code, stderr.as_str()), (0, ""));
    assert!(
        stdout.starts_with("{\n  \"Results\": [\n    {\n      \"cluster\": {\n"),
        "{stdout}"
    );
    assert!(
        stdout.ends_with("  ],\n  \"Code\": \"ok\",\n  \"Msg\": \"\"\n}\n"),
        "{stdout}"
    );
    assert_eq!(stub.received().len(), 1, "only the first name is asked for");
}

#[test]
fn show_cluster_as_json_when_the_server_refuses() {
    let stub = answering(r#"{"Results":[],"Code":"error","Msg":"a < b"}"#);
    insta::assert_snapshot!(Pgo::at("show cluster hippo -o json", &stub).observe(None));
}

#[test]
fn show_cluster_by_selector_tag_and_all() {
    let stub = answering(r#"{"Results":[],"Code":"ok","Msg":""}"#);
    let observed: Vec<String> = [
        "--selector=a=b name",
        "--all --ccp-image-tag=t",
        "one two",
        "",
        "-o yaml",
        "one -o yaml",
    ]
    .iter()
    .map(|line| Pgo::at(&format!("show cluster {line}"), &stub).observe(None))
    .collect();
    let requests: Vec<String> = stub
        .received()
        .iter()
        .map(|request| request.body.clone())
        .collect();
    insta::assert_snapshot!(format!("{}\n{}", observed.join("\n"), requests.join("")));
}

#[test]
fn delete_cluster() {
    let stub = answering(recorded!("delete_cluster.response.json"));
    insta::assert_snapshot!(
        Pgo::at("delete cluster hippo --keep-backups --no-prompt", &stub).observe(Some(&stub))
    );
}

#[test]
fn delete_every_cluster_and_keep_everything() {
    let stub = answering(recorded!("delete_cluster.response.json"));
    assert_eq!(
        Pgo::at(
            "delete cluster --all --keep-data --keep-backups --no-prompt",
            &stub
        )
        .run()
        .0,
        0
    );
    assert_sent(&stub, recorded!("delete_cluster.request.json"));
}

#[test]
fn delete_cluster_by_selector_sends_one_request() {
    let stub = answering(r#"{"Results":["deleted pgcluster a","deleted pgcluster b"],"Code":"ok","Msg":""}"#);
    insta::assert_snapshot!(
        Pgo::at("delete cluster a b --selector=env=dev --no-prompt", &stub).observe(Some(&stub))
    );
}

#[test]
fn delete_cluster_goes_on_after_a_refusal_and_says_so_at_the_end() {
    let stub = Stub::answering(&[
        Answer::json(r#"{"Results":[],"Code":"error","Msg":"no clusters found"}"#),
        Answer::json(r#"{"Results":["deleted pgcluster b"],"Code":"ok","Msg":""}"#),
    ]);
    insta::assert_snapshot!(Pgo::at("delete cluster a b --no-prompt", &stub).observe(Some(&stub)));
}

#[test]
fn delete_cluster_asks_for_what_is_lost() {
    let stub = answering(recorded!("delete_cluster.response.json"));
    let observed: Vec<String> = [
        ("", "yes\n"),
        ("--keep-backups", "  Y"),
        ("--keep-data", "maybe\n\nyes no\ny\n"),
        ("--keep-data --keep-backups", "no\n"),
        ("", ""),
    ]
    .iter()
    .map(|(flags, typed)| {
        Pgo::at(&format!("delete cluster hippo {flags}"), &stub)
            .typing(typed)
            .observe(None)
    })
    .collect();
    insta::assert_snapshot!(observed.join("\n"));
    assert_eq!(stub.received().len(), 3);
}

#[test]
fn delete_cluster_with_flags_of_the_past() {
    let stub = answering(recorded!("delete_cluster.response.json"));
    insta::assert_snapshot!(Pgo::at("delete cluster hippo -b -d --no-prompt", &stub).observe(Some(&stub)));
}

#[test]
fn delete_cluster_without_a_target_asks_nothing() {
    let stub = answering("{}");
    insta::assert_snapshot!(Pgo::at("delete cluster", &stub).observe(Some(&stub)));
}

#[test]
fn test_cluster() {
    let stub = answering(recorded!("test_cluster.response.json"));
    insta::assert_snapshot!(Pgo::at("test hippo", &stub).observe(Some(&stub)));
}

#[test]
fn test_every_cluster() {
    let stub = answering(r#"{"Results":[],"Code":"ok","Msg":""}"#);
    insta::assert_snapshot!(Pgo::at("test --all", &stub).observe(None));
    assert_sent(&stub, recorded!("test_cluster.request.json"));
}

#[test]
fn test_cluster_as_json() {
    let stub = answering(recorded!("test_cluster.response.json"));
    insta::assert_snapshot!(Pgo::at("test hippo -o json", &stub).observe(None));
}

#[test]
fn show_pvc() {
    let stub = answering(recorded!("show_pvc.response.json"));
    insta::assert_snapshot!(Pgo::at("show pvc mycluster", &stub).observe(None));
    assert_sent(&stub, recorded!("show_pvc.request.json"));
}

#[test]
fn show_pvc_of_nothing_and_after_a_refusal() {
    let stub = Stub::answering(&[
        Answer::json(r#"{"Results":null,"Code":"error","Msg":"no such namespace"}"#),
        Answer::json(r#"{"Results":[],"Code":"","Msg":""}"#),
    ]);
    insta::assert_snapshot!(Pgo::at("show pvc a b", &stub).observe(None));
}

#[test]
fn show_workflow() {
    let stub = answering(
        r#"{"Results":{"ClusterName":"hippo","Parameters":{"workflowid":"25927091-b343-4017-be4b-71575f0b3eb5",
        "task submitted":"2020-01-02T03:04:05Z","pg-cluster":"hippo","task completed":"2020-01-02T03:05:05Z"}},
        "Code":"ok","Msg":""}"#,
    );
    let line = "show workflow 25927091-b343-4017-be4b-71575f0b3eb5";
    insta::assert_snapshot!(Pgo::at(line, &stub).observe(Some(&stub)));
}

#[test]
fn show_workflow_that_is_unknown() {
    let stub = answering(recorded!("show_workflow.response.json"));
    insta::assert_snapshot!(Pgo::at("show workflow abc", &stub).observe(Some(&stub)));
    assert_eq!(Pgo::at("show workflow", &stub).run().0, 2);
}
