use k8s_openapi::api::core::v1::Pod;
use pgo_crd::Pgtask;
use serde_json::{Value, json};

use super::*;
use crate::kind::Kept as _;

fn pod(name: &str, cluster: &str, uid: &str, version: u64) -> Pod {
    let pod: Pod = serde_json::from_value(json!({
        "metadata": {
            "name": name, "namespace": "ns", "uid": uid, "resourceVersion": version.to_string(),
            "labels": {"pg-cluster": cluster},
        },
    }))
    .unwrap();
    pod.into_memory()
}

fn woken(clusters: &BTreeSet<ClusterRef>) -> Vec<&str> {
    clusters.iter().map(|cluster| cluster.name.as_str()).collect()
}

fn names(store: &Store<Pod>, cluster: &str) -> Vec<String> {
    let pods = store.of_cluster("ns", cluster);
    pods.iter()
        .map(|pod| pod.metadata.name.clone().unwrap())
        .collect()
}

#[test]
fn a_cluster_is_found_without_its_neighbours() {
    let store = Store::default();
    store.saw(pod("b", "hippo", "1", 1));
    store.saw(pod("a", "hippo", "2", 2));
    store.saw(pod("c", "rhino", "3", 3));
    assert_eq!(names(&store, "hippo"), ["a", "b"]);
    assert_eq!(store.of_cluster("elsewhere", "hippo").len(), 0);
    assert_eq!(store.clusters().len(), 2);
}

#[test]
fn an_event_that_changes_nothing_wakes_nobody() {
    let store = Store::default();
    assert_eq!(woken(&store.saw(pod("a", "hippo", "1", 1))), ["hippo"]);
    assert!(store.saw(pod("a", "hippo", "1", 2)).is_empty());
    let known = store.get("ns", "a").unwrap();
    assert_eq!(
        known.metadata.resource_version.as_deref(),
        Some("2"),
        "but its version is known"
    );
}

#[test]
fn the_stamp_of_a_cluster_changes_with_its_objects_and_with_no_others() {
    let store = Store::default();
    let hippo = ClusterRef {
        namespace: "ns".into(),
        name: "hippo".into(),
    };
    let mut seen = BTreeSet::from([store.stamp(&hippo)]);
    let mut is_new = |store: &Store<Pod>| seen.insert(store.stamp(&hippo));
    store.saw(pod("a", "hippo", "1", 1));
    assert!(is_new(&store), "one has come");
    store.saw(pod("a", "hippo", "1", 2));
    store.saw(pod("c", "rhino", "3", 3));
    assert!(!is_new(&store), "nothing of it has changed");
    let mut changed = pod("a", "hippo", "1", 4);
    changed.metadata.generation = Some(2);
    store.saw(changed);
    assert!(is_new(&store), "one has changed");
    store.saw(pod("b", "hippo", "2", 5));
    assert!(is_new(&store), "another has come");
    store.lost(&pod("b", "hippo", "2", 6).metadata);
    assert!(is_new(&store), "it has gone");
    store.lost(&pod("a", "hippo", "1", 7).metadata);
    assert_eq!(store.stamp(&hippo), 0);
    store.saw(pod("a", "hippo", "4", 8));
    assert!(is_new(&store), "what comes again is not what was");
}

#[test]
fn patronis_chatter_wakes_nobody() {
    let chatter = |version: u64| {
        let mut pod = pod("a", "hippo", "1", version);
        pod.metadata.annotations = Some([("status".into(), format!("xlog at {version}"))].into());
        pod.into_memory()
    };
    let store = Store::default();
    store.saw(chatter(1));
    assert!(store.saw(chatter(2)).is_empty());
}

#[test]
fn an_object_never_goes_back_to_an_older_version() {
    let store = Store::default();
    let ticket = store.ticket();
    let mut answer = pod("a", "hippo", "1", 7);
    answer.metadata.generation = Some(2);
    store.wrote(ticket, answer);
    assert!(store.saw(pod("a", "hippo", "1", 6)).is_empty());
    assert_eq!(store.get("ns", "a").unwrap().metadata.generation, Some(2));
}

#[test]
fn an_object_that_changes_its_cluster_wakes_both() {
    let store = Store::default();
    store.saw(pod("a", "hippo", "1", 1));
    assert_eq!(woken(&store.saw(pod("a", "rhino", "1", 2))), ["hippo", "rhino"]);
    assert_eq!(names(&store, "hippo"), Vec::<String>::new());
    assert_eq!(store.clusters().len(), 1);
}

#[test]
fn an_answer_that_arrives_after_the_end_of_its_object_brings_no_ghost() {
    let store = Store::default();
    let ticket = store.ticket();
    store.saw(pod("a", "hippo", "1", 2));
    store.lost(&pod("a", "hippo", "1", 3).metadata);
    store.wrote(ticket, pod("a", "hippo", "1", 2));
    assert!(store.is_empty());
}

#[test]
fn the_end_of_an_object_does_not_end_its_namesake() {
    let store = Store::default();
    store.saw(pod("a", "hippo", "2", 5));
    assert!(store.lost(&pod("a", "hippo", "1", 4).metadata).is_empty());
    store.deleted("ns", "a", "1");
    assert_eq!(store.len(), 1);
    store.deleted("ns", "a", "2");
    assert!(store.is_empty());
}

#[test]
fn a_complete_list_removes_what_it_lacks_and_wakes_only_whom_it_concerns() {
    let store = Store::default();
    store.saw(pod("stays", "hippo", "1", 1));
    store.saw(pod("goes", "rhino", "2", 2));
    let listed = Listed {
        good: [pod("stays", "hippo", "1", 1), pod("comes", "gnu", "3", 3)]
            .map(Seen::of)
            .into(),
        broken: vec![],
    };
    assert_eq!(woken(&store.replace(Some("ns"), listed)), ["gnu", "rhino"]);
    assert!(store.get("ns", "goes").is_none());
    assert!(store.replace(Some("another"), Listed::default()).is_empty());
    assert_eq!(store.len(), 2);
}

#[test]
fn an_object_that_cannot_be_read_wakes_its_name_once_and_again_when_mended() {
    let store = Store::<Pod>::default();
    let broken = Broken {
        metadata: pod("hippo", "hippo", "1", 1).metadata,
        error: "no number".into(),
    };
    assert_eq!(woken(&store.saw_broken(broken.clone())), ["hippo"]);
    assert!(store.saw_broken(broken).is_empty());
    assert!(store.broken("ns", "hippo").is_some());
    assert_eq!(woken(&store.saw(pod("hippo", "hippo", "1", 2))), ["hippo"]);
    assert!(store.broken("ns", "hippo").is_none());
}

#[test]
fn a_request_that_names_no_cluster_wakes_its_name_and_belongs_to_no_cluster_of_that_name() {
    let task = |label: Value, version: u64| {
        let task: Pgtask = serde_json::from_value(json!({
            "metadata": {
                "name": "hippo", "namespace": "ns", "uid": "1", "resourceVersion": version.to_string(), "labels": label,
            },
            "spec": {"tasktype": "delete-data"},
        }))
        .unwrap();
        task.into_memory()
    };
    let store = Store::default();
    assert_eq!(woken(&store.saw(task(json!({}), 1))), ["hippo"]);
    assert_eq!(woken(&store.looked_at()), ["hippo"]);
    assert!(store.clusters().is_empty() && store.of_cluster("ns", "hippo").is_empty());

    assert_eq!(
        woken(&store.saw(task(json!({"pg-cluster": "rhino"}), 2))),
        ["rhino"]
    );
    assert_eq!(store.of_cluster("ns", "rhino").len(), 1);
    assert_eq!(woken(&store.looked_at()), ["rhino"]);
}
