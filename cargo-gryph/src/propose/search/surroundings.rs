//! The crate around a function: what its items say, and its other functions as ingredients.

use std::ops::Range;
use std::sync::Arc;

use crate::propose::search::code::Code;
use crate::propose::search::facts::Facts;
use crate::propose::search::reader;
use crate::schema::Source;
use crate::tree::{Tree, TreePath};

/// Bytes of other files that are read.
const MOST_BYTES: usize = 256 << 10;
/// Other functions that give ingredients.
const MOST_FUNCTIONS: usize = 200;

/// What a search may look at besides its function.
pub(super) struct Surroundings {
    pub(super) facts: Facts,
    /// Functions of the crate that are no tests, those of the same file first.
    pub(super) functions: Vec<Code>,
}

impl Surroundings {
    /// Reads the file and its neighbours, the nearest first. Call on a deep stack.
    pub(super) fn read(tree: &Tree, path: &TreePath) -> Self {
        let sources: Vec<(Arc<str>, Source)> = near(tree, path)
            .into_iter()
            .filter_map(|text| Some((Arc::from(text), Source::parse(text).ok()?)))
            .collect();
        let mut facts = Facts::default();
        // The nearest file has the last word on names that several files use.
        for (_, source) in sources.iter().rev() {
            facts.read(&source.file);
        }
        let mut functions: Vec<Code> = Vec::new();
        for (text, source) in &sources {
            let most = MOST_FUNCTIONS.saturating_sub(functions.len());
            functions.extend(reader::read(text, source, &facts, None, most));
        }
        Self { facts, functions }
    }

    /// The function whose body is `body`.
    pub(super) fn function(&self, text: &str, body: &Range<usize>) -> Option<Code> {
        let known = self.functions.iter().find(|code| code.body == *body && *code.file == *text);
        known.cloned().or_else(|| {
            let source = Source::parse(text).ok()?;
            reader::read(&Arc::from(text), &source, &self.facts, Some(body), 1).pop()
        })
    }
}

/// The texts of the file and of those of its package that are no tests, as far as they are not too much.
fn near<'a>(tree: &'a Tree, path: &TreePath) -> Vec<&'a str> {
    let package = path.as_str().rsplit_once("src/").map_or("", |(before, _)| before);
    let folder = path.as_str().rsplit_once('/').map_or("", |(folder, _)| folder);
    let is_source = |other: &TreePath| {
        let other = other.as_str();
        let inside = other.strip_prefix(package).unwrap_or("");
        let is_other =
            ["tests/", "benches/", "examples/", "target/"].iter().any(|part| inside.starts_with(part));
        other.ends_with(".rs") && other.starts_with(package) && !is_other && other != path.as_str()
    };
    let mut others: Vec<&TreePath> =
        tree.files().map(|(path, _)| path).filter(|path| is_source(path)).collect();
    others.sort_by_key(|other| !other.as_str().starts_with(folder));
    let mut left = MOST_BYTES;
    let mut texts: Vec<&str> = tree.text(path).into_iter().collect();
    for text in others.into_iter().filter_map(|other| tree.text(other)) {
        if text.len() <= left {
            left -= text.len();
            texts.push(text);
        }
    }
    texts
}

/// A function without what is around it.
pub(super) fn alone(text: &str, body: &Range<usize>) -> Option<Code> {
    Surroundings { facts: Facts::default(), functions: Vec::new() }.function(text, body)
}
