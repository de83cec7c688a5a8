//! What encloses an item: its modules, its type or trait, and what they say about it.

use std::rc::Rc;

use super::DEPTH_LIMIT;
use super::attribute::only_in_tests;
use super::lead::Lead;
use super::place::{Place, Role};

/// What kind of thing encloses an item.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) enum Inside {
    /// A module, or the whole file.
    Module,
    /// A trait.
    Trait,
    /// An `impl` without a trait.
    Type,
    /// An `impl` of this trait, as written.
    Implementation(String),
}

/// What encloses an item.
#[derive(Clone, Debug)]
pub(super) struct Scope {
    /// The path of what encloses it.
    pub(super) path: String,
    /// What the file is for.
    pub(super) role: Role,
    /// What encloses it.
    pub(super) inside: Inside,
    /// The conditions from the file's on.
    pub(super) cfg: Vec<String>,
    /// Whether all that encloses it is public.
    pub(super) public: bool,
    /// Whether something that encloses it is hidden from the documentation.
    hidden: bool,
    /// How many things enclose it.
    depth: usize,
}

impl Scope {
    /// The whole file.
    pub(super) fn file(place: &Place) -> Self {
        let public = place.role == Role::Library;
        let (path, role) = (place.module.clone(), place.role);
        Self { path, role, inside: Inside::Module, cfg: Vec::new(), public, hidden: false, depth: 0 }
    }

    /// The scope of something inside; None where things are nested too deep.
    pub(super) fn deeper(&self, lead: &Lead<'_>) -> Option<Self> {
        let mut scope = Self { depth: self.depth + 1, ..self.clone() };
        scope.cfg.extend(lead.conditions());
        scope.hidden |= lead.hides();
        scope.public &= !scope.hidden;
        (scope.depth <= DEPTH_LIMIT).then_some(scope)
    }

    /// The scope of what is inside of a named thing.
    pub(super) fn of(&self, lead: &Lead<'_>, name: &str, inside: Inside, public: bool) -> Option<Rc<Self>> {
        let scope = self.deeper(lead)?;
        let (path, public) = (self.path_of(name), scope.public && public);
        Some(Rc::new(Self { path, inside, public, ..scope }))
    }

    /// The scope of what is inside of an implementation. The modules around it need not be public: what it
    /// gives belongs to the type wherever it stands.
    pub(super) fn of_implementation(&self, lead: &Lead<'_>, name: &str, inside: Inside) -> Option<Rc<Self>> {
        let scope = self.deeper(lead)?;
        let public = scope.role == Role::Library && !scope.hidden && !scope.is_test();
        Some(Rc::new(Self { path: self.path_of(name), inside, public, ..scope }))
    }

    /// The path of something in this scope.
    pub(super) fn path_of(&self, name: &str) -> String {
        format!("{}::{name}", self.path)
    }

    /// Whether what is inside exists in tests only.
    pub(super) fn is_test(&self) -> bool {
        self.role == Role::Test || self.cfg.iter().any(|condition| only_in_tests(condition))
    }
}
