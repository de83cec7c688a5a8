//! Wrong variants that the inputs must catch.

/// Hides as many characters as there are bytes to hide.
pub mod byte_length {
    pub fn mask_secret(text: &str, visible: usize) -> String {
        let hidden = text.len().saturating_sub(visible);
        text.chars().enumerate().map(|(index, c)| if index < hidden { '*' } else { c }).collect()
    }
}

/// Hides white space as itself.
pub mod keeps_spaces {
    pub fn mask_secret(text: &str, visible: usize) -> String {
        let hidden = text.chars().count().saturating_sub(visible);
        text.chars()
            .enumerate()
            .map(|(index, c)| if index < hidden && !c.is_whitespace() { '*' } else { c })
            .collect()
    }
}

/// Hides a text that is just short enough to be shown.
pub mod off_by_one {
    pub fn mask_secret(text: &str, visible: usize) -> String {
        let length = text.chars().count();
        if length < visible {
            return text.to_string();
        }
        let hidden = if length == visible { length } else { length - visible };
        text.chars().enumerate().map(|(index, c)| if index < hidden { '*' } else { c }).collect()
    }
}
