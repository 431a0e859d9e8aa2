//! What the machine itself takes: the same programs and volumes, and nothing around them.

use std::net::{IpAddr, SocketAddr};
use std::time::{Duration, Instant};

use anyhow::{Context as _, Result};
use e2e::{Scene, seconds, until};
use k8s_openapi::api::core::v1::{PersistentVolumeClaim, Pod};
use kube::api::{DeleteParams, PostParams};
use serde_json::json;
use tokio_postgres::{Config, NoTls};

const NAME: &str = "bare";
const PORT: u16 = 5432;
const RESTORED_PORT: u16 = 5433;

/// initdb, start, answer.
const BIRTH: &str = "set -e
initdb --pgdata=/pgdata/bare --data-checksums --locale=C.UTF-8 --encoding=UTF8 --auth=trust
echo 'host all all all trust' >> /pgdata/bare/pg_hba.conf
exec postgres -D /pgdata/bare -c listen_addresses='*' -c unix_socket_directories=/tmp
";

/// initdb, start, a full backup, a restore of it, start of what was restored: one after another.
const REPLICA: &str = "set -e
initdb --pgdata=/pgdata/bare --data-checksums --locale=C.UTF-8 --encoding=UTF8 --auth=trust
echo 'host all all all trust' >> /pgdata/bare/pg_hba.conf
export PGBACKREST_STANZA=db PGBACKREST_REPO1_PATH=/pgdata/repo PGBACKREST_LOG_LEVEL_FILE=off \
    PGBACKREST_PG1_PATH=/pgdata/bare PGBACKREST_PG1_SOCKET_PATH=/tmp PGBACKREST_LOCK_PATH=/tmp/lock \
    PGBACKREST_START_FAST=y PGBACKREST_SPOOL_PATH=/tmp/spool
postgres -D /pgdata/bare -c listen_addresses='*' -c unix_socket_directories=/tmp -c archive_mode=on \
    -c archive_command='pgbackrest archive-push %p' &
until pg_isready -q -h /tmp; do sleep 0.05; done
pgbackrest stanza-create
pgbackrest backup --type=full
export PGBACKREST_PG1_PATH=/pgdata/restored
pgbackrest restore --type=standby
exec postgres -D /pgdata/restored -p 5433 -c listen_addresses='*' -c unix_socket_directories=/tmp -c archive_mode=off
";

/// From the request to the first answer of a bare pod that makes a database.
pub(crate) async fn birth(scene: &Scene) -> Result<Duration> {
    answer(scene, BIRTH, PORT).await
}

/// From the request to the first answer of a database restored from a backup of another.
pub(crate) async fn replica(scene: &Scene) -> Result<Duration> {
    answer(scene, REPLICA, RESTORED_PORT).await
}

async fn answer(scene: &Scene, script: &str, port: u16) -> Result<Duration> {
    let image = scene.world.database_image().await?;
    let started = Instant::now();
    let claim = json!({
        "metadata": { "name": NAME },
        "spec": { "accessModes": ["ReadWriteOnce"], "resources": { "requests": { "storage": "1G" } } },
    });
    let pod = json!({
        "metadata": { "name": NAME },
        "spec": {
            "automountServiceAccountToken": false,
            "terminationGracePeriodSeconds": 0,
            "securityContext": {
                "runAsUser": 26, "runAsGroup": 26, "fsGroup": 26, "runAsNonRoot": true,
                "fsGroupChangePolicy": "OnRootMismatch",
                "seccompProfile": { "type": "RuntimeDefault" },
            },
            "containers": [{
                "name": "database",
                "image": image,
                "command": ["sh", "-c", script],
                "securityContext": {
                    "allowPrivilegeEscalation": false, "readOnlyRootFilesystem": true,
                    "capabilities": { "drop": ["ALL"] },
                },
                "volumeMounts": [
                    { "name": "pgdata", "mountPath": "/pgdata" }, { "name": "tmp", "mountPath": "/tmp" },
                ],
            }],
            "volumes": [
                { "name": "pgdata", "persistentVolumeClaim": { "claimName": NAME } },
                { "name": "tmp", "emptyDir": {} },
            ],
        },
    });
    let (claims, pods) = (scene.api::<PersistentVolumeClaim>(), scene.api::<Pod>());
    let create = PostParams::default();
    let (claim, pod) = (serde_json::from_value(claim)?, serde_json::from_value(pod)?);
    tokio::try_join!(claims.create(&create, &claim), pods.create(&create, &pod))?;
    let address = |pod: &Pod| pod.status.as_ref()?.pod_ip.as_ref()?.parse::<IpAddr>().ok();
    let placed = until(&pods, NAME, seconds(120), "the bare pod has an address", |pod| {
        pod.and_then(address).is_some()
    });
    let at = SocketAddr::new(
        placed.await?.as_ref().and_then(address).context("no address")?,
        port,
    );
    tokio::time::timeout(seconds(120), knock(at))
        .await
        .with_context(|| format!("{at} did not answer"))?;
    let took = started.elapsed();
    pods.delete(NAME, &DeleteParams::default()).await?;
    claims.delete(NAME, &DeleteParams::default()).await?;
    until(&pods, NAME, seconds(60), "the bare pod is gone", |it| {
        it.is_none()
    })
    .await?;
    until(&claims, NAME, seconds(60), "the bare claim is gone", |it| {
        it.is_none()
    })
    .await?;
    Ok(took)
}

/// The same way of trying as for a cluster, without its TLS and passwords.
async fn knock(at: SocketAddr) {
    let mut knocks = tokio::time::interval(Duration::from_millis(20));
    let mut config = Config::new();
    config
        .host(at.ip().to_string())
        .port(at.port())
        .user("postgres")
        .dbname("postgres");
    loop {
        knocks.tick().await;
        let Ok(Ok((client, connection))) = tokio::time::timeout(seconds(2), config.connect(NoTls)).await
        else {
            continue;
        };
        let driver = tokio::spawn(connection);
        let answer = client.simple_query("select 1").await;
        driver.abort();
        if answer.is_ok() {
            return;
        }
    }
}
