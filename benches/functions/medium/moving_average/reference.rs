//! Averages over a sliding window.

pub fn moving_average(values: &[i32], window: usize) -> Vec<i32> {
    if window == 0 {
        return Vec::new();
    }
    let mean =
        |run: &[i32]| run.iter().copied().map(i64::from).sum::<i64>().div_euclid(run.len() as i64) as i32;
    values.windows(window).map(mean).collect()
}
