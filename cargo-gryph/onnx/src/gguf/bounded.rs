//! A reader that knows how many bytes the file has left, so that no length in it is believed.

use super::GgufError;
use std::{
    fs::File,
    io::{BufReader, Read},
    path::Path,
};

/// Reads little-endian values and counts down what is left of the file.
pub(super) struct Bounded<R> {
    inner: R,
    position: u64,
    length: u64,
}

impl Bounded<BufReader<File>> {
    /// Opens a file; its length at this moment is the bound.
    pub(super) fn open(path: &Path) -> Result<Self, GgufError> {
        let open = |source| GgufError::Open { path: path.to_owned(), source };
        let file = File::open(path).map_err(open)?;
        let length = file.metadata().map_err(open)?.len();
        Ok(Self { inner: BufReader::with_capacity(1 << 16, file), position: 0, length })
    }
}

impl<R: Read> Bounded<R> {
    /// Bytes read so far.
    pub(super) fn position(&self) -> u64 {
        self.position
    }

    /// Length of the whole file in bytes.
    pub(super) fn length(&self) -> u64 {
        self.length
    }

    /// Fails unless `count` items of at least `size` bytes can still follow.
    pub(super) fn expect_room(&self, what: &'static str, count: u64, size: u64) -> Result<(), GgufError> {
        let left = self.length - self.position;
        match count.checked_mul(size) {
            Some(bytes) if bytes <= left => Ok(()),
            _ => Err(GgufError::TooLarge { what, claimed: count, left }),
        }
    }

    /// Reads exactly `N` bytes.
    pub(super) fn bytes<const N: usize>(&mut self, what: &'static str) -> Result<[u8; N], GgufError> {
        let mut buffer = [0; N];
        self.fill(what, &mut buffer)?;
        Ok(buffer)
    }

    /// Reads a `u32`.
    pub(super) fn u32(&mut self, what: &'static str) -> Result<u32, GgufError> {
        Ok(u32::from_le_bytes(self.bytes(what)?))
    }

    /// Reads a `u64`.
    pub(super) fn u64(&mut self, what: &'static str) -> Result<u64, GgufError> {
        Ok(u64::from_le_bytes(self.bytes(what)?))
    }

    /// Reads a length-prefixed UTF-8 string.
    pub(super) fn text(&mut self, what: &'static str) -> Result<String, GgufError> {
        let length = self.u64(what)?;
        self.expect_room(what, length, 1)?;
        let mut buffer = vec![0; usize::try_from(length).map_err(|_| GgufError::Overflow { what })?];
        self.fill(what, &mut buffer)?;
        String::from_utf8(buffer).map_err(|_| GgufError::NotText { what })
    }

    fn fill(&mut self, what: &'static str, buffer: &mut [u8]) -> Result<(), GgufError> {
        self.expect_room(what, buffer.len() as u64, 1)?;
        self.inner.read_exact(buffer).map_err(|source| GgufError::Read { what, source })?;
        self.position += buffer.len() as u64;
        Ok(())
    }
}
