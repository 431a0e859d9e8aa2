//! What a request is: a type that knows its route, its permission, its checks and its reply.

use std::borrow::Cow;
use std::fmt;

use schemars::{JsonSchema, Schema, SchemaGenerator};
use serde::Serialize;
use serde::de::DeserializeOwned;

use crate::{Permission, Place, Reply};

/// One request of the protocol.
///
/// Every message is `#[serde(default)]`: a key that is missing has the zero value, as in version 4.2.
pub trait Call: Serialize + DeserializeOwned + JsonSchema + Default + Send + Sync + 'static {
    /// What the server answers.
    type Reply: Reply;
    /// Where the request goes and what of it rides in the address.
    const ROUTE: Route;
    /// The permission that the caller must hold.
    const NEEDS: Permission;

    /// The version that the client claims; `None` on routes that do not check it.
    fn client_version(&self) -> Option<&str>;
    /// The namespace that the caller must be allowed to use; `None` on routes that have none.
    fn namespace(&self) -> Option<&str>;
}

/// How a request is sent.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Method {
    /// Everything rides in the address.
    Get,
    /// A JSON body.
    Post,
    /// A JSON body as well: version 4.2 deletes with one.
    Delete,
}

impl Method {
    /// The method's name in HTTP.
    pub const fn as_str(self) -> &'static str {
        match self {
            Self::Get => "GET",
            Self::Post => "POST",
            Self::Delete => "DELETE",
        }
    }
}

/// Where a request goes.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Route {
    /// How our client and that of version 4.2 send it.
    pub method: Method,
    /// The server takes the request in every other method too; some routes of version 4.2 never looked.
    pub in_any_method: bool,
    /// The path; `{key}` is replaced by the value of that key of the request.
    pub path: &'static str,
    /// The keys of the request that ride in the query, in the order of version 4.2's client.
    pub query: &'static [&'static str],
}

impl Route {
    /// A request without a body. What is neither in the path nor in the query is not sent.
    pub const fn get(path: &'static str, query: &'static [&'static str]) -> Self {
        Self {
            method: Method::Get,
            in_any_method: false,
            path,
            query,
        }
    }

    /// A request whose fields are a JSON body.
    pub const fn post(path: &'static str) -> Self {
        Self {
            method: Method::Post,
            in_any_method: false,
            path,
            query: &[],
        }
    }

    /// A deletion whose fields are a JSON body.
    pub const fn delete(path: &'static str) -> Self {
        Self {
            method: Method::Delete,
            in_any_method: false,
            path,
            query: &[],
        }
    }

    /// The server takes the request in every method.
    #[must_use]
    pub const fn in_any_method(mut self) -> Self {
        self.in_any_method = true;
        self
    }

    /// Names the key of the request that stands in the path, if one does.
    pub fn path_key(&self) -> Option<&'static str> {
        let (_, rest) = self.path.split_once('{')?;
        Some(rest.split_once('}')?.0)
    }
}

impl fmt::Display for Route {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{} {}", self.method.as_str(), self.path)
    }
}

/// A request as a row of the table of all requests: see [`crate::catalogue`].
#[derive(Clone, Debug)]
pub struct Description {
    /// The request, by the name of its type.
    pub message: Cow<'static, str>,
    /// Where the request goes.
    pub route: Route,
    /// The permission that the caller must hold.
    pub needs: Permission,
    /// Whether the client's version is checked.
    pub checks_version: bool,
    /// Whether the caller's right to the namespace is checked.
    pub checks_namespace: bool,
    /// Where the status stands in the answer.
    pub place: Place,
    /// Makes the schema of the request.
    pub request: fn(&mut SchemaGenerator) -> Schema,
    /// Makes the schema of the reply.
    pub reply: fn(&mut SchemaGenerator) -> Schema,
}

impl Description {
    /// Describes one request.
    pub fn of<C: Call>() -> Self {
        let request = C::default();
        Self {
            message: C::schema_name(),
            route: C::ROUTE,
            needs: C::NEEDS,
            checks_version: request.client_version().is_some(),
            checks_namespace: request.namespace().is_some(),
            place: C::Reply::PLACE,
            request: SchemaGenerator::subschema_for::<C>,
            reply: SchemaGenerator::subschema_for::<C::Reply>,
        }
    }
}
