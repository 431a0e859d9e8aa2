//! `pgo.yaml`: read from the ConfigMap `pgo-config`, taken up again when that changes.

use std::sync::{Arc, PoisonError, RwLock};

use k8s_openapi::api::core::v1::ConfigMap;
use pgo_kube::Office;
use pgo_plan::complaint::{Complaint, joined};
use pgo_plan::defaults::Defaults;
use tracing::{error, info};

use crate::args::Images;

/// The configuration in force, and which version of the ConfigMap it comes from.
pub(crate) struct Configuration {
    images: Images,
    current: RwLock<Read>,
}

#[derive(Clone)]
struct Read {
    version: Option<String>,
    defaults: Arc<Defaults>,
}

/// Why there is no configuration to start with.
#[derive(Debug, thiserror::Error)]
#[error("the configuration cannot be used: {}", joined(.0))]
pub(crate) struct Unusable(Vec<Complaint>);

impl Configuration {
    /// Reads the configuration at start. Without a ConfigMap, what is built in applies.
    pub(crate) fn read(office: &Office, images: Images) -> Result<Self, Unusable> {
        let config = office.config();
        let defaults = images.over(parse(config.as_deref()).map_err(Unusable)?);
        let read = Read {
            version: version(config.as_deref()),
            defaults: Arc::new(defaults),
        };
        Ok(Self {
            images,
            current: RwLock::new(read),
        })
    }

    /// The configuration as the ConfigMap says it now. One that cannot be used changes nothing and is complained
    /// about once.
    pub(crate) fn current(&self, office: &Office) -> Arc<Defaults> {
        let config = office.config();
        let version = version(config.as_deref());
        let known = self
            .current
            .read()
            .unwrap_or_else(PoisonError::into_inner)
            .clone();
        if known.version == version {
            return known.defaults;
        }
        let defaults = match parse(config.as_deref()) {
            Ok(defaults) => {
                info!(?version, "the configuration has changed and is taken up");
                Arc::new(self.images.over(defaults))
            }
            Err(complaints) => {
                error!(
                    complaints = joined(&complaints),
                    "pgo-config has changed and cannot be used; the old one stays"
                );
                known.defaults
            }
        };
        *self.current.write().unwrap_or_else(PoisonError::into_inner) = Read {
            version,
            defaults: Arc::clone(&defaults),
        };
        defaults
    }
}

fn parse(config: Option<&ConfigMap>) -> Result<Defaults, Vec<Complaint>> {
    let Some(config) = config else {
        return Ok(Defaults::built_in());
    };
    let text = config.data.as_ref().and_then(|data| data.get("pgo.yaml"));
    let missing = || vec![Complaint::new("pgo-config", "has no key pgo.yaml: add it")];
    Defaults::parse(text.ok_or_else(missing)?)
}

fn version(config: Option<&ConfigMap>) -> Option<String> {
    config.and_then(|config| config.metadata.resource_version.clone())
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
        assert_eq!(user(&office("3", Some("Cluster: [nonsense"))), "rhino");
        assert_eq!(user(&office("4", Some(&with_user("zebra")))), "zebra");
        assert_eq!(user(&office("5", None)), Defaults::built_in().cluster.user);
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
