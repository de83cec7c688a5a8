//! Warnings that a change adds to the functions it changes.

use std::collections::BTreeMap;

use crate::check::{LintGrowth, NewWarning};
use crate::diagnostic::{Diagnostic, Level};
use crate::schema::{Site, sites};
use crate::tree::{Tree, TreePath};

/// The codes of warnings of which a function has more after the change than before. What moved to another line is the
/// same; what lies outside every function counts by file.
pub fn growth(before: (&Tree, &[Diagnostic]), after: (&Tree, &[Diagnostic])) -> Vec<LintGrowth> {
    let (old, new) = (held(before.0, before.1), held(after.0, after.1));
    let grown = new.into_iter().filter_map(|(holder, found)| {
        let known = old.get(&holder).map(Vec::as_slice).unwrap_or_default();
        let (path, function, code) = holder;
        let growth = found.len().checked_sub(known.len()).filter(|growth| *growth > 0)?;
        let fresh = fresh(before.0, known, after.0, &found, growth);
        let new: Vec<NewWarning> = fresh.into_iter().map(|one| new_warning(after.0, one)).collect();
        let line = new.last().map_or(0, |warning| warning.line);
        Some(LintGrowth { path, function, code, before: known.len(), after: found.len(), line, new })
    });
    grown.collect()
}

/// By file, function and code.
type Held<'a> = BTreeMap<(TreePath, String, String), Vec<&'a Diagnostic>>;

fn held<'a>(tree: &Tree, diagnostics: &'a [Diagnostic]) -> Held<'a> {
    let mut held = Held::new();
    let mut known: BTreeMap<TreePath, Vec<Site>> = BTreeMap::new();
    for diagnostic in diagnostics.iter().filter(|diagnostic| diagnostic.level == Level::Warning) {
        let (Some(label), Some(code)) = (diagnostic.primary(), &diagnostic.code) else { continue };
        let path = &label.span.path;
        let of_file = known
            .entry(path.clone())
            .or_insert_with(|| tree.text(path).map(|text| sites(text, path)).unwrap_or_default());
        let holder = of_file.iter().find(|site| site.item.contains(&label.span.range.start));
        let function = holder.map(|site| site.function.clone()).unwrap_or_default();
        held.entry((path.clone(), function, code.clone())).or_default().push(diagnostic);
    }
    held
}

/// So many of the warnings after the change, first those about a line that none was about before.
fn fresh<'a>(
    base: &Tree,
    known: &[&Diagnostic],
    tree: &Tree,
    found: &[&'a Diagnostic],
    growth: usize,
) -> Vec<&'a Diagnostic> {
    let mut lines: Vec<&str> = known.iter().filter_map(|one| line_of(base, one)).collect();
    let (mut old, mut new) = (Vec::new(), Vec::new());
    for diagnostic in found {
        let at = lines.iter().position(|line| Some(*line) == line_of(tree, diagnostic));
        match at {
            Some(at) => {
                lines.swap_remove(at);
                old.push(*diagnostic);
            }
            None => new.push(*diagnostic),
        }
    }
    new.into_iter().chain(old).take(growth).collect()
}

/// The line that a message is about, without what surrounds it.
fn line_of<'a>(tree: &'a Tree, diagnostic: &Diagnostic) -> Option<&'a str> {
    let span = &diagnostic.primary()?.span;
    let text = tree.text(&span.path)?;
    let start = text.get(..span.range.start)?.rfind('\n').map_or(0, |end| end + 1);
    text[start..].lines().next().map(str::trim)
}

fn new_warning(tree: &Tree, diagnostic: &Diagnostic) -> NewWarning {
    let (line, column) = diagnostic.primary().map_or((1, 1), |label| (label.lines.start, label.column));
    NewWarning { line, column, message: diagnostic.message.clone(), fix: diagnostic.fix(tree) }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::diagnostic::Label;
    use crate::patch::Span;

    fn tree(text: &str) -> Tree {
        let mut tree = Tree::new();
        tree.insert(TreePath::new("src/lib.rs").unwrap(), text);
        tree
    }

    fn warning(code: &str, at: usize) -> Diagnostic {
        let span = Span { path: TreePath::new("src/lib.rs").unwrap(), range: at..at + 1 };
        Diagnostic {
            level: Level::Warning,
            code: Some(code.to_owned()),
            message: String::new(),
            labels: vec![Label { span, lines: 1..1, column: 1, primary: true, text: None }],
            suggestions: Vec::new(),
            notes: Vec::new(),
            rendered: String::new(),
        }
    }

    #[test]
    fn only_what_a_function_has_more_of_is_growth() {
        let (before, after) = (tree("fn f() { 1; } fn g() { }"), tree("fn f() { } fn g() { 1; 2; }"));
        let old = [warning("a", 9), warning("a", 2)];
        assert_eq!(growth((&before, &old), (&after, &[warning("a", 2)])), []);
        let found = growth((&before, &old), (&after, &[warning("a", 20), warning("b", 9)]));
        let shown: Vec<(&str, &str, usize, usize)> = found
            .iter()
            .map(|one| (one.function.as_str(), one.code.as_str(), one.before, one.after))
            .collect();
        assert_eq!(shown, [("f", "b", 0, 1), ("g", "a", 0, 1)]);
    }

    #[test]
    fn the_new_warnings_are_those_about_lines_that_had_none() {
        let (before, after) = (tree("fn f() {\n old;\n}"), tree("fn f() {\n new;\n old;\n}"));
        let found = growth((&before, &[warning("a", 10)]), (&after, &[warning("a", 16), warning("a", 10)]));
        assert_eq!(found[0].new.len(), 1);
        let only = fresh(&before, &[&warning("a", 10)], &after, &[&warning("a", 16), &warning("a", 10)], 1)
            .first()
            .and_then(|one| line_of(&after, one).map(str::to_owned));
        assert_eq!(only.as_deref(), Some("new;"));
    }
}
