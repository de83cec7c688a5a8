//! Items by name and path: what a candidate names, is it there, and what is nearest to it?

use crate::distance::distance;
use crate::reader::Reader;
use crate::store::{NameEntry, last_segments};
use crate::{Found, IndexError, ItemId, Lookup, View};

/// No more items than these are given for a path.
const MAX_FOUND: usize = 20;

/// No more names than these are given for one that is not there.
const MAX_NEAREST: usize = 5;

impl Reader {
    /// The items of a name that a view sees, at most `limit`.
    ///
    /// # Errors
    ///
    /// The store fails.
    pub fn named(&self, view: &View, name: &str, limit: usize) -> Result<Vec<Found>, IndexError> {
        self.found(&seen(self.tables.with_name(&self.transaction, name)?, view), limit)
    }

    /// The functions of a type or trait that a view sees, by the type's name.
    ///
    /// # Errors
    ///
    /// The store fails.
    pub fn methods_of(&self, view: &View, name: &str) -> Result<Vec<Found>, IndexError> {
        let (_, name) = last_segments(name);
        let entries = seen(self.tables.with_owner(&self.transaction, name)?, view);
        let mut found = self.found(&entries, usize::MAX)?;
        found.retain(|found| last_segments(&found.item.path).0 == name);
        Ok(found)
    }

    /// What is known of a path such as `foo::Bar::baz`.
    ///
    /// # Errors
    ///
    /// The store fails.
    pub fn at(&self, view: &View, path: &str) -> Result<Lookup, IndexError> {
        let (owner, name) = last_segments(path);
        let mut entries = seen(self.tables.with_name(&self.transaction, name)?, view);
        entries.retain(|entry| entry.may_be_with(owner));
        let mut lookup = Lookup { exact: Vec::new(), elsewhere: Vec::new(), nearest: Vec::new() };
        for found in self.found(&entries, usize::MAX)? {
            let is_exact = found.item.path == path;
            let list = if is_exact { &mut lookup.exact } else { &mut lookup.elsewhere };
            if (is_exact || is_same_item(&found.item.path, path)) && list.len() < MAX_FOUND {
                list.push(found);
            }
        }
        if lookup.exact.is_empty() && lookup.elsewhere.is_empty() {
            lookup.elsewhere = self.re_exported(view, path)?;
        }
        if lookup.exact.is_empty() && lookup.elsewhere.is_empty() {
            lookup.nearest = self.nearest(view, path)?;
        }
        Ok(lookup)
    }

    /// Items of the name in the crate of the path, under another owner that is a module: `pub use` gives them a
    /// second path.
    fn re_exported(&self, view: &View, path: &str) -> Result<Vec<Found>, IndexError> {
        let (owner, name) = last_segments(path);
        if owner.starts_with(char::is_uppercase) {
            return Ok(Vec::new()); // A type, by custom: its functions are in no module.
        }
        let mut found = self.named(view, name, 100)?;
        let is_free = |found: &Found| !last_segments(&found.item.path).0.starts_with(char::is_uppercase);
        found.retain(|found| krate(&found.item.path) == krate(path) && is_free(found));
        found.truncate(MAX_FOUND);
        Ok(found)
    }

    /// Items of names like that of a path, nearest first: functions of the same type, then items of any name.
    fn nearest(&self, view: &View, path: &str) -> Result<Vec<Found>, IndexError> {
        let (owner, name) = last_segments(path);
        let limit = (name.chars().count() / 3).clamp(1, 4);
        let of_owner = if owner.is_empty() { Vec::new() } else { self.methods_of(view, owner)? };
        let mut near: Vec<(usize, Found)> = of_owner
            .into_iter()
            .filter_map(|found| Some((distance(name, &found.item.name, limit)?, found)))
            .collect();
        if near.is_empty() {
            near = self.nearest_names(view, path, limit)?;
        }
        near.sort_by(|(left, one), (right, other)| {
            left.cmp(right).then_with(|| one.item.path.cmp(&other.item.path))
        });
        near.dedup_by(|(_, one), (_, other)| one.item.path == other.item.path);
        near.truncate(MAX_NEAREST);
        Ok(near.into_iter().map(|(_, found)| found).collect())
    }

    /// Items that a view sees of names like that of a path, of the same crate if it has any.
    fn nearest_names(
        &self,
        view: &View,
        path: &str,
        limit: usize,
    ) -> Result<Vec<(usize, Found)>, IndexError> {
        let (_, name) = last_segments(path);
        let mut names: Vec<(usize, String)> = Vec::new();
        self.tables.each_name(&self.transaction, |known| {
            names.extend(distance(name, known, limit).map(|far| (far, known.to_owned())));
        })?;
        names.sort_unstable();
        let mut near = Vec::new();
        for (far, name) in names.into_iter().take(50) {
            near.extend(self.named(view, &name, MAX_NEAREST)?.into_iter().map(|found| (far, found)));
        }
        if near.iter().any(|(_, found)| krate(&found.item.path) == krate(path)) {
            near.retain(|(_, found)| krate(&found.item.path) == krate(path));
        }
        Ok(near)
    }

    /// Items with their units.
    fn found(&self, entries: &[NameEntry], limit: usize) -> Result<Vec<Found>, IndexError> {
        let ids: Vec<ItemId> = entries.iter().take(limit).map(|entry| entry.item).collect();
        let mut found = Vec::new();
        for (id, item) in self.items(&ids)? {
            let Some(unit) = self.unit_of(id)? else { continue };
            if let Some((unit, _)) = self.tables.unit(&self.transaction, unit)? {
                found.push(Found { id, item, unit });
            }
        }
        Ok(found)
    }
}

/// The entries that a view sees.
fn seen(mut entries: Vec<NameEntry>, view: &View) -> Vec<NameEntry> {
    entries.retain(|entry| view.sees(entry.unit));
    entries
}

/// The crate of a path.
fn krate(path: &str) -> &str {
    path.split("::").next().unwrap_or(path)
}

/// Whether two paths name items of the same crate, owner and name, in whatever modules.
fn is_same_item(left: &str, right: &str) -> bool {
    krate(left) == krate(right) && last_segments(left) == last_segments(right)
}
