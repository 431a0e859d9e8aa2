use std::collections::BTreeMap;

use base64::Engine as _;
use base64::engine::general_purpose::STANDARD;
use k8s_openapi::ByteString;
use k8s_openapi::api::core::v1::Secret;

use super::*;

#[derive(Default)]
struct Book {
    accounts: BTreeMap<String, Account>,
    roles: BTreeMap<String, Role>,
}

impl Accounts for Book {
    fn account(&self, user: &str) -> Option<Account> {
        self.accounts.get(user).cloned()
    }
    fn role(&self, name: &str) -> Option<Role> {
        self.roles.get(name).cloned()
    }
}

fn secret(entries: &[(&str, &str)]) -> Secret {
    let data = entries
        .iter()
        .map(|(key, value)| ((*key).to_owned(), ByteString(value.as_bytes().to_vec())));
    Secret {
        data: Some(data.collect()),
        ..Secret::default()
    }
}

/// `pgoadmin` may do everything, `reader` may look, `lost` has a role that does not exist before one that does,
/// `blank` has a blank in its list of roles, `nobody` has no role.
fn book() -> Book {
    let mut book = Book::default();
    for (user, roles, namespaces) in [
        ("pgoadmin", "pgoadmin", ""),
        ("reader", "reader,pgoadmin2", " pgouser1, other"),
        ("lost", "gone,pgoadmin", ""),
        ("blank", "reader, pgoadmin", ""),
        ("nobody", "", ""),
    ] {
        let account = secret(&[
            ("username", user),
            ("password", "secret:1"),
            ("roles", roles),
            ("namespaces", namespaces),
        ]);
        book.accounts.insert(user.to_owned(), Account::read(&account));
    }
    book.accounts.insert(
        "open".to_owned(),
        Account::read(&secret(&[("roles", "pgoadmin")])),
    );
    for (role, permissions) in [
        ("pgoadmin", " * "),
        ("reader", "ShowCluster, Version"),
        ("pgoadmin2", "*,Cat"),
    ] {
        book.roles.insert(
            role.to_owned(),
            Role::read(&secret(&[("permissions", permissions)])),
        );
    }
    book
}

fn header(user: &str, password: &str) -> HeaderValue {
    let encoded = STANDARD.encode(format!("{user}:{password}"));
    HeaderValue::from_str(&format!("Basic {encoded}")).unwrap()
}

async fn admit(
    verifier: &Verifier,
    header: Option<&HeaderValue>,
    passwords: bool,
    permission: Permission,
) -> Result<Caller, Denied> {
    let claim = Claim {
        address: IpAddr::from([192, 0, 2, 1]),
        authorization: header,
    };
    let known = authenticate(&book(), verifier, claim, passwords).await?;
    authorize(&book(), known, permission)
}

async fn status(verifier: &Verifier, user: &str, password: &str, permission: Permission) -> u16 {
    match admit(verifier, Some(&header(user, password)), true, permission).await {
        Ok(_) => 200,
        Err(Denied::Unknown { .. }) => 401,
        Err(Denied::Forbidden { .. }) => 403,
        Err(Denied::TooOften { .. }) => 429,
        Err(Denied::Busy { .. }) => 503,
    }
}

#[tokio::test]
async fn a_right_password_and_a_permission_let_in_and_nothing_else_does() {
    let verifier = Verifier::new();
    let table = [
        ("pgoadmin", "secret:1", Permission::CreateCluster, 200),
        ("pgoadmin", "secret", Permission::CreateCluster, 401),
        ("pgoadmin", "", Permission::CreateCluster, 401),
        ("stranger", "secret:1", Permission::Version, 401),
        ("", "", Permission::Version, 401),
        ("open", "", Permission::Version, 401),
        ("reader", "secret:1", Permission::ShowCluster, 200),
        ("reader", "secret:1", Permission::Version, 200),
        ("reader", "secret:1", Permission::CreateCluster, 403),
        ("lost", "secret:1", Permission::Version, 403),
        ("blank", "secret:1", Permission::CreateCluster, 403),
        ("nobody", "secret:1", Permission::Version, 403),
    ];
    for (user, password, permission, expected) in table {
        assert_eq!(
            status(&verifier, user, password, permission).await,
            expected,
            "{user}:{password} for {permission:?}"
        );
    }
}

#[tokio::test]
async fn without_a_header_nobody_gets_in() {
    let denied = admit(&Verifier::new(), None, true, Permission::Version).await;
    assert!(matches!(denied, Err(Denied::Unknown { .. })));
}

#[tokio::test]
async fn with_passwords_off_a_known_name_suffices_and_anything_else_is_forbidden() {
    let verifier = Verifier::new();
    let known = header("pgoadmin", "whatever");
    let caller = admit(&verifier, Some(&known), false, Permission::Version).await;
    assert_eq!(caller.unwrap().user, "pgoadmin");
    for header in [None, Some(&header("stranger", "x"))] {
        let denied = admit(&verifier, header, false, Permission::Version).await;
        assert!(matches!(denied, Err(Denied::Forbidden { .. })));
    }
}

#[tokio::test]
async fn an_account_without_namespaces_is_good_for_all_of_them() {
    let verifier = Verifier::new();
    let caller = async |user| {
        let header = header(user, "secret:1");
        admit(&verifier, Some(&header), true, Permission::Version)
            .await
            .unwrap()
    };
    assert!(caller("pgoadmin").await.may_use("anything"));
    assert!(caller("reader").await.may_use("pgouser1"));
    assert!(caller("reader").await.may_use("other"));
    assert!(!caller("reader").await.may_use("pgouser2"));
}

#[tokio::test]
async fn a_password_is_in_no_debug_output() {
    let account = Account::read(&secret(&[("password", "hunter2")]));
    assert!(!format!("{account:?}").contains("hunter2"));
    let header = header("pgoadmin", "hunter2");
    let denied = admit(&Verifier::new(), Some(&header), true, Permission::Version).await;
    let denied = denied.unwrap_err();
    assert!(!format!("{denied} {denied:?}").contains("hunter2"));
}

proptest::proptest! {
    #[test]
    fn any_secret_is_read_and_one_that_is_damaged_grants_nothing(
        password in "(\\$argon2id?\\$v=19\\$m=[0-9]{1,12},t=[0-9]{1,12},p=[0-9]{1,12}\\$[A-Za-z0-9+/]{0,30}\\$[A-Za-z0-9+/]{0,50})|.*",
        roles in ".*",
        permissions in "[A-Za-z,* ]{0,40}",
    ) {
        let account = Account::read(&secret(&[("password", &password), ("roles", &roles), ("namespaces", &roles)]));
        proptest::prop_assert!(account.namespaces.iter().all(|name| !name.is_empty()));
        let role = Role::read(&secret(&[("permissions", &permissions)]));
        let all = Permission::ALL.iter().all(|permission| role.allows(*permission));
        proptest::prop_assert_eq!(all, permissions.trim() == "*");
    }
}
