//! What the server shows and whom it believes: certificate, client certificates, the configuration of rustls.
//!
//! A client need not show a certificate in the handshake (kubelets have none); which routes need one is decided
//! later, per route. A certificate that *is* shown must verify, or the handshake fails.

pub(crate) mod identity;
pub(crate) mod keep;
mod pool;
mod verifier;

use std::sync::Arc;

use rustls::ServerConfig;
use rustls::crypto::CryptoProvider;
use rustls::sign::SingleCertAndKey;
use tokio::sync::watch;

pub(crate) use identity::Identity;
pub(crate) use pool::Authorities;
use verifier::ClientVerifier;

/// Why TLS cannot be served.
#[derive(Debug, thiserror::Error)]
pub(crate) enum Error {
    /// The pair does not fit together, or is none.
    #[error("the server's certificate and key cannot be used")]
    Identity(#[source] rustls::Error),
    /// The authorities for client certificates cannot be used.
    #[error("the authorities for client certificates cannot be used")]
    Clients(#[source] rustls::server::VerifierBuilderError),
    /// No cryptography was chosen by `main`.
    #[error("no cryptography provider is installed")]
    NoProvider,
}

/// The configuration in force. Each handshake takes the newest: a renewed certificate needs no restart.
pub(crate) type Current = watch::Receiver<Arc<ServerConfig>>;

/// Puts together what a handshake needs. `authorities` are those of clients, besides the server's own certificate.
pub(crate) fn configuration(
    identity: &Identity,
    authorities: &Authorities,
) -> Result<Arc<ServerConfig>, Error> {
    let provider = CryptoProvider::get_default().ok_or(Error::NoProvider)?;
    let verifier = ClientVerifier::new(identity, authorities, provider).map_err(Error::Clients)?;
    let shown =
        pgo_tls::pair(identity.chain.clone(), identity.key.clone_key(), provider).map_err(Error::Identity)?;
    let mut config = ServerConfig::builder()
        .with_client_cert_verifier(Arc::new(verifier))
        .with_cert_resolver(Arc::new(SingleCertAndKey::from(shown)));
    config.alpn_protocols = vec![b"h2".to_vec(), b"http/1.1".to_vec()];
    Ok(Arc::new(config))
}

#[cfg(test)]
mod tests;
