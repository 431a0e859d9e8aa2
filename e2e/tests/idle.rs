//! A cluster that is as asked costs nothing.

use anyhow::ensure;
use e2e::{Outcome, Request, requests_between, scene, seconds};
use jiff::Timestamp;

#[tokio::test]
async fn an_idle_cluster_is_not_written_to() -> Outcome {
    scene("idle", async |scene| {
        scene
            .pgo(&["create", "cluster", "hippo", "--replica-count=1", "--wait"])
            .await?;
        scene.cluster("hippo").ready(1, seconds(5)).await?;
        let from = Timestamp::now();
        // The one place where time itself is what is tested: a minute in which nothing happens.
        tokio::time::sleep(seconds(60)).await;
        let requests = requests_between(scene.world.environment, from, Timestamp::now())?;
        let here = |request: &&Request| request.object_ref.namespace == scene.namespace;
        let ours = |request: &&Request| request.is_by("postgres-operator") || request.is_by("pgo-apiserver");
        let asked: Vec<_> = requests.iter().filter(here).filter(ours).collect();
        let writes: Vec<_> = asked
            .iter()
            .filter(|it| it.writes())
            .map(|it| it.describe())
            .collect();
        ensure!(writes.is_empty(), "written while idle: {writes:#?}");
        // Watches are opened again now and then; anything else is a question that the cache should have answered.
        let asked: Vec<_> = asked
            .iter()
            .filter(|it| it.verb != "watch")
            .map(|it| it.describe())
            .collect();
        ensure!(asked.is_empty(), "asked while idle: {asked:#?}");
        // Patroni's own heartbeat shows that the log was read at all.
        ensure!(
            requests.iter().filter(here).any(Request::writes),
            "the audit log holds nothing of this namespace"
        );
        Ok(())
    })
    .await
}
