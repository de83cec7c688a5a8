//! Texts of 0 to 20 words of 1 to 9 characters, white space of many kinds, widths from 0 to beyond the text.

use crate::random::thousand;

pub type Input = (String, usize);
pub const DISTINCT_OUTPUTS: usize = 50;

pub fn call<O>(function: impl Fn(&str, usize) -> O, input: &Input) -> O {
    function(&input.0, input.1)
}

pub fn inputs() -> Vec<Input> {
    let letters = ["a", "b", "c", "-", ".", "é", "語", "😀"];
    let spaces = [" ", " ", " ", "  ", "\n", "\t ", "\n\n", "\u{a0}", "\u{3000}"];
    let edges = vec![
        (String::new(), 0),
        (" ".to_string(), 0),
        ("a".to_string(), 0),
        ("a".to_string(), 1),
        ("ab".to_string(), 1),
        ("a b".to_string(), 2),
        ("a b".to_string(), 3),
        ("a b c".to_string(), 1000),
        ("longword a".to_string(), 3),
        ("a longword".to_string(), 3),
    ];
    thousand(edges, 13, |random| {
        let mut text = String::new();
        if random.chance(15) {
            text += random.pick(&spaces);
        }
        for _ in 0..random.below(20) + 1 {
            let longest = if random.chance(85) { 5 } else { 9 };
            let length = random.below(longest) + 1;
            text += &random.text(&letters, length);
            text += random.pick(&spaces);
        }
        let text = if random.chance(70) { text.trim_end().to_string() } else { text };
        let width = if random.chance(95) { random.below(16) } else { random.below(200) };
        (text, width)
    })
}
