//! The decision, and the approval that a commit takes.

use serde::{Deserialize, Serialize};

use crate::change::ChangeFacts;
use crate::check::Evidence;
use crate::digest::Digest;
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
}

impl Approved {
    /// What a unit test of this crate commits with.
    #[cfg(test)]
    pub(crate) fn invented(tree: Digest) -> Self {
        Self { tree, policy: Digest::of(b"policy"), evidence: Digest::of(b"evidence"), warnings: Vec::new() }
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
}

/// A question to a person, bound to what it is about.
#[derive(Debug, PartialEq, Eq)]
pub struct Ask {
    tree: Digest,
    policy: Digest,
    evidence: Digest,
    findings: Vec<Finding>,
}

impl Ask {
    /// What was found.
    pub fn findings(&self) -> &[Finding] {
        &self.findings
    }

    /// The approval that a person called `by` would give for `reason`.
    pub fn approval(&self, by: impl Into<String>, reason: impl Into<String>) -> Approval {
        let Self { tree, policy, evidence, .. } = *self;
        Approval { by: by.into(), reason: reason.into(), tree, policy, evidence }
    }
}

/// A person's yes to one question. It may be stored; the digests say what it is for.
#[derive(Clone, PartialEq, Eq, Debug, Serialize, Deserialize)]
pub struct Approval {
    /// Who.
    pub by: String,
    /// Why.
    pub reason: String,
    /// The tree.
    pub tree: Digest,
    /// The policy.
    pub policy: Digest,
    /// The evidence.
    pub evidence: Digest,
}

/// Why an approval does not answer a question.
#[derive(Debug, thiserror::Error, PartialEq, Eq)]
pub enum ApprovalError {
    /// It was given for something else.
    #[error("the approval of `{by}` is for another {what}")]
    Stale {
        /// Who gave it.
        by: String,
        /// `tree`, `policy` or `evidence`.
        what: &'static str,
    },
    /// Nobody stands behind it.
    #[error("an approval needs a name and a reason")]
    Anonymous,
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
            Decision::Allow(Approved { tree, policy, evidence, warnings: findings })
        }
        Some(Severity::Ask) => Decision::Ask(Ask { tree, policy, evidence, findings }),
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

/// Turns a question into the right to commit, if the approval is for exactly this question.
///
/// # Errors
/// [`ApprovalError`] when it is for another tree, policy or evidence, or lacks a name or a reason.
pub fn approve(ask: Ask, approval: &Approval) -> Result<Approved, ApprovalError> {
    if approval.by.trim().is_empty() || approval.reason.trim().is_empty() {
        return Err(ApprovalError::Anonymous);
    }
    let stale = |what| ApprovalError::Stale { by: approval.by.clone(), what };
    match () {
        () if approval.tree != ask.tree => Err(stale("tree")),
        () if approval.policy != ask.policy => Err(stale("policy")),
        () if approval.evidence != ask.evidence => Err(stale("evidence")),
        () => {
            let Ask { tree, policy, evidence, findings } = ask;
            Ok(Approved { tree, policy, evidence, warnings: findings })
        }
    }
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

    #[test]
    fn an_approval_answers_only_its_own_question() {
        let ask = |change: fn(&mut Facts)| match decide(&asking(), &evidence(change)) {
            Decision::Ask(ask) => ask,
            other => panic!("{other:?}"),
        };
        let approval = ask(unformatted).approval("someone", "vendored file");
        assert!(approve(ask(unformatted), &approval).is_ok());
        let other = ask(|facts| {
            unformatted(facts);
            facts.tree = Digest::of(b"other");
        });
        let stale = |what| ApprovalError::Stale { by: "someone".to_owned(), what };
        assert_eq!(approve(other, &approval), Err(stale("tree")));
        let other = ask(|facts| {
            unformatted(facts);
            facts.toolchain.push('x');
        });
        assert_eq!(approve(other, &approval), Err(stale("evidence")));
        let elsewhere = Approval { policy: Digest::of(b"other"), ..approval.clone() };
        assert_eq!(approve(ask(unformatted), &elsewhere), Err(stale("policy")));
        let nobody = Approval { by: " ".to_owned(), ..approval };
        assert_eq!(approve(ask(unformatted), &nobody), Err(ApprovalError::Anonymous));
    }
}
