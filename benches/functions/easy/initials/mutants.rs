//! Wrong variants that the inputs must catch.

/// Upper-cases ASCII only.
pub mod ascii_case {
    pub fn initials(name: &str) -> String {
        name.split_whitespace()
            .filter_map(|word| word.chars().next())
            .map(|c| c.to_ascii_uppercase())
            .collect()
    }
}

/// Separates words at spaces, tabs and line ends only.
pub mod ascii_white_space {
    pub fn initials(name: &str) -> String {
        name.split_ascii_whitespace()
            .filter_map(|word| word.chars().next())
            .flat_map(char::to_uppercase)
            .collect()
    }
}

/// Keeps one character of an upper case that has several.
pub mod one_character {
    pub fn initials(name: &str) -> String {
        name.split_whitespace().filter_map(|word| word.chars().next()?.to_uppercase().next()).collect()
    }
}
