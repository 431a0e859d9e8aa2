//! The answer around every reply: its status pair, and how Go writes JSON.

use schemars::JsonSchema;
use serde::de::DeserializeOwned;
use serde::{Deserialize, Serialize};
use serde_json::Value;
use thiserror::Error;

use crate::lenient::{Mismatch, from_value};

/// Whether a request was carried out, and if not, why.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(default, rename_all = "PascalCase")]
pub struct Status {
    /// `ok` or `error`; a few replies succeed with an empty code.
    pub code: String,
    /// The reason of an error, one sentence for the caller.
    pub msg: String,
}

impl Status {
    const ERROR: &str = "error";

    /// The status of a request that was carried out.
    pub fn success<R: Reply>() -> Self {
        let (code, msg) = R::SUCCESS;
        Self {
            code: code.to_owned(),
            msg: msg.to_owned(),
        }
    }

    /// The status of a request that was refused or failed.
    pub fn error(msg: impl Into<String>) -> Self {
        Self {
            code: Self::ERROR.to_owned(),
            msg: msg.into(),
        }
    }

    /// Whether the client must report a failure. Codes are compared exactly: `OK` is none.
    pub fn is_error<R: Reply>(&self) -> bool {
        self.code != "ok" && (self.code != R::SUCCESS.0 || self.code == Self::ERROR)
    }
}

/// Where the status stands in an answer.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Place {
    /// `Code` and `Msg` beside the reply's own keys.
    Flat,
    /// Under a key `status`: `POST /clusters` alone.
    Nested,
}

/// What a server answers when it did as it was asked; the zero value beside an error.
pub trait Reply: Serialize + DeserializeOwned + JsonSchema + Default + Send + Sync + 'static {
    /// Where the status stands.
    const PLACE: Place = Place::Flat;
    /// Code and message of success.
    const SUCCESS: (&'static str, &'static str) = ("ok", "");
}

/// A reply with its status.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Answer<R> {
    /// What was asked for; also beside an error, when a part was done before it failed.
    pub reply: R,
    /// How it went.
    pub status: Status,
}

impl<R: Reply> Answer<R> {
    /// Reports success.
    pub fn success(reply: R) -> Self {
        Self {
            reply,
            status: Status::success::<R>(),
        }
    }

    /// Reports a failure that left nothing behind.
    pub fn error(msg: impl Into<String>) -> Self {
        Self {
            reply: R::default(),
            status: Status::error(msg),
        }
    }

    /// Whether the client must report a failure.
    pub fn is_error(&self) -> bool {
        self.status.is_error::<R>()
    }

    /// Reads an answer.
    pub fn decode(body: &[u8]) -> Result<Self, DecodeError> {
        let fields = first_value(body)?;
        let reply = from_value(&fields, Mismatch::Refuse)?;
        let status = match R::PLACE {
            Place::Flat => from_value(&fields, Mismatch::Refuse)?,
            Place::Nested => from_value::<Nested>(&fields, Mismatch::Refuse)?.status,
        };
        Ok(Self { reply, status })
    }
}

#[derive(Default, Deserialize)]
#[serde(default)]
struct Nested {
    status: Status,
}

impl<R: Reply> Serialize for Answer<R> {
    fn serialize<S: serde::Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        #[derive(Serialize)]
        struct Flat<'a, R> {
            #[serde(flatten)]
            reply: &'a R,
            #[serde(flatten)]
            status: &'a Status,
        }
        #[derive(Serialize)]
        struct Nested<'a, R> {
            #[serde(flatten)]
            reply: &'a R,
            status: &'a Status,
        }
        let Self { reply, status } = self;
        match R::PLACE {
            Place::Flat => Flat { reply, status }.serialize(serializer),
            Place::Nested => Nested { reply, status }.serialize(serializer),
        }
    }
}

/// What stands around the elements of an answer whose reply is one list: for a list that is too long to be held twice.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Frame {
    /// Up to the first element.
    pub before: Vec<u8>,
    /// From behind the last one.
    pub after: Vec<u8>,
}

impl Frame {
    /// What stands between two elements.
    pub const BETWEEN: &[u8] = b",";

    /// Takes the list out of an answer that has one and nothing in it.
    pub fn of<R: Reply>(status: Status) -> Result<Self, serde_json::Error> {
        let empty = Answer {
            reply: R::default(),
            status,
        };
        let written = to_json(&empty)?;
        let list = written.windows(2).position(|it| it == b"[]");
        let (before, after) = written.split_at(list.map_or(written.len(), |it| it + 1));
        Ok(Self {
            before: before.to_vec(),
            after: after.to_vec(),
        })
    }

    /// Writes one element.
    pub fn element(value: &impl Serialize) -> Result<Vec<u8>, serde_json::Error> {
        let mut written = to_json(value)?;
        written.pop();
        Ok(written)
    }
}

/// Why an answer cannot be read.
#[derive(Debug, Error)]
pub enum DecodeError {
    /// There is none.
    #[error("the answer is empty")]
    Empty,
    /// It is no JSON.
    #[error("the answer is not JSON ({0})")]
    NotJson(serde_json::Error),
    /// It is JSON, but of another shape.
    #[error("the answer is not of the expected shape ({0})")]
    Shape(#[from] serde::de::value::Error),
}

/// Reads the first JSON value of a body; what follows it does not count.
pub(crate) fn first_value(body: &[u8]) -> Result<Value, DecodeError> {
    let mut values = serde_json::Deserializer::from_slice(body).into_iter();
    values
        .next()
        .ok_or(DecodeError::Empty)?
        .map_err(DecodeError::NotJson)
}

/// Writes JSON as Go's encoder does: compact, markup escaped, one newline at the end.
pub fn to_json(value: &impl Serialize) -> Result<Vec<u8>, serde_json::Error> {
    serde_json::to_vec(value).map(|json| finish(&json))
}

/// Writes the same JSON for people: indented by two blanks.
pub fn to_pretty_json(value: &impl Serialize) -> Result<Vec<u8>, serde_json::Error> {
    serde_json::to_vec_pretty(value).map(|json| finish(&json))
}

/// Escapes what Go escapes. These bytes occur in strings only, so the text can be edited without parsing it.
fn finish(json: &[u8]) -> Vec<u8> {
    let mut escaped = Vec::with_capacity(json.len() + 1);
    let mut rest = json;
    while let Some(plain) = rest
        .iter()
        .position(|byte| matches!(byte, b'<' | b'>' | b'&' | 0xE2))
    {
        let (before, from) = rest.split_at(plain);
        escaped.extend_from_slice(before);
        let (written, left): (&[u8], &[u8]) = match from {
            [b'<', tail @ ..] => (b"\\u003c", tail),
            [b'>', tail @ ..] => (b"\\u003e", tail),
            [b'&', tail @ ..] => (b"\\u0026", tail),
            [0xE2, 0x80, 0xA8, tail @ ..] => (b"\\u2028", tail),
            [0xE2, 0x80, 0xA9, tail @ ..] => (b"\\u2029", tail),
            _ => from.split_at(1),
        };
        escaped.extend_from_slice(written);
        rest = left;
    }
    escaped.extend_from_slice(rest);
    escaped.push(b'\n');
    escaped
}

#[cfg(test)]
mod tests;
