//! Which tree to look at next: best first, by the errors that are left and by how likely its repairs are.
//!
//! Pure: it is asked for a step and told what the compiler said.

use std::cmp::Reverse;
use std::collections::BTreeSet;

use crate::diagnostic::Diagnostic;
use crate::diff;
use crate::digest::Digest;
use crate::patch::{Edit, Patch};
use crate::propose::mend::{Offer, Offers, admits, distinct, is_editable, offers};
use crate::tree::Tree;

use super::Mended;

/// Repairs applied one after the other.
const MOST_ROUNDS: usize = 8;
/// Trees made from one.
const MOST_CHILDREN: usize = 40;
/// Trees that wait.
const MOST_WAITING: usize = 400;
/// Checks after the first tree that compiles.
const AFTER_GREEN: usize = 10;
/// How much less certain than a repair that compiles another one may be and still be looked at.
const WORTH: u8 = 45;
/// An offer of this certainty leaves nothing for the tests to decide.
const SURE: u8 = 90;

/// How far a search goes.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub(super) struct Bounds {
    /// Trees looked at.
    pub(super) checks: usize,
    /// Trees that compile.
    pub(super) green: usize,
}

/// A tree to be checked.
#[derive(Clone, PartialEq, Eq, Debug)]
pub(super) struct Step {
    /// The tree.
    pub(super) tree: Tree,
    offers: Vec<Offer>,
    rounds: usize,
    /// Rounds in which nothing got better.
    stale: usize,
    parent: Option<Progress>,
    cost: u64,
}

impl Step {
    /// The certainty of the least certain of its repairs.
    fn certainty(&self) -> u8 {
        self.offers.iter().map(|offer| offer.certainty).min().unwrap_or(100)
    }
}

/// How far a tree is from compiling.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
struct Progress {
    /// The earliest part of the compiler that still complains, later ones first.
    phase: Reverse<Phase>,
    errors: usize,
}

/// The parts of the compiler in the order in which they run; errors of one hide those of the next.
#[derive(Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Debug)]
enum Phase {
    Syntax,
    Names,
    Types,
    Borrows,
    /// What is built last: tests and others that need the library, which compiles by then.
    Dependents,
}

impl Progress {
    fn of(errors: &[&Diagnostic]) -> Self {
        let phase = errors.iter().map(|error| Phase::of(error)).min().unwrap_or(Phase::Dependents);
        Self { phase: Reverse(phase), errors: errors.len() }
    }

    fn is_better_than(self, other: Self) -> bool {
        (self.phase, self.errors) < (other.phase, other.errors)
    }
}

impl PartialOrd for Progress {
    fn partial_cmp(&self, other: &Self) -> Option<std::cmp::Ordering> {
        Some((self.phase, self.errors).cmp(&(other.phase, other.errors)))
    }
}

impl Phase {
    fn of(error: &Diagnostic) -> Self {
        if error.primary().is_some_and(|label| !is_editable(&label.span.path)) {
            return Self::Dependents;
        }
        match error.code.as_deref() {
            None if error.message.contains("lifetime") || error.message.contains("borrowed") => Self::Borrows,
            None if error.message.contains("cannot find macro") => Self::Names,
            None => Self::Syntax,
            Some(
                "E0106" | "E0261" | "E0401" | "E0403" | "E0404" | "E0405" | "E0407" | "E0408" | "E0411"
                | "E0412" | "E0415" | "E0416" | "E0422" | "E0423" | "E0424" | "E0425" | "E0426" | "E0428"
                | "E0429" | "E0430" | "E0431" | "E0432" | "E0433" | "E0434" | "E0435" | "E0437" | "E0438"
                | "E0531" | "E0532" | "E0573" | "E0574" | "E0583" | "E0603" | "E0364" | "E0365" | "E0252"
                | "E0255",
            ) => Self::Names,
            Some(
                "E0004" | "E0005" | "E0373" | "E0381" | "E0382" | "E0384" | "E0499" | "E0502" | "E0503"
                | "E0505" | "E0506" | "E0507" | "E0509" | "E0515" | "E0521" | "E0594" | "E0596" | "E0597"
                | "E0621" | "E0712" | "E0713" | "E0716" | "E0728",
            ) => Self::Borrows,
            Some(_) => Self::Types,
        }
    }
}

/// A best-first search over trees.
pub(super) struct Search<'a> {
    base: &'a Tree,
    bounds: Bounds,
    waiting: Vec<Step>,
    seen: BTreeSet<Digest>,
    green: Vec<Step>,
    checks: usize,
    checks_after_green: usize,
}

impl<'a> Search<'a> {
    /// A search that begins with the broken tree.
    pub(super) fn new(base: &'a Tree, bounds: Bounds) -> Self {
        let first =
            Step { tree: base.clone(), offers: Vec::new(), rounds: 0, stale: 0, parent: None, cost: 0 };
        let seen = BTreeSet::from([base.hash()]);
        Self { base, bounds, waiting: vec![first], seen, green: Vec::new(), checks: 0, checks_after_green: 0 }
    }

    /// The next tree to check; `None` when it is enough.
    pub(super) fn next(&mut self) -> Option<Step> {
        if self.checks >= self.bounds.checks || self.green.len() >= self.bounds.green || self.is_settled() {
            return None;
        }
        let least = self.green.iter().map(Step::certainty).max().unwrap_or(0).saturating_sub(WORTH);
        let green = &self.green;
        let is_part = |step: &Step| green.iter().any(|green| is_part(&step.offers, &green.offers));
        self.waiting.retain(|step| step.certainty() >= least && !is_part(step));
        let best = self.waiting.iter().enumerate().min_by_key(|(_, step)| step.cost).map(|(at, _)| at)?;
        Some(self.waiting.remove(best))
    }

    /// Whether the trees found leave nothing to be decided.
    fn is_settled(&self) -> bool {
        self.checks_after_green >= AFTER_GREEN || self.green.iter().any(|step| step.certainty() >= SURE)
    }

    /// Takes in what the compiler said about a step.
    pub(super) fn learn(&mut self, step: Step, diagnostics: &[Diagnostic], success: bool) {
        self.checks += 1;
        self.checks_after_green += usize::from(!self.green.is_empty());
        if success {
            self.green.push(step);
            return;
        }
        let errors = distinct(diagnostics);
        if errors.is_empty() || step.rounds >= MOST_ROUNDS {
            return;
        }
        let progress = Progress::of(&errors);
        let better = step.parent.is_none_or(|parent| progress.is_better_than(parent));
        if !better && !self.green.is_empty() {
            // Repairs of a failed repair, when a simple one is known, only add detours.
            return;
        }
        let stale = if better { step.stale } else { step.stale + 1 };
        let causes = offers(&step.tree, diagnostics);
        let choices = choices(&causes);
        for (rank, choice) in choices.into_iter().enumerate().take(MOST_CHILDREN) {
            self.add(&step, &choice, progress, stale, rank);
        }
    }

    /// Queues the tree that some offers make of a step's.
    fn add(&mut self, from: &Step, choice: &[&Offer], progress: Progress, stale: usize, rank: usize) {
        let Some((patch, used)) = together(choice) else { return };
        let Ok(tree) = patch.apply(&from.tree) else { return };
        if self.waiting.len() >= MOST_WAITING || !self.seen.insert(tree.hash()) || !admits(self.base, &tree) {
            return;
        }
        let offers: Vec<Offer> = from.offers.iter().chain(used.iter().copied()).cloned().collect();
        let cost = cost(&used, progress, stale, rank);
        self.waiting.push(Step {
            tree,
            offers,
            rounds: from.rounds + 1,
            stale,
            parent: Some(progress),
            cost,
        });
    }

    /// The trees that compile, the likeliest first.
    pub(super) fn into_green(self) -> Vec<Mended> {
        let mut green = self.green;
        green.sort_by_key(|step| doubt(&step.offers));
        let mended = |step: Step| Mended {
            patch: diff::between(self.base, &step.tree),
            tree: step.tree,
            offers: step.offers,
        };
        green.into_iter().map(mended).collect()
    }
}

/// Whether some repairs are fewer of the same: an error that others of them mend would stay.
fn is_part(some: &[Offer], all: &[Offer]) -> bool {
    some.len() < all.len() && some.iter().all(|offer| all.contains(offer))
}

/// What speaks against a tree: first what the compiler still has to say, then how unlikely its repairs are.
fn cost(used: &[&Offer], progress: Progress, stale: usize, rank: usize) -> u64 {
    let early = match progress.phase.0 {
        Phase::Syntax => 6,
        Phase::Names => 4,
        Phase::Types => 2,
        Phase::Borrows | Phase::Dependents => 0,
    };
    let open = progress.errors.min(20) as u64 + 3 * stale as u64 + early;
    let worst = used.iter().map(|offer| u64::from(100 - offer.certainty.min(100))).max().unwrap_or(100);
    open * 40 + worst + rank as u64
}

/// How much of the repairs is guesswork.
fn doubt(offers: &[Offer]) -> u64 {
    let bytes: usize =
        offers.iter().flat_map(|offer| &offer.patch.edits).map(|edit| edit.replacement.len()).sum();
    let guesses: u64 = offers.iter().map(|offer| u64::from(100 - offer.certainty.min(100))).sum();
    guesses * 1000 + bytes.min(999) as u64
}

/// Which offers to take together, the likeliest choice first: the best for every cause at once, then another one for
/// a single cause or for all causes of its kind, then each alone.
fn choices(causes: &[Offers]) -> Vec<Vec<&Offer>> {
    let open: Vec<&Offers> = causes.iter().filter(|cause| !cause.alternatives.is_empty()).collect();
    let firsts: Vec<&Offer> = open.iter().filter_map(|cause| cause.alternatives.first()).collect();
    let mut choices = vec![firsts.clone()];
    let deepest = open.iter().map(|cause| cause.alternatives.len()).max().unwrap_or(0);
    for rank in 1..deepest {
        for (at, cause) in open.iter().enumerate() {
            let Some(other) = cause.alternatives.get(rank) else { continue };
            let kin: Vec<usize> = (0..open.len()).filter(|index| open[*index].cause == cause.cause).collect();
            if kin.len() > 1 && kin[0] == at {
                choices.push(exchanged(&open, &firsts, &kin, rank));
            }
            let mut choice = vec![other];
            choice
                .extend(firsts.iter().enumerate().filter(|(index, _)| *index != at).map(|(_, offer)| *offer));
            choices.push(choice);
        }
    }
    if open.len() > 1 {
        choices.extend(firsts.iter().map(|offer| vec![*offer]));
        choices.extend(open.iter().filter_map(|cause| cause.alternatives.get(1)).map(|offer| vec![offer]));
    }
    choices
}

/// The alternative of one rank for all causes of a kind, the best for the others.
fn exchanged<'o>(open: &[&'o Offers], firsts: &[&'o Offer], kin: &[usize], rank: usize) -> Vec<&'o Offer> {
    let pick = |index: usize| {
        let other = open[index].alternatives.get(rank).filter(|_| kin.contains(&index));
        other.unwrap_or(firsts[index])
    };
    (0..open.len()).map(pick).collect()
}

/// One patch of several offers, those that overlap an earlier one left out.
fn together<'o>(choice: &[&'o Offer]) -> Option<(Patch, Vec<&'o Offer>)> {
    let mut edits: Vec<Edit> = Vec::new();
    let mut used = Vec::new();
    for offer in choice {
        let new: Vec<&Edit> = offer.patch.edits.iter().filter(|edit| !edits.contains(edit)).collect();
        if !new.is_empty() && new.iter().all(|edit| edits.iter().all(|other| apart(edit, other))) {
            edits.extend(new.into_iter().cloned());
            used.push(*offer);
        }
    }
    (!used.is_empty()).then_some((Patch { edits }, used))
}

/// Whether two edits can both be made.
fn apart(left: &Edit, right: &Edit) -> bool {
    let (l, r) = (&left.span.range, &right.span.range);
    left.span.path != right.span.path
        || l.end < r.start
        || r.end < l.start
        || (l.is_empty() && r.is_empty())
        || (l.end <= r.start && !r.is_empty() && !l.is_empty())
        || (r.end <= l.start && !l.is_empty() && !r.is_empty())
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::diagnostic::{Applicability, Label, Level, Suggestion};
    use crate::patch::Span;
    use crate::tree::TreePath;

    fn path() -> TreePath {
        TreePath::new("src/lib.rs").unwrap()
    }

    fn tree(text: &str) -> Tree {
        let mut tree = Tree::new();
        tree.insert(path(), text);
        tree
    }

    /// An error at the first `from` of the text, with suggestions to put something else there.
    fn error(text: &str, code: &str, from: &str, to: &[&str]) -> Option<Diagnostic> {
        let start = text.find(from)?;
        let span = Span { path: path(), range: start..start + from.len() };
        let suggestion = |to: &&str| Suggestion {
            message: String::new(),
            edits: vec![Edit { span: span.clone(), replacement: (*to).to_owned() }],
            applicability: Applicability::MaybeIncorrect,
        };
        let suggestions = to.iter().map(suggestion).collect();
        Some(Diagnostic {
            level: Level::Error,
            code: Some(code.to_owned()),
            message: format!("`{from}` is wrong"),
            labels: vec![Label { span, lines: 1..1, column: 1, primary: true, text: None }],
            suggestions,
            notes: Vec::new(),
            rendered: String::new(),
        })
    }

    /// Searches with a compiler that complains about words; gives the texts that compile, and the number of checks until
    /// the first of them was found, or in all if none was.
    fn run(text: &str, compiler: &dyn Fn(&str) -> Vec<Diagnostic>) -> (Vec<String>, usize) {
        let base = tree(text);
        let mut search = Search::new(&base, Bounds { checks: 30, green: 4 });
        let mut checks = 0;
        while let Some(step) = search.next() {
            checks += usize::from(search.green.is_empty());
            let said = compiler(step.tree.text(&path()).unwrap());
            let success = said.is_empty();
            search.learn(step, &said, success);
        }
        let green = search.into_green();
        for mended in &green {
            assert_eq!(mended.patch.apply(&base).unwrap(), mended.tree);
        }
        (green.iter().map(|mended| mended.tree.text(&path()).unwrap().to_owned()).collect(), checks)
    }

    #[test]
    fn independent_errors_are_repaired_together_and_alternatives_follow() {
        let compiler = |text: &str| {
            let errors = [error(text, "E9998", "one", &["uno", "un"]), error(text, "E9999", "two", &["due"])];
            errors.into_iter().flatten().collect()
        };
        let (green, checks) = run("fn f() { one(); two(); }", &compiler);
        assert_eq!(green, ["fn f() { un(); due(); }", "fn f() { uno(); due(); }"]);
        assert_eq!(checks, 2);
    }

    #[test]
    fn errors_of_a_later_phase_are_progress() {
        let compiler = |text: &str| {
            if let Some(name) = error(text, "E0425", "one", &["uno", "un"]) {
                return vec![name];
            }
            // With the name resolved, the borrow checker has three complaints that it kept to itself before.
            let later = ["a", "b", "c"].map(|word| error(text, "E0382", &format!("{word}()"), &["d(1)"]));
            later.into_iter().flatten().collect()
        };
        let (green, checks) = run("fn f() { one(); a(); b(); c(); }", &compiler);
        assert!(green.iter().any(|text| text.ends_with("d(1); d(1); d(1); }")), "{green:?}");
        assert_eq!(checks, 3);
    }

    #[test]
    fn nothing_is_looked_at_twice_and_a_hopeless_tree_ends_the_search() {
        let compiler = |text: &str| {
            let swap = if text.contains("one") {
                error(text, "E9999", "one", &["two"])
            } else {
                error(text, "E9999", "two", &["one"])
            };
            swap.into_iter().collect()
        };
        assert_eq!(run("fn f() { one(); }", &compiler), (Vec::new(), 2));
    }
}
