//! A document with the line and the spelling of what it says, for whoever has to complain about it.

use std::collections::BTreeMap;
use std::fmt;

use serde::Deserialize;
use serde::de::{Deserializer, IgnoredAny, MapAccess, SeqAccess, Visitor};
use serde_saphyr::DuplicateKeyPolicy;
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

/// A key that stands twice in its mapping.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Twice {
    /// The key, with those of the mappings around it: `Cluster.Port`.
    pub path: String,
    /// The line of the first.
    pub first: u64,
    /// The line of the other.
    pub line: u64,
}

impl Content {
    /// Reads one document, and which keys of it stand twice: of those the first counts. An empty document holds nothing.
    ///
    /// What an anchor holds has the line where it is written, wherever an alias takes it.
    pub fn parse(document: &str) -> Result<(Self, Vec<Twice>), super::Error> {
        let mut options = super::options();
        options.duplicate_keys = DuplicateKeyPolicy::PassThrough;
        let raw: Spanned<Raw> = super::read(document, options)?;
        let mut content = spelled(raw, document);
        let mut twice = Vec::new();
        content.keep_the_first("", &mut twice);
        Ok((content, twice))
    }

    /// Removes what stands under keys that have been there before.
    fn keep_the_first(&mut self, path: &str, twice: &mut Vec<Twice>) {
        let Self::Map(entries) = self else { return };
        let mut lines = BTreeMap::new();
        entries.retain_mut(|entry| {
            let path = if path.is_empty() {
                entry.key.clone()
            } else {
                format!("{path}.{}", entry.key)
            };
            let line = entry.line;
            let first = lines.get(&entry.key).copied();
            if let Some(first) = first {
                twice.push(Twice { path, first, line });
            } else {
                lines.insert(entry.key.clone(), line);
                entry.content.keep_the_first(&path, twice);
            }
            first.is_none()
        });
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
        let Content::Map(entries) = Content::parse(document).unwrap().0 else {
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
        assert_eq!(Content::parse("").unwrap().0, Content::Nothing);
        let comment = "# only a comment\n";
        assert_eq!(Content::parse(comment).unwrap().0, Content::Nothing);
    }

    #[test]
    fn what_is_no_yaml_is_refused_with_its_line() {
        for wrong in ["a: 1\nb: [", "a: 1\n: [", "a: 1\nb: *x"] {
            let error = Content::parse(wrong).unwrap_err().to_string();
            assert!(error.contains("line 2"), "{wrong:?}: {error}");
        }
    }

    #[test]
    fn what_an_anchor_holds_keeps_its_line_and_its_spelling() {
        let document = "one: &one\n  CPU: 2.0\n  Size: 1Gi\ntwo: *one\nthree:\n  <<: *one\n  Size: 0x2\nport: &p 0755\nother: *p\n";
        let (content, twice) = Content::parse(document).unwrap();
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
        assert_eq!(twice, []);
    }

    #[test]
    fn of_a_key_that_stands_twice_the_first_counts_and_the_others_are_named() {
        let (content, twice) = Content::parse("a:\n  b: 1\n  c: 2\n  b: 3\na: {b: {x: 1}}\nd: 4\n").unwrap();
        let a = vec![entry("b", 2, text("1")), entry("c", 3, text("2"))];
        let expected = vec![entry("a", 1, Content::Map(a)), entry("d", 6, text("4"))];
        assert_eq!(content, Content::Map(expected));
        let named: Vec<_> = twice
            .iter()
            .map(|it| (it.path.as_str(), it.first, it.line))
            .collect();
        assert_eq!(named, [("a.b", 2, 4), ("a", 1, 5)]);
    }
}
