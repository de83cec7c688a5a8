//! What single edits did that were not enough, and which two of them to try together.

use std::collections::{BTreeMap, BTreeSet, HashSet};
use std::sync::Arc;

use crate::diff;
use crate::hole::TestName;
use crate::locate::Suspect;
use crate::patch::Patch;
use crate::propose::search::{Mutant, Place, combined};
use crate::tree::Tree;
use crate::trial::Failure;

/// Edits of one function that mended something and are put together with others.
const MOST_IMPROVING: usize = 10;
/// Of those, edits of the same bytes.
const MOST_AT_ONE_PLACE: usize = 3;
/// Edits of one function that did anything and are put together with each other.
const MOST_CHANGING: usize = 30;
/// Edits that every mending one is put together with.
const MOST_PARTNERS: usize = 400;
/// Pairs of edits of two functions: each takes a build of its own.
const MOST_ACROSS: usize = 12;

/// What an edit did to the tests that fail without it.
#[derive(Clone, PartialEq, Eq, Debug, Default)]
pub(super) struct Progress {
    /// Failing tests that pass with it.
    pub(super) mended: BTreeSet<TestName>,
    /// Whether a test that passes without it fails.
    pub(super) breaks: bool,
    /// Whether a failing test comes further before it fails.
    pub(super) further: bool,
    /// Whether a failing test fails in another way.
    pub(super) differs: bool,
}

impl Progress {
    fn improves(&self) -> bool {
        (!self.mended.is_empty() || self.further) && !self.breaks
    }

    fn is_any(&self) -> bool {
        !self.mended.is_empty() || self.further || self.differs
    }
}

/// How the failing tests fail without any edit.
#[derive(Default)]
pub(super) struct Messages {
    known: BTreeMap<TestName, String>,
}

impl Messages {
    pub(super) fn new(known: BTreeMap<TestName, String>) -> Self {
        Self { known: known.into_iter().map(|(test, message)| (test, said(&message))).collect() }
    }

    pub(super) fn count(&self) -> usize {
        self.known.len()
    }

    /// The line on which each test of a build fails for most of the edits that change nothing: a build with many edits
    /// moves the lines of the file it is in.
    pub(super) fn usual<'a>(&self, failures: impl Iterator<Item = &'a Failure>) -> BTreeMap<TestName, usize> {
        let mut counts: BTreeMap<&TestName, BTreeMap<usize, usize>> = BTreeMap::new();
        for failure in failures.filter(|failure| self.is_usual(failure)) {
            if let Some(line) = line(&failure.message) {
                *counts.entry(&failure.test).or_default().entry(line).or_default() += 1;
            }
        }
        let most = |lines: BTreeMap<usize, usize>| {
            lines.into_iter().max_by_key(|(_, count)| *count).map(|(line, _)| line)
        };
        counts.into_iter().filter_map(|(test, lines)| Some((test.clone(), most(lines)?))).collect()
    }

    fn is_usual(&self, failure: &Failure) -> bool {
        self.known.get(&failure.test).is_some_and(|known| *known == said(&failure.message))
    }

    /// What an edit did, told from its results.
    pub(super) fn progress(
        &self,
        passed: &[TestName],
        failed: &[Failure],
        usual: &BTreeMap<TestName, usize>,
    ) -> Progress {
        let of_failing = failed.iter().filter(|failure| self.known.contains_key(&failure.test));
        let differing: Vec<&Failure> = of_failing.filter(|failure| !self.is_usual(failure)).collect();
        let is_further = |failure: &&Failure| {
            let (own, usual) = (line(&failure.message), usual.get(&failure.test));
            own.zip(usual).is_some_and(|(own, usual)| own > *usual) && is_asserted(&failure.message)
        };
        Progress {
            mended: passed.iter().filter(|test| self.known.contains_key(test)).cloned().collect(),
            breaks: failed.iter().any(|failure| !self.known.contains_key(&failure.test)),
            further: differing.iter().any(is_further),
            differs: differing.iter().any(|failure| !failure.timed_out),
        }
    }
}

/// Whether a message is that of an assertion, which tells how far a test came; a panic elsewhere does not.
fn is_asserted(message: &str) -> bool {
    message.contains("assertion ")
}

/// The line of the panic.
fn line(message: &str) -> Option<usize> {
    let place = message.lines().find(|line| line.contains(" panicked at "))?;
    place.trim_end_matches(':').rsplit(':').nth(1)?.parse().ok()
}

/// A message without what differs from run to run: the number of a thread, the line of a clone.
fn said(message: &str) -> String {
    let lines = message.lines().filter(|line| !line.contains(" panicked at ") && !line.starts_with("note: "));
    lines.collect::<Vec<_>>().join("\n")
}

/// A single edit that compiles and is not enough.
struct Single {
    suspect: usize,
    mutant: Arc<Mutant>,
    progress: Progress,
}

/// Single edits that were not enough.
#[derive(Default)]
pub(super) struct Promises {
    singles: Vec<Single>,
    /// Pairs that were made.
    joined: HashSet<(usize, usize)>,
}

/// Two edits of one function as one.
pub(super) struct Pair {
    pub(super) suspect: usize,
    pub(super) mutant: Mutant,
}

/// Edits of two functions.
pub(super) struct Across {
    /// The function of the first.
    pub(super) suspect: usize,
    pub(super) patch: Patch,
    pub(super) operator: String,
    pub(super) score: f64,
}

impl Promises {
    pub(super) fn add(&mut self, suspect: usize, mutant: Arc<Mutant>, progress: Progress) {
        self.singles.push(Single { suspect, mutant, progress });
    }

    /// Whether some edit mended something.
    pub(super) fn improves(&self) -> bool {
        self.singles.iter().any(|single| single.progress.improves())
    }

    /// New pairs of edits of one function, the likeliest first, at most `most`. `failing` is how many tests fail.
    pub(super) fn pairs(
        &mut self,
        tree: &Tree,
        suspects: &[Suspect],
        failing: usize,
        most: usize,
    ) -> Vec<Pair> {
        let mut choices: Vec<(f64, usize, usize)> =
            (0..suspects.len()).flat_map(|suspect| self.choices(suspect, failing)).collect();
        choices.retain(|(_, left, right)| !self.joined.contains(&(*left, *right)));
        choices.sort_by(|left, right| right.0.total_cmp(&left.0));
        choices.truncate(most);
        self.joined.extend(choices.iter().map(|(_, left, right)| (*left, *right)));
        let mut pairs = Vec::new();
        for (at, suspect) in suspects.iter().enumerate() {
            let own = choices.iter().filter(|(_, left, _)| self.singles[*left].suspect == at);
            let own: Vec<(&Mutant, &Mutant)> = own
                .map(|(_, left, right)| (&*self.singles[*left].mutant, &*self.singles[*right].mutant))
                .collect();
            let place = Place { tree, site: &suspect.site, weights: &[] };
            let made = combined(&place, &own, most);
            pairs.extend(made.into_iter().map(|mutant| Pair { suspect: at, mutant }));
        }
        pairs
    }

    /// Which edits of one function to put together, with how much speaks for it.
    fn choices(&self, suspect: usize, failing: usize) -> Vec<(f64, usize, usize)> {
        let mut own: Vec<usize> =
            (0..self.singles.len()).filter(|at| self.singles[*at].suspect == suspect).collect();
        own.sort_by(|left, right| self.score(*right).total_cmp(&self.score(*left)));
        let improving = self.improving(&own);
        let is_changing = |at: &&usize| self.singles[**at].progress.is_any();
        let changing: Vec<usize> = own.iter().filter(is_changing).take(MOST_CHANGING).copied().collect();
        let partners = own.iter().take(MOST_PARTNERS);
        let with_all = partners.flat_map(|other| improving.iter().map(move |one| (*one, *other)));
        let among = changing.iter().flat_map(|one| changing.iter().map(move |other| (*one, *other)));
        let pairs: BTreeSet<(usize, usize)> = with_all
            .chain(among)
            .filter(|(one, other)| one != other)
            .map(|(one, other)| (one.min(other), one.max(other)))
            .collect();
        pairs.into_iter().map(|(left, right)| (self.promise(left, right, failing), left, right)).collect()
    }

    /// The most promising of some edits that mend something, not too many of one place.
    fn improving(&self, own: &[usize]) -> Vec<usize> {
        let mut improving: Vec<usize> =
            own.iter().filter(|at| self.singles[**at].progress.improves()).copied().collect();
        improving.sort_by_key(|at| std::cmp::Reverse(self.singles[*at].progress.mended.len()));
        let mut places: BTreeMap<(usize, usize), usize> = BTreeMap::new();
        improving.retain(|at| {
            let span = &self.singles[*at].mutant.span;
            let count = places.entry((span.start, span.end)).or_default();
            *count += 1;
            *count <= MOST_AT_ONE_PLACE
        });
        improving.truncate(MOST_IMPROVING);
        improving
    }

    fn score(&self, at: usize) -> f64 {
        self.singles[at].mutant.score
    }

    /// How likely both edits together are right, judged by what each did: two that together mend every failing test
    /// go before all others.
    fn promise(&self, left: usize, right: usize, failing: usize) -> f64 {
        let (one, other) = (&self.singles[left].progress, &self.singles[right].progress);
        let together = one.mended.union(&other.mended).count();
        let gain = |progress: &Progress| match (progress.improves(), progress.is_any()) {
            (true, _) => 8.0,
            (false, true) => 2.0,
            (false, false) => 1.0,
        };
        let all = if together == failing && failing > 1 && !one.breaks && !other.breaks { 20.0 } else { 1.0 };
        self.score(left) * self.score(right) * gain(one) * gain(other) * all
    }

    /// Edits of two functions of which each mends what the other does not.
    pub(super) fn across(&mut self, tree: &Tree, failing: usize) -> Vec<Across> {
        let improving: Vec<usize> = (0..self.singles.len())
            .filter(|at| {
                self.singles[*at].progress.improves() && !self.singles[*at].progress.mended.is_empty()
            })
            .collect();
        let mut found: Vec<(f64, usize, usize)> = Vec::new();
        for &left in &improving {
            for &right in improving.iter().filter(|right| **right > left) {
                let (one, other) = (&self.singles[left], &self.singles[right]);
                let together = one.progress.mended.union(&other.progress.mended).count();
                if one.suspect != other.suspect
                    && together == failing
                    && !self.joined.contains(&(left, right))
                {
                    found.push((self.score(left) * self.score(right), left, right));
                }
            }
        }
        found.sort_by(|left, right| right.0.total_cmp(&left.0));
        found.truncate(MOST_ACROSS);
        self.joined.extend(found.iter().map(|(_, left, right)| (*left, *right)));
        let made = found.into_iter().filter_map(|(score, left, right)| {
            let (one, other) = (&self.singles[left], &self.singles[right]);
            let mut edits = [one.mutant.edits.clone(), other.mutant.edits.clone()].concat();
            edits.sort_by_key(|edit| (edit.span.path.clone(), edit.span.range.start));
            let after = Patch { edits }.apply(tree).ok()?;
            let hunks = diff::hunks(tree, &after);
            let operator = format!("{}+{}", one.mutant.operator, other.mutant.operator);
            let patch = diff::patch(&hunks.iter().collect::<Vec<_>>());
            Some(Across { suspect: one.suspect, patch, operator, score })
        });
        made.collect()
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::schema::sites;
    use crate::tree::TreePath;

    fn test(name: &str) -> TestName {
        TestName { target: "t".to_owned(), name: name.to_owned() }
    }

    fn failure(name: &str, line: usize, message: &str) -> Failure {
        let message = format!(
            "\nthread '{name}' ({line}9) panicked at src/lib.rs:{line}:4:\n{message}\nnote: run with"
        );
        Failure { test: test(name), message, timed_out: false }
    }

    fn messages() -> Messages {
        let known = ["a", "b"].map(|name| (test(name), failure(name, 3, "assertion failed: x").message));
        Messages::new(known.into_iter().collect())
    }

    #[test]
    fn messages_are_compared_without_the_place_of_the_panic() {
        let message = |line| failure("a", line, "assertion failed").message;
        assert_eq!(said(&message(3)), said(&message(9)));
        assert_ne!(said(&message(3)), said(&failure("a", 3, "other").message));
    }

    #[test]
    fn a_later_assertion_is_progress_and_another_panic_is_a_difference() {
        let messages = messages();
        let usual = [failure("a", 13, "assertion failed: x"), failure("a", 13, "assertion failed: x")];
        let usual = messages.usual(usual.iter());
        let of = |failed: &[Failure]| messages.progress(&[], failed, &usual);
        let later = of(&[failure("a", 14, "assertion failed: y")]);
        assert!(later.further && later.improves());
        let panic = of(&[failure("a", 99, "index out of bounds")]);
        assert!(panic.differs && !panic.further && !panic.improves());
        assert_eq!(of(&[failure("a", 13, "assertion failed: x")]), Progress::default());
    }

    #[test]
    fn two_edits_that_mend_all_together_go_first_and_never_twice() {
        let text = "fn f(a: u8) -> u8 { let b = a + 1; let c = b * 2; c }\n";
        let path = TreePath::new("src/lib.rs").unwrap();
        let mut tree = Tree::new();
        tree.insert(path.clone(), text);
        let site = sites(text, &path).remove(0);
        let made = crate::propose::search::mutants(&Place { tree: &tree, site: &site, weights: &[] });
        let with = |part: &str| {
            Arc::new(made.iter().find(|mutant| mutant.body.contains(part)).expect("there").clone())
        };
        let mut promises = Promises::default();
        let mended = |names: &[&str]| Progress {
            mended: names.iter().map(|name| test(name)).collect(),
            ..Progress::default()
        };
        promises.add(0, with("a - 1"), mended(&["a"]));
        promises.add(0, with("c = b / 2"), Progress { differs: true, ..Progress::default() });
        promises.add(0, with("c = b + 2"), mended(&["b"]));
        let suspect = Suspect { site, suspiciousness: 1.0, statements: Vec::new() };
        let pairs = promises.pairs(&tree, std::slice::from_ref(&suspect), 2, 1);
        assert!(pairs[0].mutant.body.contains("a - 1") && pairs[0].mutant.body.contains("c = b + 2"));
        let rest = promises.pairs(&tree, &[suspect], 2, 10);
        assert_eq!(rest.len(), 1, "edits of one operator cannot be put together");
    }
}
