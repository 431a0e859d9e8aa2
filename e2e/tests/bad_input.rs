//! Bad input gets one sentence that says what to change, a failing exit status, and leaves nothing half made.

use anyhow::{Context as _, Result, ensure};
use e2e::{Outcome, Scene, World, scene, seconds};

#[tokio::test]
async fn a_cluster_that_cannot_be_is_refused() -> Outcome {
    scene("bad-cluster", async |scene| {
        let before = scene.inventory().await?;
        let long = "a".repeat(64);
        let cases: [(&[&str], &[&str]); 16] = [
            (&["create", "cluster", "Hippo"], &["name", "lowercase"]),
            (&["create", "cluster", "hip_po"], &["name"]),
            (&["create", "cluster", "1hippo"], &["name"]),
            (&["create", "cluster", "hip.po"], &["name"]),
            (&["create", "cluster", "-"], &["name"]),
            (&["create", "cluster", &long], &["name"]),
            (&["create", "cluster", "all"], &["all"]),
            (&["create", "cluster", "a", "b"], &["single cluster name"]),
            (
                &["create", "cluster", "hippo", "--replica-count=-1"],
                &["replica"],
            ),
            (
                &["create", "cluster", "hippo", "--storage-config=golden"],
                &["golden"],
            ),
            (
                &["create", "cluster", "hippo", "--replica-storage-config=golden"],
                &["golden"],
            ),
            (
                &["create", "cluster", "hippo", "--ccp-image=no/such image"],
                &["image"],
            ),
            (
                &["create", "cluster", "hippo", "--ccp-image-tag=not a tag"],
                &["tag"],
            ),
            (
                &["create", "cluster", "hippo", "--pod-anti-affinity=sometimes"],
                &["anti-affinity"],
            ),
            (
                &["create", "cluster", "hippo", "--node-label=planet=mars"],
                &["planet"],
            ),
            (&["create", "cluster", "hippo", "--labels=team"], &["label"]),
        ];
        for (arguments, words) in cases {
            scene.try_pgo(arguments).await?.refused(words)?;
        }
        scene.nothing_since(&before).await
    })
    .await
}

#[tokio::test]
async fn a_name_that_is_taken_is_refused_and_the_cluster_stays_as_it_is() -> Outcome {
    scene("taken", async |scene| {
        scene.pgo(&["create", "cluster", "hippo"]).await?;
        let object = scene.cluster("hippo").object().await?;
        let password = scene.cluster("hippo").door().await?.password;
        let again = scene
            .try_pgo(&["create", "cluster", "hippo", "--password=other"])
            .await?;
        again.refused(&["pgcluster hippo was found"])?;
        ensure!(scene.cluster("hippo").object().await?.metadata.uid == object.metadata.uid);
        ensure!(
            scene.cluster("hippo").door().await?.password == password,
            "the password was overwritten"
        );

        for (arguments, words) in [
            (
                vec!["scale", "hippo", "--replica-count=0", "--no-prompt"],
                "replica-count",
            ),
            (
                vec!["scale", "hippo", "--replica-count=-2", "--no-prompt"],
                "replica-count",
            ),
            (vec!["scale", "absent", "--no-prompt"], "absent"),
            (
                vec!["scaledown", "hippo", "--target=absent", "--no-prompt"],
                "replica",
            ),
            (vec!["scaledown", "hippo", "--no-prompt"], "--target"),
            (
                vec!["show", "workflow", "00000000-0000-0000-0000-000000000000"],
                "not found",
            ),
            (
                vec!["delete", "cluster", "absent", "--no-prompt"],
                "no clusters found",
            ),
        ] {
            scene.try_pgo(&arguments).await?.refused(&[words])?;
        }

        // One whose pods have not started is gone before anybody can ask.
        hold(
            scene,
            r#"[{"op": "add", "path": "/metadata/finalizers/-", "value": "example.com/held"}]"#,
        )
        .await?;
        scene.pgo(&["delete", "cluster", "hippo", "--no-prompt"]).await?;
        let too_soon = scene.try_pgo(&["create", "cluster", "hippo"]).await?;
        hold(scene, r#"[{"op": "remove", "path": "/metadata/finalizers"}]"#).await?;
        too_soon.refused(&["pgcluster hippo was found", "is being removed"])?;
        Ok(())
    })
    .await
}

/// Changes what keeps the object of a cluster from going.
async fn hold(scene: &Scene, patch: &str) -> Result<()> {
    let arguments = ["patch", "pgcluster", "hippo", "--type=json", "--patch", patch];
    scene.kubectl(&arguments, "").await.map(drop)
}

#[tokio::test]
async fn nobody_is_let_in_by_a_wrong_password_or_a_dead_server() -> Outcome {
    scene("who", async |scene| {
        let pgo = scene.world.pgo(&scene.namespace);
        let create = ["create", "cluster", "hippo"];
        let stranger = pgo.clone().with("PGOUSERPASS", "wrong").run(&create).await?;
        stranger.refused(&["Authentication Failed: 401"])?;
        let nobody = pgo.clone().with("PGOUSERNAME", "nobody").run(&create).await?;
        nobody.refused(&["Authentication Failed: 401"])?;
        let dead = pgo
            .clone()
            .with("PGO_APISERVER_URL", "https://127.0.0.1:9")
            .run(&create)
            .await?;
        ensure!(
            dead.took < seconds(10),
            "it took {:?} to see that nobody listens",
            dead.took
        );
        dead.refused(&["127.0.0.1:9"])?;
        let certificate = pgo
            .clone()
            .with("PGO_CA_CERT", "/nonexistent/ca.crt")
            .run(&["version"])
            .await?;
        ensure!(
            certificate.code == 1 && certificate.stderr.contains("/nonexistent/ca.crt"),
            "{certificate:?}"
        );
        let elsewhere = scene.world.pgo("no-such-namespace").run(&create).await?;
        elsewhere.refused(&["no-such-namespace"])?;
        nothing_made(scene).await
    })
    .await
}

#[tokio::test]
async fn a_kubeconfig_that_points_nowhere_is_named() -> Result<()> {
    let said = make_up_fails(
        "exec make --silent up",
        &[("KUBECONFIG", "/nonexistent/kubeconfig")],
    )
    .await?;
    ensure!(said.contains("/nonexistent/kubeconfig"), "{said}");
    Ok(())
}

#[tokio::test]
async fn a_full_disk_is_named_before_anything_is_built() -> Result<()> {
    let script = "mount -t tmpfs -o size=16m none /mnt && exec make --silent up";
    let said = make_up_fails(script, &[("KUBECONFIG", ""), ("XDG_CACHE_HOME", "/mnt")]).await?;
    ensure!(said.contains("/mnt") && said.contains("free"), "{said}");
    Ok(())
}

/// Runs a script that ends in `make up` among mounts of its own, and returns what it complained about.
async fn make_up_fails(script: &str, variables: &[(&str, &str)]) -> Result<String> {
    let world = World::open().await?;
    let root = env!("CARGO_MANIFEST_DIR").trim_end_matches("/e2e");
    let mut command = world.environment.command("unshare")?;
    command
        .args(["--mount", "sh", "-c", script])
        .current_dir(root)
        .envs(variables.iter().copied());
    let output = tokio::time::timeout(seconds(180), command.output()).await;
    let output = output.context("`make up` did not see it within three minutes")??;
    let said = String::from_utf8_lossy(&output.stderr).into_owned();
    ensure!(!output.status.success() && !said.contains("panicked"), "{said}");
    Ok(said)
}

async fn nothing_made(scene: &Scene) -> Result<()> {
    let made = scene.inventory().await?;
    ensure!(
        made.of_kind("Pgcluster").is_empty() && made.of_kind("Pgtask").is_empty(),
        "{made:?}"
    );
    Ok(())
}
