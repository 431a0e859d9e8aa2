//! Creation with two replicas to all three ready and streaming, the first backup included.

use std::time::Instant;

use anyhow::Result;
use e2e::{Scene, World, seconds};
use serde_json::json;

use crate::floor;
use crate::report::{Figure, Report, secs};
use crate::stage::on_stage;

pub(crate) async fn measure(world: &World, n: u32, report: &mut Report) -> Result<()> {
    on_stage(world, "replicas", async |scene| {
        for round in 0..n {
            let (taken, floor) = if round % 2 == 0 {
                let floor = secs(floor::replica(scene).await?);
                (take(scene).await?, floor)
            } else {
                let taken = take(scene).await?;
                (taken, secs(floor::replica(scene).await?))
            };
            let figure = Figure::seconds(
                "create with two replicas → all streaming (initdb + backup + restore)",
                "≤ 20 s",
            );
            report.sample(figure, taken, Some(floor), json!({}))?;
        }
        Ok(())
    })
    .await
}

async fn take(scene: &Scene) -> Result<f64> {
    let started = Instant::now();
    scene
        .pgo(&["create", "cluster", "hippo", "--replica-count=2"])
        .await?;
    let cluster = scene.cluster("hippo");
    cluster.roles(2, seconds(240)).await?;
    cluster.streaming(2, seconds(60)).await?;
    let took = secs(started.elapsed());
    scene
        .pgo(&["delete", "cluster", "hippo", "--no-prompt", "--wait"])
        .await?;
    Ok(took)
}
