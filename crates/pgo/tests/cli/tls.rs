//! Certificates: which servers are believed, and what is said about files that cannot be used.

use std::path::Path;
use std::sync::Arc;

use rcgen::{BasicConstraints, CertificateParams, DnType, IsCa, Issuer, KeyPair};
use rustls::crypto::CryptoProvider;
use rustls::pki_types::{CertificateDer, PrivateKeyDer};
use rustls::server::WebPkiClientVerifier;
use rustls::server::danger::ClientCertVerifier;
use rustls::{RootCertStore, ServerConfig};
use tempfile::TempDir;

use crate::{Answer, Pgo, Stub, recorded};

/// A certificate with its key.
struct Pair {
    pem: String,
    der: CertificateDer<'static>,
    params: CertificateParams,
    key: KeyPair,
}

impl Pair {
    /// An authority; its certificate is for these names too.
    fn authority(common_name: &str, names: &[&str]) -> Self {
        let mut params = params(common_name, names);
        params.is_ca = IsCa::Ca(BasicConstraints::Unconstrained);
        let key = KeyPair::generate().unwrap();
        let certificate = params.self_signed(&key).unwrap();
        Self {
            pem: certificate.pem(),
            der: certificate.der().clone(),
            params,
            key,
        }
    }

    /// A certificate for these names that this authority vouches for.
    fn issue(&self, names: &[&str]) -> Self {
        let (params, key) = (params("leaf", names), KeyPair::generate().unwrap());
        let certificate = params
            .signed_by(&key, &Issuer::from_params(&self.params, &self.key))
            .unwrap();
        Self {
            pem: certificate.pem(),
            der: certificate.der().clone(),
            params,
            key,
        }
    }

    /// A server that shows this certificate and demands one that `authority` vouches for.
    fn serve(&self, authority: &Self) -> Stub {
        let mut roots = RootCertStore::empty();
        roots.add(authority.der.clone()).unwrap();
        self.serve_to(
            &WebPkiClientVerifier::builder_with_provider(Arc::new(roots), provider())
                .build()
                .unwrap(),
        )
    }

    /// A server that shows this certificate to anybody.
    fn serve_all(&self) -> Stub {
        self.serve_to(&WebPkiClientVerifier::no_client_auth())
    }

    fn serve_to(&self, clients: &Arc<dyn ClientCertVerifier>) -> Stub {
        let key = PrivateKeyDer::try_from(self.key.serialize_der()).unwrap();
        let config = ServerConfig::builder_with_provider(provider())
            .with_safe_default_protocol_versions()
            .unwrap()
            .with_client_cert_verifier(Arc::clone(clients))
            .with_single_cert(vec![self.der.clone()], key)
            .unwrap();
        Stub::with_tls(&[Answer::json(recorded!("version.response.json"))], config)
    }
}

fn provider() -> Arc<CryptoProvider> {
    Arc::new(rustls::crypto::aws_lc_rs::default_provider())
}

fn params(common_name: &str, names: &[&str]) -> CertificateParams {
    let names: Vec<String> = names.iter().map(|name| (*name).to_owned()).collect();
    let mut params = CertificateParams::new(names).unwrap();
    params.distinguished_name.push(DnType::CommonName, common_name);
    params
}

/// The three files of a client.
struct Files(TempDir);

impl Files {
    fn new(trusted: &Pair, client: &Pair) -> Self {
        let directory = tempfile::tempdir().unwrap();
        std::fs::write(directory.path().join("ca.crt"), &trusted.pem).unwrap();
        std::fs::write(directory.path().join("client.crt"), &client.pem).unwrap();
        std::fs::write(directory.path().join("client.pem"), client.key.serialize_pem()).unwrap();
        Self(directory)
    }

    fn path(&self, name: &str) -> String {
        Path::join(self.0.path(), name).to_str().unwrap().to_owned()
    }

    fn pgo(&self, line: &str, server: &str) -> Pgo {
        Pgo::new(line)
            .env("PGO_APISERVER_URL", server)
            .env("PGO_CA_CERT", &self.path("ca.crt"))
            .env("PGO_CLIENT_CERT", &self.path("client.crt"))
            .env("PGO_CLIENT_KEY", &self.path("client.pem"))
            .env("EXCLUDE_OS_TRUST", "true")
    }
}

fn version(files: &Files, stub: &Stub) -> (i32, String) {
    let (code, stdout, _) = files.pgo("version", &format!("https://{}", stub.address)).run();
    (code, stdout.replace(&stub.address.to_string(), "<server>"))
}

const FINE: &str = "pgo client version 4.2.0\npgo-apiserver version 4.2.0\n";

#[test]
fn a_certificate_of_a_trusted_authority_is_believed() {
    let ca = Pair::authority("ca", &[]);
    let stub = ca.issue(&["127.0.0.1"]).serve(&ca);
    assert_eq!(
        version(&Files::new(&ca, &ca.issue(&[])), &stub),
        (0, FINE.to_owned())
    );
}

#[test]
fn the_servers_own_certificate_may_be_the_trusted_one_whatever_it_is() {
    // As version 4.2's installers do it: one authority without names is server, client and trust anchor.
    let one = Pair::authority("pg-operator", &[]);
    let stub = one.serve_all();
    assert_eq!(version(&Files::new(&one, &one), &stub), (0, FINE.to_owned()));
}

#[test]
fn a_name_counts_only_where_the_certificate_has_names() {
    let ca = Pair::authority("ca", &[]);
    let files = Files::new(&ca, &ca.issue(&[]));
    assert_eq!(version(&files, &ca.issue(&[]).serve(&ca)), (0, FINE.to_owned()));
    let (code, stdout) = version(&files, &ca.issue(&["postgres-operator"]).serve(&ca));
    assert_eq!(code, 2);
    insta::assert_snapshot!(stdout);
}

#[test]
fn a_certificate_that_nobody_vouches_for_is_refused_unless_told_otherwise() {
    let (ca, other) = (Pair::authority("ca", &[]), Pair::authority("other", &[]));
    let stub = ca.issue(&["127.0.0.1"]).serve(&ca);
    let files = Files::new(&other, &ca.issue(&[]));
    let (code, stdout) = version(&files, &stub);
    assert_eq!(code, 2);
    insta::assert_snapshot!(stdout);
    let server = format!("https://{}", stub.address);
    assert_eq!(files.pgo("version --tls-no-verify", &server).run().0, 0);
    assert_eq!(
        files
            .pgo("version", &server)
            .env("PGO_TLS_NO_VERIFY", "1")
            .run()
            .0,
        0
    );
}

#[test]
fn the_authorities_of_the_system_are_asked_too() {
    let (ca, other) = (Pair::authority("ca", &[]), Pair::authority("other", &[]));
    let stub = ca.issue(&["127.0.0.1"]).serve(&ca);
    let files = Files::new(&other, &ca.issue(&[]));
    std::fs::write(files.path("system.crt"), &ca.pem).unwrap();
    let server = format!("https://{}", stub.address);
    let pgo = |line| {
        files
            .pgo(line, &server)
            .env("SSL_CERT_FILE", &files.path("system.crt"))
    };
    assert_eq!(pgo("version").env("EXCLUDE_OS_TRUST", "").run().0, 0);
    assert_eq!(
        pgo("version")
            .env("EXCLUDE_OS_TRUST", "")
            .arg("--exclude-os-trust")
            .run()
            .0,
        2
    );
}

#[test]
fn a_client_certificate_that_the_server_refuses() {
    let (ca, other) = (Pair::authority("ca", &[]), Pair::authority("other", &[]));
    let stub = ca.issue(&["127.0.0.1"]).serve(&ca);
    let (code, stdout) = version(&Files::new(&ca, &other.issue(&[])), &stub);
    assert_eq!(code, 2);
    assert!(
        stdout.contains("knows the certificate in PGO_CLIENT_CERT"),
        "{stdout}"
    );
}

#[test]
fn a_server_without_tls_says_so() {
    let ca = Pair::authority("ca", &[]);
    let stub = Stub::answering(&[Answer::json("{}")]);
    let (code, stdout) = version(&Files::new(&ca, &ca.issue(&[])), &stub);
    assert_eq!(code, 2);
    assert!(
        stdout.starts_with("Error: the API server at https://<server> refused the connection"),
        "{stdout}"
    );
}

#[test]
fn tls_switched_off_at_an_https_address_asks_the_system() {
    let ca = Pair::authority("ca", &[]);
    let stub = ca.issue(&["127.0.0.1"]).serve(&ca);
    let pgo =
        Pgo::new("version --disable-tls").env("PGO_APISERVER_URL", &format!("https://{}", stub.address));
    let (code, stdout, _) = pgo.run();
    assert_eq!(code, 2);
    assert!(stdout.contains("is not trusted"), "{stdout}");
}

#[test]
fn files_that_cannot_be_used() {
    let (ca, other) = (Pair::authority("ca", &[]), Pair::authority("other", &[]));
    let files = Files::new(&ca, &ca.issue(&[]));
    std::fs::write(files.path("other.pem"), other.key.serialize_pem()).unwrap();
    std::fs::write(files.path("empty"), "").unwrap();
    let pgo = || files.pgo("version", "https://127.0.0.1:1");
    let observed = [
        pgo().env("PGO_CA_CERT", ""),
        pgo().env("PGO_CA_CERT", "/nowhere/ca.crt"),
        pgo().env("PGO_CLIENT_CERT", ""),
        pgo().env("PGO_CLIENT_CERT", &files.path("empty")),
        pgo().env("PGO_CLIENT_KEY", ""),
        pgo().env("PGO_CLIENT_KEY", &files.path("empty")),
        pgo().env("PGO_CLIENT_KEY", &files.path("other.pem")),
    ]
    .map(|pgo| {
        pgo.observe(None)
            .replace(files.0.path().to_str().unwrap(), "<directory>")
    });
    insta::assert_snapshot!(observed.join("\n"));
}
