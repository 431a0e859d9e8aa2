//! `pgo failover`.

use kube::core::{Selector, SelectorExt as _};
use pgo_api::{FailoverQueryRequest, FailoverQueryResponse, FailoverQueryTarget, FailoverRequest};
use pgo_plan::labels;

use super::later::Later;
use super::questions::Questions;
use super::{App, scale};
use crate::auth::Caller;
use crate::refusal::{Outcome, Refusal};
use crate::selector;

/// Lists the replicas that could become the primary.
pub(crate) async fn query(
    app: &App,
    _: &Caller,
    request: FailoverQueryRequest,
) -> Outcome<FailoverQueryResponse> {
    let FailoverQueryRequest { name, namespace, .. } = &request;
    let preferred = preferred_nodes(app)?;
    let replicas = scale::replicas(app, namespace, name).await?;
    let target = |replica: pgo_api::ScaleQueryTarget| FailoverQueryTarget {
        preferred_node: preferred.contains(&replica.node),
        name: replica.name,
        node: replica.node,
        replication_lag: replica.replication_lag,
        status: replica.status,
        timeline: replica.timeline,
    };
    Ok(FailoverQueryResponse {
        results: replicas.into_iter().map(target).collect(),
    })
}

/// The nodes that the configuration prefers; none when it says nothing.
fn preferred_nodes(app: &App) -> Result<Vec<String>, Refusal> {
    let text = &app.defaults().pgo.preferred_failover_node;
    if text.is_empty() {
        return Ok(Vec::new());
    }
    let wanted: Selector = selector::parse(text)?;
    let nodes = app.office.nodes();
    let labels = |node: &k8s_openapi::api::core::v1::Node| node.metadata.labels.clone().unwrap_or_default();
    let matching = nodes.iter().filter(|node| wanted.matches(&labels(node)));
    Ok(matching.filter_map(|node| node.metadata.name.clone()).collect())
}

impl Later for FailoverRequest {
    const COMMAND: &'static str = "pgo failover --target";

    fn check(&self, app: &App) -> Result<(), Refusal> {
        let mut questions = Questions::new(app, &self.namespace);
        let cluster = &self.cluster_name;
        questions.cluster(cluster);
        questions.needed("--target", &self.target);
        let found = app.kube.caches.deployments.get(&self.namespace, &self.target);
        let is_instance = found.is_some_and(|it| {
            let value = |key| selector::value(&it.metadata, key);
            value(labels::CLUSTER) == cluster && value(labels::DEPLOYMENT_NAME) == self.target
        });
        if !is_instance && !self.target.is_empty() {
            let target = &self.target;
            let sentence = format!(
                "{target:?} is no instance of cluster {cluster:?}: see pgo failover {cluster} --query"
            );
            questions.about::<()>("--target", Err(sentence));
        }
        questions.answer()
    }
}
