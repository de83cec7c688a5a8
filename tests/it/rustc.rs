//! Compiles a function with one body and gives the diagnostics as the trial would: counted in the body's bytes.

use std::ops::Range;
use std::path::Path;
use std::process::Command;

use cargo_gryph::diagnostic::{Applicability, Diagnostic, Label, Level, Suggestion};
use cargo_gryph::hole::{Hole, HoleId};
use cargo_gryph::patch::{Edit, Span};
use cargo_gryph::tree::TreePath;
use cargo_metadata::diagnostic as rustc;

/// A hole for a free function.
pub(crate) fn hole(context: &str, signature: &str) -> Hole {
    let head = signature.split('(').next().unwrap_or_default();
    let name = head.split('<').next().and_then(|head| head.split_whitespace().last()).unwrap_or_default();
    Hole {
        id: HoleId(name.to_owned()),
        path: TreePath::new("src/lib.rs").expect("plain"),
        function: name.to_owned(),
        signature: signature.to_owned(),
        doc: String::new(),
        context: context.to_owned(),
        dependencies: Vec::new(),
        visible: Vec::new(),
        properties: Vec::new(),
        held_back: Vec::new(),
    }
}

/// The file that holds the function with this body, and where the body starts.
pub(crate) fn file(hole: &Hole, body: &str) -> (String, usize) {
    let head = format!("{}\n{} {{", hole.context, hole.signature);
    let start = head.len();
    (format!("{head}{body}}}\n"), start)
}

/// What rustc says about the body.
pub(crate) fn check(directory: &Path, hole: &Hole, body: &str) -> Vec<Diagnostic> {
    let (text, start) = file(hole, body);
    compile(directory, &text, &Place { path: &hole.path, body: start..start + body.len() })
}

/// What rustc says about a whole file, which may be anywhere in a tree.
pub(crate) fn check_file(directory: &Path, path: &TreePath, text: &str) -> Vec<Diagnostic> {
    compile(directory, text, &Place { path, body: 0..text.len() })
}

fn compile(directory: &Path, text: &str, place: &Place<'_>) -> Vec<Diagnostic> {
    let source = directory.join("lib.rs");
    std::fs::write(&source, text).expect("the scratch directory takes files");
    let output = Command::new("rustc")
        .args(["--edition=2024", "--crate-type=lib", "--emit=metadata", "--error-format=json"])
        .args(["--crate-name=draft", "-o"])
        .arg(directory.join("draft.rmeta"))
        .arg(&source)
        .output()
        .expect("rustc runs");
    let stderr = String::from_utf8_lossy(&output.stderr);
    stderr
        .lines()
        .filter_map(|line| serde_json::from_str(line).ok())
        .filter_map(|d| place.diagnostic(d))
        .collect()
}

/// Errors among the diagnostics.
pub(crate) fn errors(diagnostics: &[Diagnostic]) -> usize {
    diagnostics.iter().filter(|diagnostic| diagnostic.level == Level::Error).count()
}

struct Place<'a> {
    path: &'a TreePath,
    body: Range<usize>,
}

impl Place<'_> {
    fn span(&self, span: &rustc::DiagnosticSpan) -> Option<Span> {
        let (start, end) = (span.byte_start as usize, span.byte_end as usize);
        let here = span.file_name.ends_with("lib.rs") && !span.file_name.starts_with("/rustc/");
        let inside = here && self.body.start <= start && end <= self.body.end;
        inside
            .then(|| Span { path: self.path.clone(), range: start - self.body.start..end - self.body.start })
    }

    fn diagnostic(&self, message: rustc::Diagnostic) -> Option<Diagnostic> {
        let level = match message.level {
            rustc::DiagnosticLevel::Error | rustc::DiagnosticLevel::Ice => Level::Error,
            rustc::DiagnosticLevel::Warning => Level::Warning,
            _ => Level::Note,
        };
        if message.message.starts_with("aborting due to") || level == Level::Note {
            return None;
        }
        let children = || std::iter::once(&message).chain(&message.children);
        let labels =
            children().flat_map(|part| &part.spans).filter(|span| span.suggested_replacement.is_none());
        let note = |span: &rustc::DiagnosticSpan| {
            let child = message.children.iter().find(|child| child.spans.contains(span));
            child.map(|child| child.message.clone())
        };
        let label = |span: &rustc::DiagnosticSpan| {
            Some(Label {
                span: self.span(span)?,
                lines: span.line_start..span.line_end,
                column: span.column_start,
                primary: span.is_primary && message.spans.contains(span),
                text: span.label.clone().or_else(|| note(span)),
            })
        };
        let mut labels: Vec<Label> = labels.filter_map(label).collect();
        labels.sort_by_key(|label| !label.primary);
        Some(Diagnostic {
            level,
            code: message.code.as_ref().map(|code| code.code.clone()),
            message: message.message.clone(),
            labels,
            suggestions: message.children.iter().flat_map(|child| self.suggestions(child)).collect(),
            notes: message.children.iter().map(|child| child.message.clone()).collect(),
            rendered: message.rendered.clone().unwrap_or_default(),
        })
    }

    fn suggestions(&self, child: &rustc::Diagnostic) -> Vec<Suggestion> {
        let replaced: Vec<_> =
            child.spans.iter().filter(|span| span.suggested_replacement.is_some()).collect();
        let edit = |span: &&rustc::DiagnosticSpan| {
            let replacement = span.suggested_replacement.clone()?;
            Some(Edit { span: self.span(span)?, replacement })
        };
        let edits: Option<Vec<Edit>> = replaced.iter().map(edit).collect();
        let Some(edits) = edits.filter(|edits| !edits.is_empty()) else { return Vec::new() };
        let applicability = |span: &&rustc::DiagnosticSpan| match span.suggestion_applicability {
            Some(rustc::Applicability::MachineApplicable) => Applicability::MachineApplicable,
            Some(rustc::Applicability::MaybeIncorrect) => Applicability::MaybeIncorrect,
            Some(rustc::Applicability::HasPlaceholders) => Applicability::HasPlaceholders,
            _ => Applicability::Unspecified,
        };
        let applicability = replaced.iter().map(applicability).max().unwrap_or(Applicability::Unspecified);
        // Alternatives for one place come as spans of one child; parts of one suggestion do not overlap.
        let overlap = |edit: &Edit, other: &Edit| {
            edit.span.range == other.span.range
                || (edit.span.range.start < other.span.range.end
                    && other.span.range.start < edit.span.range.end)
        };
        let alternatives =
            edits.iter().enumerate().any(|(at, edit)| edits[..at].iter().any(|other| overlap(edit, other)));
        let groups: Vec<Vec<Edit>> =
            if alternatives { edits.into_iter().map(|edit| vec![edit]).collect() } else { vec![edits] };
        groups
            .into_iter()
            .map(|edits| Suggestion { message: child.message.clone(), edits, applicability })
            .collect()
    }
}
