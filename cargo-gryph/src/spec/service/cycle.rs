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

/// The nodes in an order in which each comes after those that it needs, and otherwise as they are; a node in a cycle
/// comes where it is.
pub(super) fn order(edges: &[Vec<usize>]) -> Vec<usize> {
    let mut order: Vec<usize> = Vec::new();
    let mut left: Vec<usize> = (0..edges.len()).collect();
    while !left.is_empty() {
        let is_free = |node: &usize| edges[*node].iter().all(|need| need == node || order.contains(need));
        let place = left.iter().position(is_free).unwrap_or(0);
        order.push(left.remove(place));
    }
    order
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_is_needed_comes_first() {
        assert_eq!(order(&[vec![], vec![0], vec![]]), [0, 1, 2]);
        assert_eq!(order(&[vec![2], vec![1], vec![3], vec![]]), [1, 3, 2, 0]);
        assert_eq!(order(&[vec![1], vec![0], vec![]]), [2, 0, 1]);
    }

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
