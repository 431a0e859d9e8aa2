//! Reading the parts of a specification. A part that is missing is a default, one that makes no sense a complaint.

use pgo_crd::{ContainerResources, PgclusterSpec, StandingDefaults, StorageSpec};
use pgo_postgres::parameter::Parameters;

use super::check::{check_object_name, check_tag, is_image_path};
use super::placement::NodeLabel;
use super::storage::{self, Storage};
use super::{DATABASE_IMAGE, DatabaseImage, Logins, MOST_REPLICAS, Ports, Resources};
use crate::complaint::Complaints;
use crate::defaults::Defaults;
use crate::desired::{AGENT_PORT, PATRONI_PORT, PGBACKREST_PORT};
use crate::labels::{self, Labels};
use crate::names::ClusterName;
use crate::quantity;

/// Ports that every instance uses for something else than PostgreSQL.
const TAKEN_PORTS: [u16; 3] = [PATRONI_PORT, PGBACKREST_PORT, AGENT_PORT];

/// Characters that the path of a repository may have; no runtime takes a longer one, and a registry that is asked for
/// one says that it is wrong, not that it is absent.
const LONGEST_REPOSITORY: usize = 255;

pub(super) fn image(spec: &PgclusterSpec, defaults: &Defaults, complaints: &mut Complaints) -> DatabaseImage {
    let name = or(&spec.ccpimage, DATABASE_IMAGE);
    if !name.split('/').all(is_image_path) {
        complaints.add(
            "spec.ccpimage",
            format!("\"{name}\" cannot be the name of an image: give it without registry and tag"),
        );
    }
    let image = DatabaseImage::named(&spec.ccpimage, &spec.ccpimagetag, defaults);
    let (_, path) = image.address();
    if path.len() > LONGEST_REPOSITORY {
        complaints.add(
            "spec.ccpimage",
            format!(
                "the name of the image is too long: with its place in the registry it has {} characters, at most \
                 {LONGEST_REPOSITORY} are possible",
                path.len()
            ),
        );
    }
    complaints.take("spec.ccpimagetag", check_tag(&image.tag));
    image
}

pub(super) fn ports(spec: &PgclusterSpec, defaults: &Defaults, complaints: &mut Complaints) -> Ports {
    let mut port = |field: &str, text: &str, default: u16| match text.parse() {
        _ if text.is_empty() => default,
        Ok(number) if number > 0 => number,
        _ => {
            complaints.add(
                field,
                format!("\"{text}\" is not a port: give a number from 1 to 65535"),
            );
            default
        }
    };
    let ports = Ports {
        postgres: port("spec.port", &spec.port, defaults.cluster.port),
        badger: port(
            "spec.pgbadgerport",
            &spec.pgbadgerport,
            defaults.cluster.badger_port,
        ),
        exporter: port(
            "spec.exporterport",
            &spec.exporterport,
            defaults.cluster.exporter_port,
        ),
    };
    let mut seen = TAKEN_PORTS.to_vec();
    for (field, number) in [
        ("spec.port", ports.postgres),
        ("spec.pgbadgerport", ports.badger),
        ("spec.exporterport", ports.exporter),
    ] {
        if seen.contains(&number) {
            complaints.add(
                field,
                format!("port {number} is already used by the cluster: choose another one"),
            );
        }
        seen.push(number);
    }
    ports
}

pub(super) fn logins(
    spec: &PgclusterSpec,
    name: &ClusterName,
    user: &str,
    complaints: &mut Complaints,
) -> Logins {
    let mut secret = |field: &str, given: &str, made: String| {
        optional(complaints, field, given, check_object_name).unwrap_or(made)
    };
    let logins = Logins {
        superuser: secret(
            "spec.rootsecretname",
            &spec.rootsecretname,
            name.superuser_secret(),
        ),
        replication: secret(
            "spec.primarysecretname",
            &spec.primarysecretname,
            name.replication_secret(),
        ),
        user: secret(
            "spec.usersecretname",
            &spec.usersecretname,
            name.user_secret(user),
        ),
    };
    if logins.superuser == logins.replication
        || logins.superuser == logins.user
        || logins.replication == logins.user
    {
        complaints.add(
            "spec.usersecretname",
            "each user needs a Secret of its own: give three different names",
        );
    }
    logins
}

pub(super) fn check_repository_kind(spec: &PgclusterSpec, complaints: &mut Complaints) {
    if spec
        .userlabels
        .get(labels::STORAGE_TYPE)
        .is_some_and(|kind| kind.contains("s3"))
    {
        complaints.add(
            "spec.userlabels",
            "backrest-storage-type s3 is not available yet: leave it out or set it to local",
        );
    }
}

/// Patroni would take such a ConfigMap for its own, and the removal of the cluster would take it along.
pub(super) fn check_custom_config(name: &ClusterName, custom: &str) -> Result<(), String> {
    if name
        .patroni_config_maps()
        .iter()
        .any(|reserved| reserved == custom)
        || name.config() == custom
    {
        return Err(format!(
            "\"{custom}\" is a ConfigMap that the cluster itself uses: choose another name"
        ));
    }
    Ok(())
}

pub(super) fn replica_count(spec: &PgclusterSpec, defaults: &Defaults, complaints: &mut Complaints) -> u32 {
    if spec.replicas.is_empty() {
        return defaults.cluster.replicas;
    }
    match spec.replicas.parse() {
        Ok(count) if count <= MOST_REPLICAS => count,
        _ => {
            complaints.add(
                "spec.replicas",
                format!(
                    "\"{}\" is not a number of replicas: give one from 0 to {MOST_REPLICAS}",
                    spec.replicas
                ),
            );
            0
        }
    }
}

pub(super) fn service_type(spec: &PgclusterSpec, defaults: &Defaults, complaints: &mut Complaints) -> String {
    match spec.userlabels.get(labels::SERVICE_TYPE).map(String::as_str) {
        None | Some("") => defaults.cluster.service_type.clone(),
        Some(known @ ("ClusterIP" | "NodePort" | "LoadBalancer")) => known.to_owned(),
        Some(other) => {
            complaints.add(
                "spec.userlabels",
                format!("service-type \"{other}\" is not known: give ClusterIP, NodePort or LoadBalancer"),
            );
            String::new()
        }
    }
}

pub(super) fn node_label(labels: &Labels, about: &str, complaints: &mut Complaints) -> Option<NodeLabel> {
    let half = |key| labels.get(key).map(String::as_str).unwrap_or_default();
    match (half(labels::NODE_LABEL_KEY), half(labels::NODE_LABEL_VALUE)) {
        ("", "") => None,
        (key, value) => complaints.take(about, NodeLabel::new(key, value)),
    }
}

pub(super) fn parameters(
    spec: &PgclusterSpec,
    defaults: &Defaults,
    complaints: &mut Complaints,
) -> Parameters {
    let given = spec
        .userlabels
        .get(labels::ARCHIVE_TIMEOUT)
        .filter(|seconds| !seconds.is_empty());
    let archive_timeout = given
        .cloned()
        .unwrap_or_else(|| defaults.cluster.archive_timeout.to_string());
    if archive_timeout.parse::<u32>().is_err() {
        complaints.add(
            "spec.userlabels",
            format!("archive-timeout \"{archive_timeout}\" is not a number of seconds"),
        );
    }
    let own = &defaults.cluster;
    Parameters::default()
        .with("archive_timeout", archive_timeout)
        .with(
            "log_min_duration_statement",
            own.log_min_duration_statement.to_string(),
        )
        .with("log_statement", own.log_statement.clone())
        .overlaid_by(defaults.postgres_ha.shared.clone())
}

/// What the specification says, or the default that stands where it says nothing.
pub(super) fn resources_of<'a>(
    spec: &'a PgclusterSpec,
    standing: &'a StandingDefaults,
) -> &'a ContainerResources {
    let own = &spec.container_resources;
    if *own == ContainerResources::default() {
        &standing.container_resources
    } else {
        own
    }
}

/// What database containers get when nobody says anything.
pub(super) fn default_resources(defaults: &Defaults) -> Option<&ContainerResources> {
    defaults.resources.get(&defaults.default_container_resources)
}

/// All four or nothing, as in version 4.2.
pub(super) fn resources(
    complaints: &mut Complaints,
    about: &str,
    spec: &ContainerResources,
) -> Option<Resources> {
    let mut amount = |field: &str, text: &str| {
        let amount = quantity::canonical(text);
        if amount.is_none() && !text.is_empty() {
            complaints.add(
                format!("{about}.{field}"),
                format!("\"{text}\" is not a Kubernetes quantity: write for example 512Mi or 0.5"),
            );
        }
        amount
    };
    let requests_memory = amount("requestsmemory", &spec.requestsmemory);
    let requests_cpu = amount("requestscpu", &spec.requestscpu);
    let limits_memory = amount("limitsmemory", &spec.limitsmemory);
    let limits_cpu = amount("limitscpu", &spec.limitscpu);
    Some(Resources {
        requests_memory: requests_memory?,
        requests_cpu: requests_cpu?,
        limits_memory: limits_memory?,
        limits_cpu: limits_cpu?,
    })
}

pub(super) fn named_storage(defaults: &Defaults, name: &str) -> StorageSpec {
    defaults.storage(name).cloned().unwrap_or_default()
}

pub(super) fn understood(complaints: &mut Complaints, about: &str, spec: &StorageSpec) -> Option<Storage> {
    match storage::validate(spec) {
        Ok(storage) => Some(storage),
        Err(all) => {
            for wrong in all {
                complaints.add(about, wrong.sentence);
            }
            None
        }
    }
}

/// Version 4.2 fills `name` in after the claim exists; alone it says nothing about what is wanted.
pub(super) fn or_else(spec: &StorageSpec, default: impl FnOnce() -> StorageSpec) -> StorageSpec {
    let silent = StorageSpec {
        name: spec.name.clone(),
        ..StorageSpec::default()
    };
    if *spec == silent { default() } else { spec.clone() }
}

pub(super) fn or(text: &str, default: &str) -> String {
    if text.is_empty() {
        default.to_owned()
    } else {
        text.to_owned()
    }
}

pub(super) fn optional<T>(
    complaints: &mut Complaints,
    about: &str,
    text: &str,
    parse: impl FnOnce(&str) -> Result<T, String>,
) -> Option<T> {
    if text.is_empty() {
        None
    } else {
        complaints.take(about, parse(text))
    }
}
