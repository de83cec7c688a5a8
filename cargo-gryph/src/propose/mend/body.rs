//! Errors inside one function's body meet the templates that repair drafts.

use crate::hole::{Hole, HoleId};
use crate::patch::{Edit, Patch, Span};
use crate::propose::draft::{Draft, Fault, Repair};
use crate::propose::template;
use crate::schema::{Site, sites};

use super::Offer;
use super::case::Case;

/// How much is expected of the first of these templates; each further one is a little less likely.
const CERTAINTY: u8 = 55;
/// The same for arms, of which the whole file knows more.
const ARM_CERTAINTY: u8 = 32;
/// What is left for the last ones.
const LEAST: u8 = 20;

/// Repairs of the body around the error.
pub(super) fn offers(case: &Case<'_>) -> Vec<Offer> {
    let at = case.at();
    let around = |site: &Site| site.body.start <= at.start && at.end <= site.body.end;
    let mut sites: Vec<Site> = sites(&case.sheet.text, &case.sheet.path);
    sites.retain(around);
    let Some(site) = sites.into_iter().min_by_key(|site| site.body.len()) else { return Vec::new() };
    let body = Span { path: case.sheet.path.clone(), range: site.body.clone() };
    let Some(seen) = case.diagnostic.seen_from(&body) else { return Vec::new() };
    let hole = hole(case, &site);
    let Some(draft) = Draft::new(&hole, case.sheet.cut(&site.body)) else { return Vec::new() };
    let repairs = template::repairs(&draft, &Fault::new(&draft, &seen));
    let first = if case.code == "E0004" { ARM_CERTAINTY } else { CERTAINTY };
    repairs.into_iter().enumerate().map(|(rank, repair)| moved(first, rank, repair, &body)).collect()
}

fn hole(case: &Case<'_>, site: &Site) -> Hole {
    Hole {
        id: HoleId(site.function.clone()),
        path: case.sheet.path.clone(),
        function: site.function.clone(),
        signature: case.sheet.cut(&site.signature).to_owned(),
        doc: String::new(),
        context: case.sheet.text.clone(),
        dependencies: Vec::new(),
        visible: Vec::new(),
        properties: Vec::new(),
        held_back: Vec::new(),
    }
}

/// The repair of a body as an offer of the file.
fn moved(first: u8, rank: usize, repair: Repair, body: &Span) -> Offer {
    let start = body.range.start;
    let edits = repair.edits.into_iter().map(|edit| Edit {
        span: Span { path: body.path.clone(), range: edit.range.start + start..edit.range.end + start },
        replacement: edit.text,
    });
    let certainty = first.saturating_sub(u8::try_from(4 * rank).unwrap_or(u8::MAX)).max(LEAST);
    let patch = Patch { edits: edits.collect() };
    Offer { patch, operator: repair.operator, proposer: "template", certainty }
}
