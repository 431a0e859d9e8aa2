//! Whether a leaf that webpki refuses for its kind leads to a certificate that is trusted.
//!
//! This is a boundary: whoever gets past it is a client or the server. It is the path validation of RFC 5280, made
//! shorter by refusing what is rare. Of the leaf and of every issuer up to the trusted one, both included:
//!
//! * it is **valid now**: a key that leaked long ago must not count for ever. For the trusted one too, unlike webpki,
//!   because there is no harm in being strict in an exception;
//! * its **extended key usage**, if it has one, allows what the leaf is used for: who may sign mail is no client here;
//! * it has **no extension that we must not pass over** (`Certificate::verify_alone`). Name constraints are refused
//!   wherever they are, for nobody here compares names.
//!
//! Of each issuer beside that, because otherwise the owner of any certificate could make more of them:
//!
//! * its **name** is the one that the next certificate gives for its issuer, byte by byte, and its **key made the
//!   signature**, by an algorithm of rustls' list: no MD5 and no SHA-1, for which second certificates can be made up;
//! * it says that it is an **authority** (`basicConstraints`), and, if it has a `keyUsage`, that it may sign
//!   certificates. Only a trusted certificate that signed itself may lack both, as one of version 1 does; one of
//!   version 1 that somebody presents signs nothing, and neither does a trusted one that another signed: that is a leaf;
//! * no more authorities are between it and the leaf than its **path length** allows. Every one counts; the leaf does
//!   not, although it is an authority.
//!
//! The work that a stranger can cause is bounded: intermediates are taken in the order in which they come, as TLS wants
//! them sent, each once, and no more than [`MOST_PRESENTED`].

use rustls::crypto::WebPkiSupportedAlgorithms;
use rustls::pki_types::{CertificateDer, UnixTime};
use rustls::{CertificateError, Error};

use crate::certificate::{Certificate, Purpose};
use crate::said;

/// How many intermediate certificates are looked at.
const MOST_PRESENTED: usize = 4;

/// The certificates that somebody trusts by naming them; those of the operating system are none of them.
#[derive(Debug)]
pub struct Anchors {
    trusted: Vec<Anchor>,
    purpose: Purpose,
    algorithms: WebPkiSupportedAlgorithms,
}

#[derive(Debug)]
struct Anchor {
    subject: Vec<u8>,
    certificate: CertificateDer<'static>,
}

impl Anchors {
    /// Trusts these, as far as they can be read, to vouch for leaves of this purpose.
    pub fn new(
        trusted: impl IntoIterator<Item = CertificateDer<'static>>,
        purpose: Purpose,
        algorithms: WebPkiSupportedAlgorithms,
    ) -> Self {
        let anchor = |certificate: CertificateDer<'static>| {
            let subject = Certificate::read(&certificate).ok()?.subject().to_vec();
            Some(Anchor { subject, certificate })
        };
        Self {
            trusted: trusted.into_iter().filter_map(anchor).collect(),
            purpose,
            algorithms,
        }
    }

    /// Looks again at a leaf that webpki refused; what it is called is looked at by others.
    ///
    /// # Errors
    ///
    /// The refusal itself, unless its reason is that the leaf is of version 1 or an authority; otherwise what is wrong with
    /// its path.
    pub fn reconsider(
        &self,
        refusal: Error,
        leaf: &CertificateDer<'_>,
        intermediates: &[CertificateDer<'_>],
        now: UnixTime,
    ) -> Result<(), Error> {
        let leaf = match said(&refusal) {
            Some(webpki::Error::CaUsedAsEndEntity) => Certificate::read(leaf)?,
            Some(webpki::Error::UnsupportedCertVersion) => match Certificate::read(leaf)? {
                leaf if leaf.is_of_version_1() => leaf,
                _ => return Err(refusal),
            },
            _ => return Err(refusal),
        };
        Ok(self.verify_path(&leaf, intermediates, now)?)
    }

    fn verify_path(
        &self,
        leaf: &Certificate<'_>,
        intermediates: &[CertificateDer<'_>],
        now: UnixTime,
    ) -> Result<(), CertificateError> {
        leaf.verify_alone(self.purpose, now)?;
        let presented = intermediates.iter().take(MOST_PRESENTED);
        let presented: Vec<_> = presented.filter_map(|it| Certificate::read(it).ok()).collect();
        let mut path = Path {
            anchors: self,
            now,
            last: leaf,
            below: 0,
        };
        let mut found = path.verify_trusted();
        for next in &presented {
            if found.is_err() && path.verify_presented(next).is_ok() {
                path.last = next;
                path.below += 1;
                found = path.verify_trusted();
            }
        }
        found
    }
}

/// A path on its way up, right so far.
struct Path<'a> {
    anchors: &'a Anchors,
    now: UnixTime,
    /// Whose issuer is looked for.
    last: &'a Certificate<'a>,
    /// How many authorities are between that issuer and the leaf.
    below: usize,
}

impl Path<'_> {
    /// Checks that a trusted certificate is the issuer. A root may be so old that it does not say that it is one.
    fn verify_trusted(&self) -> Result<(), CertificateError> {
        let mut found = Err(CertificateError::UnknownIssuer);
        let candidates = self.anchors.trusted.iter();
        for anchor in candidates.filter(|it| it.subject == self.last.issuer()) {
            let issuer = Certificate::read(&anchor.certificate)?;
            found = self
                .verify_link(&issuer)
                .and_then(|()| match issuer.verify_authority(self.below) {
                    Err(_) if issuer.is_old_root(&self.anchors.algorithms) => Ok(()),
                    verified => verified,
                });
            if found.is_ok() {
                break;
            }
        }
        found
    }

    /// Checks that a certificate that the peer sent is the issuer.
    fn verify_presented(&self, issuer: &Certificate<'_>) -> Result<(), CertificateError> {
        self.verify_link(issuer)?;
        issuer.verify_authority(self.below)
    }

    /// Checks everything about an issuer but whether it may be one.
    fn verify_link(&self, issuer: &Certificate<'_>) -> Result<(), CertificateError> {
        issuer.verify_alone(self.anchors.purpose, self.now)?;
        self.last.verify_signature(issuer, &self.anchors.algorithms)
    }
}
