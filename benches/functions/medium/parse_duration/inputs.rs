//! Durations with any subset of the units, the same with one character changed, units out of order or repeated, and
//! soup. No number has more than nine digits.

use crate::random::{Random, thousand};

pub type Input = String;
pub const DISTINCT_OUTPUTS: usize = 50;

pub fn call<O>(function: impl Fn(&str) -> O, input: &Input) -> O {
    function(input)
}

fn number(random: &mut Random) -> String {
    match random.below(5) {
        0 => "0".repeat(random.below(4) + 1),
        1 => "999999999".to_string(),
        2 => format!("{:0width$}", random.below(1000), width = random.below(9) + 1),
        _ => random.below(130).to_string(),
    }
}

fn parts(random: &mut Random, units: &[&str]) -> String {
    let mut text = String::new();
    for unit in units {
        if random.chance(65) {
            text += &number(random);
            text += unit;
        }
    }
    text
}

fn numbers_are_short(text: &str) -> bool {
    text.split(|c: char| !c.is_ascii_digit()).all(|digits| digits.len() <= 9)
}

pub fn inputs() -> Vec<Input> {
    let soup = ["1", "0", "h", "m", "s", "d", "H", "M", "S", " ", "+", "-", ".", ":", "٣", "µ", "ms", "\n"];
    let edges = [
        "",
        "h",
        "m",
        "s",
        "1",
        "0s",
        "0h0m0s",
        "1h1h",
        "1s1s",
        "1m1h",
        "1s1m",
        "1s1h",
        "-1s",
        "+1s",
        "1h+1m",
        "1.5h",
        " 1s",
        "1s ",
        "1 s",
        "1H",
        "٣s",
        "1ms",
        "1d",
        "1hm",
        "hms",
        "999999999h999999999m999999999s",
        "1h1m1s1",
        "1s\0",
        "１s",
    ];
    thousand(edges.iter().map(|edge| edge.to_string()).collect(), 10, |random| {
        loop {
            let valid = parts(random, &["h", "m", "s"]);
            let text = match random.below(10) {
                0..=3 => valid,
                4..=6 => random.nearly(&valid, &soup),
                7 => parts(random, &["s", "m", "h"]),
                8 => parts(random, &["h", "h", "m", "m", "s", "s"]),
                _ => {
                    let count = random.below(7);
                    random.text(&soup, count)
                }
            };
            if numbers_are_short(&text) {
                return text;
            }
        }
    })
}
