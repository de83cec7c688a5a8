//! Proposers: many untrusted candidates for a hole.
//!
//! A [`Proposer`](proposer::Proposer) looks at a [`Situation`](proposer::Situation) and returns candidates; it judges
//! none of them. [`model`] asks a text model with a [`prompt`] and takes the body out of what it writes ([`extract`]).

pub mod body;
pub mod brace;
pub mod extract;
pub mod model;
pub mod prompt;
pub mod proposer;
