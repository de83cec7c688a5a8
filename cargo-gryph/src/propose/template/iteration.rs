//! Loops over what is no iterator, and `collect` or `sum` into what does not take the elements.

use crate::propose::body;
use crate::propose::draft::{BodyEdit, Draft, Fault, Repair, is_number, quoted, references};

/// E0277 "is not an iterator", "cannot be built from", "cannot be made by summing".
pub(super) fn repairs(draft: &Draft<'_>, fault: &Fault<'_>) -> Vec<Repair> {
    let (Some(at), message) = (fault.at(), fault.message()) else { return Vec::new() };
    let types = quoted(message);
    if let Some(ordered) = ordered(draft, message) {
        return vec![ordered];
    }
    if message.ends_with("is not an iterator") {
        return not_iterator(draft, &at, types.first().copied().unwrap_or_default());
    }
    let built = message.contains("cannot be built from") || message.contains("cannot be built since");
    let made = message.contains("cannot be made by");
    let [target, .., element] = types.as_slice() else { return Vec::new() };
    let Some(call) = draft.method(&at).filter(|_| built || made) else { return Vec::new() };
    let dot = body::range(&call.dot_token).start;
    let adapters = if made { to_number(target, element) } else { to_element(target, element) };
    adapters.into_iter().map(|adapter| Repair::insert("E0277-collect", dot, adapter)).collect()
}

/// What needs an order, on a hash table: the body gets the ordered tables instead.
pub(super) fn ordered(draft: &Draft<'_>, message: &str) -> Option<Repair> {
    let hashed =
        ["hash_set::", "hash_map::", "HashSet<", "HashMap<"].iter().any(|table| message.contains(table));
    let order = ["DoubleEndedIterator", "`first`", "`last`", "`pop`", "`sort`", "`sort_unstable`", "`range`"];
    if !hashed || !order.iter().any(|wanted| message.contains(wanted)) {
        return None;
    }
    let tables = [("HashSet", "BTreeSet"), ("HashMap", "BTreeMap")];
    let edits = tables.iter().flat_map(|(hash, ordered)| {
        let places = draft.text.match_indices(hash);
        places.map(|(at, _)| BodyEdit { range: at..at + hash.len(), text: (*ordered).to_owned() })
    });
    let edits: Vec<BodyEdit> = edits.collect();
    (!edits.is_empty()).then(|| Repair::edits("ordered-table", edits))
}

fn not_iterator(draft: &Draft<'_>, at: &std::ops::Range<usize>, ty: &str) -> Vec<Repair> {
    const RULE: &str = "E0277-iterator";
    match references(ty).1 {
        number if is_number(number) => {
            vec![Repair::replace(RULE, at.clone(), format!("0..{}", draft.slice(at)))]
        }
        "str" | "String" => vec![draft.append(RULE, at, ".chars()"), draft.append(RULE, at, ".bytes()")],
        _ => vec![draft.append(RULE, at, ".iter()"), draft.prepend(RULE, at, "&")],
    }
}

/// Adapters that turn elements of one type into those a sum of `target` takes.
fn to_number(target: &str, element: &str) -> Vec<String> {
    let (count, _) = references(element);
    let stars = "*".repeat(count);
    vec![format!(".map(|value| {stars}value as {target})"), ".copied()".to_owned()]
}

/// Adapters that turn elements into those the collection `target` takes.
fn to_element(target: &str, element: &str) -> Vec<String> {
    let wanted = target.split_once('<').map_or("char", |(_, inner)| inner.trim_end_matches('>'));
    let ((count, plain), (_, wanted_plain)) = (references(element), references(wanted));
    let own = |text: &str| text.to_owned();
    let mut adapters = Vec::new();
    if count > 0 && (plain == wanted_plain || target == "String") {
        adapters.extend([own(".cloned()"), own(".copied()")]);
    }
    if wanted == "String" {
        adapters.push(own(".map(|item| item.to_string())"));
    }
    if plain.starts_with("Option<") || plain.starts_with("Result<") {
        adapters.push(own(".flatten()"));
    }
    if target == "String" {
        adapters.extend([own(".map(char::from)"), own(".map(|item| item.to_string())"), own(".flatten()")]);
    }
    if is_number(wanted) && is_number(plain) {
        adapters.push(format!(".map(|item| {}item as {wanted})", "*".repeat(count)));
    }
    if wanted == "&str" && plain == "String" {
        adapters.push(own(".map(|item| item.as_str())"));
    }
    adapters
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn elements_are_adapted_to_the_collection() {
        assert_eq!(to_element("Vec<String>", "&str"), [".map(|item| item.to_string())"]);
        assert_eq!(to_element("Vec<u32>", "&u32")[0], ".cloned()");
        assert_eq!(to_element("Vec<u32>", "&usize"), [".map(|item| *item as u32)"]);
        assert_eq!(to_element("String", "u8")[0], ".map(char::from)");
        assert_eq!(to_number("f64", "&u32")[0], ".map(|value| *value as f64)");
    }
}
