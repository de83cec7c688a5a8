//! `cargo gryph new`: from a specification to a committed project.

use std::collections::BTreeMap;
use std::path::{Path, PathBuf};

use super::args::{Common, New};
use super::console::{MessageFormat, Talk, reporter};
use super::exit_code::ExitCode;
use super::failure::Failure;
use super::interrupt::Interrupt;
use super::plan::read_spec;
use super::provision;
use super::surroundings::Surroundings;
use super::{open_holes, workshop};
use crate::cargo::Cargo;
use crate::commit;
use crate::config::Settings;
use crate::event::{Event, Reporter};
use crate::gate::{Finding, Policy};
use crate::git::Git;
use crate::ledger::{Ledger, LiveRun};
use crate::pipeline::{self, Budget, Committed, DraftContent, NewOutcome, Order, PipelineError, World};
use crate::propose::model::ModelProposer;

/// The tools of one run.
struct Tools {
    settings: Settings,
    cargo: Cargo,
    git: Git,
    ledger: Ledger,
    policy: Policy,
}

/// Makes the project.
pub(super) fn new(
    arguments: &New,
    common: &Common,
    surroundings: &Surroundings,
) -> Result<ExitCode, Failure> {
    let reporter = reporter(Talk { format: common.message_format, quiet: common.quiet });
    let reporter = reporter.as_ref();
    let tools = tools(arguments, common, surroundings)?;
    wish(arguments, common, surroundings, &tools).check()?;
    workshop::reconcile(&tools.ledger, &tools.git, reporter)?;
    let order = order(arguments, &tools, surroundings)?;
    commit::destination(&order.dest).map_err(|error| Failure::new(ExitCode::Usage, error))?;
    let run = workshop::begin("new", arguments.seed, surroundings, &tools.ledger)?;
    reporter.report(&Event::RunStarted { run: run.run().to_string(), verb: "new".to_owned() });
    if common.unsandboxed {
        let message = "generated code runs without a sandbox, as asked; receipt and report say so".to_owned();
        reporter.report(&Event::Note { message });
    }
    let runtime = tokio::runtime::Builder::new_multi_thread().enable_all().build();
    let runtime = runtime.map_err(|error| Failure::new(ExitCode::Internal, error))?;
    let job = Job { arguments, common, surroundings, tools: &tools, order: &order, run: &run, reporter };
    let result = runtime.block_on(job.run());
    // The model may still compute for a moment; nothing waits for it.
    runtime.shutdown_background();
    let _ = std::fs::remove_dir_all(workshop::work_directory(surroundings, run.run()));
    finish(&job, result)
}

fn tools(arguments: &New, common: &Common, surroundings: &Surroundings) -> Result<Tools, Failure> {
    let settings = workshop::settings(surroundings, flags(arguments))?;
    let sandbox = workshop::sandbox(common, &settings, surroundings)?;
    let cargo = workshop::cargo(surroundings, &settings, common, sandbox)?;
    let policy = Policy::embedded()
        .and_then(|policy| policy.with_line_coverage(settings.coverage.value))
        .map_err(|error| Failure::new(ExitCode::Usage, error))?;
    let (git, ledger) = (workshop::git(surroundings)?, workshop::ledger(surroundings)?);
    Ok(Tools { settings, cargo, git, ledger, policy })
}

/// The flags that are settings, as they were typed.
fn flags(arguments: &New) -> BTreeMap<String, String> {
    let text = |value: Option<u64>| value.map(|value| value.to_string());
    let given = [
        ("model", arguments.model.clone()),
        ("rounds", text(arguments.rounds.map(u64::from))),
        ("samples", text(arguments.samples.map(u64::from))),
        ("max-tokens", text(arguments.max_tokens.map(u64::from))),
        ("max-time", arguments.max_time.map(|seconds| format!("{seconds}s"))),
        ("threads", text(arguments.threads.map(|threads| threads as u64))),
        ("jobs", text(arguments.jobs.map(|jobs| jobs as u64))),
    ];
    given.into_iter().filter_map(|(key, value)| Some((key.to_owned(), value?))).collect()
}

fn order(arguments: &New, tools: &Tools, surroundings: &Surroundings) -> Result<Order, Failure> {
    let settings = &tools.settings;
    Ok(Order {
        spec: read_spec(&surroundings.resolve(&arguments.spec), &arguments.spec)?,
        dest: surroundings.resolve(&arguments.path),
        budget: Budget { rounds: settings.rounds.value, time: settings.max_time.value },
        seed: arguments.seed,
        partial: arguments.partial,
        draft: arguments.resume.as_ref().map(|run| resumed(run, &tools.ledger)).transpose()?,
        dry_run: arguments.dry_run,
        jobs: workshop::jobs(settings),
    })
}

fn resumed(run: &str, ledger: &Ledger) -> Result<DraftContent, Failure> {
    let found = ledger.draft(run).map_err(workshop::run_failure)?;
    let (_, draft) = found.ok_or_else(|| {
        Failure::message(ExitCode::Usage, format!("run `{run}` left no draft"))
            .hint("start it anew without --resume")
    })?;
    serde_json::from_value(draft.content).map_err(|error| {
        let error = anyhow::Error::new(error).context(format!("cannot read the draft of run `{run}`"));
        Failure::new(ExitCode::CouldNotFindOut, error)
    })
}

/// One run with all it needs.
struct Job<'a> {
    arguments: &'a New,
    common: &'a Common,
    surroundings: &'a Surroundings,
    tools: &'a Tools,
    order: &'a Order,
    run: &'a LiveRun,
    reporter: &'a dyn Reporter,
}

impl Job<'_> {
    /// Runs the pipeline until it ends or somebody stops it; dropping it ends every child process.
    async fn run(&self) -> Result<NewOutcome, Failure> {
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
        let proposer = || self.proposer(&cancelled).map_err(|failure| provisioning = Some(failure)).ok();
        let result = tokio::select! {
            result = pipeline::new(self.order, &world, proposer) => result,
            () = interrupt.wait() => Err(PipelineError::Interrupted),
        };
        match (result, provisioning) {
            (Ok(outcome), _) => Ok(outcome),
            (Err(_), _) if interrupt.happened() => Err(self.interrupted()),
            (Err(_), Some(failure)) => Err(failure),
            (Err(error), None) => Err(self.failure(error)),
        }
    }

    fn proposer(&self, cancelled: &dyn Fn() -> bool) -> Result<ModelProposer, Failure> {
        let wish = wish(self.arguments, self.common, self.surroundings, self.tools);
        provision::proposer(&wish, self.surroundings, self.reporter, cancelled)
    }

    fn failure(&self, error: PipelineError) -> Failure {
        match error {
            PipelineError::Interrupted => self.interrupted(),
            PipelineError::Propose(error) => provision::propose_failure(error),
            error => Failure::new(ExitCode::CouldNotFindOut, error),
        }
    }

    fn interrupted(&self) -> Failure {
        let run = self.run.run();
        let failure = Failure::message(ExitCode::Interrupted, "interrupted; nothing was written");
        match self.tools.ledger.draft(run.as_str()) {
            Ok(Some(_)) => {
                failure.hint(format!("the same command with `--resume {run}` continues with what was filled"))
            }
            Ok(None) | Err(_) => failure,
        }
    }
}

fn wish<'a>(
    arguments: &New,
    common: &Common,
    surroundings: &Surroundings,
    tools: &'a Tools,
) -> provision::Wish<'a> {
    let resolve = |path: &PathBuf| surroundings.resolve(path);
    provision::Wish {
        settings: &tools.settings,
        offline: workshop::offline(&tools.settings, common),
        require_gpu: arguments.require_gpu,
        replay: arguments.replay.as_ref().map(resolve),
        record: arguments.record.as_ref().map(resolve),
    }
}

/// Records the end, tells it, and chooses the exit code.
fn finish(job: &Job<'_>, result: Result<NewOutcome, Failure>) -> Result<ExitCode, Failure> {
    let (code, message) = match &result {
        Ok(outcome) => conclusion(job, outcome),
        Err(failure) => (failure.code, failed_message(job, failure)),
    };
    if !matches!(result, Ok(NewOutcome::Committed(_))) {
        let report = match &result {
            Ok(NewOutcome::Open { outcomes, .. }) => open_holes::report(outcomes),
            Ok(NewOutcome::Refused(findings) | NewOutcome::Asked(findings)) => findings_report(findings),
            Ok(_) => serde_json::json!({}),
            Err(failure) => serde_json::json!({ "error": failure.render() }),
        };
        let word = if matches!(result, Ok(NewOutcome::Scaffolded)) { "dry run" } else { code.title() };
        let ended = job.tools.ledger.failed(job.run.run(), word, &report);
        ended.map_err(workshop::ledger_failure)?;
    }
    let run = job.run.run().to_string();
    job.reporter.report(&Event::RunFinished { run, exit_code: code.number(), message });
    result.map(|_| code)
}

/// A program learns from its last line what went wrong; a person reads the whole failure on stderr.
fn failed_message(job: &Job<'_>, failure: &Failure) -> String {
    match job.common.message_format {
        MessageFormat::Json => failure.sentence(),
        MessageFormat::Human => String::new(),
    }
}

fn conclusion(job: &Job<'_>, outcome: &NewOutcome) -> (ExitCode, String) {
    let run = job.run.run();
    match outcome {
        NewOutcome::Committed(committed) => (ExitCode::Done, done(job, committed)),
        NewOutcome::Scaffolded => (ExitCode::Done, "the scaffold compiles; nothing was written".to_owned()),
        NewOutcome::Open { outcomes, budget } => {
            open_holes::tell(job.reporter, outcomes);
            let open = outcomes.iter().filter(|outcome| outcome.open().is_some()).count();
            let code = if *budget { ExitCode::Budget } else { ExitCode::GaveUp };
            let message = format!(
                "{open} of {} functions stay open; nothing was written. Continue with `--resume {run}`, or accept the \
                 filled part with `--partial --resume {run}`",
                outcomes.len()
            );
            (code, message)
        }
        NewOutcome::Refused(findings) => {
            workshop::tell(job.reporter, findings);
            (
                ExitCode::Refused,
                format!("the gate refused; nothing was written. `cargo gryph show {run}` has the details"),
            )
        }
        NewOutcome::Asked(findings) => {
            workshop::tell(job.reporter, findings);
            (ExitCode::NeedsApproval, "a human must approve this; nothing was written".to_owned())
        }
    }
}

fn done(job: &Job<'_>, committed: &Committed) -> String {
    workshop::tell(job.reporter, &committed.warnings);
    if job.surroundings.directory == committed.dest.components().collect::<PathBuf>() {
        let message = "the empty directory you stand in was replaced; `cd .` takes you into the project";
        job.reporter.report(&Event::Note { message: message.to_owned() });
    }
    let filled = committed.outcomes.len() - committed.left_out.len();
    let short = committed.commit.get(..10).unwrap_or(&committed.commit);
    let left_out = match committed.left_out.len() {
        0 => String::new(),
        open => format!(", {open} left out"),
    };
    let functions = if filled == 1 { "function" } else { "functions" };
    format!("{filled} {functions} accepted{left_out}; commit {short} at {}", shown(job, &committed.dest))
}

/// The destination as the user wrote it.
fn shown(job: &Job<'_>, dest: &Path) -> String {
    let written = &job.arguments.path;
    if job.surroundings.resolve(written) == dest { written.display() } else { dest.display() }.to_string()
}

fn findings_report(findings: &[Finding]) -> serde_json::Value {
    serde_json::json!({ "findings": findings })
}
