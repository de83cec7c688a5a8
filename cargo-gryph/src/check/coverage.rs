//! Line coverage: a second build, instrumented, and a second run of every test. Those of the documentation run a second
//! time only where the others left something out: they take longest.

use std::io;
use std::path::{Path, PathBuf};

use crate::cargo::{BuildOptions, Cargo, Targets, TestKind, TestOutcome, TestRun, Workbench};
use crate::check::{CheckError, DOCTESTS, Subject, TestFact, TestResult, options, tests};
use crate::coverage::{Coverage, Profiled, collect, doctest, instrument};

/// Measures coverage; `None` when a test of the ordinary build failed already, or fails here. A test that passes
/// there and fails here is recorded as failed: it is not to be relied on.
pub(super) async fn measure(
    cargo: &Cargo,
    bench: &Workbench,
    subject: &Subject<'_>,
    facts: &mut [TestFact],
) -> Result<Option<Coverage>, CheckError> {
    let scratch = Scratch::make(bench)?;
    let build = cargo.build_tests(bench, &build_options(subject.program, &scratch.dir)).await?;
    if !build.success {
        return Err(CheckError::Tool { tool: "the instrumented build", stderr: build.stderr });
    }
    let mut runs = Vec::new();
    for (number, binary) in build.binaries.iter().enumerate() {
        let profiles = scratch.dir.join(number.to_string());
        let outcome = cargo.run_test(bench, binary, &run_options(subject, &profiles)).await?;
        // A library and a file of its tests may share a name.
        let listed = cargo.list_tests(bench, binary).await?;
        let is_of =
            |fact: &&mut TestFact| fact.test.target == binary.target && listed.contains(&fact.test.name);
        for fact in facts.iter_mut().filter(is_of) {
            if fact.result == TestResult::Passed {
                fact.result = second_result(&fact.test.name, &outcome);
            }
        }
        // A harness without tests counts too: its map holds code of the library that no other binary links.
        let profiles = profiles_in(&profiles)?;
        // Tests of a program start it, and what it ran stands in its own map.
        if binary.kind == TestKind::Integration && !profiles.is_empty() {
            let programs = programs_beside(&binary.path)?;
            runs.extend(programs.into_iter().map(|binary| Profiled { binary, profiles: profiles.clone() }));
        }
        if !profiles.is_empty() || has_tests(facts, &binary.target) {
            runs.push(Profiled { binary: binary.path.clone(), profiles });
        }
    }
    let red = |fact: &TestFact| matches!(fact.result, TestResult::Failed { .. });
    if facts.iter().any(red) {
        return Ok(None);
    }
    let found = |runs: &[Profiled]| match runs {
        [] => Ok(None),
        runs => collect(runs, &bench.tree(), subject.tree, subject.generated).map(Some),
    };
    let coverage = found(&runs)?;
    let left_out =
        |coverage: &Coverage| coverage.generated.iter().any(|file| !file.uncovered_lines.is_empty());
    if !has_tests(facts, DOCTESTS) || coverage.as_ref().is_some_and(|coverage| !left_out(coverage)) {
        return Ok(coverage);
    }
    let of_documentation = documentation(cargo, bench, subject, &scratch.dir).await?;
    if of_documentation.is_empty() {
        return Ok(coverage);
    }
    runs.extend(of_documentation);
    Ok(found(&runs)?)
}

/// Runs the tests of the documentation, instrumented; none where rustdoc cannot hand its executables over. They passed
/// once already: what one of them does now is no finding.
async fn documentation(
    cargo: &Cargo,
    bench: &Workbench,
    subject: &Subject<'_>,
    scratch: &Path,
) -> Result<Vec<Profiled>, CheckError> {
    let dir = scratch.join("documentation");
    let Some(rustdocflags) = doctest::flags(subject.program, &dir, &cargo.toolchain.version) else {
        return Ok(Vec::new());
    };
    let failed = |source| CheckError::Workbench { path: dir.clone(), source };
    std::fs::create_dir_all(&dir).map_err(failed)?;
    let options = BuildOptions { rustdocflags, ..build_options(subject.program, scratch) };
    cargo.doctest(bench, &options).await?;
    doctest::kept(&dir, profile_files).map_err(failed)
}

/// The programs of the project: Cargo puts them above the directory of the test binaries.
fn programs_beside(binary: &Path) -> Result<Vec<PathBuf>, CheckError> {
    let Some(dir) = binary.parent().and_then(Path::parent) else { return Ok(Vec::new()) };
    let failed = |source| CheckError::Workbench { path: dir.to_owned(), source };
    let mut programs = Vec::new();
    for entry in std::fs::read_dir(dir).map_err(failed)? {
        let path = entry.map_err(failed)?.path();
        let extension = path.extension().unwrap_or_default();
        let hidden = path.file_name().is_some_and(|name| name.to_string_lossy().starts_with('.'));
        if path.is_file() && !hidden && extension == std::env::consts::EXE_EXTENSION {
            programs.push(path);
        }
    }
    programs.sort();
    Ok(programs)
}

fn has_tests(facts: &[TestFact], target: &str) -> bool {
    facts.iter().any(|fact| fact.test.target == target)
}

fn build_options(program: &Path, scratch: &Path) -> BuildOptions {
    let mut env: Vec<_> = instrument::build_environment(program).into();
    // Build scripts and macros of the workspace are instrumented as well; nobody reads what they leave.
    env.push(("LLVM_PROFILE_FILE".to_owned(), scratch.join("build-%p.profraw").into()));
    BuildOptions { env, read: vec![program.to_owned()], ..options(Targets::LibAndTests) }
}

fn run_options(subject: &Subject<'_>, profiles: &Path) -> TestRun {
    // The path is text: `Scratch::make` shows it.
    let pattern = profiles.join("%p-%m.profraw").to_string_lossy().into_owned();
    TestRun {
        env: vec![("LLVM_PROFILE_FILE".to_owned(), pattern)],
        scratch: Some(profiles.to_owned()),
        ..tests::whole_run(subject)
    }
}

fn second_result(name: &String, outcome: &TestOutcome) -> TestResult {
    match tests::result(name, outcome) {
        TestResult::Failed { message, timed_out } => {
            let message = format!("it passed once and failed the second time: {message}");
            TestResult::Failed { message, timed_out }
        }
        result => result,
    }
}

fn profiles_in(dir: &Path) -> Result<Vec<PathBuf>, CheckError> {
    profile_files(dir).map_err(|source| CheckError::Workbench { path: dir.to_owned(), source })
}

fn profile_files(dir: &Path) -> io::Result<Vec<PathBuf>> {
    let mut profiles = Vec::new();
    for entry in std::fs::read_dir(dir)? {
        let path = entry?.path();
        // A link could lead out of the sandbox's directory.
        let is_file = std::fs::symlink_metadata(&path).is_ok_and(|metadata| metadata.is_file());
        if is_file && path.extension().is_some_and(|extension| extension == "profraw") {
            profiles.push(path);
        }
    }
    profiles.sort();
    Ok(profiles)
}

/// The directory of this measurement; removed when it is over.
struct Scratch {
    dir: PathBuf,
}

impl Scratch {
    fn make(bench: &Workbench) -> Result<Self, CheckError> {
        let dir = bench.scratch().join("coverage");
        let failed = |source| CheckError::Workbench { path: dir.clone(), source };
        if dir.to_str().is_none() {
            return Err(failed(std::io::Error::other("the path is not text")));
        }
        match std::fs::remove_dir_all(&dir) {
            Err(error) if error.kind() != std::io::ErrorKind::NotFound => return Err(failed(error)),
            Ok(()) | Err(_) => {}
        }
        std::fs::create_dir_all(&dir).map_err(failed)?;
        Ok(Self { dir })
    }
}

impl Drop for Scratch {
    fn drop(&mut self) {
        // What stays lies in the workbench, which the run removes.
        let _ = std::fs::remove_dir_all(&self.dir);
    }
}
