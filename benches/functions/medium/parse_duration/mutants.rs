//! Wrong variants that the inputs must catch.

fn parse(text: &str, in_order: impl Fn(u64, u64) -> bool, digit: impl Fn(char) -> bool) -> Option<u64> {
    let (mut total, mut digits, mut smallest) = (0, String::new(), u64::MAX);
    for c in text.chars() {
        let seconds = match c {
            'h' => 3600,
            'm' => 60,
            's' => 1,
            _ if digit(c) => {
                digits.push(c);
                continue;
            }
            _ => return None,
        };
        if !in_order(smallest, seconds) {
            return None;
        }
        smallest = seconds;
        total += digits.parse::<u64>().ok()? * seconds;
        digits.clear();
    }
    if text.is_empty() || !digits.is_empty() { None } else { Some(total) }
}

/// Lets a unit come twice.
pub mod repeated_units {
    pub fn parse_duration(text: &str) -> Option<u64> {
        super::parse(text, |before, now| now <= before, |c| c.is_ascii_digit())
    }
}

/// Takes a sign in front of a later number.
pub mod later_sign {
    pub fn parse_duration(text: &str) -> Option<u64> {
        if text.starts_with('+') {
            return None;
        }
        super::parse(text, |before, now| now < before, |c| c.is_ascii_digit() || c == '+')
    }
}

/// Only the last two units are compared: `1m1s1h` is in order.
pub mod any_order {
    pub fn parse_duration(text: &str) -> Option<u64> {
        super::parse(text, |before, now| now != before && (before, now) != (60, 3600), |c| c.is_ascii_digit())
    }
}

/// Ignores white space around the text.
pub mod trims {
    pub fn parse_duration(text: &str) -> Option<u64> {
        super::parse(text.trim(), |before, now| now < before, |c| c.is_ascii_digit())
    }
}
