//! Drafts that do not compile are repaired: rustc's suggestions of any applicability and our templates make children.
//!
//! A draft usually has several errors, so the first child takes the likeliest repair of each at once; the others
//! exchange one of them, or take one alone. Children that do not parse, or that were tried, are dropped. The fewest
//! errors first, three generations deep.

use std::collections::{BTreeMap, BTreeSet};

use crate::candidate::{Candidate, CandidateId, Change, Origin};
use crate::diagnostic::{Applicability, Diagnostic, Level, Suggestion};
use crate::hole::Hole;
use crate::propose::body::{self, normal_form};
use crate::propose::draft::{BodyEdit, Draft, Fault, Repair};
use crate::propose::proposer::{Feedback, ProposeError, Proposer, Situation};
use crate::propose::template;

/// Children of one draft.
pub const MOST_CHILDREN: usize = 12;
/// Generations below a draft.
pub const MOST_GENERATIONS: usize = 3;
/// Errors of one draft that are looked at.
const MOST_FAULTS: usize = 12;
/// Alternatives of one error.
const MOST_ALTERNATIVES: usize = 6;
/// Errors up to which each repair is also tried alone.
const FEW: usize = 3;

/// Proposes children of drafts that do not compile.
pub struct SuggestionProposer {
    /// Candidates one call proposes.
    most: usize,
    expanded: BTreeSet<CandidateId>,
}

impl SuggestionProposer {
    /// A proposer of at most `most` candidates a call.
    pub fn new(most: usize) -> Self {
        Self { most, expanded: BTreeSet::new() }
    }
}

impl Proposer for SuggestionProposer {
    fn propose(&mut self, situation: &Situation<'_>) -> Result<Vec<Candidate>, ProposeError> {
        let parents: BTreeMap<CandidateId, Option<CandidateId>> = situation
            .tried
            .iter()
            .map(|feedback| (feedback.id(), feedback.candidate.origin.parent))
            .collect();
        let open = |feedback: &&Feedback| {
            feedback.errors() > 0
                && !self.expanded.contains(&feedback.id())
                && generation(&parents, feedback.id()) < MOST_GENERATIONS
        };
        let mut drafts: Vec<&Feedback> = situation.tried.iter().filter(open).collect();
        drafts.sort_by_key(|feedback| (feedback.errors(), feedback.id()));
        let mut seen: BTreeSet<String> =
            situation.tried.iter().filter_map(Feedback::body).map(normal_form).collect();
        let mut candidates = Vec::new();
        for draft in drafts {
            if candidates.len() >= self.most || (situation.cancelled)() {
                break;
            }
            self.expanded.insert(draft.id());
            let Some(text) = draft.body() else { continue };
            for child in children(situation.hole, text, &draft.diagnostics) {
                if candidates.len() < self.most && seen.insert(normal_form(&child.body)) {
                    let id = CandidateId(situation.next_id.saturating_add(candidates.len() as u32));
                    candidates.push(candidate(situation, draft, child, id));
                }
            }
        }
        Ok(candidates)
    }
}

fn candidate(situation: &Situation<'_>, parent: &Feedback, child: Child, id: CandidateId) -> Candidate {
    let origin = Origin {
        proposer: child.proposer.to_owned(),
        round: situation.round,
        model: parent.candidate.origin.model.clone(),
        prompt: parent.candidate.origin.prompt,
        seed: parent.candidate.origin.seed,
        operator: Some(child.operator),
        parent: Some(parent.id()),
    };
    Candidate { id, hole: situation.hole.id.clone(), change: Change::Body(child.body), origin }
}

fn generation(parents: &BTreeMap<CandidateId, Option<CandidateId>>, id: CandidateId) -> usize {
    let mut at = id;
    let mut depth = 0;
    while let Some(parent) = parents.get(&at).copied().flatten() {
        depth += 1;
        at = parent;
        if depth > MOST_GENERATIONS {
            break;
        }
    }
    depth
}

/// A repaired body.
#[derive(Clone, PartialEq, Eq, Debug)]
pub struct Child {
    /// The body.
    pub body: String,
    /// `suggestion` when rustc offered all of it, else `template`.
    pub proposer: &'static str,
    /// The rules that made it, joined by `+`.
    pub operator: String,
}

/// The children of a draft, the likeliest first, at most [`MOST_CHILDREN`]. Spans and edits of the diagnostics in the
/// hole's file count bytes in `body`.
pub fn children(hole: &Hole, body: &str, diagnostics: &[Diagnostic]) -> Vec<Child> {
    let Some(draft) = Draft::new(hole, body) else { return Vec::new() };
    let faults = faults(&draft, diagnostics);
    let mut children: Vec<Child> = Vec::new();
    let mut seen = BTreeSet::from([normal_form(body)]);
    for choice in choices(&faults) {
        if children.len() == MOST_CHILDREN {
            break;
        }
        if let Some(child) = apply(body, &choice)
            && seen.insert(normal_form(&child.body))
        {
            children.push(child);
        }
    }
    children
}

/// The alternatives for one error.
type Alternatives = Vec<Offer>;

/// A repair and who offered it.
#[derive(Clone, PartialEq, Eq, Debug)]
struct Offer {
    repair: Repair,
    template: bool,
}

fn faults(draft: &Draft<'_>, diagnostics: &[Diagnostic]) -> Vec<Alternatives> {
    let mut seen = BTreeSet::new();
    let errors = diagnostics.iter().filter(|diagnostic| diagnostic.level == Level::Error);
    let mut faults = Vec::new();
    for error in errors.take(MOST_FAULTS * 2) {
        let fault = Fault::new(draft, error);
        // A library is compiled with and without its tests, so each error comes twice.
        let place = fault.at().map(|at| (at.start, at.end));
        if faults.len() < MOST_FAULTS && seen.insert((fault.code.to_owned(), error.message.clone(), place)) {
            let alternatives = alternatives(draft, &fault);
            if !alternatives.is_empty() {
                faults.push(alternatives);
            }
        }
    }
    faults
}

fn alternatives(draft: &Draft<'_>, fault: &Fault<'_>) -> Alternatives {
    let mut suggestions: Vec<&Suggestion> = fault.diagnostic.suggestions.iter().collect();
    suggestions.sort_by_key(|suggestion| suggestion.applicability);
    let offered = suggestions.into_iter().filter_map(|suggestion| {
        Some(Offer { repair: offered(draft, fault.code, suggestion)?, template: false })
    });
    let made = template::repairs(draft, fault).into_iter().map(|repair| Offer { repair, template: true });
    let mut alternatives: Alternatives = Vec::new();
    for offer in offered.chain(made) {
        if !alternatives.iter().any(|known| known.repair.edits == offer.repair.edits) {
            alternatives.push(offer);
        }
    }
    alternatives.sort_by_key(unlikely);
    alternatives.truncate(MOST_ALTERNATIVES);
    alternatives
}

/// Repairs that compile but seldom mean what was wanted come last.
fn unlikely(offer: &Offer) -> bool {
    let texts = || offer.repair.edits.iter().map(|edit| edit.text.as_str());
    texts().any(|text| text.contains("unwrap()") || text.contains("expect(")) && !offer.template
}

/// A suggestion of rustc as a repair, if all of it lies in the body and nothing is left to be filled in.
fn offered(draft: &Draft<'_>, code: &str, suggestion: &Suggestion) -> Option<Repair> {
    let edits: Option<Vec<BodyEdit>> = suggestion
        .edits
        .iter()
        .map(|edit| {
            let inside =
                edit.span.path == draft.hole.path && draft.text.get(edit.span.range.clone()).is_some();
            let text = filled(&edit.replacement, suggestion.applicability)?;
            inside.then(|| BodyEdit { range: edit.span.range.clone(), text })
        })
        .collect();
    let edits = edits.filter(|edits| !edits.is_empty())?;
    let operator = if code.is_empty() { "suggestion" } else { code };
    Some(Repair::edits(operator, edits))
}

/// The replacement with its placeholders filled, or `None` when that cannot be done or would only hide the error.
fn filled(replacement: &str, applicability: Applicability) -> Option<String> {
    const HIDING: [&str; 7] =
        ["todo!(", "unimplemented!(", "panic!(", "unreachable!(", "unsafe", "#[", "#!["];
    if HIDING.iter().any(|hiding| replacement.contains(hiding)) {
        return None;
    }
    let holds_comment = replacement.contains("/*");
    let placeholder = applicability == Applicability::HasPlaceholders || holds_comment;
    if placeholder && holds_comment {
        let mut text = replacement.to_owned();
        while let (Some(start), Some(end)) = (text.find("/*"), text.find("*/")) {
            if end < start {
                return None;
            }
            text.replace_range(start..end + 2, "Default::default()");
        }
        return Some(text);
    }
    Some(replacement.to_owned())
}

/// Which repairs to take together, the likeliest choice first.
fn choices(faults: &[Alternatives]) -> Vec<Vec<&Offer>> {
    let firsts: Vec<&Offer> = faults.iter().filter_map(|alternatives| alternatives.first()).collect();
    let mut choices = vec![firsts.clone()];
    let deepest = faults.iter().map(Vec::len).max().unwrap_or(0);
    for rank in 1..deepest {
        for (at, alternatives) in faults.iter().enumerate() {
            if let Some(other) = alternatives.get(rank) {
                // The exchanged repair comes first, so that it wins over those it overlaps.
                let mut choice = vec![other];
                choice.extend(
                    firsts.iter().enumerate().filter(|(index, _)| *index != at).map(|(_, offer)| *offer),
                );
                choices.push(choice);
            }
        }
    }
    if faults.len() > 1 && faults.len() <= FEW {
        choices.extend(firsts.iter().map(|offer| vec![*offer]));
    }
    choices
}

/// The body with the repairs applied, those that overlap an earlier one left out.
fn apply(body: &str, choice: &[&Offer]) -> Option<Child> {
    let mut taken: Vec<&BodyEdit> = Vec::new();
    let mut used: Vec<&Offer> = Vec::new();
    for offer in choice {
        let edits = &offer.repair.edits;
        let known = edits.iter().all(|edit| taken.contains(&edit));
        if !known && edits.iter().all(|edit| taken.iter().all(|other| apart(edit, other))) {
            taken.extend(edits);
            used.push(offer);
        }
    }
    let text = edited(body, &taken)?;
    body::check(&text).ok()?;
    let mut operators: Vec<&str> = used.iter().map(|offer| offer.repair.operator.as_str()).collect();
    operators.dedup();
    let proposer = if used.iter().any(|offer| offer.template) { "template" } else { "suggestion" };
    Some(Child { body: text, proposer, operator: operators.join("+") })
}

/// Whether two edits can both be made. Insertions at one place stack when they differ.
pub(crate) fn apart(left: &BodyEdit, right: &BodyEdit) -> bool {
    let (l, r) = (&left.range, &right.range);
    let both_insert = l.is_empty() && r.is_empty();
    if both_insert {
        l.start != r.start || left.text != right.text
    } else {
        l.end <= r.start || r.end <= l.start
    }
}

pub(crate) fn edited(text: &str, edits: &[&BodyEdit]) -> Option<String> {
    let mut edits = edits.to_vec();
    edits.sort_by_key(|edit| (edit.range.start, edit.range.end));
    let mut result = String::with_capacity(text.len());
    let mut done = 0;
    for edit in edits {
        result.push_str(text.get(done..edit.range.start)?);
        result.push_str(&edit.text);
        text.get(edit.range.clone())?;
        done = edit.range.end;
    }
    result.push_str(text.get(done..)?);
    Some(result)
}
