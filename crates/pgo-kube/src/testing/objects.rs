//! What the server holds, and what its verbs do to it.

use std::collections::BTreeMap;

use futures::channel::mpsc::{UnboundedReceiver, UnboundedSender, unbounded};
use kube::core::{Expression, Selector, SelectorExt as _};
use serde_json::{Value, json};

/// An HTTP status and a body.
pub(super) type Answer = (u16, Value);

#[derive(Default)]
pub(super) struct Objects {
    /// By path.
    stored: BTreeMap<String, Value>,
    version: u64,
    watchers: Vec<Watcher>,
}

struct Watcher {
    prefix: Prefix,
    selector: Selector,
    events: UnboundedSender<Value>,
}

/// A collection, in one namespace or in all: `apis/apps/v1`, `deployments`.
pub(super) struct Prefix {
    pub(super) group: String,
    pub(super) namespace: Option<String>,
    pub(super) plural: String,
}

impl Prefix {
    fn holds(&self, path: &str) -> bool {
        let Some(rest) = path.strip_prefix(&format!("{}/", self.group)) else {
            return false;
        };
        match rest.split('/').collect::<Vec<_>>()[..] {
            ["namespaces", namespace, plural, _] => {
                self.namespace.as_deref().is_none_or(|it| it == namespace) && plural == self.plural
            }
            [plural, _] => self.namespace.is_none() && plural == self.plural,
            _ => false,
        }
    }
}

impl Objects {
    pub(super) fn get(&self, path: &str) -> Option<&Value> {
        self.stored.get(path)
    }

    pub(super) fn list(&self, prefix: &Prefix, selector: &Selector) -> Value {
        let chosen = self
            .stored
            .iter()
            .filter(|(path, object)| prefix.holds(path) && matches(selector, object));
        json!({
            "apiVersion": "v1",
            "kind": "List",
            "metadata": { "resourceVersion": self.version.to_string() },
            "items": chosen.map(|(_, object)| object.clone()).collect::<Vec<_>>(),
        })
    }

    pub(super) fn watch(&mut self, prefix: Prefix, selector: Selector) -> UnboundedReceiver<Value> {
        let (events, receiver) = unbounded();
        self.watchers.push(Watcher {
            prefix,
            selector,
            events,
        });
        receiver
    }

    /// Stores an object that somebody else wrote.
    pub(super) fn put(&mut self, object: Value) -> Value {
        let path = path_of(&object);
        match self.stored.get(&path).cloned() {
            None => self.store(path, born(object), "ADDED"),
            Some(before) => {
                let mut after = object;
                for field in ["uid", "creationTimestamp"] {
                    after["metadata"][field] = before["metadata"][field].clone();
                }
                self.store(path, after, "MODIFIED")
            }
        }
    }

    pub(super) fn create(&mut self, path: String, object: Value) -> Answer {
        if self.stored.contains_key(&path) {
            return refusal(409, "AlreadyExists", &path);
        }
        (201, self.store(path, born(object), "ADDED"))
    }

    pub(super) fn apply(&mut self, path: &str, wanted: &Value, status: bool) -> Answer {
        match self.stored.get(path).cloned() {
            None if status => refusal(404, "NotFound", path),
            None if !wanted["metadata"]["uid"].is_null() => refusal(409, "Conflict", path),
            None => (201, self.store(path.to_owned(), born(wanted.clone()), "ADDED")),
            Some(before) => self.change(path, before, wanted, status),
        }
    }

    pub(super) fn merge(&mut self, path: &str, changes: &Value, status: bool) -> Answer {
        match self.stored.get(path).cloned() {
            None => refusal(404, "NotFound", path),
            Some(before) => self.change(path, before, changes, status),
        }
    }

    pub(super) fn replace(&mut self, path: &str, object: Value) -> Answer {
        let Some(there) = self.stored.get(path) else {
            return refusal(404, "NotFound", path);
        };
        let version = &object["metadata"]["resourceVersion"];
        if !version.is_null() && *version != there["metadata"]["resourceVersion"] {
            return refusal(409, "Conflict", path);
        }
        (200, self.store(path.to_owned(), object, "MODIFIED"))
    }

    pub(super) fn delete(&mut self, path: &str, how: &Value) -> Answer {
        let Some(there) = self.stored.get(path).cloned() else {
            return refusal(404, "NotFound", path);
        };
        for field in ["uid", "resourceVersion"] {
            let condition = &how["preconditions"][field];
            if !condition.is_null() && *condition != there["metadata"][field] {
                return refusal(409, "Conflict", path);
            }
        }
        if there["metadata"]["finalizers"]
            .as_array()
            .is_some_and(|them| !them.is_empty())
        {
            let mut dying = there;
            dying["metadata"]["deletionTimestamp"] = json!("2026-01-01T00:00:00Z");
            return (200, self.store(path.to_owned(), dying, "MODIFIED"));
        }
        self.remove(path);
        (
            200,
            json!({ "kind": "Status", "apiVersion": "v1", "status": "Success" }),
        )
    }

    pub(super) fn remove(&mut self, path: &str) {
        if let Some(mut gone) = self.stored.remove(path) {
            self.version += 1;
            gone["metadata"]["resourceVersion"] = json!(self.version.to_string());
            self.tell(path, "DELETED", &gone);
        }
    }

    pub(super) fn world(&self) -> BTreeMap<String, Value> {
        let timeless = |object: &Value| {
            let mut object = object.clone();
            if let Some(metadata) = object["metadata"].as_object_mut() {
                metadata.retain(|key, _| key != "uid" && key != "resourceVersion");
            }
            object
        };
        self.stored
            .iter()
            .map(|(path, object)| (path.clone(), timeless(object)))
            .collect()
    }

    fn change(&mut self, path: &str, before: Value, changes: &Value, status: bool) -> Answer {
        for field in ["uid", "resourceVersion"] {
            let wanted = &changes["metadata"][field];
            if !wanted.is_null() && *wanted != before["metadata"][field] {
                return refusal(409, "Conflict", path);
            }
        }
        let mut after = before.clone();
        if status {
            after["status"] = changes["status"].clone();
        } else {
            merge(&mut after, changes);
        }
        if after == before {
            return (200, before);
        }
        let released = !after["metadata"]["deletionTimestamp"].is_null()
            && after["metadata"]["finalizers"]
                .as_array()
                .is_none_or(Vec::is_empty);
        let stored = self.store(path.to_owned(), after, "MODIFIED");
        if released {
            self.remove(path);
        }
        (200, stored)
    }

    fn store(&mut self, path: String, mut object: Value, event: &str) -> Value {
        self.version += 1;
        if object["metadata"]["uid"].is_null() {
            object["metadata"]["uid"] = json!(format!("uid-{}", self.version));
        }
        object["metadata"]["resourceVersion"] = json!(self.version.to_string());
        self.tell(&path, event, &object);
        self.stored.insert(path, object.clone());
        object
    }

    fn tell(&mut self, path: &str, event: &str, object: &Value) {
        let told = json!({ "type": event, "object": object });
        self.watchers.retain(|watcher| {
            let concerned = watcher.prefix.holds(path) && matches(&watcher.selector, object);
            !concerned || watcher.events.unbounded_send(told.clone()).is_ok()
        });
    }
}

/// Reads the label selectors that pgo uses: equality and its opposite, presence and absence.
pub(super) fn selector(text: &str) -> Selector {
    let expression = |one: &str| match (one.split_once('='), one.strip_prefix('!')) {
        (Some((key, value)), _) => match key.strip_suffix('!') {
            Some(key) => Expression::NotEqual(key.into(), value.into()),
            None => Expression::Equal(key.into(), value.into()),
        },
        (None, Some(key)) => Expression::DoesNotExist(key.into()),
        (None, None) => Expression::Exists(one.into()),
    };
    text.split(',')
        .filter(|one| !one.is_empty())
        .map(expression)
        .collect()
}

pub(super) fn refusal(code: u16, reason: &str, path: &str) -> Answer {
    let status = json!({
        "kind": "Status", "apiVersion": "v1", "status": "Failure",
        "code": code, "reason": reason, "message": format!("{reason}: {path}"),
    });
    (code, status)
}

fn born(mut object: Value) -> Value {
    if object["metadata"]["creationTimestamp"].is_null() {
        object["metadata"]["creationTimestamp"] = json!("2026-01-01T00:00:00Z");
    }
    object
}

fn matches(selector: &Selector, object: &Value) -> bool {
    let labels = serde_json::from_value(object["metadata"]["labels"].clone()).unwrap_or_default();
    selector.matches(&labels)
}

/// A merge patch; of lists of objects the entries with other names are kept, as server-side apply does.
fn merge(there: &mut Value, patch: &Value) {
    match (there, patch) {
        (Value::Object(there), Value::Object(patch)) => {
            for (key, value) in patch {
                if value.is_null() {
                    there.remove(key);
                } else {
                    merge(there.entry(key.clone()).or_insert(Value::Null), value);
                }
            }
        }
        (there, patch) => *there = patch.clone(),
    }
}

/// The path of an object, made from what it says of itself.
fn path_of(object: &Value) -> String {
    let text = |value: &Value| value.as_str().unwrap_or_default().to_owned();
    let (version, kind) = (text(&object["apiVersion"]), text(&object["kind"]));
    let root = if version.contains('/') { "apis" } else { "api" };
    let plural = match kind.as_str() {
        "Pgpolicy" => "pgpolicies".to_owned(),
        kind => format!("{}s", kind.to_lowercase()),
    };
    let (namespace, name) = (
        text(&object["metadata"]["namespace"]),
        text(&object["metadata"]["name"]),
    );
    if namespace.is_empty() {
        return format!("{root}/{version}/{plural}/{name}");
    }
    format!("{root}/{version}/namespaces/{namespace}/{plural}/{name}")
}
