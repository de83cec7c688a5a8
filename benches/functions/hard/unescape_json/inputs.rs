//! Valid sequences of plain characters and escapes, the same with one character changed, surrogates alone, in pairs and
//! in the wrong order, escapes cut short, control characters on both sides of U+0020.

use crate::random::thousand;

pub type Input = String;
pub const DISTINCT_OUTPUTS: usize = 50;

pub fn call<O>(function: impl Fn(&str) -> O, input: &Input) -> O {
    function(input)
}

pub fn inputs() -> Vec<Input> {
    let valid = [
        "a",
        "z",
        "0",
        " ",
        "é",
        "😀",
        "'",
        "/",
        "u",
        "n",
        r#"\""#,
        r"\\",
        r"\\",
        r"\/",
        r"\b",
        r"\f",
        r"\n",
        r"\r",
        r"\t",
        r"\u0041",
        r"\u00E9",
        r"\u20ac",
        r"\uFFFF",
        r"\u0000",
        r"\ud83d\ude00",
        r"\uD800\uDC00",
        r"\uDBFF\udfff",
        "\u{7f}",
        "\u{2028}",
    ];
    let pieces = [
        "a", "\\", "\\", "\"", "u", "x", "0", "d", "D", "g", "+", "-", "{", "}", "\n", "\t", "\u{1f}", " ",
        "\u{80}", r"\u", r"\ud83d", r"\udc00", r"\u00", "é", "２",
    ];
    let edges = [
        "",
        "\\",
        "\\\\",
        "\\\\\\",
        "\"",
        r"\u",
        r"\u0",
        r"\u00",
        r"\u004",
        r"\u0041",
        r"\u00411",
        r"\u+041",
        r"\u-041",
        r"\u 041",
        r"\u{41}",
        r"\U0041",
        r"\x41",
        r"\0",
        r"\'",
        r"\a",
        r"\v",
        r"\e",
        r"\N",
        r"\ud7ff",
        r"\ud800",
        r"\udbff",
        r"\udc00",
        r"\udfff",
        r"\ue000",
        r"\ud800\ud800",
        r"\ud800\u0041",
        r"\ud800\n",
        r"\ud800 \udc00",
        r"\ud800\\udc00",
        r"\udc00\ud800",
        r"\ud800\udc00\udc00",
        r"\ud800\udbff",
        r"\ud800\ue000",
        r"\ud800\udc0",
        r"\ud800\",
        "\0",
        "\u{1f}",
        "\u{20}",
        "\u{7f}",
        "\u{80}",
        r"\u００４１",
        "\\é",
        "\\\n",
        r"\\u0041",
        r"\\\u0041",
        r"\uFeFf",
    ];
    thousand(edges.iter().map(|edge| edge.to_string()).collect(), 24, |random| {
        let count = random.below(7) + 1;
        let text = random.text(&valid, count);
        match random.below(10) {
            0..=5 => text,
            6..=8 => random.nearly(&text, &pieces),
            _ => {
                let count = random.below(6) + 1;
                random.text(&pieces, count)
            }
        }
    })
}
