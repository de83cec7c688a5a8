//! What an import wrote, so that a later change of it is noticed.

use std::fs::{self, File};
use std::io::{Read, Write};
use std::path::Path;

use serde::{Deserialize, Serialize};
use sha2::{Digest as _, Sha256};

use super::{ProvisionError, has_size};
use crate::digest::Digest;
use crate::model::manifest::Manifest;
use crate::model::transfer::Observer;

const NAME: &str = "gryph-import.json";
const VERSION: u32 = 1;
/// No record is longer, in bytes.
const LONGEST: u64 = 1 << 20;
const CHUNK: usize = 1 << 20;

#[derive(Debug, Serialize, Deserialize)]
struct Record {
    version: u32,
    model: String,
    weights: Digest,
    files: Vec<RecordedFile>,
}

#[derive(Debug, Serialize, Deserialize)]
struct RecordedFile {
    name: String,
    bytes: u64,
    sha256: Digest,
}

/// Records all files of `directory` and makes them durable.
pub(super) fn write(
    directory: &Path,
    manifest: &Manifest,
    observer: &Observer<'_>,
) -> Result<(), ProvisionError> {
    let entries = fs::read_dir(directory).and_then(Iterator::collect::<Result<Vec<_>, _>>);
    let entries = entries.map_err(ProvisionError::disk("read", directory))?;
    let total = entries.iter().filter_map(|entry| entry.metadata().ok()).map(|metadata| metadata.len()).sum();
    let mut reading = Reading::new(manifest, total, observer);
    let mut files = Vec::new();
    for entry in entries {
        let path = entry.path();
        let sha256 = reading.digest(&path)?;
        let file = File::open(&path).map_err(ProvisionError::disk("open", &path))?;
        file.sync_all().map_err(ProvisionError::disk("store", &path))?;
        let bytes = file.metadata().map_err(ProvisionError::disk("read", &path))?.len();
        let name = path.file_name().unwrap_or_default().to_string_lossy().into_owned();
        files.push(RecordedFile { name, bytes, sha256 });
    }
    files.sort_by(|left, right| left.name.cmp(&right.name));
    let record = Record { version: VERSION, model: manifest.id.clone(), weights: manifest.weights(), files };
    let path = directory.join(NAME);
    let stored = File::create(&path).and_then(|mut file| {
        file.write_all(&serde_json::to_vec_pretty(&record)?)?;
        file.sync_all()
    });
    stored.map_err(ProvisionError::disk("write", &path))
}

/// Whether `directory` holds an import of these weights whose files have their recorded sizes.
pub(super) fn has_sizes(directory: &Path, manifest: &Manifest) -> bool {
    read(directory, manifest).is_some_and(|record| {
        record.files.iter().all(|file| has_size(&directory.join(&file.name), file.bytes))
    })
}

/// Whether, beyond that, they have their recorded digests.
pub(super) fn has_digests(
    directory: &Path,
    manifest: &Manifest,
    observer: &Observer<'_>,
) -> Result<bool, ProvisionError> {
    let Some(record) = read(directory, manifest) else {
        return Ok(false);
    };
    let mut reading = Reading::new(manifest, record.files.iter().map(|file| file.bytes).sum(), observer);
    for file in &record.files {
        if reading.digest(&directory.join(&file.name))? != file.sha256 {
            return Ok(false);
        }
    }
    Ok(true)
}

/// A pass over all files of an import, told as one step.
struct Reading<'a> {
    what: String,
    done: u64,
    total: u64,
    observer: &'a Observer<'a>,
}

impl<'a> Reading<'a> {
    fn new(manifest: &Manifest, total: u64, observer: &'a Observer<'a>) -> Self {
        Self { what: format!("verify {}", manifest.id), done: 0, total, observer }
    }

    fn digest(&mut self, path: &Path) -> Result<Digest, ProvisionError> {
        digest(path, self.observer, &mut |bytes| {
            self.done += bytes;
            self.observer.report(&self.what, self.done, self.total);
        })
    }
}

fn read(directory: &Path, manifest: &Manifest) -> Option<Record> {
    let mut text = Vec::new();
    File::open(directory.join(NAME)).ok()?.take(LONGEST).read_to_end(&mut text).ok()?;
    let record: Record = serde_json::from_slice(&text).ok()?;
    let fits = record.version == VERSION && record.weights == manifest.weights() && !record.files.is_empty();
    fits.then_some(record)
}

/// The digest of a whole file.
pub(super) fn digest_file(path: &Path, observer: &Observer<'_>) -> Result<Digest, ProvisionError> {
    digest(path, observer, &mut |_| {})
}

fn digest(path: &Path, observer: &Observer<'_>, read: &mut dyn FnMut(u64)) -> Result<Digest, ProvisionError> {
    let mut file = File::open(path).map_err(ProvisionError::disk("open", path))?;
    let (mut hasher, mut buffer) = (Sha256::new(), vec![0; CHUNK]);
    loop {
        if observer.is_cancelled() {
            return Err(ProvisionError::Cancelled);
        }
        let count = file.read(&mut buffer).map_err(ProvisionError::disk("read", path))?;
        if count == 0 {
            return Ok(Digest::from_bytes(hasher.finalize().into()));
        }
        hasher.update(&buffer[..count]);
        read(count as u64);
    }
}
