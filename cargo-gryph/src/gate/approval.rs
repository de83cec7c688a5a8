//! A person's yes to a question of the gate: what it is bound to, and when it counts.
//!
//! An approval comes out of a file or a variable and is untrusted. Where the base of a change trusts keys, only a signature
//! of one of them makes it count. Where it trusts none, whatever comes out of the change itself does not: a change must
//! never be able to approve itself.

use std::collections::BTreeSet;
use std::fmt;
use std::path::PathBuf;

use serde::{Deserialize, Serialize};

use crate::digest::Digest;
use crate::gate::decision::{Approved, Ask, approve};
use crate::gate::finding::{Finding, Severity};
use crate::tree::TreePath;
use crate::trust::signature::{MOST_SIGNATURES, sign, signer};
use crate::trust::{SecretKey, Signature, Signer, TrustedKeys};

/// The version of the form.
const VERSION: u32 = 1;
/// The type of what is signed.
const PAYLOAD_TYPE: &str = "application/vnd.cargo-gryph.approval.v1+json";
/// Bytes of a stored approval.
pub const MOST_BYTES: usize = 256 << 10;
/// Characters of a name, and of a reason.
const MOST_NAME: usize = 200;
const MOST_REASON: usize = 4000;

/// A person's yes to one question. It may be stored; the digests say what it is for.
#[derive(Clone, PartialEq, Eq, Debug, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Approval {
    /// Who.
    pub by: String,
    /// Why.
    pub reason: String,
    /// The tree with the files that act on tools, without records.
    pub tree: Digest,
    /// The tree that the change started from.
    pub base: Option<Digest>,
    /// The policy.
    pub policy: Digest,
    /// What the person was shown: see [`seen`].
    pub evidence: BTreeSet<Digest>,
}

/// What a person is asked about: a digest of rule, message and place for every finding that asks.
///
/// Nothing else goes in, so that a yes given on one machine holds on another: toolchains, layers of a sandbox, times and
/// coverage differ there, and nobody was asked about them.
pub fn seen(findings: &[Finding]) -> BTreeSet<Digest> {
    let is_asked = |finding: &&Finding| finding.severity == Severity::Ask && finding.set_aside.is_none();
    let asked = findings.iter().filter(is_asked);
    asked
        .map(|finding| {
            let shown = (&finding.rule, &finding.message, &finding.place);
            Digest::of(&serde_json::to_vec(&shown).expect("findings hold only text and numbers"))
        })
        .collect()
}

/// Why an approval does not answer a question.
#[derive(Debug, thiserror::Error, PartialEq, Eq)]
pub enum ApprovalError {
    /// It was given for something else.
    #[error("the approval of `{by}` is for another {what}")]
    Stale {
        /// Who gave it.
        by: String,
        /// `tree`, `base`, `policy` or `evidence`.
        what: &'static str,
    },
    /// Nobody stands behind it.
    #[error("an approval needs a name and a reason")]
    Anonymous,
    /// It is no approval.
    #[error("it is no approval of cargo-gryph in a version that this program reads")]
    Unreadable,
    /// It lies in the change.
    #[error("it lies in the change itself, and the base trusts no key: a change cannot approve itself")]
    OfChange,
    /// A signature is asked for.
    #[error("the approval of `{by}` is not signed, and the base trusts keys")]
    Unsigned {
        /// Who gave it.
        by: String,
    },
    /// Another signature is asked for.
    #[error("the approval of `{by}` is not signed by a key that the base trusts")]
    Untrusted {
        /// Who gave it.
        by: String,
    },
}

/// An approval with the signatures under it, as it is stored.
#[derive(Clone, PartialEq, Eq, Debug, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct SignedApproval {
    version: u32,
    approval: Approval,
    signatures: Vec<Signature>,
}

impl SignedApproval {
    /// Signs an approval, where there is a key.
    ///
    /// # Errors
    /// [`ApprovalError::Anonymous`] for a name or reason that is missing or does not fit.
    pub fn new(approval: Approval, key: Option<&SecretKey>) -> Result<Self, ApprovalError> {
        let signatures = key.map(|key| sign(key, PAYLOAD_TYPE, &payload(&approval)));
        let signed = Self { version: VERSION, approval, signatures: signatures.into_iter().collect() };
        if signed.is_plain() { Ok(signed) } else { Err(ApprovalError::Anonymous) }
    }

    /// Reads what [`SignedApproval::text`] or [`SignedApproval::line`] wrote.
    ///
    /// # Errors
    /// [`ApprovalError::Unreadable`].
    pub fn read(text: &str) -> Result<Self, ApprovalError> {
        let fits = text.len() <= MOST_BYTES;
        let read: Option<Self> = fits.then(|| serde_json::from_str(text).ok()).flatten();
        read.filter(|read| read.version == VERSION && read.is_plain()).ok_or(ApprovalError::Unreadable)
    }

    /// The form for a file.
    pub fn text(&self) -> String {
        serde_json::to_string_pretty(self).expect("approvals hold only text") + "\n"
    }

    /// The form for a variable.
    pub fn line(&self) -> String {
        serde_json::to_string(self).expect("approvals hold only text")
    }

    /// What was approved.
    pub fn approval(&self) -> &Approval {
        &self.approval
    }

    fn is_plain(&self) -> bool {
        let fits = |text: &str, most: usize| !text.trim().is_empty() && text.chars().count() <= most;
        fits(&self.approval.by, MOST_NAME)
            && fits(&self.approval.reason, MOST_REASON)
            && self.signatures.len() <= MOST_SIGNATURES
    }
}

/// The bytes that are signed. They are made anew of what was read, so that nothing unsigned can stand beside it.
fn payload(approval: &Approval) -> Vec<u8> {
    serde_json::to_vec(approval).expect("approvals hold only text")
}

/// Where an approval was found.
#[derive(Clone, PartialEq, Eq, Debug)]
pub enum Source {
    /// In the tree that is judged.
    Change(TreePath),
    /// In a variable of the environment.
    Variable(&'static str),
    /// In a file outside of the tree.
    File(PathBuf),
}

impl fmt::Display for Source {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Change(path) => write!(formatter, "`{path}`"),
            Self::Variable(name) => write!(formatter, "the variable `{name}`"),
            Self::File(path) => write!(formatter, "`{}`", path.display()),
        }
    }
}

/// An approval that somebody offers.
#[derive(Clone, PartialEq, Eq, Debug)]
pub struct Offer {
    /// Where it was found.
    pub source: Source,
    /// What was found.
    pub text: String,
}

/// What is said to a person about who approved.
#[derive(Clone, PartialEq, Eq, Debug, Serialize)]
pub struct Granted {
    /// Who, by their own word.
    pub by: String,
    /// Why.
    pub reason: String,
    /// The trusted key that signed; `None` where no key is trusted.
    pub key: Option<String>,
    /// Where the approval was found.
    pub source: String,
}

/// What became of a question.
#[derive(Debug)]
pub enum Answer {
    /// Somebody approved.
    Approved(Approved),
    /// It stays open; which approvals do not count, and why.
    Open(Ask, Vec<(Source, ApprovalError)>),
}

/// Answers a question with the first offer that counts and is for exactly this question.
pub fn answer(mut ask: Ask, offers: &[Offer], trusted: &TrustedKeys) -> Answer {
    let mut refused = Vec::new();
    for Offer { source, text } in offers {
        let found = SignedApproval::read(text)
            .and_then(|signed| Ok((counts(&signed, source, trusted)?, signed.approval)));
        let granted = match found {
            Ok((key, approval)) => approve(ask, &approval, key, source),
            Err(error) => Err(Box::new((ask, error))),
        };
        match granted {
            Ok(approved) => return Answer::Approved(approved),
            Err(refusal) => {
                let (still, error) = *refusal;
                ask = still;
                refused.push((source.clone(), error));
            }
        }
    }
    Answer::Open(ask, refused)
}

/// The name of the trusted key behind an approval; `None` where none is trusted and it comes from outside the change.
fn counts(
    signed: &SignedApproval,
    source: &Source,
    trusted: &TrustedKeys,
) -> Result<Option<String>, ApprovalError> {
    let by = signed.approval.by.clone();
    if trusted.is_empty() {
        return match source {
            Source::Change(_) => Err(ApprovalError::OfChange),
            Source::Variable(_) | Source::File(_) => Ok(None),
        };
    }
    match signer(trusted, PAYLOAD_TYPE, &payload(&signed.approval), &signed.signatures) {
        Signer::Trusted(name) => Ok(Some(name)),
        Signer::Nobody => Err(ApprovalError::Unsigned { by }),
        Signer::Unknown => Err(ApprovalError::Untrusted { by }),
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::check::{Evidence, Facts, FormatFact, Transition};
    use crate::gate::policy::{Fragment, Policy};
    use crate::gate::{Decision, decide};

    /// A policy whose rule about the format asks.
    fn asking() -> Policy {
        let text = crate::gate::policy::DEFAULT.replacen(
            "class = \"style\"\nseverity = \"deny\"",
            "class = \"style\"\nseverity = \"ask\"",
            1,
        );
        Policy::parse("asking", &text).unwrap()
    }

    /// A question about one file that is not formatted.
    fn question(change: impl FnOnce(&mut Facts)) -> Ask {
        let mut facts = Fragment::default().over_faultless();
        let path = TreePath::new("src/lib.rs").unwrap();
        facts.format.get_or_insert_default().push(FormatFact { path, line: 2, error: None });
        facts.step = Some(Transition { base: Digest::of(b"base"), tree: Digest::of(b"tree") });
        change(&mut facts);
        match decide(&asking(), &Evidence::invented(facts)) {
            Decision::Ask(ask) => ask,
            other => panic!("{other:?}"),
        }
    }

    fn same() -> Ask {
        question(|_| {})
    }

    fn outside(text: String) -> [Offer; 1] {
        [Offer { source: Source::Variable("GRYPH_APPROVAL"), text }]
    }

    fn inside(text: String) -> [Offer; 1] {
        [Offer { source: Source::Change(TreePath::new(".gryph/approvals/a.json").unwrap()), text }]
    }

    fn signed(key: Option<&SecretKey>) -> String {
        SignedApproval::new(same().approval("ann", "vendored file"), key).unwrap().text()
    }

    fn refusal(ask: Ask, offers: &[Offer], trusted: &TrustedKeys) -> ApprovalError {
        match answer(ask, offers, trusted) {
            Answer::Open(_, mut refused) => refused.pop().unwrap().1,
            Answer::Approved(approved) => panic!("{approved:?}"),
        }
    }

    fn trusting(key: &SecretKey) -> TrustedKeys {
        TrustedKeys::read([key.public().to_string().as_str()]).unwrap()
    }

    #[test]
    fn an_approval_answers_only_its_own_question() {
        let nobody = TrustedKeys::default();
        let Answer::Approved(approved) = answer(same(), &outside(signed(None)), &nobody) else { panic!() };
        let granted = approved.granted().unwrap();
        assert_eq!((granted.by.as_str(), granted.reason.as_str()), ("ann", "vendored file"));
        let stale = |what| ApprovalError::Stale { by: "ann".to_owned(), what };
        let step =
            |base: &[u8], tree: &[u8]| Some(Transition { base: Digest::of(base), tree: Digest::of(tree) });
        let other = question(|facts| facts.step = step(b"base", b"other"));
        assert_eq!(refusal(other, &outside(signed(None)), &nobody), stale("tree"));
        let other = question(|facts| facts.step = step(b"other", b"tree"));
        assert_eq!(refusal(other, &outside(signed(None)), &nobody), stale("base"));
        let moved = question(|facts| facts.format.as_mut().unwrap()[0].line = 3);
        assert_eq!(refusal(moved, &outside(signed(None)), &nobody), stale("evidence"));
        let elsewhere = Approval { policy: Digest::of(b"other"), ..same().approval("ann", "so") };
        let elsewhere = SignedApproval::new(elsewhere, None).unwrap().line();
        assert_eq!(refusal(same(), &outside(elsewhere), &nobody), stale("policy"));
    }

    #[test]
    fn a_yes_covers_what_was_shown_and_no_more() {
        let path = || TreePath::new("src/main.rs").unwrap();
        let more = |facts: &mut Facts| {
            facts.format.as_mut().unwrap().push(FormatFact { path: path(), line: 1, error: None });
        };
        let nobody = TrustedKeys::default();
        let stale = ApprovalError::Stale { by: "ann".to_owned(), what: "evidence" };
        assert_eq!(refusal(question(more), &outside(signed(None)), &nobody), stale);
        let of_both = SignedApproval::new(question(more).approval("ann", "both"), None).unwrap().text();
        assert!(matches!(answer(same(), &outside(of_both), &nobody), Answer::Approved(_)));
    }

    #[test]
    fn what_differs_between_machines_is_no_matter() {
        let elsewhere = question(|facts| {
            facts.toolchain.push('x');
            facts.sandbox.push("another layer".to_owned());
            facts.coverage = Fragment::default().over_faultless().coverage;
        });
        let answer = answer(elsewhere, &outside(signed(None)), &TrustedKeys::default());
        assert!(matches!(answer, Answer::Approved(_)), "{answer:?}");
    }

    #[test]
    fn a_change_cannot_approve_itself() {
        let (ann, eve) = (SecretKey::generate("ann").unwrap(), SecretKey::generate("eve").unwrap());
        let nobody = TrustedKeys::default();
        for key in [None, Some(&eve)] {
            assert_eq!(refusal(same(), &inside(signed(key)), &nobody), ApprovalError::OfChange);
        }
        let (by, trusted) = ("ann".to_owned(), trusting(&ann));
        let unsigned = ApprovalError::Unsigned { by: by.clone() };
        assert_eq!(refusal(same(), &inside(signed(None)), &trusted), unsigned);
        assert_eq!(refusal(same(), &outside(signed(None)), &trusted), unsigned);
        let untrusted = ApprovalError::Untrusted { by };
        assert_eq!(refusal(same(), &inside(signed(Some(&eve))), &trusted), untrusted);
        let forged = signed(Some(&ann)).replace("vendored file", "something else");
        assert_eq!(refusal(same(), &inside(forged), &trusted), untrusted);
        let good = answer(same(), &inside(signed(Some(&ann))), &trusted);
        assert!(
            matches!(good, Answer::Approved(approved) if approved.granted().unwrap().key.as_deref() == Some("ann"))
        );
    }

    #[test]
    fn the_offer_that_counts_is_found_among_others() {
        let mut offers = outside("no approval".to_owned()).to_vec();
        offers.extend(inside(signed(None)));
        offers.extend(outside(signed(None)));
        assert!(matches!(answer(same(), &offers, &TrustedKeys::default()), Answer::Approved(_)));
        offers.pop();
        let Answer::Open(_, refused) = answer(same(), &offers, &TrustedKeys::default()) else { panic!() };
        let errors: Vec<ApprovalError> = refused.into_iter().map(|(_, error)| error).collect();
        assert_eq!(errors, [ApprovalError::Unreadable, ApprovalError::OfChange]);
    }

    #[test]
    fn nobody_and_nothing_are_no_approval() {
        for (by, reason) in [(" ", "so"), ("ann", "\n"), (&"a".repeat(300) as &str, "so")] {
            let approval = same().approval(by, reason);
            assert_eq!(SignedApproval::new(approval, None), Err(ApprovalError::Anonymous));
        }
        let text = signed(None).replace("\"ann\"", "\"\"");
        assert_eq!(SignedApproval::read(&text), Err(ApprovalError::Unreadable));
        let more = signed(None).replace("\"version\": 1,", "\"version\": 1, \"more\": 2,");
        assert_eq!(SignedApproval::read(&more), Err(ApprovalError::Unreadable));
    }

    proptest::proptest! {
        #[test]
        fn no_text_makes_the_reader_panic(text in "\\PC{0,120}", cut in 0usize..600) {
            let _ = SignedApproval::read(&text);
            let broken: String = signed(None).chars().take(cut).chain(text.chars()).collect();
            let _ = SignedApproval::read(&broken);
        }
    }
}
