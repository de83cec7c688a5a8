//! Where approvals are looked for, and where one is kept that no key vouches for.
//!
//! What lies in the change is marked as such: whether it counts is the gate's matter. What comes from outside must really
//! come from there: a file in the repository that is judged is refused under whatever name.

use std::fs;
use std::io::{self, Read as _};
use std::path::{Path, PathBuf};
use std::time::SystemTime;

use super::exit_code::ExitCode;
use super::failure::Failure;
use super::surroundings::Surroundings;
use crate::digest::Digest;
use crate::gate::approval::MOST_BYTES;
use crate::gate::{Offer, Source};
use crate::tree::{Tree, TreePath};
use crate::trust::record::APPROVALS;

/// Approvals of one kind that are looked at.
const MOST: usize = 64;
/// The variable that may hold one.
const VARIABLE: &str = "GRYPH_APPROVAL";

/// What is judged, and where.
pub(super) struct Places<'a> {
    /// The root of the workspace.
    pub(super) root: &'a Path,
    /// The top of its repository.
    pub(super) top: &'a Path,
    /// The records of the base, and of the change.
    pub(super) records: [&'a Tree; 2],
    /// Whether code under test is kept away from the user's own files.
    pub(super) is_walled: bool,
}

/// The approvals that there are.
pub(super) fn offers(
    named: Option<&Path>,
    places: &Places<'_>,
    surroundings: &Surroundings,
) -> Result<Vec<Offer>, Failure> {
    let mut offers = Vec::new();
    if let Some(file) = named {
        let file = surroundings.resolve(file);
        if is_below(&file, places.top) {
            let message = format!("the approval `{}` lies in the repository that is judged", file.display());
            return Err(Failure::message(ExitCode::Usage, message)
                .hint("what lies there is looked at anyway; --approval is for what comes from outside"));
        }
        let text = read(&file).map_err(|error| {
            let error = anyhow::Error::new(error).context(format!("cannot read `{}`", file.display()));
            Failure::new(ExitCode::Usage, error)
        })?;
        offers.push(Offer { source: Source::File(file), text });
    }
    let of_variable = surroundings.variable(VARIABLE).filter(|text| !text.trim().is_empty());
    offers
        .extend(of_variable.map(|text| Offer { source: Source::Variable(VARIABLE), text: text.to_owned() }));
    offers.extend(of_change(places.records));
    if places.is_walled {
        offers.extend(kept(places, surroundings));
    }
    Ok(offers)
}

/// Those that the change brings; what the base has already was about an earlier one.
fn of_change([base, after]: [&Tree; 2]) -> Vec<Offer> {
    let is_new = |(path, content): &(&TreePath, &[u8])| {
        path.as_str().starts_with(APPROVALS) && base.get(path) != Some(*content)
    };
    let offer = |(path, content): (&TreePath, &[u8])| {
        // What is no text is no approval, and said to be none.
        let text = std::str::from_utf8(content).unwrap_or_default().to_owned();
        Offer { source: Source::Change(path.clone()), text }
    };
    after.files().filter(is_new).take(MOST).map(offer).collect()
}

/// Where approvals of a workspace are kept that are not part of it.
fn store(root: &Path, surroundings: &Surroundings) -> PathBuf {
    let root = Digest::of(root.as_os_str().as_encoded_bytes());
    surroundings.home.join("approvals").join(&root.to_string()[..16])
}

/// Those that a person gave on this machine, the latest first.
fn kept(places: &Places<'_>, surroundings: &Surroundings) -> Vec<Offer> {
    let store = store(places.root, surroundings);
    if is_below(&store, places.top) {
        // A change could bring such files.
        return Vec::new();
    }
    let entries = fs::read_dir(store).into_iter().flatten().flatten();
    let mut files: Vec<(SystemTime, PathBuf)> =
        entries.filter_map(|entry| Some((entry.metadata().ok()?.modified().ok()?, entry.path()))).collect();
    files.sort_by(|one, other| other.cmp(one));
    let offer = |(_, file): (SystemTime, PathBuf)| {
        let text = read(&file).ok()?;
        Some(Offer { source: Source::File(file), text })
    };
    files.into_iter().take(MOST).filter_map(offer).collect()
}

/// Keeps an approval on this machine; gives where.
pub(super) fn keep(
    tree: Digest,
    text: &str,
    root: &Path,
    top: &Path,
    surroundings: &Surroundings,
) -> Result<PathBuf, Failure> {
    let store = store(root, surroundings);
    if is_below(&store, top) {
        let message = "GRYPH_HOME lies in the repository that is judged, so no approval can be kept there";
        return Err(
            Failure::message(ExitCode::Usage, message).hint("set GRYPH_HOME to a directory elsewhere")
        );
    }
    let file = store.join(format!("{}.json", &tree.to_string()[..16]));
    let write = || -> io::Result<()> {
        fs::create_dir_all(&store)?;
        let mut temporary = tempfile::NamedTempFile::new_in(&store)?;
        io::Write::write_all(&mut temporary, text.as_bytes())?;
        temporary.persist(&file)?;
        Ok(())
    };
    write().map_err(|error| {
        let error = anyhow::Error::new(error).context(format!("cannot write `{}`", file.display()));
        Failure::new(ExitCode::CouldNotFindOut, error)
    })?;
    Ok(file)
}

fn read(file: &Path) -> io::Result<String> {
    let mut text = String::new();
    let opened = fs::File::open(file)?;
    opened.take(MOST_BYTES as u64 + 1).read_to_string(&mut text)?;
    Ok(text)
}

/// Whether a path leads into a directory, through whatever links; of what does not exist yet, its nearest directory.
fn is_below(path: &Path, directory: &Path) -> bool {
    let Ok(directory) = directory.canonicalize() else { return true };
    let found = path.ancestors().find_map(|path| path.canonicalize().ok());
    found.is_none_or(|found| found.starts_with(directory))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn only_what_the_change_brings_is_looked_at() {
        let tree = |files: &[(&str, &str)]| {
            let mut tree = Tree::new();
            for (path, text) in files {
                tree.insert(TreePath::new(*path).unwrap(), *text);
            }
            tree
        };
        let (old, new) = (".gryph/approvals/a.json", ".gryph/approvals/b.json");
        let base = tree(&[(old, "1")]);
        let after = tree(&[(old, "1"), (new, "2"), (".gryph/attestations/c.json", "3")]);
        let sources: Vec<String> =
            of_change([&base, &after]).iter().map(|offer| offer.source.to_string()).collect();
        assert_eq!(sources, [format!("`{new}`")]);
        assert_eq!(of_change([&Tree::new(), &after]).len(), 2);
    }

    #[test]
    fn links_do_not_lead_out_of_a_repository() {
        let (inside, outside) = (tempfile::tempdir().unwrap(), tempfile::tempdir().unwrap());
        let file = inside.path().join("approval.json");
        fs::write(&file, "{}").unwrap();
        assert!(is_below(&file, inside.path()) && is_below(&inside.path().join("no/such"), inside.path()));
        assert!(!is_below(&outside.path().join("approval.json"), inside.path()));
        #[cfg(unix)]
        {
            let link = outside.path().join("link.json");
            std::os::unix::fs::symlink(&file, &link).unwrap();
            assert!(is_below(&link, inside.path()));
        }
    }
}
