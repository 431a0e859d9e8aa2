//! What a load of data is asked with: a YAML file of version 4.2.

use std::collections::BTreeMap;

use pgo_postgres::yaml;
use serde_json::Value;

use super::check::{check_database, check_object_name, check_path, check_role, check_tag};

/// Keys that must have a value.
const NEEDED: [&str; 8] = [
    "PGOImagePrefix",
    "PGOImageTag",
    "DbDatabase",
    "DbUser",
    "DbPort",
    "TableToLoad",
    "FilePath",
    "PVCName",
];

/// Checks the text of a load configuration; all that is wrong with it in one sentence. Unknown keys are skipped.
pub fn check_load(text: &str) -> Result<(), String> {
    let values: BTreeMap<String, Value> =
        yaml::from_str(text).map_err(|error| format!("cannot be read: {error}"))?;
    // Numbers may be written as such or as texts.
    let value = |key: &str| match values.get(key) {
        Some(Value::String(text)) => text.clone(),
        Some(Value::Number(number)) => number.to_string(),
        _ => String::new(),
    };
    let missing: Vec<_> = NEEDED.into_iter().filter(|key| value(key).is_empty()).collect();
    if !missing.is_empty() {
        return Err(format!("has no value for {}: add it", missing.join(", ")));
    }
    let is_number = |text: &str| text.bytes().all(|byte| byte.is_ascii_digit());
    let about =
        |key: &'static str, verdict: Result<(), String>| verdict.err().map(|why| format!("{key}: {why}"));
    let port = value("DbPort")
        .parse::<u16>()
        .map(drop)
        .map_err(|_| "is no port".to_owned());
    let groups = ["FSGroup", "SupplementalGroup"].map(|key| {
        let plain = is_number(&value(key)).then_some(());
        about(key, plain.ok_or_else(|| "is no number".to_owned()))
    });
    let complaints = [
        about("PGOImageTag", check_tag(&value("PGOImageTag"))),
        about("DbDatabase", check_database(&value("DbDatabase"))),
        about("DbUser", check_role(&value("DbUser"))),
        about("DbPort", port),
        about("TableToLoad", check_database(&value("TableToLoad"))),
        about("FilePath", check_path(&value("FilePath"))),
        about("PVCName", check_object_name(&value("PVCName")).map(drop)),
    ];
    let complaints: Vec<_> = complaints.into_iter().chain(groups).flatten().collect();
    if complaints.is_empty() {
        Ok(())
    } else {
        Err(complaints.join(", "))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    const GOOD: &str = "PGOImagePrefix: crunchydata\nPGOImageTag: centos7-4.2.0\nDbDatabase: userdb\nDbUser: postgres\n\
                        DbPort: 5432\nTableToLoad: t1\nFilePath: /pvc/f.csv\nFileType: csv\nPVCName: csv-pvc\n";

    #[test]
    fn a_file_of_4_2_is_taken() {
        assert_eq!(check_load(GOOD), Ok(()));
    }

    #[test]
    fn what_is_missing_or_wrong_is_said() {
        assert!(check_load("PVCName: x").unwrap_err().contains("FilePath"));
        for (good, bad) in [
            ("/pvc/f.csv", "/pvc/f.csv; rm"),
            ("5432", "99999"),
            ("csv-pvc", "../x"),
            ("centos7-4.2.0", "a b"),
            ("FileType: csv", "FSGroup: x"),
        ] {
            assert!(check_load(&GOOD.replace(good, bad)).is_err(), "{bad}");
        }
        assert!(check_load("[1]").is_err());
        assert!(check_load("a: &x 1\nb: *x").is_err());
    }
}
