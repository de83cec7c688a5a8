//! Many variants of a crate in one build (mutant schemata): find the function, admit bodies, pack, attribute.
//!
//! Every candidate becomes a clone of its function, switched at the head of the original, so that one build holds
//! hundreds. What is built here is never what ships.

mod admissible;
mod attribute;
mod body;
mod choice;
mod comment;
mod construction;
mod forbidden;
mod function;
mod imports;
mod items;
mod pack;
mod probes;
mod site;
mod source;
mod switch;
mod syntax;
mod weave;

pub(crate) use admissible::Admission;
pub use admissible::{Inadmissible, admissible, admissible_in};
pub use attribute::{Attribution, attribute, is_fatal};
pub(crate) use attribute::{wanted_const, wants_const};
pub use body::{body_patch, edited_body};
pub(crate) use comment::comments;
pub(crate) use forbidden::uses;
pub(crate) use imports::forbidden_imports;
pub use pack::{Construction, Form, Part, Schema, SchemaError, Subject, Variant, pack, replace};
pub(crate) use probes::{ProbedTree, Probes};
pub use site::{Site, SiteKind, program_sites, site, sites};
pub(crate) use source::{Source, on_deep_stack, parse_body};
pub use switch::Switch;
pub(crate) use syntax::{attributes, compact, is_test, joined, test_code};
