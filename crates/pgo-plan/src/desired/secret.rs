//! Secrets: passwords and certificates, as requests that are fulfilled once.

use crate::labels;
use crate::names::{self, ClusterName};
use crate::secret::{Absent, SecretContent, SecretOnce};
use crate::valid::ValidCluster;

/// All Secrets of a cluster; an authority comes before what it signs.
///
/// A login is `used` when PostgreSQL has its password: then it is not made again, for PostgreSQL would not hear of it.
pub fn secrets(cluster: &ValidCluster, used: bool) -> Vec<SecretOnce> {
    let absent = if used { Absent::Complain } else { Absent::Make };
    let login = |name: &str, user: &str| SecretOnce {
        absent,
        ..login(cluster, name, user)
    };
    let name = &cluster.name;
    let mut instance_names = service_names(cluster, &name.primary_service());
    instance_names.extend(service_names(cluster, &name.replica_service()));
    instance_names.extend(LOCAL.map(str::to_owned));
    let mut repository_names = service_names(cluster, &name.repository());
    repository_names.extend(LOCAL.map(str::to_owned));
    vec![
        login(&cluster.logins.superuser, names::SUPERUSER),
        login(&cluster.logins.replication, names::REPLICATION_USER),
        login(&cluster.logins.user, &cluster.user),
        secret(
            cluster,
            &name.authority_secret(),
            &[],
            SecretContent::Authority {
                common_name: format!("{name}-ca"),
            },
        ),
        secret(
            cluster,
            &name.instance_tls_secret(),
            &[],
            leaf(name, format!("{name}-instance"), instance_names),
        ),
        secret(
            cluster,
            &name.repository_secret(),
            &[(labels::BACKREST_REPO, "true")],
            leaf(name, format!("{name}-backrest-repo"), repository_names),
        ),
    ]
}

const LOCAL: [&str; 2] = ["localhost", "127.0.0.1"];

fn service_names(cluster: &ValidCluster, service: &str) -> Vec<String> {
    let namespace = &cluster.namespace;
    vec![
        service.to_owned(),
        format!("{service}.{namespace}"),
        format!("{service}.{namespace}.svc"),
        format!("{service}.{namespace}.svc.cluster.local"),
    ]
}

fn login(cluster: &ValidCluster, name: &str, user: &str) -> SecretOnce {
    let content = SecretContent::Login {
        username: user.into(),
        length: cluster.password_length,
    };
    secret(cluster, name, &[], content)
}

fn leaf(name: &ClusterName, common_name: String, names: Vec<String>) -> SecretContent {
    SecretContent::Leaf {
        authority: name.authority_secret(),
        common_name,
        names,
    }
}

fn secret(cluster: &ValidCluster, name: &str, more: &[(&str, &str)], content: SecretContent) -> SecretOnce {
    let labels = labels::with(&cluster.name, more.iter().copied());
    SecretOnce {
        metadata: super::kept(cluster, name, labels),
        content,
        absent: Absent::Make,
    }
}
