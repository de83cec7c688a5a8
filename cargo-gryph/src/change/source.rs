//! The sources of tests: what they call, with which values, and what they expect.

use std::collections::BTreeSet;
use std::ops::Range;

use quote::ToTokens;
use syn::spanned::Spanned;

use crate::change::assertion::{Assertion, Demand, assertions, calls};
use crate::change::literal::{Literal, listed, literals};
use crate::change::target::{Place, find, imports};
use crate::hole::TestName;
use crate::schema::{is_test, on_deep_stack};
use crate::tree::{Tree, TreePath};

/// A test function as it stands in the tree.
#[derive(Clone, PartialEq, Eq, Debug)]
pub struct TestSource {
    /// The test.
    pub test: TestName,
    /// Its file.
    pub path: TreePath,
    /// What stands between its braces.
    pub body: Range<usize>,
    /// Where one more item can be put at the end of the module that holds it.
    pub end_of_module: usize,
    /// The return type as written, with its arrow; empty for none.
    pub returns: String,
    /// It is `async`, or an attribute other than libtest's makes it a test.
    pub is_special: bool,
    /// The `use` lines of its module.
    pub imports: Vec<String>,
    /// Its outermost calls, as text in one form.
    pub calls: Vec<String>,
    /// Literals that go in: all but those only expected.
    pub literals: BTreeSet<Literal>,
    /// Literals that are expected.
    pub expected: BTreeSet<Literal>,
    /// Its assertions.
    pub assertions: Vec<Assertion>,
    /// Functions of its module that assert something for it.
    pub helpers: Vec<Helper>,
    /// Each case's values in and out, as far as they can be told apart.
    pub cases: Vec<Case>,
    /// Lists and tuples of literals in it.
    pub lists: BTreeSet<Vec<Literal>>,
}

/// A function of a test module that asserts something.
#[derive(Clone, PartialEq, Eq, Debug)]
pub struct Helper {
    /// The whole of it.
    pub range: Range<usize>,
    /// Its assertions.
    pub assertions: Vec<Assertion>,
}

/// The values of one case of a test.
#[derive(Clone, PartialEq, Eq, Debug)]
pub struct Case {
    /// What goes in.
    pub inputs: BTreeSet<Literal>,
    /// What is expected.
    pub outputs: BTreeSet<Literal>,
}

/// Finds a test's source; `None` if a macro makes it, or if it is not in the tree.
pub fn tests_source(tree: &Tree, test: &TestName) -> Option<TestSource> {
    on_deep_stack(|| find(tree, test, |place| read(place, test))).ok()?
}

fn read(place: &Place<'_>, test: &TestName) -> TestSource {
    let Place { path, source, siblings, module, function } = place;
    let braces = source.range(function.block.brace_token.span.join());
    let end_of_module = match module.and_then(|module| module.content.as_ref()) {
        Some((brace, _)) => source.range(brace.span.close()).start,
        None => source.file.items.last().map_or(braces.end, |item| source.range(item.span()).end),
    };
    let own = assertions(source, &function.block);
    let values = constants(siblings, &function.block);
    let mut inputs = input_literals(&function.block, &own);
    inputs.extend(values.iter().cloned());
    let tables = tables(&function.block);
    let mut expected: BTreeSet<Literal> = own.iter().flat_map(Assertion::expected).collect();
    expected.extend(tables.iter().flat_map(|case| case.outputs.clone()));
    // A call of a function of the test module may hold both the question and the answer.
    let asked_of_helpers: Vec<Case> = helper_cases(siblings, &function.block);
    expected.extend(asked_of_helpers.iter().flat_map(|case| case.outputs.clone()));
    let mut cases: Vec<Case> = own.iter().filter_map(case).collect();
    cases.extend(tables);
    cases.extend(asked_of_helpers);
    let returns = match &function.sig.output {
        syn::ReturnType::Default => String::new(),
        syn::ReturnType::Type(_, of) => format!("-> {}", of.to_token_stream()),
    };
    TestSource {
        test: test.clone(),
        path: path.clone(),
        body: braces.start + 1..braces.end.saturating_sub(1),
        end_of_module,
        returns,
        is_special: is_special(function),
        imports: imports(place),
        calls: calls(&function.block),
        literals: inputs,
        expected,
        cases,
        lists: lists(function.block.to_token_stream()),
        assertions: own,
        helpers: helpers(place),
    }
}

/// The asserting functions of a module that are no tests themselves.
fn helpers(place: &Place<'_>) -> Vec<Helper> {
    let functions = place.siblings.iter().filter_map(|item| match item {
        syn::Item::Fn(function) if !is_test(&function.attrs) => Some(function),
        _ => None,
    });
    let read = |function: &syn::ItemFn| Helper {
        range: place.source.range(function.span()),
        assertions: assertions(place.source, &function.block),
    };
    functions.map(read).filter(|helper| !helper.assertions.is_empty()).collect()
}

/// Anything but a plain `#[test]` function without parameters.
fn is_special(function: &syn::ItemFn) -> bool {
    let plain = function.attrs.iter().any(|attribute| attribute.path().is_ident("test"));
    function.sig.asyncness.is_some() || !plain || !function.sig.inputs.is_empty()
}

fn case(assertion: &Assertion) -> Option<Case> {
    let inputs = assertion.actual().literals.clone();
    let outputs = assertion.expected();
    (!inputs.is_empty()).then_some(Case { inputs, outputs })
}

/// All literals of a body but those of constant expected sides.
fn input_literals(block: &syn::Block, assertions: &[Assertion]) -> BTreeSet<Literal> {
    let mut all = listed(block.to_token_stream());
    for assertion in assertions {
        if let Demand::Equal { expected, .. } = &assertion.demand
            && expected.is_constant
        {
            for literal in &expected.literals {
                // Once for each time it is expected: it may go in elsewhere.
                if let Some(at) = all.iter().position(|other| other == literal) {
                    all.swap_remove(at);
                }
            }
        }
    }
    all.into_iter().collect()
}

/// Literals of the module's constants that a body names.
fn constants(siblings: &[syn::Item], block: &syn::Block) -> Vec<Literal> {
    let text = block.to_token_stream().to_string();
    let named =
        |name: &syn::Ident| text.split(|c: char| !(c.is_alphanumeric() || c == '_')).any(|word| name == word);
    let of = siblings.iter().filter_map(|item| match item {
        syn::Item::Const(item) if named(&item.ident) => Some(literals(item.expr.to_token_stream())),
        syn::Item::Static(item) if named(&item.ident) => Some(literals(item.expr.to_token_stream())),
        _ => None,
    });
    of.flatten().collect()
}

/// Rows of tables: tuples of which the last part is what the others lead to.
fn tables(block: &syn::Block) -> Vec<Case> {
    use syn::visit::{self, Visit};
    #[derive(Default)]
    struct Rows(Vec<Case>);
    impl<'ast> Visit<'ast> for Rows {
        fn visit_expr_tuple(&mut self, tuple: &'ast syn::ExprTuple) {
            if let Some((last, first)) = tuple.elems.iter().collect::<Vec<_>>().split_last()
                && !first.is_empty()
            {
                let inputs = first.iter().flat_map(|part| literals(part.to_token_stream())).collect();
                self.0.push(Case { inputs, outputs: literals(last.to_token_stream()) });
            }
            visit::visit_expr_tuple(self, tuple);
        }
        fn visit_macro(&mut self, call: &'ast syn::Macro) {
            let parser = syn::punctuated::Punctuated::<syn::Expr, syn::Token![,]>::parse_terminated;
            if let Ok(arguments) = syn::parse::Parser::parse2(parser, call.tokens.clone()) {
                let mut inside = Self::default();
                arguments.iter().for_each(|argument| inside.visit_expr(argument));
                self.0.extend(inside.0);
            }
        }
    }
    let mut rows = Rows::default();
    rows.visit_block(block);
    rows.0
}

/// Calls of functions of the test module, as statements: their arguments are questions and answers at once.
fn helper_cases(siblings: &[syn::Item], block: &syn::Block) -> Vec<Case> {
    let is_helper = |name: &syn::Ident| {
        siblings.iter().any(|item| matches!(item, syn::Item::Fn(function) if function.sig.ident == *name))
    };
    let calls = block.stmts.iter().filter_map(|statement| match statement {
        syn::Stmt::Expr(syn::Expr::Call(call), _) => Some(call),
        _ => None,
    });
    let helped = calls.filter(
        |call| matches!(&*call.func, syn::Expr::Path(path) if path.path.get_ident().is_some_and(is_helper)),
    );
    helped
        .map(|call| {
            let all = literals(call.args.to_token_stream());
            Case { inputs: all.clone(), outputs: all }
        })
        .collect()
}

/// The literals of each bracketed list and tuple of literals, in order.
fn lists(stream: proc_macro2::TokenStream) -> BTreeSet<Vec<Literal>> {
    let mut found = BTreeSet::new();
    for token in stream {
        if let proc_macro2::TokenTree::Group(group) = token {
            let inside = listed(group.stream());
            if inside.len() > 1 && group.delimiter() != proc_macro2::Delimiter::Brace {
                found.insert(inside);
            }
            found.extend(lists(group.stream()));
        }
    }
    found
}

/// What tests know: the values that a change must not recite.
#[derive(Clone, PartialEq, Eq, Debug, Default)]
pub struct TestLiterals {
    /// Values that go in.
    pub inputs: BTreeSet<Literal>,
    /// Values that are expected.
    pub expected: BTreeSet<Literal>,
    /// Values by case.
    pub cases: Vec<Case>,
    /// Lists and tuples.
    pub lists: BTreeSet<Vec<Literal>>,
}

impl TestLiterals {
    /// The values of some tests, of those that can be found.
    pub fn of(tree: &Tree, tests: &[TestName]) -> Self {
        let mut all = Self::default();
        for source in tests.iter().filter_map(|test| tests_source(tree, test)) {
            all.inputs.extend(source.literals);
            all.expected.extend(source.expected);
            all.cases.extend(source.cases);
            all.lists.extend(source.lists);
        }
        all
    }

    /// Whether a value goes in or is expected, a number also as its text.
    pub(super) fn knows(&self, literal: &Literal) -> bool {
        let known = |literal: &Literal| self.inputs.contains(literal) || self.expected.contains(literal);
        let as_number = || match literal {
            Literal::Text(text) => text.parse().ok().map(Literal::Integer),
            Literal::Integer(_) | Literal::Float(_) | Literal::Character(_) => None,
        };
        known(literal) || as_number().is_some_and(|number| known(&number))
    }

    /// Whether a text is a telling part of a text that goes in.
    pub(super) fn holds_part(&self, literal: &Literal) -> bool {
        let Literal::Text(part) = literal else { return false };
        let holds = |known: &Literal| matches!(known, Literal::Text(text) if text.contains(part.as_str()));
        part.chars().count() >= 4 && self.inputs.iter().any(holds)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn tree(files: &[(&str, &str)]) -> Tree {
        let mut tree = Tree::new();
        for (path, text) in files {
            tree.insert(TreePath::new(*path).unwrap(), *text);
        }
        tree
    }

    fn name(target: &str, name: &str) -> TestName {
        serde_json::from_value(serde_json::json!({ "target": target, "name": name })).unwrap()
    }

    const MANIFEST: &str = "[package]\nname = \"my-kit\"\n";

    #[test]
    fn tests_are_found_in_files_modules_and_packages() {
        let tree = tree(&[
            ("Cargo.toml", "[workspace]\nmembers = [\"a\", \"b\"]"),
            ("a/Cargo.toml", MANIFEST),
            (
                "a/src/lib.rs",
                "mod slug; #[cfg(test)] mod tests { #[test] fn one() { assert_eq!(f(1), 11); } }",
            ),
            ("a/src/slug.rs", "#[cfg(test)] mod tests;"),
            ("a/src/slug/tests.rs", "#[test] fn two() { assert_eq!(f(2), 12); }"),
            (
                "b/Cargo.toml",
                "[package]\nname = \"other\"\n[[test]]\nname = \"named\"\npath = \"checks/x.rs\"",
            ),
            ("b/checks/x.rs", "mod deep { #[test] fn three() { assert_eq!(f(3), 13); } }"),
            ("b/tests/it/main.rs", "mod part;"),
            ("b/tests/it/part.rs", "#[test] fn four() { assert_eq!(f(4), 14); }"),
            ("b/src/main.rs", "#[test] fn five() { assert_eq!(f(5), 15); }"),
        ]);
        for (target, test, input) in [
            ("my_kit", "tests::one", 1),
            ("my_kit", "slug::tests::two", 2),
            ("named", "deep::three", 3),
            ("it", "part::four", 4),
            ("other", "five", 5),
        ] {
            let found = tests_source(&tree, &name(target, test)).unwrap_or_else(|| panic!("no {test}"));
            assert_eq!(found.literals, BTreeSet::from([Literal::Integer(input)]), "{test}");
            assert_eq!(found.expected, BTreeSet::from([Literal::Integer(10 + input)]), "{test}");
        }
        assert_eq!(tests_source(&tree, &name("my_kit", "tests::gone")), None);
    }

    #[test]
    fn questions_and_answers_are_told_apart() {
        let tree = tree(&[
            ("Cargo.toml", MANIFEST),
            (
                "tests/t.rs",
                "use my_kit::*; const TEXT: &str = \"abc\"; fn check(a: i32, b: i32) { assert_eq!(f(a), b); }\n\
                 #[test] fn t() { check(20, 21); assert!(g(TEXT, 2) == \"x\"); assert_eq!(-5, h(7));\n\
                 for (a, b) in [(30, 31)] { assert_eq!(f(a), b); } assert!(matches!(k(8), Some(9))); }",
            ),
        ]);
        let found = tests_source(&tree, &name("t", "t")).unwrap();
        let texts =
            |all: &BTreeSet<Literal>| all.iter().map(ToString::to_string).collect::<Vec<_>>().join(" ");
        assert_eq!(texts(&found.expected), "-5 9 20 21 31 \"x\"");
        assert_eq!(texts(&found.literals), "2 7 8 9 20 21 30 31 \"abc\"");
        assert_eq!(found.calls[0], "check(20,21)");
        assert_eq!(found.imports, ["use my_kit :: * ;"]);
        assert!(found.lists.contains(&vec![Literal::Integer(30), Literal::Integer(31)]));
    }

    proptest::proptest! {
        #[test]
        fn no_text_makes_the_reader_panic(text in "\\PC{0,80}", parts in proptest::collection::vec(0..16_usize, 0..30)) {
            let words = ["#[test] fn t() {", "}", "assert_eq!(", ")", ",", "f(1)", "\"a", "\"", "{", "mod t;", "[1, 2]",
                "vec![", "]", "matches!(", "-", "é"];
            let made: String = parts.iter().map(|part| words[*part]).collect();
            for text in [text, made] {
                let tree = tree(&[("Cargo.toml", MANIFEST), ("tests/t.rs", &text)]);
                let _ = tests_source(&tree, &name("t", "t"));
            }
        }
    }
}
