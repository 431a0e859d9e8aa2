//! A specification with nothing left out: what applies to a cluster, in the words of the specification.

use pgo_crd::{ContainerResources, Pgcluster, PgclusterSpec};

use super::{DATABASE_IMAGE, validate};
use crate::defaults::Defaults;

/// What is asked of a cluster, with the values that apply where it says nothing. One that makes no sense stays as it is:
/// nothing of it applies.
pub fn effective(cluster: &Pgcluster, defaults: &Defaults) -> PgclusterSpec {
    let mut spec = cluster.spec.clone();
    let Ok(valid) = validate(cluster, defaults) else {
        return spec;
    };
    let name = valid.name.to_string();
    let texts = [
        (&mut spec.namespace, valid.namespace),
        (&mut spec.name, name.clone()),
        (&mut spec.clustername, name),
        (&mut spec.ccpimage, DATABASE_IMAGE.to_owned()),
        (&mut spec.ccpimagetag, valid.image.tag),
        (&mut spec.port, valid.ports.postgres.to_string()),
        (&mut spec.pgbadgerport, valid.ports.badger.to_string()),
        (&mut spec.exporterport, valid.ports.exporter.to_string()),
        (&mut spec.primaryhost, valid.name.primary_service()),
        (&mut spec.user, valid.user),
        (&mut spec.database, valid.database),
        (&mut spec.replicas, valid.replicas.to_string()),
        (&mut spec.usersecretname, valid.logins.user),
        (&mut spec.rootsecretname, valid.logins.superuser),
        (&mut spec.primarysecretname, valid.logins.replication),
    ];
    for (text, value) in texts {
        if text.is_empty() {
            *text = value;
        }
    }
    spec.primary_storage = valid.storage_specs.primary;
    spec.replica_storage = valid.storage_specs.replica;
    spec.backrest_storage = valid.storage_specs.repository;
    if spec.container_resources == ContainerResources::default() {
        spec.container_resources = valid.standing.container_resources;
    }
    spec
}

#[cfg(test)]
mod tests {
    use super::*;

    fn cluster(name: &str, spec: PgclusterSpec) -> Pgcluster {
        let mut cluster = Pgcluster::new(name, spec);
        cluster.metadata.namespace = Some("pgouser1".into());
        cluster
    }

    #[test]
    fn what_is_left_out_is_what_applies() {
        let mut defaults = Defaults::built_in();
        let shown = effective(&cluster("hippo", PgclusterSpec::default()), &defaults);
        assert_eq!(
            (shown.ccpimage.as_str(), &shown.ccpimagetag),
            (DATABASE_IMAGE, &defaults.cluster.image_tag)
        );
        assert!(!shown.primary_storage.size.is_empty() && !shown.replica_storage.size.is_empty());
        assert_eq!((shown.port.as_str(), shown.name.as_str()), ("5432", "hippo"));

        // Whatever becomes of the defaults, it means what it meant.
        let valid = validate(&cluster("hippo", shown.clone()), &defaults).unwrap();
        assert_eq!(
            valid,
            validate(&cluster("hippo", PgclusterSpec::default()), &defaults).unwrap()
        );
        defaults.cluster.image_tag = "later".into();
        assert_eq!(effective(&cluster("hippo", shown.clone()), &defaults), shown);
    }

    #[test]
    fn what_is_said_stays_and_nonsense_too() {
        let said = PgclusterSpec {
            ccpimage: "crunchy-postgres-gis-ha".into(),
            port: "5433".into(),
            ..PgclusterSpec::default()
        };
        let shown = effective(&cluster("hippo", said), &Defaults::built_in());
        assert_eq!(
            (shown.ccpimage.as_str(), shown.port.as_str()),
            ("crunchy-postgres-gis-ha", "5433")
        );
        let nonsense = PgclusterSpec {
            port: "nonsense".into(),
            ..PgclusterSpec::default()
        };
        assert_eq!(
            effective(&cluster("hippo", nonsense.clone()), &Defaults::built_in()),
            nonsense
        );
    }
}
