//! Cycles among things that need each other.

/// A cycle of a graph, its first node again at the end; `edges[n]` are the nodes that `n` needs.
pub(super) fn cycle(edges: &[Vec<usize>]) -> Option<Vec<usize>> {
    let mut done = vec![false; edges.len()];
    (0..edges.len()).find_map(|start| from(start, edges, &mut done))
}

/// Depth first, with a stack of our own: the graph comes from a stranger.
fn from(start: usize, edges: &[Vec<usize>], done: &mut [bool]) -> Option<Vec<usize>> {
    let mut road: Vec<(usize, usize)> = vec![(start, 0)];
    while let Some((node, next)) = road.last_mut() {
        if done[*node] {
            road.pop();
            continue;
        }
        let Some(target) = edges[*node].get(*next).copied() else {
            done[*node] = true;
            road.pop();
            continue;
        };
        *next += 1;
        if let Some(first) = road.iter().position(|(node, _)| *node == target) {
            let nodes = road[first..].iter().map(|(node, _)| *node);
            return Some(nodes.chain([target]).collect());
        }
        road.push((target, 0));
    }
    None
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn cycles_are_found_and_trees_are_not() {
        assert_eq!(cycle(&[]), None);
        assert_eq!(cycle(&[vec![1, 2], vec![2], vec![]]), None);
        assert_eq!(cycle(&[vec![0]]), Some(vec![0, 0]));
        assert_eq!(cycle(&[vec![1], vec![2], vec![1]]), Some(vec![1, 2, 1]));
        let long: Vec<Vec<usize>> = (0..10_000).map(|node| vec![(node + 1) % 10_000]).collect();
        assert_eq!(cycle(&long).map(|cycle| cycle.len()), Some(10_001));
    }
}
