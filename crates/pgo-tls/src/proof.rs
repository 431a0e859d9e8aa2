//! Whether the peer has the key of the certificate that it shows: a certificate is public, and a thief can show it too.
//!
//! Takes what rustls finds. Where webpki reads no further than to the version of the certificate, the same is done with
//! the key that x509-parser finds in it.

use rustls::client::danger::HandshakeSignatureValid;
use rustls::crypto::{WebPkiSupportedAlgorithms, verify_tls13_signature_with_raw_key};
use rustls::pki_types::CertificateDer;
use rustls::{CertificateError, DigitallySignedStruct, Error};
use webpki::RawPublicKeyEntity;

use crate::certificate::Certificate;
use crate::is_too_old;

/// Does what the function of this name in rustls does, for certificates of any version.
///
/// # Errors
///
/// When another key made the signature, or its scheme is none for such a key.
pub fn verify_tls12_signature(
    message: &[u8],
    certificate: &CertificateDer<'_>,
    signature: &DigitallySignedStruct,
    algorithms: &WebPkiSupportedAlgorithms,
) -> Result<HandshakeSignatureValid, Error> {
    match rustls::crypto::verify_tls12_signature(message, certificate, signature, algorithms) {
        Err(error) if is_too_old(&error) => {}
        found => return found,
    }
    let certificate = Certificate::read(certificate)?;
    let key = certificate.key();
    let key = RawPublicKeyEntity::try_from(&key).map_err(|_| CertificateError::BadEncoding)?;
    // In TLS 1.2 a scheme does not say which curve it is for, so each is tried; webpki leaves out what is not for this key.
    let mut candidates = algorithms
        .mapping
        .iter()
        .filter(|(scheme, _)| *scheme == signature.scheme)
        .flat_map(|(_, candidates)| *candidates);
    let proven = candidates.any(|known| {
        key.verify_signature(*known, message, signature.signature())
            .is_ok()
    });
    if proven {
        Ok(HandshakeSignatureValid::assertion())
    } else {
        Err(CertificateError::BadSignature.into())
    }
}

/// Does what the function of this name in rustls does, for certificates of any version: in TLS 1.3 a scheme says all,
/// and those with SHA-1 or the padding of PKCS#1 are none.
///
/// # Errors
///
/// When another key made the signature, or its scheme is none for such a key or for TLS 1.3.
pub fn verify_tls13_signature(
    message: &[u8],
    certificate: &CertificateDer<'_>,
    signature: &DigitallySignedStruct,
    algorithms: &WebPkiSupportedAlgorithms,
) -> Result<HandshakeSignatureValid, Error> {
    match rustls::crypto::verify_tls13_signature(message, certificate, signature, algorithms) {
        Err(error) if is_too_old(&error) => {
            let certificate = Certificate::read(certificate)?;
            verify_tls13_signature_with_raw_key(message, &certificate.key(), signature, algorithms)
        }
        found => found,
    }
}
