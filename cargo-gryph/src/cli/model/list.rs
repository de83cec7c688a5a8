//! `cargo gryph model list`.

use std::io::Write;

use serde_json::json;

use super::provision::Provisioning;
use super::{Context, unwritable};
use crate::cli::console::{MessageFormat, table};
use crate::cli::exit_code::ExitCode;
use crate::cli::failure::Failure;
use crate::model::manifest::{Manifest, Role};
use crate::model::store::State;

/// Prints the models, by id.
pub(super) fn list(context: &Context<'_>, output: &mut dyn Write) -> Result<ExitCode, Failure> {
    let manifests = Manifest::embedded().map_err(|error| Failure::new(ExitCode::Internal, error))?;
    let provisioning = Provisioning::new(context);
    let mut entries = Vec::new();
    for manifest in &manifests {
        let state = provisioning.state(manifest)?;
        let bytes = manifest.bytes(provisioning.store.platform());
        entries.push(Entry { manifest, state, bytes, default: manifest.id == context.default_model });
    }
    let text = if context.format == MessageFormat::Json {
        entries.iter().map(Entry::json).collect()
    } else {
        human(&entries)
    };
    output.write_all(text.as_bytes()).map_err(unwritable)?;
    Ok(ExitCode::Done)
}

struct Entry<'a> {
    manifest: &'a Manifest,
    state: State,
    bytes: u64,
    default: bool,
}

fn human(entries: &[Entry<'_>]) -> String {
    let rows: Vec<Vec<String>> = entries.iter().map(Entry::row).collect();
    table(&["model", "role", "megabytes", "licence", "state", "default"], &rows)
}

impl Entry<'_> {
    fn row(&self) -> Vec<String> {
        vec![
            self.manifest.id.clone(),
            role(self.manifest.role).to_owned(),
            self.bytes.div_ceil(1_000_000).to_string(),
            self.manifest.licence.clone(),
            state(self.state).to_owned(),
            if self.default { "*".to_owned() } else { String::new() },
        ]
    }

    fn json(&self) -> String {
        let object = json!({
            "reason": "model",
            "id": self.manifest.id,
            "role": role(self.manifest.role),
            "architecture": self.manifest.architecture,
            "licence": self.manifest.licence,
            "context": self.manifest.context,
            "bytes": self.bytes,
            "state": state(self.state),
            "default": self.default,
        });
        format!("{object}\n")
    }
}

fn role(role: Role) -> &'static str {
    match role {
        Role::Generate => "generate",
        Role::Embed => "embed",
        Role::Runtime => "runtime",
    }
}

fn state(state: State) -> &'static str {
    match state {
        State::Absent => "absent",
        State::Downloaded => "downloaded",
        State::Ready => "ready",
        State::Damaged => "damaged",
    }
}
