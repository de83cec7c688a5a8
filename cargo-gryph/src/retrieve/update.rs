//! Brings the index up to date: reads what changed, chunks it on all cores, and writes it by one writer.
//!
//! Each batch is committed as a whole. A run that is interrupted or killed goes on from the last batch, since files with
//! the digest that is in the index are not looked at again.

use std::collections::BTreeMap;
use std::path::Path;
use std::sync::atomic::{AtomicUsize, Ordering};
use std::sync::mpsc::{Receiver, SyncSender, sync_channel};

use gryph_index::vectors::Vectors;
use gryph_index::{Digest, Index, Item, ItemId, NewFile, Unit, UnitId, View, Writer, chunk, files};

use super::{Origin, RetrieveError, Source};
use crate::scan;

/// Items that are committed together. A commit costs some writes to the disk, a batch some memory.
const BATCH: usize = 20_000;
/// Sources that may wait to be written.
const WAITING: usize = 4;

/// How far an update is.
#[derive(Clone, Debug)]
pub struct Progress {
    /// The source that was read.
    pub name: String,
    /// Sources that are done.
    pub done: usize,
    /// All sources.
    pub total: usize,
}

/// What an update did.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Tally {
    /// Sources in the workspace's view.
    pub sources: usize,
    /// Files that were read anew.
    pub files: usize,
    /// Items in them.
    pub items: usize,
    /// Files that were not read, by the reason.
    pub skipped: BTreeMap<String, u64>,
    /// Sources that cannot be read, with the reason.
    pub unreadable: Vec<String>,
}

/// What is brought up to date, and for whom.
pub struct Update<'a> {
    /// The index, opened to write.
    pub index: &'a Index,
    /// Its vectors.
    pub vectors: &'a Vectors,
    /// The root of the workspace that is to see the sources; `None` where they are only to be in the index.
    pub root: Option<&'a Path>,
    /// What it sees.
    pub sources: &'a [Source],
    /// Threads that read and chunk.
    pub jobs: usize,
    /// Who is told.
    pub observer: &'a (dyn Fn(Progress) + Sync),
    /// Whether somebody stopped it.
    pub cancelled: &'a (dyn Fn() -> bool + Sync),
}

/// A file, read and chunked.
struct Chunked {
    path: String,
    digest: Digest,
    items: Vec<Item>,
}

/// A source as a reader left it.
struct Given {
    place: usize,
    read: Result<(Vec<Chunked>, BTreeMap<String, u64>), String>,
}

/// Reads what is new and writes it; afterwards the workspace sees its sources, and all of them are found by words.
///
/// # Errors
/// [`RetrieveError`]; what was committed stays.
pub fn update(update: &Update<'_>) -> Result<Tally, RetrieveError> {
    let mut writer = update.index.writer()?;
    let mut known: Vec<BTreeMap<String, Digest>> = Vec::new();
    let mut ids: Vec<UnitId> = Vec::new();
    let mut open: Vec<usize> = Vec::new();
    for (place, source) in update.sources.iter().enumerate() {
        let id = writer.unit(&unit(source))?;
        ids.push(id);
        let is_done = source.origin != Origin::Member && writer.is_complete(id)?;
        let files = if is_done { Vec::new() } else { writer.files(id)? };
        known.push(files.into_iter().map(|file| (file.path, file.digest)).collect());
        if !is_done {
            open.push(place);
        }
    }
    let mut tally = Tally { sources: ids.len(), ..Tally::default() };
    let next = AtomicUsize::new(0);
    std::thread::scope(|scope| {
        let (sender, receiver) = sync_channel(WAITING);
        for _ in 0..update.jobs.max(1) {
            let (sender, open, known, next) = (sender.clone(), &open, &known, &next);
            scope.spawn(move || read_all(update, open, known, next, &sender));
        }
        drop(sender);
        let mut writing = Writing { update, writer: &mut writer, ids: &ids, known: &known, pending: 0 };
        writing.write_all(&receiver, &open, &mut tally)
    })?;
    if let Some(root) = update.root {
        let root = Digest::of(root.to_string_lossy().as_bytes());
        writer.set_view(&root, &View::new(ids))?;
    }
    writer.finish()?;
    Ok(tally)
}

/// A source as the index knows it.
pub(super) fn unit(source: &Source) -> Unit {
    let origin = match source.origin {
        Origin::Member => {
            gryph_index::Origin::Workspace { path: source.directory.to_string_lossy().into_owned() }
        }
        Origin::Locked => gryph_index::Origin::Registry,
        Origin::Standard => gryph_index::Origin::Std,
    };
    // The content of a member changes, so it is known by its place.
    let checksum = (source.origin != Origin::Member).then(|| Digest(*source.identity.as_bytes()));
    Unit { name: source.crate_name.clone(), version: source.version.clone(), checksum, origin }
}

/// Reads sources until none is left, or nobody writes them any more.
fn read_all(
    update: &Update<'_>,
    open: &[usize],
    known: &[BTreeMap<String, Digest>],
    next: &AtomicUsize,
    sender: &SyncSender<Given>,
) {
    while let Some(place) = open.get(next.fetch_add(1, Ordering::Relaxed)) {
        if (update.cancelled)() {
            return;
        }
        let read = read(&update.sources[*place], &known[*place]);
        if sender.send(Given { place: *place, read }).is_err() {
            return;
        }
    }
}

/// The files of a source; those that are known already come without items.
fn read(
    source: &Source,
    known: &BTreeMap<String, Digest>,
) -> Result<(Vec<Chunked>, BTreeMap<String, u64>), String> {
    let walk = files::walk(&source.directory, &[]).map_err(|error| error.to_string())?;
    let chunked = |file: files::SourceFile| {
        let digest = Digest::of(file.text.as_bytes());
        let is_known = known.get(&file.path) == Some(&digest);
        let items = if is_known {
            Vec::new()
        } else {
            // Nothing that looks like a secret may come into a prompt.
            chunk::items(&source.crate_name, Path::new(&file.path), &scan::masked(&file.text))
        };
        Chunked { path: file.path, digest, items }
    };
    let skipped =
        walk.skipped.iter().map(|(why, count)| (format!("{why:?}").to_lowercase(), *count)).collect();
    Ok((walk.files.into_iter().map(chunked).collect(), skipped))
}

/// The one writer at work.
struct Writing<'w, 'i> {
    update: &'w Update<'w>,
    writer: &'w mut Writer<'i>,
    ids: &'w [UnitId],
    known: &'w [BTreeMap<String, Digest>],
    /// Items since the last commit.
    pending: usize,
}

impl Writing<'_, '_> {
    fn write_all(
        &mut self,
        receiver: &Receiver<Given>,
        open: &[usize],
        tally: &mut Tally,
    ) -> Result<(), RetrieveError> {
        let total = self.ids.len();
        for (done, given) in (total - open.len() + 1..).zip(receiver) {
            if (self.update.cancelled)() {
                self.writer.commit()?;
                return Err(RetrieveError::Interrupted);
            }
            let name = self.update.sources[given.place].name.clone();
            match given.read {
                Ok((files, skipped)) => {
                    for (why, count) in skipped {
                        *tally.skipped.entry(why).or_default() += count;
                    }
                    self.write(given.place, files, tally)?;
                }
                Err(why) => tally.unreadable.push(why),
            }
            (self.update.observer)(Progress { name, done, total });
        }
        if (self.update.cancelled)() {
            self.writer.commit()?;
            return Err(RetrieveError::Interrupted);
        }
        Ok(())
    }

    fn write(&mut self, place: usize, files: Vec<Chunked>, tally: &mut Tally) -> Result<(), RetrieveError> {
        let (id, known) = (self.ids[place], &self.known[place]);
        let gone = known.keys().filter(|path| !files.iter().any(|file| file.path == **path));
        for path in gone {
            let removed = self.writer.remove_file(id, path)?;
            self.forget(&removed)?;
        }
        for file in files {
            if known.get(&file.path) == Some(&file.digest) {
                continue;
            }
            (tally.files, tally.items) = (tally.files + 1, tally.items + file.items.len());
            self.pending += file.items.len();
            let new = NewFile { path: &file.path, digest: file.digest, skipped: 0 };
            if let Some(replaced) = self.writer.put_file(id, new, file.items)? {
                self.keep_vectors(&replaced.same)?;
                self.forget(&replaced.removed)?;
            }
        }
        if self.update.sources[place].origin != Origin::Member {
            self.writer.set_complete(id, true)?;
        }
        if self.pending >= BATCH {
            self.writer.commit()?;
            self.pending = 0;
        }
        Ok(())
    }

    /// Items that only moved keep their vectors.
    fn keep_vectors(&mut self, same: &[(ItemId, ItemId)]) -> Result<(), RetrieveError> {
        let mut kept = Vec::new();
        let transaction = self.writer.transaction()?;
        for (old, new) in same {
            if let Some(vector) = self.update.vectors.get(transaction, old.0)? {
                self.update.vectors.put(transaction, &[(new.0, &vector)])?;
                kept.push(*new);
            }
        }
        Ok(self.writer.vectored(&kept)?)
    }

    fn forget(&mut self, removed: &[ItemId]) -> Result<(), RetrieveError> {
        if !removed.is_empty() {
            let ids: Vec<u32> = removed.iter().map(|id| id.0).collect();
            self.update.vectors.remove(self.writer.transaction()?, &ids)?;
        }
        Ok(())
    }
}
