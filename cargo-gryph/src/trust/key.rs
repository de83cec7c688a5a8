//! Keys: a pair signs, its public half is trusted under a name.
//!
//! Ed25519 (RFC 8032) by `ed25519-dalek`. A public key is written `name:base64`, a secret one as a line of its own form.

use std::fmt;

use base64::Engine as _;
use base64::engine::general_purpose::STANDARD as BASE64;
use ed25519_dalek::{Signer as _, SigningKey, VerifyingKey};
use zeroize::Zeroizing;

use crate::digest::Digest;

/// How the line of a secret key begins.
const SECRET: &str = "gryph-secret-key-v1";
/// Characters of a name.
const MOST_NAME: usize = 64;
/// Bytes of a key.
const KEY_BYTES: usize = 32;
/// Keys that may be trusted at once.
const MOST_KEYS: usize = 256;

/// What is wrong with a key. It never says what was read.
#[derive(Debug, thiserror::Error, PartialEq, Eq)]
pub enum KeyError {
    /// The form is another.
    #[error("a public key is written `name:base64`, with the 32 bytes of an Ed25519 key")]
    Public,
    /// The form is another.
    #[error("this is no secret key of cargo-gryph")]
    Secret,
    /// The name is odd.
    #[error("a key's name has 1 to {MOST_NAME} letters, digits, `.`, `_`, `-` and `@`")]
    Name,
    /// Everybody can sign for it.
    #[error("the key `{0}` is weak: signatures for it can be made without the secret")]
    Weak(String),
    /// Two keys have one name.
    #[error("two keys are called `{0}`")]
    Twice(String),
    /// There are too many.
    #[error("more than {MOST_KEYS} keys")]
    Many,
    /// The system gives no random bytes.
    #[error("the system gives no random bytes")]
    Random,
}

/// The half of a pair that may be shown, under its name.
#[derive(Clone, PartialEq, Eq, Debug)]
pub struct PublicKey {
    name: String,
    key: VerifyingKey,
}

impl PublicKey {
    /// Reads `name:base64`.
    ///
    /// # Errors
    /// [`KeyError::Public`], [`KeyError::Name`], [`KeyError::Weak`].
    pub fn read(text: &str) -> Result<Self, KeyError> {
        let (name, encoded) = text.trim().split_once(':').ok_or(KeyError::Public)?;
        let name = plain_name(name)?;
        let bytes = decoded(encoded).ok_or(KeyError::Public)?;
        let key = VerifyingKey::from_bytes(&bytes).map_err(|_| KeyError::Public)?;
        if key.is_weak() {
            return Err(KeyError::Weak(name));
        }
        Ok(Self { name, key })
    }

    /// Its name.
    pub fn name(&self) -> &str {
        &self.name
    }

    /// The start of the digest of the key, by which a signature says whose it is.
    pub fn id(&self) -> String {
        Digest::of(self.key.as_bytes()).to_string()[..16].to_owned()
    }

    /// Whether a signature over these bytes is this key's. Signatures that could be changed into others are refused.
    pub(super) fn verifies(&self, message: &[u8], signature: &[u8; 64]) -> bool {
        let signature = ed25519_dalek::Signature::from_bytes(signature);
        self.key.verify_strict(message, &signature).is_ok()
    }
}

impl fmt::Display for PublicKey {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(formatter, "{}:{}", self.name, BASE64.encode(self.key.as_bytes()))
    }
}

/// A pair. The secret half is overwritten when it is dropped, and nothing prints it.
#[derive(Clone)]
pub struct SecretKey {
    name: String,
    key: SigningKey,
}

impl SecretKey {
    /// Makes a new pair.
    ///
    /// # Errors
    /// [`KeyError::Name`], [`KeyError::Random`].
    pub fn generate(name: &str) -> Result<Self, KeyError> {
        let name = plain_name(name)?;
        let mut seed = Zeroizing::new([0; KEY_BYTES]);
        getrandom::fill(seed.as_mut_slice()).map_err(|_| KeyError::Random)?;
        Ok(Self { name, key: SigningKey::from_bytes(&seed) })
    }

    /// Reads what `SecretKey::text` wrote.
    ///
    /// # Errors
    /// [`KeyError::Secret`], [`KeyError::Name`].
    pub fn read(text: &str) -> Result<Self, KeyError> {
        let rest = text.trim().strip_prefix(SECRET).and_then(|rest| rest.strip_prefix(':'));
        let (name, encoded) = rest.and_then(|rest| rest.split_once(':')).ok_or(KeyError::Secret)?;
        let seed = Zeroizing::new(decoded(encoded).ok_or(KeyError::Secret)?);
        Ok(Self { name: plain_name(name)?, key: SigningKey::from_bytes(&seed) })
    }

    /// The line that a key file holds.
    pub(super) fn text(&self) -> Zeroizing<String> {
        let encoded = Zeroizing::new(BASE64.encode(self.key.as_bytes()));
        Zeroizing::new(format!("{SECRET}:{}:{}\n", self.name, encoded.as_str()))
    }

    /// The half that may be shown.
    pub fn public(&self) -> PublicKey {
        PublicKey { name: self.name.clone(), key: self.key.verifying_key() }
    }

    /// Signs bytes.
    pub(super) fn sign(&self, message: &[u8]) -> [u8; 64] {
        self.key.sign(message).to_bytes()
    }
}

impl fmt::Debug for SecretKey {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(formatter, "SecretKey({})", self.name)
    }
}

/// The keys that somebody trusts.
#[derive(Clone, PartialEq, Eq, Debug, Default)]
pub struct TrustedKeys {
    keys: Vec<PublicKey>,
}

impl TrustedKeys {
    /// Reads keys written `name:base64`.
    ///
    /// # Errors
    /// What is wrong with one of them; [`KeyError::Twice`], [`KeyError::Many`].
    pub fn read<'a>(texts: impl IntoIterator<Item = &'a str>) -> Result<Self, KeyError> {
        let mut keys: Vec<PublicKey> = Vec::new();
        for text in texts {
            let key = PublicKey::read(text)?;
            if keys.iter().any(|other| other.name == key.name) {
                return Err(KeyError::Twice(key.name));
            }
            if keys.len() == MOST_KEYS {
                return Err(KeyError::Many);
            }
            keys.push(key);
        }
        Ok(Self { keys })
    }

    /// Whether there is none.
    pub fn is_empty(&self) -> bool {
        self.keys.is_empty()
    }

    /// Whether this very key is among them, under whatever name.
    pub fn holds(&self, key: &PublicKey) -> bool {
        self.keys.iter().any(|trusted| trusted.key == key.key)
    }

    /// Their names, for a message.
    pub fn names(&self) -> Vec<&str> {
        self.keys.iter().map(PublicKey::name).collect()
    }

    pub(super) fn keys(&self) -> &[PublicKey] {
        &self.keys
    }
}

fn plain_name(name: &str) -> Result<String, KeyError> {
    let plain = |c: char| c.is_ascii_alphanumeric() || "._-@".contains(c);
    let fits = (1..=MOST_NAME).contains(&name.len()) && name.chars().all(plain);
    fits.then(|| name.to_owned()).ok_or(KeyError::Name)
}

fn decoded(text: &str) -> Option<[u8; KEY_BYTES]> {
    // 44 characters are 32 bytes; more is not worth decoding.
    let bytes = (text.len() <= 44).then(|| BASE64.decode(text).ok())??;
    let key = bytes.as_slice().try_into().ok();
    drop(Zeroizing::new(bytes));
    key
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_pair_is_read_back_and_never_shown() {
        let key = SecretKey::generate("ann@example.org").unwrap();
        let text = key.text();
        let again = SecretKey::read(&text).unwrap();
        assert_eq!(again.public(), key.public());
        assert_eq!(PublicKey::read(&key.public().to_string()), Ok(key.public()));
        let secret = text.trim().rsplit(':').next().unwrap().to_owned();
        assert_eq!(format!("{key:?}"), "SecretKey(ann@example.org)");
        let wrong = SecretKey::read(&text.replace("-v1", "-v9")).unwrap_err();
        assert!(!format!("{wrong} {wrong:?}").contains(&secret));
    }

    #[test]
    fn what_is_no_key_is_refused() {
        let key = SecretKey::generate("ann").unwrap().public().to_string();
        let encoded = key.split_once(':').unwrap().1.to_owned();
        for (text, error) in [
            (String::new(), KeyError::Public),
            (encoded.clone(), KeyError::Public),
            (format!("a b:{encoded}"), KeyError::Name),
            (format!(":{encoded}"), KeyError::Name),
            (format!("ann:{}", &encoded[1..]), KeyError::Public),
            // The neutral element: a signature for it needs no secret.
            (format!("ann:AQ{}=", "A".repeat(41)), KeyError::Weak("ann".to_owned())),
        ] {
            assert_eq!(PublicKey::read(&text), Err(error), "{text}");
        }
        assert_eq!(TrustedKeys::read([key.as_str(), &key]), Err(KeyError::Twice("ann".to_owned())));
    }

    proptest::proptest! {
        #[test]
        fn no_text_makes_the_reader_panic(text in "\\PC{0,120}", name in "[a-z:]{0,8}") {
            let _ = PublicKey::read(&text);
            let _ = SecretKey::read(&text);
            let _ = PublicKey::read(&format!("{name}:{text}"));
            let _ = SecretKey::read(&format!("{SECRET}:{name}:{text}"));
        }
    }
}
