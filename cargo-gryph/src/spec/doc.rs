//! Documentation texts: what may stand in one, so that it can neither leave its comment nor start code of its own.

use super::names::check_text;
use super::problem::Fault;

/// The longest documentation text, in bytes.
const LONGEST_DOC: usize = 4096;

/// Refuses texts that would not stay prose when they become a doc comment.
pub(super) fn check_doc(text: &str) -> Result<(), Fault> {
    check_text(text, LONGEST_DOC)?;
    if text.trim().is_empty() {
        return Err(Fault::new(
            0..text.len(),
            "the documentation is empty",
            "say in a sentence what it does",
        ));
    }
    for fence in ["```", "~~~"] {
        if let Some(offset) = text.find(fence) {
            let range = offset..offset + fence.len();
            let hint = "put code into `examples`; they become part of the documentation";
            return Err(Fault::new(range, "a documentation text cannot hold a code block", hint));
        }
    }
    if text.matches('`').count() % 2 == 1 {
        let offset = text.rfind('`').unwrap_or(0);
        let hint = "write code between two backticks";
        return Err(Fault::new(offset..offset + 1, "a backtick is not closed", hint));
    }
    Ok(())
}

/// Checks a comment inside a type definition, which is kept as it stands.
pub(super) fn check_verbatim_doc(text: &str) -> Result<(), Fault> {
    check_doc(text)?;
    let mut code = false;
    for (offset, letter) in text.char_indices() {
        match letter {
            '`' => code = !code,
            '<' | '[' if !code => {
                let message = format!("`{letter}` has a meaning of its own in documentation");
                return Err(Fault::new(offset..offset + 1, message, "write code between backticks"));
            }
            'h' if !code && ["http://", "https://"].iter().any(|start| text[offset..].starts_with(start)) => {
                let message = "an address must stand between backticks here";
                return Err(Fault::new(offset..offset + 7, message, "write code between backticks"));
            }
            _ => {}
        }
    }
    Ok(())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn only_prose_is_accepted() {
        for (text, accepted) in [
            ("Lower-cases `Vec<u8>`.", true),
            ("Two\n\nparagraphs.", true),
            ("```\nstd::process::exit(0)\n```", false),
            ("~~~\nx\n~~~", false),
            ("a ` b", false),
            ("  ", false),
            ("a\u{202e}b", false),
            ("a\r\n#![allow(all)]", false),
        ] {
            assert_eq!(check_doc(text).is_ok(), accepted, "{text:?}");
        }
    }
}
