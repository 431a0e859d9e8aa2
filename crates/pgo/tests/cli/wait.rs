//! `--wait`.

use std::io::{BufRead as _, BufReader, Read as _};
use std::process::Command;

use serde_json::{Value, json};

use crate::run::without_times;
use crate::{Answer, Pgo, Stub, recorded};

/// What `show cluster` answers while a cluster is born.
fn cluster(conditions: &[(&str, &str, &str)], pods: &Value, replicas: &Value) -> Answer {
    let conditions: Vec<Value> = conditions
        .iter()
        .map(|(name, status, message)| {
            json!({"type": name, "status": status, "reason": "R", "message": message,
                   "lastTransitionTime": "2020-01-02T03:04:05Z"})
        })
        .collect();
    let detail = json!({
        "cluster": {"metadata": {"name": "alpha"}, "spec": {"name": "alpha"}, "status": {"conditions": conditions}},
        "Pods": pods, "Replicas": replicas
    });
    Answer::json(&json!({"Results": [detail], "Code": "ok", "Msg": ""}).to_string())
}

fn nothing() -> Answer {
    Answer::json(r#"{"Results":[],"Code":"ok","Msg":""}"#)
}

fn observe(pgo: &Pgo, stub: &Stub) -> String {
    without_times(&pgo.observe(Some(stub)))
}

#[test]
fn a_birth_is_told_step_by_step() {
    let stub = Stub::answering(&[
        Answer::json(recorded!("create_cluster.response.json")),
        nothing(),
        cluster(
            &[("Accepted", "True", ""), ("Ready", "False", "starting")],
            &json!([]),
            &json!([]),
        ),
        Answer(200, String::new()),
        cluster(
            &[
                ("Accepted", "True", ""),
                ("RepositoryReady", "True", ""),
                ("PrimaryReady", "True", ""),
            ],
            &json!([]),
            &json!([]),
        ),
        cluster(
            &[
                ("Accepted", "True", ""),
                ("BackedUp", "True", ""),
                ("Ready", "True", ""),
            ],
            &json!([{"Name": "alpha-abcd-1-2", "Type": "replica", "Ready": true}]),
            &json!([{"Name": "alpha-abcd"}]),
        ),
    ]);
    let pgo = Pgo::at("create cluster alpha --wait", &stub);
    let observed = observe(&pgo, &stub);
    let (kept, _) = observed.split_once("[requests]").unwrap();
    insta::assert_snapshot!(kept);
    let asked: Vec<String> = stub
        .received()
        .iter()
        .skip(1)
        .map(|request| request.line.clone())
        .collect();
    assert_eq!(asked, ["POST /showclusters"; 5]);
}

#[test]
fn a_cluster_that_is_not_accepted_ends_the_waiting() {
    let stub = Stub::answering(&[
        Answer::json(recorded!("create_cluster.response.json")),
        cluster(
            &[("Accepted", "False", "storage \"x\" is unknown")],
            &json!([]),
            &json!([]),
        ),
    ]);
    let (code, stdout, _) = Pgo::at("create cluster alpha --wait", &stub).run();
    assert_eq!(code, 3);
    assert!(
        stdout.ends_with("Error: cluster alpha was not accepted: storage \"x\" is unknown\n"),
        "{stdout}"
    );
}

#[test]
fn time_runs_out() {
    let stub = Stub::answering(&[
        Answer::json(recorded!("create_cluster.response.json")),
        cluster(
            &[
                ("Accepted", "True", ""),
                ("Ready", "False", "waiting for the primary"),
            ],
            &json!([]),
            &json!([]),
        ),
    ]);
    let (code, stdout, _) = Pgo::at("create cluster alpha --wait --timeout=300ms", &stub).run();
    assert_eq!(code, 3);
    assert!(
        stdout.contains("Error: cluster alpha is not ready after 300ms (waiting for the primary)"),
        "{stdout}"
    );
}

#[test]
fn a_user_who_may_not_look_is_told_so_at_once() {
    let stub = Stub::answering(&[
        Answer::json(recorded!("create_cluster.response.json")),
        Answer(403, String::new()),
    ]);
    let (code, stdout, _) = Pgo::at("create cluster alpha --wait", &stub).run();
    assert_eq!(code, 2);
    assert!(stdout.contains("lacks the permission ShowCluster"), "{stdout}");
}

#[test]
fn scaling_waits_for_the_replicas_it_made() {
    let replica =
        |ready| json!([{"Name": "alpha-abcd-1-2", "Type": "replica", "Ready": ready, "Phase": "Running"}]);
    let stub = Stub::answering(&[
        Answer::json(r#"{"Results":["created Pgreplica alpha-abcd"],"Code":"ok","Msg":""}"#),
        cluster(&[], &replica(false), &json!([{"Name": "alpha-abcd"}])),
        cluster(&[], &replica(true), &json!([{"Name": "alpha-abcd"}])),
    ]);
    let (code, stdout, stderr) = Pgo::at("scale alpha --no-prompt --wait", &stub).run();
    assert_eq!(code, 0);
    assert_eq!(
        without_times(&stdout),
        "created Pgreplica alpha-abcd\ncluster alpha is scaled: alpha-abcd ready (<time>)\n"
    );
    assert_eq!(
        without_times(&stderr),
        "alpha: replica alpha-abcd ready (<time>)\n"
    );
}

#[test]
fn scaling_down_waits_until_the_replica_is_gone() {
    let stub = Stub::answering(&[
        Answer::json(r#"{"Results":["deleted Pgreplica alpha-abcd"],"Code":"ok","Msg":""}"#),
        cluster(&[], &json!([]), &json!([{"Name": "alpha-abcd"}])),
        cluster(&[], &json!([]), &json!([])),
    ]);
    let (code, stdout, _) = Pgo::at("scaledown alpha --target=alpha-abcd --no-prompt --wait", &stub).run();
    assert_eq!(code, 0);
    assert!(
        without_times(&stdout).ends_with("replica alpha-abcd is gone (<time>)\n"),
        "{stdout}"
    );
}

#[test]
fn deleting_waits_until_nothing_is_shown() {
    let stub = Stub::answering(&[
        Answer::json(r#"{"Results":["deleted pgcluster alpha"],"Code":"ok","Msg":""}"#),
        cluster(&[], &json!([]), &json!([])),
        nothing(),
    ]);
    let (code, stdout, _) = Pgo::at("delete cluster alpha --no-prompt --wait", &stub).run();
    assert_eq!(code, 0);
    assert_eq!(
        without_times(&stdout),
        "deleted pgcluster alpha\ncluster alpha is gone (<time>)\n"
    );
}

#[test]
fn a_namespace_is_waited_for_until_nobody_knows_it() {
    let stub = Stub::answering(&[
        Answer::json(r#"{"Results":["deleted namespace ns1"],"Code":"ok","Msg":""}"#),
        Answer::json(
            r#"{"Username":"admin","Results":[{"Namespace":"ns1","UserAccess":true}],"Code":"ok","Msg":""}"#,
        ),
        Answer::json(r#"{"Username":"","Results":null,"Code":"error","Msg":"namespace ns1 not found"}"#),
    ]);
    insta::assert_snapshot!(observe(
        &Pgo::at("delete namespace ns1 --no-prompt --wait", &stub),
        &stub
    ));
}

#[test]
fn a_namespace_that_stays_is_given_up() {
    let there = r#"{"Username":"admin","Results":[{"Namespace":"ns1"}],"Code":"ok","Msg":""}"#;
    let stub = Stub::answering(&[
        Answer::json(r#"{"Results":["deleted namespace ns1"],"Code":"ok","Msg":""}"#),
        Answer::json(there),
    ]);
    let (code, stdout, _) = Pgo::at("delete namespace ns1 --no-prompt --wait --timeout=0", &stub).run();
    assert_eq!(code, 3);
    assert!(
        stdout.contains("namespace ns1 is not gone after 0ns (waiting for what is in it to go)"),
        "{stdout}"
    );
}

/// Runs a line until it has told a step, breaks it off as ^C does, and returns exit code, stdout and stderr.
fn broken_off(pgo: &Pgo) -> (i32, String, String) {
    let mut child = pgo.command().spawn().unwrap();
    let mut stderr = BufReader::new(child.stderr.take().unwrap());
    let mut told = String::new();
    stderr.read_line(&mut told).unwrap();
    let kill = Command::new("kill")
        .args(["-INT", &child.id().to_string()])
        .status()
        .unwrap();
    assert!(kill.success());
    stderr.read_to_string(&mut told).unwrap();
    let output = child.wait_with_output().unwrap();
    let stdout = String::from_utf8(output.stdout).unwrap();
    (output.status.code().unwrap(), stdout, told)
}

#[test]
fn who_stops_waiting_is_told_that_the_work_goes_on() {
    let stub = Stub::answering(&[
        Answer::json(recorded!("create_cluster.response.json")),
        cluster(
            &[
                ("Accepted", "True", ""),
                ("Ready", "False", "waiting for the primary"),
            ],
            &json!([]),
            &json!([]),
        ),
    ]);
    let (code, stdout, stderr) = broken_off(&Pgo::at("create cluster alpha --wait", &stub));
    assert_eq!(code, 130);
    assert!(stdout.contains("created Pgcluster"), "{stdout}");
    assert!(
        !stdout.contains("Error") && !stdout.contains("waiting"),
        "{stdout}"
    );
    assert_eq!(
        without_times(&stderr),
        "alpha: accepted (<time>)\nno longer waiting: cluster alpha is not ready yet (waiting for the primary); the \
         operator goes on, 'pgo show cluster alpha -o wide' shows how far it is\n"
    );
}

#[test]
fn only_what_is_still_missing_is_no_longer_waited_for() {
    let ready = json!([{"Name": "alpha-abcd-1-2", "Type": "replica", "Ready": true}]);
    let stub = Stub::answering(&[
        Answer::json(r#"{"Results":["created Pgreplica alpha-abcd"],"Code":"ok","Msg":""}"#),
        Answer::json(r#"{"Results":["created Pgreplica beta-efgh"],"Code":"ok","Msg":""}"#),
        cluster(&[], &ready, &json!([])),
        cluster(&[], &json!([]), &json!([])),
    ]);
    let pgo = Pgo::at("scale alpha beta --no-prompt --wait", &stub).called("kubectl-pgo");
    let (code, _, stderr) = broken_off(&pgo);
    assert_eq!(code, 130);
    let (_, last) = stderr.trim_end().rsplit_once('\n').unwrap();
    assert!(
        last.starts_with("no longer waiting: cluster beta is not scaled yet"),
        "{stderr}"
    );
    assert!(
        last.ends_with("'kubectl pgo show cluster beta -o wide' shows how far it is"),
        "{stderr}"
    );
}
