//! Every label, annotation and selector. One that is not made here does not exist.
//!
//! Everything that belongs to a cluster, except what Patroni writes, carries `pg-cluster`; watches and caches map an
//! object to its cluster by that label and by nothing else.

use std::collections::BTreeMap;

use k8s_openapi::apimachinery::pkg::apis::meta::v1::LabelSelector;

use crate::names::{ClusterName, InstanceName};

/// Labels of one object.
pub type Labels = BTreeMap<String, String>;

/// Marks everything of ours; part of every selector.
pub const VENDOR: &str = "vendor";
/// The value of [`VENDOR`].
pub const CRUNCHYDATA: &str = "crunchydata";
/// The cluster that an object belongs to.
pub const CLUSTER: &str = "pg-cluster";
/// A name for people; the cluster's, the Deployment's or the Service's.
pub const NAME: &str = "name";
/// `true` on the Deployments and pods of instances, and only there.
pub const PG_DATABASE: &str = "pgo-pg-database";
/// The Deployment that a pod belongs to.
pub const DEPLOYMENT_NAME: &str = "deployment-name";
/// The Service that an instance was made for.
pub const SERVICE_NAME: &str = "service-name";
/// Patroni's role of an instance; written by Patroni.
pub const ROLE: &str = "role";
/// The value of [`ROLE`] on the instance that accepts writes.
pub const ROLE_PRIMARY: &str = "master";
/// The value of [`ROLE`] on an instance that follows.
pub const ROLE_REPLICA: &str = "replica";
/// Annotation of an instance's pod, by the agent, while WAL waits in vain: a sentence that says since when, and why.
pub const ARCHIVE_FAILING: &str = pgo_postgres::patroni::member::ARCHIVE_FAILING;
/// Annotation of an instance's pod, by the agent, while its volume has hardly any room left: a sentence that says so.
pub const VOLUME_FULL: &str = pgo_postgres::patroni::member::VOLUME_FULL;
/// Annotation of the leader's pod, by the agent: the pods of instances that should follow and from which the primary hears
/// nothing; see [`crate::observed::unheard`].
pub const UNHEARD: &str = pgo_postgres::patroni::member::UNHEARD;
/// Patroni's scope.
pub const SCOPE: &str = "crunchy-pgha-scope";
/// On a `Pgcluster`: the Deployment of the primary.
pub const CURRENT_PRIMARY: &str = "current-primary";
/// The replica that an instance is.
pub const REPLICA_NAME: &str = "replica-name";
/// Its presence puts a pod into the set that avoids sharing nodes.
pub const ANTI_AFFINITY: &str = "pg-pod-anti-affinity";
/// `true` on what belongs to a repository.
pub const BACKREST_REPO: &str = "pgo-backrest-repo";
/// `true` on a `Pgcluster` and on pgBackRest's Jobs.
pub const BACKREST: &str = "pgo-backrest";
/// `true` on pgBackRest's Jobs.
pub const BACKREST_JOB: &str = "pgo-backrest-job";
/// What a pgBackRest Job does.
pub const BACKREST_COMMAND: &str = "backrest-command";
/// Why a backup was started by the operator.
pub const BACKUP_TYPE: &str = "pgha-backup-type";
/// `true` on the ConfigMap that the operator renders.
pub const DEFAULT_CONFIG: &str = "pgha-default-config";
/// `true` on volumes that the operator made.
pub const REMOVABLE: &str = "pgremove";
/// `true` or `false` on a `Pgcluster`: whether Patroni fails over by itself.
pub const AUTOFAIL: &str = "autofail";
/// Whether metrics are wanted.
pub const COLLECT: &str = "crunchy_collect";
/// Whether pgBadger is wanted.
pub const BADGER: &str = "crunchy-pgbadger";
/// Whether a pooler is wanted.
pub const PGBOUNCER: &str = "crunchy-pgbouncer";
/// Who asked.
pub const PGOUSER: &str = "pgouser";
/// The diary of a workflow.
pub const WORKFLOW_ID: &str = "workflowid";
/// The version that made an object.
pub const VERSION: &str = "pgo-version";
/// `true` on tasks that remove something.
pub const REMOVAL: &str = "pgrmdata";
/// User label that overrides the type of a Service.
pub const SERVICE_TYPE: &str = "service-type";
/// User labels that name a node label.
pub const NODE_LABEL_KEY: &str = "NodeLabelKey";
/// See [`NODE_LABEL_KEY`].
pub const NODE_LABEL_VALUE: &str = "NodeLabelValue";
/// User label with `archive_timeout` in seconds.
pub const ARCHIVE_TIMEOUT: &str = "archive-timeout";
/// User label with the custom configuration in use.
pub const CUSTOM_CONFIG: &str = "custom-config";
/// User label with the place of the repository.
pub const STORAGE_TYPE: &str = "backrest-storage-type";
/// User label with the choice of synchronous replication.
pub const SYNC_REPLICATION: &str = "sync-replication";
/// User label of a replica with an image tag of its own.
pub const IMAGE_TAG: &str = "ccp-image-tag";
/// The installation that a namespace belongs to.
pub const INSTALLATION: &str = "pgo-installation-name";
/// Who made a namespace, a pgouser or a pgorole.
pub const CREATED_BY: &str = "pgo-created-by";
/// Well-known label: the Service that an EndpointSlice belongs to.
pub const SLICE_SERVICE: &str = "kubernetes.io/service-name";
/// Well-known label: who writes an EndpointSlice.
pub const SLICE_MANAGER: &str = "endpointslice.kubernetes.io/managed-by";
/// Well-known label of a node: its name.
pub const HOSTNAME: &str = "kubernetes.io/hostname";

/// Annotation of a Job: the how-manieth attempt it is.
pub const ATTEMPT: &str = "crunchydata.com/attempt";
/// Annotation of an instance's Deployment: a digest of its pod template.
pub const TEMPLATE: &str = "crunchydata.com/template";
/// Annotation of a namespace: a digest of the rights that it was given.
pub const RIGHTS: &str = "crunchydata.com/rights";
/// Annotation of a Secret with a certificate: when that ends.
pub const NOT_AFTER: &str = "pgo.crunchydata.com/not-after";
/// Annotation of a volume that a cluster has left: the volume of the cluster's last primary.
pub const LAST_PRIMARY: &str = "pgo.crunchydata.com/last-primary";
/// The finalizer of a `Pgcluster`.
pub const FINALIZER: &str = "crunchydata.com/pgcluster";

/// The smallest set: what every object of a cluster carries.
pub fn of_cluster(cluster: &ClusterName) -> Labels {
    collect([(VENDOR, CRUNCHYDATA), (CLUSTER, cluster.as_str())])
}

/// As [`of_cluster`], with further pairs. A value that Kubernetes does not accept, such as an odd user name, is left
/// out rather than the object refused.
pub fn with<'a>(cluster: &ClusterName, more: impl IntoIterator<Item = (&'a str, &'a str)>) -> Labels {
    let mut labels = of_cluster(cluster);
    labels.extend(
        collect(more)
            .into_iter()
            .filter(|(_, value)| is_label_value(value)),
    );
    labels
}

/// A user's labels and ours; where both say something, ours count.
pub fn beside(user: &Labels, ours: &Labels) -> Labels {
    let both = user.iter().chain(ours);
    both.map(|(key, value)| (key.clone(), value.clone())).collect()
}

/// What an instance's Deployment and pod carry besides the user's own labels.
pub fn of_instance(cluster: &ClusterName, instance: &InstanceName, anti_affinity: &str) -> Labels {
    let first = *instance == cluster.first_instance();
    let service = if first {
        cluster.primary_service()
    } else {
        cluster.replica_service()
    };
    let mut labels = with(
        cluster,
        [
            (PG_DATABASE, "true"),
            (DEPLOYMENT_NAME, instance.as_str()),
            (NAME, service.as_str()),
            (SERVICE_NAME, service.as_str()),
            (SCOPE, cluster.scope().as_str()),
            (ANTI_AFFINITY, anti_affinity),
        ],
    );
    if !first {
        labels.insert(REPLICA_NAME.into(), instance.to_string());
    }
    labels
}

/// The pods of one instance. A selector is immutable: only what never changes is in it.
pub fn instance_selector(cluster: &ClusterName, instance: &InstanceName) -> LabelSelector {
    selector(with(cluster, [(DEPLOYMENT_NAME, instance.as_str())]))
}

/// What belongs to the repository.
pub fn of_repository(cluster: &ClusterName) -> Labels {
    let name = cluster.repository();
    with(
        cluster,
        [
            (NAME, name.as_str()),
            (SERVICE_NAME, name.as_str()),
            (BACKREST_REPO, "true"),
        ],
    )
}

/// The pods of the repository.
pub fn repository_selector(cluster: &ClusterName) -> LabelSelector {
    selector(with(
        cluster,
        [(NAME, cluster.repository().as_str()), (BACKREST_REPO, "true")],
    ))
}

/// The pods that avoid sharing nodes.
pub fn anti_affinity_selector(cluster: &ClusterName) -> LabelSelector {
    use k8s_openapi::apimachinery::pkg::apis::meta::v1::LabelSelectorRequirement as Requirement;
    let is = |key: &str, operator: &str, value: Option<&str>| Requirement {
        key: key.into(),
        operator: operator.into(),
        values: value.map(|value| vec![value.to_owned()]),
    };
    LabelSelector {
        match_expressions: Some(vec![
            is(VENDOR, "In", Some(CRUNCHYDATA)),
            is(ANTI_AFFINITY, "Exists", None),
            is(CLUSTER, "In", Some(cluster.as_str())),
        ]),
        match_labels: None,
    }
}

/// The label of a `Pgcluster` that names an applied policy has this value.
pub const POLICY_VALUE: &str = "pgpolicy";

/// Labels that say what an object is. Who could set them could make one cluster's objects another's.
const IDENTITY: &[&str] = &[
    VENDOR,
    CLUSTER,
    NAME,
    PG_DATABASE,
    DEPLOYMENT_NAME,
    SERVICE_NAME,
    ROLE,
    SCOPE,
    CURRENT_PRIMARY,
    REPLICA_NAME,
    ANTI_AFFINITY,
    BACKREST_REPO,
    BACKREST_JOB,
    AUTOFAIL,
    "pgbouncer-password",
];

/// Labels by which pgo is told what to do, or finds what it did.
const CONTROL: &[&str] = &[
    BACKREST,
    BACKREST_COMMAND,
    BACKUP_TYPE,
    DEFAULT_CONFIG,
    REMOVABLE,
    REMOVAL,
    COLLECT,
    BADGER,
    PGBOUNCER,
    PGOUSER,
    WORKFLOW_ID,
    VERSION,
    SERVICE_TYPE,
    NODE_LABEL_KEY,
    NODE_LABEL_VALUE,
    ARCHIVE_TIMEOUT,
    CUSTOM_CONFIG,
    STORAGE_TYPE,
    SYNC_REPLICATION,
    IMAGE_TAG,
];

/// Whether a label is ours to decide.
pub fn is_ours(key: &str) -> bool {
    IDENTITY.contains(&key) || CONTROL.contains(&key)
}

/// Keeps the pairs that Kubernetes accepts as labels and that do not say what an object is.
pub fn usable(user: &Labels) -> Labels {
    let usable = |(key, value): &(&String, &String)| {
        is_label_key(key) && is_label_value(value) && !IDENTITY.contains(&key.as_str())
    };
    user.iter()
        .filter(usable)
        .map(|(key, value)| (key.clone(), value.clone()))
        .collect()
}

/// Whether Kubernetes accepts a text as the key of a label.
pub fn is_label_key(key: &str) -> bool {
    let (prefix, name) = key
        .rsplit_once('/')
        .map_or((None, key), |(prefix, name)| (Some(prefix), name));
    prefix.is_none_or(crate::names::is_dns_subdomain) && !name.is_empty() && is_label_value(name)
}

/// Whether Kubernetes accepts a text as the value of a label.
pub fn is_label_value(value: &str) -> bool {
    let edge = |byte: Option<&u8>| byte.is_none_or(u8::is_ascii_alphanumeric);
    value.len() <= 63
        && edge(value.as_bytes().first())
        && edge(value.as_bytes().last())
        && value
            .bytes()
            .all(|byte| byte.is_ascii_alphanumeric() || b"-_.".contains(&byte))
}

/// Wraps labels as a selector.
pub fn selector(labels: Labels) -> LabelSelector {
    LabelSelector {
        match_labels: Some(labels),
        match_expressions: None,
    }
}

fn collect<'a>(pairs: impl IntoIterator<Item = (&'a str, &'a str)>) -> Labels {
    pairs
        .into_iter()
        .map(|(key, value)| (key.to_owned(), value.to_owned()))
        .collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn labels_that_kubernetes_refuses_or_that_are_ours_are_left_out() {
        let user = collect([
            ("env", "prod"),
            ("example.com/team", "a"),
            ("role", "master"),
            ("bad", "a b"),
            ("bad key", "x"),
            ("pgbouncer-password", "secret"),
        ]);
        let kept: Vec<_> = usable(&user).into_keys().collect();
        assert_eq!(kept, ["env", "example.com/team"]);
    }

    #[test]
    fn a_selector_holds_only_labels_of_its_pods() {
        let cluster = ClusterName::parse("hippo").unwrap();
        for instance in [cluster.first_instance(), cluster.born_replica("u", 0)] {
            let labels = of_instance(&cluster, &instance, "preferred");
            for (key, value) in instance_selector(&cluster, &instance).match_labels.unwrap() {
                assert_eq!(labels[&key], value);
            }
        }
    }
}
