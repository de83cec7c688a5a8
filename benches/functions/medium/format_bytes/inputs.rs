//! Sizes below 2^50 of every bit length; those around units and around tenths of units most of all.

use crate::random::thousand;

pub type Input = u64;
pub const DISTINCT_OUTPUTS: usize = 50;

pub fn call<O>(function: impl Fn(u64) -> O, input: &Input) -> O {
    function(*input)
}

pub fn inputs() -> Vec<Input> {
    let mut edges = vec![0, 1, 9, 10, 999, 1000, (1 << 50) - 1];
    for unit in [1u64 << 10, 1 << 20, 1 << 30, 1 << 40] {
        edges.extend([unit - 1, unit, unit + 1, unit * 1000 - 1, unit * 1000, unit * 999 + unit * 99 / 100]);
    }
    thousand(edges, 9, |random| {
        let unit = 1u64 << (10 * (random.below(4) + 1));
        let size = match random.below(4) {
            0 => random.next() >> (14 + random.below(50)),
            1 => unit * random.below(1024) as u64 + unit * random.below(21) as u64 / 20,
            2 => (unit * random.below(10240) as u64).div_ceil(10) + random.below(3) as u64,
            _ => (unit * random.below(1024) as u64 + (random.next() % unit)).saturating_sub(1),
        };
        size.min((1 << 50) - 1)
    })
}
