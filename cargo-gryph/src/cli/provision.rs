//! Gets the model a run asks for: from a recording, or from the cache and its sources.

use std::path::PathBuf;

use gryph_onnx::decoder::{DecoderOptions, Device};

use super::exit_code::ExitCode;
use super::failure::Failure;
use super::surroundings::Surroundings;
use super::workshop::threads;
use crate::config::Settings;
use crate::event::{Event, Reporter};
use crate::model::local::LocalModel;
use crate::model::manifest::Manifest;
use crate::model::replay::{Recorder, Replay, ReplayError};
use crate::model::runtime::{RuntimeSearch, system_directories};
use crate::model::source::{Access, registry_environment};
use crate::model::store::{self, Network, ProvisionError, Store};
use crate::model::text::TextModel;
use crate::model::transfer::{Observer, Transfer};
use crate::propose::model::{ModelProposer, Sampling};
use crate::propose::proposer::ProposeError;
use crate::sandbox::start_watchdog;

/// The hub asked when nothing else is configured.
const HUB: &str = "https://huggingface.co";
/// The context a decoder is opened with, in tokens: prompts of holes are far smaller than what models allow.
const CONTEXT: usize = 4096;

/// What is asked for.
pub(super) struct Wish<'a> {
    /// The settings.
    pub(super) settings: &'a Settings,
    /// Whether the network is off limits.
    pub(super) offline: bool,
    /// Whether a CPU will not do.
    pub(super) require_gpu: bool,
    /// The recording to answer from.
    pub(super) replay: Option<PathBuf>,
    /// Where to write answers.
    pub(super) record: Option<PathBuf>,
}

/// The proposer that asks the model wished for.
pub(super) fn proposer(
    wish: &Wish<'_>,
    surroundings: &Surroundings,
    reporter: &dyn Reporter,
    cancelled: &dyn Fn() -> bool,
) -> Result<ModelProposer, Failure> {
    let manifest = manifest(&wish.settings.model.value)?;
    let model: Box<dyn TextModel> = match &wish.replay {
        Some(path) => {
            let replay = Replay::open(path, Some((&manifest.id, manifest.weights())));
            Box::new(replay.map_err(replay_failure)?)
        }
        None => Box::new(local(wish, &manifest, surroundings, reporter, cancelled)?),
    };
    let model: Box<dyn TextModel> = match &wish.record {
        Some(path) => Box::new(Recorder::create(model, path).map_err(replay_failure)?),
        None => model,
    };
    let settings = wish.settings;
    let sampling = Sampling {
        samples: usize::try_from(settings.samples.value).unwrap_or(usize::MAX),
        max_tokens: usize::try_from(settings.max_tokens.value).unwrap_or(usize::MAX),
        ..Sampling::default()
    };
    Ok(ModelProposer::new(model, sampling))
}

/// The manifest of a model that writes.
pub(super) fn manifest(id: &str) -> Result<Manifest, Failure> {
    let found = Manifest::find(id).map_err(|error| Failure::new(ExitCode::Internal, error))?;
    found.ok_or_else(|| {
        Failure::message(ExitCode::Usage, format!("no model is called `{id}`"))
            .hint("`cargo gryph model list` names them")
    })
}

fn local(
    wish: &Wish<'_>,
    manifest: &Manifest,
    surroundings: &Surroundings,
    reporter: &dyn Reporter,
    cancelled: &dyn Fn() -> bool,
) -> Result<LocalModel, Failure> {
    let progress = |transfer: Transfer| {
        let Transfer { what, done, total } = transfer;
        reporter.report(&Event::Transfer { what, done, total });
    };
    let observer = Observer { progress: &progress, cancelled };
    let network = network(wish.offline, surroundings);
    let device = if wish.require_gpu { store::Device::Gpu } else { store::Device::Cpu };
    let store = Store::open(&surroundings.home).for_device(device);
    let search = RuntimeSearch {
        given: surroundings.variable("ORT_DYLIB_PATH").map(PathBuf::from),
        system: system_directories(),
    };
    let library = store.ensure_runtime(&self::manifest("onnxruntime")?, &search, &network, &observer);
    let library = library.map_err(provision_failure)?;
    let runtime = gryph_onnx::runtime::init(&library).map_err(|error| {
        Failure::new(ExitCode::Missing, error)
            .hint("unset ORT_DYLIB_PATH to let cargo gryph fetch a fitting ONNX Runtime")
    })?;
    let directory = store.ensure(manifest, &network, &observer).map_err(provision_failure)?;
    let device = if wish.require_gpu { Device::Cuda } else { Device::Cpu };
    let options = DecoderOptions { device, threads: threads(wish.settings), context: CONTEXT };
    let model = LocalModel::open(&runtime, &directory, manifest, options)
        .map_err(|error| Failure::new(ExitCode::CouldNotFindOut, error))?;
    match model.refusal() {
        Some(reason) if wish.require_gpu => {
            let message = format!("--require-gpu: the model cannot run on a GPU here: {reason}");
            Err(Failure::message(ExitCode::Missing, message)
                .hint("leave --require-gpu out to run on the CPU"))
        }
        _ => Ok(model),
    }
}

/// How sources are reached.
pub(super) fn network(offline: bool, surroundings: &Surroundings) -> Network {
    if offline {
        return Network::Offline;
    }
    let all = surroundings.environment.iter().map(|(name, value)| (name.into(), value.into()));
    let hub = surroundings.variable("GRYPH_HUB").unwrap_or(HUB).trim_end_matches('/').to_owned();
    let watchdog = start_watchdog(&surroundings.launcher).ok();
    Network::Online(Access { environment: registry_environment(all), hub, watchdog })
}

/// A model or library that cannot be had.
pub(super) fn provision_failure(error: ProvisionError) -> Failure {
    let code = match error {
        ProvisionError::Cancelled => ExitCode::Interrupted,
        _ => ExitCode::Missing,
    };
    Failure::new(code, error)
}

/// A model that gave no answer: a recording that does not fit is exit 107.
pub(super) fn propose_failure(error: ProposeError) -> Failure {
    let diverged = std::iter::successors(std::error::Error::source(&error), |cause| cause.source())
        .any(|cause| cause.downcast_ref::<ReplayError>().is_some());
    if diverged {
        return Failure::new(ExitCode::Diverged, error).hint("record again with --record");
    }
    Failure::new(ExitCode::CouldNotFindOut, error)
}

fn replay_failure(error: ReplayError) -> Failure {
    let code = match error {
        ReplayError::File { .. } => ExitCode::Usage,
        _ => ExitCode::Diverged,
    };
    Failure::new(code, error)
}
