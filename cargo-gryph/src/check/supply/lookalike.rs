//! Names that are nearly those of well-known packages, by which a slip of the hand brings in something else.

use std::collections::BTreeSet;
use std::sync::LazyLock;

use crate::similar::distance;

/// Names that many projects depend on, one a line.
const KNOWN: &str = include_str!("../../../../policies/known-crates.txt");

/// Shorter names have too many neighbours that mean something of their own.
const SHORTEST: usize = 5;

static NAMES: LazyLock<BTreeSet<&'static str>> = LazyLock::new(|| {
    KNOWN.lines().map(str::trim).filter(|line| !line.is_empty() && !line.starts_with('#')).collect()
});

/// Whether many projects depend on a package of this name.
pub(super) fn is_known(name: &str) -> bool {
    NAMES.contains(name)
}

/// The well-known name that this one could be mistaken for; nothing for a well-known name itself.
pub(super) fn nearly(name: &str) -> Option<&'static str> {
    if is_known(name) {
        return None;
    }
    NAMES.iter().copied().find(|known| is_nearly(name, known))
}

/// Whether one name is the other but for one letter, two letters that changed places, `-`, `_` and case, or parts that
/// changed places.
fn is_nearly(name: &str, known: &str) -> bool {
    let plain = |name: &str| name.to_lowercase().replace('_', "-");
    let (name, known) = (plain(name), plain(known));
    let bare = |name: &str| name.replace('-', "");
    if bare(&name) == bare(&known) {
        return true;
    }
    if name.len().min(known.len()) < SHORTEST || differs_in_number(&name, &known) {
        return false;
    }
    is_turned(&name, &known) || distance(&name, &known) == 1
}

/// `md4` and `md5`, `ring2`: another number is another thing.
fn differs_in_number(name: &str, known: &str) -> bool {
    let letters = |name: &str| name.chars().filter(|c| !c.is_ascii_digit()).collect::<String>();
    letters(name) == letters(known) || letters(name).trim_end_matches(['-', 'v']) == known
}

/// `json-serde` for `serde-json`.
fn is_turned(name: &str, known: &str) -> bool {
    let parts = |name: &str| -> Vec<String> {
        let mut parts: Vec<String> = name.split('-').map(str::to_owned).collect();
        parts.sort();
        parts
    };
    known.contains('-') && parts(name) == parts(known)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn slips_are_seen_and_names_of_their_own_are_not() {
        for (name, expected) in [
            ("serde", None),
            ("serd", None),
            ("serde_jsn", Some("serde_json")),
            ("serde-json", Some("serde_json")),
            ("serdejson", Some("serde_json")),
            ("json_serde", Some("serde_json")),
            ("tokoi", Some("tokio")),
            ("tokioo", Some("tokio")),
            ("reqwst", Some("reqwest")),
            ("rustdecimal", Some("rust_decimal")),
            ("my-own-thing", None),
            ("base65", None),
        ] {
            assert_eq!(nearly(name), expected, "{name}");
        }
        assert!(NAMES.len() > 300, "{}", NAMES.len());
        assert!(NAMES.iter().all(|name| nearly(name).is_none()));
    }
}
