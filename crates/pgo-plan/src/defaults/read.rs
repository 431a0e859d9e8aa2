//! From the text of `pgo.yaml` to values. Each key is read through its entry in the table of keys.

use std::collections::BTreeMap;

use pgo_crd::{ContainerResources, StorageSpec};
use pgo_postgres::patroni::custom::Custom;
use pgo_postgres::yaml::Content;

use super::keys::{Key, cluster, pgo, resources, storage, top};
use super::remark::{Remark, Remarks};
use super::section::{FILE, Section, remark};
use super::{ClusterDefaults, Defaults, Idle, PgoDefaults};
use crate::selector;
use crate::valid::{
    AntiAffinity, check_database, check_image_prefix, check_tag, check_user, storage as volume,
};

/// The mappings at the top of the file.
const MAPPINGS: [&str; 4] = ["Cluster", "Pgo", "Storage", "ContainerResources"];

/// Reads a `pgo.yaml`: what it says and what its writer should know, or everything that is wrong with it.
pub(super) fn read(text: &str) -> Result<(Defaults, Vec<Remark>), Vec<Remark>> {
    let (content, twice) =
        Content::parse(text).map_err(|error| vec![remark(None, "", &format!("cannot be read: {error}"))])?;
    let mut remarks = Remarks::default();
    remarks
        .mistakes
        .extend(twice.iter().map(|twice| Remark::twice(FILE, twice)));
    let defaults = read_file(&Section::root(&content, &mut remarks), &mut remarks);
    if remarks.mistakes.is_empty() {
        remarks.warnings.sort_by_key(|warning| warning.line);
        Ok((defaults, remarks.warnings))
    } else {
        remarks.mistakes.sort_by_key(|mistake| mistake.line);
        Err(remarks.mistakes)
    }
}

fn read_file(root: &Section<'_>, r: &mut Remarks) -> Defaults {
    root.superfluous(top::ALL, &MAPPINGS, r);
    let (own, of_pgo) = (root.section("Cluster", r), root.section("Pgo", r));
    let storage = read_storage(&root.section("Storage", r), r);
    let resources = read_resources(&root.section("ContainerResources", r), r);
    let known_storage = |key: &Key, r: &mut Remarks| {
        let name = root.text(key, r);
        if !name.is_empty() && !storage.contains_key(&name) {
            let sentence = format!("\"{name}\" is not an entry of Storage: name one of them");
            root.mistake(key.name, &sentence, r);
        }
        name
    };
    let known_resources = |key: &Key, r: &mut Remarks| {
        let name = root.text(key, r);
        if !name.is_empty() && !resources.contains_key(&name) {
            let sentence =
                format!("\"{name}\" is not an entry of ContainerResources: name one or leave it empty");
            root.mistake(key.name, &sentence, r);
        }
        name
    };
    Defaults {
        basic_auth: root.switch(&top::BASIC_AUTH, r),
        cluster: read_cluster(&own, r),
        pgo: read_pgo(&of_pgo, r),
        primary_storage: known_storage(&top::PRIMARY_STORAGE, r),
        replica_storage: known_storage(&top::REPLICA_STORAGE, r),
        backup_storage: known_storage(&top::BACKUP_STORAGE, r),
        backrest_storage: backrest_storage(root, &storage, r),
        default_container_resources: known_resources(&top::DEFAULT_CONTAINER_RESOURCES, r),
        default_load_resources: known_resources(&top::DEFAULT_LOAD_RESOURCES, r),
        default_pgbouncer_resources: known_resources(&top::DEFAULT_PGBOUNCER_RESOURCES, r),
        default_badger_resources: known_resources(&top::DEFAULT_BADGER_RESOURCES, r),
        storage,
        resources,
        idle: read_idle(root, &own, &of_pgo, r),
        postgres_ha: Custom::default(),
    }
}

/// The only storage that may name nothing; version 4.2 warned of it as well.
fn backrest_storage(root: &Section<'_>, known: &BTreeMap<String, StorageSpec>, r: &mut Remarks) -> String {
    let name = root.text(&top::BACKREST_STORAGE, r);
    if !name.is_empty() && !known.contains_key(&name) {
        let sentence = format!("\"{name}\" is not an entry of Storage: that of PrimaryStorage is used");
        root.warning(top::BACKREST_STORAGE.name, &sentence, r);
    }
    name
}

fn read_cluster(section: &Section<'_>, r: &mut Remarks) -> ClusterDefaults {
    section.superfluous(cluster::ALL, &[], r);
    let anti_affinity = section.word(&cluster::POD_ANTI_AFFINITY, r);
    ClusterDefaults {
        image_prefix: section.checked(&cluster::CCP_IMAGE_PREFIX, check_image_prefix, r),
        image_tag: section.checked(&cluster::CCP_IMAGE_TAG, check_tag, r),
        primary_node_label: section.node_label(&cluster::PRIMARY_NODE_LABEL, r),
        replica_node_label: section.node_label(&cluster::REPLICA_NODE_LABEL, r),
        policies: section.text(&cluster::POLICIES, r),
        log_statement: section.word(&cluster::LOG_STATEMENT, r),
        log_min_duration_statement: section.number(&cluster::LOG_MIN_DURATION_STATEMENT, r),
        metrics: later(section, &cluster::METRICS, r),
        badger: later(section, &cluster::BADGER, r),
        port: section.number(&cluster::PORT, r),
        badger_port: section.number(&cluster::PGBADGER_PORT, r),
        exporter_port: section.number(&cluster::EXPORTER_PORT, r),
        user: section.checked(&cluster::USER, check_user, r),
        database: section.checked(&cluster::DATABASE, check_database, r),
        password_age_days: section.number(&cluster::PASSWORD_AGE_DAYS, r),
        password_length: section.number(&cluster::PASSWORD_LENGTH, r),
        replicas: section.number(&cluster::REPLICAS, r),
        archive_timeout: section.number(&cluster::ARCHIVE_TIMEOUT, r),
        service_type: section.word(&cluster::SERVICE_TYPE, r),
        s3_bucket: section.text(&cluster::BACKREST_S3_BUCKET, r),
        s3_endpoint: section.text(&cluster::BACKREST_S3_ENDPOINT, r),
        s3_region: section.text(&cluster::BACKREST_S3_REGION, r),
        disable_autofail: section.switch(&cluster::DISABLE_AUTOFAIL, r),
        monitor_password: section.text(&cluster::PGMONITOR_PASSWORD, r),
        disable_replica_reinit: section.switch(&cluster::DISABLE_REPLICA_START_FAIL_REINIT, r),
        anti_affinity: AntiAffinity::parse(&anti_affinity).unwrap_or_default(),
        sync_replication: section.switch(&cluster::SYNC_REPLICATION, r),
    }
}

/// A switch for what is not available yet: who switches it on should know that nothing comes of it.
fn later(section: &Section<'_>, key: &Key, r: &mut Remarks) -> bool {
    let on = section.switch(key, r);
    if on {
        section.warning(key.name, "is not available yet: new clusters do without", r);
    }
    on
}

fn read_pgo(section: &Section<'_>, r: &mut Remarks) -> PgoDefaults {
    section.superfluous(pgo::ALL, &[], r);
    PgoDefaults {
        preferred_failover_node: section.checked(
            &pgo::PREFERRED_FAILOVER_NODE,
            |text| selector::parse(text).map(drop),
            r,
        ),
        audit: section.switch(&pgo::AUDIT, r),
        image_prefix: section.checked(&pgo::PGO_IMAGE_PREFIX, check_image_prefix, r),
        image_tag: section.checked(&pgo::PGO_IMAGE_TAG, check_tag, r),
    }
}

/// What means nothing cannot be wrong: a value that cannot be read is shown as the default.
fn read_idle(root: &Section<'_>, own: &Section<'_>, of_pgo: &Section<'_>, r: &mut Remarks) -> Idle {
    fn lenient<N: std::str::FromStr + Default>(section: &Section<'_>, key: &Key, r: &mut Remarks) -> N {
        let text = section.text(key, r);
        let number = text.parse().or_else(|_| key.default.parse());
        number.unwrap_or_default()
    }
    Idle {
        strategy: own.text(&cluster::STRATEGY, r),
        backrest: lenient(own, &cluster::BACKREST, r),
        backrest_port: lenient(own, &cluster::BACKREST_PORT, r),
        autofail_replace_replica: lenient(own, &cluster::AUTOFAIL_REPLACE_REPLICA, r),
        enable_crunchyadm: lenient(own, &cluster::ENABLE_CRUNCHYADM, r),
        autofail_sleep_seconds: lenient(of_pgo, &pgo::AUTOFAIL_SLEEP_SECONDS, r),
        default_rmdata_resources: root.text(&top::DEFAULT_RMDATA_RESOURCES, r),
        default_backup_resources: root.text(&top::DEFAULT_BACKUP_RESOURCES, r),
    }
}

fn read_storage(section: &Section<'_>, r: &mut Remarks) -> BTreeMap<String, StorageSpec> {
    let mut storages = BTreeMap::new();
    for name in section.names() {
        let entry = section.section(name, r);
        entry.superfluous(storage::ALL, &[], r);
        let spec = StorageSpec {
            // That of an existing claim is given by the cluster.
            name: String::new(),
            storageclass: entry.text(&storage::STORAGE_CLASS, r),
            accessmode: entry.text(&storage::ACCESS_MODE, r),
            size: entry.text(&storage::SIZE, r),
            storagetype: entry.text(&storage::STORAGE_TYPE, r),
            fsgroup: entry.text(&storage::FSGROUP, r),
            supplementalgroups: entry.text(&storage::SUPPLEMENTAL_GROUPS, r),
            match_labels: entry.text(&storage::MATCH_LABELS, r),
        };
        let in_a_cluster = StorageSpec {
            name: "claim".to_owned(),
            ..spec.clone()
        };
        for wrong in volume::validate(&in_a_cluster).err().unwrap_or_default() {
            let key = storage::ALL
                .iter()
                .find(|key| key.name.eq_ignore_ascii_case(wrong.field));
            entry.mistake(key.map_or(wrong.field, |key| key.name), &wrong.sentence, r);
        }
        storages.insert(name.to_owned(), spec);
    }
    storages
}

fn read_resources(section: &Section<'_>, r: &mut Remarks) -> BTreeMap<String, ContainerResources> {
    let mut all = BTreeMap::new();
    for name in section.names() {
        let entry = section.section(name, r);
        entry.superfluous(resources::ALL, &[], r);
        let of_entry = ContainerResources {
            requestsmemory: entry.quantity(&resources::REQUESTS_MEMORY, r),
            requestscpu: entry.quantity(&resources::REQUESTS_CPU, r),
            limitsmemory: entry.quantity(&resources::LIMITS_MEMORY, r),
            limitscpu: entry.quantity(&resources::LIMITS_CPU, r),
        };
        all.insert(name.to_owned(), of_entry);
    }
    all
}
