//! TLS: the files that the user names, and the certificates that are believed.

mod verifier;

use std::fs;
use std::sync::Arc;

use rustls::ClientConfig;
use rustls::pki_types::pem::{Error, PemObject as _};
use rustls::pki_types::{CertificateDer, PrivateKeyDer};
use rustls::sign::SingleCertAndKey;

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
        let (authorities_path, authorities) =
            read(self.authorities.as_deref(), "PGO_CA_CERT", "--pgo-ca-cert")?;
        let (chain_path, chain) = read(
            self.certificate.as_deref(),
            "PGO_CLIENT_CERT",
            "--pgo-client-cert",
        )?;
        let (key_path, key) = read(self.key.as_deref(), "PGO_CLIENT_KEY", "--pgo-client-key")?;
        let authorities = certificates(&authorities, authorities_path)?;
        let chain = certificates(&chain, chain_path)?;
        if chain.is_empty() {
            return Err(broken(&format!("{chain_path} holds no certificate")));
        }
        let key = PrivateKeyDer::from_pem_slice(&key).map_err(|error| match error {
            Error::NoItemsFound => broken(&format!("{key_path} holds no private key")),
            error => broken(&format!("{key_path} holds no private key: {error}")),
        })?;
        let verifier = if self.verifies {
            Verifier::new(authorities, self.trusts_system)
        } else {
            Verifier::credulous()
        };
        let config = ClientConfig::builder();
        let pair = pgo_tls::pair(chain, key, config.crypto_provider()).map_err(|error| match error {
            rustls::Error::InconsistentKeys(_) => broken(&format!(
                "the key in {key_path} does not belong to the certificate in {chain_path}"
            )),
            error => broken(&error.to_string()),
        })?;
        Ok(config
            .dangerous()
            .with_custom_certificate_verifier(Arc::new(verifier))
            .with_client_cert_resolver(Arc::new(SingleCertAndKey::from(pair))))
    }
}

fn broken(reason: &str) -> Failure {
    Failure::Tls(format!("client certificate/key loading: {reason}"))
}

/// Reads a file that must be given; returns its path too, for what is to be said about it.
fn read<'a>(path: Option<&'a str>, variable: &str, flag: &str) -> Result<(&'a str, Vec<u8>), Failure> {
    let Some(path) = path else {
        return Err(Failure::Tls(format!(
            "{variable} not specified; name the file there or with {flag}"
        )));
    };
    let content = fs::read(path).map_err(|error| {
        Failure::Tls(format!(
            "cannot read {path}, given by {variable} or {flag}: {error}"
        ))
    })?;
    Ok((path, content))
}

/// Reads every certificate of a file; there may be none.
fn certificates(pem: &[u8], path: &str) -> Result<Vec<CertificateDer<'static>>, Failure> {
    let certificates = CertificateDer::pem_slice_iter(pem).collect::<Result<_, _>>();
    certificates.map_err(|error| Failure::Tls(format!("{path} is no file of certificates: {error}")))
}
