//! What a body names of other crates: paths, with what `use` makes of their first words, and methods.

use std::collections::{BTreeMap, BTreeSet};

use syn::visit::Visit;

/// Paths and methods that a body names.
#[derive(Clone, PartialEq, Eq, Debug, Default)]
pub(super) struct Named {
    /// Paths of two words and more, from the crate on.
    pub(super) paths: BTreeSet<Vec<String>>,
    /// Methods that are called on some value.
    pub(super) methods: BTreeSet<String>,
}

/// What a function's body names, read with the `use` lines around it. What is no Rust names nothing.
pub(super) fn named(context: &str, body: &str) -> Named {
    let mut reading = Reading::default();
    use_lines(context).iter().for_each(|tree| reading.learn(&mut Vec::new(), tree));
    let Ok(block) = syn::parse_str::<syn::Block>(&format!("{{{body}\n}}")) else { return Named::default() };
    let mut inner = Uses(Vec::new());
    inner.visit_block(&block);
    inner.0.iter().for_each(|tree| reading.learn(&mut Vec::new(), tree));
    // What the lines around bring in is named only where the body uses it; what its own lines bring in is.
    reading.named.paths.clear();
    inner.0.iter().for_each(|tree| reading.bring(&mut Vec::new(), tree));
    reading.visit_block(&block);
    reading.named
}

/// The `use` lines around a body, of which the rest need not be whole.
fn use_lines(context: &str) -> Vec<syn::UseTree> {
    let starts = context.match_indices("use ").map(|(at, _)| at);
    let at_line = |at: &usize| {
        let line = context[..*at].rsplit('\n').next().unwrap_or_default().trim();
        line.is_empty() || line.starts_with("pub") && !line.contains([';', '/'])
    };
    let items = starts.filter(at_line).filter_map(|at| context[at..].split_inclusive(';').next());
    items.filter_map(|item| Some(syn::parse_str::<syn::ItemUse>(item).ok()?.tree)).collect()
}

/// The `use` lines of a body.
struct Uses(Vec<syn::UseTree>);

impl Visit<'_> for Uses {
    fn visit_item_use(&mut self, item: &syn::ItemUse) {
        self.0.push(item.tree.clone());
    }
}

#[derive(Default)]
struct Reading {
    /// What a word stands for.
    aliases: BTreeMap<String, Vec<String>>,
    named: Named,
}

impl Reading {
    /// Notes what a `use` line lets words stand for.
    fn learn(&mut self, before: &mut Vec<String>, tree: &syn::UseTree) {
        walk(before, tree, &mut |path, alias| {
            self.aliases.insert(alias.to_owned(), path.to_vec());
        });
    }

    /// Notes the paths of a `use` line as named.
    fn bring(&mut self, before: &mut Vec<String>, tree: &syn::UseTree) {
        walk(before, tree, &mut |path, _| {
            if path.len() > 1 {
                self.named.paths.insert(path.to_vec());
            }
        });
    }
}

/// Tells every path of a `use` tree with the word that stands for it; globs are passed over.
fn walk(before: &mut Vec<String>, tree: &syn::UseTree, tell: &mut dyn FnMut(&[String], &str)) {
    match tree {
        syn::UseTree::Path(path) => {
            before.push(path.ident.to_string());
            walk(before, &path.tree, tell);
            before.pop();
        }
        syn::UseTree::Name(name) if name.ident == "self" => {
            if let Some(alias) = before.last() {
                tell(before, alias);
            }
        }
        syn::UseTree::Name(name) => leaf(before, &name.ident.to_string(), &name.ident.to_string(), tell),
        syn::UseTree::Rename(name) => leaf(before, &name.ident.to_string(), &name.rename.to_string(), tell),
        syn::UseTree::Group(group) => group.items.iter().for_each(|tree| walk(before, tree, tell)),
        syn::UseTree::Glob(_) => {}
    }
}

fn leaf(before: &mut Vec<String>, name: &str, alias: &str, tell: &mut dyn FnMut(&[String], &str)) {
    before.push(name.to_owned());
    tell(before, alias);
    before.pop();
}

impl<'ast> Visit<'ast> for Reading {
    fn visit_path(&mut self, path: &'ast syn::Path) {
        let words = path.segments.iter().map(|segment| segment.ident.to_string());
        let mut words: Vec<String> = words.collect();
        if let Some(known) = words.first().and_then(|first| self.aliases.get(first)) {
            words.splice(..1, known.iter().cloned());
        }
        if words.len() > 1 {
            self.named.paths.insert(words);
        }
        syn::visit::visit_path(self, path);
    }

    fn visit_expr_method_call(&mut self, call: &'ast syn::ExprMethodCall) {
        self.named.methods.insert(call.method.to_string());
        syn::visit::visit_expr_method_call(self, call);
    }

    /// Many macros take expressions; those of their words that are read so are named too.
    fn visit_macro(&mut self, item: &'ast syn::Macro) {
        let parser = syn::punctuated::Punctuated::<syn::Expr, syn::Token![,]>::parse_terminated;
        if let Ok(arguments) = item.parse_body_with(parser) {
            arguments.iter().for_each(|argument| self.visit_expr(argument));
        }
        syn::visit::visit_macro(self, item);
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn paths(named: &Named) -> Vec<String> {
        named.paths.iter().map(|path| path.join("::")).collect()
    }

    #[test]
    fn words_that_use_lines_bring_in_stand_for_their_paths() {
        let context = "use jiff::{civil::{self, Date}, Span as Length};\npub struct Own;";
        let body = "use jiff::tz::TimeZone;\nlet day = Date::new(1, 2, 3); civil::time(1); Length::days(day)";
        let named = named(context, body);
        assert_eq!(
            paths(&named),
            ["jiff::Span::days", "jiff::civil::Date::new", "jiff::civil::time", "jiff::tz::TimeZone"]
        );
    }

    #[test]
    fn methods_are_named_also_inside_of_macros() {
        let named = named("", "format!(\"{}\", day.weekday()); Own::new().run(|x| x.len())");
        assert_eq!(named.methods.iter().collect::<Vec<_>>(), ["len", "run", "weekday"]);
        assert_eq!(paths(&named), ["Own::new"]);
    }

    #[test]
    fn what_is_no_rust_names_nothing() {
        assert_eq!(named("use a::B;", "let = }"), Named::default());
    }
}
