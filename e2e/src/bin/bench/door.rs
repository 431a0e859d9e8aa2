//! The API server: answers a second, the slowest of a hundred, memory; and a crowd of logins beside callers who are known.
//!
//! Only objects are made, as for the fleet. The callers run on the same machine, so the figures are lower bounds.

use std::time::{Duration, Instant};

use anyhow::{Context as _, Result};
use e2e::{Caller, Scene, World, seconds, until_all, usage_of_pod};
use futures::future::{join_all, try_join_all};
use k8s_openapi::api::apps::v1::Deployment;
use k8s_openapi::api::core::v1::Pod;
use kube::api::ListParams;
use kube::runtime::watcher;
use kube::{Api, ResourceExt as _};
use serde_json::{Value, json};

use crate::fleet::{cordon, settled};
use crate::report::{Figure, Report, Unit, secs};
use crate::stage::on_stage;

/// How many clusters there are when it is measured.
const CLUSTERS: [u32; 3] = [1, 100, 1000];
/// Callers who ask without a pause: one, for how long it takes, and more than there are processors, for how much can be
/// had.
const CALLERS: [usize; 2] = [1, 4];
/// Callers beside a crowd.
const BESIDE: usize = 4;
/// How long they do.
const WHILE: Duration = seconds(10);
/// How an answer ends that says so.
const DONE: &[u8] = b"\"Code\":\"ok\",\"Msg\":\"\"}\n";
/// Users who log in at the same moment.
const CROWD: usize = 200;
/// Clusters that are asked for in one request.
const SERIES: u32 = 50;

pub(crate) async fn measure(world: &World, n: u32, report: &mut Report) -> Result<()> {
    cordon(world, true).await?;
    let outcome = on_stage(world, "door", async |scene| rounds(scene, n, report).await).await;
    cordon(world, false).await?;
    outcome
}

async fn rounds(scene: &Scene, n: u32, report: &mut Report) -> Result<()> {
    let caller = Caller::administrator(scene.world.environment)?;
    memory(scene, "without clusters", report).await?;
    let mut there = 0;
    for clusters in CLUSTERS {
        create(scene, &caller, there..clusters).await?;
        there = clusters;
        settled(scene).await?;
        for _ in 0..n {
            listed(scene, &caller, clusters, report).await?;
        }
        memory(scene, &format!("with {clusters} clusters"), report).await?;
    }
    crowd(scene, &caller, n, report).await
}

/// Asks for clusters, some in each request, and waits until the operator has made what belongs to them.
async fn create(scene: &Scene, caller: &Caller, numbers: std::ops::Range<u32>) -> Result<()> {
    let count = usize::try_from(numbers.end)?;
    for first in numbers.clone().step_by(usize::try_from(SERIES)?) {
        let series = SERIES.min(numbers.end - first);
        let request = json!({ "Name": format!("c{first}x"), "Namespace": scene.namespace, "Series": series });
        caller.post("/clusters", request).await?;
    }
    let selection = watcher::Config::default().labels("vendor=crunchydata,pgo-pg-database=true");
    let what = format!("{count} primary Deployments exist");
    until_all(
        scene.api::<Deployment>(),
        selection,
        seconds(1800),
        &what,
        |all| all.len() >= count,
    )
    .await
    .map(drop)
}

/// All clusters, asked for by several callers without a pause; the floor is the least that a request can be.
async fn listed(scene: &Scene, caller: &Caller, clusters: u32, report: &mut Report) -> Result<()> {
    let all = json!({ "clustername": "all", "allflag": true, "namespace": scene.namespace });
    let (answer, _) = caller.post("/showclusters", all.clone()).await?;
    let found = answer["Results"].as_array().map_or(0, Vec::len);
    anyhow::ensure!(
        found == usize::try_from(clusters)?,
        "{found} clusters are shown, not {clusters}"
    );
    let mut again = all.clone();
    again["clientversion"] = json!("4.2.0");
    let again = again.to_string();
    for callers in CALLERS {
        let least = stream(callers, async || caller.version().await).await?;
        let taken = stream(callers, async || {
            let started = Instant::now();
            // To keep megabytes of JSON and to read them would take the processors from the server.
            let end = caller.end_of("/showclusters", again.clone()).await?;
            let took = started.elapsed();
            anyhow::ensure!(end.ends_with(DONE), "the answer does not say that all went well");
            Ok(took)
        })
        .await?;
        let name = |what: &str| {
            format!("show cluster --all with {clusters} clusters, callers {callers}: {what} (version)")
        };
        report.sample(
            Figure::count(&name("answers a second"), ""),
            taken.each_second(),
            Some(least.each_second()),
            json!({ "answers": taken.0.len() }),
        )?;
        report.sample(
            milliseconds(name("p99"), "≤ 50 ms"),
            taken.slowest_of_a_hundred(),
            Some(least.slowest_of_a_hundred()),
            json!({}),
        )?;
    }
    Ok(())
}

/// Many users who have not been seen before log in at once, while others who are known go on working.
async fn crowd(scene: &Scene, caller: &Caller, n: u32, report: &mut Report) -> Result<()> {
    let environment = scene.world.environment;
    for round in 0..n {
        let names: Vec<_> = (0..CROWD)
            .map(|number| format!("bench{round}x{number}"))
            .collect();
        let role = json!({ "PgoroleName": "bench", "PgorolePermissions": "Version" });
        caller.post("/pgorolecreate", role).await?;
        for name in &names {
            let user = json!({
                "PgouserName": name, "PgouserPassword": name, "PgouserRoles": "bench", "AllNamespaces": true,
            });
            caller.post("/pgousercreate", user).await?;
        }
        let users = names.iter().map(|name| caller.somebody(environment, name, name));
        let users = users.collect::<Result<Vec<_>>>()?;
        memory(scene, &format!("before {CROWD} logins at once"), report).await?;
        let least = stream(BESIDE, async || caller.version().await).await?;
        let logins = async {
            let started = Instant::now();
            try_join_all(users.iter().map(Caller::version)).await?;
            anyhow::Ok(started.elapsed())
        };
        let beside = stream(BESIDE, async || caller.version().await);
        let (logins, beside) = tokio::join!(logins, beside);
        // Users are taken away whatever came of it.
        let gone = json!({ "PgouserName": names, "PgoroleName": ["bench"] });
        caller.post("/pgouserdelete", gone.clone()).await?;
        caller.post("/pgoroledelete", gone).await?;
        let figure = Figure::seconds(&format!("{CROWD} logins at once, until the last is in"), "");
        report.sample(figure, secs(logins?), None, json!({}))?;
        report.sample(
            milliseconds(
                format!("pgo version of those known beside {CROWD} logins: p99 (alone)"),
                "",
            ),
            beside?.slowest_of_a_hundred(),
            Some(least.slowest_of_a_hundred()),
            json!({}),
        )?;
        memory(scene, &format!("after {CROWD} logins at once"), report).await?;
    }
    Ok(())
}

/// How long each of many requests took.
struct Taken(Vec<f64>);

/// Some callers repeat a request without a pause.
async fn stream(callers: usize, request: impl AsyncFn() -> Result<Duration>) -> Result<Taken> {
    let until = Instant::now() + WHILE;
    let one = async || {
        let mut taken = Vec::new();
        while Instant::now() < until {
            taken.push(secs(request().await?) * 1000.0);
        }
        anyhow::Ok(taken)
    };
    let all = join_all((0..callers).map(|_| one())).await;
    let all = all.into_iter().collect::<Result<Vec<_>>>()?;
    Ok(Taken(all.concat()))
}

impl Taken {
    fn each_second(&self) -> f64 {
        u32::try_from(self.0.len()).map_or(f64::MAX, f64::from) / secs(WHILE)
    }

    fn slowest_of_a_hundred(&self) -> f64 {
        let mut sorted = self.0.clone();
        sorted.sort_by(f64::total_cmp);
        let place = (sorted.len() * 99).div_ceil(100).saturating_sub(1);
        sorted.get(place).copied().unwrap_or(f64::NAN)
    }
}

async fn memory(scene: &Scene, when: &str, report: &mut Report) -> Result<()> {
    let pods: Api<Pod> = Api::namespaced(scene.world.client.clone(), "pgo");
    let list = pods
        .list(&ListParams::default().labels("name=pgo-apiserver"))
        .await?;
    let pod = list.items.into_iter().next().context("there is no API server")?;
    let usage = usage_of_pod(&pod.uid().context("a pod without uid")?)?;
    #[expect(clippy::cast_precision_loss, reason = "megabytes are far below 2^52")]
    let mebibytes = usage.memory as f64 / f64::from(1 << 20);
    let figure = Figure {
        name: format!("API server {when}: resident memory"),
        unit: Unit::Mebibytes,
        aim: "≤ 64 MiB",
    };
    report.sample(figure, mebibytes, None, Value::Null)
}

fn milliseconds(name: String, aim: &'static str) -> Figure {
    Figure {
        name,
        unit: Unit::Milliseconds,
        aim,
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn one_in_a_hundred_is_slower() {
        let taken = |count: u32| Taken((1..=count).map(f64::from).collect()).slowest_of_a_hundred();
        assert!((taken(100) - 99.0).abs() < f64::EPSILON);
        assert!((taken(1) - 1.0).abs() < f64::EPSILON);
        assert!((taken(1000) - 990.0).abs() < f64::EPSILON);
    }
}
