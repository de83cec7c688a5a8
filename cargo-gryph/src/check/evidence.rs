//! Evidence: facts about a whole tree, never opinions.

use serde::{Deserialize, Serialize};

use crate::change::{ChangeFacts, Observation, Waiver};
use crate::coverage::Coverage;
use crate::diagnostic::{Diagnostic, Fix};
use crate::digest::Digest;
use crate::hole::TestName;
use crate::scan::SourceMatch;
use crate::tree::{Tree, TreePath};

/// Whether the tree builds, all targets of it.
#[derive(Clone, PartialEq, Eq, Debug, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct BuildFact {
    /// Whether the build succeeded.
    pub success: bool,
    /// The errors, when it did not.
    pub errors: Vec<Diagnostic>,
}

/// What became of a test.
#[derive(Clone, PartialEq, Eq, Debug, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case", deny_unknown_fields)]
pub enum TestResult {
    /// Reported as ok exactly once by a process that ended as it should.
    Passed,
    /// Failed or timed out.
    Failed {
        /// The text of the panic, shortened.
        message: String,
        /// Whether time ran out.
        timed_out: bool,
    },
    /// Expected and never reported, or reported more than once.
    Unreported,
    /// Listed by the test binary as ignored.
    Ignored,
}

/// One test.
#[derive(Clone, PartialEq, Eq, Debug, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct TestFact {
    /// Its name.
    pub test: TestName,
    /// Whether the plan's own list holds it.
    pub expected: bool,
    /// What became of it.
    pub result: TestResult,
}

/// A file that rustfmt would write differently.
#[derive(Clone, PartialEq, Eq, Debug, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct FormatFact {
    /// The file.
    pub path: TreePath,
    /// The first line that differs, from 1; 0 when rustfmt cannot read the file.
    pub line: usize,
    /// What rustfmt says when it cannot.
    pub error: Option<String>,
}

/// One code of warnings in one function, of which there are more than before.
#[derive(Clone, PartialEq, Eq, PartialOrd, Ord, Debug, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct LintGrowth {
    /// The file.
    pub path: TreePath,
    /// The function; empty for what lies in none.
    pub function: String,
    /// The code, such as `clippy::needless_return`.
    pub code: String,
    /// Warnings before.
    pub before: usize,
    /// Warnings after.
    pub after: usize,
    /// The line of the last of them, from 1; 0 where it is not known.
    #[serde(default)]
    pub line: usize,
    /// Those that were not there, as far as can be told.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub new: Vec<NewWarning>,
}

/// A warning that a change adds.
#[derive(Clone, PartialEq, Eq, PartialOrd, Ord, Debug, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct NewWarning {
    /// The line, from 1.
    pub line: usize,
    /// The column, from 1.
    pub column: usize,
    /// What it says.
    pub message: String,
    /// What the tool offers, if a machine may apply it.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub fix: Option<Fix>,
}

/// Faults that were put into one function on purpose, and whether a test noticed.
#[derive(Clone, PartialEq, Eq, Debug, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct FaultFact {
    /// The file.
    pub path: TreePath,
    /// The function.
    pub function: String,
    /// The line where it begins, from 1.
    pub line: usize,
    /// Faults that compile.
    pub tried: usize,
    /// Whether a test asks for what the function gives: it notices when a plain value stands in the place of the body, or,
    /// where none fits, another fault.
    pub noticed: bool,
    /// Those that no test noticed.
    pub missed: Vec<MissedFault>,
}

/// A fault that no test noticed.
#[derive(Clone, PartialEq, Eq, Debug, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct MissedFault {
    /// The line of what it replaces, from 1.
    pub line: usize,
    /// What stood there, in one line.
    pub was: String,
    /// What the fault put there.
    pub became: String,
}

/// A package that the change brings in from outside.
#[derive(Clone, PartialEq, Eq, Debug, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct DependencyFact {
    /// Its name.
    pub name: String,
    /// Its version.
    pub version: String,
    /// The manifest that names it, or the lock file.
    pub path: TreePath,
    /// The line there, from 1.
    pub line: usize,
    /// Whole days since the version was published; `None` when nobody knows.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub age_days: Option<u64>,
    /// Its licence.
    #[serde(default)]
    pub licence: Licence,
}

/// What is known of a licence.
#[derive(Clone, PartialEq, Eq, Debug, Default, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case", deny_unknown_fields)]
pub enum Licence {
    /// Nothing: the sources are not here.
    #[default]
    Unknown,
    /// The package gives none.
    None,
    /// The package has a file with one of its own.
    File,
    /// An SPDX expression, as the package gives it.
    Expression(String),
}

/// A check that could not be made, which must not look as if it had passed.
#[derive(Clone, PartialEq, Eq, Debug, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Unchecked {
    /// What was to be found out, such as `semver`.
    pub check: String,
    /// Why it was not, in words.
    pub reason: String,
}

/// A finding that was there when somebody recorded a baseline, and where it would be in this tree.
#[derive(Clone, PartialEq, Eq, Debug, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Known {
    /// The rule.
    pub rule: String,
    /// The file; `None` where the finding has no place.
    pub path: Option<TreePath>,
    /// The lines in which it may be.
    pub lines: Vec<usize>,
    /// The digest of its message, where it has no place.
    pub message: Option<Digest>,
    /// Tenths of a per cent of the lines that ran, for coverage.
    pub covered: Option<u32>,
    /// How many of them there were.
    pub count: usize,
}

/// What does not decide although a rule is broken: waived, or known before.
#[derive(Clone, PartialEq, Eq, Debug, Default, Serialize, Deserialize)]
#[serde(default, deny_unknown_fields)]
pub struct Exceptions {
    /// What the source and the configuration waive.
    #[serde(skip_serializing_if = "Vec::is_empty")]
    pub waivers: Vec<Waiver>,
    /// What the baseline knows.
    #[serde(skip_serializing_if = "Vec::is_empty")]
    pub known: Vec<Known>,
}

impl Exceptions {
    fn is_empty(&self) -> bool {
        self.waivers.is_empty() && self.known.is_empty()
    }
}

/// Lines of a file that a machine wrote, as far as the history says.
#[derive(Clone, PartialEq, Eq, Debug, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct GeneratedLines {
    /// The file.
    pub path: TreePath,
    /// The lines, from 1, in order.
    pub lines: Vec<usize>,
}

/// The step from one tree to another that a change is, as a person sees it: with the files that act on tools, without
/// records, and without a lock file that the repository does not care for. Machines that judge the same change agree on it.
#[derive(Clone, Copy, PartialEq, Eq, Debug, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Transition {
    /// What it starts from.
    pub base: Digest,
    /// What it leads to.
    pub tree: Digest,
}

impl Transition {
    /// The step between the files of two trees, each with the files that act on tools apart.
    /// After the change there is also what no tree holds, as a tree of its own.
    pub fn between(base: [&Tree; 2], after: [&Tree; 3]) -> Self {
        fn digest<const N: usize>(trees: [&Tree; N]) -> Digest {
            let all = trees.map(|tree| tree.hash().to_string());
            Digest::of_parts(all.iter().map(|digest| digest.as_bytes()))
        }
        Self { base: digest(base), tree: digest(after) }
    }
}

/// What was found out about a tree.
#[derive(Clone, PartialEq, Eq, Debug, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Facts {
    /// The tree.
    pub tree: Digest,
    /// The build.
    pub build: BuildFact,
    /// Every test of the plan and every other test that a binary lists, doctests included.
    pub tests: Vec<TestFact>,
    /// Files that are not formatted; `None` when nobody looked.
    pub format: Option<Vec<FormatFact>>,
    /// What clippy and rustc warn about; `None` when nobody looked.
    pub lints: Option<Vec<Diagnostic>>,
    /// What is wrong with the documentation, missing or with broken links; `None` when nobody looked.
    pub docs: Option<Vec<Diagnostic>>,
    /// Line coverage; `None` when the tree does not build or a test fails, so that there is nothing to measure.
    pub coverage: Option<Coverage>,
    /// What the change to the tree does; `None` for a tree without a base.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub change: Option<ChangeFacts>,
    /// Warnings that the change adds, by function and code; `None` when nobody looked.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub lint_growth: Option<Vec<LintGrowth>>,
    /// Faults put into changed functions; `None` when nobody tried.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub faults: Option<Vec<FaultFact>>,
    /// What checks beside the comparison of the two trees observed about the change.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub observed: Vec<Observation>,
    /// Checks that could not be made.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub unchecked: Vec<Unchecked>,
    /// The packages that the change brings in; `None` when nobody looked.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub dependencies: Option<Vec<DependencyFact>>,
    /// What source rules find in a tree that was made from nothing; `None` for a change, whose own facts hold it.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub matches: Option<Vec<SourceMatch>>,
    /// The layers of the sandbox that all of this ran in; empty when it ran without one.
    pub sandbox: Vec<String>,
    /// The toolchain: what `rustc --version` prints.
    pub toolchain: String,
    /// What does not decide.
    #[serde(default, skip_serializing_if = "Exceptions::is_empty")]
    pub exceptions: Exceptions,
    /// What a machine wrote.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub generated: Vec<GeneratedLines>,
    /// The step that is judged; `None` for a tree without a base.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub step: Option<Transition>,
}

/// Facts that [`check`](crate::check) found out itself. Nothing else makes it: the field is private, and it cannot be
/// deserialised.
#[derive(Clone, PartialEq, Eq, Debug, Serialize)]
#[serde(transparent)]
pub struct Evidence {
    facts: Facts,
}

impl Evidence {
    /// Seals what the checks found out.
    pub(super) fn seal(facts: Facts) -> Self {
        Self { facts }
    }

    /// Seals facts that a unit test of this crate made up.
    #[cfg(test)]
    pub(crate) fn invented(facts: Facts) -> Self {
        Self { facts }
    }

    /// The same with what trials of faults on this tree found out.
    pub fn with_faults(mut self, faults: Vec<FaultFact>) -> Self {
        self.facts.faults = Some(faults);
        self
    }

    /// The same with what one more check of this tree observed, and what it could not find out.
    pub fn with_observed(mut self, observed: Vec<Observation>, unchecked: Vec<Unchecked>) -> Self {
        self.facts.observed.extend(observed);
        self.facts.unchecked.extend(unchecked);
        self
    }

    /// The same with the packages that come from outside.
    pub fn with_dependencies(mut self, dependencies: Vec<DependencyFact>) -> Self {
        self.facts.dependencies = Some(dependencies);
        self
    }

    /// The same with what does not decide, as the base and the change say.
    pub fn with_exceptions(mut self, exceptions: Exceptions) -> Self {
        self.facts.exceptions = exceptions;
        self
    }

    /// The same with the lines that a machine wrote.
    pub fn with_generated(mut self, generated: Vec<GeneratedLines>) -> Self {
        self.facts.generated = generated;
        self
    }

    /// The same for the step that it is about.
    pub fn with_step(mut self, step: Transition) -> Self {
        self.facts.step = Some(step);
        self
    }

    /// The facts.
    pub fn facts(&self) -> &Facts {
        &self.facts
    }

    /// The digest of the facts in their serialised form.
    pub fn digest(&self) -> Digest {
        let serialised = serde_json::to_vec(&self.facts).expect("facts hold only text, numbers and lists");
        Digest::of(&serialised)
    }
}
