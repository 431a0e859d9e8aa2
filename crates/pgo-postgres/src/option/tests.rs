mod programs;

use std::collections::BTreeSet;
use std::fmt::Debug;

use super::kind::Kind;
use super::pg_basebackup::Basebackup;
use super::pg_dump::{Dump, DumpAll};
use super::pg_restore::RestoreDump;
use super::pgbackrest::{Backup, Restore};
use super::table::{Again, Company};
use super::*;

const TABLES: [&Table; 6] = [
    Backup::TABLE,
    Restore::TABLE,
    Dump::TABLE,
    DumpAll::TABLE,
    RestoreDump::TABLE,
    Basebackup::TABLE,
];

fn argv<P: Program + Debug>(line: &str) -> String {
    match Options::<P>::parse(line) {
        Ok(options) => options.argv().join(" "),
        Err(complaints) => panic!("{line}: {complaints}"),
    }
}

fn wrong<P: Program + Debug>(line: &str) -> String {
    match Options::<P>::parse(line) {
        Ok(options) => panic!("{line} became {:?}", options.argv()),
        Err(complaints) => complaints,
    }
}

/// Each of these is refused by itself, with these words.
fn refused<P: Program + Debug>(cases: &[(&str, &str)]) {
    for (line, words) in cases {
        let complaint = wrong::<P>(line);
        assert!(complaint.contains(words), "{line}: {complaint}");
    }
}

/// Each of these is taken by itself.
fn taken<P: Program + Debug>(options: &str) {
    for option in options.split_whitespace() {
        argv::<P>(&option.replace('@', " "));
    }
}

#[test]
fn an_option_may_be_written_in_any_form_of_4_2() {
    for (line, words) in [
        ("", ""),
        ("   ", ""),
        ("--type=full", "--type=full"),
        ("--type full", "--type=full"),
        ("  --type   full  --start-fast  ", "--type=full --start-fast"),
        ("--start-fast=true --no-resume", "--start-fast --no-resume"),
        ("--start-fast=F --no-resume=0", "--no-start-fast --resume"),
        ("--type=full --type incr", "--type=incr"),
        ("--delta --type=full --no-delta", "--type=full --no-delta"),
        ("--exclude=a --exclude b/c/", "--exclude=a --exclude=b/c/"),
    ] {
        assert_eq!(argv::<Backup>(line), words, "{line:?}");
    }
    for (line, words) in [
        ("-F c", "--format=c"),
        ("-Fc", "--format=c"),
        ("-F=c", "--format=c"),
        ("-vOFc", "--verbose --no-owner --format=c"),
        ("-vF=c -Z 5", "--verbose --format=c --compress=5"),
        ("-c -v -c=false", "--verbose"),
        ("-n a -n b,c", "--schema=a --schema=b --schema=c"),
        ("--section pre-data,data", "--section=pre-data --section=data"),
        ("--format tar --format plain -Z9", "--format=plain --compress=9"),
    ] {
        assert_eq!(argv::<Dump>(line), words, "{line:?}");
    }
    assert_eq!(
        argv::<Restore>("--type=time --target=2019-01-14 00:02:14.921404+00 --set 20190114-000000F"),
        "--type=time --target=2019-01-14 00:02:14.921404+00 --set=20190114-000000F"
    );
}

#[test]
fn what_is_no_option_is_refused() {
    for line in [
        "type=full",
        "x --type=full",
        "-",
        "--",
        "- -- -",
        "- b",
        "--=x",
        "---type=full",
    ] {
        let complaint = wrong::<Backup>(line);
        assert!(complaint.contains("bad flag syntax"), "{line}: {complaint}");
    }
    refused::<Backup>(&[
        ("--type=full\t--force", r"'\t'"),
        ("--type=full\n--force", r"'\n'"),
        ("--type=fu\u{e4}", "'\u{e4}'"),
        ("-a ".repeat(LONGEST).as_str(), "4096 bytes"),
        (
            "--start-fast now",
            r#""now" behind --start-fast belongs to no option"#,
        ),
        (
            "--type=full extra words",
            r#"invalid argument "full extra words" for "--type" flag"#,
        ),
    ]);
    refused::<Dump>(&[
        ("-Fc mydb", "belongs to no option"),
        ("-v mydb", "belongs to no option"),
    ]);
}

#[test]
fn complaints_have_the_words_of_4_2() {
    refused::<Backup>(&[
        ("--x", "unknown flag: --x"),
        ("--repo1-path=/x", "unknown flag: --repo1-path"),
        ("-x", "unknown shorthand flag: 'x' in -x"),
        ("--type", "flag needs an argument: --type"),
        ("--type --force", "flag needs an argument: --type"),
        (
            "--type=huge",
            r#"invalid argument "huge" for "--type" flag: it takes full, diff, incr"#,
        ),
        ("--stanza=x", "Flag --stanza is not supported for use with PGO"),
        ("--help", "options of pgbackrest backup: --annotation; "),
        ("-h", "options of pgbackrest backup: "),
    ]);
    refused::<Dump>(&[
        ("-Z", "flag needs an argument: 'Z' in -Z"),
        ("-vZ", "flag needs an argument: 'Z' in -vZ"),
        (
            "-Z x",
            r#"invalid argument "x" for "-Z, --compress" flag: it takes a number from 0 to 9"#,
        ),
        ("-h x", "Shorthand flag -h is not supported for use with PGO"),
        ("-vh", "Shorthand flag -h is not supported for use with PGO"),
    ]);
    assert_eq!(
        wrong::<Backup>("--type=huge --x --compress-level 10 --config=/x -y")
            .lines()
            .collect::<Vec<_>>(),
        [
            r#"invalid argument "10" for "--compress-level" flag: it takes a number from 0 to 9"#,
            "Flag --config is not supported for use with PGO",
            r#"invalid argument "huge" for "--type" flag: it takes full, diff, incr"#,
            "unknown flag: --x",
            "unknown shorthand flag: 'y' in -y",
        ]
    );
    assert_eq!(wrong::<Backup>(&"-h ".repeat(1000)), wrong::<Backup>("--help"));
}

#[test]
fn what_4_2_did_not_support_is_called_so() {
    type Parse = fn(&str) -> Result<(), String>;
    let pgbackrest = "--archive-check --no-archive-check --online --no-online --link-all --link-map --tablespace-map \
         --tablespace-map-all --cmd-ssh --config --config-include-path --config-path --lock-path --neutral-umask \
         --no-neutral-umask --stanza --log-timestamp --repo-cipher-type --repo-host --repo-host-cmd --repo-host-config \
         --repo-host-config-include-path --repo-host-config-path --repo-host-port --repo-host-user --repo-path \
         --repo-s3-bucket --repo-s3-ca-file --repo-s3-ca-path --repo-s3-endpoint --repo-s3-host --repo-s3-region \
         --repo-s3-verify-ssl --repo-type --pg-host --pg-host-cmd --pg-host-config --pg-host-config-include-path \
         --pg-host-config-path --pg-host-port --pg-host-user --pg-path --pg-port";
    let dump = "--binary-upgrade --no-reconnect --dbname --host --port --username --no-password --password --version \
         -R -d -h -p -U -w -W -V";
    let basebackup = "--pgdata --slot --wal-method --label --dbname --host --port --username --no-password --password \
         --version -D -S -X -l -d -h -p -U -w -W -V";
    let programs: [(&str, Parse); 6] = [
        (pgbackrest, |line| Options::<Backup>::parse(line).map(drop)),
        (pgbackrest, |line| Options::<Restore>::parse(line).map(drop)),
        (dump, |line| Options::<Dump>::parse(line).map(drop)),
        (dump, |line| Options::<DumpAll>::parse(line).map(drop)),
        (dump, |line| Options::<RestoreDump>::parse(line).map(drop)),
        (basebackup, |line| Options::<Basebackup>::parse(line).map(drop)),
    ];
    for (forbidden, parse) in programs {
        for flag in forbidden.split_whitespace() {
            let kind = if flag.starts_with("--") {
                "Flag"
            } else {
                "Shorthand flag"
            };
            let expected = Err(format!("{kind} {flag} is not supported for use with PGO"));
            assert_eq!(parse(flag), expected);
            assert_eq!(parse(&format!("{flag}=x")), expected);
            assert_eq!(parse(&format!("{flag} x")), expected);
        }
    }
}

#[test]
fn options_that_travel_are_checked_where_they_arrive() {
    let options = Options::<Backup>::parse("--type full --no-delta --annotation=a=b").unwrap();
    let sent = serde_json::to_string(&options).unwrap();
    assert_eq!(sent, r#"["--type=full","--no-delta","--annotation=a=b"]"#);
    assert_eq!(serde_json::from_str::<Options<Backup>>(&sent).unwrap(), options);
    for sent in [
        r#"["--cmd=/tmp/x"]"#,
        r#"["--type=full --start-fast"]"#,
        r#"["full"]"#,
        r#"["--type","full"]"#,
        r#"["--start-fast\n"]"#,
    ] {
        assert!(serde_json::from_str::<Options<Backup>>(sent).is_err(), "{sent}");
    }
}

#[test]
fn tables_fit_together() {
    for table in TABLES {
        let names: Vec<_> = table.flags.iter().map(|flag| flag.name.to_lowercase()).collect();
        assert!(
            names.is_sorted() && table.forbidden.is_sorted(),
            "{}",
            table.program
        );
        assert_eq!(names.iter().collect::<BTreeSet<_>>().len(), names.len());
        let letters: Vec<_> = table.flags.iter().filter_map(|flag| flag.short).collect();
        assert_eq!(letters.iter().collect::<BTreeSet<_>>().len(), letters.len());
        for flag in table.flags {
            let spelled = [
                format!("--{}", flag.name),
                format!("-{}", flag.short.unwrap_or('-')),
            ];
            assert!(
                !spelled.iter().any(|it| table.forbidden.contains(&it.as_str())),
                "{spelled:?}"
            );
            // Whoever receives options must see the other one, too.
            if let Some(Company::With(other, _) | Company::Without(other, _)) = flag.company {
                assert!(table.long(other).unwrap().0.told, "{}", flag.name);
            }
            assert!(flag.again == Again::Last || !matches!(flag.kind, Kind::Switch(_)));
        }
    }
}

#[test]
fn no_value_means_anything_elsewhere() {
    let evil = [
        "$(reboot)",
        "`reboot`",
        "a;b",
        "a|b",
        "a&b",
        "a>b",
        "a<b",
        "'a'",
        "\"a\"",
        "a\\b",
        "{a,b}",
        "~root",
        "#a",
        "!a",
        "../../etc/passwd",
        "/etc/passwd",
        "-a",
        "%x",
        "",
    ];
    for table in TABLES {
        for flag in table.flags {
            // A moment has dates and fractions in it; pgBackRest compares it and writes it in quotes.
            let harmless = |text: &str| {
                flag.kind == Kind::Target
                    && !text.is_empty()
                    && !text.contains(|c: char| "$`;|&><'\"\\{~#!%".contains(c))
            };
            for text in evil.iter().filter(|text| !harmless(text)) {
                assert!(!flag.kind.takes(text), "{} --{} {text}", table.program, flag.name);
            }
        }
    }
}
