//! Whether a licence expression leaves a choice among licences that are allowed.

use spdx::{Expression, LicenseReq, Licensee, ParseMode};

/// A longer expression is none that a person wrote.
const MAX_BYTES: usize = 1024;

/// Whether a text names one licence, with an exception or without.
pub(super) fn is_one(name: &str) -> bool {
    Licensee::parse(name).is_ok()
}

/// Whether an expression can be fulfilled with these licences alone. One that cannot be read allows nothing; the older
/// ways to write one that manifests hold, such as `MIT/Apache-2.0`, are read.
pub(super) fn is_allowed(expression: &str, of: &[String]) -> bool {
    if expression.len() > MAX_BYTES {
        return false;
    }
    let allowed: Vec<Licensee> = of.iter().filter_map(|name| Licensee::parse(name).ok()).collect();
    let fulfils = |asked: &LicenseReq| allowed.iter().any(|one| one.satisfies(asked));
    Expression::parse_mode(expression.trim(), ParseMode::LAX).is_ok_and(|read| read.evaluate(fulfils))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_choice_needs_one_allowed_licence_and_a_sum_all() {
        let of = ["MIT", "Apache-2.0", "Apache-2.0 WITH LLVM-exception"].map(str::to_owned);
        for (expression, expected) in [
            ("MIT", true),
            ("MIT/Apache-2.0", true),
            ("MIT OR GPL-3.0-only", true),
            ("MIT AND GPL-3.0-only", false),
            ("(MIT OR GPL-2.0) AND Apache-2.0", true),
            ("Apache-2.0 WITH LLVM-exception", true),
            ("GPL-3.0", false),
            ("AGPL-3.0-or-later", false),
            ("MPL-2.0", false),
            ("LicenseRef-mine", false),
            ("", false),
            ("whatever I say", false),
        ] {
            assert_eq!(is_allowed(expression, &of), expected, "{expression}");
        }
        assert!(is_one("MIT") && is_one("Apache-2.0 WITH LLVM-exception") && !is_one("free") && !is_one(""));
    }

    proptest::proptest! {
        #[test]
        fn no_text_makes_the_reader_panic(text in "\\PC{0,60}", parts in proptest::collection::vec(0..8_usize, 0..40)) {
            let words = ["MIT", " OR ", " AND ", "(", ")", "/", "+", " WITH LLVM-exception"];
            let made: String = parts.iter().map(|part| words[*part]).collect();
            let _ = (is_allowed(&text, &["MIT".to_owned()]), is_allowed(&made, &["MIT".to_owned()]), is_one(&text));
        }
    }
}
