//! Wrong variants that the inputs must catch.

/// A sum too small for long numbers.
pub mod narrow_sum {
    pub fn digit_sum(number: i64) -> u32 {
        number.to_string().bytes().filter(u8::is_ascii_digit).fold(0u8, |sum, b| (sum + (b - b'0')) % 100)
            as u32
    }
}

/// The smallest number has no positive twin.
pub mod wrapping_absolute {
    pub fn digit_sum(number: i64) -> u32 {
        let mut rest = number.wrapping_abs();
        let mut sum = 0;
        while rest > 0 {
            sum += (rest % 10) as u32;
            rest /= 10;
        }
        sum
    }
}

/// Negative numbers have no digits.
pub mod no_negative {
    pub fn digit_sum(number: i64) -> u32 {
        let mut rest = number.max(0);
        let mut sum = 0;
        while rest > 0 {
            sum += (rest % 10) as u32;
            rest /= 10;
        }
        sum
    }
}
