//! The `Authorization` header.

use base64::Engine as _;
use base64::engine::general_purpose::STANDARD;
use http::HeaderValue;
use secrecy::SecretString;

/// The longest name that is looked at: that of the Secret `pgouser-<name>` may have 253 characters.
const LONGEST: usize = 253 - "pgouser-".len();

/// What a caller says of itself.
#[derive(Debug)]
pub(crate) struct Credentials {
    /// The name; not yet believed.
    pub(crate) user: String,
    /// The password.
    pub(crate) password: SecretString,
}

impl Credentials {
    /// Reads `Basic <base64 of user:password>`; the password may contain colons.
    pub(crate) fn parse(header: &HeaderValue) -> Option<Self> {
        let (scheme, encoded) = header.to_str().ok()?.split_once(' ')?;
        if !scheme.eq_ignore_ascii_case("basic") {
            return None;
        }
        let decoded = String::from_utf8(STANDARD.decode(encoded).ok()?).ok()?;
        let (user, password) = decoded.split_once(':')?;
        if user.len() > LONGEST || user.contains(|character: char| character.is_control() || character == '/')
        {
            return None;
        }
        Some(Self {
            user: user.to_owned(),
            password: password.into(),
        })
    }
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;
    use secrecy::ExposeSecret as _;

    use super::*;

    fn parse(text: &str) -> Option<(String, String)> {
        let found = Credentials::parse(&HeaderValue::from_str(text).unwrap())?;
        Some((found.user, found.password.expose_secret().to_owned()))
    }

    #[test]
    fn the_password_is_everything_after_the_first_colon() {
        let header = format!("basic {}", STANDARD.encode("hippo:a:b"));
        assert_eq!(parse(&header), Some(("hippo".to_owned(), "a:b".to_owned())));
    }

    #[test]
    fn what_is_malformed_is_no_credential() {
        for header in [
            "",
            "Basic",
            "Basic ",
            "Basic ###",
            "Bearer aGk6aG8=",
            "Basic aGk=",
            "Basic  aGk6aG8=",
            "Basic aGk6aG8",
            "Basic /zpob2ho",
        ] {
            assert_eq!(parse(header), None, "{header:?}");
        }
    }

    #[test]
    fn a_name_that_no_secret_can_have_is_no_credential() {
        for user in ["../secrets/x", "a\nb", "\u{0}", &"x".repeat(300)] {
            assert_eq!(
                parse(&format!("Basic {}", STANDARD.encode(format!("{user}:p")))),
                None,
                "{user:?}"
            );
        }
    }

    proptest! {
        #[test]
        fn any_header_is_read_or_refused(bytes in any::<Vec<u8>>(), encoded in any::<Vec<u8>>()) {
            for bytes in [bytes, format!("Basic {}", STANDARD.encode(encoded)).into_bytes()] {
                if let Ok(header) = HeaderValue::from_bytes(&bytes) {
                    drop(Credentials::parse(&header));
                }
            }
        }

        #[test]
        fn any_name_and_password_arrive_as_they_were_sent(user in "[^:/\\p{Cc}]{0,60}", password in ".*") {
            let header = format!("Basic {}", STANDARD.encode(format!("{user}:{password}")));
            prop_assert_eq!(parse(&header), Some((user, password)));
        }
    }
}
