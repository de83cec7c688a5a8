//! The shelf of a run: the index of this machine, and the model for vectors where it is in the cache.

use super::console::{MessageFormat, Talk, reporter};
use super::index::{Fetch, minilm};
use super::model::Context;
use super::surroundings::Surroundings;
use super::workshop;
use crate::config::Settings;
use crate::retrieve::{Embed, Shelf, Stock, directory};

/// The shelf that the settings ask for; nothing of it is read yet.
pub(super) fn shelf(surroundings: &Surroundings, settings: &Settings) -> Shelf {
    if !settings.retrieval.value {
        return Shelf::empty();
    }
    let jobs = workshop::jobs(settings);
    let (around, default_model) = (surroundings.clone(), settings.model.value.clone());
    let embed = move || {
        let silent = reporter(Talk { format: MessageFormat::Human, quiet: true });
        let context = Context {
            surroundings: &around,
            reporter: silent.as_ref(),
            cancelled: &|| false,
            offline: true,
            format: MessageFormat::Human,
            default_model: &default_model,
        };
        let model = minilm(&context, jobs, Fetch::Never).ok()?;
        Some(Box::new(model) as Box<dyn Embed + Send>)
    };
    Shelf::new(Stock { dir: directory(&surroundings.home), embed: Box::new(embed), jobs })
}
