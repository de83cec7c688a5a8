//! `cargo gryph new`: from a specification to a committed project.

use std::cell::Cell;
use std::collections::BTreeMap;
use std::path::PathBuf;

use super::args::{Common, New};
use super::console::{Talk, reporter};
use super::exit_code::ExitCode;
use super::failure::Failure;
use super::plan::{internal, read_spec, refused};
use super::session::{Session, Tools};
use super::surroundings::Surroundings;
use super::wanted::{Agreed, Desk, Wanted, wanted};
use super::{approve, key, provision, update, withheld, workshop};
use crate::commit;
use crate::config::Settings;
use crate::digest::Digest;
use crate::event::Event;
use crate::gate::Policy;
use crate::intent::DRAFT;
use crate::ledger::Ledger;
use crate::model::text::TextModel;
use crate::pipeline::{
    self, Answers, Budget, Committed, DraftContent, NewOutcome, Order, PipelineError, Yes,
};
use crate::plan::plan;
use crate::scaffold::scaffold;
use crate::spec::{self, Spec};

/// Makes the project.
pub(super) fn new(
    arguments: &New,
    common: &Common,
    surroundings: &Surroundings,
) -> Result<ExitCode, Failure> {
    if arguments.check || arguments.update {
        return update::run(arguments, common, surroundings);
    }
    let reporter = reporter(Talk { format: common.message_format, quiet: common.quiet });
    let reporter = reporter.as_ref();
    let (spec, model) = specification(arguments, common, surroundings)?;
    scaffold(&plan(&spec)).map_err(internal)?;
    let tools = tools(arguments, common, surroundings)?;
    wish(arguments, common, surroundings, &tools.settings).check()?;
    workshop::reconcile(&tools.ledger, &tools.git, reporter)?;
    let order = order(spec, arguments, &tools, surroundings)?;
    commit::destination(&order.dest).map_err(|error| Failure::new(ExitCode::Usage, error))?;
    let run = workshop::begin("new", arguments.seed, surroundings, &tools.ledger)?;
    reporter.report(&Event::RunStarted { run: run.run().to_string(), verb: "new".to_owned() });
    if common.unsandboxed {
        let message = "generated code runs without a sandbox, as asked; receipt and report say so".to_owned();
        reporter.report(&Event::Note { message });
    }
    let session = Session { common, surroundings, tools: &tools, run: &run, reporter };
    let job = Job { arguments, session, order: &order, model: Cell::new(model) };
    job.finish(job.run()?)
}

/// The specification that is given, or that somebody agreed to, and the model that was asked for a draft.
fn specification(
    arguments: &New,
    common: &Common,
    surroundings: &Surroundings,
) -> Result<(Spec, Option<Box<dyn TextModel>>), Failure> {
    let given = arguments.given();
    let sentence = match wanted(&given, surroundings) {
        Wanted::File(path) => return Ok((read_spec(&surroundings.resolve(path), path)?, None)),
        Wanted::Sentence(sentence) => sentence,
    };
    commit::destination(&surroundings.resolve(arguments.directory()))
        .map_err(|error| Failure::new(ExitCode::Usage, error))?;
    let settings = workshop::settings(surroundings, flags(arguments))?;
    let wish = wish(arguments, common, surroundings, &settings);
    let drafting = &arguments.drafting;
    let desk = Desk { drafting, common, surroundings, wish: &wish, seed: arguments.seed };
    let Agreed { text, model } = desk.specification(sentence)?;
    let spec = spec::parse(&text, DRAFT).map_err(|problems| refused(&problems, DRAFT))?;
    Ok((spec, model))
}

pub(super) fn tools(arguments: &New, common: &Common, surroundings: &Surroundings) -> Result<Tools, Failure> {
    let settings = workshop::settings(surroundings, flags(arguments))?;
    let policy = Policy::embedded()
        .and_then(|policy| policy.with_line_coverage(settings.coverage.value))
        .map_err(|error| Failure::new(ExitCode::Usage, error))?;
    Tools::find(settings, policy, common, surroundings)
}

/// The flags that are settings, as they were typed.
pub(super) fn flags(arguments: &New) -> BTreeMap<String, String> {
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

pub(super) fn order(
    spec: Spec,
    arguments: &New,
    tools: &Tools,
    surroundings: &Surroundings,
) -> Result<Order, Failure> {
    let settings = &tools.settings;
    Ok(Order {
        spec,
        dest: surroundings.resolve(arguments.directory()),
        budget: Budget { rounds: settings.rounds.value, earlier_rounds: 0, time: settings.max_time.value },
        seed: arguments.seed,
        partial: arguments.partial,
        draft: arguments.resume.as_ref().map(|run| resumed(run, &tools.ledger)).transpose()?,
        answers: answers(arguments, tools)?,
        dry_run: arguments.dry_run,
        jobs: workshop::jobs(settings),
        key: key::given(arguments.key.as_deref(), surroundings)?,
        yes: arguments.approve.map(|tree| yes(tree, arguments, tools)).transpose()?,
    })
}

/// What was accepted before, unless a setting says that nobody is to look. A recording holds every question, and is repeated
/// as it was made.
fn answers(arguments: &New, tools: &Tools) -> Result<Answers, Failure> {
    let is_recorded = arguments.record.is_some() || arguments.replay.is_some();
    if is_recorded || !tools.settings.memory.value {
        return Ok(Answers::default());
    }
    Answers::of(&tools.ledger).map_err(workshop::run_failure)
}

/// The yes of whoever types it.
fn yes(tree: Digest, arguments: &New, tools: &Tools) -> Result<Yes, Failure> {
    Ok(Yes { tree, by: approve::by(arguments.by.as_deref(), tools.git.identity())? })
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
    session: Session<'a>,
    order: &'a Order,
    /// The model that was asked for a draft, loaded already.
    model: Cell<Option<Box<dyn TextModel>>>,
}

impl Job<'_> {
    /// Runs the pipeline. Where no model could be had, that is why it ended.
    fn run(&self) -> Result<Result<NewOutcome, Failure>, Failure> {
        let Session { common, surroundings, tools, .. } = self.session;
        let wish = wish(self.arguments, common, surroundings, &tools.settings);
        let mut provisioning = None;
        let result = self.session.drive(async |world| {
            let loaded = self.model.take().map(|model| provision::proposer(model, &tools.settings));
            let found = || self.session.proposer(&wish, world);
            let proposer =
                || loaded.map_or_else(found, Ok).map_err(|failure| provisioning = Some(failure)).ok();
            pipeline::new(self.order, world, proposer).await
        })?;
        Ok(result.map_err(|error| match (error, provisioning) {
            (PipelineError::Interrupted, _) => self.interrupted(),
            (_, Some(failure)) => failure,
            (PipelineError::Propose(error), None) => provision::propose_failure(error),
            (error, None) => update::could_not_find_out(error),
        }))
    }

    fn interrupted(&self) -> Failure {
        let run = self.session.run.run();
        let failure = Failure::message(ExitCode::Interrupted, "interrupted; nothing was written");
        match self.session.tools.ledger.draft(run.as_str()) {
            Ok(Some(_)) => {
                failure.hint(format!("the same command with `--resume {run}` continues with what was filled"))
            }
            Ok(None) | Err(_) => failure,
        }
    }

    /// Records the end, tells it, and chooses the exit code.
    fn finish(&self, result: Result<NewOutcome, Failure>) -> Result<ExitCode, Failure> {
        let (code, message) = match &result {
            Ok(outcome) => self.conclusion(outcome),
            Err(failure) => (failure.code, failure.sentence()),
        };
        if !matches!(result, Ok(NewOutcome::Committed(_))) {
            let report = match &result {
                Ok(NewOutcome::Withheld(why)) => withheld::report(why),
                Ok(_) => serde_json::json!({}),
                Err(failure) => serde_json::json!({ "error": failure.render() }),
            };
            let word = if matches!(result, Ok(NewOutcome::Scaffolded)) { "dry run" } else { code.title() };
            let ended = self.session.tools.ledger.failed(self.session.run.run(), word, &report);
            ended.map_err(workshop::ledger_failure)?;
        }
        self.session.end(code, message, result.err())
    }

    fn conclusion(&self, outcome: &NewOutcome) -> (ExitCode, String) {
        let run = self.session.run.run();
        match outcome {
            NewOutcome::Committed(committed) => {
                self.session.forget_waiting(self.arguments.resume.as_deref());
                (ExitCode::Done, self.done(committed))
            }
            NewOutcome::Scaffolded => {
                (ExitCode::Done, "the scaffold compiles; nothing was written".to_owned())
            }
            NewOutcome::Withheld(why) => {
                let go_on = format!(
                    "Continue with `--resume {run}`, or accept the filled part with `--partial --resume {run}`"
                );
                self.session.withheld(why, &go_on)
            }
        }
    }

    fn done(&self, committed: &Committed) -> String {
        let Session { surroundings, reporter, .. } = self.session;
        workshop::tell(reporter, &committed.warnings);
        if surroundings.directory == committed.dest.components().collect::<PathBuf>() {
            let message = "the empty directory you stand in was replaced; `cd .` takes you into the project";
            reporter.report(&Event::Note { message: message.to_owned() });
        }
        let filled = committed.outcomes.len() - committed.left_out.len();
        let short = committed.commit.get(..10).unwrap_or(&committed.commit);
        let left_out = match committed.left_out.len() {
            0 => String::new(),
            open => format!(", {open} left out"),
        };
        let functions = if filled == 1 { "function" } else { "functions" };
        // The destination as the user wrote it.
        let written = self.arguments.directory();
        let is_there = surroundings.resolve(written) == committed.dest;
        let shown = if is_there { written.display() } else { committed.dest.display() };
        format!("{filled} {functions} accepted{left_out}; commit {short} at {shown}")
    }
}

pub(super) fn wish<'a>(
    arguments: &New,
    common: &Common,
    surroundings: &Surroundings,
    settings: &'a Settings,
) -> provision::Wish<'a> {
    let resolve = |path: &PathBuf| surroundings.resolve(path);
    provision::Wish {
        settings,
        offline: workshop::offline(settings, common),
        require_gpu: arguments.require_gpu,
        replay: arguments.replay.as_ref().map(resolve),
        record: arguments.record.as_ref().map(resolve),
    }
}
