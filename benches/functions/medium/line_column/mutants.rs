//! Wrong variants that the inputs must catch.

/// The column counts bytes.
pub mod byte_column {
    pub fn line_column(text: &str, offset: usize) -> Option<(usize, usize)> {
        let before = text.get(..offset)?;
        let start = before.rfind('\n').map_or(0, |end| end + 1);
        Some((before.matches('\n').count() + 1, offset - start + 1))
    }
}

/// The end of the text is no position.
pub mod end_is_outside {
    pub fn line_column(text: &str, offset: usize) -> Option<(usize, usize)> {
        if offset == text.len() && !text.is_empty() {
            return None;
        }
        super::super::reference::line_column(text, offset)
    }
}

/// Breaks lines at a lone carriage return too.
pub mod breaks_at_return {
    pub fn line_column(text: &str, offset: usize) -> Option<(usize, usize)> {
        super::super::reference::line_column(text, offset)?;
        super::super::reference::line_column(&text.replace("\r\n", " \n").replace('\r', "\n"), offset)
    }
}

/// Lets `lines` decide, for which nothing follows the last line end.
pub mod last_of_lines {
    pub fn line_column(text: &str, offset: usize) -> Option<(usize, usize)> {
        let before = text.get(..offset)?;
        Some((before.lines().count().max(1), before.lines().last().unwrap_or("").chars().count() + 1))
    }
}

/// A carriage return before the line end does not count.
pub mod skips_returns {
    pub fn line_column(text: &str, offset: usize) -> Option<(usize, usize)> {
        let before = text.get(..offset)?;
        let line = before.split('\n').count();
        let column = before.rsplit('\n').next().unwrap_or("").chars().filter(|&c| c != '\r').count() + 1;
        Some((line, column))
    }
}
