//! What proposers are shown of other crates: items of the index, where there is one and its model is at hand.

use std::cell::OnceCell;
use std::path::PathBuf;
use std::sync::Mutex;

use super::surroundings::Surroundings;
use crate::hole::{Hole, Related};
use crate::retrieve::{Library, directory, related};

/// The index, opened when it is first asked for.
pub(super) struct Shelf {
    dir: PathBuf,
    library: Mutex<OnceCell<Option<Library>>>,
}

impl Shelf {
    /// The index of this machine. That there is none is found out when it is asked.
    pub(super) fn open(surroundings: &Surroundings) -> Self {
        Self { dir: directory(&surroundings.home), library: Mutex::default() }
    }

    /// Items that may be of use for a hole, of the crates that it may use. Nothing where nobody indexed them: retrieval
    /// helps, and must not be in the way.
    pub(super) fn related(&self, hole: &Hole) -> Vec<Related> {
        if hole.dependencies.is_empty() {
            return Vec::new();
        }
        let Ok(library) = self.library.lock() else { return Vec::new() };
        let opened = library.get_or_init(|| Library::of_all(&self.dir).ok());
        let found = opened.as_ref().map(|library| related(library, hole));
        found.and_then(Result::ok).unwrap_or_default()
    }
}
