//! What a rule finds in facts.

use crate::change::{ChangeFacts, Observation, ObservationKind, Waiver};
use crate::check::{
    DependencyFact, Facts, Licence, LintGrowth, MissedFault, NewWarning, TestFact, TestResult, Unchecked,
};
use crate::coverage::FileCoverage;
use crate::diagnostic::Diagnostic;
use crate::gate::command;
use crate::gate::finding::{Finding, Place};
use crate::gate::licence;
use crate::gate::policy::{Condition, Rule};
use crate::scan::{SourceMatch, masked};

/// All breaches of one rule, in the order of the facts.
pub(super) fn findings(rule: &Rule, facts: &Facts) -> Vec<Finding> {
    match &rule.condition {
        Condition::Builds => builds(rule, facts),
        Condition::TestsPass => tests_pass(rule, facts),
        Condition::TestsReported => tests_reported(rule, facts),
        Condition::Formatted => formatted(rule, facts),
        Condition::LintFree => looked_at(rule, facts.lints.as_deref(), CLIPPY),
        Condition::Documented => looked_at(rule, facts.docs.as_deref(), DOC),
        Condition::LineCoverage { minimum } => line_coverage(rule, facts, *minimum),
        Condition::Sandboxed => sandboxed(rule, facts),
        Condition::LintsDoNotGrow => lints_grow(rule, facts),
        Condition::FaultsNoticed => faults_noticed(rule, facts),
        Condition::NoFaultMissed => faults_missed(rule, facts),
        Condition::EverythingChecked => unchecked(rule, facts),
        Condition::DependenciesOlder { days } => of_dependencies(rule, facts, |one| younger(one, *days)),
        Condition::LicencesAmong { of } => of_dependencies(rule, facts, |one| unlicensed(one, of)),
        Condition::NoWaiverAdded => waivers_added(rule, facts),
        Condition::WaiversCount => waivers_count(rule, facts),
        Condition::Unmatched { of } => match (&facts.change, &facts.matches) {
            (Some(change), _) => unmatched(rule, of, &change.matches),
            (None, Some(matches)) => unmatched(rule, of, matches),
            (None, None) => vec![finding(rule, NOBODY_LOOKED, None, GATE)],
        },
        Condition::Unobserved { .. } | Condition::DeletesLittle { .. } | Condition::ReadsShort { .. } => {
            match &facts.change {
                Some(change) => [of_change(rule, change), of_checks(rule, &facts.observed)].concat(),
                None => vec![finding(rule, NOBODY_LOOKED, None, DIFF)],
            }
        }
    }
}

/// All breaches of one rule by a change; none of a rule that is not about changes alone.
pub(super) fn of_change(rule: &Rule, change: &ChangeFacts) -> Vec<Finding> {
    match &rule.condition {
        Condition::Unobserved { of } => unwanted(rule, of, &change.observations),
        Condition::DeletesLittle { tokens, times } => deletes(rule, change, *tokens, *times),
        Condition::Unmatched { of } => unmatched(rule, of, &change.matches),
        Condition::ReadsShort { lines } => reads_short(rule, change, *lines),
        Condition::Builds
        | Condition::TestsPass
        | Condition::TestsReported
        | Condition::Formatted
        | Condition::LintFree
        | Condition::Documented
        | Condition::LineCoverage { .. }
        | Condition::Sandboxed
        | Condition::LintsDoNotGrow
        | Condition::FaultsNoticed
        | Condition::NoFaultMissed
        | Condition::EverythingChecked
        | Condition::DependenciesOlder { .. }
        | Condition::LicencesAmong { .. }
        | Condition::NoWaiverAdded
        | Condition::WaiversCount => Vec::new(),
    }
}

/// The breaches of a rule about changes by what other checks observed.
fn of_checks(rule: &Rule, observed: &[Observation]) -> Vec<Finding> {
    match &rule.condition {
        Condition::Unobserved { of } => unwanted(rule, of, observed),
        _ => Vec::new(),
    }
}

fn unmatched(rule: &Rule, of: &[String], matches: &[SourceMatch]) -> Vec<Finding> {
    let finding = |one: &SourceMatch| {
        let place = Place { path: one.path.clone(), line: one.line.max(1), column: one.column.max(1) };
        let detail = match one.item.as_str() {
            "" => one.text.clone(),
            item => format!("in `{item}`, {}", one.text),
        };
        finding(rule, first_line(&detail), Some(place), GATE)
    };
    matches.iter().filter(|one| of.contains(&one.rule)).map(finding).collect()
}

fn unwanted(rule: &Rule, of: &[ObservationKind], observed: &[Observation]) -> Vec<Finding> {
    let unwanted = observed.iter().filter(|observation| of.contains(&observation.kind));
    unwanted.map(|observation| of_observation(rule, observation)).collect()
}

const BUILD: &str = "cargo build --all-targets --locked";
const TEST: &str = "cargo test --locked";
const CLIPPY: &str = "cargo clippy --all-targets --locked -- -D warnings";
const DOC: &str = "cargo rustdoc --locked -- -D warnings -D missing_docs";
const FORMAT: &str = "cargo fmt --check";
const GATE: &str = "cargo gryph gate";
const DIFF: &str = "git diff HEAD";
const COVERAGE: &str = "RUSTFLAGS='-C instrument-coverage' cargo test --locked";

fn finding(rule: &Rule, detail: &str, place: Option<Place>, command: impl Into<String>) -> Finding {
    let message = match detail {
        "" => rule.message.clone(),
        // Whatever a rule is about, what it tells must not hold somebody's secret.
        detail => format!("{}: {}", rule.message, masked(detail)),
    };
    Finding {
        rule: rule.id.clone(),
        severity: rule.severity,
        message,
        mend: rule.mend.clone(),
        place,
        command: command.into(),
        reference: rule.reference.clone(),
        set_aside: None,
        fix: None,
    }
}

fn builds(rule: &Rule, facts: &Facts) -> Vec<Finding> {
    match (facts.build.success, facts.build.errors.as_slice()) {
        (true, _) => Vec::new(),
        (false, []) => vec![finding(rule, "", None, BUILD)],
        (false, errors) => diagnostics(rule, errors, BUILD),
    }
}

fn tests_pass(rule: &Rule, facts: &Facts) -> Vec<Finding> {
    let failed = |fact: &TestFact| match &fact.result {
        TestResult::Failed { timed_out: true, .. } => Some("it ran out of time".to_owned()),
        TestResult::Failed { message, .. } => Some(first_line(message).to_owned()),
        TestResult::Passed | TestResult::Unreported | TestResult::Ignored => None,
    };
    let broken = |fact: &TestFact| {
        let detail = format!("`{}`, {}", test_name(fact), failed(fact)?);
        Some(finding(rule, &detail, None, test_command(fact)))
    };
    facts.tests.iter().filter_map(broken).collect()
}

fn tests_reported(rule: &Rule, facts: &Facts) -> Vec<Finding> {
    if !facts.build.success {
        return Vec::new(); // Nothing could run; the build is the finding.
    }
    if facts.tests.is_empty() {
        return vec![finding(rule, "there is no test at all", None, TEST)];
    }
    let broken = |fact: &TestFact| {
        let why = match fact.result {
            TestResult::Unreported => "never, or more than once",
            TestResult::Ignored => "it is ignored",
            TestResult::Passed | TestResult::Failed { .. } => return None,
        };
        let detail = format!("`{}`, {why}", test_name(fact));
        fact.expected.then(|| finding(rule, &detail, None, test_command(fact)))
    };
    facts.tests.iter().filter_map(broken).collect()
}

/// What a fact that was not gathered is called: a rule that needs it cannot hold.
const NOBODY_LOOKED: &str = "nobody looked";

fn looked_at(rule: &Rule, found: Option<&[Diagnostic]>, command: &str) -> Vec<Finding> {
    match found {
        Some(found) => diagnostics(rule, found, command),
        None => vec![finding(rule, NOBODY_LOOKED, None, command)],
    }
}

fn of_observation(rule: &Rule, observation: &Observation) -> Finding {
    let place = Place { path: observation.path.clone(), line: observation.line.max(1), column: 1 };
    let detail = match observation.item.as_str() {
        "" => observation.detail.clone(),
        item => format!("`{item}`, {}", observation.detail),
    };
    finding(rule, first_line(&detail), Some(place), command::of_observation(observation))
}

fn deletes(rule: &Rule, change: &ChangeFacts, tokens: usize, times: usize) -> Vec<Finding> {
    let size = &change.size;
    if size.tokens_deleted <= tokens.saturating_add(size.tokens_added.saturating_mul(times)) {
        return Vec::new();
    }
    let detail = format!("{} tokens deleted, {} added", size.tokens_deleted, size.tokens_added);
    vec![finding(rule, &detail, None, DIFF)]
}

fn reads_short(rule: &Rule, change: &ChangeFacts, most: usize) -> Vec<Finding> {
    if change.lines <= most {
        return Vec::new();
    }
    vec![finding(
        rule,
        &format!("{} lines to read, {most} at most", change.lines),
        None,
        "git diff HEAD --stat",
    )]
}

fn lints_grow(rule: &Rule, facts: &Facts) -> Vec<Finding> {
    facts.lint_growth.iter().flatten().flat_map(|growth| growths(rule, growth)).collect()
}

/// A finding for each new warning; one for all of them where their places are not known.
fn growths(rule: &Rule, growth: &LintGrowth) -> Vec<Finding> {
    let counts = format!("{} before, {} after", growth.before, growth.after);
    let holder = if growth.function.is_empty() { growth.path.as_str() } else { &growth.function };
    let head = format!("{} in `{holder}`, {counts}", growth.code);
    let of = |one: &NewWarning| {
        let place = Place { path: growth.path.clone(), line: one.line.max(1), column: one.column.max(1) };
        let detail = format!("{head}; {}", first_line(&one.message));
        Finding { fix: one.fix.clone(), ..finding(rule, &detail, Some(place), CLIPPY) }
    };
    match growth.new.as_slice() {
        [] => {
            let place = Place { path: growth.path.clone(), line: growth.line.max(1), column: 1 };
            vec![finding(rule, &head, Some(place), CLIPPY)]
        }
        new => new.iter().map(of).collect(),
    }
}

fn formatted(rule: &Rule, facts: &Facts) -> Vec<Finding> {
    let Some(found) = &facts.format else { return vec![finding(rule, NOBODY_LOOKED, None, FORMAT)] };
    let broken = |fact: &crate::check::FormatFact| {
        let place = Place { path: fact.path.clone(), line: fact.line.max(1), column: 1 };
        let detail = fact.error.as_deref().map(first_line).unwrap_or_default();
        finding(rule, detail, Some(place), FORMAT)
    };
    found.iter().map(broken).collect()
}

fn diagnostics(rule: &Rule, diagnostics: &[Diagnostic], command: &str) -> Vec<Finding> {
    let broken = |diagnostic: &Diagnostic| {
        let place = diagnostic.primary().map(|label| Place {
            path: label.span.path.clone(),
            line: label.lines.start,
            column: label.column,
        });
        let detail = match &diagnostic.code {
            Some(code) => format!("{} ({code})", first_line(&diagnostic.message)),
            None => first_line(&diagnostic.message).to_owned(),
        };
        finding(rule, &detail, place, command)
    };
    diagnostics.iter().map(broken).collect()
}

/// Without a figure the tree did not build or a test failed, which other rules refuse; but a policy without those
/// rules must not let unmeasured code in, so it is a breach here as well.
fn line_coverage(rule: &Rule, facts: &Facts, minimum: f64) -> Vec<Finding> {
    let Some(coverage) = &facts.coverage else {
        return vec![finding(rule, "it could not be measured", None, COVERAGE)];
    };
    let Some(percent) = coverage.generated_percent().filter(|percent| *percent < minimum) else {
        return Vec::new();
    };
    let detail = format!("{percent:.1} %, {minimum} % are required; {}", uncovered(&coverage.generated));
    let place = coverage.generated.iter().find_map(|file| {
        Some(Place { path: file.path.clone(), line: *file.uncovered_lines.first()?, column: 1 })
    });
    vec![finding(rule, &detail, place, COVERAGE)]
}

/// `not run: src/lib.rs 3-5, 9`, at most [`MAX_RANGES`] ranges.
fn uncovered(files: &[FileCoverage]) -> String {
    let ranges = files.iter().flat_map(|file| {
        let path = &file.path;
        ranges(&file.uncovered_lines).into_iter().map(move |(first, last)| match first == last {
            true => format!("{path} {first}"),
            false => format!("{path} {first}-{last}"),
        })
    });
    let mut ranges: Vec<String> = ranges.take(MAX_RANGES + 1).collect();
    if ranges.len() > MAX_RANGES {
        ranges[MAX_RANGES] = "…".to_owned();
    }
    format!("not run: {}", ranges.join(", "))
}

const MAX_RANGES: usize = 8;

/// Runs of consecutive numbers in an ascending list.
fn ranges(lines: &[usize]) -> Vec<(usize, usize)> {
    let mut ranges: Vec<(usize, usize)> = Vec::new();
    for line in lines {
        match ranges.last_mut() {
            Some((_, last)) if *last + 1 == *line => *last = *line,
            _ => ranges.push((*line, *line)),
        }
    }
    ranges
}

/// Changed functions that can be broken in any way that was tried without a test that fails.
fn faults_noticed(rule: &Rule, facts: &Facts) -> Vec<Finding> {
    let unseen = facts.faults.iter().flatten().filter(|fact| fact.tried > 0 && !fact.noticed);
    unseen
        .map(|fact| {
            let ways = format!("in {} of {} ways", fact.missed.len(), fact.tried);
            let such_as = fact.missed.first().map(|one| format!(", such as {}", replaced(one)));
            let detail = format!("`{}`, {ways}{}", fact.function, such_as.unwrap_or_default());
            let place = Place { path: fact.path.clone(), line: fact.line, column: 1 };
            finding(rule, &detail, Some(place), GATE)
        })
        .collect()
}

/// Faults that were missed in functions of which others are noticed.
fn faults_missed(rule: &Rule, facts: &Facts) -> Vec<Finding> {
    let seen = facts.faults.iter().flatten().filter(|fact| fact.noticed);
    let missed = seen.flat_map(|fact| fact.missed.iter().take(MAX_MISSED).map(move |missed| (fact, missed)));
    missed
        .map(|(fact, missed)| {
            let detail = format!("in `{}`, {}", fact.function, replaced(missed));
            let place = Place { path: fact.path.clone(), line: missed.line, column: 1 };
            finding(rule, &detail, Some(place), GATE)
        })
        .collect()
}

fn replaced(fault: &MissedFault) -> String {
    format!("`{}` in the place of `{}`", fault.became, fault.was)
}

/// Missed faults of one function that are told.
const MAX_MISSED: usize = 3;

fn unchecked(rule: &Rule, facts: &Facts) -> Vec<Finding> {
    let finding = |one: &Unchecked| finding(rule, &format!("{}, {}", one.check, one.reason), None, GATE);
    facts.unchecked.iter().map(finding).collect()
}

/// What is wrong with single packages that the change brings in.
fn of_dependencies(
    rule: &Rule,
    facts: &Facts,
    why: impl Fn(&DependencyFact) -> Option<String>,
) -> Vec<Finding> {
    let Some(dependencies) = &facts.dependencies else {
        return vec![finding(rule, NOBODY_LOOKED, None, DIFF)];
    };
    let broken = |fact: &DependencyFact| {
        let detail = format!("`{}` {}, {}", fact.name, fact.version, why(fact)?);
        let place = Place { path: fact.path.clone(), line: fact.line.max(1), column: 1 };
        Some(finding(rule, first_line(&detail), Some(place), DIFF))
    };
    dependencies.iter().filter_map(broken).collect()
}

/// What nobody knows the age of is named as not checked, and is no breach.
fn younger(fact: &DependencyFact, days: u64) -> Option<String> {
    fact.age_days.filter(|age| *age < days)?;
    // Not how many: what a person approves today is the same finding tomorrow.
    Some(match days {
        1 => "published less than a day ago".to_owned(),
        days => format!("published less than {days} days ago"),
    })
}

/// What nobody has the sources of is named as not checked, and is no breach.
fn unlicensed(fact: &DependencyFact, of: &[String]) -> Option<String> {
    match &fact.licence {
        Licence::Unknown => None,
        Licence::None => Some("it gives no licence".to_owned()),
        Licence::File => Some("its licence is a text of its own".to_owned()),
        Licence::Expression(expression) => {
            (!licence::is_allowed(expression, of)).then(|| format!("its licence is {expression}"))
        }
    }
}

fn waivers_added(rule: &Rule, facts: &Facts) -> Vec<Finding> {
    let added = facts.exceptions.waivers.iter().filter(|waiver| waiver.added && waiver.flaw.is_none());
    let detail = |waiver: &Waiver| format!("`{}`, {}", waiver.rule, waiver.reason);
    added.map(|waiver| of_waiver(rule, waiver, &detail(waiver))).collect()
}

fn waivers_count(rule: &Rule, facts: &Facts) -> Vec<Finding> {
    let flawed = |waiver: &Waiver| {
        let flaw = waiver.flaw.as_ref()?;
        let named = if waiver.rule.is_empty() { String::new() } else { format!("`{}`, ", waiver.rule) };
        Some(of_waiver(rule, waiver, &format!("{named}{flaw}")))
    };
    facts.exceptions.waivers.iter().filter_map(flawed).collect()
}

fn of_waiver(rule: &Rule, waiver: &Waiver, detail: &str) -> Finding {
    let place = Place { path: waiver.at.clone(), line: waiver.line, column: 1 };
    finding(rule, first_line(detail), Some(place), GATE)
}

fn sandboxed(rule: &Rule, facts: &Facts) -> Vec<Finding> {
    match facts.sandbox.is_empty() {
        true => vec![finding(rule, "", None, "cargo gryph doctor")],
        false => Vec::new(),
    }
}

fn test_name(fact: &TestFact) -> String {
    format!("{}::{}", fact.test.target, fact.test.name)
}

/// A test's name is text of the tree: it is quoted unless it is plain.
fn test_command(fact: &TestFact) -> String {
    let name = &fact.test.name;
    let plain = name.chars().all(|c| c.is_ascii_alphanumeric() || c == '_' || c == ':');
    match plain {
        true => format!("{TEST} -- --exact {name}"),
        false => TEST.to_owned(),
    }
}

fn first_line(text: &str) -> &str {
    text.trim().lines().next().unwrap_or_default()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn ranges_join_neighbours() {
        assert_eq!(ranges(&[1, 2, 3, 5, 7, 8]), [(1, 3), (5, 5), (7, 8)]);
        assert_eq!(ranges(&[]), []);
    }
}
