//! A file on its way into the cache: it grows at the end, under a name that says it is not finished.

use std::fs::{self, File, OpenOptions};
use std::io::{Read, Seek, SeekFrom, Write};
use std::path::{Path, PathBuf};

use sha2::{Digest as _, Sha256};

use super::SourceError;
use crate::digest::Digest;
use crate::model::manifest::{FileSpec, Part, Source};
use crate::model::transfer::Observer;

const CHUNK: usize = 1 << 20;

/// The unfinished file beside its final place.
pub(crate) struct Assembly<'a> {
    spec: &'a FileSpec,
    what: String,
    observer: Observer<'a>,
    path: PathBuf,
    file: File,
    length: u64,
    reported: u64,
}

impl<'a> Assembly<'a> {
    /// Opens the unfinished file in `directory`, with what an earlier attempt left.
    pub(crate) fn open(
        directory: &Path,
        spec: &'a FileSpec,
        what: String,
        observer: Observer<'a>,
    ) -> Result<Self, SourceError> {
        let path = directory.join(format!("{}.partial", spec.name));
        let file = OpenOptions::new().read(true).write(true).create(true).truncate(false).open(&path);
        let file = file.map_err(SourceError::local("open", &path))?;
        let length = file.metadata().map_err(SourceError::local("read", &path))?.len();
        let mut assembly = Self { spec, what, observer, path, file, length, reported: 0 };
        if length > spec.bytes {
            assembly.truncate(0)?;
        }
        Ok(assembly)
    }

    /// The file it is to become.
    pub(crate) fn spec(&self) -> &'a FileSpec {
        self.spec
    }

    /// Bytes so far.
    pub(crate) fn length(&self) -> u64 {
        self.length
    }

    /// Fails if somebody wants to stop.
    pub(crate) fn check_cancelled(&self) -> Result<(), SourceError> {
        if self.observer.is_cancelled() { Err(SourceError::Cancelled) } else { Ok(()) }
    }

    /// Tells that `ahead` bytes after the present end are under way; only a complete file is reported as complete.
    pub(crate) fn report_ahead(&mut self, ahead: u64) {
        let most = if self.length < self.spec.bytes { self.spec.bytes - 1 } else { self.spec.bytes };
        self.reported = self.reported.max(self.length.saturating_add(ahead)).min(most);
        self.observer.report(&self.what, self.reported, self.spec.bytes);
    }

    /// Cuts it to `length` bytes.
    pub(crate) fn truncate(&mut self, length: u64) -> Result<(), SourceError> {
        self.file.set_len(length).map_err(SourceError::local("shorten", &self.path))?;
        self.length = length;
        self.reported = length;
        Ok(())
    }

    /// Adds bytes at the end, never more than the file may have.
    pub(crate) fn append(&mut self, bytes: &[u8]) -> Result<(), SourceError> {
        self.check_cancelled()?;
        let length = self.length + bytes.len() as u64;
        if length > self.spec.bytes {
            return Err(SourceError::Failed(format!("it has more than {} bytes", self.spec.bytes)));
        }
        self.file
            .seek(SeekFrom::Start(self.length))
            .and_then(|_| self.file.write_all(bytes))
            .map_err(SourceError::local("write", &self.path))?;
        self.length = length;
        self.report_ahead(0);
        Ok(())
    }

    /// Keeps the parts that are here and right, drops the rest and returns how many are kept.
    pub(crate) fn keep_parts(&mut self, parts: &[Part]) -> Result<usize, SourceError> {
        let (mut kept, mut end) = (0, 0);
        for part in parts {
            if end + part.bytes > self.length || self.digest(end, part.bytes)? != part.sha256 {
                break;
            }
            kept += 1;
            end += part.bytes;
        }
        self.truncate(end)?;
        self.report_ahead(0);
        Ok(kept)
    }

    /// Keeps of a file with a wrong digest the parts that are known to be right.
    pub(crate) fn drop_wrong_bytes(&mut self) -> Result<(), SourceError> {
        let parts = self.spec.sources.iter().find_map(Source::parts).unwrap_or_default();
        self.keep_parts(parts)?;
        // All parts right and the whole wrong: then the manifest's parts are not this file's.
        if self.length == self.spec.bytes { self.truncate(0) } else { Ok(()) }
    }

    /// Fails unless it is complete and the right bytes.
    pub(crate) fn verify(&mut self) -> Result<(), SourceError> {
        let (bytes, digest) = (self.length, self.digest(0, self.length)?);
        if bytes == self.spec.bytes && digest == self.spec.sha256 {
            return Ok(());
        }
        Err(SourceError::Failed(format!(
            "it gave {bytes} bytes with SHA-256 {digest}, not {} with {}",
            self.spec.bytes, self.spec.sha256
        )))
    }

    /// Gives the verified file its final name in one step.
    pub(crate) fn finish(self) -> Result<PathBuf, SourceError> {
        let path = self.path.with_file_name(&self.spec.name);
        self.file.sync_all().map_err(SourceError::local("store", &self.path))?;
        drop(self.file);
        fs::rename(&self.path, &path).map_err(SourceError::local("rename", &self.path))?;
        Ok(path)
    }

    fn digest(&mut self, start: u64, length: u64) -> Result<Digest, SourceError> {
        self.file.seek(SeekFrom::Start(start)).map_err(SourceError::local("read", &self.path))?;
        let (mut rest, mut hasher) = ((&self.file).take(length), Sha256::new());
        let mut buffer = vec![0; CHUNK];
        loop {
            self.check_cancelled()?;
            let count = rest.read(&mut buffer).map_err(SourceError::local("read", &self.path))?;
            if count == 0 {
                return Ok(Digest::from_bytes(hasher.finalize().into()));
            }
            hasher.update(&buffer[..count]);
        }
    }
}
