//! Whatever users write into requests, resources and configuration: reading it does no harm, and what passes means
//! nothing to anybody but the one it is for.

use std::collections::BTreeMap;

use jiff::civil::DateTime;
use pgo_crd::{Pgcluster, Pgtask};
use pgo_plan::cron::Schedule;
use pgo_plan::defaults::{Files, Images, InForce};
use pgo_plan::names::{ClusterName, is_dns_label, is_dns_subdomain};
use pgo_plan::task::TaskRequest;
use pgo_plan::valid::{
    NewCluster, NodeLabel, Surroundings, admit, check_benchmark_options, check_database, check_label,
    check_labels, check_load, check_moment, check_object_name, check_path, check_role, check_storage_types,
    check_tag, check_url, validate,
};
use pgo_plan::{Defaults, Observed, labels, quantity};
use proptest::prelude::*;
use serde_json::{Value, json};

/// Any text, and often one that is nearly what is expected.
fn text(nearly: &'static str) -> impl Strategy<Value = String> {
    prop_oneof![nearly, "\\PC{0,60}", ".{0,60}"]
}

/// Characters of which none may come through to a shell.
fn means_something_to_a_shell(text: &str) -> bool {
    text.contains(|c: char| c.is_control() || "'\"\\`$;|&<>(){}*?!#~".contains(c))
}

const NAME: &str = "[a-zA-Z0-9._-]{0,70}";
const FIELD: &str =
    "(\\*|\\?|[0-9]{1,2}|[0-9]{1,2}-[0-9]{1,2}|(\\*|[0-9])/[0-9]{1,3}|MON|L|[0-9]#[0-9]|,){1,3}";

/// Values for any field of a specification.
fn value() -> impl Strategy<Value = Value> {
    prop_oneof![
        "[0-9]{1,6}(Mi|Gi|m|)".prop_map(Value::from),
        text(NAME).prop_map(Value::from),
        prop::option::of(any::<bool>()).prop_map(|it| it.map_or(Value::Null, Value::from)),
    ]
}

/// A cluster with anything in some of its fields.
fn cluster() -> impl Strategy<Value = Value> {
    let key = prop::sample::select(vec![
        "replicas",
        "port",
        "user",
        "database",
        "ccpimage",
        "ccpimagetag",
        "nodename",
        "customconfig",
        "policies",
        "podPodAntiAffinity",
        "secretfrom",
        "strategy",
    ]);
    let part = prop::sample::select(vec![
        "size",
        "accessmode",
        "storagetype",
        "storageclass",
        "fsgroup",
        "matchLabels",
    ]);
    let storage = prop::collection::btree_map(part, value(), 0..4);
    let resources = prop::sample::select(vec!["requestscpu", "requestsmemory", "limitscpu", "limitsmemory"]);
    (
        text("[a-z]{1,9}"),
        prop::collection::btree_map(key, value(), 0..5),
        storage,
        prop::collection::btree_map(resources, value(), 0..4),
        prop::collection::btree_map(text("[a-z.-]{1,12}"), text(NAME), 0..3),
    )
        .prop_map(|(name, mut spec, storage, resources, labels)| {
            spec.insert("PrimaryStorage", json!(storage));
            spec.insert("ContainerResources", json!(resources));
            spec.insert("userlabels", json!(labels));
            json!({
                "apiVersion": "crunchydata.com/v1", "kind": "Pgcluster",
                "metadata": {"name": name, "namespace": "pgouser1", "labels": labels}, "spec": spec,
            })
        })
}

proptest! {
    #[test]
    fn any_schedule_that_passes_comes_due(said in prop_oneof![
        prop::collection::vec(FIELD, 4..7).prop_map(|fields| fields.join(" ")),
        text("@[a-z]{1,9}|[-0-9*/,?@ A-Z]{0,40}"),
    ]) {
        if let Ok(schedule) = Schedule::parse(&said) {
            let begin = DateTime::constant(2026, 11, 21, 9, 17, 0, 0);
            let next = schedule.next_after(begin);
            prop_assert!(next.is_some_and(|next| next > begin && next.second() == 0), "{:?} {:?}", said, next);
        }
    }

    #[test]
    fn any_quantity_is_written_the_same_again(said in text("[0-9]{0,12}\\.?[0-9]{0,4}(m|k|M|G|T|P|E|Ki|Mi|Gi|Ti|Pi|Ei|)")) {
        if let Some(canonical) = quantity::canonical(&said) {
            prop_assert_eq!(quantity::canonical(&canonical.0), Some(canonical));
        }
    }

    #[test]
    fn any_labels_that_pass_are_labels_and_none_is_ours(said in text("([a-z./-]{0,9}=[A-Za-z0-9._-]{0,9},?){0,4}|(pg-cluster|vendor|autofail)=x")) {
        if let Ok(found) = check_labels(&said) {
            for (key, value) in found {
                prop_assert!(labels::is_label_key(&key) && labels::is_label_value(&value) && !value.is_empty());
                prop_assert!(!labels::is_ours(&key), "{}", key);
            }
        }
        if let Ok(label) = NodeLabel::parse(&said) {
            prop_assert!(labels::is_label_key(&label.key) && labels::is_label_value(&label.value));
            prop_assert_eq!(format!("{}={}", label.key, label.value), said);
        }
    }

    #[test]
    fn any_name_that_passes_can_be_that_of_an_object(said in text(NAME)) {
        prop_assert!(ClusterName::parse(&said).is_err() || is_dns_label(&said));
        prop_assert!(check_label(&said).is_err() || is_dns_label(&said));
        prop_assert!(check_role(&said).is_err() || is_dns_subdomain(&said));
        prop_assert!(check_object_name(&said).is_err() || is_dns_subdomain(&said));
        prop_assert!(check_tag(&said).is_err() || (!said.is_empty() && !means_something_to_a_shell(&said)));
        prop_assert!(check_database(&said).is_err() || !said.contains(char::is_control));
        prop_assert!(check_storage_types(&said, 2).is_err() || said.split(',').all(|it| ["local", "s3"].contains(&it)));
    }

    #[test]
    fn any_options_moments_paths_and_addresses_that_pass_say_nothing_else(
        said in text("-{0,2}[a-z]{0,9}[= ;$|&]{0,2}[a-z0-9:/.@+-]{0,20}|(https?|file)://[a-z0-9@:./?&=#-]{0,40}|/[a-z0-9/. ;>-]{0,20}")
    ) {
        prop_assert!(check_benchmark_options(&said).is_err() || !means_something_to_a_shell(&said));
        prop_assert!(check_moment(&said).is_err() || !means_something_to_a_shell(&said));
        prop_assert!(check_path(&said).is_err() || !(said.starts_with('-') || said.contains(char::is_control)));
        let is_http = said.starts_with("http://") || said.starts_with("https://");
        prop_assert!(check_url(&said).is_err() || (is_http && !said.contains(|c: char| c == '@' || c.is_whitespace())));
    }

    #[test]
    fn any_load_configuration_is_taken_or_complained_about(said in text(
        "((PGOImagePrefix|PGOImageTag|DbDatabase|DbUser|DbPort|TableToLoad|FilePath|PVCName|FSGroup): [a-z0-9/.;-]{0,9}\n){0,10}"
    )) {
        let _ = check_load(&said);
    }

    #[test]
    fn any_configuration_is_read_or_complained_about(
        file in text("(Cluster|Pgo|Storage|ContainerResources|PrimaryStorage|BasicAuth): ?[a-z0-9{}\\[\\]]{0,9}(\n  [A-Za-z]{1,20}: ?[a-z0-9.{}-]{0,9}){0,4}\n"),
        line in 0_usize..60,
        instead in text("  [A-Za-z]{0,20}: ?[a-z0-9.:{}\\[\\]#&*-]{0,20}"),
    ) {
        let _ = Defaults::parse(&file);
        // A mistake in the middle of what is right.
        let mut lines: Vec<_> = SHIPPED.lines().collect();
        if let Some(line) = lines.get_mut(line) {
            *line = &instead;
        }
        let edited = lines.join("\n");
        if let Err(remarks) = Defaults::parse(&edited) {
            prop_assert!(!remarks.is_empty());
        }
        let files = BTreeMap::from([("pgo.yaml".to_owned(), edited), ("postgres-ha.yaml".to_owned(), file)]);
        let files = Files { version: Some("1"), files: Some(&files) };
        let _ = InForce::start(files, Images::default());
    }

    #[test]
    fn any_cluster_is_understood_or_complained_about(cluster in cluster()) {
        if let Ok(cluster) = serde_json::from_value::<Pgcluster>(cluster) {
            match validate(&cluster, &Defaults::built_in()) {
                Ok(valid) => prop_assert!(is_dns_label(valid.name.as_str())),
                Err(complaints) => prop_assert!(!complaints.is_empty()),
            }
        }
    }

    #[test]
    fn any_task_takes_away_only_what_it_names(
        kind in text("(delete-data|workflow|backrest|restore|failover|clone-step1)"),
        parameters in prop::collection::btree_map(
            prop_oneof!["(pg-cluster|delete-data|delete-backups|is-replica|replica-name|workflowid)", ".{0,9}"],
            text("true|false|[a-z-]{0,9}"),
            0..6,
        ),
    ) {
        let task = json!({
            "apiVersion": "crunchydata.com/v1", "kind": "Pgtask", "metadata": {"name": "x", "namespace": "pgouser1"},
            "spec": {"namespace": "pgouser1", "name": "x", "tasktype": kind, "parameters": parameters},
        });
        let task: Pgtask = serde_json::from_value(task).unwrap();
        let says = |key: &str| task.spec.parameters.get(key).is_some_and(|value| value == "true");
        match TaskRequest::from(&task) {
            TaskRequest::RemoveCluster(what) => {
                prop_assert!(!says("is-replica"));
                prop_assert_eq!((what.data, what.backups), (says("delete-data"), says("delete-backups")));
            }
            TaskRequest::RemoveReplica { delete_data, .. } => {
                prop_assert!(says("is-replica") && delete_data == says("delete-data"));
            }
            TaskRequest::Diary | TaskRequest::Other => return Ok(()),
        }
        prop_assert_eq!(task.spec.tasktype, "delete-data");
    }

    #[test]
    fn any_request_for_a_cluster_makes_objects_with_plain_names_or_none(
        name in text("[a-z][a-z0-9-]{0,20}"),
        words in prop::collection::vec(text("[a-z0-9=,.-]{0,12}"), 8),
        numbers in prop::array::uniform2(-3_i64..1000),
    ) {
        let word = |index: usize| words.get(index).cloned().unwrap_or_default();
        let request = NewCluster {
            name,
            namespace: "pgouser1".to_owned(),
            owner: "pgoadmin".to_owned(),
            workflow: "25927091-b343-4017-be4b-71575f0b3eb5".to_owned(),
            now: "2026-11-21T09:17:00Z".to_owned(),
            labels: word(0),
            policies: word(1),
            image: word(2),
            image_tag: word(3),
            service_type: word(4),
            custom_config: word(5),
            storage_config: word(6),
            user: word(7),
            replica_count: numbers[0],
            ..NewCluster::default()
        };
        let around = Surroundings::default();
        if let Ok(made) = admit(&request, &Defaults::built_in(), &around, &Observed::default()) {
            let metadata = &made.cluster.metadata;
            prop_assert!(metadata.name.as_deref().is_some_and(is_dns_label));
            let mut labels = metadata.labels.iter().flatten();
            prop_assert!(labels.all(|(key, value)| labels::is_label_key(key) && labels::is_label_value(value)));
        }
    }
}

const SHIPPED: &str = include_str!("../../../deploy/operator/pgo.yaml");
