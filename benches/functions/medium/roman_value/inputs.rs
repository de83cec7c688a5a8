//! Standard numerals, the same with one letter changed, numerals with the places out of order, additive forms, soup.

use crate::random::{Random, thousand};

pub type Input = String;
pub const DISTINCT_OUTPUTS: usize = 50;

pub fn call<O>(function: impl Fn(&str) -> O, input: &Input) -> O {
    function(input)
}

const FORMS: [(usize, &str); 13] = [
    (1000, "M"),
    (900, "CM"),
    (500, "D"),
    (400, "CD"),
    (100, "C"),
    (90, "XC"),
    (50, "L"),
    (40, "XL"),
    (10, "X"),
    (9, "IX"),
    (5, "V"),
    (4, "IV"),
    (1, "I"),
];

fn numeral(mut number: usize, forms: &[(usize, &str)]) -> String {
    let mut text = String::new();
    for (value, form) in forms {
        while number >= *value {
            text += form;
            number -= value;
        }
    }
    text
}

fn pairs(random: &mut Random) -> String {
    let count = random.below(3) + 1;
    random.text(&FORMS.map(|(_, form)| form), count)
}

pub fn inputs() -> Vec<Input> {
    let letters = ["I", "V", "X", "L", "C", "D", "M", "i", "A", " ", "Ⅳ"];
    let additive: Vec<(usize, &str)> = FORMS.iter().filter(|(_, form)| form.len() == 1).copied().collect();
    let edges = [
        "", " ", "i", "MMMM", "MMMMM", "IL", "IC", "ID", "IM", "VX", "VL", "XD", "XM", "LC", "DM", "VV",
        "LL", "DD", "IVI", "IXI", "IXV", "XCX", "XCL", "CMC", "CMD", "CDC", "IIV", "XXL", "CCM", "IXX",
        "VIV", "LXL", "DCD", "IVIV", "XCXC", "I I", "Ⅳ", "mcm", "MCMC", "VIX", "XIVI",
    ];
    thousand(edges.iter().map(|edge| edge.to_string()).collect(), 14, |random| {
        let number = if random.chance(60) { random.below(3999) + 1 } else { random.below(50) + 1 };
        match random.below(10) {
            0..=4 => numeral(number, &FORMS),
            5..=7 => random.nearly(&numeral(number, &FORMS), &letters),
            8 => numeral(number, &additive),
            _ => pairs(random) + &numeral(number % 50, &FORMS),
        }
    })
}
