//! Makes certificates: of version 3 as rcgen does, of version 1 by taking the version out of those.

use rcgen::{
    BasicConstraints, CertificateParams, DistinguishedName, DnType, IsCa, Issuer, KeyPair, SigningKey as _,
};
use rustls::pki_types::CertificateDer;
use x509_parser::asn1_rs::{Any, FromDer as _};

/// Somebody with a certificate.
pub(crate) struct Party {
    pub(crate) certificate: CertificateDer<'static>,
    pub(crate) params: CertificateParams,
    pub(crate) key: KeyPair,
}

/// The contents of a certificate with this name, and nothing that it may be used for.
pub(crate) fn named(name: &str) -> CertificateParams {
    let mut params = CertificateParams::default();
    params.distinguished_name = DistinguishedName::new();
    params.distinguished_name.push(DnType::CommonName, name);
    params
}

/// The contents of an authority's certificate.
pub(crate) fn authority(name: &str) -> CertificateParams {
    with(named(name), |it| {
        it.is_ca = IsCa::Ca(BasicConstraints::Unconstrained);
    })
}

/// The same with a change.
pub(crate) fn with(
    mut params: CertificateParams,
    change: impl FnOnce(&mut CertificateParams),
) -> CertificateParams {
    change(&mut params);
    params
}

impl Party {
    /// Signs its own certificate.
    pub(crate) fn root(params: CertificateParams) -> Self {
        let key = KeyPair::generate().unwrap();
        let certificate = params.self_signed(&key).unwrap().der().clone();
        Self {
            certificate,
            params,
            key,
        }
    }

    /// Signs the certificate of another.
    pub(crate) fn issue(&self, params: CertificateParams) -> Self {
        self.issue_for(KeyPair::generate().unwrap(), params)
    }

    /// Signs a certificate for this key.
    pub(crate) fn issue_for(&self, key: KeyPair, params: CertificateParams) -> Self {
        let issuer = Issuer::from_params(&self.params, &self.key);
        let certificate = params.signed_by(&key, &issuer).unwrap().der().clone();
        Self {
            certificate,
            params,
            key,
        }
    }

    /// The same of version 1.
    pub(crate) fn issue_old(&self, params: CertificateParams) -> Self {
        let issued = self.issue(params);
        Self {
            certificate: of_version_1(&issued.certificate, &self.key),
            ..issued
        }
    }

    /// Signs its own certificate of version 1.
    pub(crate) fn old_root(params: CertificateParams) -> Self {
        let root = Self::root(params);
        Self {
            certificate: of_version_1(&root.certificate, &root.key),
            ..root
        }
    }
}

/// Leaves the version out of a certificate, by which it is of version 1, and signs it again.
fn of_version_1(certificate: &CertificateDer<'_>, issuer: &KeyPair) -> CertificateDer<'static> {
    let (_, certificate) = Any::from_der(certificate).unwrap();
    let (rest, signed) = Any::from_der(certificate.data).unwrap();
    let (signature, _) = Any::from_der(rest).unwrap();
    let algorithm = &rest[..rest.len() - signature.len()];
    let signed = element(0x30, signed.data.strip_prefix(&[0xa0, 3, 2, 1, 2]).unwrap());
    let signature = element(3, &[&[0], issuer.sign(&signed).unwrap().as_slice()].concat());
    element(0x30, &[&signed, algorithm, &signature].concat()).into()
}

fn element(tag: u8, content: &[u8]) -> Vec<u8> {
    let [high, low] = u16::try_from(content.len()).unwrap().to_be_bytes();
    let head: &[u8] = match (high, low) {
        (0, ..0x80) => &[tag, low],
        (0, _) => &[tag, 0x81, low],
        _ => &[tag, 0x82, high, low],
    };
    [head, content].concat()
}
