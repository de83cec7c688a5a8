//! Which of the patches that pass to believe: rules first, then how they behave beside the tests, then how likely and
//! how small they are.
//!
//! Plausible is not correct. Two patches that pass everything and still behave differently cannot both be meant; which
//! one is, the tests do not say.

use crate::change::{ChangeFacts, TestLiterals};
use crate::diagnose::TestDiagnosis;
use crate::gate::{Finding, Severity, objections};
use crate::hole::TestName;
use crate::pipeline::PipelineError;

use super::Job;
use super::behaviour::Behaviour;
use super::merit::Merits;
use super::plausible::{Effort, Plausible, Tier};
use super::red_tests::program_sites;
use super::report::Alternative;

/// How many times likelier than what behaves otherwise a behaviour has to be to stand alone. With 2, measured
/// repairs were accepted that were not meant. A wrong patch costs more than a question.
const CLEARLY: f64 = 4.0;
/// Candidates after which a pair of edits that passes is shown to a person: a measured one, found after 3,300 others, was
/// an accident.
const MOST_PAIRS_TRUSTED: u32 = 1500;
/// Tokens that a small edit changes.
const SMALL: f64 = 4.0;
/// What is left of the weight of a patch that panics or hangs on more inputs than another. Not less, for an input that
/// nobody meant may well panic.
const FALLS_OVER: f64 = 0.5;
/// How many times less likely than the first a patch may be for others to be held against how it behaves.
const LIKELY: f64 = 20.0;
/// Merit below which a patch is shown to a person although no other passes: it is what overfits.
const DOUBTFUL: f64 = 0.25;
/// Patches that are compared at most.
const MOST_COMPARED: usize = 40;

/// A patch that no rule refuses.
#[derive(Clone, Debug)]
pub(super) struct Standing {
    /// The patch.
    pub(super) plausible: Plausible,
    /// How much speaks for it; only ratios count.
    pub(super) weight: f64,
    /// The number of its behaviour, 0 for what nobody could compare.
    pub(super) class: usize,
    /// Patches that behave alike, this one included.
    pub(super) alike: usize,
    /// An input on which it answers otherwise than the first, with both answers.
    pub(super) differs: Option<String>,
    /// Inputs on which it panics or does not end; `None` where it was not compared.
    pub(super) falls: Option<usize>,
    /// Its place when the patches were compared.
    pub(super) place: usize,
    /// Whether what it says speaks so much against it that it is not taken even where it stands alone.
    pub(super) doubted: bool,
}

/// The choice.
pub(super) enum Choice {
    /// Every patch breaks a rule.
    Nobody,
    /// The first is to be taken; the others behave alike, or are much less likely.
    Clear(Vec<Standing>),
    /// Several of different behaviour, and nothing tells which is meant.
    Between(Vec<Standing>),
}

/// A choice, and what was found against the patches that fell out.
pub(super) struct Chosen {
    pub(super) choice: Choice,
    pub(super) refused: Vec<Finding>,
}

impl Job<'_> {
    /// Chooses among patches that pass.
    pub(super) async fn choose(
        &self,
        tests: &TestDiagnosis,
        plausible: &[Plausible],
    ) -> Result<Chosen, PipelineError> {
        let (mut standing, refused) = self.judged_by_rules(tests, plausible);
        standing.sort_by(|left, right| right.weight.total_cmp(&left.weight));
        standing.truncate(MOST_COMPARED);
        if standing.is_empty() {
            return Ok(Chosen { choice: Choice::Nobody, refused });
        }
        let mut behaviour = None;
        if standing.len() > 1 {
            let compared = Behaviour::compare(self, tests, &standing).await?;
            compared.mark(&mut standing);
            discount_falls(&mut standing);
            behaviour = Some(compared);
        }
        for one in &standing {
            let Standing { weight, class, alike, .. } = one;
            let (operators, size) = (one.plausible.operators(), one.plausible.size);
            let number = one.plausible.number;
            tracing::info!(weight, class, alike, size, number, ?operators, "a patch that passes");
            tracing::debug!(number, patch = ?self.unified(&one.plausible.tree), "what it changes");
        }
        let mut choice = decided(standing);
        if let (Some(behaviour), Choice::Clear(standing) | Choice::Between(standing)) =
            (behaviour, &mut choice)
        {
            behaviour.tell(standing);
        }
        Ok(Chosen { choice, refused })
    }

    /// Those that no rule denies, and what was found against the others.
    fn judged_by_rules(
        &self,
        tests: &TestDiagnosis,
        plausible: &[Plausible],
    ) -> (Vec<Standing>, Vec<Finding>) {
        let named: Vec<TestName> = tests.deciding();
        let literals = TestLiterals::of(&self.base, &named);
        let merits = Merits::of(&self.base, &program_sites(&self.base));
        let (mut standing, mut refused) = (Vec::new(), Vec::new());
        for one in plausible {
            let facts = ChangeFacts::between(&self.base, &one.tree, &literals);
            let found = objections(&self.world.policy, &facts);
            let denied: Vec<Finding> =
                found.iter().filter(|finding| finding.severity == Severity::Deny).cloned().collect();
            if denied.is_empty() {
                let doubts = found.len();
                let merit = one.hole.as_ref().map_or(1.0, |hole| merits.merit(&one.tree, hole));
                let weight = weight(one, doubts) * merit;
                let plausible = one.clone();
                standing.push(Standing {
                    plausible,
                    weight,
                    class: 0,
                    alike: 1,
                    differs: None,
                    falls: None,
                    place: 0,
                    doubted: one.is_doubted || merit < DOUBTFUL || fits_numbers(one) || is_far_fetched(one),
                });
            } else {
                refused.extend(denied);
            }
        }
        (standing, refused)
    }

    /// What a person is shown who is to decide: one patch of each behaviour.
    pub(super) fn alternatives(&self, standing: &[Standing], effort: &Effort) -> Vec<Alternative> {
        let mut shown: Vec<&Standing> = Vec::new();
        for one in standing {
            if shown.iter().all(|known| known.class != one.class) {
                shown.push(one);
            }
        }
        let alternative = |one: &&Standing| Alternative {
            diff: self.unified(&one.plausible.tree),
            tier: one.plausible.tier,
            operators: one.plausible.operators(),
            class: one.class,
            alike: one.alike,
            differs: one.differs.clone(),
        };
        let alternatives: Vec<Alternative> = shown.iter().map(alternative).collect();
        if let Some(first) = alternatives.first() {
            let why = format!("this one stands first of {} that behave differently", alternatives.len());
            self.tell_chosen(first.tier, &first.operators, &first.diff, standing.len(), effort, &why);
        }
        alternatives
    }
}

/// A patch that panics where another answers is less likely to be meant.
fn discount_falls(standing: &mut [Standing]) {
    let most = standing.iter().map(|one| one.weight).fold(0.0, f64::max);
    let likely = standing.iter().filter(|one| one.weight * LIKELY >= most);
    let least = likely.filter_map(|one| one.falls).min();
    for one in standing.iter_mut().filter(|one| one.falls > least && least.is_some()) {
        one.weight *= FALLS_OVER;
    }
}

/// Whether a patch is two numbers exchanged for others: with two of them free, most tests can be met.
fn fits_numbers(plausible: &Plausible) -> bool {
    let operators = plausible.operators();
    let is_number = |rule: &str| rule.starts_with("literal");
    plausible.tier == Tier::Pairs && operators.iter().flat_map(|rules| rules.split('+')).all(is_number)
}

/// Whether a pair of edits was found only after so many others failed that some pair had to pass by chance.
fn is_far_fetched(plausible: &Plausible) -> bool {
    plausible.tier == Tier::Pairs && plausible.number > MOST_PAIRS_TRUSTED
}

/// How much speaks for a patch before anything but the tests is run: how likely such an edit is, and how small.
fn weight(plausible: &Plausible, doubts: usize) -> f64 {
    // Up to a few tokens, how the edit came about says more than how long it is.
    let size = (plausible.size as f64 / SMALL).max(1.0);
    let tier = match plausible.tier {
        Tier::Suggestion | Tier::Template | Tier::Search => 1.0,
        Tier::Pairs | Tier::Model => 0.5,
    };
    tier * plausible.likelihood / size.sqrt() / (1.0 + doubts as f64)
}

/// Takes the behaviour most weight stands behind; clear if no other comes near.
fn decided(mut standing: Vec<Standing>) -> Choice {
    let behind = |class: usize, standing: &[Standing]| -> f64 {
        let own = standing.iter().filter(|one| one.class == class).map(|one| one.weight);
        let (most, all) = own.fold((0.0, 0.0), |(most, all), weight| (f64::max(most, weight), all + weight));
        // Many ways to one behaviour speak for it, but they are seldom independent.
        all.min(2.0 * most)
    };
    let classes: Vec<usize> = {
        let mut classes: Vec<usize> = standing.iter().map(|one| one.class).collect();
        classes.sort_unstable();
        classes.dedup();
        classes
    };
    let mut weighed: Vec<(usize, f64)> =
        classes.iter().map(|class| (*class, behind(*class, &standing))).collect();
    weighed.sort_by(|left, right| right.1.total_cmp(&left.1));
    let clear = match weighed.as_slice() {
        [(_, first), (_, second), ..] => *first >= CLEARLY * second,
        [_] | [] => true,
    };
    let rank = |class: usize| weighed.iter().position(|(known, _)| *known == class).unwrap_or(usize::MAX);
    standing.sort_by(|left, right| {
        rank(left.class).cmp(&rank(right.class)).then(right.weight.total_cmp(&left.weight))
    });
    let clear = clear && standing.first().is_some_and(|first| !first.doubted);
    if clear { Choice::Clear(standing) } else { Choice::Between(standing) }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::tree::Tree;

    fn standing(weight: f64, class: usize) -> Standing {
        let plausible = Plausible {
            tree: Tree::new(),
            tier: Tier::Search,
            origins: Vec::new(),
            likelihood: weight,
            hole: None,
            size: 1,
            number: 1,
            is_doubted: false,
        };
        Standing { plausible, weight, class, alike: 1, differs: None, falls: None, place: 0, doubted: false }
    }

    #[test]
    fn one_behaviour_is_clear_and_two_of_like_weight_are_not() {
        assert!(
            matches!(decided(vec![standing(0.2, 1), standing(0.9, 1)]), Choice::Clear(first) if first[0].weight == 0.9)
        );
        assert!(
            matches!(decided(vec![standing(0.5, 1), standing(0.9, 2)]), Choice::Between(first) if first[0].class == 2)
        );
        assert!(
            matches!(decided(vec![standing(0.1, 1), standing(0.9, 2)]), Choice::Clear(first) if first[0].class == 2)
        );
    }

    #[test]
    fn a_patch_that_says_nothing_is_not_taken_although_it_stands_alone() {
        let found = decided(vec![Standing { doubted: true, ..standing(0.5, 1) }]);
        assert!(matches!(found, Choice::Between(_)));
    }

    #[test]
    fn several_ways_to_one_behaviour_speak_for_it() {
        let found = decided(vec![standing(0.5, 1), standing(0.4, 1), standing(0.22, 2)]);
        assert!(matches!(found, Choice::Clear(first) if first[0].class == 1));
        let many = (0..9).map(|_| standing(0.5, 1)).chain([standing(0.6, 2)]).collect();
        assert!(matches!(decided(many), Choice::Between(_)), "but not without end");
    }

    #[test]
    fn a_patch_that_panics_where_a_likely_one_answers_loses_weight() {
        let with = |weight, falls| Standing { falls: Some(falls), ..standing(weight, 1) };
        let mut both = vec![with(0.5, 2), with(0.4, 0)];
        discount_falls(&mut both);
        assert_eq!((both[0].weight, both[1].weight), (0.5 * FALLS_OVER, 0.4));
        let mut unlikely = vec![with(0.5, 2), with(0.001, 0)];
        discount_falls(&mut unlikely);
        assert_eq!(unlikely[0].weight, 0.5);
    }
}
