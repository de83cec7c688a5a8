//! `cargo gryph search`: code by words and by meaning, from the workspace and the crates it is locked to.

use std::io::Write as _;
use std::path::PathBuf;

use clap::{Args, ValueEnum};
use gryph_index::{Hit, Kind, Query, Reason};
use serde_json::json;

use super::args::Common;
use super::console::{MessageFormat, Talk, reporter, visible};
use super::exit_code::ExitCode;
use super::failure::Failure;
use super::index::{Fetch, failure, minilm, root};
use super::model::Context;
use super::surroundings::Surroundings;
use super::workshop;
use crate::retrieve::{Embed, Hashing, Library, directory};

/// `search`.
#[derive(Args, Debug)]
pub struct Search {
    /// What it should do, its name, or a piece of code
    pub query: String,
    /// Only items of this kind; may be given several times
    #[arg(long, value_name = "KIND")]
    pub kind: Vec<KindArgument>,
    /// Only this crate
    #[arg(long = "crate", value_name = "NAME")]
    pub krate: Option<String>,
    /// Only what gives back this type: `Foo` finds `Option<Foo>`
    #[arg(long, value_name = "TYPE")]
    pub returns: Option<String>,
    /// Only what takes this type
    #[arg(long, value_name = "TYPE")]
    pub takes: Option<String>,
    /// How many to print
    #[arg(short = 'n', long, value_name = "N", default_value_t = 10)]
    pub number: usize,
    /// Print one JSON object a line, as `--message-format json`
    #[arg(long)]
    pub json: bool,
    /// Search by words only
    #[arg(long)]
    pub words: bool,
    /// The `Cargo.toml` of the workspace, or of a package in it
    #[arg(long, value_name = "PATH")]
    pub manifest_path: Option<PathBuf>,
}

/// Kinds of items as they are asked for.
#[derive(Clone, Copy, Debug, PartialEq, Eq, ValueEnum)]
pub enum KindArgument {
    /// Functions and methods
    Fn,
    /// Structs, enums and unions
    Struct,
    /// Traits
    Trait,
    /// Implementations
    Impl,
    /// Macros
    Macro,
    /// Constants, statics and type aliases
    Const,
    /// Tests
    Test,
    /// Examples, those of documentation included
    Example,
    /// Sections of pages and documentation of modules
    Doc,
}

impl KindArgument {
    fn kinds(self) -> &'static [Kind] {
        match self {
            Self::Fn => &[Kind::Function, Kind::Method],
            Self::Struct => &[Kind::Struct, Kind::Enum, Kind::Union],
            Self::Trait => &[Kind::Trait],
            Self::Impl => &[Kind::Impl],
            Self::Macro => &[Kind::Macro],
            Self::Const => &[Kind::Constant, Kind::Alias],
            Self::Test => &[Kind::Test],
            Self::Example => &[Kind::Example],
            Self::Doc => &[Kind::Document, Kind::Module],
        }
    }
}

/// Prints what is found, best first.
pub(super) fn search(
    arguments: &Search,
    common: &Common,
    surroundings: &Surroundings,
) -> Result<ExitCode, Failure> {
    let start = arguments.manifest_path.as_ref();
    let start = start.map_or_else(|| surroundings.directory.clone(), |path| surroundings.resolve(path));
    let library = Library::open(&directory(&surroundings.home), &root(&start)?).map_err(failure)?;
    let query = Query {
        kinds: arguments.kind.iter().flat_map(|kind| kind.kinds()).copied().collect(),
        krate: arguments.krate.as_ref().map(|name| name.replace('-', "_")),
        returns: arguments.returns.clone(),
        takes: arguments.takes.clone(),
        ..Query::of(&arguments.query, arguments.number)
    };
    let mut embed =
        if arguments.words { None } else { embedder(&library, &query.text, common, surroundings)? };
    let embed = embed.as_mut().map(|embed| embed.as_mut() as &mut dyn Embed);
    let asked = match arguments.words {
        true => library.ask_by_words(&query),
        false => library.ask(&query, embed),
    };
    let asked = asked.map_err(failure)?;
    let is_json = arguments.json || common.message_format == MessageFormat::Json;
    let mut out = std::io::stdout().lock();
    for hit in &asked.hits {
        let _ = if is_json { writeln!(out, "{}", object(hit)) } else { write!(out, "{}", shown(hit)) };
    }
    if asked.hits.is_empty() && !common.quiet {
        let _ = writeln!(std::io::stderr().lock(), "nothing was found");
    }
    if asked.by.is_none() && !arguments.words && !common.quiet {
        let _ =
            writeln!(std::io::stderr().lock(), "note: by words only; `cargo gryph index` makes vectors too");
    }
    Ok(ExitCode::Done)
}

/// What made the index's vectors, where the query's vector is not remembered and its maker is at hand.
fn embedder(
    library: &Library,
    text: &str,
    common: &Common,
    surroundings: &Surroundings,
) -> Result<Option<Box<dyn Embed>>, Failure> {
    let Some(name) = library.embedder() else { return Ok(None) };
    if library.remembered(text).is_some() {
        return Ok(None);
    }
    if name == Hashing.name() {
        return Ok(Some(Box::new(Hashing)));
    }
    let settings = workshop::settings(surroundings, std::collections::BTreeMap::new())?;
    let reporter = reporter(Talk { format: common.message_format, quiet: common.quiet });
    let context = Context {
        surroundings,
        reporter: reporter.as_ref(),
        cancelled: &|| false,
        offline: true,
        format: MessageFormat::Human,
        default_model: &settings.model.value,
    };
    Ok(minilm(&context, 1, Fetch::Never).ok().map(|model| Box::new(model) as Box<dyn Embed>))
}

fn object(hit: &Hit) -> serde_json::Value {
    json!({
        "reason": "hit",
        "path": hit.item.path,
        "kind": hit.item.kind,
        "signature": hit.item.signature,
        "summary": hit.item.summary(),
        "crate": hit.unit.name,
        "version": hit.unit.version,
        "file": hit.file,
        "lines": hit.item.lines,
        "public": hit.item.public,
        "cfg": hit.item.cfg,
        "score": hit.score,
        "why": hit.reasons,
    })
}

/// An item in three lines: where it is, what it is, why it was found.
fn shown(hit: &Hit) -> String {
    let item = &hit.item;
    let version = if hit.unit.version.is_empty() { String::new() } else { format!(" {}", hit.unit.version) };
    let place = format!("{}{version} {}:{}", hit.unit.name, hit.file, item.lines.first);
    let head = if item.signature.is_empty() { String::new() } else { format!("    {}\n", item.signature) };
    let summary = item.summary();
    let summary = if summary.is_empty() { String::new() } else { format!("    {summary}\n") };
    let why: Vec<String> = hit.reasons.iter().map(reason).collect();
    visible(&format!("{} ({place})\n{head}{summary}    {:.4}: {}\n", item.path, hit.score, why.join("; ")))
}

fn reason(reason: &Reason) -> String {
    match reason {
        Reason::Words { field, words } => {
            let field = serde_json::to_value(field).ok();
            let field = field.as_ref().and_then(|field| field.as_str()).unwrap_or("text").to_owned();
            format!("{field} has {}", words.join(", "))
        }
        Reason::ByWords(place) => format!("{place}. by words"),
        Reason::ByMeaning { place, similarity } => format!("{place}. by meaning ({similarity:.2})"),
        Reason::Public => "public".to_owned(),
        Reason::Home => "of the same crate".to_owned(),
        Reason::ExactType => "just this type".to_owned(),
    }
}
