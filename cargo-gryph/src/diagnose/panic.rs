//! Where a test panicked, read from what the standard library's hook printed.

use crate::tree::TreePath;

/// A place in the tree at which a panic began.
#[derive(Clone, PartialEq, Eq, Debug)]
pub struct PanicPlace {
    /// The file, relative to the package that was tested.
    pub path: TreePath,
    /// The line, from 1.
    pub line: usize,
    /// The column, from 1.
    pub column: usize,
}

/// The first place in the tree named by a line such as `thread 'a' panicked at src/lib.rs:3:5:`.
///
/// The text comes from code under test; a forged line misleads the search and accepts nothing.
pub fn panic_place(message: &str) -> Option<PanicPlace> {
    let places = message.lines().filter_map(|line| line.split_once(" panicked at ").map(|(_, place)| place));
    places.filter_map(place).next()
}

fn place(text: &str) -> Option<PanicPlace> {
    let mut parts = text.trim_end().trim_end_matches(':').rsplitn(3, ':');
    let column = parts.next()?.parse().ok()?;
    let line = parts.next()?.parse().ok()?;
    // An absolute path belongs to the standard library or to a dependency.
    Some(PanicPlace { path: TreePath::new(parts.next()?).ok()?, line, column })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_first_place_in_the_tree_counts() {
        let cases = [
            (
                "thread 't' (7) panicked at src/a/b.rs:12:34:\nindex out of bounds",
                Some(("src/a/b.rs", 12, 34)),
            ),
            (
                "thread 't' panicked at /rustc/x/core/slice.rs:1:2:\nthread 't' panicked at src/l.rs:3:4:",
                Some(("src/l.rs", 3, 4)),
            ),
            ("assertion failed: it panicked at noon", None),
            ("thread 't' panicked at ../../escape.rs:1:1:", None),
            ("", None),
        ];
        for (message, expected) in cases {
            let found = panic_place(message);
            let found = found.as_ref().map(|place| (place.path.as_str(), place.line, place.column));
            assert_eq!(found, expected, "{message}");
        }
    }
}
