//! Every object name. A name that is not made here does not exist.
//!
//! The names are those of version 4.2, because scripts and manifests mention them.

use std::fmt;

use k8s_openapi::api::core::v1::Pod;
use pgo_crd::Pgcluster;
use serde::{Deserialize, Serialize};

use crate::labels;

/// The longest name a cluster may have, so that every name and label made from it stays within 63 characters.
pub const LONGEST_CLUSTER_NAME: usize = 40;

/// The longest name of a pod.
const LONGEST_NAME: usize = 63;

/// Endings that belong to objects of other clusters: `a-replica` would take the Service of cluster `a`.
const RESERVED_ENDINGS: &[&str] = &[
    "-backrest-shared-repo",
    "-backup",
    "-pgadmin",
    "-pgbouncer",
    "-pgbr-repo",
    "-pgdump-pvc",
    "-pgha-default",
    "-replica",
    "-stanza-create",
    "-xlog",
];

/// Name and namespace-wide identity of one PostgreSQL cluster.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
#[serde(transparent)]
pub struct ClusterName(String);

impl ClusterName {
    /// Reads a name, or says in one sentence what is wrong with it.
    pub fn parse(name: &str) -> Result<Self, String> {
        if name == "all" {
            return Err(
                "\"all\" means every cluster and cannot be the name of one: choose another name".into(),
            );
        }
        if name.len() > LONGEST_CLUSTER_NAME {
            let length = name.len();
            return Err(format!(
                "\"{name}\" has {length} characters: a cluster's name has at most {LONGEST_CLUSTER_NAME}"
            ));
        }
        if !is_dns_label(name) {
            return Err(format!(
                "invalid cluster name format \"{name}\": use lower-case letters, digits and \"-\", a letter first and no \"-\" last"
            ));
        }
        if let Some(ending) = RESERVED_ENDINGS.iter().find(|ending| name.ends_with(**ending)) {
            return Err(format!(
                "\"{name}\" ends with \"{ending}\", which names parts of other clusters: choose another name"
            ));
        }
        Ok(Self(name.to_owned()))
    }

    /// The name that an object has, whether or not a new cluster could be named so. Enough to take it away again.
    pub fn of(cluster: &Pgcluster) -> Self {
        Self(cluster.metadata.name.clone().unwrap_or_default())
    }

    /// The name as text.
    pub fn as_str(&self) -> &str {
        &self.0
    }

    /// Patroni's scope.
    pub fn scope(&self) -> String {
        self.0.clone()
    }

    /// The instance that may bring the cluster to life: its Deployment and its volume.
    pub fn first_instance(&self) -> InstanceName {
        InstanceName(self.0.clone())
    }

    /// The volume of an instance, when the first one runs from `first`: who took over the volume of another instance
    /// leaves that one its own.
    pub fn claim_of(&self, instance: &InstanceName, first: &str) -> String {
        let own = self.first_instance();
        if *instance == own {
            first.to_owned()
        } else if instance.claim() == first {
            own.claim()
        } else {
            instance.claim()
        }
    }

    /// A replica that the cluster is born with. The same `uid` and `index` give the same name, so that a second
    /// pass finds what the first one made.
    pub fn born_replica(&self, uid: &str, index: u32) -> InstanceName {
        use sha2::{Digest as _, Sha256};
        let hash = Sha256::digest(format!("{uid}/{index}"));
        let letters = hash.iter().take(4).map(|byte| char::from(b'a' + byte % 26));
        InstanceName(format!("{self}-{}", letters.collect::<String>()))
    }

    /// The Service (and its EndpointSlice) that leads to the primary.
    pub fn primary_service(&self) -> String {
        self.0.clone()
    }

    /// The Service that leads to the replicas.
    pub fn replica_service(&self) -> String {
        format!("{self}-replica")
    }

    /// Deployment and Service of the pgBackRest repository.
    pub fn repository(&self) -> String {
        format!("{self}-backrest-shared-repo")
    }

    /// The volume of the pgBackRest repository.
    pub fn repository_claim(&self) -> String {
        format!("{self}-pgbr-repo")
    }

    /// Where the repository is in its volume.
    pub fn repository_path(&self) -> String {
        format!("/backrestrepo/{}", self.repository())
    }

    /// The ConfigMap that the operator renders for every instance.
    pub fn config(&self) -> String {
        format!("{self}-pgha-default-config")
    }

    /// Secret of the superuser.
    pub fn superuser_secret(&self) -> String {
        self.user_secret("postgres")
    }

    /// Secret of the replication user.
    pub fn replication_secret(&self) -> String {
        self.user_secret(REPLICATION_USER)
    }

    /// Secret of a database user.
    pub fn user_secret(&self, user: &str) -> String {
        format!("{self}-{user}-secret")
    }

    /// Secret of the monitoring user.
    pub fn collect_secret(&self) -> String {
        format!("{self}-collect-secret")
    }

    /// Secret with the key of the cluster's own certificate authority.
    pub fn authority_secret(&self) -> String {
        format!("{self}-ca")
    }

    /// Secret with the certificate of all instances.
    pub fn instance_tls_secret(&self) -> String {
        format!("{self}-instance-tls")
    }

    /// Secret with the certificate of the repository.
    pub fn repository_secret(&self) -> String {
        format!("{self}-backrest-repo-config")
    }

    /// Job that creates the stanza.
    pub fn stanza_job(&self) -> String {
        format!("{self}-stanza-create")
    }

    /// Job that takes a backup.
    pub fn backup_job(&self) -> String {
        format!("backrest-backup-{self}")
    }

    /// Task that asks for the removal of the cluster.
    pub fn removal_task(&self) -> String {
        format!("{self}-rmdata")
    }

    /// Task that is the diary of the cluster's creation.
    pub fn creation_task(&self) -> String {
        format!("{self}-createcluster")
    }

    /// Task that asks for the first application of SQL policies.
    pub fn policies_task(&self) -> String {
        format!("{self}-policies")
    }

    /// What Patroni keeps its state in. Found by name only: Patroni does not set the label `pg-cluster`.
    pub fn patroni_config_maps(&self) -> [String; 4] {
        ["config", "failover", "leader", "sync"].map(|part| format!("{self}-{part}"))
    }

    /// Volumes that hold backups rather than data.
    pub fn is_backup_claim(&self, claim: &str) -> bool {
        claim == self.repository_claim()
            || claim == format!("backup-{self}-pgdump-pvc")
            || claim == format!("{self}-backup")
    }
}

impl fmt::Display for ClusterName {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        formatter.write_str(&self.0)
    }
}

/// Name of one instance: of its Deployment, its volume and, for a replica, its `Pgreplica`.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
#[serde(transparent)]
pub struct InstanceName(String);

impl InstanceName {
    /// The name that a replica's object has.
    pub fn new(name: impl Into<String>) -> Self {
        Self(name.into())
    }

    /// The instance that a pod belongs to, if it is one.
    pub fn of_pod(pod: &Pod) -> Option<Self> {
        let labels = pod.metadata.labels.as_ref()?;
        let is_instance = labels
            .get(labels::PG_DATABASE)
            .is_some_and(|value| value == "true");
        is_instance
            .then(|| labels.get(labels::DEPLOYMENT_NAME).cloned().map(Self))
            .flatten()
    }

    /// The instance that a pod of this name belongs to, if the name tells: Kubernetes calls a Deployment's pod after
    /// it, its template and a random word, and cuts off what makes that longer than [`LONGEST_NAME`].
    pub fn of_pod_name(pod: &str) -> Option<Self> {
        let mut parts = pod.rsplitn(3, '-');
        let (_word, _template) = (parts.next()?, parts.next()?);
        (pod.len() < LONGEST_NAME).then_some(Self(parts.next()?.to_owned()))
    }

    /// The name as text.
    pub fn as_str(&self) -> &str {
        &self.0
    }

    /// The volume that is made for the instance; it may have another one ([`ClusterName::claim_of`]).
    pub fn claim(&self) -> String {
        self.0.clone()
    }

    /// Task that asks for the removal of the instance.
    pub fn removal_task(&self) -> String {
        format!("{self}-rmdata")
    }
}

impl fmt::Display for InstanceName {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        formatter.write_str(&self.0)
    }
}

/// The name of the replication user.
pub const REPLICATION_USER: &str = "primaryuser";
/// The name of the superuser.
pub const SUPERUSER: &str = "postgres";
/// pgBackRest's name for the backups of one cluster.
pub const STANZA: &str = "db";
/// `ServiceAccount` of instances.
pub const INSTANCE_ACCOUNT: &str = "pgo-pg";
/// `ServiceAccount` of everything that needs no rights.
pub const PLAIN_ACCOUNT: &str = "pgo-default";
/// The ConfigMap of a namespace that holds custom configuration for clusters that name none.
pub const NAMESPACE_CUSTOM_CONFIG: &str = "pgo-custom-pg-config";

/// Whether a text is a DNS label that starts with a letter (RFC 1035).
pub fn is_dns_label(text: &str) -> bool {
    let bytes = text.as_bytes();
    !text.is_empty()
        && text.len() <= 63
        && bytes
            .iter()
            .all(|byte| byte.is_ascii_lowercase() || byte.is_ascii_digit() || *byte == b'-')
        && bytes.first().is_some_and(u8::is_ascii_lowercase)
        && bytes.last() != Some(&b'-')
}

/// Whether a text is a DNS subdomain (RFC 1123), as names of Secrets and ConfigMaps are.
pub fn is_dns_subdomain(text: &str) -> bool {
    let is_part = |part: &str| {
        let edge = |byte: Option<&u8>| byte.is_some_and(u8::is_ascii_alphanumeric);
        edge(part.as_bytes().first())
            && edge(part.as_bytes().last())
            && part
                .bytes()
                .all(|byte| byte.is_ascii_lowercase() || byte.is_ascii_digit() || byte == b'-')
    };
    text.len() <= 253 && text.split('.').all(is_part)
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    #[test]
    fn the_longest_name_keeps_every_label_within_bounds() {
        let name = ClusterName::parse(&"a".repeat(LONGEST_CLUSTER_NAME)).unwrap();
        for made in [
            name.repository(),
            name.backup_job(),
            name.replica_service(),
            name.stanza_job(),
        ] {
            assert!(made.len() <= 63, "{made}");
        }
    }

    #[test]
    fn names_that_would_take_the_objects_of_another_cluster_are_refused() {
        for name in [
            "all",
            "hippo-replica",
            "a-pgbr-repo",
            "a-pgha-default",
            "Hippo",
            "1a",
            "a-",
            "a_b",
            "",
            &"a".repeat(41),
        ] {
            assert!(ClusterName::parse(name).is_err(), "{name}");
        }
        assert!(ClusterName::parse("my-test").is_ok());
    }

    #[test]
    fn a_replica_the_cluster_is_born_with_always_has_the_same_name() {
        let name = ClusterName::parse("hippo").unwrap();
        assert_eq!(name.born_replica("uid", 0), name.born_replica("uid", 0));
        assert_ne!(name.born_replica("uid", 0), name.born_replica("uid", 1));
        assert_ne!(name.born_replica("uid", 0), name.born_replica("other", 0));
    }

    #[test]
    fn a_pod_tells_its_instance_unless_its_name_was_cut_off() {
        let of = |pod: &str| InstanceName::of_pod_name(pod).map(|it| it.to_string());
        assert_eq!(of("hippo-5b4b44649d-97jdt").as_deref(), Some("hippo"));
        assert_eq!(of("hippo-vcpv-75d6-x2x4z").as_deref(), Some("hippo-vcpv"));
        assert_eq!(of("hippo-97jdt"), None);
        let long = format!("hippo-{}-5b4b44649d-97jdt", "a".repeat(40));
        assert_eq!(long.len(), 63);
        assert_eq!(of(&long), None);
    }

    #[test]
    fn two_instances_never_have_the_same_volume() {
        let name = ClusterName::parse("hippo").unwrap();
        let instances = ["hippo", "hippo-vcpv", "hippo-abcd"].map(InstanceName::new);
        for first in ["hippo", "hippo-vcpv", "mine"] {
            let claims: std::collections::BTreeSet<_> =
                instances.iter().map(|it| name.claim_of(it, first)).collect();
            assert_eq!(claims.len(), instances.len(), "{first}");
            assert_eq!(name.claim_of(&instances[0], first), first);
        }
    }

    proptest! {
        /// Whatever is accepted names objects that Kubernetes accepts; and a cluster that is named like a part of
        /// another one, or like the beginning of one, wants none of that one's objects.
        #[test]
        fn any_name_that_is_accepted_makes_objects_that_nobody_else_has(text in "[a-z][a-z0-9-]{0,45}") {
            let Ok(name) = ClusterName::parse(&text) else { return Ok(()) };
            let ours = objects(&name);
            for part in ours.iter().flatten() {
                prop_assert!(is_dns_label(part), "{}", part);
                for other in beginnings(part).filter(|other| *other != name) {
                    for (ours, theirs) in ours.iter().zip(&objects(&other)) {
                        prop_assert!(ours.iter().all(|part| !theirs.contains(part)), "{} {}", name, other);
                    }
                }
            }
        }
    }

    /// The clusters that could be called like a text, or like what of it stands before one of its dashes.
    fn beginnings(text: &str) -> impl Iterator<Item = ClusterName> {
        let ends = text.match_indices('-').map(|(at, _)| at).chain([text.len()]);
        ends.filter_map(|end| ClusterName::parse(&text[..end]).ok())
    }

    /// Names by kind: Deployments, Services, volumes, Jobs, Secrets, tasks, ConfigMaps. Those of Secrets of users say more
    /// than the name of the cluster: the API server compares them with what there is.
    fn objects(name: &ClusterName) -> [Vec<String>; 7] {
        let mut config_maps = vec![name.config()];
        config_maps.extend(name.patroni_config_maps());
        [
            vec![name.first_instance().to_string(), name.repository()],
            vec![name.primary_service(), name.replica_service(), name.repository()],
            vec![name.first_instance().claim(), name.repository_claim()],
            vec![name.stanza_job(), name.backup_job()],
            vec![
                name.superuser_secret(),
                name.replication_secret(),
                name.authority_secret(),
                name.instance_tls_secret(),
                name.repository_secret(),
            ],
            vec![name.removal_task(), name.creation_task(), name.policies_task()],
            config_maps,
        ]
    }
}
