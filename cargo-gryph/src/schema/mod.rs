//! Many variants of a crate in one build (mutant schemata): find the function, admit bodies, pack, attribute.
//!
//! Every candidate becomes a clone of its function, switched at the head of the original, so that one build holds
//! hundreds. What is built here is never what ships.

mod admissible;
mod function;
mod site;
mod source;

pub use admissible::{Inadmissible, admissible, admissible_in};
pub use site::{Site, SiteKind, site, sites};
