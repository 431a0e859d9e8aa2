//! Flags of `scale` and `scaledown`.

use clap::Args;

use super::offered::{REPORTED, SERVICE_TYPES};
use super::value::{boolean, integer};
use super::wait::WaitArgs;

/// `pgo scale`
#[derive(Clone, Debug, Args)]
#[command(
    override_usage = "pgo scale <name>... [flags]",
    after_help = "Examples:\n  pgo scale hippo\n  pgo scale hippo --replica-count=2 --wait"
)]
pub(crate) struct ScaleArgs {
    /// Names of the clusters.
    #[arg(hide = true)]
    pub names: Vec<String>,
    /// Tag of the replicas' database image.
    #[arg(long, value_name = "TAG", default_value = "")]
    pub ccp_image_tag: String,
    /// Do not ask.
    #[arg(long)]
    pub no_prompt: bool,
    /// Nodes that the replicas prefer.
    #[arg(long, value_name = "KEY=VALUE", default_value = "")]
    pub node_label: String,
    /// Form of the output: json or yaml.
    #[arg(long, short = 'o', value_name = "FORMAT", default_value = "", value_parser = REPORTED)]
    pub output: String,
    /// How many replicas to add.
    #[arg(long, value_name = "N", default_value = "1", value_parser = integer)]
    pub replica_count: i64,
    /// Resources that the replicas ask for.
    #[arg(long, value_name = "NAME", default_value = "")]
    pub resources_config: String,
    /// Type of the replicas' Service: `ClusterIP`, `NodePort` or `LoadBalancer`.
    #[arg(long, value_name = "TYPE", default_value = "", value_parser = SERVICE_TYPES)]
    pub service_type: String,
    /// Storage configuration of the replicas.
    #[arg(long, value_name = "NAME", default_value = "")]
    pub storage_config: String,
    #[command(flatten)]
    pub wait: WaitArgs,
}

/// `pgo scaledown`
#[derive(Clone, Debug, Args)]
#[command(
    override_usage = "pgo scaledown <name> [flags]",
    after_help = "Examples:\n  pgo scaledown hippo --query\n  pgo scaledown hippo --target=hippo-abcd"
)]
pub(crate) struct ScaledownArgs {
    /// Names of the clusters; only the first is scaled down.
    #[arg(hide = true)]
    pub names: Vec<String>,
    /// Outlived by --keep-data, but --delete-data=false still keeps.
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
    /// Keep the replica's data.
    #[arg(long)]
    pub keep_data: bool,
    /// Do not ask.
    #[arg(long)]
    pub no_prompt: bool,
    /// Form of the output: json or yaml.
    #[arg(long, short = 'o', value_name = "FORMAT", default_value = "", value_parser = REPORTED)]
    pub output: String,
    /// List the replicas instead of removing one.
    #[arg(long)]
    pub query: bool,
    /// The replica to remove.
    #[arg(long, value_name = "REPLICA", default_value = "")]
    pub target: String,
    #[command(flatten)]
    pub wait: WaitArgs,
}
