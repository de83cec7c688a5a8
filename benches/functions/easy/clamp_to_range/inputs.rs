//! Triples of numbers: small ones that often coincide, and the ends of the type.

use crate::random::thousand;

pub type Input = (i64, i64, i64);
pub const DISTINCT_OUTPUTS: usize = 50;

pub fn call<O>(function: impl Fn(i64, i64, i64) -> O, input: &Input) -> O {
    function(input.0, input.1, input.2)
}

pub fn inputs() -> Vec<Input> {
    let edges = vec![
        (0, 0, 0),
        (i64::MAX, i64::MIN, i64::MIN),
        (i64::MIN, i64::MAX, i64::MAX),
        (1, i64::MAX, i64::MIN),
    ];
    thousand(edges, 2, |random| {
        if random.chance(50) {
            (random.between(-9, 9), random.between(-9, 9), random.between(-9, 9))
        } else {
            (random.integer(), random.integer(), random.integer())
        }
    })
}
