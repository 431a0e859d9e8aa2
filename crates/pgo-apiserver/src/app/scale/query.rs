//! `pgo scaledown --query`.

use pgo_api::{ScaleQueryRequest, ScaleQueryResponse, ScaleQueryTarget};
use pgo_kube::Member;

use super::super::App;
use super::super::pod::Lead;
use crate::auth::Caller;
use crate::refusal::{Outcome, Refusal};

/// Lists the replicas, and how far each is behind. The first instance is among them when another one leads, as in 4.2,
/// although it goes only with its cluster.
pub(crate) async fn query(app: &App, _: &Caller, request: ScaleQueryRequest) -> Outcome<ScaleQueryResponse> {
    let ScaleQueryRequest { name, namespace, .. } = &request;
    Ok(ScaleQueryResponse {
        results: replicas(app, namespace, name).await?,
    })
}

/// The replicas of a cluster. Asked for rarely and by people, so the members' own words are read from the server at
/// that moment: they change every few seconds and are in no cache.
pub(in crate::app) async fn replicas(
    app: &App,
    namespace: &str,
    cluster: &str,
) -> Result<Vec<ScaleQueryTarget>, Refusal> {
    app.cluster(namespace, cluster)?;
    let members = app.kube.members(namespace, cluster).await?;
    let pods = app.kube.caches.pods.of_cluster(namespace, cluster);
    let lead = Lead::of(app, namespace, cluster, &pods);
    let is_leader = |member: &Member| member.is_leader() && !lead.is_elsewhere(&member.address);
    let written = members
        .iter()
        .filter(|member| is_leader(member))
        .filter_map(Member::position)
        .max();
    // An old leader that was lost cannot take back its word: it is a replica that nothing is known about.
    let replicas = members
        .iter()
        .filter(|member| member.is_replica() || (member.is_leader() && !is_leader(member)));
    let is_known = |member: &Member| !member.is_leader() && !lead.misses(&member.pod);
    Ok(replicas
        .map(|member| target(member, is_known(member), written))
        .collect())
}

fn target(member: &Member, is_known: bool, written: Option<u64>) -> ScaleQueryTarget {
    let status = if is_known { member.state() } else { "unknown" };
    let behind = written
        .zip(member.position())
        .map_or(0, |(written, position)| written.saturating_sub(position));
    ScaleQueryTarget {
        name: member.instance.clone(),
        node: member.node.clone(),
        replication_lag: i64::try_from(behind.saturating_add(1 << 19) >> 20).unwrap_or(i64::MAX),
        status: status.to_owned(),
        timeline: member.timeline(),
    }
}
