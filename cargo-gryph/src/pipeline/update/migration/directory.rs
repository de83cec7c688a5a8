//! The directories of a project that hold the steps of a schema: `migrations/`, wherever an architecture places it.

use std::collections::BTreeSet;

use crate::tree::TreePath;

/// The name of such a directory.
const NAME: &str = "migrations";

/// A file that is a step.
#[derive(Clone, PartialEq, Eq, Debug)]
pub(super) struct Step {
    pub(super) path: TreePath,
    /// Where it lies, with a slash at the end.
    pub(super) directory: String,
    /// Its place in the order.
    pub(super) version: u64,
    /// What it is about.
    pub(super) name: String,
}

impl Step {
    /// The step that a file is, by its name: `migrations/0002_tag.sql`.
    pub(super) fn of(path: &TreePath) -> Option<Self> {
        let (directory, file) = path.as_str().rsplit_once('/')?;
        let is_ours = directory == NAME || directory.ends_with(&format!("/{NAME}"));
        let (version, name) = file.strip_suffix(".sql").filter(|_| is_ours)?.split_once('_')?;
        let is_plain = |letter: char| letter.is_ascii_alphanumeric() || "_-.".contains(letter);
        let is_number = version.bytes().all(|digit| digit.is_ascii_digit());
        (is_number && name.chars().all(is_plain)).then_some(())?;
        let (version, name) = (version.parse().ok()?, name.to_owned());
        Some(Self { path: path.clone(), directory: format!("{directory}/"), version, name })
    }

    /// The name of its file.
    pub(super) fn file(&self) -> &str {
        &self.path.as_str()[self.directory.len()..]
    }
}

/// The steps in a directory, in their order.
pub(super) fn steps_in<'p>(directory: &str, paths: impl IntoIterator<Item = &'p TreePath>) -> Vec<Step> {
    let all = paths.into_iter().filter_map(Step::of);
    let mut all: Vec<Step> = all.filter(|step| step.directory == directory).collect();
    all.sort_by(|one, other| (one.version, &one.path).cmp(&(other.version, &other.path)));
    all
}

/// The directories that hold some of these files as steps.
pub(super) fn directories<'p>(paths: impl IntoIterator<Item = &'p TreePath>) -> BTreeSet<String> {
    paths.into_iter().filter_map(Step::of).map(|step| step.directory).collect()
}

/// The number of the next step: greater than all of these.
pub(super) fn next_version<'p>(directory: &str, paths: impl IntoIterator<Item = &'p TreePath>) -> u64 {
    steps_in(directory, paths).last().map_or(1, |step| step.version.saturating_add(1))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_step_is_told_by_its_place_and_its_name() {
        let read =
            |path: &str| Step::of(&TreePath::new(path).unwrap()).map(|step| (step.directory, step.version));
        assert_eq!(read("migrations/0002_tag.sql"), Some(("migrations/".to_owned(), 2)));
        assert_eq!(read("services/a/migrations/20260101_b.sql").unwrap().1, 20_260_101);
        for other in [
            "migrations/notes.md",
            "migrations/tag.sql",
            "migrations/x_tag.sql",
            "migrations/_tag.sql",
            "migrations/1_a\"b.sql",
            "migrations/old/0001_a.sql",
            "remigrations/0001_a.sql",
            "0001_a.sql",
        ] {
            assert_eq!(read(other), None, "{other}");
        }
    }
}
