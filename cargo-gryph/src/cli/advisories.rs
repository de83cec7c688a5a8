//! The advisory database that the settings name: a directory, or a repository of which the newest state is kept.

use std::path::Path;

use super::exit_code::ExitCode;
use super::failure::Failure;
use super::session::Tools;
use super::surroundings::Surroundings;
use crate::check::supply::advisory;
use crate::digest::Digest;
use crate::event::{Event, Reporter};
use crate::git::GitError;
use crate::tree::{Tree, TreePath};

/// The files of the database, or in words why there are none.
pub(super) type Advisories = Result<Tree, String>;

/// Reads the database that the settings name. A directory that is none is an error; a repository that cannot be reached
/// leaves what was fetched last, or nothing.
pub(super) fn advisories(
    tools: &Tools,
    offline: bool,
    surroundings: &Surroundings,
    reporter: &dyn Reporter,
) -> Result<Advisories, Failure> {
    let place = tools.settings.advisory_db.value.as_str();
    if place.is_empty() {
        return Ok(Err("no advisory database is named, see `--advisory-db`".to_owned()));
    }
    if !is_address(place) {
        let read = advisory::read(&surroundings.resolve(Path::new(place)));
        let hint = "name a checkout of an advisory database, or the address of one";
        return read.map(Ok).map_err(|error| Failure::new(ExitCode::Usage, error).hint(hint));
    }
    let name = Digest::of(place.as_bytes()).to_string();
    let dir = surroundings.home.join("advisories").join(name.replace(':', "-"));
    let fetched = if offline { Ok(()) } else { fetch(tools, place, &dir) };
    let prefix = TreePath::new("crates").expect("a plain name");
    let kept = tools.git.read_snapshot(&dir, &prefix);
    Ok(match (fetched, kept) {
        (Ok(()), Ok(Some(files))) => Ok(files),
        (Err(error), Ok(Some(files))) => {
            let message =
                format!("the advisory database could not be fetched, the last one is used: {error}");
            reporter.report(&Event::Note { message });
            Ok(files)
        }
        (Ok(()), Ok(None)) => {
            Err("the advisory database was never fetched, and the network is off".to_owned())
        }
        (Err(error), _) | (Ok(()), Err(error)) => {
            Err(format!("the advisory database cannot be fetched: {}", one_line(&error)))
        }
    })
}

fn fetch(tools: &Tools, url: &str, dir: &Path) -> Result<(), GitError> {
    // What cannot be made here git names when it starts there.
    let _ = std::fs::create_dir_all(dir);
    tools.git.fetch_snapshot(url, dir, &tools.cargo.network)
}

/// Whether it is the address of a repository and not a directory.
fn is_address(place: &str) -> bool {
    place.contains("://") || place.starts_with("git@")
}

fn one_line(error: &GitError) -> String {
    error.to_string().lines().collect::<Vec<_>>().join(" ")
}
