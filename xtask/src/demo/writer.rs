//! The client of the demo: a pod that inserts one row after another through the cluster's Service and prints the number
//! of each row that PostgreSQL has acknowledged.

use std::collections::BTreeSet;
use std::time::Duration;

use anyhow::{Context as _, Result};
use serde_json::json;

use super::{CLUSTER, Demo};
use crate::cluster::Cluster;

/// Its pod.
const POD: &str = "hacluster-demo-client";

/// Each insert is a session of its own, as after a reconnect. A session that dies is followed by the next at once.
const SCRIPT: &str = "\
    psql -qc 'create table if not exists demo_writes (id bigserial primary key)' || exit 1\n\
    while :; do psql -qAtc 'insert into demo_writes default values returning id' 2>/dev/null || sleep 0.05; done";

/// What the client saw.
pub(super) struct Ledger {
    pub(super) acknowledged: usize,
    pub(super) missing: usize,
    pub(super) longest_gap: Duration,
}

/// The running client. Its pod goes when this does.
pub(super) struct Writer<'a> {
    cluster: &'a Cluster,
    namespace: &'a str,
}

impl<'a> Writer<'a> {
    /// Starts it and waits for its first rows.
    pub(super) fn start(demo: &'a Demo) -> Result<Self> {
        let writer = Self {
            cluster: &demo.cluster,
            namespace: demo.namespace(),
        };
        writer.remove()?;
        let image = writer.instance("{.spec.template.spec.containers[?(@.name==\"database\")].image}")?;
        let (user, database) = (writer.spec("user")?, writer.spec("database")?);
        let pod = pod(&image, &user, &database).to_string();
        writer
            .cluster
            .kubectl(&["-n", writer.namespace, "apply", "-f", "-"])
            .input(pod)
            .run()?;
        Demo::until("the client's first row", || {
            Ok((writer.acknowledged()?.len() > 5).then_some(()))
        })?;
        Ok(writer)
    }

    /// The numbers of the rows that were acknowledged, each with the time in seconds.
    pub(super) fn acknowledged(&self) -> Result<Vec<(u64, f64)>> {
        let log = self
            .cluster
            .kubectl(&["-n", self.namespace, "logs", POD, "--timestamps"])
            .read()?;
        Ok(log.lines().filter_map(acknowledgement).collect())
    }

    /// Asks the database, as the superuser on the primary's side of the Service would be asked: through the client's pod.
    pub(super) fn ask(&self, sql: &str) -> Result<String> {
        let psql = ["-n", self.namespace, "exec", POD, "--", "psql", "-qAtc", sql];
        self.cluster.kubectl(&psql).read()
    }

    /// Compares what was acknowledged with what is there.
    pub(super) fn finish(self) -> Result<Ledger> {
        let acknowledged = self.acknowledged()?;
        let there: BTreeSet<u64> = self
            .ask("select id from demo_writes")?
            .lines()
            .filter_map(|line| line.parse().ok())
            .collect();
        Ok(Ledger {
            acknowledged: acknowledged.len(),
            missing: acknowledged.iter().filter(|(id, _)| !there.contains(id)).count(),
            longest_gap: longest_gap(&acknowledged),
        })
    }

    /// A field of the cluster's specification.
    fn spec(&self, field: &str) -> Result<String> {
        let path = format!("jsonpath={{.spec.{field}}}");
        let args = [
            "-n",
            self.namespace,
            "get",
            "pgclusters.crunchydata.com",
            CLUSTER,
            "-o",
            &path,
        ];
        self.cluster.kubectl(&args).read()
    }

    /// A field of the first instance's Deployment.
    fn instance(&self, path: &str) -> Result<String> {
        let path = format!("jsonpath={path}");
        let said = self
            .cluster
            .kubectl(&["-n", self.namespace, "get", "deployment", CLUSTER, "-o", &path])
            .read()?;
        Ok(said
            .split_whitespace()
            .next()
            .context("the instance has no container `database`")?
            .to_owned())
    }

    fn remove(&self) -> Result<()> {
        self.cluster
            .kubectl(&[
                "-n",
                self.namespace,
                "delete",
                "pod",
                POD,
                "--now",
                "--ignore-not-found",
            ])
            .run()
    }
}

impl Drop for Writer<'_> {
    fn drop(&mut self) {
        // When this fails the next run removes it.
        let _ = self.remove();
    }
}

/// The client's pod: the instance's own image, which the nodes have, under the restricted profile.
fn pod(image: &str, user: &str, database: &str) -> serde_json::Value {
    let secret = format!("{CLUSTER}-{user}-secret");
    let from = |key: &str| json!({"secretKeyRef": {"name": secret, "key": key}});
    json!({
        "apiVersion": "v1",
        "kind": "Pod",
        "metadata": {"name": POD},
        "spec": {
            "restartPolicy": "OnFailure",
            "terminationGracePeriodSeconds": 1,
            "automountServiceAccountToken": false,
            "securityContext": {
                "runAsNonRoot": true,
                "runAsUser": 26,
                "runAsGroup": 26,
                "seccompProfile": {"type": "RuntimeDefault"}
            },
            "containers": [{
                "name": "client",
                "image": image,
                "command": ["/bin/sh", "-c", SCRIPT],
                "env": [
                    {"name": "PGHOST", "value": CLUSTER},
                    {"name": "PGDATABASE", "value": database},
                    {"name": "PGSSLMODE", "value": "require"},
                    {"name": "PGCONNECT_TIMEOUT", "value": "2"},
                    {"name": "PGUSER", "valueFrom": from("username")},
                    {"name": "PGPASSWORD", "valueFrom": from("password")}
                ],
                "securityContext": {
                    "allowPrivilegeEscalation": false,
                    "readOnlyRootFilesystem": true,
                    "capabilities": {"drop": ["ALL"]}
                }
            }]
        }
    })
}

/// One line of the client's log: `2026-01-02T03:04:05.678901234Z 17`.
fn acknowledgement(line: &str) -> Option<(u64, f64)> {
    let (time, id) = line.split_once(' ')?;
    Some((id.trim().parse().ok()?, seconds_of_day(time)?))
}

/// Seconds since midnight: enough to subtract, for a demo that is not given at midnight.
fn seconds_of_day(time: &str) -> Option<f64> {
    let clock = time.split_once('T')?.1.trim_end_matches('Z');
    let mut parts = clock.split(':').map(|part| part.parse::<f64>().ok());
    Some(parts.next()?? * 3600.0 + parts.next()?? * 60.0 + parts.next()??)
}

fn longest_gap(acknowledged: &[(u64, f64)]) -> Duration {
    let gaps = acknowledged.windows(2).map(|pair| pair[1].1 - pair[0].1);
    Duration::from_secs_f64(gaps.fold(0.0, f64::max))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_longest_gap_is_between_two_acknowledgements() {
        let log = "2026-01-02T03:04:05.500000000Z 1\n2026-01-02T03:04:05.600000000Z 2\nnoise\n\
                   2026-01-02T03:04:07.850000000Z 3\n";
        let found: Vec<_> = log.lines().filter_map(acknowledgement).collect();
        assert_eq!(found.len(), 3);
        assert_eq!(longest_gap(&found).as_millis(), 2250);
        assert_eq!(longest_gap(&[]), Duration::ZERO);
    }
}
