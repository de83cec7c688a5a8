//! Cargo's JSON messages, reduced to diagnostics of the tree and test binaries.

use std::path::{Component, Path, PathBuf};

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

/// Reads one message a line, of a tree at `root` built in `target`. Lines that are none are skipped.
///
/// A procedural macro can print lines of its own here, so a binary outside of the target directory, or a second one
/// at the same path, is not believed.
pub(super) fn read(stdout: &[u8], root: &Path, target: &Path) -> Messages {
    let mut messages = Messages::default();
    for message in Message::parse_stream(stdout).map_while(Result::ok) {
        match message {
            Message::CompilerMessage(said) => messages.diagnostics.extend(diagnostic(&said.message, root)),
            Message::CompilerArtifact(artifact) => {
                let known = |path: &Path| messages.binaries.iter().any(|known| known.path == path);
                let built = binary(&artifact, root)
                    .filter(|built| built.path.starts_with(target) && !known(&built.path));
                messages.binaries.extend(built);
            }
            // Build scripts, the end of the build, plain text, and what newer Cargos may say.
            _ => {}
        }
    }
    messages
}

fn binary(artifact: &Artifact, root: &Path) -> Option<TestBinary> {
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
    let package_dir: PathBuf = artifact.manifest_path.parent()?.to_owned().into();
    let target = match package_dir == root {
        true => name,
        false => format!("{}/{name}", package_name(&artifact.package_id.repr)?),
    };
    Some(TestBinary { path: path.into(), target, kind, package_dir })
}

/// The name in a package id: `path+file:///w/a#0.1.0`, `path+file:///w/a#name@0.1.0`, or, from older Cargos,
/// `name 0.1.0 (path+file:///w/a)`.
fn package_name(id: &str) -> Option<&str> {
    if let Some((name, _)) = id.split_once(' ') {
        return Some(name);
    }
    let (place, version) = id.rsplit_once('#')?;
    match version.split_once('@') {
        Some((name, _)) => Some(name),
        None => place.rsplit('/').next(),
    }
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

#[cfg(test)]
mod tests {
    use proptest::prelude::*;
    use serde_json::{Value, json};

    use super::*;

    fn span(file: &str, range: (u32, u32), replacement: Option<&str>) -> Value {
        json!({
            "file_name": file, "byte_start": range.0, "byte_end": range.1, "line_start": 1, "line_end": 1,
            "column_start": 1, "column_end": 2, "is_primary": true, "text": [], "label": "here",
            "suggested_replacement": replacement, "suggestion_applicability": replacement.map(|_| "MaybeIncorrect"),
            "expansion": null,
        })
    }

    fn said(spans: Value, children: Value) -> Value {
        json!({
            "message": "mismatched types", "code": {"code": "E0308", "explanation": null}, "level": "error",
            "spans": spans, "children": children, "rendered": "error",
        })
    }

    fn child(message: &str, spans: &[Value]) -> Value {
        json!({"message": message, "code": null, "level": "help", "spans": spans, "children": [], "rendered": null})
    }

    fn read_one(message: Value) -> Diagnostic {
        let message: rustc::Diagnostic = serde_json::from_value(message).unwrap();
        diagnostic(&message, Path::new("/bench/tree")).unwrap()
    }

    /// Ranges of the parts as rustc lists them, and how many edits each alternative has.
    type Alternatives = (&'static [(u32, u32)], &'static [usize]);

    #[test]
    fn alternatives_are_apart_and_each_has_all_its_edits() {
        let cases: &[Alternatives] = &[
            // One place, three offers.
            (&[(0, 0), (0, 0), (0, 0)], &[1, 1, 1]),
            // Two places that belong together.
            (&[(1, 1), (5, 6)], &[2]),
            // The same two places, twice.
            (&[(1, 1), (5, 6), (1, 1), (5, 6)], &[2, 2]),
            // Overlapping replacements cannot belong together.
            (&[(1, 8), (5, 6)], &[1, 1]),
        ];
        for (ranges, expected) in cases {
            let spans: Vec<Value> =
                ranges.iter().map(|range| span("src/lib.rs", *range, Some("x"))).collect();
            let read = read_one(said(json!([]), json!([child("try", &spans)])));
            let sizes: Vec<usize> = read.suggestions.iter().map(|offer| offer.edits.len()).collect();
            assert_eq!(sizes, *expected, "{ranges:?}");
            assert!(read.suggestions.iter().all(|offer| offer.message == "try"));
        }
    }

    #[test]
    fn places_outside_the_tree_are_left_out_and_so_are_suggestions_there() {
        let outside = span("/registry/serde/src/lib.rs", (0, 1), None);
        let offer = span("/registry/serde/src/lib.rs", (0, 1), Some("x"));
        let inside = span("/bench/tree/src/a.rs", (0, 1), None);
        let read = read_one(said(json!([outside, inside]), json!([child("edit the registry", &[offer])])));
        let paths: Vec<&str> = read.labels.iter().map(|label| label.span.path.as_str()).collect();
        assert_eq!(paths, ["src/a.rs"]);
        assert!(read.suggestions.is_empty());
    }

    #[test]
    fn an_error_inside_a_foreign_macro_is_placed_where_the_macro_is_used() {
        let mut inside = span("/rustc/library/core/src/macros.rs", (0, 1), None);
        let used = span("src/lib.rs", (40, 50), None);
        inside["expansion"] = json!({"span": used, "macro_decl_name": "assert_eq!", "def_site_span": null});
        let read = read_one(said(json!([inside]), json!([])));
        assert_eq!(read.primary().map(|label| label.span.range.clone()), Some(40..50));
    }

    #[test]
    fn notes_keep_their_text_and_their_places() {
        let note = child("required by this bound", &[span("src/lib.rs", (9, 12), None)]);
        let read = read_one(said(json!([span("src/lib.rs", (1, 2), None)]), json!([note])));
        assert_eq!(read.notes, ["required by this bound"]);
        assert_eq!(read.labels.iter().filter(|label| label.primary).count(), 1);
        assert_eq!(read.labels[1].span.range, 9..12);
    }

    #[test]
    fn lines_that_are_no_messages_are_skipped() {
        let finished = r#"{"reason":"build-finished","success":true}"#;
        let text = format!("hello\n{finished}\n{{\"reason\":\"new-thing\"}}\n{{broken\n");
        let read = read(text.as_bytes(), Path::new("/bench/tree"), Path::new("/bench/target"));
        assert!(read.diagnostics.is_empty() && read.binaries.is_empty());
    }

    #[test]
    fn binaries_that_nobody_built_are_not_believed() {
        let artifact = |path: &str| {
            json!({
                "reason": "compiler-artifact", "package_id": "path+file:///bench/tree#sample-kit@0.1.0",
                "manifest_path": "/bench/tree/Cargo.toml", "filenames": [path], "executable": path, "fresh": false,
                "features": [], "profile": {"opt_level": "0", "debuginfo": 0, "debug_assertions": true,
                "overflow_checks": true, "test": true},
                "target": {"kind": ["lib"], "crate_types": ["lib"], "name": "sample-kit", "src_path": "/x",
                "edition": "2024", "doc": true, "doctest": true, "test": true},
            })
        };
        let paths = ["/bench/target/debug/deps/a-1", "/bin/true", "/bench/target/debug/deps/a-1"];
        let text = paths.map(|path| artifact(path).to_string()).join("\n");
        let read = read(text.as_bytes(), Path::new("/bench/tree"), Path::new("/bench/target"));
        let built: Vec<_> = read.binaries.iter().map(|built| (built.target.as_str(), built.kind)).collect();
        assert_eq!(built, [("sample_kit", TestKind::Unit)]);
    }

    #[test]
    fn targets_of_members_carry_the_name_of_their_package() {
        for (id, target) in [
            ("path+file:///bench/tree/one#0.1.0", "one/outer"),
            ("path+file:///bench/tree/one#other@0.1.0", "other/outer"),
            ("other 0.1.0 (path+file:///bench/tree/one)", "other/outer"),
        ] {
            let artifact = json!({
                "reason": "compiler-artifact", "package_id": id, "manifest_path": "/bench/tree/one/Cargo.toml",
                "filenames": [], "executable": "/bench/target/debug/deps/a-1", "fresh": false, "features": [],
                "profile": {"opt_level": "0", "debuginfo": 0, "debug_assertions": true, "overflow_checks": true,
                "test": true},
                "target": {"kind": ["test"], "crate_types": ["bin"], "name": "outer", "src_path": "/x",
                "edition": "2024", "doc": false, "doctest": false, "test": true},
            });
            let text = artifact.to_string();
            let read = read(text.as_bytes(), Path::new("/bench/tree"), Path::new("/bench/target"));
            assert_eq!(read.binaries[0].target, target, "{id}");
        }
    }

    proptest! {
        #[test]
        fn no_bytes_make_the_reader_panic(bytes in proptest::collection::vec(any::<u8>(), 0..200)) {
            read(&bytes, Path::new("/bench/tree"), Path::new("/bench/target"));
        }

        #[test]
        fn no_name_leaves_the_tree(name in "[a./]{0,12}") {
            if let Some(path) = tree_path(&name, Path::new("/bench/tree")) {
                prop_assert!(!path.as_str().split('/').any(|part| part == ".."));
            }
        }
    }
}
