//! What must hold of every generated definition, and of reading what others wrote.

use pgo_crd::{Pgcluster, crds};
use serde_json::{Value, json};

/// Calls `look` with every object inside `value` and the path to it.
fn walk(value: &Value, path: &str, look: &mut impl FnMut(&str, &serde_json::Map<String, Value>)) {
    match value {
        Value::Object(map) => {
            look(path, map);
            map.iter()
                .for_each(|(key, inner)| walk(inner, &format!("{path}/{key}"), look));
        }
        Value::Array(items) => items.iter().for_each(|inner| walk(inner, path, look)),
        _ => (),
    }
}

#[test]
fn nothing_has_a_default_and_nothing_in_a_spec_is_required() {
    for crd in crds() {
        let schema = serde_json::to_value(&crd.spec.versions[0].schema).unwrap();
        walk(&schema, &crd.spec.names.kind, &mut |path, map| {
            assert!(!map.contains_key("default"), "{path} has a default");
            let inside_spec = path.contains("/properties/spec");
            assert!(
                !(inside_spec && map.contains_key("required")),
                "{path} requires something"
            );
        });
    }
}

#[test]
fn every_property_of_ours_is_described() {
    for crd in crds() {
        let schema = serde_json::to_value(&crd.spec.versions[0].schema).unwrap();
        let properties = &schema["openAPIV3Schema"]["properties"];
        for part in ["spec", "status"] {
            for (name, property) in properties[part]["properties"].as_object().unwrap() {
                let kind = &crd.spec.names.kind;
                assert!(
                    property["description"].is_string(),
                    "{kind} {part}.{name} has no description"
                );
            }
        }
    }
}

#[test]
fn definitions_have_a_status_subresource_and_columns() {
    for crd in crds() {
        let version = &crd.spec.versions[0];
        assert!(
            version
                .subresources
                .as_ref()
                .is_some_and(|subresources| subresources.status.is_some())
        );
        assert!(version.additional_printer_columns.is_some());
    }
}

#[test]
fn a_cluster_may_say_nothing_and_both_spellings_are_read() {
    let read = |spec: Value| {
        serde_json::from_value::<Pgcluster>(json!({
            "apiVersion": "crunchydata.com/v1", "kind": "Pgcluster", "metadata": {"name": "hippo"}, "spec": spec,
        }))
        .unwrap()
    };
    assert_eq!(read(json!({})).spec, pgo_crd::PgclusterSpec::default());
    let capitals = read(json!({"PrimaryStorage": {"size": "1Gi"}, "podPodAntiAffinity": "required"}));
    let lower = read(json!({"primarystorage": {"size": "1Gi"}, "podpodantiaffinity": "required"}));
    assert_eq!(capitals, lower);
    let written = serde_json::to_value(&lower.spec).unwrap();
    assert_eq!(written["PrimaryStorage"]["size"], "1Gi");
    assert_eq!(written["syncReplication"], Value::Null);
}

#[test]
fn lower_case_spellings_are_declared_lest_they_be_pruned() {
    let crd = &crds()[0];
    let schema = serde_json::to_value(&crd.spec.versions[0].schema).unwrap();
    let properties = &schema["openAPIV3Schema"]["properties"]["spec"]["properties"];
    for name in [
        "PrimaryStorage",
        "primarystorage",
        "containerresources",
        "backreststorage",
    ] {
        assert!(properties[name]["properties"].is_object(), "{name}");
    }
    assert_eq!(
        properties["podPodAntiAffinity"]["enum"],
        json!(["", "required", "preferred", "disabled"])
    );
}

#[test]
fn the_definitions_are_these() {
    insta::assert_yaml_snapshot!("pgreplica", crds()[1]);
}
