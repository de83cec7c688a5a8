//! Opening the LMDB environment, for writing, beside a writer, or where nothing can be written at all.

use std::fs;
use std::io;
use std::path::Path;

use heed::{CommitOrAbort, DatabaseFlags, EnvFlags, EnvOpenOptions, RoTxn, WithoutTls};

use crate::store::{Env, StoreError, Table, Tables, inspect};

/// The size of the memory map, the greatest size of the file. A map costs addresses, not memory or disk; one that is
/// large from the start need never be moved under readers, as a growing one must.
pub(crate) const MAP_BYTES: usize = if usize::BITS >= 64 { 16 << 30 } else { 1 << 30 };

/// Room for our tables and those of the vectors.
const MAX_TABLES: u32 = 24;

/// Processes and threads that read at once.
const MAX_READERS: u32 = 512;

/// The names of the tables.
const NAMES: [&str; 8] = ["meta", "units", "files", "blocks", "names", "queue", "graves", "views"];

/// Who else may have the environment open.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Sharing {
    /// This process writes.
    Write,
    /// This process reads; another may write.
    Read,
}

/// An open environment.
#[derive(Clone)]
pub(crate) struct Store {
    /// The environment, shared with the vectors.
    pub(crate) env: Env,
    /// The tables in it.
    pub(crate) tables: Tables,
}

impl Store {
    /// Opens the environment of a directory; `None` where there is none yet and it is not to be written.
    pub(crate) fn open(dir: &Path, sharing: Sharing, map: usize) -> Result<Option<Self>, StoreError> {
        let exists = inspect::inspect(&dir.join("data.mdb"))?;
        let (env, tables) = match sharing {
            Sharing::Read if !exists => return Ok(None),
            Sharing::Read => {
                let env = open_to_read(dir, map)?;
                let tables = open_tables(&env)?;
                (env, tables)
            }
            Sharing::Write => {
                let env = open_env(dir, map, EnvFlags::empty())?;
                env.clear_stale_readers()?;
                let tables = create_tables(&env)?;
                (env, Some(tables))
            }
        };
        Ok(tables.map(|tables| Self { env, tables }))
    }

    /// Begins to read the state that was committed last.
    pub(crate) fn read(&self) -> Result<RoTxn<'static, WithoutTls>, StoreError> {
        Ok(self.env.clone().static_read_txn()?)
    }

    /// Closes the environment and waits until no transaction of this process uses it.
    pub(crate) fn close(self) {
        self.env.prepare_for_closing().wait();
    }
}

/// Opens to read. Where LMDB's own lock file cannot be written (it says who reads which state), nobody of our rights
/// can write the index either, and it is read without.
fn open_to_read(dir: &Path, map: usize) -> Result<Env, StoreError> {
    match open_env(dir, map, EnvFlags::READ_ONLY) {
        Err(heed::Error::Io(error)) if is_read_only(&error) => {
            Ok(open_env(dir, map, EnvFlags::READ_ONLY | EnvFlags::NO_LOCK)?)
        }
        opened => Ok(opened?),
    }
}

/// Whether an error says that a file may not be written.
pub(crate) fn is_read_only(error: &io::Error) -> bool {
    matches!(error.kind(), io::ErrorKind::PermissionDenied | io::ErrorKind::ReadOnlyFilesystem)
}

/// Opens the environment with some flags of LMDB.
fn open_env(dir: &Path, map: usize, flags: EnvFlags) -> heed::Result<Env> {
    let mut options = EnvOpenOptions::new().read_txn_without_tls();
    options.map_size(map).max_dbs(MAX_TABLES).max_readers(MAX_READERS);
    #[expect(
        unsafe_code,
        reason = "a memory map of files that only this package writes, under LMDB's own locks"
    )]
    // SAFETY: LMDB's locking holds, except with `NO_LOCK`, which is used only where the files cannot be written.
    unsafe {
        options.flags(flags);
        options.open(dir)
    }
}

/// Opens all tables and makes those that are missing.
fn create_tables(env: &Env) -> Result<Tables, StoreError> {
    let opened = env.create_databases_and_commit(env.write_txn()?, |opener, transaction| {
        let mut table = |name: &'static str| {
            let mut options = opener.database_options();
            options.name(name);
            if name == "names" {
                options.flags(DatabaseFlags::DUP_SORT | DatabaseFlags::DUP_FIXED);
            }
            options.types().create(transaction)
        };
        let [a, b, c, d, e, f, g, h] = NAMES;
        let tables = [table(a)?, table(b)?, table(c)?, table(d)?, table(e)?, table(f)?, table(g)?, table(h)?];
        Ok::<_, heed::Error>(CommitOrAbort::<_, ()>::Commit(tables))
    })?;
    Ok(named(opened.commit().expect("the closure commits")))
}

/// Opens all tables; `None` where one is missing: the first writer did not get further.
fn open_tables(env: &Env) -> Result<Option<Tables>, StoreError> {
    let opened = env.open_databases_and_commit(env.read_txn()?, |opener, transaction| {
        let table = |name: &str| opener.open_database(transaction, Some(name));
        let [a, b, c, d, e, f, g, h] = NAMES;
        let tables = [table(a)?, table(b)?, table(c)?, table(d)?, table(e)?, table(f)?, table(g)?, table(h)?];
        Ok::<_, heed::Error>(CommitOrAbort::<_, ()>::Commit(tables))
    })?;
    let tables = opened.commit().expect("the closure commits");
    let found: Vec<Table> = tables.into_iter().flatten().collect();
    Ok(found.try_into().ok().map(named))
}

/// The tables in the order of [`NAMES`].
fn named([meta, units, files, blocks, names, queue, graves, views]: [Table; 8]) -> Tables {
    Tables { meta, units, files, blocks, names, queue, graves, views }
}

impl Tables {
    /// The bytes of the pages of each table.
    pub(crate) fn bytes(&self, transaction: &RoTxn<'_>) -> Result<Vec<(&'static str, u64)>, StoreError> {
        let Self { meta, units, files, blocks, names, queue, graves, views } = self;
        let tables = [meta, units, files, blocks, names, queue, graves, views];
        let each = NAMES.into_iter().zip(tables);
        each.map(|(name, table)| {
            let stat = table.stat(transaction)?;
            let pages = stat.branch_pages + stat.leaf_pages + stat.overflow_pages;
            Ok((name, pages as u64 * u64::from(stat.page_size)))
        })
        .collect()
    }
}

/// The bytes of the data file on disk.
pub(crate) fn bytes_on_disk(dir: &Path) -> u64 {
    fs::metadata(dir.join("data.mdb")).map_or(0, |metadata| metadata.len())
}
