//! Texts of 0 to 120 short lines, many of them blank in unusual ways; `\u{200b}` looks blank but is not white space.

use crate::random::thousand;

pub type Input = String;
pub const DISTINCT_OUTPUTS: usize = 50;

pub fn call<O>(function: impl Fn(&str) -> O, input: &Input) -> O {
    function(input)
}

pub fn inputs() -> Vec<Input> {
    let pieces = [
        " ", "\t", "\r", "\n", "\n", "\n\n", "\r\n", "\u{a0}", "\u{3000}", "\u{2028}", "\u{85}", "\u{b}",
        "\u{c}", "\u{200b}", "x", "ä", "0", "word",
    ];
    let edges =
        ["", "\n", "\r", "\r\n", "\u{85}", "\u{2028}a", "a\rb", "\n\n\n", "\u{200b}", "\u{feff}", "\0"];
    thousand(edges.iter().map(|edge| edge.to_string()).collect(), 1, |random| {
        let count = if random.chance(70) { random.below(12) + 3 } else { random.below(400) };
        random.text(&pieces, count)
    })
}
