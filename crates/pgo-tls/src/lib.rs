//! The certificates of the field that the TLS library refuses to read.
//!
//! Version 4.2 took every certificate that Go took. webpki, by which rustls looks at certificates, refuses two kinds of
//! leaf that its users have:
//!
//! * of X.509 **version 1**: what `openssl x509 -req` makes of a request without `-extfile`, up to OpenSSL 3.1. It has
//!   neither names nor usages;
//! * an **authority**: the one certificate for everything that 4.2 and its installers handed out, and what is signed
//!   with `openssl ca -extensions v3_ca`.
//!
//! So both ends of a connection ask here: when they put their own certificate and its key together ([`pair`]), when the
//! peer proves that it has the key of its certificate ([`verify_tls12_signature`], [`verify_tls13_signature`]), and when
//! webpki has refused a peer's leaf for being of one of these kinds, and for nothing else ([`Anchors::reconsider`]).
//! What webpki accepts never comes here.
//!
//! There is no parser and no cryptography in this crate: x509-parser reads, webpki checks signatures, with rustls'
//! list of algorithms. It reads no file and no clock.

#![warn(missing_docs)]

mod certificate;

mod pair;

mod proof;

mod path;

use rustls::pki_types::{CertificateDer, UnixTime};
use rustls::{CertificateError, Error};

use certificate::Certificate;
pub use certificate::Purpose;
pub use pair::pair;
pub use path::Anchors;
pub use proof::{verify_tls12_signature, verify_tls13_signature};

/// Checks that a certificate of any version is valid at a time: for one that is trusted as it stands.
///
/// # Errors
///
/// When it is not valid yet or any more, or cannot be read.
pub fn verify_validity(certificate: &CertificateDer<'_>, now: UnixTime) -> Result<(), Error> {
    Ok(Certificate::read(certificate)?.verify_validity(now)?)
}

/// What webpki said, where rustls has no words of its own for it.
fn said(error: &Error) -> Option<&webpki::Error> {
    match error {
        Error::InvalidCertificate(CertificateError::Other(other)) => other.0.downcast_ref(),
        _ => None,
    }
}

/// Whether webpki has read no further than to the version of the certificate.
fn is_too_old(error: &Error) -> bool {
    matches!(said(error), Some(webpki::Error::UnsupportedCertVersion))
}
