//! Numbers of every length and both signs, the ends of the type, powers of ten and their neighbours.

use crate::random::thousand;

pub type Input = i64;
pub const DISTINCT_OUTPUTS: usize = 50;

pub fn call<O>(function: impl Fn(i64) -> O, input: &Input) -> O {
    function(*input)
}

pub fn inputs() -> Vec<Input> {
    let mut edges = vec![0, i64::MAX, i64::MIN, i64::MIN + 1];
    for power in 0..19 {
        let ten = 10i64.pow(power);
        edges.extend([ten, ten - 1, -ten, 1 - ten]);
    }
    thousand(edges, 4, |random| (random.next() as i64) >> random.below(60))
}
