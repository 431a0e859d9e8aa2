//! What a cluster was born with and keeps for life.
//!
//! The database has been made for its user, Patroni took its settings over, clients and their Secrets know the port and
//! the passwords. A pod that is told something else restarts, and nothing comes of it; so nobody is told. What the
//! specification says differently is complained about; a default of the installation that has changed is no mistake.

use pgo_crd::{BornWith, Pgcluster};

use super::{Logins, ValidCluster};
use crate::complaint::Complaint;

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
    }
}

/// Puts what a cluster was born with in the place of what is asked for now.
pub(super) fn keep(mut valid: ValidCluster, object: &Pgcluster) -> ValidCluster {
    let Some(born) = object.status.as_ref().and_then(|status| status.born_with.clone()) else {
        return valid;
    };
    let spec = &object.spec;
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
    use pgo_crd::PgclusterStatus;
    use proptest::prelude::*;

    use super::*;
    use crate::Defaults;
    use crate::valid::validate;

    proptest! {
        /// Whatever is asked for later, and whatever the defaults become: what was remembered is what applies.
        #[test]
        fn what_a_cluster_was_born_with_stays(port in 1_u16..8000, user in "[a-z]{1,9}", on in any::<bool>()) {
            let defaults = Defaults::built_in();
            let mut object = Pgcluster::default();
            object.metadata.name = Some("hippo".into());
            let valid = validate(&object, &defaults).unwrap();
            let born = born_with(&valid);
            object.status = Some(PgclusterStatus { born_with: Some(born.clone()), ..PgclusterStatus::default() });
            prop_assert_eq!(&validate(&object, &defaults).unwrap(), &valid);

            object.spec.port = port.to_string();
            object.spec.user = user.clone();
            object.spec.sync_replication = Some(on);
            let mut later = defaults;
            later.cluster.database = "another".into();
            let Ok(changed) = validate(&object, &later) else { return Ok(()) };
            prop_assert_eq!(&born_with(&changed), &born);
            let differ = usize::from(port != 5432) + usize::from(user != valid.user) + usize::from(on);
            prop_assert_eq!(changed.unchangeable.len(), differ);
        }
    }
}
