//! Durations as people write them.

pub fn parse_duration(text: &str) -> Option<u64> {
    let mut total = 0;
    let mut number: Option<u64> = None;
    let mut smallest = u64::MAX;
    for c in text.chars() {
        if let Some(digit) = c.to_digit(10) {
            number = Some(number.unwrap_or(0) * 10 + u64::from(digit));
            continue;
        }
        let seconds = match c {
            'h' => 3600,
            'm' => 60,
            's' => 1,
            _ => return None,
        };
        if seconds >= smallest {
            return None;
        }
        smallest = seconds;
        total += number.take()? * seconds;
    }
    if number.is_some() || smallest == u64::MAX { None } else { Some(total) }
}
