//! One certificate of any version, and what can be asked of it alone or beside its issuer.

use std::sync::Arc;
use std::time::Duration;

use rustls::crypto::WebPkiSupportedAlgorithms;
use rustls::pki_types::{AlgorithmIdentifier, SubjectPublicKeyInfoDer, UnixTime};
use rustls::{CertificateError, OtherError};
use webpki::RawPublicKeyEntity;
use x509_parser::asn1_rs::{FromDer as _, Oid};
use x509_parser::certificate::X509Certificate;
use x509_parser::error::X509Error;
use x509_parser::extensions::ParsedExtension;
use x509_parser::time::ASN1Time;
use x509_parser::x509::X509Version;

/// What the owner of a leaf is, and what every certificate that limits its usages must allow.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Purpose {
    /// A server, which a client looks at.
    Server,
    /// A client, which a server looks at.
    Client,
}

/// A certificate that has been read; nothing in it has been believed yet.
pub(crate) struct Certificate<'a>(X509Certificate<'a>);

impl<'a> Certificate<'a> {
    /// Reads one, to its last byte.
    pub(crate) fn read(der: &'a [u8]) -> Result<Self, CertificateError> {
        match x509_parser::parse_x509_certificate(der) {
            // The algorithm is said twice, and only the inner one is signed.
            Ok(([], read)) if read.tbs_certificate.signature == read.signature_algorithm => Ok(Self(read)),
            _ => Err(CertificateError::BadEncoding),
        }
    }

    /// Whether it is of version 1 as it should be: extensions are of version 3, and would not be looked at.
    pub(crate) fn is_of_version_1(&self) -> bool {
        self.0.version() == X509Version::V1 && self.0.extensions().is_empty()
    }

    /// Whom it is for, as written.
    pub(crate) fn subject(&self) -> &[u8] {
        self.0.subject().as_raw()
    }

    /// Who signed it, as written.
    pub(crate) fn issuer(&self) -> &[u8] {
        self.0.issuer().as_raw()
    }

    /// The key of whom it is for.
    pub(crate) fn key(&self) -> SubjectPublicKeyInfoDer<'_> {
        SubjectPublicKeyInfoDer::from(self.0.public_key().raw)
    }

    /// Checks what every certificate must stand, wherever in a path it is.
    pub(crate) fn verify_alone(&self, purpose: Purpose, now: UnixTime) -> Result<(), CertificateError> {
        self.verify_validity(now)?;
        self.verify_extensions()?;
        self.verify_purpose(purpose)
    }

    /// Checks that it is valid now.
    pub(crate) fn verify_validity(&self, now: UnixTime) -> Result<(), CertificateError> {
        let validity = self.0.validity();
        let (not_before, not_after) = (unix(validity.not_before), unix(validity.not_after));
        if now < not_before {
            Err(CertificateError::NotValidYetContext {
                time: now,
                not_before,
            })
        } else if now > not_after {
            Err(CertificateError::ExpiredContext { time: now, not_after })
        } else {
            Ok(())
        }
    }

    /// Checks that there is nothing in it which we must not pass over: a critical extension that we do not know, one
    /// that cannot be read, and constraints of names, which nobody here compares. What is there twice is refused by whoever
    /// asks for it.
    fn verify_extensions(&self) -> Result<(), CertificateError> {
        let mut extensions = self.0.iter_extensions();
        extensions.try_for_each(|extension| match extension.parsed_extension() {
            ParsedExtension::ParseError { .. } => Err(CertificateError::BadEncoding),
            ParsedExtension::BasicConstraints(_)
            | ParsedExtension::KeyUsage(_)
            | ParsedExtension::ExtendedKeyUsage(_)
            | ParsedExtension::SubjectAlternativeName(_) => Ok(()),
            ParsedExtension::NameConstraints(_) => Err(CertificateError::UnhandledCriticalExtension),
            _ if extension.critical => Err(CertificateError::UnhandledCriticalExtension),
            _ => Ok(()),
        })
    }

    fn verify_purpose(&self, purpose: Purpose) -> Result<(), CertificateError> {
        let usages = self.0.extended_key_usage().map_err(unreadable)?;
        let allows = usages.is_none_or(|usages| {
            usages.value.any
                || match purpose {
                    Purpose::Server => usages.value.server_auth,
                    Purpose::Client => usages.value.client_auth,
                }
        });
        allows.then_some(()).ok_or(CertificateError::InvalidPurpose)
    }

    /// Checks that it says of itself that it may sign certificates, with so many authorities below it.
    pub(crate) fn verify_authority(&self, below: usize) -> Result<(), CertificateError> {
        let usage = self.0.key_usage().map_err(unreadable)?;
        let constraints = self.0.basic_constraints().map_err(unreadable)?;
        let Some(constraints) = constraints.map(|it| it.value).filter(|it| it.ca) else {
            return Err(refused(webpki::Error::EndEntityUsedAsCa));
        };
        if !usage.is_none_or(|usage| usage.value.key_cert_sign()) {
            return Err(refused(webpki::Error::EndEntityUsedAsCa));
        }
        let fits = |most| usize::try_from(most).is_ok_and(|most| below <= most);
        if !constraints.path_len_constraint.is_none_or(fits) {
            return Err(refused(webpki::Error::PathLenConstraintViolated));
        }
        Ok(())
    }

    /// Whether it is a root of the old kind: signed by itself, and not a word about what its key may be used for.
    pub(crate) fn is_old_root(&self, algorithms: &WebPkiSupportedAlgorithms) -> bool {
        matches!(
            (self.0.basic_constraints(), self.0.key_usage()),
            (Ok(None), Ok(None))
        ) && self.verify_signature(self, algorithms).is_ok()
    }

    /// Checks that this issuer signed it, by an algorithm that counts. Names alone prove nothing: anybody can write them.
    pub(crate) fn verify_signature(
        &self,
        issuer: &Certificate<'_>,
        algorithms: &WebPkiSupportedAlgorithms,
    ) -> Result<(), CertificateError> {
        if self.issuer() != issuer.subject() {
            return Err(CertificateError::UnknownIssuer);
        }
        let key = issuer.key();
        let key = RawPublicKeyEntity::try_from(&key).map_err(|_| CertificateError::BadEncoding)?;
        let message = self.0.tbs_certificate.as_ref();
        let signature = &self.0.signature_value.data;
        let wanted = &self.0.signature_algorithm.algorithm;
        // Of some there are several: for each curve, for each hash that only the parameters tell. webpki leaves out those
        // that are not for this key.
        let mut candidates = algorithms
            .all
            .iter()
            .filter(|known| is_named(&known.signature_alg_id(), wanted));
        let signed = candidates.any(|known| key.verify_signature(*known, message, signature).is_ok());
        signed.then_some(()).ok_or(CertificateError::BadSignature)
    }
}

/// Whether an algorithm, with its parameters, goes by this name.
fn is_named(algorithm: &AlgorithmIdentifier, name: &Oid<'_>) -> bool {
    Oid::from_der(algorithm).is_ok_and(|(_, its)| its == *name)
}

/// What webpki would say, where rustls has no words of its own for it.
fn refused(why: webpki::Error) -> CertificateError {
    CertificateError::Other(OtherError(Arc::new(why)))
}

fn unreadable(_: X509Error) -> CertificateError {
    CertificateError::BadEncoding
}

/// Of before 1970 there is nothing to tell apart.
fn unix(time: ASN1Time) -> UnixTime {
    UnixTime::since_unix_epoch(Duration::from_secs(u64::try_from(time.timestamp()).unwrap_or(0)))
}
