//! Wrong variants that the inputs must catch.

fn letter(c: char) -> Option<u32> {
    Some(match c {
        'I' => 1,
        'V' => 5,
        'X' => 10,
        'L' => 50,
        'C' => 100,
        'D' => 500,
        'M' => 1000,
        _ => return None,
    })
}

fn sum(text: &str) -> Option<u32> {
    let values: Vec<u32> = text.chars().map(letter).collect::<Option<_>>()?;
    let mut total = 0i64;
    for (index, &value) in values.iter().enumerate() {
        let smaller = values.get(index + 1).is_some_and(|&next| value < next);
        total += if smaller { -i64::from(value) } else { i64::from(value) };
    }
    u32::try_from(total).ok().filter(|&total| total > 0)
}

/// Adds and subtracts without a look at the form.
pub mod no_form {
    pub fn roman_value(text: &str) -> Option<u32> {
        super::sum(text)
    }
}

/// Checks runs and pairs of letters, but not what may follow a subtraction.
pub mod pairs_only {
    pub fn roman_value(text: &str) -> Option<u32> {
        let allowed = ["IV", "IX", "XL", "XC", "CD", "CM"];
        for run in ["IIII", "XXXX", "CCCC", "MMMM", "VV", "LL", "DD", "IXI", "IIX"] {
            if text.contains(run) {
                return None;
            }
        }
        let chars: Vec<char> = text.chars().collect();
        for pair in chars.windows(2) {
            let rises = super::letter(pair[0])? < super::letter(pair[1])?;
            if rises && !allowed.contains(&pair.iter().collect::<String>().as_str()) {
                return None;
            }
        }
        super::sum(text)
    }
}

/// Reads lower case too.
pub mod any_case {
    pub fn roman_value(text: &str) -> Option<u32> {
        super::super::reference::roman_value(&text.to_uppercase())
    }
}
