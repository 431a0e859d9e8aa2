//! Paths as 4.2 matched them: decoded, clean, one pattern after the other.

use http::HeaderValue;
use percent_encoding::{AsciiSet, NON_ALPHANUMERIC, percent_decode_str, utf8_percent_encode};

use crate::refusal::Refusal;

/// What stands for itself in a path that we write.
const IN_PATH: &AsciiSet = &NON_ALPHANUMERIC
    .remove(b'/')
    .remove(b'-')
    .remove(b'.')
    .remove(b'_')
    .remove(b'~')
    .remove(b'=')
    .remove(b':');

/// Decodes a path; one that is not clean is sent elsewhere before anything else is looked at.
pub(super) fn read(raw: &str, query: Option<&str>) -> Result<String, Refusal> {
    let path = percent_decode_str(raw)
        .decode_utf8()
        .map_err(|_| Refusal::Malformed)?
        .into_owned();
    let clean = clean(&path);
    if clean == path {
        return Ok(path);
    }
    let mut location = utf8_percent_encode(&clean, IN_PATH).to_string();
    if let Some(query) = query {
        location.push('?');
        location.push_str(query);
    }
    Err(HeaderValue::try_from(location).map_or(Refusal::Malformed, Refusal::Moved))
}

/// Removes empty segments, `.` and `..`; a slash at the end stays.
fn clean(path: &str) -> String {
    let mut segments: Vec<&str> = Vec::new();
    for segment in path.split('/') {
        match segment {
            "" | "." => {}
            ".." => drop(segments.pop()),
            segment => segments.push(segment),
        }
    }
    let mut clean = format!("/{}", segments.join("/"));
    if path.ends_with('/') && clean != "/" {
        clean.push('/');
    }
    clean
}

/// Whether a path fits a pattern; if so, the value of the pattern's variable (`{key}`, one whole segment): never empty,
/// unless the pattern has none.
pub(super) fn fits<'a>(pattern: &str, path: &'a str) -> Option<&'a str> {
    let mut variable = "";
    let (mut wanted, mut found) = (pattern.split('/'), path.split('/'));
    loop {
        match (wanted.next(), found.next()) {
            (None, None) => return Some(variable),
            (Some(wanted), Some(found)) if wanted.starts_with('{') && !found.is_empty() => {
                variable = found;
            }
            (Some(wanted), Some(found)) if wanted == found => {}
            _ => return None,
        }
    }
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    #[test]
    fn a_variable_is_one_whole_segment_and_not_empty() {
        assert_eq!(
            fits("/clusters/scale/{name}", "/clusters/scale/hippo"),
            Some("hippo")
        );
        assert_eq!(fits("/version", "/version"), Some(""));
        for path in [
            "/clusters/scale/",
            "/clusters/scale",
            "/clusters/scale/a/b",
            "/version/",
            "/",
        ] {
            assert_eq!(fits("/clusters/scale/{name}", path), None, "{path}");
            assert_eq!(fits("/version", path), None, "{path}");
        }
    }

    #[test]
    fn a_path_is_decoded_before_it_is_split() {
        assert_eq!(read("/scale/a%20b", None).unwrap(), "/scale/a b");
        assert_eq!(read("/scale/a%2Fb", None).unwrap(), "/scale/a/b");
        assert!(matches!(read("/scale/%ff", None), Err(Refusal::Malformed)));
    }

    #[test]
    fn an_unclean_path_is_sent_to_the_clean_one_with_its_query() {
        let moved = |path, query| match read(path, query) {
            Err(Refusal::Moved(location)) => location.to_str().unwrap().to_owned(),
            other => panic!("{path}: {other:?}"),
        };
        assert_eq!(moved("//version", Some("a=b%20c")), "/version?a=b%20c");
        assert_eq!(moved("/a/../version", None), "/version");
        assert_eq!(moved("/../../x/./y/", None), "/x/y/");
        assert_eq!(moved("/scale//a%20b", None), "/scale/a%20b");
        assert_eq!(moved("", None), "/");
        assert_eq!(read("/version/", None).unwrap(), "/version/");
    }

    proptest! {
        #[test]
        fn any_path_is_clean_malformed_or_moved_to_a_clean_one_of_ours(raw in "[/.%a-f0-9?#;é ]{0,40}", query in "[ -~]{0,10}") {
            match read(&raw, None) {
                Ok(path) => prop_assert!(path.starts_with('/') && !path.contains("//") && !path.contains("/../")),
                Err(Refusal::Malformed) => {}
                Err(Refusal::Moved(location)) => {
                    let location = location.to_str().unwrap();
                    prop_assert!(location.starts_with('/') && !location.starts_with("//"), "{}", location);
                    prop_assert!(read(location, None).is_ok(), "{}", location);
                }
                Err(other) => return Err(TestCaseError::fail(other.to_string())),
            }
            drop(read(&raw, Some(&query)));
        }

        #[test]
        fn any_variable_is_one_segment_of_the_path(path in "[/a-z.]{0,30}") {
            if let Some(name) = fits("/clusters/scale/{name}", &path) {
                prop_assert_eq!(format!("/clusters/scale/{name}"), path.clone());
                prop_assert!(!name.is_empty() && !name.contains('/'));
            }
        }
    }
}
