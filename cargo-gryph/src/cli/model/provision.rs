//! Models and the runtime library for every verb that needs them: settings become a cache, errors become failures.

use std::cell::RefCell;
use std::path::{Path, PathBuf};
use std::time::{Duration, Instant};

use gryph_onnx::decoder::{self, DecoderOptions};
use gryph_onnx::runtime::{self, Runtime};

use super::Context;
use crate::cli::exit_code::ExitCode;
use crate::cli::failure::Failure;
use crate::event::Event;
use crate::model::local::LocalModel;
use crate::model::manifest::{Manifest, RUNTIME, Role};
use crate::model::runtime::{RuntimeSearch, system_directories};
use crate::model::source::{Access, registry_environment};
use crate::model::store::{Network, ProvisionError, State, Store};
use crate::model::transfer::{Observer, Transfer};
use crate::process::Watchdog;

/// The public model hub; `GRYPH_HUB` or `HF_ENDPOINT` name a mirror.
const HUB: &str = "https://huggingface.co";
/// How often progress is reported.
const REPORT: Duration = Duration::from_millis(100);

/// The cache and how it is filled.
pub(crate) struct Provisioning<'a> {
    pub(crate) store: Store,
    pub(crate) network: Network,
    pub(crate) search: RuntimeSearch,
    context: &'a Context<'a>,
}

impl<'a> Provisioning<'a> {
    /// As the flags and the environment want it.
    pub(crate) fn new(context: &'a Context<'a>) -> Self {
        let surroundings = context.surroundings;
        let given = surroundings.variable("ORT_DYLIB_PATH").filter(|path| !path.is_empty());
        Self {
            store: Store::open(&surroundings.home),
            network: network(context),
            search: RuntimeSearch {
                given: given.map(|path| surroundings.resolve(Path::new(path))),
                system: system_directories(),
            },
            context,
        }
    }

    /// The directory of a model that can be opened, fetched and imported if need be.
    pub(crate) fn model(&self, manifest: &Manifest) -> Result<PathBuf, Failure> {
        self.observed(|observer| self.store.ensure(manifest, &self.network, observer)).map_err(failure)
    }

    /// The loaded runtime library, fetched if need be. A system's library that does not load is passed over.
    pub(crate) fn runtime(&self) -> Result<Runtime, Failure> {
        let library = self.library(&self.search)?;
        let ours = RuntimeSearch { system: Vec::new(), ..self.search.clone() };
        let loaded = match runtime::init(&library) {
            Err(error) if self.search.given.is_none() && !library.starts_with(self.store.home()) => {
                tracing::info!(%error, "the system's ONNX Runtime cannot be used");
                runtime::init(&self.library(&ours)?)
            }
            loaded => loaded,
        };
        loaded.map_err(|error| Failure::new(ExitCode::Missing, error))
    }

    /// The cache's own library, fetched if need be, whatever else this machine has.
    pub(crate) fn cached_library(&self) -> Result<PathBuf, Failure> {
        self.library(&RuntimeSearch::default())
    }

    /// What the cache holds of a model or of the runtime.
    pub(crate) fn state(&self, manifest: &Manifest) -> Result<State, Failure> {
        if manifest.role != Role::Runtime {
            return Ok(self.store.state(manifest));
        }
        let cached =
            self.observed(|observer| self.store.cached_runtime(manifest, observer)).map_err(failure)?;
        Ok(cached.map_or(State::Absent, |_| State::Ready))
    }

    /// A model that answers, on the CPU.
    pub(crate) fn open(&self, manifest: &Manifest, threads: usize) -> Result<LocalModel, Failure> {
        self.open_with(manifest, DecoderOptions { device: decoder::Device::Cpu, threads, context: 0 })
    }

    /// A model that answers, on the device that is asked for if it works, else on the CPU.
    pub(crate) fn open_with(
        &self,
        manifest: &Manifest,
        options: DecoderOptions,
    ) -> Result<LocalModel, Failure> {
        if manifest.role != Role::Generate {
            return Err(Failure::message(ExitCode::Usage, format!("`{}` does not write text", manifest.id)));
        }
        let directory = self.model(manifest)?;
        let runtime = self.runtime()?;
        LocalModel::open(&runtime, &directory, manifest, options)
            .map_err(|error| Failure::new(ExitCode::CouldNotFindOut, error))
    }

    fn library(&self, search: &RuntimeSearch) -> Result<PathBuf, Failure> {
        let manifest = manifest(RUNTIME)?;
        let ensure =
            |observer: &Observer<'_>| self.store.ensure_runtime(&manifest, search, &self.network, observer);
        self.observed(ensure).map_err(failure)
    }

    /// Runs `work` with an observer that reports, not too often, and stops when Ctrl-C is pressed.
    pub(crate) fn observed<T>(&self, work: impl FnOnce(&Observer<'_>) -> T) -> T {
        let last: RefCell<Option<(String, Instant)>> = RefCell::new(None);
        let progress = |transfer: Transfer| {
            let mut last = last.borrow_mut();
            let ended = transfer.total == Some(transfer.done);
            let recent = |(what, at): &(String, Instant)| *what == transfer.what && at.elapsed() < REPORT;
            if ended || !last.as_ref().is_some_and(recent) {
                *last = Some((transfer.what.clone(), Instant::now()));
                let Transfer { what, done, total } = transfer;
                self.context.reporter.report(&Event::Transfer { what, done, total });
            }
        };
        let cancelled = || (self.context.cancelled)();
        work(&Observer { progress: &progress, cancelled: &cancelled })
    }
}

fn network(context: &Context<'_>) -> Network {
    if context.offline {
        return Network::Offline;
    }
    let surroundings = context.surroundings;
    let hub = surroundings.variable("GRYPH_HUB").or_else(|| surroundings.variable("HF_ENDPOINT"));
    let variables = surroundings.environment.iter().map(|(name, value)| (name.into(), value.into()));
    // Without the companion a `kill -9` of this process leaves a package client to end by itself.
    let watchdog = Watchdog::start(&surroundings.launcher)
        .inspect_err(|error| tracing::warn!(%error, "no watchdog for package clients"));
    Network::Online(Access {
        environment: registry_environment(variables),
        hub: hub.unwrap_or(HUB).trim_end_matches('/').to_owned(),
        watchdog: watchdog.ok(),
    })
}

/// The shipped manifest with this id.
pub(crate) fn manifest(id: &str) -> Result<Manifest, Failure> {
    let manifests = Manifest::embedded().map_err(|error| Failure::new(ExitCode::Internal, error))?;
    let known: Vec<String> = manifests.iter().map(|manifest| manifest.id.clone()).collect();
    manifests.into_iter().find(|manifest| manifest.id == id).ok_or_else(|| {
        Failure::message(ExitCode::Usage, format!("no model `{id}`"))
            .hint(format!("there are {}", known.join(", ")))
    })
}

/// What a model that cannot be had means for the command.
pub(crate) fn failure(error: ProvisionError) -> Failure {
    let code = match &error {
        ProvisionError::Cancelled => ExitCode::Interrupted,
        ProvisionError::WrongFile { .. } => ExitCode::Usage,
        ProvisionError::Import { .. } | ProvisionError::Disk { .. } => ExitCode::CouldNotFindOut,
        ProvisionError::Offline { .. }
        | ProvisionError::NoSource { .. }
        | ProvisionError::GivenLibrary(_)
        | ProvisionError::Platform(_) => ExitCode::Missing,
    };
    let hint = error.hint();
    let failure = Failure::new(code, error);
    match hint {
        Some(hint) => failure.hint(hint),
        None => failure,
    }
}
