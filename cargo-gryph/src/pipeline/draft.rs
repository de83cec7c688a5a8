//! The unfinished work of a run, in the form the ledger keeps.

use serde::{Deserialize, Serialize};

use crate::candidate::{Candidate, Change, Origin};
use crate::digest::Digest;
use crate::hole::{Hole, HoleId};

use super::fill::HoleOutcome;

/// The bodies a run got to. Another run takes them as candidates: each has to pass every check again.
#[derive(Clone, PartialEq, Debug, Default, Serialize, Deserialize)]
pub struct DraftContent {
    /// The version of this form.
    pub version: u32,
    /// The holes it has a body for.
    pub holes: Vec<DraftHole>,
}

/// A body for one hole.
#[derive(Clone, PartialEq, Debug, Serialize, Deserialize)]
pub struct DraftHole {
    /// The hole.
    pub hole: HoleId,
    /// The text between its braces.
    pub body: String,
    /// Where it came from.
    pub origin: Origin,
    /// Whether it had been accepted.
    pub accepted: bool,
    /// What was asked of it, see [`Hole::asked`].
    #[serde(default)]
    pub asked: Option<Digest>,
}

/// The version of the form.
const VERSION: u32 = 1;

impl DraftHole {
    /// Whether it was accepted for the very question that a hole asks now.
    pub(super) fn answers(&self, hole: &Hole) -> bool {
        self.accepted && self.asked == Some(hole.asked())
    }
}

impl DraftContent {
    /// What outcomes leave: accepted bodies, and the best of the open holes.
    pub(super) fn of(outcomes: &[HoleOutcome], holes: &[Hole]) -> Self {
        let asked = |id: &HoleId| holes.iter().find(|hole| hole.id == *id).map(Hole::asked);
        let kept = |outcome| kept(outcome).map(|kept| DraftHole { asked: asked(&kept.hole), ..kept });
        Self { version: VERSION, holes: outcomes.iter().filter_map(kept).collect() }
    }

    /// The body for a hole.
    pub(super) fn hole(&self, id: &HoleId) -> Option<&DraftHole> {
        self.holes.iter().find(|hole| hole.hole == *id)
    }
}

fn kept(outcome: &HoleOutcome) -> Option<DraftHole> {
    match outcome {
        HoleOutcome::Filled(filled) => Some(DraftHole {
            hole: filled.hole.clone(),
            body: filled.body.clone(),
            origin: filled.ancestry.first()?.origin.clone(),
            accepted: true,
            asked: None,
        }),
        HoleOutcome::Open(open) => {
            let Candidate { change: Change::Body(body), origin, .. } = &open.best.as_ref()?.candidate else {
                return None;
            };
            Some(DraftHole {
                hole: open.hole.clone(),
                body: body.clone(),
                origin: origin.clone(),
                accepted: false,
                asked: None,
            })
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::candidate::CandidateId;
    use crate::pipeline::fill::{Effort, Filled, Open};
    use crate::propose::proposer::Feedback;

    fn candidate(change: Change) -> Candidate {
        Candidate {
            id: CandidateId(7),
            hole: HoleId("f".to_owned()),
            change,
            origin: Origin {
                proposer: "model".to_owned(),
                round: 2,
                model: None,
                prompt: None,
                seed: Some(3),
                operator: None,
                parent: None,
            },
        }
    }

    fn open(hole: &str, best: Option<Candidate>) -> HoleOutcome {
        let feedback = |candidate| Feedback {
            candidate,
            diagnostics: Vec::new(),
            failures: Vec::new(),
            passed: 1,
            objections: Vec::new(),
            absent: Vec::new(),
        };
        HoleOutcome::Open(Box::new(Open {
            hole: HoleId(hole.to_owned()),
            why: String::new(),
            budget: false,
            best: best.map(feedback),
            lone: Vec::new(),
            effort: Effort::default(),
        }))
    }

    #[test]
    fn a_draft_keeps_accepted_bodies_as_they_stand_and_the_best_of_open_holes() {
        let filled = HoleOutcome::Filled(Filled {
            hole: HoleId("f".to_owned()),
            body: "polished".to_owned(),
            ancestry: vec![candidate(Change::Body("as written".to_owned()))],
            shown: Vec::new(),
            effort: Effort::default(),
        });
        let best = candidate(Change::Body("nearly".to_owned()));
        let edits = candidate(Change::Edits(crate::patch::Patch::default()));
        let outcomes = [filled, open("g", Some(best)), open("h", None), open("i", Some(edits))];
        let draft = DraftContent::of(&outcomes, &[]);
        let kept: Vec<(&str, &str, bool)> = draft
            .holes
            .iter()
            .map(|kept| (kept.hole.0.as_str(), kept.body.as_str(), kept.accepted))
            .collect();
        assert_eq!(kept, [("f", "polished", true), ("g", "nearly", false)]);
        assert!(draft.hole(&HoleId("h".to_owned())).is_none());
        let text = serde_json::to_string(&draft).unwrap();
        assert_eq!(serde_json::from_str::<DraftContent>(&text).unwrap(), draft);
    }

    #[test]
    fn a_body_answers_the_question_that_it_was_accepted_for() {
        let hole = Hole {
            id: HoleId("f".to_owned()),
            path: crate::tree::TreePath::new("src/lib.rs").unwrap(),
            function: "f".to_owned(),
            signature: "pub fn f()".to_owned(),
            doc: String::new(),
            context: String::new(),
            dependencies: Vec::new(),
            visible: Vec::new(),
            properties: Vec::new(),
            held_back: Vec::new(),
        };
        let filled = HoleOutcome::Filled(Filled {
            hole: hole.id.clone(),
            body: "()".to_owned(),
            ancestry: vec![candidate(Change::Body("()".to_owned()))],
            shown: Vec::new(),
            effort: Effort::default(),
        });
        let draft = DraftContent::of(&[filled], std::slice::from_ref(&hole));
        let changed = Hole { doc: "Does more.".to_owned(), ..hole.clone() };
        assert!(draft.holes[0].answers(&hole) && !draft.holes[0].answers(&changed));
        assert!(!DraftHole { accepted: false, ..draft.holes[0].clone() }.answers(&hole));
    }
}
