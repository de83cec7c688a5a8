//! Who stands behind what: keys, signatures, and statements about what a run wrote.
//!
//! Everything that is read here comes from a repository or from a person's clipboard and is untrusted: sizes are bounded,
//! no text makes a reader panic, and an error never repeats what was read. Only [`key_file`] touches the disk.

pub mod envelope;
pub mod key;
pub mod key_file;
pub mod record;
pub mod signature;
pub mod statement;

pub use envelope::{Attestation, AttestationError};
pub use key::{KeyError, PublicKey, SecretKey, TrustedKeys};
pub use key_file::KeyFileError;
pub use record::{Record, is_record, take_records};
pub use signature::{Signature, Signer};
pub use statement::{Generated, ModelUsed, Statement, Subject};
