//! Wrong variants that the inputs must catch.

/// Takes only ASCII white space for blank.
pub mod ascii_white_space {
    pub fn count_filled_lines(text: &str) -> usize {
        text.lines().filter(|line| line.bytes().any(|b| !b.is_ascii_whitespace())).count()
    }
}

/// Counts a line with only spaces on it.
pub mod empty_only {
    pub fn count_filled_lines(text: &str) -> usize {
        text.lines().filter(|line| !line.is_empty()).count()
    }
}

/// Breaks lines at a lone carriage return too.
pub mod breaks_at_return {
    pub fn count_filled_lines(text: &str) -> usize {
        text.split(['\n', '\r']).filter(|line| !line.trim().is_empty()).count()
    }
}
