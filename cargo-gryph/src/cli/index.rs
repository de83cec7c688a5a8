//! `cargo gryph index`: what the workspace can build on, read and indexed.

use std::cell::Cell;
use std::collections::BTreeMap;
use std::path::{Path, PathBuf};
use std::time::{Duration, Instant};

use clap::Args;
use gryph_index::vectors::Vectors;
use gryph_index::{Access, Emptied, IndexError};
use gryph_onnx::embedding::Embedders;

use super::args::Common;
use super::console::{MessageFormat, Talk, reporter};
use super::exit_code::ExitCode;
use super::failure::Failure;
use super::interrupt::Interrupt;
use super::model::Context;
use super::model::provision::{Provisioning, manifest};
use super::session::Tools;
use super::surroundings::Surroundings;
use super::workshop;
use crate::cargo::{Cargo, CargoError, Platforms, ResolvedPackage, Vendored, Workbench, lay_out};
use crate::event::{Event, Reporter};
use crate::gate::Policy;
use crate::model::store::State;
use crate::retrieve::{
    self, Embed, Hashing, Learning, MiniLm, Progress, RetrieveError, Source, Tally, Update, directory, learn,
    noted, update,
};
use crate::workspace::{Absent, Workspace};

/// The model that turns texts into vectors.
const EMBEDDER: &str = "minilm-l6-v2-int8";
/// How often progress is told.
const TOLD: Duration = Duration::from_millis(100);

/// `index`.
#[derive(Args, Debug)]
pub struct Index {
    /// The `Cargo.toml` of the workspace, or of a package in it
    #[arg(long, value_name = "PATH")]
    pub manifest_path: Option<PathBuf>,
    /// Index for the search by words only; vectors come with the next run
    #[arg(long)]
    pub no_vectors: bool,
    /// Make vectors from hashes instead of the model
    #[arg(long, conflicts_with = "no_vectors")]
    pub hashing: bool,
    /// Forget the index and make all of it anew
    #[arg(long)]
    pub rebuild: bool,
    /// Parallel jobs; all cores when absent
    #[arg(short, long, value_name = "N")]
    pub jobs: Option<usize>,
}

/// Brings the index up to date for the workspace.
pub(super) fn index(
    arguments: &Index,
    common: &Common,
    surroundings: &Surroundings,
) -> Result<ExitCode, Failure> {
    let reporter = reporter(Talk { format: common.message_format, quiet: common.quiet });
    let reporter = reporter.as_ref();
    let flags = arguments.jobs.map(|jobs| ("jobs".to_owned(), jobs.to_string()));
    let settings = workshop::settings(surroundings, flags.into_iter().collect::<BTreeMap<_, _>>())?;
    let policy = Policy::fix().map_err(|error| Failure::new(ExitCode::Internal, error))?;
    let mut tools = Tools::find(settings, policy, common, surroundings)?;
    let manifest = arguments.manifest_path.as_deref();
    let workspace = workshop::workspace(manifest, surroundings, &tools.git, Absent::LeftOut)?;
    tools.cargo.vendored = Vendored::of(&workspace.tools);
    let runtime = tokio::runtime::Builder::new_multi_thread().worker_threads(1).enable_all().build();
    let runtime = runtime.map_err(|error| Failure::new(ExitCode::Internal, error))?;
    let interrupt = runtime.block_on(async { Interrupt::listen() });
    let cancelled = || interrupt.happened();
    let sources = runtime.block_on(sources(&tools, &workspace, surroundings, reporter))?;
    let work = Work { arguments, common, surroundings, reporter, tools: &tools, cancelled: &cancelled };
    work.run(&workspace, &sources)
}

/// The members, what the lock file names, and the standard library.
async fn sources(
    tools: &Tools,
    workspace: &Workspace,
    surroundings: &Surroundings,
    reporter: &dyn Reporter,
) -> Result<Vec<Source>, Failure> {
    let mut sources = retrieve::members(workspace);
    let dir = tempfile::Builder::new().prefix("index-").tempdir_in(scratch(surroundings)?);
    let dir = dir.map_err(|error| Failure::new(ExitCode::CouldNotFindOut, error))?;
    let failed = |error: anyhow::Error| Failure::new(ExitCode::CouldNotFindOut, error);
    let bench = Workbench::create(dir.path()).map_err(|error| failed(error.into()))?;
    lay_out(&workspace.tree, &bench).map_err(|error| failed(error.into()))?;
    match packages(&tools.cargo, &bench, reporter).await {
        Ok(packages) => sources.extend(retrieve::locked(&packages, &bench.tree(), &workspace.root)),
        Err(error) => {
            let why = anyhow::Error::new(error);
            tell(reporter, &format!("note: the crates of the lock file are left out: {why:#}"));
        }
    }
    let toolchain = &tools.cargo.toolchain;
    let standard = retrieve::standard(&toolchain.sysroot, &toolchain.version);
    if standard.is_empty() {
        tell(
            reporter,
            "note: the standard library is left out; `rustup component add rust-src` brings its sources",
        );
    }
    sources.extend(standard);
    Ok(sources)
}

/// What the lock file names, fetched where it is not here.
async fn packages(
    cargo: &Cargo,
    bench: &Workbench,
    reporter: &dyn Reporter,
) -> Result<Vec<ResolvedPackage>, CargoError> {
    if !bench.tree().join("Cargo.lock").is_file() {
        cargo.generate_lockfile(bench).await?;
    }
    if let Ok(packages) = cargo.packages(bench, Platforms::Host).await {
        return Ok(packages);
    }
    tell(reporter, "dependencies: fetch");
    cargo.fetch(bench).await?;
    cargo.packages(bench, Platforms::Host).await
}

fn scratch(surroundings: &Surroundings) -> Result<PathBuf, Failure> {
    let dir = surroundings.home.join("work");
    std::fs::create_dir_all(&dir).map_err(|error| Failure::new(ExitCode::CouldNotFindOut, error))?;
    Ok(dir)
}

fn tell(reporter: &dyn Reporter, message: &str) {
    reporter.report(&Event::StageStarted { stage: "index".to_owned(), message: message.to_owned() });
}

/// One run.
struct Work<'a> {
    arguments: &'a Index,
    common: &'a Common,
    surroundings: &'a Surroundings,
    reporter: &'a dyn Reporter,
    tools: &'a Tools,
    cancelled: &'a (dyn Fn() -> bool + Sync),
}

impl Work<'_> {
    fn run(&self, workspace: &Workspace, sources: &[Source]) -> Result<ExitCode, Failure> {
        let dir = directory(&self.surroundings.home);
        let mut embed = self.embed(&dir)?;
        let others = embed.as_ref().is_some_and(|embed| noted(&dir).is_some_and(|name| name != embed.name()));
        if others {
            tell(self.reporter, "note: other vectors are wanted than those of the index, which is made anew");
        }
        let access = if self.arguments.rebuild || others { Access::Rebuild } else { Access::Write };
        let index = gryph_index::Index::open(&dir, access).map_err(|error| failure(error.into()))?;
        if let Some(Emptied::OtherVersion(_)) = index.emptied() {
            tell(self.reporter, "note: the index was of another version, and is made anew");
        }
        let vectors = Vectors::create(index.env()).map_err(|error| failure(error.into()))?;
        let started = Instant::now();
        let tally = update(&Update {
            index: &index,
            vectors: &vectors,
            root: Some(&workspace.root),
            sources,
            jobs: workshop::jobs(&self.tools.settings),
            observer: &|progress: Progress| self.read(&progress),
            cancelled: self.cancelled,
        });
        let tally = tally.map_err(failure)?;
        tell(self.reporter, &read(&tally, started.elapsed()));
        let Some(embed) = &mut embed else { return Ok(ExitCode::Done) };
        let started = Instant::now();
        let last = Cell::new(None::<Instant>);
        let observer = |done, total| {
            if last.get().is_none_or(|last| last.elapsed() > TOLD) || done == total {
                last.set(Some(Instant::now()));
                let what = "vectors".to_owned();
                self.reporter.report(&Event::Counted { what, done, total });
            }
        };
        let learning = Learning {
            index: &index,
            vectors: &vectors,
            dir: &dir,
            observer: &observer,
            cancelled: &self.cancelled,
        };
        let learnt = learn(&learning, embed.as_mut());
        let learnt = learnt.map_err(failure)?;
        let (items, waiting) = (learnt.items, learnt.waiting);
        let time = started.elapsed().as_secs_f64();
        if items > 0 {
            tell(self.reporter, &format!("{items} vectors by {} in {time:.1} s", embed.name()));
        }
        if waiting > 0 {
            tell(
                self.reporter,
                &format!("note: {waiting} items still wait for a vector; the next run goes on"),
            );
            return Err(failure(RetrieveError::Interrupted));
        }
        Ok(ExitCode::Done)
    }

    fn read(&self, progress: &Progress) {
        let (done, total) = (progress.done as u64, progress.total as u64);
        self.reporter.report(&Event::Counted { what: "sources".to_owned(), done, total });
    }

    /// The model where it can be had, hashes where not; nothing where no vectors are wanted, or where hashes would take
    /// the place of the model's vectors.
    fn embed(&self, dir: &Path) -> Result<Option<Box<dyn Embed>>, Failure> {
        if self.arguments.no_vectors {
            return Ok(None);
        }
        if self.arguments.hashing {
            return Ok(Some(Box::new(Hashing)));
        }
        let context = self.context();
        match minilm(&context, workshop::jobs(&self.tools.settings), Fetch::IfMissing) {
            Ok(model) => Ok(Some(Box::new(model))),
            Err(missing) if (self.cancelled)() => Err(missing),
            Err(missing) => {
                let why = missing.render();
                let why = why.lines().next().unwrap_or_default().trim_start_matches("error: ").to_owned();
                if noted(dir).is_some_and(|name| name != Hashing.name()) {
                    tell(self.reporter, &format!("note: no model for vectors, new items wait for it: {why}"));
                    return Ok(None);
                }
                tell(self.reporter, &format!("note: no model for vectors, hashes stand in for it: {why}"));
                Ok(Some(Box::new(Hashing)))
            }
        }
    }

    fn context(&self) -> Context<'_> {
        Context {
            surroundings: self.surroundings,
            reporter: self.reporter,
            cancelled: &self.cancelled,
            offline: workshop::offline(&self.tools.settings, self.common),
            format: MessageFormat::Human,
            default_model: &self.tools.settings.model.value,
        }
    }
}

/// Whether a model that is not in the cache is fetched.
#[derive(Clone, Copy, PartialEq, Eq)]
pub(super) enum Fetch {
    /// It is.
    IfMissing,
    /// It is not.
    Never,
}

/// The model for vectors, opened once for each job.
pub(super) fn minilm(context: &Context<'_>, jobs: usize, fetch: Fetch) -> Result<MiniLm, Failure> {
    let manifest = manifest(EMBEDDER)?;
    let provisioning = Provisioning::new(context);
    if fetch == Fetch::Never && provisioning.state(&manifest)? != State::Ready {
        return Err(Failure::message(ExitCode::Missing, "the model for vectors is not in the cache"));
    }
    let dir = provisioning.model(&manifest)?;
    let runtime = provisioning.runtime()?;
    let path = |name: &str| dir.join(name);
    let embedders = Embedders::open(&runtime, &path("model.onnx"), &path("tokenizer.json"), jobs.max(1))
        .map_err(|error| Failure::new(ExitCode::Missing, error))?;
    Ok(MiniLm::new(EMBEDDER, embedders))
}

/// What was read, in a line.
fn read(tally: &Tally, elapsed: Duration) -> String {
    let skipped: Vec<String> = tally.skipped.iter().map(|(why, count)| format!("{count} {why}")).collect();
    let skipped =
        if skipped.is_empty() { String::new() } else { format!("; not read: {}", skipped.join(", ")) };
    let unreadable = tally.unreadable.iter().map(|why| format!("; {why}")).collect::<String>();
    format!(
        "{} sources, {} files and {} items new in {:.1} s{skipped}{unreadable}",
        tally.sources,
        tally.files,
        tally.items,
        elapsed.as_secs_f64()
    )
}

/// What went wrong, with what to do about it.
pub(super) fn failure(error: RetrieveError) -> Failure {
    let (code, hint) = match &error {
        RetrieveError::Interrupted => {
            (ExitCode::Interrupted, Some("what was indexed stays; the next run goes on from there"))
        }
        RetrieveError::NoView
        | RetrieveError::Index(IndexError::Absent { .. } | IndexError::OtherVersion { .. }) => {
            (ExitCode::Missing, Some("run `cargo gryph index`"))
        }
        RetrieveError::Index(error) if error.is_damage() => {
            (ExitCode::CouldNotFindOut, Some("`cargo gryph index --rebuild` makes it anew"))
        }
        _ => (ExitCode::CouldNotFindOut, None),
    };
    let failure = Failure::new(code, error);
    hint.into_iter().fold(failure, Failure::hint)
}

/// The workspace that a path lies in, by its root alone: nothing of it is read.
pub(super) fn root(start: &Path) -> Result<PathBuf, Failure> {
    crate::workspace::root_of(start).map_err(|error| Failure::new(ExitCode::Usage, error))
}
