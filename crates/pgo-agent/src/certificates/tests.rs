use std::os::unix::fs::PermissionsExt;
use std::time::Duration;

use axum::Router;
use axum::routing::get;
use rcgen::{BasicConstraints, CertificateParams, IsCa, Issuer, KeyPair};
use rustls::pki_types::ServerName;
use rustls::{ClientConfig, RootCertStore};
use tokio::net::TcpStream;
use tokio_rustls::TlsConnector;

use super::*;
use crate::https;
use crate::mount::tests::mount;

/// The cluster's authority.
struct Authority {
    certificate: String,
    issuer: Issuer<'static, KeyPair>,
}

impl Authority {
    fn new() -> Self {
        drop(rustls::crypto::aws_lc_rs::default_provider().install_default());
        let key = KeyPair::generate().unwrap();
        let mut params = CertificateParams::new(Vec::new()).unwrap();
        params.is_ca = IsCa::Ca(BasicConstraints::Constrained(0));
        Self {
            certificate: params.self_signed(&key).unwrap().pem(),
            issuer: Issuer::new(params, key),
        }
    }

    fn sign(&self) -> Texts {
        let key = KeyPair::generate().unwrap();
        let params = CertificateParams::new(["localhost".to_owned()]).unwrap();
        Texts {
            ca: self.certificate.clone().into_bytes(),
            certificate: params.signed_by(&key, &self.issuer).unwrap().pem().into_bytes(),
            key: key.serialize_pem().into_bytes(),
        }
    }
}

fn hand_out(at: &Path, texts: &Texts) {
    let files = [
        ("ca.crt", texts.ca.as_slice()),
        ("tls.crt", &texts.certificate),
        ("tls.key", &texts.key),
    ];
    mount(at, &files);
}

/// What a client that trusts the authority is shown.
async fn shown(port: u16, authority: &Authority) -> Vec<CertificateDer<'static>> {
    let mut roots = RootCertStore::empty();
    roots
        .add(CertificateDer::from_pem_slice(authority.certificate.as_bytes()).unwrap())
        .unwrap();
    let config = ClientConfig::builder()
        .with_root_certificates(roots)
        .with_no_client_auth();
    let stream = TcpStream::connect(("127.0.0.1", port)).await.unwrap();
    let name = ServerName::try_from("localhost").unwrap();
    let stream = TlsConnector::from(Arc::new(config))
        .connect(name, stream)
        .await
        .unwrap();
    stream.get_ref().1.peer_certificates().unwrap().to_vec()
}

fn certificate(texts: &Texts) -> Vec<CertificateDer<'static>> {
    vec![CertificateDer::from_pem_slice(&texts.certificate).unwrap()]
}

#[tokio::test]
async fn a_renewed_certificate_is_copied_shown_and_believed_without_a_restart() {
    let authority = Authority::new();
    let directory = tempfile::tempdir().unwrap();
    let mounted = directory.path().join("mounted");
    fs::create_dir(&mounted).unwrap();
    let old = authority.sign();
    hand_out(&mounted, &old);
    let copies = Certificates::below(&directory.path().join("scratch"));
    let mut current = copies.follow(&mounted).unwrap();
    let listener = tokio::net::TcpListener::bind("127.0.0.1:0").await.unwrap();
    let port = listener.local_addr().unwrap().port();
    let closed = Router::new().route("/closed", get(|| async { "come in" }));
    tokio::spawn(https::serve(
        listener,
        current.clone(),
        https::guarded(Router::new(), closed),
    ));
    assert_eq!(shown(port, &authority).await, certificate(&old));

    let new = authority.sign();
    hand_out(&mounted, &new);
    tokio::time::timeout(Duration::from_secs(10), current.changed())
        .await
        .unwrap()
        .unwrap();
    assert_eq!(shown(port, &authority).await, certificate(&new));
    assert!(Texts::read(&copies).unwrap() == new);
    let mode = |path: &Path| fs::metadata(path).unwrap().permissions().mode() & 0o777;
    assert_eq!(mode(&copies.key), 0o600);
    let client = current.borrow().client.clone();
    let answer = client
        .get(format!("https://localhost:{port}/closed"))
        .send()
        .await
        .unwrap();
    assert!(answer.status().is_success(), "{}", answer.status());
}

#[tokio::test]
async fn what_does_not_fit_together_is_not_copied_and_what_comes_after_it_is() {
    let authority = Authority::new();
    let directory = tempfile::tempdir().unwrap();
    let (mounted, copies) = (directory.path().join("mounted"), directory.path().join("copies"));
    fs::create_dir(&mounted).unwrap();
    fs::create_dir(&copies).unwrap();
    let (mounted_files, copies) = (Certificates::mounted(&mounted), Certificates::mounted(&copies));
    let old = authority.sign();
    hand_out(&mounted, &old);
    let mut texts = Texts::read(&mounted_files).unwrap();
    texts.take_to(&copies).unwrap();
    for (what, broken) in [
        (
            "the key of another",
            Texts {
                key: authority.sign().key,
                ..authority.sign()
            },
        ),
        (
            "no certificate",
            Texts {
                certificate: b"none".to_vec(),
                ..authority.sign()
            },
        ),
        (
            "no authority",
            Texts {
                ca: b"none".to_vec(),
                ..authority.sign()
            },
        ),
    ] {
        hand_out(&mounted, &broken);
        assert!(texts.renew(&mounted_files, &copies).is_err(), "{what}");
        assert!(Texts::read(&copies).unwrap() == old, "{what}");
    }
    hand_out(&mounted, &old);
    assert!(
        texts.renew(&mounted_files, &copies).unwrap().is_none(),
        "nothing has changed"
    );
    let new = authority.sign();
    hand_out(&mounted, &new);
    assert!(texts.renew(&mounted_files, &copies).unwrap().is_some());
    assert!(Texts::read(&copies).unwrap() == new);
}

#[test]
fn what_is_not_mounted_is_named() {
    let nowhere = Certificates::mounted(Path::new("/nowhere/tls"));
    let complaint = nowhere.client().unwrap_err().to_string();
    assert!(
        complaint.starts_with("/nowhere/tls/ca.crt cannot be read: No such file"),
        "{complaint}"
    );
}
