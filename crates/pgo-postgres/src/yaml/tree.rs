//! A document with the line and the spelling of what it says, for whoever has to complain about it.

use std::fmt;

use serde::Deserialize;
use serde::de::{Deserializer, IgnoredAny, MapAccess, SeqAccess, Visitor};
use serde_saphyr::Spanned;

/// What stands under a key.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Content {
    /// Nothing, or `null`.
    Nothing,
    /// One value, spelled as in the document: `2.0` stays `2.0`.
    Text(String),
    /// A list.
    List,
    /// A mapping, in the document's order.
    Map(Vec<Entry>),
}

/// A key and what stands under it.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Entry {
    /// The key.
    pub key: String,
    /// The line of the key, counted from one.
    pub line: u64,
    /// What stands under it.
    pub content: Content,
}

/// What serde can tell of a value. How a number is spelled has to be looked up in the document.
enum Raw {
    Nothing,
    Text(String),
    Literal,
    List,
    Map(Vec<(Spanned<String>, Spanned<Raw>)>),
}

impl Content {
    /// Reads one document. An empty one holds nothing. What an anchor holds has the line where it is written, wherever an
    /// alias takes it.
    pub fn parse(document: &str) -> Result<Self, super::Error> {
        let raw: Spanned<Raw> = super::from_str(document)?;
        Ok(spelled(raw, document))
    }
}

fn spelled(raw: Spanned<Raw>, document: &str) -> Content {
    match raw.value {
        Raw::Nothing => Content::Nothing,
        Raw::Text(text) => Content::Text(text),
        Raw::Literal => Content::Text(literal(&raw, document)),
        Raw::List => Content::List,
        Raw::Map(entries) => {
            let entry = |(key, value): (Spanned<String>, _)| Entry {
                line: key.defined.line(),
                key: key.value,
                content: spelled(value, document),
            };
            Content::Map(entries.into_iter().map(entry).collect())
        }
    }
}

fn literal<T>(at: &Spanned<T>, document: &str) -> String {
    let span = at.defined.span();
    let bytes = span.byte_offset().zip(span.byte_len());
    let range = bytes.and_then(|(start, length)| {
        let (start, length) = (usize::try_from(start).ok()?, usize::try_from(length).ok()?);
        document.get(start..start.checked_add(length)?)
    });
    range.unwrap_or_default().trim().to_owned()
}

impl<'de> Deserialize<'de> for Raw {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        deserializer.deserialize_any(Reader)
    }
}

struct Reader;

impl<'de> Visitor<'de> for Reader {
    type Value = Raw;

    fn expecting(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("a value")
    }

    fn visit_unit<E>(self) -> Result<Raw, E> {
        Ok(Raw::Nothing)
    }

    fn visit_none<E>(self) -> Result<Raw, E> {
        Ok(Raw::Nothing)
    }

    fn visit_bool<E>(self, _: bool) -> Result<Raw, E> {
        Ok(Raw::Literal)
    }

    fn visit_i64<E>(self, _: i64) -> Result<Raw, E> {
        Ok(Raw::Literal)
    }

    fn visit_i128<E>(self, _: i128) -> Result<Raw, E> {
        Ok(Raw::Literal)
    }

    fn visit_u64<E>(self, _: u64) -> Result<Raw, E> {
        Ok(Raw::Literal)
    }

    fn visit_u128<E>(self, _: u128) -> Result<Raw, E> {
        Ok(Raw::Literal)
    }

    fn visit_f64<E>(self, _: f64) -> Result<Raw, E> {
        Ok(Raw::Literal)
    }

    fn visit_str<E>(self, text: &str) -> Result<Raw, E> {
        Ok(Raw::Text(text.to_owned()))
    }

    fn visit_seq<A: SeqAccess<'de>>(self, mut items: A) -> Result<Raw, A::Error> {
        while items.next_element::<IgnoredAny>()?.is_some() {}
        Ok(Raw::List)
    }

    fn visit_map<A: MapAccess<'de>>(self, mut map: A) -> Result<Raw, A::Error> {
        let mut entries = Vec::new();
        while let Some(entry) = map.next_entry()? {
            entries.push(entry);
        }
        Ok(Raw::Map(entries))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn entry(key: &str, line: u64, content: Content) -> Entry {
        Entry {
            key: key.to_owned(),
            line,
            content,
        }
    }

    fn text(text: &str) -> Content {
        Content::Text(text.to_owned())
    }

    #[test]
    fn everything_keeps_its_line_and_its_spelling() {
        let document = "# ä\nCluster:\n  Tag: 4.20   # a comment\n\n  CPU: 2.0\n  On: True\n  Name: \"a b\"\n  None:\nList: [1, {a: b}]\nFlow: {Size: 0x10,\n  Mode: 0755, Big: 123456789012345678901234567890}\n";
        let Content::Map(entries) = Content::parse(document).unwrap() else {
            panic!("no mapping")
        };
        let cluster = vec![
            entry("Tag", 3, text("4.20")),
            entry("CPU", 5, text("2.0")),
            entry("On", 6, text("True")),
            entry("Name", 7, text("a b")),
            entry("None", 8, Content::Nothing),
        ];
        let flow = vec![
            entry("Size", 10, text("0x10")),
            entry("Mode", 11, text("0755")),
            entry("Big", 11, text("123456789012345678901234567890")),
        ];
        assert_eq!(
            entries,
            [
                entry("Cluster", 2, Content::Map(cluster)),
                entry("List", 9, Content::List),
                entry("Flow", 10, Content::Map(flow)),
            ]
        );
    }

    #[test]
    fn an_empty_document_holds_nothing() {
        assert_eq!(Content::parse("").unwrap(), Content::Nothing);
        assert_eq!(Content::parse("# only a comment\n").unwrap(), Content::Nothing);
    }

    #[test]
    fn what_is_no_yaml_is_refused_with_its_line() {
        for wrong in ["a: 1\nb: [", "a: 1\na: 2", "a: 1\nb: *x"] {
            let error = Content::parse(wrong).unwrap_err().to_string();
            assert!(error.contains("line 2"), "{wrong:?}: {error}");
        }
    }

    #[test]
    fn what_an_anchor_holds_keeps_its_line_and_its_spelling() {
        let document = "one: &one\n  CPU: 2.0\n  Size: 1Gi\ntwo: *one\nthree:\n  <<: *one\n  Size: 0x2\nport: &p 0755\nother: *p\n";
        let content = Content::parse(document).unwrap();
        let one = vec![entry("CPU", 2, text("2.0")), entry("Size", 3, text("1Gi"))];
        let mut three = vec![entry("Size", 7, text("0x2")), entry("CPU", 2, text("2.0"))];
        let Content::Map(mut entries) = content else {
            panic!("no mapping")
        };
        if let Content::Map(found) = &mut entries[2].content {
            found.sort_by_key(|entry| entry.line);
            three.sort_by_key(|entry| entry.line);
        }
        assert_eq!(
            entries,
            [
                entry("one", 1, Content::Map(one.clone())),
                entry("two", 4, Content::Map(one)),
                entry("three", 5, Content::Map(three)),
                entry("port", 8, text("0755")),
                entry("other", 9, text("0755")),
            ]
        );
    }
}
