//! The items that a proposer is shown for a hole: public ones of the crates that it may use, by its words.

use gryph_index::{Hit, Kind, Query};

use super::{Embed, Library, RetrieveError};
use crate::hole::{Hole, Related};

/// Items that are shown of all crates together.
const MOST: usize = 8;
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

/// Items that may be of use for a hole: by its words, and by meaning where `embed` makes the vectors of the index.
///
/// # Errors
/// The index fails.
pub(super) fn related(
    library: &Library,
    hole: &Hole,
    mut embed: Option<&mut dyn Embed>,
) -> Result<Vec<Related>, RetrieveError> {
    let name = hole.function.rsplit("::").next().unwrap_or_default();
    let text = format!("{name} {}", hole.doc);
    let mut hits = Vec::new();
    for krate in &hole.dependencies {
        let query = Query {
            kinds: KINDS.to_vec(),
            krate: Some(krate.replace('-', "_")),
            ..Query::of(&text, MOST * 2)
        };
        let embed = embed.as_mut().map(|embed| &mut **embed as &mut dyn Embed);
        let found = library.ask(&query, embed)?.hits;
        hits.extend(found.into_iter().filter(|hit| hit.item.public));
    }
    hits.sort_by(|left, right| right.score.total_cmp(&left.score));
    hits.truncate(MOST);
    Ok(hits.iter().map(shown).collect())
}

fn shown(hit: &Hit) -> Related {
    let item = &hit.item;
    Related {
        id: format!("{} {} {}", hit.unit.name, hit.unit.version, item.path),
        signature: item.signature.clone(),
        summary: item.summary().to_owned(),
    }
}
