//! Up to eight parts between one or more hyphens: empty, ASCII and not, with other dashes and separators inside.

use crate::random::thousand;

pub type Input = String;
pub const DISTINCT_OUTPUTS: usize = 50;

pub fn call<O>(function: impl Fn(&str) -> O, input: &Input) -> O {
    function(input)
}

pub fn inputs() -> Vec<Input> {
    let pieces =
        ["-", "-", "-", "--", "a", "b", "Z", "XY", "word", "3", "é", "ß", "я", "_", " ", ".", "–", "ﬁ", "😀"];
    let edges = ["", "-", "--", "a", "-a", "a-", "-a-b", "é-é", "ß-ß", "a–b", "a_b", "A-B"];
    thousand(edges.iter().map(|edge| edge.to_string()).collect(), 6, |random| {
        let count = random.below(14) + 2;
        random.text(&pieces, count)
    })
}
