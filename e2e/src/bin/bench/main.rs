//! The project's figures, each beside its floor in the same run.
//!
//! `make bench` prints them all; `cargo run -p e2e --bin bench -- --only birth --n 9` prints one. Every sample is also a
//! line of JSON in a file, with the load of the machine around it. Nothing here passes or fails by a figure.

mod birth;
mod door;
mod fleet;
mod floor;
mod gap;
mod node;
mod replicas;
mod report;
mod stage;

use std::path::PathBuf;

use anyhow::Result;
use clap::{Parser, ValueEnum};
use e2e::{Turn, World};

use report::Report;

/// Prints how fast, how sparing and how steady pgo is on this machine.
#[derive(Debug, Parser)]
struct Arguments {
    /// Only these figures.
    #[arg(long, value_enum, value_delimiter = ',')]
    only: Vec<Figure>,
    /// Samples of each figure.
    #[arg(long, default_value_t = 5, value_parser = clap::value_parser!(u32).range(1..))]
    n: u32,
    /// Where the samples go, one JSON object a line. Beside the builds, if not told.
    #[arg(long)]
    out: Option<PathBuf>,
    /// Clusters of the fleet.
    #[arg(long, default_value_t = 100, value_parser = clap::value_parser!(u32).range(1..))]
    clusters: u32,
}

impl Arguments {
    fn out(&self) -> PathBuf {
        let builds = || std::env::var_os("CARGO_TARGET_DIR").map_or_else(|| "target".into(), PathBuf::from);
        self.out.clone().unwrap_or_else(|| builds().join("bench.jsonl"))
    }
}

/// What can be measured.
#[derive(Debug, Clone, Copy, PartialEq, Eq, ValueEnum)]
enum Figure {
    /// `pgo create cluster` to the first accepted connection, and the requests that a birth takes.
    Birth,
    /// Creation with two replicas to all three streaming.
    Replicas,
    /// Write gap: SIGKILL of all processes in the primary's container.
    Kill,
    /// Write gap: primary's pod deleted.
    Delete,
    /// Write gap: primary's pod deleted by force.
    ForceDelete,
    /// Write gap: primary's node lost, the repository elsewhere.
    Node,
    /// Write gap: primary's node lost, the repository with it.
    NodeWithRepository,
    /// One cluster in an idle minute.
    Idle,
    /// A hundred clusters: created, listed, idle.
    Fleet,
    /// The API server with 1, 100 and 1,000 clusters, and with 200 logins at once.
    Door,
}

#[tokio::main]
async fn main() -> Result<()> {
    let arguments = Arguments::parse();
    // Whoever measures wants the machine for himself.
    let _turn = Turn::alone().await?;
    let world = World::open().await?;
    let mut report = Report::open(&arguments.out())?;
    let figures = if arguments.only.is_empty() {
        Figure::value_variants()
    } else {
        &arguments.only
    };
    let mut failure = None;
    for figure in figures {
        report::say(&format!("measuring {}", name(*figure)))?;
        // A figure that cannot be taken must not cost the others.
        if let Err(error) = measure(*figure, &world, &arguments, &mut report).await {
            report::say(&format!("{} failed: {error:#}", name(*figure)))?;
            failure = Some(error);
        }
    }
    report.table()?;
    failure.map_or(Ok(()), |error| {
        Err(error.context("not every figure could be taken"))
    })
}

async fn measure(figure: Figure, world: &World, arguments: &Arguments, report: &mut Report) -> Result<()> {
    let n = arguments.n;
    match figure {
        Figure::Birth => birth::measure(world, n, report).await,
        Figure::Replicas => replicas::measure(world, n, report).await,
        Figure::Kill => gap::measure(world, gap::Fault::Killed, n, report).await,
        Figure::Delete => gap::measure(world, gap::Fault::Deleted, n, report).await,
        Figure::ForceDelete => gap::measure(world, gap::Fault::ForceDeleted, n, report).await,
        Figure::Node => node::measure(world, node::Repository::Elsewhere, n, report).await,
        Figure::NodeWithRepository => node::measure(world, node::Repository::Lost, n, report).await,
        Figure::Idle => fleet::idle(world, 1, n, report).await,
        Figure::Fleet => fleet::measure(world, arguments.clusters, n, report).await,
        Figure::Door => door::measure(world, n, report).await,
    }
}

fn name(figure: Figure) -> String {
    figure
        .to_possible_value()
        .map(|value| value.get_name().to_owned())
        .unwrap_or_default()
}
