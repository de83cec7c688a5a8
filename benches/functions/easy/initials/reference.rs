//! The initials of a name.

pub fn initials(name: &str) -> String {
    let mut result = String::new();
    for word in name.split_whitespace() {
        if let Some(first) = word.chars().next() {
            result.extend(first.to_uppercase());
        }
    }
    result
}
