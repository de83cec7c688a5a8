//! Orders tasks by what they need.

pub fn topological_order(count: usize, edges: &[(usize, usize)]) -> Option<Vec<usize>> {
    let mut taken = vec![false; count];
    let mut order = Vec::new();
    for _ in 0..count {
        let ready = |task: usize| edges.iter().all(|&(before, after)| after != task || taken[before]);
        let next = (0..count).find(|&task| !taken[task] && ready(task))?;
        taken[next] = true;
        order.push(next);
    }
    Some(order)
}
