//! Signatures as in DSSE 1.0.2 (secure-systems-lab/dsse, `protocol.md`): over the type and the bytes together, so that
//! what was signed as one thing is never taken for another.

use base64::Engine as _;
use base64::engine::general_purpose::STANDARD as BASE64;
use serde::{Deserialize, Serialize};

use super::key::{SecretKey, TrustedKeys};

/// Signatures of one text that are looked at.
pub const MOST_SIGNATURES: usize = 16;

/// A signature, with a hint whose it is. The hint decides nothing.
#[derive(Clone, PartialEq, Eq, Debug, Serialize, Deserialize)]
pub struct Signature {
    /// The start of the digest of the public key.
    #[serde(default)]
    pub keyid: String,
    /// The signature in base64.
    pub sig: String,
}

/// Who signed, as far as the trusted keys tell.
#[derive(Clone, PartialEq, Eq, Debug)]
pub enum Signer {
    /// Nobody.
    Nobody,
    /// Somebody whose key is not trusted, or whose signature is for something else.
    Unknown,
    /// The owner of the trusted key of this name.
    Trusted(String),
}

/// The pre-authentication encoding: what is signed in the place of `payload`.
pub fn encoding(payload_type: &str, payload: &[u8]) -> Vec<u8> {
    let head = format!("DSSEv1 {} {payload_type} {} ", payload_type.len(), payload.len());
    [head.as_bytes(), payload].concat()
}

/// Signs bytes of a type.
pub fn sign(key: &SecretKey, payload_type: &str, payload: &[u8]) -> Signature {
    let signature = key.sign(&encoding(payload_type, payload));
    Signature { keyid: key.public().id(), sig: BASE64.encode(signature) }
}

/// Who signed bytes of a type: the first trusted key that verifies one of the signatures.
pub fn signer(trusted: &TrustedKeys, payload_type: &str, payload: &[u8], signatures: &[Signature]) -> Signer {
    if signatures.is_empty() {
        return Signer::Nobody;
    }
    let message = encoding(payload_type, payload);
    for signature in signatures.iter().take(MOST_SIGNATURES) {
        let Some(bytes) = bytes(&signature.sig) else { continue };
        if let Some(key) = trusted.keys().iter().find(|key| key.verifies(&message, &bytes)) {
            return Signer::Trusted(key.name().to_owned());
        }
    }
    Signer::Unknown
}

fn bytes(text: &str) -> Option<[u8; 64]> {
    // 88 characters are 64 bytes.
    let decoded = (text.len() <= 88).then(|| BASE64.decode(text).ok())??;
    decoded.try_into().ok()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_encoding_is_the_one_of_the_specification() {
        // The example in the specification's protocol.md.
        let encoded = encoding("http://example.com/HelloWorld", b"hello world");
        assert_eq!(encoded, b"DSSEv1 29 http://example.com/HelloWorld 11 hello world");
    }

    #[test]
    fn a_signature_is_for_one_type_and_one_text() {
        let (ann, bob) = (SecretKey::generate("ann").unwrap(), SecretKey::generate("bob").unwrap());
        let trusted = TrustedKeys::read([ann.public().to_string().as_str()]).unwrap();
        let signed = [sign(&ann, "a", b"text")];
        let by = |payload_type, payload: &[u8], signatures: &[Signature]| {
            signer(&trusted, payload_type, payload, signatures)
        };
        assert_eq!(by("a", b"text", &signed), Signer::Trusted("ann".to_owned()));
        assert_eq!(by("b", b"text", &signed), Signer::Unknown);
        assert_eq!(by("a", b"Text", &signed), Signer::Unknown);
        assert_eq!(by("a", b"text", &[]), Signer::Nobody);
        assert_eq!(by("a", b"text", &[sign(&bob, "a", b"text")]), Signer::Unknown);
        let claimed = Signature { keyid: ann.public().id(), ..sign(&bob, "a", b"text") };
        assert_eq!(by("a", b"text", &[claimed]), Signer::Unknown, "a hint decided");
        let both = [sign(&bob, "a", b"text"), signed[0].clone()];
        assert_eq!(by("a", b"text", &both), Signer::Trusted("ann".to_owned()));
    }
}
