//! What a cluster was born with and keeps for life.
//!
//! Its volumes have been made, the database for its user, Patroni took its settings over, clients and their Secrets know the port and
//! the passwords. A pod that is told something else restarts, and nothing comes of it; so nobody is told. What the
//! specification says differently is complained about; a default of the installation that has changed is no mistake.
//!
//! Where its instances run and what they may use can be changed at any time, by the specification; where that says
//! nothing, the defaults of its first day go on standing, for others would restart the instances of every cluster at once.

use pgo_crd::{BornWith, Pgcluster, StandingDefaults};

use super::{Logins, NodeLabel, StorageSpecs, ValidCluster, read, storage};
use crate::complaint::Complaint;
use crate::defaults::Defaults;

/// What has to be remembered of a cluster.
pub(crate) fn born_with(cluster: &ValidCluster) -> BornWith {
    let Logins {
        superuser,
        replication,
        user,
    } = &cluster.logins;
    BornWith {
        port: cluster.ports.postgres.into(),
        user: cluster.user.clone(),
        database: cluster.database.clone(),
        sync_replication: cluster.synchronous,
        replicas: i32::try_from(cluster.replicas).unwrap_or(i32::MAX),
        usersecretname: user.clone(),
        rootsecretname: superuser.clone(),
        primarysecretname: replication.clone(),
        volume: cluster.volume.clone(),
        primary_storage: cluster.storage_specs.primary.clone(),
        replica_storage: cluster.storage_specs.replica.clone(),
        backrest_storage: cluster.storage_specs.repository.clone(),
        defaults: Some(Box::new(cluster.standing.clone())),
    }
}

/// The defaults of the day the cluster was accepted, or today's.
pub(super) fn standing_defaults(object: &Pgcluster, defaults: &Defaults) -> StandingDefaults {
    let born = object
        .status
        .as_ref()
        .and_then(|status| status.born_with.as_ref());
    if let Some(standing) = born.and_then(|born| born.defaults.as_deref()) {
        return standing.clone();
    }
    let own = &defaults.cluster;
    let written = |label: &Option<NodeLabel>| label.as_ref().map(ToString::to_string).unwrap_or_default();
    StandingDefaults {
        container_resources: read::default_resources(defaults).cloned().unwrap_or_default(),
        primary_node_label: written(&own.primary_node_label),
        replica_node_label: written(&own.replica_node_label),
        pod_anti_affinity: own.anti_affinity.as_str().to_owned(),
    }
}

/// Which volumes the parts of a cluster get: those that it was born with, else those that are asked for, else those of
/// the defaults.
pub(super) fn storage_specs(object: &Pgcluster, defaults: &Defaults) -> StorageSpecs {
    let born = object
        .status
        .as_ref()
        .and_then(|status| status.born_with.as_ref());
    let born = born.cloned().unwrap_or_default();
    let spec = &object.spec;
    let named = |name: &str| read::named_storage(defaults, name);
    let primary = || read::or_else(&spec.primary_storage, || named(&defaults.primary_storage));
    let replica = || read::or_else(&spec.replica_storage, || named(&defaults.replica_storage));
    let repository = || read::or_else(&spec.backrest_storage, || defaults.repository_storage());
    StorageSpecs {
        primary: read::or_else(&born.primary_storage, primary),
        replica: read::or_else(&born.replica_storage, replica),
        repository: read::or_else(&born.backrest_storage, repository),
    }
}

/// Puts what a cluster was born with in the place of what is asked for now.
pub(super) fn keep(mut valid: ValidCluster, object: &Pgcluster) -> ValidCluster {
    let Some(born) = object.status.as_ref().and_then(|status| status.born_with.clone()) else {
        return valid;
    };
    let (spec, storages) = (&object.spec, valid.storage_specs.clone());
    let mut complain = |field: &str, asked: &str, kept: &str| {
        if !asked.is_empty() && asked != kept {
            valid.unchangeable.push(Complaint::new(
                field,
                format!("is \"{asked}\", but the cluster was born with \"{kept}\" and keeps it: set it back"),
            ));
        }
    };
    let port = valid.ports.postgres.to_string();
    let port = if spec.port.is_empty() { "" } else { &port };
    complain("spec.port", port, &born.port.to_string());
    complain("spec.user", &spec.user, &born.user);
    complain("spec.database", &spec.database, &born.database);
    complain(
        "spec.syncReplication",
        &spec.sync_replication.map(|on| on.to_string()).unwrap_or_default(),
        &born.sync_replication.to_string(),
    );
    complain("spec.usersecretname", &spec.usersecretname, &born.usersecretname);
    complain("spec.rootsecretname", &spec.rootsecretname, &born.rootsecretname);
    complain(
        "spec.primarysecretname",
        &spec.primarysecretname,
        &born.primarysecretname,
    );
    for (field, asked, kept) in [
        ("spec.PrimaryStorage", &spec.primary_storage, &storages.primary),
        ("spec.ReplicaStorage", &spec.replica_storage, &storages.replica),
        (
            "spec.BackrestStorage",
            &spec.backrest_storage,
            &storages.repository,
        ),
    ] {
        let asked = read::or_else(asked, || kept.clone());
        complain(field, &storage::described(&asked), &storage::described(kept));
    }
    let replicas = u32::try_from(born.replicas).unwrap_or(valid.replicas);
    if !spec.replicas.is_empty() && valid.replicas != replicas {
        valid.unchangeable.push(Complaint::new(
            "spec.replicas",
            format!(
                "is \"{}\" and counts only when a cluster is born, this one with \"{replicas}\": set it back, and use pgo scale, pgo scaledown or Pgreplica objects",
                spec.replicas
            ),
        ));
    }
    valid.replicas = replicas;
    valid.ports.postgres = u16::try_from(born.port).unwrap_or(valid.ports.postgres);
    if !born.volume.is_empty() {
        valid.volume = born.volume;
    }
    valid.user = born.user;
    valid.database = born.database;
    valid.synchronous = born.sync_replication;
    valid.logins = Logins {
        superuser: born.rootsecretname,
        replication: born.primarysecretname,
        user: born.usersecretname,
    };
    valid
}

#[cfg(test)]
mod tests {
    use pgo_crd::{PgclusterStatus, StorageSpec};
    use proptest::prelude::*;

    use super::*;
    use crate::complaint;
    use crate::valid::validate;

    fn new() -> Pgcluster {
        let mut object = Pgcluster::default();
        object.metadata.name = Some("hippo".into());
        object
    }

    fn living(born: BornWith) -> Pgcluster {
        Pgcluster {
            status: Some(PgclusterStatus {
                born_with: Some(Box::new(born)),
                ..PgclusterStatus::default()
            }),
            ..new()
        }
    }

    #[test]
    fn other_storage_is_for_other_clusters() {
        let mut defaults = Defaults::built_in();
        let valid = validate(&new(), &defaults).unwrap();
        let mut object = living(born_with(&valid));
        // A configuration of that name does not exist: for a new cluster this is nothing that can be had.
        defaults.primary_storage = "another".into();
        assert_eq!(validate(&object, &defaults).unwrap(), valid);

        // Version 4.2 fills the name in; and what means the same is no other.
        object.spec.primary_storage = StorageSpec {
            name: "hippo".into(),
            size: "1024Mi".into(),
            fsgroup: "26".into(),
            ..StorageSpec::default()
        };
        assert_eq!(validate(&object, &defaults).unwrap(), valid);
        object.spec.primary_storage.storageclass = "fast".into();
        let changed = validate(&object, &defaults).unwrap();
        assert_eq!(
            complaint::joined(&changed.unchangeable),
            "spec.PrimaryStorage: is \"dynamic 1Gi ReadWriteOnce class fast fsgroup 26\", but the cluster was born \
             with \"dynamic 1Gi ReadWriteOnce fsgroup 26\" and keeps it: set it back"
        );
        assert_eq!(changed.primary_storage, valid.primary_storage);
    }

    #[test]
    fn other_defaults_move_and_resize_nothing_that_runs() {
        let mut defaults = Defaults::built_in();
        let valid = validate(&new(), &defaults).unwrap();
        let mut object = living(born_with(&valid));
        let small = pgo_crd::ContainerResources {
            limitsmemory: "512Mi".into(),
            requestsmemory: "512Mi".into(),
            limitscpu: "1".into(),
            requestscpu: "1".into(),
        };
        defaults.resources.insert("little".into(), small.clone());
        defaults.default_container_resources = "little".into();
        defaults.cluster.primary_node_label = NodeLabel::parse("disk=fast").ok();
        defaults.cluster.replica_node_label = NodeLabel::parse("disk=slow").ok();
        defaults.cluster.anti_affinity = crate::valid::AntiAffinity::Required;
        assert_eq!(validate(&object, &defaults).unwrap(), valid);
        assert_eq!(
            crate::valid::effective(&object, &defaults).container_resources,
            valid.standing.container_resources
        );

        let newcomer = validate(&new(), &defaults).unwrap();
        assert!(
            newcomer.resources.is_some()
                && newcomer.node_label.is_some()
                && newcomer.replica_node_label.is_some()
        );
        assert_eq!(newcomer.anti_affinity, crate::valid::AntiAffinity::Required);
        assert_eq!(
            validate(&living(born_with(&newcomer)), &Defaults::built_in())
                .unwrap()
                .node_label,
            newcomer.node_label
        );

        // The specification may say it at any time.
        object.spec.container_resources = small;
        object.spec.pod_pod_anti_affinity = "disabled".into();
        let changed = validate(&object, &defaults).unwrap();
        assert_eq!(changed.resources, newcomer.resources);
        assert_eq!(changed.anti_affinity, crate::valid::AntiAffinity::Disabled);
        assert!(changed.unchangeable.is_empty());
    }

    #[test]
    fn what_an_older_operator_did_not_remember_is_as_it_was() {
        let defaults = Defaults::built_in();
        let whole = born_with(&validate(&new(), &defaults).unwrap());
        let older = BornWith {
            volume: String::new(),
            primary_storage: StorageSpec::default(),
            replica_storage: StorageSpec::default(),
            backrest_storage: StorageSpec::default(),
            defaults: None,
            ..whole.clone()
        };
        assert_eq!(born_with(&validate(&living(older), &defaults).unwrap()), whole);
        let taken_over = BornWith {
            volume: "hippo-vcpv".into(),
            ..whole
        };
        let valid = validate(&living(taken_over.clone()), &defaults).unwrap();
        assert_eq!(born_with(&valid), taken_over);
    }

    proptest! {
        /// Whatever is asked for later, and whatever the defaults become: what was remembered is what applies.
        #[test]
        fn what_a_cluster_was_born_with_stays(port in 1_u16..8000, user in "[a-z]{1,9}", on in any::<bool>()) {
            let defaults = Defaults::built_in();
            let valid = validate(&new(), &defaults).unwrap();
            let born = born_with(&valid);
            let mut object = living(born.clone());
            prop_assert_eq!(&validate(&object, &defaults).unwrap(), &valid);

            object.spec.port = port.to_string();
            object.spec.user = user.clone();
            object.spec.sync_replication = Some(on);
            let mut later = defaults;
            later.cluster.database = "another".into();
            later.primary_storage = "another".into();
            let Ok(changed) = validate(&object, &later) else { return Ok(()) };
            prop_assert_eq!(&born_with(&changed), &born);
            let differ = usize::from(port != 5432) + usize::from(user != valid.user) + usize::from(on);
            prop_assert_eq!(changed.unchangeable.len(), differ);
        }
    }
}
