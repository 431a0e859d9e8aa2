//! What a client of 4.2 was recorded to say, said to the real server: every answer has the shape that 4.2 gave it.
//!
//! The recordings are those of `pgo-api/tests/golden`. Routes are written out here a second time, on purpose.

use std::collections::BTreeSet;
use std::fs;
use std::mem::discriminant;
use std::path::{Path, PathBuf};

use anyhow::{Context as _, Result, ensure};
use e2e::{Answer, Caller, Outcome, Scene, scene, seconds, until};
use k8s_openapi::api::core::v1::Namespace;
use kube::Api;
use serde_json::{Value, json};

/// A recording by its name, where it goes (a GET carries its address itself), and how it ends.
type Line = (&'static str, &'static str, Ending);

#[derive(Debug, Clone, Copy)]
enum Ending {
    /// With the recorded `Code`, and every recorded key at its place.
    AsRecorded,
    /// As an error that says this, in the recorded frame.
    Refused(&'static str),
}
use Ending::{AsRecorded, Refused};

/// The workflow does not exist yet; everything else about the request is in order. Lines only ever leave this ending.
const LATER: Ending = Refused("is not available yet: the request is in order");
/// Backups by `pg_basebackup`, which 4.2 advised against.
const GONE: Ending = Refused("not made any more");

const POLICIES: &[Line] = &[
    ("create_policy", "POST /policies", AsRecorded),
    ("show_policy", "POST /showpolicies", AsRecorded),
];
const BIRTH: &[Line] = &[
    // It names storage, nodes, images and Secrets of the machine that it was recorded on.
    (
        "create_cluster_with_everything",
        "POST /clusters",
        Refused("nfs2"),
    ),
    ("create_cluster", "POST /clusters", AsRecorded),
];
const GROWTH: &[Line] = &[("scale", "GET", AsRecorded)];
const QUESTIONS: &[Line] = &[
    ("failover_query", "GET", AsRecorded),
    ("scale_query", "GET", AsRecorded),
    ("show_basebackup", "GET", AsRecorded),
    ("show_cluster", "POST /showclusters", AsRecorded),
    ("show_config", "GET", AsRecorded),
    ("show_namespace", "POST /namespace", AsRecorded),
    ("show_pvc", "POST /showpvc", AsRecorded),
    // It asks for passwords that expire, which nothing looks after yet.
    ("show_user", "POST /usershow", Refused("--expired")),
    ("show_workflow", "GET", AsRecorded),
    ("status", "GET", AsRecorded),
    ("test_cluster", "POST /testclusters", AsRecorded),
    ("version", "GET", AsRecorded),
];
const CHANGES: &[Line] = &[
    ("label", "POST /label", AsRecorded),
    ("delete_label", "POST /labeldelete", AsRecorded),
    ("update_cluster", "POST /clustersupdate", AsRecorded),
];
const NOT_YET: &[Line] = &[
    ("apply_policy", "POST /policies/apply", LATER),
    ("cat", "POST /cat", LATER),
    ("clone", "POST /clone", LATER),
    ("create_backup", "POST /backrestbackup", LATER),
    ("create_benchmark", "POST /benchmark", LATER),
    ("create_dump", "POST /pgdumpbackup", LATER),
    ("create_pgbouncer", "POST /pgbouncer", LATER),
    ("create_schedule", "POST /schedule", LATER),
    ("create_user", "POST /usercreate", LATER),
    ("delete_benchmark", "POST /benchmarkdelete", LATER),
    ("delete_pgbouncer", "DELETE /pgbouncer", LATER),
    ("delete_schedule", "POST /scheduledelete", LATER),
    ("delete_user", "POST /userdelete", LATER),
    ("df", "GET", LATER),
    ("failover", "POST /failover", LATER),
    ("load", "POST /load", LATER),
    ("ls", "POST /ls", LATER),
    ("post_delete_pgbouncer", "POST /pgbouncerdelete", LATER),
    ("reload", "POST /reload", LATER),
    ("restore", "POST /restore", LATER),
    ("restore_dump", "POST /pgdumprestore", LATER),
    ("show_backup", "GET", LATER),
    ("show_benchmark", "POST /benchmarkshow", LATER),
    ("show_dump", "GET", LATER),
    ("show_schedule", "POST /scheduleshow", LATER),
    ("update_user", "POST /userupdate", LATER),
    ("upgrade", "POST /upgrades", LATER),
    ("create_basebackup", "POST /backups", GONE),
    ("delete_basebackup", "GET", GONE),
    ("restore_basebackup", "POST /pgbasebackuprestore", GONE),
];
const PEOPLE: &[Line] = &[
    ("create_pgorole", "POST /pgorolecreate", AsRecorded),
    ("create_pgouser", "POST /pgousercreate", AsRecorded),
    ("show_pgorole", "POST /pgoroleshow", AsRecorded),
    ("show_pgouser", "POST /pgousershow", AsRecorded),
    ("update_pgorole", "POST /pgoroleupdate", AsRecorded),
    ("update_pgouser", "POST /pgouserupdate", AsRecorded),
    ("delete_pgouser", "POST /pgouserdelete", AsRecorded),
    ("delete_pgorole", "POST /pgoroledelete", AsRecorded),
];
const PLACES: &[Line] = &[
    ("create_namespace", "POST /namespacecreate", AsRecorded),
    ("update_namespace", "POST /namespaceupdate", AsRecorded),
    ("delete_namespace", "POST /namespacedelete", AsRecorded),
];
const ENDS: &[Line] = &[
    ("scale_down", "GET", AsRecorded),
    ("delete_policy", "POST /policiesdelete", AsRecorded),
    ("delete_cluster", "POST /clustersdelete", AsRecorded),
];
const ALL: [&[Line]; 9] = [
    POLICIES, BIRTH, GROWTH, QUESTIONS, CHANGES, NOT_YET, PEOPLE, PLACES, ENDS,
];

#[test]
fn every_recording_is_said_once() {
    let said: Vec<_> = ALL
        .concat()
        .into_iter()
        .map(|(name, ..)| name.to_owned())
        .collect();
    let files = fs::read_dir(golden("")).expect("the recordings");
    let names = files.filter_map(|file| file.ok()?.file_name().into_string().ok());
    let recorded: BTreeSet<_> = names
        .filter_map(|name| Some(name.split_once(".request.")?.0.to_owned()))
        .collect();
    assert_eq!(said.len(), recorded.len());
    assert_eq!(said.into_iter().collect::<BTreeSet<_>>(), recorded);
}

#[tokio::test]
async fn what_4_2_said_is_answered_in_the_shape_that_4_2_heard() -> Outcome {
    scene("recordings", async |scene| {
        let mut stage = Stage::open(scene).await?;
        let played = play(&mut stage).await;
        let swept = stage.sweep().await;
        played.and(swept)
    })
    .await
}

async fn play(stage: &mut Stage<'_>) -> Result<()> {
    stage.say(POLICIES).await?;
    for policy in ["p1", "p2"] {
        let body = json!({ "Name": policy, "SQL": "select 1;", "Namespace": stage.scene.namespace });
        stage.caller.post("/policies", body).await?;
    }
    stage.say(BIRTH).await?;
    let other = json!({ "Name": "other", "Series": 1, "Namespace": stage.scene.namespace });
    stage.caller.post("/clusters", other).await?;
    let label =
        json!({ "Args": ["mycluster"], "LabelCmdLabel": "env=dev", "Namespace": stage.scene.namespace });
    stage.caller.post("/label", label).await?;
    let cluster = stage.scene.cluster("mycluster");
    cluster.ready(0, seconds(180)).await?;

    let scaled = stage.say(GROWTH).await?;
    let first = scaled["Results"][0].as_str();
    let replica = first.and_then(|line| line.strip_prefix("created Pgreplica "));
    let replica = replica
        .with_context(|| format!("no replica in {scaled}"))?
        .to_owned();
    stage.words.push(("mycluster-abcd".into(), replica));
    cluster.ready(2, seconds(180)).await?;
    // Patroni says within a round that they follow; only then they are replicas for whoever asks about failover.
    cluster.roles(2, seconds(30)).await?;
    cluster.streaming(2, seconds(30)).await?;

    for act in [QUESTIONS, CHANGES, NOT_YET, PEOPLE, PLACES, ENDS] {
        stage.say(act).await?;
    }
    Ok(())
}

/// The real server, and what takes the place of names that mean nothing here.
struct Stage<'a> {
    scene: &'a Scene,
    caller: Caller,
    words: Vec<(String, String)>,
}

impl<'a> Stage<'a> {
    async fn open(scene: &'a Scene) -> Result<Self> {
        let here = &scene.namespace;
        // A label that Kubernetes itself gives to every node.
        let node = "kubernetes.io/os=linux";
        let words = [
            ("ns1", format!("{here}-ns1")),
            ("ns2", format!("{here}-ns2")),
            ("role1", format!("{here}-role1")),
            ("user1", format!("{here}-user1")),
            ("pgo1,pgo2", format!("{here},pgouser1")),
            ("a=b", node.to_owned()),
            // Any claim that exists.
            ("mycluster-pgdump-pvc", "mycluster".to_owned()),
            ("namespace=pgo", format!("namespace={here}")),
            ("node-label=region=us", format!("node-label={node}")),
            (
                "storage-config=nfs",
                format!("storage-config={}", scene.world.setting("ReplicaStorage").await?),
            ),
            // A tenth of a processor is little for a start.
            ("resources-config=small", "resources-config=".to_owned()),
            (
                "ccp-image-tag=tag",
                format!("ccp-image-tag={}", scene.world.setting("CCPImageTag").await?),
            ),
        ];
        Ok(Self {
            scene,
            caller: Caller::administrator(scene.world.environment)?,
            words: words.map(|(word, here)| (word.to_owned(), here)).into(),
        })
    }

    /// Says one recording after the other. Returns the last answer.
    async fn say(&self, lines: &[Line]) -> Result<Value> {
        let mut last = Value::Null;
        for line in lines {
            last = self.say_one(line).await.with_context(|| line.0)?;
        }
        Ok(last)
    }

    async fn say_one(&self, (name, route, ending): &Line) -> Result<Value> {
        let (method, path) = route.split_once(' ').unwrap_or((route, ""));
        let answer = if path.is_empty() {
            let recorded = fs::read_to_string(golden(&format!("{name}.request.http")))?;
            let address = recorded.trim_end().strip_prefix("GET ").context("no GET")?;
            self.caller
                .send(method, &self.address(address), String::new())
                .await?
        } else {
            let mut body = recording(&format!("{name}.request.json"))?;
            self.translate(&mut body);
            self.caller.send(method, path, body.to_string()).await?
        };
        let heard = name.strip_suffix("_with_everything").unwrap_or(name);
        check(&answer, &recording(&format!("{heard}.response.json"))?, *ending)
    }

    /// An address with the names of here.
    fn address(&self, recorded: &str) -> String {
        let pieces = recorded.split('&').map(|piece| {
            // The first piece begins with the path.
            let (head, pair) = piece
                .split_once('?')
                .map_or(("", piece), |(path, pair)| (path, pair));
            let mark = if head.is_empty() { "" } else { "?" };
            let replica = pair
                .strip_prefix("replica-name=")
                .map(|it| format!("replica-name={}", self.here(it)));
            format!("{head}{mark}{}", replica.unwrap_or_else(|| self.here(pair)))
        });
        pieces.collect::<Vec<_>>().join("&")
    }

    /// A body with the names of here.
    fn translate(&self, value: &mut Value) {
        match value {
            Value::Object(map) => {
                for (key, value) in map {
                    if key.eq_ignore_ascii_case("namespace") {
                        *value = json!(self.scene.namespace);
                    }
                    self.translate(value);
                }
            }
            Value::Array(items) => items.iter_mut().for_each(|item| self.translate(item)),
            Value::String(text) => *text = self.here(text),
            _ => {}
        }
    }

    fn here(&self, word: &str) -> String {
        let known = self.words.iter().find(|(recorded, _)| recorded == word);
        known.map_or(word, |(_, here)| here).to_owned()
    }

    /// Takes away what is outside the test's namespace, whatever came of the test.
    async fn sweep(&self) -> Result<()> {
        let [user, role] = ["user1", "role1"].map(|name| self.here(name));
        self.caller
            .post("/pgouserdelete", json!({ "PgouserName": [user] }))
            .await?;
        self.caller
            .post("/pgoroledelete", json!({ "PgoroleName": [role] }))
            .await?;
        let namespaces: Api<Namespace> = Api::all(self.scene.world.client.clone());
        for name in ["ns1", "ns2"].map(|name| self.here(name)) {
            let there = namespaces.get_opt(&name).await?;
            if there.is_some_and(|it| it.metadata.deletion_timestamp.is_none()) {
                self.caller
                    .post("/namespacedelete", json!({ "Args": [name] }))
                    .await?;
            }
            let gone = format!("the namespace {name} is gone");
            until(&namespaces, &name, seconds(120), &gone, |it| it.is_none()).await?;
        }
        Ok(())
    }
}

/// Demands that an answer is one that the client of 4.2 understands as it understood the recorded one.
fn check(answer: &Answer, recorded: &Value, ending: Ending) -> Result<Value> {
    let answer = answer.clone().accepted()?;
    let header = |name: &str| answer.headers.get(name).and_then(|value| value.to_str().ok());
    ensure!(
        header("www-authenticate") == Some("Basic realm=\"Restricted\""),
        "{:?}",
        answer.headers
    );
    ensure!(header("content-encoding").is_none(), "{:?}", answer.headers);
    ensure!(
        answer.text.ends_with('\n') && answer.text.lines().count() == 1,
        "not one line: {:?}",
        answer.text
    );
    let said = answer.json()?;
    let status = |whole: &Value| whole.get("status").unwrap_or(whole).clone();
    let differing = match ending {
        AsRecorded => {
            ensure!(
                status(&said)["Code"] == status(recorded)["Code"],
                "another Code than {}: {said:#}",
                status(recorded)["Code"]
            );
            differences(recorded, &said, "")
        }
        Refused(words) => {
            let status = status(&said);
            ensure!(
                status["Code"] == "error" && status["Msg"].as_str().is_some_and(|msg| msg.contains(words)),
                "no error that says {words:?}: {said:#}"
            );
            let keys = recorded.as_object().into_iter().flat_map(|map| map.keys());
            keys.filter(|key| said.get(key.as_str()).is_none())
                .map(|key| format!(".{key} is missing"))
                .collect()
        }
    };
    ensure!(differing.is_empty(), "{differing:#?}\nin {said:#}");
    Ok(said)
}

/// What a client chooses, or Kubernetes, or nobody: keys and contents differ from place to place.
const ANYTHING: &[&str] = &[
    "metadata",
    "userlabels",
    "Labels",
    "DbTags",
    "Parameters",
    "PVCName",
];
/// Maps whose keys are names that an installation gives.
const NAMED: &[&str] = &[".Result.Storage", ".Result.ContainerResources"];
/// Lists of what there is none of here: policies that were applied, old backups, what is not ready.
const NONE: &[&str] = &[".PolicyLabels", ".BackupList.items", ".NotReady"];

/// Lists the keys of `recorded`, at any depth, that `said` lacks or has another kind of value under. Letter case counts.
fn differences(recorded: &Value, said: &Value, at: &str) -> Vec<String> {
    let last = at.rsplit('.').next().unwrap_or_default();
    match (recorded, said) {
        (Value::Object(_), Value::Object(_)) if ANYTHING.contains(&last) => Vec::new(),
        (Value::Object(recorded), Value::Object(said)) if NAMED.contains(&at) => {
            match (recorded.values().next(), said.values().next()) {
                (Some(recorded), Some(said)) => differences(recorded, said, &format!("{at}.*")),
                _ => vec![format!("{at} is empty")],
            }
        }
        (Value::Object(recorded), Value::Object(said)) => recorded
            .iter()
            .flat_map(|(key, value)| match said.get(key) {
                Some(said) => differences(value, said, &format!("{at}.{key}")),
                None => vec![format!("{at}.{key} is missing")],
            })
            .collect(),
        (Value::Array(recorded), Value::Array(said)) => match (recorded.first(), said.first()) {
            (Some(recorded), Some(said)) => differences(recorded, said, at),
            (Some(_), None) if !NONE.iter().any(|none| at.ends_with(none)) => vec![format!("{at} is empty")],
            _ => Vec::new(),
        },
        // Version 4.2 wrote null for what it had not made.
        (Value::Null, _) => Vec::new(),
        _ if discriminant(recorded) == discriminant(said) => Vec::new(),
        _ => vec![format!("{at}: {said} instead of {recorded}")],
    }
}

fn recording(file: &str) -> Result<Value> {
    let text = fs::read_to_string(golden(file)).with_context(|| file.to_owned())?;
    Ok(serde_json::from_str(&text)?)
}

fn golden(file: &str) -> PathBuf {
    let root = Path::new(env!("CARGO_MANIFEST_DIR"));
    root.join("../crates/pgo-api/tests/golden").join(file)
}
