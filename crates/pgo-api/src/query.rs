//! What rides in the address of a request.

use std::fmt::Write as _;

/// Bytes that stand for themselves in a path segment.
fn is_plain(byte: u8) -> bool {
    byte.is_ascii_alphanumeric() || b"-._~".contains(&byte)
}

/// Bytes that stand for themselves in the value of a query: also those of selectors, which 4.2 sent as they are.
fn is_plain_in_query(byte: u8) -> bool {
    is_plain(byte) || b"=,/:@!*'()".contains(&byte)
}

/// Appends a path segment, escaped.
pub(crate) fn push_segment(address: &mut String, segment: &str) {
    push(address, segment, is_plain);
}

/// Appends `?key=value` or `&key=value`, escaped.
pub(crate) fn push_pair(address: &mut String, key: &str, value: &str) {
    address.push(if address.contains('?') { '&' } else { '?' });
    push(address, key, is_plain);
    address.push('=');
    push(address, value, is_plain_in_query);
}

fn push(address: &mut String, text: &str, is_plain: fn(u8) -> bool) {
    for byte in text.bytes() {
        if is_plain(byte) {
            address.push(char::from(byte));
        } else {
            // Writing to a String cannot fail.
            let _ = write!(address, "%{byte:02X}");
        }
    }
}

/// Reads the pairs of a query. A pair is split at its first `=` only, because 4.2's client does not escape values
/// (`node-label=region=us`); of a repeated key the first value comes first.
pub(crate) fn pairs(query: &str) -> impl Iterator<Item = (String, String)> {
    query.split('&').filter(|pair| !pair.is_empty()).map(|pair| {
        let (key, value) = pair.split_once('=').unwrap_or((pair, ""));
        (unescape(key), unescape(value))
    })
}

/// Undoes percent and `+` escapes; what is no valid escape stays as it is.
fn unescape(text: &str) -> String {
    let mut bytes = Vec::with_capacity(text.len());
    let mut rest = text.as_bytes();
    while let [first, tail @ ..] = rest {
        let escaped = if *first == b'%' {
            tail.get(..2).and_then(hexadecimal)
        } else {
            None
        };
        rest = if escaped.is_some() { &tail[2..] } else { tail };
        bytes.push(match (escaped, first) {
            (Some(byte), _) => byte,
            (None, b'+') => b' ',
            (None, byte) => *byte,
        });
    }
    String::from_utf8_lossy(&bytes).into_owned()
}

fn hexadecimal(digits: &[u8]) -> Option<u8> {
    let digit = |byte: u8| char::from(byte).to_digit(16);
    let value = digit(*digits.first()?)? * 16 + digit(*digits.get(1)?)?;
    u8::try_from(value).ok()
}

#[cfg(test)]
mod tests {
    use super::*;

    fn read(query: &str) -> Vec<(String, String)> {
        pairs(query).collect()
    }

    #[test]
    fn a_value_may_contain_equals_signs_and_commas() {
        assert_eq!(
            read("selector=name=hippo,a=b&x"),
            [
                ("selector".to_owned(), "name=hippo,a=b".to_owned()),
                ("x".to_owned(), String::new())
            ]
        );
    }

    #[test]
    fn escapes_are_undone_and_broken_ones_kept() {
        assert_eq!(
            read("a=x%20y+z%zz%4"),
            [("a".to_owned(), "x y z%zz%4".to_owned())]
        );
    }

    #[test]
    fn whatever_is_written_is_read_back() {
        for value in ["a in (b,c)", "x&y=z", "100%", "grün", "a+b", "#/?;"] {
            let mut address = "/p".to_owned();
            push_pair(&mut address, "k", value);
            let query = address.split_once('?').unwrap().1;
            assert_eq!(read(query), [("k".to_owned(), value.to_owned())]);
        }
    }

    #[test]
    fn a_segment_cannot_leave_its_place() {
        let mut address = "/scale/".to_owned();
        push_segment(&mut address, "a/b c?d");
        assert_eq!(address, "/scale/a%2Fb%20c%3Fd");
    }
}
