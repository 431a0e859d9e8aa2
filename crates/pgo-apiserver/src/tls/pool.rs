//! Further authorities for client certificates: a bundle that somebody named, and the operating system's.

use std::path::Path;

use rustls::pki_types::CertificateDer;
use rustls::pki_types::pem::{self, PemObject as _};
use tracing::warn;

/// Who may vouch for clients, besides the server's own certificate.
#[derive(Default)]
pub(crate) struct Authorities {
    /// Those of the bundle: somebody trusts each of them.
    pub(crate) named: Vec<CertificateDer<'static>>,
    /// Those of the operating system.
    pub(crate) system: Vec<CertificateDer<'static>>,
}

impl Authorities {
    /// Reads both. What cannot be read is said in the log and left out, as in 4.2: fewer clients get in, never more.
    pub(crate) fn read(bundle: Option<&Path>, system: bool) -> Self {
        let mut authorities = Self::default();
        if let Some(path) = bundle {
            match CertificateDer::pem_file_iter(path) {
                Ok(found) => authorities.named.extend(readable(path, found)),
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
            authorities.system.extend(found.certs);
        }
        authorities
    }
}

/// Leaves out what is damaged, and what follows a file's end that came too early.
fn readable<'a>(
    path: &'a Path,
    found: impl Iterator<Item = Result<CertificateDer<'static>, pem::Error>> + 'a,
) -> impl Iterator<Item = CertificateDer<'static>> + 'a {
    found
        .map_while(|one| match one {
            Err(error @ pem::Error::Io(_)) => {
                warn!(path = %path.display(), %error, "the rest of TLS_CA_TRUST cannot be read and is left out");
                None
            }
            one => Some(one),
        })
        .filter_map(|one| {
            one.inspect_err(|error| warn!(path = %path.display(), %error, "left out of TLS_CA_TRUST: it is damaged"))
                .ok()
        })
}

#[cfg(test)]
mod tests {
    use std::io::Write as _;

    use super::*;
    use crate::tls::identity;

    #[test]
    fn what_is_no_certificate_is_left_out_of_a_bundle_and_the_rest_counts() {
        let made = |_| {
            identity::authority(jiff::Zoned::now().date())
                .unwrap()
                .certificate
        };
        let [one, two] = [1, 2].map(made);
        let noise = "-----BEGIN X509 CRL-----\naGk=\n-----END X509 CRL-----\n";
        let mut bundle = tempfile::NamedTempFile::new().unwrap();
        write!(bundle, "# ours\n{one}{noise}{two}").unwrap();
        let named = |bundle| Authorities::read(bundle, false).named.len();
        assert_eq!(named(Some(bundle.path())), 2);
        for path in ["/absent", "/"] {
            assert_eq!(named(Some(Path::new(path))), 0, "{path}");
        }
        assert_eq!(named(None), 0);
    }
}
