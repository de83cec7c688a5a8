//! The items of one file side by side.

use std::collections::{BTreeMap, BTreeSet};

use proc_macro2::{TokenStream, TokenTree};
use quote::ToTokens;

use crate::change::attribute::{attributes, derives};
use crate::change::function::{Pair, equality_trait, is_equality, is_trivial};
use crate::change::item::{Function, Item, Items, Node, documentation, items};
use crate::change::kind::FileChange;
use crate::change::literal::{Literal, literals};
use crate::change::observation::{Observation, ObservationKind};
use crate::change::signature::bounds;
use crate::change::size::difference;
use crate::change::source::TestLiterals;
use crate::change::usage::Usage;
use crate::change::{ChangeFacts, FunctionChange};
use crate::schema::{Source, compact, forbidden_imports, uses};
use crate::tree::Tree;

/// A file that can be read.
pub(super) struct Program {
    source: Source,
    text: String,
}

impl Program {
    /// Parses a file; an empty text is a file without items.
    pub(super) fn read(text: &str) -> Result<Self, String> {
        Ok(Self { source: Source::parse(text)?, text: text.to_owned() })
    }

    fn line(&self, at: usize) -> usize {
        self.text.get(..at).unwrap_or_default().matches('\n').count() + 1
    }
}

/// Compares two states of a file and adds what is found.
pub(super) fn compare(
    before: &Program,
    now: &Program,
    base: &Tree,
    file: &FileChange,
    tests: &TestLiterals,
    facts: &mut ChangeFacts,
) {
    let (old, new) = (items(&before.source, false), items(&now.source, false));
    let siblings = knowledge(&old);
    let file_doc = documentation(&before.source.file.attrs);
    let mut comparison = Comparison { before, now, base, file, tests, siblings, file_doc, facts };
    comparison.whole_file();
    for (key, item) in &new {
        match old.get(key) {
            Some(was) => comparison.pair(was, item),
            None => comparison.added(item, &old),
        }
    }
    for (_, item) in old.iter().filter(|(key, _)| !new.contains_key(*key)) {
        comparison.removed(item);
    }
}

/// The literals of a program: functions and constants, tests left out.
fn knowledge(items: &Items<'_>) -> BTreeMap<String, BTreeSet<Literal>> {
    let of = |item: &Item<'_>| match &item.node {
        Node::Function(function) => literals(function.block.to_token_stream()),
        Node::Other { tokens, .. } => literals(tokens.parse().unwrap_or_default()),
        Node::Head { .. } | Node::Import(_) => BTreeSet::new(),
    };
    items.iter().filter(|(_, item)| !item.is_test).map(|(_, item)| (item.name.clone(), of(item))).collect()
}

struct Comparison<'a> {
    before: &'a Program,
    now: &'a Program,
    base: &'a Tree,
    file: &'a FileChange,
    tests: &'a TestLiterals,
    siblings: BTreeMap<String, BTreeSet<Literal>>,
    file_doc: String,
    facts: &'a mut ChangeFacts,
}

impl Comparison<'_> {
    fn observe(&mut self, kind: ObservationKind, line: usize, item: &str, detail: impl Into<String>) {
        let path = self.file.path.clone();
        let (item, detail) = (item.to_owned(), detail.into());
        self.facts.observations.push(Observation { kind, path, line, item, detail });
    }

    fn now_at(&self, item: &Item<'_>) -> usize {
        self.now.line(item.start)
    }

    /// What the file as a whole uses that it did not, and its inner attributes.
    fn whole_file(&mut self) {
        let (old, new) = (&self.before.source.file.attrs, &self.now.source.file.attrs);
        for (kind, detail) in attributes(old, new) {
            self.observe(kind, 1, "", detail);
        }
        self.documentation(&documentation(old), &documentation(new), 1, "");
        let reach = |program: &Program| -> Vec<(String, usize)> {
            let imported = forbidden_imports(&program.text);
            let stream = program_tokens(&program.source);
            uses(stream, &imported).into_iter().map(|found| (found.what, found.at)).collect()
        };
        let known: BTreeSet<String> = reach(self.before).into_iter().map(|(what, _)| what).collect();
        for (what, at) in reach(self.now).into_iter().filter(|(what, _)| !known.contains(what)) {
            if let Some(kind) = kind_of_use(&what) {
                self.observe(kind, self.now.line(at), "", what);
            }
        }
    }

    fn documentation(&mut self, old: &str, new: &str, line: usize, item: &str) {
        if examples(old) != examples(new) {
            self.observe(ObservationKind::TestCode, line, item, "examples in documentation changed");
            if let Some((kind, detail)) = examples_lost(old, new, &self.now.text) {
                self.observe(kind, line, item, detail);
            }
        } else if old != new {
            self.observe(ObservationKind::Documentation, line, item, "documentation changed");
        }
    }

    fn pair(&mut self, was: &Item<'_>, item: &Item<'_>) {
        let line = self.now_at(item);
        if was.is_test || item.is_test {
            if content(was) != content(item)
                || attribute_text(was) != attribute_text(item)
                || was.is_test != item.is_test
            {
                self.observe(
                    ObservationKind::TestCode,
                    line,
                    &item.name,
                    "a test or a part of the tests changed",
                );
            }
            return;
        }
        let attributes = attributes(was.attributes, item.attributes);
        for (kind, detail) in &attributes {
            let public = *kind == ObservationKind::DeriveRemoved
                && is_equality(detail.trim_end_matches('`').rsplit('`').next().unwrap_or_default());
            let kind = if public { ObservationKind::EqualityWeakened } else { *kind };
            self.observe(kind, line, &item.name, detail.clone());
        }
        self.documentation(&documentation(was.attributes), &documentation(item.attributes), line, &item.name);
        match (&was.node, &item.node) {
            (Node::Function(before), Node::Function(now)) => self.function((was, *before), (item, *now)),
            (Node::Head { generics: before, .. }, Node::Head { generics: now, .. }) => {
                if before.map(bounds) != now.map(bounds) {
                    self.observe(
                        ObservationKind::PublicBound,
                        line,
                        &item.name,
                        "its bounds or lifetimes changed",
                    );
                }
            }
            _ if content(was) == content(item) && was.is_public == item.is_public => {}
            _ => {
                let public = was.is_public || item.is_public;
                let kind = match (head(was), head(item)) {
                    (Some(before), Some(now)) if before == now => ObservationKind::ConstantChanged,
                    _ if public => ObservationKind::PublicSignature,
                    _ => ObservationKind::ItemChanged,
                };
                self.count(&content(was), &content(item));
                self.observe(kind, line, &item.name, "its definition changed");
            }
        }
    }

    fn function(&mut self, before: (&Item<'_>, Function<'_>), after: (&Item<'_>, Function<'_>)) {
        let (old, new) = (content(before.0), content(after.0));
        if old == new && before.0.is_public == after.0.is_public {
            return;
        }
        let line = self.now_at(after.0);
        let name = after.0.name.clone();
        let edit = self.count(&old, &new);
        self.facts.functions.push(FunctionChange {
            path: self.file.path.clone(),
            function: name.clone(),
            line,
            tokens_deleted: edit.0,
            tokens_added: edit.1,
            tokens_before: edit.2,
            was_stub: Usage::of(before.1.block).is_stub(),
        });
        let siblings: BTreeSet<Literal> = self
            .siblings
            .iter()
            .filter(|(other, _)| **other != before.0.name)
            .flat_map(|(_, literals)| literals.iter().cloned())
            .collect();
        let pair = Pair { before, after, siblings: &siblings, file_doc: &self.file_doc, tests: self.tests };
        for (kind, detail) in pair.observations() {
            self.observe(kind, line, &name, detail);
        }
        if !before.0.is_public
            && is_of_tests(self.base, self.file, &before.1.signature.ident.to_string(), &name)
        {
            self.observe(ObservationKind::TestOnlyItem, line, &name, "only tests use it");
        }
    }

    /// Counts a token difference: deleted, added, and tokens before.
    fn count(&mut self, old: &str, new: &str) -> (usize, usize, usize) {
        let (old, new) = (flat(old), flat(new));
        let found = difference(&old, &new);
        self.facts.size.tokens_deleted += found.deleted.len();
        self.facts.size.tokens_added += found.added.len();
        (found.deleted.len(), found.added.len(), old.len())
    }

    fn added(&mut self, item: &Item<'_>, old: &Items<'_>) {
        let line = self.now_at(item);
        if item.is_test {
            return self.observe(
                ObservationKind::TestCode,
                line,
                &item.name,
                "a part of the tests was added",
            );
        }
        for (kind, detail) in attributes(&[], item.attributes) {
            if !matches!(kind, ObservationKind::DeriveAdded | ObservationKind::Attribute) {
                self.observe(kind, line, &item.name, detail);
            }
        }
        self.count("", &content(item));
        let kind = match &item.node {
            Node::Import(_) => return,
            Node::Function(function) => {
                if equality_trait(function).is_some() && is_trivial(function) {
                    self.observe(ObservationKind::EqualityTrivial, line, &item.name, "it looks at nothing");
                }
                self.panics(function, item, line);
                in_known_impl(item, function.of_trait_impl, old)
            }
            Node::Other { of_trait_impl, .. } => in_known_impl(item, *of_trait_impl, old),
            Node::Head { is_trait_impl: true, .. } => {
                self.by_hand(item, old, line);
                ObservationKind::ItemAdded
            }
            Node::Head { .. } => ObservationKind::ItemAdded,
        };
        self.observe(kind, line, &item.name, "it was added");
    }

    /// What of a new function may panic.
    fn panics(&mut self, function: &Function<'_>, item: &Item<'_>, line: usize) {
        let usage = Usage::of(function.block);
        if usage.unwraps > 0 {
            self.observe(ObservationKind::Unwrap, line, &item.name, format!("{} more", usage.unwraps));
        }
        let announced = documentation(item.attributes).to_lowercase().contains("panic");
        for name in ["todo", "unimplemented", "panic", "unreachable"] {
            if usage.macro_count(name) > 0 && !(announced && name == "panic") {
                self.observe(ObservationKind::GivesUp, line, &item.name, format!("`{name}!` added"));
            }
        }
    }

    /// An implementation of equality for a type that derived it.
    fn by_hand(&mut self, item: &Item<'_>, old: &Items<'_>, line: usize) {
        let Some((of, named)) = item
            .name
            .rsplit("::")
            .next()
            .and_then(|name| name.trim_start_matches('<').trim_end_matches('>').split_once(" as "))
        else {
            return;
        };
        let named = named.split('<').next().unwrap_or_default();
        let derived = old.values().any(|other| {
            matches!(other.node, Node::Other { is_type: true, .. })
                && other.name.rsplit("::").next() == Some(of)
                && derives(other.attributes).contains(named)
        });
        if is_equality(named) && derived {
            self.observe(
                ObservationKind::EqualityWeakened,
                line,
                &item.name,
                format!("`{named}` was derived"),
            );
        }
    }

    fn removed(&mut self, item: &Item<'_>) {
        let line = self.before.line(item.start);
        if item.is_test {
            return self.observe(
                ObservationKind::TestCode,
                line,
                &item.name,
                "a part of the tests was removed",
            );
        }
        self.count(&content(item), "");
        if matches!(item.node, Node::Import(_)) {
            return;
        }
        let kind =
            if item.is_public { ObservationKind::PublicSignature } else { ObservationKind::ItemRemoved };
        self.observe(kind, line, &item.name, "it was removed");
    }
}

/// An item that an implementation of a trait lacked is one that the trait asks for.
fn in_known_impl(item: &Item<'_>, of_trait_impl: bool, old: &Items<'_>) -> ObservationKind {
    let holder = item.name.rsplit_once("::").map_or("", |(holder, _)| holder);
    match of_trait_impl && old.contains_key(&format!("impl {holder}")) {
        true => ObservationKind::TraitItemAdded,
        false => ObservationKind::ItemAdded,
    }
}

/// The tokens of an item, attributes left out.
fn content(item: &Item<'_>) -> String {
    match &item.node {
        Node::Function(function) => {
            format!("{} {}", function.signature.to_token_stream(), function.block.to_token_stream())
        }
        Node::Head { generics, .. } => generics.map(bounds).unwrap_or_default(),
        Node::Import(tree) => tree.clone(),
        Node::Other { tokens, .. } => tokens.clone(),
    }
}

/// What stands before the value of a constant.
fn head(item: &Item<'_>) -> Option<String> {
    let text = content(item);
    let is_constant = text.split_whitespace().take(4).any(|word| matches!(word, "const" | "static"));
    is_constant.then(|| text.split(" = ").next().map(str::to_owned))?
}

fn attribute_text(item: &Item<'_>) -> String {
    item.attributes.iter().map(|attribute| attribute.to_token_stream().to_string()).collect()
}

/// Tokens one by one, brackets included.
fn flat(text: &str) -> Vec<String> {
    fn collect(stream: TokenStream, found: &mut Vec<String>) {
        for token in stream {
            match token {
                TokenTree::Group(group) => {
                    let (open, close) = match group.delimiter() {
                        proc_macro2::Delimiter::Parenthesis => ("(", ")"),
                        proc_macro2::Delimiter::Brace => ("{", "}"),
                        proc_macro2::Delimiter::Bracket => ("[", "]"),
                        proc_macro2::Delimiter::None => ("", ""),
                    };
                    found.push(open.to_owned());
                    collect(group.stream(), found);
                    found.push(close.to_owned());
                }
                other => found.push(other.to_string()),
            }
        }
    }
    let mut found = Vec::new();
    collect(text.parse().unwrap_or_default(), &mut found);
    found
}

/// The tokens of a file without its tests.
fn program_tokens(source: &Source) -> TokenStream {
    let kept =
        source.file.items.iter().filter(|item| !crate::schema::is_test(crate::schema::attributes(item)));
    kept.map(ToTokens::to_token_stream).collect()
}

/// What a use of something that reaches outside is; `None` for what is compared as an item or an attribute.
fn kind_of_use(what: &str) -> Option<ObservationKind> {
    let word = what.trim_matches('`');
    match word {
        "an attribute" | "an `impl" | "an `impl`" | "static" | "mod" | "trait" | "macro" | "union" => None,
        "unsafe" | "extern" => Some(ObservationKind::Unsafe),
        _ if what.contains("todo!") || what.contains("unimplemented!") => None,
        _ if what.contains("cfg!") || what.contains("cfg_select!") => Some(ObservationKind::Conditional),
        _ => Some(ObservationKind::Outside),
    }
}

/// The code blocks in documentation.
fn examples(doc: &str) -> Vec<&str> {
    doc.split("```").skip(1).step_by(2).collect()
}

/// What the examples of an item, which are tests, lost. One that stands somewhere else now is not lost.
fn examples_lost(old: &str, new: &str, text: &str) -> Option<(ObservationKind, &'static str)> {
    let run = |doc| examples(doc).into_iter().filter(|block| is_run(block)).collect::<Vec<&str>>();
    let demands = |block: &&str| -> Vec<String> {
        block.lines().map(str::trim).filter(|line| line.contains("assert")).map(str::to_owned).collect()
    };
    let (before, now) = (run(old), run(new));
    let asked = |blocks: &[&str]| blocks.iter().map(|block| demands(block).len()).sum::<usize>();
    let is_elsewhere = |block: &&&str| {
        let demands = demands(block);
        let is_there =
            |demand: &String| text.matches(demand.as_str()).count() > new.matches(demand.as_str()).count();
        !demands.is_empty() && demands.iter().all(is_there)
    };
    let moved = before.iter().filter(|block| !now.contains(block)).filter(is_elsewhere).count();
    if before.len() > now.len() + moved {
        let is_off = examples(new).len() >= examples(old).len();
        return Some(match is_off {
            true => (ObservationKind::TestSwitch, "an example in its documentation is no test any more"),
            false => (ObservationKind::TestRemoved, "an example in its documentation is gone"),
        });
    }
    let is_less = moved == 0 && asked(&before) > asked(&now);
    is_less.then_some((ObservationKind::TestWeakened, "examples in its documentation ask for less"))
}

/// Whether a code block of documentation is compiled and run as a test.
fn is_run(block: &str) -> bool {
    let info = block.lines().next().unwrap_or_default();
    let is_plain = |word: &str| matches!(word, "" | "rust" | "should_panic") || word.starts_with("edition");
    info.split(',').map(str::trim).all(is_plain)
}

/// Whether a private function serves the tests only: it stands in a module for them, or nothing else names it.
fn is_of_tests(base: &Tree, file: &FileChange, ident: &str, name: &str) -> bool {
    let hints =
        ["test", "tests", "testing", "fixture", "fixtures", "mock", "mocks", "test_util", "test_utils"];
    let stem = file.path.as_str().trim_end_matches(".rs").to_lowercase();
    let hinted = stem.split('/').chain(name.split("::")).any(|part| hints.contains(&part));
    hinted || is_named_by_tests_only(base, ident)
}

/// Whether some test names a function and no part of a program does, where the tree has a program that is used.
fn is_named_by_tests_only(base: &Tree, ident: &str) -> bool {
    let (mut in_tests, mut has_public) = (false, false);
    for (path, _) in base.files().filter(|(path, _)| path.as_str().ends_with(".rs")) {
        let Some(text) = base.text(path) else { continue };
        if !text.contains(ident) && has_public {
            continue;
        }
        let Ok(source) = Source::parse(text) else { continue };
        let of_tests = crate::change::kind::FileKind::of(path) == crate::change::kind::FileKind::Test;
        for item in items(&source, of_tests).values() {
            let names = compact(item_tokens(item))
                .split(|c: char| !(c.is_alphanumeric() || c == '_'))
                .any(|word| word == ident);
            let own = item.name.rsplit("::").next() == Some(ident);
            if item.is_test {
                in_tests |= names;
            } else if names && !own {
                return false;
            }
            has_public |= item.is_public && !item.is_test && matches!(item.node, Node::Function(_));
        }
    }
    in_tests && has_public
}

fn item_tokens(item: &Item<'_>) -> TokenStream {
    match &item.node {
        Node::Function(function) => function.block.to_token_stream(),
        Node::Head { .. } => TokenStream::new(),
        Node::Import(tree) => tree.parse().unwrap_or_default(),
        Node::Other { tokens, .. } => tokens.parse().unwrap_or_default(),
    }
}
