//! Real sockets, real handshakes.

use std::net::SocketAddr;
use std::time::Duration;

use axum::Router;
use axum::extract::Extension;
use axum::routing::get;
use rcgen::{BasicConstraints, CertificateParams, DistinguishedName, IsCa, Issuer, KeyPair};
use rustls::client::danger::{HandshakeSignatureValid, ServerCertVerified, ServerCertVerifier};
use rustls::pki_types::{CertificateDer, PrivateKeyDer, ServerName, UnixTime};
use rustls::sign::CertifiedKey;
use rustls::{ClientConfig, SupportedProtocolVersion};
use secrecy::ExposeSecret as _;
use tokio::io::{AsyncRead, AsyncReadExt as _, AsyncWrite, AsyncWriteExt as _};
use tokio::net::{TcpListener, TcpStream};
use tokio::task::JoinHandle;
use tokio_rustls::TlsConnector;
use tokio_util::sync::CancellationToken;

use super::*;
use crate::serve::{Certificate, Peer, serve};

mod field;

type Pair = (Vec<CertificateDer<'static>>, PrivateKeyDer<'static>);

/// A server that says what it knows of its peer; `/slow` takes a moment.
struct Server {
    address: SocketAddr,
    stop: CancellationToken,
    current: Option<watch::Sender<Arc<ServerConfig>>>,
    task: JoinHandle<()>,
}

impl Server {
    async fn start(config: Option<Arc<ServerConfig>>) -> Self {
        let listener = TcpListener::bind("127.0.0.1:0").await.unwrap();
        let address = listener.local_addr().unwrap();
        let router = Router::new()
            .route(
                "/",
                get(|Extension(peer): Extension<Peer>| async move { format!("{:?}", peer.certificate) }),
            )
            .route(
                "/slow",
                get(async || tokio::time::sleep(Duration::from_millis(400)).await),
            );
        let stop = CancellationToken::new();
        let (current, receiver) = config.map(watch::channel).unzip();
        let task = tokio::spawn(serve(listener, receiver, router, stop.clone()));
        Self {
            address,
            stop,
            current,
            task,
        }
    }

    /// The body of the answer to `GET /`, or why there is none.
    async fn ask(&self, client: ClientConfig) -> std::io::Result<String> {
        let stream = TcpStream::connect(self.address).await?;
        let name = ServerName::try_from("localhost").unwrap();
        get_over(
            TlsConnector::from(Arc::new(client)).connect(name, stream).await?,
            "/",
        )
        .await
    }
}

async fn get_over(mut stream: impl AsyncRead + AsyncWrite + Unpin, path: &str) -> std::io::Result<String> {
    let request = format!("GET {path} HTTP/1.1\r\nHost: localhost\r\nConnection: close\r\n\r\n");
    stream.write_all(request.as_bytes()).await?;
    let mut answer = String::new();
    stream.read_to_string(&mut answer).await?;
    let (head, body) = answer
        .split_once("\r\n\r\n")
        .ok_or(std::io::ErrorKind::UnexpectedEof)?;
    assert!(head.starts_with("HTTP/1.1 200"), "{head}");
    Ok(body.to_owned())
}

/// Believes every server, as the client of 4.2 does.
#[derive(Debug)]
struct Gullible;

impl ServerCertVerifier for Gullible {
    fn verify_server_cert(
        &self,
        _: &CertificateDer<'_>,
        _: &[CertificateDer<'_>],
        _: &ServerName<'_>,
        _: &[u8],
        _: UnixTime,
    ) -> Result<ServerCertVerified, rustls::Error> {
        Ok(ServerCertVerified::assertion())
    }
    fn verify_tls12_signature(
        &self,
        _: &[u8],
        _: &CertificateDer<'_>,
        _: &rustls::DigitallySignedStruct,
    ) -> Result<HandshakeSignatureValid, rustls::Error> {
        Ok(HandshakeSignatureValid::assertion())
    }
    fn verify_tls13_signature(
        &self,
        _: &[u8],
        _: &CertificateDer<'_>,
        _: &rustls::DigitallySignedStruct,
    ) -> Result<HandshakeSignatureValid, rustls::Error> {
        Ok(HandshakeSignatureValid::assertion())
    }
    fn supported_verify_schemes(&self) -> Vec<rustls::SignatureScheme> {
        rustls::crypto::aws_lc_rs::default_provider()
            .signature_verification_algorithms
            .supported_schemes()
    }
}

fn client(pair: Option<Pair>) -> ClientConfig {
    client_in(rustls::ALL_VERSIONS, pair)
}

fn client_in(versions: &[&'static SupportedProtocolVersion], pair: Option<Pair>) -> ClientConfig {
    let builder = ClientConfig::builder_with_protocol_versions(versions)
        .dangerous()
        .with_custom_certificate_verifier(Arc::new(Gullible));
    match pair {
        Some((chain, key)) => {
            let key = rustls::crypto::aws_lc_rs::sign::any_supported_type(&key).unwrap();
            // Shown without a look at it: a thief does not care whether they belong together.
            let shown = SingleCertAndKey::from(CertifiedKey::new(chain, key));
            builder.with_client_cert_resolver(Arc::new(shown))
        }
        None => builder.with_no_client_auth(),
    }
}

/// The configuration of a server that trusts its own certificate only.
fn alone(identity: &Identity) -> Result<Arc<ServerConfig>, Error> {
    configuration(identity, &Authorities::default())
}

/// Authorities that somebody has named.
fn naming<'a>(authorities: impl IntoIterator<Item = &'a CertificateDer<'static>>) -> Authorities {
    Authorities {
        named: authorities.into_iter().cloned().collect(),
        system: Vec::new(),
    }
}

fn install_provider() {
    drop(rustls::crypto::aws_lc_rs::default_provider().install_default());
}

/// A generated pair, as the server has it and in PEM form, and its authority.
fn generated() -> (Identity, identity::Pair, identity::Pair) {
    let today = jiff::Zoned::now().date();
    let authority = identity::authority(today).unwrap();
    let leaf = identity::leaf(
        &authority,
        vec!["localhost".to_owned(), "127.0.0.1".to_owned()],
        today,
    )
    .unwrap();
    let chain = format!("{}{}", leaf.certificate, authority.certificate);
    let identity = Identity::parse(chain.as_bytes(), leaf.key.expose_secret().as_bytes()).unwrap();
    (identity, leaf, authority)
}

fn pair(identity: &Identity) -> Pair {
    (identity.chain.clone(), identity.key.clone_key())
}

/// What 4.2 generates: self-signed, a CA, without subject and names.
fn as_of_4_2(params: CertificateParams) -> Identity {
    let key = KeyPair::generate().unwrap();
    let certificate = self_signed(params, &key);
    Identity {
        chain: vec![certificate],
        key: PrivateKeyDer::try_from(key.serialize_der()).unwrap(),
    }
}

fn self_signed(mut params: CertificateParams, key: &KeyPair) -> CertificateDer<'static> {
    params.distinguished_name = DistinguishedName::new();
    params.is_ca = IsCa::Ca(BasicConstraints::Unconstrained);
    params.self_signed(key).unwrap().der().clone()
}

async fn generated_server() -> (Server, Identity) {
    install_provider();
    let (identity, ..) = generated();
    (Server::start(Some(alone(&identity).unwrap())).await, identity)
}

#[tokio::test]
async fn a_client_without_certificate_is_let_in_and_known_to_have_none() {
    let (server, _) = generated_server().await;
    assert_eq!(
        server.ask(client(None)).await.unwrap(),
        format!("{:?}", Certificate::Absent)
    );
}

#[tokio::test]
async fn the_server_s_own_pair_is_a_good_client_certificate() {
    let (server, identity) = generated_server().await;
    assert_eq!(
        server.ask(client(Some(pair(&identity)))).await.unwrap(),
        format!("{:?}", Certificate::Verified)
    );
}

#[tokio::test]
async fn the_self_signed_ca_that_4_2_generates_serves_as_server_and_as_client() {
    install_provider();
    let identity = as_of_4_2(CertificateParams::default());
    let server = Server::start(Some(alone(&identity).unwrap())).await;
    assert_eq!(
        server.ask(client(Some(pair(&identity)))).await.unwrap(),
        format!("{:?}", Certificate::Verified)
    );
}

#[tokio::test]
async fn an_expired_certificate_is_refused_even_if_it_is_the_server_s_own() {
    install_provider();
    let mut params = CertificateParams::default();
    params.not_before = rcgen::date_time_ymd(2019, 12, 1);
    params.not_after = rcgen::date_time_ymd(2020, 12, 1);
    let identity = as_of_4_2(params);
    let server = Server::start(Some(alone(&identity).unwrap())).await;
    assert!(server.ask(client(Some(pair(&identity)))).await.is_err());
}

#[tokio::test]
async fn a_certificate_of_a_foreign_authority_is_refused_in_the_handshake() {
    let (server, _) = generated_server().await;
    let (foreign, ..) = generated();
    assert!(server.ask(client(Some(pair(&foreign)))).await.is_err());
}

#[tokio::test]
async fn a_certificate_of_an_authority_that_was_added_is_good_even_without_usages() {
    install_provider();
    let (identity, ..) = generated();
    let key = KeyPair::generate().unwrap();
    let authority = self_signed(CertificateParams::default(), &key);
    let server = Server::start(Some(configuration(&identity, &naming([&authority])).unwrap())).await;

    let issuer = Issuer::from_ca_cert_der(&authority, key).unwrap();
    let leaf_key = KeyPair::generate().unwrap();
    let leaf = CertificateParams::default()
        .signed_by(&leaf_key, &issuer)
        .unwrap();
    let pair = (
        vec![leaf.der().clone()],
        PrivateKeyDer::try_from(leaf_key.serialize_der()).unwrap(),
    );
    assert_eq!(
        server.ask(client(Some(pair))).await.unwrap(),
        format!("{:?}", Certificate::Verified)
    );
}

#[tokio::test]
async fn a_strict_client_believes_the_generated_certificate_by_its_authority() {
    install_provider();
    let (identity, _, authority) = generated();
    let server = Server::start(Some(alone(&identity).unwrap())).await;
    let mut roots = rustls::RootCertStore::empty();
    let authority =
        rustls::pki_types::pem::PemObject::from_pem_slice(authority.certificate.as_bytes()).unwrap();
    roots.add(authority).unwrap();
    let strict = ClientConfig::builder()
        .with_root_certificates(roots)
        .with_no_client_auth();
    assert!(server.ask(strict).await.is_ok());
}

#[tokio::test]
async fn a_new_certificate_is_shown_to_the_next_client_without_a_restart() {
    let (server, old) = generated_server().await;
    let (new, ..) = generated();
    server
        .current
        .as_ref()
        .unwrap()
        .send_replace(alone(&new).unwrap());
    assert!(server.ask(client(Some(pair(&new)))).await.is_ok());
    assert!(server.ask(client(Some(pair(&old)))).await.is_err());
}

#[tokio::test]
async fn a_pair_of_before_the_renewal_is_a_good_client_certificate_until_it_ends() {
    install_provider();
    let (old, _, authority) = generated();
    let server = Server::start(Some(alone(&old).unwrap())).await;
    let today = jiff::Zoned::now().date();
    let leaf = identity::leaf(&authority, vec!["localhost".to_owned()], today).unwrap();
    let chain = format!("{}{}", leaf.certificate, authority.certificate);
    let new = Identity::parse(chain.as_bytes(), leaf.key.expose_secret().as_bytes()).unwrap();
    let current = server.current.as_ref().unwrap();
    current.send_replace(alone(&new).unwrap());
    for pair in [pair(&old), pair(&new)] {
        assert_eq!(
            server.ask(client(Some(pair))).await.unwrap(),
            format!("{:?}", Certificate::Verified)
        );
    }
}

#[tokio::test(start_paused = true)]
async fn a_handshake_that_does_not_come_to_its_end_is_not_waited_for() {
    let (server, _) = generated_server().await;
    let hello = [0x16, 0x03, 0x01, 0x02, 0x00, 0x01];
    for sent in [0, 1, 5, 6] {
        let mut stream = TcpStream::connect(server.address).await.unwrap();
        let begun = tokio::time::Instant::now();
        stream.write_all(&hello[..sent]).await.unwrap();
        let mut answer = Vec::new();
        drop(stream.read_to_end(&mut answer).await);
        let took = begun.elapsed();
        assert!(answer.is_empty(), "{answer:?}");
        assert!((10..20).contains(&took.as_secs()), "{sent} bytes: {took:?}");
    }
}

#[tokio::test]
async fn who_speaks_no_tls_or_hangs_up_in_the_middle_harms_nobody() {
    let (server, _) = generated_server().await;
    for sent in [
        b"GET / HTTP/1.1\r\n\r\n".as_slice(),
        b"\x16\x03\x01\x00\x05hello",
        b"\x16\x03\x01",
    ] {
        let mut stream = TcpStream::connect(server.address).await.unwrap();
        stream.write_all(sent).await.unwrap();
        stream.shutdown().await.unwrap();
        drop(stream.read_to_end(&mut Vec::new()).await);
    }
    assert!(server.ask(client(None)).await.is_ok());
}

#[tokio::test]
async fn http2_is_offered() {
    let (server, _) = generated_server().await;
    let mut config = client(None);
    config.alpn_protocols = vec![b"h2".to_vec()];
    let stream = TcpStream::connect(server.address).await.unwrap();
    let name = ServerName::try_from("localhost").unwrap();
    let stream = TlsConnector::from(Arc::new(config))
        .connect(name, stream)
        .await
        .unwrap();
    assert_eq!(stream.get_ref().1.alpn_protocol(), Some(b"h2".as_slice()));
}

#[tokio::test]
async fn without_tls_certificates_are_never_considered() {
    let server = Server::start(None).await;
    let stream = TcpStream::connect(server.address).await.unwrap();
    assert_eq!(
        get_over(stream, "/").await.unwrap(),
        format!("{:?}", Certificate::NotAsked)
    );
}

#[tokio::test]
async fn a_request_in_flight_finishes_when_the_server_stops() {
    let server = Server::start(None).await;
    let stream = TcpStream::connect(server.address).await.unwrap();
    let answer = tokio::spawn(get_over(stream, "/slow"));
    tokio::time::sleep(Duration::from_millis(100)).await;
    server.stop.cancel();
    assert!(answer.await.unwrap().is_ok());
    server.task.await.unwrap();
    assert!(TcpStream::connect(server.address).await.is_err());
}

#[test]
fn a_pair_that_is_none_is_refused_with_its_reason() {
    let (_, leaf, _) = generated();
    let key = leaf.key.expose_secret();
    let parse = |certificate: &str, key: &str| {
        Identity::parse(certificate.as_bytes(), key.as_bytes())
            .map(|_| ())
            .map_err(|error| error.to_string())
    };
    assert!(parse("", key).unwrap_err().contains("tls.crt"));
    assert!(
        parse(&leaf.certificate, "nonsense")
            .unwrap_err()
            .contains("tls.key")
    );
    assert!(parse(&leaf.certificate, key).is_ok());
}

#[test]
fn a_key_of_another_certificate_is_noticed_at_start() {
    install_provider();
    let (mut identity, ..) = generated();
    identity.key = generated().0.key;
    assert!(matches!(alone(&identity), Err(Error::Identity(_))));
}

#[test]
fn a_certificate_is_due_a_month_before_its_end_or_when_a_name_is_missing() {
    let (identity, ..) = generated();
    let names = |more: &[&str]| {
        let all = ["localhost", "127.0.0.1"].iter().chain(more);
        all.map(|name| (*name).to_owned()).collect::<Vec<_>>()
    };
    let now = jiff::Timestamp::now();
    let day = jiff::SignedDuration::from_hours(24);
    assert!(!identity.is_due(&names(&[]), now));
    assert!(!identity.is_due(&names(&[]), now + day * 330));
    assert!(identity.is_due(&names(&[]), now + day * 340));
    assert!(identity.is_due(&names(&["10.96.0.1"]), now));
    assert!(identity.is_due(&names(&["pgo.example.com"]), now));
}

proptest::proptest! {
    #[test]
    fn any_secret_is_a_pair_or_refused(certificate: Vec<u8>, key: Vec<u8>, cut: usize, turned: u8) {
        drop(Identity::parse(&certificate, &key));
        // Nearly a certificate: one bit of it turned, or its end cut off.
        let (mut identity, ..) = generated();
        let mut leaf = identity.chain[0].to_vec();
        let place = cut % leaf.len();
        leaf[place] ^= 1 << (turned % 8);
        for damaged in [leaf.clone(), leaf[..place].to_vec()] {
            identity.chain[0] = CertificateDer::from(damaged);
            identity.is_due(&["localhost".to_owned()], jiff::Timestamp::now());
        }
    }
}
