//! Wrong variants that the inputs must catch.

/// The difference is taken in `i64`.
pub mod wrapping_difference {
    pub fn max_gap(values: &[i64]) -> u64 {
        values.windows(2).map(|pair| pair[1].wrapping_sub(pair[0]).unsigned_abs()).max().unwrap_or(0)
    }
}

/// Sorts before it looks at neighbours.
pub mod sorted {
    pub fn max_gap(values: &[i64]) -> u64 {
        let mut values = values.to_vec();
        values.sort();
        values.windows(2).map(|pair| pair[1].abs_diff(pair[0])).max().unwrap_or(0)
    }
}

/// Saturates where the difference is large.
pub mod saturating_difference {
    pub fn max_gap(values: &[i64]) -> u64 {
        let step = |pair: &[i64]| match pair[0].checked_sub(pair[1]) {
            Some(difference) => difference.unsigned_abs(),
            None => u64::MAX,
        };
        values.windows(2).map(step).max().unwrap_or(0)
    }
}
