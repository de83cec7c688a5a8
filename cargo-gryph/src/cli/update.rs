//! `cargo gryph new --check` and `--update`: the specification stays the source of a project that people have changed.

use std::io::Write as _;
use std::path::{Path, PathBuf};

use super::args::{Common, New};
use super::console::{MessageFormat, Talk, reporter, visible};
use super::exit_code::ExitCode;
use super::failure::Failure;
use super::plan::{internal, parse_spec, read_text};
use super::session::Session;
use super::surroundings::Surroundings;
use super::{new, provision, withheld, workshop};
use crate::cargo::Vendored;
use crate::event::{Event, Reporter};
use crate::git::Git;
use crate::pipeline::{self, Conflict, Difference, PipelineError, UpdateOrder, UpdateOutcome, Updated};
use crate::plan::plan;
use crate::scaffold::{KEPT_SPEC, scaffold};
use crate::spec::Spec;
use crate::trust::take_records;
use crate::workspace::{Absent, Workspace};

/// A specification as text, and how it is called in messages.
pub(super) struct Source {
    pub(super) text: String,
    pub(super) shown: String,
}

/// Checks or updates the project in the directory that was named, or here.
pub(super) fn run(
    arguments: &New,
    common: &Common,
    surroundings: &Surroundings,
) -> Result<ExitCode, Failure> {
    let source = source(arguments, surroundings)?;
    if arguments.check {
        return check(&source, arguments, common, surroundings);
    }
    apply(&source, arguments, common, surroundings)
}

/// The specification that was given, else the one that the project keeps.
fn source(arguments: &New, surroundings: &Surroundings) -> Result<Source, Failure> {
    let path = arguments.spec.clone().unwrap_or_else(|| arguments.directory().join(KEPT_SPEC));
    let shown = path.strip_prefix(".").unwrap_or(&path).display().to_string();
    let text = read_text(&surroundings.resolve(&path), Path::new(&shown))?;
    Ok(Source { text, shown })
}

/// The project in a directory.
fn project(arguments: &New, surroundings: &Surroundings, git: &Git) -> Result<Workspace, Failure> {
    let directory = surroundings.resolve(arguments.directory());
    let mut workspace = workshop::workspace(Some(&directory), surroundings, git, Absent::Refused)?;
    if directory.canonicalize().ok().as_ref() != Some(&workspace.root) {
        let message =
            format!("`{}` is part of the workspace in `{}`", directory.display(), workspace.root.display());
        return Err(
            Failure::message(ExitCode::Usage, message).hint("give the root of the project with --path")
        );
    }
    take_records(&mut workspace.tree);
    Ok(workspace)
}

/// Prints where project and specification part; writes nothing.
fn check(
    source: &Source,
    arguments: &New,
    common: &Common,
    surroundings: &Surroundings,
) -> Result<ExitCode, Failure> {
    let spec = parsed(source)?;
    let settings = workshop::settings(surroundings, new::flags(arguments))?;
    let sandbox = workshop::sandbox(common, &settings, surroundings)?;
    let cargo = workshop::cargo(surroundings, &settings, common, sandbox)?;
    let git = workshop::git(surroundings)?;
    let workspace = project(arguments, surroundings, &git)?;
    let runtime = tokio::runtime::Builder::new_multi_thread().enable_all().build();
    let runtime = runtime.map_err(|error| Failure::new(ExitCode::Internal, error))?;
    let found = runtime.block_on(pipeline::drift(&spec, &workspace, &cargo, &git)).map_err(failure)?;
    let drifted = found.iter().filter(|one| one.kind.is_drift()).count();
    tell_differences(&found, common);
    if common.message_format != MessageFormat::Json {
        let message = match drifted {
            0 => "nothing is to be applied again".to_owned(),
            1 => "1 thing is to be applied again: `cargo gryph new --update`".to_owned(),
            more => format!("{more} things are to be applied again: `cargo gryph new --update`"),
        };
        let _ = writeln!(std::io::stdout().lock(), "{message}");
    }
    Ok(if drifted == 0 { ExitCode::Done } else { ExitCode::Refused })
}

fn tell_differences(found: &[Difference], common: &Common) {
    let mut out = std::io::stdout().lock();
    for Difference { kind, what } in found {
        let _ = if common.message_format == MessageFormat::Json {
            let applies = kind.is_drift();
            let line =
                serde_json::json!({ "reason": "drift", "kind": kind, "what": what, "applies": applies });
            writeln!(out, "{line}")
        } else {
            writeln!(out, "{}", visible(&format!("`{what}` {}", kind.sentence())))
        };
    }
}

/// Applies a specification to the project that stands in the directory of the arguments, and keeps it there: as one
/// commit, or not at all.
pub(super) fn apply(
    source: &Source,
    arguments: &New,
    common: &Common,
    surroundings: &Surroundings,
) -> Result<ExitCode, Failure> {
    let reporter = reporter(Talk { format: common.message_format, quiet: common.quiet });
    let reporter = reporter.as_ref();
    let spec = parsed(source)?;
    let mut tools = new::tools(arguments, common, surroundings)?;
    new::wish(arguments, common, surroundings, &tools.settings).check()?;
    workshop::reconcile(&tools.ledger, &tools.git, reporter)?;
    let workspace = project(arguments, surroundings, &tools.git)?;
    refuse_unclean(&workspace)?;
    tools.cargo.vendored = Vendored::of(&workspace.tools);
    let order = UpdateOrder { order: new::order(spec, arguments, &tools, surroundings)?, workspace };
    let run = workshop::begin("update", arguments.seed, surroundings, &tools.ledger)?;
    reporter.report(&Event::RunStarted { run: run.run().to_string(), verb: "update".to_owned() });
    tell_notes(reporter, common, &order.workspace);
    let session = Session { common, surroundings, tools: &tools, run: &run, reporter };
    let job = Job { arguments, session, order: &order };
    job.finish(job.run()?)
}

fn parsed(source: &Source) -> Result<Spec, Failure> {
    let spec = parse_spec(&source.text, &source.shown)?;
    scaffold(&plan(&spec)).map_err(internal)?;
    Ok(spec)
}

/// What is not committed could not be told from what is applied.
fn refuse_unclean(workspace: &Workspace) -> Result<(), Failure> {
    if workspace.repository.is_none() {
        let message = "the project is in no git repository, so an update could not be taken back";
        return Err(
            Failure::message(ExitCode::Usage, message).hint("run `git init`, and commit what there is")
        );
    }
    let Some(message) = workshop::uncommitted(workspace) else { return Ok(()) };
    Err(Failure::message(ExitCode::Usage, message).hint(format!(
        "commit or stash them; a new specification need not be committed when it is given by its path, from outside of \
         `{KEPT_SPEC}`"
    )))
}

/// Tells what the workspace does not show, and what it runs without.
pub(super) fn tell_notes(reporter: &dyn Reporter, common: &Common, workspace: &Workspace) {
    let note = |message: String| reporter.report(&Event::Note { message });
    if common.unsandboxed {
        note("code of the project runs without a sandbox, as asked; receipt and report say so".to_owned());
    }
    workspace.notes.iter().for_each(|one| note(one.to_string()));
}

/// Why a run could not find out.
pub(super) fn failure(error: PipelineError) -> Failure {
    match error {
        PipelineError::Footprint(error) => {
            let hint = error.hint();
            Failure::new(ExitCode::Usage, error).hint(hint)
        }
        PipelineError::Propose(error) => provision::propose_failure(error),
        PipelineError::Interrupted => {
            Failure::message(ExitCode::Interrupted, "interrupted; nothing was written")
        }
        error => could_not_find_out(error),
    }
}

/// A failure with what the user can do about it.
pub(super) fn could_not_find_out(error: PipelineError) -> Failure {
    let hint = error.hint();
    let failure = Failure::new(ExitCode::CouldNotFindOut, error);
    hint.into_iter().fold(failure, Failure::hint)
}

/// One run with all it needs.
struct Job<'a> {
    arguments: &'a New,
    session: Session<'a>,
    order: &'a UpdateOrder,
}

impl Job<'_> {
    /// Runs the pipeline. Where no model could be had, that is why it ended.
    fn run(&self) -> Result<Result<UpdateOutcome, Failure>, Failure> {
        let Session { common, surroundings, tools, .. } = self.session;
        let wish = new::wish(self.arguments, common, surroundings, &tools.settings);
        let mut provisioning = None;
        let result = self.session.drive(async |world| {
            let proposer =
                || self.session.proposer(&wish, world).map_err(|failure| provisioning = Some(failure)).ok();
            pipeline::update(self.order, world, proposer).await
        })?;
        Ok(result.map_err(|error| match (error, provisioning) {
            (PipelineError::NoModel, Some(failure)) => failure,
            (error, _) => failure(error),
        }))
    }

    /// Records the end, tells it, and chooses the exit code.
    fn finish(&self, result: Result<UpdateOutcome, Failure>) -> Result<ExitCode, Failure> {
        let (code, message) = match &result {
            Ok(outcome) => self.conclusion(outcome),
            Err(failure) => (failure.code, failure.sentence()),
        };
        if !matches!(result, Ok(UpdateOutcome::Updated(_))) {
            let report = match &result {
                Ok(UpdateOutcome::Withheld(why)) => withheld::report(why),
                Ok(_) => serde_json::json!({ "message": message }),
                Err(failure) => serde_json::json!({ "error": failure.render() }),
            };
            let word = match &result {
                Ok(UpdateOutcome::Planned { .. }) => "dry run",
                Ok(UpdateOutcome::Same) => "nothing to do",
                Ok(_) | Err(_) => code.title(),
            };
            let ended = self.session.tools.ledger.failed(self.session.run.run(), word, &report);
            ended.map_err(workshop::ledger_failure)?;
        }
        self.session.end(code, message, result.err())
    }

    fn conclusion(&self, outcome: &UpdateOutcome) -> (ExitCode, String) {
        let run = self.session.run.run();
        match outcome {
            UpdateOutcome::Same => {
                (ExitCode::Done, "nothing is to be applied again; nothing was written".to_owned())
            }
            UpdateOutcome::Conflicts(conflicts) => self.conflicts(conflicts),
            UpdateOutcome::Planned { diff, open } => {
                self.note(diff);
                open.iter()
                    .for_each(|function| self.note(&format!("`{function}` would be tried or written")));
                (ExitCode::Done, "nothing was written, as asked".to_owned())
            }
            UpdateOutcome::Broken { stderr } => {
                self.note(stderr);
                let message = "what people wrote does not build with what is given now; nothing was written";
                (ExitCode::Refused, message.to_owned())
            }
            UpdateOutcome::Withheld(why) => {
                self.session.withheld(why, &format!("Continue with `--resume {run}`"))
            }
            UpdateOutcome::Updated(updated) => {
                self.session.forget_waiting(self.arguments.resume.as_deref());
                (ExitCode::Done, self.updated(updated))
            }
        }
    }

    fn conflicts(&self, conflicts: &[Conflict]) -> (ExitCode, String) {
        for Conflict { what, why, diff } in conflicts {
            self.note(format!("conflict in `{what}`: {why}\n{diff}").trim_end());
        }
        let places = if conflicts.len() == 1 { "place has" } else { "places have" };
        let message = format!(
            "{} {places} to be looked at by a person; nothing was written. Bring your side to what is given now, commit \
             it, and run again",
            conflicts.len()
        );
        (ExitCode::NeedsApproval, message)
    }

    fn note(&self, text: &str) {
        if !text.is_empty() {
            self.session.reporter.report(&Event::Note { message: visible(text) });
        }
    }

    fn updated(&self, updated: &Updated) -> String {
        workshop::tell(self.session.reporter, &updated.warnings);
        let short = updated.commit.get(..10).unwrap_or(&updated.commit);
        let files = if updated.changed == 1 { "file" } else { "files" };
        format!(
            "{} {files} changed, {} functions kept, {} written; commit {short}",
            updated.changed, updated.kept, updated.written
        )
    }
}

impl New {
    /// Where the project stands or is to stand.
    pub(super) fn directory(&self) -> &Path {
        self.path.as_deref().unwrap_or(Path::new("."))
    }

    /// The file of the specification, where one has to be given.
    pub(super) fn given(&self) -> PathBuf {
        self.spec.clone().unwrap_or_else(|| PathBuf::from(KEPT_SPEC))
    }
}
