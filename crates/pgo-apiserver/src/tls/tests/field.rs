//! Certificates that the TLS library takes for no leaves, and which 4.2 took: of version 1, and authorities.

use k8s_openapi::ByteString;
use k8s_openapi::api::core::v1::Secret;
use rcgen::{BasicConstraints, CertificateParams, DnType, IsCa, Issuer, KeyPair};
use rustls::SupportedProtocolVersion;
use rustls::pki_types::pem::PemObject as _;
use rustls::pki_types::{CertificateDer, PrivateKeyDer};
use rustls::version::{TLS12, TLS13};

use super::*;

const BOTH: [&SupportedProtocolVersion; 2] = [&TLS12, &TLS13];

/// A pair as `openssl x509 -req` makes them, of version 1, and the authority that signed it.
fn of_openssl() -> (Identity, CertificateDer<'static>) {
    let leaf = include_bytes!("../../../../pgo-tls/tests/certificates/openssl/leaf.crt");
    let key = include_bytes!("../../../../pgo-tls/tests/certificates/openssl/leaf.key");
    let authority = include_bytes!("../../../../pgo-tls/tests/certificates/openssl/authority.crt");
    (
        Identity::parse(leaf, key).unwrap(),
        CertificateDer::from_pem_slice(authority).unwrap(),
    )
}

/// A server with a certificate that has nothing to do with the clients.
async fn trusting(authorities: &Authorities) -> Server {
    install_provider();
    let (identity, ..) = generated();
    Server::start(Some(configuration(&identity, authorities).unwrap())).await
}

/// Whether a client with this pair is let in; the same in both versions of TLS.
async fn lets_in(server: &Server, chain: &[CertificateDer<'static>], key: &PrivateKeyDer<'static>) -> bool {
    let [older, newer] = BOTH.map(|version| client_in(&[version], Some((chain.to_vec(), key.clone_key()))));
    let (older, newer) = (server.ask(older).await, server.ask(newer).await);
    assert_eq!(older.is_ok(), newer.is_ok(), "{older:?} {newer:?}");
    older.is_ok_and(|known| known == format!("{:?}", Certificate::Verified))
}

#[tokio::test]
async fn a_client_s_certificate_of_version_1_is_good_if_somebody_has_named_its_authority_or_itself() {
    let (old, authority) = of_openssl();
    let thief = generated().0.key;
    for named in [&authority, &old.chain[0]] {
        let server = trusting(&naming([named])).await;
        assert!(lets_in(&server, &old.chain, &old.key).await);
        assert!(
            !lets_in(&server, &old.chain, &thief).await,
            "without its key it is nothing"
        );
    }
    let stranger = generated().0.chain.remove(1);
    assert!(!lets_in(&trusting(&naming([&stranger])).await, &old.chain, &old.key).await);
    let of_the_system = Authorities {
        named: Vec::new(),
        system: vec![authority],
    };
    assert!(!lets_in(&trusting(&of_the_system).await, &old.chain, &old.key).await);
}

#[tokio::test]
async fn an_authority_is_a_good_client_if_a_named_one_signed_it() {
    let params = |name: &str| {
        let mut params = CertificateParams::default();
        params.distinguished_name.push(DnType::CommonName, name);
        params.is_ca = IsCa::Ca(BasicConstraints::Unconstrained);
        params
    };
    let (root, root_key) = (params("root"), KeyPair::generate().unwrap());
    let authority = root.self_signed(&root_key).unwrap().der().clone();
    let key = KeyPair::generate().unwrap();
    let issuer = Issuer::from_params(&root, &root_key);
    let leaf = [params("leaf").signed_by(&key, &issuer).unwrap().der().clone()];
    let key = PrivateKeyDer::try_from(key.serialize_der()).unwrap();
    assert!(lets_in(&trusting(&naming([&authority])).await, &leaf, &key).await);
    let namesake = root
        .self_signed(&KeyPair::generate().unwrap())
        .unwrap()
        .der()
        .clone();
    assert!(!lets_in(&trusting(&naming([&namesake])).await, &leaf, &key).await);
}

#[tokio::test]
async fn a_secret_with_a_pair_of_version_1_is_served_and_is_a_good_client() {
    install_provider();
    let secret = |key: &[u8]| {
        let certificate = include_bytes!("../../../../pgo-tls/tests/certificates/openssl/own.crt");
        let data = [("tls.crt", certificate.as_slice()), ("tls.key", key)];
        let entry = |(name, bytes): (&str, &[u8])| (name.to_owned(), ByteString(bytes.to_vec()));
        Secret {
            data: Some(data.map(entry).into()),
            ..Secret::default()
        }
    };
    let own = include_bytes!("../../../../pgo-tls/tests/certificates/openssl/own.key");
    let identity = keep::read(&secret(own)).unwrap();
    let server = Server::start(Some(alone(&identity).unwrap())).await;
    assert!(lets_in(&server, &identity.chain, &identity.key).await);
    let other = include_bytes!("../../../../pgo-tls/tests/certificates/openssl/leaf.key");
    let mixed = keep::read(&secret(other)).unwrap();
    assert!(matches!(alone(&mixed), Err(Error::Identity(_))));
}
