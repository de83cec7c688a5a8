//! What a change does to the dependencies, as far as the texts of manifests and the lock file tell.

mod lock;
mod manifest;
mod stale;

use std::collections::{BTreeMap, BTreeSet};

use semver::VersionReq;

use crate::change::kind::{FileChange, FileKind};
use crate::change::observation::{Observation, ObservationKind};
use crate::tree::{Tree, TreePath};

pub use lock::LockedPackage;
pub use manifest::{Declared, Origin, Table};

use manifest::{Manifests, inside};

/// Names that one observation lists.
const MOST_NAMES: usize = 12;

/// Packages that are in question, and what was known of them.
#[derive(Clone, PartialEq, Eq, Debug, Default)]
pub struct Delta {
    /// The packages that come from outside.
    pub packages: Vec<LockedPackage>,
    /// Those of their names that were not there before.
    pub new_names: BTreeSet<String>,
    /// What manifests declare that was not declared before, from outside.
    pub declared: Vec<Declared>,
    /// Where each name is declared: the first manifest and line.
    pub places: BTreeMap<String, (TreePath, usize)>,
}

impl Delta {
    /// What a change brings in: packages in a version or from a source that the lock file did not have. A lock file that
    /// cannot be read brings nothing in; that it cannot is observed.
    pub fn between(base: &Tree, after: &Tree) -> Self {
        let (was, now) = (Manifests::of(base), Manifests::of(after));
        // Where there was no lock file, the new one says what the old manifests lead to.
        let before = match base.get(&lock::path()) {
            Some(_) => locked(base),
            None => reached(&locked(after), &was, &now),
        };
        let known: BTreeSet<_> = before.iter().map(LockedPackage::identity).collect();
        let mut delta = Self::all(after);
        delta.packages.retain(|package| !known.contains(&package.identity()));
        let names: BTreeSet<&str> = before.iter().map(|package| package.name.as_str()).collect();
        let new = delta.packages.iter().map(|package| &package.name);
        delta.new_names = new.filter(|name| !names.contains(name.as_str())).cloned().collect();
        let declared: BTreeSet<_> = was.declared().map(asked).collect();
        let is_new = |one: &&Declared| is_from_outside(one) && !declared.contains(&asked(one));
        delta.declared = now.declared().filter(is_new).cloned().collect();
        delta
    }

    /// Everything that the lock file of a tree names from outside; nothing of it is new.
    pub fn all(tree: &Tree) -> Self {
        let packages = locked(tree).into_iter().filter(|package| package.source.is_some()).collect();
        let manifests = Manifests::of(tree);
        let mut places = BTreeMap::new();
        for one in manifests.declared() {
            places.entry(one.name.clone()).or_insert((one.manifest.clone(), one.line));
        }
        Self { packages, new_names: BTreeSet::new(), declared: Vec::new(), places }
    }

    /// What manifests declare anew from a registry and the lock file of a tree does not name.
    pub fn unlocked(&self, tree: &Tree) -> Vec<Declared> {
        let locked: BTreeSet<String> = locked(tree).into_iter().map(|package| package.name).collect();
        let manifests = Manifests::of(tree);
        let inherits = |shared: &Declared| {
            manifests.declared().any(|one| one.origin == Origin::Inherited && one.key == shared.key)
        };
        let is_unlocked = |one: &&Declared| {
            (one.table == Table::Own || one.table == Table::Shared && inherits(one))
                && matches!(one.origin, Origin::Registry | Origin::OtherRegistry(_))
                && !locked.contains(&one.name)
        };
        self.declared.iter().filter(is_unlocked).cloned().collect()
    }

    /// Where to point at for a package: the line of a manifest that names it, or that of the lock file.
    pub fn place(&self, package: &LockedPackage) -> (TreePath, usize) {
        self.places.get(&package.name).cloned().unwrap_or((lock::path(), package.line))
    }
}

/// Whether a change may bring something in: a manifest or the lock file differs, or there was no lock file.
pub fn is_touched(base: &Tree, after: &Tree) -> bool {
    let of = |tree: &Tree| -> BTreeMap<TreePath, Vec<u8>> {
        let manifests = tree.files().filter(|(path, _)| FileKind::of(path) == FileKind::Manifest);
        manifests.map(|(path, content)| (path.clone(), content.to_owned())).collect()
    };
    of(base) != of(after)
}

/// What of a lock file the old manifests lead to, as far as they ask for the same as the new ones.
fn reached(locked: &[LockedPackage], was: &Manifests, now: &Manifests) -> Vec<LockedPackage> {
    let known: BTreeSet<_> = was.declared().map(|one| (asked(one), &one.features)).collect();
    let same = |one: &&Declared| {
        let mut named = now.declared().filter(|other| other.name == one.name);
        named.all(|other| known.contains(&(asked(other), &other.features)))
    };
    let mut open: Vec<String> = was.declared().filter(same).map(|one| one.name.clone()).collect();
    let mut seen: BTreeSet<usize> = BTreeSet::new();
    while let Some(wanted) = open.pop() {
        let mut parts = wanted.split(' ');
        let (name, version) = (parts.next(), parts.next());
        for (number, package) in locked.iter().enumerate() {
            let is_it = Some(package.name.as_str()) == name
                && version.is_none_or(|version| version == package.version);
            if is_it && seen.insert(number) {
                open.extend(package.dependencies.iter().cloned());
            }
        }
    }
    seen.into_iter().map(|number| locked[number].clone()).collect()
}

fn asked(declared: &Declared) -> (&str, Option<&str>, &Origin) {
    (&declared.name, declared.requirement.as_deref(), &declared.origin)
}

/// Whether it names something that is to be looked for elsewhere.
fn is_from_outside(declared: &Declared) -> bool {
    !matches!(declared.origin, Origin::Path(_) | Origin::Inherited)
}

fn locked(tree: &Tree) -> Vec<LockedPackage> {
    lock::read(tree).and_then(Result::ok).unwrap_or_default()
}

/// What is observed about dependencies; nothing where no manifest and no lock file is touched.
pub(super) fn observed(base: &Tree, after: &Tree, files: &[FileChange]) -> Vec<Observation> {
    if !files.iter().any(|file| file.kind == FileKind::Manifest) {
        return Vec::new();
    }
    let before = of_tree(base);
    // What was so before is no matter of the change, wherever it stands now.
    let was: BTreeSet<_> = before.iter().map(|one| (one.kind, &one.item, &one.detail)).collect();
    let now = of_tree(after).into_iter();
    let mut found: Vec<Observation> =
        now.filter(|one| !was.contains(&(one.kind, &one.item, &one.detail))).collect();
    let (old, new) = (locked(base), locked(after));
    if lock::read(base).is_some() && lock::read(after).is_none() {
        let detail = "the lock file is gone".to_owned();
        found.push(observation(ObservationKind::LockStale, &lock::path(), 1, "", detail));
    }
    found.extend(other_bytes(&old, &new));
    found.extend(duplicates(&old, &new));
    found.extend(moved(&old, &new, after));
    found.extend(added(&Delta::between(base, after), base));
    found
}

fn observation(
    kind: ObservationKind,
    path: &TreePath,
    line: usize,
    item: &str,
    detail: String,
) -> Observation {
    Observation { kind, path: path.clone(), line, item: item.to_owned(), detail }
}

/// What can be said of one tree alone.
fn of_tree(tree: &Tree) -> Vec<Observation> {
    let manifests = Manifests::of(tree);
    let mut found: Vec<Observation> = manifests.declared().flat_map(|one| of_declared(one, tree)).collect();
    found.extend(stale::stale(tree, &manifests));
    found
}

fn of_declared(declared: &Declared, tree: &Tree) -> Vec<Observation> {
    let mut found = Vec::new();
    let mut tell = |kind, detail: String| {
        found.push(observation(kind, &declared.manifest, declared.line, &declared.name, detail));
    };
    if declared.table == Table::Replacing {
        let what = match &declared.origin {
            Origin::Git { url, .. } => format!("the repository `{url}`"),
            Origin::Path(path) => format!("the directory `{path}`"),
            Origin::OtherRegistry(name) => format!("the registry `{name}`"),
            Origin::Registry | Origin::Inherited => "another version".to_owned(),
        };
        tell(ObservationKind::DependencyReplaced, format!("{what} takes its place"));
    }
    match &declared.origin {
        Origin::Git { url, rev: Some(rev) } if is_commit(rev) => {
            tell(ObservationKind::DependencyGit, format!("from the repository `{url}` at `{rev}`"));
        }
        Origin::Git { url, .. } => {
            tell(ObservationKind::DependencyUnpinned, format!("from `{url}` without the commit as `rev`"));
        }
        Origin::Path(path)
            if inside(&declared.manifest, declared).is_none_or(|at| tree.get(&at).is_none()) =>
        {
            tell(ObservationKind::DependencyPath, format!("from the directory `{path}`"));
        }
        Origin::OtherRegistry(name) => {
            tell(ObservationKind::DependencyRegistry, format!("from the registry `{name}`"));
        }
        Origin::Registry | Origin::Path(_) | Origin::Inherited => {}
    }
    let of_registry = match declared.origin {
        Origin::Registry | Origin::OtherRegistry(_) => true,
        // Once it is published its version counts.
        Origin::Path(_) => declared.requirement.is_some(),
        Origin::Git { .. } | Origin::Inherited => false,
    };
    if of_registry && declared.table != Table::Replacing && is_wildcard(declared.requirement.as_deref()) {
        tell(ObservationKind::DependencyWildcard, "any version of it will do".to_owned());
    }
    found
}

/// Whether a `rev` is a commit and not a name that may come to mean another one.
fn is_commit(rev: &str) -> bool {
    rev.len() >= 7 && rev.chars().all(|c| c.is_ascii_hexdigit())
}

fn is_wildcard(requirement: Option<&str>) -> bool {
    requirement.is_none_or(|text| VersionReq::parse(text).is_ok_and(|read| read.comparators.is_empty()))
}

/// Packages of which the archive has other bytes although nothing else about them differs.
fn other_bytes(old: &[LockedPackage], new: &[LockedPackage]) -> Vec<Observation> {
    let known: BTreeMap<_, _> = old.iter().map(|one| (one.identity(), &one.checksum)).collect();
    let changed = |one: &&LockedPackage| {
        one.source.is_some()
            && known.get(&one.identity()).is_some_and(|was| was.is_some() && **was != one.checksum)
    };
    let tell = |one: &LockedPackage| {
        let how = if one.checksum.is_some() { "has another checksum" } else { "has lost its checksum" };
        let detail = format!("version {} {how}", one.version);
        observation(ObservationKind::LockChecksum, &lock::path(), one.line, &one.name, detail)
    };
    new.iter().filter(changed).map(tell).collect()
}

/// Packages that are there in more versions than before. Where nothing was there before, those that the members themselves ask
/// for in several: what their dependencies disagree on nobody can settle here.
fn duplicates(old: &[LockedPackage], new: &[LockedPackage]) -> Vec<Observation> {
    let versions = |all: &[LockedPackage], name: &str| -> BTreeSet<String> {
        all.iter().filter(|one| one.name == name).map(|one| one.version.clone()).collect()
    };
    let asked: BTreeSet<&str> = new
        .iter()
        .filter(|one| one.source.is_none())
        .flat_map(|one| &one.dependencies)
        .map(String::as_str)
        .collect();
    // Where a name alone would not do, the lock file adds the version.
    let is_asked_twice = |name: &str| {
        asked.iter().filter(|one| one.strip_prefix(name).is_some_and(|rest| rest.starts_with(' '))).count()
            > 1
    };
    let mut names: Vec<&LockedPackage> = new.iter().collect();
    names.dedup_by(|left, right| left.name == right.name);
    let twice = names.into_iter().filter_map(|one| {
        let now = versions(new, &one.name);
        let more = now.len() > 1 && now.len() > versions(old, &one.name).len();
        let detail = || format!("versions {}", now.iter().cloned().collect::<Vec<_>>().join(" and "));
        (more && (!old.is_empty() || is_asked_twice(&one.name))).then(|| {
            observation(ObservationKind::DependencyDuplicate, &lock::path(), one.line, &one.name, detail())
        })
    });
    twice.collect()
}

/// Packages from a registry that neither a manifest nor the old lock file speaks of, and from a commit that no manifest
/// names: a repository that is asked for without one moves on with each update.
fn moved(old: &[LockedPackage], new: &[LockedPackage], after: &Tree) -> Vec<Observation> {
    let manifests = Manifests::of(after);
    let pinned = manifests.declared().filter_map(|one| match &one.origin {
        Origin::Git { url, rev: Some(rev) } if is_commit(rev) => Some(bare(url)),
        _ => None,
    });
    let pinned: BTreeSet<&str> = pinned.collect();
    let has_other = manifests.declared().any(|one| matches!(one.origin, Origin::OtherRegistry(_)));
    let mut known: BTreeSet<&str> = old.iter().filter_map(|one| one.source.as_deref()).collect();
    let tell = |one: &LockedPackage| -> Option<(ObservationKind, &'static str)> {
        let git = one.source.as_deref()?.strip_prefix("git+");
        match git {
            Some(url) => (!pinned.contains(bare(url)))
                .then_some((ObservationKind::DependencyGit, "a commit that no manifest names")),
            None if one.is_of_registry() && !one.is_of_crates_io() && !has_other => {
                Some((ObservationKind::DependencyRegistry, "of which only the lock file speaks"))
            }
            None => None,
        }
    };
    let mut found = Vec::new();
    for one in new {
        let Some(source) = one.source.as_deref() else { continue };
        if let Some((kind, why)) = tell(one)
            && known.insert(source)
        {
            found.push(observation(
                kind,
                &lock::path(),
                one.line,
                &one.name,
                format!("from `{source}`, {why}"),
            ));
        }
    }
    found
}

/// A source or an address without what selects a commit.
fn bare(source: &str) -> &str {
    source.split(['?', '#']).next().unwrap_or(source).trim_end_matches('/').trim_end_matches(".git")
}

/// Dependencies that nothing asked for before: those that manifests name each, the others together.
fn added(delta: &Delta, base: &Tree) -> Vec<Observation> {
    let before = Manifests::of(base);
    let named: BTreeSet<&str> = before.declared().map(|one| one.name.as_str()).collect();
    let mut direct = BTreeSet::new();
    let mut found = Vec::new();
    for one in &delta.declared {
        if !named.contains(one.name.as_str()) && direct.insert(one.name.as_str()) {
            let requirement = one.requirement.as_deref().unwrap_or("*");
            let detail = format!("version {requirement}");
            let kind = ObservationKind::DependencyAdded;
            found.push(observation(kind, &one.manifest, one.line, &one.name, detail));
        }
    }
    let others: Vec<&LockedPackage> = delta
        .packages
        .iter()
        .filter(|one| delta.new_names.contains(&one.name) && !direct.contains(one.name.as_str()))
        .collect();
    if let Some(first) = others.first() {
        let mut names: Vec<&str> = others.iter().map(|one| one.name.as_str()).collect();
        names.dedup();
        let shown = names.iter().take(MOST_NAMES).copied().collect::<Vec<_>>().join(", ");
        let more = if names.len() > MOST_NAMES { ", …" } else { "" };
        let detail = format!("{} more come with what is asked for: {shown}{more}", names.len());
        let kind = ObservationKind::DependencyAdded;
        found.push(observation(kind, &lock::path(), first.line, "", detail));
    }
    found
}

#[cfg(test)]
mod tests;
