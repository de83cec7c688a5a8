//! Where a lock file does not say what the manifests ask for.

use std::collections::BTreeSet;

use semver::{Version, VersionReq};

use super::lock::{self, LockedPackage};
use super::manifest::{Declared, Manifest, Manifests, Origin, Table};
use super::observation;
use crate::change::observation::{Observation, ObservationKind};
use crate::tree::{Tree, TreePath};

/// What of the manifests a lock file does not fulfil. Nothing is said where there is no lock file, or where the members
/// cannot be told.
pub(super) fn stale(tree: &Tree, manifests: &Manifests) -> Vec<Observation> {
    let stale = |path: &TreePath, line, item: &str, detail: String| {
        observation(ObservationKind::LockStale, path, line, item, detail)
    };
    let locked = match lock::read(tree) {
        None => return Vec::new(),
        Some(Ok(locked)) => locked,
        Some(Err(why)) => return vec![stale(&lock::path(), 1, "", format!("it cannot be read: {why}"))],
    };
    let Some(members) = manifests.members else { return Vec::new() };
    let members = &manifests.all[..members];
    let view = View::of(&locked, manifests);
    let mut found = Vec::new();
    for (path, manifest) in members {
        if let Some(name) = &manifest.name
            && !view.holds_member(name, manifest)
        {
            let detail = "the lock file does not name this package in this version".to_owned();
            found.push(stale(path, manifest.line, name, detail));
        }
        let own = manifest.declared.iter().filter(|one| one.table == Table::Own);
        found.extend(own.filter_map(|one| {
            let why = view.lacking(one).or_else(|| view.unlisted(manifest, one))?;
            Some(stale(path, one.line, &one.name, why))
        }));
    }
    found
}

struct View<'a> {
    locked: &'a [LockedPackage],
    shared: Vec<&'a Declared>,
    /// Names that `[patch]` and `[replace]` speak of: where those come from is another matter.
    replaced: BTreeSet<&'a str>,
}

impl<'a> View<'a> {
    fn of(locked: &'a [LockedPackage], manifests: &'a Manifests) -> Self {
        let of = |table: Table| manifests.declared().filter(move |one| one.table == table);
        let replaced = of(Table::Replacing).map(|one| one.name.as_str()).collect();
        Self { locked, shared: of(Table::Shared).collect(), replaced }
    }

    fn holds_member(&self, name: &str, manifest: &Manifest) -> bool {
        let mut own = self.locked.iter().filter(|one| one.name == name && one.source.is_none());
        own.any(|one| manifest.version.as_ref().is_none_or(|version| *version == one.version))
    }

    /// What a dependency comes to, where the workspace's table says it for all.
    fn asked<'d>(&self, declared: &'d Declared) -> Option<&'d Declared>
    where
        'a: 'd,
    {
        match declared.origin {
            Origin::Inherited => self.shared.iter().find(|shared| shared.key == declared.key).copied(),
            Origin::Registry | Origin::OtherRegistry(_) | Origin::Git { .. } | Origin::Path(_) => {
                Some(declared)
            }
        }
    }

    /// Why a member depends on another one by its manifest and not by the lock file. Of what has to be fetched Cargo says
    /// so itself.
    fn unlisted(&self, manifest: &Manifest, declared: &Declared) -> Option<String> {
        let (member, asked) = (manifest.name.as_ref()?, self.asked(declared)?);
        let own = self.locked.iter().find(|one| one.name == *member && one.source.is_none())?;
        let mut listed = own.dependencies.iter().filter_map(|one| one.split(' ').next());
        let is_member = matches!(asked.origin, Origin::Path(_)) && asked.name != *member;
        (is_member && !listed.any(|name| name == asked.name))
            .then(|| format!("the lock file does not name it among what `{member}` depends on"))
    }

    /// Why nothing in the lock file is what a manifest asks for.
    fn lacking(&self, declared: &Declared) -> Option<String> {
        let asked = self.asked(declared)?;
        let is_replaced = self.replaced.contains(asked.name.as_str());
        let named: Vec<&LockedPackage> = self
            .locked
            .iter()
            .filter(|one| one.name == asked.name && (is_replaced || is_from(one, &asked.origin)))
            .collect();
        if named.is_empty() {
            return Some("the lock file does not name it from there".to_owned());
        }
        let requirement = VersionReq::parse(asked.requirement.as_deref()?).ok()?;
        let fits = |one: &&LockedPackage| {
            Version::parse(&one.version).is_ok_and(|version| requirement.matches(&version))
        };
        (!named.iter().any(fits))
            .then(|| format!("the lock file names no version of it that `{requirement}` allows"))
    }
}

/// Whether a package of the lock file may be what comes from there.
fn is_from(package: &LockedPackage, origin: &Origin) -> bool {
    let source = package.source.as_deref();
    match origin {
        Origin::Registry | Origin::OtherRegistry(_) => source.is_some_and(lock::is_registry),
        // Cargo writes addresses in a form of its own, so they are not compared.
        Origin::Git { .. } => source.is_some_and(|source| source.starts_with("git+")),
        Origin::Path(_) => source.is_none(),
        Origin::Inherited => true,
    }
}
