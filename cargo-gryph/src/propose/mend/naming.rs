//! One name in the spellings programs use, and texts in which one name is put in place of another.

/// A name as words.
fn split(name: &str) -> Vec<String> {
    let mut words: Vec<String> = Vec::new();
    let mut last_lower = false;
    for c in name.chars() {
        if c == '_' || c == '-' || c == ' ' {
            words.push(String::new());
            last_lower = false;
            continue;
        }
        if c.is_uppercase() && last_lower || words.is_empty() {
            words.push(String::new());
        }
        last_lower = c.is_lowercase() || c.is_numeric();
        if let Some(word) = words.last_mut() {
            word.extend(c.to_lowercase());
        }
    }
    words.retain(|word| !word.is_empty());
    words
}

fn title(word: &str) -> String {
    let mut chars = word.chars();
    chars.next().map(|first| first.to_uppercase().chain(chars).collect()).unwrap_or_default()
}

/// The spellings of a name, the same number in the same order for every name.
pub(super) fn spellings(name: &str) -> Vec<String> {
    let words = split(name);
    let titles: Vec<String> = words.iter().map(|word| title(word)).collect();
    let mut sentence = words.clone();
    if let Some(first) = sentence.first_mut() {
        *first = title(first);
    }
    vec![
        titles.concat(),
        words.join("_"),
        words.join("-"),
        words.join(" "),
        titles.join(" "),
        sentence.join(" "),
        words.join("_").to_uppercase(),
        words.join("-").to_uppercase(),
        words.concat(),
    ]
}

/// The text with `to` in place of `from`, in whatever spelling it stands; one text for each way to spell several words
/// where `from` has but one. Empty when `from` does not occur.
pub(super) fn rebound(text: &str, from: &str, to: &str) -> Vec<String> {
    let (from, to) = (spellings(from), spellings(to));
    let mut results: Vec<String> = Vec::new();
    // Title, snake, kebab and spaces differ only where there are several words.
    for preferred in [1, 2, 3, 8] {
        let mut order: Vec<usize> = vec![0, preferred];
        order.extend((0..from.len()).filter(|index| *index != 0 && *index != preferred));
        let pairs: Vec<(&str, &str)> = order.iter().map(|&at| (from[at].as_str(), to[at].as_str())).collect();
        if let Some(result) = replaced(text, &pairs)
            && !results.contains(&result)
        {
            results.push(result);
        }
    }
    results
}

/// Whole words of the text replaced by the first pair that fits; `None` when none does.
fn replaced(text: &str, pairs: &[(&str, &str)]) -> Option<String> {
    let mut result = String::with_capacity(text.len());
    let mut changed = false;
    let mut rest = text;
    let mut before: Option<char> = None;
    while let Some(c) = rest.chars().next() {
        let bound = |c: Option<char>| !c.is_some_and(char::is_alphanumeric);
        let fits = |(from, _): &&(&str, &str)| {
            !from.is_empty()
                && rest.starts_with(from)
                && bound(before)
                && bound(rest[from.len()..].chars().next())
        };
        if let Some((from, to)) = pairs.iter().find(fits) {
            result.push_str(to);
            changed = true;
            before = from.chars().next_back();
            rest = &rest[from.len()..];
        } else {
            result.push(c);
            before = Some(c);
            rest = &rest[c.len_utf8()..];
        }
    }
    changed.then_some(result)
}

/// The text with single identifiers replaced, all at once.
pub(super) fn renamed(text: &str, pairs: &[(String, String)]) -> String {
    let mut result = String::with_capacity(text.len());
    let mut word = String::new();
    let flush = |word: &mut String, result: &mut String| {
        let to = pairs.iter().find(|(from, _)| from == word).map_or(word.as_str(), |(_, to)| to.as_str());
        result.push_str(to);
        word.clear();
    };
    for c in text.chars() {
        if c == '_' || c.is_alphanumeric() {
            word.push(c);
        } else {
            flush(&mut word, &mut result);
            result.push(c);
        }
    }
    flush(&mut word, &mut result);
    result
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_name_is_found_in_every_spelling() {
        assert_eq!(rebound("\"cancelled\"", "Cancelled", "Shipped"), ["\"shipped\""]);
        assert_eq!(rebound("draw_circle(Shape::Circle)", "Circle", "Square"), ["draw_square(Shape::Square)"]);
        assert_eq!(rebound("\"in_transit\"", "InTransit", "Lost"), ["\"lost\""]);
        assert_eq!(
            rebound("\"lost\"", "Lost", "InTransit"),
            ["\"in_transit\"", "\"in-transit\"", "\"in transit\"", "\"intransit\""]
        );
        assert!(rebound("\"circles\"", "Circle", "Square").is_empty());
    }

    #[test]
    fn identifiers_are_exchanged_all_at_once() {
        let pairs = [("a".to_owned(), "b".to_owned()), ("b".to_owned(), "a".to_owned())];
        assert_eq!(renamed("a - b * aa", &pairs), "b - a * aa");
    }
}
