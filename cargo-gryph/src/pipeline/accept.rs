//! From plausible to accepted: format, lints, then every check of the hole, the held-back ones included, on plain
//! text in a clean tree.

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
pub(super) enum House {
    /// Our own: every file is as rustfmt writes it, and free of lints.
    Ours,
    /// The user's: nothing is touched beyond the body.
    Theirs,
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
    house: House,
) -> Result<Option<Accepted>, PipelineError> {
    let Change::Body(body) = &candidate.change else { return Ok(None) };
    let tests: Vec<TestName> = [&hole.visible, &hole.properties, &hole.held_back]
        .into_iter()
        .flatten()
        .map(|check| check.test.clone())
        .collect();
    let (tree, options) = match house {
        House::Ours => {
            let options = BuildOptions { packages: packages(&tests), ..BuildOptions::default() };
            (polished(cargo, bench, hole, trees, body, &options).await?, options)
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

/// The full tree with the body in it, formatted and without lints in it; `None` if some cannot be mended.
async fn polished(
    cargo: &Cargo,
    bench: &Workbench,
    hole: &Hole,
    trees: &Trees,
    body: &str,
    options: &BuildOptions,
) -> Result<Option<Tree>, PipelineError> {
    let mut body = body.to_owned();
    for _ in 0..=POLISHES {
        let Some(tree) = formatted(cargo, hole, trees.with_body(hole, &body)?).await? else {
            return Ok(None);
        };
        let lints = lints(cargo, bench, hole, &tree, options).await?;
        if lints.is_empty() {
            return Ok(Some(tree));
        }
        let Some(standing) = body_of(&tree, hole) else { return Ok(None) };
        let Some(better) = clippy_polish(hole, &standing, &lints) else { return Ok(None) };
        body = better;
    }
    Ok(None)
}

/// The tree with the hole's file as rustfmt writes it; `None` if rustfmt cannot read it.
pub(super) async fn formatted(
    cargo: &Cargo,
    hole: &Hole,
    mut tree: Tree,
) -> Result<Option<Tree>, PipelineError> {
    let text = tree.text(&hole.path).unwrap_or_default();
    let Ok(text) = cargo.rustfmt(text, EDITION).await? else { return Ok(None) };
    tree.insert(hole.path.clone(), text);
    Ok(Some(tree))
}

/// What clippy says about the hole's body, with places in bytes of the body.
async fn lints(
    cargo: &Cargo,
    bench: &Workbench,
    hole: &Hole,
    tree: &Tree,
    options: &BuildOptions,
) -> Result<Vec<Diagnostic>, PipelineError> {
    lay_out(tree, bench)?;
    let build = cargo.clippy(bench, options).await?;
    let Some(span) = body_span(tree, hole) else { return Ok(Vec::new()) };
    let seen = build.diagnostics.iter().filter(|diagnostic| diagnostic.level >= Level::Warning);
    Ok(seen.filter_map(|diagnostic| diagnostic.seen_from(&span)).collect())
}

fn body_span(tree: &Tree, hole: &Hole) -> Option<Span> {
    let site = site(tree.text(&hole.path)?, &hole.path, &hole.function)?;
    Some(Span { path: hole.path.clone(), range: site.body })
}

pub(super) fn body_of(tree: &Tree, hole: &Hole) -> Option<String> {
    let span = body_span(tree, hole)?;
    Some(tree.text(&hole.path)?.get(span.range)?.to_owned())
}
