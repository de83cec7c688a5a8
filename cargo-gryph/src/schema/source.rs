//! Parses untrusted Rust text within bounds, so that hostile nesting cannot overflow the stack.

use std::ops::Range;

use proc_macro2::{Delimiter, Span, TokenStream, TokenTree};

/// Bytes of a file or body beyond which it is not read.
const MOST_BYTES: usize = 2 << 20;
/// Nested brackets beyond which a text is not parsed; rustc itself gives up at 128 in many places.
const DEEPEST: usize = 200;
/// Tokens of one expression at one level beyond which a text is not parsed: each may cost one recursion.
const LONGEST_RUN: usize = 16_384;
/// Stack of the parsing thread. Virtual memory: only what is used is touched.
const STACK_BYTES: usize = 512 << 20;

/// A file's syntax with spans that are byte ranges of the whole text.
pub(crate) struct Source {
    /// The syntax.
    pub(crate) file: syn::File,
    /// Bytes before the parsed part: a byte order mark, a `#!` line.
    start: usize,
}

impl Source {
    /// Parses a file. The error says why it cannot be read.
    pub(crate) fn parse(text: &str) -> Result<Self, String> {
        let start = leading(text);
        let file = syn::parse2(tokens(&text[start..])?).map_err(|error| error.to_string())?;
        Ok(Self { file, start })
    }

    /// The bytes of a span.
    pub(crate) fn range(&self, span: Span) -> Range<usize> {
        let range = span.byte_range();
        range.start + self.start..range.end + self.start
    }
}

/// Runs a parser, and whatever walks and drops its syntax, on a stack that bounded text cannot exhaust.
pub(crate) fn on_deep_stack<T: Send>(work: impl FnOnce() -> T + Send) -> std::io::Result<T> {
    std::thread::scope(|scope| {
        let thread = std::thread::Builder::new().stack_size(STACK_BYTES).spawn_scoped(scope, work)?;
        thread.join().map_err(|_| std::io::Error::other("the parser panicked"))
    })
}

/// Parses what stands between the braces of a function; spans are one byte too far, for the brace.
pub(crate) fn parse_body(body: &str) -> Result<(TokenStream, syn::Block), String> {
    let stream = tokens(&format!("{{{body}\n}}"))?;
    let block = syn::parse2(stream.clone()).map_err(|error| error.to_string())?;
    Ok((stream, block))
}

/// Splits a text into tokens, if it is small and flat enough to be parsed.
pub(crate) fn tokens(text: &str) -> Result<TokenStream, String> {
    if text.len() > MOST_BYTES {
        return Err(format!("longer than {MOST_BYTES} bytes"));
    }
    let stream: TokenStream = text.parse().map_err(|error: proc_macro2::LexError| error.to_string())?;
    bounded(stream.clone(), 0)?;
    Ok(stream)
}

fn bounded(stream: TokenStream, depth: usize) -> Result<(), String> {
    if depth > DEEPEST {
        return Err(format!("brackets nest deeper than {DEEPEST}"));
    }
    let mut run = 0_usize;
    for token in stream {
        run += 1;
        match &token {
            TokenTree::Punct(punct) if matches!(punct.as_char(), ';' | ',') => run = 0,
            TokenTree::Ident(ident) if starts_item(&ident.to_string()) => run = 0,
            TokenTree::Group(group) => bounded(group.stream(), depth + 1)?,
            TokenTree::Punct(_) | TokenTree::Ident(_) | TokenTree::Literal(_) => {}
        }
        if run > LONGEST_RUN {
            return Err(format!("one expression has more than {LONGEST_RUN} tokens"));
        }
    }
    Ok(())
}

fn starts_item(word: &str) -> bool {
    matches!(word, "fn" | "struct" | "enum" | "impl" | "mod" | "use" | "static" | "type" | "trait" | "pub")
}

/// Bytes that `syn` would skip silently, which would shift every span.
pub(super) fn leading(text: &str) -> usize {
    let mark = if text.starts_with('\u{feff}') { '\u{feff}'.len_utf8() } else { 0 };
    let rest = &text[mark..];
    let shebang = rest.starts_with("#!") && !rest[2..].trim_start().starts_with('[');
    mark + if shebang { rest.find('\n').unwrap_or(rest.len()) } else { 0 }
}

/// Whether a group is written with this bracket.
pub(crate) fn bracket(delimiter: Delimiter) -> (char, char) {
    match delimiter {
        Delimiter::Parenthesis => ('(', ')'),
        Delimiter::Brace => ('{', '}'),
        Delimiter::Bracket => ('[', ']'),
        Delimiter::None => (' ', ' '),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn hostile_nesting_is_an_error_and_not_a_crash() {
        let hostile = [
            "(".repeat(50_000) + &")".repeat(50_000),
            "!".repeat(100_000) + "true",
            "1 + ".repeat(100_000) + "1",
            "if true {} else ".repeat(20_000) + "{}",
        ];
        for body in hostile {
            let parsed = on_deep_stack(|| parse_body(&body).map(drop)).expect("a thread");
            assert!(parsed.is_err(), "{} bytes were parsed", body.len());
        }
        for body in ["!".repeat(16_000) + "true", "1 + ".repeat(8_000) + "1"] {
            assert_eq!(on_deep_stack(|| parse_body(&body).map(drop)).expect("a thread"), Ok(()));
        }
    }

    #[test]
    fn a_body_cannot_close_its_own_brace() {
        for body in ["} fn evil() {", "1 /*", "}", "{", "\"", "1 // {"] {
            assert_eq!(parse_body(body).is_ok(), body == "1 // {", "{body}");
        }
    }

    #[test]
    fn spans_count_the_bytes_that_syn_skips() {
        for lead in ["", "\u{feff}", "#!/usr/bin/env run\n", "\u{feff}#!x\n"] {
            let text = format!("{lead}fn ä() {{}} fn b() {{}}");
            let source = Source::parse(&text).expect("valid");
            let syn::Item::Fn(last) = &source.file.items[1] else { panic!("a function") };
            assert_eq!(&text[source.range(last.sig.ident.span())], "b", "{lead:?}");
        }
    }
}
