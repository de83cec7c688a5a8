//! Addresses with no, one or several `@` at any place, parts of 0 to 6 pieces, characters of one to four bytes.

use crate::random::thousand;

pub type Input = String;
pub const DISTINCT_OUTPUTS: usize = 50;

pub fn call<O>(function: impl Fn(&str) -> O, input: &Input) -> O {
    function(input)
}

pub fn inputs() -> Vec<Input> {
    let pieces = [
        "a", "B", "al", "7", ".", "-", "_", "+tag", "*", "***", " ", "é", "語", "😀", "\"", "\n", "e\u{301}",
        "＠",
    ];
    let edges = [
        "", "@", "@@", "a@", "@a", "a@@b", "a@b", "a@b@", "@a@b", "é@é", " @ ", "***@***", "😀@x", "a＠b",
        "\n@\n",
    ];
    thousand(edges.iter().map(|edge| edge.to_string()).collect(), 12, |random| {
        let signs = [0, 1, 1, 1, 1, 1, 1, 2, 3][random.below(9)];
        let parts = random.list(signs + 1, |random| {
            let count = random.below(7);
            random.text(&pieces, count)
        });
        parts.join("@")
    })
}
