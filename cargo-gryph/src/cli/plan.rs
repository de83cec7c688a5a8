//! `cargo gryph plan`: prints what a specification asks for.

use std::collections::BTreeMap;
use std::io::Write;
use std::path::Path;

use super::args::{Common, Drafting, Plan, PlanFormat};
use super::console::MessageFormat;
use super::exit_code::ExitCode;
use super::failure::Failure;
use super::provision::Wish;
use super::surroundings::Surroundings;
use super::wanted::{Desk, Wanted, intent_failure, wanted};
use super::workshop;
use crate::intent;
use crate::plan::plan as make_plan;
use crate::scaffold::scaffold;
use crate::spec::{self, LARGEST_SPEC, Problem, Spec};

/// Prints the plan on stdout.
pub(super) fn plan(
    arguments: &Plan,
    common: &Common,
    surroundings: &Surroundings,
) -> Result<ExitCode, Failure> {
    let spec = match wanted(&arguments.spec, surroundings) {
        Wanted::File(path) => read_spec(&surroundings.resolve(path), path)?,
        Wanted::Sentence(sentence) => drafted(sentence, arguments, common, surroundings)?,
    };
    let mut plan = make_plan(&spec);
    if plan.service.is_some()
        && let Ok(scaffold) = scaffold(&plan)
    {
        plan = plan.with_files(scaffold.files());
    }
    let mut out = std::io::stdout().lock();
    if let Some(format) = arguments.format {
        let _ = writeln!(out, "{}", document(&plan, format)?.trim_end());
        return Ok(ExitCode::Done);
    }
    let as_json = common.message_format == MessageFormat::Json;
    let _ = if as_json { writeln!(out, "{}", json(&plan)?) } else { write!(out, "{plan}") };
    if arguments.files {
        files(&plan, as_json, &mut out)?;
    }
    Ok(ExitCode::Done)
}

/// Drafts a specification, and prints it unless the plan is to stand alone.
fn drafted(
    sentence: &str,
    arguments: &Plan,
    common: &Common,
    surroundings: &Surroundings,
) -> Result<Spec, Failure> {
    let settings = workshop::settings(surroundings, BTreeMap::new())?;
    let wish = Wish::of_draft(&settings, arguments.replay.as_deref(), common, surroundings);
    let drafting = Drafting { yes: false, no_model: arguments.no_model };
    let desk = Desk { drafting: &drafting, common, surroundings, wish: &wish, seed: 0 };
    let mut draft = intent::draft(sentence).map_err(intent_failure)?;
    desk.complete(&mut draft)?;
    desk.tell(&draft);
    let text = draft.text().map_err(intent_failure)?;
    if arguments.format.is_none() {
        desk.print(&format!("{text}\n"), &text);
    }
    spec::parse(&text, intent::DRAFT).map_err(|problems| refused(&problems, intent::DRAFT))
}

/// The plan on its own.
fn document(plan: &crate::plan::Plan, format: PlanFormat) -> Result<String, Failure> {
    match format {
        PlanFormat::Text => Ok(plan.to_string()),
        PlanFormat::Json => serde_json::to_string_pretty(plan).map_err(internal),
        PlanFormat::Yaml => serde_saphyr::to_string(plan).map_err(internal),
        PlanFormat::Markdown => Ok(plan.markdown()),
    }
}

pub(super) fn internal(error: impl Into<anyhow::Error>) -> Failure {
    Failure::new(ExitCode::Internal, error)
}

/// Prints the files of the scaffold.
fn files(plan: &crate::plan::Plan, as_json: bool, out: &mut impl Write) -> Result<(), Failure> {
    let scaffold = scaffold(plan).map_err(internal)?;
    for (path, content) in scaffold.tree.files() {
        let text = String::from_utf8_lossy(content);
        let _ = if as_json {
            let file = serde_json::json!({ "reason": "file", "path": path, "text": text });
            writeln!(out, "{file}")
        } else {
            write!(out, "\n--- {path}\n{text}")
        };
    }
    Ok(())
}

fn json(plan: &crate::plan::Plan) -> Result<String, Failure> {
    let mut value = serde_json::to_value(plan).map_err(internal)?;
    if let Some(object) = value.as_object_mut() {
        object.insert("reason".to_owned(), "plan".into());
    }
    Ok(value.to_string())
}

/// Reads a specification; all its problems become one failure.
pub(super) fn read_spec(path: &Path, shown: &Path) -> Result<Spec, Failure> {
    parse_spec(&read_text(path, shown)?, &shown.display().to_string())
}

/// Parses a specification; all its problems become one failure.
pub(super) fn parse_spec(text: &str, shown: &str) -> Result<Spec, Failure> {
    spec::parse(text, shown).map_err(|problems| refused(&problems, shown))
}

/// The text of a specification or of a part of one.
pub(super) fn read_text(path: &Path, shown: &Path) -> Result<String, Failure> {
    let shown = shown.display().to_string();
    let unreadable = |error: std::io::Error| {
        let error = anyhow::Error::new(error).context(format!("cannot read specification `{shown}`"));
        Failure::new(ExitCode::Usage, error)
            .hint("give the path of a TOML or Markdown file; docs/spec.md describes it")
    };
    let size = std::fs::metadata(path).map_err(unreadable)?.len();
    if size > LARGEST_SPEC as u64 {
        let message = format!("specification `{shown}` has {size} bytes, more than {LARGEST_SPEC}");
        return Err(Failure::message(ExitCode::Usage, message).hint("split the project"));
    }
    std::fs::read_to_string(path).map_err(unreadable)
}

/// The problems of a specification as one failure.
pub(super) fn refused(problems: &[Problem], shown: &str) -> Failure {
    let count = problems.len();
    let list: Vec<String> = problems.iter().map(ToString::to_string).collect();
    let plural = if count == 1 { "problem" } else { "problems" };
    let message = format!("{count} {plural} in specification `{shown}`\n{}", list.join("\n"));
    Failure::message(ExitCode::Usage, message)
}
