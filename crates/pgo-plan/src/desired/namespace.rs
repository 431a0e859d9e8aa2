//! A watched namespace: its labels, and the accounts and rights that clusters and the two doors need in it.
//!
//! The manifests of `deploy/watched` are the only source; they are part of the program.

use k8s_openapi::api::core::v1::{LocalObjectReference, Namespace, ServiceAccount};
use k8s_openapi::api::rbac::v1::{Role, RoleBinding};
use k8s_openapi::apimachinery::pkg::apis::meta::v1::ObjectMeta;
use pgo_postgres::yaml;
use serde::Serialize;
use serde::de::DeserializeOwned;
use serde_json::Value;

use crate::labels::{self, Labels};

const NAMESPACE: &str = include_str!("../../../../deploy/watched/namespace.yaml");
const RIGHTS: [&str; 4] = [
    include_str!("../../../../deploy/watched/accounts.yaml"),
    include_str!("../../../../deploy/watched/instances.yaml"),
    include_str!("../../../../deploy/watched/operator.yaml"),
    include_str!("../../../../deploy/watched/apiserver.yaml"),
];

/// Whom a namespace belongs to.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Installation {
    /// Value of the label `pgo-installation-name`.
    pub name: String,
    /// Namespace of the operator and the API server.
    pub namespace: String,
}

/// Accounts and rights in one namespace, in the order in which they are needed.
#[derive(Clone, Debug, Default, PartialEq, Serialize)]
#[expect(missing_docs, reason = "the fields say their kind by their name and type")]
pub struct Rights {
    pub accounts: Vec<ServiceAccount>,
    pub roles: Vec<Role>,
    pub bindings: Vec<RoleBinding>,
}

impl Installation {
    /// The labels by which a namespace says that it belongs to this installation.
    pub fn labels(&self) -> Labels {
        let pairs = [
            (labels::VENDOR, labels::CRUNCHYDATA),
            (labels::INSTALLATION, &self.name),
        ];
        pairs
            .map(|(key, value)| (key.to_owned(), value.to_owned()))
            .into()
    }

    /// The same as a selector.
    pub fn selector(&self) -> String {
        let pairs: Vec<_> = self
            .labels()
            .iter()
            .map(|(key, value)| format!("{key}={value}"))
            .collect();
        pairs.join(",")
    }

    /// Whether a namespace says that it belongs to this installation.
    pub fn owns(&self, namespace: &ObjectMeta) -> bool {
        self.labels()
            .iter()
            .all(|(key, value)| label(namespace, key) == Some(value))
    }

    /// The installation that a namespace says it belongs to, if any.
    pub fn owner(namespace: &ObjectMeta) -> Option<&str> {
        label(namespace, labels::INSTALLATION).map(String::as_str)
    }

    /// A new namespace. Who made it is written down where Kubernetes takes the name.
    pub fn namespace(&self, name: &str, created_by: &str) -> Namespace {
        let mut namespace: Namespace = documents(NAMESPACE).map(read).next().unwrap_or_default();
        namespace.metadata.name = Some(name.to_owned());
        let own = namespace.metadata.labels.get_or_insert_default();
        own.extend(self.labels());
        if !created_by.is_empty() && labels::is_label_value(created_by) {
            own.insert(labels::CREATED_BY.to_owned(), created_by.to_owned());
        }
        namespace
    }

    /// What has to exist in a namespace. Its accounts may pull images with the Secrets `pull_secrets`.
    pub fn rights(&self, namespace: &str, pull_secrets: &[String]) -> Rights {
        let mut rights = Rights::default();
        for document in RIGHTS.iter().flat_map(|file| documents(file)) {
            match document["kind"].as_str() {
                Some("ServiceAccount") => rights.accounts.push(read(document)),
                Some("Role") => rights.roles.push(read(document)),
                _ => rights.bindings.push(read(document)),
            }
        }
        let names = pull_secrets
            .iter()
            .map(|name| LocalObjectReference { name: name.clone() });
        let pull_secrets: Vec<_> = names.collect();
        for account in &mut rights.accounts {
            account.metadata.namespace = Some(namespace.to_owned());
            account.image_pull_secrets = (!pull_secrets.is_empty()).then(|| pull_secrets.clone());
        }
        for role in &mut rights.roles {
            role.metadata.namespace = Some(namespace.to_owned());
        }
        for binding in &mut rights.bindings {
            binding.metadata.namespace = Some(namespace.to_owned());
            for subject in binding.subjects.iter_mut().flatten() {
                // A subject of another namespace is a door.
                let door = subject.namespace.is_some();
                subject.namespace = Some(if door { &self.namespace } else { namespace }.to_owned());
            }
        }
        rights
    }
}

impl Rights {
    /// Changes when the rights do: a namespace that carries it has been given just these.
    pub fn digest(&self) -> String {
        super::digest(self)
    }
}

fn label<'a>(object: &'a ObjectMeta, key: &str) -> Option<&'a String> {
    object.labels.as_ref()?.get(key)
}

/// The documents of a manifest of ours.
fn documents(file: &str) -> impl Iterator<Item = Value> {
    #[expect(
        clippy::expect_used,
        reason = "the text is part of the program and a test reads it"
    )]
    let documents = yaml::documents::<Value>(file).expect("our manifests are right");
    documents.into_iter()
}

fn read<T: DeserializeOwned>(document: Value) -> T {
    #[expect(
        clippy::expect_used,
        reason = "the text is part of the program and a test reads it"
    )]
    serde_json::from_value(document).expect("our manifests are right")
}

#[cfg(test)]
mod tests {
    use super::*;

    fn ours() -> Installation {
        Installation {
            name: "blue".into(),
            namespace: "pgo-blue".into(),
        }
    }

    fn name(metadata: &ObjectMeta) -> &str {
        assert_eq!(metadata.namespace.as_deref(), Some("ns"), "{metadata:?}");
        metadata.name.as_deref().unwrap()
    }

    #[test]
    fn every_right_goes_to_an_account_of_the_namespace_or_to_a_door() {
        let rights = ours().rights("ns", &[]);
        let accounts: Vec<_> = rights.accounts.iter().map(|it| name(&it.metadata)).collect();
        assert_eq!(accounts, ["pgo-pg", "pgo-default", "pgo-backrest", "pgo-target"]);
        let roles: Vec<_> = rights.roles.iter().map(|it| name(&it.metadata)).collect();
        assert_eq!(roles, ["pgo-pg-role", "pgo-target-role", "pgo-apiserver-role"]);
        let bound: Vec<_> = rights
            .bindings
            .iter()
            .map(|binding| {
                let subject = &binding.subjects.as_ref().unwrap()[0];
                let whom = (subject.namespace.as_deref().unwrap(), subject.name.as_str());
                (name(&binding.metadata), binding.role_ref.name.as_str(), whom)
            })
            .collect();
        assert_eq!(
            bound,
            [
                ("pgo-pg-role-binding", "pgo-pg-role", ("ns", "pgo-pg")),
                (
                    "pgo-target-role-binding",
                    "pgo-target-role",
                    ("pgo-blue", "postgres-operator")
                ),
                (
                    "pgo-apiserver-role-binding",
                    "pgo-apiserver-role",
                    ("pgo-blue", "pgo-apiserver")
                ),
            ]
        );
    }

    #[test]
    fn only_instances_have_a_token() {
        for account in ours().rights("ns", &[]).accounts {
            let expected = (account.metadata.name.as_deref() != Some("pgo-pg")).then_some(false);
            assert_eq!(account.automount_service_account_token, expected, "{account:?}");
        }
    }

    #[test]
    fn no_role_holds_what_would_let_it_hold_more() {
        for role in ours().rights("ns", &[]).roles {
            for rule in role.rules.iter().flatten() {
                assert!(
                    !rule
                        .verbs
                        .iter()
                        .any(|verb| verb == "*" || verb == "escalate" || verb == "bind")
                );
                for resource in rule.resources.iter().flatten() {
                    assert!(
                        !["*", "roles", "rolebindings", "pods/exec"].contains(&resource.as_str()),
                        "{role:?}"
                    );
                }
            }
        }
    }

    #[test]
    fn a_new_namespace_says_whose_it_is_and_who_made_it() {
        let namespace = ours().namespace("ns", "pgoadmin").metadata;
        assert!(ours().owns(&namespace));
        assert_eq!(Installation::owner(&namespace), Some("blue"));
        let labels = namespace.labels.unwrap();
        assert_eq!(labels["pgo-created-by"], "pgoadmin");
        assert_eq!(labels["pod-security.kubernetes.io/enforce"], "restricted");
        let odd = ours().namespace("ns", "a b").metadata.labels.unwrap();
        assert!(!odd.contains_key("pgo-created-by"));
    }

    #[test]
    fn one_label_alone_makes_no_owner() {
        for missing in ["vendor", "pgo-installation-name"] {
            let mut namespace = ours().namespace("ns", "").metadata;
            namespace.labels.as_mut().unwrap().remove(missing);
            assert!(!ours().owns(&namespace), "{missing}");
        }
        let theirs = Installation {
            name: "green".into(),
            ..ours()
        };
        assert!(!ours().owns(&theirs.namespace("ns", "").metadata));
    }

    #[test]
    fn the_digest_follows_what_is_granted() {
        let plain = ours().rights("ns", &[]);
        let pulling = ours().rights("ns", &["registry".to_owned()]);
        assert_eq!(
            pulling.accounts[1].image_pull_secrets.as_ref().unwrap()[0].name,
            "registry"
        );
        assert_eq!(plain.digest(), ours().rights("ns", &[]).digest());
        assert_ne!(plain.digest(), pulling.digest());
        assert_ne!(plain.digest(), ours().rights("other", &[]).digest());
    }
}
