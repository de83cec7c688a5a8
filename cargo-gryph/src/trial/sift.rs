//! Reads candidates before anything is compiled: what does not parse, may not be, or was there before, goes no further.

use std::collections::HashMap;

use super::{Outcome, TrialError, TrialOptions};
use crate::candidate::{Candidate, CandidateId, Change};
use crate::patch::Patch;
use crate::schema::{Admission, SchemaError, Subject, edited_body, on_deep_stack, parse_body, test_code};
use crate::tree::Tree;

/// A body that goes on.
#[derive(Clone, Debug)]
pub(super) struct Body {
    pub(super) candidate: CandidateId,
    pub(super) text: String,
}

/// A change that takes a build of its own.
#[derive(Clone, Debug)]
pub(super) struct Alone {
    pub(super) candidate: CandidateId,
    pub(super) change: Change,
    pub(super) why: String,
}

impl Body {
    pub(super) fn alone(&self, subject: &Subject, why: &str) -> Alone {
        let function = &subject.site().function;
        let why = format!("`{function}` takes one build for each candidate: {why}");
        Alone { candidate: self.candidate, change: Change::Body(self.text.clone()), why }
    }
}

/// Candidates, sorted.
#[derive(Default, Debug)]
pub(super) struct Sifted {
    pub(super) bodies: Vec<Body>,
    pub(super) alone: Vec<Alone>,
    pub(super) out: Vec<(CandidateId, Outcome)>,
}

/// Sorts candidates of one function.
pub(super) fn sift(
    tree: &Tree,
    subject: &Subject,
    candidates: &[Candidate],
    options: &TrialOptions,
) -> Result<Sifted, TrialError> {
    let site = subject.site();
    let file = tree.text(&site.path).ok_or_else(|| SchemaError::NoText(site.path.clone()))?;
    let sorted = on_deep_stack(|| {
        let admission = Admission::new(file, &file[site.item.clone()]);
        let mut sifter =
            Sifter { tree, subject, options, admission, seen: HashMap::new(), sifted: Sifted::default() };
        for candidate in candidates {
            sifter.take(candidate);
        }
        sifter.sifted
    });
    Ok(sorted.map_err(SchemaError::Parser)?)
}

struct Sifter<'a> {
    tree: &'a Tree,
    subject: &'a Subject,
    options: &'a TrialOptions,
    admission: Admission,
    seen: HashMap<String, CandidateId>,
    sifted: Sifted,
}

impl Sifter<'_> {
    fn take(&mut self, candidate: &Candidate) {
        let refused = match &candidate.change {
            Change::Body(body) => self.take_body(candidate.id, body.clone()),
            Change::Edits(patch) => match edited_body(self.tree, self.subject.site(), patch) {
                Ok(Some(body)) => self.take_body(candidate.id, body),
                Ok(None) => self.take_edits(candidate.id, patch),
                Err(error) => Err(Outcome::Unparsable(error.to_string())),
            },
        };
        if let Err(outcome) = refused {
            self.sifted.out.push((candidate.id, outcome));
        }
    }

    fn take_body(&mut self, candidate: CandidateId, text: String) -> Result<(), Outcome> {
        if text.len() > self.options.max_body_bytes {
            return Err(Outcome::Unparsable(format!("longer than {} bytes", self.options.max_body_bytes)));
        }
        let parsed = parse_body(&text).map_err(Outcome::Unparsable)?;
        self.admission.judge(&parsed).map_err(|refused| Outcome::Inadmissible(refused.to_string()))?;
        self.first_of_its_kind(candidate, parsed.0.to_string())?;
        self.sifted.bodies.push(Body { candidate, text });
        Ok(())
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
        self.first_of_its_kind(candidate, key)?;
        let why = "it edits more than the body of the hole's function".to_owned();
        self.sifted.alone.push(Alone { candidate, change: Change::Edits(patch.clone()), why });
        Ok(())
    }

    fn first_of_its_kind(&mut self, candidate: CandidateId, key: String) -> Result<(), Outcome> {
        match self.seen.get(&key) {
            Some(first) => Err(Outcome::Duplicate(*first)),
            None => {
                self.seen.insert(key, candidate);
                Ok(())
            }
        }
    }
}
