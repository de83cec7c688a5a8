//! What libtest prints on stable, read with suspicion: the code under test writes to the same stream.
//!
//! A run counts only if it is whole: one opening line, every announced test reported exactly once under a name that
//! was asked for, one closing summary whose counts agree, and the exit code that goes with it. Anything else is an
//! anomaly, and then nothing passed. What this cannot see: code that forges the *complete* output, ends the process
//! with the right code and so keeps libtest from speaking at all. Candidates are screened for such code before they
//! run, and the winner is confirmed in an ordinary build with tests that it has never met.

use std::time::Duration;

use super::report::{Report, Status, announcement};
use crate::process::{Exit, Output};

/// Bytes kept of the errors that a killed process printed.
const LAST_WORDS: usize = 1024;

/// A test that did not pass.
#[derive(Clone, PartialEq, Eq, Debug)]
pub struct TestFailure {
    /// Its full name.
    pub test: String,
    /// What it printed and why it panicked, at most 4 kB; empty when the run was stopped before it said so.
    pub message: String,
    /// Whether the run was killed while this test had not reported.
    pub timed_out: bool,
}

/// What a run of a test binary came to.
#[derive(Clone, PartialEq, Eq, Debug)]
pub struct TestOutcome {
    /// How the process ended.
    pub exit: Exit,
    /// Tests reported `ok` exactly once in a run without anomaly, sorted. Ignored tests are in neither list.
    pub passed: Vec<String>,
    /// Tests that failed, and tests asked for that are not known to have passed.
    pub failed: Vec<TestFailure>,
    /// Why the run cannot be believed, if so.
    pub anomaly: Option<String>,
    /// Time from start to end.
    pub elapsed: Duration,
    /// Whether output is missing because there was too much.
    pub stdout_truncated: bool,
}

/// Reads `--list --format terse`: `name: test` lines. Benchmarks are left out.
pub(super) fn list(stdout: &[u8]) -> Result<Vec<String>, String> {
    let text = std::str::from_utf8(stdout).map_err(|_| "the list is not UTF-8".to_owned())?;
    let mut names = Vec::new();
    for line in text.lines().filter(|line| !line.is_empty()) {
        match line.rsplit_once(": ") {
            Some((name, "test")) => names.push(name.to_owned()),
            Some((_, "benchmark")) => {}
            _ => return Err(format!("`{line}` is not a test")),
        }
    }
    names.sort();
    match names.windows(2).find(|pair| pair[0] == pair[1]) {
        Some(pair) => Err(format!("`{}` is listed twice", pair[0])),
        None => Ok(names),
    }
}

/// Judges a run; `expected` are the names asked for, empty for all.
pub(super) fn judge(output: &Output, expected: &[String]) -> TestOutcome {
    let text = String::from_utf8_lossy(&output.stdout);
    let report = Report::read(&text);
    let anomaly = report.anomaly(output.exit, expected).err();
    let names = |wanted: Status| {
        let reported = report.results.iter().filter(move |(_, status)| **status == [wanted]);
        reported.map(|(name, _)| (*name).to_owned())
    };
    let passed: Vec<String> = if anomaly.is_none() { names(Status::Ok).collect() } else { Vec::new() };
    // What a run that we stopped had not come to is unknown, not failed.
    let unknown = output.exit == Exit::Stopped && anomaly.is_none();
    let died = anomaly.as_ref().map(|anomaly| last_words(anomaly, output));
    let failure = |test: String| TestFailure {
        message: report.message(&test).or_else(|| died.clone()).unwrap_or_else(|| report.silence(&test)),
        timed_out: output.exit == Exit::TimedOut && !report.results.contains_key(test.as_str()),
        test,
    };
    let missing = expected.iter().filter(|name| !unknown && !passed.contains(name));
    let mut failed: Vec<String> = names(Status::Failed).chain(missing.cloned()).collect();
    failed.sort();
    failed.dedup();
    TestOutcome {
        exit: output.exit,
        passed,
        failed: failed.into_iter().map(failure).collect(),
        anomaly,
        elapsed: output.elapsed,
        stdout_truncated: output.exit == Exit::OutputLimit,
    }
}

/// Why a run cannot be believed; with the end of what a process said that was killed by a signal, a stack overflow say.
fn last_words(anomaly: &str, output: &Output) -> String {
    match output.exit {
        Exit::Signal(_) if !output.stderr.is_empty() => {
            let said = String::from_utf8_lossy(&output.stderr);
            let said = said.trim_end();
            let end = &said[said.ceil_char_boundary(said.len().saturating_sub(LAST_WORDS))..];
            format!("{anomaly}\n{end}").trim_end().to_owned()
        }
        Exit::Signal(_) | Exit::Code(_) | Exit::TimedOut | Exit::Stopped | Exit::OutputLimit => {
            anomaly.to_owned()
        }
    }
}

/// Judges the output of several harnesses in a row, one outcome each. Their exit codes are not known: each is taken
/// to be the one that goes with its own summary, and the code of the whole must be looked at by the caller.
pub(super) fn judge_blocks(output: &Output) -> Vec<TestOutcome> {
    let text = String::from_utf8_lossy(&output.stdout);
    let mut starts: Vec<usize> = Vec::new();
    let mut offset = 0;
    for line in text.split_inclusive('\n') {
        if announcement(line.trim_end()).is_some() {
            starts.push(offset);
        }
        offset += line.len();
    }
    let ends = starts.iter().skip(1).copied().chain([text.len()]);
    let block = |(start, end): (usize, usize)| {
        let failed = text[start..end].contains("\ntest result: FAILED. ");
        let exit = Exit::Code(if failed { 101 } else { 0 });
        let stdout = text[start..end].as_bytes().to_vec();
        judge(&Output { exit, stdout, ..output.clone() }, &[])
    };
    starts.iter().copied().zip(ends).map(block).collect()
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    fn judged(stdout: &str, exit: Exit, expected: &[&str]) -> TestOutcome {
        let output = Output {
            exit,
            stdout: stdout.as_bytes().to_vec(),
            stderr: Vec::new(),
            truncated: false,
            elapsed: Duration::ZERO,
        };
        let expected: Vec<String> = expected.iter().map(|name| (*name).to_owned()).collect();
        judge(&output, &expected)
    }

    const GOOD: &str = "\nrunning 2 tests\ntest a ... ok\ntest b - should panic ... ok\n\n\
        test result: ok. 2 passed; 0 failed; 0 ignored; 0 measured; 3 filtered out; finished in 0.00s\n\n";

    #[test]
    fn a_whole_run_passes() {
        let outcome = judged(GOOD, Exit::Code(0), &["a", "b"]);
        assert_eq!(
            (outcome.passed.as_slice(), outcome.failed.as_slice()),
            (&["a".into(), "b".into()][..], &[][..])
        );
        assert!(outcome.all_passed(&["a".to_owned(), "b".to_owned()]));
        assert!(!outcome.all_passed(&["c".to_owned()]));
    }

    #[test]
    fn nothing_passes_in_a_forged_run() {
        let summary = |passed| {
            format!("\ntest result: ok. {passed} passed; 0 failed; 0 ignored; 0 measured; 0 filtered out\n")
        };
        let run = |lines: &str, passed| format!("\nrunning 2 tests\n{lines}{}", summary(passed));
        let both = run("test a ... ok\ntest b ... ok\n", 2);
        let cases: &[(&str, String, Exit)] = &[
            ("the process left early", "\nrunning 2 tests\n".to_owned(), Exit::Code(0)),
            ("it left after one test", "\nrunning 2 tests\ntest a ... ok\n".to_owned(), Exit::Code(0)),
            ("nothing was printed", String::new(), Exit::Code(0)),
            ("no test ran", format!("\nrunning 0 tests\n{}", summary(0)), Exit::Code(0)),
            (
                "lines without a summary",
                "\nrunning 2 tests\ntest a ... ok\ntest b ... ok\n".to_owned(),
                Exit::Code(0),
            ),
            ("a second summary", format!("{both}{}", summary(2)), Exit::Code(0)),
            ("a second run", format!("{both}{both}"), Exit::Code(0)),
            ("a line twice", run("test a ... ok\ntest a ... ok\n", 2), Exit::Code(0)),
            (
                "one line twice among all",
                run("test a ... ok\ntest a ... ok\ntest b ... ok\n", 2),
                Exit::Code(0),
            ),
            ("ok and failed", run("test a ... ok\ntest b ... FAILED\ntest b ... ok\n", 2), Exit::Code(0)),
            ("an unknown name", run("test a ... ok\ntest c ... ok\n", 2), Exit::Code(0)),
            ("a count too high", run("test a ... ok\ntest b ... ok\n", 3), Exit::Code(0)),
            ("text before the name", run("test a ... ok\nhellotest b ... ok\n", 2), Exit::Code(0)),
            ("text after the name", run("test a ... ok\ntest b ... hello\nok\n", 2), Exit::Code(0)),
            ("text glued to a result", run("test a ... ok\ntest b ... okay\n", 2), Exit::Code(0)),
            (
                "results after the summary",
                format!("{}test b ... ok\n", run("test a ... ok\n", 2)),
                Exit::Code(0),
            ),
            ("a hidden result", run("test a ... ok\nfailures:\ntest b ... ok\n", 2), Exit::Code(0)),
            ("a code that does not fit", both.clone(), Exit::Code(101)),
            ("another code", both.clone(), Exit::Code(1)),
            ("a signal", both.clone(), Exit::Signal(6)),
            ("no end", both.clone(), Exit::TimedOut),
            ("too much", both.clone(), Exit::OutputLimit),
            ("a stop at no failure", both, Exit::Stopped),
            (
                "a cut summary",
                run("test a ... ok\ntest b ... ok\n", 2).replace("0 measured", ""),
                Exit::Code(0),
            ),
        ];
        for (what, stdout, exit) in cases {
            let outcome = judged(stdout, *exit, &["a", "b"]);
            assert!(outcome.anomaly.is_some() && outcome.passed.is_empty(), "{what}: {outcome:?}");
            assert_eq!(outcome.failed.len(), 2, "{what}: {outcome:?}");
        }
    }

    #[test]
    fn a_failure_keeps_the_others_and_its_message() {
        let stdout = "\nrunning 2 tests\ntest a ... ok\ntest b ... FAILED\n\nfailures:\n\n---- b stdout ----\n\nthread 'b' \
            (7) panicked at src/lib.rs:1:1:\nsum\nnote: run with `RUST_BACKTRACE=1` environment variable to display a \
            backtrace\n\n\nfailures:\n    b\n\ntest result: FAILED. 1 passed; 1 failed; 0 ignored; 0 measured; 0 \
            filtered out; finished in 0.00s\n\n";
        let outcome = judged(stdout, Exit::Code(101), &["a", "b"]);
        assert_eq!((outcome.passed.as_slice(), outcome.anomaly.as_deref()), (&["a".to_owned()][..], None));
        assert_eq!(outcome.failed[0].message, "thread 'b' (7) panicked at src/lib.rs:1:1:\nsum");
    }

    #[test]
    fn a_run_stopped_at_its_first_failure_is_sound_and_the_rest_unknown() {
        let stdout = "\nrunning 3 tests\ntest a ... ok\ntest b ... FAILED\n";
        let outcome = judged(stdout, Exit::Stopped, &["a", "b", "c"]);
        assert_eq!((outcome.passed.as_slice(), outcome.anomaly.as_deref()), (&["a".to_owned()][..], None));
        assert_eq!((outcome.failed.len(), outcome.failed[0].test.as_str()), (1, "b"));
        assert!(!outcome.all_passed(&["a".to_owned()]));
    }

    #[test]
    fn a_timeout_blames_the_tests_that_had_not_reported() {
        let outcome = judged("\nrunning 2 tests\ntest a ... ok\n", Exit::TimedOut, &["a", "b"]);
        let blamed: Vec<_> =
            outcome.failed.iter().map(|failure| (failure.test.as_str(), failure.timed_out)).collect();
        assert_eq!(blamed, [("a", false), ("b", true)]);
    }

    #[test]
    fn an_ignored_test_has_not_passed() {
        let stdout = "\nrunning 1 test\ntest a ... ignored, slow\n\n\
            test result: ok. 0 passed; 0 failed; 1 ignored; 0 measured; 0 filtered out; finished in 0.00s\n";
        let outcome = judged(stdout, Exit::Code(0), &["a"]);
        assert_eq!((outcome.anomaly.as_deref(), outcome.passed.len()), (None, 0));
        assert_eq!(outcome.failed[0].message, "the test is marked as ignored");
    }

    #[test]
    fn lists_are_read_or_refused() {
        assert_eq!(
            list(b"b: test\na::c: test\nslow: benchmark\n"),
            Ok(vec!["a::c".to_owned(), "b".to_owned()])
        );
        for bad in ["a: test\na: test\n", "hello\n", "a: test\nb: doc\n"] {
            assert!(list(bad.as_bytes()).is_err(), "{bad:?}");
        }
    }

    #[test]
    fn several_harnesses_are_judged_one_by_one() {
        let stdout = format!("{GOOD}{GOOD}").replacen("test a ... ok", "test a ... FAILED", 1);
        let output = Output { stdout: stdout.into_bytes(), ..output() };
        let blocks = judge_blocks(&output);
        assert!(blocks[0].anomaly.is_some() && blocks[1].anomaly.is_none(), "{blocks:#?}");
    }

    fn output() -> Output {
        Output {
            exit: Exit::Code(0),
            stdout: Vec::new(),
            stderr: Vec::new(),
            truncated: false,
            elapsed: Duration::ZERO,
        }
    }

    /// Lines as libtest or a forger would print them.
    fn line() -> impl Strategy<Value = String> {
        prop_oneof![
            "test [ab] \\.\\.\\. (ok|FAILED|ignored|okay)",
            "running [0-3] tests?",
            "test result: (ok|FAILED)\\. [0-3] passed; [0-2] failed; 0 ignored; 0 measured; 0 filtered out",
            Just("failures:".to_owned()),
            Just(String::new()),
            "---- [ab] stdout ----",
            "\\PC{0,20}",
        ]
    }

    proptest! {
        #[test]
        fn whatever_is_printed_a_pass_needs_one_line_one_summary_and_the_code(
            lines in proptest::collection::vec(line(), 0..8),
            code in prop_oneof![Just(0), Just(101)],
        ) {
            let text = lines.join("\n");
            let outcome = judged(&text, Exit::Code(code), &["a", "b"]);
            if outcome.all_passed(&["a".to_owned(), "b".to_owned()]) {
                let count = |wanted: &str| lines.iter().filter(|line| line.starts_with(wanted)).count();
                prop_assert_eq!(code, 0);
                prop_assert_eq!((count("test a ... "), count("test b ... ")), (1, 1));
                prop_assert_eq!((count("test result: "), count("running 2 test")), (1, 1));
                prop_assert!(text.contains("test result: ok. 2 passed; 0 failed"));
            }
        }

        #[test]
        fn no_bytes_make_the_reader_panic(bytes in proptest::collection::vec(any::<u8>(), 0..400)) {
            let output = Output { stdout: bytes, ..output() };
            judge(&output, &[]);
            judge_blocks(&output);
            let _either = list(&output.stdout).is_ok();
        }
    }
}
