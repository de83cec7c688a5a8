//! Finds where a Rust body ends, by lexing only: the text may be unfinished or not Rust at all.

/// How far a text that starts inside a body gets.
#[derive(Clone, PartialEq, Eq, Debug)]
pub enum BodyEnd {
    /// The closing brace of the body stands at this byte.
    Closed(usize),
    /// The text ends with these delimiters still open, outermost first; the body's own brace is not among them.
    Open(Vec<char>),
    /// The text ends inside a string, a character or a block comment.
    Inside,
    /// The closing delimiter at this byte closes nothing that is open.
    Broken(usize),
}

/// Lexes a text that starts right after the `{` of a body (Rust reference, "Lexical structure": comments, strings, raw
/// strings, characters against lifetimes).
pub fn body_end(text: &str) -> BodyEnd {
    let mut open = Vec::new();
    let mut lexer = Lexer::new(text);
    while let Some(token) = lexer.next() {
        match token {
            Token::Open(delimiter, _) => open.push(delimiter),
            Token::Close('}', at) if open.is_empty() => return BodyEnd::Closed(at),
            Token::Close(delimiter, at) => {
                if open.pop().map(closing) != Some(delimiter) {
                    return BodyEnd::Broken(at);
                }
            }
            Token::Unfinished => return BodyEnd::Inside,
            Token::Word(_) | Token::Other => {}
        }
    }
    BodyEnd::Open(open)
}

/// Where the function `name` stands in a text that need not parse: the byte of its `fn` and the byte after the `{` of
/// its body. A declaration that ends in `;` does not count.
pub fn find_function(text: &str, name: &str) -> Option<(usize, usize)> {
    let mut lexer = Lexer::new(text);
    let mut previous = None;
    while let Some(token) = lexer.next() {
        let Token::Word(range) = token else {
            previous = None;
            continue;
        };
        let before = previous.replace(range.clone());
        let after_fn = before.filter(|before| &text[before.clone()] == "fn");
        if let (Some(keyword), true) = (after_fn, &text[range] == name)
            && let Some(body) = body_start(text, &mut lexer)
        {
            return Some((keyword.start, body));
        }
    }
    None
}

/// The byte after the next `{` outside parentheses and brackets, unless a `;` comes first.
fn body_start(text: &str, lexer: &mut Lexer<'_>) -> Option<usize> {
    let mut depth = 0_usize;
    while let Some(token) = lexer.next() {
        match token {
            Token::Open('{', at) if depth == 0 => return Some(at + 1),
            Token::Open(..) => depth += 1,
            Token::Close(..) => depth = depth.checked_sub(1)?,
            Token::Other if depth == 0 && text[..lexer.at].ends_with(';') => return None,
            Token::Unfinished => return None,
            Token::Word(_) | Token::Other => {}
        }
    }
    None
}

/// The delimiter that closes `open`.
pub fn closing(open: char) -> char {
    match open {
        '(' => ')',
        '[' => ']',
        _ => '}',
    }
}

enum Token {
    Open(char, usize),
    Close(char, usize),
    Word(std::ops::Range<usize>),
    Other,
    Unfinished,
}

struct Lexer<'a> {
    text: &'a str,
    at: usize,
}

impl<'a> Lexer<'a> {
    fn new(text: &'a str) -> Self {
        Self { text, at: 0 }
    }

    fn rest(&self) -> &'a str {
        &self.text[self.at..]
    }

    fn next(&mut self) -> Option<Token> {
        self.skip_space();
        let start = self.at;
        let first = self.rest().chars().next()?;
        Some(match first {
            '/' if self.rest().starts_with("//") => self.line_comment(),
            '/' if self.rest().starts_with("/*") => self.block_comment(),
            '"' => self.string(1),
            '\'' => self.quote(),
            '(' | '[' | '{' => self.single(Token::Open(first, start)),
            ')' | ']' | '}' => self.single(Token::Close(first, start)),
            c if c == '_' || c.is_alphanumeric() => self.word(),
            c => {
                self.at += c.len_utf8();
                Token::Other
            }
        })
    }

    fn skip_space(&mut self) {
        self.at = self.text.len() - self.rest().trim_start().len();
    }

    fn single(&mut self, token: Token) -> Token {
        self.at += 1;
        token
    }

    fn line_comment(&mut self) -> Token {
        self.at += self.rest().find('\n').unwrap_or(self.rest().len());
        Token::Other
    }

    fn block_comment(&mut self) -> Token {
        let mut depth = 0_usize;
        while !self.rest().is_empty() {
            if self.rest().starts_with("/*") {
                depth += 1;
                self.at += 2;
            } else if self.rest().starts_with("*/") {
                depth -= 1;
                self.at += 2;
                if depth == 0 {
                    return Token::Other;
                }
            } else {
                self.at += self.rest().chars().next().map_or(1, char::len_utf8);
            }
        }
        Token::Unfinished
    }

    /// A string with escapes, its prefix and opening quote being `skip` bytes long.
    fn string(&mut self, skip: usize) -> Token {
        self.at += skip;
        let mut escaped = false;
        for (at, c) in self.rest().char_indices() {
            match c {
                '"' if !escaped => {
                    self.at += at + 1;
                    return Token::Other;
                }
                '\\' => escaped = !escaped,
                _ => escaped = false,
            }
        }
        self.at = self.text.len();
        Token::Unfinished
    }

    /// A raw string whose prefix is `prefix` bytes long and followed by `hashes` hashes and a quote.
    fn raw_string(&mut self, prefix: usize, hashes: usize) -> Token {
        self.at += prefix + hashes + 1;
        let end = format!("\"{}", "#".repeat(hashes));
        if let Some(at) = self.rest().find(&end) {
            self.at += at + end.len();
            return Token::Other;
        }
        self.at = self.text.len();
        Token::Unfinished
    }

    /// A character literal, or a lifetime.
    fn quote(&mut self) -> Token {
        let mut chars = self.rest().char_indices().skip(1);
        let (Some((_, first)), second) = (chars.next(), chars.next()) else { return self.unfinished() };
        match (first, second) {
            ('\\', Some((at, _))) => self.escaped_char(at),
            (_, Some((at, '\''))) => {
                self.at += at + 1;
                Token::Other
            }
            (c, _) if c == '_' || c.is_alphabetic() => {
                self.at += 1;
                let word = self.word_length();
                self.at += word;
                Token::Other
            }
            (_, None) => self.unfinished(),
            (_, Some(_)) => self.single(Token::Other),
        }
    }

    /// The rest of a character literal whose escaped character stands `at` bytes after the quote.
    fn escaped_char(&mut self, at: usize) -> Token {
        let after = at + self.rest()[at..].chars().next().map_or(1, char::len_utf8);
        match self.rest()[after..].find('\'') {
            Some(end) => {
                self.at += after + end + 1;
                Token::Other
            }
            None => self.unfinished(),
        }
    }

    fn unfinished(&mut self) -> Token {
        self.at = self.text.len();
        Token::Unfinished
    }

    fn word_length(&self) -> usize {
        self.rest().find(|c: char| c != '_' && !c.is_alphanumeric()).unwrap_or(self.rest().len())
    }

    /// An identifier, keyword, number, or the string that such a word is the prefix of.
    fn word(&mut self) -> Token {
        let length = self.word_length();
        let (word, after) = self.rest().split_at(length);
        let hashes = after.len() - after.trim_start_matches('#').len();
        let quoted = after[hashes..].starts_with('"');
        match word {
            "r" | "br" | "cr" if quoted => self.raw_string(length, hashes),
            "b" | "c" if hashes == 0 && quoted => self.string(length + 1),
            "b" if after.starts_with('\'') => {
                self.at += 1;
                self.quote()
            }
            _ => {
                let start = self.at;
                self.at += length;
                Token::Word(start..self.at)
            }
        }
    }
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    #[test]
    fn delimiters_in_literals_and_comments_do_not_count() {
        for body in [
            "let a = '}'; let b = '\\'' ; let c = '{';",
            "let a = \"}\\\"}\"; // }\n let b = b'}'; let c = b\"}\";",
            "/* } /* } */ } */ let a: &'static str = r#\"}\"}\"#;",
            "'outer: loop { break 'outer; } let x = &'a T { y };",
            "let r#type = br##\"}\"# }\"##; let c = c\"}\"; '\\u{7d}'",
            "match c { 'a'..='z' => {} '_' => {} _ => {} }",
            "let é = \"日本}\"; let s = \"\\\\\";",
        ] {
            assert_eq!(body_end(&format!("{body}}} tail }}")), BodyEnd::Closed(body.len()), "{body}");
        }
    }

    #[test]
    fn unfinished_text_says_what_is_open() {
        assert_eq!(body_end("if a { b(c["), BodyEnd::Open(vec!['{', '(', '[']));
        for inside in ["let a = \"x", "/* {", "let c = '", "'\\", "r#\"x\"", "b'"] {
            assert_eq!(body_end(inside), BodyEnd::Inside, "{inside}");
        }
        assert_eq!(body_end("a(]"), BodyEnd::Broken(2));
        assert_eq!(body_end(")"), BodyEnd::Broken(0));
    }

    #[test]
    fn a_function_is_found_by_its_name_and_not_in_comments() {
        let text =
            "// fn f() {\nuse x;\nfn g() {}\nfn f<T>(a: [u8; { 3 }]) -> T where T: X<{ 1 }> { \"fn f\" }";
        let found = find_function(text, "f").unwrap();
        assert_eq!(&text[found.0..found.0 + 4], "fn f");
        assert_eq!(find_function("fn f();\nfn g() {}", "f"), None);
        assert_eq!(find_function("fn f(", "f"), None);
    }

    fn fragment() -> impl Strategy<Value = String> {
        let leaf = prop_oneof![
            Just("let x = 1;"),
            Just("f('}', '\\'', b'{');"),
            Just("let s = \"}{\\\"(\";"),
            Just("let r = r#\"}\"(\"#;"),
            Just("let b = b\"]\";"),
            Just("// } comment\n"),
            Just("/* { /* ( */ */"),
            Just("g::<'static>(&'a x);"),
            Just("let y = [1.0, 2e3, 0x7d];"),
            Just("let é = '日';"),
        ]
        .prop_map(str::to_owned);
        leaf.prop_recursive(3, 12, 4, |inner| {
            (proptest::collection::vec(inner, 0..4), 0..4_usize).prop_map(|(parts, shape)| {
                let text = parts.join(" ");
                match shape {
                    0 => format!("if c {{ {text} }}"),
                    1 => format!("h({{ {text} }});"),
                    2 => format!("v[{{ {text} 0 }}];"),
                    _ => format!("'a: loop {{ {text} }}"),
                }
            })
        })
    }

    proptest! {
        #[test]
        fn agrees_with_the_compiler_s_lexer_on_valid_bodies(body in fragment()) {
            let whole = format!("{{{body}\n}}");
            prop_assert!(whole.parse::<proc_macro2::TokenStream>().is_ok(), "{whole}");
            prop_assert_eq!(body_end(&whole[1..]), BodyEnd::Closed(whole.len() - 2));
        }

        #[test]
        fn what_closes_is_a_body_for_the_compiler_s_lexer(
            parts in proptest::collection::vec(prop_oneof![fragment(), "[{}()\\[\\]'\"/*#a r\\\\]{0,3}"], 0..6),
        ) {
            let text = parts.join(" ");
            if let BodyEnd::Closed(at) = body_end(&text) {
                let stream: Result<proc_macro2::TokenStream, _> = format!("{{{}}}", &text[..at]).parse();
                if let Ok(stream) = stream {
                    prop_assert_eq!(stream.into_iter().count(), 1);
                }
            }
        }

        #[test]
        fn no_text_crashes_it(text in "\\PC{0,60}", soup in "[{}()\\[\\]'\"/*#brc \\\\éfn;]{0,60}") {
            for text in [text, soup] {
                let _ = body_end(&text);
                let _ = find_function(&text, "f");
            }
        }
    }
}
