//! The compiler's own suggestions, of any applicability, with their placeholders filled.

use std::ops::Range;

use crate::diagnostic::{Applicability, Suggestion};
use crate::patch::{Edit, Patch};

use super::Offer;
use super::case::Case;
use super::filling::{self, Wanted};

/// Fillings of one placeholder that are tried.
const MOST_FILLINGS: usize = 4;

/// Every suggestion as offers.
pub(super) fn offers(case: &Case<'_>) -> Vec<Offer> {
    case.diagnostic.suggestions.iter().flat_map(|suggestion| offered(case, suggestion)).collect()
}

fn offered(case: &Case<'_>, suggestion: &Suggestion) -> Vec<Offer> {
    let open = suggestion.edits.iter().any(|edit| has_placeholder(&edit.replacement));
    let certainty = certainty(case, suggestion);
    if !open {
        return vec![offer(case, suggestion.edits.clone(), certainty)];
    }
    // The same rank of filling in all parts: the first fits best everywhere.
    let ranks = (0..MOST_FILLINGS).map(|rank| {
        let fill = |edit: &Edit| Some(Edit { replacement: filled(case, edit, rank)?, ..edit.clone() });
        let edits: Option<Vec<Edit>> = suggestion.edits.iter().map(fill).collect();
        let lower = certainty.saturating_sub(u8::try_from(8 * rank).unwrap_or(u8::MAX));
        Some(offer(case, edits?, lower))
    });
    ranks.flatten().collect()
}

fn offer(case: &Case<'_>, edits: Vec<Edit>, certainty: u8) -> Offer {
    let code = if case.code.is_empty() { "error" } else { case.code };
    Offer { patch: Patch { edits }, operator: code.to_owned(), proposer: "suggestion", certainty }
}

fn certainty(case: &Case<'_>, suggestion: &Suggestion) -> u8 {
    let texts = || suggestion.edits.iter().map(|edit| edit.replacement.as_str());
    if texts().any(|text| text.contains(".clone()")) {
        return 62;
    }
    if texts().any(|text| text.contains("#[derive(")) {
        return 70;
    }
    // A pattern that ignores what it was given silences the compiler more often than it says what was meant.
    if suggestion.message.contains("ignor") {
        return 30;
    }
    let imports = texts().all(|text| text.trim_start().starts_with("use "));
    let same_kind = case.diagnostic.suggestions.len();
    match suggestion.applicability {
        Applicability::MachineApplicable => 94,
        Applicability::MaybeIncorrect if imports && same_kind == 1 => 92,
        Applicability::MaybeIncorrect => 76,
        Applicability::Unspecified => 60,
        Applicability::HasPlaceholders => 56,
    }
}

/// Comments that stand for a value or a type, and the value rustc shows as an example.
fn has_placeholder(text: &str) -> bool {
    text.contains("/*") || text.trim() == "= 42"
}

/// The text with the filling of a rank in each place; `None` when one place has none of that rank.
fn filled(case: &Case<'_>, edit: &Edit, rank: usize) -> Option<String> {
    if edit.replacement.trim() == "= 42" {
        return (rank == 0).then(|| edit.replacement.replace("42", "0"));
    }
    let mut text = edit.replacement.clone();
    let mut index = 0;
    while let Some(place) = placeholder(&text) {
        let wanted = text[place.start + 2..place.end - 2].trim().to_owned();
        let name = parameter_name(case, &edit.replacement, index);
        let values = filling::values(case, &Wanted { name: name.as_deref(), ty: &wanted });
        let value = values.get(rank).or_else(|| values.first().filter(|_| index > 0))?;
        text.replace_range(place, &value.0);
        index += 1;
    }
    Some(text)
}

fn placeholder(text: &str) -> Option<Range<usize>> {
    let start = text.find("/*")?;
    let end = start + text[start..].find("*/")? + 2;
    Some(start..end)
}

/// The name of the parameter that the argument with the `index`-th placeholder is for, when the function is known.
fn parameter_name(case: &Case<'_>, replacement: &str, index: usize) -> Option<String> {
    let before: Vec<&str> = replacement.split("/*").collect();
    let position = before.iter().take(index + 1).map(|part| part.matches(',').count()).sum::<usize>();
    let callee = case.sheet.cut(&case.at());
    let name = super::case::words(callee.split('(').next()?).last()?;
    let function = case.ground.functions.iter().find(|function| function.signature.ident == name)?;
    function.parameters().into_iter().nth(position).map(|(name, _)| name)
}
