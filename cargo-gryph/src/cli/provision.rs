//! Gets the model a run asks for: from a recording, or from the cache and its sources.

use std::path::{Path, PathBuf};

use gryph_onnx::decoder::{DecoderOptions, Device};

use super::args::Common;
use super::console::MessageFormat;
use super::exit_code::ExitCode;
use super::failure::Failure;
use super::model::Context;
use super::model::provision::{Provisioning, manifest};
use super::surroundings::Surroundings;
use super::workshop::{self, threads};
use crate::config::Settings;
use crate::event::Reporter;
use crate::model::local::LocalModel;
use crate::model::manifest::Manifest;
use crate::model::replay::{Recorder, Replay, ReplayError};
use crate::model::store::{self, Store};
use crate::model::text::{ModelError, TextModel};
use crate::propose::model::{ModelProposer, Sampling};
use crate::propose::proposer::ProposeError;

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

impl<'a> Wish<'a> {
    /// What the draft of a specification is asked of: any device, and nothing is recorded.
    pub(super) fn of_draft(
        settings: &'a Settings,
        replay: Option<&Path>,
        common: &Common,
        surroundings: &Surroundings,
    ) -> Self {
        let offline = workshop::offline(settings, common);
        let replay = replay.map(|path| surroundings.resolve(path));
        Self { settings, offline, require_gpu: false, replay, record: None }
    }

    /// Refuses a wish that cannot be met however long one works: an unknown model, a recording of another one.
    pub(super) fn check(&self) -> Result<(), Failure> {
        let manifest = manifest(&self.settings.model.value)?;
        self.replay.as_deref().map_or(Ok(()), |path| replay(path, &manifest).map(drop))
    }

    /// Whether the model can answer without anything being fetched first.
    pub(super) fn is_at_hand(&self, surroundings: &Surroundings) -> Result<bool, Failure> {
        let manifest = manifest(&self.settings.model.value)?;
        Ok(self.replay.is_some() || Store::open(&surroundings.home).ready(&manifest).is_some())
    }
}

/// The model wished for, whose answers are written down if that is wished.
pub(super) fn model(
    wish: &Wish<'_>,
    surroundings: &Surroundings,
    reporter: &dyn Reporter,
    cancelled: &dyn Fn() -> bool,
) -> Result<Box<dyn TextModel>, Failure> {
    let manifest = manifest(&wish.settings.model.value)?;
    let model: Box<dyn TextModel> = match &wish.replay {
        Some(path) => Box::new(replay(path, &manifest)?),
        None => Box::new(local(wish, &manifest, surroundings, reporter, cancelled)?),
    };
    Ok(match &wish.record {
        Some(path) => Box::new(Recorder::create(model, path).map_err(replay_failure)?),
        None => model,
    })
}

/// The proposer that asks a model.
pub(super) fn proposer(model: Box<dyn TextModel>, settings: &Settings) -> ModelProposer {
    let sampling = Sampling {
        samples: usize::try_from(settings.samples.value).unwrap_or(usize::MAX),
        max_tokens: usize::try_from(settings.max_tokens.value).unwrap_or(usize::MAX),
        ..Sampling::default()
    };
    ModelProposer::new(model, sampling)
}

fn local(
    wish: &Wish<'_>,
    manifest: &Manifest,
    surroundings: &Surroundings,
    reporter: &dyn Reporter,
    cancelled: &dyn Fn() -> bool,
) -> Result<LocalModel, Failure> {
    let (offline, format) = (wish.offline, MessageFormat::Human);
    let default_model = &wish.settings.model.value;
    let context = Context { surroundings, reporter, cancelled, offline, format, default_model };
    let mut provisioning = Provisioning::new(&context);
    let mut device = Device::Cpu;
    if wish.require_gpu {
        provisioning.store = provisioning.store.for_device(store::Device::Gpu);
        device = Device::Cuda;
    }
    let options = DecoderOptions { device, threads: threads(wish.settings), context: CONTEXT };
    let model = provisioning.open_with(manifest, options)?;
    match model.refusal() {
        Some(reason) if wish.require_gpu => {
            let message = format!("--require-gpu: the model cannot run on a GPU here: {reason}");
            Err(Failure::message(ExitCode::Missing, message)
                .hint("leave --require-gpu out to run on the CPU"))
        }
        _ => Ok(model),
    }
}

/// A model that gave no answer: a recording that does not fit is exit 107.
pub(super) fn propose_failure(error: ProposeError) -> Failure {
    let ProposeError::Model { source, .. } = &error;
    let diverged = matches!(**source, ModelError::Replay(_));
    no_answer(diverged, error)
}

/// The same for a question about a draft.
pub(super) fn question_failure(error: ModelError) -> Failure {
    no_answer(matches!(error, ModelError::Replay(_)), error)
}

fn no_answer(diverged: bool, error: impl Into<anyhow::Error>) -> Failure {
    if diverged {
        return Failure::new(ExitCode::Diverged, error).hint("record again with --record");
    }
    Failure::new(ExitCode::CouldNotFindOut, error)
}

fn replay(path: &Path, manifest: &Manifest) -> Result<Replay, Failure> {
    Replay::open(path, Some((&manifest.id, manifest.weights()))).map_err(replay_failure)
}

fn replay_failure(error: ReplayError) -> Failure {
    let code = match error {
        ReplayError::File { .. } => ExitCode::Usage,
        _ => ExitCode::Diverged,
    };
    Failure::new(code, error)
}
