//! `pgo scaledown --query`.

use pgo_api::{ScaleQueryRequest, ScaleQueryResponse, ScaleQueryTarget};
use pgo_kube::Member;

use super::super::App;
use crate::auth::Caller;
use crate::refusal::Outcome;

/// Lists the replicas that could be removed, and how far each is behind. Asked for rarely and by people, so the members' own words are read from the
/// server at that moment: they change every few seconds and are in no cache.
pub(crate) async fn query(app: &App, _: &Caller, request: ScaleQueryRequest) -> Outcome<ScaleQueryResponse> {
    let ScaleQueryRequest { name, namespace, .. } = &request;
    app.cluster(namespace, name)?;
    let members = app.kube.members(namespace, name).await?;
    let written = members
        .iter()
        .filter(|member| member.is_leader())
        .filter_map(Member::position)
        .max();
    // The first instance has no declaration of its own: it goes only with its cluster, whatever its role is today.
    let declared = |member: &&Member| {
        app.kube
            .caches
            .replicas
            .get(namespace, &member.instance)
            .is_some()
    };
    let replicas = members
        .iter()
        .filter(|member| member.is_replica())
        .filter(declared);
    Ok(ScaleQueryResponse {
        results: replicas.map(|member| target(member, written)).collect(),
    })
}

fn target(member: &Member, written: Option<u64>) -> ScaleQueryTarget {
    let behind = written
        .zip(member.position())
        .map_or(0, |(written, position)| written.saturating_sub(position));
    ScaleQueryTarget {
        name: member.instance.clone(),
        node: member.node.clone(),
        replication_lag: i64::try_from(behind.saturating_add(1 << 19) >> 20).unwrap_or(i64::MAX),
        status: member.state().to_owned(),
        timeline: member.timeline(),
    }
}
