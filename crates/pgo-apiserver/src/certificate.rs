//! The server's certificate while the server runs: renewed before it ends, and taken up when somebody changes it.

use std::path::{Path, PathBuf};
use std::sync::Arc;
use std::time::Duration;

use pgo_kube::Office;
use rustls::ServerConfig;
use tokio::sync::watch;
use tokio::time::sleep;
use tokio_util::sync::CancellationToken;
use tracing::{info, warn};

use crate::app::{App, news};
use crate::args::Args;
use crate::tls::{self, Authorities, keep};

/// How often to look without news: nobody tells that a certificate ends soon.
const LOOK_EVERY: Duration = Duration::from_hours(1);
/// When to look again after something went wrong and the Secret stays as it is.
const AGAIN: Duration = Duration::from_secs(10);

/// The certificate in use, and who may show one to us.
pub(crate) struct Certificate {
    names: Vec<String>,
    authorities: Authorities,
    current: watch::Sender<Arc<ServerConfig>>,
    /// Version of the Secret that is in use, as far as the watch has told.
    version: Option<String>,
    /// Where clients of 4.2 are told to look for copies.
    folder: PathBuf,
}

impl Certificate {
    /// Reads or makes it.
    pub(crate) async fn obtain(args: &Args, office: &Office, folder: &Path) -> anyhow::Result<Self> {
        let names = args.server_names();
        let secret = keep::obtain(office, &names).await?;
        keep::copy_for_clients(&secret, folder);
        let bundle = args.client_authorities().map(PathBuf::as_path);
        let authorities = Authorities::read(bundle, args.os_truststore());
        let current = watch::Sender::new(tls::configuration(&keep::read(&secret)?, &authorities)?);
        Ok(Self {
            names,
            authorities,
            current,
            version: None,
            folder: folder.to_owned(),
        })
    }

    /// Looks at the Secret whenever the watches of the operator's namespace have news, until `stop`.
    pub(crate) fn follow(mut self, app: Arc<App>, stop: CancellationToken) -> tls::Current {
        let receiver = self.current.subscribe();
        tokio::spawn(async move {
            let mut office = app.office.news();
            loop {
                let looked = self.look(&app.office).await;
                let next = async {
                    let Err(error) = looked else {
                        tokio::select! {
                            () = news(&mut office) => {}
                            () = sleep(LOOK_EVERY) => {}
                        }
                        return;
                    };
                    warn!("the server certificate stays as it is: {error:#}");
                    tokio::select! {
                        () = another(&mut office, &app.office, self.version.as_deref()) => {}
                        () = sleep(AGAIN) => {}
                    }
                };
                if stop.run_until_cancelled(next).await.is_none() {
                    return;
                }
            }
        });
        receiver
    }

    async fn look(&mut self, office: &Office) -> anyhow::Result<()> {
        let Some(secret) = office.secret(keep::SERVER) else {
            self.version = None;
            // Deleted, perhaps to get a new one; the watch tells of that.
            return keep::obtain(office, &self.names).await.map(drop);
        };
        let version = secret.metadata.resource_version.clone();
        if version != self.version {
            // Also one that cannot be used is complained about only once.
            let at_start = self.version.is_none();
            self.version = version;
            let identity = keep::read(&secret)?;
            if !at_start && identity.is_over() {
                anyhow::bail!("Secret {}: the certificate has expired", keep::SERVER);
            }
            self.current
                .send_replace(tls::configuration(&identity, &self.authorities)?);
            if let Err(error) = identity.check_validity() {
                warn!(secret = keep::SERVER, %error, "no client will take the server certificate");
            }
            keep::copy_for_clients(&secret, &self.folder);
            info!(
                version = self.version,
                "the server certificate of this version is in use"
            );
        }
        keep::renew_if_due(office, &secret, &self.names).await.map(drop)
    }
}

/// Waits until the Secret has another version than this one, or none because it is gone.
async fn another(office_news: &mut watch::Receiver<()>, office: &Office, version: Option<&str>) {
    let is_same = || {
        let secret = office.secret(keep::SERVER);
        let there = secret.and_then(|secret| secret.metadata.resource_version.clone());
        there.as_deref() == version
    };
    while is_same() {
        news(office_news).await;
    }
}

#[cfg(test)]
mod tests {
    use std::time::Instant;

    use base64::Engine as _;
    use base64::engine::general_purpose::STANDARD;
    use clap::Parser as _;
    use pgo_kube::testing::Server;
    use serde_json::{Value, json};

    use super::*;
    use crate::testing::{World, office, until};

    const PATH: &str = "api/v1/namespaces/pgo/secrets/pgo.tls";

    fn args() -> Args {
        Args::parse_from([
            "x",
            "--operator-namespace=pgo",
            "--installation-name=x",
            "--add-os-truststore=0",
        ])
    }

    /// A certificate that the server made itself and shows.
    struct Shown {
        server: Server,
        office: Office,
        _folder: tempfile::TempDir,
        certificate: Certificate,
        current: tls::Current,
        first: Arc<ServerConfig>,
    }

    impl Shown {
        async fn start() -> Self {
            drop(rustls::crypto::aws_lc_rs::default_provider().install_default());
            let server = Server::default();
            let office = office(&server).await;
            let folder = tempfile::tempdir().unwrap();
            let mut certificate = Certificate::obtain(&args(), &office, folder.path())
                .await
                .unwrap();
            let current = certificate.current.subscribe();
            certificate.look(&office).await.unwrap();
            let first = Arc::clone(&current.borrow());
            Self {
                server,
                office,
                _folder: folder,
                certificate,
                current,
                first,
            }
        }
    }

    /// Replaces the Secret as somebody else would, and waits until that has been heard of.
    async fn replace(server: &Server, office: &Office, secret: &Value) {
        let version = server.put(secret)["metadata"]["resourceVersion"].clone();
        until(|| {
            let known = office.secret(keep::SERVER).unwrap();
            known.metadata.resource_version.as_deref() == version.as_str()
        })
        .await;
    }

    #[tokio::test]
    async fn the_news_of_a_secret_is_followed_until_the_server_stops() {
        drop(rustls::crypto::aws_lc_rs::default_provider().install_default());
        let world = World::with([]).await;
        let args = args();
        let folder = tempfile::tempdir().unwrap();
        let certificate = Certificate::obtain(&args, &world.app.office, folder.path())
            .await
            .unwrap();
        let stop = CancellationToken::new();
        let mut current = certificate.follow(Arc::clone(&world.app), stop.clone());
        // The first look takes up what was obtained.
        current.changed().await.unwrap();
        let good = world.server.object(PATH).unwrap();
        let mut bad = good.clone();
        bad["data"]["tls.key"] = json!("bm8ga2V5");
        let begun = Instant::now();
        for secret in [&bad, &good] {
            replace(&world.server, &world.app.office, secret).await;
        }
        current.changed().await.unwrap();
        assert!(begun.elapsed() < AGAIN, "the bad one is over");
        world.server.remove(PATH);
        let renewed = tokio::time::timeout(Duration::from_secs(5), current.changed()).await;
        renewed
            .expect("the Secret has gone, and nobody has made another")
            .unwrap();
        assert!(world.server.object(PATH).is_some());
        stop.cancel();
        assert!(current.changed().await.is_err(), "nobody looks any more");
    }

    #[tokio::test]
    async fn a_secret_that_changes_or_goes_is_taken_up_without_a_restart_and_its_copies_follow() {
        drop(rustls::crypto::aws_lc_rs::default_provider().install_default());
        let server = Server::default();
        let office = office(&server).await;
        let args = args();
        let folder = tempfile::tempdir().unwrap();
        let mut certificate = Certificate::obtain(&args, &office, folder.path()).await.unwrap();
        let current = certificate.current.subscribe();
        certificate.look(&office).await.unwrap();
        let first = Arc::clone(&current.borrow());
        let copy = || std::fs::read_to_string(folder.path().join("server.crt")).unwrap();
        let first_copy = copy();

        certificate.look(&office).await.unwrap();
        assert!(Arc::ptr_eq(&first, &current.borrow()), "nothing has changed");

        let gone = office.secret(keep::SERVER).unwrap();
        office.delete_secret(&gone).await.unwrap();
        certificate.look(&office).await.unwrap();
        certificate.look(&office).await.unwrap();
        assert!(!Arc::ptr_eq(&first, &current.borrow()));
        assert_ne!(copy(), first_copy);
        assert!(server.object(PATH).is_some());
    }

    #[tokio::test]
    async fn an_expired_certificate_takes_the_place_of_no_other() {
        let Shown {
            server,
            office,
            mut certificate,
            current,
            first,
            _folder,
        } = Shown::start().await;
        for (year, taken) in [(2020, false), (2120, true)] {
            let mut params = rcgen::CertificateParams::new(["elsewhere.example".to_owned()]).unwrap();
            params.not_before = rcgen::date_time_ymd(2019, 12, 1);
            params.not_after = rcgen::date_time_ymd(year, 12, 1);
            let key = rcgen::KeyPair::generate().unwrap();
            let made = params.self_signed(&key).unwrap();
            let mut replaced = server.object(PATH).unwrap();
            // One of ours would be renewed.
            replaced["metadata"].as_object_mut().unwrap().remove("labels");
            replaced["data"] = json!({
                "tls.crt": STANDARD.encode(made.pem()),
                "tls.key": STANDARD.encode(key.serialize_pem()),
            });
            replace(&server, &office, &replaced).await;
            assert_eq!(certificate.look(&office).await.is_ok(), taken);
            assert_eq!(!Arc::ptr_eq(&first, &current.borrow()), taken, "{year}");
        }
    }

    #[tokio::test]
    async fn a_secret_that_nobody_labelled_is_taken_up_as_well() {
        let Shown {
            server,
            office,
            mut certificate,
            current,
            first,
            _folder,
        } = Shown::start().await;

        // As `kubectl create secret tls … | kubectl replace -f -` leaves it.
        let mut replaced = server.object(PATH).unwrap();
        replaced["metadata"].as_object_mut().unwrap().remove("labels");
        replace(&server, &office, &replaced).await;
        certificate.look(&office).await.unwrap();
        assert!(!Arc::ptr_eq(&first, &current.borrow()));
    }
}
