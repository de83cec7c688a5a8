//! Checks: a whole tree becomes evidence, by running tools in a clean workbench.
//!
//! [`Evidence`] can be made here only, by running the checks; the gate accepts nothing else:
//!
//! ```compile_fail
//! // The field is private: facts that nobody found out are not evidence.
//! let evidence = cargo_gryph::check::Evidence { facts: todo!() };
//! ```
//!
//! ```compile_fail
//! // And it cannot be read from a file.
//! let evidence: cargo_gryph::check::Evidence = serde_json::from_str("{}").unwrap();
//! ```

pub mod evidence;

pub use evidence::{BuildFact, Evidence, Facts, FormatFact, TestFact, TestResult};
