//! Which leaves are believed, and one reason after the other for which they are not.

use std::slice::from_ref;

use pgo_tls::Purpose::{self, Client, Server};
use pgo_tls::verify_validity;
use rcgen::{
    BasicConstraints, CertificateParams, CustomExtension, ExtendedKeyUsagePurpose, GeneralSubtree, IsCa,
    KeyPair, KeyUsagePurpose, NameConstraints, date_time_ymd,
};
use rustls::pki_types::CertificateDer;

use crate::maker::{Party, authority, named, with};
use crate::{NOW, look, read};

/// What is wrong with a leaf that this authority signed.
fn signed_by(authority: &Party, leaf: &Party) -> String {
    look([&authority.certificate], [&leaf.certificate], Client).unwrap_err()
}

/// What is wrong with a leaf of version 1 below an intermediate authority like this.
fn below(intermediate: CertificateParams) -> Result<(), String> {
    let root = Party::root(authority("root"));
    let between = root.issue(intermediate);
    let leaf = between.issue_old(named("leaf"));
    look(
        [&root.certificate],
        [&leaf.certificate, &between.certificate],
        Client,
    )
}

/// What is wrong with leaves of both kinds that a trusted root like this signed.
fn of_root(root: CertificateParams) -> [Result<(), String>; 2] {
    let root = Party::root(root);
    [root.issue_old(named("leaf")), root.issue(authority("leaf"))]
        .map(|leaf| look([&root.certificate], [&leaf.certificate], Client))
}

#[track_caller]
fn refuses(found: Result<(), String>, why: &str) {
    let found = found.unwrap_err();
    assert!(found.contains(why), "{found}");
}

#[test]
fn both_kinds_of_leaf_are_believed_if_a_trusted_authority_signed_them() {
    for root in [Party::root(authority("root")), Party::old_root(named("root"))] {
        for leaf in [root.issue_old(named("leaf")), root.issue(authority("leaf"))] {
            for purpose in [Client, Server] {
                assert_eq!(look([&root.certificate], [&leaf.certificate], purpose), Ok(()));
            }
        }
    }
}

#[test]
fn a_leaf_that_openssl_made_is_believed() {
    let authority = read(include_str!("openssl/authority.crt"));
    let own = read(include_str!("openssl/own.crt"));
    let leaf = read(include_str!("openssl/leaf.crt"));
    assert_eq!(look([&own, &authority], [&leaf], Client), Ok(()));
    refuses(look([&own], [&leaf], Client), "UnknownIssuer");
}

#[test]
fn intermediates_are_followed_in_the_order_in_which_they_come_and_strangers_among_them_passed_over() {
    let root = Party::root(authority("root"));
    let upper = root.issue(authority("upper"));
    let lower = upper.issue(authority("lower"));
    let stranger = Party::root(authority("stranger"));
    for leaf in [lower.issue_old(named("leaf")), lower.issue(authority("leaf"))] {
        let all = [&leaf, &lower, &stranger, &upper].map(|it| &it.certificate);
        assert_eq!(look([&root.certificate], all, Client), Ok(()));
        assert_eq!(look([&upper.certificate], [all[0], all[1]], Client), Ok(()));
        refuses(
            look([&root.certificate], [all[0], all[1]], Client),
            "UnknownIssuer",
        );
        refuses(
            look([&root.certificate], [all[0], all[3], all[1]], Client),
            "UnknownIssuer",
        );
    }
}

#[test]
fn of_too_many_intermediates_the_rest_is_not_looked_at() {
    let root = Party::root(authority("root"));
    let mut path = vec![root.issue(authority("1"))];
    for name in ["2", "3", "4", "5"] {
        path.push(path.last().unwrap().issue(authority(name)));
    }
    let of = |length: usize| {
        let leaf = path[length - 1].issue_old(named("leaf")).certificate;
        let presented = path[..length].iter().rev().map(|it| &it.certificate);
        look(
            [&root.certificate],
            std::iter::once(&leaf).chain(presented),
            Client,
        )
    };
    assert_eq!(of(4), Ok(()));
    refuses(of(5), "UnknownIssuer");
}

#[test]
fn another_with_the_name_of_the_authority_is_not_the_authority() {
    let (root, other) = (Party::root(authority("root")), Party::root(authority("root")));
    for leaf in [other.issue_old(named("leaf")), other.issue(authority("leaf"))] {
        assert!(signed_by(&root, &leaf).contains("BadSignature"));
        // Also not when he brings his own certificate.
        let presented = [&leaf.certificate, &other.certificate];
        refuses(look([&root.certificate], presented, Client), "BadSignature");
        // Of two that are trusted under one name, each counts.
        for trusted in [[&root, &other], [&other, &root]] {
            let trusted = trusted.map(|it| &it.certificate);
            assert_eq!(look(trusted, presented, Client), Ok(()));
        }
    }
}

#[test]
fn the_key_of_an_authority_under_another_name_is_not_the_authority() {
    let root = Party::root(authority("root"));
    let between = root.issue(authority("between"));
    let leaf = between.issue_old(named("leaf"));
    for (name, is_good) in [("between", true), ("renamed", false)] {
        let key = KeyPair::try_from(between.key.serialize_der()).unwrap();
        let renamed = root.issue_for(key, authority(name));
        let presented = [&leaf.certificate, &renamed.certificate];
        assert_eq!(look([&root.certificate], presented, Client).is_ok(), is_good);
    }
}

#[test]
fn nobody_who_signed_himself_is_believed_unasked() {
    let root = Party::root(authority("root"));
    for leaf in [Party::old_root(named("leaf")), Party::root(authority("leaf"))] {
        assert!(signed_by(&root, &leaf).contains("UnknownIssuer"));
        refuses(look([], from_ref(&leaf.certificate), Client), "UnknownIssuer");
    }
}

#[test]
fn what_was_changed_after_it_was_signed_is_refused() {
    let root = Party::root(authority("root"));
    let leaf = root.issue_old(named("leaf")).certificate;
    let changed = |place: usize| {
        let mut leaf = leaf.to_vec();
        leaf[place] ^= 1;
        look([&root.certificate], [&CertificateDer::from(leaf)], Client)
    };
    let name = leaf.windows(4).position(|it| it == b"leaf").unwrap();
    refuses(changed(name), "BadSignature");
    refuses(changed(leaf.len() - 1), "BadSignature");
    // The algorithm stands in what is signed and once more outside.
    let algorithms = leaf.windows(4).rposition(|it| it == [0x3d, 4, 3, 2]).unwrap();
    refuses(changed(algorithms + 3), "BadEncoding");
}

#[test]
fn a_signature_by_sha1_does_not_count() {
    let authority = read(include_str!("openssl/authority.crt"));
    let weak = read(include_str!("openssl/sha1.crt"));
    refuses(look([&authority], [&weak], Client), "BadSignature");
}

#[test]
fn every_certificate_of_the_path_must_be_valid_now() {
    let over = |it: &mut CertificateParams| it.not_after = date_time_ymd(2020, 12, 1);
    let to_come = |it: &mut CertificateParams| it.not_before = date_time_ymd(2120, 12, 1);
    let root = Party::root(authority("root"));
    let not_yet = [
        root.issue_old(with(named("leaf"), to_come)),
        root.issue(with(authority("leaf"), to_come)),
    ];
    for leaf in not_yet {
        let later = signed_by(&root, &leaf);
        assert!(later.contains("not valid yet"), "{later}");
    }
    let ended = signed_by(&root, &root.issue_old(with(named("leaf"), over)));
    assert!(ended.contains("expired"), "{ended}");
    for found in of_root(with(authority("root"), over)) {
        refuses(found, "expired");
    }
    for found in of_root(with(authority("root"), to_come)) {
        refuses(found, "not valid yet");
    }
    let old = Party::old_root(with(named("root"), over));
    assert!(signed_by(&old, &old.issue_old(named("leaf"))).contains("expired"));
    assert_eq!(below(authority("between")), Ok(()));
    refuses(below(with(authority("between"), over)), "UnknownIssuer");
}

#[test]
fn a_certificate_that_is_trusted_as_it_stands_must_be_valid_now_and_end_where_it_ends() {
    let over = |it: &mut CertificateParams| it.not_after = date_time_ymd(2020, 12, 1);
    let verify = |certificate: &CertificateDer<'_>| {
        verify_validity(certificate, NOW).map_err(|error| error.to_string())
    };
    for root in [Party::old_root, Party::root] {
        let root_of = |params| root(params).certificate;
        assert_eq!(verify(&root_of(named("root"))), Ok(()));
        refuses(verify(&root_of(with(named("root"), over))), "expired");
        let longer = [root_of(named("root")).as_ref(), &[0]].concat();
        refuses(verify(&longer.into()), "BadEncoding");
    }
}

#[test]
fn who_is_no_authority_signs_nothing() {
    let no = |it: &mut CertificateParams| it.is_ca = IsCa::ExplicitNoCa;
    for found in of_root(with(named("root"), no)) {
        refuses(found, "EndEntityUsedAsCa");
    }
    refuses(below(with(named("between"), no)), "UnknownIssuer");
    // A trusted certificate that another signed is a leaf, unless it says otherwise.
    let root = Party::root(authority("root"));
    for leaf in [root.issue(named("pinned")), root.issue_old(named("pinned"))] {
        assert!(signed_by(&leaf, &leaf.issue_old(named("leaf"))).contains("EndEntityUsedAsCa"));
    }
}

#[test]
fn who_says_nothing_of_it_is_an_authority_only_as_a_trusted_root() {
    for found in of_root(named("root")) {
        assert_eq!(found, Ok(()));
    }
    refuses(below(named("between")), "UnknownIssuer");
    let root = Party::root(authority("root"));
    let between = root.issue_old(named("between"));
    let leaf = between.issue_old(named("leaf"));
    let presented = [&leaf.certificate, &between.certificate];
    refuses(look([&root.certificate], presented, Client), "UnknownIssuer");
}

#[test]
fn an_authority_whose_key_is_not_for_certificates_signs_none() {
    let signs_no = |it: &mut CertificateParams| it.key_usages = vec![KeyUsagePurpose::DigitalSignature];
    let signs = |it: &mut CertificateParams| it.key_usages = vec![KeyUsagePurpose::KeyCertSign];
    for root in [authority("root"), named("root")] {
        for found in of_root(with(root, signs_no)) {
            refuses(found, "EndEntityUsedAsCa");
        }
    }
    assert_eq!(of_root(with(authority("root"), signs)), [Ok(()), Ok(())]);
    assert_eq!(below(with(authority("between"), signs)), Ok(()));
    refuses(below(with(authority("between"), signs_no)), "UnknownIssuer");
}

#[test]
fn the_length_of_a_path_counts_what_is_between_the_authority_and_the_leaf() {
    let length =
        |length| move |it: &mut CertificateParams| it.is_ca = IsCa::Ca(BasicConstraints::Constrained(length));
    for found in of_root(with(authority("root"), length(0))) {
        assert_eq!(
            found,
            Ok(()),
            "the leaf does not count, although it is an authority"
        );
    }
    let root = Party::root(with(authority("root"), length(0)));
    let leaf = root.issue_old(named("leaf"));
    let with_root = [&leaf.certificate, &root.certificate];
    assert_eq!(
        look([&root.certificate], with_root, Client),
        Ok(()),
        "a root that is sent along is not below itself"
    );
    for (allowed, is_enough) in [(0, false), (1, true)] {
        let root = Party::root(with(authority("root"), length(allowed)));
        let between = root.issue(authority("between"));
        let leaf = between.issue_old(named("leaf"));
        let found = look(
            [&root.certificate],
            [&leaf.certificate, &between.certificate],
            Client,
        );
        if is_enough {
            assert_eq!(found, Ok(()));
        } else {
            refuses(found, "PathLenConstraintViolated");
        }
        let upper = Party::root(authority("upper"));
        let root = upper.issue(with(authority("root"), length(allowed)));
        let between = root.issue(authority("between"));
        let leaf = between.issue_old(named("leaf"));
        let presented = [&leaf, &between, &root].map(|it| &it.certificate);
        assert_eq!(look([&upper.certificate], presented, Client).is_ok(), is_enough);
    }
}

#[test]
fn usages_count_in_every_certificate_that_limits_them() {
    use ExtendedKeyUsagePurpose::{Any, ClientAuth, CodeSigning, ServerAuth};
    let root = Party::root(authority("root"));
    let cases = [
        (vec![], [true, true]),
        (vec![Any], [true, true]),
        (vec![CodeSigning], [false, false]),
        (vec![ClientAuth], [true, false]),
        (vec![CodeSigning, ServerAuth], [false, true]),
    ];
    for (usages, good_for) in cases {
        let limited = |it: &mut CertificateParams| it.extended_key_usages.clone_from(&usages);
        let leaf = root.issue(with(authority("leaf"), limited));
        let upper = Party::root(with(authority("upper"), limited));
        let of_upper = upper.issue_old(named("leaf"));
        let between = root.issue(with(authority("between"), limited));
        let below = between.issue_old(named("leaf"));
        for (purpose, is_good) in [Client, Server].into_iter().zip(good_for) {
            let look = |root: &Party, presented: &[&Party], purpose: Purpose| {
                look(
                    [&root.certificate],
                    presented.iter().map(|it| &it.certificate),
                    purpose,
                )
            };
            let found = [
                look(&root, &[&leaf], purpose),
                look(&upper, &[&of_upper], purpose),
                look(&root, &[&below, &between], purpose),
            ];
            assert_eq!(found.map(|it| it.is_ok()), [is_good; 3], "{usages:?} {purpose:?}");
        }
    }
}

#[test]
fn constraints_of_names_are_refused_because_nobody_compares_names() {
    let constrained = |it: &mut CertificateParams| {
        it.name_constraints = Some(NameConstraints {
            permitted_subtrees: vec![GeneralSubtree::DnsName("example.com".to_owned())],
            excluded_subtrees: vec![],
        });
    };
    for found in of_root(with(authority("root"), constrained)) {
        refuses(found, "UnhandledCriticalExtension");
    }
    refuses(below(with(authority("between"), constrained)), "UnknownIssuer");
    let root = Party::root(authority("root"));
    let leaf = root.issue(with(authority("leaf"), constrained));
    assert!(signed_by(&root, &leaf).contains("UnhandledCriticalExtension"));
}

#[test]
fn an_extension_that_nobody_knows_is_passed_over_only_if_it_is_not_critical() {
    for (is_critical, is_refused) in [(false, false), (true, true)] {
        let extended = |it: &mut CertificateParams| {
            let mut extension = CustomExtension::from_oid_content(&[1, 2, 3, 4], vec![5, 0]);
            extension.set_criticality(is_critical);
            it.custom_extensions.push(extension);
        };
        for found in of_root(with(authority("root"), extended)) {
            assert_eq!(found.is_err(), is_refused);
        }
        assert_eq!(below(with(authority("between"), extended)).is_err(), is_refused);
        let root = Party::root(authority("root"));
        let leaf = root.issue(with(authority("leaf"), extended));
        assert_eq!(
            look([&root.certificate], [&leaf.certificate], Client).is_err(),
            is_refused
        );
    }
}

#[test]
fn an_extension_that_is_there_twice_or_cannot_be_read_is_refused() {
    const CONSTRAINTS: &[u64] = &[2, 5, 29, 19];
    let twice = |it: &mut CertificateParams| {
        let yes = vec![0x30, 3, 1, 1, 0xff];
        it.custom_extensions
            .push(CustomExtension::from_oid_content(CONSTRAINTS, yes));
    };
    let damaged = |it: &mut CertificateParams| {
        it.custom_extensions
            .push(CustomExtension::from_oid_content(CONSTRAINTS, vec![5, 0]));
    };
    for root in [with(authority("root"), twice), with(named("root"), damaged)] {
        for found in of_root(root) {
            refuses(found, "BadEncoding");
        }
    }
}

#[test]
fn what_webpki_refuses_for_another_reason_stays_refused() {
    let root = Party::root(authority("root"));
    // It would do, but was not asked for.
    assert!(signed_by(&root, &root.issue(named("leaf"))).contains("UnknownIssuer"));
    let ended = |it: &mut CertificateParams| it.not_after = date_time_ymd(2020, 12, 1);
    assert!(signed_by(&root, &root.issue(with(authority("leaf"), ended))).contains("expired"));
    // Of version 1 with extensions, which nobody would look at.
    let names = |it: &mut CertificateParams| {
        it.subject_alt_names = CertificateParams::new(["localhost".to_owned()])
            .unwrap()
            .subject_alt_names;
    };
    let odd = root.issue_old(with(named("leaf"), names));
    assert!(signed_by(&root, &odd).contains("UnsupportedCertVersion"));
}
