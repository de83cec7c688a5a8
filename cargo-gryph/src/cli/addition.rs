//! `cargo gryph add` in a workspace that `new` did not make: functions and tests for a package of the user's.

use std::io::Write as _;

use super::add::Add;
use super::args::{Common, New};
use super::console::{MessageFormat, Talk, reporter, visible};
use super::exit_code::ExitCode;
use super::failure::Failure;
use super::plan::{read_text, refused};
use super::session::{Session, Tools};
use super::surroundings::Surroundings;
use super::wanted::{Wanted, wanted};
use super::{new, update, withheld, workshop};
use crate::cargo::Vendored;
use crate::diff;
use crate::event::Event;
use crate::gate::Policy;
use crate::git::Git;
use crate::pipeline::{self, AddOrder, AddOutcome, Added, Addition, FailedExample, Misfit, PipelineError};
use crate::scaffold::footprint_path;
use crate::spec::{self, KEPT};
use crate::trust::take_records;
use crate::workspace::{self, Absent, Package, TargetKind, Workspace};

/// Tests that are named in one sentence.
const MOST_NAMED: usize = 5;

/// Whether the directory belongs to a workspace that keeps no specification.
pub(super) fn is_of_others(arguments: &Add, surroundings: &Surroundings) -> Result<bool, Failure> {
    let directory = surroundings.resolve(&arguments.path);
    if directory.join(KEPT).exists() {
        if arguments.package.is_some() {
            let message =
                format!("`{}` is one project, whose specification says all", arguments.path.display());
            return Err(Failure::message(ExitCode::Usage, message).hint("leave --package out"));
        }
        return Ok(false);
    }
    let Ok(root) = workspace::root_of(&directory) else { return Ok(false) };
    if footprint_path().to_path(&root).exists() {
        let message = format!("`{}` is part of the project in `{}`", directory.display(), root.display());
        return Err(
            Failure::message(ExitCode::Usage, message).hint("give the root of the project with --path")
        );
    }
    Ok(true)
}

/// Adds to a package.
pub(super) fn run(
    arguments: &Add,
    common: &Common,
    surroundings: &Surroundings,
) -> Result<ExitCode, Failure> {
    let path = match wanted(&arguments.fragment, surroundings) {
        Wanted::File(path) => path,
        Wanted::Sentence(_) => {
            let message = "a sentence can only be added to a project that `cargo gryph new` made";
            return Err(Failure::message(ExitCode::Usage, message)
                .hint("write what is wanted as a file: docs/add.md"));
        }
    };
    let text = read_text(&surroundings.resolve(path), path)?;
    let git = workshop::git(surroundings)?;
    let workspace = workspace_of(arguments, surroundings, &git)?;
    let package = package(arguments, surroundings, &workspace)?;
    let addition = composed(&text, &path.display().to_string(), &workspace, package)?;
    if arguments.dry_run {
        tell_planned(&workspace, &addition, common);
        return Ok(ExitCode::Done);
    }
    enter(arguments, common, surroundings, (workspace, addition))
}

/// The workspace, all of it committed.
fn workspace_of(arguments: &Add, surroundings: &Surroundings, git: &Git) -> Result<Workspace, Failure> {
    let mut workspace = workshop::workspace(Some(&arguments.path), surroundings, git, Absent::Refused)?;
    take_records(&mut workspace.tree);
    if workspace.repository.is_none() {
        let message = "the workspace is in no git repository, so what is added could not be taken back";
        return Err(
            Failure::message(ExitCode::Usage, message).hint("run `git init`, and commit what there is")
        );
    }
    if let Some(message) = workshop::uncommitted(&workspace) {
        let hint = "commit or stash them; the specification need not lie in the workspace";
        return Err(Failure::message(ExitCode::Usage, message).hint(hint));
    }
    Ok(workspace)
}

/// The package that was named, or that stands in the directory, or the only library.
fn package<'w>(
    arguments: &Add,
    surroundings: &Surroundings,
    workspace: &'w Workspace,
) -> Result<&'w Package, Failure> {
    let names = || {
        let names: Vec<String> =
            workspace.packages.iter().map(|package| visible(&format!("`{}`", package.name))).collect();
        format!("the packages are {}", names.join(", "))
    };
    if let Some(name) = &arguments.package {
        let found = workspace.packages.iter().find(|package| package.name == *name);
        let unknown = || Failure::message(ExitCode::Usage, format!("no package `{name}`")).hint(names());
        return found.ok_or_else(unknown);
    }
    if let [only] = workspace.packages.as_slice() {
        return Ok(only);
    }
    let directory = surroundings.resolve(&arguments.path).canonicalize().unwrap_or_default();
    let stands = |package: &&Package| {
        let place = package.directory.as_ref();
        place.map_or_else(|| workspace.root.clone(), |path| path.to_path(&workspace.root)) == directory
    };
    let has_library =
        |package: &&Package| package.targets.iter().any(|target| target.kind == TargetKind::Library);
    let mut libraries = workspace.packages.iter().filter(has_library);
    let only = libraries.next().filter(|_| libraries.next().is_none());
    workspace.packages.iter().find(stands).or(only).ok_or_else(|| {
        let message = "the workspace has several packages, and none was named";
        Failure::message(ExitCode::Usage, message).hint(format!("give one with --package; {}", names()))
    })
}

fn composed(text: &str, shown: &str, workspace: &Workspace, package: &Package) -> Result<Addition, Failure> {
    let spec = spec::parse_addition(text, shown, &package.name);
    let spec = spec.map_err(|problems| refused(&problems, shown))?;
    pipeline::compose(spec, workspace, package).map_err(|misfits| misfitting(&misfits, package))
}

fn misfitting(misfits: &[Misfit], package: &Package) -> Failure {
    let sentences: Vec<String> = misfits.iter().map(ToString::to_string).collect();
    let message = match sentences.as_slice() {
        [one] => one.clone(),
        all => format!("this cannot be added to `{}`\n{}", package.name, all.join("\n")),
    };
    let hint = misfits.iter().find_map(Misfit::hint);
    hint.into_iter().fold(Failure::message(ExitCode::Usage, visible(&message)), Failure::hint)
}

/// Prints what would change, on stdout.
fn tell_planned(workspace: &Workspace, addition: &Addition, common: &Common) {
    let (before, after) = (&workspace.tree, &addition.tree);
    let diff = format!("{}{}", diff::unified(before, after), diff::created(before, after));
    let mut out = std::io::stdout().lock();
    let _ = match common.message_format {
        MessageFormat::Json => writeln!(
            out,
            "{}",
            serde_json::json!({
                "reason": "planned",
                "diff": diff,
                "open": addition.open.iter().map(|hole| &hole.id).collect::<Vec<_>>(),
            })
        ),
        _ => write!(out, "{}", visible(&diff)),
    };
}

fn enter(
    arguments: &Add,
    common: &Common,
    surroundings: &Surroundings,
    (workspace, addition): (Workspace, Addition),
) -> Result<ExitCode, Failure> {
    let reporter = reporter(Talk { format: common.message_format, quiet: common.quiet });
    let reporter = reporter.as_ref();
    let asked = arguments.update();
    let settings = workshop::settings(surroundings, new::flags(&asked))?;
    let policy = Policy::addition()
        .and_then(|policy| policy.with_line_coverage(settings.coverage.value))
        .map_err(|error| Failure::new(ExitCode::Usage, error))?;
    let mut tools = Tools::find(settings, policy, common, surroundings)?;
    new::wish(&asked, common, surroundings, &tools.settings).check()?;
    workshop::reconcile(&tools.ledger, &tools.git, reporter)?;
    tools.cargo.vendored = Vendored::of(&workspace.tools);
    let mut order = new::order(addition.spec.clone(), &asked, &tools, surroundings)?;
    order.dest.clone_from(&workspace.root);
    let order = AddOrder { order, workspace, addition };
    let run = workshop::begin("add", asked.seed, surroundings, &tools.ledger)?;
    reporter.report(&Event::RunStarted { run: run.run().to_string(), verb: "add".to_owned() });
    update::tell_notes(reporter, common, &order.workspace);
    let session = Session { common, surroundings, tools: &tools, run: &run, reporter };
    let job = Job { asked: &asked, session, order: &order };
    job.finish(job.run()?)
}

/// One run with all it needs.
struct Job<'a> {
    asked: &'a New,
    session: Session<'a>,
    order: &'a AddOrder,
}

impl Job<'_> {
    /// Runs the pipeline. Where no model could be had, that is why it ended.
    fn run(&self) -> Result<Result<AddOutcome, Failure>, Failure> {
        let Session { common, surroundings, tools, .. } = self.session;
        let wish = new::wish(self.asked, common, surroundings, &tools.settings);
        let mut provisioning = None;
        let result = self.session.drive(async |world| {
            let proposer =
                || self.session.proposer(&wish, world).map_err(|failure| provisioning = Some(failure)).ok();
            pipeline::add(self.order, world, proposer).await
        })?;
        Ok(result.map_err(|error| match (error, provisioning) {
            (PipelineError::NoModel, Some(failure)) => failure,
            (error, _) => update::failure(error),
        }))
    }

    /// Records the end, tells it, and chooses the exit code.
    fn finish(&self, result: Result<AddOutcome, Failure>) -> Result<ExitCode, Failure> {
        let (code, message) = match &result {
            Ok(outcome) => self.conclusion(outcome),
            Err(failure) => (failure.code, failure.sentence()),
        };
        if !matches!(result, Ok(AddOutcome::Added(_))) {
            let report = match &result {
                Ok(AddOutcome::Withheld(why)) => withheld::report(why),
                Ok(_) => serde_json::json!({ "message": message }),
                Err(failure) => serde_json::json!({ "error": failure.render() }),
            };
            let ended = self.session.tools.ledger.failed(self.session.run.run(), code.title(), &report);
            ended.map_err(workshop::ledger_failure)?;
        }
        self.session.end(code, message, result.err())
    }

    fn conclusion(&self, outcome: &AddOutcome) -> (ExitCode, String) {
        match outcome {
            AddOutcome::Red(red) => (ExitCode::Refused, were_red(red)),
            AddOutcome::Broken { stderr } => {
                self.note(stderr);
                let message = "the package does not build with what is added; nothing was written";
                (ExitCode::Refused, message.to_owned())
            }
            AddOutcome::Failing(failed) => (ExitCode::Refused, self.failing(failed)),
            AddOutcome::Withheld(why) => {
                self.session.withheld(why, "What was accepted is remembered for the next time")
            }
            AddOutcome::Added(added) => (ExitCode::Done, self.added(added)),
        }
    }

    fn failing(&self, failed: &[FailedExample]) -> String {
        for FailedExample { function, example, message } in failed {
            self.note(&format!("`{function}` does not meet `{example}`\n{}", message.trim()));
        }
        let examples = if failed.len() == 1 { "example does" } else { "examples do" };
        format!(
            "{} {examples} not hold of functions that are there; nothing was written. Correct one or the other",
            failed.len()
        )
    }

    fn note(&self, text: &str) {
        self.session.reporter.report(&Event::Note { message: visible(text) });
    }

    fn added(&self, added: &Added) -> String {
        workshop::tell(self.session.reporter, &added.warnings);
        let short = added.commit.get(..10).unwrap_or(&added.commit);
        let counted = |count: usize, what: &str| match count {
            1 => format!("1 {what}"),
            count => format!("{count} {what}s"),
        };
        format!(
            "{} changed, {} written, {} added; commit {short}",
            counted(added.changed, "file"),
            counted(added.written, "function"),
            counted(added.tests, "test")
        )
    }
}

fn were_red(red: &[String]) -> String {
    let named: Vec<String> = red.iter().take(MOST_NAMED).map(|one| visible(one)).collect();
    let more = red.len().saturating_sub(named.len());
    let rest = if more > 0 { format!(" and {more} more") } else { String::new() };
    format!(
        "the workspace is red before anything is added: {}{rest}; nothing was written. `cargo gryph fix` may help",
        named.join(", ")
    )
}
