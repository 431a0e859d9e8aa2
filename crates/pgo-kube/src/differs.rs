//! Whether an object must be written at all.
//!
//! Every object that is kept equal to a wish carries a digest of that wish as an annotation. Nothing is sent when the
//! digest is still right (we want nothing else than last time) and every field we want is there and equal (nobody
//! changed or removed it). Fields that we do not want are not ours and are not looked at.

use serde::Serialize;
use serde_json::{Map, Value, json};
use sha2::{Digest as _, Sha256};

use crate::label::APPLIED;
use crate::store::Memory;

/// One object as we want it, ready to be sent.
#[derive(Clone, Debug, PartialEq)]
pub(crate) struct Wish {
    /// The object in JSON, the digest included.
    pub(crate) value: Value,
    digest: String,
}

impl Wish {
    /// Prepares an object for comparison and apply.
    pub(crate) fn new<K: Serialize>(object: &K) -> Result<Self, serde_json::Error> {
        let mut value = without_nulls(serde_json::to_value(object)?);
        let digest = Sha256::digest(value.to_string());
        // Eight of its bytes are enough: nobody tries to find another wish with the same ones.
        let digest = digest
            .iter()
            .take(8)
            .fold(0_u64, |sum, byte| sum << 8 | u64::from(*byte));
        let digest = format!("{digest:016x}");
        value["metadata"]["annotations"][APPLIED] = json!(digest);
        Ok(Self { value, digest })
    }

    /// Whether the object on the server, as far as we know it, lacks anything of the wish.
    pub(crate) fn differs<M: Memory>(&self, there: &M) -> serde_json::Result<bool> {
        let annotations = there.meta().annotations.as_ref();
        let applied = annotations.and_then(|annotations| annotations.get(APPLIED));
        Ok(applied != Some(&self.digest) || !covers(&there.json()?, &self.value))
    }
}

/// Whether `there` holds everything that is `wanted`.
pub(crate) fn covers(there: &Value, wanted: &Value) -> bool {
    match (there, wanted) {
        (Value::Object(there), Value::Object(wanted)) => wanted.iter().all(|(key, wanted)| {
            // The server leaves out what is empty.
            there
                .get(key)
                .map_or_else(|| is_empty(wanted), |there| covers(there, wanted))
        }),
        // Lists of objects are maps by name to the server, and others may have added entries of their own.
        (Value::Array(there), Value::Array(wanted)) if wanted.iter().all(Value::is_object) => wanted
            .iter()
            .all(|wanted| there.iter().any(|there| covers(there, wanted))),
        _ => there == wanted,
    }
}

/// Removes nulls: to server-side apply they are values.
pub(crate) fn without_nulls(value: Value) -> Value {
    match value {
        Value::Object(fields) => {
            let fields = fields.into_iter().filter(|(_, value)| !value.is_null());
            Value::Object(
                fields
                    .map(|(key, value)| (key, without_nulls(value)))
                    .collect::<Map<_, _>>(),
            )
        }
        Value::Array(items) => Value::Array(items.into_iter().map(without_nulls).collect()),
        other => other,
    }
}

fn is_empty(value: &Value) -> bool {
    match value {
        Value::Null | Value::Bool(false) => true,
        Value::Number(number) => number.as_i64() == Some(0),
        Value::String(text) => text.is_empty(),
        Value::Array(items) => items.is_empty(),
        Value::Object(fields) => fields.values().all(is_empty),
        Value::Bool(true) => false,
    }
}

#[cfg(test)]
mod tests {
    use k8s_openapi::api::apps::v1::Deployment;

    use super::*;
    use crate::kind::Kept as _;

    fn wanted() -> Value {
        json!({
            "metadata": {"name": "hippo", "labels": {"vendor": "crunchydata"}},
            "spec": {"replicas": 1, "paused": false, "template": {"spec": {
                "containers": [{"name": "database", "args": ["instance"], "env": [{"name": "A", "value": "1"}]}],
                "volumes": [{"name": "tmp", "emptyDir": {}}],
            }}},
        })
    }

    /// What the server makes of it: defaults filled in, empty things left out.
    fn stored(wish: &Wish) -> Value {
        let mut stored = wish.value.clone();
        stored["metadata"]["uid"] = json!("1");
        stored["spec"].as_object_mut().unwrap().remove("paused");
        stored["spec"]["strategy"] = json!({"type": "RollingUpdate"});
        stored["spec"]["template"]["spec"]["dnsPolicy"] = json!("ClusterFirst");
        stored["spec"]["template"]["spec"]["containers"][0]["imagePullPolicy"] = json!("IfNotPresent");
        stored
    }

    fn differs(wish: &Wish, stored: &Value) -> bool {
        let stored: Deployment = serde_json::from_value(stored.clone()).unwrap();
        wish.differs(&stored.into_memory()).unwrap()
    }

    #[test]
    fn what_the_server_stored_of_a_wish_does_not_differ_from_it() {
        let wish = Wish::new(&wanted()).unwrap();
        assert!(!differs(&wish, &stored(&wish)));
    }

    #[test]
    fn a_field_that_someone_changed_differs() {
        let wish = Wish::new(&wanted()).unwrap();
        for (pointer, value) in [
            ("/spec/replicas", json!(0)),
            ("/metadata/labels/vendor", json!("me")),
            (
                "/spec/template/spec/containers/0/args",
                json!(["instance", "--more"]),
            ),
            ("/spec/template/spec/containers/0/env/0/value", json!("2")),
        ] {
            let mut stored = stored(&wish);
            *stored.pointer_mut(pointer).unwrap() = value;
            assert!(differs(&wish, &stored), "{pointer}");
        }
    }

    #[test]
    fn a_field_that_someone_removed_differs() {
        let wish = Wish::new(&wanted()).unwrap();
        let mut stored = stored(&wish);
        stored["spec"]["template"]["spec"]["containers"] = json!([]);
        assert!(differs(&wish, &stored));
    }

    #[test]
    fn what_others_add_is_theirs() {
        let wish = Wish::new(&wanted()).unwrap();
        let mut stored = stored(&wish);
        stored["metadata"]["annotations"]["theirs"] = json!("x");
        let containers = stored["spec"]["template"]["spec"]["containers"]
            .as_array_mut()
            .unwrap();
        containers.insert(0, json!({"name": "sidecar"}));
        assert!(!differs(&wish, &stored));
    }

    #[test]
    fn a_wish_that_no_longer_names_a_field_differs_although_all_it_names_is_there() {
        let before = Wish::new(&wanted()).unwrap();
        let mut less = wanted();
        less["metadata"]["labels"] = json!({});
        assert!(differs(&Wish::new(&less).unwrap(), &stored(&before)));
    }

    #[test]
    fn nulls_are_not_sent() {
        let wish = Wish::new(&json!({"metadata": {"name": null}, "spec": [{"a": null, "b": 1}]})).unwrap();
        assert_eq!(
            wish.value["metadata"],
            json!({"annotations": {APPLIED: wish.digest}})
        );
        assert_eq!(wish.value["spec"], json!([{"b": 1}]));
    }
}
