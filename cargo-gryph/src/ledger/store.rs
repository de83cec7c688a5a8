//! The LMDB environment below the ledger: one database of text keys and checked, versioned JSON records.

use std::fs;
use std::io::{self, Read as _, Seek as _, SeekFrom};
use std::path::{Path, PathBuf};
use std::sync::{PoisonError, RwLock};

use heed::types::{Bytes, Str};
use heed::{CommitOrAbort, Database, Env, EnvOpenOptions, MdbError, RwTxn};
use serde::Serialize;
use serde::de::DeserializeOwned;

use crate::digest::Digest;
use crate::ledger::LedgerError;

/// The version of records this program writes; it reads this one and all before it. Since version 2 a run may change
/// what exists.
pub(super) const VERSION: u8 = 2;

/// The first size of the memory map; it doubles when it is full.
const FIRST_MAP_BYTES: usize = 1 << 20;

/// The map does not grow beyond this: a ledger of that size is a fault.
const MAX_MAP_BYTES: usize = 16 << 30;

/// Text keys, encoded records.
type Records = Database<'static, Str, Bytes>;

/// An open environment. The lock keeps transactions of this process away while the map is resized.
pub(super) struct Store {
    dir: PathBuf,
    env: Env,
    database: Records,
    resizing: RwLock<()>,
}

/// A write transaction.
pub(super) struct Writer<'a> {
    database: Records,
    transaction: RwTxn<'a>,
}

/// A record and the digest of its serialised form.
pub(super) type Digested<T> = (Digest, T);

/// Why a write transaction stops: for LMDB's reasons, which may pass, or for ours.
pub(super) enum WriteError {
    Lmdb(heed::Error),
    Ledger(LedgerError),
}

impl From<heed::Error> for WriteError {
    fn from(error: heed::Error) -> Self {
        Self::Lmdb(error)
    }
}

impl From<LedgerError> for WriteError {
    fn from(error: LedgerError) -> Self {
        Self::Ledger(error)
    }
}

impl Store {
    pub(super) fn open(dir: &Path) -> Result<Self, LedgerError> {
        let unusable = |reason: String| LedgerError::Unusable { dir: dir.to_owned(), reason };
        fs::create_dir_all(dir).map_err(|error| unusable(error.to_string()))?;
        inspect(&dir.join("data.mdb")).map_err(unusable)?;
        let env = open_environment(dir).map_err(|error| unusable(error.to_string()))?;
        let database = open_database(&env).map_err(|error| unusable(error.to_string()))?;
        Ok(Self { dir: dir.to_owned(), env, database, resizing: RwLock::new(()) })
    }

    /// Runs `change` in a write transaction that is committed when it succeeds. It may run several times.
    pub(super) fn write<T>(
        &self,
        change: impl Fn(&mut Writer<'_>) -> Result<T, WriteError>,
    ) -> Result<T, LedgerError> {
        loop {
            match self.try_write(&change) {
                Ok(written) => return Ok(written),
                Err(WriteError::Ledger(error)) => return Err(error),
                Err(WriteError::Lmdb(error)) => self.make_room(error)?,
            }
        }
    }

    fn try_write<T>(
        &self,
        change: &impl Fn(&mut Writer<'_>) -> Result<T, WriteError>,
    ) -> Result<T, WriteError> {
        let _transaction = self.resizing.read().unwrap_or_else(PoisonError::into_inner);
        let mut writer = Writer { database: self.database, transaction: self.env.write_txn()? };
        let written = change(&mut writer)?;
        writer.transaction.commit()?;
        Ok(written)
    }

    /// Runs `look` in a read transaction.
    fn read<T>(&self, look: impl Fn(&heed::RoTxn<'_>) -> Result<T, WriteError>) -> Result<T, LedgerError> {
        loop {
            let attempt = {
                let _transaction = self.resizing.read().unwrap_or_else(PoisonError::into_inner);
                self.env.read_txn().map_err(WriteError::from).and_then(|transaction| look(&transaction))
            };
            match attempt {
                Ok(found) => return Ok(found),
                Err(WriteError::Ledger(error)) => return Err(error),
                Err(WriteError::Lmdb(error)) => self.make_room(error)?,
            }
        }
    }

    /// Follows a map that is full, or that another process enlarged; any other error is final.
    fn make_room(&self, error: heed::Error) -> Result<(), LedgerError> {
        let _alone = self.resizing.write().unwrap_or_else(PoisonError::into_inner);
        let size = self.env.info().map_size;
        let wanted = match &error {
            heed::Error::Mdb(MdbError::MapFull) if size < MAX_MAP_BYTES => size * 2,
            heed::Error::Mdb(MdbError::MapResized) => 0, // Zero adopts the size that stands in the file.
            _ => return Err(self.unusable(&error)),
        };
        #[expect(
            unsafe_code,
            reason = "LMDB's map moves; the write lock above shows that no transaction is open"
        )]
        // SAFETY: every transaction of this environment lives inside a read lock of `resizing`.
        let resized = unsafe { self.env.resize(wanted) };
        resized.map_err(|error| self.unusable(&error))
    }

    pub(super) fn get<T: DeserializeOwned>(&self, key: &str) -> Result<Option<T>, LedgerError> {
        self.read(|transaction| {
            let Some(bytes) = self.database.get(transaction, key)? else { return Ok(None) };
            Ok(Some(decode(key, bytes)?.1))
        })
    }

    /// The records whose keys start with `prefix`, in the order of their keys.
    pub(super) fn list<T: DeserializeOwned>(&self, prefix: &str) -> Result<Vec<T>, LedgerError> {
        let listed: Vec<Digested<T>> = self.read(|transaction| self.list_in(transaction, prefix))?;
        Ok(listed.into_iter().map(|(_, record)| record).collect())
    }

    /// One record and a list, as they stood at one moment; listed records with their digests.
    pub(super) fn head_and_list<H: DeserializeOwned, T: DeserializeOwned>(
        &self,
        head: &str,
        prefix: &str,
    ) -> Result<(Option<H>, Vec<Digested<T>>), LedgerError> {
        self.read(|transaction| {
            let head = match self.database.get(transaction, head)? {
                Some(bytes) => Some(decode(head, bytes)?.1),
                None => None,
            };
            Ok((head, self.list_in(transaction, prefix)?))
        })
    }

    fn list_in<T: DeserializeOwned>(
        &self,
        transaction: &heed::RoTxn<'_>,
        prefix: &str,
    ) -> Result<Vec<Digested<T>>, WriteError> {
        let mut records = Vec::new();
        for entry in self.database.prefix_iter(transaction, prefix)? {
            let (key, bytes) = entry?;
            records.push(decode(key, bytes)?);
        }
        Ok(records)
    }

    fn unusable(&self, error: &heed::Error) -> LedgerError {
        LedgerError::Unusable { dir: self.dir.clone(), reason: error.to_string() }
    }

    /// Writes bytes as they are, to make damaged records in tests.
    #[cfg(test)]
    pub(super) fn put_raw(&self, key: &str, bytes: &[u8]) {
        let mut transaction = self.env.write_txn().unwrap();
        self.database.put(&mut transaction, key, bytes).unwrap();
        transaction.commit().unwrap();
    }

    /// The bytes of a record.
    #[cfg(test)]
    pub(super) fn get_raw(&self, key: &str) -> Vec<u8> {
        let transaction = self.env.read_txn().unwrap();
        self.database.get(&transaction, key).unwrap().unwrap().to_vec()
    }
}

impl Writer<'_> {
    pub(super) fn get<T: DeserializeOwned>(&self, key: &str) -> Result<Option<T>, WriteError> {
        let Some(bytes) = self.database.get(&self.transaction, key)? else { return Ok(None) };
        Ok(Some(decode(key, bytes)?.1))
    }

    pub(super) fn put(&mut self, key: &str, record: &impl Serialize) -> Result<(), WriteError> {
        self.put_digested(key, record).map(|_| ())
    }

    /// Writes a record; gives the digest of its serialised form.
    pub(super) fn put_digested(&mut self, key: &str, record: &impl Serialize) -> Result<Digest, WriteError> {
        let (digest, bytes) = encode(key, record)?;
        self.database.put(&mut self.transaction, key, &bytes)?;
        Ok(digest)
    }
}

/// A record: one byte of version, the SHA-256 of what follows in binary, then JSON.
pub(super) fn encode(key: &str, record: &impl Serialize) -> Result<(Digest, Vec<u8>), LedgerError> {
    let damaged =
        |error: serde_json::Error| LedgerError::Damaged { key: key.to_owned(), reason: error.to_string() };
    let content = serde_json::to_vec(record).map_err(damaged)?;
    let digest = Digest::of(&content);
    let mut bytes = vec![VERSION];
    bytes.extend(digest.to_string().into_bytes());
    bytes.extend(content);
    Ok((digest, bytes))
}

const DIGITS: usize = 64;

pub(super) fn decode<T: DeserializeOwned>(key: &str, bytes: &[u8]) -> Result<Digested<T>, LedgerError> {
    let damaged = |reason: &str| LedgerError::Damaged { key: key.to_owned(), reason: reason.to_owned() };
    let (version, rest) = bytes.split_first().ok_or_else(|| damaged("it is empty"))?;
    if *version > VERSION {
        return Err(LedgerError::Newer { key: key.to_owned(), found: *version });
    }
    let (digits, content) = rest.split_at_checked(DIGITS).ok_or_else(|| damaged("it is cut off"))?;
    let stated = std::str::from_utf8(digits).ok().and_then(Digest::from_hex);
    let digest = Digest::of(content);
    if stated != Some(digest) {
        return Err(damaged("its checksum does not fit"));
    }
    let record = serde_json::from_slice(content).map_err(|error| damaged(&error.to_string()))?;
    Ok((digest, record))
}

fn open_environment(dir: &Path) -> heed::Result<Env> {
    let mut options = EnvOpenOptions::new();
    options.map_size(FIRST_MAP_BYTES);
    #[expect(unsafe_code, reason = "a memory map; only this module writes the file, under LMDB's own locks")]
    // SAFETY: no flag that weakens LMDB's locking is set, and nothing else of ours changes the file.
    let env = unsafe { options.open(dir) }?;
    env.clear_stale_readers()?;
    Ok(env)
}

fn open_database(env: &Env) -> heed::Result<Records> {
    let transaction = env.write_txn()?;
    let opened = env.create_databases_and_commit(transaction, |opener, transaction| {
        opener.create_database(transaction, None).map(CommitOrAbort::<_, ()>::Commit)
    })?;
    opened.commit().ok_or_else(|| io::Error::other("the database was not opened").into())
}

/// Looks at an existing data file before it is mapped: LMDB would die by a signal on one that is too short.
///
/// The layout is that of `MDB_meta` in LMDB 0.9: two meta pages, the one with the greater transaction number holds.
fn inspect(path: &Path) -> Result<(), String> {
    let mut file = match fs::File::open(path) {
        Ok(file) => file,
        Err(error) if error.kind() == io::ErrorKind::NotFound => return Ok(()),
        Err(error) => return Err(error.to_string()),
    };
    let length = file.metadata().map_err(|error| error.to_string())?.len();
    if length == 0 {
        return Ok(()); // A process that died while it made the ledger leaves this; LMDB starts anew.
    }
    let first = Meta::read(&mut file, 0)?;
    let second = Meta::read(&mut file, first.page_bytes)?;
    let newest = if second.transaction > first.transaction { second } else { first };
    let complete = newest.roots.iter().all(|root| {
        *root == NO_PAGE
            || root.checked_add(1).and_then(|pages| pages.checked_mul(newest.page_bytes)) <= Some(length)
                && root.checked_add(1).is_some()
    });
    if complete { Ok(()) } else { Err("its data file is cut off".to_owned()) }
}

/// The root of an empty tree.
const NO_PAGE: u64 = u64::MAX;

const MAGIC: u32 = 0xBEEF_C0DE;

struct Meta {
    page_bytes: u64,
    roots: [u64; 2],
    transaction: u64,
}

impl Meta {
    fn read(file: &mut fs::File, offset: u64) -> Result<Self, String> {
        let mut bytes = [0_u8; 152];
        file.seek(SeekFrom::Start(offset)).map_err(|error| error.to_string())?;
        file.read_exact(&mut bytes).map_err(|_| "its data file is cut off".to_owned())?;
        let short = |at: usize| u32::from_ne_bytes(bytes[at..at + 4].try_into().expect("four bytes"));
        let long = |at: usize| u64::from_ne_bytes(bytes[at..at + 8].try_into().expect("eight bytes"));
        let page_bytes = u64::from(short(40));
        if short(16) != MAGIC || !page_bytes.is_power_of_two() || !(512..=65536).contains(&page_bytes) {
            return Err("its data file is not LMDB's".to_owned());
        }
        Ok(Self { page_bytes, roots: [long(80), long(128)], transaction: long(144) })
    }
}
