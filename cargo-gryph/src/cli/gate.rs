//! `cargo gryph gate`: whether a change may be merged.

use std::collections::BTreeMap;
use std::io::Write as _;
use std::path::PathBuf;
use std::sync::Arc;
use std::time::Duration;

use super::advisories::advisories;
use super::approvals::{self, Places};
use super::args::{Common, Gate};
use super::console::{MessageFormat, Talk, reporter, visible};
use super::exit_code::ExitCode;
use super::failure::Failure;
use super::session::{Session, Tools};
use super::surroundings::Surroundings;
use super::{ruling, versioned, workshop};
use crate::cargo::Vendored;
use crate::change::dependency::is_touched;
use crate::change::{Observation, ObservationKind};
use crate::check::{Memory, Transition};
use crate::config::Day;
use crate::event::{Event, Reporter};
use crate::gate::policy::Rule;
use crate::gate::{Answer, Decision, Offer, Policy, PolicyError, answer, report};
use crate::git::Git;
use crate::pipeline::{self, GateOrder, GateOutcome, PipelineError};
use crate::tree::{Tree, TreePath};
use crate::trust::{is_record, take_records};
use crate::workspace::{Absent, History, Note, Workspace, take_tools};

/// Judges the change.
pub(super) fn gate(
    arguments: &Gate,
    common: &Common,
    surroundings: &Surroundings,
) -> Result<ExitCode, Failure> {
    if arguments.list {
        print(&listed(&demanding(ruling::here(arguments.into(), surroundings)?, arguments)?));
        return Ok(ExitCode::Done);
    }
    let question = Question::prepare(arguments, common, surroundings)?;
    question.judge("gate", common, surroundings, |session, result| {
        let result = result.map(|outcome| question.answered(outcome, session));
        finish(session, result)
    })
}

/// The policy with what the flags demand besides.
fn demanding(policy: Policy, arguments: &Gate) -> Result<Policy, Failure> {
    let internal = |error: PolicyError| Failure::new(ExitCode::Internal, error);
    if arguments.require_provenance {
        policy.with_required_provenance().map_err(internal)
    } else {
        Ok(policy)
    }
}

/// A change that is about to be judged.
pub(super) struct Question {
    pub(super) tools: Tools,
    pub(super) order: GateOrder,
    /// The root of the workspace.
    pub(super) root: PathBuf,
    offers: Vec<Offer>,
    reporter: Arc<dyn Reporter>,
    /// The command that approves, for a person.
    approve: String,
}

impl Question {
    /// Reads the change and what judges it. Approvals are read too, before anything of the change runs.
    pub(super) fn prepare(
        arguments: &Gate,
        common: &Common,
        surroundings: &Surroundings,
    ) -> Result<Self, Failure> {
        let reporter = reporter(Talk { format: common.message_format, quiet: common.quiet });
        let settings = workshop::settings(surroundings, flags(arguments))?;
        let embedded = Policy::gate().map_err(|error| Failure::new(ExitCode::Internal, error))?;
        let mut tools = Tools::find(settings, embedded, common, surroundings)?;
        tools.cargo.selection = arguments.selection.selection();
        workshop::reconcile(&tools.ledger, &tools.git, reporter.as_ref())?;
        let manifest = arguments.manifest_path.as_deref();
        let mut workspace = workshop::workspace(manifest, surroundings, &tools.git, Absent::LeftOut)?;
        let records = take_records(&mut workspace.tree);
        let root = workspace.root.clone();
        let (mut order, of_base) = order(arguments, surroundings, workspace, &tools)?;
        tools.policy = demanding(ruling::policy(arguments.into(), &order.base, &order.after)?, arguments)?;
        tools.cargo.vendored = Vendored::of(&order.base_tools);
        if let Some(sandbox) = ruling::walls(common, &order.base, surroundings)? {
            tools.cargo.sandbox = sandbox;
        }
        if is_touched(&order.base, &order.after) {
            let offline = workshop::offline(&tools.settings, common);
            order.advisories = advisories(&tools, offline, surroundings, reporter.as_ref())?;
        }
        let places = Places {
            root: &root,
            top: &order.history.repository.git.top,
            records: [&of_base, &records],
            is_walled: !common.unsandboxed,
        };
        let offers = approvals::offers(arguments.approval.as_deref(), &places, surroundings)?;
        let base = arguments.base.as_ref().map(|base| format!(" --base {base}")).unwrap_or_default();
        let approve = format!("cargo gryph approve{base} --reason \"…\"");
        Ok(Self { tools, order, root, offers, reporter, approve })
    }

    /// Judges the change; what comes of it is the caller's matter.
    pub(super) fn judge(
        &self,
        verb: &str,
        common: &Common,
        surroundings: &Surroundings,
        end: impl FnOnce(Session<'_>, Result<GateOutcome, Failure>) -> Result<ExitCode, Failure>,
    ) -> Result<ExitCode, Failure> {
        let run = workshop::begin(verb, self.order.seed, surroundings, &self.tools.ledger)?;
        let reporter = self.reporter.as_ref();
        reporter.report(&Event::RunStarted { run: run.run().to_string(), verb: verb.to_owned() });
        let session = Session { common, surroundings, tools: &self.tools, run: &run, reporter };
        let result = session.drive(async |world| pipeline::gate(&self.order, world).await)?;
        let result = result.map_err(|error| match error {
            PipelineError::Interrupted => {
                Failure::message(ExitCode::Interrupted, "interrupted; nothing was decided")
            }
            error @ PipelineError::NoFaultTried { .. } => Failure::new(ExitCode::CouldNotFindOut, error)
                .hint("give it more time with --max-time, or leave the faults out with --no-faults"),
            error => Failure::new(ExitCode::CouldNotFindOut, error),
        });
        end(session, result)
    }

    /// The outcome when the approvals that there are have been heard; tells which do not count, and how to approve.
    fn answered(&self, outcome: GateOutcome, session: Session<'_>) -> GateOutcome {
        let ask = match outcome {
            GateOutcome::Decided(Decision::Ask(ask)) => ask,
            other => return other,
        };
        let note = |message: String| session.reporter.report(&Event::Note { message });
        GateOutcome::Decided(match answer(ask, &self.offers, &self.order.trusted) {
            Answer::Approved(approved) => Decision::Allow(approved),
            Answer::Open(ask, refused) => {
                for (source, error) in refused {
                    note(visible(&format!("the approval in {source} does not count: {error}")));
                }
                note(format!("a person can approve this with `{}`; docs/trust.md says more", self.approve));
                Decision::Ask(ask)
            }
        })
    }
}

/// The rules, one a line; those that are switched off, and what is asked besides of generated code, come last.
fn listed(policy: &Policy) -> String {
    let all = || policy.rules().iter().chain(policy.off());
    let width = all().map(|rule| rule.id.len()).max().unwrap_or(0);
    let line = |severity: &str, rule: &Rule| format!("{severity:<4} {:<width$} {}\n", rule.id, rule.title);
    let rules = policy.rules().iter().map(|rule| line(&rule.severity.to_string(), rule));
    let mut text: String = rules.chain(policy.off().iter().map(|rule| line("off", rule))).collect();
    if !policy.generated().is_empty() {
        text.push_str("\nOf generated code:\n");
        let line = |rule: &Rule| {
            format!("{:<4} {:<width$} {}\n", rule.severity.to_string(), rule.id, rule.condition)
        };
        text.extend(policy.generated().iter().map(line));
    }
    text
}

fn flags(arguments: &Gate) -> BTreeMap<String, String> {
    let jobs = arguments.jobs.map(|jobs| ("jobs".to_owned(), jobs.to_string()));
    let advisories = arguments.advisory_db.clone().map(|place| ("advisory-db".to_owned(), place));
    jobs.into_iter().chain(advisories).collect()
}

/// The change as the pipeline judges it, and the records of its base.
fn order(
    arguments: &Gate,
    surroundings: &Surroundings,
    workspace: Workspace,
    tools: &Tools,
) -> Result<(GateOrder, Tree), Failure> {
    let repository = ruling::repository_of(&workspace)?;
    let (mut base, history) = ruling::base(arguments.into(), repository, &tools.git)?;
    let scope = scope(arguments, &history, &tools.git)?;
    let unseen = workspace.unseen(&tools.git, &history.base, &base);
    let mut unseen = unseen.map_err(|error| Failure::new(ExitCode::CouldNotFindOut, error))?;
    // Records were taken out on purpose.
    unseen.retain(|note| !TreePath::new(note.path.as_str()).is_ok_and(|path| is_record(&path)));
    let of_base = take_records(&mut base);
    let base_tools = take_tools(&mut base, &workspace.packages);
    let beside = versioned::unseen(&workspace, &unseen, &tools.git)?;
    let trusted = versioned::trusted(&history, arguments.base.as_deref(), &tools.git)?;
    let lasting = versioned::files(&workspace, repository, &base, &tools.git)?;
    if let Some(file) = &arguments.sbom {
        versioned::write_sbom(&surroundings.resolve(file), &base, &lasting)?;
    }
    let now = jiff::Timestamp::try_from(surroundings.now)
        .map_err(|error| Failure::new(ExitCode::Internal, error))?;
    let order = GateOrder {
        step: Transition::between([&base, &base_tools], [&lasting, &workspace.tools, &beside]),
        today: Day::new(now.to_zoned(jiff::tz::TimeZone::UTC).date()),
        history,
        // What is recorded is what there is, whoever brought it.
        whole: arguments.all || arguments.baseline,
        record: arguments.baseline.then_some(workspace.root),
        after: workspace.tree,
        tools: workspace.tools,
        base,
        base_tools,
        unseen: unseen.iter().map(observed).collect(),
        seed: arguments.seed,
        jobs: workshop::jobs(&tools.settings),
        memory: Memory { dir: surroundings.home.join("checks") },
        fresh: arguments.fresh,
        advisories: Err("no manifest differs".to_owned()),
        faults: if arguments.no_faults { Duration::ZERO } else { Duration::from_secs(arguments.max_time) },
        scope,
        trusted,
        require_provenance: arguments.require_provenance,
    };
    Ok((order, of_base))
}

/// Commits of a change whose messages are read.
const MOST_COMMITS: usize = 1000;

/// What the change is about: what the user says, else what the messages of its commits say.
fn scope(arguments: &Gate, history: &History, git: &Git) -> Result<Vec<String>, Failure> {
    if !arguments.scope.is_empty() {
        return Ok(arguments.scope.clone());
    }
    let commits = git.commits_since(&history.repository.git, &history.base, &history.head, MOST_COMMITS);
    let commits =
        commits.map_err(|error| Failure::new(ExitCode::CouldNotFindOut, anyhow::Error::new(error)))?;
    Ok(commits.iter().flatten().flat_map(|commit| stated(&commit.message)).collect())
}

/// The patterns of the lines `Scope: src/money/**, docs/*` in the last paragraph of a message.
fn stated(message: &str) -> Vec<String> {
    let last = message.trim_end().rsplit("\n\n").next().unwrap_or_default();
    let lines = last.lines().filter_map(|line| line.strip_prefix("Scope:"));
    let patterns = lines.flat_map(|line| line.split([',', ' ']).map(str::trim));
    patterns.filter(|pattern| !pattern.is_empty()).map(str::to_owned).collect()
}

/// Something that differs and is in neither tree.
fn observed(note: &Note) -> Observation {
    // A name that is no plain path has no place but the message.
    let path = TreePath::new(note.path.as_str())
        .unwrap_or_else(|_| TreePath::new("Cargo.toml").expect("a plain name"));
    let detail = note.to_string();
    Observation { kind: ObservationKind::Unseen, path, line: 1, item: String::new(), detail }
}

/// Tells what was decided, and keeps it in the ledger.
fn finish(session: Session<'_>, result: Result<GateOutcome, Failure>) -> Result<ExitCode, Failure> {
    let (code, message) = match &result {
        Ok(GateOutcome::Unchanged) => (ExitCode::Done, "nothing differs from the base".to_owned()),
        Ok(GateOutcome::BaseRed(red)) => {
            (ExitCode::BaselineRed, format!("the base is red itself: {}", red.join(", ")))
        }
        Ok(GateOutcome::Decided(decision)) => {
            print(&rendered(session.common.message_format, decision, &session.tools.policy));
            let code = match decision {
                Decision::Allow(_) => ExitCode::Done,
                Decision::Ask(_) => ExitCode::NeedsApproval,
                Decision::Deny(_) => ExitCode::Refused,
            };
            (code, report::human::summary(decision))
        }
        Ok(GateOutcome::Recorded { path, count, decision }) => {
            print(&rendered(session.common.message_format, decision, &session.tools.policy));
            let message = format!("{count} findings are recorded in `{}`; commit it", path.display());
            (ExitCode::Done, message)
        }
        Err(failure) => (failure.code, failure.sentence()),
    };
    let is_told = matches!(&result, Ok(GateOutcome::Decided(_)));
    let message = match &result {
        Ok(GateOutcome::Decided(decision)) => {
            let approval = report::human::approval(decision).map(|approval| format!(" {approval}"));
            message + &approval.unwrap_or_default()
        }
        _ => message,
    };
    close(session, code, &message, is_told, result.err())
}

/// Keeps in the ledger how a run ended, and ends it; `is_told` where the message was printed already.
pub(super) fn close(
    session: Session<'_>,
    code: ExitCode,
    message: &str,
    is_told: bool,
    failure: Option<Failure>,
) -> Result<ExitCode, Failure> {
    let told = serde_json::json!({ "message": message });
    let ended = session.tools.ledger.failed(session.run.run(), code.title(), &told);
    ended.map_err(workshop::ledger_failure)?;
    session.end(code, if is_told { String::new() } else { message.to_owned() }, failure)
}

pub(super) fn rendered(format: MessageFormat, decision: &Decision, policy: &Policy) -> String {
    match format {
        MessageFormat::Human => report::human::render(decision),
        MessageFormat::Json => report::json::render(decision),
        MessageFormat::Sarif => report::sarif::render(decision, policy),
        MessageFormat::Github => report::github::render(decision),
        MessageFormat::Markdown => report::markdown::render(decision),
    }
}

pub(super) fn print(text: &str) {
    let mut out = std::io::stdout().lock();
    let _ = out.write_all(text.as_bytes()).and_then(|()| out.flush());
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_scope_is_stated_at_the_end_of_a_message() {
        assert_eq!(
            stated("Money\n\nWhy.\n\nScope: src/money/**, docs/*\nScope: README.md\n").join(" "),
            "src/money/** docs/* README.md"
        );
        assert_eq!(stated("Scope: all of it\n\nWhy.\n"), [""; 0]);
        assert_eq!(stated(""), [""; 0]);
    }
}
