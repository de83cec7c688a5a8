//! Wrong variants that the inputs must catch.

fn needs(count: usize, edges: &[(usize, usize)]) -> Vec<usize> {
    let mut needs = vec![0; count];
    edges.iter().for_each(|&(_, after)| needs[after] += 1);
    needs
}

/// Takes what became ready first, not the smallest.
pub mod queue {
    pub fn topological_order(count: usize, edges: &[(usize, usize)]) -> Option<Vec<usize>> {
        let mut needs = super::needs(count, edges);
        let mut order: Vec<usize> = (0..count).filter(|&task| needs[task] == 0).collect();
        let mut at = 0;
        while at < order.len() {
            let mut after: Vec<usize> =
                edges.iter().filter(|edge| edge.0 == order[at]).map(|edge| edge.1).collect();
            after.sort();
            for task in after {
                needs[task] -= 1;
                if needs[task] == 0 {
                    order.push(task);
                }
            }
            at += 1;
        }
        if order.len() == count { Some(order) } else { None }
    }
}

/// Takes all that is ready at once, round by round.
pub mod rounds {
    pub fn topological_order(count: usize, edges: &[(usize, usize)]) -> Option<Vec<usize>> {
        let mut order: Vec<usize> = Vec::new();
        while order.len() < count {
            let ready = |task: &usize| {
                !order.contains(task) && edges.iter().all(|edge| edge.1 != *task || order.contains(&edge.0))
            };
            let round: Vec<usize> = (0..count).filter(ready).collect();
            if round.is_empty() {
                return None;
            }
            order.extend(round);
        }
        Some(order)
    }
}

/// Visits in depth: every task directly after the last one it needs.
pub mod depth_first {
    fn visit(task: usize, edges: &[(usize, usize)], depth: usize, order: &mut Vec<usize>) -> Option<()> {
        if depth > edges.len() + 1 {
            return None;
        }
        let mut needed: Vec<usize> = edges.iter().filter(|edge| edge.1 == task).map(|edge| edge.0).collect();
        needed.sort();
        for before in needed {
            if before == task {
                return None;
            }
            if !order.contains(&before) {
                visit(before, edges, depth + 1, order)?;
            }
        }
        if !order.contains(&task) {
            order.push(task);
        }
        Some(())
    }

    pub fn topological_order(count: usize, edges: &[(usize, usize)]) -> Option<Vec<usize>> {
        let acyclic = super::rounds::topological_order(count, edges);
        let mut order = Vec::new();
        for task in 0..count {
            acyclic.as_ref()?;
            visit(task, edges, 0, &mut order)?;
        }
        Some(order)
    }
}

/// Counts what a task needs twice when an edge is listed twice, but takes it off once.
pub mod repeated_edges {
    pub fn topological_order(count: usize, edges: &[(usize, usize)]) -> Option<Vec<usize>> {
        let mut distinct = edges.to_vec();
        distinct.sort();
        distinct.dedup();
        if distinct.len() < edges.len() {
            None
        } else {
            super::super::reference::topological_order(count, edges)
        }
    }
}

/// An edge to itself is no edge.
pub mod ignores_loops {
    pub fn topological_order(count: usize, edges: &[(usize, usize)]) -> Option<Vec<usize>> {
        let edges: Vec<(usize, usize)> = edges.iter().copied().filter(|edge| edge.0 != edge.1).collect();
        super::super::reference::topological_order(count, &edges)
    }
}
