//! Composes the new state of a project: what the specification gives now, with all that people changed since.

use std::collections::{BTreeMap, BTreeSet};
use std::path::Path;

use crate::diff;
use crate::digest::Digest;
use crate::git::{GitError, Merged, Texts};
use crate::hole::{Hole, HoleId};
use crate::pipeline::PipelineError;
use crate::scaffold::{
    Footprint, STEP_LIST, Scaffold, Skeleton, base_path, body_digest, contract, filled, grown, is_kept,
};
use crate::schema::site;
use crate::tree::{Tree, TreePath};

use super::conflict::Conflict;
use super::drift::{body_in_project, of_project, of_scaffold};
use super::history::{Before, History};

const NO_TEXT: &str =
    "what stands there is no text, and another one is given now: take one side over yourself";

/// What is put together.
pub(super) struct Sides<'a> {
    /// What was given before.
    pub(super) footprint: &'a Footprint,
    /// The project.
    pub(super) mine: &'a Tree,
    /// What is given now, as rustfmt writes it.
    pub(super) scaffold: &'a Scaffold,
}

/// Where earlier texts are, and what merges.
pub(super) struct Hands<'a> {
    pub(super) history: &'a History<'a>,
    /// An empty directory.
    pub(super) dir: &'a Path,
}

/// The project as it is to be, before functions are filled.
#[derive(Default)]
pub(super) struct Composed {
    /// The files; functions to try are open.
    pub(super) tree: Tree,
    /// The functions that are there.
    pub(super) functions: Vec<Function>,
    /// What stays away because people removed it: files, and functions.
    pub(super) away: BTreeSet<String>,
    /// What is given of files that people edited, at the place where it is kept.
    pub(super) bases: Tree,
    /// Whether this cannot be done without a person.
    pub(super) conflicts: Vec<Conflict>,
}

/// A function of the new specification.
pub(super) struct Function {
    pub(super) hole: Hole,
    /// The body of the scaffold.
    pub(super) stub: String,
    /// The body that stands in the project.
    pub(super) seed: Option<String>,
    /// Whether people wrote that body, or changed it.
    pub(super) is_edited: bool,
    /// Whether it stays without being tried: what is asked of it is what was asked of it.
    pub(super) stays: bool,
}

/// Puts everything together.
pub(super) fn compose(sides: &Sides<'_>, hands: &Hands<'_>) -> Result<Composed, PipelineError> {
    let mut composed = Composed { tree: sides.mine.clone(), ..Composed::default() };
    let kept: Vec<TreePath> =
        sides.mine.files().map(|(path, _)| path).filter(|path| is_kept(path)).cloned().collect();
    kept.iter().for_each(|path| drop(composed.tree.remove(path)));
    let files = sides.footprint.files.keys().chain(sides.scaffold.tree.files().map(|(path, _)| path));
    let paths: BTreeSet<&TreePath> = files.collect();
    for path in paths {
        File { sides, hands, path }.compose(&mut composed)?;
    }
    composed.conflicts.extend(lost_bodies(sides));
    Ok(composed)
}

/// Bodies that people wrote and that the new specification has no place for.
fn lost_bodies(sides: &Sides<'_>) -> Vec<Conflict> {
    let is_gone = |id: &HoleId| !sides.scaffold.holes().iter().any(|hole| hole.id == *id);
    let gone = sides.footprint.functions.iter().filter(|(id, _)| is_gone(id));
    let lost = gone.filter(|(id, trace)| {
        let body = body_in_project(sides.footprint, sides.mine, id);
        body.is_some_and(|body| trace.body != Some(body_digest(&body)))
    });
    let why =
        "the specification asks for it no more, and its body was edited: take the function out yourself";
    lost.map(|(id, _)| Conflict { what: id.to_string(), why: why.to_owned(), diff: String::new() }).collect()
}

/// What is done with a file.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
enum Step {
    /// People removed it.
    StaysAway,
    /// What is given now stands there afterwards.
    Put,
    /// It goes.
    Remove,
    /// It stays as people have it.
    Keep,
    /// Both changed it.
    Merge,
    /// People wrote a file where the specification now gives one.
    Taken,
    /// People edited what is given no more.
    Orphan,
    /// There is nothing, and there is to be nothing.
    Nothing,
}

/// What is done, from the digests of what was given, of what is there, and of what is given now.
fn step(before: Option<Digest>, mine: Option<Digest>, now: Option<Digest>) -> Step {
    match (before, mine, now) {
        (_, None, None) => Step::Nothing,
        (Some(_), None, Some(_)) => Step::StaysAway,
        (None, None, Some(_)) => Step::Put,
        (Some(before), Some(mine), None) if before == mine => Step::Remove,
        (_, Some(_), None) => Step::Orphan,
        (_, Some(mine), Some(now)) if mine == now => Step::Keep,
        (Some(before), Some(mine), Some(_)) if before == mine => Step::Put,
        (Some(before), Some(_), Some(now)) if before == now => Step::Keep,
        (Some(_), Some(_), Some(_)) => Step::Merge,
        (None, Some(_), Some(_)) => Step::Taken,
    }
}

/// One file.
struct File<'a> {
    sides: &'a Sides<'a>,
    hands: &'a Hands<'a>,
    path: &'a TreePath,
}

impl File<'_> {
    fn compose(&self, composed: &mut Composed) -> Result<(), PipelineError> {
        let Sides { footprint, mine, scaffold } = self.sides;
        let now = scaffold.tree.get(self.path).is_some().then(|| of_scaffold(scaffold, self.path));
        let there = of_project(footprint, mine, self.path);
        let before = footprint.files.get(self.path).copied();
        let digest = |skeleton: &Option<Skeleton>| skeleton.as_ref().map(Skeleton::digest);
        let step = step(before, digest(&there), digest(&now));
        let (now_text, my_text) = (text(&now), text(&there));
        let is_binary = mine.get(self.path).is_some() && mine.text(self.path).is_none();
        let result = match step {
            Step::Nothing => return Ok(()),
            Step::StaysAway => {
                composed.away.insert(self.path.to_string());
                return Ok(());
            }
            Step::Remove => {
                composed.tree.remove(self.path);
                return Ok(());
            }
            Step::Orphan => Err(self.orphan()),
            Step::Taken => Err(self.taken(&my_text, &now_text)),
            Step::Put => Ok(now_text.clone()),
            // What is no text stays byte for byte.
            Step::Keep if is_binary => return Ok(()),
            Step::Merge if is_binary => Err(self.conflict(NO_TEXT, "", &now_text)),
            Step::Keep => Ok(my_text),
            Step::Merge => self.merge(&my_text, &now_text)?,
        };
        let result = match result {
            Ok(result) => result,
            Err(conflict) => {
                composed.conflicts.push(conflict);
                return Ok(());
            }
        };
        if result != now_text
            && let Some(place) = base_path(self.path)
        {
            composed.bases.insert(place, now_text);
        }
        self.fill(&result, now.as_ref(), there.as_ref(), composed);
        Ok(())
    }

    /// Puts the bodies in, and tells which functions there are.
    fn fill(&self, result: &str, now: Option<&Skeleton>, there: Option<&Skeleton>, composed: &mut Composed) {
        // Whatever stood in a function stays in it, unless the function is to be tried.
        let mut bodies = there.map(|there| there.bodies.clone()).unwrap_or_default();
        for hole in self.sides.scaffold.holes().iter().filter(|hole| hole.path == *self.path) {
            if site(result, self.path, &hole.function).is_none() {
                composed.away.insert(hole.id.to_string());
                continue;
            }
            let stub = now.and_then(|now| now.bodies.get(&hole.function)).cloned().unwrap_or_default();
            let function = self.function(hole, stub);
            let body = if function.stays { &function.seed } else { &None };
            let body = body.clone().unwrap_or_else(|| function.stub.clone());
            bodies.insert(hole.function.clone(), body);
            composed.functions.push(function);
        }
        if let Some(list) = now.and_then(|now| now.bodies.get(STEP_LIST)) {
            let mine = bodies.get(STEP_LIST);
            let list = mine.map_or_else(|| list.clone(), |mine| grown(mine, list));
            bodies.insert(STEP_LIST.to_owned(), list);
        }
        composed.tree.insert(self.path.clone(), filled(result, self.path, &bodies));
    }

    fn function(&self, hole: &Hole, stub: String) -> Function {
        let Sides { footprint, mine, .. } = self.sides;
        let trace = footprint.functions.get(&hole.id);
        let by_hand = || {
            let text = mine.text(&hole.path)?;
            Skeleton::of(text, &hole.path, [hole.function.as_str()]).bodies.remove(&hole.function)
        };
        let seed = body_in_project(footprint, mine, &hole.id).or_else(by_hand);
        let seed = seed.filter(|body| body.trim() != stub.trim() && body.trim() != "todo!()");
        let generated = trace.and_then(|trace| trace.body);
        Function {
            is_edited: seed.as_ref().is_some_and(|seed| generated != Some(body_digest(seed))),
            stays: seed.is_some() && trace.is_some_and(|trace| trace.contract == contract(hole)),
            hole: hole.clone(),
            stub,
            seed,
        }
    }

    fn merge(&self, mine: &str, now: &str) -> Result<Result<String, Conflict>, GitError> {
        let Sides { footprint, mine: project, .. } = self.sides;
        let before = Before { footprint, mine: project, history: Some(self.hands.history) };
        let Some(base) = before.given_text(self.path)? else {
            let why = "it was edited, and the text that both sides started from is in no commit: take one side over \
                       yourself";
            return Ok(Err(self.conflict(why, mine, now)));
        };
        let texts = Texts { base: &base, mine, theirs: now };
        Ok(match self.hands.history.git.merge_texts(self.hands.dir, texts)? {
            Merged::Clean(text) => Ok(text),
            Merged::Conflict(text) => {
                let why = "the same lines were edited here and are given otherwise now";
                Err(self.conflict(why, mine, &text))
            }
        })
    }

    fn orphan(&self) -> Conflict {
        let why = "it was edited, and the specification gives it no more: remove it yourself, or keep it under \
                   another name";
        self.conflict(why, "", "")
    }

    fn taken(&self, mine: &str, now: &str) -> Conflict {
        self.conflict("the specification now gives a file where one of yours stands: rename yours", mine, now)
    }

    fn conflict(&self, why: &str, mine: &str, other: &str) -> Conflict {
        let tree = |text: &str| {
            let mut tree = Tree::new();
            tree.insert(self.path.clone(), text);
            tree
        };
        let diff = diff::unified(&tree(mine), &tree(other));
        Conflict { what: self.path.to_string(), why: why.to_owned(), diff }
    }
}

fn text(skeleton: &Option<Skeleton>) -> String {
    skeleton.as_ref().map(|skeleton| skeleton.text.clone()).unwrap_or_default()
}

impl Composed {
    /// Opens every function, those that were to stay too.
    pub(super) fn open_all(&mut self) {
        let mut by_file: BTreeMap<&TreePath, BTreeMap<String, String>> = BTreeMap::new();
        for function in &mut self.functions {
            function.stays = false;
        }
        for Function { hole, stub, .. } in &self.functions {
            by_file.entry(&hole.path).or_default().insert(hole.function.clone(), stub.clone());
        }
        for (path, bodies) in by_file {
            let open = filled(self.tree.text(path).unwrap_or_default(), path, &bodies);
            self.tree.insert(path.clone(), open);
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_only_one_side_changed_is_taken_and_what_both_changed_is_merged() {
        let digest = |text: &str| (text != "-").then(|| Digest::of(text.as_bytes()));
        for (before, mine, now, expected) in [
            ("a", "a", "a", Step::Keep),
            ("a", "a", "b", Step::Put),
            ("a", "b", "a", Step::Keep),
            ("a", "b", "b", Step::Keep),
            ("a", "b", "c", Step::Merge),
            ("-", "-", "a", Step::Put),
            ("-", "a", "a", Step::Keep),
            ("-", "a", "b", Step::Taken),
            ("a", "-", "a", Step::StaysAway),
            ("a", "-", "b", Step::StaysAway),
            ("a", "a", "-", Step::Remove),
            ("a", "b", "-", Step::Orphan),
            ("a", "-", "-", Step::Nothing),
        ] {
            assert_eq!(step(digest(before), digest(mine), digest(now)), expected, "{before} {mine} {now}");
        }
    }
}
