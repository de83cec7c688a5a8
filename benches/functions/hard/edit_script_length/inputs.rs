//! Pairs of 0 to 40 lines from a small alphabet: unrelated, edited copies, moved blocks, reversed. Sizes stay small in
//! most, so that a search without a table ends.

use crate::random::thousand;

pub type Input = (Vec<String>, Vec<String>);
/// Short lists have few edits; the figure is about half of the length of the longest.
pub const DISTINCT_OUTPUTS: usize = 30;

pub fn call<O>(function: impl Fn(&[&str], &[&str]) -> O, input: &Input) -> O {
    let old: Vec<&str> = input.0.iter().map(String::as_str).collect();
    let new: Vec<&str> = input.1.iter().map(String::as_str).collect();
    function(&old, &new)
}

pub fn inputs() -> Vec<Input> {
    let lines = ["a", "b", "c", "d", "A", "a ", "", "ä"];
    let words = |text: &str| text.chars().map(String::from).collect::<Vec<String>>();
    let edges = [
        ("", ""),
        ("a", ""),
        ("", "a"),
        ("ab", "ba"),
        ("aab", "aba"),
        ("abcabba", "cbabac"),
        ("aaaa", "aa"),
        ("abc", "def"),
    ];
    let edges = edges.iter().map(|(old, new)| (words(old), words(new))).collect();
    thousand(edges, 22, |random| {
        let letters = random.below(5) + 2;
        let longest = if random.chance(85) { 9 } else { 40 };
        let size = random.below(longest);
        let old = random.list(size, |random| lines[random.below(letters)].to_string());
        let mut new = old.clone();
        match random.below(4) {
            0 => {
                let size = random.below(longest);
                new = random.list(size, |random| lines[random.below(letters)].to_string());
            }
            1 => {
                let at = random.below(new.len() + 1);
                new.rotate_left(at);
            }
            2 => new.reverse(),
            _ => {
                for _ in 0..random.below(5) {
                    let at = random.below(new.len() + 1);
                    if random.chance(50) && at < new.len() {
                        new.remove(at);
                    } else {
                        new.insert(at, lines[random.below(letters + 1)].to_string());
                    }
                }
            }
        }
        (old, new)
    })
}
