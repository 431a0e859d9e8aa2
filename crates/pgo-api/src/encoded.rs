//! A request on its way: method, address and body.

use serde_json::{Map, Value};
use thiserror::Error;

use crate::envelope::{first_value, to_json};
use crate::lenient::{Mismatch, from_value};
use crate::{Call, Method, query};

/// A request as HTTP carries it.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Encoded {
    /// How it is sent.
    pub method: Method,
    /// Path and query, escaped; to be appended to the server's address as they are.
    pub address: String,
    /// The JSON body of everything but a GET.
    pub body: Option<Vec<u8>>,
}

/// Why a request cannot be sent.
#[derive(Debug, Error)]
pub enum EncodeError {
    /// What stands in the path would not stay there: proxies and clients resolve it to another path.
    #[error("{0:?} is no name")]
    Unaddressable(String),
    /// It cannot be written as JSON.
    #[error("the request cannot be written")]
    Unwritable(#[from] serde_json::Error),
}

/// Writes a request for the wire.
pub fn encode_request<C: Call>(request: &C) -> Result<Encoded, EncodeError> {
    let route = C::ROUTE;
    let fields = serde_json::to_value(request)?;
    let text = |key: &str| fields.get(key).and_then(Value::as_str).unwrap_or_default();
    let mut address = String::with_capacity(64);
    match (route.path.split_once('{'), route.path_key()) {
        (Some((before, _)), Some(key)) => {
            let name = text(key);
            if ["", ".", ".."].contains(&name) {
                return Err(EncodeError::Unaddressable(name.to_owned()));
            }
            address.push_str(before);
            query::push_segment(&mut address, name);
        }
        _ => address.push_str(route.path),
    }
    for key in route.query {
        query::push_pair(&mut address, key, text(key));
    }
    let body = if route.method == Method::Get {
        None
    } else {
        Some(to_json(request)?)
    };
    Ok(Encoded {
        method: route.method,
        address,
        body,
    })
}

/// A request as it was read.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Decoded<C> {
    /// What could be read of it; the rest is zero, as on the server of version 4.2.
    pub request: C,
    /// The first value that is not of the type of its field, in words.
    pub mismatch: Option<String>,
}

/// Reads a request off the wire. Never fails: what cannot be read is zero, and the checks that follow speak of it.
///
/// `name` is the decoded value of the path's variable, `query` what follows the question mark, as it came.
pub fn decode_request<C: Call>(name: Option<&str>, query: &str, body: &[u8]) -> Decoded<C> {
    let fields = if C::ROUTE.method == Method::Get {
        in_address(name.zip(C::ROUTE.path_key()), query)
    } else {
        first_value(body).unwrap_or_default()
    };
    match from_value(&fields, Mismatch::Refuse) {
        Ok(request) => Decoded {
            request,
            mismatch: None,
        },
        Err(error) => Decoded {
            request: from_value(&fields, Mismatch::Zero).unwrap_or_default(),
            mismatch: Some(error.to_string()),
        },
    }
}

fn in_address(name: Option<(&str, &str)>, query: &str) -> Value {
    let mut fields = Map::new();
    for (key, value) in query::pairs(query) {
        fields.entry(key).or_insert(Value::String(value));
    }
    if let Some((name, key)) = name {
        fields.insert(key.to_owned(), Value::String(name.to_owned()));
    }
    Value::Object(fields)
}
