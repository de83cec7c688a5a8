//! The largest step between neighbours.

pub fn max_gap(values: &[i64]) -> u64 {
    let mut largest = 0;
    for pair in values.windows(2) {
        largest = largest.max(pair[0].abs_diff(pair[1]));
    }
    largest
}
