//! The gate: policy and evidence in, decision out.
//!
//! Pure: the same policy and the same evidence give the same decision, byte for byte. [`Approved`] is what a commit
//! takes; only [`decide`] and [`answer`] make it:
//!
//! ```compile_fail,E0451
//! // The fields are private.
//! use cargo_gryph::digest::Digest;
//! let digest = Digest::of(b"");
//! let approved =
//!     cargo_gryph::gate::Approved { tree: digest, policy: digest, evidence: digest, warnings: vec![], granted: None };
//! ```
//!
//! ```compile_fail,E0277
//! // It cannot be read from a file.
//! let approved: cargo_gryph::gate::Approved = serde_json::from_str("{}").unwrap();
//! ```
//!
//! ```compile_fail,E0382
//! // It cannot be used twice.
//! fn commit(_: cargo_gryph::gate::Approved) {}
//! fn twice(approved: cargo_gryph::gate::Approved) {
//!     commit(approved);
//!     commit(approved);
//! }
//! ```
//!
//! ```compile_fail,E0624
//! // Evidence of one's own is no evidence: there is no constructor to call.
//! let evidence = cargo_gryph::check::Evidence::seal(todo!());
//! let decision = cargo_gryph::gate::decide(&cargo_gryph::gate::Policy::embedded().unwrap(), &evidence);
//! ```

mod amendment;
pub mod approval;
mod aside;
pub mod baseline;
mod command;
pub mod decision;
pub mod finding;
mod generated;
mod judge;
mod licence;
pub mod policy;
pub mod report;
pub mod repository;
#[cfg(test)]
mod tests;

pub use approval::{Answer, Approval, ApprovalError, Granted, Offer, SignedApproval, Source, answer};
pub use aside::examined;
pub use baseline::Baseline;
pub use decision::{Approved, Ask, Decision, decide, objections};
pub use finding::{Finding, Place, SetAside, Severity};
pub use policy::{Policy, PolicyError};
