//! Text that does not parse: a bracket or a semicolon that is not there.

use super::Offer;
use super::case::Case;

/// What the message says is expected, put where it is expected.
pub(super) fn offers(case: &Case<'_>) -> Vec<Offer> {
    if case.sheet.file().is_some() {
        return Vec::new();
    }
    let message = &case.diagnostic.message;
    let at = case.at();
    let before = case.sheet.text.get(..at.start).unwrap_or_default().trim_end().len();
    let mut offers = Vec::new();
    for token in [";", ",", ")", "]", "}", "{", "=", "=>", ":", "->"] {
        if message.contains(&format!("expected `{token}`"))
            || case.texts().any(|text| text == format!("expected `{token}`"))
        {
            offers.push(case.insert("token", 70, before, token));
            offers.push(case.insert("token", 50, at.end, token));
        }
    }
    if message.contains("expected one of") {
        for token in case
            .quoted()
            .into_iter()
            .filter(|token| matches!(*token, ";" | "," | ")" | "}" | "]" | "{" | ":"))
        {
            offers.push(case.insert("token", 45, before, token));
        }
    }
    if message.contains("unclosed delimiter") || message.contains("mismatched closing delimiter") {
        offers.extend(unclosed(case));
        offers.extend(in_line(case));
    }
    if message.contains("unexpected closing delimiter") {
        offers.push(case.replace("token", 60, ""));
    }
    offers
}

/// A brace at the end of each part of the file that begins less indented than what was opened.
fn unclosed(case: &Case<'_>) -> Vec<Offer> {
    let mut opened: Vec<usize> = case.diagnostic.labels.iter().map(|label| label.span.range.start).collect();
    opened.retain(|at| case.sheet.text[*at..].starts_with(['{', '(', '[']));
    opened.sort_unstable();
    let mut offers = Vec::new();
    for at in opened.iter().rev() {
        let close = match case.sheet.text.as_bytes().get(*at) {
            Some(b'(') => ")",
            Some(b'[') => "]",
            _ => "}",
        };
        let indent = case.sheet.indent(*at);
        let mut offset = case.sheet.text[*at..].find('\n').map_or(case.sheet.text.len(), |end| at + end + 1);
        for line in case.sheet.text[offset..].split_inclusive('\n') {
            let own = line.len() - line.trim_start().len();
            let shallow = !line.trim().is_empty() && own <= indent.len();
            if shallow && !line.trim_start().starts_with(close) {
                offers.push(case.insert("token", 64, offset, format!("{indent}{close}\n\n")));
                break;
            }
            if shallow {
                break;
            }
            offset += line.len();
        }
    }
    offers.push(case.insert("token", 40, case.sheet.text.trim_end().len(), "\n}"));
    offers
}

/// A round or square bracket that its line does not close: at the end of the line, or before one of its calls.
fn in_line(case: &Case<'_>) -> Vec<Offer> {
    let mut offers = Vec::new();
    for label in &case.diagnostic.labels {
        let at = label.span.range.start;
        let close = match case.sheet.text.as_bytes().get(at) {
            Some(b'(') => ")",
            Some(b'[') => "]",
            _ => continue,
        };
        let rest = &case.sheet.text[at..];
        let line = &rest[..rest.find('\n').unwrap_or(rest.len())];
        let end = at + line.trim_end().trim_end_matches([';', '{', ',']).trim_end().len();
        offers.push(case.insert("token", 62, end, close));
        let calls = line
            .match_indices('.')
            .map(|(dot, _)| dot)
            .filter(|dot| *dot > 0 && line[dot + 1..].starts_with(|c: char| c.is_alphabetic()));
        offers.extend(calls.take(6).map(|dot| case.insert("token", 58, at + dot, close)));
    }
    offers
}
