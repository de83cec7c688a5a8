//! Reads candidates before anything is compiled: what does not parse, may not be, or was there before, goes no further.

use std::collections::{BTreeMap, HashMap};

use super::{Outcome, TrialError, TrialOptions};
use crate::candidate::{Candidate, CandidateId, Change};
use crate::hole::HoleId;
use crate::patch::Patch;
use crate::schema::{Admission, SchemaError, Subject, edited_body, on_deep_stack, parse_body, test_code};
use crate::tree::Tree;

/// A body that goes on.
#[derive(Clone, Debug)]
pub(super) struct Body {
    pub(super) candidate: CandidateId,
    /// The number of its function among those of the trial.
    pub(super) subject: usize,
    pub(super) text: String,
}

/// A change that takes a build of its own.
#[derive(Clone, Debug)]
pub(super) struct Alone {
    pub(super) candidate: CandidateId,
    pub(super) change: Slow,
    pub(super) why: String,
}

/// What is changed in a build of its own.
#[derive(Clone, Debug)]
pub(super) enum Slow {
    /// The body of a function, by its number.
    Body(usize, String),
    /// Whatever lies in these places.
    Edits(Patch),
}

impl Body {
    pub(super) fn alone(&self, subject: &Subject, why: &str) -> Alone {
        let function = &subject.site().function;
        let why = format!("`{function}` takes one build for each candidate: {why}");
        Alone { candidate: self.candidate, change: Slow::Body(self.subject, self.text.clone()), why }
    }
}

/// Candidates, sorted, each list in their order.
#[derive(Default, Debug)]
pub(super) struct Sifted {
    pub(super) bodies: Vec<Body>,
    pub(super) alone: Vec<Alone>,
    pub(super) out: Vec<(CandidateId, Outcome)>,
}

/// Sorts candidates by what is to be done with them. A hole without a function has the reason in its place.
pub(super) fn sift(
    tree: &Tree,
    subjects: &[Subject],
    holes: &BTreeMap<&HoleId, Result<usize, String>>,
    candidates: &[Candidate],
    options: &TrialOptions,
) -> Result<Sifted, TrialError> {
    let sorted = on_deep_stack(|| {
        let (admissions, seen, sifted) = (HashMap::new(), HashMap::new(), Sifted::default());
        let mut sifter = Sifter { tree, subjects, options, admissions, seen, sifted };
        for candidate in candidates {
            let Some(hole) = holes.get(&candidate.hole) else { continue };
            sifter.take(candidate, hole.as_ref());
        }
        sifter.sifted
    });
    Ok(sorted.map_err(SchemaError::Parser)?)
}

struct Sifter<'a> {
    tree: &'a Tree,
    subjects: &'a [Subject],
    options: &'a TrialOptions,
    /// The rules for each function that had a candidate.
    admissions: HashMap<usize, Admission>,
    /// The first candidate with a body for a function, or with a text of the whole.
    seen: HashMap<(Option<usize>, String), CandidateId>,
    sifted: Sifted,
}

impl Sifter<'_> {
    fn take(&mut self, candidate: &Candidate, subject: Result<&usize, &String>) {
        let refused = match (&candidate.change, subject) {
            (Change::Body(body), Ok(subject)) => self.take_body(candidate.id, *subject, body.clone()),
            (Change::Body(_), Err(why)) => Err(Outcome::Unparsable(why.clone())),
            (Change::Edits(patch), Err(_)) => self.take_edits(candidate.id, patch),
            (Change::Edits(patch), Ok(subject)) => {
                match edited_body(self.tree, self.subjects[*subject].site(), patch) {
                    Ok(Some(body)) => self.take_body(candidate.id, *subject, body),
                    Ok(None) => self.take_edits(candidate.id, patch),
                    Err(error) => Err(Outcome::Unparsable(error.to_string())),
                }
            }
        };
        if let Err(outcome) = refused {
            self.sifted.out.push((candidate.id, outcome));
        }
    }

    fn take_body(&mut self, candidate: CandidateId, subject: usize, text: String) -> Result<(), Outcome> {
        if text.len() > self.options.max_body_bytes {
            return Err(Outcome::Unparsable(format!("longer than {} bytes", self.options.max_body_bytes)));
        }
        let parsed = parse_body(&text).map_err(Outcome::Unparsable)?;
        let admission = self.admission(subject);
        admission.judge(&parsed).map_err(|refused| Outcome::Inadmissible(refused.to_string()))?;
        self.first_of_its_kind(candidate, Some(subject), parsed.0.to_string())?;
        self.sifted.bodies.push(Body { candidate, subject, text });
        Ok(())
    }

    fn admission(&mut self, subject: usize) -> &Admission {
        let (tree, site) = (self.tree, self.subjects[subject].site());
        self.admissions.entry(subject).or_insert_with(|| {
            let file = tree.text(&site.path).unwrap_or_default();
            Admission::new(file, file.get(site.item.clone()).unwrap_or_default())
        })
    }

    /// Edits beyond one body may touch program text only, and none of the tests.
    fn take_edits(&mut self, candidate: CandidateId, patch: &Patch) -> Result<(), Outcome> {
        let patched = patch.apply(self.tree).map_err(|error| Outcome::Unparsable(error.to_string()))?;
        let mut paths: Vec<_> = patch.edits.iter().map(|edit| &edit.span.path).collect();
        paths.sort();
        paths.dedup();
        let mut key = String::new();
        for path in paths {
            let is_program = path.as_str().ends_with(".rs")
                && path.as_str().split('/').all(|part| part != "tests" && part != "build.rs");
            if !is_program {
                return Err(Outcome::Inadmissible(format!("an edit of `{path}`")));
            }
            let (before, after) =
                (self.tree.text(path).unwrap_or_default(), patched.text(path).unwrap_or_default());
            Admission::judge_file(before, after)
                .map_err(|refused| Outcome::Inadmissible(refused.to_string()))?;
            let (tests, same) = (test_code(before), test_code(after).map_err(Outcome::Unparsable)?);
            if tests.as_ref() != Ok(&same) {
                return Err(Outcome::Inadmissible(format!("an edit of the tests in `{path}`")));
            }
            key.push_str(&format!("{path}\n{after}\n"));
        }
        self.first_of_its_kind(candidate, None, key)?;
        let why = "it edits more than the body of the hole's function".to_owned();
        self.sifted.alone.push(Alone { candidate, change: Slow::Edits(patch.clone()), why });
        Ok(())
    }

    fn first_of_its_kind(
        &mut self,
        candidate: CandidateId,
        subject: Option<usize>,
        key: String,
    ) -> Result<(), Outcome> {
        match *self.seen.entry((subject, key)).or_insert(candidate) {
            first if first != candidate => Err(Outcome::Duplicate(first)),
            _ => Ok(()),
        }
    }
}
