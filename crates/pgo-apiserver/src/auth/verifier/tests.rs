use std::time::Duration;

use super::*;
use crate::auth::account::Version;
use crate::auth::password;

const HERE: IpAddr = IpAddr::V4(std::net::Ipv4Addr::new(192, 0, 2, 1));
const ELSEWHERE: IpAddr = IpAddr::V4(std::net::Ipv4Addr::new(192, 0, 2, 2));

fn account(version: &str, kept: &str) -> Account {
    Account {
        secret: "pgouser-hippo".to_owned(),
        version: Version {
            uid: "uid".to_owned(),
            resource_version: version.to_owned(),
        },
        password: Password::read(kept.to_owned()),
        roles: String::new(),
        namespaces: Vec::new(),
    }
}

fn hashed(version: &str, password: &str) -> Account {
    account(version, &password::hash(&password.into()).unwrap())
}

fn credentials(password: &str) -> Credentials {
    Credentials {
        user: "hippo".to_owned(),
        password: password.into(),
    }
}

#[tokio::test]
async fn who_was_verified_is_remembered_and_nobody_else_is() {
    let verifier = Verifier::new();
    let account = hashed("1", "right");
    let verify = async |password: &str| {
        verifier
            .verify(HERE, Some(&account), &credentials(password))
            .await
    };
    assert_eq!(verify("right").await, Finding::Right);
    assert_eq!(verify("right").await, Finding::Remembered);
    assert_eq!(verify("wrong").await, Finding::Wrong);
    assert_eq!(
        verify("right").await,
        Finding::Remembered,
        "a wrong guess takes nothing away"
    );
    let other = Credentials {
        user: "hipp".to_owned(),
        password: "oright".into(),
    };
    assert_eq!(
        verifier.verify(HERE, Some(&account), &other).await,
        Finding::Wrong
    );
}

#[tokio::test]
async fn a_changed_secret_is_forgotten_at_once_and_so_is_one_that_is_gone() {
    let verifier = Verifier::new();
    let verify =
        async |account: Option<&Account>| verifier.verify(HERE, account, &credentials("right")).await;
    assert_eq!(verify(Some(&hashed("1", "right"))).await, Finding::Right);
    assert_eq!(verify(Some(&hashed("2", "new"))).await, Finding::Wrong);
    assert_eq!(verify(None).await, Finding::Wrong);
    let mut made_again = hashed("1", "right");
    made_again.version.uid = "another".to_owned();
    assert_eq!(verify(Some(&made_again)).await, Finding::Right);
}

#[tokio::test(start_paused = true)]
async fn memory_is_short() {
    let verifier = Verifier::new();
    let account = hashed("1", "right");
    let verify = async || verifier.verify(HERE, Some(&account), &credentials("right")).await;
    assert_eq!(verify().await, Finding::Right);
    tokio::time::advance(Duration::from_secs(299)).await;
    assert_eq!(verify().await, Finding::Remembered);
    tokio::time::advance(Duration::from_secs(2)).await;
    assert_eq!(verify().await, Finding::Right);
}

#[tokio::test]
async fn a_clear_password_is_good_and_its_hash_is_handed_out() {
    let verifier = Verifier::new();
    let clear = account("1", "right");
    let found = verifier.verify(HERE, Some(&clear), &credentials("right")).await;
    let Finding::RightInClear(hash) = found else {
        panic!("{found:?}");
    };
    let kept = account("2", &hash);
    let found = verifier.verify(HERE, Some(&kept), &credentials("right")).await;
    assert_eq!(found, Finding::Right);
}

// The clock stands still: however long the hashes take here, nothing is forgiven meanwhile.
#[tokio::test(start_paused = true)]
async fn an_address_that_keeps_being_wrong_is_not_listened_to_and_those_known_are() {
    let verifier = Verifier::new();
    let account = hashed("1", "right");
    let verify = async |from, password: &str| {
        let credentials = credentials(password);
        verifier.verify(from, Some(&account), &credentials).await
    };
    assert_eq!(verify(HERE, "right").await, Finding::Right);
    for _ in 0..20 {
        assert_eq!(verify(HERE, "wrong").await, Finding::Wrong);
    }
    assert!(matches!(verify(HERE, "wrong").await, Finding::TooMany(_)));
    assert_eq!(verify(HERE, "right").await, Finding::Remembered);
    assert_eq!(verify(ELSEWHERE, "wrong").await, Finding::Wrong);
}

// The clock stands still: however long the hashes take here, nothing is forgiven meanwhile.
#[tokio::test(start_paused = true)]
async fn a_flood_from_one_address_costs_few_comparisons() {
    let verifier = Verifier::new();
    let wrong = credentials("wrong");
    let flood = (0..WAITING).map(|_| verifier.verify(HERE, None, &wrong));
    let findings = futures::future::join_all(flood).await;
    let compared = findings.iter().filter(|found| **found == Finding::Wrong).count();
    assert!((20..=20 + AT_ONCE).contains(&compared), "{compared}");
}

#[tokio::test]
async fn two_hundred_logins_of_one_user_at_once_cost_few_comparisons_and_all_get_in() {
    let verifier = Verifier::new();
    let account = hashed("1", "right");
    let right = credentials("right");
    let logins = (0..200).map(|_| verifier.verify(HERE, Some(&account), &right));
    let findings = futures::future::join_all(logins).await;
    let compared = findings.iter().filter(|found| **found == Finding::Right).count();
    let remembered = findings
        .iter()
        .filter(|found| **found == Finding::Remembered)
        .count();
    assert!((1..=AT_ONCE).contains(&compared), "{compared}");
    assert_eq!(compared + remembered, 200);
}

#[tokio::test]
async fn more_than_can_wait_are_sent_away_and_those_known_are_not() {
    let verifier = Verifier::new();
    let account = hashed("1", "right");
    let right = credentials("right");
    assert_eq!(
        verifier.verify(HERE, Some(&account), &right).await,
        Finding::Right
    );
    let _all = verifier
        .waiting
        .acquire_many(u32::try_from(WAITING).unwrap())
        .await;
    assert_eq!(verifier.verify(HERE, None, &right).await, Finding::Busy);
    assert_eq!(
        verifier.verify(HERE, Some(&account), &right).await,
        Finding::Remembered
    );
}
