//! Lists of 0 to 12 intervals in any order: on a short line so that they touch, nest and repeat, or at the type's ends.

use crate::random::thousand;

pub type Input = Vec<(i64, i64)>;
pub const DISTINCT_OUTPUTS: usize = 50;

pub fn call<O>(function: impl Fn(&[(i64, i64)]) -> O, input: &Input) -> O {
    function(input)
}

pub fn inputs() -> Vec<Input> {
    let edges = vec![
        vec![],
        vec![(i64::MIN, i64::MAX)],
        vec![(i64::MAX, i64::MAX), (i64::MIN, i64::MIN)],
        vec![(0, i64::MAX), (i64::MIN, 0)],
        vec![(i64::MAX - 1, i64::MAX), (0, 0), (i64::MIN, -1)],
    ];
    thousand(edges, 11, |random| {
        let count = random.below(12) + 1;
        let span = [8, 25, 60][random.below(3)];
        let wide = random.chance(10);
        random.list(count, |random| {
            let (a, b) = match wide {
                true => (random.integer(), random.integer()),
                false => {
                    let start = random.between(-span, span);
                    (start, start + random.between(0, 6))
                }
            };
            (a.min(b), a.max(b))
        })
    })
}
