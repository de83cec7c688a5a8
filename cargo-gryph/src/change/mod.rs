//! Change facts: what the step from one tree to another does to the items of the program. Facts only; a policy judges.
//!
//! Files are compared by what they are for and Rust by parsed item, so that a test module inside a source file is
//! told from the program around it. Nothing is resolved: names mean what they say.

mod assertion;
mod attribute;
mod comparison;
mod constant;
mod contradiction;
mod files;
mod function;
mod item;
mod kind;
mod literal;
mod observation;
mod program;
mod signature;
mod size;
mod source;
mod special;
mod target;
mod usage;

use serde::{Deserialize, Serialize};

use crate::hole::TestName;
use crate::schema::on_deep_stack;
use crate::tree::{Tree, TreePath};

pub use assertion::{Assertion, Demand, Side};
pub use contradiction::{Claim, Contradiction, contradictions};
pub use kind::{FileChange, FileDifference, FileKind};
pub use literal::Literal;
pub use observation::{Observation, ObservationKind};
pub use size::EditSize;
pub use source::{Case, Helper, TestLiterals, TestSource, tests_source};

/// What a change does.
#[derive(Clone, PartialEq, Eq, Debug, Default, Serialize, Deserialize)]
#[serde(default, deny_unknown_fields)]
pub struct ChangeFacts {
    /// The files that differ, by path.
    pub files: Vec<FileChange>,
    /// Everything observed, by kind.
    pub observations: Vec<Observation>,
    /// Functions of the program with another body or signature.
    pub functions: Vec<FunctionChange>,
    /// How large it is.
    pub size: EditSize,
}

/// A function of the program that differs.
#[derive(Clone, PartialEq, Eq, Debug, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct FunctionChange {
    /// The file.
    pub path: TreePath,
    /// Its name in the file, such as `Money::parse`.
    pub function: String,
    /// The line where it begins after the change, from 1.
    pub line: usize,
    /// Tokens of it that are gone.
    pub tokens_deleted: usize,
    /// Tokens of it that are new.
    pub tokens_added: usize,
    /// Tokens that it had.
    pub tokens_before: usize,
    /// Its body was only a promise, such as `todo!()`.
    pub was_stub: bool,
}

impl ChangeFacts {
    /// Compares two trees. `tests` are the values of the tests that a change might recite.
    pub fn between(base: &Tree, after: &Tree, tests: &TestLiterals) -> Self {
        let compared = on_deep_stack(|| files::compare(base, after, tests));
        // A text that the parser panics on is one that nobody can vouch for.
        compared.unwrap_or_else(|_| files::unreadable(base, after))
    }

    /// Compares two trees with the values of these tests, which the base holds.
    pub fn of(base: &Tree, after: &Tree, tests: &[TestName]) -> Self {
        Self::between(base, after, &TestLiterals::of(base, tests))
    }

    /// The observations of one kind.
    pub fn observed(&self, kind: ObservationKind) -> impl Iterator<Item = &Observation> {
        self.observations.iter().filter(move |observation| observation.kind == kind)
    }
}
