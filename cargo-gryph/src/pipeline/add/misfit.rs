//! Why something cannot be added to a package.

use crate::scaffold::ScaffoldError;
use crate::tree::TreePath;

/// Why something cannot be added to a package.
#[derive(Debug, thiserror::Error)]
pub enum Misfit {
    /// There is nothing that a module could be part of.
    #[error("the package `{0}` has no library, so that no test could call what is added")]
    NoLibrary(String),
    /// What is written would not be read as it is meant.
    #[error("the package `{0}` is of the edition 2015, and what is added is written for 2018 and later")]
    Edition(String),
    /// A file of the package cannot be changed.
    #[error("cannot read `{path}`: {why}")]
    Unreadable {
        /// The file.
        path: String,
        /// Why.
        why: String,
    },
    /// A module is there, and not in the file of its name.
    #[error(
        "the module `{module}` stands in `{path}` itself or at a path of its own, where nothing is added"
    )]
    Elsewhere {
        /// The module.
        module: String,
        /// The file that declares it.
        path: TreePath,
    },
    /// A module is there, and tests cannot reach it.
    #[error("the module `{module}` is not public in `{path}`, so that no test could call what is in it")]
    Private {
        /// The module.
        module: String,
        /// The file that declares it.
        path: TreePath,
    },
    /// A file is there that no module is made of.
    #[error("`{path}` is there, and `{root}` does not declare it as a module")]
    Undeclared {
        /// The file.
        path: TreePath,
        /// The file that would have to declare it.
        root: TreePath,
    },
    /// A name is taken.
    #[error("`{path}` has something else called `{name}`")]
    Taken {
        /// The name.
        name: String,
        /// The file.
        path: TreePath,
    },
    /// A function is there and is another.
    #[error("`{function}` is there as `{found}`, and `{asked}` is asked for")]
    Signature {
        /// The function.
        function: String,
        /// The signature in the package.
        found: String,
        /// The signature in the specification.
        asked: String,
    },
    /// No test of what is added would run.
    #[error("the package `{0}` takes no file under `tests` as a test by itself")]
    NoTests(String),
    /// What is added could not be written.
    #[error(transparent)]
    Scaffold(#[from] ScaffoldError),
}

impl Misfit {
    /// What the user can do, when there is something.
    pub fn hint(&self) -> Option<&'static str> {
        match self {
            Self::NoLibrary(_) => Some("move what can be called into `src/lib.rs`"),
            Self::Edition(_) => Some("`cargo fix --edition` brings it to a later one"),
            Self::Elsewhere { .. } => Some("give what is added a module of another name"),
            Self::Private { .. } => Some("make it `pub mod`, or give what is added a module of another name"),
            Self::Undeclared { .. } => Some("declare it, remove it, or choose another name for the module"),
            Self::Taken { .. } => Some("choose another name"),
            Self::Signature { .. } => Some("give it the signature that it has, or another name"),
            Self::NoTests(_) => Some("take `autotests = false` out of its manifest"),
            Self::Unreadable { .. } | Self::Scaffold(_) => None,
        }
    }
}
