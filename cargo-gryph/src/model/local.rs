//! The local model: a prompt in its chat template, run by the ONNX decoder.

use std::path::Path;

use gryph_onnx::decoder::{self, DecodeError, Decoder, DecoderOptions, Device};
use gryph_onnx::runtime::Runtime;
use gryph_onnx::sampler;

use crate::model::chat::ChatTemplate;
use crate::model::manifest::{FimTokens, Manifest};
use crate::model::text::{
    Completion, CompletionBatch, CompletionRequest, Finish, ModelError, ModelIdentity, TextModel,
};

/// A model on this machine.
pub struct LocalModel {
    identity: ModelIdentity,
    template: ChatTemplate,
    infill: Option<FimTokens>,
    decoder: Decoder,
}

impl LocalModel {
    /// Opens the model that was imported to `dir`.
    ///
    /// # Errors
    /// When the manifest names no known chat template or the decoder cannot open the directory.
    pub fn open(
        runtime: &Runtime,
        dir: &Path,
        manifest: &Manifest,
        options: DecoderOptions,
    ) -> Result<Self, ModelError> {
        let template = manifest.chat.as_ref().map(|chat| chat.template.as_str());
        let template = ChatTemplate::named(template.unwrap_or_default())?;
        let decoder = Decoder::open(runtime, dir, options).map_err(|error| failure(&manifest.id, error))?;
        let most = decoder.facts().context;
        let context = if options.context == 0 { most } else { options.context.min(most) };
        let device = match decoder.device() {
            Device::Cpu => "cpu",
            Device::Cuda => "cuda",
        };
        let identity = ModelIdentity {
            id: manifest.id.clone(),
            weights: manifest.weights(),
            device: device.to_owned(),
            context,
        };
        Ok(Self { identity, template, infill: manifest.fim.clone(), decoder })
    }

    /// Why the device asked for is not used, if it is not.
    pub fn refusal(&self) -> Option<&str> {
        self.decoder.refusal()
    }
}

impl TextModel for LocalModel {
    fn identity(&self) -> &ModelIdentity {
        &self.identity
    }

    fn complete(
        &mut self,
        request: &CompletionRequest,
        stop: &mut dyn FnMut(usize, &str) -> Option<usize>,
        cancelled: &dyn Fn() -> bool,
    ) -> Result<CompletionBatch, ModelError> {
        let id = &self.identity.id;
        let decoded = decoder::Request {
            prompt: self.template.render(&request.prompt, self.infill.as_ref(), id)?,
            samples: request.seeds.clone(),
            max_tokens: request.max_tokens,
            sampling: sampler::Sampling {
                temperature: request.temperature,
                top_p: request.top_p,
                repetition_penalty: request.repetition_penalty,
            },
        };
        let generation = self.decoder.generate(&decoded, stop, cancelled);
        generation.map(batch).map_err(|error| match error {
            DecodeError::PromptTooLong { prompt, context } => {
                ModelError::PromptTooLong { tokens: prompt, answer: request.max_tokens, context }
            }
            other => failure(id, other),
        })
    }
}

fn failure(model: &str, error: DecodeError) -> ModelError {
    ModelError::Decoder { model: model.to_owned(), source: Box::new(error) }
}

fn batch(generation: decoder::Generation) -> CompletionBatch {
    let completion = |completion: decoder::Completion| Completion {
        text: completion.text,
        tokens: completion.tokens,
        seed: completion.seed,
        finish: match completion.finish {
            decoder::Finish::EndToken => Finish::EndToken,
            decoder::Finish::StopRule => Finish::Stopped,
            decoder::Finish::Length => Finish::Length,
            decoder::Finish::Loop => Finish::Loop,
            decoder::Finish::Cancelled => Finish::Cancelled,
        },
    };
    CompletionBatch {
        prompt_tokens: generation.prompt_tokens,
        elapsed: generation.prefill + generation.decode,
        decode: generation.decode,
        completions: generation.completions.into_iter().map(completion).collect(),
    }
}
