//! Drift: where a project and what its specification gives now part; pure.

use std::collections::BTreeMap;

use serde::Serialize;

use crate::digest::Digest;
use crate::hole::{Hole, HoleId};
use crate::scaffold::{Footprint, Scaffold, Skeleton, body_digest, contract};
use crate::tree::{Tree, TreePath};

/// One difference.
#[derive(Clone, PartialEq, Eq, Debug, Serialize)]
pub struct Difference {
    /// Of what kind.
    pub kind: Kind,
    /// The file, or the function.
    pub what: String,
}

/// The kinds of differences.
#[derive(Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Debug, Serialize)]
#[serde(rename_all = "kebab-case")]
pub enum Kind {
    /// The specification gives a file that it did not give before.
    Added,
    /// Specification or templates give another text.
    Changed,
    /// The specification gives the file no more.
    Gone,
    /// A function is asked for that was not.
    NewFunction,
    /// Signature, description or examples of a function are others.
    OtherFunction,
    /// A function is not asked for any more.
    GoneFunction,
    /// The file of the specification is another than the one that was applied.
    Specification,
    /// People edited a file outside of the bodies of its functions.
    Edited,
    /// People edited the body of a function.
    EditedBody,
    /// People removed a file or a function.
    Removed,
}

impl Kind {
    /// Whether something is to be applied; else it is only told.
    pub fn is_drift(self) -> bool {
        match self {
            Self::Added
            | Self::Changed
            | Self::Gone
            | Self::NewFunction
            | Self::OtherFunction
            | Self::GoneFunction
            | Self::Specification => true,
            Self::Edited | Self::EditedBody | Self::Removed => false,
        }
    }

    /// What it means, for a line that names the file or function.
    pub fn sentence(self) -> &'static str {
        match self {
            Self::Added => "is new in what the specification gives",
            Self::Changed => "is given otherwise now",
            Self::Gone => "is not given any more",
            Self::NewFunction => "is a new function",
            Self::OtherFunction => "is asked for otherwise: signature, description or examples",
            Self::GoneFunction => "is not asked for any more",
            Self::Specification => "is not the specification that was applied",
            Self::Edited => "was edited",
            Self::EditedBody => "has a body that was edited",
            Self::Removed => "was removed, and stays removed",
        }
    }
}

/// All differences between a project and a scaffold as rustfmt writes it, files first.
pub(super) fn differences(footprint: &Footprint, mine: &Tree, scaffold: &Scaffold) -> Vec<Difference> {
    let mut all = Vec::new();
    let mut add = |kind, what: &dyn std::fmt::Display| all.push(Difference { kind, what: what.to_string() });
    if footprint.spec != scaffold.plan.spec {
        add(Kind::Specification, &crate::scaffold::KEPT_SPEC);
    }
    let wanted: BTreeMap<&TreePath, Digest> =
        scaffold.tree.files().map(|(path, _)| (path, of_scaffold(scaffold, path).digest())).collect();
    for (path, digest) in &wanted {
        match footprint.files.get(path) {
            None => add(Kind::Added, path),
            Some(before) if before != digest => add(Kind::Changed, path),
            Some(_) => {}
        }
    }
    for (path, before) in &footprint.files {
        match of_project(footprint, mine, path) {
            None => add(Kind::Removed, path),
            Some(skeleton) if skeleton.digest() != *before => add(Kind::Edited, path),
            Some(_) => {}
        }
        if !wanted.contains_key(path) {
            add(Kind::Gone, path);
        }
    }
    functions(footprint, mine, scaffold.holes(), &mut add);
    all
}

fn functions(
    footprint: &Footprint,
    mine: &Tree,
    holes: &[Hole],
    add: &mut dyn FnMut(Kind, &dyn std::fmt::Display),
) {
    for hole in holes {
        match footprint.functions.get(&hole.id) {
            None => add(Kind::NewFunction, &hole.id),
            Some(trace) if trace.contract != contract(hole) => add(Kind::OtherFunction, &hole.id),
            Some(_) => {}
        }
    }
    for (id, trace) in &footprint.functions {
        let body = body_in_project(footprint, mine, id);
        let was_there = trace.body.is_some() && mine.get(&trace.path).is_some();
        match body {
            None if was_there => add(Kind::Removed, id),
            Some(body) if trace.body != Some(body_digest(&body)) => add(Kind::EditedBody, id),
            None | Some(_) => {}
        }
        if !holes.iter().any(|hole| hole.id == *id) {
            add(Kind::GoneFunction, id);
        }
    }
}

/// A file of the scaffold, its functions open.
pub(super) fn of_scaffold(scaffold: &Scaffold, path: &TreePath) -> Skeleton {
    let functions = scaffold.holes().iter().filter(|hole| hole.path == *path);
    let text = scaffold.tree.text(path).unwrap_or_default();
    Skeleton::of(text, path, functions.map(|hole| hole.function.as_str()))
}

/// A file of the project, the functions that were generated open; what is no text is one that nobody generated.
pub(super) fn of_project(footprint: &Footprint, mine: &Tree, path: &TreePath) -> Option<Skeleton> {
    let content = String::from_utf8_lossy(mine.get(path)?);
    Some(Skeleton::of(&content, path, footprint.functions_of(path)))
}

/// The body of a function where it was generated.
pub(super) fn body_in_project(footprint: &Footprint, mine: &Tree, id: &HoleId) -> Option<String> {
    let trace = footprint.functions.get(id)?;
    let text = mine.text(&trace.path)?;
    Skeleton::of(text, &trace.path, [trace.function.as_str()]).bodies.remove(&trace.function)
}
