//! Why a run could not find out.

use crate::cargo::CargoError;
use crate::check::CheckError;
use crate::commit::CommitError;
use crate::diagnose::DiagnoseError;
use crate::ledger::LedgerError;
use crate::propose::proposer::ProposeError;
use crate::scaffold::ScaffoldError;
use crate::schema::SchemaError;
use crate::trial::TrialError;

/// Why a run could not find out.
#[derive(Debug, thiserror::Error)]
pub enum PipelineError {
    /// Somebody stopped it.
    #[error("the run was interrupted")]
    Interrupted,
    /// A directory of the run cannot be used.
    #[error("cannot prepare the work directory `{}`", path.display())]
    WorkDirectory {
        /// The directory.
        path: std::path::PathBuf,
        /// The cause.
        source: std::io::Error,
    },
    /// The draft does not fit what is wanted now.
    #[error("draft of run `{run}` cannot be continued: {why}")]
    Draft {
        /// The run.
        run: String,
        /// Why.
        why: String,
    },
    /// The scaffold does not compile, although its specification was accepted.
    #[error("the scaffold does not compile\n{stderr}")]
    Scaffolded {
        /// The first errors of the compiler.
        stderr: String,
    },
    /// A body that was accepted cannot be put into the smaller project that leaves other functions out.
    #[error("the accepted body of `{hole}` cannot be kept: {why}")]
    Lost {
        /// The function.
        hole: crate::hole::HoleId,
        /// Why.
        why: &'static str,
    },
    /// The policy and the specification contradict each other.
    #[error(transparent)]
    Policy(#[from] crate::gate::PolicyError),
    /// The scaffold cannot be made.
    #[error(transparent)]
    Scaffold(#[from] ScaffoldError),
    /// The project does not say what was given to it.
    #[error(transparent)]
    Footprint(#[from] crate::scaffold::FootprintError),
    /// What is broken could not be found out.
    #[error(transparent)]
    Diagnose(#[from] DiagnoseError),
    /// A build tool gave no answer.
    #[error(transparent)]
    Cargo(#[from] CargoError),
    /// A body does not fit its tree.
    #[error(transparent)]
    Schema(#[from] SchemaError),
    /// No candidates could be had.
    #[error(transparent)]
    Propose(#[from] ProposeError),
    /// There is no model to ask.
    #[error("there is no model to ask")]
    NoModel,
    /// Candidates could not be judged.
    #[error(transparent)]
    Trial(#[from] TrialError),
    /// There were faults to put into changed functions, and time for none of them.
    #[error("whether the tests bite is not known: none of {faults} faults could be tried in {time:?}")]
    NoFaultTried {
        /// Faults that were to be tried.
        faults: usize,
        /// The time there was.
        time: std::time::Duration,
    },
    /// The tree could not be checked.
    #[error(transparent)]
    Check(#[from] CheckError),
    /// The project could not be committed.
    #[error(transparent)]
    Commit(#[from] CommitError),
    /// The ledger cannot be used.
    #[error(transparent)]
    Ledger(#[from] LedgerError),
    /// The history cannot be read.
    #[error(transparent)]
    Git(#[from] crate::git::GitError),
}

impl PipelineError {
    /// What the user can do, where the error does not say it.
    pub fn hint(&self) -> Option<&'static str> {
        matches!(self, Self::Scaffolded { .. }).then_some(
            "what cargo-gryph writes is to compile whatever an accepted specification asks for: this is a fault of \
             cargo-gryph or of its template, not of the specification; please report it with both",
        )
    }

    /// What makes of a cause the error that a path of the run cannot be used.
    pub(super) fn at(path: impl Into<std::path::PathBuf>) -> impl FnOnce(std::io::Error) -> Self {
        |source| Self::WorkDirectory { path: path.into(), source }
    }
}
