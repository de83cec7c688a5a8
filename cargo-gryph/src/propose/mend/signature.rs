//! Signatures that do not fit: those a trait asks for, and those the body does not live up to.

use crate::propose::draft::quoted;

use super::Offer;
use super::case::Case;
use super::ground::{Function, fields};

/// E0049, E0050, E0053, E0185, E0186 and E0195: the method with the trait's signature and its own parameter names.
pub(super) fn contract(case: &Case<'_>) -> Vec<Offer> {
    let Some(function) = case.function() else { return Vec::new() };
    let declared = function.holder.and_then(|holder| {
        let name = holder.trait_.as_ref()?.1.segments.last()?.ident.to_string();
        case.ground.functions.iter().find(|known| {
            known.contract.is_some_and(|contract| contract.ident == name)
                && known.signature.ident == function.signature.ident
        })
    });
    let Some(declared) = declared else { return Vec::new() };
    let text = with_names(declared, &function);
    vec![case.offer("trait-signature", 85, vec![(case.sheet.range(function.signature), text)])]
}

/// The trait's signature with the implementation's names where both have as many.
fn with_names(declared: &Function<'_>, own: &Function<'_>) -> String {
    let text = declared.sheet.slice(declared.signature).to_owned();
    let start = declared.sheet.range(declared.signature).start;
    let patterns = |function: &Function<'_>| -> Vec<(usize, usize, String)> {
        let typed = function.signature.inputs.iter().filter_map(|input| match input {
            syn::FnArg::Typed(typed) => Some(&typed.pat),
            syn::FnArg::Receiver(_) => None,
        });
        typed
            .map(|pattern| {
                let range = function.sheet.range(pattern);
                (range.start, range.end, function.sheet.cut(&range).to_owned())
            })
            .collect()
    };
    let (theirs, ours) = (patterns(declared), patterns(own));
    let mut result = text;
    if theirs.len() == ours.len() {
        for ((from, to, _), (_, _, name)) in theirs.iter().zip(&ours).rev() {
            result.replace_range(from - start..to - start, name);
        }
    }
    result
}

/// E0308: the function returns what its body gives.
pub(super) fn returned(case: &Case<'_>) -> Vec<Offer> {
    let because = case.labelled("because of return type");
    let label = case.label.text.as_deref().unwrap_or_default();
    let [_, found, ..] = quoted(label)[..] else { return Vec::new() };
    let writable = !found.contains(['{', '[', '_', '@']) && !found.starts_with("fn") && found != "()";
    let place = because.into_iter().next().filter(|_| writable && label.contains("found"));
    place.map(|place| case.offer("return-type", 24, vec![(place, found.to_owned())])).into_iter().collect()
}

/// E0277 and E0271 on `?`: the error type takes the other one in.
pub(super) fn conversion(case: &Case<'_>) -> Vec<Offer> {
    let mut offers = Vec::new();
    for (target, source) in converted(case) {
        let last = |text: &str| {
            text.split('<').next().unwrap_or_default().rsplit("::").next().unwrap_or_default().to_owned()
        };
        let Some(found) = case.ground.choice(&last(&target)) else { continue };
        for variant in &found.node.variants {
            let [(_, ty)] = &fields(&variant.fields)[..] else { continue };
            if !matches!(variant.fields, syn::Fields::Unnamed(_)) || last(ty) != last(&source) {
                continue;
            }
            let (name, variant) = (&found.node.ident, &variant.ident);
            let text = format!(
                "\n\nimpl From<{ty}> for {name} {{\n    fn from(error: {ty}) -> Self {{\n        {name}::{variant}(error)\n    }}\n}}"
            );
            let end = found.sheet.range(found.node).end;
            offers.push(super::case::offer(found.sheet, case.code, "from", 80, vec![(end..end, text)]));
            let question = case.sheet.text.get(case.at().start..).and_then(|rest| rest.find('?'));
            if let Some(at) = question.filter(|at| !case.sheet.text[case.at().start..][..*at].contains(';')) {
                let at = case.at().start + at;
                offers.push(case.insert("map-err", 66, at, format!(".map_err({name}::{variant})")));
            }
        }
    }
    offers
}

/// Error types with the types they should take in.
fn converted(case: &Case<'_>) -> std::collections::BTreeSet<(String, String)> {
    let mut pairs = std::collections::BTreeSet::new();
    for (target, wanted) in case.texts().flat_map(super::case::bounds) {
        let source = wanted.strip_prefix("From<").or_else(|| wanted.strip_prefix("std::convert::From<"));
        pairs.extend(
            source.and_then(|source| source.strip_suffix('>')).map(|source| (target, source.to_owned())),
        );
    }
    // E0271: `?` told `parse` to fail with the function's own error.
    let label = case.label.text.as_deref().unwrap_or_default();
    if let ("E0271", [expected, found, ..]) = (case.code, quoted(label).as_slice()) {
        pairs.insert(((*expected).to_owned(), (*found).to_owned()));
    }
    pairs
}

/// E0728: the function around an `await` becomes `async`.
pub(super) fn asynchronous(case: &Case<'_>) -> Vec<Offer> {
    let Some(function) = case.function().filter(|function| function.signature.asyncness.is_none()) else {
        return Vec::new();
    };
    let start = case.sheet.range(&function.signature.fn_token).start;
    vec![case.insert("async", 60, start, "async ")]
}
