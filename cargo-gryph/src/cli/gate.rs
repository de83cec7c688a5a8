//! `cargo gryph gate`: whether a change may be merged.

use std::collections::BTreeMap;
use std::io::Write as _;
use std::time::Duration;

use super::advisories::advisories;
use super::args::{Common, Gate};
use super::console::{MessageFormat, Talk, reporter};
use super::exit_code::ExitCode;
use super::failure::Failure;
use super::session::{Session, Tools};
use super::surroundings::Surroundings;
use super::workshop;
use crate::change::dependency::is_touched;
use crate::check::Memory;
use crate::event::Event;
use crate::gate::policy::Rule;
use crate::gate::{Decision, Policy, report};
use crate::git::{Git, ObjectId};
use crate::pipeline::{self, GateOrder, GateOutcome, PipelineError};
use crate::tree::Tree;
use crate::workspace::{Repository, Workspace, take_tools};

/// Judges the change.
pub(super) fn gate(
    arguments: &Gate,
    common: &Common,
    surroundings: &Surroundings,
) -> Result<ExitCode, Failure> {
    let policy = Policy::gate().map_err(|error| Failure::new(ExitCode::Usage, error))?;
    if arguments.list {
        print(&listed(&policy));
        return Ok(ExitCode::Done);
    }
    let reporter = reporter(Talk { format: common.message_format, quiet: common.quiet });
    let settings = workshop::settings(surroundings, flags(arguments))?;
    let mut tools = Tools::find(settings, policy, common, surroundings)?;
    tools.cargo.selection = arguments.selection.selection();
    workshop::reconcile(&tools.ledger, &tools.git, reporter.as_ref())?;
    let workspace = workshop::workspace(arguments.manifest_path.as_deref(), surroundings, &tools.git)?;
    let mut order = order(arguments, surroundings, workspace, &tools)?;
    if is_touched(&order.base, &order.after) {
        let offline = workshop::offline(&tools.settings, common);
        order.advisories = advisories(&tools, offline, surroundings, reporter.as_ref())?;
    }
    let run = workshop::begin("gate", arguments.seed, surroundings, &tools.ledger)?;
    reporter.report(&Event::RunStarted { run: run.run().to_string(), verb: "gate".to_owned() });
    let session = Session { common, surroundings, tools: &tools, run: &run, reporter: reporter.as_ref() };
    let result = session.drive(async |world| pipeline::gate(&order, world).await)?;
    finish(session, result)
}

/// The rules, one a line.
fn listed(policy: &Policy) -> String {
    let width = policy.rules().iter().map(|rule| rule.id.len()).max().unwrap_or(0);
    let line = |rule: &Rule| format!("{:<4} {:<width$} {}\n", rule.severity.to_string(), rule.id, rule.title);
    policy.rules().iter().map(line).collect()
}

fn flags(arguments: &Gate) -> BTreeMap<String, String> {
    let jobs = arguments.jobs.map(|jobs| ("jobs".to_owned(), jobs.to_string()));
    let advisories = arguments.advisory_db.clone().map(|place| ("advisory-db".to_owned(), place));
    jobs.into_iter().chain(advisories).collect()
}

fn order(
    arguments: &Gate,
    surroundings: &Surroundings,
    workspace: Workspace,
    tools: &Tools,
) -> Result<GateOrder, Failure> {
    let Some(repository) = &workspace.repository else {
        return Err(Failure::message(
            ExitCode::Usage,
            "the workspace is in no git repository, so there is nothing to compare it with",
        )
        .hint("run in a clone, or `git init` and commit what is trusted"));
    };
    let mut base = base(arguments, repository, &tools.git)?;
    let base_tools = take_tools(&mut base, &workspace.packages);
    Ok(GateOrder {
        after: workspace.tree,
        tools: workspace.tools,
        base,
        base_tools,
        seed: arguments.seed,
        jobs: workshop::jobs(&tools.settings),
        memory: Memory { dir: surroundings.home.join("checks") },
        fresh: arguments.fresh,
        advisories: Err("no manifest differs".to_owned()),
        faults: if arguments.no_faults { Duration::ZERO } else { Duration::from_secs(arguments.max_time) },
    })
}

/// The files before the change: those of the last commit, or of the one where the change left the branch that is named.
fn base(arguments: &Gate, repository: &Repository, git: &Git) -> Result<Tree, Failure> {
    let could_not = |message: String| Failure::message(ExitCode::CouldNotFindOut, message);
    let failed = |error| Failure::new(ExitCode::CouldNotFindOut, anyhow::Error::new(error));
    if let Some(operation) = repository.git.operation() {
        let message = format!("a {operation} is going on, so what the change is cannot be told");
        return Err(could_not(message).hint(format!("finish the {operation}, or abort it")));
    }
    let Some(head) = repository.head.commit.clone() else {
        let message = "the repository has no commit yet, so there is nothing to compare with".to_owned();
        return Err(could_not(message).hint("commit what is trusted first"));
    };
    let commit: ObjectId = match &arguments.base {
        None => head,
        Some(name) => {
            let deeper = "in CI, fetch the whole history: `fetch-depth: 0`, or `git fetch --unshallow`";
            let named = git.revision(&repository.git, name).map_err(failed)?;
            let named =
                named.ok_or_else(|| could_not(format!("no commit here is called `{name}`")).hint(deeper))?;
            let common = git.merge_base(&repository.git, &named, &head).map_err(failed)?;
            common.ok_or_else(|| {
                could_not(format!("`{name}` and HEAD have no common history here")).hint(deeper)
            })?
        }
    };
    git.files_of(&repository.git, &commit, repository.prefix.as_ref()).map_err(failed)
}

fn finish(session: Session<'_>, result: Result<GateOutcome, PipelineError>) -> Result<ExitCode, Failure> {
    let result = result.map_err(|error| match error {
        PipelineError::Interrupted => {
            Failure::message(ExitCode::Interrupted, "interrupted; nothing was decided")
        }
        error => Failure::new(ExitCode::CouldNotFindOut, error),
    });
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
        Err(failure) => (failure.code, failure.sentence()),
    };
    let told = serde_json::json!({ "message": message });
    let ended = session.tools.ledger.failed(session.run.run(), code.title(), &told);
    ended.map_err(workshop::ledger_failure)?;
    let is_told = matches!(&result, Ok(GateOutcome::Decided(_)));
    session.end(code, if is_told { String::new() } else { message }, result.err())
}

fn rendered(format: MessageFormat, decision: &Decision, policy: &Policy) -> String {
    match format {
        MessageFormat::Human => report::human::render(decision),
        MessageFormat::Json => report::json::render(decision),
        MessageFormat::Sarif => report::sarif::render(decision, policy),
        MessageFormat::Github => report::github::render(decision),
        MessageFormat::Markdown => report::markdown::render(decision),
    }
}

fn print(text: &str) {
    let mut out = std::io::stdout().lock();
    let _ = out.write_all(text.as_bytes()).and_then(|()| out.flush());
}
