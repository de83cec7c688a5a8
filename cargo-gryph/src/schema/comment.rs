//! The line comments of a Rust text: what stands between tokens, never a string or documentation.

use std::ops::Range;

use proc_macro2::{Group, TokenStream, TokenTree};

use super::source::{leading, tokens};

/// One `// …` that is no documentation.
#[derive(Clone, PartialEq, Eq, Debug)]
pub(crate) struct Comment {
    /// What follows the two strokes, to the end of the line.
    pub(crate) text: String,
    /// Its line, from 1.
    pub(crate) line: usize,
    /// The line of the code that it is about: its own where code stands before it, else the next one that holds code.
    pub(crate) about: Option<usize>,
}

/// The line comments of a text in the order of their places. The error says why it cannot be read. Call on a deep stack.
pub(crate) fn comments(text: &str) -> Result<Vec<Comment>, String> {
    let start = leading(text);
    let mut taken = Vec::new();
    ranges(tokens(&text[start..])?, start, &mut taken);
    taken.sort_by_key(|range| range.start);
    let line = Lines::of(text);
    let (mut comments, mut done) = (Vec::new(), start);
    for next in taken.iter().map(Some).chain([None]) {
        let end = next.map_or(text.len(), |range| range.start);
        if done < end {
            let about = next.map(|range| line.at(range.start));
            // What stands before the gap ends on the line where the gap begins.
            let before = (done > start).then(|| line.at(done.saturating_sub(1)));
            for found in within(&text[done..end]) {
                let at = line.at(done + found.start);
                let about = if before == Some(at) { before } else { about };
                comments.push(Comment { text: text[done..end][found].to_owned(), line: at, about });
            }
        }
        done = done.max(next.map_or(done, |range| range.end));
    }
    Ok(comments)
}

/// Where each line begins.
struct Lines(Vec<usize>);

impl Lines {
    fn of(text: &str) -> Self {
        Self(text.match_indices('\n').map(|(at, _)| at).collect())
    }

    /// The line of a byte, from 1.
    fn at(&self, byte: usize) -> usize {
        self.0.partition_point(|end| *end < byte) + 1
    }
}

/// The bytes of all tokens; a comment that is documentation is made of tokens.
fn ranges(stream: TokenStream, start: usize, taken: &mut Vec<Range<usize>>) {
    let moved = |range: Range<usize>| range.start + start..range.end + start;
    for token in stream {
        match token {
            TokenTree::Group(group) => {
                taken.extend(brackets(&group).map(moved));
                ranges(group.stream(), start, taken);
            }
            TokenTree::Punct(_) | TokenTree::Ident(_) | TokenTree::Literal(_) => {
                taken.push(moved(token.span().byte_range()));
            }
        }
    }
}

fn brackets(group: &Group) -> [Range<usize>; 2] {
    [group.span_open().byte_range(), group.span_close().byte_range()]
}

/// The line comments in a text of white space and comments, without their strokes.
fn within(gap: &str) -> Vec<Range<usize>> {
    let (mut found, mut at) = (Vec::new(), 0);
    while let Some(next) = gap[at..].find('/') {
        let begin = at + next;
        let rest = &gap[begin..];
        if rest.starts_with("/*") {
            at = begin + block(rest);
        } else if rest.starts_with("//") {
            let end = begin + rest.find('\n').unwrap_or(rest.len());
            found.push(begin + 2..end);
            at = end;
        } else {
            at = begin + 1;
        }
    }
    found
}

/// How long a block comment is; blocks nest.
fn block(text: &str) -> usize {
    let (mut depth, mut at) = (0_usize, 0);
    let bytes = text.as_bytes();
    while at < bytes.len() {
        match bytes.get(at..at + 2) {
            Some(b"/*") => (depth, at) = (depth + 1, at + 2),
            Some(b"*/") => (depth, at) = (depth.saturating_sub(1), at + 2),
            _ => at += 1,
        }
        if depth == 0 {
            // Two ASCII marks ended it, so that this is no place inside a character.
            return at;
        }
    }
    text.len()
}

#[cfg(test)]
mod tests {
    use super::*;

    fn found(text: &str) -> Vec<(String, usize, Option<usize>)> {
        let comments = crate::schema::on_deep_stack(|| comments(text)).unwrap().unwrap();
        comments.into_iter().map(|one| (one.text, one.line, one.about)).collect()
    }

    #[test]
    fn only_real_comments_are_comments() {
        let text = "#!/bin/x // no\n/// // no\n//! no\nfn f() { // a\n    let s = \"// no\"; // b\r\n    // c\n\n    \
                    let t = r#\"\n// no\n\"#; /* // no /* */ // no */ // d\n    /** // no */\n    'x'; b'/'; x / y\n}\n// e";
        let text = text.replace("//! no\n", "");
        let expected = [
            (" a", 3, Some(3)),
            (" b\r", 4, Some(4)),
            (" c", 5, Some(7)),
            (" d", 9, Some(9)),
            (" e", 13, None),
        ];
        let expected: Vec<_> =
            expected.into_iter().map(|(text, line, about)| (text.to_owned(), line, about)).collect();
        assert_eq!(found(&text), expected);
        assert_eq!(found(""), []);
        assert_eq!(found("// é é\nfn f() {}"), [(" é é".to_owned(), 1, Some(2))]);
    }

    proptest::proptest! {
        #[test]
        fn no_text_makes_it_panic(parts in proptest::collection::vec(0..14_usize, 0..30), text in "\\PC{0,40}") {
            let words = ["//", "/*", "*/", "\n", "\"", "r#\"", "'a", "'", "fn f() {", "}", "é", "/// d", "\r", "#!x"];
            let made: String = parts.iter().map(|part| words[*part]).collect();
            let _ = crate::schema::on_deep_stack(|| (comments(&made).map(|_| ()), comments(&text).map(|_| ())));
        }
    }
}
