//! Patches that pass every test that decides, with what is known about how they came about.

use std::fmt;

use crate::candidate::Origin;
use crate::diagnose::TestDiagnosis;
use crate::hole::Hole;
use crate::model::text::ModelIdentity;
use crate::tree::Tree;

/// What found a patch, the cheapest first.
#[derive(Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Debug)]
pub enum Tier {
    /// Suggestions of the compiler.
    Suggestion,
    /// Templates for what the compiler does not suggest.
    Template,
    /// One edit of the search.
    Search,
    /// Two edits of the search together.
    Pairs,
    /// A model.
    Model,
}

impl fmt::Display for Tier {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        formatter.write_str(match self {
            Self::Suggestion => "suggestion",
            Self::Template => "template",
            Self::Search => "search",
            Self::Pairs => "pairs",
            Self::Model => "model",
        })
    }
}

/// A patch that passes.
#[derive(Clone, Debug)]
pub(super) struct Plausible {
    /// The whole tree with it.
    pub(super) tree: Tree,
    /// What found it.
    pub(super) tier: Tier,
    /// The candidate and its ancestors, youngest first.
    pub(super) origins: Vec<Origin>,
    /// How likely such an edit at such a place is what was meant, before anything is run; only its order counts.
    pub(super) likelihood: f64,
    /// The function it changes, where it changes the body of one alone.
    pub(super) hole: Option<Hole>,
    /// Tokens it changes.
    pub(super) size: usize,
    /// Its place in the order of the search.
    pub(super) number: u32,
    /// Whether something in it passes the tests and nothing else was found to agree with it.
    pub(super) is_doubted: bool,
}

impl Plausible {
    /// The rules that made it.
    pub(super) fn operators(&self) -> Vec<String> {
        self.origins.iter().filter_map(|origin| origin.operator.clone()).collect()
    }
}

/// What was spent.
#[derive(Clone, Copy, PartialEq, Debug, Default)]
pub struct Effort {
    /// Candidates judged.
    pub candidates: usize,
    /// Of those, how many compile.
    pub compiled: usize,
    /// Not judged because unparsable, inadmissible or seen before.
    pub dropped: usize,
    /// Tokens decoded.
    pub tokens: usize,
    /// Seconds of decoding.
    pub decode_seconds: f64,
    /// Whether a budget stopped work that was still to be tried.
    pub stopped: bool,
}

/// What a search came to.
#[derive(Debug, Default)]
pub(super) struct Found {
    /// Patches that pass, in the order they were found.
    pub(super) plausible: Vec<Plausible>,
    /// The tests of the patched workspace, where the base has none that could be run.
    pub(super) tests: Option<TestDiagnosis>,
    /// What it took.
    pub(super) effort: Effort,
    /// The model that was asked.
    pub(super) model: Option<ModelIdentity>,
    /// The nearest miss, as a sentence.
    pub(super) nearest: Option<String>,
}

impl Found {
    /// Takes over what another search came to.
    pub(super) fn join(&mut self, other: Self) {
        self.plausible.extend(other.plausible);
        self.effort.candidates += other.effort.candidates;
        self.effort.compiled += other.effort.compiled;
        self.effort.dropped += other.effort.dropped;
        self.effort.tokens += other.effort.tokens;
        self.effort.decode_seconds += other.effort.decode_seconds;
        self.effort.stopped |= other.effort.stopped;
        self.model = self.model.take().or(other.model);
        self.nearest = self.nearest.take().or(other.nearest);
    }
}
