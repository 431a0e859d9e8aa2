use super::*;

#[test]
fn the_built_in_configuration_is_right() {
    let defaults = Defaults::built_in();
    assert_eq!(
        defaults
            .storage("default")
            .map(|storage| storage.fsgroup.as_str()),
        Some("26")
    );
    assert_eq!(defaults.resources["large"].limitscpu, "4.0");
}

#[test]
fn every_mistake_is_reported_at_once() {
    let text = "
Cluster:
  CCPImagePrefix: crunchydata
  Port: many
  PodAntiAffinity: sometimes
  User: Test User
  PrimaryNodeLabel: nolabel
PrimaryStorage: nowhere
ReplicaStorage: both
BackupStorage: both
Storage:
  both: {Size: 1G, StorageType: create, Fsgroup: 26, SupplementalGroups: 65534}
ContainerResources:
  odd: {RequestsMemory: lots}
Pgo: {PGOImagePrefix: p, PGOImageTag: t}
";
    let complaints = Defaults::parse(text).unwrap_err();
    let about: Vec<_> = complaints
        .iter()
        .map(|complaint| complaint.about.as_str())
        .collect();
    for expected in [
        "Storage.both",
        "ContainerResources.odd.RequestsMemory",
        "Cluster.CCPImageTag",
        "Cluster.PrimaryNodeLabel",
        "Cluster.Port",
        "Cluster.User",
        "Cluster.PodAntiAffinity",
        "PrimaryStorage",
    ] {
        assert!(about.contains(&expected), "{expected} is missing in {about:?}");
    }
}

#[test]
fn the_configuration_that_version_4_2_shipped_is_read() {
    let text = "
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
    let defaults = Defaults::parse(text).unwrap();
    assert_eq!(defaults.cluster.password_length, 8);
    assert_eq!(defaults.storage["nfsstoragered"].supplementalgroups, "65534");
}
