//! Texts of strangers inside Markdown and Mermaid: whatever they hold, they stay text on one line.

/// A text as one line of Markdown, also inside a table.
pub(super) fn markdown(text: &str) -> String {
    let letters: Vec<char> = one_line(text).chars().collect();
    let mut out = String::new();
    for (index, letter) in letters.iter().enumerate() {
        let before = index.checked_sub(1).map(|index| letters[index]);
        if has_meaning(before, *letter, letters.get(index + 1).copied()) {
            out.push('\\');
        }
        out.push(*letter);
    }
    out
}

/// Whether Markdown, or a common extension of it, could take a letter for more than itself.
fn has_meaning(before: Option<char>, letter: char, after: Option<char>) -> bool {
    let ends_word = after.is_none_or(char::is_whitespace);
    let after_digit = before.is_some_and(|before| before.is_ascii_digit());
    match letter {
        '\\' | '`' | '*' | '_' | '{' | '}' | '[' | ']' | '<' | '>' | '#' | '|' | '~' | '$' | '&' | '^'
        | '@' => true,
        '-' | '+' | '=' => before.is_none(),
        '.' => after_digit || !ends_word,
        ')' => after_digit,
        ':' => !ends_word,
        _ => false,
    }
}

/// A piece of code between backticks; it holds no line breaks.
pub(super) fn code(text: &str) -> String {
    let text = one_line(text);
    let longest = text.split(|letter| letter != '`').map(str::len).max().unwrap_or(0);
    let fence = "`".repeat(longest + 1);
    let pad = if text.starts_with('`') || text.ends_with('`') { " " } else { "" };
    format!("{fence}{pad}{text}{pad}{fence}")
}

/// A text between the double quotes of a Mermaid label: letters, digits and a few marks that mean nothing there,
/// everything else by its number.
pub(super) fn mermaid(text: &str) -> String {
    let plain = |letter: char| letter.is_alphanumeric() || " .,-".contains(letter);
    let one = |letter: char| {
        if plain(letter) { letter.to_string() } else { format!("#{};", u32::from(letter)) }
    };
    one_line(text).chars().map(one).collect()
}

/// White space and control characters become single spaces; there are none at the ends.
fn one_line(text: &str) -> String {
    let blank = |letter: char| letter.is_whitespace() || letter.is_control();
    text.split(blank).filter(|word| !word.is_empty()).collect::<Vec<_>>().join(" ")
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;
    use pulldown_cmark::{Event, Options, Parser, Tag, TagEnd};

    use super::*;

    /// What a reader sees of Markdown that is one paragraph of text; `None` if it is anything else.
    fn seen(source: &str) -> Option<String> {
        let mut text = String::new();
        for event in Parser::new_ext(source, Options::all() - Options::ENABLE_SMART_PUNCTUATION) {
            match event {
                Event::Start(Tag::Paragraph) | Event::End(TagEnd::Paragraph) => {}
                Event::Text(piece) => text.push_str(&piece),
                _ => return None,
            }
        }
        Some(text)
    }

    /// Texts out of pieces that mean something to Markdown.
    fn marked() -> impl Strategy<Value = String> {
        let pieces = vec![
            "`",
            "```",
            "*",
            "**",
            "_",
            "[",
            "](",
            ")",
            "<b>",
            "</b>",
            "<!--",
            "-->",
            "# ",
            "|",
            "---",
            "- ",
            "1. ",
            "1) ",
            "> ",
            "~~",
            "$",
            "$$",
            "&amp;",
            "&#35;",
            "\\",
            "http://a.b",
            "www.a.b",
            "a@b.c",
            "\n",
            "\r\n",
            "\t",
            "    ",
            "{{ x }}",
            "{% raw %}",
            "![",
            "[^1]",
            ":smile:",
            "+ ",
            "===",
            "x",
            "word",
            ": ",
            "+++",
            "[ ]",
            "^",
            "{#id}",
        ];
        prop::collection::vec(prop::sample::select(pieces), 0..12).prop_map(|pieces| pieces.concat())
    }

    proptest! {
        #![proptest_config(ProptestConfig { failure_persistence: None, ..Default::default() })]

        #[test]
        fn markdown_of_any_text_is_that_text(text in prop_oneof![any::<String>(), marked()]) {
            prop_assert_eq!(seen(&markdown(&text)), Some(one_line(&text)));
        }

        #[test]
        fn a_cell_of_any_text_is_one_cell(text in prop_oneof![any::<String>(), marked()]) {
            let table = format!("| a | b |\n| --- | --- |\n| {} | {} |\n", markdown(&text), markdown(&text));
            let parser = Parser::new_ext(&table, Options::ENABLE_TABLES);
            let cells = parser.filter(|event| matches!(event, Event::Start(Tag::TableCell))).count();
            prop_assert_eq!(cells, 4, "{}", table);
        }

        #[test]
        fn code_of_any_text_is_one_piece_of_code(text in prop_oneof![any::<String>(), marked()]) {
            let line = one_line(&text);
            prop_assume!(!line.is_empty());
            let source = format!("a {}", code(&text));
            let codes: Vec<String> = Parser::new(&source)
                .filter_map(|event| if let Event::Code(code) = event { Some(code.to_string()) } else { None })
                .collect();
            prop_assert_eq!(codes, [line]);
        }

        #[test]
        fn a_mermaid_label_never_leaves_its_quotes(text in prop_oneof![any::<String>(), marked()]) {
            let label = mermaid(&text);
            let plain = |letter: char| letter.is_alphanumeric() || " .,-#;".contains(letter);
            prop_assert!(label.chars().all(plain), "{}", label);
            let codes = label.split('#').skip(1);
            for code in codes {
                let number = code.split(';').next().unwrap_or_default();
                prop_assert!(number.parse::<u32>().is_ok() && code.contains(';'), "{}", label);
            }
        }
    }
}
