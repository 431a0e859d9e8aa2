//! TLS: the files that the user names, and the certificates that are believed.

mod verifier;

use std::fs;
use std::sync::Arc;

use rustls::ClientConfig;
use rustls::pki_types::pem::PemObject as _;
use rustls::pki_types::{CertificateDer, PrivateKeyDer};

use crate::failure::Failure;
use verifier::Verifier;

/// How the connection is secured.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) enum Tls {
    /// By what the HTTP library thinks fit for the address.
    Off,
    /// By these files.
    On(TlsFiles),
}

/// What TLS is set up from.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) struct TlsFiles {
    /// File with the certificates that are trusted.
    pub authorities: Option<String>,
    /// File with the client's certificate.
    pub certificate: Option<String>,
    /// File with the key of the client's certificate.
    pub key: Option<String>,
    /// Whether the authorities of the operating system are trusted too.
    pub trusts_system: bool,
    /// Whether the server's certificate is looked at.
    pub verifies: bool,
}

impl TlsFiles {
    /// Reads the files, in the order of version 4.2: all three are needed.
    pub(crate) fn load(&self) -> Result<ClientConfig, Failure> {
        let authorities = read(self.authorities.as_deref(), "PGO_CA_CERT", "--pgo-ca-cert")?;
        let certificate = read(self.certificate.as_deref(), "PGO_CLIENT_CERT", "--pgo-client-cert")?;
        let key = read(self.key.as_deref(), "PGO_CLIENT_KEY", "--pgo-client-key")?;

        let broken = |reason: String| Failure::Tls(format!("client certificate/key loading: {reason}"));
        let authorities = certificates(&authorities).map_err(|error| {
            Failure::Tls(format!("{} is no PEM file: {error}", self.authorities.as_deref().unwrap_or_default()))
        })?;
        let chain = certificates(&certificate).map_err(|error| broken(error.to_string()))?;
        let key = PrivateKeyDer::from_pem_slice(&key).map_err(|error| broken(error.to_string()))?;
        let verifier = if self.verifies {
            Verifier::new(authorities, self.trusts_system)
        } else {
            Verifier::credulous()
        };
        ClientConfig::builder()
            .dangerous()
            .with_custom_certificate_verifier(Arc::new(verifier))
            .with_client_auth_cert(chain, key)
            .map_err(|error| broken(error.to_string()))
    }
}

fn read(path: Option<&str>, variable: &str, flag: &str) -> Result<Vec<u8>, Failure> {
    let Some(path) = path else {
        return Err(Failure::Tls(format!("{variable} not specified; name the file there or with {flag}")));
    };
    fs::read(path).map_err(|error| Failure::Tls(format!("cannot read {path}, given by {variable} or {flag}: {error}")))
}

fn certificates(pem: &[u8]) -> Result<Vec<CertificateDer<'static>>, rustls::pki_types::pem::Error> {
    CertificateDer::pem_slice_iter(pem).collect()
}
