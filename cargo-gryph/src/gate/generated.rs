//! What is asked of code that a machine wrote, over what is asked of all: the stricter rules hold for its lines.

use crate::check::{Facts, GeneratedLines};
use crate::coverage::Coverage;
use crate::gate::finding::{Finding, Place};
use crate::gate::judge;
use crate::gate::policy::{Condition, Policy, Rule};
use crate::tree::TreePath;

/// Makes the findings in generated lines as severe as the stricter rules are, and adds what only those find.
pub(super) fn tighten(policy: &Policy, facts: &Facts, findings: &mut Vec<Finding>) {
    if facts.generated.is_empty() || policy.generated.is_empty() {
        return;
    }
    let of_files = in_files(facts);
    for rule in &policy.generated {
        let stricter = judge::findings(rule, &of_files).into_iter();
        for found in stricter.filter(|found| is_of_generated(rule, facts, found.place.as_ref())) {
            let is_same = |old: &&mut Finding| old.rule == found.rule && old.place == found.place;
            match findings.iter_mut().find(|old| is_same(old) && old.message == found.message) {
                Some(old) => old.severity = old.severity.max(found.severity),
                None => findings
                    .push(Finding { message: format!("{} (of what was generated)", found.message), ..found }),
            }
        }
    }
}

/// The same facts, with the coverage of files that hold generated lines alone.
fn in_files(facts: &Facts) -> Facts {
    let holds = |path: &TreePath| facts.generated.iter().any(|one| one.path == *path);
    let coverage = facts.coverage.as_ref().map(|coverage| Coverage {
        files: coverage.files.clone(),
        generated: coverage.generated.iter().filter(|file| holds(&file.path)).cloned().collect(),
    });
    Facts { coverage, ..facts.clone() }
}

/// Whether a finding is about generated lines. Coverage is a figure of whole files.
fn is_of_generated(rule: &Rule, facts: &Facts, place: Option<&Place>) -> bool {
    let is_figure = matches!(rule.condition, Condition::LineCoverage { .. });
    let holds = |one: &GeneratedLines, place: &Place| {
        one.path == place.path && (is_figure || one.lines.binary_search(&place.line).is_ok())
    };
    place.is_some_and(|place| facts.generated.iter().any(|one| holds(one, place)))
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::change::{Observation, ObservationKind};
    use crate::check::Evidence;
    use crate::coverage::{FileCoverage, RegionShare};
    use crate::gate::policy::Fragment;
    use crate::gate::{Severity, decide};
    use crate::tree::Tree;

    fn path(name: &str) -> TreePath {
        TreePath::new(name).unwrap()
    }

    /// A tree with an unwrap in line 3, and lines that a machine wrote.
    fn judged(lines: &[usize], change: impl FnOnce(&mut Facts)) -> Vec<(String, Severity)> {
        let mut facts = Fragment::default().over_faultless();
        facts.observed.push(Observation {
            kind: ObservationKind::Unwrap,
            path: path("src/lib.rs"),
            line: 3,
            item: "f".to_owned(),
            detail: "d".to_owned(),
        });
        facts.generated = vec![GeneratedLines { path: path("src/lib.rs"), lines: lines.to_vec() }];
        change(&mut facts);
        let policy = Policy::of_repository(&Tree::new(), None).unwrap();
        let decision = decide(&policy, &Evidence::invented(facts));
        decision.findings().iter().map(|finding| (finding.rule.clone(), finding.severity)).collect()
    }

    #[test]
    fn only_what_a_machine_wrote_is_held_to_more() {
        let of = |severity| vec![("no-new-unwraps".to_owned(), severity)];
        assert_eq!(judged(&[1, 2, 4], |_| {}), of(Severity::Warn));
        assert_eq!(judged(&[3], |_| {}), of(Severity::Deny));
    }

    #[test]
    fn coverage_is_asked_of_the_files_with_generated_lines() {
        let coverage = |name: &str| {
            let file = FileCoverage {
                path: path(name),
                covered: 8,
                coverable: 10,
                uncovered_lines: vec![9, 10],
                lines: vec![9, 10],
                regions: RegionShare::default(),
            };
            Coverage { files: vec![file.clone()], generated: vec![file] }
        };
        let rules = |name: &'static str| -> Vec<String> {
            let found = judged(&[1], |facts| facts.coverage = Some(coverage(name)));
            found.into_iter().map(|(rule, _)| rule).collect()
        };
        assert_eq!(rules("src/lib.rs"), ["change-covered", "no-new-unwraps"]);
        assert_eq!(rules("src/other.rs"), ["no-new-unwraps"]);
    }
}
