//! Certificates that webpki does not take, and everything that must not pass for one of them.
//!
//! Most are made by the tests. Those in `openssl/` are what `openssl` itself writes, made by OpenSSL 3.0 as by
//! `openssl x509 -req` but with `openssl ca`, which can be told the dates: `authority.crt` (version 3, signed by itself),
//! `leaf.crt` with `leaf.key` (version 1, signed by the authority), `sha1.crt` (the same by `-md sha1`), and `own.crt`
//! with `own.key` (version 1, signed by itself, as by `-signkey`). They end in 2120.

#![expect(clippy::unwrap_used, reason = "helpers of tests may panic")]

mod anything;
mod handshake;
mod maker;
mod pair;
mod path;

use std::time::Duration;

use rustls::RootCertStore;
use rustls::client::verify_server_cert_signed_by_trust_anchor;
use rustls::crypto::WebPkiSupportedAlgorithms;
use rustls::pki_types::pem::PemObject as _;
use rustls::pki_types::{CertificateDer, UnixTime};
use rustls::server::ParsedCertificate;

use pgo_tls::{Anchors, Purpose};

/// A moment in 2027.
const NOW: UnixTime = UnixTime::since_unix_epoch(Duration::from_hours(500_000));

/// A certificate as `openssl` writes it.
fn read(pem: &str) -> CertificateDer<'static> {
    CertificateDer::from_pem_slice(pem.as_bytes()).unwrap()
}

fn algorithms() -> WebPkiSupportedAlgorithms {
    rustls::crypto::aws_lc_rs::default_provider().signature_verification_algorithms
}

/// What webpki has against a leaf that nobody has vouched for yet.
fn refusal(leaf: &CertificateDer<'_>) -> rustls::Error {
    let roots = RootCertStore::empty();
    let look = |leaf: ParsedCertificate<'_>| {
        verify_server_cert_signed_by_trust_anchor(&leaf, &roots, &[], NOW, algorithms().all)
    };
    ParsedCertificate::try_from(leaf).and_then(look).unwrap_err()
}

/// Reconsiders a leaf after webpki, and says what is wrong with it.
fn look<'a>(
    trusted: impl IntoIterator<Item = &'a CertificateDer<'static>>,
    presented: impl IntoIterator<Item = &'a CertificateDer<'static>>,
    purpose: Purpose,
) -> Result<(), String> {
    let anchors = Anchors::new(trusted.into_iter().cloned(), purpose, algorithms());
    let presented: Vec<_> = presented.into_iter().cloned().collect();
    let (leaf, intermediates) = presented.split_first().unwrap();
    let reconsidered = anchors.reconsider(refusal(leaf), leaf, intermediates, NOW);
    reconsidered.map_err(|error| error.to_string())
}
