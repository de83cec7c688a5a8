//! Lays a tree out in a workbench so that nothing else lies there.

use std::path::Path;

use super::TrialError;
use crate::cargo::Workbench;
use crate::tree::{Tree, TreePath};

/// Makes the workbench hold this tree and nothing besides; files that stay the same keep their times.
pub fn lay_out(tree: &Tree, bench: &Workbench) -> Result<(), TrialError> {
    let root = bench.tree();
    clear(tree, &root, &root)?;
    for (path, content) in tree.files() {
        let file = path.to_path(&root);
        let same = std::fs::read(&file).is_ok_and(|present| present == content);
        if !same {
            let written = file
                .parent()
                .map_or(Ok(()), std::fs::create_dir_all)
                .and_then(|()| std::fs::write(&file, content));
            written.map_err(|source| TrialError::Write { path: path.clone(), source })?;
        }
    }
    Ok(())
}

/// Removes what the tree does not hold. Links are removed and never followed.
fn clear(tree: &Tree, root: &Path, dir: &Path) -> Result<(), TrialError> {
    let error = |path: &Path| {
        let path = path.to_owned();
        move |source| TrialError::Clear { path, source }
    };
    let entries = match std::fs::read_dir(dir) {
        Ok(entries) => entries,
        Err(missing) if missing.kind() == std::io::ErrorKind::NotFound => return Ok(()),
        Err(source) => return Err(error(dir)(source)),
    };
    for entry in entries {
        let entry = entry.map_err(error(dir))?;
        let path = entry.path();
        if entry.file_type().map_err(error(&path))?.is_dir() {
            clear(tree, root, &path)?;
            continue;
        }
        let is_ours = TreePath::below(root, &path).is_some_and(|path| tree.get(&path).is_some());
        let is_file = entry.file_type().map_err(error(&path))?.is_file();
        if !is_ours || !is_file {
            std::fs::remove_file(&path).map_err(error(&path))?;
        }
    }
    Ok(())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn nothing_of_another_tree_is_left_behind() {
        let dir = tempfile::tempdir().expect("a directory");
        let bench = Workbench { dir: dir.path().to_owned() };
        let tree = |paths: &[&str]| {
            let mut tree = Tree::new();
            for path in paths {
                tree.insert(TreePath::new(*path).expect("plain"), *path);
            }
            tree
        };
        lay_out(&tree(&["a.rs", "b/c.rs", "b/d.rs"]), &bench).expect("written");
        let kept = bench.tree().join("b/d.rs");
        let before = std::fs::metadata(&kept).and_then(|data| data.modified()).expect("there");
        lay_out(&tree(&["b/d.rs", "e.rs"]), &bench).expect("written");
        assert!(!bench.tree().join("a.rs").exists() && !bench.tree().join("b/c.rs").exists());
        assert!(bench.tree().join("e.rs").exists());
        assert_eq!(std::fs::metadata(&kept).and_then(|data| data.modified()).expect("there"), before);
    }
}
