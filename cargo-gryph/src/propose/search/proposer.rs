//! Hands out edits of one or several functions in batches, and learns from what the trial said of them.

use std::collections::{BTreeMap, BTreeSet, HashSet};

use crate::candidate::{Candidate, CandidateId, Change, Origin};
use crate::hole::{HoleId, TestName};
use crate::propose::body::normal_form;
use crate::propose::proposer::{Feedback, ProposeError, Proposer, Situation};
use crate::propose::search::code::Code;
use crate::propose::search::pair::{Joiner, triangle};
use crate::propose::search::surroundings::Surroundings;
use crate::propose::search::{Mutant, Place, Weight, mutants_in};
use crate::schema::{Site, on_deep_stack};
use crate::tree::Tree;

/// Promising edits of one function that are combined with each other.
const MOST_PROMISING: usize = 30;
/// Edits that fixed something, which are combined with the best others.
const MOST_IMPROVING: usize = 6;
/// Others that each of them is combined with.
const MOST_PARTNERS: usize = 400;
/// Bytes around a promising edit whose neighbours are looked at earlier.
const NEAR: usize = 160;

/// A function to search in.
#[derive(Clone, PartialEq, Debug)]
pub struct Target {
    /// The hole it is.
    pub hole: HoleId,
    /// Where it stands.
    pub site: Site,
    /// How suspicious its statements are, compared with those of the other targets.
    pub weights: Vec<Weight>,
}

/// How the tests stand without any change.
#[derive(Clone, PartialEq, Debug, Default)]
pub struct Baseline {
    /// Tests that fail, with the message of the panic, in the order in which the trial runs them.
    pub failures: Vec<(TestName, String)>,
    /// How many tests pass.
    pub passed: usize,
}

/// What an edit did to the tests.
#[derive(Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Debug)]
enum Gain {
    /// The same as without it, or less.
    Nothing,
    /// A failing test failed in another way.
    Changed,
    /// More tests passed.
    Improved,
}

/// Proposes edits of one or several functions, the likeliest first across all of them. One proposer serves all of its
/// targets: each candidate names its hole, and `Situation::tried` is to hold what was tried for any of them.
pub struct SearchProposer {
    targets: Vec<Searched>,
    most: usize,
    baseline: Baseline,
    /// Which edit a candidate is: its target, and its place among the target's edits.
    proposed: BTreeMap<CandidateId, (usize, usize)>,
    /// Bodies that were tried, whoever proposed them.
    bodies: HashSet<(usize, String)>,
    /// Feedback that was read.
    read: usize,
}

/// A target with its edits.
struct Searched {
    target: Target,
    code: Option<Code>,
    mutants: Vec<Mutant>,
    is_used: Vec<bool>,
    gains: BTreeMap<usize, Gain>,
    paired: BTreeSet<(usize, usize)>,
}

impl SearchProposer {
    /// A proposer for some functions of a tree that proposes at most `most` candidates a call.
    pub fn new(tree: &Tree, targets: Vec<Target>, baseline: Baseline, most: usize) -> Self {
        let searched = on_deep_stack(|| searched(tree, targets)).unwrap_or_default();
        Self { targets: searched, most, baseline, proposed: BTreeMap::new(), bodies: HashSet::new(), read: 0 }
    }

    /// Single edits that were not proposed yet.
    pub fn remaining(&self) -> usize {
        self.targets.iter().flat_map(|target| &target.is_used).filter(|used| !**used).count()
    }

    /// Reads what is new in the feedback.
    fn learn(&mut self, tried: &[Feedback]) {
        for feedback in tried.iter().skip(self.read) {
            let known = self.proposed.get(&feedback.id()).copied();
            let hole = self.targets.iter().position(|one| one.target.hole == feedback.candidate.hole);
            if let (Some(hole), Some(body)) = (hole, feedback.body()) {
                self.bodies.insert((hole, normal_form(body)));
            }
            if let Some((target, mutant)) = known {
                let gain = gain(&self.baseline, feedback);
                self.targets[target].gains.insert(mutant, gain);
            }
        }
        self.read = tried.len();
    }

    /// Single edits that are open, the best first: target, edit.
    fn singles(&self) -> Vec<(usize, usize)> {
        let mut open: Vec<(f64, usize, usize)> = Vec::new();
        for (target, searched) in self.targets.iter().enumerate() {
            let promising = searched.promising(Gain::Changed);
            for (at, mutant) in searched.mutants.iter().enumerate().filter(|(at, _)| !searched.is_used[*at]) {
                open.push((mutant.score * searched.nearness(mutant, &promising), target, at));
            }
        }
        open.sort_by(|left, right| right.0.total_cmp(&left.0));
        open.into_iter().map(|(_, target, at)| (target, at)).collect()
    }
}

impl Proposer for SearchProposer {
    fn propose(&mut self, situation: &Situation<'_>) -> Result<Vec<Candidate>, ProposeError> {
        self.learn(situation.tried);
        let mut batch = Batch { situation, candidates: Vec::new() };
        let pairs = self.pairs(self.most / 2);
        let singles = self.singles();
        let for_singles = self.most - pairs.len().min(self.most / 2);
        for (target, at) in singles {
            if batch.candidates.len() >= for_singles || (situation.cancelled)() {
                break;
            }
            self.targets[target].is_used[at] = true;
            self.offer(target, at, None, &mut batch);
        }
        for (target, mutant, parent) in pairs {
            if batch.candidates.len() >= self.most || (situation.cancelled)() {
                break;
            }
            let searched = &mut self.targets[target];
            searched.mutants.push(mutant);
            searched.is_used.push(true);
            let at = searched.mutants.len() - 1;
            self.offer(target, at, Some(parent), &mut batch);
        }
        Ok(batch.candidates)
    }
}

/// The candidates of one call.
struct Batch<'a> {
    situation: &'a Situation<'a>,
    candidates: Vec<Candidate>,
}

impl SearchProposer {
    fn offer(&mut self, target: usize, at: usize, parent: Option<usize>, batch: &mut Batch<'_>) {
        let searched = &self.targets[target];
        let mutant = &searched.mutants[at];
        if !self.bodies.insert((target, normal_form(&mutant.body))) {
            return;
        }
        let id = CandidateId(batch.situation.next_id.saturating_add(batch.candidates.len() as u32));
        let parent = parent.and_then(|parent| {
            self.proposed.iter().find(|(_, known)| **known == (target, parent)).map(|(id, _)| *id)
        });
        let origin = Origin {
            proposer: "search".to_owned(),
            round: batch.situation.round,
            model: None,
            prompt: None,
            seed: None,
            operator: Some(mutant.operator.clone()),
            parent,
        };
        let (hole, change) = (searched.target.hole.clone(), Change::Body(mutant.body.clone()));
        batch.candidates.push(Candidate { id, hole, change, origin });
        self.proposed.insert(id, (target, at));
    }

    /// New pairs of edits that did something: target, the pair, the better of the two.
    fn pairs(&mut self, most: usize) -> Vec<(usize, Mutant, usize)> {
        let share = most
            / self.targets.iter().filter(|target| !target.promising(Gain::Changed).is_empty()).count().max(1);
        let all = || {
            let made = self.targets.iter_mut().enumerate().flat_map(|(at, target)| {
                target.pairs(share).into_iter().map(move |(mutant, parent)| (at, mutant, parent))
            });
            made.collect()
        };
        on_deep_stack(all).unwrap_or_default()
    }
}

impl Searched {
    /// Edits that did at least this much, the best first.
    fn promising(&self, least: Gain) -> Vec<usize> {
        let mut found: Vec<(Gain, usize)> =
            self.gains.iter().filter(|(_, gain)| **gain >= least).map(|(at, gain)| (*gain, *at)).collect();
        found.sort_by(|left, right| {
            let score = |at: usize| self.mutants[at].score;
            right.0.cmp(&left.0).then(score(right.1).total_cmp(&score(left.1)))
        });
        found.into_iter().map(|(_, at)| at).collect()
    }

    /// More than 1 for an edit near those that did something.
    fn nearness(&self, mutant: &Mutant, promising: &[usize]) -> f64 {
        let near = promising.iter().take(MOST_PROMISING).filter(|&&at| {
            let other = &self.mutants[at].span;
            mutant.span.start < other.end + NEAR && other.start < mutant.span.end + NEAR
        });
        let most = near.map(|at| self.gains.get(at)).max().flatten();
        match most {
            Some(Gain::Improved) => 3.0,
            Some(Gain::Changed) => 1.5,
            Some(Gain::Nothing) | None => 1.0,
        }
    }

    fn pairs(&mut self, most: usize) -> Vec<(Mutant, usize)> {
        let Some(mut joiner) = self.code.as_ref().and_then(Joiner::new) else { return Vec::new() };
        let mut found = Vec::new();
        for (left, right) in self.choices() {
            if found.len() >= most {
                break;
            }
            let key = (left.min(right), left.max(right));
            if self.paired.insert(key)
                && let Some(mutant) = joiner.join(&self.mutants[left], &self.mutants[right])
            {
                found.push((mutant, left));
            }
        }
        found
    }

    /// Which edits to combine: those that did something with each other, those that fixed something with all.
    fn choices(&self) -> Vec<(usize, usize)> {
        let is_single = |at: &usize| !self.mutants[*at].operator.contains('+');
        let improving: Vec<usize> =
            self.promising(Gain::Improved).into_iter().filter(is_single).take(MOST_IMPROVING).collect();
        let changed: Vec<usize> =
            self.promising(Gain::Changed).into_iter().filter(is_single).take(MOST_PROMISING).collect();
        let among = triangle(changed.len()).map(|(left, right)| (changed[left], changed[right]));
        let singles = (0..self.mutants.len()).filter(is_single).take(MOST_PARTNERS);
        let with_all = singles.flat_map(|other| improving.iter().map(move |&left| (left, other)));
        among.chain(with_all).filter(|(left, right)| left != right).collect()
    }
}

/// What a candidate did. The trial may stop at a candidate's first failure, so a test that is not reported says
/// nothing unless it is the one that runs first.
fn gain(baseline: &Baseline, feedback: &Feedback) -> Gain {
    if feedback.errors() > 0 || feedback.failures.is_empty() {
        return Gain::Nothing;
    }
    let fails = |name: &TestName| feedback.failures.iter().any(|(failed, _)| failed == name);
    let is_known = |name: &TestName| baseline.failures.iter().any(|(known, _)| known == name);
    let broke = feedback.failures.iter().any(|(name, _)| !is_known(name));
    let fixed = baseline.failures.first().is_some_and(|(first, _)| !fails(first));
    let is_other = feedback.failures.iter().any(|failure| !baseline.failures.contains(failure));
    match (feedback.passed > baseline.passed || fixed && !broke, is_other) {
        (true, _) => Gain::Improved,
        (false, true) => Gain::Changed,
        (false, false) => Gain::Nothing,
    }
}

fn searched(tree: &Tree, targets: Vec<Target>) -> Vec<Searched> {
    let mut around: BTreeMap<crate::tree::TreePath, Surroundings> = BTreeMap::new();
    let mut all = Vec::new();
    for target in targets {
        let path = &target.site.path;
        let around = around.entry(path.clone()).or_insert_with(|| Surroundings::read(tree, path));
        let place = Place { tree, site: &target.site, weights: &target.weights };
        let mutants = mutants_in(&place, around);
        let code = tree.text(path).and_then(|text| around.function(text, &target.site.body));
        let is_used = vec![false; mutants.len()];
        all.push(Searched {
            target,
            code,
            mutants,
            is_used,
            gains: BTreeMap::new(),
            paired: BTreeSet::new(),
        });
    }
    all
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::diagnostic::Diagnostic;
    use crate::hole::Hole;
    use crate::tree::TreePath;

    const TEXT: &str = "fn f(a: u8, b: u8) -> u8 { let c = a + 1; c - b }\nfn g(n: u8) -> bool { n < 3 }";

    fn path() -> TreePath {
        TreePath::new("src/lib.rs").expect("plain")
    }

    fn target(function: &str, suspiciousness: f64) -> Target {
        let site = crate::schema::site(TEXT, &path(), function).expect("there");
        let weights = vec![Weight { range: site.body.clone(), suspiciousness }];
        Target { hole: HoleId(function.to_owned()), site, weights }
    }

    fn hole() -> Hole {
        Hole {
            id: HoleId("f".to_owned()),
            path: path(),
            function: "f".to_owned(),
            signature: String::new(),
            doc: String::new(),
            context: String::new(),
            dependencies: Vec::new(),
            visible: Vec::new(),
            properties: Vec::new(),
            held_back: Vec::new(),
        }
    }

    fn proposer(most: usize) -> SearchProposer {
        let mut tree = Tree::new();
        tree.insert(path(), TEXT);
        let baseline =
            Baseline { failures: vec![failure("one", "left: 1"), failure("two", "left: 2")], passed: 1 };
        SearchProposer::new(&tree, vec![target("f", 1.0), target("g", 0.5)], baseline, most)
    }

    fn failure(name: &str, message: &str) -> (TestName, String) {
        (TestName { target: "t".to_owned(), name: name.to_owned() }, message.to_owned())
    }

    fn ask(proposer: &mut SearchProposer, tried: &[Feedback]) -> Vec<Candidate> {
        let hole = hole();
        let situation = Situation {
            hole: &hole,
            round: 1,
            run_seed: 0,
            next_id: tried.len() as u32,
            tried,
            cancelled: &|| false,
        };
        proposer.propose(&situation).expect("no source fails")
    }

    fn feedback(candidate: &Candidate, failures: Vec<(TestName, String)>, passed: usize) -> Feedback {
        let diagnostics: Vec<Diagnostic> = Vec::new();
        Feedback { candidate: candidate.clone(), diagnostics, failures, passed, objections: Vec::new() }
    }

    #[test]
    fn batches_hold_several_functions_and_nothing_twice() {
        let mut proposer = proposer(40);
        let all = proposer.remaining();
        let first = ask(&mut proposer, &[]);
        let same = vec![failure("one", "left: 1"), failure("two", "left: 2")];
        let tried: Vec<Feedback> =
            first.iter().map(|candidate| feedback(candidate, same.clone(), 1)).collect();
        let second = ask(&mut proposer, &tried);
        assert_eq!((first.len(), second.len(), proposer.remaining()), (40, 40, all - 80));
        assert!(first.iter().any(|candidate| candidate.hole.0 == "g"));
        assert!(second.iter().all(|new| first.iter().all(|old| old.change != new.change)));
        assert_eq!(second[0].id, CandidateId(40));
    }

    #[test]
    fn edits_that_fixed_something_are_combined() {
        let mut proposer = proposer(60);
        let first = ask(&mut proposer, &[]);
        let better = |candidate: &Candidate| candidate.id.0.is_multiple_of(7) && candidate.hole.0 == "f";
        let result = |candidate: &Candidate| match better(candidate) {
            true => feedback(candidate, vec![failure("two", "left: 2")], 2),
            false => feedback(candidate, vec![failure("one", "left: 1"), failure("two", "left: 2")], 1),
        };
        let tried: Vec<Feedback> = first.iter().map(result).collect();
        let second = ask(&mut proposer, &tried);
        let pairs: Vec<&Candidate> = second
            .iter()
            .filter(|candidate| candidate.origin.operator.as_deref().is_some_and(|o| o.contains('+')))
            .collect();
        assert!(pairs.len() > 10, "{} pairs", pairs.len());
        let parents: Vec<&Candidate> = first.iter().filter(|candidate| better(candidate)).collect();
        assert!(pairs.iter().all(|pair| parents.iter().any(|parent| Some(parent.id) == pair.origin.parent)));
    }
}
