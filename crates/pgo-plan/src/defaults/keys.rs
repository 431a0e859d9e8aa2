//! Every key of `pgo.yaml`: its type, its default, its meaning. What is read, what is complained about and what the
//! documentation says come from here.

use std::fmt;

/// One key.
#[derive(Clone, Copy, Debug)]
pub struct Key {
    /// As it is written in the file.
    pub name: &'static str,
    /// What may stand under it.
    pub kind: Kind,
    /// What applies where it is absent or empty; empty means nothing.
    pub default: &'static str,
    /// What it is for, in a sentence.
    pub meaning: &'static str,
    /// Whether it means anything.
    pub standing: Standing,
}

/// Whether a key means anything.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Standing {
    /// There is no default: without a value the file is refused.
    Required,
    /// It has a meaning.
    Optional,
    /// It is accepted, because files of version 4.2 and before have it, and changes nothing.
    Idle,
}

/// What may stand under a key.
#[derive(Clone, Copy, Debug)]
#[expect(missing_docs, reason = "Display says it")]
pub enum Kind {
    Text,
    Switch,
    Number { least: i64, most: i64 },
    OneOf(&'static [&'static str]),
    NodeLabel,
    Selector,
    StorageName,
    ResourcesName,
    Quantity,
}

impl fmt::Display for Kind {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Text => f.write_str("text"),
            Self::Switch => f.write_str("true or false"),
            Self::Number { least, most } => write!(f, "whole number from {least} to {most}"),
            Self::OneOf(words) => write!(f, "one of {}", words.join(", ")),
            Self::NodeLabel => f.write_str("`key=value`"),
            Self::Selector => f.write_str("label selector"),
            Self::StorageName => f.write_str("name of an entry of `Storage`"),
            Self::ResourcesName => f.write_str("name of an entry of `ContainerResources`"),
            Self::Quantity => f.write_str("Kubernetes quantity"),
        }
    }
}

/// A mapping of the file.
#[derive(Clone, Copy, Debug)]
pub struct Mapping {
    /// Where it stands; empty for the file itself, `<name>` for a name that is free.
    pub path: &'static str,
    /// What it holds, in a sentence.
    pub meaning: &'static str,
    /// Its keys, without mappings inside it.
    pub keys: &'static [&'static Key],
}

/// The whole file.
pub const MAPPINGS: &[Mapping] = &[
    Mapping {
        path: "",
        meaning: "The file itself",
        keys: top::ALL,
    },
    Mapping {
        path: "Cluster",
        meaning: "What new clusters are made of, unless a request says otherwise",
        keys: cluster::ALL,
    },
    Mapping {
        path: "Pgo",
        meaning: "pgo itself",
        keys: pgo::ALL,
    },
    Mapping {
        path: "Storage.<name>",
        meaning: "A storage configuration: which volume an instance or a repository gets",
        keys: storage::ALL,
    },
    Mapping {
        path: "ContainerResources.<name>",
        meaning: "A resource configuration; it applies to a container only when all four are given",
        keys: resources::ALL,
    },
];

impl Key {
    const fn new(name: &'static str, kind: Kind, default: &'static str, meaning: &'static str) -> Self {
        Self {
            name,
            kind,
            default,
            meaning,
            standing: Standing::Optional,
        }
    }

    const fn text(name: &'static str, default: &'static str, meaning: &'static str) -> Self {
        Self::new(name, Kind::Text, default, meaning)
    }

    const fn switch(name: &'static str, meaning: &'static str) -> Self {
        Self::new(name, Kind::Switch, "false", meaning)
    }

    const fn number(
        name: &'static str,
        (least, most): (i64, i64),
        default: &'static str,
        meaning: &'static str,
    ) -> Self {
        Self::new(name, Kind::Number { least, most }, default, meaning)
    }

    const fn port(name: &'static str, default: &'static str, meaning: &'static str) -> Self {
        Self::number(name, (1, 65_535), default, meaning)
    }

    const fn required(mut self) -> Self {
        self.standing = Standing::Required;
        self
    }

    /// `meaning` then says why.
    const fn idle(mut self) -> Self {
        self.standing = Standing::Idle;
        self
    }
}

macro_rules! keys {
    ($($constant:ident = $key:expr;)*) => {
        $(pub(in crate::defaults) const $constant: Key = $key;)*
        pub(in crate::defaults) const ALL: &[&Key] = &[$(&$constant),*];
    };
}

pub(super) mod top {
    use super::Key;
    use super::Kind::{ResourcesName, StorageName, Switch, Text};

    keys! {
        BASIC_AUTH = Key::new("BasicAuth", Switch, "true", "Whether the API server checks passwords. With `false` the name of a known pgouser suffices");
        PRIMARY_STORAGE = Key::new("PrimaryStorage", StorageName, "", "Storage of first instances").required();
        REPLICA_STORAGE = Key::new("ReplicaStorage", StorageName, "", "Storage of replicas").required();
        BACKUP_STORAGE = Key::new("BackupStorage", StorageName, "", "Storage of logical backups").required();
        BACKREST_STORAGE = Key::new("BackrestStorage", StorageName, "", "Storage of backup repositories; that of `PrimaryStorage` where it names none");
        DEFAULT_CONTAINER_RESOURCES = Key::new("DefaultContainerResources", ResourcesName, "", "Resources of database containers");
        DEFAULT_LOAD_RESOURCES = Key::new("DefaultLoadResources", ResourcesName, "", "Resources of `pgo load`");
        DEFAULT_PGBOUNCER_RESOURCES = Key::new("DefaultPgbouncerResources", ResourcesName, "", "Resources of pgBouncer");
        DEFAULT_BADGER_RESOURCES = Key::new("DefaultBadgerResources", ResourcesName, "", "Resources of pgBadger");
        DEFAULT_RMDATA_RESOURCES = Key::new("DefaultRmdataResources", ResourcesName, "", "The operator removes clusters itself, without a Job").idle();
        XLOG_STORAGE = Key::new("XlogStorage", Text, "", "WAL lies in the volume of its instance").idle();
        DEFAULT_BACKUP_RESOURCES = Key::new("DefaultBackupResources", ResourcesName, "", "There are no pg_basebackup Jobs any more").idle();
    }
}

pub(super) mod cluster {
    use super::Key;
    use super::Kind::{NodeLabel, OneOf, Switch};

    const MOST_SECONDS: i64 = 1_073_741_823;
    const MOST_MILLISECONDS: i64 = 2_147_483_647;

    keys! {
        CCP_IMAGE_PREFIX = Key::text("CCPImagePrefix", "", "Registry and organisation of database images; the environment variable `CCP_IMAGE_PREFIX` wins").required();
        CCP_IMAGE_TAG = Key::text("CCPImageTag", "", "Tag of database images; the environment variable `CCP_IMAGE_TAG` wins").required();
        PRIMARY_NODE_LABEL = Key::new("PrimaryNodeLabel", NodeLabel, "", "Nodes that first instances prefer; a warning says so when no node carries it");
        REPLICA_NODE_LABEL = Key::new("ReplicaNodeLabel", NodeLabel, "", "Nodes that replicas prefer; a warning says so when no node carries it");
        POLICIES = Key::text("Policies", "", "SQL policies, comma-separated, for clusters that name none");
        LOG_STATEMENT = Key::new("LogStatement", OneOf(&["none", "ddl", "mod", "all"]), "none", "PostgreSQL's `log_statement`");
        LOG_MIN_DURATION_STATEMENT = Key::number("LogMinDurationStatement", (-1, MOST_MILLISECONDS), "60000", "PostgreSQL's `log_min_duration_statement` in milliseconds; -1 is never");
        METRICS = Key::switch("Metrics", "Whether new clusters get the metrics exporter (not available yet)");
        BADGER = Key::switch("Badger", "Whether new clusters get pgBadger (not available yet)");
        PORT = Key::port("Port", "5432", "PostgreSQL's port");
        PGBADGER_PORT = Key::port("PGBadgerPort", "10000", "pgBadger's port");
        EXPORTER_PORT = Key::port("ExporterPort", "9187", "The metrics exporter's port");
        USER = Key::text("User", "", "Name of the ordinary user").required();
        DATABASE = Key::text("Database", "userdb", "Name of the ordinary user's database");
        PASSWORD_AGE_DAYS = Key::number("PasswordAgeDays", (1, 36_500), "365", "How long generated passwords are valid, in days");
        PASSWORD_LENGTH = Key::number("PasswordLength", (8, 128), "32", "How long generated passwords are, in characters");
        REPLICAS = Key::number("Replicas", (0, 99), "0", "How many replicas clusters are born with");
        ARCHIVE_TIMEOUT = Key::number("ArchiveTimeout", (0, MOST_SECONDS), "60", "PostgreSQL's `archive_timeout` in seconds");
        SERVICE_TYPE = Key::new("ServiceType", OneOf(&["ClusterIP", "NodePort", "LoadBalancer"]), "ClusterIP", "Type of Services");
        BACKREST_S3_BUCKET = Key::text("BackrestS3Bucket", "", "S3 bucket of repositories");
        BACKREST_S3_ENDPOINT = Key::text("BackrestS3Endpoint", "", "S3 endpoint of repositories");
        BACKREST_S3_REGION = Key::text("BackrestS3Region", "", "S3 region of repositories");
        DISABLE_AUTOFAIL = Key::switch("DisableAutofail", "Whether new clusters do not fail over by themselves");
        PGMONITOR_PASSWORD = Key::text("PgmonitorPassword", "password", "Password of the database user `ccp_monitoring`. `pgo show config` does not show it");
        DISABLE_REPLICA_START_FAIL_REINIT = Key::switch("DisableReplicaStartFailReinit", "Whether a replica that does not start is left alone instead of being made anew");
        POD_ANTI_AFFINITY = Key::new("PodAntiAffinity", OneOf(&["preferred", "required", "disabled"]), "preferred", "Whether the instances of a cluster avoid each other's nodes");
        SYNC_REPLICATION = Key::switch("SyncReplication", "Whether commits wait for a replica");
        STRATEGY = Key::text("Strategy", "", "There is one way to make a cluster").idle();
        BACKREST = Key::new("Backrest", Switch, "true", "Every cluster has pgBackRest").idle();
        BACKREST_PORT = Key::port("BackrestPort", "2022", "pgBackRest speaks TLS on port 8432 instead of SSH").idle();
        AUTOFAIL_REPLACE_REPLICA = Key::switch("AutofailReplaceReplica", "A failover keeps the number of replicas: the old primary comes back as one").idle();
        ENABLE_CRUNCHYADM = Key::switch("EnableCrunchyadm", "There is no crunchyadm container; use `kubectl exec`").idle();
        CCP_IMAGE = Key::text("CCPImage", "", "There is one image for databases").idle();
        ARCHIVE_MODE = Key::text("ArchiveMode", "", "Every cluster archives its WAL").idle();
        AUTOFAIL = Key::text("Autofail", "", "Use `DisableAutofail`").idle();
    }
}

pub(super) mod pgo {
    use super::Key;
    use super::Kind::Selector;

    keys! {
        PGO_IMAGE_PREFIX = Key::text("PGOImagePrefix", "", "Registry and organisation of pgo's own images; the environment variable `PGO_IMAGE_PREFIX` wins").required();
        PGO_IMAGE_TAG = Key::text("PGOImageTag", "", "Tag of pgo's own images; the environment variable `PGO_IMAGE_TAG` wins").required();
        PREFERRED_FAILOVER_NODE = Key::new("PreferredFailoverNode", Selector, "", "Nodes that `pgo failover --query` marks");
        AUDIT = Key::switch("Audit", "Whether the API server logs who was let in for what");
        AUTOFAIL_SLEEP_SECONDS = Key::number("AutofailSleepSeconds", (0, i32::MAX as i64), "30", "Patroni decides when to fail over").idle();
        LOAD_TEMPLATE = Key::text("LoadTemplate", "", "Objects are made in code, not from templates").idle();
    }
}

pub(super) mod storage {
    use super::Key;
    use super::Kind::OneOf;

    keys! {
        ACCESS_MODE = Key::new("AccessMode", OneOf(&["ReadWriteOnce", "ReadWriteMany", "ReadOnlyMany"]), "ReadWriteOnce", "Access mode of the volume");
        SIZE = Key::text("Size", "", "Size of the volume, for example `1Gi`; needed by `dynamic` and `create`");
        STORAGE_TYPE = Key::new("StorageType", OneOf(&["dynamic", "create", "existing", "emptydir"]), "emptydir", "`dynamic`: a claim with a class; `create`: a claim without; `existing`: a claim that the cluster names; `emptydir`: a directory that goes with its pod");
        STORAGE_CLASS = Key::text("StorageClass", "", "Class of a `dynamic` volume; empty is the Kubernetes cluster's default class");
        FSGROUP = Key::text("Fsgroup", "", "Group that owns the files; not together with `SupplementalGroups`");
        SUPPLEMENTAL_GROUPS = Key::text("SupplementalGroups", "", "Further groups of the pod, comma-separated");
        MATCH_LABELS = Key::text("MatchLabels", "", "`key=value` of the persistent volumes that a `create` claim may bind");
    }
}

pub(super) mod resources {
    use super::Key;
    use super::Kind::Quantity;

    keys! {
        REQUESTS_MEMORY = Key::new("RequestsMemory", Quantity, "", "Memory to reserve");
        REQUESTS_CPU = Key::new("RequestsCPU", Quantity, "", "Processors to reserve");
        LIMITS_MEMORY = Key::new("LimitsMemory", Quantity, "", "Memory that may be used");
        LIMITS_CPU = Key::new("LimitsCPU", Quantity, "", "Processors that may be used");
    }
}
