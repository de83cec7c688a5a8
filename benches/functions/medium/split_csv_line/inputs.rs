//! Well-formed lines, written field by field: empty, plain, quoted with commas and doubled quotes, quoted for no reason.

use crate::random::{Random, thousand};

pub type Input = String;
pub const DISTINCT_OUTPUTS: usize = 50;

pub fn call<O>(function: impl Fn(&str) -> O, input: &Input) -> O {
    function(input)
}

fn field(random: &mut Random) -> String {
    let plain = ["a", "b", "7", " ", "  ", "\t", ";", "'", "\\", "ä", "語", "😀"];
    let special = ["\"", "\"", ",", ",", "a", " ", "\\", "ä"];
    let count = random.below(5);
    match random.below(3) {
        0 => random.text(&plain, count),
        1 => format!("\"{}\"", random.text(&plain, count)),
        _ => format!("\"{}\"", random.text(&special, count).replace('"', "\"\"")),
    }
}

pub fn inputs() -> Vec<Input> {
    let edges = [
        "",
        ",",
        ",,",
        " ",
        "\"\"",
        "\"\",",
        ",\"\"",
        "\"\"\"\"",
        "\"\"\"\"\"\"",
        "\",\"",
        "\"\"\",\"\"\"",
        "\"a\"",
        "a,\"b\"",
        "\"\",\"\"",
        "\"a\"\"\"",
        "\"\"\"a\"",
        "\"\\\",b",
    ];
    thousand(edges.iter().map(|edge| edge.to_string()).collect(), 15, |random| {
        let count = random.below(6) + 1;
        random.list(count, field).join(",")
    })
}
