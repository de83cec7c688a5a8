//! `cargo gryph approve`: a person's yes to what the gate asks.

use super::args::{Approve, Common};
use super::exit_code::ExitCode;
use super::failure::Failure;
use super::gate::{Question, close, print, rendered};
use super::session::Session;
use super::surroundings::Surroundings;
use super::{approvals, key};
use crate::commit;
use crate::gate::{Ask, Decision, SignedApproval, report};
use crate::git::Identity;
use crate::pipeline::GateOutcome;
use crate::trust::{Record, SecretKey, TrustedKeys};

/// Judges the change again, shows what is asked, and keeps the approval.
pub(super) fn approve(
    arguments: &Approve,
    common: &Common,
    surroundings: &Surroundings,
) -> Result<ExitCode, Failure> {
    if arguments.gate.list || arguments.gate.baseline {
        let message = "`approve` neither lists rules nor records a baseline";
        return Err(Failure::message(ExitCode::Usage, message).hint("`cargo gryph gate` does"));
    }
    if arguments.reason.trim().is_empty() {
        return Err(Failure::message(ExitCode::Usage, "an approval needs a reason"));
    }
    let key = key::given(arguments.key.as_deref(), surroundings)?;
    let question = Question::prepare(&arguments.gate, common, surroundings)?;
    check_key(key.as_ref(), &question.order.trusted)?;
    let by = by(arguments.by.as_deref(), question.tools.git.identity())?;
    let yes = Yes { by: &by, reason: arguments.reason.trim(), key: key.as_ref(), question: &question };
    question.judge("approve", common, surroundings, |session, result| yes.say(session, result))
}

/// Where the base trusts keys, anything but a signature of one of them would not count.
fn check_key(key: Option<&SecretKey>, trusted: &TrustedKeys) -> Result<(), Failure> {
    if trusted.is_empty() {
        return Ok(());
    }
    let names = trusted.names().join(", ");
    let refused = |message: String| Failure::message(ExitCode::Usage, message);
    match key.map(SecretKey::public) {
        None => Err(refused(format!(
            "the base trusts keys ({names}), and an approval without one would not count"
        ))
        .hint("give --key FILE, or set GRYPH_KEY_FILE")),
        Some(key) if !trusted.holds(&key) => {
            Err(refused(format!("the base does not trust the key {}, but {names}", key::named(&key))).hint(
                "have `[trust]` in the base's `.config/gryph.toml` name it, or let somebody else approve",
            ))
        }
        Some(_) => Ok(()),
    }
}

/// Who approves.
pub(super) fn by(given: Option<&str>, identity: &Identity) -> Result<String, Failure> {
    match given {
        Some(by) => Ok(by.trim().to_owned()),
        None if *identity == Identity::fallback() => Err(Failure::message(
            ExitCode::Usage,
            "an approval needs a name, and git's configuration has none",
        )
        .hint("give --by NAME")),
        None => Ok(format!("{} <{}>", identity.name, identity.email)),
    }
}

/// A yes that is about to be said.
struct Yes<'a> {
    by: &'a str,
    reason: &'a str,
    key: Option<&'a SecretKey>,
    question: &'a Question,
}

impl Yes<'_> {
    fn say(&self, session: Session<'_>, result: Result<GateOutcome, Failure>) -> Result<ExitCode, Failure> {
        let outcome = match result {
            Ok(outcome) => outcome,
            Err(failure) => return close(session, failure.code, &failure.sentence(), false, Some(failure)),
        };
        let (code, message) = match &outcome {
            GateOutcome::Unchanged => (ExitCode::Done, "nothing differs from the base".to_owned()),
            GateOutcome::BaseRed(red) => {
                let message =
                    format!("the base is red itself, so nothing can be approved: {}", red.join(", "));
                (ExitCode::BaselineRed, message)
            }
            GateOutcome::Recorded { .. } => (ExitCode::Done, "the findings are in the baseline".to_owned()),
            GateOutcome::Decided(decision) => {
                let format = session.common.message_format;
                print(&rendered(format, decision, &session.tools.policy));
                match decision {
                    Decision::Allow(_) => (ExitCode::Done, "nothing here asks for an approval".to_owned()),
                    Decision::Deny(_) => {
                        let message =
                            format!("{} No approval changes that.", report::human::summary(decision));
                        (ExitCode::Refused, message)
                    }
                    Decision::Ask(ask) => (ExitCode::Done, self.keep(ask, session.surroundings)?),
                }
            }
        };
        close(session, code, &message, false, None)
    }

    /// Keeps the approval where it counts; says where.
    fn keep(&self, ask: &Ask, surroundings: &Surroundings) -> Result<String, Failure> {
        let signed = SignedApproval::new(ask.approval(self.by, self.reason), self.key)
            .map_err(|error| Failure::new(ExitCode::Usage, error).hint("give a shorter --by or --reason"))?;
        let Question { order, root, .. } = self.question;
        if order.trusted.is_empty() {
            let top = &order.history.repository.git.top;
            let file = approvals::keep(ask.judged(), &signed.text(), root, top, surroundings)?;
            return Ok(format!(
                "approved by {}; `gate` finds it on this machine in `{}`, elsewhere give it that file with --approval or \
                 its content in GRYPH_APPROVAL",
                self.by,
                file.display()
            ));
        }
        let record = Record::approval(ask.judged(), signed.text().into_bytes());
        commit::keep_record(root, &record).map_err(|error| Failure::new(ExitCode::CouldNotFindOut, error))?;
        Ok(format!("approved by {}; commit `{}` with the change", self.by, record.path()))
    }
}
