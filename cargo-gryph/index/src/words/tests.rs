//! Words are split where a reader sees a border, and no text is too strange.

use proptest::prelude::*;

use super::{WORD_LIMIT, split};

/// The words of a text with their places.
fn words(text: &str) -> String {
    let words = split(text).map(|word| format!("{}{}", word.position, word.text));
    words.collect::<Vec<_>>().join(" ")
}

#[test]
fn identifiers_are_given_whole_and_in_parts() {
    let cases = [
        ("HTTPServer2Config", "0httpserver2config 0http 1server 22 3config"),
        ("next_line", "0nextline 0next 1line"),
        ("MAX_LEN", "0maxlen 0max 1len"),
        ("camelCase", "0camelcase 0camel 1case"),
        ("plain", "0plain"),
        ("__init__", "0init"),
        ("_", ""),
        ("u32", "0u32 0u 132"),
        ("parse::<Vec<u8>>()", "0parse 1vec 2u8 2u 38"),
        ("Reads the file's lines.", "0reads 1the 2file 3s 4lines"),
        ("ÜberGröße naïve 行列", "0übergröße 0über 1größe 2naïve 3行列"),
    ];
    for (text, expect) in cases {
        assert_eq!(words(text), expect, "{text}");
    }
}

#[test]
fn words_say_where_they_stand() {
    let text = "a fn _next_line";
    let places: Vec<_> = split(text).map(|word| &text[word.start..word.end]).collect();
    assert_eq!(places, ["a", "fn", "next_line", "next", "line"]);
}

#[test]
fn a_word_that_is_too_long_is_left_out() {
    let text = format!("{} b", "a".repeat(WORD_LIMIT + 1));
    assert_eq!(words(&text), "0b");
}

proptest! {
    #[test]
    fn offsets_are_characters_and_positions_grow(text in "[a-zA-Z0-9_ ß行İ🦀.]{0,60}|.{0,60}") {
        let mut last = (0, 0);
        for word in split(&text) {
            prop_assert!(text.is_char_boundary(word.start) && text.is_char_boundary(word.end));
            prop_assert!(word.start < word.end && !word.text.is_empty());
            prop_assert!((word.position, word.start) >= last);
            last = (word.position, word.start);
        }
    }
}
