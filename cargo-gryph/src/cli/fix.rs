//! `cargo gryph fix`: from a red workspace to a patch in it.

use std::collections::BTreeMap;
use std::io::{BufRead as _, Write as _};
use std::path::PathBuf;
use std::time::Duration;

use super::args::{Common, Fix};
use super::console::{Talk, reporter, visible};
use super::exit_code::ExitCode;
use super::failure::Failure;
use super::session::{Session, Tools};
use super::surroundings::Surroundings;
use super::{key, provision, workshop};
use crate::cargo::Vendored;
use crate::commit::Mode;
use crate::event::{Event, Reporter};
use crate::gate::{Finding, Policy};
use crate::pipeline::{self, Alternative, Ambiguity, FixOrder, FixOutcome, NotFound, Patched, PipelineError};
use crate::trust::take_records;
use crate::workspace::{Absent, Workspace};

/// Candidates of one run, where nothing else is asked for.
const MOST_CANDIDATES: usize = 6000;

/// Repairs the workspace.
pub(super) fn fix(
    arguments: &Fix,
    common: &Common,
    surroundings: &Surroundings,
) -> Result<ExitCode, Failure> {
    let reporter = reporter(Talk { format: common.message_format, quiet: common.quiet });
    let reporter = reporter.as_ref();
    let settings = workshop::settings(surroundings, flags(arguments))?;
    let policy = Policy::fix().map_err(|error| Failure::new(ExitCode::Usage, error))?;
    let mut tools = Tools::find(settings, policy, common, surroundings)?;
    tools.cargo.selection = arguments.selection.selection();
    workshop::reconcile(&tools.ledger, &tools.git, reporter)?;
    let order = order(arguments, surroundings, &tools)?;
    tools.cargo.vendored = Vendored::of(&order.workspace.tools);
    let run = workshop::begin("fix", arguments.seed, surroundings, &tools.ledger)?;
    reporter.report(&Event::RunStarted { run: run.run().to_string(), verb: "fix".to_owned() });
    tell_notes(reporter, common, &order.workspace);
    let session = Session { common, surroundings, tools: &tools, run: &run, reporter };
    let job = Job { arguments, session, order: &order };
    job.finish(job.run()?)
}

/// The flags that are settings, as they were typed.
fn flags(arguments: &Fix) -> BTreeMap<String, String> {
    let given = [
        ("model", arguments.model.clone()),
        ("max-tokens", arguments.max_tokens.map(|tokens| tokens.to_string())),
        ("jobs", arguments.jobs.map(|jobs| jobs.to_string())),
    ];
    given.into_iter().filter_map(|(key, value)| Some((key.to_owned(), value?))).collect()
}

fn order(arguments: &Fix, surroundings: &Surroundings, tools: &Tools) -> Result<FixOrder, Failure> {
    let manifest = arguments.manifest_path.as_deref();
    let mut workspace = workshop::workspace(manifest, surroundings, &tools.git, Absent::Refused)?;
    take_records(&mut workspace.tree);
    let mode = mode(arguments, &workspace)?;
    Ok(FixOrder {
        workspace,
        time: Duration::from_secs(arguments.max_time),
        candidates: arguments.max_candidates.unwrap_or(MOST_CANDIDATES),
        seed: arguments.seed,
        jobs: workshop::jobs(&tools.settings),
        mode,
        ambiguity: match (arguments.accept_ambiguous, arguments.interactive) {
            (true, _) => Ambiguity::TakeFirst,
            (false, true) => Ambiguity::Choose(Box::new(chosen)),
            (false, false) => Ambiguity::Ask,
        },
        key: key::given(arguments.key.as_deref(), surroundings)?,
    })
}

/// Shows patches of different behaviour on the terminal and reads which to take; anything but a number takes none.
fn chosen(alternatives: &[Alternative]) -> Option<usize> {
    let mut talk = std::io::stderr().lock();
    for (number, one) in (1..).zip(alternatives) {
        let _ = writeln!(talk, "{}", alternative_text(number, one));
    }
    let _ = write!(talk, "which one? [1-{}, or nothing to leave all as it is] ", alternatives.len());
    let _ = talk.flush();
    let mut answer = String::new();
    std::io::stdin().lock().read_line(&mut answer).ok()?;
    answer.trim().parse::<usize>().ok()?.checked_sub(1).filter(|at| *at < alternatives.len())
}

fn alternative_text(number: usize, one: &Alternative) -> String {
    let differs = one.differs.as_deref().map(|differs| format!(" It differs: {differs}")).unwrap_or_default();
    visible(&format!("patch {number} ({}).{differs}\n{}", one.operators.join("+"), one.diff))
}

/// How a patch enters; refuses what the user has not agreed to, before any work is done.
fn mode(arguments: &Fix, workspace: &Workspace) -> Result<Option<Mode>, Failure> {
    if arguments.dry_run {
        return Ok(None);
    }
    if workspace.repository.is_none() {
        if !arguments.allow_no_vcs {
            return Err(Failure::message(
                ExitCode::Usage,
                "the workspace is in no git repository, so a patch could not be taken back",
            )
            .hint(
                "give --allow-no-vcs to have the files written all the same, or --dry-run to see the patch",
            ));
        }
        return Ok(Some(Mode::Write));
    }
    if let (Some(message), false) = (workshop::uncommitted(workspace), arguments.allow_dirty) {
        let hint = "commit or stash them, or give --allow-dirty";
        return Err(Failure::message(ExitCode::Usage, message).hint(hint));
    }
    Ok(Some(if arguments.no_commit { Mode::Write } else { Mode::Commit }))
}

fn tell_notes(reporter: &dyn Reporter, common: &Common, workspace: &Workspace) {
    let note = |message: String| reporter.report(&Event::Note { message });
    if common.unsandboxed {
        note("code of the workspace runs without a sandbox, as asked; receipt and report say so".to_owned());
    }
    workspace.notes.iter().for_each(|one| note(one.to_string()));
}

/// One run with all it needs.
struct Job<'a> {
    arguments: &'a Fix,
    session: Session<'a>,
    order: &'a FixOrder,
}

impl Job<'_> {
    /// Runs the pipeline. A model that could not be had is told of and ends nothing: the other tiers need none.
    fn run(&self) -> Result<Result<FixOutcome, Failure>, Failure> {
        let Session { common, surroundings, tools, reporter, .. } = self.session;
        let resolve = |path: &PathBuf| surroundings.resolve(path);
        let wish = provision::Wish {
            settings: &tools.settings,
            offline: workshop::offline(&tools.settings, common),
            require_gpu: false,
            replay: self.arguments.replay.as_ref().map(resolve),
            record: self.arguments.record.as_ref().map(resolve),
        };
        let mut provisioning = None;
        let result = self.session.drive(async |world| {
            let proposer = || {
                let asked = (!self.arguments.no_model).then(|| self.session.proposer(&wish, world))?;
                asked.map_err(|failure| provisioning = Some(failure)).ok()
            };
            pipeline::fix(self.order, world, proposer).await
        })?;
        if let Some(failure) = provisioning {
            let message = format!("no model was asked: {}", failure.sentence());
            reporter.report(&Event::Note { message });
        }
        Ok(result.map_err(|error| match error {
            PipelineError::Interrupted => {
                Failure::message(ExitCode::Interrupted, "interrupted; nothing was changed")
            }
            PipelineError::Propose(error) => provision::propose_failure(error),
            error => Failure::new(ExitCode::CouldNotFindOut, error),
        }))
    }

    /// Records the end, tells it, and chooses the exit code.
    fn finish(&self, result: Result<FixOutcome, Failure>) -> Result<ExitCode, Failure> {
        let (code, message) = match &result {
            Ok(outcome) => self.conclusion(outcome),
            Err(failure) => (failure.code, failure.sentence()),
        };
        let entered = matches!(&result, Ok(FixOutcome::Fixed(_)) if self.order.mode.is_some());
        if !entered {
            let report = match &result {
                Ok(_) => serde_json::json!({ "message": message }),
                Err(failure) => serde_json::json!({ "error": failure.render() }),
            };
            let ended = self.session.tools.ledger.failed(self.session.run.run(), code.title(), &report);
            ended.map_err(workshop::ledger_failure)?;
        }
        self.session.end(code, message, result.err())
    }

    fn conclusion(&self, outcome: &FixOutcome) -> (ExitCode, String) {
        match outcome {
            FixOutcome::Green { .. } => {
                (ExitCode::Done, "nothing to fix: the build and every test pass".to_owned())
            }
            FixOutcome::Fixed(patched) => (ExitCode::Done, self.fixed(patched)),
            FixOutcome::Ambiguous(alternatives) => (ExitCode::NeedsApproval, self.ambiguous(alternatives)),
            FixOutcome::NotFound(missed) => not_found(missed),
            FixOutcome::Refused(findings) => {
                self.tell(findings);
                (
                    ExitCode::Refused,
                    "every patch that passes the tests breaks a rule; nothing was changed".to_owned(),
                )
            }
            FixOutcome::Asked(findings) => {
                self.tell(findings);
                (ExitCode::NeedsApproval, "a person must approve this patch; nothing was changed".to_owned())
            }
        }
    }

    fn fixed(&self, patched: &Patched) -> String {
        self.tell(&patched.warnings);
        let seconds = patched.elapsed.as_secs_f64();
        let effort = format!("{} candidates, {seconds:.1} s", patched.effort.candidates);
        match (&patched.commit, self.order.mode) {
            (Some(commit), _) => {
                format!("fixed ({effort}); commit {}", commit.get(..10).unwrap_or(commit))
            }
            (None, Some(_)) => format!("fixed ({effort}); the files are written, nothing is committed"),
            (None, None) => format!("fixed ({effort}); nothing was written, as asked"),
        }
    }

    fn ambiguous(&self, alternatives: &[Alternative]) -> String {
        for (number, one) in alternatives.iter().enumerate().skip(1) {
            let message = alternative_text(number + 1, one);
            self.session.reporter.report(&Event::Note { message });
        }
        if alternatives.len() == 1 {
            return "one patch passes every test, and little but the tests speaks for it; nothing was changed. Add a test \
                    that shows what is meant, or take it with --accept-ambiguous"
                .to_owned();
        }
        format!(
            "{} patches of different behaviour pass every test; nothing was changed. Add a test that tells them apart, \
             or take the first with --accept-ambiguous",
            alternatives.len()
        )
    }

    fn tell(&self, findings: &[Finding]) {
        workshop::tell(self.session.reporter, findings);
    }
}

fn not_found(missed: &NotFound) -> (ExitCode, String) {
    let seconds = missed.elapsed.as_secs_f64();
    let tried = format!("{} candidates in {seconds:.1} s", missed.effort.candidates);
    if !missed.contradictions.is_empty() {
        let named = missed.contradictions.join("; ");
        return (ExitCode::GaveUp, format!("tests and specification contradict each other: {named}"));
    }
    let nearest =
        missed.nearest.as_deref().map(|nearest| format!(" The nearest: {nearest}.")).unwrap_or_default();
    if missed.budget {
        let message =
            format!("no patch found before the budget ended ({tried}); nothing was changed.{nearest}");
        return (ExitCode::Budget, message);
    }
    (ExitCode::GaveUp, format!("no patch found ({tried}); nothing was changed.{nearest}"))
}
