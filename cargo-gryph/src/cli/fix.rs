//! `cargo gryph fix`: from a red workspace to a patch in it.

use std::collections::BTreeMap;
use std::io::{BufRead as _, Write as _};
use std::path::PathBuf;
use std::time::Duration;

use super::args::{Common, Fix};
use super::console::{MessageFormat, Talk, reporter, visible};
use super::exit_code::ExitCode;
use super::failure::Failure;
use super::interrupt::Interrupt;
use super::surroundings::Surroundings;
use super::{provision, workshop};
use crate::cargo::{Cargo, Selection};
use crate::commit::Mode;
use crate::config::Settings;
use crate::event::{Event, Reporter};
use crate::gate::{Finding, Policy};
use crate::git::Git;
use crate::ledger::{Ledger, LiveRun};
use crate::pipeline::{
    self, Alternative, Ambiguity, FixOrder, FixOutcome, NotFound, Patched, PipelineError, World,
};
use crate::propose::model::ModelProposer;
use crate::workspace::{self, Workspace};

/// Candidates of one run, where nothing else is asked for.
const MOST_CANDIDATES: usize = 6000;
/// Dirty files that are named.
const MOST_NAMED: usize = 5;

/// Repairs the workspace.
pub(super) fn fix(
    arguments: &Fix,
    common: &Common,
    surroundings: &Surroundings,
) -> Result<ExitCode, Failure> {
    let reporter = reporter(Talk { format: common.message_format, quiet: common.quiet });
    let reporter = reporter.as_ref();
    let settings = workshop::settings(surroundings, flags(arguments))?;
    let sandbox = workshop::sandbox(common, &settings, surroundings)?;
    let cargo = workshop::cargo(surroundings, &settings, common, sandbox)?;
    let cargo = Cargo { selection: selection(arguments), ..cargo };
    let policy = Policy::fix().map_err(|error| Failure::new(ExitCode::Usage, error))?;
    let (git, ledger) = (workshop::git(surroundings)?, workshop::ledger(surroundings)?);
    workshop::reconcile(&ledger, &git, reporter)?;
    let order = order(arguments, surroundings, &settings, &git)?;
    let run = workshop::begin("fix", arguments.seed, surroundings, &ledger)?;
    reporter.report(&Event::RunStarted { run: run.run().to_string(), verb: "fix".to_owned() });
    tell_notes(reporter, common, &order.workspace);
    let runtime = tokio::runtime::Builder::new_multi_thread().enable_all().build();
    let runtime = runtime.map_err(|error| Failure::new(ExitCode::Internal, error))?;
    let tools = Tools { settings, cargo, git, ledger, policy };
    let job = Job { arguments, common, surroundings, tools: &tools, order: &order, run: &run, reporter };
    let result = runtime.block_on(job.run());
    runtime.shutdown_background();
    let _ = std::fs::remove_dir_all(workshop::work_directory(surroundings, run.run()));
    job.finish(result)
}

/// The tools of one run.
struct Tools {
    settings: Settings,
    cargo: Cargo,
    git: Git,
    ledger: Ledger,
    policy: Policy,
}

fn selection(arguments: &Fix) -> Selection {
    Selection {
        packages: arguments.package.clone(),
        features: arguments.features.clone(),
        all_features: arguments.all_features,
        no_default_features: arguments.no_default_features,
    }
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

fn order(
    arguments: &Fix,
    surroundings: &Surroundings,
    settings: &Settings,
    git: &Git,
) -> Result<FixOrder, Failure> {
    let start = arguments
        .manifest_path
        .as_ref()
        .map_or_else(|| surroundings.directory.clone(), |path| surroundings.resolve(path));
    let workspace = Workspace::read(&start, git, &workspace::Limits::default()).map_err(|error| {
        let hint = error.hint();
        let failure = Failure::new(ExitCode::Usage, error);
        hint.into_iter().fold(failure, Failure::hint)
    })?;
    let mode = mode(arguments, &workspace)?;
    Ok(FixOrder {
        workspace,
        time: Duration::from_secs(arguments.max_time),
        candidates: arguments.max_candidates.unwrap_or(MOST_CANDIDATES),
        seed: arguments.seed,
        jobs: workshop::jobs(settings),
        mode,
        ambiguity: match (arguments.accept_ambiguous, arguments.interactive) {
            (true, _) => Ambiguity::TakeFirst,
            (false, true) => Ambiguity::Choose(Box::new(chosen)),
            (false, false) => Ambiguity::Ask,
        },
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
    if !workspace.dirty.is_empty() && !arguments.allow_dirty {
        let named: Vec<String> = workspace.dirty.iter().take(MOST_NAMED).map(ToString::to_string).collect();
        let more = workspace.dirty.len().saturating_sub(named.len());
        let rest = if more > 0 { format!(" and {more} more") } else { String::new() };
        return Err(Failure::message(
            ExitCode::Usage,
            format!("files are not committed: {}{rest}", named.join(", ")),
        )
        .hint("commit or stash them, or give --allow-dirty"));
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
    common: &'a Common,
    surroundings: &'a Surroundings,
    tools: &'a Tools,
    order: &'a FixOrder,
    run: &'a LiveRun,
    reporter: &'a dyn Reporter,
}

impl Job<'_> {
    /// Runs the pipeline until it ends or somebody stops it; dropping it ends every child process.
    async fn run(&self) -> Result<FixOutcome, Failure> {
        let interrupt = Interrupt::listen();
        let cancelled = || interrupt.happened();
        let work = workshop::work_directory(self.surroundings, self.run.run());
        let world = World {
            cargo: &self.tools.cargo,
            git: &self.tools.git,
            ledger: &self.tools.ledger,
            run: self.run,
            launcher: &self.surroundings.launcher,
            work: &work,
            policy: self.tools.policy.clone(),
            when: self.surroundings.seconds(),
            reporter: self.reporter,
            cancelled: &cancelled,
        };
        let mut provisioning = None;
        let proposer = || {
            if self.arguments.no_model {
                return None;
            }
            self.proposer(&cancelled).map_err(|failure| provisioning = Some(failure)).ok()
        };
        let result = tokio::select! {
            result = pipeline::fix(self.order, &world, proposer) => result,
            () = interrupt.wait() => Err(PipelineError::Interrupted),
        };
        if let Some(failure) = provisioning {
            let message = format!("no model was asked: {}", failure.sentence());
            self.reporter.report(&Event::Note { message });
        }
        match result {
            Ok(outcome) => Ok(outcome),
            Err(PipelineError::Interrupted) => Err(interrupted()),
            Err(_) if interrupt.happened() => Err(interrupted()),
            Err(PipelineError::Propose(error)) => Err(provision::propose_failure(error)),
            Err(error) => Err(Failure::new(ExitCode::CouldNotFindOut, error)),
        }
    }

    fn proposer(&self, cancelled: &dyn Fn() -> bool) -> Result<ModelProposer, Failure> {
        let resolve = |path: &PathBuf| self.surroundings.resolve(path);
        let wish = provision::Wish {
            settings: &self.tools.settings,
            offline: workshop::offline(&self.tools.settings, self.common),
            require_gpu: false,
            replay: self.arguments.replay.as_ref().map(resolve),
            record: self.arguments.record.as_ref().map(resolve),
        };
        provision::proposer(&wish, self.surroundings, self.reporter, cancelled)
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
            let ended = self.tools.ledger.failed(self.run.run(), code.title(), &report);
            ended.map_err(workshop::ledger_failure)?;
        }
        let run = self.run.run().to_string();
        // A person reads the whole failure on stderr; a program learns from its last line what went wrong.
        let told = result.is_ok() || self.common.message_format == MessageFormat::Json;
        let message = if told { message } else { String::new() };
        self.reporter.report(&Event::RunFinished { run, exit_code: code.number(), message });
        result.map(|_| code)
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
            self.reporter.report(&Event::Note { message });
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
        workshop::tell(self.reporter, findings);
    }
}

fn interrupted() -> Failure {
    Failure::message(ExitCode::Interrupted, "interrupted; nothing was changed")
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
