//! The decision, and the approval that a commit takes.

use crate::change::ChangeFacts;
use crate::check::{Evidence, Transition};
use crate::digest::Digest;
use crate::gate::approval::{Approval, ApprovalError, Granted, Source, seen};
use crate::gate::finding::{Finding, Severity};
use crate::gate::judge;
use crate::gate::policy::Policy;
use crate::gate::{aside, generated};

/// What the gate says.
#[derive(Debug, PartialEq, Eq)]
pub enum Decision {
    /// The tree may be committed.
    Allow(Approved),
    /// A person must decide.
    Ask(Ask),
    /// The tree is refused.
    Deny(Vec<Finding>),
}

impl Decision {
    /// What was found, the severest first; warnings included. What does not decide comes last.
    pub fn findings(&self) -> &[Finding] {
        match self {
            Self::Allow(approved) => &approved.warnings,
            Self::Ask(ask) => &ask.findings,
            Self::Deny(findings) => findings,
        }
    }

    /// `allow`, `ask` or `deny`.
    pub fn name(&self) -> &'static str {
        match self {
            Self::Allow(_) => "allow",
            Self::Ask(_) => "ask",
            Self::Deny(_) => "deny",
        }
    }
}

/// The right to commit one tree once. It binds the digests of tree, policy and evidence; it cannot be copied, nor made
/// outside this module.
#[derive(Debug, PartialEq, Eq)]
pub struct Approved {
    tree: Digest,
    policy: Digest,
    evidence: Digest,
    warnings: Vec<Finding>,
    granted: Option<Granted>,
}

impl Approved {
    /// What a unit test of this crate commits with.
    #[cfg(test)]
    pub(crate) fn invented(tree: Digest) -> Self {
        let (policy, evidence) = (Digest::of(b"policy"), Digest::of(b"evidence"));
        Self { tree, policy, evidence, warnings: Vec::new(), granted: None }
    }

    /// The tree it is for.
    pub fn tree(&self) -> Digest {
        self.tree
    }

    /// The policy that was applied.
    pub fn policy(&self) -> Digest {
        self.policy
    }

    /// The evidence that was judged.
    pub fn evidence(&self) -> Digest {
        self.evidence
    }

    /// What was found and does not stop the commit.
    pub fn warnings(&self) -> &[Finding] {
        &self.warnings
    }

    /// Who approved it, where a person was asked.
    pub fn granted(&self) -> Option<&Granted> {
        self.granted.as_ref()
    }
}

/// A question to a person, bound to what it is about.
#[derive(Debug, PartialEq, Eq)]
pub struct Ask {
    tree: Digest,
    policy: Digest,
    evidence: Digest,
    /// The step that was judged, where there is one.
    step: Option<Transition>,
    findings: Vec<Finding>,
}

impl Ask {
    /// What was found.
    pub fn findings(&self) -> &[Finding] {
        &self.findings
    }

    /// The tree that an approval is bound to.
    pub fn judged(&self) -> Digest {
        self.step.map_or(self.tree, |step| step.tree)
    }

    /// The approval that a person called `by` would give for `reason`.
    pub fn approval(&self, by: impl Into<String>, reason: impl Into<String>) -> Approval {
        Approval {
            by: by.into(),
            reason: reason.into(),
            tree: self.judged(),
            base: self.step.map(|step| step.base),
            policy: self.policy,
            evidence: seen(&self.findings),
        }
    }
}

/// Applies a policy to evidence. The severest finding decides.
pub fn decide(policy: &Policy, evidence: &Evidence) -> Decision {
    let facts = evidence.facts();
    let mut findings: Vec<Finding> =
        policy.rules().iter().flat_map(|rule| judge::findings(rule, facts)).collect();
    generated::tighten(policy, facts, &mut findings);
    aside::set_aside(policy, facts, &mut findings);
    findings.sort_by_key(|finding| (finding.set_aside.is_some(), std::cmp::Reverse(finding.severity)));
    let (tree, policy, evidence) = (facts.tree, policy.digest(), evidence.digest());
    let deciding = findings.first().filter(|finding| finding.set_aside.is_none());
    match deciding.map(|finding| finding.severity) {
        None | Some(Severity::Warn) => {
            Decision::Allow(Approved { tree, policy, evidence, warnings: findings, granted: None })
        }
        Some(Severity::Ask) => Decision::Ask(Ask { tree, policy, evidence, step: facts.step, findings }),
        Some(Severity::Deny) => Decision::Deny(findings),
    }
}

/// What the rules about changes say to a change, the severest first, before any evidence about it is gathered: a
/// candidate that this denies needs no check. It approves nothing.
pub fn objections(policy: &Policy, change: &ChangeFacts) -> Vec<Finding> {
    let rules = policy.rules().iter().filter(|rule| rule.condition.is_about_change());
    let mut findings: Vec<Finding> = rules.flat_map(|rule| judge::of_change(rule, change)).collect();
    findings.sort_by_key(|finding| std::cmp::Reverse(finding.severity));
    findings
}

/// Turns a question into the right to commit, if the approval is for exactly this question. Whether it counts at all is
/// found out before, by [`answer`](crate::gate::approval::answer).
pub(super) fn approve(
    ask: Ask,
    approval: &Approval,
    key: Option<String>,
    source: &Source,
) -> Result<Approved, Box<(Ask, ApprovalError)>> {
    let Approval { by, reason, .. } = approval;
    let asked = ask.approval(by, reason);
    let what = match () {
        () if approval.tree != asked.tree => "tree",
        () if approval.base != asked.base => "base",
        () if approval.policy != asked.policy => "policy",
        // Of what the person was shown, some may be settled by now; nothing may be new.
        () if !asked.evidence.is_subset(&approval.evidence) => "evidence",
        () => {
            let Ask { tree, policy, evidence, findings, .. } = ask;
            let granted = Granted { by: by.clone(), reason: reason.clone(), key, source: source.to_string() };
            return Ok(Approved { tree, policy, evidence, warnings: findings, granted: Some(granted) });
        }
    };
    Err(Box::new((ask, ApprovalError::Stale { by: by.clone(), what })))
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::check::{Facts, TestResult};
    use crate::gate::policy::Fragment;

    fn evidence(change: impl FnOnce(&mut Facts)) -> Evidence {
        let mut facts = Fragment::default().over_faultless();
        change(&mut facts);
        Evidence::invented(facts)
    }

    fn policy() -> Policy {
        Policy::embedded().unwrap()
    }

    fn asking() -> Policy {
        let mut text = crate::gate::policy::DEFAULT.to_owned();
        text = text.replacen(
            "class = \"style\"\nseverity = \"deny\"",
            "class = \"style\"\nseverity = \"ask\"",
            1,
        );
        Policy::parse("asking", &text).unwrap()
    }

    fn unformatted(facts: &mut Facts) {
        let path = crate::tree::TreePath::new("src/lib.rs").unwrap();
        facts.format.get_or_insert_default().push(crate::check::FormatFact { path, line: 2, error: None });
    }

    #[test]
    fn evidence_without_fault_is_allowed_and_bound() {
        let evidence = evidence(|_| {});
        let Decision::Allow(approved) = decide(&policy(), &evidence) else { panic!("refused") };
        assert_eq!(approved.tree(), evidence.facts().tree);
        assert_eq!(approved.policy(), policy().digest());
        assert_eq!(approved.evidence(), evidence.digest());
    }

    #[test]
    fn the_severest_finding_decides_and_warnings_are_kept() {
        let warned = decide(&policy(), &evidence(|facts| facts.sandbox.clear()));
        assert_eq!(warned.name(), "allow");
        assert_eq!(warned.findings().len(), 1);
        let asked = decide(
            &asking(),
            &evidence(|facts| {
                facts.sandbox.clear();
                unformatted(facts);
            }),
        );
        assert_eq!(asked.name(), "ask");
        let denied = decide(
            &asking(),
            &evidence(|facts| {
                unformatted(facts);
                facts.tests[0].result = TestResult::Unreported;
            }),
        );
        assert_eq!(denied.name(), "deny");
        let severities: Vec<Severity> = denied.findings().iter().map(|finding| finding.severity).collect();
        assert_eq!(severities, [Severity::Deny, Severity::Ask]);
    }

    #[test]
    fn coverage_that_was_not_measured_is_refused() {
        assert_eq!(decide(&policy(), &evidence(|facts| facts.coverage = None)).name(), "deny");
    }

    #[test]
    fn what_nobody_looked_at_is_refused() {
        let forget: [fn(&mut Facts); 3] =
            [|facts| facts.format = None, |facts| facts.lints = None, |facts| facts.docs = None];
        for forget in forget {
            assert_eq!(decide(&policy(), &evidence(forget)).name(), "deny");
        }
        let fix = Policy::fix().unwrap();
        assert_eq!(decide(&fix, &evidence(|facts| facts.change = None)).name(), "deny");
        let shallow = evidence(|facts| {
            (facts.format, facts.lints, facts.docs, facts.coverage) = (None, None, None, None);
            facts.lint_growth = None;
        });
        assert_eq!(decide(&fix, &shallow).name(), "allow");
    }
}
