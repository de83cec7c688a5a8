//! Rehearsals: tests of the tree, played again with other values, to see what candidates do where no test looks.
//!
//! A test builds values, calls methods on them in some order and asserts what comes back. A rehearsal is the same text
//! with one literal changed, in which every assertion tells what it was given instead of judging it. It has no expected
//! value. It stands in a module below the test's own, so that it sees all that the test sees.

use std::collections::{BTreeMap, BTreeSet};
use std::ops::Range;

use proc_macro2::{Delimiter, Literal, TokenStream, TokenTree};
use syn::spanned::Spanned as _;
use syn::visit::{self, Visit};

use crate::change::{Assertion, Demand, TestSource, tests_source};
use crate::diagnostic::{Diagnostic, Level};
use crate::hole::TestName;
use crate::patch::{Edit, Patch, Span};
use crate::schema::{Source, on_deep_stack, parse_body};
use crate::tree::{Tree, TreePath};

use super::agreement::MARK;
use super::probe::{MOST_PROBES, list_changes, replacements};

/// Tests that are played again at most.
const MOST_TESTS: usize = 24;
/// Values beside a literal that it is made equal to.
const MOST_EQUAL: usize = 3;
/// Characters of an expression or value that are told.
const MOST_CHARACTERS: usize = 400;
/// What stands between an expression and its value.
pub(super) const GIVES: &str = " → ";
/// What a panic is told as.
pub(super) const PANICKED: &str = "(panicked)";
/// The module that holds the probes.
const MODULE: &str = "gryph_probes";

/// A rehearsal as a test of its tree.
#[derive(Clone, PartialEq, Eq, Debug)]
pub struct Probe {
    /// The test.
    pub test: TestName,
    /// The statements of it that assert nothing, in one line.
    pub setup: String,
}

/// A tree with rehearsals in it.
#[derive(Clone, Debug)]
pub struct Rehearsal {
    /// The tree.
    pub tree: Tree,
    /// The rehearsals.
    pub probes: Vec<Probe>,
    base: Tree,
    modules: Vec<Module>,
    /// Where each probe stands in the tree, in their order.
    places: Vec<Span>,
}

/// The rehearsals of the tests of one module.
#[derive(Clone, Debug)]
struct Module {
    path: TreePath,
    at: usize,
    helpers: Vec<String>,
    probes: Vec<(Probe, String)>,
}

impl Rehearsal {
    /// The tests' names, for the trial.
    pub fn tests(&self) -> Vec<TestName> {
        self.probes.iter().map(|probe| probe.test.clone()).collect()
    }

    /// Edits of the tree without rehearsals as edits of the one with them.
    pub fn moved(&self, patch: &Patch) -> Patch {
        let moved = |edit: &Edit| {
            let before =
                |module: &&Module| module.path == edit.span.path && module.at <= edit.span.range.start;
            let by: usize = self.modules.iter().filter(before).map(|module| module.text().0.len()).sum();
            let range = edit.span.range.start + by..edit.span.range.end + by;
            Edit { span: Span { path: edit.span.path.clone(), range }, replacement: edit.replacement.clone() }
        };
        Patch { edits: patch.edits.iter().map(moved).collect() }
    }

    /// The same without the rehearsals that the compiler complains about: another value may not fit a type. `None` if
    /// it complains about something else, or if nothing is left.
    pub fn without(&self, diagnostics: &[Diagnostic]) -> Option<Self> {
        let errors = diagnostics.iter().filter(|diagnostic| diagnostic.level == Level::Error);
        let mut dropped = BTreeSet::new();
        for label in errors.filter_map(Diagnostic::primary) {
            let holds =
                |place: &Span| place.path == label.span.path && place.range.contains(&label.span.range.start);
            dropped.insert(self.places.iter().position(holds)?);
        }
        let names: BTreeSet<&TestName> = dropped.iter().map(|at| &self.probes[*at].test).collect();
        let mut modules = self.modules.clone();
        for module in &mut modules {
            module.probes.retain(|(probe, _)| !names.contains(&probe.test));
        }
        (!dropped.is_empty()).then(|| build(&self.base, modules))?
    }
}

/// What lists become beside shorter, longer and reversed ones.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub enum Lists {
    /// Nothing.
    Filled,
    /// Empty. Their type may then not be known, which costs a build.
    Emptied,
}

/// Plays tests again that lead to `function`, those that name it first. `None` if there is nothing to play: no test
/// that can be read asserts anything about a value.
pub fn rehearsal(tree: &Tree, tests: &[TestName], function: &str, lists: Lists) -> Option<Rehearsal> {
    let name = function.rsplit("::").next().unwrap_or(function);
    let mut sources: Vec<TestSource> = tests.iter().filter_map(|test| tests_source(tree, test)).collect();
    sources
        .retain(|source| !source.is_special && (!source.assertions.is_empty() || !source.helpers.is_empty()));
    let is_word = |c: char| c.is_alphanumeric() || c == '_';
    let names_it = |source: &TestSource| {
        source.calls.iter().any(|call| call.split(|c| !is_word(c)).any(|word| word == name))
    };
    sources.sort_by_key(|source| !names_it(source));
    sources.truncate(MOST_TESTS);
    let variants = variants(tree);
    let scripts: Vec<Script<'_>> =
        sources.iter().filter_map(|source| Script::read(tree, source, &variants, lists)).collect();
    let (own, others): (Vec<&Script<'_>>, Vec<&Script<'_>>) =
        scripts.iter().partition(|script| names_it(script.source));
    let modules = played(turns(&own).chain(turns(&others)));
    build(tree, modules)
}

/// The variants without fields of the tree's enums, by the enum's name.
type Variants = BTreeMap<String, Vec<String>>;

fn variants(tree: &Tree) -> Variants {
    let files = tree.files().filter(|(path, _)| path.as_str().ends_with(".rs"));
    let texts: Vec<&str> =
        files.filter_map(|(path, _)| tree.text(path)).filter(|text| text.contains("enum ")).collect();
    on_deep_stack(|| {
        let mut found = Enums::default();
        for source in texts.iter().filter_map(|text| Source::parse(text).ok()) {
            found.visit_file(&source.file);
        }
        found.0
    })
    .unwrap_or_default()
}

#[derive(Default)]
struct Enums(Variants);

impl<'ast> Visit<'ast> for Enums {
    fn visit_item_enum(&mut self, item: &'ast syn::ItemEnum) {
        let plain = item.variants.iter().filter(|variant| variant.fields.is_empty());
        self.0.insert(item.ident.to_string(), plain.map(|variant| variant.ident.to_string()).collect());
    }
}

/// One variation of each test in turn, so that a long test does not use up the budget.
fn turns<'s, 't>(
    scripts: &'s [&'t Script<'t>],
) -> impl Iterator<Item = (&'t Script<'t>, &'t Change)> + use<'s, 't> {
    let longest = scripts.iter().map(|script| script.changes.len()).max().unwrap_or(0);
    (0..longest)
        .flat_map(move |at| scripts.iter().filter_map(move |script| Some((*script, script.changes.get(at)?))))
}

/// The probes of the first variations.
fn played<'t>(turns: impl Iterator<Item = (&'t Script<'t>, &'t Change)>) -> Vec<Module> {
    let mut modules: BTreeMap<(TreePath, usize), Module> = BTreeMap::new();
    let mut seen = BTreeSet::new();
    let mut number = 0;
    for (script, change) in turns {
        if number == MOST_PROBES {
            break;
        }
        let Some(body) = script.play(change).filter(|body| seen.insert(body.clone())) else { continue };
        let source = script.source;
        let module = modules.entry((source.path.clone(), source.end_of_module)).or_insert_with(|| Module {
            path: source.path.clone(),
            at: source.end_of_module,
            helpers: script.helpers(),
            probes: Vec::new(),
        });
        let parent =
            source.test.name.rsplit_once("::").map(|(parent, _)| format!("{parent}::")).unwrap_or_default();
        let test = TestName { name: format!("{parent}{MODULE}::probe_{number}"), ..source.test.clone() };
        let text = probe_text(number, &source.returns, &body);
        module.probes.push((Probe { test, setup: script.setup(change) }, text));
        number += 1;
    }
    modules.into_values().collect()
}

/// Puts the modules into the tree; `None` without any probe.
fn build(base: &Tree, mut modules: Vec<Module>) -> Option<Rehearsal> {
    modules.retain(|module| !module.probes.is_empty());
    modules.sort_by_key(|module| (module.path.clone(), module.at));
    let mut tree = base.clone();
    let (mut probes, mut places) = (Vec::new(), Vec::new());
    let mut shift: BTreeMap<TreePath, usize> = BTreeMap::new();
    for module in &modules {
        let before = shift.entry(module.path.clone()).or_default();
        let at = module.at + *before;
        let (text, ranges) = module.text();
        let old = tree.text(&module.path)?;
        let new = [old.get(..at)?, &text, old.get(at..)?].concat();
        tree.insert(module.path.clone(), new);
        *before += text.len();
        for ((probe, _), range) in module.probes.iter().zip(ranges) {
            probes.push(probe.clone());
            places.push(Span { path: module.path.clone(), range: at + range.start..at + range.end });
        }
    }
    (!probes.is_empty()).then(|| Rehearsal { tree, probes, base: base.clone(), modules, places })
}

impl Module {
    /// The module's text, and where in it each probe stands.
    fn text(&self) -> (String, Vec<Range<usize>>) {
        let mut text =
            format!("\n#[cfg(test)]\n#[allow(warnings)]\nmod {MODULE} {{\n{}", SUPPORT.replace("MARK", MARK));
        self.helpers.iter().for_each(|helper| text.extend([helper.as_str(), "\n"]));
        let mut ranges = Vec::new();
        for (_, probe) in &self.probes {
            let start = text.len();
            text.push_str(probe);
            ranges.push(start..text.len());
        }
        text.push_str("}\n");
        (text, ranges)
    }
}

/// What the probes of a module call. A value that cannot be printed is told apart by the choice of the method: the
/// trait for what can be printed takes one reference fewer, so it goes first where both fit.
const SUPPORT: &str = r#"extern crate std as gryph_std;
use super::*;
gryph_std::thread_local! {
    static GRYPH_ANSWERS: gryph_std::cell::RefCell<gryph_std::vec::Vec<gryph_std::string::String>> =
        gryph_std::cell::RefCell::new(gryph_std::vec::Vec::new());
}
fn gryph_tell(asked: &str, given: gryph_std::option::Option<gryph_std::string::String>) {
    let given = given.unwrap_or_else(|| gryph_std::string::String::from("?"));
    let given: gryph_std::string::String = given.replace('\n', "\\n").chars().take(400).collect();
    GRYPH_ANSWERS.with(|all| all.borrow_mut().push(gryph_std::format!("{} → {}", asked, given)));
}
struct GryphShow<'a, T: ?Sized>(&'a T);
trait GryphPrinted {
    fn gryph_show(&self) -> gryph_std::option::Option<gryph_std::string::String>;
}
impl<T: ?Sized + gryph_std::fmt::Debug> GryphPrinted for GryphShow<'_, T> {
    fn gryph_show(&self) -> gryph_std::option::Option<gryph_std::string::String> {
        gryph_std::option::Option::Some(gryph_std::format!("{:?}", self.0))
    }
}
trait GryphUnprinted {
    fn gryph_show(&self) -> gryph_std::option::Option<gryph_std::string::String>;
}
impl<T: ?Sized> GryphUnprinted for &GryphShow<'_, T> {
    fn gryph_show(&self) -> gryph_std::option::Option<gryph_std::string::String> {
        gryph_std::option::Option::None
    }
}
fn gryph_report<T>(run: fn() -> T) {
    if gryph_std::panic::catch_unwind(run).is_err() {
        GRYPH_ANSWERS.with(|all| all.borrow_mut().push(gryph_std::string::String::from("(panicked)")));
    }
    let answers = GRYPH_ANSWERS.with(|all| all.borrow().join("\n"));
    gryph_std::panic!("MARK{}", answers);
}
"#;

fn probe_text(number: usize, returns: &str, body: &str) -> String {
    let body = lowered(body);
    format!(
        "#[test]\nfn probe_{number}() {{\n    fn gryph_run() {returns} {{{body}\n}}\n    gryph_report(gryph_run);\n}}\n"
    )
}

/// Code with its paths as they read in a module below its own: `super::f` is `super::super::f` there.
fn lowered(code: &str) -> String {
    let Ok(stream) = code.parse::<TokenStream>() else { return code.to_owned() };
    let mut starts = Vec::new();
    relative_paths(stream, &mut starts);
    let mut text = code.to_owned();
    for (range, new) in starts.into_iter().rev() {
        text.replace_range(range, new);
    }
    text
}

/// The first words of paths that begin at a module around the code, in their order, and what they become.
fn relative_paths(stream: TokenStream, found: &mut Vec<(Range<usize>, &'static str)>) {
    let tokens: Vec<TokenTree> = stream.into_iter().collect();
    let is_colon =
        |at: usize| matches!(tokens.get(at), Some(TokenTree::Punct(mark)) if mark.as_char() == ':');
    for (at, token) in tokens.iter().enumerate() {
        match token {
            TokenTree::Group(group) => relative_paths(group.stream(), found),
            TokenTree::Ident(ident) => {
                let begins = at < 2 || !(is_colon(at - 1) && is_colon(at - 2));
                let leads = is_colon(at + 1) && is_colon(at + 2);
                match ident.to_string().as_str() {
                    "super" if begins => found.push((ident.span().byte_range(), "super::super")),
                    "self" if begins && leads => found.push((ident.span().byte_range(), "super")),
                    _ => {}
                }
            }
            TokenTree::Punct(_) | TokenTree::Literal(_) => {}
        }
    }
}

/// A literal or list, in bytes of the body, and what stands there instead.
#[derive(Clone, PartialEq, Eq, Debug)]
struct Change {
    range: Range<usize>,
    text: String,
}

/// A test with what can be changed in it.
struct Script<'a> {
    source: &'a TestSource,
    file: &'a str,
    body: &'a str,
    /// Outermost assertions, in bytes of the body.
    assertions: Vec<(Range<usize>, &'a Assertion)>,
    /// Top-level statements, in bytes of the body.
    statements: Vec<Range<usize>>,
    changes: Vec<Change>,
}

impl<'a> Script<'a> {
    fn read(tree: &'a Tree, source: &'a TestSource, variants: &Variants, lists: Lists) -> Option<Self> {
        let file = tree.text(&source.path)?;
        let body = file.get(source.body.clone())?;
        let mut assertions: Vec<(Range<usize>, &Assertion)> = Vec::new();
        for assertion in &source.assertions {
            let range = inside(&assertion.range, &source.body)?;
            if assertions.last().is_none_or(|(last, _)| last.end <= range.start) {
                assertions.push((range, assertion));
            }
        }
        let (statements, changes) = on_deep_stack(|| {
            let (stream, block) = parse_body(body).ok()?;
            let mut skipped = Skipped::default();
            skipped.visit_block(&block);
            let mut sites = Sites { skipped: skipped.0, variants, lists, found: Vec::new() };
            sites.collect(stream, false);
            let statements = block.stmts.iter().map(|statement| back(statement.span().byte_range()));
            Some((statements.collect::<Vec<_>>(), sites.found))
        })
        .ok()??;
        let mut script = Self { source, file, body, assertions, statements, changes: Vec::new() };
        let open: Vec<Vec<Change>> = changes
            .into_iter()
            .filter(|site| site.first().is_some_and(|first| script.is_open(&first.range)))
            .collect();
        // The first change of every place, then the second, …
        let longest = open.iter().map(Vec::len).max().unwrap_or(0);
        script.changes =
            (0..longest).flat_map(|at| open.iter().filter_map(move |site| site.get(at).cloned())).collect();
        Some(script)
    }

    /// A place that is asked about: outside all assertions, or in a side that asks.
    fn is_open(&self, range: &Range<usize>) -> bool {
        let Some((_, assertion)) = self.assertions.iter().find(|(whole, _)| holds(whole, range)) else {
            return true;
        };
        let within =
            |side: &Range<usize>| inside(side, &self.source.body).is_some_and(|side| holds(&side, range));
        match &assertion.demand {
            Demand::Equal { actual, expected, .. } => {
                within(&actual.range) || !expected.is_constant && within(&expected.range)
            }
            Demand::Holds { condition, .. } => within(&condition.range),
            Demand::Matches { actual, .. } => within(&actual.range),
        }
    }

    /// The body with one change, in which assertions from there on tell instead of judging.
    fn play(&self, change: &Change) -> Option<String> {
        let from = self.statements.iter().find(|statement| holds(statement, &change.range))?.start;
        let mut text = String::new();
        let mut done = 0;
        for (range, assertion) in self.assertions.iter().filter(|(range, _)| range.start >= from) {
            text.push_str(&self.slice(done..range.start, change)?);
            text.push_str(&self.telling(assertion, change)?);
            done = range.end;
        }
        text.push_str(&self.slice(done..self.body.len(), change)?);
        Some(text)
    }

    /// A part of the body with the change in it.
    fn slice(&self, range: Range<usize>, change: &Change) -> Option<String> {
        let part = self.body.get(range.clone())?;
        if !holds(&range, &change.range) {
            return Some(part.to_owned());
        }
        let (start, end) = (change.range.start - range.start, change.range.end - range.start);
        Some([part.get(..start)?, &change.text, part.get(end..)?].concat())
    }

    fn telling(&self, assertion: &Assertion, change: &Change) -> Option<String> {
        let part = |range: &Range<usize>| self.slice(inside(range, &self.source.body)?, change);
        telling(assertion, &part)
    }

    /// The asserting functions of the test's module, telling.
    fn helpers(&self) -> Vec<String> {
        let telling_one = |helper: &crate::change::Helper| {
            let mut text = String::new();
            let mut done = helper.range.start;
            let mut last = 0;
            for assertion in helper.assertions.iter() {
                if assertion.range.start < last {
                    continue;
                }
                text.push_str(self.file.get(done..assertion.range.start)?);
                text.push_str(&telling(assertion, &|range| Some(self.file.get(range.clone())?.to_owned()))?);
                (done, last) = (assertion.range.end, assertion.range.end);
            }
            text.push_str(self.file.get(done..helper.range.end)?);
            Some(text)
        };
        self.source.helpers.iter().filter_map(telling_one).collect()
    }

    /// What is done before anything is asked, in one line.
    fn setup(&self, change: &Change) -> String {
        let asks =
            |statement: &&Range<usize>| self.assertions.iter().any(|(range, _)| holds(statement, range));
        let texts = self.statements.iter().filter(|statement| !asks(statement));
        let texts = texts.filter_map(|statement| self.slice(statement.clone(), change));
        shortened(&texts.collect::<Vec<_>>().join(" "))
    }
}

/// The text that stands for an assertion: it evaluates the same in the same order, so that types are found out as
/// before, and tells what the asking side gave.
fn telling(assertion: &Assertion, part: &dyn Fn(&Range<usize>) -> Option<String>) -> Option<String> {
    let show = |value: &str| format!("(&GryphShow({value})).gryph_show()");
    match &assertion.demand {
        Demand::Equal { actual, expected, in_order, .. } => {
            let (asked, wanted) = (part(&actual.range)?, part(&expected.range)?);
            let (left, right) = if *in_order { (&asked, &wanted) } else { (&wanted, &asked) };
            let given = if *in_order { "gryph_left" } else { "gryph_right" };
            Some(format!(
                "{{ match (&({left}), &({right})) {{ (gryph_left, gryph_right) => {{ let gryph_same = *gryph_left == \
                 *gryph_right; gryph_tell({:?}, {}.or_else(|| gryph_std::option::Option::Some(gryph_std::format!(\"{{}}\", \
                 gryph_same)))); }} }} }}",
                shortened(&asked),
                show(given),
            ))
        }
        Demand::Holds { condition, .. } => {
            let text = part(&condition.range)?;
            match receiver(&text) {
                Some(receiver) => Some(told(&receiver, &show("gryph_value"))),
                None => Some(format!(
                    "{{ let gryph_truth: bool = {text}; gryph_tell({:?}, {}); }}",
                    shortened(&text),
                    show("&gryph_truth"),
                )),
            }
        }
        Demand::Matches { actual, .. } => Some(told(&part(&actual.range)?, &show("gryph_value"))),
    }
}

fn told(asked: &str, shown: &str) -> String {
    format!("{{ match &({asked}) {{ gryph_value => gryph_tell({:?}, {shown}) }} }}", shortened(asked))
}

/// The value that a question about its form is put to: it says more than the answer.
fn receiver(condition: &str) -> Option<String> {
    let read = || {
        let Ok(syn::Expr::MethodCall(call)) = syn::parse_str::<syn::Expr>(condition) else { return None };
        let asks = matches!(
            call.method.to_string().as_str(),
            "is_none" | "is_some" | "is_ok" | "is_err" | "is_empty"
        );
        (asks && call.args.is_empty())
            .then(|| condition.get(call.receiver.span().byte_range()).map(str::to_owned))?
    };
    on_deep_stack(read).ok()?
}

fn shortened(text: &str) -> String {
    let line = text.split_whitespace().collect::<Vec<_>>().join(" ");
    match line.char_indices().nth(MOST_CHARACTERS) {
        Some((at, _)) => format!("{}…", &line[..at]),
        None => line,
    }
}

fn holds(outer: &Range<usize>, inner: &Range<usize>) -> bool {
    outer.start <= inner.start && inner.end <= outer.end
}

/// A range of the file in bytes of a part of it.
fn inside(range: &Range<usize>, part: &Range<usize>) -> Option<Range<usize>> {
    holds(part, range).then(|| range.start - part.start..range.end - part.start)
}

/// Undoes the brace that the parser puts before a body.
fn back(range: Range<usize>) -> Range<usize> {
    range.start.saturating_sub(1)..range.end.saturating_sub(1)
}

/// Places whose literals mean something else than a value: patterns, types, attributes, texts of other macros.
#[derive(Default)]
struct Skipped(Vec<Range<usize>>);

impl<'ast> Visit<'ast> for Skipped {
    fn visit_pat(&mut self, pattern: &'ast syn::Pat) {
        self.0.push(back(pattern.span().byte_range()));
    }

    fn visit_type(&mut self, of: &'ast syn::Type) {
        self.0.push(back(of.span().byte_range()));
    }

    fn visit_attribute(&mut self, attribute: &'ast syn::Attribute) {
        self.0.push(back(attribute.span().byte_range()));
    }

    fn visit_item(&mut self, item: &'ast syn::Item) {
        self.0.push(back(item.span().byte_range()));
    }

    fn visit_macro(&mut self, call: &'ast syn::Macro) {
        let name = call.path.segments.last().map(|last| last.ident.to_string()).unwrap_or_default();
        let known = [
            "vec",
            "assert",
            "assert_eq",
            "assert_ne",
            "debug_assert",
            "debug_assert_eq",
            "debug_assert_ne",
            "matches",
        ];
        if !known.contains(&name.as_str()) {
            self.0.push(back(call.span().byte_range()));
        }
        visit::visit_macro(self, call);
    }
}

/// Literals, lists and variants with what may stand in their place.
struct Sites<'a> {
    skipped: Vec<Range<usize>>,
    variants: &'a Variants,
    lists: Lists,
    found: Vec<Vec<Change>>,
}

impl Sites<'_> {
    fn collect(&mut self, stream: TokenStream, indexed: bool) {
        let mut before_index = indexed;
        let tokens: Vec<TokenTree> = stream.into_iter().collect();
        for window in tokens.windows(4) {
            self.variant(window);
        }
        let beside: Vec<Literal> = tokens.iter().filter_map(literal).cloned().collect();
        for token in tokens {
            let mut indexes = false;
            match token {
                TokenTree::Literal(literal) => {
                    let range = back(literal.span().byte_range());
                    let texts = equal_to_others(&literal, &beside).into_iter().chain(replacements(&literal));
                    self.add(texts.map(|text| Change { range: range.clone(), text }).collect());
                    indexes = true;
                }
                TokenTree::Group(group) => {
                    if group.delimiter() == Delimiter::Bracket && !before_index {
                        let mut changes = Vec::new();
                        list_changes(&group, &mut changes);
                        if self.lists == Lists::Emptied && !group.stream().is_empty() {
                            let inside =
                                group.span_open().byte_range().end..group.span_close().byte_range().start;
                            changes.insert(0, (inside, String::new()));
                        }
                        self.add(
                            changes
                                .into_iter()
                                .map(|(range, text)| Change { range: back(range), text })
                                .collect(),
                        );
                    }
                    self.collect(group.stream(), false);
                    indexes = group.delimiter() != Delimiter::Brace;
                }
                TokenTree::Ident(ident) => indexes = ident != "return" && ident != "in",
                TokenTree::Punct(_) => {}
            }
            before_index = indexes;
        }
    }

    /// `State::Paid` as every other variant without fields.
    fn variant(&mut self, window: &[TokenTree]) {
        let [TokenTree::Ident(holder), TokenTree::Punct(one), TokenTree::Punct(two), TokenTree::Ident(name)] =
            window
        else {
            return;
        };
        let Some(others) = self.variants.get(&holder.to_string()) else { return };
        let name_text = name.to_string();
        if one.as_char() == ':' && two.as_char() == ':' && others.contains(&name_text) {
            let range = back(name.span().byte_range());
            let change = |text: &String| Change { range: range.clone(), text: text.clone() };
            self.add(others.iter().filter(|other| **other != name_text).map(change).collect());
        }
    }

    fn add(&mut self, changes: Vec<Change>) {
        let is_skipped = |change: &Change| self.skipped.iter().any(|skipped| holds(skipped, &change.range));
        if changes.first().is_some_and(|first| !is_skipped(first)) {
            self.found.push(changes);
        }
    }
}

fn literal(token: &TokenTree) -> Option<&Literal> {
    match token {
        TokenTree::Literal(literal) => Some(literal),
        TokenTree::Ident(_) | TokenTree::Punct(_) | TokenTree::Group(_) => None,
    }
}

/// The other values of the same kind that stand beside a literal: where two arguments are equal, bounds are decided.
fn equal_to_others(literal: &Literal, beside: &[Literal]) -> Vec<String> {
    let kind = |literal: &Literal| std::mem::discriminant(&syn::Lit::new(literal.clone()));
    let own = literal.to_string();
    let mut others: Vec<String> = Vec::new();
    for other in beside.iter().filter(|other| kind(other) == kind(literal)) {
        let text = other.to_string();
        if text != own && !others.contains(&text) && others.len() < MOST_EQUAL {
            others.push(text);
        }
    }
    others
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn lists_are_emptied_where_that_is_asked_for() {
        let tree = tree(&[
            ("Cargo.toml", "[package]\nname = \"kit\"\n"),
            ("tests/t.rs", "use kit::f;\n#[test]\nfn t() { assert_eq!(f(&[1, 2]), 3); }\n"),
        ]);
        let text = |lists| {
            let found = rehearsal(&tree, &[name("t", "t")], "f", lists).unwrap();
            found.tree.text(&TreePath::new("tests/t.rs").unwrap()).unwrap().to_owned()
        };
        assert!(text(Lists::Emptied).contains("f(&[])"), "{}", text(Lists::Emptied));
        assert!(!text(Lists::Filled).contains("f(&[])"));
    }

    #[test]
    fn paths_are_read_from_one_module_further_down() {
        let cases = [
            ("super::f(super::super::g)", "super::super::f(super::super::super::g)"),
            ("self::f() + self.x + a::super_f()", "super::f() + self.x + a::super_f()"),
            ("use super::*; \"super::\"", "use super::super::*; \"super::\""),
        ];
        for (code, expected) in cases {
            assert_eq!(lowered(code), expected);
        }
    }

    fn tree(files: &[(&str, &str)]) -> Tree {
        let mut tree = Tree::new();
        tree.insert(TreePath::new("Cargo.toml").unwrap(), "[package]\nname = \"kit\"\n");
        for (path, text) in files {
            tree.insert(TreePath::new(*path).unwrap(), *text);
        }
        tree
    }

    fn name(target: &str, name: &str) -> TestName {
        TestName { target: target.to_owned(), name: name.to_owned() }
    }

    const SEQUENCE: &str = "use kit::*;\n#[test]\nfn evicts() {\n    let mut c = Lru::new(2);\n    c.put(\"a\", 1);\n    \
        assert_eq!(c.len(), 1);\n    assert_eq!(c.put(\"b\", 7), Some(\"x\"), \"case {}\", 9);\n    assert!(c.get(\"q\").is_none());\n}\n";

    #[test]
    fn a_sequence_is_played_again_with_one_value_changed() {
        let tree = tree(&[("tests/t.rs", SEQUENCE)]);
        let found = rehearsal(&tree, &[name("t", "evicts")], "Lru::put", Lists::Filled).unwrap();
        let text = found.tree.text(&TreePath::new("tests/t.rs").unwrap()).unwrap();
        assert!(syn::parse_file(text).is_ok(), "{text}");
        assert!(text.starts_with(SEQUENCE), "{text}");
        for part in
            ["Lru::new(3)", "c.put(\"\", 1)", "&(c.put(\"b\", 8)), &(Some(\"x\"))", "match &(c.get(\"\"))"]
        {
            assert!(text.contains(part), "no {part} in {text}");
        }
        // What is expected and what is said about a failure stay as they are.
        assert!(!text.contains("Some(\"\")") && !text.contains("case {}\", 10"), "{text}");
        assert!(found.probes.len() > 10);
        assert_eq!(found.probes[0].test.name, "gryph_probes::probe_0");
        assert!(found.probes[0].setup.starts_with("let mut c = Lru::new("), "{}", found.probes[0].setup);
        // Assertions before the change still judge.
        assert!(text.contains("assert_eq!(c.len(), 1);\n    { match (&(c.put(\"b\", 0)"), "{text}");
    }

    #[test]
    fn unit_tests_are_played_inside_their_module() {
        let lib = "fn secret(x: i32) -> i32 { x }\n#[cfg(test)]\nmod tests {\n    use super::*;\n    fn check(a: i32, b: i32) { \
            assert_eq!(secret(a), b); }\n    #[test]\n    fn one() { check(5, 5); }\n}\nfn after() {}\n";
        let tree = tree(&[("src/lib.rs", lib)]);
        let found = rehearsal(&tree, &[name("kit", "tests::one")], "secret", Lists::Filled).unwrap();
        let text = found.tree.text(&TreePath::new("src/lib.rs").unwrap()).unwrap();
        assert!(syn::parse_file(text).is_ok(), "{text}");
        assert_eq!(found.probes[0].test, name("kit", "tests::gryph_probes::probe_0"));
        assert!(text.contains("fn check(a: i32, b: i32) { { match (&(secret(a)), &(b))"), "{text}");
        let at = lib.find("fn after").unwrap();
        let patch = Patch::replace(TreePath::new("src/lib.rs").unwrap(), at..at + 2, "FN");
        let moved = patch_text(&found, &patch);
        assert!(moved.ends_with("FN after() {}\n"), "{moved}");
    }

    fn patch_text(found: &Rehearsal, patch: &Patch) -> String {
        let path = TreePath::new("src/lib.rs").unwrap();
        let text = found.tree.text(&path).unwrap();
        found.moved(patch).apply_to_text(&path, text).unwrap()
    }

    #[test]
    fn variants_are_changed_like_literals() {
        let lib = "pub enum State { Draft, Paid, Late(u8) }";
        let test = "use kit::*;\n#[test] fn t() { assert!(State::Paid.is_final()); }";
        let tree = tree(&[("src/lib.rs", lib), ("tests/t.rs", test)]);
        let found = rehearsal(&tree, &[name("t", "t")], "is_final", Lists::Filled).unwrap();
        let text = found.tree.text(&TreePath::new("tests/t.rs").unwrap()).unwrap();
        assert_eq!(found.probes.len(), 1);
        assert!(text.contains("let gryph_truth: bool = State::Draft.is_final()"), "{text}");
    }

    #[test]
    fn a_probe_that_does_not_compile_is_left_out() {
        let tree = tree(&[("tests/t.rs", SEQUENCE)]);
        let found = rehearsal(&tree, &[name("t", "evicts")], "put", Lists::Filled).unwrap();
        let label =
            |span: Span| crate::diagnostic::Label { span, lines: 1..1, column: 1, primary: true, text: None };
        let error = |span: Span| Diagnostic {
            level: Level::Error,
            code: None,
            message: String::new(),
            labels: vec![label(span)],
            suggestions: Vec::new(),
            notes: Vec::new(),
            rendered: String::new(),
        };
        let less = found.without(&[error(found.places[3].clone())]).unwrap();
        assert_eq!(less.probes.len() + 1, found.probes.len());
        assert!(!less.probes.contains(&found.probes[3]));
        let elsewhere = Span { path: TreePath::new("src/lib.rs").unwrap(), range: 0..1 };
        assert!(found.without(&[error(elsewhere)]).is_none());
    }

    #[test]
    fn tests_without_a_question_are_not_played() {
        let tree = tree(&[(
            "tests/t.rs",
            "#[test] fn t() { f(1); }\n#[tokio::test] async fn u() { assert_eq!(f(1), 2); }",
        )]);
        assert!(
            rehearsal(&tree, &[name("t", "t"), name("t", "u"), name("t", "gone")], "f", Lists::Filled)
                .is_none()
        );
    }

    proptest::proptest! {
        #[test]
        fn what_is_played_parses(parts in proptest::collection::vec(0..14_usize, 0..12)) {
            let words = ["let x = 5;", "let é = vec![1, 2];", "assert_eq!(f(x, \"ä\"), [3]);", "assert!(!g(&[1, 2][0]));",
                "for i in 0..3 { assert!(h(i) == 7); }", "assert!(matches!(k(8), Some(9)));", "if let 4 = x {}",
                "println!(\"{}\", 5);", "assert_ne!(3, f(4));", "let y: [u8; 2] = [1, 2];", "assert!(f(1).is_none());",
                "x.then(|| assert_eq!(f(2), 3));", "assert!(x == 3 && y < 4);", "const C: u8 = 3;"];
            let body: String = parts.iter().map(|part| words[*part]).collect();
            let tree = tree(&[("tests/t.rs", &format!("#[test] fn t() {{ {body} }}"))]);
            if let Some(found) = rehearsal(&tree, &[name("t", "t")], "f", Lists::Filled) {
                let text = found.tree.text(&TreePath::new("tests/t.rs").unwrap()).unwrap();
                proptest::prop_assert!(syn::parse_file(text).is_ok(), "{}", text);
            }
        }
    }
}
