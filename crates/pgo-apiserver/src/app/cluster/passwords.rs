//! Passwords that were given with the request. Those that were not are made by the operator.

use std::collections::BTreeMap;

use k8s_openapi::ByteString;
use k8s_openapi::api::core::v1::Secret;
use k8s_openapi::apimachinery::pkg::apis::meta::v1::ObjectMeta;
use pgo_api::{CreateClusterRequest, Redacted};
use pgo_crd::Pgcluster;
use pgo_kube::Kube;
use pgo_plan::complaint::Complaint;
use pgo_plan::labels;
use pgo_plan::names::{ClusterName, REPLICATION_USER, SUPERUSER};
use pgo_plan::valid::check_password;

use super::App;
use super::undo::Undo;
use crate::refusal::Refusal;

/// What was said about passwords.
pub(super) enum Passwords {
    /// Nothing.
    Unsaid,
    /// The same for all three users.
    Same(Redacted<Vec<u8>>),
    /// Those of another cluster: superuser, replication user, ordinary user.
    Of([Redacted<Vec<u8>>; 3]),
}

/// Complains about a password that could not be typed into a client.
pub(super) fn check(password: &Redacted<String>) -> Option<Complaint> {
    let verdict = check_password(password.reveal());
    verdict
        .err()
        .map(|sentence| Complaint::new("--password", sentence))
}

/// Reads what was said. The passwords of another cluster win over one that was written down.
pub(super) async fn given(app: &App, request: &CreateClusterRequest) -> Result<Passwords, Refusal> {
    if request.secret_from.is_empty() {
        let password = request.password.reveal();
        return Ok(match password.as_str() {
            "" => Passwords::Unsaid,
            password => Passwords::Same(Redacted::new(password.as_bytes().to_vec())),
        });
    }
    let defaults = app.defaults();
    let from = &request.secret_from;
    let read =
        async |user: &str| password_of(app, &request.namespace, &format!("{from}-{user}-secret")).await;
    Ok(Passwords::Of([
        read(SUPERUSER).await?,
        read(REPLICATION_USER).await?,
        read(&defaults.cluster.user).await?,
    ]))
}

async fn password_of(app: &App, namespace: &str, name: &str) -> Result<Redacted<Vec<u8>>, Refusal> {
    let secret: Secret = app.kube.get(namespace, name).await?;
    let password = secret
        .data
        .and_then(|mut data| data.remove("password"))
        .filter(|password| !password.0.is_empty());
    let missing = || Refusal::Asked(format!("--secret-from: Secret {name:?} holds no password"));
    Ok(Redacted::new(password.ok_or_else(missing)?.0))
}

impl Passwords {
    /// Writes the Secrets of the three users, if anything was said.
    pub(super) async fn write(
        &self,
        kube: &Kube,
        cluster: &Pgcluster,
        undo: &mut Undo,
    ) -> Result<(), Refusal> {
        let passwords = match self {
            Self::Unsaid => return Ok(()),
            Self::Same(password) => [password, password, password],
            Self::Of([superuser, replication, user]) => [superuser, replication, user],
        };
        let spec = &cluster.spec;
        let users = [
            (&spec.rootsecretname, SUPERUSER),
            (&spec.primarysecretname, REPLICATION_USER),
            (&spec.usersecretname, spec.user.as_str()),
        ];
        for ((name, user), password) in users.into_iter().zip(passwords) {
            let wanted = secret(cluster, name, user, password);
            match kube.create(&wanted).await {
                Ok(created) => undo.created(created),
                Err(error) if error.is_already_exists() => keep(kube, &wanted).await?,
                Err(error) => return Err(error.into()),
            }
        }
        Ok(())
    }
}

fn secret(cluster: &Pgcluster, name: &str, user: &str, password: &Redacted<Vec<u8>>) -> Secret {
    let data = [
        ("username", user.as_bytes().to_vec()),
        ("password", password.reveal().clone()),
    ];
    Secret {
        metadata: ObjectMeta {
            name: Some(name.to_owned()),
            namespace: cluster.metadata.namespace.clone(),
            labels: Some(labels::of_cluster(&ClusterName::of(cluster))),
            ..ObjectMeta::default()
        },
        data: Some(
            data.into_iter()
                .map(|(key, value)| (key.to_owned(), ByteString(value)))
                .collect::<BTreeMap<_, _>>(),
        ),
        type_: Some("Opaque".to_owned()),
        ..Secret::default()
    }
}

/// A Secret that was kept with the data of an earlier cluster is never overwritten: the data knows its password. One
/// that says the same is right; for another the caller must decide.
async fn keep(kube: &Kube, wanted: &Secret) -> Result<(), Refusal> {
    let namespace = wanted.metadata.namespace.as_deref().unwrap_or_default();
    let name = wanted.metadata.name.as_deref().unwrap_or_default();
    let kept: Secret = kube.get(namespace, name).await?;
    let password = |secret: &Secret| {
        secret
            .data
            .as_ref()
            .and_then(|data| data.get("password").cloned())
    };
    if password(&kept) == password(wanted) {
        return Ok(());
    }
    Err(Refusal::Asked(format!(
        "--password: Secret {name:?} of an earlier cluster of this name exists and keeps its password: \
         leave the flag out, or delete the Secret if its data is gone"
    )))
}
