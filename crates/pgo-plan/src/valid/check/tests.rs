use proptest::prelude::*;

use super::*;

/// Texts that mean something to a shell, to SQL, to a path or to a terminal.
const EVIL: &[&str] = &[
    "$(reboot)",
    "`reboot`",
    "a;b",
    "a|b",
    "a&b",
    "a>b",
    "a'b",
    "a\"b",
    "a\\b",
    "a\nb",
    "a\0b",
    "../../etc/passwd",
    "\u{1b}[31m",
    "ä",
    "a b",
    "{a,b}",
    "'; DROP TABLE x; --",
];

#[test]
fn what_means_something_elsewhere_is_no_name() {
    for text in EVIL {
        assert!(check_label(text).is_err(), "{text:?}");
        assert!(check_role(text).is_err(), "{text:?}");
        assert!(check_object_name(text).is_err(), "{text:?}");
        assert!(check_tag(text).is_err(), "{text:?}");
        assert!(check_image_prefix(text).is_err(), "{text:?}");
        assert!(check_image_prefix(&format!("a/{text}")).is_err(), "{text:?}");
        assert!(check_labels(&format!("key={text}")).is_err(), "{text:?}");
        assert!(check_labels(&format!("{text}=value")).is_err(), "{text:?}");
        assert!(check_storage_types(text, 2).is_err(), "{text:?}");
    }
}

#[test]
fn users_that_are_there_already_or_belong_to_postgresql_cannot_be_made() {
    for user in ["app", "a.b-c", "pg-monitor", "publicity", "nonesuch"] {
        assert_eq!(check_user(user), Ok(()), "{user:?}");
    }
    for user in [
        "postgres",
        "primaryuser",
        "public",
        "none",
        "pg_monitor",
        "pg_app",
    ] {
        let said = check_user(user).unwrap_err();
        assert!(
            said.contains("already") || said.contains("keeps for itself"),
            "{said}"
        );
    }
}

#[test]
fn images_come_from_a_registry_or_an_organisation_of_the_usual_one() {
    for prefix in [
        "crunchydata",
        "registry.example.com",
        "Registry.Example.com:5000/crunchy-data/pgo_4__2/a--b",
        "localhost/pgo",
        "registry:5000",
        "10.1.2.3:443/x",
    ] {
        assert_eq!(check_image_prefix(prefix), Ok(()), "{prefix:?}");
    }
    for prefix in [
        "",
        "/",
        "crunchydata/",
        "/crunchydata",
        "a//b",
        "Crunchydata",
        "registry.example.com/Crunchy",
        "registry:0/a",
        "registry:70000/a",
        "registry:+5/a",
        "registry:/a",
        "-registry.com/a",
        "a/b:tag",
        "a..b/c",
        "a/b___c",
        "https://registry.example.com/a",
        "a@sha256",
        &"a".repeat(201),
    ] {
        assert!(check_image_prefix(prefix).is_err(), "{prefix:?}");
    }
    assert_eq!(check_tag(&"a".repeat(128)), Ok(()));
    for tag in ["", ".a", "-a", "a/b", "a:b", &"a".repeat(129)] {
        assert!(check_tag(tag).is_err(), "{tag:?}");
    }
}

#[test]
fn options_are_words_that_begin_with_a_dash() {
    for line in [
        "",
        "  ",
        "--type=full",
        "--verbose -Z 5",
        "--schema=public --schema other",
    ] {
        assert_eq!(check_benchmark_options(line), Ok(()), "{line:?}");
    }
    for line in [
        "type=full",
        "-",
        "--",
        "--a --",
        "x --type=full",
        &"-a ".repeat(5000),
    ] {
        assert!(check_benchmark_options(line).is_err(), "{line:?}");
    }
    for text in EVIL
        .iter()
        .filter(|text| **text != "a b" && **text != "../../etc/passwd")
    {
        assert!(
            check_benchmark_options(&format!("--type={text}")).is_err(),
            "{text:?}"
        );
    }
}

#[test]
fn options_are_those_of_their_program() {
    type Check = fn(&str) -> Result<(), String>;
    let checks: [(Check, &str, &str); 6] = [
        (check_backup_options, "--type=full", "--target-action=pause"),
        (check_restore_options, "--target-action=pause", "--section=data"),
        (check_basebackup_options, "--checkpoint=fast", "--type=full"),
        (check_dump_options, "--lock-wait-timeout=5s", "--exit-on-error"),
        (check_dump_options, "--dump-all --roles-only", "--roles-only"),
        (
            check_dump_restore_options,
            "--exit-on-error",
            "--lock-wait-timeout=5s",
        ),
    ];
    for (check, right, wrong) in checks {
        assert_eq!(check("  "), Ok(()));
        assert_eq!(check(right), Ok(()));
        assert!(
            check(wrong).unwrap_err().starts_with("unknown flag: --"),
            "{wrong}"
        );
    }
}

#[test]
fn labels_of_ours_are_not_given_away() {
    let read = check_labels("env=prod,example.com/team=A.1").unwrap();
    assert_eq!(read["env"], "prod");
    for text in [
        "",
        "env",
        "env=",
        "=x",
        "env=a=b",
        "env=prod,",
        "pg-cluster=other",
        "autofail=false",
        "name=x",
    ] {
        assert!(check_labels(text).is_err(), "{text:?}");
    }
}

#[test]
fn places_of_backups_are_known_words() {
    assert_eq!(check_storage_types("local,s3", 2), Ok(()));
    assert!(check_storage_types("local,s3", 1).is_err());
    assert!(check_storage_types("gcs", 2).is_err());
}

#[test]
fn moments_paths_and_addresses() {
    assert_eq!(check_moment("2019-01-14 00:02:14.921404+00"), Ok(()));
    assert!(check_moment("now'; x").is_err());
    assert_eq!(check_path("/pgdata/hippo/pg_hba.conf"), Ok(()));
    for path in ["", "-R", "/x;y", "/x\ny", "/x > /y"] {
        assert!(check_path(path).is_err(), "{path:?}");
    }
    assert_eq!(check_url("https://example.com/policy.sql"), Ok(()));
    for url in [
        "file:///etc/passwd",
        "http://",
        "http://a@b/",
        "https:// x",
        "ftp://x",
    ] {
        assert!(check_url(url).is_err(), "{url:?}");
    }
}

#[test]
fn passwords_are_not_repeated() {
    assert_eq!(check_password("päss 'wörd"), Ok(()));
    assert!(!check_password("geheim\n").unwrap_err().contains("geheim"));
    assert!(check_password(&"x".repeat(2000)).is_err());
}

proptest! {
    #[test]
    fn any_name_that_passes_is_plain(text in "\\PC*") {
        let plain = |extra: &str| {
            text.bytes().all(|byte| byte.is_ascii_lowercase() || byte.is_ascii_digit() || extra.as_bytes().contains(&byte))
        };
        prop_assert!(check_label(&text).is_err() || plain("-"));
        prop_assert!(check_role(&text).is_err() || plain("-."));
        prop_assert!(check_object_name(&text).is_err() || plain("-."));
    }

    #[test]
    fn any_options_that_pass_mean_nothing_to_a_shell(line in "\\PC*") {
        if check_benchmark_options(&line).is_ok() {
            prop_assert!(line.chars().all(|c| c.is_ascii_alphanumeric() || " -_=.,:/@%+^[]".contains(c)), "{}", line);
        }
    }
}
