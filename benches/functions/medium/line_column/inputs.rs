//! Texts of 0 to 80 characters on many lines, offsets everywhere in and a little beyond them, inside characters too.

use crate::random::thousand;

pub type Input = (String, usize);
pub const DISTINCT_OUTPUTS: usize = 50;

pub fn call<O>(function: impl Fn(&str, usize) -> O, input: &Input) -> O {
    function(&input.0, input.1)
}

pub fn inputs() -> Vec<Input> {
    let pieces = ["a", "b", " ", "\n", "\n", "\r\n", "\r", "\t", "ä", "語", "😀", "\u{2028}", "word"];
    let edges = vec![
        (String::new(), 0),
        (String::new(), 1),
        (String::new(), usize::MAX),
        ("\n".to_string(), 0),
        ("\n".to_string(), 1),
        ("\n".to_string(), 2),
        ("\n\n".to_string(), 1),
        ("\r\n".to_string(), 1),
        ("a\rb".to_string(), 2),
        ("😀".to_string(), 3),
        ("😀".to_string(), 4),
    ];
    thousand(edges, 18, |random| {
        let count = if random.chance(50) { random.below(8) + 1 } else { random.below(80) };
        let text = random.text(&pieces, count);
        let offset = match random.below(8) {
            0 => text.len() + random.below(2),
            _ => random.below(text.len() + 1),
        };
        (text, offset)
    })
}
