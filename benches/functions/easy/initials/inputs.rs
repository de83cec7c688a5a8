//! Names of 0 to 8 words: many scripts, letters whose upper case is several characters, unusual white space.

use crate::random::thousand;

pub type Input = String;
pub const DISTINCT_OUTPUTS: usize = 50;

pub fn call<O>(function: impl Fn(&str) -> O, input: &Input) -> O {
    function(input)
}

pub fn inputs() -> Vec<Input> {
    let starts = [
        "a", "B", "z", "é", "ø", "ß", "ŉ", "ǆ", "ﬁ", "ΐ", "i", "ı", "я", "ա", "中", "-", "'", "7", "_", ".",
        "😀", "\u{301}", "\u{200b}",
    ];
    let rests = ["", "da", "OVE", "-luc", "'brien", "ß", ".", "_x", "é"];
    let spaces = [" ", " ", "  ", "\t", "\n", "\u{a0}", "\u{3000}", "\u{85}"];
    let edges = ["", " ", "\u{3000}", "a", "ß", "-", "- -"];
    thousand(edges.iter().map(|edge| edge.to_string()).collect(), 3, |random| {
        let mut name = String::new();
        if random.chance(20) {
            name += random.pick(&spaces);
        }
        for _ in 0..random.below(9) {
            name += random.pick(&starts);
            name += random.pick(&rests);
            name += random.pick(&spaces);
        }
        if random.chance(60) { name.trim_end().to_string() } else { name }
    })
}
