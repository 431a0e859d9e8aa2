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
pub(crate) const SERVER: &str = pgo_kube::CERTIFICATE;
/// The authority that signs it, when it is ours. Its key never leaves the Secret.
const AUTHORITY: &str = "pgo.tls-ca";
/// The label by which we know what we made ourselves.
const CREATED_BY: &str = "pgo-created-by";
const US: &str = "apiserver";
/// Clients of 4.2 are told to copy these two out of the container. Only the server's own user can read them here.
const COPIES: [(&str, &str); 2] = [("tls.crt", "server.crt"), ("tls.key", "server.key")];
/// Where they are.
pub(crate) const FOLDER: &str = "/tmp";

/// Reads the Secret with the certificate, or makes one. Of two servers that start together, both end up with the same.
pub(crate) async fn obtain(office: &Office, names: &[String]) -> anyhow::Result<Secret> {
    match office.find_secret(SERVER).await? {
        Some(secret) => Ok(renew_if_due(office, &secret, names).await?.unwrap_or(secret)),
        None => create(office, sign(office, names).await?).await,
    }
}

/// Puts copies where clients of 4.2 are told to look for them.
pub(crate) fn copy_for_clients(secret: &Secret, folder: &Path) {
    for (key, name) in COPIES {
        let path = folder.join(name);
        if let Err(error) = copy(secret, key, &path) {
            warn!(path = %path.display(), %error, "no copy for clients of 4.2");
        }
    }
}

/// Replaces a certificate of our own making that ends soon or lacks a name. One that somebody else made is theirs.
///
/// The authority stays, and so do its clients: those that trust it, and those that use the old pair as their own.
pub(crate) async fn renew_if_due(
    office: &Office,
    secret: &Secret,
    names: &[String],
) -> anyhow::Result<Option<Secret>> {
    let labels = secret.metadata.labels.as_ref();
    let is_ours = labels.is_some_and(|labels| labels.get(CREATED_BY).is_some_and(|by| by == US));
    if !is_ours || !read(secret)?.is_due(names, jiff::Timestamp::now()) {
        return Ok(None);
    }
    let mut renewed = sign(office, names).await?;
    renewed
        .metadata
        .resource_version
        .clone_from(&secret.metadata.resource_version);
    match office.change_secret(&renewed).await {
        // Another server was faster.
        Err(error) if error.is_conflict() => Ok(office.find_secret(SERVER).await?),
        answer => {
            info!(secret = SERVER, "the server certificate was renewed");
            Ok(Some(answer?))
        }
    }
}

/// Reads a Secret as the server's pair.
pub(crate) fn read(secret: &Secret) -> anyhow::Result<Identity> {
    let name = secret.metadata.name.as_deref().unwrap_or_default();
    Identity::parse(entry(secret, "tls.crt"), entry(secret, "tls.key")).with_context(|| {
        format!("Secret {name} holds no usable certificate: correct it, or delete it to get a new one")
    })
}

/// Makes a certificate, signed by our authority, which is made first if there is none.
async fn sign(office: &Office, names: &[String]) -> anyhow::Result<Secret> {
    let today = jiff::Zoned::now().date();
    let known = office.find_secret(AUTHORITY).await?;
    let ended = known
        .as_ref()
        .filter(|known| identity::ends_too_soon(entry(known, "tls.crt"), today));
    let authority = match (ended, known.as_ref()) {
        (None, Some(known)) => known.clone(),
        (None, None) => {
            let made = identity::authority(today)?;
            create(office, secret(office, AUTHORITY, &made, &made.certificate)).await?
        }
        (Some(ended), _) => {
            warn!(
                secret = AUTHORITY,
                "the authority ends: clients need a copy of the new one"
            );
            let made = identity::authority(today)?;
            let mut new = secret(office, AUTHORITY, &made, &made.certificate);
            new.metadata
                .resource_version
                .clone_from(&ended.metadata.resource_version);
            office.change_secret(&new).await?
        }
    };
    let authority = Pair {
        certificate: String::from_utf8_lossy(entry(&authority, "tls.crt")).into_owned(),
        key: String::from_utf8_lossy(entry(&authority, "tls.key"))
            .into_owned()
            .into(),
    };
    let leaf = identity::leaf(&authority, names.to_vec(), today).with_context(|| {
        format!("Secret {AUTHORITY} holds no usable authority: delete it to get a new one")
    })?;
    let chain = Pair {
        certificate: leaf.certificate + &authority.certificate,
        key: leaf.key,
    };
    Ok(secret(office, SERVER, &chain, &authority.certificate))
}

/// Creates a Secret; whoever was first wins.
async fn create(office: &Office, secret: Secret) -> anyhow::Result<Secret> {
    let name = secret.metadata.name.as_deref().unwrap_or_default();
    match office.create_secret(&secret).await {
        Err(error) if error.is_already_exists() => office
            .find_secret(name)
            .await?
            .with_context(|| format!("Secret {name} comes and goes")),
        answer => {
            info!(secret = name, "made");
            Ok(answer?)
        }
    }
}

fn secret(office: &Office, name: &str, pair: &Pair, authority: &str) -> Secret {
    let data = [
        ("tls.crt", pair.certificate.as_str()),
        ("tls.key", pair.key.expose_secret()),
        ("ca.crt", authority),
    ];
    let bytes = |(key, value): (&str, &str)| (key.to_owned(), ByteString(value.as_bytes().to_vec()));
    let labels = [("vendor", "crunchydata"), (CREATED_BY, US)];
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

#[cfg(test)]
mod tests {
    use pgo_kube::Holdings;
    use pgo_kube::testing::Server;
    use serde_json::Value;

    use super::*;

    const PATH: &str = "api/v1/namespaces/pgo/secrets/pgo.tls";
    const AUTHORITY_PATH: &str = "api/v1/namespaces/pgo/secrets/pgo.tls-ca";

    fn office() -> (Server, Office) {
        let server = Server::default();
        let office = Office::holding(server.client(), "pgo", Holdings::default());
        (server, office)
    }

    fn names(names: &[&str]) -> Vec<String> {
        names.iter().map(|name| (*name).to_owned()).collect()
    }

    #[tokio::test]
    async fn one_is_made_once_and_every_server_shows_the_same() {
        let (server, office) = office();
        let made = obtain(&office, &names(&["localhost"])).await.unwrap();
        assert_eq!(
            obtain(&office, &names(&["localhost"])).await.unwrap().data,
            made.data
        );
        assert_eq!(
            server.take_writes(),
            ["POST secrets/pgo.tls", "POST secrets/pgo.tls-ca"]
        );
        assert_eq!(server.object(PATH).unwrap()["type"], "kubernetes.io/tls");
        assert_eq!(read(&made).unwrap().chain.len(), 2);
        // The key of the authority is in its own Secret only.
        let authority = server.object(AUTHORITY_PATH).unwrap()["data"]["tls.key"].clone();
        assert!(
            !server
                .object(PATH)
                .unwrap()
                .to_string()
                .contains(authority.as_str().unwrap())
        );
    }

    #[tokio::test]
    async fn one_that_lacks_a_name_is_renewed_by_the_same_authority() {
        let (server, office) = office();
        let made = obtain(&office, &names(&["localhost"])).await.unwrap();
        let authority = server.object(AUTHORITY_PATH);
        let renewed = obtain(&office, &names(&["localhost", "10.96.0.1"]))
            .await
            .unwrap();
        assert_ne!(read(&renewed).unwrap().chain[0], read(&made).unwrap().chain[0]);
        assert_eq!(read(&renewed).unwrap().chain[1], read(&made).unwrap().chain[1]);
        assert_eq!(server.object(AUTHORITY_PATH), authority);
    }

    /// Puts a pair into a Secret that is there, as if time had passed since it was made.
    fn age(server: &Server, path: &str, pair: &Pair) {
        let mut aged = server.object(path).unwrap();
        for (key, text) in [
            ("tls.crt", pair.certificate.as_str()),
            ("tls.key", pair.key.expose_secret()),
        ] {
            aged["data"][key] = serde_json::to_value(ByteString(text.as_bytes().to_vec())).unwrap();
        }
        aged["apiVersion"] = "v1".into();
        aged["kind"] = "Secret".into();
        server.put(&aged);
    }

    fn kept(server: &Server, path: &str) -> Pair {
        let secret: Secret = serde_json::from_value(server.object(path).unwrap()).unwrap();
        let text = |key| String::from_utf8(entry(&secret, key).to_vec()).unwrap();
        Pair {
            certificate: text("tls.crt"),
            key: text("tls.key").into(),
        }
    }

    fn days_ago(days: i64) -> jiff::civil::Date {
        jiff::Zoned::now()
            .date()
            .saturating_sub(jiff::Span::new().days(days))
    }

    #[tokio::test]
    async fn one_that_ends_in_a_month_is_renewed_by_the_same_authority() {
        let (server, office) = office();
        let wanted = names(&["localhost"]);
        obtain(&office, &wanted).await.unwrap();
        let authority = kept(&server, AUTHORITY_PATH);
        for (age_in_days, is_renewed) in [(300, false), (340, true)] {
            let old = identity::leaf(&authority, wanted.clone(), days_ago(age_in_days)).unwrap();
            age(&server, PATH, &old);
            let now = obtain(&office, &wanted).await.unwrap();
            let shown = read(&now).unwrap().chain[0].clone();
            let before =
                Identity::parse(old.certificate.as_bytes(), old.key.expose_secret().as_bytes()).unwrap();
            assert_eq!(shown != before.chain[0], is_renewed, "after {age_in_days} days");
        }
        assert_eq!(kept(&server, AUTHORITY_PATH).certificate, authority.certificate);
    }

    #[tokio::test]
    async fn an_authority_that_would_end_before_what_it_signs_is_replaced_first() {
        let (server, office) = office();
        obtain(&office, &names(&["localhost"])).await.unwrap();
        let old = identity::authority(days_ago(9 * 366)).unwrap();
        age(&server, AUTHORITY_PATH, &old);
        let renewed = obtain(&office, &names(&["localhost", "10.96.0.1"]))
            .await
            .unwrap();
        let new = kept(&server, AUTHORITY_PATH);
        assert_ne!(new.certificate, old.certificate);
        assert_eq!(entry(&renewed, "ca.crt"), new.certificate.as_bytes());
    }

    #[tokio::test]
    async fn of_two_servers_that_renew_only_one_does() {
        let (_server, office) = office();
        let made = obtain(&office, &names(&["localhost"])).await.unwrap();
        let wanted = names(&["localhost", "10.96.0.1"]);
        let first = renew_if_due(&office, &made, &wanted).await.unwrap().unwrap();
        let second = renew_if_due(&office, &made, &wanted).await.unwrap().unwrap();
        assert_eq!(first.data, second.data);
    }

    #[tokio::test]
    async fn one_that_somebody_else_made_is_theirs() {
        let (server, office) = office();
        let mut theirs =
            serde_json::to_value(obtain(&office, &names(&["localhost"])).await.unwrap()).unwrap();
        theirs["metadata"]["labels"] = Value::Null;
        theirs["apiVersion"] = "v1".into();
        theirs["kind"] = "Secret".into();
        server.put(&theirs);
        server.take_writes();
        obtain(&office, &names(&["elsewhere.example.com"])).await.unwrap();
        assert!(server.take_writes().is_empty());
    }
}
