//! Proposers: many untrusted candidates for a hole.
//!
//! A [`Proposer`](proposer::Proposer) looks at a [`Situation`](proposer::Situation) and returns candidates; it judges
//! none of them. [`model`] asks a text model with a [`prompt`] and takes the body out of what it writes ([`extract`]).
//! [`suggestion`] makes children of drafts that do not compile, [`mend`] offers for trees that do not; [`critic`] orders
//! candidates that passed. [`fault`] breaks functions on purpose, to see whether a test notices.

pub mod body;
pub mod brace;
pub mod critic;
pub mod deviation;
mod draft;
pub mod extract;
pub mod fault;
pub mod mend;
pub mod model;
pub mod polish;
pub mod prompt;
pub mod proposer;
pub mod search;
pub mod suggestion;
mod template;
mod texts;
