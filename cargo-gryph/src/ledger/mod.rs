//! What runs did, kept in LMDB as versioned receipts.
//!
//! A run is *begun*, then *prepared* (it says what it is about to put where), then *committed* or *failed*. A crash
//! leaves it in between; [`Ledger::reconcile`] looks at the disk at the next start and decides. Receipts of committed
//! runs form a hash chain: each names the digest of the one before.
//!
//! Several processes may use one ledger at once; LMDB serialises their writes.

pub mod live;
pub mod receipt;
pub mod reconcile;
pub mod run;
mod store;

use std::path::{Path, PathBuf};

use serde::{Deserialize, Serialize};

use crate::digest::Digest;
use crate::ledger::store::{Store, Writer};

pub use live::LiveRun;
pub use receipt::{Accepted, Confinement, Link, ModelUse, Receipt, VerdictCounts};
pub use reconcile::{Disk, Reconciled, Settled};
pub use run::{Failure, Prepared, PreparedKind, RunId, RunRecord, State};

/// The record of all runs of one user on one machine.
pub struct Ledger {
    dir: PathBuf,
    store: Store,
}

/// What a new run says about itself.
#[derive(Clone, PartialEq, Eq, Debug)]
pub struct Begin {
    /// Its id.
    pub run: RunId,
    /// The verb.
    pub verb: String,
    /// When, in seconds since 1970-01-01 UTC.
    pub started: u64,
    /// A directory that belongs to the run alone and is removed when it dies. Its name must hold the run's id.
    pub work: Option<PathBuf>,
}

/// The unfinished work of a run, to be continued by another.
#[derive(Clone, PartialEq, Debug, Serialize, Deserialize)]
pub struct Draft {
    /// The specification it was made for.
    pub spec: Digest,
    /// Filled bodies, counts: the pipeline's own form.
    pub content: serde_json::Value,
}

/// Why the ledger cannot answer.
#[derive(Debug, thiserror::Error)]
pub enum LedgerError {
    /// The database cannot be opened or read.
    #[error("cannot use the ledger at `{dir}`: {reason}")]
    Unusable {
        /// The directory.
        dir: PathBuf,
        /// What LMDB or the system says.
        reason: String,
    },
    /// A record does not hold what was written.
    #[error("record `{key}` of the ledger is damaged: {reason}")]
    Damaged {
        /// Its key.
        key: String,
        /// What is wrong.
        reason: String,
    },
    /// A record was written by a later version of this program.
    #[error("record `{key}` of the ledger has version {found}, this program reads up to {}", store::VERSION)]
    Newer {
        /// Its key.
        key: String,
        /// Its version.
        found: u8,
    },
    /// Two runs cannot have one id.
    #[error("run `{0}` exists already")]
    Exists(RunId),
    /// No run has this id or starts with this text.
    #[error("no run `{0}` in the ledger")]
    Unknown(String),
    /// Several runs start with this text.
    #[error("`{prefix}` fits several runs: {}", .fitting.join(", "))]
    Ambiguous {
        /// The text.
        prefix: String,
        /// The first few of them.
        fitting: Vec<String>,
    },
    /// A run cannot go from its state to the one asked for.
    #[error("run `{run}` is {found}, and cannot become {wanted}")]
    State {
        /// The run.
        run: RunId,
        /// Its state.
        found: &'static str,
        /// The state asked for.
        wanted: &'static str,
    },
    /// The hash chain of receipts is broken.
    #[error("receipt {sequence} of the ledger does not fit the one before it: {reason}")]
    Broken {
        /// Its number, from 1.
        sequence: u64,
        /// What does not fit.
        reason: String,
    },
    /// A lock file of a run cannot be made or taken.
    #[error("cannot lock `{path}`")]
    Lock {
        /// The file.
        path: PathBuf,
        /// The reason.
        #[source]
        source: std::io::Error,
    },
}

impl LedgerError {
    /// What the user can do, when there is something.
    pub fn hint(&self) -> Option<String> {
        match self {
            Self::Unusable { dir, .. } => Some(format!(
                "the ledger only records what was done, projects do not need it; to start a new one, move `{}` aside",
                dir.display()
            )),
            Self::Damaged { .. } | Self::Broken { .. } => Some(
                "somebody or something changed the ledger; restore it from a backup, or move its directory aside to start a new one"
                    .to_owned(),
            ),
            Self::Newer { .. } => Some("use the version of cargo-gryph that wrote it, or a later one".to_owned()),
            Self::Unknown(_) | Self::Ambiguous { .. } => Some("`cargo gryph log` lists the runs".to_owned()),
            Self::Exists(_) | Self::State { .. } | Self::Lock { .. } => None,
        }
    }
}

impl Ledger {
    /// Opens the ledger in `dir`, making it when it is not there.
    ///
    /// # Errors
    /// [`LedgerError::Unusable`] when the files there are not a ledger or are damaged; they are left as they are.
    pub fn open(dir: &Path) -> Result<Self, LedgerError> {
        Ok(Self { dir: dir.to_owned(), store: Store::open(dir)? })
    }

    /// Where it is.
    pub fn dir(&self) -> &Path {
        &self.dir
    }

    /// Records that a run begins, and locks it as living until the returned value is dropped.
    ///
    /// # Errors
    /// [`LedgerError::Exists`] when the id is taken.
    pub fn begin(&self, begin: &Begin) -> Result<LiveRun, LedgerError> {
        let live = LiveRun::lock(&self.dir, &begin.run)?;
        let record = RunRecord {
            run: begin.run.clone(),
            verb: begin.verb.clone(),
            started: begin.started,
            work: begin.work.clone(),
            state: State::Begun,
        };
        self.store.write(|writer| {
            if writer.get::<RunRecord>(&run_key(&begin.run))?.is_some() {
                return Err(LedgerError::Exists(begin.run.clone()).into());
            }
            writer.put(&run_key(&begin.run), &record)
        })?;
        Ok(live)
    }

    /// Records what a run is about to put where. To be called before anything appears beside the destination.
    ///
    /// # Errors
    /// [`LedgerError::State`] unless the run is begun.
    pub fn prepared(&self, run: &RunId, prepared: &Prepared) -> Result<(), LedgerError> {
        self.advance(run, "prepared", |_, state| match state {
            State::Begun => Ok(State::Prepared(Box::new(prepared.clone()))),
            other => Err(other.into()),
        })
    }

    /// Records that a prepared run is committed, and links its receipt to the chain.
    ///
    /// # Errors
    /// [`LedgerError::State`] unless the run is prepared.
    pub fn committed(&self, run: &RunId, receipt: &Receipt) -> Result<(), LedgerError> {
        self.advance(run, "committed", |writer, state| match state {
            State::Prepared(_) => Ok(State::Committed { receipt: receipt::link(writer, receipt.clone())? }),
            other => Err(other.into()),
        })
    }

    /// Records that a run ended without a commit: its outcome in a word (`gave-up`, `refused`, `interrupted`) and a
    /// report in the pipeline's own form.
    ///
    /// # Errors
    /// [`LedgerError::State`] when the run has ended already.
    pub fn failed(&self, run: &RunId, outcome: &str, report: &serde_json::Value) -> Result<(), LedgerError> {
        self.advance(run, "failed", |_, state| match state {
            State::Begun | State::Prepared(_) => {
                Ok(State::Failed(Failure { outcome: outcome.to_owned(), report: report.clone() }))
            }
            other => Err(other.into()),
        })
    }

    /// All runs, oldest first.
    ///
    /// # Errors
    /// [`LedgerError::Damaged`] or [`LedgerError::Newer`] for a record that cannot be read.
    pub fn runs(&self) -> Result<Vec<RunRecord>, LedgerError> {
        self.store.list(RUN)
    }

    /// The run with this id, or the only one whose id starts with it.
    ///
    /// # Errors
    /// [`LedgerError::Unknown`], [`LedgerError::Ambiguous`].
    pub fn show(&self, prefix: &str) -> Result<RunRecord, LedgerError> {
        let mut fitting: Vec<RunRecord> = self.store.list(&format!("{RUN}{prefix}"))?;
        if let Some(exact) = fitting.iter().position(|record| record.run.as_str() == prefix) {
            return Ok(fitting.swap_remove(exact));
        }
        match fitting.len() {
            1 => Ok(fitting.swap_remove(0)),
            0 => Err(LedgerError::Unknown(prefix.to_owned())),
            _ => {
                let fitting = fitting.iter().take(5).map(|record| record.run.to_string()).collect();
                Err(LedgerError::Ambiguous { prefix: prefix.to_owned(), fitting })
            }
        }
    }

    /// The receipt with this number, with its place in the chain.
    ///
    /// # Errors
    /// [`LedgerError::Unknown`] when there is none.
    pub fn receipt(&self, sequence: u64) -> Result<Link, LedgerError> {
        let found = self.store.get(&receipt::key(sequence))?;
        found.ok_or_else(|| LedgerError::Unknown(format!("receipt {sequence}")))
    }

    /// Checks the chain from the first receipt to the last; says how many there are.
    ///
    /// # Errors
    /// [`LedgerError::Broken`] at the first receipt that was changed, removed or put in.
    pub fn verify(&self) -> Result<u64, LedgerError> {
        receipt::verify(&self.store)
    }

    /// Keeps the unfinished work of a run, in place of what was kept for it before.
    ///
    /// # Errors
    /// When the database cannot be written.
    pub fn save_draft(&self, run: &RunId, draft: &Draft) -> Result<(), LedgerError> {
        self.store.write(|writer| writer.put(&format!("{DRAFT}{run}"), draft))
    }

    /// The unfinished work of the run with this id or unique prefix.
    ///
    /// # Errors
    /// [`LedgerError::Unknown`], [`LedgerError::Ambiguous`]; `Ok(None)` when the run left nothing.
    pub fn draft(&self, prefix: &str) -> Result<Option<(RunId, Draft)>, LedgerError> {
        let run = self.show(prefix)?.run;
        let draft = self.store.get(&format!("{DRAFT}{run}"))?;
        Ok(draft.map(|draft| (run, draft)))
    }

    /// The unfinished work of all runs, the oldest first.
    ///
    /// # Errors
    /// When the database cannot be read.
    pub fn drafts(&self) -> Result<Vec<Draft>, LedgerError> {
        self.store.list(DRAFT)
    }

    /// Takes a run to its next state in one transaction; `next` gives the state back when it may not leave it.
    fn advance(
        &self,
        run: &RunId,
        wanted: &'static str,
        next: impl Fn(&mut Writer<'_>, State) -> Result<State, Refusal>,
    ) -> Result<(), LedgerError> {
        self.store.write(|writer| {
            let key = run_key(run);
            let record: Option<RunRecord> = writer.get(&key)?;
            let record = record.ok_or_else(|| LedgerError::Unknown(run.to_string()))?;
            match next(writer, record.state) {
                Ok(state) => writer.put(&key, &RunRecord { state, ..record }),
                Err(Refusal::State(found)) => {
                    Err(LedgerError::State { run: run.clone(), found: found.name(), wanted }.into())
                }
                Err(Refusal::Write(error)) => Err(error),
            }
        })
    }
}

/// Why a run does not advance.
enum Refusal {
    /// Its state forbids it.
    State(State),
    /// The ledger cannot be written.
    Write(store::WriteError),
}

impl From<State> for Refusal {
    fn from(state: State) -> Self {
        Self::State(state)
    }
}

impl From<store::WriteError> for Refusal {
    fn from(error: store::WriteError) -> Self {
        Self::Write(error)
    }
}

const RUN: &str = "run/";
const DRAFT: &str = "draft/";

fn run_key(run: &RunId) -> String {
    format!("{RUN}{run}")
}

#[cfg(test)]
mod tests;
