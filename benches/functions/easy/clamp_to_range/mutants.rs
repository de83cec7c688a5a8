//! Wrong variants that the inputs must catch.

/// Takes the bounds as they come.
pub mod bounds_in_order {
    pub fn clamp_to_range(value: i64, a: i64, b: i64) -> i64 {
        value.max(a).min(b)
    }
}

/// Finds the nearer bound by distances that overflow.
pub mod wrapping_distance {
    pub fn clamp_to_range(value: i64, a: i64, b: i64) -> i64 {
        if value >= a.min(b) && value <= a.max(b) {
            return value;
        }
        if value.wrapping_sub(a).wrapping_abs() < value.wrapping_sub(b).wrapping_abs() { a } else { b }
    }
}
