//! One run of a verb that changes files: its tools, its road through the pipeline, its end.

use super::args::Common;
use super::console::MessageFormat;
use super::exit_code::ExitCode;
use super::failure::Failure;
use super::interrupt::Interrupt;
use super::shelf::shelf;
use super::surroundings::Surroundings;
use super::{provision, workshop};
use crate::cargo::Cargo;
use crate::config::Settings;
use crate::event::{Event, Reporter};
use crate::gate::Policy;
use crate::git::Git;
use crate::ledger::{Ledger, LiveRun};
use crate::pipeline::{PipelineError, World};
use crate::propose::model::ModelProposer;

/// The tools of one run.
pub(super) struct Tools {
    pub(super) settings: Settings,
    pub(super) cargo: Cargo,
    pub(super) git: Git,
    pub(super) ledger: Ledger,
    pub(super) policy: Policy,
}

impl Tools {
    /// Finds on this machine what the settings ask for.
    pub(super) fn find(
        settings: Settings,
        policy: Policy,
        common: &Common,
        surroundings: &Surroundings,
    ) -> Result<Self, Failure> {
        let sandbox = workshop::sandbox(common, &settings, surroundings)?;
        let cargo = workshop::cargo(surroundings, &settings, common, sandbox)?;
        let (git, ledger) = (workshop::git(surroundings)?, workshop::ledger(surroundings)?);
        Ok(Self { settings, cargo, git, ledger, policy })
    }
}

/// One run.
#[derive(Clone, Copy)]
pub(super) struct Session<'a> {
    pub(super) common: &'a Common,
    pub(super) surroundings: &'a Surroundings,
    pub(super) tools: &'a Tools,
    pub(super) run: &'a LiveRun,
    pub(super) reporter: &'a dyn Reporter,
}

impl Session<'_> {
    /// Runs the pipeline until it ends or somebody stops it; dropping it ends every child process.
    pub(super) fn drive<T>(
        &self,
        pipeline: impl AsyncFnOnce(&World<'_>) -> Result<T, PipelineError>,
    ) -> Result<Result<T, PipelineError>, Failure> {
        let runtime = tokio::runtime::Builder::new_multi_thread().enable_all().build();
        let runtime = runtime.map_err(|error| Failure::new(ExitCode::Internal, error))?;
        let work = workshop::work_directory(self.surroundings, self.run.run());
        let layers = self.surroundings.home.join("layers");
        let waiting = workshop::waiting_directory(self.surroundings, self.run.run());
        let shelf = shelf(self.surroundings, &self.tools.settings);
        let result = runtime.block_on(async {
            let interrupt = Interrupt::listen();
            let cancelled = || interrupt.happened();
            let world = World {
                cargo: &self.tools.cargo,
                git: &self.tools.git,
                ledger: &self.tools.ledger,
                run: self.run,
                launcher: &self.surroundings.launcher,
                work: &work,
                layers: &layers,
                waiting: &waiting,
                policy: self.tools.policy.clone(),
                when: self.surroundings.seconds(),
                reporter: self.reporter,
                shelf: &shelf,
                cancelled: &cancelled,
            };
            let result = tokio::select! {
                result = pipeline(&world) => result,
                () = interrupt.wait() => Err(PipelineError::Interrupted),
            };
            // Whatever fails while everything is being stopped, the interruption is why.
            if interrupt.happened() { result.map_err(|_| PipelineError::Interrupted) } else { result }
        });
        // The model may still compute for a moment; nothing waits for it.
        runtime.shutdown_background();
        let _ = std::fs::remove_dir_all(work);
        Ok(result)
    }

    /// What an earlier run laid out for a yes is in place: the tree that waited goes.
    pub(super) fn forget_waiting(&self, resumed: Option<&str>) {
        let found = resumed.and_then(|run| self.tools.ledger.show(run).ok());
        if let Some(record) = found {
            let _ = std::fs::remove_dir_all(workshop::waiting_directory(self.surroundings, &record.run));
        }
    }

    /// The proposer that asks the model wished for.
    pub(super) fn proposer(
        &self,
        wish: &provision::Wish<'_>,
        world: &World<'_>,
    ) -> Result<ModelProposer, Failure> {
        let model = provision::model(wish, self.surroundings, self.reporter, world.cancelled)?;
        Ok(provision::proposer(model, wish.settings))
    }

    /// Tells the end. A person reads a failure whole on stderr; a program learns from its last line what went wrong.
    pub(super) fn end(
        &self,
        code: ExitCode,
        message: String,
        failure: Option<Failure>,
    ) -> Result<ExitCode, Failure> {
        let told = failure.is_none() || self.common.message_format == MessageFormat::Json;
        self.reporter.report(&Event::RunFinished {
            run: self.run.run().to_string(),
            exit_code: code.number(),
            message: if told { message } else { String::new() },
        });
        failure.map_or(Ok(code), Err)
    }
}
