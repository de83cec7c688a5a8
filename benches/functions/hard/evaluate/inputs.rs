//! Expressions grown from the grammar with at most five numbers of up to three digits, the same with one character
//! changed, and soup of tokens. Nothing comes near the ends of an `i64`.

use crate::random::{Random, thousand};

pub type Input = String;
pub const DISTINCT_OUTPUTS: usize = 50;

pub fn call<O>(function: impl Fn(&str) -> O, input: &Input) -> O {
    function(input)
}

fn grow(random: &mut Random, numbers: usize) -> String {
    let space = if random.chance(15) { " " } else { "" };
    let text = if numbers <= 1 {
        match random.below(6) {
            0 => "0".to_string(),
            1 => format!("{:02}", random.below(100)),
            2 => random.below(1000).to_string(),
            _ => (random.below(12) + 1).to_string(),
        }
    } else {
        let left = random.below(numbers - 1) + 1;
        let operator = random.pick(&["+", "-", "-", "*", "/", "/"]);
        let left_text = grow(random, left);
        format!("{left_text}{space}{operator}{space}{}", grow(random, numbers - left))
    };
    match random.below(12) {
        0 | 1 => format!("({space}{text}{space})"),
        2 => format!("-{space}{text}"),
        3 => format!("-({text})"),
        _ => text,
    }
}

pub fn inputs() -> Vec<Input> {
    let soup = ["0", "1", "7", "12", "+", "-", "-", "*", "/", "(", ")", " "];
    let changes = ["0", "3", "+", "-", "*", "/", "(", ")", " ", "  ", ".", "x", "^", "%", "\t", "٣", "−"];
    let edges = [
        "", " ", "0", "-0", "00", "()", "(())", "((1))", "(1)(2)", "1(2)", "(1)2", ")(", "-", "--", "+1",
        "1++2", "1+-2", "1-+2", "1--2", "---1", "1 2", "1 + 2", "- 1", "- - 1", "0/5", "5/0", "0/0", "-7/2",
        "7/-2", "-7/-2", "-(7/2)", "2-3-4", "2-(3-4)", "64/4/2", "64/(4/2)", "7/2*2", "2*7/2", "1-2*3",
        "-2*3", "-2-3", "2*-3*-1", "1+(", "(1+)2", "1/(1-1)", "1*/2", "1.5", "1,2", "٣", "1\n", "5/(3/4)",
    ];
    thousand(edges.iter().map(|edge| edge.to_string()).collect(), 20, |random| {
        let numbers = random.below(5) + 1;
        let text = grow(random, numbers);
        match random.below(10) {
            0..=5 => text,
            6..=8 => random.nearly(&text, &changes),
            _ => {
                let count = random.below(7) + 1;
                random.text(&soup, count)
            }
        }
    })
}
