//! What surrounds the code of a change: documentation, features, the oldest Rust, compatibility. Each is looked at only
//! where the change makes it matter, because each costs a run of Cargo.

mod documentation;
mod documented;
mod features;
mod manifest;
mod oldest;
mod public;
mod scope;
mod semver;

use std::collections::BTreeSet;

use crate::cargo::{Cargo, Member, Workbench, lay_out};
use crate::change::{ChangeFacts, FileChange, FileKind, Observation, ObservationKind};
use crate::check::{CheckError, LintGrowth, Unchecked};
use crate::diff;
use crate::tree::{Tree, TreePath};

pub use scope::out_of_scope;

/// A change that builds and passes its tests, both trees with their lock files.
#[derive(Clone, Copy, Debug)]
pub struct Step<'a> {
    /// The tree before.
    pub base: &'a Tree,
    /// The tree after.
    pub after: &'a Tree,
    /// What the change does.
    pub change: &'a ChangeFacts,
    /// Warnings that it adds, which are not told twice.
    pub warnings: &'a [LintGrowth],
}

/// What was observed about a change, and what could not be found out.
#[derive(Clone, PartialEq, Eq, Debug, Default)]
pub struct Quality {
    /// What was observed.
    pub observed: Vec<Observation>,
    /// What could not be checked.
    pub unchecked: Vec<Unchecked>,
}

impl Quality {
    fn add(&mut self, other: Self) {
        self.observed.extend(other.observed);
        self.unchecked.extend(other.unchecked);
    }
}

/// Looks at all of it. The tree in `bench` is replaced.
///
/// # Errors
/// [`CheckError`] when something could not be found out.
pub async fn quality(cargo: &Cargo, bench: &Workbench, step: &Step<'_>) -> Result<Quality, CheckError> {
    let mut quality = Quality::default();
    if !step.change.files.iter().any(touches_packages) {
        return Ok(quality);
    }
    lay_out(step.after, bench)?;
    let members = cargo.metadata(bench).await?;
    let selected = &cargo.selection.packages;
    let members: Vec<Member> =
        members.into_iter().filter(|one| selected.is_empty() || selected.contains(&one.name)).collect();
    let bench = Bench { cargo, bench, step, members: &members };
    quality.observed.extend(documentation::look(&bench).await?);
    quality.observed.extend(features::look(&bench).await?);
    quality.add(oldest::look(&bench).await?);
    quality.add(semver::look(&bench).await?);
    Ok(quality)
}

/// What else is installed that the answers depend on: other toolchains and a tool, as text.
pub fn quality_tools(cargo: &Cargo) -> Vec<String> {
    let toolchain = &cargo.toolchain;
    let entries = toolchain.sysroot.parent().and_then(|beside| std::fs::read_dir(beside).ok());
    let names = entries.into_iter().flatten().flatten().map(|entry| entry.file_name());
    let mut found: Vec<String> = names.map(|name| name.to_string_lossy().into_owned()).collect();
    found.sort();
    let tool = toolchain.subcommand(semver::TOOL);
    let metadata = tool.as_ref().and_then(|tool| std::fs::metadata(tool).ok());
    found.extend(metadata.map(|data| format!("{tool:?} {} {:?}", data.len(), data.modified())));
    found
}

fn touches_packages(file: &FileChange) -> bool {
    matches!(file.kind, FileKind::Program | FileKind::Manifest | FileKind::BuildScript)
        || file.path.as_str().ends_with(".md")
}

/// Where the checks run, and on what.
struct Bench<'a> {
    cargo: &'a Cargo,
    bench: &'a Workbench,
    step: &'a Step<'a>,
    members: &'a [Member],
}

impl Bench<'_> {
    /// The member whose directory holds a file, the innermost one.
    fn owner(&self, path: &TreePath) -> Option<&Member> {
        let depth = |one: &&Member| one.directory.as_ref().map_or(0, |dir| dir.as_str().len());
        self.members.iter().filter(|member| member.holds(path)).max_by_key(depth)
    }

    /// The changed files of a member.
    fn changed(&self, member: &Member) -> impl Iterator<Item = &FileChange> {
        let is_own =
            move |file: &&FileChange| self.owner(&file.path).is_some_and(|one| one.name == member.name);
        self.step.change.files.iter().filter(is_own)
    }

    /// The Rust files of a member in a tree.
    fn sources<'t>(&self, tree: &'t Tree, member: &Member) -> impl Iterator<Item = (&'t TreePath, &'t str)> {
        let is_own = move |path: &TreePath| {
            path.as_str().ends_with(".rs") && self.owner(path).is_some_and(|one| one.name == member.name)
        };
        tree.files().filter_map(move |(path, _)| Some((path, tree.text(path)?)).filter(|_| is_own(path)))
    }

    /// Whether the base has a member of this name in this place.
    fn is_in_base(&self, member: &Member) -> bool {
        let base = self.step.base.text(&member.manifest());
        manifest::package_name(base.unwrap_or_default()).as_deref() == Some(member.name.as_str())
    }

    /// Whether a rule of another check tells of this warning already.
    fn is_told(&self, path: &TreePath, code: &str) -> bool {
        self.step.warnings.iter().any(|growth| growth.path == *path && growth.code == code)
    }
}

/// The lines of a file that only one of two trees has.
fn changed_lines<'a>(base: &'a Tree, after: &'a Tree, path: &TreePath) -> Vec<&'a str> {
    let text = |tree: &'a Tree| tree.text(path).unwrap_or_default();
    let (before, now) = (text(base), text(after));
    if before.is_empty() || now.is_empty() {
        return before.lines().chain(now.lines()).collect();
    }
    diff::changed_lines(before, now)
}

/// The last names of the items that were observed in one of these ways.
fn names(change: &ChangeFacts, kinds: &[ObservationKind]) -> BTreeSet<String> {
    let of_kind = change.observations.iter().filter(|one| kinds.contains(&one.kind) && !one.item.is_empty());
    of_kind.map(|one| one.item.rsplit("::").next().unwrap_or_default().to_owned()).collect()
}

/// Whether a text holds a word by itself.
fn has_word(text: &str, word: &str) -> bool {
    let is_part = |c: char| c.is_alphanumeric() || c == '_';
    !word.is_empty()
        && text
            .match_indices(word)
            .any(|(at, _)| !text[..at].ends_with(is_part) && !text[at + word.len()..].starts_with(is_part))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_word_stands_by_itself() {
        assert!(has_word("use a::parse;", "parse") && has_word("parse", "parse"));
        assert!(!has_word("parser", "parse") && !has_word("re_parse", "parse") && !has_word("x", ""));
    }
}
