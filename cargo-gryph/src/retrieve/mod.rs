//! Retrieval: what a workspace can build on, indexed by words and by meaning, and asked for what fits.
//!
//! Sources are read and never run. What comes out of them is text of strangers: it is shown, quoted, and never obeyed.

mod absent;
mod crates;
mod embed;
mod error;
mod find;
mod meaning;
mod named;
mod public;
mod related;
mod shelf;
mod source;
mod spelling;
mod update;

pub use embed::{Embed, Hashing, MiniLm};
pub use error::RetrieveError;
pub use find::{Asked, Library};
pub use meaning::{Learning, Learnt, learn, noted};
pub use shelf::{MakeEmbed, Shelf, Stock};
pub use source::{Origin, Source, locked, members, standard};
pub use update::{Progress, Tally, Update, update};

use std::path::{Path, PathBuf};

/// Where the index lies below our own directory.
pub fn directory(home: &Path) -> PathBuf {
    home.join("index").join("v1")
}
