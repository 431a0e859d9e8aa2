//! The certificates of this container: copied from where they are mounted, and again whenever they are renewed there.
//!
//! PostgreSQL and pgBackRest refuse a key that others than its owner may read, so they are given copies. What does not
//! fit together is not copied: `pgbackrest server` ends when it is told to read such a pair.
//!
//! Whoever reads the copies each time it needs them has the newest. The others hear of a change by [`Current`].

use std::fs;
use std::path::{Path, PathBuf};
use std::sync::Arc;

use reqwest::{Certificate, Client};
use rustls::ServerConfig;
use rustls::pki_types::pem::PemObject;
use rustls::pki_types::{CertificateDer, PrivateKeyDer};
use rustls::server::WebPkiClientVerifier;
use tokio::sync::watch;
use tracing::{info, warn};

use crate::instance::files::{FileError, failed, make_directory, write_private};
use crate::mount::Mount;

/// Certificates that cannot be used.
#[derive(Debug, thiserror::Error)]
pub(crate) enum CertificateError {
    #[error(transparent)]
    File(#[from] FileError),
    #[error("the certificates cannot be used: {0}")]
    Unusable(Box<dyn std::error::Error + Send + Sync>),
}

/// Where certificates are.
#[derive(Clone, Debug)]
pub(crate) struct Certificates {
    pub(crate) ca: PathBuf,
    pub(crate) certificate: PathBuf,
    pub(crate) key: PathBuf,
}

/// What this container shows to others: as a server to whoever comes, as a client to who lets only members in. Both
/// trust the cluster's authority and no other.
#[derive(Clone, Debug)]
pub(crate) struct Identity {
    pub(crate) server: Arc<ServerConfig>,
    pub(crate) client: Client,
}

/// The identity as of the newest certificates; it changes when they do and the copies are written.
pub(crate) type Current = watch::Receiver<Identity>;

impl Certificates {
    /// Where the copies are.
    pub(crate) fn below(scratch: &Path) -> Self {
        Self::mounted(&scratch.join("tls"))
    }

    /// Where they are mounted; good enough for a client.
    pub(crate) fn mounted(at: &Path) -> Self {
        Self {
            ca: at.join("ca.crt"),
            certificate: at.join("tls.crt"),
            key: at.join("tls.key"),
        }
    }

    /// A client that shows the certificate as it is now.
    pub(crate) fn client(&self) -> Result<Client, CertificateError> {
        Texts::read(self)?.client()
    }

    /// Copies what is mounted in a directory, now and whenever it changes.
    pub(crate) fn follow(&self, mount: &Path) -> Result<Current, CertificateError> {
        if let Some(directory) = self.key.parent() {
            make_directory(directory)?;
        }
        // Watched first, so that what changes while it is read is read again.
        let watched = Mount::watch(mount);
        let mounted = Self::mounted(mount);
        let mut texts = Texts::read(&mounted)?;
        let current = watch::Sender::new(texts.take_to(self)?);
        let receiver = current.subscribe();
        let copies = self.clone();
        tokio::spawn(async move {
            let watched = match watched {
                Ok(watched) => watched,
                Err(error) => {
                    return warn!(%error, "renewed certificates will be taken at the next start only");
                }
            };
            while watched.changed().await.is_ok() {
                match texts.renew(&mounted, &copies) {
                    Ok(Some(identity)) => {
                        info!("the certificates were changed and are in use");
                        current.send_replace(identity);
                    }
                    Ok(None) => (),
                    Err(error) => warn!(%error, "the certificates stay as they were"),
                }
            }
        });
        Ok(receiver)
    }
}

/// The authority's certificate, ours, and our key, in PEM.
#[derive(PartialEq, Eq)]
struct Texts {
    ca: Vec<u8>,
    certificate: Vec<u8>,
    key: Vec<u8>,
}

impl Texts {
    fn read(from: &Certificates) -> Result<Self, FileError> {
        let read = |path: &Path| fs::read(path).map_err(failed(path, "read"));
        Ok(Self {
            ca: read(&from.ca)?,
            certificate: read(&from.certificate)?,
            key: read(&from.key)?,
        })
    }

    /// Takes what is mounted now in the place of these, if it is anything else.
    fn renew(
        &mut self,
        mounted: &Certificates,
        copies: &Certificates,
    ) -> Result<Option<Identity>, CertificateError> {
        let found = Self::read(mounted)?;
        if found == *self {
            return Ok(None);
        }
        let identity = found.take_to(copies)?;
        *self = found;
        Ok(Some(identity))
    }

    /// Writes the copies if all is well with them. Only their owner can read them.
    fn take_to(&self, copies: &Certificates) -> Result<Identity, CertificateError> {
        let identity = Identity {
            server: Arc::new(self.server()?),
            client: self.client()?,
        };
        write_private(&copies.ca, &self.ca)?;
        write_private(&copies.certificate, &self.certificate)?;
        write_private(&copies.key, &self.key)?;
        Ok(identity)
    }

    /// A server that shows our certificate. Clients may show one of the authority, or none.
    fn server(&self) -> Result<ServerConfig, CertificateError> {
        let build = || -> Result<ServerConfig, Box<dyn std::error::Error + Send + Sync>> {
            let mut roots = rustls::RootCertStore::empty();
            for authority in CertificateDer::pem_slice_iter(&self.ca) {
                roots.add(authority?)?;
            }
            let verifier = WebPkiClientVerifier::builder(Arc::new(roots))
                .allow_unauthenticated()
                .build()?;
            let chain = CertificateDer::pem_slice_iter(&self.certificate).collect::<Result<_, _>>()?;
            let key = PrivateKeyDer::from_pem_slice(&self.key)?;
            let mut config = ServerConfig::builder()
                .with_client_cert_verifier(verifier)
                .with_single_cert(chain, key)?;
            config.alpn_protocols = vec![b"h2".to_vec(), b"http/1.1".to_vec()];
            Ok(config)
        };
        build().map_err(CertificateError::Unusable)
    }

    fn client(&self) -> Result<Client, CertificateError> {
        let build = || -> Result<Client, Box<dyn std::error::Error + Send + Sync>> {
            let authority = Certificate::from_pem(&self.ca)?;
            let identity = [self.key.as_slice(), &self.certificate].concat();
            Ok(Client::builder()
                .tls_certs_only([authority])
                .identity(reqwest::Identity::from_pem(&identity)?)
                .connect_timeout(std::time::Duration::from_secs(2))
                .build()?)
        };
        build().map_err(CertificateError::Unusable)
    }
}

#[cfg(test)]
mod tests;
