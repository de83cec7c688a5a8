//! What the user's registry says of packages, asked through Cargo.
//!
//! Asking means to let Cargo make a lock file for a package of ours that depends on the names in question: it looks each
//! of them up anew, with the user's own registries, mirrors and credentials, and caches what it learns.

use std::collections::{BTreeMap, BTreeSet};
use std::path::{Path, PathBuf};

use super::index::{self, Entry};
use super::{find, lookalike};
use crate::cargo::{Cargo, CargoError, ResolvedPackage, Workbench, lay_out_anew};
use crate::change::dependency::{Declared, LockedPackage, Origin, Table};
use crate::change::{Observation, ObservationKind};
use crate::check::CheckError;
use crate::tree::{Tree, TreePath};

/// Dependencies of which each is asked for alone.
const MOST_ASKED: usize = 128;
/// Dependencies that are asked for together: of many, some do not fit the others.
const TOGETHER: usize = 24;

/// What a registry says of one version.
#[derive(Clone, PartialEq, Eq, Debug)]
pub(super) enum Standing {
    /// It comes from elsewhere.
    NotOfRegistry,
    /// It is there.
    Known(Entry),
    /// It is not there.
    Missing,
    /// Nobody can tell, and why.
    Unknown(String),
}

/// The user's registries.
pub(super) struct Registry<'a> {
    home: &'a Path,
    resolved: &'a [ResolvedPackage],
    /// Names that it did not answer about although it might have, and why.
    pub(super) stale: BTreeMap<String, String>,
    /// Names that it was asked about just now.
    fresh: BTreeSet<String>,
}

impl<'a> Registry<'a> {
    /// Lets Cargo look the packages up anew, unless the network is off limits.
    pub(super) async fn ask(
        cargo: &'a Cargo,
        asking: &Workbench,
        packages: &[LockedPackage],
        resolved: &'a [ResolvedPackage],
    ) -> Result<Self, CheckError> {
        let mut asked: Vec<Asked> = packages.iter().filter_map(Asked::of).collect();
        asked.dedup_by(|left, right| (&left.name, &left.registry) == (&right.name, &right.registry));
        let home = &cargo.toolchain.cargo_home;
        let mut registry = Self { home, resolved, stale: BTreeMap::new(), fresh: BTreeSet::new() };
        if cargo.offline || asked.is_empty() {
            return Ok(registry);
        }
        let mut alone: Vec<&Asked> = Vec::new();
        for together in asked.chunks(TOGETHER) {
            match reply(cargo, asking, together).await? {
                // What does not fit together says nothing about what was looked up before that was found.
                Reply::Refused(_) if together.len() > 1 => alone.extend(together),
                reply => together.iter().for_each(|one| registry.note(one, &reply)),
            }
        }
        let too_many = Reply::Failed("more packages than are asked for one by one".to_owned());
        for (number, one) in alone.into_iter().enumerate() {
            match number < MOST_ASKED {
                true => registry.note(one, &reply(cargo, asking, std::slice::from_ref(one)).await?),
                false => registry.note(one, &too_many),
            }
        }
        Ok(registry)
    }

    fn note(&mut self, asked: &Asked, reply: &Reply) {
        match reply {
            Reply::Resolved | Reply::Refused(_) => {
                self.fresh.insert(asked.name.clone());
            }
            Reply::Failed(why) => {
                self.stale.insert(asked.name.clone(), why.clone());
            }
        }
    }

    /// What it says of a package.
    pub(super) fn standing(&self, package: &LockedPackage) -> Standing {
        if !package.is_of_registry() {
            return Standing::NotOfRegistry;
        }
        let Some(index) = self.index_of(package) else {
            return Standing::Unknown("Cargo has it from no index that is known".to_owned());
        };
        let Some(file) = index::file(&index, &package.name) else {
            return Standing::Unknown("its name is not one that a registry could have".to_owned());
        };
        let entries = match index::read(&file) {
            Ok(entries) => entries,
            Err(why) => return Standing::Unknown(why),
        };
        match entries.into_iter().find(|entry| entry.version == package.version) {
            Some(entry) => Standing::Known(entry),
            None if self.fresh.contains(&package.name) => Standing::Missing,
            None => Standing::Unknown("what Cargo has cached does not name this version".to_owned()),
        }
    }

    /// The directory of the index that a package was found through: Cargo unpacks packages below one of the same name. What
    /// was not unpacked has the index of another package from the same source.
    fn index_of(&self, package: &LockedPackage) -> Option<PathBuf> {
        let beside = || self.resolved.iter().find(|one| one.source == package.source);
        let directory = &find(self.resolved, package).or_else(beside)?.directory;
        let registry = self.home.join("registry");
        let sources = registry.join("src").canonicalize().ok()?;
        let below = directory.canonicalize().ok()?;
        let name = below.strip_prefix(&sources).ok()?.components().next()?;
        Some(registry.join("index").join(name))
    }
}

/// A dependency that Cargo is asked for.
struct Asked {
    name: String,
    requirement: String,
    /// The key and the value that say which registry, if it is not the default one.
    registry: Option<(&'static str, String)>,
}

impl Asked {
    /// Any version of a package that is locked.
    fn of(package: &LockedPackage) -> Option<Self> {
        let source = package.source.as_deref().filter(|_| package.is_of_registry())?;
        let address = source.strip_prefix("registry+").unwrap_or(source).to_owned();
        let registry = (!package.is_of_crates_io()).then_some(("registry-index", address));
        Some(Self { name: package.name.clone(), requirement: "*".to_owned(), registry })
    }

    /// What a manifest declares.
    fn declared(declared: &Declared) -> Option<Self> {
        let registry = match &declared.origin {
            Origin::Registry => None,
            Origin::OtherRegistry(name) if name.contains("://") => Some(("registry-index", name.clone())),
            Origin::OtherRegistry(name) => Some(("registry", name.clone())),
            Origin::Git { .. } | Origin::Path(_) | Origin::Inherited => return None,
        };
        let requirement = declared.requirement.clone().unwrap_or_else(|| "*".to_owned());
        Some(Self { name: declared.name.clone(), requirement, registry })
    }

    fn entry(&self) -> toml::Value {
        let mut entry = toml::Table::new();
        entry.insert("package".to_owned(), self.name.clone().into());
        entry.insert("version".to_owned(), self.requirement.clone().into());
        if let Some((key, value)) = &self.registry {
            entry.insert((*key).to_owned(), value.clone().into());
        }
        entry.into()
    }
}

/// What Cargo answers.
enum Reply {
    /// There are versions that fit together.
    Resolved,
    /// The registry was read, and something is not in it or does not fit.
    Refused(String),
    /// The registry could not be read.
    Failed(String),
}

async fn reply(cargo: &Cargo, asking: &Workbench, asked: &[Asked]) -> Result<Reply, CheckError> {
    lay_out_anew(&question(asked), asking)?;
    match cargo.generate_lockfile(asking).await {
        Ok(()) => Ok(Reply::Resolved),
        Err(CargoError::Step { stderr, .. }) if is_refusal(&stderr) => Ok(Reply::Refused(stderr)),
        Err(CargoError::Step { stderr, .. }) => Ok(Reply::Failed(last_line(&stderr))),
        Err(error) => Err(error.into()),
    }
}

/// Whether Cargo could read the registry and did not find what was asked for.
fn is_refusal(stderr: &str) -> bool {
    ["no matching package", "failed to select a version"].iter().any(|said| stderr.contains(said))
}

fn last_line(stderr: &str) -> String {
    stderr.lines().rev().map(str::trim).find(|line| !line.is_empty()).unwrap_or("Cargo failed").to_owned()
}

/// A package of ours that depends on them.
fn question(asked: &[Asked]) -> Tree {
    let entries = asked.iter().enumerate().map(|(number, one)| (format!("d{number}"), one.entry()));
    let package = [("name", "question"), ("version", "0.0.0"), ("edition", "2021")];
    let package = package.map(|(key, value)| (key.to_owned(), value.into()));
    let manifest: toml::Table = [
        ("package".to_owned(), toml::Table::from_iter(package).into()),
        ("dependencies".to_owned(), toml::Table::from_iter(entries).into()),
        ("workspace".to_owned(), toml::Table::new().into()),
    ]
    .into_iter()
    .collect();
    let mut tree = Tree::new();
    let mut put = |path: &str, text: String| tree.insert(TreePath::new(path).expect("a plain path"), text);
    put("Cargo.toml", manifest.to_string());
    put("src/lib.rs", String::new());
    tree
}

/// Which of these dependencies do not exist. For a change that Cargo cannot resolve: each is
/// asked for alone, so that the answer is about it. Without a network nothing can be said.
///
/// # Errors
/// When Cargo cannot be run.
pub async fn missing(
    cargo: &Cargo,
    asking: &Workbench,
    declared: &[Declared],
) -> Result<Vec<Observation>, CheckError> {
    let mut found = Vec::new();
    if cargo.offline {
        return Ok(found);
    }
    let asked_for = declared.iter().filter(|one| one.table != Table::Replacing);
    for one in asked_for.take(MOST_ASKED) {
        let Some(asked) = Asked::declared(one) else { continue };
        let Reply::Refused(stderr) = reply(cargo, asking, std::slice::from_ref(&asked)).await? else {
            continue;
        };
        found.extend(refused(&asked, &stderr).map(|(kind, detail)| Observation {
            kind,
            path: one.manifest.clone(),
            line: one.line,
            item: one.name.clone(),
            detail,
        }));
    }
    Ok(found)
}

/// What a refusal says of what was asked for; nothing if it is about something that this depends on.
fn refused(asked: &Asked, stderr: &str) -> Option<(ObservationKind, String)> {
    let name = &asked.name;
    let is_absent = stderr.contains(&format!("no matching package named `{name}` found"))
        || stderr.contains(&format!("searched package name: `{name}`"));
    if is_absent {
        let known = lookalike::nearly(name).map(|known| format!("; it looks like `{known}`"));
        let detail = format!("the registry has no package of this name{}", known.unwrap_or_default());
        return Some((ObservationKind::DependencyMissing, detail));
    }
    let asked_for = &asked.requirement;
    if !stderr.contains(&format!("for the requirement `{name} = ")) {
        return None;
    }
    Some(match stderr.contains("is yanked") {
        true => (ObservationKind::DependencyYanked, format!("all that `{asked_for}` allows")),
        false => {
            let detail = format!("the registry has no version of it that `{asked_for}` allows");
            (ObservationKind::DependencyMissing, detail)
        }
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    fn asked(name: &str, requirement: &str) -> Asked {
        Asked { name: name.to_owned(), requirement: requirement.to_owned(), registry: None }
    }

    #[test]
    fn a_refusal_is_about_what_was_asked_for_or_says_nothing() {
        let absent = "error: no matching package named `aa` found\nlocation searched: crates.io index";
        let close = "error: no matching package found\nsearched package name: `a-a`\nperhaps you meant: a_a";
        let version =
            "error: failed to select a version for the requirement `aa = \"^9\"`\ncandidate versions found";
        let yanked =
            "error: failed to select a version for the requirement `aa = \"=1\"`\n  version 1.0.0 is yanked";
        let kind = |name: &str, text: &str| refused(&asked(name, "^9"), text).map(|(kind, _)| kind);
        assert_eq!(kind("aa", absent), Some(ObservationKind::DependencyMissing));
        assert_eq!(kind("a-a", close), Some(ObservationKind::DependencyMissing));
        assert_eq!(kind("aa", version), Some(ObservationKind::DependencyMissing));
        assert_eq!(kind("aa", yanked), Some(ObservationKind::DependencyYanked));
        assert_eq!((kind("bb", absent), kind("bb", version)), (None, None));
        assert!(is_refusal(absent) && is_refusal(version) && !is_refusal("error: failed to download"));
    }

    #[test]
    fn no_name_can_write_more_into_the_question_than_a_name() {
        let evil = "x\"}\n[build]\nrustc-wrapper = \"evil\"\n";
        let tree = question(&[asked(evil, "1"), asked("b", "\"2")]);
        let text = tree.text(&TreePath::new("Cargo.toml").unwrap()).unwrap();
        let read: toml::Table = text.parse().unwrap();
        assert_eq!(read["dependencies"]["d0"]["package"].as_str(), Some(evil));
        assert_eq!(read.keys().collect::<Vec<_>>(), ["dependencies", "package", "workspace"]);
    }
}
