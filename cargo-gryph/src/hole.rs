//! A hole: one function whose body is wanted, with all that is known about it.

use std::fmt;

use serde::{Deserialize, Serialize};

use crate::digest::Digest;
use crate::tree::TreePath;

/// The name of a hole: the function's path in its crate, such as `slug::slugify` or `money::Money::parse`.
#[derive(Clone, PartialEq, Eq, PartialOrd, Ord, Hash, Debug, Serialize, Deserialize)]
pub struct HoleId(pub String);

impl fmt::Display for HoleId {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        formatter.write_str(&self.0)
    }
}

/// A test as libtest names it, in the test target that holds it.
#[derive(Clone, PartialEq, Eq, PartialOrd, Ord, Hash, Debug, Serialize, Deserialize)]
pub struct TestName {
    /// The Cargo target: the library's name for unit tests, else the file stem under `tests/`. Behind `package/` if
    /// the package is a member of a workspace and does not lie at its root.
    pub target: String,
    /// The path libtest prints, such as `slugify::example_1`.
    pub name: String,
}

impl TestName {
    /// The member of the workspace that holds it; `None` for the package at the root.
    pub fn package(&self) -> Option<&str> {
        self.target.split_once('/').map(|(package, _)| package)
    }

    /// The target's name in its package.
    pub fn target_in_package(&self) -> &str {
        self.target.split_once('/').map_or(&self.target, |(_, target)| target)
    }
}

/// One check of a hole, as the specification states it and as the test that holds it.
#[derive(Clone, PartialEq, Eq, Debug, Serialize, Deserialize)]
pub struct HoleCheck {
    /// The Rust expression of the specification: an example's condition, or a property's closure.
    pub source: String,
    /// The test it became.
    pub test: TestName,
}

/// An item of another crate that may be of use for a hole, as its source has it: text of strangers.
#[derive(Clone, PartialEq, Eq, Debug, Serialize, Deserialize)]
pub struct Related {
    /// Its crate, version and path, such as `jiff 0.2.1 jiff::Span::total`.
    pub id: String,
    /// Its signature on one line.
    pub signature: String,
    /// The first sentence of its documentation.
    pub summary: String,
    /// An example of its use from its documentation, in lines; empty where none is shown.
    pub example: String,
}

/// A name that a candidate uses and that is not where it looks for it.
#[derive(Clone, PartialEq, Eq, Debug)]
pub struct Absent {
    /// The name as the candidate has it: a path, or a method.
    pub name: String,
    /// Where it is not: a crate and its version, or a type of it.
    pub place: String,
    /// What is nearest to it there.
    pub nearest: Vec<Related>,
}

/// A function to fill. Proposers see everything but `held_back`.
#[derive(Clone, PartialEq, Eq, Debug, Serialize, Deserialize)]
pub struct Hole {
    /// Its name.
    pub id: HoleId,
    /// The file that holds it.
    pub path: TreePath,
    /// The function inside that file: `slugify`, or `Money::parse` for a method.
    pub function: String,
    /// The signature without the body, such as `pub fn slugify(title: &str) -> String`.
    pub signature: String,
    /// What the function is to do.
    pub doc: String,
    /// Source text that a proposer may rely on: types, constants, `use` lines and neighbours in scope.
    pub context: String,
    /// Crates beyond `std` that the function may use.
    pub dependencies: Vec<String>,
    /// Examples shown to proposers and run in the trial.
    pub visible: Vec<HoleCheck>,
    /// Properties shown to proposers and run in the trial.
    pub properties: Vec<HoleCheck>,
    /// Examples that no proposer sees and no trial runs; they decide acceptance.
    pub held_back: Vec<HoleCheck>,
}

impl Hole {
    /// The digest of all that is asked of its body, held-back checks included. What was accepted for the same question need
    /// not be doubted anew.
    pub fn asked(&self) -> Digest {
        let checks = [&self.visible, &self.properties, &self.held_back];
        let checks =
            checks.map(|checks| checks.iter().map(|check| check.source.as_str()).collect::<Vec<_>>());
        let asked = (&self.id, &self.signature, &self.doc, &self.context, &self.dependencies, checks);
        Digest::of(format!("{asked:?}").as_bytes())
    }
}
