//! What one run knows of the crates at hand: stocked in the background, asked for each hole, silent where it is empty.
//!
//! Retrieval helps and must not be in the way: whatever fails here leaves a run as it is without an index, and is told
//! once.

use std::path::{Path, PathBuf};
use std::sync::Mutex;
use std::thread::JoinHandle;
use std::time::{Duration, Instant};

use gryph_index::vectors::Vectors;
use gryph_index::{Access, Index, IndexError};

use super::absent::{certain, missed};
use super::crates::Crates;
use super::related::related;
use super::{Embed, Library, RetrieveError, Source, Update, update};
use crate::diagnostic::Diagnostic;
use crate::hole::{Absent, Hole, Related};

/// How long crates that nobody indexed yet are read in the background of a run.
const CHEAP: Duration = Duration::from_secs(30);

/// Makes what turns texts into vectors, where it is at hand.
pub type MakeEmbed = Box<dyn Fn() -> Option<Box<dyn Embed + Send>> + Send>;

/// What a shelf is filled with.
pub struct Stock {
    /// Where the index lies.
    pub dir: PathBuf,
    /// Makes what turns texts into vectors.
    pub embed: MakeEmbed,
    /// Threads that read crates.
    pub jobs: usize,
}

/// The crates at hand in one run.
#[derive(Default)]
pub struct Shelf(Mutex<State>);

#[derive(Default)]
struct State {
    stock: Option<Stock>,
    filling: Option<JoinHandle<Option<RetrieveError>>>,
    sources: Vec<Source>,
    library: Option<Library>,
    embed: Option<Option<Box<dyn Embed + Send>>>,
    crates: Crates,
    trouble: Option<RetrieveError>,
}

impl Shelf {
    /// An empty shelf, filled when a run knows its crates.
    pub fn new(stock: Stock) -> Self {
        Self(Mutex::new(State { stock: Some(stock), ..State::default() }))
    }

    /// A shelf that stays empty.
    pub fn empty() -> Self {
        Self::default()
    }

    /// Begins to fill the shelf with these crates. Those that are in no index yet are read by a thread of their own while
    /// the run goes on.
    pub fn fill(&self, sources: Vec<Source>) {
        let Ok(mut state) = self.0.lock() else { return };
        let Some(stock) = &state.stock else { return };
        if sources.is_empty() {
            return;
        }
        let (dir, jobs, wanted) = (stock.dir.clone(), stock.jobs, sources.clone());
        state.crates = Crates::new(&sources);
        state.sources = sources;
        state.filling = Some(std::thread::spawn(move || read_new(&dir, &wanted, jobs).err()));
    }

    /// Items that may be of use for a hole, of the crates that it may use.
    pub fn related(&self, hole: &Hole) -> Vec<Related> {
        self.ask(hole, |state| {
            let library = state.library.as_ref()?;
            let embed = embed(&mut state.embed, state.stock.as_ref(), library);
            Some(related(library, &mut state.crates, hole, embed))
        })
    }

    /// Names of a body that the crates at hand certainly do not have.
    pub fn certainly_absent(&self, hole: &Hole, body: &str) -> Vec<Absent> {
        self.ask(hole, |state| {
            let library = state.library.as_ref()?;
            Some(certain(library, &mut state.crates, hole, body))
        })
    }

    /// What the compiler did not find of the crates at hand in a body, with what is nearest to it.
    pub fn missed(&self, hole: &Hole, body: &str, diagnostics: &[Diagnostic]) -> Vec<Absent> {
        self.ask(hole, |state| {
            let library = state.library.as_ref()?;
            Some(missed(library, &mut state.crates, hole, body, diagnostics))
        })
    }

    /// What went wrong, once.
    pub fn trouble(&self) -> Option<RetrieveError> {
        self.0.lock().ok()?.trouble.take()
    }

    fn ask<T>(
        &self,
        hole: &Hole,
        question: impl FnOnce(&mut State) -> Option<Result<Vec<T>, RetrieveError>>,
    ) -> Vec<T> {
        if hole.dependencies.is_empty() {
            return Vec::new();
        }
        let Ok(mut state) = self.0.lock() else { return Vec::new() };
        state.open();
        match question(&mut state) {
            Some(Ok(found)) => found,
            Some(Err(error)) => {
                state.trouble = Some(error);
                state.library = None;
                Vec::new()
            }
            None => Vec::new(),
        }
    }
}

impl State {
    /// Waits for what is being read, and opens it.
    fn open(&mut self) {
        let Some(filling) = self.filling.take() else { return };
        self.trouble = filling.join().ok().flatten();
        let Some(stock) = &self.stock else { return };
        match Library::of(&stock.dir, &self.sources) {
            Ok(library) => self.library = Some(library),
            Err(error) => self.trouble = self.trouble.take().or(Some(error)),
        }
    }
}

/// What makes the vectors of the index, made when it is first asked for.
fn embed<'e>(
    made: &'e mut Option<Option<Box<dyn Embed + Send>>>,
    stock: Option<&Stock>,
    library: &Library,
) -> Option<&'e mut dyn Embed> {
    let name = library.embedder()?;
    let made = made.get_or_insert_with(|| stock.and_then(|stock| (stock.embed)()));
    let made = made.as_mut().filter(|embed| embed.name() == name)?;
    Some(made.as_mut())
}

/// Reads those of the sources that are not in the index, as far as that is cheap. Where somebody else writes the index,
/// what is there has to do.
fn read_new(dir: &Path, sources: &[Source], jobs: usize) -> Result<(), RetrieveError> {
    if Library::of(dir, sources).is_ok_and(|library| library.has_all(sources).unwrap_or(false)) {
        return Ok(());
    }
    let index = match Index::open(dir, Access::Write) {
        Ok(index) => index,
        Err(IndexError::Busy { .. }) => return Ok(()),
        Err(error) => return Err(error.into()),
    };
    let vectors = Vectors::create(index.env())?;
    let started = Instant::now();
    let read = update(&Update {
        index: &index,
        vectors: &vectors,
        root: None,
        sources,
        jobs,
        observer: &|_| {},
        cancelled: &|| started.elapsed() > CHEAP,
    });
    match read {
        Ok(_) | Err(RetrieveError::Interrupted) => Ok(()),
        Err(error) => Err(error),
    }
}
