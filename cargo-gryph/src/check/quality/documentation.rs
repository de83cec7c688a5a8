//! Public items that a change leaves undocumented, and documentation that it breaks.

use std::collections::BTreeMap;

use super::{Bench, changed_lines, documented};
use crate::cargo::Targets;
use crate::cargo::{BuildOptions, Member, SingleTarget, lay_out};
use crate::change::{FileChange, FileKind, Observation, ObservationKind};
use crate::check::{CheckError, lints, options};
use crate::diagnostic::{Diagnostic, Level};
use crate::tree::{Tree, TreePath};

/// The code of the lint that rustc and rustdoc share.
const MISSING: &str = "missing_docs";
/// What a changed line holds if it may matter to documentation.
const TELLING: [&str; 7] = ["pub ", "macro_export", "///", "//!", "/**", "/*!", "#[doc"];

/// Looks at the libraries whose public items or documentation changed.
pub(super) async fn look(bench: &Bench<'_>) -> Result<Vec<Observation>, CheckError> {
    let concerned = |member: &&Member| {
        member.library().is_some() && bench.changed(member).any(|file| may_matter(bench, file))
    };
    let members: Vec<&Member> = bench.members.iter().filter(concerned).collect();
    let after = found(bench, bench.step.after, &members).await?;
    if after.is_empty() {
        return Ok(Vec::new());
    }
    let old: Vec<&Member> = members.iter().filter(|member| bench.is_in_base(member)).copied().collect();
    let before = found(bench, bench.step.base, &old).await?;
    let new = new(bench, (bench.step.base, &before), (bench.step.after, &after));
    Ok(new.into_iter().filter_map(|one| observation(bench, one, [&before, &after])).collect())
}

/// Whether a changed file may bring about what rustdoc complains of.
fn may_matter(bench: &Bench<'_>, file: &FileChange) -> bool {
    let is_said = |kind| bench.step.change.observed(kind).any(|one| one.path == file.path);
    let kinds = [
        ObservationKind::PublicSignature,
        ObservationKind::Documentation,
        ObservationKind::Incomparable,
        ObservationKind::LintSwitch,
    ];
    let is_page = file.path.as_str().ends_with(".md");
    let is_program = file.kind == FileKind::Program || is_page;
    let lines = || changed_lines(bench.step.base, bench.step.after, &file.path);
    let is_told = || lines().iter().any(|line| TELLING.iter().any(|mark| line.contains(mark)));
    is_program && (is_page || kinds.into_iter().any(is_said) || added_members(bench, file) || is_told())
}

/// Whether something was added to what stands inside of another item, such as a trait.
fn added_members(bench: &Bench<'_>, file: &FileChange) -> bool {
    let added = bench.step.change.observed(ObservationKind::ItemAdded);
    added.into_iter().any(|one| one.path == file.path && one.item.contains("::"))
}

/// What rustdoc says of some libraries in one of the trees.
async fn found(bench: &Bench<'_>, tree: &Tree, members: &[&Member]) -> Result<Vec<Diagnostic>, CheckError> {
    if members.is_empty() {
        return Ok(Vec::new());
    }
    lay_out(tree, bench.bench)?;
    let options = BuildOptions {
        rustdocflags: vec![format!("-W{MISSING}")],
        packages: members.iter().map(|member| member.name.clone()).collect(),
        only: vec![SingleTarget::Library],
        keep_going: true,
        ..options(Targets::LibAndTests)
    };
    let found = lints::findings("rustdoc", bench.cargo.doc(bench.bench, &options).await?)?;
    let is_about_documentation = |one: &Diagnostic| {
        let code = one.code.as_deref().unwrap_or_default();
        code == MISSING || code.starts_with("rustdoc::") || (one.level == Level::Error && !code.is_empty())
    };
    Ok(found.into_iter().filter(is_about_documentation).collect())
}

/// What was not there before, wherever it stood: what moved is the same. Of several that are alike those in files that
/// changed come first.
fn new<'d>(
    bench: &Bench<'_>,
    before: (&Tree, &[Diagnostic]),
    after: (&Tree, &'d [Diagnostic]),
) -> Vec<&'d Diagnostic> {
    let mut known: BTreeMap<String, usize> = BTreeMap::new();
    for diagnostic in before.1 {
        *known.entry(identity(before.0, diagnostic)).or_default() += 1;
    }
    let is_changed = |diagnostic: &Diagnostic| {
        let path = diagnostic.primary().map(|label| &label.span.path);
        path.is_some_and(|path| bench.step.change.files.iter().any(|file| file.path == *path))
    };
    let mut all: Vec<&Diagnostic> = after.1.iter().collect();
    // The known ones are used up by what stands in files that did not change.
    all.sort_by_key(|diagnostic| is_changed(diagnostic));
    let is_new = |diagnostic: &&Diagnostic| match known.get_mut(&identity(after.0, diagnostic)) {
        Some(left) if *left > 0 => {
            *left -= 1;
            false
        }
        Some(_) | None => true,
    };
    all.into_iter().filter(is_new).collect()
}

/// What a complaint is about, whatever its place.
fn identity(tree: &Tree, diagnostic: &Diagnostic) -> String {
    let code = diagnostic.code.as_deref().unwrap_or_default();
    match code {
        MISSING => format!("{code} {} {}", diagnostic.message, item(tree, diagnostic)),
        _ => format!("{code} {}", diagnostic.message),
    }
}

fn item(tree: &Tree, diagnostic: &Diagnostic) -> String {
    let Some(label) = diagnostic.primary() else { return String::new() };
    // What lacks documentation as a whole begins at the first byte, and has no name of its own.
    if diagnostic.message.ends_with("the crate") {
        return String::new();
    }
    let text = tree.text(&label.span.path).and_then(|text| text.get(label.span.range.clone()));
    text.map(documented::name).unwrap_or_default()
}

fn observation(bench: &Bench<'_>, diagnostic: &Diagnostic, found: [&[Diagnostic]; 2]) -> Option<Observation> {
    let label = diagnostic.primary()?;
    let path = label.span.path.clone();
    let kind = match diagnostic.code.as_deref() {
        Some(MISSING) if bench.is_told(&path, MISSING) => return None,
        Some(MISSING) => custom(bench, &path, found)?,
        _ => ObservationKind::BrokenDocumentation,
    };
    let item = match diagnostic.code.as_deref() {
        Some(MISSING) => item(bench.step.after, diagnostic),
        _ => String::new(),
    };
    Some(Observation { kind, path, line: label.lines.start, item, detail: diagnostic.message.clone() })
}

/// What an undocumented item is by the custom of its package; `None` where nothing is documented.
fn custom(bench: &Bench<'_>, path: &TreePath, found: [&[Diagnostic]; 2]) -> Option<ObservationKind> {
    let member = bench.owner(path)?;
    // A package that is new has no custom but its own.
    let (tree, found) = match bench.is_in_base(member) {
        true => (bench.step.base, found[0]),
        false => (bench.step.after, found[1]),
    };
    let documented: usize = bench.sources(tree, member).map(|(_, text)| documented::documented(text)).sum();
    let is_of = |one: &&Diagnostic| {
        let path = one.primary().map(|label| &label.span.path);
        one.code.as_deref() == Some(MISSING)
            && path.and_then(|path| bench.owner(path)).is_some_and(|owner| owner.name == member.name)
    };
    match (documented, found.iter().filter(is_of).count()) {
        (0, _) => None,
        (documented, missing) if documented >= missing => Some(ObservationKind::Undocumented),
        _ => Some(ObservationKind::UndocumentedAsOthers),
    }
}
