//! What texts of services look like, as JSON Schema and Rust's `regex` both read it.

use std::sync::LazyLock;

use regex::Regex;

/// Any text without the zero character, which PostgreSQL cannot keep.
pub const PLAIN: &str = r"^[^\u0000]*$";

/// An address of electronic mail.
pub const EMAIL: &str =
    r"^[A-Za-z0-9_+'-]{1,64}(\.[A-Za-z0-9_+'-]{1,64}){0,15}@[A-Za-z0-9-]{1,63}(\.[A-Za-z0-9-]{1,63}){1,5}$";

/// An address on the web: http or https, a host, perhaps a port, and what follows in visible ASCII.
pub const WEB_ADDRESS: &str = r"^https?://[A-Za-z0-9]([A-Za-z0-9.-]{0,250}[A-Za-z0-9])?(:([1-9][0-9]{0,3}|[1-5][0-9]{4}|6[0-4][0-9]{3}|65[0-4][0-9]{2}|655[0-2][0-9]|6553[0-5]))?([/?#][!-~]*)?$";

static EMAILS: LazyLock<Option<Regex>> = LazyLock::new(|| Regex::new(EMAIL).ok());
static WEB_ADDRESSES: LazyLock<Option<Regex>> = LazyLock::new(|| Regex::new(WEB_ADDRESS).ok());

/// Whether a text is an address of electronic mail.
pub(super) fn is_email(text: &str) -> bool {
    EMAILS.as_ref().is_some_and(|pattern| pattern.is_match(text))
}

/// Whether a text is an address on the web, without signs that stand for something else in other languages.
pub(super) fn is_harmless_url(text: &str) -> bool {
    let harmless = !text.contains(['"', '\'', '<', '>', '\\', '`', '{', '}']);
    harmless && WEB_ADDRESSES.as_ref().is_some_and(|pattern| pattern.is_match(text))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn addresses_are_told_from_other_texts() {
        for (text, is) in [("a@b.c", true), ("o'neil@example.org", true), ("nobody", false), ("a@b", false)] {
            assert_eq!(is_email(text), is, "{text}");
        }
        for (text, is) in [
            ("http://a", true),
            ("https://example.org:65535/a?b#c", true),
            ("https://example.org:65536", false),
            ("https://example.org/{a}", false),
            ("ftp://a", false),
        ] {
            assert_eq!(is_harmless_url(text), is, "{text}");
        }
    }
}
