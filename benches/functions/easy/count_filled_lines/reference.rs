//! Counts lines with something on them.

pub fn count_filled_lines(text: &str) -> usize {
    text.split('\n').filter(|line| line.chars().any(|c| !c.is_whitespace())).count()
}
