//! What of a workspace was not read, and why.

use std::fmt;

/// Something that is not in the tree.
#[derive(Clone, PartialEq, Eq, PartialOrd, Ord, Debug)]
pub struct Note {
    /// Why.
    pub why: Why,
    /// Its path in the workspace, made printable.
    pub path: String,
}

/// Why something is not in the tree.
#[derive(Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Debug)]
pub enum Why {
    /// It would act on Cargo or choose a toolchain, and nobody has vouched for it.
    ActsOnTools,
    /// It is a symbolic link, or lies behind one.
    Link,
    /// It is a submodule or another repository.
    Repository,
    /// It is neither file nor directory.
    NoFile,
    /// Its name is not text, or holds characters that no path here may.
    OddName,
    /// It is larger than a file may be.
    TooLarge,
    /// Its directory could not be read.
    Unreadable,
    /// It was none of the files that are read, and is not there any more.
    Gone,
}

impl Note {
    pub(super) fn new(why: Why, path: &[u8]) -> Self {
        let path: String = String::from_utf8_lossy(path).chars().flat_map(printable).take(1024).collect();
        Self { why, path }
    }
}

/// Line breaks and other control characters of a name must not act on a terminal.
fn printable(c: char) -> impl Iterator<Item = char> {
    let escaped = c.is_control().then(|| c.escape_default());
    let plain = (!c.is_control()).then_some(c);
    escaped.into_iter().flatten().chain(plain)
}

impl fmt::Display for Note {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        let path = &self.path;
        match self.why {
            Why::ActsOnTools => write!(formatter, "`{path}` acts on the tools, and is left out"),
            Why::Link => write!(formatter, "`{path}` is or lies behind a link, and is left out"),
            Why::Repository => write!(formatter, "`{path}` is another repository, and is left out"),
            Why::NoFile => write!(formatter, "`{path}` is no plain file, and is left out"),
            Why::OddName => write!(formatter, "`{path}` has a name that cannot be handled, and is left out"),
            Why::TooLarge => write!(formatter, "`{path}` is too large, and is left out"),
            Why::Unreadable => write!(formatter, "`{path}` cannot be read, and is left out"),
            Why::Gone => {
                write!(formatter, "`{path}` was a link, a submodule or a file that is left out, and is gone")
            }
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_name_cannot_act_on_a_terminal() {
        assert_eq!(
            Note::new(Why::OddName, b"a\x1b[2J\xff\n").to_string(),
            "`a\\u{1b}[2J\u{fffd}\\n` has a name that cannot be handled, and is left out"
        );
    }
}
