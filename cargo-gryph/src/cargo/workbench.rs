//! The directory in which one tree is built and run, and how the tree gets there so that nothing else lies beside it.

use std::io;
use std::path::{Path, PathBuf};

use super::CargoError;
use crate::tree::{Tree, TreePath};

/// A directory in which one tree is built and run.
#[derive(Clone, PartialEq, Eq, Debug)]
pub struct Workbench {
    /// The directory, by absolute path.
    pub dir: PathBuf,
}

impl Workbench {
    /// Makes the directory and those in it, as far as they are missing.
    pub fn create(dir: &Path) -> io::Result<Self> {
        let dir = std::path::absolute(dir)?;
        let bench = Self { dir };
        for path in [bench.tree(), bench.target(), bench.scratch()] {
            std::fs::create_dir_all(path)?;
        }
        Ok(bench)
    }

    /// Where the tree lies.
    pub fn tree(&self) -> PathBuf {
        self.dir.join("tree")
    }

    /// Where Cargo builds.
    pub fn target(&self) -> PathBuf {
        self.dir.join("target")
    }

    /// Where tools and tests may write what nobody keeps.
    pub fn scratch(&self) -> PathBuf {
        self.dir.join("scratch")
    }

    pub(super) fn manifest(&self) -> PathBuf {
        self.tree().join("Cargo.toml")
    }
}

/// Makes the workbench hold this tree and nothing besides; files that stay the same keep their times.
pub fn lay_out(tree: &Tree, bench: &Workbench) -> Result<(), CargoError> {
    let root = bench.tree();
    clear(tree, &root, &root)?;
    let failed = |source| CargoError::Workbench { path: root.clone(), source };
    std::fs::create_dir_all(&root).and_then(|()| tree.write_to(&root)).map_err(failed)
}

/// The same, but with no file, link or permission of what lay there before: every file is new.
pub fn lay_out_anew(tree: &Tree, bench: &Workbench) -> Result<(), CargoError> {
    let root = bench.tree();
    match std::fs::remove_dir_all(&root) {
        Err(source) if source.kind() != io::ErrorKind::NotFound => {
            Err(CargoError::Workbench { path: root, source })
        }
        Ok(()) | Err(_) => lay_out(tree, bench),
    }
}

/// Removes what the tree does not hold, and directories that are empty then. Links are removed and never followed.
fn clear(tree: &Tree, root: &Path, dir: &Path) -> Result<(), CargoError> {
    let error = |path: &Path| {
        let path = path.to_owned();
        move |source| CargoError::Workbench { path, source }
    };
    let entries = match std::fs::read_dir(dir) {
        Ok(entries) => entries,
        Err(missing) if missing.kind() == io::ErrorKind::NotFound => return Ok(()),
        Err(source) => return Err(error(dir)(source)),
    };
    for entry in entries {
        let entry = entry.map_err(error(dir))?;
        let path = entry.path();
        let kind = entry.file_type().map_err(error(&path))?;
        if kind.is_dir() {
            clear(tree, root, &path)?;
            // One that still holds files of the tree stays, and says so.
            let _ = std::fs::remove_dir(&path);
            continue;
        }
        let is_ours = TreePath::below(root, &path).is_some_and(|path| tree.get(&path).is_some());
        if !is_ours || !kind.is_file() {
            std::fs::remove_file(&path).map_err(error(&path))?;
        }
    }
    Ok(())
}

#[cfg(test)]
mod tests {
    use super::*;

    fn tree(paths: &[&str]) -> Tree {
        let mut tree = Tree::new();
        for path in paths {
            tree.insert(TreePath::new(*path).unwrap(), *path);
        }
        tree
    }

    fn bench() -> (tempfile::TempDir, Workbench) {
        let dir = tempfile::tempdir().unwrap();
        let bench = Workbench { dir: dir.path().to_owned() };
        (dir, bench)
    }

    #[test]
    fn nothing_of_another_tree_is_left_behind() {
        let (_dir, bench) = bench();
        lay_out(&tree(&["a.rs", "b/c.rs", "b/d.rs", "e/f.rs", "g/h/i.rs"]), &bench).unwrap();
        let kept = bench.tree().join("b/d.rs");
        let before = std::fs::metadata(&kept).and_then(|data| data.modified()).unwrap();
        // A directory makes place for a file of its name.
        lay_out(&tree(&["b/d.rs", "e"]), &bench).unwrap();
        for gone in ["a.rs", "b/c.rs", "e/f.rs", "g"] {
            assert!(!bench.tree().join(gone).exists(), "{gone}");
        }
        assert!(bench.tree().join("e").is_file());
        assert_eq!(std::fs::metadata(&kept).and_then(|data| data.modified()).unwrap(), before);
    }

    #[cfg(unix)]
    #[test]
    fn a_link_is_replaced_and_what_it_points_to_is_left_alone() {
        for lay_out in [lay_out, lay_out_anew] {
            let (dir, bench) = bench();
            let outside = dir.path().join("outside");
            std::fs::create_dir_all(&outside).unwrap();
            std::fs::write(outside.join("d.rs"), "theirs").unwrap();
            std::fs::create_dir_all(bench.tree()).unwrap();
            std::os::unix::fs::symlink(&outside, bench.tree().join("b")).unwrap();
            std::os::unix::fs::symlink(outside.join("d.rs"), bench.tree().join("a.rs")).unwrap();
            lay_out(&tree(&["a.rs", "b/d.rs"]), &bench).unwrap();
            assert_eq!(std::fs::read_to_string(outside.join("d.rs")).unwrap(), "theirs");
            assert!(!bench.tree().join("b").is_symlink() && !bench.tree().join("a.rs").is_symlink());
        }
    }

    #[cfg(unix)]
    #[test]
    fn a_tree_laid_out_anew_shares_no_file_with_the_old_one() {
        let (dir, bench) = bench();
        lay_out(&tree(&["a.rs"]), &bench).unwrap();
        let (laid, other) = (bench.tree().join("a.rs"), dir.path().join("other"));
        std::fs::hard_link(&laid, &other).unwrap();
        lay_out_anew(&tree(&["a.rs"]), &bench).unwrap();
        std::fs::write(other, "changed through another name").unwrap();
        assert_eq!(std::fs::read_to_string(laid).unwrap(), "a.rs");
    }
}
