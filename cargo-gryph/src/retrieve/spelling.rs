//! The identifiers that stand anywhere in the source of a crate: what is not among them cannot be named by its path.
//!
//! The index knows items as they are written. Macros write items too, so a name is said to be absent only when the
//! letters stand nowhere in the crate's files, and nothing there puts names together.

use std::collections::HashSet;
use std::path::Path;

use gryph_index::files;

/// The bytes of a crate's files that are read. Of a larger crate nothing is known.
const MOST_BYTES: usize = 24 << 20;
/// What stands in crates that put names together or write source when they are built.
const MAKERS: [&str; 6] =
    ["OUT_DIR", "paste!", "concat_idents!", "format_ident!", "derive_builder", "derive_more"];

/// All identifiers of a crate's files; `None` where names may come about otherwise, or nothing can be read.
pub(super) fn identifiers(directory: &Path) -> Option<HashSet<String>> {
    let walk = files::walk(directory, &[]).ok()?;
    let sources = || walk.files.iter().filter(|file| file.path.ends_with(".rs"));
    let is_whole = walk.skipped.values().sum::<u64>() == 0;
    if !is_whole || sources().map(|file| file.text.len()).sum::<usize>() > MOST_BYTES {
        return None;
    }
    let words = sources().flat_map(|file| file.text.split(|c: char| !(c.is_alphanumeric() || c == '_')));
    let all: HashSet<String> = words.filter(|word| !word.is_empty()).map(str::to_owned).collect();
    let makes_names = sources().any(|file| MAKERS.iter().any(|maker| file.text.contains(maker)));
    (!makes_names && !all.is_empty()).then_some(all)
}

#[cfg(test)]
mod tests {
    use super::*;

    fn crate_of(text: &str) -> tempfile::TempDir {
        let dir = tempfile::tempdir().unwrap();
        std::fs::create_dir(dir.path().join("src")).unwrap();
        std::fs::write(dir.path().join("src/lib.rs"), text).unwrap();
        dir
    }

    #[test]
    fn names_inside_of_macros_are_among_them() {
        let dir = crate_of("int_impl! { fn from_hex(text: &str) {} }");
        let all = identifiers(dir.path()).unwrap();
        assert!(all.contains("from_hex") && !all.contains("from_oct"));
    }

    #[test]
    fn of_a_crate_that_puts_names_together_nothing_is_known() {
        assert_eq!(identifiers(crate_of("paste::paste! { fn [<from_ hex>]() {} }").path()), None);
        assert_eq!(identifiers(crate_of("").path()), None);
    }
}
