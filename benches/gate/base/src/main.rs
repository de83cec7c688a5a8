//! Prints the receipt of the lines that are given as `name:cents:count`.

use shop::cart::{Line, parse_line, receipt};

fn main() {
    let lines: Vec<Line> = std::env::args()
        .skip(1)
        .filter_map(|text| parse_line(&text))
        .collect();
    print!("{}", receipt(&lines));
}
