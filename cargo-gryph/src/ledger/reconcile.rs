//! Settles runs whose process died in between, by looking at the disk.

use std::fs;
use std::io;
use std::path::{Path, PathBuf};

use crate::ledger::receipt::{self, Receipt};
use crate::ledger::run::{Failure, Prepared, PreparedKind, RunId, RunRecord, State};
use crate::ledger::store::WriteError;
use crate::ledger::{Ledger, LedgerError, live, run_key};

/// What lies at the destination of a prepared run.
#[derive(Clone, PartialEq, Eq, Debug)]
pub enum Disk {
    /// What was prepared.
    Holds {
        /// The git commit, if there is one.
        commit: Option<String>,
    },
    /// Not that tree.
    Lacks,
    /// It could not be found out, as a sentence.
    Unknown(String),
}

/// What became of a dead run.
#[derive(Clone, PartialEq, Eq, Debug)]
pub enum Settled {
    /// What it made was in place; its receipt is written.
    Committed,
    /// What it made was not in place; what it left is removed.
    Interrupted,
    /// It could not be settled, and will be tried again at the next start.
    Open(String),
}

/// A dead run and what became of it.
#[derive(Clone, PartialEq, Eq, Debug)]
pub struct Reconciled {
    /// The run.
    pub run: RunId,
    /// What became of it.
    pub settled: Settled,
}

impl Ledger {
    /// Settles every run that is not over and whose process is gone. `look` says what lies at the destination of a
    /// prepared run. Runs of living processes are not touched.
    ///
    /// # Errors
    /// When the ledger cannot be read or written. What lies on disk never makes an error: such a run stays open.
    pub fn reconcile(&self, look: &dyn Fn(&Prepared) -> Disk) -> Result<Vec<Reconciled>, LedgerError> {
        let records = self.runs()?;
        live::sweep(&self.dir, |run| records.iter().any(|record| record.run.as_str() == run));
        let mut reconciled = Vec::new();
        for record in records.iter().filter(|record| !record.state.is_final() || has_left_work(record)) {
            let Some(grave) = live::bury(&self.dir, &record.run)? else { continue };
            // Between the list and the lock another process may have settled it, or it may have ended by itself.
            let current = self.show(record.run.as_str())?;
            let settled = self.settle(&current, look)?;
            if !matches!(settled, Some(Settled::Open(_))) {
                grave.close();
            }
            let run = record.run.clone();
            reconciled.extend(settled.map(|settled| Reconciled { run, settled }));
        }
        Ok(reconciled)
    }

    fn settle(
        &self,
        record: &RunRecord,
        look: &dyn Fn(&Prepared) -> Disk,
    ) -> Result<Option<Settled>, LedgerError> {
        // What a dead change left is what `look` goes by, so it is removed last.
        let is_change =
            matches!(&record.state, State::Prepared(prepared) if prepared.kind == PreparedKind::Change);
        if !is_change && let Err(error) = remove_left_overs(record) {
            return Ok(Some(Settled::Open(error.to_string())));
        }
        let landed = match &record.state {
            State::Committed { .. } | State::Failed(_) => return Ok(None),
            State::Begun => None,
            State::Prepared(prepared) => match look(prepared) {
                Disk::Holds { commit } => {
                    Some(Receipt { commit, reconciled: true, ..prepared.receipt.clone() })
                }
                Disk::Lacks => None,
                Disk::Unknown(why) => return Ok(Some(Settled::Open(why))),
            },
        };
        let settled = self.record_settled(record, landed)?;
        if is_change {
            // What stays is removed with the run's working directory, at the next start.
            let _ = remove_left_overs(record);
        }
        Ok(Some(settled))
    }

    fn record_settled(&self, record: &RunRecord, landed: Option<Receipt>) -> Result<Settled, LedgerError> {
        self.store.write(|writer| {
            let key = run_key(&record.run);
            let current: Option<RunRecord> = writer.get(&key)?;
            if current.as_ref() != Some(record) {
                return Ok(Settled::Open("another process is settling it".to_owned()));
            }
            let (state, settled) = match &landed {
                Some(receipt) => {
                    let number = receipt::link(writer, receipt.clone())?;
                    (State::Committed { receipt: number }, Settled::Committed)
                }
                None => (interrupted(), Settled::Interrupted),
            };
            writer.put(&key, &RunRecord { state, ..record.clone() })?;
            Ok::<_, WriteError>(settled)
        })
    }
}

fn interrupted() -> State {
    State::Failed(Failure { outcome: "interrupted".to_owned(), report: serde_json::Value::Null })
}

fn has_left_work(record: &RunRecord) -> bool {
    record.work.as_ref().is_some_and(|work| work.exists())
}

/// Removes the working directory, and what stands beside the destination. A staging directory that was renamed into
/// place is gone from there, so a project is never touched.
fn remove_left_overs(record: &RunRecord) -> io::Result<()> {
    let staging = match &record.state {
        State::Prepared(prepared) => Some(&prepared.staging),
        State::Begun | State::Committed { .. } | State::Failed(_) => None,
    };
    [record.work.as_ref(), staging].into_iter().flatten().try_for_each(|dir| remove(dir, &record.run))
}

/// Removes a directory that belongs to a run, and refuses one whose name does not say so: a damaged or forged record
/// must not remove anything else.
fn remove(dir: &PathBuf, run: &RunId) -> io::Result<()> {
    if !is_of_run(dir, run) {
        return Err(io::Error::other(format!("`{}` is not named after run {run}", dir.display())));
    }
    match fs::remove_dir_all(dir) {
        Err(error) if error.kind() != io::ErrorKind::NotFound => Err(error),
        Ok(()) | Err(_) => Ok(()),
    }
}

fn is_of_run(dir: &Path, run: &RunId) -> bool {
    let plausible =
        run.as_str().len() >= 16 && run.as_str().chars().all(|c| c.is_ascii_hexdigit() || c == '-');
    let named =
        dir.file_name().and_then(|name| name.to_str()).is_some_and(|name| name.contains(run.as_str()));
    plausible && named && dir.is_absolute()
}
