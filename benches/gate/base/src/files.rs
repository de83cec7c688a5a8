//! Files of the shop: the catalogue and what customers sent.

use std::fs;
use std::io;
use std::path::Path;

/// The catalogue of a shop whose files are in a directory.
pub fn catalogue(root: &Path) -> io::Result<String> {
    fs::read_to_string(root.join("catalogue.txt"))
}

/// A request for a file, as a customer sent it.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Request {
    /// The name that was asked for.
    pub name: String,
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_catalogue_is_read() {
        let root = Path::new(env!("CARGO_MANIFEST_DIR")).join("tests/data");
        assert_eq!(catalogue(&root).unwrap(), "pen\nink\n");
        assert!(catalogue(&root.join("none")).is_err());
    }
}
