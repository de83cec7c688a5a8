//! The words of a text of SQL: names, literals and marks, each with its line. Comments are passed over.

use super::read::ReadError;

/// What a word is.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub(super) enum Kind {
    /// A keyword, or a name without quotes.
    Word,
    /// A name in quotes; the text is what stands between them.
    Quoted,
    /// A literal, as it is written: a number, or a text with its quotes.
    Literal,
    /// One of `( ) , ;`.
    Mark,
}

/// A word.
#[derive(Clone, PartialEq, Eq, Debug)]
pub(super) struct Token {
    pub(super) kind: Kind,
    pub(super) text: String,
    /// The line, from 1.
    pub(super) line: usize,
}

/// Splits a text into its words.
///
/// # Errors
/// A quote that is never closed, or a character that none of our statements has.
pub(super) fn tokens(text: &str) -> Result<Vec<Token>, ReadError> {
    let mut all = Vec::new();
    let (mut rest, mut line) = (text, 1);
    while let Some(first) = rest.chars().next() {
        let (kind, length) = match first {
            '-' if rest.starts_with("--") => (None, rest.find('\n').unwrap_or(rest.len())),
            letter if letter.is_ascii_whitespace() => (None, 1),
            letter if letter.is_ascii_alphabetic() || letter == '_' => {
                (Some(Kind::Word), run(rest, is_of_word))
            }
            digit if digit.is_ascii_digit() || digit == '-' => {
                (Some(Kind::Literal), 1 + run(&rest[1..], is_of_number))
            }
            '\'' => (Some(Kind::Literal), quoted(rest, '\'', line)?),
            '"' => (Some(Kind::Quoted), quoted(rest, '"', line)?),
            '(' | ')' | ',' | ';' => (Some(Kind::Mark), 1),
            other => return Err(ReadError::new(line, format!("`{other}` is in no statement of ours"))),
        };
        let (word, after) = rest.split_at(length);
        if let Some(kind) = kind {
            let text = if kind == Kind::Quoted { unquoted(word) } else { word.to_owned() };
            all.push(Token { kind, text, line });
        }
        line += word.matches('\n').count();
        rest = after;
    }
    Ok(all)
}

fn is_of_word(letter: char) -> bool {
    letter.is_ascii_alphanumeric() || letter == '_'
}

fn is_of_number(letter: char) -> bool {
    letter.is_ascii_digit() || ".eE+-".contains(letter)
}

/// How many bytes at the start are of a kind.
fn run(text: &str, is_of: impl Fn(char) -> bool) -> usize {
    text.find(|letter| !is_of(letter)).unwrap_or(text.len())
}

/// The length of a quoted part with its quotes; a doubled quote stands for itself.
fn quoted(text: &str, quote: char, line: usize) -> Result<usize, ReadError> {
    let mut from = 1;
    while let Some(at) = text[from..].find(quote).map(|at| from + at) {
        if !text[at + 1..].starts_with(quote) {
            return Ok(at + 1);
        }
        from = at + 2;
    }
    Err(ReadError::new(line, format!("a `{quote}` is never closed")))
}

fn unquoted(word: &str) -> String {
    word[1..word.len() - 1].replace("\"\"", "\"")
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn words_are_told_apart_and_comments_are_passed_over() {
        let text = "a \"b \"\"c\" -- no ' here\n(-1.5e-3, 'it''s\n');";
        let told: Vec<(Kind, String, usize)> =
            tokens(text).unwrap().into_iter().map(|one| (one.kind, one.text, one.line)).collect();
        let expected = [
            (Kind::Word, "a", 1),
            (Kind::Quoted, "b \"c", 1),
            (Kind::Mark, "(", 2),
            (Kind::Literal, "-1.5e-3", 2),
            (Kind::Mark, ",", 2),
            (Kind::Literal, "'it''s\n'", 2),
            (Kind::Mark, ")", 3),
            (Kind::Mark, ";", 3),
        ];
        assert_eq!(told, expected.map(|(kind, text, line)| (kind, text.to_owned(), line)));
    }

    #[test]
    fn what_is_not_closed_or_unknown_is_an_error_with_its_line() {
        for (text, expected) in
            [("a\n'b", "line 2: a `'` is"), ("\n\n$1", "line 3: `$` is"), ("\"", "line 1: ")]
        {
            let said = tokens(text).unwrap_err().to_string();
            assert!(said.starts_with(expected), "{said}");
        }
    }
}
