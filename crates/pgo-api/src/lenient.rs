//! Decoding as Go does it.
//!
//! Clients and scripts of version 4.2 rely on the habits of Go's decoder: keys match without regard to letter case
//! (an exact match wins), unknown keys are skipped, `null` leaves a field at its zero value, and in requests a value of
//! the wrong type does so too. This deserializer gives every type of this crate those habits; the types themselves
//! only have to be `#[serde(default)]`, so that a missing key has the zero value.

use serde::de::value::{Error, StrDeserializer};
use serde::de::{DeserializeSeed, Deserializer, IntoDeserializer, MapAccess, SeqAccess, Visitor};
use serde::forward_to_deserialize_any;
use serde_json::{Map, Value};

/// What becomes of a value of the wrong type.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Mismatch {
    /// The field keeps its zero value, as on the server of version 4.2.
    Zero,
    /// Decoding fails, as in the client of version 4.2.
    Refuse,
}

/// Reads `T` out of a JSON value with Go's habits.
pub(crate) fn from_value<'de, T: serde::Deserialize<'de>>(
    value: &'de Value,
    mismatch: Mismatch,
) -> Result<T, Error> {
    T::deserialize(Lenient { value, mismatch })
}

#[derive(Clone, Copy)]
struct Lenient<'de> {
    value: &'de Value,
    mismatch: Mismatch,
}

impl<'de> Lenient<'de> {
    fn at(self, value: &'de Value) -> Self {
        Self { value, ..self }
    }

    /// Gives the zero value, unless a wrong type is an error here.
    fn zero<T>(self, zero: T, wanted: &str) -> Result<T, Error> {
        if self.mismatch == Mismatch::Zero || self.value.is_null() {
            return Ok(zero);
        }
        let found = match self.value {
            Value::Null => "null",
            Value::Bool(_) => "a boolean",
            Value::Number(_) => "a number",
            Value::String(_) => "a string",
            Value::Array(_) => "a list",
            Value::Object(_) => "an object",
        };
        Err(serde::de::Error::custom(format_args!(
            "found {found} where {wanted} belongs"
        )))
    }
}

/// Integers that do not fit, and numbers with a fraction, are values of the wrong type.
macro_rules! integers {
    ($($method:ident $visit:ident $type:ty,)*) => {$(
        fn $method<V: Visitor<'de>>(self, visitor: V) -> Result<V::Value, Error> {
            let signed = self.value.as_i64().and_then(|number| <$type>::try_from(number).ok());
            let unsigned = || self.value.as_u64().and_then(|number| <$type>::try_from(number).ok());
            match signed.or_else(unsigned) {
                Some(number) => visitor.$visit(number),
                None => visitor.$visit(self.zero(0, "an integer")?),
            }
        }
    )*};
}

impl<'de> Deserializer<'de> for Lenient<'de> {
    type Error = Error;

    integers! {
        deserialize_i8 visit_i8 i8, deserialize_i16 visit_i16 i16,
        deserialize_i32 visit_i32 i32, deserialize_i64 visit_i64 i64,
        deserialize_u8 visit_u8 u8, deserialize_u16 visit_u16 u16,
        deserialize_u32 visit_u32 u32, deserialize_u64 visit_u64 u64,
    }

    fn deserialize_any<V: Visitor<'de>>(self, visitor: V) -> Result<V::Value, Error> {
        match self.value {
            Value::Null => visitor.visit_unit(),
            Value::Bool(value) => visitor.visit_bool(*value),
            Value::Number(number) => match (number.as_u64(), number.as_i64()) {
                (Some(number), _) => visitor.visit_u64(number),
                (_, Some(number)) => visitor.visit_i64(number),
                _ => visitor.visit_f64(number.as_f64().unwrap_or_default()),
            },
            Value::String(text) => visitor.visit_borrowed_str(text),
            Value::Array(_) => self.deserialize_seq(visitor),
            Value::Object(_) => self.deserialize_map(visitor),
        }
    }

    fn deserialize_bool<V: Visitor<'de>>(self, visitor: V) -> Result<V::Value, Error> {
        match self.value {
            Value::Bool(value) => visitor.visit_bool(*value),
            _ => visitor.visit_bool(self.zero(false, "a boolean")?),
        }
    }

    fn deserialize_f64<V: Visitor<'de>>(self, visitor: V) -> Result<V::Value, Error> {
        match self.value.as_f64() {
            Some(number) => visitor.visit_f64(number),
            None => visitor.visit_f64(self.zero(0.0, "a number")?),
        }
    }

    fn deserialize_f32<V: Visitor<'de>>(self, visitor: V) -> Result<V::Value, Error> {
        self.deserialize_f64(visitor)
    }

    fn deserialize_str<V: Visitor<'de>>(self, visitor: V) -> Result<V::Value, Error> {
        match self.value {
            Value::String(text) => visitor.visit_borrowed_str(text),
            _ => visitor.visit_borrowed_str(self.zero("", "a string")?),
        }
    }

    fn deserialize_string<V: Visitor<'de>>(self, visitor: V) -> Result<V::Value, Error> {
        self.deserialize_str(visitor)
    }

    fn deserialize_identifier<V: Visitor<'de>>(self, visitor: V) -> Result<V::Value, Error> {
        self.deserialize_str(visitor)
    }

    fn deserialize_option<V: Visitor<'de>>(self, visitor: V) -> Result<V::Value, Error> {
        if self.value.is_null() {
            visitor.visit_none()
        } else {
            visitor.visit_some(self)
        }
    }

    fn deserialize_newtype_struct<V: Visitor<'de>>(
        self,
        _: &'static str,
        visitor: V,
    ) -> Result<V::Value, Error> {
        visitor.visit_newtype_struct(self)
    }

    fn deserialize_seq<V: Visitor<'de>>(self, visitor: V) -> Result<V::Value, Error> {
        let items: &[Value] = match self.value {
            Value::Array(items) => items,
            _ => self.zero(&[], "a list")?,
        };
        visitor.visit_seq(Items {
            items: items.iter(),
            like: self,
        })
    }

    fn deserialize_map<V: Visitor<'de>>(self, visitor: V) -> Result<V::Value, Error> {
        let entries = match self.value {
            Value::Object(map) => map.iter().map(|(key, value)| (key.as_str(), value)).collect(),
            _ => self.zero(Vec::new(), "an object")?,
        };
        visitor.visit_map(Entries {
            rest: entries.into_iter(),
            value: None,
            like: self,
        })
    }

    fn deserialize_struct<V: Visitor<'de>>(
        self,
        _: &'static str,
        fields: &'static [&'static str],
        visitor: V,
    ) -> Result<V::Value, Error> {
        let entries = match self.value {
            Value::Object(map) => match_fields(map, fields),
            _ => self.zero(Vec::new(), "an object")?,
        };
        visitor.visit_map(Entries {
            rest: entries.into_iter(),
            value: None,
            like: self,
        })
    }

    fn deserialize_enum<V: Visitor<'de>>(
        self,
        name: &'static str,
        variants: &'static [&'static str],
        visitor: V,
    ) -> Result<V::Value, Error> {
        let variant: StrDeserializer<'_, Error> = self.value.as_str().unwrap_or_default().into_deserializer();
        variant.deserialize_enum(name, variants, visitor)
    }

    fn deserialize_ignored_any<V: Visitor<'de>>(self, visitor: V) -> Result<V::Value, Error> {
        visitor.visit_unit()
    }

    forward_to_deserialize_any! { char bytes byte_buf unit unit_struct tuple tuple_struct }
}

/// Pairs the keys of an object with the fields of a type: the exact spelling first, then any letter case.
///
/// `null` is left out: the field keeps its zero value. Spellings that differ in letter case only are one field.
fn match_fields<'de>(
    map: &'de Map<String, Value>,
    fields: &'static [&'static str],
) -> Vec<(&'static str, &'de Value)> {
    let mut matched: Vec<(&'static str, &'de Value)> = Vec::with_capacity(map.len());
    let taken = |matched: &[(&'static str, &'de Value)], field: &str| {
        matched.iter().any(|(name, _)| name.eq_ignore_ascii_case(field))
    };
    let present = || map.iter().filter(|(_, value)| !value.is_null());
    for field in fields {
        if let Some(value) = map.get(*field).filter(|value| !value.is_null())
            && !taken(&matched, field)
        {
            matched.push((field, value));
        }
    }
    if matched.len() == map.len() {
        return matched;
    }
    for (key, value) in present() {
        if let Some(field) = fields.iter().find(|field| field.eq_ignore_ascii_case(key))
            && !taken(&matched, field)
        {
            matched.push((field, value));
        }
    }
    matched
}

struct Items<'de> {
    items: std::slice::Iter<'de, Value>,
    like: Lenient<'de>,
}

impl<'de> SeqAccess<'de> for Items<'de> {
    type Error = Error;

    fn next_element_seed<T: DeserializeSeed<'de>>(&mut self, seed: T) -> Result<Option<T::Value>, Error> {
        self.items
            .next()
            .map(|value| seed.deserialize(self.like.at(value)))
            .transpose()
    }
}

struct Entries<'de> {
    rest: std::vec::IntoIter<(&'de str, &'de Value)>,
    value: Option<(&'de str, &'de Value)>,
    like: Lenient<'de>,
}

impl<'de> MapAccess<'de> for Entries<'de> {
    type Error = Error;

    fn next_key_seed<K: DeserializeSeed<'de>>(&mut self, seed: K) -> Result<Option<K::Value>, Error> {
        self.value = self.rest.next();
        let key = self
            .value
            .map(|(key, _)| serde::de::value::BorrowedStrDeserializer::new(key));
        key.map(|key| seed.deserialize(key)).transpose()
    }

    fn next_value_seed<T: DeserializeSeed<'de>>(&mut self, seed: T) -> Result<T::Value, Error> {
        let (key, value) = self.value.take().unwrap_or(("", &Value::Null));
        seed.deserialize(self.like.at(value))
            .map_err(|error| locate(key, &error))
    }
}

/// Says in which field decoding failed: `spec.port: found a number …`.
fn locate(key: &str, error: &Error) -> Error {
    let text = error.to_string();
    let joint = if text.starts_with("found ") { ": " } else { "." };
    serde::de::Error::custom(format_args!("{key}{joint}{text}"))
}

#[cfg(test)]
mod tests;
