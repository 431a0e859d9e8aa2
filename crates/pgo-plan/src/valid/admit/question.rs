//! The single questions about a request. Each complains in the words of the command line.

use std::collections::BTreeMap;

use pgo_crd::{ContainerResources, StorageSpec};

use super::{NewCluster, Surroundings};
use crate::complaint::Complaints;
use crate::defaults::Defaults;
use crate::labels::{self, Labels};
use crate::names;
use crate::valid::{NodeLabel, read};

/// Whether the name is free. Both sentences begin as one did in version 4.2: scripts look for that.
pub(super) fn check_name(name: &str, around: &Surroundings, c: &mut Complaints) {
    if around.leaving.contains(name) {
        c.add(
            "name",
            format!(
                "pgcluster {name} was found: \"{name}\" is being removed, try again when the name is free \
                 ('pgo show cluster {name} -o wide' shows how far it is)"
            ),
        );
    } else if around.taken.contains(name) {
        c.add(
            "name",
            format!(
                "pgcluster {name} was found: \"{name}\" exists already in this namespace, choose another name"
            ),
        );
    }
}

/// Most of these sentences begin as they did in version 4.2: scripts look for that.
pub(super) fn check_existing(
    request: &NewCluster,
    defaults: &Defaults,
    around: &Surroundings,
    c: &mut Complaints,
) {
    let config = &request.custom_config;
    if !config.is_empty() && !around.config_maps.contains(config) {
        c.add(
            "--custom-config",
            format!("{config} configmap was not found: create it before you name it in --custom-config"),
        );
    }
    if !request.secret_from.is_empty() {
        let from = &request.secret_from;
        for user in [names::SUPERUSER, names::REPLICATION_USER, &defaults.cluster.user] {
            let secret = format!("{from}-{user}-secret");
            if !around.secrets.contains(&secret) {
                c.add(
                    "--secret-from",
                    format!(
                        "{secret} secret was not found: give --secret-from the name of a cluster that has it"
                    ),
                );
            }
        }
    }
}

/// Better a clear no than a flag that does nothing.
pub(super) fn check_unavailable(request: &NewCluster, complaints: &mut Complaints) {
    let wanted = [
        ("--metrics", request.metrics),
        ("--pgbadger", request.badger),
        ("--pgbouncer", request.pgbouncer),
    ];
    let wanted = wanted.iter().filter(|(_, wanted)| *wanted).map(|(flag, _)| flag);
    for flag in wanted.chain(&request.s3_flags) {
        complaints.add(*flag, "is not available yet: leave it out");
    }
    match request.backrest_storage_type.as_str() {
        "" | "local" => (),
        "s3" | "local,s3" | "s3,local" => {
            complaints.add(
                "--pgbackrest-storage-type",
                "s3 is not available yet: leave it out or give local",
            );
        }
        other => complaints.add(
            "--pgbackrest-storage-type",
            format!("\"{other}\" is not known: give local, s3 or local,s3"),
        ),
    }
}

pub(super) fn check_service_type(text: &str, complaints: &mut Complaints) {
    if !["", "ClusterIP", "NodePort", "LoadBalancer"].contains(&text) {
        complaints.add(
            "--service-type",
            format!("\"{text}\" is not known: give ClusterIP, NodePort or LoadBalancer"),
        );
    }
}

pub(super) fn user_labels(text: &str, complaints: &mut Complaints) -> Labels {
    let mut found = BTreeMap::new();
    for item in text.split(',').filter(|_| !text.is_empty()) {
        match item.split_once('=') {
            Some((key, _)) if labels::is_ours(key) => complaints.add(
                "--labels",
                format!("the label \"{key}\" belongs to pgo: choose another one"),
            ),
            Some((key, value)) if labels::is_label_key(key) && labels::is_label_value(value) => {
                found.insert(key.to_owned(), value.to_owned());
            }
            _ => complaints.add(
                "--labels",
                format!("invalid labels format \"{item}\": write --labels key=value,key=value"),
            ),
        }
    }
    found
}

pub(super) fn node_label(
    text: &str,
    around: &Surroundings,
    complaints: &mut Complaints,
) -> Option<NodeLabel> {
    if text.is_empty() {
        return None;
    }
    let label = complaints.take("--node-label", NodeLabel::parse(text))?;
    if !around.node_labels.contains(text) {
        complaints.add(
            "--node-label",
            format!("no node carries the label \"{text}\": label a node first"),
        );
    }
    Some(label)
}

pub(super) fn named_storage(
    defaults: &Defaults,
    flag: &str,
    name: &str,
    complaints: &mut Complaints,
) -> Option<StorageSpec> {
    if name.is_empty() {
        return None;
    }
    let found = defaults.storage(name).cloned();
    if found.is_none() {
        let known = defaults.storage.keys().cloned().collect::<Vec<_>>().join(", ");
        complaints.add(
            flag,
            format!("{name} Storage config was not found: give {flag} one of {known}"),
        );
    }
    found
}

pub(super) fn named_resources(
    defaults: &Defaults,
    name: &str,
    complaints: &mut Complaints,
) -> Option<ContainerResources> {
    if name.is_empty() {
        return read::default_resources(defaults).cloned();
    }
    let found = defaults.resources.get(name).cloned();
    if found.is_none() {
        let known = defaults.resources.keys().cloned().collect::<Vec<_>>().join(", ");
        complaints.add(
            "--resources-config",
            format!("{name} ContainerResource config was not found: give --resources-config one of {known}"),
        );
    }
    found
}
