//! Flags of `watch`.

use clap::Args;

use super::offered::Offered;

/// The topics of version 4.2.
const TOPICS: Offered = Offered(&[
    "alltopic",
    "backuptopic",
    "clustertopic",
    "loadtopic",
    "pgbouncertopic",
    "pgotopic",
    "pgousertopic",
    "policytopic",
    "postgresusertopic",
]);

/// `pgo watch`
#[derive(Clone, Debug, Args)]
#[command(
    override_usage = "pgo watch <topic> [flags]",
    after_help = "Examples:\n  pgo watch alltopic"
)]
pub(crate) struct WatchArgs {
    /// The topic; only the first counts.
    #[arg(hide = true, value_parser = TOPICS)]
    pub topics: Vec<String>,
    /// Address of the event server.
    #[arg(
        long,
        short = 'a',
        value_name = "HOST:PORT",
        default_value = "localhost:14150"
    )]
    pub pgo_event_address: String,
}
