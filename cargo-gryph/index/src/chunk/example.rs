//! Blocks of code in documentation become examples.

use super::docs::Docs;
use super::{BODY_LIMIT, EXAMPLES_LIMIT, SIGNATURE_LIMIT, cut};
use crate::item::{Item, Kind, Lines};

/// A block of Rust code in documentation.
#[derive(Default)]
struct Block {
    /// The paragraph before it.
    said: String,
    /// The code, with the lines that pages hide.
    code: String,
    /// Its lines in the file, from 0.
    rows: (usize, usize),
}

/// The examples in an item's documentation, found under the item's path. Code that shows what fails to
/// compile and text that is not Rust are left out.
pub(super) fn of(item: &Item, docs: &Docs) -> Vec<Item> {
    if !item.docs.contains("```") && !item.docs.contains("~~~") {
        return Vec::new();
    }
    let blocks = blocks(docs).into_iter().filter(|block| !block.code.trim().is_empty());
    blocks.take(EXAMPLES_LIMIT).map(|block| example(item, block)).collect()
}

/// The item of a block.
fn example(item: &Item, block: Block) -> Item {
    let line = |row: usize| u32::try_from(row + 1).unwrap_or(u32::MAX);
    Item {
        kind: Kind::Example,
        signature: cut(&format!("example of {}", item.path), SIGNATURE_LIMIT).to_owned(),
        of_trait: None,
        takes: Vec::new(),
        returns: None,
        docs: block.said.trim().to_owned(),
        body: cut(block.code.trim_end(), BODY_LIMIT).to_owned(),
        lines: Lines { first: line(block.rows.0), last: line(block.rows.1) },
        ..item.clone()
    }
}

/// The blocks of Rust code.
fn blocks(docs: &Docs) -> Vec<Block> {
    let mut blocks = Vec::new();
    let mut said = String::new();
    let mut open: Option<(&str, bool, Block)> = None;
    for (row, line) in docs.lines() {
        open = match open {
            None => match fence(line) {
                Some((mark, info)) => {
                    let block =
                        Block { said: std::mem::take(&mut said), rows: (row, row), ..Block::default() };
                    Some((mark, is_rust(info), block))
                }
                None => {
                    say(&mut said, line);
                    None
                }
            },
            Some((mark, rust, mut block)) => {
                block.rows.1 = row;
                if fence(line).is_some_and(|(end, info)| end.starts_with(mark) && info.is_empty()) {
                    blocks.extend(rust.then_some(block));
                    None
                } else {
                    block.code.push_str(shown(line));
                    block.code.push('\n');
                    Some((mark, rust, block))
                }
            }
        };
    }
    blocks
}

/// Keeps the last paragraph.
fn say(said: &mut String, line: &str) {
    let heading = line.trim_start().starts_with('#');
    if line.trim().is_empty() && said.ends_with('\n') && !said.ends_with("\n\n") {
        said.push('\n');
    } else if !line.trim().is_empty() && !heading {
        if said.ends_with("\n\n") {
            said.clear();
        }
        said.push_str(line.trim());
        said.push('\n');
    } else if heading {
        said.clear();
    }
}

/// The mark and the words of a line that begins or ends a block.
pub(super) fn fence(line: &str) -> Option<(&str, &str)> {
    let line = line.trim();
    let character = line.chars().next().filter(|first| matches!(first, '`' | '~'))?;
    let length = line.find(|c: char| c != character).unwrap_or(line.len());
    (length >= 3).then(|| (&line[..length], line[length..].trim()))
}

/// Whether the words after the mark say that the block is Rust that compiles.
fn is_rust(info: &str) -> bool {
    let words = ["rust", "should_panic", "no_run", "ignore", "test_harness", "standalone"];
    let known = |word: &str| words.iter().any(|known| word.starts_with(known)) || word.starts_with("edition");
    let info = info.trim_matches(['{', '}']);
    info.split([',', ' '])
        .map(|word| word.trim().trim_start_matches('.'))
        .all(|word| word.is_empty() || known(word))
}

/// A line of code without the mark that hides it from the page.
fn shown(line: &str) -> &str {
    let bare = line.trim_start();
    match bare.strip_prefix("# ") {
        Some(hidden) => hidden,
        None if bare == "#" => "",
        None => line,
    }
}
