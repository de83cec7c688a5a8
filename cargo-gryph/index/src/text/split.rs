//! Text as words: identifiers are split by case and underscore, letters are small, endings of English are cut.

/// Longer words are noise: digests, encoded data.
const MAX_WORD: usize = 40;

/// Calls `visit` with each part of each identifier or word of a text, in small letters, endings kept.
///
/// `whole` is called after the parts of an identifier that has several, with all of them in one.
pub(crate) fn split(text: &str, mut part: impl FnMut(&str), mut whole: impl FnMut(&str)) {
    let (mut parts, mut joined) = (Vec::new(), String::new());
    for identifier in text.split(|letter: char| !letter.is_alphanumeric() && letter != '_') {
        joined.clear();
        parts.clear();
        boundaries(identifier, &mut joined, &mut parts);
        let mut start = 0;
        for end in &parts {
            part(&joined[start..*end]);
            start = *end;
        }
        if parts.len() > 1 {
            whole(&joined);
        }
    }
}

/// Appends an identifier in small letters, without underscores, and where in it its parts end.
fn boundaries(identifier: &str, joined: &mut String, ends: &mut Vec<usize>) {
    let mut letters = identifier.chars().peekable();
    let (mut start, mut before) = (joined.len(), None::<char>);
    while let Some(letter) = letters.next() {
        let is_next_small = letters.peek().is_some_and(|next| next.is_lowercase());
        let is_new = before.is_some_and(|before| {
            letter == '_' || letter.is_uppercase() && (!before.is_uppercase() || is_next_small)
        });
        if is_new && joined.len() > start {
            ends.push(joined.len());
            start = joined.len();
        }
        before = Some(letter);
        match letter {
            '_' => {}
            letter if letter.is_ascii() => joined.push(letter.to_ascii_lowercase()),
            letter => joined.extend(letter.to_lowercase()),
        }
    }
    if joined.len() > start {
        ends.push(joined.len());
    }
}

/// A word as it is looked up: without the endings of English that say number and time.
///
/// `parse`, `parses`, `parsed` and `parsing` become `pars`. It is less than Porter's algorithm on purpose: words of
/// code that only look alike (`general`, `generate`) stay apart. `None` where the word is too long to be one.
pub(crate) fn stem(word: &str) -> Option<&str> {
    if word.len() > MAX_WORD {
        return None;
    }
    if word.len() < 4 || !word.is_ascii() {
        return Some(word);
    }
    let singular = singular(word);
    let base = without_time(singular);
    let is_long = base.len() > 3;
    Some(if is_long { base.strip_suffix('e').unwrap_or(base) } else { base })
}

/// Without the `s` of a plural or of the third person.
fn singular(word: &str) -> &str {
    let hissing = ["sses", "shes", "ches", "xes", "zes"];
    if hissing.iter().any(|ending| word.ends_with(ending)) {
        return &word[..word.len() - 2];
    }
    match word.strip_suffix('s') {
        Some(rest) if !rest.ends_with(['s', 'u', 'i']) => rest,
        Some(_) | None => word,
    }
}

/// Without `ing` and `ed`, where a syllable is left; a doubled consonant becomes one.
fn without_time(word: &str) -> &str {
    let is_vowel = |letter: char| "aeiouy".contains(letter);
    let rest = word.strip_suffix("ing").or_else(|| word.strip_suffix("ed"));
    let Some(rest) = rest.filter(|rest| rest.len() >= 3 && rest.contains(is_vowel)) else { return word };
    let mut ends = rest.bytes().rev();
    match (ends.next(), ends.next()) {
        (Some(last), Some(before)) if last == before && !b"lszaeiou".contains(&last) => {
            &rest[..rest.len() - 1]
        }
        _ => rest,
    }
}

/// Words of English that say nothing of what is looked for.
pub(crate) fn is_stop_word(word: &str) -> bool {
    const STOP: [&str; 24] = [
        "a", "an", "and", "are", "as", "at", "be", "by", "do", "for", "from", "how", "in", "is", "it", "of",
        "on", "or", "that", "the", "this", "to", "which", "with",
    ];
    STOP.contains(&word)
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::{split, stem};

    /// The parts of a text, and the identifiers that have several.
    fn words(text: &str) -> (Vec<String>, Vec<String>) {
        let (mut parts, mut wholes) = (Vec::new(), Vec::new());
        split(text, |part| parts.push(part.to_owned()), |whole| wholes.push(whole.to_owned()));
        (parts, wholes)
    }

    #[test]
    fn identifiers_are_split_by_case_and_underscore() {
        let check = |text, expect: &[&str], whole: &[&str]| {
            let (parts, wholes) = words(text);
            assert_eq!(
                (parts, wholes),
                (expect.iter().map(|part| part.to_string()).collect(), {
                    whole.iter().map(|whole| whole.to_string()).collect::<Vec<_>>()
                })
            );
        };
        check("next_line", &["next", "line"], &["nextline"]);
        check("HTTPServer::newTCP", &["http", "server", "new", "tcp"], &["httpserver", "newtcp"]);
        check("__utf8 Base64Encoder", &["utf8", "base64", "encoder"], &["base64encoder"]);
        check("Ärger_über 木 _ ", &["ärger", "über", "木"], &["ärgerüber"]);
    }

    #[test]
    fn forms_of_a_word_have_one_stem() {
        for forms in [
            &["parse", "parses", "parsed", "parsing"][..],
            &["stop", "stops", "stopped", "stopping"],
            &["match", "matches", "matched"],
            &["line", "lines"],
            &["index", "indexes", "indexing"],
        ] {
            let stems: Vec<_> = forms.iter().map(|form| stem(form)).collect();
            assert!(stems.windows(2).all(|pair| pair[0] == pair[1]), "{stems:?}");
        }
        assert_eq!(stem("string"), Some("string"));
        assert_eq!(stem("status"), Some("status"));
        assert_eq!(stem(&"x".repeat(41)), None);
    }

    proptest! {
        #[test]
        fn any_text_has_words(text in "(.|\\n)*") {
            words(&text).0.iter().for_each(|word| { stem(word); });
        }
    }
}
