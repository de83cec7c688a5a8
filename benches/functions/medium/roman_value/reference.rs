//! Reads Roman numerals.

pub fn roman_value(text: &str) -> Option<u32> {
    let places = [
        (1000, ["", "M", "MM", "MMM", "", "", "", "", "", ""]),
        (100, ["", "C", "CC", "CCC", "CD", "D", "DC", "DCC", "DCCC", "CM"]),
        (10, ["", "X", "XX", "XXX", "XL", "L", "LX", "LXX", "LXXX", "XC"]),
        (1, ["", "I", "II", "III", "IV", "V", "VI", "VII", "VIII", "IX"]),
    ];
    let mut rest = text;
    let mut value = 0;
    for (weight, digits) in places {
        let mut taken = 0;
        for (digit, form) in digits.iter().enumerate() {
            if rest.starts_with(form) && form.len() > digits[taken].len() {
                taken = digit;
            }
        }
        rest = &rest[digits[taken].len()..];
        value += weight * taken as u32;
    }
    if rest.is_empty() && value > 0 { Some(value) } else { None }
}
