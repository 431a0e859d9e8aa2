use pgo_api::{Answer, ShowClusterResponse};
use serde_json::{Value, json};

use super::*;

/// Reads what a server would answer: conditions by type, pods by name, replicas by name.
fn detail(
    conditions: &[(&str, &str, &str)],
    pods: &[(&str, &str, bool)],
    replicas: &[(&str, &str)],
) -> ShowClusterDetail {
    let conditions: Vec<Value> = conditions
        .iter()
        .map(|(name, status, message)| {
            json!({"type": name, "status": status, "message": message, "reason": "Reason",
                   "lastTransitionTime": "2020-01-02T03:04:05Z"})
        })
        .collect();
    let pods: Vec<Value> = pods
        .iter()
        .map(|(name, kind, ready)| {
            json!({"Name": name, "Type": kind, "Ready": ready, "Phase": "Running", "ReadyStatus": "0/1"})
        })
        .collect();
    let replicas: Vec<Value> = replicas
        .iter()
        .map(|(name, message)| json!({"Name": name, "Message": message}))
        .collect();
    let body = json!({
        "Results": [{
            "cluster": {"metadata": {"name": "hippo"}, "spec": {}, "status": {"conditions": conditions}},
            "Pods": pods, "Replicas": replicas
        }],
        "Code": "ok", "Msg": ""
    });
    let answer = Answer::<ShowClusterResponse>::decode(body.to_string().as_bytes()).unwrap();
    answer.reply.results.into_iter().next().unwrap()
}

#[test]
fn a_birth_is_followed_step_by_step() {
    let mut goal = Goal::born("hippo");
    let seen = detail(
        &[
            ("Accepted", "True", ""),
            ("RepositoryReady", "Unknown", ""),
            ("PrimaryReady", "True", ""),
            ("Ready", "False", "the repository is starting"),
        ],
        &[
            ("hippo-5d-x", "primary", true),
            ("hippo-abcd-7f-y", "replica", true),
        ],
        &[("hippo-abcd", "")],
    );
    let sight = goal.judge(Some(&seen));
    assert_eq!(
        sight.done,
        ["accepted", "primary ready", "replica hippo-abcd ready"]
    );
    assert_eq!(
        (sight.waiting.as_str(), sight.end),
        ("the repository is starting", None)
    );
}

#[test]
fn a_birth_without_any_condition_waits_for_the_operator() {
    let sight = Goal::born("hippo").judge(Some(&detail(&[], &[], &[])));
    assert_eq!(
        (sight.waiting.as_str(), sight.end),
        ("the operator has not taken it on yet; is it running?", None)
    );
}

#[test]
fn a_birth_ends_when_the_cluster_is_ready() {
    let sight = Goal::born("hippo").judge(Some(&detail(
        &[("Accepted", "True", ""), ("Ready", "True", "")],
        &[],
        &[],
    )));
    assert_eq!(sight.end, Some(End::Reached));
}

#[test]
fn a_cluster_that_is_not_accepted_will_never_be_born() {
    let seen = detail(&[("Accepted", "False", "spec.port is no port")], &[], &[]);
    let End::Failed(reason) = Goal::born("hippo").judge(Some(&seen)).end.unwrap() else {
        panic!()
    };
    assert_eq!(reason, "cluster hippo was not accepted: spec.port is no port");
}

#[test]
fn a_cluster_that_is_not_there_yet_is_waited_for_but_not_one_that_went() {
    let mut goal = Goal::born("hippo");
    assert_eq!(goal.judge(None).end, None);
    goal.judge(Some(&detail(&[], &[], &[])));
    assert_eq!(
        goal.judge(None).end,
        Some(End::Failed("cluster hippo was deleted meanwhile".to_owned()))
    );
}

#[test]
fn scaling_ends_when_each_new_replica_is_ready() {
    let mut goal = Goal::scaled("hippo", vec!["hippo-abcd".to_owned(), "hippo-efgh".to_owned()]);
    let pods = |second| {
        [
            ("hippo-abcd-7f-y", "replica", true),
            ("hippo-efgh-7f-z", "replica", second),
        ]
    };
    let sight = goal.judge(Some(&detail(&[], &pods(false), &[("hippo-efgh", "")])));
    assert_eq!(sight.done, ["replica hippo-abcd ready"]);
    assert_eq!(
        (sight.waiting.as_str(), sight.end),
        ("hippo-efgh is Running, 0/1 ready", None)
    );
    assert_eq!(
        goal.judge(Some(&detail(&[], &pods(true), &[]))).end,
        Some(End::Reached)
    );
}

#[test]
fn a_replica_says_what_it_waits_for() {
    let mut goal = Goal::scaled("hippo", vec!["hippo-abcd".to_owned()]);
    let sight = goal.judge(Some(&detail(
        &[],
        &[],
        &[("hippo-abcd", "waits for the first backup")],
    )));
    assert_eq!(sight.waiting, "hippo-abcd: waits for the first backup");
    assert_eq!(
        goal.judge(Some(&detail(&[], &[], &[]))).waiting,
        "hippo-abcd has no pod yet"
    );
}

#[test]
fn the_pod_of_a_replica_is_not_taken_for_that_of_the_first_instance() {
    let seen = detail(&[], &[("hippo-abcd-7f-y", "replica", true)], &[]);
    assert!(pod_of("hippo", &seen).is_none());
    assert!(pod_of("hippo-abcd", &seen).is_some());
}

#[test]
fn a_deletion_ends_when_nothing_is_shown_any_more() {
    let mut goal = Goal::deleted("hippo");
    let mut seen = detail(&[("Ready", "False", "Waiting for pods to stop: a")], &[], &[]);
    assert_eq!(goal.judge(Some(&seen)).waiting, "waiting for the operator");
    seen.cluster.status.as_mut().unwrap().conditions[0].reason = "Removing".to_owned();
    assert_eq!(goal.judge(Some(&seen)).waiting, "Waiting for pods to stop: a");
    assert_eq!(goal.judge(None).end, Some(End::Reached));
}

#[test]
fn scaling_down_ends_when_replica_and_pod_are_gone() {
    let mut goal = Goal::scaled_down("hippo", "hippo-abcd");
    let pod = [("hippo-abcd-7f-y", "replica", true)];
    assert_eq!(
        goal.judge(Some(&detail(&[], &pod, &[]))).waiting,
        "waiting for pod hippo-abcd-7f-y to stop"
    );
    assert_eq!(
        goal.judge(Some(&detail(&[], &[], &[("hippo-abcd", "")]))).end,
        None
    );
    assert_eq!(goal.judge(Some(&detail(&[], &[], &[]))).end, Some(End::Reached));
}

#[test]
fn an_image_that_cannot_be_pulled_ends_the_waiting() {
    let why = "There is no primary; hippo cannot start: image r/i:nope cannot be pulled";
    let seen = detail(
        &[
            ("Accepted", "True", ""),
            ("PrimaryReady", "False", why),
            ("Ready", "False", why),
        ],
        &[],
        &[],
    );
    let Some(End::Failed(sentence)) = Goal::born("hippo").judge(Some(&seen)).end else {
        panic!("it goes on waiting")
    };
    assert!(sentence.contains(why), "{sentence}");

    let why = "Not ready: hippo-abcd (image r/i:nope cannot be pulled)";
    let seen = detail(
        &[("Ready", "False", why)],
        &[],
        &[("hippo-abcd", ""), ("hippo-efgh", "")],
    );
    let scaled = |replica: &str| {
        Goal::scaled("hippo", vec![replica.to_owned()])
            .judge(Some(&seen))
            .end
    };
    assert!(matches!(scaled("hippo-abcd"), Some(End::Failed(_))));
    assert_eq!(scaled("hippo-efgh"), None);
}

#[test]
fn a_replica_of_a_cluster_whose_primary_never_comes_is_not_waited_for() {
    let replicas = [("hippo-abcd", ""), ("hippo-efgh", "")];
    let scaled = |conditions: &[(&str, &str, &str)], pods: &[(&str, &str, bool)]| {
        Goal::scaled("hippo", vec!["hippo-efgh".to_owned()])
            .judge(Some(&detail(conditions, pods, &replicas)))
            .end
    };
    let first = ("hippo-5d-x", "unknown", false);
    let why = "There is no primary; hippo cannot start: image r/i:nope cannot be pulled";
    assert_eq!(
        scaled(&[("PrimaryReady", "False", why)], &[first]),
        Some(End::Failed(format!("nothing comes of scaling: {why}")))
    );

    // Who is there, and of whom nothing bad is said, may become the primary.
    let other = ("hippo-abcd-7f-y", "unknown", false);
    assert_eq!(scaled(&[("PrimaryReady", "False", why)], &[first, other]), None);
    let passing = format!("{why}; hippo-abcd cannot start: no node can take it");
    assert_eq!(
        scaled(&[("PrimaryReady", "False", &passing)], &[first, other]),
        None
    );
    let both = format!("{why}; hippo-abcd cannot start: image r/i:nope cannot be pulled");
    assert!(scaled(&[("PrimaryReady", "False", &both)], &[first, other]).is_some());

    // Replicas are made from the first backup; later the repository may be away.
    let why = "The repository cannot start: image r/b:nope cannot be pulled";
    let repository = ("RepositoryReady", "False", why);
    assert!(scaled(&[repository, ("BackedUp", "False", "")], &[first]).is_some());
    assert_eq!(scaled(&[repository, ("BackedUp", "True", "")], &[first]), None);
}

#[test]
fn what_may_pass_is_waited_for_and_shown() {
    let why = "There is no primary; hippo cannot start: no node can take it: 0/3 nodes are available";
    let seen = detail(&[("Accepted", "True", ""), ("Ready", "False", why)], &[], &[]);
    let sight = Goal::born("hippo").judge(Some(&seen));
    assert_eq!((sight.end, sight.waiting.as_str()), (None, why));
}

#[test]
fn whoever_stops_waiting_hears_what_is_missing_and_where_to_look() {
    assert_eq!(
        Goal::deleted("hippo").given_up("waiting for the operator"),
        "no longer waiting: cluster hippo is not gone yet (waiting for the operator); the operator goes on, 'pgo show \
         cluster hippo -o wide' shows how far it is"
    );
    assert_eq!(
        Goal::namespace_deleted("ns1").given_up(""),
        "no longer waiting: namespace ns1 is not gone yet; the operator goes on, 'pgo show namespace ns1' shows how far \
         it is"
    );
}
