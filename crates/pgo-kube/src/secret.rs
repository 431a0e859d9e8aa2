//! What a Secret holds when it is first written: the randomness that a plan only asks for.

use std::collections::BTreeMap;

use jiff::Timestamp;
use k8s_openapi::ByteString;
use k8s_openapi::api::core::v1::Secret;
use k8s_openapi::apimachinery::pkg::apis::meta::v1::ObjectMeta;
use pgo_plan::secret::{SecretContent, SecretOnce};
use rand::distr::{Alphanumeric, SampleString as _};

use crate::certificate::{self, Pair};
use crate::label::NOT_AFTER;

const CA_CERTIFICATE: &str = "ca.crt";
const CA_KEY: &str = "ca.key";

/// An authority's certificate and key, in PEM.
#[derive(Clone)]
pub(crate) struct Authority {
    certificate: String,
    key: String,
}

impl Authority {
    /// Reads an authority from its Secret.
    pub(crate) fn read(secret: &Secret) -> Option<Self> {
        let text = |key| String::from_utf8(secret.data.as_ref()?.get(key)?.0.clone()).ok();
        Some(Self {
            certificate: text(CA_CERTIFICATE)?,
            key: text(CA_KEY)?,
        })
    }
}

/// Which authority must be known before the Secret can be filled.
pub(crate) fn authority_of(wanted: &SecretOnce) -> Option<&str> {
    match &wanted.content {
        SecretContent::Leaf { authority, .. } => Some(authority),
        SecretContent::Login { .. } | SecretContent::Authority { .. } => None,
    }
}

/// Draws what the plan asked for.
pub(crate) fn fill(
    wanted: &SecretOnce,
    authority: Option<&Authority>,
    now: Timestamp,
) -> Result<Secret, String> {
    let mut metadata = wanted.metadata.clone();
    let data = match &wanted.content {
        SecretContent::Login { username, length } => {
            let password = Alphanumeric.sample_string(&mut rand::rng(), *length);
            vec![("username", username.clone()), ("password", password)]
        }
        SecretContent::Authority { common_name } => {
            let pair = certificate::authority(common_name, now).map_err(|error| error.to_string())?;
            dated(&mut metadata, &pair);
            vec![(CA_CERTIFICATE, pair.certificate), (CA_KEY, pair.key)]
        }
        SecretContent::Leaf {
            authority: name,
            common_name,
            names,
        } => {
            let Authority { certificate, key } =
                authority.ok_or(format!("the authority {name} cannot be read"))?;
            let pair = certificate::leaf((certificate, key), common_name, names, now)
                .map_err(|error| error.to_string())?;
            dated(&mut metadata, &pair);
            vec![
                (CA_CERTIFICATE, certificate.clone()),
                ("tls.crt", pair.certificate),
                ("tls.key", pair.key),
            ]
        }
    };
    let data = data
        .into_iter()
        .map(|(key, value)| (key.to_owned(), ByteString(value.into_bytes())));
    Ok(Secret {
        metadata,
        data: Some(data.collect::<BTreeMap<_, _>>()),
        ..Secret::default()
    })
}

fn dated(metadata: &mut ObjectMeta, pair: &Pair) {
    let annotations = metadata.annotations.get_or_insert_default();
    annotations.insert(
        NOT_AFTER.to_owned(),
        pair.not_after.strftime("%Y-%m-%dT%H:%M:%SZ").to_string(),
    );
}

#[cfg(test)]
mod tests {
    use pgo_plan::secret::Absent;

    use super::*;

    fn filled(content: SecretContent, authority: Option<&Authority>) -> Secret {
        let wanted = SecretOnce {
            metadata: ObjectMeta::default(),
            content,
            absent: Absent::Make,
        };
        fill(&wanted, authority, "2026-11-21T12:00:00Z".parse().unwrap()).unwrap()
    }

    fn value(secret: &Secret, key: &str) -> String {
        String::from_utf8(secret.data.as_ref().unwrap()[key].0.clone()).unwrap()
    }

    #[test]
    fn no_two_passwords_are_equal() {
        let login = || {
            filled(
                SecretContent::Login {
                    username: "postgres".into(),
                    length: 24,
                },
                None,
            )
        };
        let (one, other) = (login(), login());
        assert_eq!(value(&one, "username"), "postgres");
        assert_eq!(value(&one, "password").len(), 24);
        assert_ne!(value(&one, "password"), value(&other, "password"));
        assert!(
            value(&one, "password")
                .bytes()
                .all(|byte| byte.is_ascii_alphanumeric())
        );
    }

    #[test]
    fn a_leaf_carries_the_certificate_of_its_authority_and_its_own_end() {
        let ca = filled(
            SecretContent::Authority {
                common_name: "hippo".into(),
            },
            None,
        );
        let leaf = SecretContent::Leaf {
            authority: "hippo-ca".into(),
            common_name: "x".into(),
            names: vec![],
        };
        let leaf = filled(leaf, Authority::read(&ca).as_ref());
        assert_eq!(value(&leaf, "ca.crt"), value(&ca, "ca.crt"));
        assert_eq!(
            leaf.metadata.annotations.as_ref().unwrap()[NOT_AFTER],
            "2027-11-21T12:00:00Z"
        );
        assert!(leaf.data.as_ref().unwrap().contains_key("tls.key"));
        assert!(!leaf.data.unwrap().contains_key("ca.key"));
    }

    #[test]
    fn a_leaf_without_its_authority_is_refused() {
        let content = SecretContent::Leaf {
            authority: "hippo-ca".into(),
            common_name: "x".into(),
            names: vec![],
        };
        let wanted = SecretOnce {
            metadata: ObjectMeta::default(),
            content,
            absent: Absent::Make,
        };
        let refusal = fill(&wanted, None, Timestamp::UNIX_EPOCH).unwrap_err();
        assert!(refusal.contains("hippo-ca"), "{refusal}");
    }
}
