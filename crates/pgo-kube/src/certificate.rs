//! The certificates of a cluster: an authority of its own, and leaves for server and client use.

use jiff::{SignedDuration, Timestamp};
use rcgen::{
    BasicConstraints, CertificateParams, DistinguishedName, DnType, ExtendedKeyUsagePurpose, IsCa, Issuer,
    KeyPair, KeyUsagePurpose, PKCS_ECDSA_P256_SHA256, date_time_ymd,
};

const AUTHORITY_DAYS: i64 = 3653;
const LEAF_DAYS: i64 = 365;
/// Clocks differ; a certificate that is valid from now on is not yet valid elsewhere.
const BACKDATED_DAYS: i64 = 1;

/// A certificate with its key, in PEM.
pub(crate) struct Pair {
    pub(crate) certificate: String,
    pub(crate) key: String,
    pub(crate) not_after: Timestamp,
}

/// Makes an authority.
pub(crate) fn authority(common_name: &str, now: Timestamp) -> Result<Pair, rcgen::Error> {
    let mut params = params(common_name, &[], now, AUTHORITY_DAYS)?;
    params.is_ca = IsCa::Ca(BasicConstraints::Constrained(0));
    params.key_usages = vec![KeyUsagePurpose::KeyCertSign, KeyUsagePurpose::CrlSign];
    let key = KeyPair::generate_for(&PKCS_ECDSA_P256_SHA256)?;
    let certificate = params.self_signed(&key)?;
    Ok(Pair {
        certificate: certificate.pem(),
        key: key.serialize_pem(),
        not_after: ends(now, AUTHORITY_DAYS),
    })
}

/// Makes a leaf, signed by an authority that is given in PEM.
pub(crate) fn leaf(
    authority: (&str, &str),
    common_name: &str,
    names: &[String],
    now: Timestamp,
) -> Result<Pair, rcgen::Error> {
    let (certificate, key) = authority;
    let issuer = Issuer::from_ca_cert_pem(certificate, KeyPair::from_pem(key)?)?;
    let mut params = params(common_name, names, now, LEAF_DAYS)?;
    params.use_authority_key_identifier_extension = true;
    params.key_usages = vec![KeyUsagePurpose::DigitalSignature];
    params.extended_key_usages = vec![
        ExtendedKeyUsagePurpose::ServerAuth,
        ExtendedKeyUsagePurpose::ClientAuth,
    ];
    let key = KeyPair::generate_for(&PKCS_ECDSA_P256_SHA256)?;
    let certificate = params.signed_by(&key, &issuer)?;
    Ok(Pair {
        certificate: certificate.pem(),
        key: key.serialize_pem(),
        not_after: ends(now, LEAF_DAYS),
    })
}

fn params(
    common_name: &str,
    names: &[String],
    now: Timestamp,
    days: i64,
) -> Result<CertificateParams, rcgen::Error> {
    let mut params = CertificateParams::new(names)?;
    params.distinguished_name = DistinguishedName::new();
    params.distinguished_name.push(DnType::CommonName, common_name);
    let (year, month, first) = day(now - SignedDuration::from_hours(24 * BACKDATED_DAYS));
    params.not_before = date_time_ymd(year, month, first);
    let (year, month, last) = day(ends(now, days));
    params.not_after = date_time_ymd(year, month, last);
    Ok(params)
}

fn ends(now: Timestamp, days: i64) -> Timestamp {
    now + SignedDuration::from_hours(24 * days)
}

fn day(at: Timestamp) -> (i32, u8, u8) {
    let date = at.to_zoned(jiff::tz::TimeZone::UTC).date();
    (
        i32::from(date.year()),
        date.month().unsigned_abs(),
        date.day().unsigned_abs(),
    )
}

#[cfg(test)]
mod tests {
    use super::*;

    fn pem(text: &str) -> x509_parser::pem::Pem {
        x509_parser::pem::parse_x509_pem(text.as_bytes()).unwrap().1
    }

    #[test]
    fn a_leaf_is_signed_by_its_authority_for_all_its_names() {
        let now: Timestamp = "2026-11-21T12:00:00Z".parse().unwrap();
        let ca = authority("hippo", now).unwrap();
        let names = [
            "hippo".to_owned(),
            "hippo.ns.svc".to_owned(),
            "127.0.0.1".to_owned(),
        ];
        let leaf = leaf((&ca.certificate, &ca.key), "hippo-instance", &names, now).unwrap();

        let (ca_pem, leaf_pem) = (pem(&ca.certificate), pem(&leaf.certificate));
        let (ca, certificate) = (ca_pem.parse_x509().unwrap(), leaf_pem.parse_x509().unwrap());
        certificate.verify_signature(Some(ca.public_key())).unwrap();
        assert!(ca.is_ca() && !certificate.is_ca());
        assert_eq!(certificate.subject().to_string(), "CN=hippo-instance");
        let names = certificate.subject_alternative_name().unwrap().unwrap().value;
        assert_eq!(names.general_names.len(), 3);
        assert!(leaf.key.starts_with("-----BEGIN PRIVATE KEY-----"));
    }

    #[test]
    fn a_certificate_is_valid_already_for_a_clock_that_lags() {
        let now: Timestamp = "2026-11-21T00:00:01Z".parse().unwrap();
        let ca_pem = pem(&authority("hippo", now).unwrap().certificate);
        let valid = ca_pem.parse_x509().unwrap().validity.clone();
        assert!(valid.not_before.timestamp() <= now.as_second() - 3600);
        assert!(valid.not_after.timestamp() > now.as_second() + 9 * 365 * 24 * 3600);
    }
}
