mod anything;
mod flags;

use super::*;

fn argv(line: &str) -> Vec<String> {
    std::iter::once("pgo")
        .chain(line.split_whitespace())
        .map(ToOwned::to_owned)
        .collect()
}

fn read(line: &str) -> Pgo {
    match parse(&argv(line)) {
        Ok(Request::Run(pgo)) => *pgo,
        other => panic!("{line:?}: {other:?}"),
    }
}

fn message(line: &str) -> String {
    parse(&argv(line)).unwrap_err().message
}

fn create_cluster(line: &str) -> CreateClusterArgs {
    match read(line).command {
        Some(Command::Create(CreateArgs {
            what: Some(CreateCommand::Cluster(args)),
            ..
        })) => *args,
        other => panic!("{line:?}: {other:?}"),
    }
}

fn delete_cluster(line: &str) -> DeleteClusterArgs {
    match read(line).command {
        Some(Command::Delete(DeleteArgs {
            what: Some(DeleteCommand::Cluster(args)),
            ..
        })) => args,
        other => panic!("{line:?}: {other:?}"),
    }
}

#[test]
fn every_flag_of_every_command_has_its_place() {
    let lines = [
        "create cluster hippo --ccp-image=a --ccp-image-tag=b --custom-config=c --disable-autofail --labels=d \
         --metrics --node-label=e --password=f --pgbackrest-s3-bucket=g --pgbackrest-s3-endpoint=h \
         --pgbackrest-s3-key=i --pgbackrest-s3-key-secret=j --pgbackrest-s3-region=k --pgbackrest-storage-type=l \
         --pgbadger --pgbouncer --pgbouncer-pass=m --pod-anti-affinity=n --policies=o --replica-count=1 \
         --replica-storage-config=p --resources-config=q --secret-from=r --series=2 --service-type=s \
         --storage-config=t --sync-replication --username=u --wait --timeout=1m",
        "create cluster hippo -c a -l b -w c -z d -r e -s f -e 3 -u g",
        "create cluster",
        "delete cluster a b --all --keep-backups --keep-data --no-prompt --selector=s --delete-backups --delete-data \
         --wait --timeout=5",
        "delete cluster a",
        "show cluster a --all --ccp-image-tag=t --output=json --selector=s",
        "show cluster -o json -s s",
        "show pvc a b --all",
        "show workflow id",
        "scale a --ccp-image-tag=a --no-prompt --node-label=b --replica-count=2 --resources-config=c \
         --service-type=d --storage-config=e --wait --timeout=1h",
        "scaledown a --delete-data=false --keep-data --no-prompt --query --target=b --wait --timeout=1h",
        "test a --all --output=json --selector=s",
        "status --output=json",
        "version",
        "version -n a --apiserver-url b --pgo-ca-cert c --pgo-client-cert d --pgo-client-key e --disable-tls \
         --exclude-os-trust --tls-no-verify --debug",
        "completion bash",
        "help show cluster",
    ];
    let parsed: Vec<String> = lines
        .iter()
        .map(|line| {
            let pgo = read(line);
            format!("pgo {line}\n{:#?}\n{:#?}\n", pgo.command.unwrap(), pgo.global)
        })
        .collect();
    insta::assert_snapshot!(parsed.join("\n"));
}

#[test]
fn global_flags_may_stand_anywhere() {
    for line in [
        "-n ns --disable-tls show cluster hippo",
        "show -n ns --disable-tls cluster hippo",
        "show --namespace ns cluster --disable-tls hippo",
        "show cluster hippo -nns --disable-tls",
        "show cluster hippo -n=ns --disable-tls=true",
    ] {
        let global = read(line).global;
        assert_eq!(
            (global.namespace.as_deref(), global.disable_tls),
            (Some("ns"), true),
            "{line}"
        );
    }
}

#[test]
fn flags_of_a_command_may_stand_before_its_last_word() {
    assert_eq!(
        create_cluster("create --replica-count=2 cluster hippo").replica_count,
        2
    );
}

#[test]
fn flags_and_names_may_be_mixed() {
    let args = delete_cluster("delete cluster a --all b -s x=y c");
    assert_eq!(
        (args.names, args.all, args.selector),
        (argv("a b c")[1..].to_vec(), true, "x=y".to_owned())
    );
}

#[test]
fn the_last_of_a_repeated_flag_wins() {
    assert_eq!(
        create_cluster("create cluster a --series=2 --series=3 -e 4").series,
        4
    );
    assert!(!delete_cluster("delete cluster a --all --all=false").all);
    assert_eq!(read("version -n a -n b").global.namespace.as_deref(), Some("b"));
}

#[test]
fn a_boolean_takes_a_value_after_an_equals_sign_only() {
    assert!(!delete_cluster("delete cluster --all=F").all);
    let args = delete_cluster("delete cluster -d false");
    assert_eq!(
        (args.delete_data, args.names),
        (Some(true), vec!["false".to_owned()])
    );
    assert_eq!(delete_cluster("delete cluster -d=false").delete_data, Some(false));
}

#[test]
fn short_booleans_may_be_bundled() {
    let args = delete_cluster("delete cluster a -bd");
    assert_eq!((args.delete_backups, args.delete_data), (Some(true), Some(true)));
}

#[test]
fn sync_replication_has_three_states() {
    assert_eq!(create_cluster("create cluster a").sync_replication, None);
    assert_eq!(
        create_cluster("create cluster a --sync-replication").sync_replication,
        Some(true)
    );
    assert_eq!(
        create_cluster("create cluster a --sync-replication=false").sync_replication,
        Some(false)
    );
}

#[test]
fn a_value_may_begin_with_a_dash_and_may_be_empty() {
    assert_eq!(
        create_cluster("create cluster a --replica-count -1").replica_count,
        -1
    );
    assert_eq!(
        create_cluster("create cluster a --password --wait").password,
        "--wait"
    );
    assert_eq!(create_cluster("create cluster a --password=").password, "");
}

#[test]
fn two_dashes_end_the_flags() {
    assert_eq!(delete_cluster("delete cluster -- a --all").names, ["a", "--all"]);
}

#[test]
fn a_long_flag_with_one_dash_is_a_short_one() {
    assert_eq!(
        delete_cluster("delete cluster -selector=name=a").selector,
        "elector=name=a"
    );
}

#[test]
fn an_unknown_second_word_is_left_to_the_first() {
    match read("create foo cluster").command {
        Some(Command::Create(args)) => assert_eq!(args.words, ["foo", "cluster"]),
        other => panic!("{other:?}"),
    }
}

#[test]
fn help_is_asked_for_in_many_ways() {
    for (line, words) in [
        ("", ""),
        ("--help", ""),
        ("-h", ""),
        ("show -h", "show"),
        ("create cluster x --help", "create cluster"),
    ] {
        match parse(&argv(line)) {
            Ok(Request::Explain(path)) => assert_eq!(path.join(" "), words, "{line}"),
            other => panic!("{line:?}: {other:?}"),
        }
    }
}

#[test]
fn flags_that_4_2_dropped_are_unknown() {
    for flag in [
        "--pgbackrest",
        "--pgpool",
        "--pgbouncer-user",
        "--archive",
        "--autofail",
    ] {
        assert_eq!(
            message(&format!("create cluster a {flag}")),
            format!("unknown flag: {flag}")
        );
    }
}

#[test]
fn complaints_have_the_words_of_4_2() {
    let complaints = [
        ("foo", "unknown command \"foo\" for \"pgo\""),
        ("test --bogus=x", "unknown flag: --bogus"),
        ("test -x", "unknown shorthand flag: 'x' in -x"),
        ("delete cluster -bxd", "unknown shorthand flag: 'x' in -bxd"),
        ("test --selector", "flag needs an argument: --selector"),
        ("test a -s", "flag needs an argument: 's' in -s"),
        (
            "test --all=maybe",
            "invalid argument \"maybe\" for \"--all\" flag: it must be true or false",
        ),
        (
            "create cluster a -e x",
            "invalid argument \"x\" for \"-e, --series\" flag: it must be a whole number",
        ),
        (
            "scale a --replica-count=1.5",
            "invalid argument \"1.5\" for \"--replica-count\" flag: it must be a whole number",
        ),
        (
            "scale a --timeout=soon",
            "invalid argument \"soon\" for \"--timeout\" flag: it must be a duration such as 90s, 10m or 1h30m",
        ),
    ];
    for (line, expected) in complaints {
        assert_eq!(message(line), expected, "{line}");
    }
}

#[test]
fn a_misspelt_command_is_recognised() {
    for (line, meant) in [("shw", "show"), ("scal", "scale"), ("craete", "create")] {
        assert!(
            message(line).contains(&format!("Did you mean this?\n\t{meant}\n")),
            "{line}"
        );
    }
}

#[test]
fn a_misspelt_flag_is_recognised() {
    let complaint = parse(&argv("show cluster --selectr=a")).unwrap_err();
    assert!(
        complaint.advice.starts_with("Did you mean --selector?\n"),
        "{}",
        complaint.advice
    );
}
