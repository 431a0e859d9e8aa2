//! The ConfigMap `pgo-config`: read at start, taken up again when it changes.

use std::sync::{Arc, PoisonError, RwLock};

use k8s_openapi::api::core::v1::ConfigMap;
use pgo_kube::Office;
use pgo_plan::defaults::{CONFIG_MAP, Change, Defaults, Files, Images, InForce, Remark, joined};
use tracing::{error, info, warn};

use crate::app::surroundings::node_labels;

/// The configuration in force.
pub(crate) struct Configuration(RwLock<InForce>);

/// There is no configuration to start with.
#[derive(Debug, thiserror::Error)]
#[error("ConfigMap {CONFIG_MAP} cannot be used: {}", joined(.0))]
pub(crate) struct Unusable(Vec<Remark>);

impl Configuration {
    /// Reads the configuration at start. Without a ConfigMap, what is built in applies.
    pub(crate) fn read(office: &Office, images: Images) -> Result<Self, Unusable> {
        let config = office.config();
        let in_force = InForce::start(files(config.as_deref()), images).map_err(Unusable)?;
        warn_of(&in_force);
        let read = Self(RwLock::new(in_force));
        for warning in read.nowhere(office) {
            warn!(warning, "about the configuration");
        }
        Ok(read)
    }

    /// The configuration as the ConfigMap says it now. One that cannot be used changes nothing and is complained
    /// about once in the log, and at `/readyz` and `pgo show config` for as long as it is there.
    pub(crate) fn current(&self, office: &Office) -> Arc<Defaults> {
        self.look(office, InForce::defaults)
    }

    /// One sentence if what the ConfigMap says is not in force.
    pub(crate) fn trouble(&self, office: &Office) -> Option<String> {
        self.look(office, InForce::trouble)
    }

    /// Says which labels of nodes lead nowhere. Version 4.2 did not start with one; but they only say where instances go
    /// if they can, and a node that is away must not keep everybody out.
    pub(crate) fn nowhere(&self, office: &Office) -> Vec<String> {
        let there = node_labels(office);
        let cluster = &self.current(office).cluster;
        [
            ("PrimaryNodeLabel", &cluster.primary_node_label),
            ("ReplicaNodeLabel", &cluster.replica_node_label),
        ]
        .into_iter()
        .filter_map(|(key, label)| {
            let label = label.as_ref().map(|it| format!("{}={}", it.key, it.value))?;
            let lost = !there.contains(&label);
            lost.then(|| {
                format!("pgo.yaml: Cluster.{key} says {label:?}, which no node carries: label a node")
            })
        })
        .collect()
    }

    /// Asks something about the configuration, after a change was taken up.
    pub(crate) fn look<T>(&self, office: &Office, question: impl Fn(&InForce) -> T) -> T {
        let config = office.config();
        let files = files(config.as_deref());
        let known = self.0.read().unwrap_or_else(PoisonError::into_inner);
        if known.knows(files.version) {
            return question(&known);
        }
        drop(known);
        let mut in_force = self.0.write().unwrap_or_else(PoisonError::into_inner);
        match in_force.take_up(files) {
            Change::None => {}
            Change::TakenUp => {
                info!(version = files.version, "the configuration has changed");
                warn_of(&in_force);
            }
            Change::Refused => error!(
                version = files.version,
                mistakes = joined(in_force.refused()),
                "the configuration has changed and cannot be used; the one before it stays in force"
            ),
        }
        question(&in_force)
    }
}

fn warn_of(in_force: &InForce) {
    for warning in in_force.warnings() {
        warn!(warning = %warning, "about the configuration");
    }
}

fn files(config: Option<&ConfigMap>) -> Files<'_> {
    Files {
        version: config.and_then(|config| config.metadata.resource_version.as_deref()),
        files: config.and_then(|config| config.data.as_ref()),
    }
}

#[cfg(test)]
mod tests {
    use pgo_kube::Holdings;
    use pgo_kube::testing::Server;
    use serde_json::json;

    use super::*;

    const SHIPPED: &str = include_str!("../../../deploy/operator/pgo.yaml");

    /// An office whose ConfigMap is of this version and has this text.
    fn office(version: &str, text: Option<&str>) -> Office {
        let config = text.map(|text| {
            let config = json!({
                "metadata": {"name": "pgo-config", "namespace": "pgo", "resourceVersion": version},
                "data": {"pgo.yaml": text},
            });
            serde_json::from_value(config).unwrap()
        });
        let holdings = Holdings {
            config,
            ..Holdings::default()
        };
        Office::holding(Server::default().client(), "pgo", holdings)
    }

    fn with_user(user: &str) -> String {
        SHIPPED.replace("User: testuser", &format!("User: {user}"))
    }

    #[tokio::test]
    async fn a_change_is_taken_up_and_one_that_makes_no_sense_is_not() {
        let first = office("1", Some(SHIPPED));
        let configuration = Configuration::read(&first, Images::default()).unwrap();
        let user = |office: &Office| configuration.current(office).cluster.user.clone();
        assert_eq!(user(&first), "testuser");
        assert_eq!(user(&office("2", Some(&with_user("rhino")))), "rhino");
        let nonsense = office("3", Some("Cluster: [nonsense"));
        assert_eq!(user(&nonsense), "rhino");
        let trouble = configuration.trouble(&nonsense).unwrap();
        assert!(trouble.contains("not in force"), "{trouble}");
        assert_eq!(user(&office("4", Some(&with_user("zebra")))), "zebra");
        assert_eq!(configuration.trouble(&office("4", Some(SHIPPED))), None);
        assert_eq!(user(&office("5", None)), "zebra");
    }

    #[tokio::test]
    async fn a_label_that_no_node_carries_is_said_and_keeps_nobody_out() {
        let text = SHIPPED.replace("  PrimaryNodeLabel:", "  PrimaryNodeLabel: disk=ssd");
        let mut office = office("1", Some(&text));
        let configuration = Configuration::read(&office, Images::default()).unwrap();
        let said = configuration.nowhere(&office);
        assert!(
            said[0].contains("Cluster.PrimaryNodeLabel") && said[0].contains("disk=ssd"),
            "{said:?}"
        );
        assert_eq!(said.len(), 1, "{said:?}");
        let node = json!({"metadata": {"name": "node1", "labels": {"disk": "ssd"}}});
        let holdings = Holdings {
            nodes: vec![serde_json::from_value(node).unwrap()],
            config: office.config().map(|config| config.as_ref().clone()),
            ..Holdings::default()
        };
        office = Office::holding(Server::default().client(), "pgo", holdings);
        assert_eq!(configuration.nowhere(&office), Vec::<String>::new());
    }

    #[tokio::test]
    async fn one_that_makes_no_sense_is_no_start() {
        let wrong = Configuration::read(&office("1", Some("PrimaryStorage: absent")), Images::default());
        let said = wrong.err().unwrap().to_string();
        assert!(
            said.contains("PrimaryStorage") && said.contains("CCPImageTag"),
            "{said}"
        );
    }
}
