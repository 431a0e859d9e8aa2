//! What was asked of the Kubernetes API, by whom: from the test bed's audit log.

use std::collections::BTreeMap;
use std::fs::File;
use std::io::{BufRead as _, BufReader};
use std::path::PathBuf;

use anyhow::{Context as _, Result, ensure};
use jiff::Timestamp;
use serde::Deserialize;

use crate::Environment;

/// One request.
#[derive(Debug, Clone, Deserialize)]
#[serde(rename_all = "camelCase")]
pub struct Request {
    pub verb: String,
    pub stage: String,
    pub user: User,
    #[serde(default)]
    pub object_ref: Object,
    #[serde(rename = "requestReceivedTimestamp")]
    pub received: Timestamp,
    #[serde(rename = "requestURI")]
    pub uri: String,
}

/// Who asked.
#[derive(Debug, Clone, Deserialize)]
pub struct User {
    pub username: String,
}

/// About what.
#[derive(Debug, Clone, Default, Deserialize)]
#[serde(default)]
pub struct Object {
    pub resource: String,
    pub namespace: String,
    pub name: String,
    pub subresource: String,
}

impl Request {
    /// Whether it changes anything.
    pub fn writes(&self) -> bool {
        matches!(
            self.verb.as_str(),
            "create" | "update" | "patch" | "delete" | "deletecollection"
        )
    }

    /// Whether the account `name` of the operator's namespace sent it.
    pub fn is_by(&self, name: &str) -> bool {
        self.user.username == format!("system:serviceaccount:pgo:{name}")
    }

    /// The sender in one word, as figures group them.
    pub fn sender(&self) -> &str {
        self.user.username.rsplit(':').next().unwrap_or_default()
    }

    /// In one line.
    pub fn describe(&self) -> String {
        format!("{} {} {} {}", self.received, self.sender(), self.verb, self.uri)
    }
}

/// Every completed request that came in between two moments.
pub fn requests_between(environment: &Environment, from: Timestamp, to: Timestamp) -> Result<Vec<Request>> {
    let mut requests = Vec::new();
    for file in files(environment, from)? {
        for line in BufReader::new(File::open(&file)?).lines() {
            // The last line may be half written; another file may end so, too.
            let Ok(request) = serde_json::from_str::<Request>(&line?) else {
                continue;
            };
            if request.stage == "ResponseComplete" && (from..=to).contains(&request.received) {
                requests.push(request);
            }
        }
    }
    Ok(requests)
}

/// Counts requests by sender and verb.
pub fn count(requests: &[Request]) -> BTreeMap<String, usize> {
    let mut counts = BTreeMap::new();
    for request in requests {
        *counts
            .entry(format!("{} {}", request.sender(), request.verb))
            .or_default() += 1;
    }
    counts
}

/// The log lies beside the test bed's kubeconfig; a full file is renamed to `audit-<time>.log`.
fn files(environment: &Environment, from: Timestamp) -> Result<Vec<PathBuf>> {
    let kubeconfig = environment.kubeconfig();
    let folder = kubeconfig.parent().context("KUBECONFIG is no file")?.join("logs");
    ensure!(
        folder.join("audit.log").is_file(),
        "requests are counted from the test bed's audit log, and this Kubernetes is another"
    );
    let mut files = Vec::new();
    for entry in std::fs::read_dir(&folder)? {
        let entry = entry?;
        let name = entry.file_name();
        let name = name.to_string_lossy();
        let written = Timestamp::try_from(entry.metadata()?.modified()?)?;
        if name.starts_with("audit") && name.ends_with(".log") && written >= from {
            files.push(entry.path());
        }
    }
    Ok(files)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_request_without_an_object_is_understood() {
        let line = r#"{"kind":"Event","level":"Metadata","stage":"ResponseComplete","requestURI":"/api","verb":"get",
            "user":{"username":"system:serviceaccount:pgo:postgres-operator","groups":["a"]},
            "requestReceivedTimestamp":"2026-11-21T12:00:00.123456Z"}"#;
        let request: Request = serde_json::from_str(line).unwrap();
        assert!(request.is_by("postgres-operator") && !request.writes());
        assert_eq!(request.sender(), "postgres-operator");
    }
}
