//! The recorded conversations of version 4.2, one for each message.

use std::fs;
use std::path::Path;

use pgo_api::{Description, Method, catalogue};
use serde_json::Value;

/// What a client of version 4.2 sends, and what it expects.
pub(crate) struct Conversation {
    /// The message.
    pub(crate) message: Description,
    /// Path and query.
    pub(crate) address: String,
    /// The body; null where there is none.
    pub(crate) body: Value,
    /// The answer.
    pub(crate) answer: Value,
}

/// All of them, in the order of the catalogue.
pub(crate) fn conversations() -> Vec<Conversation> {
    catalogue().into_iter().map(Conversation::of).collect()
}

impl Conversation {
    fn of(message: Description) -> Self {
        let name = snake(message.message.trim_end_matches("Request"));
        let directory = Path::new(env!("CARGO_MANIFEST_DIR")).join("../pgo-api/tests/golden");
        let read = |kind: &str| fs::read_to_string(directory.join(format!("{name}.{kind}"))).unwrap();
        let (address, body) = if message.route.method == Method::Get {
            let address = read("request.http");
            (
                address.trim_start_matches("GET ").trim_end().to_owned(),
                Value::Null,
            )
        } else {
            let body = serde_json::from_str(&read("request.json")).unwrap();
            (message.route.path.to_owned(), body)
        };
        let answer = serde_json::from_str(&read("response.json")).unwrap();
        Self {
            message,
            address,
            body,
            answer,
        }
    }

    /// The same by a client of another version, about another namespace.
    pub(crate) fn by(mut self, version: &str, namespace: &str) -> Self {
        self.address = self
            .address
            .replace("version=4.2.0", &format!("version={version}"));
        self.address = self
            .address
            .replace("namespace=pgo", &format!("namespace={namespace}"));
        for (keys, value) in [
            (["ClientVersion", "clientversion"], version),
            (["Namespace", "namespace"], namespace),
        ] {
            for key in keys {
                if let Some(field) = self.body.get_mut(key) {
                    *field = value.into();
                }
            }
        }
        self
    }

    /// The method in HTTP.
    pub(crate) fn method(&self) -> &'static str {
        self.message.route.method.as_str()
    }
}

/// `ShowPvc` becomes `show_pvc`.
fn snake(name: &str) -> String {
    let mut text = String::new();
    for character in name.chars() {
        if character.is_ascii_uppercase() && !text.is_empty() {
            text.push('_');
        }
        text.push(character.to_ascii_lowercase());
    }
    text
}
