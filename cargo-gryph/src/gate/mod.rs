//! The gate: policy and evidence in, decision out.
//!
//! Pure: the same policy and the same evidence give the same decision, byte for byte. [`Approved`] is what a commit
//! takes; only [`decide`] and [`approve`] make it:
//!
//! ```compile_fail
//! // The fields are private.
//! use cargo_gryph::digest::Digest;
//! let digest = Digest::of(b"");
//! let approved = cargo_gryph::gate::Approved { tree: digest, policy: digest, evidence: digest, warnings: vec![] };
//! ```
//!
//! ```compile_fail
//! // It cannot be read from a file, nor copied to be used twice.
//! let approved: cargo_gryph::gate::Approved = serde_json::from_str("{}").unwrap();
//! let twice = approved.clone();
//! ```

pub mod decision;
pub mod finding;
mod judge;
pub mod policy;
pub mod report;

pub use decision::{Approval, ApprovalError, Approved, Ask, Decision, approve, decide};
pub use finding::{Finding, Place, Severity};
pub use policy::{Policy, PolicyError};
