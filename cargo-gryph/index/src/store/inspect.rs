//! A look at LMDB's data file before it is mapped: a file that is too short would end the process by a signal.

use std::fs::File;
use std::io::{ErrorKind, Read as _, Seek as _, SeekFrom};
use std::path::Path;

use crate::store::StoreError;

/// The root of an empty tree.
const NO_PAGE: u64 = u64::MAX;

/// The number at the head of each meta page.
const MAGIC: u32 = 0xBEEF_C0DE;

/// Whether there is a data file; an error where it cannot be one that was written to its end.
///
/// The layout is that of `MDB_meta` in LMDB 0.9: two meta pages, the one with the greater transaction number holds.
pub(super) fn inspect(path: &Path) -> Result<bool, StoreError> {
    let mut file = match File::open(path) {
        Ok(file) => file,
        Err(error) if error.kind() == ErrorKind::NotFound => return Ok(false),
        Err(error) => return Err(StoreError::Lmdb(error.into())),
    };
    let length = file.metadata().map_err(|error| StoreError::Lmdb(error.into()))?.len();
    if length == 0 {
        return Ok(false); // A process that died while it made the file leaves this; LMDB starts anew.
    }
    if is_complete(&mut file, length) { Ok(true) } else { Err(StoreError::Damaged { table: "data.mdb" }) }
}

/// Whether the newest meta page's trees lie inside of the file.
fn is_complete(file: &mut File, length: u64) -> bool {
    let Some(first) = Meta::read(file, 0) else { return false };
    let Some(second) = Meta::read(file, first.page_bytes) else { return false };
    let newest = if second.transaction > first.transaction { second } else { first };
    newest.roots.iter().all(|root| {
        *root == NO_PAGE
            || root
                .checked_add(1)
                .and_then(|pages| pages.checked_mul(newest.page_bytes))
                .is_some_and(|end| end <= length)
    })
}

/// What of a meta page is needed.
struct Meta {
    page_bytes: u64,
    roots: [u64; 2],
    transaction: u64,
}

impl Meta {
    /// Reads the meta page at an offset; `None` where there is none.
    fn read(file: &mut File, offset: u64) -> Option<Self> {
        let mut bytes = [0_u8; 152];
        file.seek(SeekFrom::Start(offset)).ok()?;
        file.read_exact(&mut bytes).ok()?;
        let short = |at: usize| u32::from_ne_bytes(bytes[at..at + 4].try_into().expect("four bytes"));
        let long = |at: usize| u64::from_ne_bytes(bytes[at..at + 8].try_into().expect("eight bytes"));
        let page_bytes = u64::from(short(40));
        let is_meta =
            short(16) == MAGIC && page_bytes.is_power_of_two() && (512..=65536).contains(&page_bytes);
        is_meta.then(|| Self { page_bytes, roots: [long(80), long(128)], transaction: long(144) })
    }
}
