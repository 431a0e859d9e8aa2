//! Flags of the commands about clusters.

use clap::Args;

use super::offered::{Offered, REPORTED, SERVICE_TYPES, SHOWN, STORAGE_TYPES};
use super::value::{boolean, integer};
use super::wait::WaitArgs;

/// `pgo create cluster`
#[derive(Clone, Debug, Args)]
#[expect(clippy::struct_excessive_bools, reason = "each is a flag of its own")]
#[command(
    override_usage = "pgo create cluster <name> [flags]",
    after_help = "Examples:\n  pgo create cluster hippo\n  pgo create cluster hippo --replica-count=2 --wait"
)]
pub(crate) struct CreateClusterArgs {
    /// Name of the cluster.
    #[arg(hide = true)]
    pub names: Vec<String>,
    /// Image of the database, for example crunchy-postgres-gis-ha.
    #[arg(long, value_name = "IMAGE", default_value = "")]
    pub ccp_image: String,
    /// Tag of the database image.
    #[arg(long, short = 'c', value_name = "TAG", default_value = "")]
    pub ccp_image_tag: String,
    /// `ConfigMap` with PostgreSQL configuration.
    #[arg(long, value_name = "CONFIGMAP", default_value = "")]
    pub custom_config: String,
    /// Do not fail over by itself.
    #[arg(long)]
    pub disable_autofail: bool,
    /// Labels of the cluster and of everything that belongs to it.
    #[arg(long, short = 'l', value_name = "KEY=VALUE,…", default_value = "")]
    pub labels: String,
    /// Run a metrics exporter beside the database.
    #[arg(long)]
    pub metrics: bool,
    /// Nodes that the first instance prefers.
    #[arg(long, value_name = "KEY=VALUE", default_value = "")]
    pub node_label: String,
    /// Form of the output: json or yaml.
    #[arg(long, short = 'o', value_name = "FORMAT", default_value = "", value_parser = REPORTED)]
    pub output: String,
    /// Password of the users that the cluster is born with; made by the server when left out.
    #[arg(long, short = 'w', value_name = "PASSWORD", default_value = "")]
    pub password: String,
    /// S3 bucket of the backups.
    #[arg(long, value_name = "BUCKET", default_value = "")]
    pub pgbackrest_s3_bucket: String,
    /// S3 endpoint of the backups.
    #[arg(long, value_name = "ENDPOINT", default_value = "")]
    pub pgbackrest_s3_endpoint: String,
    /// S3 access key of the backups.
    #[arg(long, value_name = "KEY", default_value = "")]
    pub pgbackrest_s3_key: String,
    /// S3 secret key of the backups.
    #[arg(long, value_name = "SECRET", default_value = "")]
    pub pgbackrest_s3_key_secret: String,
    /// S3 region of the backups.
    #[arg(long, value_name = "REGION", default_value = "")]
    pub pgbackrest_s3_region: String,
    /// Where backups go: local, s3 or local,s3.
    #[arg(long, value_name = "TYPE", default_value = "", value_parser = STORAGE_TYPES)]
    pub pgbackrest_storage_type: String,
    /// Run pgBadger beside the database.
    #[arg(long)]
    pub pgbadger: bool,
    /// Run pgBouncer in front of the cluster.
    #[arg(long)]
    pub pgbouncer: bool,
    /// Password of pgBouncer's user; needs --pgbouncer.
    #[arg(long, value_name = "PASSWORD", default_value = "")]
    pub pgbouncer_pass: String,
    /// Whether instances run on different nodes: required, preferred or disabled.
    #[arg(long, value_name = "TYPE", default_value = "", value_parser = Offered(&["required", "preferred", "disabled"]))]
    pub pod_anti_affinity: String,
    /// SQL policies to apply when the primary is ready.
    #[arg(long, short = 'z', value_name = "POLICY,…", default_value = "")]
    pub policies: String,
    /// Replicas that the cluster is born with.
    #[arg(long, value_name = "N", default_value = "0", value_parser = integer)]
    pub replica_count: i64,
    /// Storage configuration of the replicas.
    #[arg(long, value_name = "NAME", default_value = "")]
    pub replica_storage_config: String,
    /// Resources that the instances ask for.
    #[arg(long, short = 'r', value_name = "NAME", default_value = "")]
    pub resources_config: String,
    /// A former cluster whose passwords are used again.
    #[arg(long, short = 's', value_name = "CLUSTER", default_value = "")]
    pub secret_from: String,
    /// How many clusters to create; more than one are named <name>0, <name>1, …
    #[arg(long, short = 'e', value_name = "N", default_value = "1", value_parser = integer)]
    pub series: i64,
    /// Type of the Services: `ClusterIP`, `NodePort` or `LoadBalancer`.
    #[arg(long, value_name = "TYPE", default_value = "", value_parser = SERVICE_TYPES)]
    pub service_type: String,
    /// Storage configuration of the first instance.
    #[arg(long, value_name = "NAME", default_value = "")]
    pub storage_config: String,
    /// Let commits wait for a replica; left to the server when not given.
    #[arg(
        long,
        value_name = "BOOL",
        num_args = 0..=1,
        require_equals = true,
        default_missing_value = "true",
        value_parser = boolean
    )]
    pub sync_replication: Option<bool>,
    /// Name of the ordinary user that the cluster is born with.
    #[arg(long, short = 'u', value_name = "USER", default_value = "")]
    pub username: String,
    #[command(flatten)]
    pub wait: WaitArgs,
}

/// `pgo delete cluster`
#[derive(Clone, Debug, Args)]
#[expect(clippy::struct_excessive_bools, reason = "each is a flag of its own")]
#[command(
    override_usage = "pgo delete cluster <name>... [flags]",
    after_help = "Examples:\n  pgo delete cluster hippo\n  pgo delete cluster hippo --keep-data --keep-backups\n  \
                  pgo delete cluster --selector=env=test --no-prompt"
)]
pub(crate) struct DeleteClusterArgs {
    /// Names of the clusters.
    #[arg(hide = true)]
    pub names: Vec<String>,
    /// Every cluster of the namespace.
    #[arg(long)]
    pub all: bool,
    /// Does nothing any more.
    #[arg(
        long,
        short = 'b',
        hide = true,
        num_args = 0..=1,
        require_equals = true,
        default_missing_value = "true",
        value_parser = boolean
    )]
    pub delete_backups: Option<bool>,
    /// Does nothing any more.
    #[arg(
        long,
        short = 'd',
        hide = true,
        num_args = 0..=1,
        require_equals = true,
        default_missing_value = "true",
        value_parser = boolean
    )]
    pub delete_data: Option<bool>,
    /// Keep the backups.
    #[arg(long)]
    pub keep_backups: bool,
    /// Keep the data.
    #[arg(long)]
    pub keep_data: bool,
    /// Do not ask.
    #[arg(long)]
    pub no_prompt: bool,
    /// Form of the output: json or yaml.
    #[arg(long, short = 'o', value_name = "FORMAT", default_value = "", value_parser = REPORTED)]
    pub output: String,
    /// Clusters with these labels.
    #[arg(long, short = 's', value_name = "SELECTOR", default_value = "")]
    pub selector: String,
    #[command(flatten)]
    pub wait: WaitArgs,
}

/// `pgo show cluster`
#[derive(Clone, Debug, Args)]
#[command(
    override_usage = "pgo show cluster <name>... [flags]",
    after_help = "Examples:\n  pgo show cluster hippo\n  pgo show cluster --all -o json"
)]
pub(crate) struct ShowClusterArgs {
    /// Names of the clusters.
    #[arg(hide = true)]
    pub names: Vec<String>,
    /// Every cluster of the namespace.
    #[arg(long)]
    pub all: bool,
    /// Only clusters whose database image has this tag.
    #[arg(long, value_name = "TAG", default_value = "")]
    pub ccp_image_tag: String,
    /// Form of the output: json, yaml or wide.
    #[arg(long, short = 'o', value_name = "FORMAT", default_value = "", value_parser = SHOWN)]
    pub output: String,
    /// Clusters with these labels.
    #[arg(long, short = 's', value_name = "SELECTOR", default_value = "")]
    pub selector: String,
}

/// `pgo test`
#[derive(Clone, Debug, Args)]
#[command(
    override_usage = "pgo test <name>... [flags]",
    after_help = "Examples:\n  pgo test hippo\n  pgo test --all"
)]
pub(crate) struct TestArgs {
    /// Names of the clusters.
    #[arg(hide = true)]
    pub names: Vec<String>,
    /// Every cluster of the namespace.
    #[arg(long)]
    pub all: bool,
    /// Form of the output: json or yaml.
    #[arg(long, short = 'o', value_name = "FORMAT", default_value = "", value_parser = REPORTED)]
    pub output: String,
    /// Clusters with these labels.
    #[arg(long, short = 's', value_name = "SELECTOR", default_value = "")]
    pub selector: String,
}

/// `pgo update cluster`
#[derive(Clone, Debug, Args)]
#[command(
    override_usage = "pgo update cluster <name>... [flags]",
    after_help = "Examples:\n  pgo update cluster hippo\n  pgo update cluster hippo --disable-autofail"
)]
pub(crate) struct UpdateClusterArgs {
    /// Names of the clusters.
    #[arg(hide = true)]
    pub names: Vec<String>,
    /// Every cluster of the namespace.
    #[arg(long)]
    pub all: bool,
    /// Fail over automatically or not; the opposite of --disable-autofail.
    #[arg(long, value_name = "BOOL", num_args = 0..=1, require_equals = true, default_missing_value = "true", value_parser = boolean)]
    pub autofail: Option<bool>,
    /// Do not fail over by itself; without this flag the cluster does.
    #[arg(long)]
    pub disable_autofail: bool,
    /// Do not ask.
    #[arg(long)]
    pub no_prompt: bool,
    /// Form of the output: json or yaml.
    #[arg(long, short = 'o', value_name = "FORMAT", default_value = "", value_parser = REPORTED)]
    pub output: String,
    /// Clusters with these labels.
    #[arg(long, short = 's', value_name = "SELECTOR", default_value = "")]
    pub selector: String,
}
