//! The steps of a schema. Databases have run those that were given, so that they are never changed, moved or removed; what
//! is given otherwise now becomes a step of its own.
//!
//! What a database has is told from the steps themselves, as they were given, and from what people say of theirs. That
//! is held against what the templates give now, whichever files they give it in.

mod difference;
mod directory;
mod read;
mod schema;
mod statement;
mod token;

use std::collections::BTreeSet;

use crate::git::GitError;
use crate::scaffold::{ListedStep, Scaffold, with_steps};
use crate::tree::{Tree, TreePath};

use super::conflict::Conflict;
use super::history::Before;

use difference::{Difference, Hurdle, difference};
use directory::{Step, directories, next_version, steps_in};
use read::statements;
use schema::Schema;

/// How a line of a step of people's own begins that says what the step does.
const SAID: &str = "-- gryph: ";
/// How the steps are called that are written here.
const UPGRADE: &str = "upgrade";
/// What stands above their statements.
const HEAD: &str = "-- What is given since the steps before, for a database that has run them.\n";

/// What is to be told of the steps.
#[derive(Default, Debug)]
pub(super) struct Told {
    /// What only a person can do.
    pub(super) conflicts: Vec<Conflict>,
    /// Tables and columns that stay although they are asked for no more.
    pub(super) kept: Vec<String>,
    /// The columns that databases have, as `table.column`.
    pub(super) columns: BTreeSet<String>,
    /// Whether it is not known what the specification said before.
    pub(super) is_blind: bool,
}

/// Makes the steps of a scaffold those that were given before, and one more for what is given otherwise now.
///
/// # Errors
/// When git fails.
pub(super) fn keep_steps(scaffold: &mut Scaffold, before: Before<'_>) -> Result<Told, GitError> {
    let mut told = Told::default();
    for path in directories(before.footprint.files.keys()) {
        Directory { path: &path, before }.keep(scaffold, &mut told)?;
    }
    Ok(told)
}

/// A directory whose steps were given before.
struct Directory<'a> {
    path: &'a str,
    before: Before<'a>,
}

/// A step and its text.
type Written = (Step, String);

impl Directory<'_> {
    fn keep(&self, scaffold: &mut Scaffold, told: &mut Told) -> Result<(), GitError> {
        let now = written(self.path, &scaffold.tree);
        if now.is_empty() {
            told.conflicts.extend(self.gone());
            return Ok(());
        }
        let given = match self.given()? {
            Ok(given) => given,
            Err(conflict) => {
                told.conflicts.push(conflict);
                return Ok(());
            }
        };
        now.iter().for_each(|(step, _)| drop(scaffold.tree.remove(&step.path)));
        given.iter().for_each(|(step, text)| scaffold.tree.insert(step.path.clone(), text.as_str()));
        let ways = self.run(&given).and_then(|there| Ok((schema_after(&now)?, there)));
        match ways {
            Ok((now, there)) => {
                told.columns.extend(there.columns());
                self.go(difference(&there, &now), scaffold, told);
            }
            Err(conflict) => told.conflicts.push(conflict),
        }
        Ok(())
    }

    /// The steps that were given, with the texts that were.
    fn given(&self) -> Result<Result<Vec<Written>, Conflict>, GitError> {
        let mut all = Vec::new();
        for step in steps_in(self.path, self.before.footprint.files.keys()) {
            let Some(text) = self.before.given_text(&step.path)? else {
                let why =
                    "databases have run it, and the text that they have run is in no commit: take it back";
                return Ok(Err(conflict(&step.path, why)));
            };
            all.push((step, text));
        }
        Ok(Ok(all))
    }

    /// What there is to say where no steps are given any more.
    fn gone(&self) -> Option<Conflict> {
        let mut steps = steps_in(self.path, self.before.footprint.files.keys()).into_iter();
        let there = steps.find(|step| self.before.mine.get(&step.path).is_some())?;
        let why = format!(
            "the specification gives no steps in `{}` any more, and databases may have run these: remove the directory \
             yourself, or move it to where it belongs now",
            self.path
        );
        Some(conflict(&there.path, &why))
    }

    /// What databases have that have run what was given, and what people say of theirs.
    fn run(&self, given: &[Written]) -> Result<Schema, Conflict> {
        let mut run: Vec<Written> = given.to_vec();
        run.extend(self.said());
        run.sort_by_key(|(step, _)| step.version);
        schema_after(&run)
    }

    /// The steps of people's own that say what they do, with what they say.
    fn said(&self) -> Vec<Written> {
        let Before { mine, footprint, .. } = self.before;
        let own = written(self.path, mine).into_iter();
        let own = own.filter(|(step, _)| !footprint.files.contains_key(&step.path));
        let said = own.map(|(step, text)| (step, said(&text)));
        said.filter(|(_, said)| !said.trim().is_empty()).collect()
    }

    /// Writes the step, and lists all that are to be run; or tells what stands in its way.
    fn go(&self, way: Difference, scaffold: &mut Scaffold, told: &mut Told) {
        let Before { mine, footprint, .. } = self.before;
        // A number that people removed was run too.
        let known = mine.files().map(|(path, _)| path).chain(footprint.files.keys());
        let version = next_version(self.path, known);
        told.kept.extend(way.kept);
        if !way.hurdles.is_empty() {
            told.conflicts.extend(way.hurdles.iter().map(|hurdle| self.hurdle(hurdle, version)));
            return;
        }
        if !way.statements.is_empty()
            && let Ok(path) = TreePath::new(format!("{}{version:04}_{UPGRADE}.sql", self.path))
        {
            let statements: String = way.statements.iter().map(|one| format!("{one}\n")).collect();
            scaffold.tree.insert(path, format!("{HEAD}{statements}"));
        }
        self.list(scaffold);
    }

    /// Lists the steps that are given, and those of people that say what they do.
    fn list(&self, scaffold: &mut Scaffold) {
        let Before { mine, footprint, .. } = self.before;
        let was_removed =
            |step: &Step| footprint.files.contains_key(&step.path) && mine.get(&step.path).is_none();
        let mut steps = steps_in(self.path, scaffold.tree.files().map(|(path, _)| path));
        steps.retain(|step| !was_removed(step));
        steps.extend(self.said().into_iter().map(|(step, _)| step));
        steps.sort_by_key(|step| step.version);
        let listed: Vec<ListedStep<'_>> = steps
            .iter()
            .map(|step| ListedStep { version: step.version, name: &step.name, file: step.file() })
            .collect();
        let sources = format!("{}src/", self.path.strip_suffix("migrations/").unwrap_or(self.path));
        let changed: Vec<(TreePath, String)> = scaffold
            .tree
            .files()
            .filter(|(path, _)| path.as_str().starts_with(&sources) && path.as_str().ends_with("schema.rs"))
            .filter_map(|(path, _)| Some((path.clone(), with_steps(scaffold.tree.text(path)?, &listed))))
            .collect();
        changed.into_iter().for_each(|(path, text)| scaffold.tree.insert(path, text));
    }

    fn hurdle(&self, hurdle: &Hurdle, version: u64) -> Conflict {
        let Hurdle { what, why, settled_by } = hurdle;
        let lines: Vec<String> = settled_by.iter().map(ToString::to_string).collect();
        let lines: Vec<String> =
            lines.iter().flat_map(|text| text.lines()).map(|line| format!("{SAID}{line}")).collect();
        let why = format!(
            "{why}. Write a step of your own, such as `{}{version:04}_mine.sql`, that does what your rows need, and say in \
             it what the table is like afterwards:\n{}",
            self.path,
            lines.join("\n")
        );
        Conflict { what: format!("{}: {what}", self.path), why, diff: String::new() }
    }
}

/// The steps of a tree with their texts.
fn written(directory: &str, tree: &Tree) -> Vec<Written> {
    let steps = steps_in(directory, tree.files().map(|(path, _)| path)).into_iter();
    let text = |step: &Step| tree.text(&step.path).unwrap_or_default().to_owned();
    steps.map(|step| (step.clone(), text(&step))).collect()
}

/// What people say of a step of theirs, as statements on the lines where they say it.
fn said(text: &str) -> String {
    let lines = text.lines().map(|line| line.trim().strip_prefix(SAID.trim_end()).unwrap_or_default());
    lines.collect::<Vec<_>>().join("\n")
}

/// What a database has that has run these steps.
fn schema_after(steps: &[Written]) -> Result<Schema, Conflict> {
    let mut schema = Schema::default();
    for (step, text) in steps {
        let run = statements(text).map_err(|error| error.to_string());
        let run = run.and_then(|all| all.into_iter().try_for_each(|statement| schema.apply(statement)));
        run.map_err(|error| {
            conflict(&step.path, &format!("what it makes of a database cannot be told: {error}"))
        })?;
    }
    Ok(schema)
}

fn conflict(path: &TreePath, why: &str) -> Conflict {
    Conflict { what: path.to_string(), why: why.to_owned(), diff: String::new() }
}

#[cfg(test)]
pub(super) mod tests;
