//! Wrong variants that the inputs must catch.

fn merge(
    sorted: Vec<(i64, i64)>,
    joins: impl Fn((i64, i64), i64) -> bool,
    end: impl Fn(i64, i64) -> i64,
) -> Vec<(i64, i64)> {
    let mut merged: Vec<(i64, i64)> = Vec::new();
    for interval in sorted {
        match merged.last_mut() {
            Some(last) if joins(*last, interval.0) => last.1 = end(last.1, interval.1),
            _ => merged.push(interval),
        }
    }
    merged
}

/// A shared end point keeps intervals apart.
pub mod apart_at_end_points {
    pub fn merge_intervals(intervals: &[(i64, i64)]) -> Vec<(i64, i64)> {
        let mut sorted = intervals.to_vec();
        sorted.sort();
        super::merge(sorted, |last, start| start < last.1 || start == last.0, i64::max)
    }
}

/// Takes the end of the last interval for the end of all.
pub mod last_end {
    pub fn merge_intervals(intervals: &[(i64, i64)]) -> Vec<(i64, i64)> {
        let mut sorted = intervals.to_vec();
        sorted.sort();
        super::merge(sorted, |last, start| start <= last.1, |_, end| end)
    }
}

/// Looks only at the interval before, not at all that were merged.
pub mod one_pass_in_given_order {
    pub fn merge_intervals(intervals: &[(i64, i64)]) -> Vec<(i64, i64)> {
        let mut merged: Vec<(i64, i64)> = Vec::new();
        for &(start, end) in intervals {
            match merged.iter_mut().find(|other| start <= other.1 && other.0 <= end) {
                Some(other) => *other = (other.0.min(start), other.1.max(end)),
                None => merged.push((start, end)),
            }
        }
        merged.sort();
        merged
    }
}
