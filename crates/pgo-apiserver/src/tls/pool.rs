//! Further authorities for client certificates: a bundle that somebody named, and the operating system's.

use std::path::Path;

use rustls::pki_types::CertificateDer;
use rustls::pki_types::pem::PemObject;
use tracing::warn;

/// Reads both. What cannot be read is said in the log and left out, as in 4.2: fewer clients get in, never more.
pub(crate) fn further_authorities(bundle: Option<&Path>, system: bool) -> Vec<CertificateDer<'static>> {
    let mut authorities = Vec::new();
    if let Some(path) = bundle {
        match CertificateDer::pem_file_iter(path).and_then(Iterator::collect::<Result<Vec<_>, _>>) {
            Ok(found) => authorities.extend(found),
            Err(error) => {
                warn!(path = %path.display(), %error, "TLS_CA_TRUST cannot be read and is left out");
            }
        }
    }
    if system {
        let found = rustls_native_certs::load_native_certs();
        if let Some(error) = found.errors.first() {
            warn!(%error, "the system's trust store cannot be read completely");
        }
        authorities.extend(found.certs);
    }
    authorities
}
