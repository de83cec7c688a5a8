//! Cargo's JSON messages, reduced to diagnostics of the tree and test binaries.

use std::path::{Component, Path};

use cargo_metadata::diagnostic as rustc;
use cargo_metadata::{Artifact, Message, TargetKind};

use super::build::{TestBinary, TestKind};
use crate::diagnostic::{Applicability, Diagnostic, Label, Level, Suggestion};
use crate::patch::{Edit, Span};
use crate::tree::TreePath;

/// What a build printed.
#[derive(Debug, Default)]
pub(super) struct Messages {
    pub(super) diagnostics: Vec<Diagnostic>,
    pub(super) binaries: Vec<TestBinary>,
}

/// Reads one message a line. Lines that are none are skipped: build scripts may print what they like.
pub(super) fn read(stdout: &[u8], root: &Path) -> Messages {
    let mut messages = Messages::default();
    for message in Message::parse_stream(stdout).map_while(Result::ok) {
        match message {
            Message::CompilerMessage(said) => messages.diagnostics.extend(diagnostic(&said.message, root)),
            Message::CompilerArtifact(artifact) => messages.binaries.extend(binary(&artifact)),
            // Build scripts, the end of the build, plain text, and what newer Cargos may say.
            _ => {}
        }
    }
    messages
}

fn binary(artifact: &Artifact) -> Option<TestBinary> {
    let path = artifact.executable.clone().filter(|_| artifact.profile.test)?;
    let target = &artifact.target;
    let kind = match target.kind.first()? {
        TargetKind::Test => TestKind::Integration,
        TargetKind::Bin => TestKind::Bin,
        TargetKind::Bench | TargetKind::Example | TargetKind::CustomBuild => return None,
        // All the kinds a library can have.
        _ => TestKind::Unit,
    };
    let name = match kind {
        TestKind::Unit => target.name.replace('-', "_"),
        TestKind::Integration | TestKind::Bin => target.name.clone(),
    };
    let package_dir = artifact.manifest_path.parent()?.to_owned().into();
    Some(TestBinary { path: path.into(), target: name, kind, package_dir })
}

/// A message of rustc with its children folded in; `None` for the closing count of errors.
fn diagnostic(said: &rustc::Diagnostic, root: &Path) -> Option<Diagnostic> {
    if said.spans.is_empty() && said.message.starts_with("aborting due to") {
        return None;
    }
    let mut labels: Vec<Label> = said.spans.iter().filter_map(|span| label(span, root)).collect();
    let mut suggestions: Vec<Suggestion> = alternatives(said, root).collect();
    let mut notes = Vec::new();
    for child in &said.children {
        if child.spans.iter().any(|span| span.suggested_replacement.is_some()) {
            suggestions.extend(alternatives(child, root));
            continue;
        }
        notes.push(child.message.clone());
        let places = child.spans.iter().filter_map(|span| label(span, root));
        labels.extend(places.map(|place| Label {
            primary: false,
            text: place.text.or_else(|| Some(child.message.clone())),
            ..place
        }));
    }
    labels.sort_by_key(|label| !label.primary);
    Some(Diagnostic {
        level: level(said.level),
        code: said.code.as_ref().map(|code| code.code.clone()),
        message: said.message.clone(),
        labels,
        suggestions,
        notes,
        rendered: said.rendered.clone().unwrap_or_default(),
    })
}

fn level(said: rustc::DiagnosticLevel) -> Level {
    match said {
        rustc::DiagnosticLevel::Error | rustc::DiagnosticLevel::Ice => Level::Error,
        rustc::DiagnosticLevel::Warning => Level::Warning,
        // Notes, helps, and what newer compilers may add.
        _ => Level::Note,
    }
}

/// The place in the tree, or the use of a macro in the tree that led to it.
fn label(said: &rustc::DiagnosticSpan, root: &Path) -> Option<Label> {
    let Some(span) = span(said, root) else {
        let place = label(&said.expansion.as_ref()?.span, root)?;
        let text = said.label.clone().or(place.text);
        return Some(Label { primary: said.is_primary, text, ..place });
    };
    Some(Label {
        span,
        lines: said.line_start..said.line_end,
        column: said.column_start,
        primary: said.is_primary,
        text: said.label.clone(),
    })
}

fn span(said: &rustc::DiagnosticSpan, root: &Path) -> Option<Span> {
    let range = usize::try_from(said.byte_start).ok()?..usize::try_from(said.byte_end).ok()?;
    Some(Span { path: tree_path(&said.file_name, root)?, range })
}

/// A path of the tree; rustc names members relative to the workspace's root.
fn tree_path(name: &str, root: &Path) -> Option<TreePath> {
    let mut path = std::path::PathBuf::new();
    for part in root.join(name).components() {
        match part {
            Component::ParentDir => {
                path.pop();
            }
            Component::CurDir => {}
            Component::Prefix(_) | Component::RootDir | Component::Normal(_) => path.push(part),
        }
    }
    TreePath::below(root, &path)
}

/// The alternatives of one message. rustc prints the parts of all of them in a row; within one they ascend and do
/// not overlap, so that a step back or onto the same place begins the next.
fn alternatives(said: &rustc::Diagnostic, root: &Path) -> impl Iterator<Item = Suggestion> {
    let parts = said.spans.iter().filter(|span| span.suggested_replacement.is_some());
    let mut groups: Vec<Vec<&rustc::DiagnosticSpan>> = Vec::new();
    for part in parts {
        match groups.last_mut() {
            Some(group) if group.last().is_some_and(|last| follows(last, part)) => group.push(part),
            _ => groups.push(vec![part]),
        }
    }
    groups.into_iter().filter_map(move |group| suggestion(&said.message, &group, root))
}

fn follows(last: &rustc::DiagnosticSpan, next: &rustc::DiagnosticSpan) -> bool {
    let place = |span: &rustc::DiagnosticSpan| (span.byte_start, span.byte_end);
    last.file_name != next.file_name || (next.byte_start >= last.byte_end && place(next) != place(last))
}

/// One alternative, if all of it lies in the tree.
fn suggestion(message: &str, parts: &[&rustc::DiagnosticSpan], root: &Path) -> Option<Suggestion> {
    let edit = |part: &&rustc::DiagnosticSpan| {
        Some(Edit { span: span(part, root)?, replacement: part.suggested_replacement.clone()? })
    };
    let edits = parts.iter().map(edit).collect::<Option<Vec<_>>>()?;
    let applicability =
        parts.iter().map(|part| applicability(part.suggestion_applicability.as_ref())).max()?;
    Some(Suggestion { message: message.to_owned(), edits, applicability })
}

fn applicability(said: Option<&rustc::Applicability>) -> Applicability {
    match said {
        Some(rustc::Applicability::MachineApplicable) => Applicability::MachineApplicable,
        Some(rustc::Applicability::MaybeIncorrect) => Applicability::MaybeIncorrect,
        Some(rustc::Applicability::HasPlaceholders) => Applicability::HasPlaceholders,
        // Unspecified, absent, and what newer compilers may add.
        _ => Applicability::Unspecified,
    }
}
