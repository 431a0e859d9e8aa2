//! Objects that are created if absent and never changed: volumes, Jobs, Secrets, what users may own.

use std::collections::BTreeMap;

use futures::future::{join_all, try_join_all};
use jiff::Timestamp;
use k8s_openapi::api::core::v1::Secret;
use kube::Resource as _;
use pgo_plan::secret::{Absent, SecretContent, SecretOnce};

use crate::call::{Kube, place};
use crate::check::{foreign, is_of, is_of_another};
use crate::error::{Error, ObjectName, Verb};
use crate::kind::Kept;
use crate::label;
use crate::outcome::Outcome;
use crate::secret::{Authority, authority_of, fill};
use crate::store::Memory as _;

impl Kube {
    /// Creates those objects that do not exist, all at once.
    pub(crate) async fn create_absent<K: Kept>(&self, objects: &[K]) -> Outcome {
        let fates = join_all(objects.iter().map(|object| self.create_if_absent(object))).await;
        let mut outcome = Outcome::default();
        for (object, fate) in objects.iter().zip(fates) {
            outcome.note(Verb::Create, object, fate);
        }
        outcome
    }

    /// Creates an object unless one of its name exists: then whoever made it was first, and it stays as it is. Nothing
    /// of it is used unless it belongs to the same cluster: PostgreSQL's files in somebody's volume would spoil both.
    async fn create_if_absent<K: Kept>(&self, object: &K) -> Result<bool, Error> {
        let (namespace, name) = place(object);
        let labels = object.meta().labels.as_ref();
        let cluster = labels
            .and_then(|labels| labels.get(label::CLUSTER))
            .map_or("", String::as_str);
        if let Some(known) = K::store(&self.caches).get(&namespace, &name) {
            return if is_of_another(known.meta(), cluster) {
                Err(foreign(object, cluster))
            } else {
                Ok(false)
            };
        }
        match self.create(object).await {
            Ok(_) => Ok(true),
            // We had not heard of it yet, or it carries no label of ours.
            Err(error) if error.is_already_exists() => match self.find_meta::<K>(&namespace, &name).await? {
                Some(there) if !is_of(&there, cluster) => Err(foreign(object, cluster)),
                _ => Ok(false),
            },
            Err(error) => Err(error),
        }
    }

    /// Creates those Secrets that do not exist: what is signed waits for its authority, the others for nothing.
    pub(crate) async fn create_absent_secrets(&self, wanted: &[SecretOnce], now: Timestamp) -> Outcome {
        let absent = wanted.iter().filter(|secret| self.makes_secret(secret));
        let (signed, unsigned): (Vec<_>, Vec<_>) = absent.partition(|secret| authority_of(secret).is_some());
        let is_authority = |secret: &&SecretOnce| matches!(secret.content, SecretContent::Authority { .. });
        let (authorities, others): (Vec<_>, Vec<_>) = unsigned.into_iter().partition(is_authority);
        let signed = async {
            let (mut outcome, signers) = self.create_authorities(&authorities, now).await;
            outcome.merge(self.create_all_signed(&signed, &signers, now).await);
            outcome
        };
        let unknown = BTreeMap::new();
        let (mut outcome, others) = tokio::join!(signed, self.create_all_signed(&others, &unknown, now));
        outcome.merge(others);
        outcome
    }

    /// Creates authorities, and keeps those that are new at hand for what they sign.
    async fn create_authorities(
        &self,
        authorities: &[&SecretOnce],
        now: Timestamp,
    ) -> (Outcome, BTreeMap<String, Authority>) {
        let mut outcome = Outcome::default();
        let mut signers = BTreeMap::new();
        for authority in authorities {
            let fate = self.create_secret(authority, None, now).await;
            if let Ok((_, Some(secret))) = &fate {
                signers.extend(authority.metadata.name.clone().zip(Authority::read(secret)));
            }
            outcome.note_named(Verb::Create, named(authority), fate.map(|(sent, _)| sent));
        }
        (outcome, signers)
    }

    async fn create_all_signed(
        &self,
        wanted: &[&SecretOnce],
        signers: &BTreeMap<String, Authority>,
        now: Timestamp,
    ) -> Outcome {
        let fates = join_all(
            wanted
                .iter()
                .map(|secret| self.create_signed(secret, signers, now)),
        )
        .await;
        let mut outcome = Outcome::default();
        for (secret, fate) in wanted.iter().zip(fates) {
            outcome.note_named(Verb::Create, named(secret), fate);
        }
        outcome
    }

    async fn create_signed(
        &self,
        wanted: &SecretOnce,
        signers: &BTreeMap<String, Authority>,
        now: Timestamp,
    ) -> Result<bool, Error> {
        let signer = match authority_of(wanted).and_then(|name| signers.get(name)) {
            Some(signer) => Some(signer.clone()),
            None => self.signer(wanted).await?,
        };
        self.create_secret(wanted, signer.as_ref(), now)
            .await
            .map(|(sent, _)| sent)
    }

    /// Puts a Secret in the place of one of the same name. Whatever cannot be made leaves the old one where it is; and
    /// dying after that has gone is harmless, because the next plan wants one.
    pub(crate) async fn renew(
        &self,
        wanted: &SecretOnce,
        instead_of: &str,
        now: Timestamp,
    ) -> Result<bool, Error> {
        let signer = self.signer(wanted).await?;
        let secret = filled(wanted, signer.as_ref(), now)?;
        let (namespace, name) = place(&secret);
        self.delete::<Secret>(&namespace, &name, Some(instead_of)).await?;
        self.create(&secret).await.map(|_| true)
    }

    /// Reads the authority that signs, if one has to.
    async fn signer(&self, wanted: &SecretOnce) -> Result<Option<Authority>, Error> {
        let Some(name) = authority_of(wanted) else {
            return Ok(None);
        };
        let namespace = wanted.metadata.namespace.as_deref().unwrap_or_default();
        Ok(self
            .find::<Secret>(namespace, name)
            .await?
            .as_ref()
            .and_then(Authority::read))
    }

    async fn create_secret(
        &self,
        wanted: &SecretOnce,
        signer: Option<&Authority>,
        now: Timestamp,
    ) -> Result<(bool, Option<Secret>), Error> {
        let secret = filled(wanted, signer, now)?;
        match self.create(&secret).await {
            Ok(_) => Ok((true, Some(secret))),
            Err(error) if error.is_already_exists() => Ok((false, None)),
            Err(error) => Err(error),
        }
    }

    /// Complains about those Secrets that must not be made anew and do not exist. One that a user made without labels
    /// is in no cache, so it is asked for.
    pub(crate) async fn miss_secrets(&self, wanted: &[SecretOnce]) -> Outcome {
        let unknown = wanted
            .iter()
            .filter(|secret| secret.absent == Absent::Complain && !self.has_secret(secret));
        let checks = unknown.map(|secret| async {
            let object = named(secret);
            let there = self.find_meta::<Secret>(&object.namespace, &object.name).await?;
            there.map(drop).ok_or(Error::Lost { object })
        });
        Outcome {
            failure: try_join_all(checks).await.err(),
            ..Outcome::default()
        }
    }

    /// Whether a Secret would be made now.
    pub(crate) fn makes_secret(&self, wanted: &SecretOnce) -> bool {
        wanted.absent == Absent::Make && !self.has_secret(wanted)
    }

    fn has_secret(&self, wanted: &SecretOnce) -> bool {
        let name = named(wanted);
        self.caches.secrets.get(&name.namespace, &name.name).is_some()
    }
}

fn filled(wanted: &SecretOnce, signer: Option<&Authority>, now: Timestamp) -> Result<Secret, Error> {
    fill(wanted, signer, now).map_err(|reason| Error::Content {
        object: named(wanted),
        reason,
    })
}

pub(crate) fn named(wanted: &SecretOnce) -> ObjectName {
    let meta = &wanted.metadata;
    ObjectName {
        kind: Secret::kind(&()).into_owned(),
        namespace: meta.namespace.clone().unwrap_or_default(),
        name: meta.name.clone().unwrap_or_default(),
    }
}
