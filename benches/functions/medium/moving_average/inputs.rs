//! Lists of 0 to 20 values, small ones around zero or the ends of the type, and windows from 0 to beyond the list.

use crate::random::thousand;

pub type Input = (Vec<i32>, usize);
pub const DISTINCT_OUTPUTS: usize = 50;

pub fn call<O>(function: impl Fn(&[i32], usize) -> O, input: &Input) -> O {
    function(&input.0, input.1)
}

pub fn inputs() -> Vec<Input> {
    let edges = vec![
        (vec![], 0),
        (vec![], 1),
        (vec![], usize::MAX),
        (vec![1], usize::MAX),
        (vec![i32::MIN; 5], 5),
        (vec![i32::MAX; 5], 4),
        (vec![i32::MIN, i32::MAX], 2),
        (vec![-1; 3], 4),
    ];
    thousand(edges, 16, |random| {
        let count = random.below(20) + 1;
        let values = match random.below(3) {
            0 => random.list(count, |random| random.between(-5, 5) as i32),
            1 => random.list(count, |random| random.between(-1000, 1000) as i32),
            _ => random.list(count, |random| random.integer() as i32),
        };
        let window = match random.below(10) {
            0 => 0,
            1 => count + random.below(3),
            _ => random.below(count.min(7)) + 1,
        };
        (values, window)
    })
}
