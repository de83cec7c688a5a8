//! Graphs of 0 to 12 tasks: acyclic ones by a hidden order, the same with one edge turned, chains, repeated edges.

use crate::random::thousand;

pub type Input = (usize, Vec<(usize, usize)>);
pub const DISTINCT_OUTPUTS: usize = 50;

pub fn call<O>(function: impl Fn(usize, &[(usize, usize)]) -> O, input: &Input) -> O {
    function(input.0, &input.1)
}

pub fn inputs() -> Vec<Input> {
    let edges = vec![
        (0, vec![]),
        (1, vec![]),
        (1, vec![(0, 0)]),
        (2, vec![(1, 0), (1, 0), (1, 0)]),
        (3, vec![(2, 1), (1, 0)]),
        (3, vec![(0, 1), (1, 2), (2, 0)]),
        (4, vec![(2, 3), (3, 2)]),
        (5, vec![(0, 4), (4, 1), (1, 1)]),
        (6, vec![(5, 0), (4, 1), (3, 2)]),
    ];
    thousand(edges, 23, |random| {
        let count = random.below(12) + 1;
        let mut hidden: Vec<usize> = (0..count).collect();
        for last in (1..count).rev() {
            hidden.swap(last, random.below(last + 1));
        }
        let size = random.below(2 * count + 1);
        let mut edges = Vec::new();
        for _ in 0..size {
            let (a, b) = (random.below(count), random.below(count));
            if a != b {
                edges.push((hidden[a.min(b)], hidden[a.max(b)]));
            }
        }
        match random.below(8) {
            0 if !edges.is_empty() => {
                let (before, after) = edges[random.below(edges.len())];
                edges.push((after, before));
            }
            1 => edges.push((hidden[0], hidden[0])),
            2 if !edges.is_empty() => edges.push(edges[random.below(edges.len())]),
            _ => {}
        }
        (count, edges)
    })
}
