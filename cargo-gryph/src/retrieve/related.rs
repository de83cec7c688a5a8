//! The items that a proposer is shown for a hole: public ones of the crates that it may use, and examples of their use.

use std::collections::BTreeSet;

use gryph_index::{Hit, Item, Kind, Query};

use super::crates::Crates;
use super::{Embed, Library, RetrieveError};
use crate::hole::{Hole, Related};

/// Items that are shown of all crates together.
const MOST: usize = 8;
/// Items that are looked through for them.
const DEPTH: usize = 40;
/// Examples that are shown.
const EXAMPLES: usize = 3;
/// Lines of an example that are shown.
const LINES: usize = 12;
/// What can be called or named.
const KINDS: [Kind; 8] = [
    Kind::Function,
    Kind::Method,
    Kind::Struct,
    Kind::Enum,
    Kind::Trait,
    Kind::Macro,
    Kind::Constant,
    Kind::Alias,
];

/// Items that may be of use for a hole: by its words, and by meaning where `embed` makes the vectors of the index. Examples
/// come last.
///
/// # Errors
/// The index fails.
pub(super) fn related(
    library: &Library,
    crates: &mut Crates,
    hole: &Hole,
    mut embed: Option<&mut dyn Embed>,
) -> Result<Vec<Related>, RetrieveError> {
    let (wanted, question) = question(hole);
    let mut ask = |kinds: &[Kind]| {
        let query = Query { kinds: kinds.to_vec(), ..Query::of(&question, DEPTH) };
        let embed = embed.as_mut().map(|embed| &mut **embed as &mut dyn Embed);
        Ok::<_, RetrieveError>(library.ask_of(&wanted, &query, embed)?.hits)
    };
    let items = various(ask(&KINDS)?, crates, MOST);
    // An example of an item that is shown anyway is worth most.
    let shown: BTreeSet<String> = items.iter().map(|(path, _)| path.clone()).collect();
    let mut examples = various(ask(&[Kind::Example, Kind::Document])?, crates, DEPTH);
    examples.sort_by_key(|(path, _)| !shown.contains(path));
    examples.truncate(EXAMPLES);
    let items = items.iter().map(|(path, hit)| told(path, hit, String::new()));
    Ok(items.chain(examples.iter().map(|(path, hit)| told(path, hit, code(&hit.item)))).collect())
}

/// Which crates are asked, and what for: the function's name and description. Where that names crates, those alone are meant,
/// and their names are left out, since all of their items have them.
fn question(hole: &Hole) -> (BTreeSet<String>, String) {
    let name = hole.function.rsplit("::").next().unwrap_or_default();
    let all: BTreeSet<String> = hole.dependencies.iter().map(|name| name.replace('-', "_")).collect();
    let plain = |word: &str| word.trim_matches(|c: char| !c.is_alphanumeric()).replace('-', "_");
    let (named, words): (Vec<&str>, Vec<&str>) =
        hole.doc.split_whitespace().partition(|word| all.contains(&plain(word)));
    let named: BTreeSet<String> = named.into_iter().map(plain).collect();
    let text = [name].into_iter().chain(words).collect::<Vec<_>>().join(" ");
    (if named.is_empty() { all } else { named }, text)
}

/// The first hits that a program can name, of many of one name only the first.
fn various(hits: Vec<Hit>, crates: &mut Crates, most: usize) -> Vec<(String, Hit)> {
    let mut names = BTreeSet::new();
    let mut found = Vec::new();
    for hit in hits {
        let path = match hit.item.kind {
            Kind::Document => Some(format!("{} {}", hit.unit.name, hit.file)),
            _ => crates.public(&hit.unit.name, &hit.item.path),
        };
        let Some(path) = path.filter(|_| is_offered(&hit.item)) else { continue };
        if names.insert(hit.item.name.clone()) {
            found.push((path, hit));
        }
        if found.len() == most {
            break;
        }
    }
    found
}

/// Whether an item is for others to use; what it does for a trait is told by the trait.
fn is_offered(item: &Item) -> bool {
    match item.kind {
        Kind::Example => true,
        Kind::Document => !code(item).is_empty(),
        _ => item.public && item.of_trait.is_none(),
    }
}

fn told(path: &str, hit: &Hit, example: String) -> Related {
    let item = &hit.item;
    Related {
        id: format!("{} {} {path}", hit.unit.name, hit.unit.version),
        signature: item.signature.clone(),
        summary: item.summary().to_owned(),
        example,
    }
}

/// The code of an example, or the first of a page, as a reader sees it, shortened; empty where there is none.
fn code(item: &Item) -> String {
    let is_shown = |line: &&str| {
        let line = line.trim();
        !(line.is_empty() || line.starts_with("//") || line == "#" || line.starts_with("# "))
    };
    let text = match item.kind {
        Kind::Document => fenced(&item.body).unwrap_or_default(),
        _ => &item.body,
    };
    text.lines().filter(is_shown).take(LINES).collect::<Vec<_>>().join("\n")
}

/// The first Rust between fences of a page.
fn fenced(page: &str) -> Option<&str> {
    let blocks = page.split("```").skip(1).step_by(2);
    let mut code = blocks.filter_map(|block| block.split_once('\n'));
    code.find(|(language, _)| ["", "rust"].contains(&language.trim())).map(|(_, code)| code)
}
