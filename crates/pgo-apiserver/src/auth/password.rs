//! A password as it is kept, and what it takes to compare one with it.
//!
//! It is kept hashed by argon2id, as a PHC string, under the same key of the Secret where 4.2 kept it in clear. So
//! whoever writes a clear one over it, as 4.2's instructions say, sets a new password; and a server of 4.2 that is put
//! back lets nobody in, where a missing key would let everybody in.

use argon2::password_hash::phc::PasswordHash;
use argon2::{Argon2, Params, PasswordHasher as _, PasswordVerifier as _};
use rand::Rng as _;
use secrecy::{ExposeSecret as _, SecretString};
use sha2::{Digest as _, Sha256};
use subtle::ConstantTimeEq as _;

/// How a hash in a Secret begins.
const HASHED: &str = "$argon2id$";
/// The most memory that a hash may ask for, in KiB. Ours ask for 19 MiB; one that somebody else made is not trusted.
const MOST_MEMORY: u32 = 64 * 1024;
/// The most passes that a hash may ask for. Ours ask for 2.
const MOST_PASSES: u32 = 10;

/// A password as a Secret has it.
#[derive(Clone)]
pub(crate) enum Password {
    /// There is none, or what there is cannot be used: nobody is let in.
    Absent,
    /// As version 4.2 and its installers wrote it.
    Clear(SecretString),
    /// As we write it.
    Hashed(Box<PasswordHash>),
}

/// What a comparison comes to.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) enum Comparison {
    /// They differ.
    Differs,
    /// They are the same.
    Same,
    /// They are the same, and this hash should be kept instead of the clear text.
    SameInClear(String),
}

/// A password could not be hashed: there is no memory for it.
#[derive(Debug, thiserror::Error)]
#[error("the password cannot be hashed")]
pub(crate) struct Unhashed(#[source] argon2::password_hash::Error);

impl Password {
    /// Understands the value of a Secret.
    pub(crate) fn read(kept: String) -> Self {
        if kept.is_empty() {
            return Self::Absent;
        }
        if !kept.starts_with(HASHED) {
            return Self::Clear(kept.into());
        }
        let hash = PasswordHash::new(&kept).ok().filter(is_bearable);
        hash.map_or(Self::Absent, |hash| Self::Hashed(Box::new(hash)))
    }

    /// Compares. This takes some 20 ms of a processor and 19 MiB whatever it comes to, so that neither says anything about
    /// the password or whether there is such a user. Only for threads that may block.
    pub(crate) fn compare(&self, attempt: &SecretString) -> Comparison {
        let same = match self {
            Self::Hashed(kept) => hasher()
                .verify_password(attempt.expose_secret().as_bytes(), kept.as_ref())
                .is_ok(),
            Self::Absent => {
                drop(hash(attempt));
                false
            }
            Self::Clear(kept) => {
                let hashed = hash(attempt);
                let digest = |text: &SecretString| Sha256::digest(text.expose_secret().as_bytes());
                if bool::from(digest(kept).as_slice().ct_eq(digest(attempt).as_slice())) {
                    return hashed.map_or(Comparison::Same, Comparison::SameInClear);
                }
                false
            }
        };
        if same {
            Comparison::Same
        } else {
            Comparison::Differs
        }
    }
}

/// Hashes a password with a salt of its own. Takes as long as a comparison.
pub(crate) fn hash(password: &SecretString) -> Result<String, Unhashed> {
    let mut salt = [0; 16];
    rand::rng().fill_bytes(&mut salt);
    let hash = hasher().hash_password_with_salt(password.expose_secret().as_bytes(), &salt);
    hash.map(|hash| hash.to_string()).map_err(Unhashed)
}

/// argon2id with what OWASP asks for at least: 19 MiB, two passes.
fn hasher() -> Argon2<'static> {
    Argon2::default()
}

fn is_bearable(hash: &PasswordHash) -> bool {
    let wanted = Params::try_from(hash);
    wanted.is_ok_and(|wanted| {
        wanted.m_cost() <= MOST_MEMORY && wanted.t_cost() <= MOST_PASSES && wanted.p_cost() <= 4
    })
}

impl std::fmt::Debug for Password {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.write_str(match self {
            Self::Absent => "Absent",
            Self::Clear(_) => "Clear(…)",
            Self::Hashed(_) => "Hashed(…)",
        })
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn compare(kept: &str, attempt: &str) -> Comparison {
        Password::read(kept.to_owned()).compare(&attempt.into())
    }

    #[test]
    fn a_hash_says_yes_to_its_password_alone_and_is_another_each_time() {
        let kept = hash(&"a:b".into()).unwrap();
        assert!(kept.starts_with("$argon2id$v=19$m=19456,t=2,p=1$"), "{kept}");
        assert_ne!(kept, hash(&"a:b".into()).unwrap());
        assert_eq!(compare(&kept, "a:b"), Comparison::Same);
        for wrong in ["", "a", "a:b ", &kept] {
            assert_eq!(compare(&kept, wrong), Comparison::Differs, "{wrong}");
        }
    }

    #[test]
    fn a_clear_password_is_right_once_more_and_comes_with_its_hash() {
        let Comparison::SameInClear(hash) = compare("secret:1", "secret:1") else {
            panic!("it is the same");
        };
        assert_eq!(compare(&hash, "secret:1"), Comparison::Same);
        assert_eq!(compare("secret:1", "secret"), Comparison::Differs);
    }

    #[test]
    fn what_is_empty_damaged_or_greedy_lets_nobody_in() {
        let good = hash(&"x".into()).unwrap();
        for kept in [
            String::new(),
            HASHED.to_owned(),
            good[..40].to_owned(),
            good.replace("m=19456", "m=4194304"),
            good.replace("t=2", "t=1000000"),
            good.replace("p=1", "p=1000"),
        ] {
            for attempt in ["", "x", &kept] {
                assert_eq!(
                    compare(&kept, attempt),
                    Comparison::Differs,
                    "{kept:?} {attempt:?}"
                );
            }
        }
    }
}
