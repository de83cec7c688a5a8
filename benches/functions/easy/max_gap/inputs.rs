//! Lists of 0 to 20 values: small, at the ends of the type, rising, falling, with the largest step at either end.

use crate::random::thousand;

pub type Input = Vec<i64>;
pub const DISTINCT_OUTPUTS: usize = 50;

pub fn call<O>(function: impl Fn(&[i64]) -> O, input: &Input) -> O {
    function(input)
}

pub fn inputs() -> Vec<Input> {
    let edges = vec![
        vec![],
        vec![i64::MIN],
        vec![i64::MAX, i64::MIN],
        vec![i64::MIN, 0],
        vec![0, i64::MIN, 0],
        vec![i64::MAX, -1],
        vec![-1, i64::MAX],
    ];
    thousand(edges, 7, |random| {
        let count = random.below(20) + 1;
        let mut values = match random.below(3) {
            0 => random.list(count, |random| random.between(-50, 50)),
            1 => random.list(count, |random| random.between(-1_000_000, 1_000_000)),
            _ => random.list(count, |random| random.integer()),
        };
        match random.below(4) {
            0 => values.sort(),
            1 => values.sort_by(|a, b| b.cmp(a)),
            _ => {}
        }
        values
    })
}
