//! Wrong variants that the inputs must catch.

use super::reference::unescape_json as right;

/// A surrogate without its partner becomes the replacement character.
pub mod replaces_surrogates {
    pub fn unescape_json(text: &str) -> Option<String> {
        let mut units: Vec<u16> = Vec::new();
        let mut chars = text.chars();
        while let Some(c) = chars.next() {
            if c != '\\' {
                super::right(&c.to_string())?;
                units.extend(c.encode_utf16(&mut [0; 2]).iter());
                continue;
            }
            match chars.next()? {
                'u' => {
                    let digits: String = chars.by_ref().take(4).collect();
                    let hexadecimal = digits.len() == 4 && digits.bytes().all(|b| b.is_ascii_hexdigit());
                    units.push(u16::from_str_radix(digits.get(..).filter(|_| hexadecimal)?, 16).ok()?);
                }
                other => units.extend(super::right(&format!("\\{other}"))?.encode_utf16()),
            }
        }
        Some(String::from_utf16_lossy(&units))
    }
}

/// Control characters may stand as they are.
pub mod raw_control {
    pub fn unescape_json(text: &str) -> Option<String> {
        let marked: String = text
            .chars()
            .map(|c| if c < ' ' { char::from_u32(0xE000 + c as u32).unwrap() } else { c })
            .collect();
        let back = |c: char| {
            if ('\u{e000}'..'\u{e020}').contains(&c) { char::from_u32(c as u32 - 0xE000).unwrap() } else { c }
        };
        Some(super::right(&marked)?.chars().map(back).collect())
    }
}

/// Takes the sign that `from_str_radix` takes.
pub mod signed_digits {
    pub fn unescape_json(text: &str) -> Option<String> {
        super::right(&text.replace("\\u+", "\\u0"))
    }
}

/// Takes the escapes of C that JSON does not have.
pub mod escapes_of_c {
    pub fn unescape_json(text: &str) -> Option<String> {
        let pairs = text.replace("\\\\", "\u{e000}");
        let taken = pairs.replace("\\'", "'").replace("\\0", "\\u0000").replace('\u{e000}', "\\\\");
        super::right(&taken)
    }
}

/// Refuses the delete character as well.
pub mod refuses_delete {
    pub fn unescape_json(text: &str) -> Option<String> {
        if text.contains('\u{7f}') { None } else { super::right(text) }
    }
}

/// Two high surrogates make a pair too.
pub mod any_pair {
    pub fn unescape_json(text: &str) -> Option<String> {
        let lower =
            text.replace("\\ud800\\ud800", "\\ud800\\udc00").replace("\\ud83d\\ud83d", "\\ud83d\\udc3d");
        super::right(&lower)
    }
}
