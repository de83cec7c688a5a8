//! The sum of the decimal digits.

pub fn digit_sum(number: i64) -> u32 {
    let mut rest = number.unsigned_abs();
    let mut sum = 0;
    while rest > 0 {
        sum += (rest % 10) as u32;
        rest /= 10;
    }
    sum
}
