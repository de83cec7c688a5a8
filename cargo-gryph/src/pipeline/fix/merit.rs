//! What speaks for or against a patch beside the tests: which names it begins or ceases to use, whether what it writes
//! says anything, and whether it speaks the language of the documentation.
//!
//! The factors were set by looking at measured faults. They are weak on purpose: each alone only breaks ties between
//! edits of the same kind.

use std::collections::{BTreeMap, BTreeSet};

use proc_macro2::{Delimiter, TokenStream, TokenTree};
use quote::ToTokens as _;
use syn::visit::{self, Visit};

use crate::hole::Hole;
use crate::schema::{Site, on_deep_stack, site};
use crate::tree::{Tree, TreePath};

/// A name that was bound and not used is used.
const BEGINS_TO_USE: f64 = 3.0;
/// A name that was used is only bound.
const CEASES_TO_USE: f64 = 0.2;
/// An operation of which the outcome is known beforehand, or that is better said otherwise: `a - a`, `n % 1`, `c + c`.
const VACUOUS: f64 = 0.1;
/// A word of the documentation comes in, or goes.
const TOLD: f64 = 2.5;
/// A number that is asked to be equal to another says what is meant; its neighbour seldom does.
const NUMBER_OF_EQUALITY: f64 = 0.5;
/// Another function of the crate says the same.
const IDIOM: f64 = 2.5;
/// Tokens on both sides of an edit that belong to what is said there.
const CONTEXT: usize = 3;
/// Tokens of what may be called an idiom.
const SHORTEST_IDIOM: usize = 6;
const LONGEST_IDIOM: usize = 16;
/// Shorter words say nothing.
const SHORTEST_WORD: usize = 4;

/// What is read once for all patches of a tree.
pub(super) struct Merits<'a> {
    base: &'a Tree,
    /// The functions of the program as tokens, with where they stand.
    functions: Vec<(TreePath, String, Vec<String>)>,
}

impl<'a> Merits<'a> {
    /// Reads the functions of a tree's program.
    pub(super) fn of(base: &'a Tree, program: &[Site]) -> Self {
        let tokens = |site: &Site| {
            let body = base.text(&site.path)?.get(site.body.clone())?;
            Some((site.path.clone(), site.function.clone(), flat(body)?))
        };
        Self { base, functions: program.iter().filter_map(tokens).collect() }
    }

    /// How many times likelier a patch of a function is for what can be read in it.
    pub(super) fn merit(&self, patched: &Tree, hole: &Hole) -> f64 {
        let read = || {
            let before = Reading::of(self.base, hole)?;
            let after = Reading::of(patched, hole)?;
            Some(compared(&before, &after, hole) * self.idiom(&before, &after, hole))
        };
        on_deep_stack(read).ok().flatten().unwrap_or(1.0)
    }

    /// Whether other functions say what this one says with the patch, or what it says without.
    fn idiom(&self, before: &Reading, after: &Reading, hole: &Hole) -> f64 {
        let (was, is) = (&before.tokens, &after.tokens);
        let same = |(one, other): &(&String, &String)| one == other;
        let start = was.iter().zip(is).take_while(same).count();
        let most = was.len().min(is.len()) - start;
        let end = was.iter().rev().zip(is.iter().rev()).take(most).take_while(same).count();
        let around = |tokens: &[String]| {
            let changed = start..tokens.len() - end;
            let range = start.saturating_sub(CONTEXT)..(changed.end + CONTEXT).min(tokens.len());
            // Where nothing stands between them, two ends of other sayings are none.
            let is_idiom = !changed.is_empty() && (SHORTEST_IDIOM..=LONGEST_IDIOM).contains(&range.len());
            is_idiom.then(|| tokens[range].to_vec())
        };
        let is_said = |window: Option<Vec<String>>| {
            window.is_some_and(|window| {
                let mut others = self
                    .functions
                    .iter()
                    .filter(|(path, function, _)| *path != hole.path || *function != hole.function);
                others.any(|(_, _, tokens)| tokens.windows(window.len()).any(|other| *other == window[..]))
            })
        };
        match (is_said(around(was)), is_said(around(is))) {
            (false, true) => IDIOM,
            (true, false) => 1.0 / IDIOM,
            (true, true) | (false, false) => 1.0,
        }
    }
}

/// The tokens of a text, brackets among them.
fn flat(text: &str) -> Option<Vec<String>> {
    let mut tokens = Vec::new();
    flatten(text.parse().ok()?, &mut tokens);
    Some(tokens)
}

fn flatten(stream: TokenStream, tokens: &mut Vec<String>) {
    for token in stream {
        match token {
            TokenTree::Group(group) => {
                let (open, close) = match group.delimiter() {
                    Delimiter::Parenthesis => ("(", ")"),
                    Delimiter::Brace => ("{", "}"),
                    Delimiter::Bracket => ("[", "]"),
                    Delimiter::None => ("", ""),
                };
                tokens.push(open.to_owned());
                flatten(group.stream(), tokens);
                tokens.push(close.to_owned());
            }
            TokenTree::Ident(_) | TokenTree::Punct(_) | TokenTree::Literal(_) => {
                tokens.push(token.to_string())
            }
        }
    }
}

/// A function as it stands in a tree.
#[derive(Default)]
struct Reading {
    /// Names that its patterns bind.
    bound: BTreeSet<String>,
    /// How often each word stands in it, names in format strings counted.
    words: BTreeMap<String, usize>,
    /// Operations whose outcome is known beforehand.
    vacuous: usize,
    /// Numbers on a side of `==` or `!=`.
    equalities: Vec<String>,
    /// Its body.
    tokens: Vec<String>,
}

impl Reading {
    fn of(tree: &Tree, hole: &Hole) -> Option<Self> {
        let text = tree.text(&hole.path)?;
        let site = site(text, &hole.path, &hole.function)?;
        let whole = text.get(site.signature.start..site.item.end)?;
        let tokens = flat(text.get(site.body.clone())?)?;
        let mut reading = Self { tokens, ..Self::default() };
        reading.count(whole.parse().ok()?);
        match syn::parse_str::<syn::ImplItemFn>(whole) {
            Ok(function) => reading.visit_impl_item_fn(&function),
            Err(_) => reading.visit_trait_item_fn(&syn::parse_str(whole).ok()?),
        }
        Some(reading)
    }

    fn count(&mut self, tokens: TokenStream) {
        for token in tokens {
            match token {
                TokenTree::Group(group) => self.count(group.stream()),
                TokenTree::Ident(ident) => *self.words.entry(ident.to_string()).or_default() += 1,
                TokenTree::Literal(literal) => self.count_literal(&literal.to_string()),
                TokenTree::Punct(_) => {}
            }
        }
    }

    /// A number as it is; of a text the names that a format string would capture.
    fn count_literal(&mut self, text: &str) {
        if text.starts_with(|c: char| c.is_ascii_digit()) {
            *self.words.entry(text.to_owned()).or_default() += 1;
        }
        for part in text.split('{').skip(1) {
            let name: String = part.chars().take_while(|c| c.is_alphanumeric() || *c == '_').collect();
            *self.words.entry(name).or_default() += 1;
        }
    }

    fn times(&self, word: &str) -> usize {
        self.words.get(word).copied().unwrap_or(0)
    }

    /// Names that stand where they are bound and nowhere else.
    fn unused(&self) -> BTreeSet<&str> {
        self.bound
            .iter()
            .filter(|name| self.times(name) < 2 && !name.starts_with('_'))
            .map(|name| &**name)
            .collect()
    }
}

impl<'ast> Visit<'ast> for Reading {
    fn visit_pat_ident(&mut self, pattern: &'ast syn::PatIdent) {
        self.bound.insert(pattern.ident.to_string());
        visit::visit_pat_ident(self, pattern);
    }

    fn visit_expr_binary(&mut self, binary: &'ast syn::ExprBinary) {
        self.vacuous += usize::from(is_vacuous(binary));
        if matches!(binary.op, syn::BinOp::Eq(_) | syn::BinOp::Ne(_)) {
            let sides = [&binary.left, &binary.right].map(|side| side.to_token_stream().to_string());
            self.equalities.extend(sides.into_iter().filter(|side| is_number(side)));
        }
        visit::visit_expr_binary(self, binary);
    }

    fn visit_expr_assign(&mut self, assign: &'ast syn::ExprAssign) {
        self.vacuous += usize::from(assign.left == assign.right);
        visit::visit_expr_assign(self, assign);
    }

    fn visit_expr_method_call(&mut self, call: &'ast syn::ExprMethodCall) {
        let is_same = call.args.len() == 1 && call.args.first() == Some(&*call.receiver);
        self.vacuous += usize::from(is_same);
        visit::visit_expr_method_call(self, call);
    }
}

/// A number, perhaps in a reference or in `Some`.
fn is_number(text: &str) -> bool {
    let digits = text.trim_start_matches("Some").trim_matches(|c: char| "()& -".contains(c));
    digits.starts_with(|c: char| c.is_ascii_digit())
}

fn is_vacuous(binary: &syn::ExprBinary) -> bool {
    use syn::BinOp as Op;
    let literal = |side: &syn::Expr| {
        let text = side.to_token_stream().to_string();
        text.trim_end_matches(".0").parse::<u8>().ok()
    };
    let (left, right) = (literal(&binary.left), literal(&binary.right));
    let is_same = binary.left == binary.right;
    match binary.op {
        Op::Add(_) => is_same || left == Some(0) || right == Some(0),
        Op::AddAssign(_) | Op::SubAssign(_) => right == Some(0),
        Op::Sub(_) => is_same || right == Some(0),
        Op::Mul(_) => [Some(0), Some(1)].contains(&left) || [Some(0), Some(1)].contains(&right),
        Op::Div(_) | Op::Rem(_) => is_same || right == Some(1) || left == Some(0),
        Op::MulAssign(_) | Op::DivAssign(_) | Op::RemAssign(_) => is_same || right == Some(1),
        Op::And(_) | Op::Or(_) | Op::BitAnd(_) | Op::BitOr(_) | Op::BitXor(_) => is_same,
        Op::Eq(_) | Op::Ne(_) | Op::Lt(_) | Op::Le(_) | Op::Gt(_) | Op::Ge(_) => is_same,
        _ => false,
    }
}

fn compared(before: &Reading, after: &Reading, hole: &Hole) -> f64 {
    let (was, is) = (before.unused(), after.unused());
    let mut merit = 1.0;
    if was.iter().any(|name| after.times(name) > 1) {
        merit *= BEGINS_TO_USE;
    }
    if is.iter().any(|name| before.times(name) > 1) {
        merit *= CEASES_TO_USE;
    }
    if after.vacuous > before.vacuous {
        merit *= VACUOUS;
    }
    if before.equalities.len() == after.equalities.len() && before.equalities != after.equalities {
        merit *= NUMBER_OF_EQUALITY;
    }
    merit * language(before, after, hole)
}

/// Whether the words that come in are those of the documentation, and those that go are not.
fn language(before: &Reading, after: &Reading, hole: &Hole) -> f64 {
    let told = told(hole);
    let more = |one: &Reading, other: &Reading| -> bool {
        let gained = one.words.iter().filter(|(word, times)| **times > other.times(word));
        gained.flat_map(|(word, _)| parts(word)).any(|part| told.iter().any(|told| are_alike(told, &part)))
    };
    match (more(after, before), more(before, after)) {
        (true, false) => TOLD,
        (false, true) => 1.0 / TOLD,
        (true, true) | (false, false) => 1.0,
    }
}

/// The words of the documentation and of the function's name, numbers as digits.
fn told(hole: &Hole) -> BTreeSet<String> {
    let name = hole.function.rsplit("::").next().unwrap_or_default();
    // What an example holds is data, not language.
    let examples = [">>>", "```", "==", "=>", "[", "➞"];
    let prose = hole.doc.lines().filter(|line| !examples.iter().any(|mark| line.contains(mark)));
    let words = prose.flat_map(|line| line.split(|c: char| !c.is_alphanumeric())).flat_map(parts);
    words.chain(parts(name)).collect()
}

/// Words that stand in every second documentation and say nothing of a fault.
const COMMON: [&str; 16] = [
    "true", "false", "self", "return", "some", "none", "else", "then", "with", "that", "this", "from",
    "when", "given", "string", "list",
];

/// The telling parts of a name or word.
fn parts(word: &str) -> Vec<String> {
    const NUMBERS: [&str; 11] =
        ["zero", "one", "two", "three", "four", "five", "six", "seven", "eight", "nine", "ten"];
    let part = |part: &str| {
        let part = part.to_lowercase();
        // `one` is most often not a number.
        let number = NUMBERS.iter().position(|number| *number == part).filter(|number| *number != 1);
        match number {
            Some(number) => Some(number.to_string()),
            None if part.starts_with(|c: char| c.is_ascii_digit()) => Some(part),
            None => (part.len() >= SHORTEST_WORD && !COMMON.contains(&&*part)).then_some(part),
        }
    };
    word.split('_').filter_map(part).collect()
}

/// Whether two words are forms of one: `starts` and `start`, `round` and `rounded`.
fn are_alike(one: &str, other: &str) -> bool {
    let (short, long) = if one.len() <= other.len() { (one, other) } else { (other, one) };
    let is_number = short.starts_with(|c: char| c.is_ascii_digit());
    short == long
        || !is_number
            && short.len() >= SHORTEST_WORD
            && long
                .strip_prefix(short)
                .is_some_and(|ending| ["s", "d", "ed", "es", "ing", "er"].contains(&ending))
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::hole::HoleId;
    use crate::schema::sites;

    fn check(doc: &str, before: &str, after: &str, expect: f64) {
        let path = TreePath::new("src/lib.rs").unwrap();
        let tree = |text: &str| {
            let mut tree = Tree::new();
            tree.insert(path.clone(), text);
            tree
        };
        let hole = Hole {
            id: HoleId("f".to_owned()),
            path: path.clone(),
            function: "f".to_owned(),
            signature: String::new(),
            doc: doc.to_owned(),
            context: String::new(),
            dependencies: Vec::new(),
            visible: Vec::new(),
            properties: Vec::new(),
            held_back: Vec::new(),
        };
        let (before_tree, after_tree) = (tree(before), tree(after));
        let merit = Merits::of(&before_tree, &sites(before, &path)).merit(&after_tree, &hole);
        assert!((merit - expect).abs() < 1e-9, "{before} to {after}: {merit}");
    }

    #[test]
    fn a_patch_that_uses_what_was_unused_is_likelier_and_the_reverse_is_not() {
        check("", "fn f(a: u8, b: u8) -> u8 { a + 7 }", "fn f(a: u8, b: u8) -> u8 { a + b }", BEGINS_TO_USE);
        check("", "fn f(a: u8, b: u8) -> u8 { a + b }", "fn f(a: u8, b: u8) -> u8 { a + 7 }", CEASES_TO_USE);
        check(
            "",
            "fn f(a: u8) -> String { format!(\"x\") }",
            "fn f(a: u8) -> String { format!(\"{a}\") }",
            BEGINS_TO_USE,
        );
    }

    #[test]
    fn an_operation_that_says_nothing_is_unlikely() {
        check(
            "",
            "fn f(a: u8, b: u8) -> u8 { a - b + b }",
            "fn f(a: u8, b: u8) -> u8 { a - a + b }",
            VACUOUS,
        );
        check(
            "",
            "fn f(a: u8, b: u8) -> u8 { a + b + b }",
            "fn f(a: u8, b: u8) -> u8 { a + a + b }",
            VACUOUS,
        );
        check("", "fn f(a: u8) -> u8 { a + 1 }", "fn f(a: u8) -> u8 { a % 1 }", VACUOUS);
        check("", "fn f(a: u8) -> u8 { a % 1 }", "fn f(a: u8) -> u8 { a + 2 }", 1.0);
    }

    #[test]
    fn words_of_the_documentation_speak_for_what_brings_them() {
        let text = |call: &str| format!("fn f(a: &str) -> bool {{ a.{call}(\"x\") }}");
        check("Words that start with x.", &text("ends_with"), &text("starts_with"), TOLD);
        check("Words that start with x.", &text("starts_with"), &text("contains"), 1.0 / TOLD);
        check("Rounds to the next ten.", "fn f(a: u8) -> u8 { a / 9 }", "fn f(a: u8) -> u8 { a / 10 }", TOLD);
    }

    #[test]
    fn a_number_beside_an_equality_is_seldom_the_fault() {
        let text = |number: u8| format!("fn f(a: u8) -> bool {{ a == {number} }}");
        check("", &text(1), &text(2), NUMBER_OF_EQUALITY);
    }

    #[test]
    fn what_other_functions_say_too_is_likelier() {
        let text = |field: &str| {
            format!(
                "fn f(m: &M, r: usize, c: usize) -> u8 {{ m.data[r * m.{field} + c] }}\nfn g(m: &mut M, r: usize, c: usize) {{ m.data[r * m.cols + c] = 0; }}"
            )
        };
        check("", &text("rows"), &text("cols"), IDIOM);
        check("", &text("cols"), &text("rows"), 1.0 / IDIOM);
    }

    #[test]
    fn a_function_that_cannot_be_read_has_no_merit_of_its_own() {
        check("", "fn f(", "fn f() {}", 1.0);
    }
}
