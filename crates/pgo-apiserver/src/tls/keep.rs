//! Where the server's certificate is kept: the Secrets `pgo.tls` and, for one of our own making, `pgo.tls-ca`.

use std::collections::BTreeMap;
use std::io::Write as _;
use std::os::unix::fs::OpenOptionsExt as _;
use std::path::Path;

use anyhow::Context as _;
use k8s_openapi::ByteString;
use k8s_openapi::api::core::v1::Secret;
use k8s_openapi::apimachinery::pkg::apis::meta::v1::ObjectMeta;
use pgo_kube::Office;
use secrecy::ExposeSecret as _;
use tracing::{info, warn};

use super::Identity;
use super::identity::{self, Pair};

/// The server's certificate; the name is 4.2's.
pub(crate) const SERVER: &str = "pgo.tls";
/// The authority that signs it, when it is ours. Its key never leaves the Secret.
const AUTHORITY: &str = "pgo.tls-ca";
/// Clients of 4.2 are told to copy these two out of the container. Only the server's own user can read them here.
const COPIES: [(&str, &str); 2] = [("tls.crt", "/tmp/server.crt"), ("tls.key", "/tmp/server.key")];

/// Reads the certificate, or makes one. Of two servers that start together, both end up with the same.
pub(crate) async fn obtain(office: &Office, names: Vec<String>) -> anyhow::Result<Identity> {
    let secret = match office.find_secret(SERVER).await? {
        Some(secret) => secret,
        None => make(office, names).await?,
    };
    for (key, path) in COPIES {
        if let Err(error) = copy(&secret, key, Path::new(path)) {
            warn!(path, %error, "no copy for clients of 4.2");
        }
    }
    read(&secret)
}

/// Reads a Secret as the server's pair.
pub(crate) fn read(secret: &Secret) -> anyhow::Result<Identity> {
    let name = secret.metadata.name.as_deref().unwrap_or_default();
    Identity::parse(entry(secret, "tls.crt"), entry(secret, "tls.key")).with_context(|| {
        format!("Secret {name} holds no usable certificate: correct it, or delete it to get a new one")
    })
}

async fn make(office: &Office, names: Vec<String>) -> anyhow::Result<Secret> {
    let today = jiff::Zoned::now().date();
    let authority = if let Some(known) = office.find_secret(AUTHORITY).await? {
        known
    } else {
        let made = identity::authority(today)?;
        create(office, secret(office, AUTHORITY, &made, &made.certificate)).await?
    };
    let authority = Pair {
        certificate: String::from_utf8_lossy(entry(&authority, "tls.crt")).into_owned(),
        key: String::from_utf8_lossy(entry(&authority, "tls.key"))
            .into_owned()
            .into(),
    };
    let leaf = identity::leaf(&authority, names, today).with_context(|| {
        format!("Secret {AUTHORITY} holds no usable authority: delete it to get a new one")
    })?;
    let chain = Pair {
        certificate: leaf.certificate + &authority.certificate,
        key: leaf.key,
    };
    let made = create(office, secret(office, SERVER, &chain, &authority.certificate)).await?;
    info!(secret = SERVER, "a server certificate was made");
    Ok(made)
}

/// Creates a Secret; whoever was first wins.
async fn create(office: &Office, secret: Secret) -> anyhow::Result<Secret> {
    let name = secret.metadata.name.as_deref().unwrap_or_default();
    match office.create_secret(&secret).await {
        Err(error) if error.is_already_exists() => office
            .find_secret(name)
            .await?
            .with_context(|| format!("Secret {name} comes and goes")),
        answer => Ok(answer?),
    }
}

fn secret(office: &Office, name: &str, pair: &Pair, authority: &str) -> Secret {
    let data = [
        ("tls.crt", pair.certificate.as_str()),
        ("tls.key", pair.key.expose_secret()),
        ("ca.crt", authority),
    ];
    let bytes = |(key, value): (&str, &str)| (key.to_owned(), ByteString(value.as_bytes().to_vec()));
    let labels = [("vendor", "crunchydata"), ("pgo-created-by", "apiserver")];
    Secret {
        metadata: ObjectMeta {
            name: Some(name.to_owned()),
            namespace: Some(office.name().to_owned()),
            labels: Some(
                labels
                    .map(|(key, value)| (key.to_owned(), value.to_owned()))
                    .into(),
            ),
            ..ObjectMeta::default()
        },
        data: Some(data.map(bytes).into_iter().collect::<BTreeMap<_, _>>()),
        type_: Some("kubernetes.io/tls".to_owned()),
        ..Secret::default()
    }
}

fn entry<'a>(secret: &'a Secret, key: &str) -> &'a [u8] {
    secret
        .data
        .as_ref()
        .and_then(|data| data.get(key))
        .map(|bytes| bytes.0.as_slice())
        .unwrap_or_default()
}

fn copy(secret: &Secret, key: &str, path: &Path) -> std::io::Result<()> {
    // A file that somebody else put there is not written through.
    drop(std::fs::remove_file(path));
    let mut file = std::fs::OpenOptions::new()
        .write(true)
        .create_new(true)
        .mode(0o600)
        .open(path)?;
    file.write_all(entry(secret, key))
}
