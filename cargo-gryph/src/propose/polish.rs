//! An accepted body is polished: the gate refuses warnings, and most have an edit that removes them.

use std::ops::Range;

use proc_macro2::{TokenStream, TokenTree};

use crate::diagnostic::{Applicability, Diagnostic};
use crate::hole::Hole;
use crate::propose::body;
use crate::propose::draft::{BodyEdit, Draft, Fault};
use crate::propose::suggestion::{apart, edited};

/// The body with the machine-applicable suggestions of its warnings applied, and with those lints mended that offer
/// none but have a template; `None` when there is nothing to do. Spans and edits of the diagnostics in the hole's file
/// count bytes in `body`. What comes out is a candidate like any other: it must be tried and checked again, which may
/// bring the next round of warnings.
pub fn clippy_polish(hole: &Hole, body: &str, diagnostics: &[Diagnostic]) -> Option<String> {
    let draft = Draft::new(hole, body)?;
    let mut taken: Vec<BodyEdit> = Vec::new();
    let mut take = |edits: Vec<BodyEdit>| {
        let inside = edits.iter().all(|edit| body.get(edit.range.clone()).is_some());
        if inside && edits.iter().all(|edit| taken.iter().all(|other| apart(edit, other))) {
            taken.extend(edits);
        }
    };
    for diagnostic in diagnostics {
        machine_applicable(hole, diagnostic).into_iter().for_each(&mut take);
        if diagnostic.code.as_deref() == Some("clippy::needless_range_loop") {
            take(iterate(&draft, &Fault::new(&draft, diagnostic)));
        }
    }
    let text = edited(body, &taken.iter().collect::<Vec<_>>())?;
    (text != body && body::check(&text).is_ok()).then_some(text)
}

fn machine_applicable(hole: &Hole, diagnostic: &Diagnostic) -> Vec<Vec<BodyEdit>> {
    let safe = diagnostic.suggestions.iter().filter(|suggestion| {
        suggestion.applicability == Applicability::MachineApplicable
            && suggestion.edits.iter().all(|edit| edit.span.path == hole.path)
    });
    safe.map(|suggestion| {
        let edits = suggestion.edits.iter();
        edits
            .map(|edit| BodyEdit { range: edit.span.range.clone(), text: edit.replacement.clone() })
            .collect()
    })
    .collect()
}

/// `for i in 0..v.len() { … v[i] … }` as a loop over `v.iter()`, where `v` is a variable that is only read. The index
/// stays when it is used for anything else.
fn iterate(draft: &Draft<'_>, fault: &Fault<'_>) -> Vec<BodyEdit> {
    let Some(at) = fault.at() else { return Vec::new() };
    let found = draft.expressions.iter().find_map(|expression| match expression {
        syn::Expr::ForLoop(looped) if body::range(&looped.expr) == at => Loop::read(draft, looped),
        _ => None,
    });
    found.map_or_else(Vec::new, |found| found.edits(draft))
}

struct Loop {
    index: String,
    sequence: String,
    header: Range<usize>,
    body: Range<usize>,
}

impl Loop {
    fn read(draft: &Draft<'_>, looped: &syn::ExprForLoop) -> Option<Self> {
        let (syn::Pat::Ident(index), syn::Expr::Range(range)) = (looped.pat.as_ref(), looped.expr.as_ref())
        else {
            return None;
        };
        let start = draft.slice(&body::range(range.start.as_ref()?));
        let sequence = draft.slice(&body::range(range.end.as_ref()?)).strip_suffix(".len()")?;
        let plain =
            start == "0" && matches!(range.limits, syn::RangeLimits::HalfOpen(_)) && is_name(sequence);
        let header = body::range(&looped.pat).start..body::range(&looped.expr).end;
        let (index, sequence) = (index.ident.to_string(), sequence.to_owned());
        plain.then(|| Self { index, sequence, header, body: body::range(&looped.body) })
    }

    fn edits(&self, draft: &Draft<'_>) -> Vec<BodyEdit> {
        let inside = |range: &Range<usize>| self.body.start <= range.start && range.end <= self.body.end;
        let mut edits = Vec::new();
        for expression in &draft.expressions {
            let syn::Expr::Index(access) = expression else { continue };
            let range = body::range(access);
            let of_sequence = draft.slice(&body::range(&access.expr)) == self.sequence;
            if inside(&range) && of_sequence && draft.slice(&body::range(&access.index)) == self.index {
                let value = if bare(draft, &range) { "*item" } else { "item" };
                edits.push(BodyEdit { range, text: value.to_owned() });
            }
        }
        let words = words(draft.slice(&self.body));
        let count = |name: &str| words.iter().filter(|word| *word == name).count();
        // Each access names the sequence and the index once; more sequences mean writes or other accesses.
        if edits.is_empty()
            || count(&self.sequence) != edits.len()
            || count("item") > 0
            || assigned(draft, &edits)
        {
            return Vec::new();
        }
        let header = if count(&self.index) > edits.len() {
            format!("({}, item) in {}.iter().enumerate()", self.index, self.sequence)
        } else {
            format!("item in {}.iter()", self.sequence)
        };
        edits.push(BodyEdit { range: self.header.clone(), text: header });
        edits
    }
}

/// Whether the expression stands where a reference must be dereferenced by hand: not before a dot or a bracket, and not
/// behind `&`.
fn bare(draft: &Draft<'_>, range: &Range<usize>) -> bool {
    !draft.text[range.end..].starts_with(['.', '['])
}

/// Whether one of the edited places is written to or borrowed mutably.
fn assigned(draft: &Draft<'_>, edits: &[BodyEdit]) -> bool {
    edits.iter().any(|edit| {
        let after = draft.text[edit.range.end..].trim_start();
        let operator: String = after.chars().take_while(|c| "+-*/%^|&<>=".contains(*c)).collect();
        let writes = operator.ends_with('=') && !["==", "<=", ">="].contains(&operator.as_str());
        writes || draft.text[..edit.range.start].trim_end().ends_with("&mut")
    })
}

fn is_name(text: &str) -> bool {
    syn::parse_str::<syn::Ident>(text).is_ok()
}

fn words(text: &str) -> Vec<String> {
    fn collect(stream: TokenStream, words: &mut Vec<String>) {
        for tree in stream {
            match tree {
                TokenTree::Group(group) => collect(group.stream(), words),
                TokenTree::Ident(ident) => words.push(ident.to_string()),
                // A format string may name a variable.
                TokenTree::Literal(literal) => words.extend(
                    literal.to_string().split(|c: char| c != '_' && !c.is_alphanumeric()).map(str::to_owned),
                ),
                TokenTree::Punct(_) => {}
            }
        }
    }
    let mut found = Vec::new();
    collect(text.parse().unwrap_or_default(), &mut found);
    found
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::diagnostic::{Label, Level, Suggestion};
    use crate::hole::HoleId;
    use crate::patch::{Edit, Span};
    use crate::tree::TreePath;

    fn hole() -> Hole {
        Hole {
            id: HoleId("f".to_owned()),
            path: TreePath::new("src/lib.rs").unwrap(),
            function: "f".to_owned(),
            signature: "fn f(v: &[u32])".to_owned(),
            doc: String::new(),
            context: String::new(),
            dependencies: Vec::new(),
            visible: Vec::new(),
            properties: Vec::new(),
            held_back: Vec::new(),
        }
    }

    fn warning(code: &str, at: Range<usize>, replacement: Option<&str>) -> Diagnostic {
        let span = Span { path: hole().path, range: at };
        let edit = |text: &str| Edit { span: span.clone(), replacement: text.to_owned() };
        let suggestion = |text| Suggestion {
            message: String::new(),
            edits: vec![edit(text)],
            applicability: Applicability::MachineApplicable,
        };
        Diagnostic {
            level: Level::Warning,
            code: Some(code.to_owned()),
            message: String::new(),
            labels: vec![Label { span: span.clone(), lines: 1..1, column: 1, primary: true, text: None }],
            suggestions: replacement.map(suggestion).into_iter().collect(),
            notes: Vec::new(),
            rendered: String::new(),
        }
    }

    fn polished(body: &str, marked: &str, code: &str, replacement: Option<&str>) -> Option<String> {
        let start = body.find(marked).unwrap();
        clippy_polish(&hole(), body, &[warning(code, start..start + marked.len(), replacement)])
    }

    #[test]
    fn machine_applicable_suggestions_are_applied() {
        let text = polished("return 1;", "return 1;", "clippy::needless_return", Some("1"));
        assert_eq!(text.as_deref(), Some("1"));
        assert_eq!(polished("return 1;", "return 1;", "clippy::x", None), None);
    }

    #[test]
    fn a_loop_over_indices_becomes_a_loop_over_items() {
        let check = |body: &str, expect: Option<&str>| {
            let text = polished(body, "0..v.len()", "clippy::needless_range_loop", None);
            assert_eq!(text.as_deref(), expect, "{body}");
        };
        check("for i in 0..v.len() { s += v[i]; }", Some("for item in v.iter() { s += *item; }"));
        check(
            "for i in 0..v.len() { if v[i].is_odd() { s += i; } }",
            Some("for (i, item) in v.iter().enumerate() { if item.is_odd() { s += i; } }"),
        );
        check("for i in 0..v.len() { v[i] += 1; }", None);
        check("for i in 0..v.len() { s += v[i] + v[i + 1]; }", None);
        check("for i in 0..v.len() { g(&mut v[i]); }", None);
    }
}
