//! Findings that do not decide: what is waived where it is, and what the baseline knows.

use crate::change::Waiver;
use crate::check::{Exceptions, Facts, Known};
use crate::digest::Digest;
use crate::gate::finding::{Finding, Place, SetAside, Severity};
use crate::gate::policy::{Condition, Policy, Rule};
use crate::similar::nearest;

/// The waivers with what the policy has against them: a rule that is not there, or one that is firm.
pub fn examined(policy: &Policy, waivers: Vec<Waiver>) -> Vec<Waiver> {
    let examined =
        |waiver: Waiver| Waiver { flaw: waiver.flaw.clone().or_else(|| flaw(policy, &waiver)), ..waiver };
    waivers.into_iter().map(examined).collect()
}

fn flaw(policy: &Policy, waiver: &Waiver) -> Option<String> {
    match rule(policy, &waiver.rule) {
        Some(rule) if rule.firm => Some("the rule is firm and cannot be waived".to_owned()),
        Some(_) => None,
        None if policy.off.iter().any(|off| off.id == waiver.rule) => None,
        None => {
            let meant = nearest(&waiver.rule, policy.rules.iter().map(|rule| rule.id.as_str()));
            let meant = meant.map(|meant| format!("; did you mean `{meant}`?")).unwrap_or_default();
            Some(format!("there is no such rule{meant}"))
        }
    }
}

fn rule<'p>(policy: &'p Policy, id: &str) -> Option<&'p Rule> {
    policy.rules.iter().find(|rule| rule.id == id)
}

/// Marks the findings that do not decide. Findings of firm rules always do.
pub(super) fn set_aside(policy: &Policy, facts: &Facts, findings: &mut [Finding]) {
    let Exceptions { waivers, known } = &facts.exceptions;
    let asks = asks_about_waivers(policy);
    // A waiver of the change itself counts only where somebody is asked about it.
    let counts = |waiver: &&Waiver| waiver.flaw.is_none() && (asks || !waiver.added);
    let waivers: Vec<&Waiver> = waivers.iter().filter(counts).collect();
    let mut left: Vec<usize> = known.iter().map(|known| known.count).collect();
    for finding in findings {
        let Some(rule) = rule(policy, &finding.rule).filter(|rule| !rule.firm) else { continue };
        // Of two waivers the one that was there needs no approval.
        let mut of_it = waivers.iter().filter(|waiver| is_waived(waiver, finding));
        let waiver = of_it.clone().find(|waiver| !waiver.added).or_else(|| of_it.next());
        finding.set_aside = waiver.map(|waiver| waived(waiver));
        if finding.set_aside.is_none() {
            let found = known.iter().position(|known| is_known(known, rule, finding, facts));
            if let Some(index) = found.filter(|index| left[*index] > 0) {
                left[index] -= 1;
                finding.set_aside = Some(SetAside::Known);
            }
        }
    }
}

fn asks_about_waivers(policy: &Policy) -> bool {
    policy
        .rules
        .iter()
        .any(|rule| rule.condition == Condition::NoWaiverAdded && rule.severity >= Severity::Ask)
}

fn is_waived(waiver: &Waiver, finding: &Finding) -> bool {
    let place = finding.place.as_ref();
    waiver.rule == finding.rule && place.is_some_and(|place| waiver.is_about(&place.path, place.line))
}

fn waived(waiver: &Waiver) -> SetAside {
    SetAside::Waived {
        why: waiver.reason.clone(),
        expires: waiver.expires.clone(),
        place: Place { path: waiver.at.clone(), line: waiver.line, column: 1 },
        added: waiver.added,
    }
}

fn is_known(known: &Known, rule: &Rule, finding: &Finding, facts: &Facts) -> bool {
    if known.rule != finding.rule {
        return false;
    }
    if matches!(rule.condition, Condition::LineCoverage { .. }) {
        // A figure is known as long as it does not fall.
        let now = facts.coverage.as_ref().and_then(|coverage| tenths(coverage.generated_percent()?));
        return known.covered.is_some() && now >= known.covered;
    }
    match &finding.place {
        Some(place) => known.path.as_ref() == Some(&place.path) && known.lines.contains(&place.line),
        None => known.path.is_none() && known.message == Some(Digest::of(finding.message.as_bytes())),
    }
}

/// Tenths of a per cent.
pub(super) fn tenths(percent: f64) -> Option<u32> {
    (0..=1000).rev().find(|tenths| f64::from(*tenths) <= percent * 10.0)
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::change::{Observation, ObservationKind};
    use crate::check::Evidence;
    use crate::gate::policy::Fragment;
    use crate::gate::{Decision, decide};
    use crate::tree::TreePath;

    fn path(name: &str) -> TreePath {
        TreePath::new(name).unwrap()
    }

    fn waiver(rule: &str, added: bool) -> Waiver {
        Waiver {
            rule: rule.to_owned(),
            at: path("src/lib.rs"),
            line: 2,
            path: path("src/lib.rs"),
            covers: Some([3, 3]),
            reason: "r".to_owned(),
            expires: None,
            added,
            flaw: None,
        }
    }

    /// What is decided where a lint is switched off and a build script is touched in line 3.
    fn decided(policy: &Policy, kinds: &[ObservationKind], exceptions: Exceptions) -> Decision {
        let mut facts = Fragment::default().over_faultless();
        let observation = |kind: &ObservationKind| Observation {
            kind: *kind,
            path: path("src/lib.rs"),
            line: 3,
            item: "f".to_owned(),
            detail: "d".to_owned(),
        };
        facts.observed.extend(kinds.iter().map(observation));
        facts.exceptions = exceptions;
        decide(policy, &Evidence::invented(facts))
    }

    fn waived(rule: &str, added: bool) -> Exceptions {
        Exceptions { waivers: vec![waiver(rule, added)], known: Vec::new() }
    }

    const LINT: &[ObservationKind] = &[ObservationKind::LintSwitch];

    #[test]
    fn a_waiver_of_the_base_lets_pass_and_one_of_the_change_asks() {
        let policy = Policy::gate().unwrap();
        assert_eq!(decided(&policy, LINT, Exceptions::default()).name(), "ask");
        let passed = decided(&policy, LINT, waived("lints-on", false));
        assert_eq!(passed.name(), "allow");
        assert!(matches!(passed.findings()[0].set_aside, Some(SetAside::Waived { added: false, .. })));
        let asked = decided(&policy, &[ObservationKind::GivesUp], waived("nothing-left-open", true));
        let rules: Vec<&str> = asked.findings().iter().map(|finding| finding.rule.as_str()).collect();
        assert_eq!((asked.name(), rules), ("ask", vec!["waivers-agreed", "nothing-left-open"]));
        for other in ["unsafe-agreed", "lint-on"] {
            assert_eq!(decided(&policy, LINT, waived(other, false)).name(), "ask", "{other}");
        }
        let flawed = Waiver { flaw: Some("it expired".to_owned()), ..waiver("lints-on", false) };
        let flawed = Exceptions { waivers: vec![flawed], known: Vec::new() };
        assert_eq!(decided(&policy, LINT, flawed).name(), "ask");
    }

    #[test]
    fn a_policy_that_does_not_ask_about_waivers_honours_none_of_the_change() {
        let mut policy = Policy::gate().unwrap();
        policy.rules.retain(|rule| rule.condition != Condition::NoWaiverAdded);
        assert_eq!(decided(&policy, LINT, waived("lints-on", true)).name(), "ask");
        assert_eq!(decided(&policy, LINT, waived("lints-on", false)).name(), "allow");
    }

    #[test]
    fn firm_rules_are_neither_waived_nor_known() {
        let policy = Policy::gate().unwrap();
        let kinds = &[ObservationKind::BuildScript];
        assert_eq!(decided(&policy, kinds, waived("judges-agreed", false)).name(), "ask");
        let known = Exceptions { waivers: Vec::new(), known: vec![known("judges-agreed", 9)] };
        assert_eq!(decided(&policy, kinds, known).name(), "ask");
        let examined = examined(&policy, vec![waiver("judges-agreed", false), waiver("lint-on", false)]);
        let flaws: Vec<&str> = examined.iter().filter_map(|waiver| waiver.flaw.as_deref()).collect();
        assert!(flaws[0].contains("firm") && flaws[1].ends_with("did you mean `lints-on`?"), "{flaws:?}");
    }

    fn known(rule: &str, count: usize) -> Known {
        Known {
            rule: rule.to_owned(),
            path: Some(path("src/lib.rs")),
            lines: vec![3],
            message: None,
            covered: None,
            count,
        }
    }

    #[test]
    fn the_baseline_knows_as_many_as_there_were() {
        let policy = Policy::gate().unwrap();
        let of = |count| Exceptions { waivers: Vec::new(), known: vec![known("lints-on", count)] };
        assert_eq!(decided(&policy, LINT, of(1)).name(), "allow");
        let twice = [LINT, LINT].concat();
        assert_eq!(decided(&policy, &twice, of(1)).name(), "ask");
        assert_eq!(decided(&policy, &twice, of(2)).name(), "allow");
    }

    #[test]
    fn coverage_is_known_while_it_does_not_fall() {
        let policy = Policy::gate().unwrap();
        let of = |covered| {
            let mut facts: Facts = toml::from_str::<Fragment>("coverage = 50.0").unwrap().over_faultless();
            facts.exceptions.known = vec![Known { covered: Some(covered), ..known("change-covered", 1) }];
            decide(&policy, &Evidence::invented(facts)).name()
        };
        assert_eq!((of(499), of(500), of(501)), ("allow", "allow", "deny"));
    }
}
