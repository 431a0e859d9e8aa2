use pgo_postgres::yaml::Content;

use super::*;

/// The configuration that version 4.2 shipped, in its spelling.
const OF_4_2: &str = "
Cluster:
  PrimaryNodeLabel:
  ReplicaNodeLabel:
  CCPImagePrefix:  crunchydata
  Metrics:  false
  Badger:  false
  CCPImageTag:  centos7-12.1-4.2.0
  Port:  5432
  PGBadgerPort:  10000
  ExporterPort:  9187
  User:  testuser
  Database:  userdb
  PasswordAgeDays:  60
  PasswordLength:  8
  Strategy:  1
  Replicas:  0
  ServiceType:  ClusterIP
  Backrest:  true
  BackrestPort:  2022
  BackrestS3Bucket:
  DisableAutofail:  false
  LogStatement:  none
  LogMinDurationStatement:  60000
  PodAntiAffinity:  preferred
  SyncReplication:  false
PrimaryStorage: storageos
BackupStorage: storageos
ReplicaStorage: storageos
BackrestStorage: storageos
Storage:
  hostpathstorage: {AccessMode: ReadWriteMany, Size: 1G, StorageType: create}
  nfsstoragered: {AccessMode: ReadWriteMany, Size: 1G, StorageType: create, SupplementalGroups: 65534, MatchLabels: \"crunchyzone=red\"}
  storageos: {AccessMode: ReadWriteOnce, Size: 300M, StorageType: dynamic, StorageClass: fast, Fsgroup: 26}
ContainerResources:
  small: {RequestsMemory: 512Mi, RequestsCPU: 0.1, LimitsMemory: 512Mi, LimitsCPU: 0.1}
Pgo:
  PreferredFailoverNode:
  AutofailSleepSeconds: 9
  Audit: false
  PGOImagePrefix: crunchydata
  PGOImageTag: centos7-4.2.0
";

/// What has to be there, and one entry of each kind.
const LEAST: &str = "
PrimaryStorage: one
ReplicaStorage: one
BackupStorage: one
Storage: {one: {}, other: {}}
ContainerResources: {one: {}}
Cluster:
  CCPImagePrefix: prefix
  CCPImageTag: tag
  User: app
Pgo:
  PGOImagePrefix: prefix
  PGOImageTag: tag
";

fn said(remarks: &[Remark]) -> Vec<String> {
    remarks.iter().map(ToString::to_string).collect()
}

#[test]
fn the_built_in_configuration_is_right() {
    let (defaults, warnings) = read::read(BUILT_IN).unwrap();
    assert_eq!(
        defaults
            .storage("default")
            .map(|storage| storage.fsgroup.as_str()),
        Some("26")
    );
    assert_eq!(defaults.resources["large"].limitscpu, "4.0");
    assert_eq!(warnings, []);
}

#[test]
fn every_mistake_is_reported_at_once_with_its_line() {
    let text = "\
Cluster:
  CCPImagePrefix: bad prefix!
  Port: many
  PodAntiAffinity: sometimes
  User: Test User
  PrimaryNodeLabel: nolabel
  ReplicaNodeLabel: zone=a b
  Metrics: perhaps
  LogMinDurationStatement: -2
  Database: template1
PrimaryStorage: nowhere
ReplicaStorage: both
BackupStorage: both
Storage:
  both: {Size: 1G, StorageType: create, Fsgroup: 26, SupplementalGroups: 65534}
  list: [1]
ContainerResources:
  odd:
    RequestsMemory: lots
DefaultLoadResources: even
BasicAuth: maybe
Pgo:
  PGOImagePrefix: crunchydata/
  PGOImageTag: 4.2 0
  PreferredFailoverNode: a in (
";
    let mistakes = Defaults::parse(text).unwrap_err();
    let places: Vec<_> = mistakes
        .iter()
        .map(|it| (it.line.unwrap(), it.key.as_str()))
        .collect();
    let expected = [
        (1, "Cluster.CCPImageTag"),
        (2, "Cluster.CCPImagePrefix"),
        (3, "Cluster.Port"),
        (4, "Cluster.PodAntiAffinity"),
        (5, "Cluster.User"),
        (6, "Cluster.PrimaryNodeLabel"),
        (7, "Cluster.ReplicaNodeLabel"),
        (8, "Cluster.Metrics"),
        (9, "Cluster.LogMinDurationStatement"),
        (10, "Cluster.Database"),
        (11, "PrimaryStorage"),
        (15, "Storage.both.Fsgroup"),
        (16, "Storage.list"),
        (19, "ContainerResources.odd.RequestsMemory"),
        (20, "DefaultLoadResources"),
        (21, "BasicAuth"),
        (23, "Pgo.PGOImagePrefix"),
        (24, "Pgo.PGOImageTag"),
        (25, "Pgo.PreferredFailoverNode"),
    ];
    assert_eq!(places, expected, "{:#?}", said(&mistakes));
    assert!(
        mistakes[2]
            .to_string()
            .starts_with("pgo.yaml line 3: Cluster.Port \"many\" is not allowed"),
        "{}",
        mistakes[2]
    );
}

#[test]
fn a_file_that_is_no_mapping_is_one_mistake_more_than_what_is_missing_in_it() {
    let mistakes = said(&Defaults::parse("just words").unwrap_err());
    assert!(
        mistakes.contains(&"pgo.yaml must be a mapping of keys to values".to_owned()),
        "{mistakes:?}"
    );
    let mistakes = said(&Defaults::parse("a: [").unwrap_err());
    assert!(
        mistakes[0].starts_with("pgo.yaml cannot be read: "),
        "{mistakes:?}"
    );
}

#[test]
fn the_configuration_that_version_4_2_shipped_is_read_and_what_has_lost_its_meaning_is_named() {
    let (defaults, warnings) = read::read(OF_4_2).unwrap();
    assert_eq!(defaults.cluster.password_length, 8);
    assert_eq!(defaults.storage["nfsstoragered"].supplementalgroups, "65534");
    assert_eq!(
        (
            defaults.idle.strategy.as_str(),
            defaults.idle.autofail_sleep_seconds
        ),
        ("1", 9)
    );
    let keys: Vec<_> = warnings.iter().map(|warning| warning.key.as_str()).collect();
    assert_eq!(
        keys,
        [
            "Cluster.Strategy",
            "Cluster.Backrest",
            "Cluster.BackrestPort",
            "Pgo.AutofailSleepSeconds"
        ]
    );
    assert_eq!(warnings[0].line, Some(16));
}

#[test]
fn keys_that_are_not_known_are_named_and_a_slip_of_the_shift_key_is_noticed() {
    let text = LEAST.replace(
        "  User: app",
        "  User: app\n  syncReplication: true\n  Prot: 5432",
    ) + "Clusters: {}\n";
    let (defaults, warnings) = read::read(&text).unwrap();
    assert!(!defaults.cluster.sync_replication);
    assert_eq!(
        said(&warnings),
        [
            "pgo.yaml line 11: Cluster.syncReplication is not known and is ignored: did you mean SyncReplication?",
            "pgo.yaml line 12: Cluster.Prot is not known and is ignored",
            "pgo.yaml line 16: Clusters is not known and is ignored",
        ]
    );
}

#[test]
fn values_keep_their_spelling() {
    let text = LEAST
        .replace("CCPImageTag: tag", "CCPImageTag: 4.20")
        .replace("{one: {}}", "{one: {RequestsCPU: 2.0, LimitsCPU: 1e1}}")
        .replace("LimitsCPU: 1e1", "LimitsCPU: 0.10");
    let defaults = Defaults::parse(&text).unwrap();
    assert_eq!(defaults.cluster.image_tag, "4.20");
    assert_eq!(defaults.resources["one"].requestscpu, "2.0");
    assert_eq!(defaults.resources["one"].limitscpu, "0.10");
}

#[test]
fn a_repository_storage_that_is_not_known_is_that_of_the_primary() {
    let text = LEAST.to_owned() + "BackrestStorage: third\n";
    let (defaults, warnings) = read::read(&text).unwrap();
    assert_eq!(defaults.repository_storage(), defaults.storage["one"]);
    assert!(said(&warnings)[0].contains("\"third\""), "{warnings:?}");
}

#[test]
fn who_switches_on_what_is_not_available_yet_is_told() {
    let text = LEAST.replace("  User: app", "  User: app\n  Metrics: true\n  Badger: false");
    let (_, warnings) = read::read(&text).unwrap();
    assert_eq!(
        said(&warnings),
        ["pgo.yaml line 11: Cluster.Metrics is not available yet: new clusters do without"]
    );
}

/// Sets one key of [`LEAST`] and says what comes of it, as a text that holds everything.
fn with(path: &str, key: &str, value: &str) -> String {
    let line = format!("{key}: {value}");
    let text = match path {
        "" if LEAST.contains(&format!("{key}: one")) => LEAST.replace(&format!("{key}: one"), &line),
        "" => format!("{LEAST}{line}\n"),
        "Storage.<name>" => LEAST.replace("other: {}", &format!("other: {{{line}}}")),
        "ContainerResources.<name>" => LEAST.replace("{one: {}}", &format!("{{one: {{{line}}}}}")),
        mapping => {
            let kept: Vec<_> = LEAST
                .lines()
                .filter(|it| it.trim().split(':').next() != Some(key))
                .collect();
            kept.join("\n")
                .replace(&format!("{mapping}:"), &format!("{mapping}:\n  {line}"))
        }
    };
    let (defaults, warnings) = read::read(&text).unwrap_or_else(|mistakes| panic!("{text}: {mistakes:?}"));
    format!("{defaults:?} {warnings:?}")
}

/// A value that the key may have, and that is not its default.
fn another(key: &Key) -> String {
    match (key.name, key.kind) {
        ("StorageType", _) => "existing".into(),
        ("AccessMode", _) => "ReadWriteMany".into(),
        ("Fsgroup" | "SupplementalGroups", _) => "27".into(),
        ("MatchLabels", _) | (_, Kind::NodeLabel | Kind::Selector) => "a=b".into(),
        (_, Kind::Text | Kind::StorageName) => "other".into(),
        (_, Kind::Switch) => (key.default == "false").to_string(),
        (_, Kind::Number { least, .. }) => (least + 1).to_string(),
        (_, Kind::OneOf(words)) => words
            .iter()
            .find(|word| **word != key.default)
            .unwrap()
            .to_string(),
        (_, Kind::ResourcesName) => "one".into(),
        (_, Kind::Quantity) => "2".into(),
    }
}

#[test]
fn every_key_of_the_table_is_read_and_its_default_is_the_one_in_the_table() {
    let least = with("Cluster", "User", "app");
    for mapping in MAPPINGS {
        for key in mapping.keys {
            let place = format!("{}.{}", mapping.path, key.name);
            assert_ne!(
                with(mapping.path, key.name, &another(key)),
                least,
                "{place} changes nothing"
            );
            if key.standing == Standing::Optional && !key.default.is_empty() {
                assert_eq!(with(mapping.path, key.name, key.default), least, "{place}");
            }
        }
    }
}

#[test]
fn what_is_required_is_missed_when_it_is_empty() {
    for mapping in MAPPINGS {
        for key in mapping
            .keys
            .iter()
            .filter(|key| key.standing == Standing::Required)
        {
            let lines = LEAST.lines().map(|line| match line.trim().split_once(':') {
                Some((name, _)) if name == key.name => line.split(':').next().unwrap().to_owned() + ":",
                _ => line.to_owned(),
            });
            let text: Vec<_> = lines.collect();
            let mistakes = Defaults::parse(&text.join("\n")).unwrap_err();
            assert!(
                mistakes[0].key.ends_with(key.name) && mistakes[0].sentence.contains("required"),
                "{mistakes:?}"
            );
        }
    }
}

#[test]
fn the_example_names_no_key_that_the_table_lacks() {
    assert!(matches!(Content::parse(BUILT_IN), Ok((Content::Map(_), _))));
    let shipped = include_str!("../../../../deploy/operator/pgo.yaml");
    let (_, warnings) = read::read(shipped).unwrap();
    assert_eq!(warnings, []);
}

#[test]
fn anchors_and_aliases_are_read_and_a_mistake_has_the_line_where_it_is_written() {
    let text = LEAST.replace(
        "one: {}, other: {}",
        "one: &one {StorageType: emptydir, Fsgroup: 7}, other: {<<: *one, Fsgroup: 8}",
    );
    let defaults = Defaults::parse(&text).unwrap();
    assert_eq!(defaults.storage["other"].storagetype, "emptydir");
    assert_eq!(
        (
            defaults.storage["one"].fsgroup.as_str(),
            defaults.storage["other"].fsgroup.as_str()
        ),
        ("7", "8")
    );
    let storage = "Storage:\n  one: &one\n    Fsgroup: many\n  two: *one\n";
    let text = LEAST.replace("Storage: {one: {}, other: {}}\n", storage);
    let mistakes = Defaults::parse(&text).unwrap_err();
    let places: Vec<_> = mistakes
        .iter()
        .map(|it| (it.line.unwrap(), it.key.as_str()))
        .collect();
    assert_eq!(places, [(7, "Storage.one.Fsgroup"), (7, "Storage.two.Fsgroup")]);
}

#[test]
fn a_key_that_stands_twice_hides_no_other_mistake() {
    let text = LEAST.replace(
        "  User: app",
        "  User: app\n  Port: 5432\n  Metrics: perhaps\n  Port: many",
    );
    let text = text.replace("{one: {}}", "{one: {}, one: {RequestsMemory: lots}}");
    assert_eq!(
        said(&Defaults::parse(&text).unwrap_err()),
        [
            "pgo.yaml line 6: ContainerResources.one stands in line 6 already: remove one of the two",
            "pgo.yaml line 12: Cluster.Metrics \"perhaps\" is not allowed: give true or false",
            "pgo.yaml line 13: Cluster.Port stands in line 11 already: remove one of the two",
        ]
    );
}

#[test]
fn a_mistake_in_a_storage_configuration_has_the_line_of_its_key() {
    let text = "\
Cluster: {CCPImagePrefix: crunchydata, CCPImageTag: t, User: u}
Pgo: {PGOImagePrefix: p, PGOImageTag: t}
PrimaryStorage: fast
ReplicaStorage: fast
BackupStorage: fast
Storage:
  fast:
    AccessMode: sometimes
    Size: much
    StorageType: sometimes
    MatchLabels: zone=a b
  fewer:
    StorageType: never
";
    let mistakes = Defaults::parse(text).unwrap_err();
    let places: Vec<_> = mistakes
        .iter()
        .map(|it| (it.line.unwrap(), it.key.as_str()))
        .collect();
    let expected = [
        (8, "Storage.fast.AccessMode"),
        (9, "Storage.fast.Size"),
        (10, "Storage.fast.StorageType"),
        (11, "Storage.fast.MatchLabels"),
        (13, "Storage.fewer.StorageType"),
    ];
    assert_eq!(places, expected);
}
