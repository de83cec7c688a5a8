//! An attestation as it is kept: a statement in a DSSE envelope (secure-systems-lab/dsse, `envelope.md`) when a key signed
//! it, the bare statement otherwise.

use base64::Engine as _;
use base64::engine::general_purpose::STANDARD as BASE64;
use serde::{Deserialize, Serialize};

use super::key::{SecretKey, TrustedKeys};
use super::record::Record;
use super::signature::{MOST_SIGNATURES, Signature, Signer, sign, signer};
use super::statement::Statement;
use crate::digest::Digest;

/// The type of what is signed.
const PAYLOAD_TYPE: &str = "application/vnd.in-toto+json";
/// Bytes of an attestation.
pub const MOST_BYTES: usize = 8 << 20;

/// Why a text is no attestation.
#[derive(Debug, thiserror::Error, PartialEq, Eq)]
pub enum AttestationError {
    /// It is too long.
    #[error("it is longer than {} MiB", MOST_BYTES >> 20)]
    Long,
    /// It is neither form.
    #[error("it is neither a statement nor an envelope around one")]
    Form,
    /// It is about something else.
    #[error("it is no statement of cargo-gryph in a version that this program reads")]
    Other,
}

#[derive(Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
struct Envelope {
    payload_type: String,
    payload: String,
    signatures: Vec<Signature>,
}

/// A statement with the signatures under it.
#[derive(Clone, PartialEq, Eq, Debug)]
pub struct Attestation {
    statement: Statement,
    payload: Vec<u8>,
    signatures: Vec<Signature>,
}

impl Attestation {
    /// A statement, signed where there is a key.
    pub fn new(statement: Statement, key: Option<&SecretKey>) -> Self {
        let payload = statement.serialised();
        let signatures = key.map(|key| sign(key, PAYLOAD_TYPE, &payload)).into_iter().collect();
        Self { statement, payload, signatures }
    }

    /// Reads either form.
    ///
    /// # Errors
    /// See [`AttestationError`].
    pub fn read(bytes: &[u8]) -> Result<Self, AttestationError> {
        if bytes.len() > MOST_BYTES {
            return Err(AttestationError::Long);
        }
        let (payload, signatures) = match serde_json::from_slice::<Envelope>(bytes) {
            Ok(envelope) => {
                let payload = BASE64.decode(&envelope.payload).map_err(|_| AttestationError::Form)?;
                if envelope.payload_type != PAYLOAD_TYPE || envelope.signatures.len() > MOST_SIGNATURES {
                    return Err(AttestationError::Other);
                }
                (payload, envelope.signatures)
            }
            Err(_) => (bytes.to_vec(), Vec::new()),
        };
        let is_object =
            serde_json::from_slice::<serde_json::Map<String, serde_json::Value>>(&payload).is_ok();
        let statement = Statement::read(&payload);
        let statement =
            statement.ok_or(if is_object { AttestationError::Other } else { AttestationError::Form })?;
        Ok(Self { statement, payload, signatures })
    }

    /// What it says.
    pub fn statement(&self) -> &Statement {
        &self.statement
    }

    /// The digest of what it says, by which a commit names it.
    pub fn digest(&self) -> Digest {
        Digest::of(&self.payload)
    }

    /// Who signed it.
    pub fn signer(&self, trusted: &TrustedKeys) -> Signer {
        signer(trusted, PAYLOAD_TYPE, &self.payload, &self.signatures)
    }

    /// The file that keeps it.
    pub fn record(&self) -> Record {
        let content = if self.signatures.is_empty() {
            self.payload.clone()
        } else {
            let envelope = Envelope {
                payload_type: PAYLOAD_TYPE.to_owned(),
                payload: BASE64.encode(&self.payload),
                signatures: self.signatures.clone(),
            };
            let mut text = serde_json::to_vec_pretty(&envelope).expect("envelopes hold only text");
            text.push(b'\n');
            text
        };
        Record::attestation(self.digest(), content)
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::tree::{Tree, TreePath};
    use crate::trust::{Generated, ModelUsed};

    fn statement() -> Statement {
        let mut tree = Tree::new();
        tree.insert(TreePath::new("src/lib.rs").unwrap(), "fn f() {}\n");
        let mut base = Tree::new();
        base.insert(TreePath::new("src/old.rs").unwrap(), "");
        let digest = Digest::of(b"");
        let generated = Generated {
            run: "20261121-142530-4f2a".to_owned(),
            verb: "fix".to_owned(),
            tool: "0.1.0".to_owned(),
            tree: tree.hash(),
            policy: digest,
            evidence: digest,
            models: vec![ModelUsed { id: "small".to_owned(), weights: digest }],
            removed: Vec::new(),
        };
        Statement::of_change(&base, &tree, generated)
    }

    #[test]
    fn both_forms_are_read_back() {
        let key = SecretKey::generate("ann").unwrap();
        let trusted = TrustedKeys::read([key.public().to_string().as_str()]).unwrap();
        for (key, expected) in [(None, Signer::Nobody), (Some(&key), Signer::Trusted("ann".to_owned()))] {
            let attestation = Attestation::new(statement(), key);
            let again = Attestation::read(attestation.record().content()).unwrap();
            assert_eq!((&again, again.signer(&trusted)), (&attestation, expected));
            assert_eq!(again.statement().generated().removed, ["src/old.rs"]);
            let path = TreePath::new("src/lib.rs").unwrap();
            let written = again.statement().subjects_at(&path).next().and_then(crate::trust::Subject::sha256);
            assert_eq!(written, Some(Digest::of(b"fn f() {}\n")));
        }
    }

    #[test]
    fn the_statement_has_the_fields_of_its_specification() {
        let value: serde_json::Value = serde_json::from_slice(&statement().serialised()).unwrap();
        assert_eq!(value["_type"], "https://in-toto.io/Statement/v1");
        assert_eq!(value["predicateType"], crate::trust::statement::GENERATED);
        assert_eq!(value["subject"][0]["name"], "src/lib.rs");
        assert_eq!(value["subject"][0]["digest"]["sha256"].as_str().unwrap().len(), 64);
        let key = SecretKey::generate("ann").unwrap();
        let record = Attestation::new(statement(), Some(&key)).record();
        let envelope: serde_json::Value = serde_json::from_slice(record.content()).unwrap();
        assert_eq!(envelope["payloadType"], "application/vnd.in-toto+json");
        assert!(envelope["payload"].is_string() && envelope["signatures"][0]["sig"].is_string());
        assert_eq!(envelope["signatures"][0]["keyid"], key.public().id());
    }

    #[test]
    fn what_is_no_attestation_is_refused() {
        let other =
            String::from_utf8(statement().serialised()).unwrap().replace("generated/v1", "generated/v2");
        for (text, error) in [
            ("", AttestationError::Form),
            ("[]", AttestationError::Form),
            ("{}", AttestationError::Other),
            (other.as_str(), AttestationError::Other),
            (
                r#"{"payloadType": "text/plain", "payload": "e30=", "signatures": []}"#,
                AttestationError::Other,
            ),
            (
                r#"{"payloadType": "application/vnd.in-toto+json", "payload": "?", "signatures": []}"#,
                AttestationError::Form,
            ),
        ] {
            assert_eq!(Attestation::read(text.as_bytes()), Err(error), "{text}");
        }
        assert_eq!(Attestation::read(&vec![b' '; MOST_BYTES + 1]), Err(AttestationError::Long));
    }

    proptest::proptest! {
        #[test]
        fn no_bytes_make_the_reader_panic(bytes in proptest::collection::vec(0u8.., 0..200), cut in 0usize..900) {
            let _ = Attestation::read(&bytes);
            let mut text = statement().serialised();
            text.truncate(cut);
            text.extend(&bytes);
            let _ = Attestation::read(&text);
        }
    }
}
