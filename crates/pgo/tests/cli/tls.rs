//! Certificates: which servers are believed, and what is said about files that cannot be used.

use std::path::Path;
use std::sync::Arc;

use rcgen::{BasicConstraints, CertificateParams, DnType, IsCa, Issuer, KeyPair};
use rustls::crypto::CryptoProvider;
use rustls::pki_types::pem::PemObject as _;
use rustls::pki_types::{CertificateDer, PrivateKeyDer};
use rustls::server::WebPkiClientVerifier;
use rustls::server::danger::ClientCertVerifier;
use rustls::sign::{CertifiedKey, SingleCertAndKey};
use rustls::{RootCertStore, ServerConfig, SupportedProtocolVersion};
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

    /// A pair as `openssl x509 -req` makes them: of version 1, which has neither names nor usages. [`OF_OPENSSL`] signed it.
    fn of_openssl() -> Self {
        let pem = include_str!("../../../pgo-tls/tests/certificates/openssl/leaf.crt");
        Self {
            pem: pem.to_owned(),
            der: CertificateDer::from_pem_slice(pem.as_bytes()).unwrap(),
            params: CertificateParams::default(),
            key: KeyPair::from_pem(KEY_OF_OPENSSL).unwrap(),
        }
    }

    /// A certificate for these names that this authority vouches for.
    fn issue(&self, names: &[&str]) -> Self {
        self.sign(params("leaf", names))
    }

    /// The same, which may itself vouch for others.
    fn issue_authority(&self, names: &[&str]) -> Self {
        let mut params = params("leaf", names);
        params.is_ca = IsCa::Ca(BasicConstraints::Unconstrained);
        self.sign(params)
    }

    fn sign(&self, params: CertificateParams) -> Self {
        let key = KeyPair::generate().unwrap();
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
        self.serve_in(clients, rustls::ALL_VERSIONS)
    }

    fn serve_in(
        &self,
        clients: &Arc<dyn ClientCertVerifier>,
        versions: &[&'static SupportedProtocolVersion],
    ) -> Stub {
        let key = PrivateKeyDer::try_from(self.key.serialize_der()).unwrap();
        let key = provider().key_provider.load_private_key(key).unwrap();
        // Shown without a look at it: a thief does not care whether they belong together.
        let shown = CertifiedKey::new(vec![self.der.clone()], key);
        let config = ServerConfig::builder_with_provider(provider())
            .with_protocol_versions(versions)
            .unwrap()
            .with_client_cert_verifier(Arc::clone(clients))
            .with_cert_resolver(Arc::new(SingleCertAndKey::from(shown)));
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

/// The key of [`Pair::of_openssl`], in the form that `openssl` gave it.
const KEY_OF_OPENSSL: &str = include_str!("../../../pgo-tls/tests/certificates/openssl/leaf.key");
/// The authority of [`Pair::of_openssl`].
const OF_OPENSSL: &str = include_str!("../../../pgo-tls/tests/certificates/openssl/authority.crt");

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
fn a_trusted_certificate_may_be_of_version_1() {
    let (old, ca) = (Pair::of_openssl(), Pair::authority("ca", &[]));
    let (client, nobody) = (ca.issue(&[]), WebPkiClientVerifier::no_client_auth());
    for versions in [&[&rustls::version::TLS12], &[&rustls::version::TLS13]] {
        let stub = old.serve_in(&nobody, versions);
        assert_eq!(version(&Files::new(&old, &client), &stub), (0, FINE.to_owned()));
        let stranger = Files::new(&ca, &client);
        assert_eq!(version(&stranger, &stub).0, 2);
        let server = format!("https://{}", stub.address);
        assert_eq!(stranger.pgo("version --tls-no-verify", &server).run().0, 0);
        let thief = Pair {
            key: KeyPair::generate().unwrap(),
            ..Pair::of_openssl()
        };
        let stolen = thief.serve_in(&nobody, versions);
        assert_eq!(version(&Files::new(&old, &client), &stolen).0, 2);
    }
}

#[test]
fn a_certificate_of_version_1_is_believed_if_a_trusted_authority_signed_it() {
    let (old, ca) = (Pair::of_openssl(), Pair::authority("our own CA", &[]));
    let files = Files::new(&ca, &ca.issue(&[]));
    let stub = old.serve_all();
    let (code, stdout) = version(&files, &stub);
    assert_eq!(code, 2, "only the name of its issuer is the same");
    assert!(
        stdout.contains("is not trusted: invalid peer certificate: BadSignature"),
        "{stdout}"
    );
    std::fs::write(files.path("ca.crt"), OF_OPENSSL).unwrap();
    assert_eq!(version(&files, &stub), (0, FINE.to_owned()));
}

#[test]
fn an_authority_is_believed_if_a_trusted_one_signed_it_and_for_its_names_only() {
    let ca = Pair::authority("ca", &[]);
    let files = Files::new(&ca, &ca.issue(&[]));
    for names in [[].as_slice(), &["127.0.0.1"]] {
        let stub = ca.issue_authority(names).serve_all();
        assert_eq!(version(&files, &stub), (0, FINE.to_owned()));
    }
    let (code, stdout) = version(&files, &ca.issue_authority(&["postgres-operator"]).serve_all());
    assert_eq!(code, 2);
    assert!(stdout.contains("not valid for name"), "{stdout}");
    let namesake = Pair::authority("ca", &[]).issue_authority(&["127.0.0.1"]);
    assert_eq!(version(&files, &namesake.serve_all()).0, 2);
}

#[test]
fn the_authorities_of_the_system_vouch_for_no_certificate_of_version_1() {
    let (old, other) = (Pair::of_openssl(), Pair::authority("other", &[]));
    let files = Files::new(&other, &other.issue(&[]));
    std::fs::write(files.path("system.crt"), OF_OPENSSL).unwrap();
    let (code, stdout, _) = files
        .pgo("version", &format!("https://{}", old.serve_all().address))
        .env("SSL_CERT_FILE", &files.path("system.crt"))
        .env("EXCLUDE_OS_TRUST", "")
        .run();
    assert_eq!(code, 2);
    assert!(stdout.contains("UnknownIssuer"), "{stdout}");
}

#[test]
fn the_client_s_own_certificate_may_be_of_version_1() {
    let (old, ca) = (Pair::of_openssl(), Pair::authority("ca", &[]));
    let stub = ca.issue(&["127.0.0.1"]).serve_all();
    let files = Files::new(&ca, &old);
    std::fs::write(files.path("client.pem"), KEY_OF_OPENSSL).unwrap();
    assert_eq!(version(&files, &stub), (0, FINE.to_owned()));
    std::fs::write(files.path("client.pem"), ca.key.serialize_pem()).unwrap();
    let (code, _, stderr) = files.pgo("version", &format!("https://{}", stub.address)).run();
    assert_eq!(code, 1);
    assert!(stderr.contains("does not belong to the certificate"), "{stderr}");
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
