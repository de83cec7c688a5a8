//! Wrong variants that the inputs must catch.

/// Rounds towards zero.
pub mod truncates {
    pub fn moving_average(values: &[i32], window: usize) -> Vec<i32> {
        if window == 0 {
            return Vec::new();
        }
        let mean = |run: &[i32]| (run.iter().map(|&v| i64::from(v)).sum::<i64>() / run.len() as i64) as i32;
        values.windows(window).map(mean).collect()
    }
}

/// Sums in `i32`.
pub mod narrow_sum {
    pub fn moving_average(values: &[i32], window: usize) -> Vec<i32> {
        if window == 0 {
            return Vec::new();
        }
        let sum = |run: &[i32]| run.iter().fold(0i32, |sum, v| sum.wrapping_add(*v));
        values.windows(window).map(|run| sum(run).div_euclid(run.len() as i32)).collect()
    }
}

/// Takes one from every negative quotient, exact or not.
pub mod always_one_less {
    pub fn moving_average(values: &[i32], window: usize) -> Vec<i32> {
        if window == 0 {
            return Vec::new();
        }
        let mean = |run: &[i32]| {
            let sum = run.iter().map(|&v| i64::from(v)).sum::<i64>();
            (sum / run.len() as i64 - i64::from(sum < 0 && run.len() > 1)) as i32
        };
        values.windows(window).map(mean).collect()
    }
}
