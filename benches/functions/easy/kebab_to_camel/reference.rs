//! Turns kebab-case into camelCase.

pub fn kebab_to_camel(text: &str) -> String {
    let mut result = String::new();
    for part in text.split('-').filter(|part| !part.is_empty()) {
        if result.is_empty() {
            result.push_str(part);
            continue;
        }
        let mut chars = part.chars();
        result.extend(chars.next().map(|first| first.to_ascii_uppercase()));
        result.push_str(chars.as_str());
    }
    result
}
