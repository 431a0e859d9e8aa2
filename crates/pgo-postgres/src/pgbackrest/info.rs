//! What `pgbackrest info --output=json` says.

use serde::{Deserialize, Serialize};

/// One stanza of the answer.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct StanzaInfo {
    /// Its name.
    pub name: String,
    /// Whether it is usable.
    pub status: Status,
    /// Its backups, oldest first.
    #[serde(default)]
    pub backup: Vec<Backup>,
}

/// Whether a stanza is usable.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Status {
    /// 0 is well, 1 and 2 mean that it does not exist or has no valid backup.
    pub code: u32,
    /// In words.
    pub message: String,
}

/// One backup.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Backup {
    /// Its name.
    pub label: String,
    /// `full`, `diff` or `incr`.
    #[serde(rename = "type")]
    pub kind: String,
    /// Whether damaged pages were found.
    #[serde(default)]
    pub error: bool,
    /// From when to when.
    pub timestamp: Span,
}

/// A time span, in seconds since 1970.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Span {
    /// The beginning.
    pub start: i64,
    /// The end.
    pub stop: i64,
}

/// Reads the answer.
pub fn parse(json: &str) -> Result<Vec<StanzaInfo>, serde_json::Error> {
    serde_json::from_str(json)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn an_answer_is_read() {
        let json = r#"[{"archive":[],"backup":[{"archive":{"start":"a","stop":"b"},"backrest":{"format":5,"version":"2.55"},
            "error":false,"label":"20261120-101112F","type":"full","timestamp":{"start":1,"stop":2}}],"cipher":"none","db":[],
            "name":"db","repo":[],"status":{"code":0,"lock":{"backup":{"held":false}},"message":"ok"}}]"#;
        let answer = parse(json).unwrap();
        assert_eq!(answer[0].backup[0].label, "20261120-101112F");
    }

    #[test]
    fn a_stanza_that_does_not_exist_has_no_backups() {
        let json = r#"[{"name":"db","status":{"code":1,"message":"missing stanza path"}}]"#;
        assert_eq!(parse(json).unwrap()[0].backup, []);
    }
}
