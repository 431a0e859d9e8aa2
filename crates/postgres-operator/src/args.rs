//! What the process was told at its start: flags and environment.

use std::net::SocketAddr;

use clap::Parser;
use clap::builder::NonEmptyStringValueParser;
use pgo_plan::defaults;

/// The operator: watches clusters and brings them to what was asked for.
#[derive(Clone, Debug, Parser)]
#[command(name = "postgres-operator", version = "4.2.0")]
pub(crate) struct Args {
    /// Namespaces to make, or to take into this installation, at the start, comma-separated. Watched are all that carry
    /// the labels of the installation.
    #[arg(long, env = "NAMESPACE", default_value = "")]
    pub(crate) namespace: String,

    /// Namespace of the operator: it holds the configuration and the lease.
    #[arg(long, env = "PGO_OPERATOR_NAMESPACE", value_parser = NonEmptyStringValueParser::new())]
    pub(crate) operator_namespace: String,

    /// Value of the label `pgo-installation-name` on the namespaces of this installation.
    #[arg(long, env = "PGO_INSTALLATION_NAME", value_parser = NonEmptyStringValueParser::new())]
    pub(crate) installation_name: String,

    /// Log at level debug.
    #[arg(long, env = "CRUNCHY_DEBUG", default_value = "false")]
    crunchy_debug: String,

    /// Where health and metrics are answered, in plain HTTP.
    #[arg(long, env = "PGO_HEALTH_ADDRESS", default_value = "0.0.0.0:8080")]
    pub(crate) health_address: SocketAddr,

    /// How many clusters are worked on at the same time.
    #[arg(long, env = "PGO_CONCURRENCY", default_value_t = 16, value_parser = clap::value_parser!(u16).range(1..))]
    pub(crate) concurrency: u16,

    /// Images that win over those of `pgo.yaml`.
    #[command(flatten)]
    pub(crate) images: Images,
}

impl Args {
    /// Whether debug logs were asked for.
    pub(crate) fn debug(&self) -> bool {
        self.crunchy_debug == "true"
    }
}

/// Images that win over those of `pgo.yaml`; empty means that they do not.
#[derive(Clone, Debug, Default, clap::Args)]
pub(crate) struct Images {
    /// Registry and organisation of pgo's own images.
    #[arg(long, env = "PGO_IMAGE_PREFIX", default_value = "", value_parser = defaults::Images::prefix)]
    pgo_image_prefix: String,
    /// Tag of pgo's own images.
    #[arg(long, env = "PGO_IMAGE_TAG", default_value = "", value_parser = defaults::Images::tag)]
    pgo_image_tag: String,
    /// Registry and organisation of database images.
    #[arg(long, env = "CCP_IMAGE_PREFIX", default_value = "", value_parser = defaults::Images::prefix)]
    ccp_image_prefix: String,
    /// Tag of database images.
    #[arg(long, env = "CCP_IMAGE_TAG", default_value = "", value_parser = defaults::Images::tag)]
    ccp_image_tag: String,
}

impl From<Images> for defaults::Images {
    fn from(said: Images) -> Self {
        Self {
            pgo_prefix: said.pgo_image_prefix,
            pgo_tag: said.pgo_image_tag,
            ccp_prefix: said.ccp_image_prefix,
            ccp_tag: said.ccp_image_tag,
        }
    }
}
