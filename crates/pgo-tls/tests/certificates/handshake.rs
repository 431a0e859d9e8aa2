//! Whole handshakes: only the owner of a certificate comes to the end of one.

use std::sync::Arc;

use pgo_tls::{verify_tls12_signature, verify_tls13_signature};
use rustls::client::danger::{HandshakeSignatureValid, ServerCertVerified, ServerCertVerifier};
use rustls::crypto::CryptoProvider;
use rustls::pki_types::pem::PemObject as _;
use rustls::pki_types::{CertificateDer, PrivateKeyDer, ServerName, UnixTime};
use rustls::sign::{CertifiedKey, Signer, SigningKey, SingleCertAndKey};
use rustls::version::{TLS12, TLS13};
use rustls::{
    ClientConfig, ClientConnection, ConnectionCommon, DigitallySignedStruct, Error, ServerConfig,
    ServerConnection, SideData, SignatureAlgorithm, SignatureScheme, SupportedProtocolVersion,
};

use crate::maker::{Party, authority, named};
use crate::{algorithms, read};

const BOTH: [&SupportedProtocolVersion; 2] = [&TLS12, &TLS13];

/// A client that believes every certificate, if the server has its key.
#[derive(Debug)]
struct Client;

impl ServerCertVerifier for Client {
    fn verify_server_cert(
        &self,
        _: &CertificateDer<'_>,
        _: &[CertificateDer<'_>],
        _: &ServerName<'_>,
        _: &[u8],
        _: UnixTime,
    ) -> Result<ServerCertVerified, Error> {
        Ok(ServerCertVerified::assertion())
    }

    fn verify_tls12_signature(
        &self,
        message: &[u8],
        certificate: &CertificateDer<'_>,
        signature: &DigitallySignedStruct,
    ) -> Result<HandshakeSignatureValid, Error> {
        verify_tls12_signature(message, certificate, signature, &algorithms())
    }

    fn verify_tls13_signature(
        &self,
        message: &[u8],
        certificate: &CertificateDer<'_>,
        signature: &DigitallySignedStruct,
    ) -> Result<HandshakeSignatureValid, Error> {
        verify_tls13_signature(message, certificate, signature, &algorithms())
    }

    fn supported_verify_schemes(&self) -> Vec<SignatureScheme> {
        algorithms().supported_schemes()
    }
}

/// A key that signs by one scheme whatever the other side wants, and may say that it was another.
#[derive(Clone, Debug)]
struct Stubborn {
    key: Arc<dyn SigningKey>,
    does: SignatureScheme,
    says: SignatureScheme,
}

impl SigningKey for Stubborn {
    fn choose_scheme(&self, _: &[SignatureScheme]) -> Option<Box<dyn Signer>> {
        Some(Box::new(self.clone()))
    }

    fn algorithm(&self) -> SignatureAlgorithm {
        self.key.algorithm()
    }
}

impl Signer for Stubborn {
    fn sign(&self, message: &[u8]) -> Result<Vec<u8>, Error> {
        self.key.choose_scheme(&[self.does]).unwrap().sign(message)
    }

    fn scheme(&self) -> SignatureScheme {
        self.says
    }
}

fn provider() -> Arc<CryptoProvider> {
    Arc::new(rustls::crypto::aws_lc_rs::default_provider())
}

fn signing(key: PrivateKeyDer<'static>) -> Arc<dyn SigningKey> {
    provider().key_provider.load_private_key(key).unwrap()
}

fn key(party: &Party) -> Arc<dyn SigningKey> {
    signing(PrivateKeyDer::try_from(party.key.serialize_der()).unwrap())
}

/// The certificate of version 1 with an RSA key, and the key.
fn rsa() -> (CertificateDer<'static>, Arc<dyn SigningKey>) {
    let key = PrivateKeyDer::from_pem_slice(include_bytes!("openssl/own.key")).unwrap();
    (read(include_str!("openssl/own.crt")), signing(key))
}

/// What the client says in the end to a server with this certificate and this key.
fn shake(
    version: &'static SupportedProtocolVersion,
    certificate: &CertificateDer<'static>,
    key: Arc<dyn SigningKey>,
) -> Result<(), Error> {
    let client = ClientConfig::builder_with_provider(provider())
        .with_protocol_versions(&[version])
        .unwrap()
        .dangerous()
        .with_custom_certificate_verifier(Arc::new(Client))
        .with_no_client_auth();
    let shown = CertifiedKey::new(vec![certificate.clone()], key);
    let server = ServerConfig::builder_with_provider(provider())
        .with_protocol_versions(&[version])
        .unwrap()
        .with_no_client_auth()
        .with_cert_resolver(Arc::new(SingleCertAndKey::from(shown)));
    let name = ServerName::try_from("localhost").unwrap();
    let mut client = ClientConnection::new(Arc::new(client), name).unwrap();
    let mut server = ServerConnection::new(Arc::new(server)).unwrap();
    while client.is_handshaking() || server.is_handshaking() {
        deliver(&mut client, &mut server);
        server.process_new_packets().unwrap();
        deliver(&mut server, &mut client);
        client.process_new_packets()?;
    }
    Ok(())
}

fn deliver<From: SideData, To: SideData>(from: &mut ConnectionCommon<From>, to: &mut ConnectionCommon<To>) {
    let mut sent = Vec::new();
    while from.wants_write() {
        from.write_tls(&mut sent).unwrap();
    }
    let mut sent = sent.as_slice();
    while !sent.is_empty() {
        to.read_tls(&mut sent).unwrap();
    }
}

#[test]
fn the_owner_of_a_certificate_of_any_version_proves_it() {
    let (certificate, rsa) = rsa();
    let (old, new) = (Party::old_root(named("old")), Party::root(authority("new")));
    for version in BOTH {
        assert_eq!(shake(version, &certificate, Arc::clone(&rsa)), Ok(()));
        assert_eq!(shake(version, &old.certificate, key(&old)), Ok(()));
        assert_eq!(shake(version, &new.certificate, key(&new)), Ok(()));
    }
}

#[test]
fn a_thief_has_the_certificate_but_not_its_key() {
    let (certificate, rsa) = rsa();
    let (old, new) = (Party::old_root(named("old")), Party::root(authority("new")));
    let thief = Party::root(named("thief"));
    for version in BOTH {
        for (stolen, key) in [
            (&old.certificate, key(&thief)),
            (&new.certificate, key(&thief)),
            // Of another kind even.
            (&certificate, key(&thief)),
            (&old.certificate, Arc::clone(&rsa)),
        ] {
            let found = shake(version, stolen, key).unwrap_err();
            assert!(matches!(found, Error::InvalidCertificate(_)), "{found}");
        }
    }
}

#[test]
fn a_signature_counts_only_as_what_it_is_called() {
    let old = Party::old_root(named("old"));
    let (certificate, rsa) = rsa();
    let (ecdsa, pss) = (
        SignatureScheme::ECDSA_NISTP256_SHA256,
        SignatureScheme::RSA_PSS_SHA256,
    );
    for version in BOTH {
        for (certificate, key, does, says, is_good) in [
            (&old.certificate, key(&old), ecdsa, ecdsa, true),
            (&old.certificate, key(&old), ecdsa, pss, false),
            (
                &old.certificate,
                key(&old),
                ecdsa,
                SignatureScheme::ED25519,
                false,
            ),
            (&certificate, Arc::clone(&rsa), pss, pss, true),
            (&certificate, Arc::clone(&rsa), pss, ecdsa, false),
            (
                &certificate,
                Arc::clone(&rsa),
                pss,
                SignatureScheme::RSA_PSS_SHA384,
                false,
            ),
        ] {
            let found = shake(version, certificate, Arc::new(Stubborn { key, does, says }));
            assert_eq!(found.is_ok(), is_good, "{says:?} {found:?}");
        }
    }
}

#[test]
fn the_padding_of_pkcs1_is_good_in_tls_1_2_only_and_sha1_never() {
    let (certificate, key) = rsa();
    let says = |says| {
        let does = SignatureScheme::RSA_PKCS1_SHA256;
        let key = Stubborn {
            key: Arc::clone(&key),
            does,
            says,
        };
        BOTH.map(|version| shake(version, &certificate, Arc::new(key.clone())).is_ok())
    };
    assert_eq!(says(SignatureScheme::RSA_PKCS1_SHA256), [true, false]);
    assert_eq!(says(SignatureScheme::RSA_PKCS1_SHA1), [false, false]);
}
