//! A namespace for one figure, taken away afterwards whatever happened.

use anyhow::{Result, anyhow};
use e2e::{Account, Namespace, Scene, World};

/// Runs a measurement in a watched namespace of its own.
pub(crate) async fn on_stage(
    world: &World,
    name: &str,
    body: impl AsyncFnOnce(&Scene) -> Result<()>,
) -> Result<()> {
    let namespace = Namespace::create(world.environment, &world.client, &format!("bench-{name}")).await?;
    let scene = Scene {
        world: world.clone(),
        namespace: namespace.name.clone(),
    };
    let outcome = body(&scene).await;
    let outcome = match outcome {
        Ok(()) => Ok(()),
        Err(error) => Err(anyhow!(
            "{error:?}\n{}",
            Account::of(&world.client, &scene.namespace).await
        )),
    };
    let removed = namespace.remove(&world.client).await;
    outcome.and(removed)
}
