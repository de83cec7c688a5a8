//! What is broken in a tree: a build that fails, or tests that fail, hang or abort.
//!
//! Every test is known by name before anything is judged. A test that failed runs twice more by itself: one that then
//! passes depends on time, on order or on chance, and is told apart instead of being "fixed".

mod doctest;

use std::time::Duration;

use crate::cargo::{
    Build, BuildOptions, Cargo, CargoError, TestBinary, TestFailure, TestKind, TestOutcome, TestRun,
    Workbench,
};
use crate::diagnostic::{Diagnostic, Level};
use crate::hole::TestName;
use crate::tree::Tree;

pub use doctest::{Documented, documented};

/// The target under which tests of the documentation are filed.
pub const DOCTESTS: &str = "doc";
/// How often a test that failed runs again by itself.
const REPEATS: usize = 2;
/// Failed tests that run again; beyond that many, what they have in common is not chance.
const MOST_REPEATED: usize = 50;

/// Why nothing could be found out.
#[derive(Debug, thiserror::Error)]
pub enum DiagnoseError {
    /// The build failed, and the compiler names nothing in the tree.
    #[error("the build fails and no message points into the workspace: {stderr}")]
    Unclear {
        /// The end of what was said.
        stderr: String,
    },
    /// Cargo gave no answer.
    #[error(transparent)]
    Cargo(#[from] CargoError),
}

/// How a test failed.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub enum FailureKind {
    /// It panicked or returned an error.
    Failed,
    /// It ran out of time.
    TimedOut,
    /// It took its process with it: an abort, a stack overflow, an exit.
    Aborted,
}

/// A test that fails each time.
#[derive(Clone, PartialEq, Eq, Debug)]
pub struct FailingTest {
    /// The test.
    pub test: TestName,
    /// How.
    pub kind: FailureKind,
    /// What it printed.
    pub message: String,
}

/// What the tests of a tree that builds came to.
#[derive(Clone, PartialEq, Eq, Debug, Default)]
pub struct TestDiagnosis {
    /// Tests that fail each time.
    pub failing: Vec<FailingTest>,
    /// Tests that pass.
    pub passing: Vec<TestName>,
    /// Tests that fail sometimes.
    pub flaky: Vec<TestName>,
}

impl TestDiagnosis {
    /// Every test, the failing ones first, the flaky ones left out: they decide nothing.
    pub fn deciding(&self) -> Vec<TestName> {
        self.failing.iter().map(|failing| failing.test.clone()).chain(self.passing.iter().cloned()).collect()
    }
}

/// What is broken.
#[derive(Clone, PartialEq, Debug)]
pub enum Diagnosis {
    /// It does not build.
    Build(Vec<Diagnostic>),
    /// It builds, and these are its tests.
    Tests(TestDiagnosis),
}

/// Time that tests get.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub struct Walls {
    /// For all tests of one binary together.
    pub binary: Duration,
    /// For one test by itself: what takes longer is taken to hang.
    pub test: Duration,
}

/// Builds the tree that lies in `bench` and runs its tests.
///
/// # Errors
/// When the build fails without a message about the tree, or Cargo gives no answer.
pub async fn diagnose(
    cargo: &Cargo,
    bench: &Workbench,
    tree: &Tree,
    walls: Walls,
) -> Result<Diagnosis, DiagnoseError> {
    let build = cargo.build_tests(bench, &build_options()).await?;
    if !build.success {
        return red_build(&build).map(Diagnosis::Build);
    }
    let mut diagnosis = TestDiagnosis::default();
    for binary in &build.binaries {
        run_binary(cargo, bench, binary, walls, &mut diagnosis).await?;
    }
    if has_doctests(tree) && build.binaries.iter().any(|binary| binary.kind == TestKind::Unit) {
        run_doctests(cargo, bench, &mut diagnosis).await?;
    }
    Ok(Diagnosis::Tests(diagnosis))
}

/// How the base is built here and everywhere in `fix`, so that dependencies are built once.
pub(crate) fn build_options() -> BuildOptions {
    BuildOptions { keep_going: true, ..BuildOptions::default() }
}

fn red_build(build: &Build) -> Result<Vec<Diagnostic>, DiagnoseError> {
    let is_error = |diagnostic: &&Diagnostic| diagnostic.level == Level::Error;
    let mut errors: Vec<Diagnostic> = build.diagnostics.iter().filter(is_error).cloned().collect();
    // A library is compiled with and without its tests, so each error comes twice.
    let mut seen: Vec<Diagnostic> = Vec::new();
    errors.retain(|error| {
        let fresh = !seen.contains(error);
        if fresh {
            seen.push(error.clone());
        }
        fresh
    });
    if errors.is_empty() {
        let stderr = build.stderr.trim().lines().rev().take(20).collect::<Vec<_>>();
        return Err(DiagnoseError::Unclear {
            stderr: stderr.into_iter().rev().collect::<Vec<_>>().join("\n"),
        });
    }
    Ok(errors)
}

async fn run_binary(
    cargo: &Cargo,
    bench: &Workbench,
    binary: &TestBinary,
    walls: Walls,
    diagnosis: &mut TestDiagnosis,
) -> Result<(), DiagnoseError> {
    let listed = cargo.list_tests(bench, binary).await?;
    if listed.is_empty() {
        return Ok(());
    }
    let whole = cargo.run_test(bench, binary, &run(&[], walls.binary)).await?;
    if whole.anomaly.is_none() {
        let name = |test: &String| test_name(binary, test);
        diagnosis.passing.extend(whole.passed.iter().map(name));
        for failure in &whole.failed {
            repeat(cargo, bench, binary, failure, walls.test, diagnosis).await?;
        }
        return Ok(());
    }
    // One test that aborts or hangs hides the others, so each runs by itself.
    for test in &listed {
        let outcome = cargo.run_test(bench, binary, &run(std::slice::from_ref(test), walls.test)).await?;
        if outcome.all_passed(std::slice::from_ref(test)) {
            diagnosis.passing.push(test_name(binary, test));
        } else if let Some(failing) = failing(binary, test, &outcome) {
            diagnosis.failing.push(failing);
        }
    }
    Ok(())
}

/// Runs a test that failed again, by itself; one that passes even once is flaky.
async fn repeat(
    cargo: &Cargo,
    bench: &Workbench,
    binary: &TestBinary,
    failure: &TestFailure,
    wall: Duration,
    diagnosis: &mut TestDiagnosis,
) -> Result<(), DiagnoseError> {
    let only = std::slice::from_ref(&failure.test);
    let mut last = None;
    if diagnosis.failing.len() < MOST_REPEATED {
        for _ in 0..REPEATS {
            let outcome = cargo.run_test(bench, binary, &run(only, wall)).await?;
            if outcome.all_passed(only) {
                diagnosis.flaky.push(test_name(binary, &failure.test));
                return Ok(());
            }
            last = failing(binary, &failure.test, &outcome);
        }
    }
    let of_the_whole = FailingTest {
        test: test_name(binary, &failure.test),
        kind: if failure.timed_out { FailureKind::TimedOut } else { FailureKind::Failed },
        message: failure.message.clone(),
    };
    diagnosis.failing.push(last.unwrap_or(of_the_whole));
    Ok(())
}

/// What a run of one test says about it; `None` for an ignored one.
fn failing(binary: &TestBinary, test: &str, outcome: &TestOutcome) -> Option<FailingTest> {
    let failure = outcome.failed.iter().find(|failure| failure.test == test)?;
    let kind = match (&outcome.anomaly, failure.timed_out) {
        (_, true) => FailureKind::TimedOut,
        (Some(_), false) => FailureKind::Aborted,
        (None, false) => FailureKind::Failed,
    };
    let message = failure.message.clone();
    Some(FailingTest { test: test_name(binary, test), kind, message })
}

async fn run_doctests(
    cargo: &Cargo,
    bench: &Workbench,
    diagnosis: &mut TestDiagnosis,
) -> Result<(), DiagnoseError> {
    let doctests = cargo.doctest(bench, &build_options()).await?;
    let name = |name: &str| TestName { target: DOCTESTS.to_owned(), name: name.to_owned() };
    diagnosis.passing.extend(doctests.passed.iter().map(|test| name(test)));
    diagnosis.failing.extend(doctests.failed.iter().map(|failure| FailingTest {
        test: name(&failure.test),
        kind: FailureKind::Failed,
        message: failure.message.clone(),
    }));
    Ok(())
}

/// Whether some documentation holds a code block; without one, rustdoc is not asked.
fn has_doctests(tree: &Tree) -> bool {
    let fence = |line: &str| {
        let line = line.trim_start();
        let doc = line.strip_prefix("///").or_else(|| line.strip_prefix("//!"));
        doc.is_some_and(|doc| doc.trim_start().starts_with("```"))
    };
    let mut sources = tree.files().filter(|(path, _)| path.as_str().ends_with(".rs"));
    sources.any(|(path, _)| {
        tree.text(path).is_some_and(|text| text.lines().any(fence) || text.contains("#[doc"))
    })
}

fn run(exact: &[String], wall: Duration) -> TestRun {
    TestRun {
        exact: exact.to_vec(),
        env: Vec::new(),
        wall,
        stop_at_failure: false,
        threads: if exact.is_empty() { 2 } else { 1 },
        scratch: None,
    }
}

fn test_name(binary: &TestBinary, test: &str) -> TestName {
    TestName { target: binary.target.clone(), name: test.to_owned() }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::tree::TreePath;

    #[test]
    fn documentation_is_asked_only_where_it_holds_code() {
        let tree = |text: &str| {
            let mut tree = Tree::new();
            tree.insert(TreePath::new("src/lib.rs").unwrap(), text);
            tree
        };
        assert!(!has_doctests(&tree("//! Words.\n/// More.\nfn f() { let fence = \"```\"; }\n")));
        assert!(has_doctests(&tree("/// ```\n/// f();\n/// ```\nfn f() {}\n")));
    }
}
