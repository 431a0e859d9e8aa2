//! Whatever a stranger shows: looking at it does no harm, and nothing passes that nobody signed.

use std::sync::{Arc, LazyLock};

use pgo_tls::{Anchors, Purpose, verify_validity};
use proptest::prelude::*;
use rustls::pki_types::CertificateDer;
use rustls::{CertificateError, OtherError};
use x509_parser::asn1_rs::{Any, FromDer as _};

use crate::maker::{Party, authority, named, with};
use crate::{NOW, algorithms, look};

/// A root, an authority below it, and leaves of both kinds that this one signed.
struct Family {
    root: Party,
    between: Party,
    leaves: [Party; 2],
}

static FAMILY: LazyLock<Family> = LazyLock::new(|| {
    let root = Party::root(authority("root"));
    let between = root.issue(with(authority("between"), |it| {
        it.extended_key_usages = vec![rcgen::ExtendedKeyUsagePurpose::ClientAuth];
    }));
    let leaves = [between.issue_old(named("leaf")), between.issue(authority("leaf"))];
    Family {
        root,
        between,
        leaves,
    }
});

fn turned(certificate: &CertificateDer<'_>, place: usize, bit: u8) -> CertificateDer<'static> {
    let mut certificate = certificate.to_vec();
    let place = place % certificate.len();
    certificate[place] ^= 1 << (bit % 8);
    certificate.into()
}

proptest! {
    #[test]
    fn any_bytes_are_refused(bytes: Vec<u8>, place: usize, kept: usize) {
        let leaf = &FAMILY.leaves[place % 2].certificate;
        let cut = leaf[..kept % leaf.len()].to_vec();
        let anchors = Anchors::new([FAMILY.root.certificate.clone()], Purpose::Client, algorithms());
        for bytes in [bytes, cut].map(CertificateDer::from) {
            prop_assert!(verify_validity(&bytes, NOW).is_err());
            // Also when webpki should have taken them for a certificate.
            for refusal in [webpki::Error::UnsupportedCertVersion, webpki::Error::CaUsedAsEndEntity] {
                let refusal = CertificateError::Other(OtherError(Arc::new(refusal)));
                prop_assert!(anchors.reconsider(refusal.into(), &bytes, &[], NOW).is_err());
            }
        }
    }

    #[test]
    fn any_bit_that_is_turned_in_what_was_signed_breaks_the_path(
        which in 0..2_usize,
        place: usize,
        bit: u8,
        of_the_leaf: bool,
    ) {
        let Family { root, between, leaves } = &*FAMILY;
        let (leaf, between) = (&leaves[which].certificate, &between.certificate);
        let trusted = [&root.certificate];
        prop_assert_eq!(look(trusted, [leaf, between], Purpose::Client), Ok(()));
        let (whole, found, turned) = if of_the_leaf {
            let turned = turned(leaf, place, bit);
            (leaf, look(trusted, [&turned, between], Purpose::Client), turned)
        } else {
            let turned = turned(between, place, bit);
            (between, look(trusted, [leaf, &turned], Purpose::Client), turned)
        };
        // The frame around it says nothing that anybody believes; x509-parser passes over some of its bits.
        prop_assert!(found.is_err() || signed(&turned) == signed(whole));
    }
}

/// The part of a certificate that its issuer signed.
fn signed<'a>(certificate: &'a CertificateDer<'_>) -> &'a [u8] {
    let (_, certificate) = Any::from_der(certificate).unwrap();
    let (rest, _) = Any::from_der(certificate.data).unwrap();
    &certificate.data[..certificate.data.len() - rest.len()]
}
