//! Keeps a number between two bounds.

pub fn clamp_to_range(value: i64, a: i64, b: i64) -> i64 {
    let (low, high) = if a <= b { (a, b) } else { (b, a) };
    if value < low {
        low
    } else if value > high {
        high
    } else {
        value
    }
}
