//! Whose fault a compiler message is, told in the terms of the candidate's own text.

use std::collections::{BTreeMap, BTreeSet};
use std::ops::Range;

use crate::diagnostic::{Diagnostic, Label, Level, Suggestion};
use crate::patch::{Edit, Span};
use crate::schema::pack::{Placed, Schema};
use crate::schema::weave::{Thread, Weave};
use crate::tree::TreePath;

/// Lints that stop an ordinary build unless they are capped (`rustc -W help`, 1.95): what screening lets pass with a
/// capped one would fail when it is confirmed.
const DENIED_LINTS: [&str; 26] = [
    "ambiguous_associated_items",
    "arithmetic_overflow",
    "bindings_with_variant_name",
    "dangerous_implicit_autorefs",
    "deref_nullptr",
    "enum_intrinsics_non_enums",
    "ill_formed_attribute_input",
    "incomplete_include",
    "invalid_atomic_ordering",
    "invalid_from_utf8_unchecked",
    "invalid_null_arguments",
    "invalid_reference_casting",
    "let_underscore_lock",
    "long_running_const_eval",
    "mutable_transmutes",
    "never_type_fallback_flowing_into_unsafe",
    "no_mangle_const_items",
    "out_of_scope_macro_calls",
    "overflowing_literals",
    "patterns_in_fns_without_body",
    "semicolon_in_expressions_from_macros",
    "text_direction_codepoint_in_comment",
    "text_direction_codepoint_in_literal",
    "unconditional_panic",
    "undropped_manually_drops",
    "useless_deprecated",
];

/// What a build's messages say about a schema.
#[derive(Clone, Default, Debug)]
pub struct Attribution {
    /// Errors by variant, with places in bytes of the variant's body.
    pub variants: BTreeMap<u32, Vec<Diagnostic>>,
    /// Errors in what was made around the variants of a part, by the part's number: the construction's fault.
    pub construction: BTreeMap<usize, Vec<Diagnostic>>,
    /// Errors that lie in no variant.
    pub rest: Vec<Diagnostic>,
}

impl Attribution {
    /// The functions named as not `const` where only `const` ones may be called (E0015).
    pub fn wanted_const(&self) -> BTreeSet<String> {
        let places = self.construction.values().chain(self.variants.values());
        wanted_const(self.rest.iter().chain(places.flatten()))
    }
}

/// The functions that messages name as not `const` where only `const` ones may be called (E0015).
pub(crate) fn wanted_const<'d>(diagnostics: impl IntoIterator<Item = &'d Diagnostic>) -> BTreeSet<String> {
    let all = diagnostics.into_iter().filter(|diagnostic| diagnostic.code.as_deref() == Some("E0015"));
    all.filter_map(named_function).collect()
}

/// Whether a message says that one of these functions must be `const`.
pub(crate) fn wants_const(diagnostic: &Diagnostic, names: &BTreeSet<String>) -> bool {
    diagnostic.code.as_deref() == Some("E0015")
        && named_function(diagnostic).is_some_and(|name| names.contains(&name))
}

/// Whether a message stops an ordinary build.
pub fn is_fatal(diagnostic: &Diagnostic) -> bool {
    let denied = diagnostic.code.as_deref().is_some_and(|code| DENIED_LINTS.contains(&code));
    let summary = diagnostic.labels.is_empty() && diagnostic.message.starts_with("aborting due to");
    (diagnostic.level == Level::Error || denied) && !summary
}

/// Sorts the fatal messages of a build by the variant that caused them: by primary place, then by any place. A
/// message that comes once for each target counts once.
pub fn attribute(schema: &Schema, diagnostics: &[Diagnostic]) -> Attribution {
    let mut attribution = Attribution::default();
    let mut seen = BTreeSet::new();
    for diagnostic in diagnostics.iter().filter(|diagnostic| is_fatal(diagnostic)) {
        let place = diagnostic.labels.first().map(|label| (label.span.path.clone(), label.span.range.start));
        if !seen.insert((diagnostic.code.clone(), diagnostic.message.clone(), place)) {
            continue;
        }
        match schema.owner_of(diagnostic) {
            Some(Owner::Variant(number)) => {
                attribution.variants.entry(number).or_default().push(schema.translate(diagnostic, number));
            }
            Some(Owner::Part(part)) => {
                attribution.construction.entry(part).or_default().push(diagnostic.clone());
            }
            None => attribution.rest.push(schema.translate_outside(diagnostic)),
        }
    }
    attribution
}

enum Owner {
    Variant(u32),
    Part(usize),
}

impl Schema {
    /// By primary place, then by any place; the dispatch is blamed only where nothing else is.
    fn owner_of(&self, diagnostic: &Diagnostic) -> Option<Owner> {
        let primary = diagnostic.labels.iter().filter(|label| label.primary);
        let other = diagnostic.labels.iter().filter(|label| !label.primary);
        let threads: Vec<Thread> =
            primary.chain(other).filter_map(|label| self.thread(&label.span)).collect();
        let owner = |thread: &Thread| match *thread {
            Thread::Variant(number) | Thread::Body { number, .. } => Some(Owner::Variant(number)),
            Thread::Header(part) => Some(Owner::Part(part)),
            Thread::Original(_) | Thread::Made | Thread::Head(_) => None,
        };
        let head = |thread: &Thread| match *thread {
            Thread::Head(part) => Some(Owner::Part(part)),
            Thread::Variant(_) | Thread::Body { .. } | Thread::Header(_) => None,
            Thread::Original(_) | Thread::Made => None,
        };
        threads.iter().find_map(owner).or_else(|| threads.iter().find_map(head))
    }

    fn thread(&self, span: &Span) -> Option<Thread> {
        Some(self.weaves.get(&span.path)?.piece(span.range.start)?.thread)
    }

    /// A message about a variant in bytes of its body. What lies outside the body becomes a note.
    pub(crate) fn translate(&self, diagnostic: &Diagnostic, number: u32) -> Diagnostic {
        let mut translated = self.translate_outside(diagnostic);
        translated.labels.clear();
        translated.suggestions.clear();
        for label in &diagnostic.labels {
            let own = self.body_range(&label.span, number).zip(self.bodies.get(&number));
            match own {
                Some((range, placed)) => translated.labels.push(self.own_label(label, placed, range)),
                None => {
                    translated.notes.extend(label.text.as_deref().map(|text| self.switch.own_names(text)))
                }
            }
        }
        for suggestion in &diagnostic.suggestions {
            match self.own_suggestion(suggestion, number) {
                Some(own) => translated.suggestions.push(own),
                None => {
                    let message = self.switch.own_names(&suggestion.message);
                    translated.notes.push(format!("outside the body: {message}"));
                }
            }
        }
        translated
    }

    /// A message about the one body of [`super::replace`], wherever it points.
    pub(crate) fn about_the_body(&self, diagnostic: &Diagnostic) -> Diagnostic {
        self.translate(diagnostic, crate::schema::pack::ONLY)
    }

    /// A message with the function's own names and the original's lines.
    pub(crate) fn translate_outside(&self, diagnostic: &Diagnostic) -> Diagnostic {
        let mut translated = diagnostic.clone();
        translated.message = self.switch.own_names(&diagnostic.message);
        translated.notes = diagnostic.notes.iter().map(|note| self.switch.own_names(note)).collect();
        translated.rendered = self.switch.own_names(&self.renumber(&diagnostic.rendered));
        translated
    }

    fn body_range(&self, span: &Span, number: u32) -> Option<Range<usize>> {
        let range = self.weaves.get(&span.path)?.body_range(&span.range, number)?;
        self.bodies.get(&number)?.body.get(range.clone()).map(|_| range)
    }

    fn own_label(&self, label: &Label, Placed { body, site }: &Placed, range: Range<usize>) -> Label {
        let line = |at: usize| body[..at].matches('\n').count() + 1;
        let column = body[..range.start].rsplit('\n').next().map_or(0, |before| before.chars().count()) + 1;
        Label {
            lines: line(range.start)..line(range.end),
            span: Span { path: site.path.clone(), range },
            column,
            primary: label.primary,
            text: label.text.as_deref().map(|text| self.switch.own_names(text)),
        }
    }

    /// A suggestion inside the body. An import that rustc would put at the top of the file goes to the top of the body.
    fn own_suggestion(&self, suggestion: &Suggestion, number: u32) -> Option<Suggestion> {
        let path = &self.bodies.get(&number)?.site.path;
        let own_edit = |edit: &Edit| {
            let is_import = edit.span.range.is_empty()
                && edit.replacement.trim_start().starts_with("use ")
                && edit.replacement.trim_end().ends_with(';');
            let inside = self.body_range(&edit.span, number);
            let range = inside.or_else(|| is_import.then_some(0..0))?;
            let replacement = self.switch.own_names(&edit.replacement);
            Some(Edit { span: Span { path: path.clone(), range }, replacement })
        };
        Some(Suggestion {
            message: self.switch.own_names(&suggestion.message),
            edits: suggestion.edits.iter().map(own_edit).collect::<Option<_>>()?,
            applicability: suggestion.applicability,
        })
    }

    /// Line numbers in rustc's own rendering, as if the body stood in the original file.
    fn renumber(&self, rendered: &str) -> String {
        let mut file: Option<(&TreePath, &Weave)> = None;
        let mut lines = Vec::new();
        for line in rendered.lines() {
            if let Some((before, place)) = line.split_once("--> ").or_else(|| line.split_once("::: ")) {
                let mut parts = place.rsplitn(3, ':');
                let (column, row, path) = (parts.next(), parts.next(), parts.next());
                file = path.and_then(|path| self.weaves.iter().find(|(own, _)| own.as_str() == path));
                let row = row.and_then(|row| row.parse().ok());
                if let (Some((path, weave)), Some(row), Some(column)) = (file, row, column)
                    && let Some(row) = self.own_line(path, weave, row)
                {
                    let arrow = if line.contains("--> ") { "-->" } else { ":::" };
                    lines.push(format!("{before}{arrow} {path}:{row}:{column}"));
                    continue;
                }
            }
            let gutter = line.split_once('|').and_then(|(gutter, rest)| {
                let row: usize = gutter.trim().parse().ok()?;
                let (path, weave) = file?;
                let row = self.own_line(path, weave, row)?;
                Some(format!("{row:<width$}|{rest}", width = gutter.len()))
            });
            lines.push(gutter.unwrap_or_else(|| line.to_owned()));
        }
        lines.join("\n") + "\n"
    }

    fn own_line(&self, path: &TreePath, weave: &Weave, row: usize) -> Option<usize> {
        let start: usize = weave.text.split_inclusive('\n').take(row.checked_sub(1)?).map(str::len).sum();
        let line = weave.text.get(start..)?.lines().next()?;
        let original = self.original.text(path)?;
        let line_of = |at: usize| original.get(..at).map(|before| before.matches('\n').count() + 1);
        let first = start + (line.len() - line.trim_start().len());
        let pieces =
            weave.pieces.iter().filter(|p| p.range.end > first && p.range.start <= start + line.len());
        pieces.into_iter().find_map(|piece| match piece.thread {
            Thread::Original(at) => line_of(at + first.saturating_sub(piece.range.start)),
            Thread::Body { number, at, length } => {
                let Placed { body, site } = self.bodies.get(&number)?;
                let inside = at + first.saturating_sub(piece.range.start).min(length);
                Some(line_of(site.body.start)? + body.get(..inside)?.matches('\n').count())
            }
            Thread::Made | Thread::Head(_) | Thread::Header(_) | Thread::Variant(_) => None,
        })
    }
}

/// The last name between the first backticks: `Type::<T>::name` is `name`.
fn named_function(diagnostic: &Diagnostic) -> Option<String> {
    let named = diagnostic.message.split('`').nth(1)?;
    let mut depth = 0_i32;
    let outside: String = named
        .chars()
        .filter(|c| {
            depth += i32::from(*c == '<') - i32::from(*c == '>');
            depth == 0 && *c != '>'
        })
        .collect();
    outside.rsplit("::").find(|part| !part.is_empty()).map(str::to_owned)
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::diagnostic::Applicability;
    use crate::schema::pack::{Construction, Form, Part, Subject, Variant, pack};
    use crate::schema::switch::Switch;
    use crate::tree::Tree;

    const TEXT: &str = "//! Crate.\n\npub fn f(x: u8) -> u8 {\n    x\n}\n";

    fn path() -> TreePath {
        TreePath::new("src/lib.rs").expect("plain")
    }

    fn schema(form: Form) -> Schema {
        let mut tree = Tree::new();
        tree.insert(path(), TEXT);
        let subject = Subject::find(&tree, &path(), "f").expect("there");
        let bodies = ["\n    x + bad\n", "\n    worse(\n        x)\n"];
        let variants: Vec<_> =
            (1..).zip(bodies).map(|(number, body)| Variant { number, body: body.to_owned(), form }).collect();
        let part = Part { subject: &subject, variants: &variants };
        pack(&tree, &[part], &Switch::draw(1, 1), &Construction::default()).expect("packs")
    }

    fn diagnostic(schema: &Schema, level: Level, code: &str, at: &str) -> Diagnostic {
        let text = schema.tree.text(&path()).expect("text");
        let start = text.find(at).expect("in the schema");
        let line = text[..start].matches('\n').count() + 1;
        let span = Span { path: path(), range: start..start + at.len() };
        let edit = |range: Range<usize>, replacement: &str| Suggestion {
            message: "try".to_owned(),
            edits: vec![Edit { span: Span { path: path(), range }, replacement: replacement.to_owned() }],
            applicability: Applicability::MaybeIncorrect,
        };
        let clone = schema.switch.clone_name(1, "f");
        Diagnostic {
            level,
            code: Some(code.to_owned()),
            message: format!("{at} in `{clone}`"),
            labels: vec![Label {
                span: span.clone(),
                lines: line..line,
                column: 9,
                primary: true,
                text: None,
            }],
            suggestions: vec![edit(span.range, "x"), edit(0..0, "use std::x;\n"), edit(0..3, "no")],
            notes: Vec::new(),
            rendered: format!(
                "error\n  --> src/lib.rs:{line}:9\n   |\n{line} |     x + bad // {clone}\n   |\n"
            ),
        }
    }

    #[test]
    fn an_error_belongs_to_its_variant_in_the_terms_of_its_body() {
        for form in [Form::Clone, Form::Arm] {
            let schema = schema(form);
            let errors = ["bad", "worse", "-> u8"].map(|at| diagnostic(&schema, Level::Error, "E0425", at));
            let attribution = attribute(&schema, &[&errors[..], &errors[..]].concat());
            assert_eq!(attribution.variants.keys().copied().collect::<Vec<_>>(), [1, 2]);
            let own = &attribution.variants[&1];
            assert_eq!(own.len(), 1, "an error of both targets counts once");
            assert_eq!((own[0].labels[0].span.range.clone(), own[0].labels[0].column), (9..12, 9));
            assert_eq!(own[0].message, "bad in `f`");
            let edits: Vec<_> = own[0].suggestions.iter().map(|suggestion| &suggestion.edits[0]).collect();
            assert_eq!(edits.iter().map(|edit| edit.span.range.clone()).collect::<Vec<_>>(), [9..12, 0..0]);
            assert_eq!(own[0].notes, ["outside the body: try"]);
            assert_eq!(own[0].rendered, "error\n  --> src/lib.rs:4:9\n   |\n4 |     x + bad // f\n   |\n");
            assert_eq!(attribution.rest.len(), 1);
        }
    }

    #[test]
    fn each_function_answers_for_its_own_variants_and_its_own_dispatch() {
        let texts =
            [("src/lib.rs", TEXT), ("src/other.rs", "\n\n\npub fn g((a, b): (u8, u8)) -> u8 { a + b }\n")];
        let mut tree = Tree::new();
        for (path, text) in texts {
            tree.insert(TreePath::new(path).expect("plain"), text);
        }
        let subjects = [("src/lib.rs", "f"), ("src/other.rs", "g")].map(|(path, name)| {
            Subject::find(&tree, &TreePath::new(path).expect("plain"), name).expect("there")
        });
        let variant = |number, body: &str| Variant { number, body: body.to_owned(), form: Form::Clone };
        let variants =
            [[variant(1, "x + missing"), variant(3, "x")], [variant(2, "a"), variant(4, "\na + four")]];
        let parts: Vec<Part<'_>> =
            subjects.iter().zip(&variants).map(|(subject, variants)| Part { subject, variants }).collect();
        let schema = pack(&tree, &parts, &Switch::draw(1, 1), &Construction::default()).expect("packs");
        let error = |path: &str, at: &str| {
            let path = TreePath::new(path).expect("plain");
            let start = schema.tree.text(&path).and_then(|text| text.find(at)).expect("in the schema");
            let mut error = diagnostic(&schema, Level::Error, "E0425", "missing");
            error.message = at.to_owned();
            error.labels[0].span = Span { path, range: start..start + at.len() };
            error
        };
        let errors = [
            error("src/lib.rs", "missing"),
            error("src/other.rs", "four"),
            error("src/other.rs", "let (a, b)"),
            error("src/lib.rs", "//! Crate"),
        ];
        let attribution = attribute(&schema, &errors);
        assert_eq!(attribution.variants.keys().copied().collect::<Vec<_>>(), [1, 4]);
        let label = &attribution.variants[&4][0].labels[0];
        assert_eq!((label.span.path.as_str(), label.span.range.clone()), ("src/other.rs", 5..9));
        assert_eq!(attribution.construction.keys().copied().collect::<Vec<_>>(), [1]);
        assert_eq!(attribution.rest.len(), 1);
    }

    #[test]
    fn a_lint_that_stops_an_ordinary_build_counts_as_an_error() {
        let schema = schema(Form::Clone);
        let lints = ["unused_variables", "arithmetic_overflow"];
        let messages = lints.map(|code| diagnostic(&schema, Level::Warning, code, "bad"));
        let attribution = attribute(&schema, &messages);
        assert_eq!(attribution.variants[&1][0].code.as_deref(), Some("arithmetic_overflow"));
        assert_eq!(attribution.variants[&1].len(), 1);
    }

    #[test]
    fn the_function_that_must_stay_const_is_named() {
        let schema = schema(Form::Clone);
        let cases = [
            ("cannot call non-const function `inner::get` in constants", "get"),
            ("cannot call non-const associated function `S::<Vec<u8>>::new` in constant functions", "new"),
        ];
        for (message, name) in cases {
            let mut error = diagnostic(&schema, Level::Error, "E0015", "x");
            (error.message, error.labels) = (message.to_owned(), Vec::new());
            assert_eq!(attribute(&schema, &[error]).wanted_const().into_iter().collect::<Vec<_>>(), [name]);
        }
    }
}
