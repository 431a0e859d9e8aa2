//! The operator's configuration: the ConfigMap `pgo-config`, or what is built in where there is none.

use std::sync::Arc;

use futures::{Stream, StreamExt as _};
use k8s_openapi::api::core::v1::ConfigMap;
use pgo_kube::chain;
use pgo_plan::defaults::{CONFIG_MAP, Change, Files, Images, InForce, Remark, joined, joined_within};
use pgo_plan::event::{Event, LONGEST_NOTE, Reason};
use tracing::{error, info, warn};

use crate::context::Context;

/// There is no configuration to start with.
#[derive(Debug, thiserror::Error)]
#[error("ConfigMap {CONFIG_MAP} cannot be used: {}", joined(.0))]
pub(crate) struct Unusable(Vec<Remark>);

/// Reads the configuration at start.
pub(crate) fn start(stored: Option<&ConfigMap>, images: Images) -> Result<InForce, Unusable> {
    let in_force = InForce::start(files(stored), images).map_err(Unusable)?;
    warn_of(&in_force);
    Ok(in_force)
}

/// Takes up changes for as long as there are any, and calls `changed` after each. One that makes no sense changes
/// nothing: it is logged, told as an Event about the ConfigMap, counted, and named at `/readyz`.
pub(crate) async fn follow(
    mut configs: impl Stream<Item = Option<ConfigMap>> + Unpin,
    context: Arc<Context>,
    changed: impl Fn(),
) {
    while let Some(stored) = configs.next().await {
        let change = context.configure(|in_force| {
            let change = in_force.take_up(files(stored.as_ref()));
            match change {
                Change::None => {}
                Change::TakenUp => {
                    info!("the configuration has changed");
                    warn_of(in_force);
                }
                Change::Refused => error!(
                    mistakes = joined(in_force.refused()),
                    "the configuration has changed and cannot be used; the one before it stays in force"
                ),
            }
            change
        });
        if change == Change::TakenUp {
            changed();
        }
        tell(&context, stored.as_ref(), &change).await;
    }
}

fn warn_of(in_force: &InForce) {
    for warning in in_force.warnings() {
        warn!(warning = %warning, "about the configuration");
    }
}

/// Tells whoever looks at the ConfigMap what became of it.
async fn tell(context: &Context, stored: Option<&ConfigMap>, change: &Change) {
    let Some(stored) = stored else { return };
    let event = match change {
        Change::None => return,
        Change::TakenUp => Event {
            reason: Reason::ConfigurationChanged,
            note: "The configuration is in force".to_owned(),
        },
        Change::Refused => Event {
            reason: Reason::ConfigurationRefused,
            note: joined_within(context.in_force().refused(), LONGEST_NOTE),
        },
    };
    if let Err(error) = context.kube.publish(stored, &[event]).await {
        warn!(error = chain(&error), "an event could not be told");
    }
}

fn files(stored: Option<&ConfigMap>) -> Files<'_> {
    Files {
        version: stored.and_then(|stored| stored.metadata.resource_version.as_deref()),
        files: stored.and_then(|stored| stored.data.as_ref()),
    }
}

#[cfg(test)]
mod tests {
    use std::sync::atomic::{AtomicUsize, Ordering};

    use pgo_kube::client::Requests;
    use pgo_kube::testing::Server;
    use pgo_plan::defaults::BUILT_IN;
    use serde_json::json;

    use super::*;
    use crate::metrics::Metrics;

    fn stored(version: &str, text: &str) -> ConfigMap {
        let config = json!({
            "metadata": {"name": CONFIG_MAP, "namespace": "pgo", "uid": "u", "resourceVersion": version},
            "data": {"pgo.yaml": text},
        });
        serde_json::from_value(config).unwrap()
    }

    #[tokio::test]
    async fn changes_are_taken_up_and_told_and_those_that_make_no_sense_only_told() {
        let server = Server::default();
        let kube = server.kube().await;
        let metrics = Metrics::new(Requests::default(), kube.caches.clone());
        let first = stored("1", BUILT_IN);
        let context = Arc::new(Context::new(
            kube,
            metrics,
            start(Some(&first), Images::default()).unwrap(),
        ));
        let rhino = BUILT_IN.replace("User: testuser", "User: rhino");
        let changes = [
            Some(first),
            Some(stored("2", &rhino)),
            Some(stored("3", "Cluster: 5")),
            None,
        ];
        let woken = AtomicUsize::new(0);
        follow(futures::stream::iter(changes), Arc::clone(&context), || {
            woken.fetch_add(1, Ordering::Relaxed);
        })
        .await;
        assert_eq!(woken.into_inner(), 1);
        let calls = server.take_calls();
        let told: Vec<_> = calls
            .iter()
            .map(|call| (&call.body["reason"], &call.body["type"]))
            .collect();
        assert_eq!(
            told,
            [
                (&json!("ConfigurationChanged"), &json!("Normal")),
                (&json!("ConfigurationRefused"), &json!("Warning")),
            ]
        );
        assert_eq!(calls[1].body["regarding"]["name"], CONFIG_MAP);
        assert!(
            calls[1].body["note"]
                .as_str()
                .unwrap()
                .contains("line 1: Cluster"),
            "{}",
            calls[1].body
        );
        assert_eq!(context.defaults().cluster.user, "rhino");
    }

    #[tokio::test]
    async fn an_event_says_how_many_mistakes_it_does_not_name() {
        let server = Server::default();
        let kube = server.kube().await;
        let metrics = Metrics::new(Requests::default(), kube.caches.clone());
        let first = start(Some(&stored("1", BUILT_IN)), Images::default()).unwrap();
        let context = Arc::new(Context::new(kube, metrics, first));
        let wrong: Vec<_> = (0..30)
            .map(|index| format!("  s{index}: {{StorageType: odd}}\n"))
            .collect();
        let text = BUILT_IN.replace("Storage:\n  #", &format!("Storage:\n{}  #", wrong.concat()));
        follow(futures::stream::iter([Some(stored("2", &text))]), context, || ()).await;
        let calls = server.take_calls();
        let note = calls[0].body["note"].as_str().unwrap();
        assert!(
            note.contains("Storage.s0.StorageType") && note.len() <= 1024,
            "{note}"
        );
        assert!(note.ends_with(" more: see pgo show config or the log"), "{note}");
    }

    #[test]
    fn a_configuration_that_makes_no_sense_is_no_start() {
        let refusal = start(Some(&stored("1", "Cluster: 5")), Images::default()).unwrap_err();
        assert!(
            refusal
                .to_string()
                .starts_with("ConfigMap pgo-config cannot be used: pgo.yaml"),
            "{refusal}"
        );
    }
}
