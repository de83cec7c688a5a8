//! What changed lately: a fault is likelier there than elsewhere.

use crate::diff;
use crate::git::Git;
use crate::patch::Span;
use crate::tree::{Tree, TreePath};

use super::{Repository, WorkspaceError, files};

/// Source files that are compared at most: a larger change does not say where to look.
const MOST_FILES: usize = 40;

/// What of the sources the last commit that may have been green has otherwise: the last one where a source is dirty, else
/// the one before.
pub(super) fn changed(
    git: &Git,
    repository: &Repository,
    tree: &Tree,
    dirty: &[TreePath],
) -> Result<Vec<Span>, WorkspaceError> {
    let Some(head) = &repository.head.commit else { return Ok(Vec::new()) };
    let before =
        if dirty.iter().any(is_source) { Some(head.clone()) } else { git.parent(&repository.git, head)? };
    let Some(before) = before else { return Ok(Vec::new()) };
    let prefix = repository.prefix.as_ref();
    let differing = git.differing(&repository.git, &before, prefix.map_or("", TreePath::as_str))?;
    let paths = differing.iter().filter_map(|path| {
        let path = String::from_utf8(files::relative(path, prefix)?).ok()?;
        TreePath::new(path).ok().filter(is_source)
    });
    let paths: Vec<TreePath> = paths.collect();
    if paths.len() > MOST_FILES {
        return Ok(Vec::new());
    }
    let mut old = Tree::new();
    for path in paths {
        if let Some((_, id)) = git.committed(&repository.git, &before, &repository.path_of(&path))? {
            old.insert(path, git.read_blob(&repository.git, &id)?);
        }
    }
    Ok(diff::hunks(tree, &old).into_iter().map(|hunk| hunk.edit.span).collect())
}

fn is_source(path: &TreePath) -> bool {
    path.as_str().ends_with(".rs")
}
