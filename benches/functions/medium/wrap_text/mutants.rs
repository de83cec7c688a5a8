//! Wrong variants that the inputs must catch.

fn wrap(text: &str, fits: impl Fn(&str, &str) -> bool) -> Vec<String> {
    let mut lines: Vec<String> = Vec::new();
    for word in text.split_whitespace() {
        match lines.last_mut() {
            Some(line) if fits(line, word) => {
                line.push(' ');
                line.push_str(word);
            }
            _ => lines.push(word.to_string()),
        }
    }
    lines
}

/// Forgets the space.
pub mod no_space {
    pub fn wrap_text(text: &str, width: usize) -> Vec<String> {
        super::wrap(text, |line, word| line.chars().count() + word.chars().count() <= width)
    }
}

/// Does not fill the last column.
pub mod last_column {
    pub fn wrap_text(text: &str, width: usize) -> Vec<String> {
        super::wrap(text, |line, word| line.chars().count() + 1 + word.chars().count() < width)
    }
}

/// Measures in bytes.
pub mod bytes {
    pub fn wrap_text(text: &str, width: usize) -> Vec<String> {
        super::wrap(text, |line, word| line.len() + 1 + word.len() <= width)
    }
}

/// Breaks a word that is too long.
pub mod breaks_words {
    pub fn wrap_text(text: &str, width: usize) -> Vec<String> {
        let mut lines = Vec::new();
        for line in super::super::reference::wrap_text(text, width) {
            let chars: Vec<char> = line.chars().collect();
            lines.extend(chars.chunks(width.max(1)).map(|chunk| chunk.iter().collect::<String>()));
        }
        lines
    }
}
