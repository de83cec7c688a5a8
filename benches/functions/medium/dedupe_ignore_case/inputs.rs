//! Lists of 0 to 16 short words from few letters, so that they repeat; with letters whose cases do not pair up simply.

use crate::random::thousand;

pub type Input = Vec<String>;
pub const DISTINCT_OUTPUTS: usize = 50;

pub fn call<O>(function: impl Fn(&[&str]) -> O, input: &Input) -> O {
    let words: Vec<&str> = input.iter().map(String::as_str).collect();
    function(&words)
}

pub fn inputs() -> Vec<Input> {
    let letters = [
        "a", "A", "b", "B", " ", "ä", "Ä", "ß", "ẞ", "ss", "SS", "ſ", "s", "İ", "i", "ı", "I", "Σ", "ς", "σ",
        "ǅ", "Ǆ", "K", "k",
    ];
    let listed = [
        &[][..],
        &[""],
        &["", ""],
        &["ẞ", "ß", "ss", "SS"],
        &["ΑΣ", "ας", "ασ"],
        &["İ", "i̇", "I", "i", "ı"],
        &["K", "k", "K"],
        &["ſ", "s", "S"],
    ];
    let edges = listed.iter().map(|words| words.iter().map(|word| word.to_string()).collect()).collect();
    thousand(edges, 17, |random| {
        let few: Vec<&str> = random.list(5, |random| random.pick(&letters));
        let count = random.below(16) + 1;
        random.list(count, |random| {
            let length = random.below(4);
            random.text(&few, length)
        })
    })
}
