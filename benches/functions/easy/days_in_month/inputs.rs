//! Every month of two years, Februaries around centuries, and months that do not exist.

use crate::random::thousand;

pub type Input = (u32, u32);
/// A month has 28, 29, 30 or 31 days, or there is none.
pub const DISTINCT_OUTPUTS: usize = 5;

pub fn call<O>(function: impl Fn(u32, u32) -> O, input: &Input) -> O {
    function(input.0, input.1)
}

pub fn inputs() -> Vec<Input> {
    let mut edges: Vec<Input> = (0..=14).flat_map(|month| [(2023, month), (2024, month)]).collect();
    edges.extend((0..60).map(|century| (century * 100, 2)));
    edges.extend([
        (0, 2),
        (u32::MAX, 2),
        (u32::MAX, u32::MAX),
        (4_294_967_200, 2),
        (2024, u32::MAX),
        (2024, 256 + 2),
    ]);
    thousand(edges, 8, |random| {
        let year = if random.chance(70) { random.below(4000) as u32 } else { random.next() as u32 };
        let month = if random.chance(40) { 2 } else { random.below(16) as u32 };
        (year, month)
    })
}
