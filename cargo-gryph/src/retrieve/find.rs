//! Asks the index: by words, by meaning where the vectors and the query have one maker, and both together.

use std::collections::BTreeSet;
use std::path::{Path, PathBuf};

use gryph_index::vectors::Vectors;
use gryph_index::{Access, Digest, Found, Hit, Index, ItemId, Lookup, Query, Reader, Remembered, Unit, View};
use roaring::RoaringBitmap;

use super::meaning::noted;
use super::update::unit;
use super::{Embed, RetrieveError, Source};

/// Items that are taken from the nearest vectors.
const NEAREST: usize = 200;

/// The index as one workspace sees it.
pub struct Library {
    dir: PathBuf,
    index: Index,
    /// Opened before any reader: LMDB shows a reader only the tables that were open when it began.
    vectors: Option<Vectors>,
    view: View,
}

/// What an answer rests on.
#[derive(Clone, Debug)]
pub struct Asked {
    /// What was found, best first.
    pub hits: Vec<Hit>,
    /// What turned the query into a vector; `None` where words alone were asked.
    pub by: Option<String>,
}

impl Library {
    /// Opens the index to read.
    ///
    /// # Errors
    /// There is none, or the workspace is not in it.
    pub fn open(dir: &Path, root: &Path) -> Result<Self, RetrieveError> {
        let index = Index::open(dir, Access::Read)?;
        let vectors = Vectors::open(index.env())?;
        let root = Digest::of(root.to_string_lossy().as_bytes());
        let view = index.reader()?.view(&root)?.ok_or(RetrieveError::NoView)?;
        Ok(Self { dir: dir.to_owned(), index, vectors, view })
    }

    /// Opens the index to read those of these sources that are in it, whoever indexed them: for a project that is not
    /// indexed itself, or does not stand yet.
    ///
    /// # Errors
    /// There is none.
    pub fn of(dir: &Path, sources: &[Source]) -> Result<Self, RetrieveError> {
        let index = Index::open(dir, Access::Read)?;
        let vectors = Vectors::open(index.env())?;
        let wanted: Vec<Unit> = sources.iter().map(unit).collect();
        let units = index.reader()?.units()?;
        let view = units.into_iter().filter(|(_, unit)| wanted.contains(unit)).map(|(id, _)| id).collect();
        let view = View::new(view);
        Ok(Self { dir: dir.to_owned(), index, vectors, view })
    }

    /// Whether all of these sources are in the index as a whole; those that may change never are.
    ///
    /// # Errors
    /// The stores fail.
    pub fn has_all(&self, sources: &[Source]) -> Result<bool, RetrieveError> {
        let reader = self.index.reader()?;
        let mut whole = 0;
        for unit in self.view.units() {
            whole += usize::from(reader.is_complete(*unit)?);
        }
        Ok(whole == sources.len())
    }

    /// What made the vectors, where there are any.
    pub fn embedder(&self) -> Option<String> {
        noted(&self.dir)
    }

    /// The vector of a query that was asked before.
    pub fn remembered(&self, text: &str) -> Option<Vec<f32>> {
        Remembered::open(&self.dir).ok()?.get(&self.embedder()?, text).ok()?
    }

    /// Answers a query; `embed` is asked for its vector where none is remembered.
    ///
    /// # Errors
    /// The stores or the model fail.
    pub fn ask(&self, query: &Query, embed: Option<&mut dyn Embed>) -> Result<Asked, RetrieveError> {
        let reader = self.index.reader()?;
        self.ask_in(&reader, &self.view, query, embed)
    }

    /// The same from some crates alone, whose items are ranked together.
    ///
    /// # Errors
    /// The stores or the model fail.
    pub fn ask_of(
        &self,
        crates: &BTreeSet<String>,
        query: &Query,
        embed: Option<&mut dyn Embed>,
    ) -> Result<Asked, RetrieveError> {
        let reader = self.index.reader()?;
        let units = reader.units()?.into_iter();
        let wanted = units.filter(|(id, unit)| self.view.sees(*id) && crates.contains(&unit.name));
        let view = View::new(wanted.map(|(id, _)| id).collect());
        self.ask_in(&reader, &view, query, embed)
    }

    fn ask_in(
        &self,
        reader: &Reader,
        view: &View,
        query: &Query,
        embed: Option<&mut dyn Embed>,
    ) -> Result<Asked, RetrieveError> {
        let vector = self.vector(&query.text, embed)?;
        let nearest = match (vector, &self.vectors) {
            (Some(vector), Some(vectors)) => Some(nearest(reader, vectors, view, &vector)?),
            _ => None,
        };
        let hits = reader.search(query, view, nearest.as_deref())?;
        Ok(Asked { hits, by: nearest.and_then(|_| self.embedder()) })
    }

    /// Whether any crate has an item of this name.
    ///
    /// # Errors
    /// The stores fail.
    pub fn knows(&self, name: &str) -> Result<bool, RetrieveError> {
        Ok(!self.index.reader()?.named(&self.view, name, 1)?.is_empty())
    }

    /// What is known of a path.
    ///
    /// # Errors
    /// The stores fail.
    pub fn lookup(&self, path: &str) -> Result<Lookup, RetrieveError> {
        Ok(self.index.reader()?.at(&self.view, path)?)
    }

    /// The functions of a type, by its name.
    ///
    /// # Errors
    /// The stores fail.
    pub fn methods_of(&self, name: &str) -> Result<Vec<Found>, RetrieveError> {
        Ok(self.index.reader()?.methods_of(&self.view, name)?)
    }

    /// Answers a query by its words alone.
    ///
    /// # Errors
    /// The stores fail.
    pub fn ask_by_words(&self, query: &Query) -> Result<Asked, RetrieveError> {
        let hits = self.index.reader()?.search(query, &self.view, None)?;
        Ok(Asked { hits, by: None })
    }

    fn vector(&self, text: &str, embed: Option<&mut dyn Embed>) -> Result<Option<Vec<f32>>, RetrieveError> {
        let Some(name) = self.embedder().filter(|_| !text.trim().is_empty()) else { return Ok(None) };
        if let Some(vector) = self.remembered(text) {
            return Ok(Some(vector));
        }
        let Some(embed) = embed.filter(|embed| embed.name() == name) else { return Ok(None) };
        let vector = embed.embed(&[text])?.pop().flatten().map(|vector| vector.to_vec());
        // A query that cannot be remembered is asked again next time.
        if let (Some(vector), Ok(remembered)) = (&vector, Remembered::open(&self.dir)) {
            let _ = remembered.put(&name, text, vector);
        }
        Ok(vector)
    }
}

/// The items of a view whose vectors are nearest to this one.
fn nearest(
    reader: &Reader,
    vectors: &Vectors,
    view: &View,
    vector: &[f32],
) -> Result<Vec<(ItemId, f32)>, RetrieveError> {
    let Ok(vector) = vector.try_into() else { return Ok(Vec::new()) };
    let mut seen = RoaringBitmap::new();
    for unit in view.units() {
        for file in reader.files(*unit)? {
            seen.insert_range(file.first.0..file.first.0.saturating_add(file.items));
        }
    }
    let found = vectors.search(reader.transaction(), vector, NEAREST, Some(&seen))?;
    Ok(found.into_iter().map(|(id, near)| (ItemId(id), near)).collect())
}
