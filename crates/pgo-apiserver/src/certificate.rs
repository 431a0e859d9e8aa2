//! The server's certificate while the server runs: renewed before it ends, and taken up when somebody changes it.

use std::path::PathBuf;
use std::sync::Arc;
use std::time::Duration;

use pgo_kube::Office;
use rustls::ServerConfig;
use rustls::pki_types::CertificateDer;
use tokio::sync::watch;
use tokio_util::sync::CancellationToken;
use tracing::{info, warn};

use crate::app::App;
use crate::args::Args;
use crate::tls::{self, keep};

/// How often to look.
const LOOK_EVERY: Duration = Duration::from_secs(10);

/// The certificate in use, and who may show one to us.
pub(crate) struct Certificate {
    names: Vec<String>,
    authorities: Vec<CertificateDer<'static>>,
    current: watch::Sender<Arc<ServerConfig>>,
    /// Version of the Secret that is in use, as far as the watch has told.
    version: Option<String>,
}

impl Certificate {
    /// Reads or makes it.
    pub(crate) async fn obtain(args: &Args, office: &Office) -> anyhow::Result<Self> {
        let names = args.server_names();
        let secret = keep::obtain(office, &names).await?;
        keep::copy_for_clients(&secret);
        let bundle = args.client_authorities().map(PathBuf::as_path);
        let authorities = tls::further_authorities(bundle, args.os_truststore());
        let current = watch::Sender::new(tls::configuration(&keep::read(&secret)?, &authorities)?);
        Ok(Self {
            names,
            authorities,
            current,
            version: None,
        })
    }

    /// Looks at the Secret from time to time, until `stop`.
    pub(crate) fn follow(mut self, app: Arc<App>, stop: CancellationToken) -> tls::Current {
        let receiver = self.current.subscribe();
        tokio::spawn(async move {
            while stop
                .run_until_cancelled(tokio::time::sleep(LOOK_EVERY))
                .await
                .is_some()
            {
                if let Err(error) = self.look(&app.office).await {
                    warn!("the server certificate stays as it is: {error:#}");
                }
            }
        });
        receiver
    }

    async fn look(&mut self, office: &Office) -> anyhow::Result<()> {
        let Some(secret) = office.secret(keep::SERVER) else {
            // Deleted, perhaps to get a new one; the watch tells of that.
            return keep::obtain(office, &self.names).await.map(drop);
        };
        let version = secret.metadata.resource_version.clone();
        if version != self.version {
            // Also one that cannot be used is complained about only once.
            self.version = version;
            self.current
                .send_replace(tls::configuration(&keep::read(&secret)?, &self.authorities)?);
            info!(
                version = self.version,
                "the server certificate of this version is in use"
            );
        }
        keep::renew_if_due(office, &secret, &self.names).await.map(drop)
    }
}
