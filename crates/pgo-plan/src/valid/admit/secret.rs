//! Whose Secret is it? A Secret is called after a cluster and a user, and its name does not tell where the one ends and
//! the other begins: `a-b-c-secret` is that of user `b-c` in cluster `a` and that of user `c` in cluster `a-b`.

use pgo_crd::Pgcluster;

use super::{Surroundings, or};
use crate::complaint::Complaint;
use crate::defaults::Defaults;
use crate::names::ClusterName;

/// Every Secret that a cluster has or will have, whether or not its specification makes sense.
pub fn secrets(cluster: &Pgcluster, defaults: &Defaults) -> Vec<String> {
    let (name, spec) = (ClusterName::of(cluster), &cluster.spec);
    let user = or(&spec.user, &defaults.cluster.user);
    vec![
        or(&spec.rootsecretname, &name.superuser_secret()),
        or(&spec.primarysecretname, &name.replication_secret()),
        or(&spec.usersecretname, &name.user_secret(&user)),
        name.collect_secret(),
        name.authority_secret(),
        name.instance_tls_secret(),
        name.repository_secret(),
    ]
}

/// Whether the Secrets of a new cluster are nobody else's.
pub(super) fn check_secrets(
    cluster: &Pgcluster,
    defaults: &Defaults,
    around: &Surroundings,
) -> Result<(), Vec<Complaint>> {
    let name = ClusterName::of(cluster);
    let complaint = |secret: String| {
        let owner = around.secret_owners.get(&secret)?;
        let (flag, change) = if secret == cluster.spec.usersecretname {
            ("--username", "choose another user")
        } else {
            ("name", "choose another name")
        };
        (owner != name.as_str()).then(|| {
            let sentence =
                format!("Secret {secret} would be needed, which is cluster \"{owner}\"'s: {change}");
            Complaint::new(flag, sentence)
        })
    };
    let complaints: Vec<_> = secrets(cluster, defaults)
        .into_iter()
        .filter_map(complaint)
        .collect();
    if complaints.is_empty() {
        Ok(())
    } else {
        Err(complaints)
    }
}
