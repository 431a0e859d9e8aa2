//! The ConfigMap `<cluster>-pgha-default-config`, which every instance and the repository see as files.
//!
//! | key | meaning for the agent |
//! |---|---|
//! | `postgres-ha.yaml` | Patroni's `bootstrap.dcs` and the parameters that the operator decides; used when the cluster is born |
//! | `init` | `true` until the first backup has succeeded, then `false`: whether the cluster is still being born |
//! | `autofail` | `true` or `false`: whether Patroni fails over by itself. With `false` every instance but the last primary carries Patroni's tag `nofailover`; the agents look at this file each second |

use k8s_openapi::api::core::v1::ConfigMap;
use pgo_postgres::patroni::dcs::{Dynamic, Synchronous};

use crate::labels;
use crate::valid::ValidCluster;

/// The ConfigMap, given whether the cluster is still being born.
pub fn config_map(cluster: &ValidCluster, init: bool) -> ConfigMap {
    let labels = labels::with(&cluster.name, [(labels::DEFAULT_CONFIG, "true")]);
    let data = [
        ("autofail", cluster.autofail.to_string()),
        ("init", init.to_string()),
        ("postgres-ha.yaml", postgres_ha(cluster)),
    ];
    ConfigMap {
        metadata: super::owned(cluster, cluster.name.config(), labels),
        data: Some(data.map(|(key, value)| (key.to_owned(), value)).into()),
        ..ConfigMap::default()
    }
}

fn postgres_ha(cluster: &ValidCluster) -> String {
    let dynamic = Dynamic {
        synchronous: if cluster.synchronous {
            Synchronous::On
        } else {
            Synchronous::Off
        },
        parameters: cluster.parameters.clone(),
        overrides: cluster.patroni.clone(),
        ..Dynamic::default()
    };
    // A struct of numbers and strings can always be written; the agent falls back on its own defaults.
    dynamic.render().unwrap_or_default()
}
