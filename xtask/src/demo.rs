//! `demo`: what a user would do, each command printed before it runs. A cluster is made and scaled; its primary is lost
//! while a client writes; another takes over, and the old one comes back behind it.

use std::thread;
use std::time::{Duration, Instant};

use anyhow::{Context as _, Result, bail, ensure};

use crate::cluster::Cluster;
use crate::say::print;
use crate::session::{self, Session};
use crate::tool::Tool;
use crate::up;

mod writer;

use writer::Writer;

/// The cluster of the demo.
const CLUSTER: &str = "hacluster";
/// Its replicas.
const REPLICAS: usize = 2;
/// How long anything in it may take before the demo gives up and says so.
const PATIENCE: Duration = Duration::from_mins(4);

/// Brings everything up and shows it.
pub(crate) fn run(as_it_is: bool) -> Result<()> {
    let session = if as_it_is { Session::load()? } else { up::run()? };
    let demo = Demo {
        cluster: session::cluster()?,
        session,
    };
    demo.birth()?;
    demo.scale()?;
    demo.pgo(&["show", "cluster", CLUSTER])?;
    demo.pgo(&["test", CLUSTER])?;
    demo.loss()?;
    demo.pgo(&["show", "cluster", CLUSTER])?;
    print(format_args!(
        "\nThat was it. The cluster goes on running: look around with\n\n    eval \"$(make env)\"\n    pgo show cluster \
         {CLUSTER}\n    kubectl -n {} get pods -L role\n\nThe next step, when you have seen enough:\n\n    pgo delete cluster \
         {CLUSTER}\n",
        demo.namespace()
    ));
    Ok(())
}

struct Demo {
    session: Session,
    cluster: Cluster,
}

impl Demo {
    fn birth(&self) -> Result<()> {
        if self.exists()? {
            print(format_args!(
                "\nCluster {CLUSTER} is there from an earlier run, and is used again."
            ));
            return self.ready("Ready");
        }
        print("\nA cluster: one primary, its backup repository, and a first full backup.");
        self.pgo(&["create", "cluster", CLUSTER, "--wait"])
    }

    fn scale(&self) -> Result<()> {
        let there = self.replicas()?;
        if there >= REPLICAS {
            print(format_args!("\nIt has {there} replicas already."));
            return self.ready("Ready");
        }
        print("\nReplicas, each made from that backup and then following the primary.");
        self.pgo(&[
            "scale",
            CLUSTER,
            &format!("--replica-count={}", REPLICAS - there),
            "--no-prompt",
            "--wait",
        ])
    }

    /// The primary's pod is killed under a client's hands.
    fn loss(&self) -> Result<()> {
        print("\nNow a client writes through the Service, one row after another, and the primary is killed.");
        let writer = Writer::start(self)?;
        let old = self.primary()?.context("the cluster has no primary")?;
        let before = writer.acknowledged()?;
        print(format_args!(
            "  {} rows written so far; the primary is {old}",
            before.len()
        ));
        let killed = Instant::now();
        self.kubectl(&["delete", "pod", &old, "--now", "--wait=false"])?;

        let new = Self::until("a new primary", || {
            Ok(self.primary()?.filter(|primary| *primary != old))
        })?;
        print(format_args!(
            "  {:.1} s: the new primary is {new}",
            killed.elapsed().as_secs_f64()
        ));
        let replicas = self.replicas()?;
        let healed = || {
            let streaming = writer.ask("select count(*) from pg_stat_replication")?;
            Ok((streaming.trim() == replicas.to_string()).then_some(()))
        };
        // Every stream that leaves the new primary is counted; the condition at the end says that all are well.
        Self::until("the old primary follows the new one", healed)?;
        print(format_args!(
            "  {:.1} s: the old primary is back as a replica, and all of them stream",
            killed.elapsed().as_secs_f64()
        ));
        // A second of normal life, so that the end of the gap is seen.
        thread::sleep(Duration::from_secs(1));
        let ledger = writer.finish()?;
        print(format_args!(
            "  The client could not write for {:.1} s. {} rows were acknowledged, {} of them are missing.",
            ledger.longest_gap.as_secs_f64(),
            ledger.acknowledged,
            ledger.missing
        ));
        ensure!(
            ledger.missing == 0,
            "{} acknowledged rows are lost",
            ledger.missing
        );
        self.ready("Ready")
    }

    fn exists(&self) -> Result<bool> {
        Ok(self
            .names("pgclusters.crunchydata.com", "")?
            .iter()
            .any(|name| name == CLUSTER))
    }

    /// How many replicas it was asked to have.
    fn replicas(&self) -> Result<usize> {
        Ok(self
            .names("pgreplicas.crunchydata.com", &format!("pg-cluster={CLUSTER}"))?
            .len())
    }

    /// The pod that Patroni has made the primary.
    fn primary(&self) -> Result<Option<String>> {
        let mut found = self.names("pods", &format!("pg-cluster={CLUSTER},role=master"))?;
        // While two carry the label, the older one has not been told yet.
        Ok(if found.len() == 1 { found.pop() } else { None })
    }

    fn names(&self, kind: &str, selector: &str) -> Result<Vec<String>> {
        let name = "{{range .items}}{{if not .metadata.deletionTimestamp}}{{.metadata.name}}{{\"\\n\"}}{{end}}{{end}}";
        let args = [
            "-n",
            self.namespace(),
            "get",
            kind,
            "-l",
            selector,
            "-o",
            "go-template",
            "--template",
            name,
        ];
        Ok(self
            .cluster
            .kubectl(&args)
            .read()?
            .lines()
            .map(str::to_owned)
            .collect())
    }

    fn ready(&self, condition: &str) -> Result<()> {
        let wait = format!("--for=condition={condition}");
        let cluster = format!("pgclusters.crunchydata.com/{CLUSTER}");
        let timeout = format!("--timeout={}s", PATIENCE.as_secs());
        let waited = self
            .cluster
            .kubectl(&["-n", self.namespace(), "wait", &wait, &cluster, &timeout])
            .run();
        waited.with_context(|| {
            format!(
                "cluster {CLUSTER} does not become ready: `kubectl describe pgcluster {CLUSTER}` says why, and `pgo delete \
                 cluster {CLUSTER}` followed by `make demo` starts over"
            )
        })
    }

    fn namespace(&self) -> &str {
        &self.session.variables["PGO_NAMESPACE"]
    }

    /// Looks again and again until there is an answer.
    fn until<T>(what: &str, look: impl Fn() -> Result<Option<T>>) -> Result<T> {
        let begun = Instant::now();
        let mut last = None;
        while begun.elapsed() < PATIENCE {
            // In the middle of a failover a question may fail; only the last failure is worth telling.
            match look() {
                Ok(Some(found)) => return Ok(found),
                Ok(None) => last = None,
                Err(error) => last = Some(error),
            }
            thread::sleep(Duration::from_millis(200));
        }
        match last {
            Some(error) => Err(error.context(format!("{what}: not within {} s", PATIENCE.as_secs()))),
            None => bail!("{what}: not within {} s", PATIENCE.as_secs()),
        }
    }

    /// Prints a pgo command and runs it as the user would.
    fn pgo(&self, args: &[&str]) -> Result<()> {
        print(format_args!("\n$ pgo {}", args.join(" ")));
        let pgo = self.session.path[0].join("pgo");
        let tool = Tool::new(pgo).args(args);
        self.session
            .variables
            .iter()
            .fold(tool, |tool, (name, value)| tool.env(name, value))
            .show()
    }

    /// Prints a kubectl command and runs it.
    fn kubectl(&self, args: &[&str]) -> Result<()> {
        print(format_args!(
            "\n$ kubectl -n {} {}",
            self.namespace(),
            args.join(" ")
        ));
        self.cluster.kubectl(&["-n", self.namespace()]).args(args).show()
    }
}
