//! A certificate of one's own, and its key.

use rustls::pki_types::pem::PemObject as _;
use rustls::pki_types::{CertificateDer, PrivateKeyDer};
use rustls::sign::CertifiedKey;
use rustls::{CertificateError, Error, InconsistentKeys};

use crate::maker::{Party, named};
use crate::read;

fn pair(chain: Vec<CertificateDer<'static>>, key: PrivateKeyDer<'static>) -> Result<CertifiedKey, Error> {
    pgo_tls::pair(chain, key, &rustls::crypto::aws_lc_rs::default_provider())
}

fn key(party: &Party) -> PrivateKeyDer<'static> {
    PrivateKeyDer::try_from(party.key.serialize_der()).unwrap()
}

#[test]
fn what_openssl_made_is_a_pair() {
    for (certificate, key) in [
        (include_str!("openssl/leaf.crt"), include_str!("openssl/leaf.key")),
        (include_str!("openssl/own.crt"), include_str!("openssl/own.key")),
    ] {
        let key = PrivateKeyDer::from_pem_slice(key.as_bytes()).unwrap();
        assert_eq!(
            pair(vec![read(certificate)], key).unwrap().cert,
            [read(certificate)]
        );
    }
}

#[test]
fn a_certificate_and_the_key_of_another_are_none_whatever_its_version() {
    let other = Party::root(named("other"));
    for party in [Party::root(named("new")), Party::old_root(named("old"))] {
        let chain = vec![party.certificate.clone()];
        assert!(pair(chain.clone(), key(&party)).is_ok());
        let found = pair(chain, key(&other)).unwrap_err();
        assert_eq!(found, Error::InconsistentKeys(InconsistentKeys::KeyMismatch));
    }
}

#[test]
fn what_is_no_certificate_or_no_key_is_refused() {
    let old = Party::old_root(named("old"));
    assert_eq!(
        pair(vec![], key(&old)).unwrap_err(),
        Error::NoCertificatesPresented
    );
    let mut damaged = old.certificate.to_vec();
    damaged.push(0);
    assert!(matches!(
        pair(vec![damaged.into()], key(&old)),
        Err(Error::InvalidCertificate(CertificateError::BadEncoding))
    ));
    let none = PrivateKeyDer::Pkcs8(vec![0x30, 0].into());
    assert!(matches!(
        pair(vec![old.certificate], none),
        Err(Error::General(_))
    ));
}
