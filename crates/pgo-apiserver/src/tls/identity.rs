//! The server's own certificate: read from the Secret `pgo.tls`, or made.
//!
//! What is made is an authority of this installation's own and a leaf signed by it, for server and client use: the
//! clients of 4.2 are handed copies of the server's pair and present them as their own.

use std::net::IpAddr;

use jiff::civil::Date;
use jiff::tz::TimeZone;
use jiff::{SignedDuration, Span, Timestamp, ToSpan};
use rcgen::{
    BasicConstraints, CertificateParams, DistinguishedName, DnType, ExtendedKeyUsagePurpose, IsCa, Issuer,
    KeyPair, KeyUsagePurpose,
};
use rustls::CertificateError;
use rustls::pki_types::pem::PemObject;
use rustls::pki_types::{CertificateDer, PrivateKeyDer, UnixTime, pem};
use secrecy::{ExposeSecret as _, SecretString};
use x509_parser::extensions::GeneralName;

/// How long before its end a certificate is replaced.
const RENEWAL: SignedDuration = SignedDuration::from_hours(30 * 24);

/// The pair that the server shows.
pub(crate) struct Identity {
    /// The leaf first, then those who vouch for it.
    pub(crate) chain: Vec<CertificateDer<'static>>,
    /// The leaf's key.
    pub(crate) key: PrivateKeyDer<'static>,
}

/// Why a Secret holds no usable pair.
#[derive(Debug, thiserror::Error)]
pub(crate) enum Unreadable {
    /// `tls.crt` holds no certificate.
    #[error("tls.crt holds no certificate in PEM form")]
    NoCertificate,
    /// `tls.crt` is damaged.
    #[error("tls.crt cannot be read")]
    Certificate(#[source] pem::Error),
    /// `tls.key` is damaged or holds no key.
    #[error("tls.key holds no private key in PEM form")]
    Key(#[source] pem::Error),
}

impl Identity {
    /// Reads a pair. Keys may be PKCS#1, PKCS#8 or SEC1.
    pub(crate) fn parse(certificate: &[u8], key: &[u8]) -> Result<Self, Unreadable> {
        let chain: Vec<_> = CertificateDer::pem_slice_iter(certificate)
            .collect::<Result<_, _>>()
            .map_err(Unreadable::Certificate)?;
        if chain.is_empty() {
            return Err(Unreadable::NoCertificate);
        }
        let key = PrivateKeyDer::from_pem_slice(key).map_err(Unreadable::Key)?;
        Ok(Self { chain, key })
    }

    /// Checks that the leaf is valid today.
    pub(crate) fn check_validity(&self) -> Result<(), rustls::Error> {
        let leaf = self.chain.first().ok_or(CertificateError::BadEncoding)?;
        pgo_tls::verify_validity(leaf, UnixTime::now())
    }

    /// Whether the leaf was valid once and is not any more.
    pub(crate) fn is_over(&self) -> bool {
        use CertificateError::{Expired, ExpiredContext};
        matches!(
            self.check_validity(),
            Err(rustls::Error::InvalidCertificate(Expired | ExpiredContext { .. }))
        )
    }

    /// Whether the leaf should be replaced by a new one that is valid for these names.
    pub(crate) fn is_due(&self, names: &[String], now: Timestamp) -> bool {
        let leaf = self
            .chain
            .first()
            .map(|leaf| x509_parser::parse_x509_certificate(leaf));
        let Some(Ok((_, leaf))) = leaf else { return true };
        let ends = leaf.validity().not_after.timestamp();
        let alternatives = leaf.subject_alternative_name().ok().flatten();
        let known = |name: &String| {
            let address: Option<Vec<u8>> = name.parse().ok().map(|address| match address {
                IpAddr::V4(address) => address.octets().to_vec(),
                IpAddr::V6(address) => address.octets().to_vec(),
            });
            let mut all = alternatives.iter().flat_map(|it| &it.value.general_names);
            all.any(|known| match (known, &address) {
                (GeneralName::IPAddress(known), Some(address)) => known == address,
                (GeneralName::DNSName(known), None) => known == name,
                _ => false,
            })
        };
        ends - now.as_second() < RENEWAL.as_secs() || !names.iter().all(known)
    }
}

/// A certificate and its key, in PEM form.
#[derive(Clone)]
pub(crate) struct Pair {
    /// The certificate.
    pub(crate) certificate: String,
    /// Its key.
    pub(crate) key: SecretString,
}

/// Why no certificate could be made.
#[derive(Debug, thiserror::Error)]
#[error("no certificate could be made")]
pub(crate) struct Unmade(#[from] rcgen::Error);

/// Makes an authority of this installation's own.
pub(crate) fn authority(today: Date) -> Result<Pair, Unmade> {
    let key = KeyPair::generate()?;
    let mut params = CertificateParams::default();
    params.distinguished_name = named("pgo API server CA");
    params.is_ca = IsCa::Ca(BasicConstraints::Constrained(0));
    params.key_usages = vec![KeyUsagePurpose::KeyCertSign, KeyUsagePurpose::CrlSign];
    valid(&mut params, today, 10.years());
    let certificate = params.self_signed(&key)?;
    Ok(Pair {
        certificate: certificate.pem(),
        key: key.serialize_pem().into(),
    })
}

/// Whether an authority ends before a certificate would that it signs today. One that cannot be read does not; it is
/// complained about when it has to sign.
pub(crate) fn ends_too_soon(authority: &[u8], today: Date) -> bool {
    let Ok(certificate) = CertificateDer::from_pem_slice(authority) else {
        return false;
    };
    let Ok((_, parsed)) = x509_parser::parse_x509_certificate(&certificate) else {
        return false;
    };
    let ends = Timestamp::from_second(parsed.validity().not_after.timestamp());
    ends.is_ok_and(|ends| ends.to_zoned(TimeZone::UTC).date() < today.saturating_add(term()))
}

/// How long a server certificate is valid.
fn term() -> Span {
    1.year()
}

/// Makes a server certificate that is valid for the names given.
pub(crate) fn leaf(authority: &Pair, names: Vec<String>, today: Date) -> Result<Pair, Unmade> {
    let signing_key = KeyPair::from_pem(authority.key.expose_secret())?;
    let issuer = Issuer::from_ca_cert_pem(&authority.certificate, signing_key)?;
    let key = KeyPair::generate()?;
    let mut params = CertificateParams::new(names)?;
    params.distinguished_name = named("postgres-operator");
    params.is_ca = IsCa::ExplicitNoCa;
    params.use_authority_key_identifier_extension = true;
    params.key_usages = vec![KeyUsagePurpose::DigitalSignature];
    params.extended_key_usages = vec![
        ExtendedKeyUsagePurpose::ServerAuth,
        ExtendedKeyUsagePurpose::ClientAuth,
    ];
    valid(&mut params, today, term());
    let certificate = params.signed_by(&key, &issuer)?;
    Ok(Pair {
        certificate: certificate.pem(),
        key: key.serialize_pem().into(),
    })
}

fn named(common_name: &str) -> DistinguishedName {
    let mut name = DistinguishedName::new();
    name.push(DnType::OrganizationName, "pgo");
    name.push(DnType::CommonName, common_name);
    name
}

/// Valid from yesterday, because clocks differ.
fn valid(params: &mut CertificateParams, today: Date, term: Span) {
    let on = |date: Date| {
        rcgen::date_time_ymd(
            date.year().into(),
            date.month().unsigned_abs(),
            date.day().unsigned_abs(),
        )
    };
    params.not_before = on(today.saturating_sub(1.day()));
    params.not_after = on(today.saturating_add(term));
}
