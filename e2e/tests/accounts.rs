//! Users and roles: what a role does not name is refused, what a namespace list does not name is out of reach, and a
//! change counts at once.

use std::time::Duration;

use anyhow::{Context as _, Result, ensure};
use e2e::{Outcome, Pgo, Run, Scene, scene, seconds};
use k8s_openapi::api::core::v1::Secret;
use kube::Api;
use kube::api::{Patch, PatchParams};
use serde_json::json;

/// A namespace of the installation that is none of the user's business.
const ELSEWHERE: &str = "pgouser1";
const PASSWORD: &str = "pass:word with blanks";
/// How long the API server may take to hear of what `kubectl` wrote.
const SOON: Duration = seconds(5);

#[tokio::test]
async fn a_user_does_what_its_role_names_where_it_may_and_nothing_else() -> Outcome {
    scene("accounts", async |scene| {
        let people = People::of(scene);
        let played = play(&people).await;
        // They are not in the test's namespace.
        let swept = people.sweep().await;
        played.and(swept)
    })
    .await
}

async fn play(people: &People<'_>) -> Result<()> {
    let scene = people.scene;
    people.arrive().await?;
    people.work().await?;
    people.change_by_command().await?;
    people.change_by_hand().await?;
    let inventory = scene.inventory().await?;
    ensure!(
        inventory.of_kind("Pgtask").is_empty() && inventory.of_kind("Pgcluster").is_empty(),
        "something was made: {inventory:?}"
    );
    Ok(())
}

/// One user and one role, with names of the test's own.
struct People<'a> {
    scene: &'a Scene,
    user: String,
    role: String,
}

impl<'a> People<'a> {
    fn of(scene: &'a Scene) -> Self {
        Self {
            scene,
            user: format!("{}-user", scene.namespace),
            role: format!("{}-role", scene.namespace),
        }
    }

    /// `pgo` of the user in a namespace.
    fn pgo(&self, password: &str, namespace: &str) -> Pgo {
        let pgo = self.scene.world.pgo(namespace);
        pgo.with("PGOUSERNAME", &self.user).with("PGOUSERPASS", password)
    }

    async fn here(&self, password: &str, arguments: &[&str]) -> Result<Run> {
        self.pgo(password, &self.scene.namespace).run(arguments).await
    }

    /// Role and user are made; what exists already and is the same is as good, what differs is not.
    async fn arrive(&self) -> Result<()> {
        let Self { scene, user, role } = self;
        let role_flag = format!("--pgouser-roles={role}");
        let place = format!("--pgouser-namespaces={}", scene.namespace);
        let new = |password: &str| format!("--pgouser-password={password}");
        let create = ["create", "pgouser", user, &role_flag, &place, &new(PASSWORD)];
        scene.try_pgo(&create).await?.refused(&[role, "not found"])?;

        let permissions = ["create", "pgorole", role, "--permissions=ShowCluster, Status"];
        for _ in 0..2 {
            scene.pgo(&permissions).await?.has_line(&["Created pgorole."])?;
            scene
                .try_pgo(&["create", "pgorole", role, "--permissions=Fly"])
                .await?
                .refused(&["Fly"])?;
        }
        for _ in 0..2 {
            scene.pgo(&create).await?.has_line(&["Created pgouser."])?;
        }
        let other = ["create", "pgouser", user, &role_flag, &place, &new("another")];
        scene.try_pgo(&other).await?.refused(&["another password"])?;
        let strange = [
            "create",
            "pgouser",
            user,
            &role_flag,
            "--pgouser-namespaces=kube-system",
            &new(PASSWORD),
        ];
        scene.try_pgo(&strange).await?.refused(&["kube-system"])?;

        let shown = scene.pgo(&["show", "pgouser", user]).await?;
        shown.has_line(&[&format!("pgouser : {user}")])?;
        shown.has_line(&["roles", &format!("[{role}]")])?;
        shown.has_line(&["namespaces", &format!("[{}]", scene.namespace)])?;
        let shown = scene.pgo(&["show", "pgorole", role]).await?;
        shown.has_line(&["permissions", "ShowCluster", "Status"])?;
        let kept = self.secrets().get(&format!("pgouser-{user}")).await?;
        let kept = kept
            .data
            .as_ref()
            .and_then(|data| data.get("password"))
            .context("a password")?;
        ensure!(kept.0.starts_with(b"$argon2id$"), "the password is kept as it is");
        Ok(())
    }

    /// What the role names works here, nothing else does, and nothing does elsewhere.
    async fn work(&self) -> Result<()> {
        self.here(PASSWORD, &["show", "cluster", "--all"])
            .await?
            .succeeded()?;
        self.here(PASSWORD, &["status"]).await?.succeeded()?;
        for forbidden in [
            &["create", "cluster", "hippo"][..],
            &["delete", "cluster", "--all", "--no-prompt"],
            &["show", "config"],
            &["show", "pvc", "--all"],
            &["test", "--all"],
            &[
                "create",
                "pgouser",
                "me",
                "--pgouser-password=x",
                "--pgouser-roles=x",
                "--all-namespaces",
            ],
            &["update", "pgorole", &self.role, "--permissions=CreateCluster"],
            &["delete", "namespace", &self.scene.namespace, "--no-prompt"],
            &["version"],
        ] {
            let run = self.here(PASSWORD, forbidden).await?;
            ensure!(
                run.code == 2 && run.stdout.contains("Invalid Status Code: 403"),
                "{run:?}"
            );
        }
        for namespace in [ELSEWHERE, "pgo", "kube-system", "no-such-namespace"] {
            let run = self
                .pgo(PASSWORD, namespace)
                .run(&["show", "cluster", "--all"])
                .await?;
            run.refused(&["no access to namespace", namespace])?;
        }
        for wrong in ["", "pass", "pass:word with blanks "] {
            let run = self.here(wrong, &["status"]).await?;
            ensure!(
                run.code == 2 && !run.stdout.contains("Databases:"),
                "{wrong:?}: {run:?}"
            );
        }
        let stranger = self
            .pgo(PASSWORD, &self.scene.namespace)
            .with("PGOUSERNAME", "stranger");
        let run = stranger.run(&["status"]).await?;
        ensure!(run.stdout.contains("Authentication Failed: 401"), "{run:?}");
        Ok(())
    }

    /// By the time `pgo` has said that something is changed, it is.
    async fn change_by_command(&self) -> Result<()> {
        let Self { scene, user, role } = self;
        let changed = scene
            .pgo(&["update", "pgouser", user, "--pgouser-password=new"])
            .await?;
        changed.has_line(&["pgouser updated"])?;
        let old = self.here(PASSWORD, &["status"]).await?;
        ensure!(
            old.stdout.contains("Authentication Failed: 401"),
            "the old password is good: {old:?}"
        );
        self.here("new", &["status"]).await?.succeeded()?;

        let changed = scene
            .pgo(&["update", "pgorole", role, "--permissions=Status,Version"])
            .await?;
        changed.has_line(&["pgorole updated"])?;
        self.here("new", &["version"]).await?.succeeded()?;
        let taken = self.here("new", &["show", "cluster", "--all"]).await?;
        ensure!(taken.stdout.contains("Invalid Status Code: 403"), "{taken:?}");

        let run = self.pgo("new", ELSEWHERE).run(&["status"]).await?;
        run.refused(&["no access to namespace"])?;
        scene
            .pgo(&["update", "pgouser", user, "--all-namespaces"])
            .await?;
        self.pgo("new", ELSEWHERE).run(&["status"]).await?.succeeded()?;
        let place = format!("--pgouser-namespaces={}", scene.namespace);
        scene.pgo(&["update", "pgouser", user, &place]).await?;
        let run = self.pgo("new", ELSEWHERE).run(&["status"]).await?;
        run.refused(&["no access to namespace"]).map(drop)
    }

    /// What somebody writes into the Secrets counts as soon as the server has heard of it; a clear password is hashed.
    async fn change_by_hand(&self) -> Result<()> {
        let write = async |secret: String, data: serde_json::Value| {
            let patch = Patch::Merge(json!({ "stringData": data }));
            self.secrets()
                .patch(&secret, &PatchParams::default(), &patch)
                .await
        };
        write(
            format!("pgorole-{}", self.role),
            json!({ "permissions": "ShowCluster" }),
        )
        .await?;
        self.soon("the role by hand", async || {
            Ok(self.here("new", &["show", "cluster", "--all"]).await?.code == 0)
        })
        .await?;
        let user = format!("pgouser-{}", self.user);
        write(user.clone(), json!({ "password": "by hand" })).await?;
        self.soon("the password by hand", async || {
            Ok(self.here("by hand", &["show", "cluster", "--all"]).await?.code == 0)
        })
        .await?;
        let old = self.here("new", &["show", "cluster", "--all"]).await?;
        ensure!(old.stdout.contains("Authentication Failed: 401"), "{old:?}");
        let kept = self.secrets().get(&user).await?.data.unwrap_or_default();
        ensure!(
            kept.get("password")
                .is_some_and(|kept| kept.0.starts_with(b"$argon2id$")),
            "a password in clear text stays as it is"
        );
        self.secrets()
            .delete(&user, &kube::api::DeleteParams::default())
            .await?;
        self.soon("the end of the user", async || {
            let run = self.here("by hand", &["show", "cluster", "--all"]).await?;
            Ok(run.stdout.contains("Authentication Failed: 401"))
        })
        .await
    }

    async fn soon(&self, what: &str, so: impl AsyncFn() -> Result<bool>) -> Result<()> {
        let asking = async {
            // Not so often that failed logins are not listened to any more.
            let mut tries = tokio::time::interval(Duration::from_millis(500));
            loop {
                tries.tick().await;
                if so().await? {
                    return anyhow::Ok(());
                }
            }
        };
        let met = tokio::time::timeout(SOON, asking).await;
        met.with_context(|| format!("{what} does not count within {SOON:?}"))?
    }

    async fn sweep(&self) -> Result<()> {
        let Self { scene, user, role } = self;
        let gone = scene.pgo(&["delete", "pgouser", user, "--no-prompt"]).await?;
        gone.has_line(&[user])?;
        scene
            .pgo(&["delete", "pgorole", role, "--no-prompt"])
            .await
            .map(drop)
    }

    fn secrets(&self) -> Api<Secret> {
        Api::namespaced(self.scene.world.client.clone(), "pgo")
    }
}
