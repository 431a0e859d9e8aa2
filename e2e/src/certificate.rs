//! Which certificate is shown at a port of a pod: what counts is on the wire, not in files.

use std::net::SocketAddr;
use std::time::Duration;

use anyhow::{Context as _, Result, ensure};
use k8s_openapi::api::core::v1::Pod;
use kube::ResourceExt as _;
use rustls::pki_types::CertificateDer;
use rustls::pki_types::pem::PemObject as _;
use tokio::io::{AsyncReadExt as _, AsyncWriteExt as _};
use tokio::net::TcpStream;

use crate::Cluster;
use crate::cluster::ip;
use crate::seconds;
use crate::sql::Tls;

/// Where PostgreSQL listens: TLS begins there when it has been asked for.
const POSTGRES: u16 = 5432;
/// PostgreSQL's request for TLS: its length, and a number in place of the protocol's version.
const SSL_REQUEST: [u8; 8] = [0, 0, 0, 8, 4, 210, 22, 47];

impl Cluster {
    /// Waits until a port of a pod shows the certificate that a Secret of the cluster holds.
    pub async fn shows(&self, pod: &Pod, port: u16, secret: &str, within: Duration) -> Result<()> {
        let secret = self.secret(secret).await?;
        let text = secret.get("tls.crt").context("the Secret has no certificate")?;
        let wanted = CertificateDer::from_pem_slice(text.as_bytes()).context("the certificate is not PEM")?;
        let ca = secret.get("ca.crt").context("the Secret has no authority")?;
        let tls = Tls::trusting(ca.as_bytes())?;
        let address = SocketAddr::new(ip(pod).context("the pod has no address")?, port);
        let knocking = async {
            // There is nothing to watch for that a client could see.
            let mut knocks = tokio::time::interval(Duration::from_millis(500));
            loop {
                knocks.tick().await;
                let shown = tokio::time::timeout(seconds(5), shown(address, &tls)).await;
                if matches!(shown, Ok(Ok(shown)) if shown == wanted) {
                    return;
                }
            }
        };
        tokio::time::timeout(within, knocking).await.with_context(|| {
            format!(
                "port {port} of {} does not show the new certificate within {within:?}",
                pod.name_any()
            )
        })
    }
}

async fn shown(address: SocketAddr, tls: &Tls) -> Result<CertificateDer<'static>> {
    let mut stream = TcpStream::connect(address).await?;
    if address.port() == POSTGRES {
        stream.write_all(&SSL_REQUEST).await?;
        ensure!(stream.read_u8().await? == b'S', "PostgreSQL does not want TLS");
    }
    tls.shown(stream).await
}
