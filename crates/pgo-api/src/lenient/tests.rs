use serde::Deserialize;
use serde_json::json;

use super::*;

#[derive(Debug, Default, PartialEq, Deserialize)]
#[serde(default, rename_all = "PascalCase")]
struct Sample {
    name: String,
    count: i64,
    flag: bool,
    sync: Option<bool>,
    args: Vec<String>,
    labels: std::collections::BTreeMap<String, i64>,
    inner: Inner,
}

#[derive(Debug, Default, PartialEq, Deserialize)]
#[serde(default)]
struct Inner {
    #[serde(rename = "PrimaryStorage", alias = "primarystorage")]
    storage: String,
}

fn tolerant(value: &Value) -> Sample {
    from_value(value, Mismatch::Zero).unwrap()
}

fn strict(value: &Value) -> Result<Sample, String> {
    from_value(value, Mismatch::Refuse).map_err(|error| error.to_string())
}

#[test]
fn keys_match_in_any_letter_case() {
    let sample = tolerant(&json!({"NAME": "hippo", "cOuNt": 2, "inner": {"PRIMARYSTORAGE": "nfs"}}));
    assert_eq!(
        (sample.name.as_str(), sample.count, sample.inner.storage.as_str()),
        ("hippo", 2, "nfs")
    );
}

#[test]
fn an_exact_key_wins_over_another_letter_case() {
    assert_eq!(
        tolerant(&json!({"NAME": "a", "Name": "b", "name": "c"})).name,
        "b"
    );
}

#[test]
fn a_field_with_an_alias_may_be_written_both_ways() {
    let sample = tolerant(&json!({"Inner": {"PrimaryStorage": "a", "primarystorage": "b"}}));
    assert!(!sample.inner.storage.is_empty());
}

#[test]
fn unknown_keys_are_skipped_and_missing_ones_zero() {
    assert_eq!(tolerant(&json!({"Unknown": {"deep": [1]}})), Sample::default());
}

#[test]
fn a_value_of_the_wrong_type_is_zero_and_its_neighbours_are_read() {
    let wrong = json!({
        "Name": 7, "Count": "3", "Flag": "true", "Args": "x", "Labels": [1], "Inner": "no", "Sync": true
    });
    assert_eq!(
        tolerant(&wrong),
        Sample {
            sync: Some(true),
            ..Sample::default()
        }
    );
    let within = tolerant(&json!({"Args": ["a", 1, null], "Labels": {"a": 1, "b": "x"}, "Name": "hippo"}));
    assert_eq!(within.args, ["a", "", ""]);
    assert_eq!(within.labels, [("a".to_owned(), 1), ("b".to_owned(), 0)].into());
    assert_eq!(within.name, "hippo");
}

#[test]
fn an_integer_has_no_fraction_and_fits() {
    for number in [json!(3.0), json!(1e2), json!(u64::MAX)] {
        assert_eq!(tolerant(&json!({"Count": number})).count, 0);
        assert!(strict(&json!({"Count": number})).is_err());
    }
    assert_eq!(tolerant(&json!({"Count": -1})).count, -1);
}

#[test]
fn null_is_zero_even_where_types_are_checked() {
    let nothing =
        json!({"Name": null, "Count": null, "Sync": null, "Args": null, "Labels": null, "Inner": null});
    assert_eq!(strict(&nothing), Ok(Sample::default()));
}

#[test]
fn a_refusal_names_the_field() {
    let error = strict(&json!({"Inner": {"primarystorage": 5}})).unwrap_err();
    assert_eq!(
        error,
        "Inner.primarystorage: found a number where a string belongs"
    );
}

#[test]
fn what_is_no_object_is_zero() {
    for value in [json!(null), json!([1]), json!("text"), json!(true)] {
        assert_eq!(tolerant(&value), Sample::default());
    }
}
