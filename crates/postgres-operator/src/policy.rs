//! Policies: each is said to make sense or not. Applying them is the API server's business and the birth's.

use jiff::Timestamp;
use pgo_kube::{ClusterRef, Error};
use tracing::info;

use crate::context::Context;

/// Looks at the policy of this name, if there is one.
pub(crate) async fn pass(context: &Context, name: &ClusterRef) -> Result<(), Error> {
    let caches = &context.kube.caches;
    let Some(policy) = caches.policies.get(&name.namespace, &name.name) else {
        return Ok(());
    };
    if policy.metadata.deletion_timestamp.is_some() || caches.is_ending(&name.namespace) {
        return Ok(());
    }
    let status = pgo_plan::policy::status(&policy, Timestamp::now());
    if context.kube.record_policy(&policy, &status).await? {
        info!(
            policy = name.name,
            message = status.message,
            "a policy was looked at"
        );
    }
    Ok(())
}
