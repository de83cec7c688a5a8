//! Gives items their vectors, public ones first, a batch at a time, so that it can be stopped and goes on.

use std::path::{Path, PathBuf};

use gryph_index::vectors::Vectors;
use gryph_index::{Docs, Index, ItemId, text_for_vector};

use super::{Embed, RetrieveError};

/// Items whose vectors are committed together: neighbours share a record.
const BATCH: usize = 1024;
/// The file that says what made the vectors.
const NOTE: &str = "embedder";

/// What came of it.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Learnt {
    /// Items that got a vector.
    pub items: u64,
    /// Items that still wait.
    pub waiting: u64,
}

/// What made the vectors of the index in a directory, where it has any.
pub fn noted(dir: &Path) -> Option<String> {
    std::fs::read_to_string(note(dir)).ok().map(|name| name.trim().to_owned())
}

fn note(dir: &Path) -> PathBuf {
    dir.join(NOTE)
}

/// Where vectors are made, and for whom.
pub struct Learning<'a> {
    /// The index, opened to write.
    pub index: &'a Index,
    /// Its vectors.
    pub vectors: &'a Vectors,
    /// Its directory.
    pub dir: &'a Path,
    /// Who is told how many of how many are done.
    pub observer: &'a dyn Fn(u64, u64),
    /// Whether somebody stopped it.
    pub cancelled: &'a dyn Fn() -> bool,
}

/// Makes vectors for the items that wait for one, until none does or somebody stops it.
///
/// # Errors
/// [`RetrieveError`]; what was committed stays.
pub fn learn(learning: &Learning<'_>, embed: &mut dyn Embed) -> Result<Learnt, RetrieveError> {
    let Learning { index, vectors, dir, observer, cancelled } = *learning;
    let path = note(dir);
    std::fs::write(&path, embed.name()).map_err(|source| RetrieveError::Note { path, source })?;
    let mut learnt = Learnt { items: 0, waiting: index.reader()?.waiting()? };
    let mut writer = index.writer()?;
    while !cancelled() {
        let waiting = writer.waiting(BATCH)?;
        if waiting.is_empty() {
            break;
        }
        let texts: Vec<String> = waiting.iter().map(|(_, item)| text_for_vector(item, Docs::With)).collect();
        let texts: Vec<&str> = texts.iter().map(String::as_str).collect();
        let made = embed.embed(&texts)?;
        let entries: Vec<(u32, &[f32; gryph_index::vectors::WIDTH])> = waiting
            .iter()
            .zip(&made)
            .filter_map(|((id, _), vector)| Some((id.0, vector.as_ref()?)))
            .collect();
        vectors.put(writer.transaction()?, &entries)?;
        let ids: Vec<ItemId> = waiting.iter().map(|(id, _)| *id).collect();
        writer.vectored(&ids)?;
        writer.commit()?;
        learnt.items += ids.len() as u64;
        learnt.waiting = learnt.waiting.saturating_sub(ids.len() as u64);
        observer(learnt.items, learnt.items + learnt.waiting);
    }
    if learnt.items > 0 {
        vectors.build(writer.transaction()?)?;
    }
    writer.finish()?;
    Ok(learnt)
}
