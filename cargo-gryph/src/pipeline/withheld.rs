//! Why functions that were written are not let in: the same for every verb that writes functions.

use std::path::PathBuf;

use crate::digest::Digest;
use crate::gate::Finding;

use super::fill::HoleOutcome;

/// Nothing was written, and this is why.
#[derive(Debug)]
pub enum Withheld {
    /// Functions stayed open.
    Open {
        /// What became of every function that was tried.
        outcomes: Vec<HoleOutcome>,
        /// Whether a budget stopped work that was still to be tried.
        budget: bool,
    },
    /// The gate said no.
    Refused(Vec<Finding>),
    /// The gate wants a human.
    Asked(Vec<Finding>),
    /// All is well, and a person has to read it first.
    Waiting {
        /// What a yes is given to.
        tree: Digest,
        /// Where it can be read.
        place: PathBuf,
    },
}
