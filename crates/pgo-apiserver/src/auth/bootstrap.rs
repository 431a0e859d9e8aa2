//! The first account: without one, nobody could create the others.

use std::collections::BTreeMap;

use k8s_openapi::api::core::v1::Secret;
use k8s_openapi::apimachinery::pkg::apis::meta::v1::ObjectMeta;
use secrecy::{ExposeSecret as _, SecretString};

/// Name of the first user and of its role.
pub(crate) const ADMIN: &str = "pgoadmin";

/// The account of the first user: all namespaces, everything allowed by its role.
pub(crate) fn admin(namespace: &str, password: &SecretString) -> Secret {
    let data = [
        ("username", ADMIN),
        ("password", password.expose_secret()),
        ("roles", ADMIN),
    ];
    secret(
        namespace,
        format!("pgouser-{ADMIN}"),
        [("pgo-pgouser", "true"), ("username", ADMIN)],
        data,
    )
}

/// The role of the first user.
pub(crate) fn admin_role(namespace: &str) -> Secret {
    let data = [("rolename", ADMIN), ("permissions", "*")];
    secret(
        namespace,
        format!("pgorole-{ADMIN}"),
        [("pgo-pgorole", "true"), ("rolename", ADMIN)],
        data,
    )
}

fn secret<const N: usize>(
    namespace: &str,
    name: String,
    labels: [(&str, &str); 2],
    data: [(&str, &str); N],
) -> Secret {
    let owned = |(key, value): (&str, &str)| (key.to_owned(), value.to_owned());
    let common = [("vendor", "crunchydata"), ("pgo-created-by", "bootstrap")];
    Secret {
        metadata: ObjectMeta {
            name: Some(name),
            namespace: Some(namespace.to_owned()),
            labels: Some(labels.into_iter().chain(common).map(owned).collect()),
            ..ObjectMeta::default()
        },
        string_data: Some(data.into_iter().map(owned).collect::<BTreeMap<_, _>>()),
        type_: Some("Opaque".to_owned()),
        ..Secret::default()
    }
}
