//! Texts of 0 to 40 characters of one to four bytes, and a number of visible ones around their length.

use crate::random::thousand;

pub type Input = (String, usize);
pub const DISTINCT_OUTPUTS: usize = 50;

pub fn call<O>(function: impl Fn(&str, usize) -> O, input: &Input) -> O {
    function(&input.0, input.1)
}

pub fn inputs() -> Vec<Input> {
    let pieces = ["a", "Z", "0", "*", " ", "\n", "ä", "ß", "語", "😀", "e\u{301}", "\u{200d}"];
    let edges = vec![
        (String::new(), 0),
        (String::new(), usize::MAX),
        ("a".to_string(), usize::MAX),
        ("😀".to_string(), 1),
        ("😀".to_string(), 4),
        ("ää".to_string(), 3),
    ];
    thousand(edges, 5, |random| {
        let count = if random.chance(50) { random.below(6) } else { random.below(40) };
        let text = random.text(&pieces, count);
        let length = text.chars().count();
        let visible = match random.below(4) {
            0 => random.below(3),
            1 => (length + random.below(3)).saturating_sub(1),
            2 => text.len().saturating_sub(random.below(3)),
            _ => random.below(length + 3),
        };
        (text, visible)
    })
}
