//! One's own certificate and its key.

use rustls::crypto::CryptoProvider;
use rustls::pki_types::{CertificateDer, PrivateKeyDer};
use rustls::sign::CertifiedKey;
use rustls::{Error, InconsistentKeys};

use crate::certificate::Certificate;
use crate::is_too_old;

/// Puts a chain, the leaf first, and the leaf's key together, if they belong together; the leaf may be of any version.
///
/// # Errors
///
/// When the key is of no kind that the provider knows, when it is the key of another certificate
/// ([`InconsistentKeys::KeyMismatch`]), or when the leaf cannot be read.
pub fn pair(
    chain: Vec<CertificateDer<'static>>,
    key: PrivateKeyDer<'static>,
    provider: &CryptoProvider,
) -> Result<CertifiedKey, Error> {
    let key = provider.key_provider.load_private_key(key)?;
    let pair = CertifiedKey::new(chain, key);
    let matching = match pair.keys_match() {
        Err(error) if is_too_old(&error) => keys_match(&pair),
        matching => matching,
    };
    match matching {
        // Some keys, such as those in a security module, do not tell; rustls takes them as well.
        Ok(()) | Err(Error::InconsistentKeys(InconsistentKeys::Unknown)) => Ok(pair),
        Err(error) => Err(error),
    }
}

fn keys_match(pair: &CertifiedKey) -> Result<(), Error> {
    let leaf = Certificate::read(pair.end_entity_cert()?)?;
    match pair.key.public_key() {
        None => Err(InconsistentKeys::Unknown.into()),
        Some(key) if key == leaf.key() => Ok(()),
        Some(_) => Err(InconsistentKeys::KeyMismatch.into()),
    }
}
