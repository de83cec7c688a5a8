//! `cargo gryph add`: a fragment, or what a sentence asks for, goes into the specification that a project keeps.

use std::path::{Path, PathBuf};

use clap::Args;

use super::addition;
use super::agree::Matter;
use super::args::{Common, Drafting, New, seconds};
use super::exit_code::ExitCode;
use super::failure::Failure;
use super::plan::{read_text, refused};
use super::provision::Wish;
use super::surroundings::Surroundings;
use super::update::{self, Source};
use super::wanted::{Desk, Wanted, intent_failure, wanted};
use super::workshop;
use crate::diff;
use crate::intent;
use crate::spec::{self, KEPT, Spec};
use crate::tree::{Tree, TreePath};

/// `add`.
#[derive(Args, Debug)]
pub struct Add {
    /// What is added: a file with tables of a specification, or a sentence
    #[arg(value_name = "SPEC|SENTENCE")]
    pub fragment: PathBuf,
    /// The project, which has a `gryph.toml`, or any other Cargo workspace; the current directory when absent
    #[arg(long, value_name = "DIR", default_value = ".")]
    pub path: PathBuf,
    /// The package that it is added to, in a workspace that `new` did not make
    #[arg(long, short, value_name = "NAME")]
    pub package: Option<String>,
    /// How a sentence becomes a specification.
    #[command(flatten)]
    pub drafting: Drafting,
    /// The model that is asked what a sentence leaves open
    #[arg(long, value_name = "ID", env = "GRYPH_MODEL")]
    pub model: Option<String>,
    /// Samples in a round
    #[arg(long, value_name = "N")]
    pub samples: Option<u32>,
    /// Seconds for one function, such as `180` or `180s`
    #[arg(long, value_name = "TIME", value_parser = seconds)]
    pub max_time: Option<u64>,
    /// The key that signs what is said about the commit; a file that `cargo gryph key new` wrote
    #[arg(long, value_name = "FILE", env = "GRYPH_KEY_FILE")]
    pub key: Option<PathBuf>,
    /// Take the model's answers from a recording
    #[arg(long, value_name = "FILE")]
    pub replay: Option<PathBuf>,
    /// Show what would change in `gryph.toml`, or in the package with its new functions open; write nothing
    #[arg(long)]
    pub dry_run: bool,
}

/// Adds to a project.
pub(super) fn add(
    arguments: &Add,
    common: &Common,
    surroundings: &Surroundings,
) -> Result<ExitCode, Failure> {
    if addition::is_of_others(arguments, surroundings)? {
        return addition::run(arguments, common, surroundings);
    }
    let (text, spec) = kept(&arguments.path, surroundings)?;
    let model = arguments.model.iter().map(|model| ("model".to_owned(), model.clone())).collect();
    let settings = workshop::settings(surroundings, model)?;
    let wish = Wish::of_draft(&settings, arguments.replay.as_deref(), common, surroundings);
    let desk = Desk { drafting: &arguments.drafting, common, surroundings, wish: &wish, seed: 0 };
    let (merged, is_of_model) = match wanted(&arguments.fragment, surroundings) {
        Wanted::File(path) => {
            let fragment = read_text(&surroundings.resolve(path), path)?;
            (merge(&text, &fragment, &path.display().to_string())?, false)
        }
        Wanted::Sentence(sentence) => {
            let mut draft = intent::addition(sentence, &text, &spec).map_err(intent_failure)?;
            desk.complete(&mut draft)?;
            desk.tell(&draft);
            let fragment = draft.text().map_err(intent_failure)?;
            (merge(&text, &fragment, intent::DRAFT)?, draft.has_examples_of_a_model())
        }
    };
    let shown = |merged: &str| difference(&text, merged);
    let check = |merged: &str| spec::parse(merged, KEPT).map(drop);
    if arguments.dry_run {
        desk.print(&shown(&merged), &merged);
        return Ok(ExitCode::Done);
    }
    let agreed = desk.agreed(Matter { text: merged, is_of_model, shown: &shown, check: &check })?;
    let source = Source { text: agreed, shown: KEPT.to_owned() };
    update::apply(&source, &arguments.update(), common, surroundings)
}

impl Add {
    /// What `new --update` is asked, for what follows once the specification is agreed on.
    pub(super) fn update(&self) -> New {
        New {
            path: Some(self.path.clone()),
            update: true,
            model: self.model.clone(),
            samples: self.samples,
            max_time: self.max_time,
            replay: self.replay.clone(),
            key: self.key.clone(),
            ..New::default()
        }
    }
}

/// The specification that a project keeps.
fn kept(project: &Path, surroundings: &Surroundings) -> Result<(String, Spec), Failure> {
    let shown = project.join(KEPT);
    let file = surroundings.resolve(&shown);
    if !file.exists() {
        let message = format!("there is no `{}`, so there is no specification to add to", shown.display());
        return Err(Failure::message(ExitCode::Usage, message)
            .hint("`--path DIR` names a project that `cargo gryph new` made, or another Cargo workspace"));
    }
    let text = read_text(&file, &shown)?;
    let spec = spec::parse(&text, &shown.display().to_string());
    let spec = spec.map_err(|problems| refused(&problems, &shown.display().to_string()))?;
    Ok((text, spec))
}

/// The merged text, checked as a whole.
fn merge(text: &str, fragment: &str, file: &str) -> Result<String, Failure> {
    let merged = spec::merge(text, fragment, file).map_err(|problems| refused(&problems, file))?;
    let merged_name = format!("{KEPT} with {file}");
    spec::parse(&merged, &merged_name).map_err(|problems| {
        refused(&spec::told_at_origin(problems, &merged, text, fragment, file), &merged_name)
    })?;
    Ok(merged)
}

/// The change of the specification in the form of `diff -u`.
fn difference(before: &str, after: &str) -> String {
    let tree = |text: &str| {
        let mut tree = Tree::new();
        if let Ok(path) = TreePath::new(KEPT) {
            tree.insert(path, text);
        }
        tree
    };
    diff::unified(&tree(before), &tree(after))
}
