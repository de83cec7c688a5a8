//! Warnings that a change adds to the functions it changes.

use std::collections::BTreeMap;

use crate::check::LintGrowth;
use crate::diagnostic::{Diagnostic, Level};
use crate::schema::{Site, sites};
use crate::tree::{Tree, TreePath};

/// The codes of warnings of which a function has more after the change than before. What moved to another line is the
/// same; what lies outside every function counts by file.
pub fn growth(before: (&Tree, &[Diagnostic]), after: (&Tree, &[Diagnostic])) -> Vec<LintGrowth> {
    let (old, new) = (counts(before.0, before.1), counts(after.0, after.1));
    let grown = new.into_iter().filter_map(|((path, function, code), Count { warnings: after, line })| {
        let before =
            old.get(&(path.clone(), function.clone(), code.clone())).map_or(0, |count| count.warnings);
        (after > before).then_some(LintGrowth { path, function, code, before, after, line })
    });
    grown.collect()
}

type Counts = BTreeMap<(TreePath, String, String), Count>;

/// So many warnings, and the line of the last.
#[derive(Default)]
struct Count {
    warnings: usize,
    line: usize,
}

fn counts(tree: &Tree, diagnostics: &[Diagnostic]) -> Counts {
    let mut counts = Counts::new();
    let mut known: BTreeMap<TreePath, Vec<Site>> = BTreeMap::new();
    for diagnostic in diagnostics.iter().filter(|diagnostic| diagnostic.level == Level::Warning) {
        let (Some(label), Some(code)) = (diagnostic.primary(), &diagnostic.code) else { continue };
        let path = &label.span.path;
        let of_file = known
            .entry(path.clone())
            .or_insert_with(|| tree.text(path).map(|text| sites(text, path)).unwrap_or_default());
        let holder = of_file.iter().find(|site| site.item.contains(&label.span.range.start));
        let function = holder.map(|site| site.function.clone()).unwrap_or_default();
        let count = counts.entry((path.clone(), function, code.clone())).or_default();
        (count.warnings, count.line) = (count.warnings + 1, count.line.max(label.lines.start));
    }
    counts
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
}
