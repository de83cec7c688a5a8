//! What a commit of a run says about itself.

use crate::commit::CommitMessage;
use crate::digest::Digest;
use crate::ledger::RunId;
use crate::model::text::ModelIdentity;

use super::{PipelineError, Yes};

/// A message but for what only the run knows.
pub(super) struct Words<'a> {
    /// The title.
    pub(super) title: String,
    /// What was done and what holds of it.
    pub(super) body: String,
    /// Who wrote it: a model, a way to search, or `no model`.
    pub(super) by: &'a str,
    /// The person who said yes to it.
    pub(super) yes: Option<&'a Yes>,
}

impl Words<'_> {
    /// The message of a run's commit, with the digest of what is said about its files.
    pub(super) fn message(
        &self,
        run: &RunId,
        attestation: Option<Digest>,
    ) -> Result<CommitMessage, PipelineError> {
        let assisted = format!("cargo-gryph {} ({})", env!("CARGO_PKG_VERSION"), self.by);
        let attestation = attestation.map(|digest| digest.to_string());
        let mut trailers = vec![("Assisted-by", assisted.as_str()), ("Gryph-Run", run.as_str())];
        trailers.extend(attestation.as_deref().map(|digest| ("Gryph-Attestation", digest)));
        trailers.extend(self.yes.map(|yes| ("Approved-by", yes.by.as_str())));
        Ok(CommitMessage::new(&self.title, &self.body, &trailers)?)
    }
}

/// Who wrote what a model was asked for, if one was.
pub(super) fn author(model: Option<&ModelIdentity>) -> &str {
    model.map_or("no model", |model| &model.id)
}
