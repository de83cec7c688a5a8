//! Well-formed patterns of 0 to 8 tokens with texts made to match them, the same with one character changed, and texts
//! that only share the letters. At most three stars and 24 characters, so that a plain recursion ends soon.

use crate::random::{Random, thousand};

pub type Input = (String, String);
/// A pattern matches or it does not.
pub const DISTINCT_OUTPUTS: usize = 2;

pub fn call<O>(function: impl Fn(&str, &str) -> O, input: &Input) -> O {
    function(&input.0, &input.1)
}

const LETTERS: [&str; 11] = ["a", "a", "b", "c", "A", ".", "/", "-", "!", "ä", "😀"];

/// One token of a pattern, and a text that it matches.
fn token(random: &mut Random) -> (String, String) {
    let letter = random.pick(&LETTERS).to_string();
    match random.below(9) {
        0 => {
            let length = random.below(4);
            ("*".to_string(), random.text(&LETTERS, length))
        }
        1 => ("?".to_string(), letter),
        2 => ("[abc]".to_string(), random.pick(&["a", "b", "c"]).to_string()),
        3 => ("[a-c]".to_string(), random.pick(&["a", "b", "c"]).to_string()),
        4 => ("[!a-b]".to_string(), random.pick(&["c", "-", "A", "ä", "!", "]"]).to_string()),
        5 => ("[!cä]".to_string(), random.pick(&["a", "b", "😀"]).to_string()),
        6 => ("[0-9a.]".to_string(), random.pick(&["0", "5", "9", "a", "."]).to_string()),
        7 => ("[*?]".to_string(), random.pick(&["*", "?"]).to_string()),
        _ => (letter.clone(), letter),
    }
}

pub fn inputs() -> Vec<Input> {
    let edges = [
        ("", ""),
        ("", "a"),
        ("*", ""),
        ("?", ""),
        ("**", ""),
        ("*?", ""),
        ("*?", "a"),
        ("?*", "ä"),
        ("a*", "a"),
        ("*a", "aa"),
        ("*ab", "aab"),
        ("*aab", "aaab"),
        ("a*a", "a"),
        ("?", "😀"),
        ("??", "ä"),
        ("[a]", "a"),
        ("[a-a]", "a"),
        ("[!a]", ""),
        ("[ä-ö]", "é"),
        ("[*]", "a"),
        ("[?]", "a"),
        ("[[]", "["),
        ("a-b", "a-b"),
        ("!a", "!a"),
        ("[!*]", "*"),
        ("[a-c]", "-"),
    ];
    let edges = edges.iter().map(|(pattern, text)| (pattern.to_string(), text.to_string())).collect();
    thousand(edges, 19, |random| {
        let (mut pattern, mut text) = (String::new(), String::new());
        for _ in 0..random.below(8) + 1 {
            let (piece, matched) = token(random);
            if piece == "*" && pattern.matches('*').count() >= 3 {
                continue;
            }
            pattern += &piece;
            text += &matched;
        }
        let text = match random.below(10) {
            0..=4 => text,
            5..=7 => random.nearly(&text, &LETTERS),
            8 => text.chars().rev().collect(),
            _ => {
                let length = random.below(9);
                random.text(&LETTERS, length)
            }
        };
        (pattern, text)
    })
}
