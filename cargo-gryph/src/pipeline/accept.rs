//! From plausible to accepted: format, lints, then every check of the hole, the held-back ones included, on plain
//! text in a clean tree.

use std::path::PathBuf;

use crate::candidate::{Candidate, CandidateId, Change};
use crate::cargo::{BuildOptions, Cargo, Workbench, lay_out};
use crate::diagnostic::{Diagnostic, Level};
use crate::hole::{Hole, TestName};
use crate::patch::Span;
use crate::propose::polish::clippy_polish;
use crate::schema::site;
use crate::tree::Tree;
use crate::trial;

use super::PipelineError;
use super::trees::Trees;

/// The edition of generated projects.
pub(super) const EDITION: &str = "2024";
/// How often a body is polished before its lints count against it.
const POLISHES: usize = 3;

/// Whose code a body is put into.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub(super) enum House<'a> {
    /// Our own: every file is as rustfmt writes it, and free of lints.
    Ours,
    /// The user's: nothing is touched beyond the body.
    Theirs,
    /// The user's, with a function of ours: a file that is as rustfmt writes it by their settings stays so, and the body is
    /// free of lints.
    Shared(&'a Style),
}

/// How rustfmt writes a file.
#[derive(Clone, PartialEq, Eq, Debug)]
pub(super) struct Style {
    /// The edition of its package.
    pub(super) edition: String,
    /// The user's settings.
    pub(super) config: Option<PathBuf>,
}

impl Style {
    /// Of the projects that we make.
    fn ours() -> Self {
        Self { edition: EDITION.to_owned(), config: None }
    }

    /// A text as rustfmt writes it, with the ends of lines that its first one has; `None` if rustfmt cannot read it.
    pub(super) async fn applied(&self, cargo: &Cargo, text: &str) -> Result<Option<String>, PipelineError> {
        let written = cargo.rustfmt_with(text, &self.edition, self.config.as_deref()).await?;
        // What rustfmt reads from a pipe it writes with plain line ends, whatever they were.
        let is_dos = text.split_inclusive('\n').next().is_some_and(|line| line.ends_with("\r\n"));
        let ends =
            |text: String| if is_dos { text.replace("\r\n", "\n").replace('\n', "\r\n") } else { text };
        Ok(written.ok().map(ends))
    }
}

/// A candidate whose body now stands in the tree.
pub(super) struct Accepted {
    pub(super) candidate: CandidateId,
    /// The text between the braces, formatted and polished.
    pub(super) body: String,
}

/// Accepts a candidate if its polished text is free of lints and passes all checks of the hole; then it stands in
/// `trees`. `None` is an answer: it does not pass.
pub(super) async fn accept(
    cargo: &Cargo,
    bench: &Workbench,
    hole: &Hole,
    trees: &mut Trees,
    candidate: &Candidate,
    house: House<'_>,
) -> Result<Option<Accepted>, PipelineError> {
    let Change::Body(body) = &candidate.change else { return Ok(None) };
    let tests: Vec<TestName> = [&hole.visible, &hole.properties, &hole.held_back]
        .into_iter()
        .flatten()
        .map(|check| check.test.clone())
        .collect();
    let (tree, options) = match house {
        House::Ours | House::Shared(_) => {
            let options = BuildOptions { packages: packages(&tests), ..BuildOptions::default() };
            let style = style(cargo, hole, trees, house).await?;
            let desk = Desk { cargo, bench, style: style.as_ref(), options: &options };
            (desk.polished(hole, trees, body).await?, options)
        }
        House::Theirs => (Some(trees.with_body(hole, body)?), BuildOptions::default()),
    };
    let Some(tree) = tree else { return Ok(None) };
    let confirmation = trial::confirm(cargo, bench, &tree, &tests, &options).await?;
    if !confirmation.holds(&tests) {
        return Ok(None);
    }
    let Some(body) = body_of(&tree, hole) else { return Ok(None) };
    let text = tree.get(&hole.path).unwrap_or_default().to_vec();
    trees.insert(&hole.path, text);
    Ok(Some(Accepted { candidate: candidate.id, body }))
}

/// The member that holds all of some tests, if one does: what else there is in a service is built at the end.
fn packages(tests: &[TestName]) -> Vec<String> {
    let mut packages: Vec<Option<&str>> = tests.iter().map(TestName::package).collect();
    packages.dedup();
    match packages.as_slice() {
        [Some(package)] => vec![(*package).to_owned()],
        _ => Vec::new(),
    }
}

/// By which style the file of a hole is kept; `None` for one that was not as rustfmt writes it before.
async fn style(
    cargo: &Cargo,
    hole: &Hole,
    trees: &Trees,
    house: House<'_>,
) -> Result<Option<Style>, PipelineError> {
    let House::Shared(style) = house else { return Ok(Some(Style::ours())) };
    let text = trees.full().text(&hole.path).unwrap_or_default();
    let is_kept = style.applied(cargo, text).await?.is_some_and(|formatted| formatted == text);
    Ok(is_kept.then(|| style.clone()))
}

/// Where bodies are polished.
struct Desk<'a> {
    cargo: &'a Cargo,
    bench: &'a Workbench,
    /// How files are formatted, if they are.
    style: Option<&'a Style>,
    options: &'a BuildOptions,
}

impl Desk<'_> {
    /// The full tree with the body in it, formatted and without lints in it; `None` if some cannot be mended.
    async fn polished(&self, hole: &Hole, trees: &Trees, body: &str) -> Result<Option<Tree>, PipelineError> {
        let mut body = body.to_owned();
        for _ in 0..=POLISHES {
            let tree = trees.with_body(hole, &body)?;
            let tree = match self.style {
                Some(style) => formatted_by(self.cargo, style, hole, tree).await?,
                None => Some(tree),
            };
            let Some(tree) = tree else { return Ok(None) };
            let lints = self.lints(hole, &tree).await?;
            if lints.is_empty() {
                return Ok(Some(tree));
            }
            let Some(standing) = body_of(&tree, hole) else { return Ok(None) };
            let Some(better) = clippy_polish(hole, &standing, &lints) else { return Ok(None) };
            body = better;
        }
        Ok(None)
    }

    /// What clippy says about the hole's body, with places in bytes of the body.
    async fn lints(&self, hole: &Hole, tree: &Tree) -> Result<Vec<Diagnostic>, PipelineError> {
        lay_out(tree, self.bench)?;
        let build = self.cargo.clippy(self.bench, self.options).await?;
        let Some(span) = body_span(tree, hole) else { return Ok(Vec::new()) };
        let seen = build.diagnostics.iter().filter(|diagnostic| diagnostic.level >= Level::Warning);
        Ok(seen.filter_map(|diagnostic| diagnostic.seen_from(&span)).collect())
    }
}

/// The tree with the hole's file as rustfmt writes it in our projects; `None` if rustfmt cannot read it.
pub(super) async fn formatted(cargo: &Cargo, hole: &Hole, tree: Tree) -> Result<Option<Tree>, PipelineError> {
    formatted_by(cargo, &Style::ours(), hole, tree).await
}

async fn formatted_by(
    cargo: &Cargo,
    style: &Style,
    hole: &Hole,
    mut tree: Tree,
) -> Result<Option<Tree>, PipelineError> {
    let text = tree.text(&hole.path).unwrap_or_default();
    let Some(text) = style.applied(cargo, text).await? else { return Ok(None) };
    tree.insert(hole.path.clone(), text);
    Ok(Some(tree))
}

fn body_span(tree: &Tree, hole: &Hole) -> Option<Span> {
    let site = site(tree.text(&hole.path)?, &hole.path, &hole.function)?;
    Some(Span { path: hole.path.clone(), range: site.body })
}

pub(super) fn body_of(tree: &Tree, hole: &Hole) -> Option<String> {
    let span = body_span(tree, hole)?;
    Some(tree.text(&hole.path)?.get(span.range)?.to_owned())
}
