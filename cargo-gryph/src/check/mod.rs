//! Checks: a whole tree becomes evidence, by running tools in a clean workbench.
//!
//! [`Evidence`] can be made here only, by running the checks; the gate accepts nothing else:
//!
//! ```compile_fail,E0451
//! // The field is private: facts that nobody found out are not evidence.
//! let facts: cargo_gryph::check::Facts = serde_json::from_str("{}").unwrap();
//! let evidence = cargo_gryph::check::Evidence { facts };
//! ```
//!
//! ```compile_fail,E0277
//! // And it cannot be read from a file.
//! let evidence: cargo_gryph::check::Evidence = serde_json::from_str("{}").unwrap();
//! ```
//!
//! Everything runs behind the walls of the sandbox that [`Cargo`] brings. The tests decide in an ordinary build;
//! coverage comes from a second, instrumented one of the workspace's own crates.

mod coverage;
pub mod evidence;
mod format;
mod growth;
mod lints;
pub mod memory;
mod provenance;
mod quality;
pub mod supply;
mod tests;

use std::io;
use std::path::{Path, PathBuf};
use std::time::Duration;

use crate::cargo::{Build, BuildOptions, Cargo, CargoError, Targets, Workbench, lay_out_anew};
use crate::change::{ChangeFacts, TestLiterals};
use crate::coverage::CoverageError;
use crate::diagnostic::{Diagnostic, Level};
use crate::hole::TestName;
use crate::patch::Span;
use crate::sandbox::Purpose;
use crate::scan::{self, RuleSet, SourceMatch};
use crate::schema::on_deep_stack;
use crate::tree::Tree;

pub use evidence::{
    BuildFact, DependencyFact, Evidence, Exceptions, Facts, FaultFact, FormatFact, GeneratedLines, Known,
    Licence, LintGrowth, MissedFault, NewWarning, TestFact, TestResult, Transition, Unchecked,
};
pub use growth::growth;
pub use memory::Memory;
pub use provenance::{Demand, provenance};
pub use quality::{Quality, Step, out_of_scope, quality, quality_tools};
pub use tests::DOCTESTS;

/// What is checked.
#[derive(Clone, Copy, Debug)]
pub struct Subject<'a> {
    /// The whole tree, its lock file and the held-back tests included. Its dependencies are fetched.
    pub tree: &'a Tree,
    /// The tests that must be reported, from the plan.
    pub expected_tests: &'a [TestName],
    /// What was generated: the bodies of the filled holes.
    pub generated: &'a [Span],
    /// Our own binary: it wraps rustc in the instrumented build.
    pub program: &'a Path,
    /// Time one test binary may take for all its tests.
    pub test_wall: Duration,
    /// How much is found out.
    pub depth: Depth<'a>,
}

/// How much is found out about a tree.
#[derive(Clone, Copy, Debug)]
pub enum Depth<'a> {
    /// Everything about a tree that was made from nothing.
    Whole,
    /// What a change to somebody's tree must show: build, tests, tests of the documentation, and what the change does.
    /// Format, documentation and coverage are the base's own matter.
    Change(Base<'a>),
    /// What a change must show before it is merged: besides, format and warnings as far as it brought them about, and how
    /// much of it the tests run.
    Merge(Merge<'a>),
}

/// What a change started from.
#[derive(Clone, Copy, Debug)]
pub struct Base<'a> {
    /// The tree before.
    pub tree: &'a Tree,
    /// The values of its tests.
    pub tests: &'a TestLiterals,
    /// Its warnings, as [`lints`] gives them; without them nobody looks whether they grow.
    pub lints: Option<&'a [Diagnostic]>,
}

/// What a change that is to be merged started from.
#[derive(Clone, Copy, Debug)]
pub struct Merge<'a> {
    /// The tree before.
    pub tree: &'a Tree,
    /// Files that the change may touch and no build sees: before, and after.
    pub beside: [&'a Tree; 2],
    /// Whether all that stands there is judged, as if nothing had been before, and not only what the change brings.
    pub whole: bool,
}

impl Merge<'_> {
    /// What the change does, held against the values of all tests that there are after it.
    fn change_to(&self, tree: &Tree, tests: &[TestFact]) -> ChangeFacts {
        let named: Vec<TestName> = tests.iter().map(|fact| fact.test.clone()).collect();
        let [before, after] = self.beside;
        let (base, after) = (with(self.tree, before), with(tree, after));
        let mut facts = ChangeFacts::between(&base, &after, &TestLiterals::of(tree, &named));
        if self.whole {
            let all = ChangeFacts::between(&Tree::new(), &after, &TestLiterals::default()).observations;
            facts.observations.extend(all.into_iter().filter(|observation| observation.kind.is_of_state()));
            facts.observations.sort();
            facts.observations.dedup();
        }
        facts
    }

    /// What the tree is held against in format and warnings.
    fn before(&self) -> Tree {
        if self.whole { Tree::new() } else { self.tree.clone() }
    }
}

/// A tree with the files of another one beside its own.
fn with(tree: &Tree, more: &Tree) -> Tree {
    let mut whole = tree.clone();
    more.files().for_each(|(path, content)| whole.insert(path.clone(), content));
    whole
}

/// Why something could not be found out. A failed build or test is a fact, not an error.
#[derive(Debug, thiserror::Error)]
pub enum CheckError {
    /// The workbench cannot be written or read.
    #[error("cannot use the workbench at `{path}`")]
    Workbench {
        /// The path.
        path: PathBuf,
        /// The reason.
        #[source]
        source: io::Error,
    },
    /// The tree changed while it was checked.
    #[error("`{path}` changed while the tree was checked")]
    Changed {
        /// The file.
        path: PathBuf,
    },
    /// A tool failed without saying what it found.
    #[error("{tool} failed without a finding: {stderr}")]
    Tool {
        /// The tool.
        tool: &'static str,
        /// The end of what it said.
        stderr: String,
    },
    /// Cargo gave no answer.
    #[error(transparent)]
    Cargo(#[from] CargoError),
    /// Coverage could not be measured.
    #[error(transparent)]
    Coverage(#[from] CoverageError),
}

/// Runs all checks on a tree in `bench`, whose old tree is replaced.
///
/// # Errors
/// [`CheckError`] when something could not be found out.
pub async fn check(cargo: &Cargo, bench: &Workbench, subject: &Subject<'_>) -> Result<Evidence, CheckError> {
    lay_out_anew(subject.tree, bench)?;
    let format = match subject.depth {
        Depth::Whole => Some(format::check(cargo, subject.tree).await?),
        Depth::Merge(merge) => Some(format::check_change(cargo, bench, &merge.before(), subject.tree).await?),
        Depth::Change(_) => None,
    };
    let (build, grown) = match subject.depth {
        Depth::Merge(merge) => built_and_linted(cargo, bench, subject.tree, &merge.before()).await?,
        Depth::Whole | Depth::Change(_) => (cargo.build_tests(bench, &options(Targets::All)).await?, None),
    };
    let mut facts = Facts {
        tree: subject.tree.hash(),
        build: build_fact(&build),
        tests: Vec::new(),
        format,
        lints: None,
        docs: None,
        coverage: None,
        change: None,
        lint_growth: None,
        faults: None,
        observed: Vec::new(),
        unchecked: Vec::new(),
        dependencies: None,
        matches: None,
        sandbox: layers(cargo),
        toolchain: cargo.toolchain.version.clone(),
        exceptions: Exceptions::default(),
        generated: Vec::new(),
        step: None,
    };
    if build.success {
        facts.tests = tests::run(cargo, bench, subject, &build.binaries).await?;
    }
    if let Depth::Whole = subject.depth {
        facts.matches = Some(matches(subject.tree)?);
    }
    match subject.depth {
        // What a tree that does not build lacks is no finding of its own.
        Depth::Whole if !build.success => (facts.lints, facts.docs) = (Some(Vec::new()), Some(Vec::new())),
        Depth::Whole => {
            let beside = lint_bench(bench)?;
            facts.lints = Some(lints(cargo, &beside, subject.tree).await?);
            facts.docs = Some(lints::rustdoc(cargo, &beside).await?);
            verify_unchanged(&beside, subject.tree)?;
            facts.coverage = coverage::measure(cargo, bench, subject, &mut facts.tests).await?;
        }
        Depth::Change(base) => {
            facts.change = Some(ChangeFacts::between(base.tree, subject.tree, base.tests));
            if let (Some(before), true) = (base.lints, build.success) {
                let after = lints::clippy(cargo, bench).await?;
                facts.lint_growth = Some(growth((base.tree, before), (subject.tree, &after)));
            }
        }
        Depth::Merge(merge) => {
            facts.change = Some(merge.change_to(subject.tree, &facts.tests));
            if build.success {
                facts.lint_growth = grown;
                facts.coverage = coverage::measure(cargo, bench, subject, &mut facts.tests).await?;
            }
        }
    }
    verify_unchanged(bench, subject.tree)?;
    Ok(Evidence::seal(facts))
}

/// Builds the tests while clippy looks at the same tree in a bench of its own. What a tree that does not build is warned
/// of is no matter.
async fn built_and_linted(
    cargo: &Cargo,
    bench: &Workbench,
    tree: &Tree,
    base: &Tree,
) -> Result<(Build, Option<Vec<LintGrowth>>), CheckError> {
    let beside = lint_bench(bench)?;
    let options = options(Targets::All);
    let building = async { Ok(cargo.build_tests(bench, &options).await?) };
    let linting = new_warnings(cargo, &beside, tree, base);
    let (build, grown): (Result<Build, CheckError>, _) = match cargo.jobs {
        0 | 1 => (building.await, linting.await),
        _ => tokio::join!(building, linting),
    };
    let build = build?;
    let grown = if build.success { Some(grown?) } else { None };
    Ok((build, grown))
}

/// Where clippy looks while something else is built.
///
/// # Errors
/// When its directory cannot be made.
pub fn lint_bench(bench: &Workbench) -> Result<Workbench, CheckError> {
    let dir = bench.dir.join("lints");
    Workbench::create(&dir).map_err(|source| CheckError::Workbench { path: dir, source })
}

/// Warnings that a tree has and its base has not.
async fn new_warnings(
    cargo: &Cargo,
    bench: &Workbench,
    tree: &Tree,
    base: &Tree,
) -> Result<Vec<LintGrowth>, CheckError> {
    let after = lints(cargo, bench, tree).await?;
    verify_unchanged(bench, tree)?;
    // Where nothing is complained about, nobody needs to know what was before; and where nothing was, nothing can be.
    let is_known = after.is_empty() || base.files().next().is_none();
    let before = if is_known { Vec::new() } else { lints(cargo, bench, base).await? };
    Ok(growth((base, &before), (tree, &after)))
}

/// The evidence about a change that Cargo cannot resolve, for the reason it gives: it does not build, and nothing of it ran.
pub fn unresolved(cargo: &Cargo, tree: &Tree, merge: Merge<'_>, refusal: &str) -> Evidence {
    let said = refusal.lines().find(|line| line.starts_with("error")).unwrap_or("cargo failed");
    Evidence::seal(Facts {
        tree: tree.hash(),
        build: BuildFact { success: false, errors: vec![Diagnostic::unplaced(Level::Error, said)] },
        tests: Vec::new(),
        format: Some(Vec::new()),
        lints: None,
        docs: None,
        coverage: None,
        change: Some(merge.change_to(tree, &[])),
        lint_growth: None,
        faults: None,
        observed: Vec::new(),
        unchecked: Vec::new(),
        dependencies: Some(Vec::new()),
        matches: None,
        sandbox: layers(cargo),
        toolchain: cargo.toolchain.version.clone(),
        exceptions: Exceptions::default(),
        generated: Vec::new(),
        step: None,
    })
}

/// The warnings of rustc and clippy about a tree, for [`Base::lints`]. The old tree in `bench` is replaced.
///
/// # Errors
/// [`CheckError`] when something could not be found out; a tree that does not build has errors among its warnings.
pub async fn lints(cargo: &Cargo, bench: &Workbench, tree: &Tree) -> Result<Vec<Diagnostic>, CheckError> {
    lay_out_anew(tree, bench)?;
    lints::clippy(cargo, bench).await
}

/// What source rules find in a whole tree.
fn matches(tree: &Tree) -> Result<Vec<SourceMatch>, CheckError> {
    let could_not = |stderr: String| CheckError::Tool { tool: "the source rules", stderr };
    let rules = RuleSet::embedded().map_err(|error| could_not(error.to_string()))?;
    on_deep_stack(|| scan::all(rules, tree)).map_err(|error| could_not(error.to_string()))
}

/// The options that all builds here share, so that they share the dependencies' artifacts.
fn options(targets: Targets) -> BuildOptions {
    BuildOptions { targets, keep_going: true, ..BuildOptions::default() }
}

/// Shows that what was checked is the tree: nothing outside the sandbox, and no code under test without one, wrote
/// into it meanwhile.
fn verify_unchanged(bench: &Workbench, tree: &Tree) -> Result<(), CheckError> {
    for (path, content) in tree.files() {
        let path = path.to_path(&bench.tree());
        if std::fs::read(&path).ok().as_deref() != Some(content) {
            return Err(CheckError::Changed { path });
        }
    }
    Ok(())
}

fn build_fact(build: &Build) -> BuildFact {
    let is_error = |diagnostic: &&Diagnostic| !build.success && diagnostic.level == Level::Error;
    let mut errors: Vec<Diagnostic> = build.diagnostics.iter().filter(is_error).cloned().collect();
    if !build.success && errors.is_empty() {
        // Cargo itself refused: a lock file out of step, a manifest it cannot read.
        let said = build.stderr.lines().find(|line| line.starts_with("error")).unwrap_or("cargo failed");
        errors.push(Diagnostic::unplaced(Level::Error, said));
    }
    BuildFact { success: build.success, errors }
}

/// The layers around both builds and runs; none when either has none.
fn layers(cargo: &Cargo) -> Vec<String> {
    let of = |purpose| -> Vec<String> {
        cargo.sandbox.layers_for(purpose).iter().map(ToString::to_string).collect()
    };
    let (build, mut run) = (of(Purpose::Build), of(Purpose::Run));
    if build.is_empty() || run.is_empty() {
        return Vec::new();
    }
    let more: Vec<String> = build.into_iter().filter(|layer| !run.contains(layer)).collect();
    run.extend(more.into_iter().map(|layer| format!("{layer} (builds)")));
    run
}
