//! Does an image exist? Asked of the registry before anything is made of it.
//!
//! Only the registry that the configuration names is ever asked, never one that a caller could choose, and it is told
//! no credentials. Only its clear no counts: a registry that is away, slow or wants a login keeps nobody from anything,
//! because the nodes may reach it in other ways than we do.

use std::error::Error;
use std::io;
use std::sync::Arc;
use std::time::Duration;

use http::StatusCode;
use http::header::ACCEPT;
use pgo_plan::valid::DatabaseImage;
use reqwest::{Client, Url, redirect};
use rustls::crypto::aws_lc_rs;
use rustls::{ClientConfig, RootCertStore};
use tracing::debug;

/// How long a caller waits for the registry.
const PATIENCE: Duration = Duration::from_secs(2);

/// Every form of an image. A registry says that it has none when it has only forms that were not asked for.
const FORMS: &str = "application/vnd.oci.image.index.v1+json, application/vnd.oci.image.manifest.v1+json, \
    application/vnd.docker.distribution.manifest.list.v2+json, \
    application/vnd.docker.distribution.manifest.v2+json, */*";

/// Whether the registry says that it has no such image. `image` must have passed validation: its name and tag become
/// parts of an address.
pub(crate) async fn lacks(image: &DatabaseImage) -> bool {
    let (Some(host), path) = image.address() else {
        // Docker's own answers nobody without a token.
        return false;
    };
    match tokio::time::timeout(PATIENCE, ask(host, path, &image.tag)).await {
        Ok(Ok(status)) => {
            debug!(host, path, tag = image.tag, %status, "the registry was asked for an image");
            status == StatusCode::NOT_FOUND
        }
        Ok(Err(error)) => {
            debug!(
                host,
                error = &*error,
                "the registry does not say whether it has an image"
            );
            false
        }
        Err(_) => false,
    }
}

/// Asks by TLS, and without it a registry that does not know what that is.
async fn ask(host: &str, path: &str, tag: &str) -> Result<StatusCode, Box<dyn Error + Send + Sync>> {
    let client = client()?;
    let head = async |scheme: &str| {
        let url = Url::parse(&format!("{scheme}://{host}/v2/{path}/manifests/{tag}"))?;
        let answer = client.head(url).header(ACCEPT, FORMS).send().await?;
        Ok::<_, Box<dyn Error + Send + Sync>>(answer.status())
    };
    match head("https").await {
        Err(error) if is_no_tls(&*error) => head("http").await,
        answer => answer,
    }
}

fn client() -> Result<Client, Box<dyn Error + Send + Sync>> {
    let mut roots = RootCertStore::empty();
    roots.add_parsable_certificates(rustls_native_certs::load_native_certs().certs);
    let tls = ClientConfig::builder_with_provider(Arc::new(aws_lc_rs::default_provider()))
        .with_safe_default_protocol_versions()?
        .with_root_certificates(roots)
        .with_no_client_auth();
    // Neither a redirection nor a proxy may lead the question elsewhere.
    let client = Client::builder()
        .tls_backend_preconfigured(tls)
        .redirect(redirect::Policy::none())
        .no_proxy()
        .timeout(PATIENCE)
        .build()?;
    Ok(client)
}

/// Whether what came back was not TLS at all.
fn is_no_tls(error: &(dyn Error + 'static)) -> bool {
    let mut cause = Some(error);
    while let Some(error) = cause {
        // An I/O error does not name among its causes what it carries, which may be another one.
        let mut carried = error;
        while let Some(inner) = carried.downcast_ref::<io::Error>().and_then(io::Error::get_ref) {
            carried = inner;
        }
        if let Some(rustls::Error::InvalidMessage(_)) = carried.downcast_ref() {
            return true;
        }
        cause = error.source();
    }
    false
}

#[cfg(test)]
pub(crate) mod tests;
