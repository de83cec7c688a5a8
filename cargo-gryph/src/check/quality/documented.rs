//! How many public items a text documents, and what an undocumented one is called. By lines: rustdoc says which items
//! lack documentation, and no stable tool says which have it.

/// Words that may stand between `pub` and the word that says what an item is.
const BEFORE: [&str; 6] = ["async", "unsafe", "const", "extern", "default", "safe"];
/// Words that say what an item is.
const KINDS: [&str; 10] =
    ["fn", "struct", "enum", "union", "trait", "type", "mod", "static", "const", "macro_rules!"];

/// Public items and fields with documentation before them.
pub(super) fn documented(text: &str) -> usize {
    let mut is_explained = false;
    let mut count = 0;
    for line in text.lines().map(str::trim) {
        if line.starts_with("///") || line.ends_with("*/") || line.starts_with("#[doc") {
            is_explained = true;
        } else if line.starts_with("#[") || line.starts_with("#!") {
            // Attributes stand between an item and its documentation.
        } else {
            let is_public = line.starts_with("pub ") && !line.starts_with("pub use ");
            count += usize::from(is_explained && is_public);
            is_explained = false;
        }
    }
    count
}

/// What the item or field is called whose text begins here; the text itself where that cannot be told.
pub(super) fn name(text: &str) -> String {
    let text = text.trim_start();
    let text = text.strip_prefix("pub ").unwrap_or(text).trim_start();
    let mut words = text.split_whitespace().skip_while(|word| is_before(word));
    let first = words.next().unwrap_or_default();
    let mut name = if KINDS.contains(&first) { words.next().unwrap_or_default() } else { first };
    // `const fn`.
    while KINDS.contains(&name) || BEFORE.contains(&name) {
        name = words.next().unwrap_or_default();
    }
    let end = name.find(|c: char| !c.is_alphanumeric() && c != '_').unwrap_or(name.len());
    match &name[..end] {
        "" => text.lines().next().unwrap_or_default().chars().take(40).collect(),
        name => name.to_owned(),
    }
}

/// `const` is the kind itself before a name in capitals.
fn is_before(word: &str) -> bool {
    (BEFORE.contains(&word) && word != "const") || word.starts_with('"')
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn documentation_counts_where_a_public_item_follows() {
        let text = "/// A.\n#[inline]\npub fn a() {}\npub fn b() {}\n/// C.\nfn c() {}\n/// D.\npub(crate) fn d() {}\n\
                    pub struct S {\n    /// E.\n    pub e: u8,\n}\n/** F. */\npub type F = u8;\n/// G.\npub use a::b;\n";
        assert_eq!(documented(text), 3);
        assert_eq!(documented(""), 0);
    }

    #[test]
    fn an_item_is_known_by_its_name() {
        let cases = [
            ("pub fn parse(text: &str) -> u8", "parse"),
            ("pub async unsafe fn run<T>()", "run"),
            ("pub extern \"C\" fn call()", "call"),
            ("pub struct Money", "Money"),
            ("pub const LIMIT: u8", "LIMIT"),
            ("pub const fn fixed()", "fixed"),
            ("amount: u32", "amount"),
            ("Variant(u8)", "Variant"),
            ("macro_rules! make", "make"),
            ("", ""),
        ];
        for (text, expected) in cases {
            assert_eq!(name(text), expected, "{text}");
        }
    }

    proptest::proptest! {
        #[test]
        fn no_text_panics(text in "(pub |fn |const |/// |\n|é|\"|[a-z(]){0,20}") {
            let _ = (documented(&text), name(&text));
        }
    }
}
