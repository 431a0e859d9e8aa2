//! Running instances take a new form one after another.
//!
//! A changed pod template is a new pod, and a new pod is an interruption. So:
//!
//! 1. An instance that is not ready is changed first: that may be what it needs.
//! 2. Then replicas, by name. 3. The leader last, when every other instance has been changed.
//!
//! Invariant: no ready instance is changed while another one is changing or not ready.

use k8s_openapi::api::apps::v1::Deployment;

use super::Pass;
use crate::desired::instance::{Instance, deployment};
use crate::labels;
use crate::names::InstanceName;
use crate::observed::Observed;
use crate::plan::{Plan, WaitingOn};

/// Wants an instance to exist. The pod keeps the user's labels that it was made with: a label must not restart it.
pub(crate) fn want(pass: &Pass<'_>, instance: Instance<'_>, plan: &mut Plan) {
    let running = pass.seen.deployment(instance.name().as_str());
    let kept = running.and_then(pod_labels).map(labels::usable);
    plan.objects.deployments.push(deployment(
        instance,
        kept.as_ref().unwrap_or(&pass.cluster.labels),
    ));
}

/// Takes out of the plan every instance whose turn to change has not come.
pub(crate) fn take_turns(pass: &Pass<'_>, plan: &mut Plan) {
    let seen = pass.seen;
    let mut outdated: Vec<InstanceName> = Vec::new();
    let mut unsettled: Vec<InstanceName> = Vec::new();
    for wanted in &plan.objects.deployments {
        let Some((name, running)) = instance_name(wanted).and_then(|name| {
            let running = seen.deployment(name.as_str())?;
            Some((name, running))
        }) else {
            continue;
        };
        if template(running) != template(wanted) {
            outdated.push(name);
        } else if !is_settled(running) || !is_ready(seen, &name) {
            unsettled.push(name);
        }
    }
    outdated.sort_by_key(|name| (is_ready(seen, name), seen.leads(name), name.clone()));
    let next = outdated
        .first()
        .filter(|name| !is_ready(seen, name) || unsettled.is_empty())
        .cloned();
    for name in outdated.into_iter().filter(|name| Some(name) != next.as_ref()) {
        plan.objects
            .deployments
            .retain(|wanted| instance_name(wanted).as_ref() != Some(&name));
        let blocking = next.as_ref().or(unsettled.first());
        let waiting = WaitingOn::Instance(blocking.unwrap_or(&name).to_string());
        if !plan.waiting_on.contains(&waiting) {
            plan.wait(waiting);
        }
    }
}

fn instance_name(deployment: &Deployment) -> Option<InstanceName> {
    let name = deployment
        .metadata
        .labels
        .as_ref()?
        .get(labels::DEPLOYMENT_NAME)?;
    Some(InstanceName::new(name))
}

fn template(deployment: &Deployment) -> Option<&String> {
    deployment.metadata.annotations.as_ref()?.get(labels::TEMPLATE)
}

fn pod_labels(deployment: &Deployment) -> Option<&labels::Labels> {
    deployment
        .spec
        .as_ref()?
        .template
        .metadata
        .as_ref()?
        .labels
        .as_ref()
}

fn is_ready(seen: &Observed, name: &InstanceName) -> bool {
    seen.instance_is_ready(name)
}

/// Whether Kubernetes has acted on the latest form and its pod is ready.
fn is_settled(deployment: &Deployment) -> bool {
    let Some(status) = &deployment.status else {
        return false;
    };
    status.observed_generation >= deployment.metadata.generation
        && status.updated_replicas == Some(1)
        && status.ready_replicas == Some(1)
}
