//! Rights of roles on what is kept: at least as closed as the sentence says, and told where it says more than rules can.

use super::entity::{EntityDraft, Known};
use super::noun;
use super::permission::{KEYS, Object, Permission, Strength, Subject};

const SEEN_BY_OWNERS: &str = "rows that belong to who made them are seen by these and by admin alone";
const NOT_SEEN: &str = "drafted as `owned`: others do not see these rows either";
/// Why rows that everybody reads do not belong to who made them.
pub(super) const READ_BY_ALL: &str = "rows that everybody reads have no owners: changed by admin alone";
const LOGGED_IN: &str = "nobody may do that without logging in";
const RESTRICTED: &str = "something else says that only some may";

type Told = Vec<(String, &'static str)>;

/// Gives the entities what is said of them. What nothing else names is an entity, too.
pub(super) fn apply(
    permissions: &[Permission],
    entities: &mut Vec<EntityDraft>,
    known: &[Known],
    roles: &[String],
) -> Told {
    let mut told: Told =
        permissions.iter().filter_map(|one| Some((one.words.clone(), one.inexact?))).collect();
    let mut said: Vec<(usize, &Permission)> = Vec::new();
    for permission in permissions {
        let Object::Rows(object) = &permission.object else { continue };
        let object: Vec<&str> = object.iter().map(String::as_str).collect();
        if object.is_empty() {
            continue;
        }
        match place(permission, &object, entities, known) {
            Ok(Some(index)) => said.push((index, permission)),
            Ok(None) => {}
            Err(why) => told.push((permission.words.clone(), why)),
        }
    }
    for (index, entity) in entities.iter_mut().enumerate() {
        let of_all = permissions.iter().filter(|one| one.object == Object::All);
        let of_this = said.iter().filter(|(of, _)| *of == index).map(|(_, permission)| *permission);
        let rights = Rights { said: of_this.chain(of_all).collect(), roles };
        rights.give(entity, &mut told);
    }
    told.dedup();
    told
}

/// The entity that is spoken of.
fn place(
    permission: &Permission,
    object: &[&str],
    entities: &mut Vec<EntityDraft>,
    known: &[Known],
) -> Result<Option<usize>, &'static str> {
    let names = noun::entity(object).ok_or("nothing can be kept under that name")?;
    if known.iter().any(|one| one.is_called(&names.0) || one.is_called(&names.1)) {
        return Err("it exists already: edit the project's gryph.toml");
    }
    if let Some(index) = entities.iter().position(|one| one.name == names.0 || one.plural == names.1) {
        return Ok(Some(index));
    }
    if permission.object_at.is_none() {
        return Ok(None);
    }
    entities.push(EntityDraft::new(names, permission.words.clone()));
    Ok(Some(entities.len() - 1))
}

/// Leaves changes of which nothing is said to admin alone.
pub(super) fn close_changes(entity: &mut EntityDraft, words: &str) {
    for key in ["update", "delete"] {
        if !entity.permissions.iter().any(|(of, ..)| *of == key) {
            entity.permissions.push((key, vec!["admin".to_owned()], words.to_owned()));
        }
    }
}

/// What is said of one entity.
struct Rights<'p> {
    said: Vec<&'p Permission>,
    roles: &'p [String],
}

impl<'p> Rights<'p> {
    fn give(&self, entity: &mut EntityDraft, told: &mut Told) {
        if self.said.is_empty() {
            return;
        }
        for key in KEYS {
            if let Some((who, words)) = self.who(key) {
                entity.permissions.push((key, who, words));
            }
        }
        self.own(entity, told);
        self.tell_of_public(entity, told);
        self.close_writes(entity);
    }

    /// What is said of a right, for other rows than somebody's own.
    fn on(&self, key: &str) -> impl Iterator<Item = &&'p Permission> {
        self.said.iter().filter(move |one| one.deeds.contains(&key))
    }

    /// Whether something says that nobody else has a right.
    fn is_closed(&self, key: &str) -> bool {
        self.on(key).any(|one| matches!(one.strength, Strength::OnlyThey | Strength::Withheld) && !one.own)
    }

    /// Who has a right and the words that say so; `None` is every role.
    fn who(&self, key: &'static str) -> Option<(Vec<String>, String)> {
        let given = || self.on(key).filter(|one| one.strength != Strength::Withheld);
        let has = |subject: &Subject| given().any(|one| one.subjects.contains(subject));
        let public = given().any(|one| !one.own && one.subjects.contains(&Subject::Public));
        let named: Vec<&str> = given().flat_map(|one| named(one)).collect();
        let first =
            |mut of: Box<dyn Iterator<Item = &&Permission> + '_>| of.next().map(|one| one.words.clone());
        if !self.is_closed(key) {
            if public && key == "read" {
                return Some((vec!["public".to_owned()], first(Box::new(given()))?));
            }
            if named.is_empty() || has(&Subject::People) || has(&Subject::Public) {
                return self.limited(key);
            }
        } else if named.is_empty()
            && self.on(key).all(|one| one.strength != Strength::Withheld && named_nobody(one))
        {
            // Only whoever logged in.
            return None;
        }
        Some((self.ordered(&named), first(Box::new(self.on(key)))?))
    }

    /// Who is left where somebody has no other right than those that are said.
    fn limited(&self, key: &str) -> Option<(Vec<String>, String)> {
        let limits =
            |one: &&&Permission| one.strength == Strength::OnlyThis && !one.own && !one.deeds.contains(&key);
        let given: Vec<&str> = self.on(key).flat_map(|one| named(one)).collect();
        let limited: Vec<&&Permission> = self.said.iter().filter(limits).collect();
        let words = limited.first()?.words.clone();
        if self.on(key).any(|one| !named(one).any(|_| true) && one.strength != Strength::Withheld) {
            return None;
        }
        let everybody = limited.iter().any(|one| named_nobody(one));
        let others = self.roles.iter().map(String::as_str);
        let others = others.filter(|role| !limited.iter().any(|one| named(one).any(|of| of == *role)));
        let left: Vec<&str> = if everybody { given } else { others.collect() };
        Some((self.ordered(&left), words))
    }

    /// Roles in the order of the service; nobody is admin alone.
    fn ordered(&self, named: &[&str]) -> Vec<String> {
        let strange =
            named.iter().filter(|one| !self.roles.iter().any(|role| role == *one) && **one != "admin");
        let known = self.roles.iter().map(String::as_str).filter(|role| named.contains(role));
        let mut who: Vec<String> = Vec::new();
        for role in known.chain(strange.copied()) {
            if !who.iter().any(|one| one == role) {
                who.push(role.to_owned());
            }
        }
        if who.is_empty() { vec!["admin".to_owned()] } else { who }
    }

    /// Rows of which people have rights on their own are owned.
    fn own(&self, entity: &mut EntityDraft, told: &mut Told) {
        let own: Vec<&&Permission> = self.said.iter().filter(|one| one.own).collect();
        let Some(first) = own.first() else { return };
        let reads = own.iter().any(|one| one.deeds.contains(&"read"));
        let is_public = entity.permissions.iter().any(|(_, who, _)| who.iter().any(|one| one == "public"));
        if is_public && !reads && entity.owned.is_none() {
            for one in &own {
                told.push((one.words.clone(), READ_BY_ALL));
                for key in &one.deeds {
                    entity.permissions.retain(|(of, ..)| of != key);
                    entity.permissions.push((key, vec!["admin".to_owned()], one.words.clone()));
                }
            }
            return;
        }
        if !reads {
            told.push((first.words.clone(), NOT_SEEN));
        }
        let see = |one: &&&Permission| !one.own && one.deeds.iter().any(|key| *key != "create");
        let others = self.said.iter().filter(see).filter(|one| one.strength != Strength::Withheld);
        let others = others.filter(|one| named(one).any(|role| role != "admin"));
        told.extend(others.map(|one| (one.words.clone(), SEEN_BY_OWNERS)));
        entity.owned.get_or_insert_with(|| first.words.clone());
    }

    /// What is said of everybody and cannot be: changes without logging in, rows that have owners.
    fn tell_of_public(&self, entity: &mut EntityDraft, told: &mut Told) {
        if entity.owned.is_some() {
            entity.permissions.retain(|(_, who, _)| !who.iter().any(|one| one == "public"));
        }
        for one in self.said.iter().filter(|one| one.subjects.contains(&Subject::Public)) {
            let closed = one.strength == Strength::Granted && one.deeds.iter().any(|key| self.is_closed(key));
            if one.deeds.iter().any(|key| *key != "read") || entity.owned.is_some() {
                told.push((one.words.clone(), LOGGED_IN));
            } else if closed {
                told.push((one.words.clone(), RESTRICTED));
            }
        }
    }

    /// Whoever may write may read; where not all may read, not all may write.
    fn close_writes(&self, entity: &mut EntityDraft) {
        let Some(read) = entity.permissions.iter().position(|(key, ..)| *key == "read") else { return };
        if entity.permissions[read].1.iter().any(|one| one == "public") {
            return;
        }
        let writes = entity.permissions.iter().filter(|(key, ..)| *key != "read");
        let mut writers: Vec<String> = writes.flat_map(|(_, who, _)| who.clone()).collect();
        writers.retain(|one| one != "admin");
        if !self.is_closed("read") {
            let readers = [entity.permissions[read].1.clone(), writers.clone()].concat();
            let readers: Vec<&str> =
                readers.iter().map(String::as_str).filter(|one| *one != "admin").collect();
            entity.permissions[read].1 = self.ordered(&readers);
        }
        let (_, readers, words) = entity.permissions[read].clone();
        let who = if writers.is_empty() { readers } else { writers };
        let who: Vec<&str> = who.iter().map(String::as_str).collect();
        for key in KEYS {
            if !entity.permissions.iter().any(|(of, ..)| *of == key) {
                entity.permissions.push((key, self.ordered(&who), words.clone()));
            }
        }
    }
}

/// The roles that a sentence is about.
fn named(permission: &Permission) -> impl Iterator<Item = &str> {
    permission.subjects.iter().filter_map(|one| match one {
        Subject::Role(role) => Some(role.as_str()),
        Subject::People | Subject::Public => None,
    })
}

fn named_nobody(permission: &Permission) -> bool {
    named(permission).next().is_none()
}
