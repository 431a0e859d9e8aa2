//! `pgo show cluster`

use std::fmt::Write as _;

use pgo_api::{Pgcluster, ShowClusterDetail, ShowClusterRequest, ShowClusterService, VERSION};

use crate::args::ShowClusterArgs;
use crate::commands::cluster::Target;
use crate::commands::output::timestamp;
use crate::commands::{Context, Format};
use crate::failure::Failure;

pub(super) async fn run(args: &ShowClusterArgs, context: &Context) -> Result<(), Failure> {
    let target = Target::parse(&args.names, &args.selector, args.all)?;
    let format = Format::to_show(&args.output)?;
    for request in requests(target, &args.ccp_image_tag, &context.namespace) {
        context
            .exchange(&request, format, |reply| text(&reply.results, format))
            .await?;
        if format == Format::Json {
            // Version 4.2 asks for the first name only.
            break;
        }
    }
    Ok(())
}

fn requests(target: Target, ccpimagetag: &str, namespace: &str) -> Vec<ShowClusterRequest> {
    let request = |clustername: String, selector: String, allflag| ShowClusterRequest {
        clustername,
        selector,
        ccpimagetag: ccpimagetag.to_owned(),
        clientversion: VERSION.to_owned(),
        namespace: namespace.to_owned(),
        allflag,
    };
    match target {
        Target::Names(names) => names
            .into_iter()
            .map(|name| request(name, String::new(), false))
            .collect(),
        Target::Selector(selector) => vec![request(String::new(), selector, false)],
        Target::All => vec![request(String::new(), String::new(), true)],
    }
}

fn text(clusters: &[ShowClusterDetail], format: Format) -> String {
    if clusters.is_empty() {
        return "No clusters found.\n".to_owned();
    }
    let mut text = String::new();
    for cluster in clusters {
        // Writing to a String cannot fail.
        let _ = write_cluster(&mut text, cluster);
        if format == Format::Wide {
            let _ = write_state(&mut text, cluster);
        }
    }
    text
}

fn write_cluster(text: &mut String, detail: &ShowClusterDetail) -> std::fmt::Result {
    let spec = &detail.cluster.spec;
    writeln!(
        text,
        "\ncluster : {} ({}:{})",
        name_of(&detail.cluster),
        spec.ccpimage,
        spec.ccpimagetag
    )?;
    for pod in &detail.pods {
        let (phase, node, ready, kind) = (&pod.phase, &pod.node_name, &pod.ready_status, &pod.kind);
        writeln!(
            text,
            "\tpod : {} ({phase}) on {node} ({ready}) ({kind})",
            pod.name
        )?;
        for claim in pod.pvc_name.values() {
            writeln!(text, "\tpvc : {claim}")?;
        }
    }
    let resources = &spec.container_resources;
    writeln!(
        text,
        "\tresources : CPU Limit={} Memory Limit={}, CPU Request={} Memory Request={}",
        resources.limitscpu, resources.limitsmemory, resources.requestscpu, resources.requestsmemory
    )?;
    writeln!(
        text,
        "\tstorage : Primary={} Replica={}",
        spec.primary_storage.size, spec.replica_storage.size
    )?;
    for deployment in &detail.deployments {
        writeln!(text, "\tdeployment : {}", deployment.name)?;
    }
    for policy in detail
        .deployments
        .first()
        .map(|first| first.policy_labels.as_slice())
        .unwrap_or_default()
    {
        writeln!(text, "\tpolicy: {policy}")?;
    }
    for service in &detail.services {
        writeln!(text, "\tservice : {}", addresses(service))?;
    }
    for replica in &detail.replicas {
        writeln!(text, "\tpgreplica : {}", replica.name)?;
    }
    let labels = detail.cluster.metadata.labels.iter().flatten();
    write!(text, "\tlabels : ")?;
    for (key, value) in labels {
        write!(text, "{key}={value} ")?;
    }
    writeln!(text)
}

/// What version 4.2 did not know: when the cluster was made, and how it is.
fn write_state(text: &mut String, detail: &ShowClusterDetail) -> std::fmt::Result {
    if let Some(created) = &detail.cluster.metadata.creation_timestamp {
        writeln!(text, "\tcreated : {}", timestamp(&created.0))?;
    }
    for replica in detail.replicas.iter().filter(|replica| !replica.state.is_empty()) {
        writeln!(
            text,
            "\treplica state : {} {} {}",
            replica.name, replica.state, replica.message
        )?;
    }
    let conditions = detail.cluster.status.iter().flat_map(|status| &status.conditions);
    for condition in conditions {
        let (name, status, reason) = (&condition.type_, &condition.status, &condition.reason);
        writeln!(
            text,
            "\tcondition : {name}={status} ({reason}) {}",
            condition.message
        )?;
    }
    Ok(())
}

/// Names a cluster.
pub(super) fn name_of(cluster: &Pgcluster) -> &str {
    if cluster.spec.name.is_empty() {
        cluster.metadata.name.as_deref().unwrap_or_default()
    } else {
        &cluster.spec.name
    }
}

fn addresses(service: &ShowClusterService) -> String {
    let inside = format!("{} - ClusterIP ({})", service.name, service.cluster_ip);
    if service.external_ip.is_empty() {
        inside
    } else {
        format!("{inside} ExternalIP ({})", service.external_ip)
    }
}
