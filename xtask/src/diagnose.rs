//! What to look at when something went wrong, in one go and best effort: for the end of a failed CI run.

use crate::say;
use crate::session;
use crate::tool::Tool;
use crate::up::{NAMESPACE, WATCHED};

/// Lines of each part: a log that nobody scrolls through helps nobody.
const LINES: usize = 60;

/// Prints all of it; what cannot be had is said and passed over.
pub(crate) fn run() -> anyhow::Result<()> {
    let cluster = session::cluster()?;
    if let Some(bed) = &cluster.bed {
        part("bed status", Tool::new(bed).arg("status"));
    }
    let look = |args: &[&str]| part(&format!("kubectl {}", args.join(" ")), cluster.kubectl(args));
    look(&["get", "nodes", "-o", "wide"]);
    look(&["get", "pods", "-A", "-o", "wide"]);
    look(&["get", "pgclusters,pgreplicas,pgtasks,pvc,jobs", "-A"]);
    look(&["get", "events", "-A", "--sort-by=.lastTimestamp"]);
    for door in ["deployment/postgres-operator", "deployment/pgo-apiserver"] {
        look(&["-n", NAMESPACE, "logs", door, "--tail=60"]);
    }
    for namespace in WATCHED {
        look(&[
            "-n",
            namespace,
            "logs",
            "-l",
            "vendor=crunchydata",
            "--prefix",
            "--tail=15",
            "--ignore-errors",
        ]);
    }
    Ok(())
}

fn part(title: &str, tool: Tool) {
    say::print(format_args!("\n--- {title}"));
    match tool.output() {
        Ok(output) => {
            let said = [output.stdout, output.stderr].concat();
            let said = String::from_utf8_lossy(&said);
            let lines: Vec<&str> = said.lines().collect();
            say::print(lines[lines.len().saturating_sub(LINES)..].join("\n"));
        }
        Err(error) => say::print(format_args!("{error:#}")),
    }
}
