//! Wrong variants that the inputs must catch.

fn camel(text: &str, first_is_capital: impl Fn(usize) -> bool, rest: impl Fn(&str) -> String) -> String {
    let mut result = String::new();
    for (index, part) in text.split('-').enumerate().filter(|(_, part)| !part.is_empty()) {
        let mut chars = part.chars();
        let first = chars.next().unwrap_or('-');
        if first_is_capital(index) && !(index > 0 && result.is_empty()) {
            result.push(first.to_ascii_uppercase());
        } else {
            result.push(first);
        }
        result.push_str(&rest(chars.as_str()));
    }
    result
}

/// Lower-cases the rest of every part.
pub mod lower_rest {
    pub fn kebab_to_camel(text: &str) -> String {
        super::camel(text, |index| index > 0, str::to_lowercase)
    }
}

/// Upper-cases letters that are not ASCII too.
pub mod full_upper_case {
    pub fn kebab_to_camel(text: &str) -> String {
        let mut parts = text.split('-').filter(|part| !part.is_empty());
        let mut result = parts.next().unwrap_or("").to_string();
        for part in parts {
            let mut chars = part.chars();
            result.extend(chars.next().into_iter().flat_map(char::to_uppercase));
            result.push_str(chars.as_str());
        }
        result
    }
}

/// A leading hyphen makes the first part a further one.
pub mod leading_hyphen {
    pub fn kebab_to_camel(text: &str) -> String {
        let mut upper = false;
        let mut result = String::new();
        for c in text.chars() {
            if c == '-' {
                upper = true;
            } else {
                result.push(if upper { c.to_ascii_uppercase() } else { c });
                upper = false;
            }
        }
        result
    }
}

/// Takes an underscore for a hyphen.
pub mod underscore_separates {
    pub fn kebab_to_camel(text: &str) -> String {
        super::camel(&text.replace('_', "-"), |index| index > 0, str::to_string)
    }
}
