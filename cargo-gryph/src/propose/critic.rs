//! Orders candidates that passed all they were shown: facts are equal there, so features decide.
//!
//! The first feature is special-casing: a body that compares its input with the literals of the examples and answers
//! with theirs has learnt the examples, not the function. Such a body comes last, or is refused; and so does one whose
//! words contradict the description ([`deviation`](crate::propose::deviation)).

use std::collections::BTreeSet;

use proc_macro2::{TokenStream, TokenTree};
use syn::visit::{self, Visit};

use crate::candidate::{Candidate, CandidateId};
use crate::hole::Hole;
use crate::propose::body::{self, normal_form};
use crate::propose::deviation::{Deviation, deviations};
use crate::propose::draft::Draft;

/// Statements shorter than this may repeat.
const SHORT_STATEMENT: usize = 24;

/// A candidate that passed, with what the linter counted in it.
#[derive(Clone, Copy, Debug)]
pub struct Plausible<'a> {
    /// The candidate.
    pub candidate: &'a Candidate,
    /// Its body.
    pub body: &'a str,
    /// Warnings of rustc and clippy in it.
    pub lints: usize,
}

/// Features of a plausible body, the weightiest first: fewer is better.
#[derive(Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Debug, Default)]
pub struct Assessment {
    /// Examples whose input the body compares with a literal, answering with the example's own output.
    pub special_cased: usize,
    /// Doubtful contradictions to the description.
    pub deviations: usize,
    /// Parameters that the body does not use.
    pub unused_parameters: usize,
    /// Warnings.
    pub lints: usize,
    /// Statements that stand in the body more than once.
    pub repeated: usize,
    /// Tokens.
    pub size: usize,
}

/// A plausible candidate with its place in the order.
#[derive(Clone, PartialEq, Eq, Debug)]
pub struct Ranked {
    /// The candidate.
    pub candidate: CandidateId,
    /// Its features.
    pub assessment: Assessment,
    /// Why it must not be accepted, if so, as sentences: it answers examples instead of computing, or contradicts the
    /// description.
    pub refused: Vec<String>,
}

/// The candidates, the most trustworthy first; the refused ones at the end.
pub fn rank(hole: &Hole, plausible: &[Plausible<'_>]) -> Vec<Ranked> {
    let judge = |one: &Plausible<'_>| {
        let (assessment, refused) = assess(hole, one.body, one.lints);
        Ranked { candidate: one.candidate.id, assessment, refused }
    };
    let mut ranked: Vec<Ranked> = plausible.iter().map(judge).collect();
    ranked.sort_by_key(|one| (!one.refused.is_empty(), one.assessment, one.candidate));
    ranked
}

/// The features of a body that passed, and why it must be refused, if so. A body that does not parse is refused.
pub fn assess(hole: &Hole, body: &str, lints: usize) -> (Assessment, Vec<String>) {
    let Some(draft) = Draft::new(hole, body) else {
        return (Assessment::default(), vec!["It does not parse.".to_owned()]);
    };
    let cases = special_cases(hole, body);
    let tokens = normal_form(body);
    let words: BTreeSet<&str> = tokens.split(' ').collect();
    let used = |name: &str| name.starts_with('_') || words.contains(name) || in_format(body, name);
    let unused = draft.parameters().iter().filter(|(name, _)| !used(name)).count();
    let (strong, weak): (Vec<Deviation>, Vec<Deviation>) =
        deviations(hole, body).into_iter().partition(|deviation| deviation.strong);
    let assessment = Assessment {
        special_cased: cases.answered,
        deviations: weak.len(),
        unused_parameters: unused,
        lints,
        repeated: repeated(body),
        size: tokens.split(' ').count(),
    };
    let recites = (cases.answered >= 2 && cases.own == 0)
        .then(|| "It compares the input with the examples instead of computing the answer.".to_owned());
    let refused = recites.into_iter().chain(strong.into_iter().map(|deviation| deviation.sentence)).collect();
    (assessment, refused)
}

/// Whether a format string such as `"{name}"` holds the name.
fn in_format(body: &str, name: &str) -> bool {
    [format!("{{{name}}}"), format!("{{{name}:")].iter().any(|inline| body.contains(inline))
}

fn repeated(body: &str) -> usize {
    let Ok(block) = body::parse(body) else { return 0 };
    let mut statements = Statements::default();
    statements.visit_block(&block);
    let mut seen = BTreeSet::new();
    statements
        .texts
        .iter()
        .filter(|text| text.len() >= SHORT_STATEMENT && !seen.insert(text.as_str()))
        .count()
}

#[derive(Default)]
struct Statements {
    texts: Vec<String>,
}

impl<'ast> Visit<'ast> for Statements {
    fn visit_stmt(&mut self, node: &'ast syn::Stmt) {
        self.texts.push(quote::quote!(#node).to_string());
        visit::visit_stmt(self, node);
    }
}

struct Cases {
    /// Examples whose input is compared and whose output is given.
    answered: usize,
    /// Compared literals that belong to no example: the body knows more than it was shown.
    own: usize,
}

fn special_cases(hole: &Hole, body: &str) -> Cases {
    let mut compared = Compared::default();
    if let Ok(block) = body::parse(body) {
        compared.visit_block(&block);
    }
    let told =
        literals(hole.doc.split_whitespace().collect::<Vec<_>>().join(" ").parse().unwrap_or_default());
    let told = |literal: &String| told.contains(literal) || hole.doc.contains(literal.trim_matches('"'));
    let compared: BTreeSet<String> =
        compared.literals.into_iter().filter(|literal| is_specific(literal) && !told(literal)).collect();
    let given = literals(body.parse().unwrap_or_default());
    let examples: Vec<Example> =
        hole.visible.iter().filter_map(|check| Example::read(&check.source)).collect();
    let answered = examples.iter().filter(|example| {
        let asked = example.inputs.iter().any(|input| compared.contains(input));
        let answered =
            example.outputs.is_empty() || example.outputs.iter().any(|output| given.contains(output));
        asked && answered
    });
    let known: BTreeSet<&String> =
        examples.iter().flat_map(|example| example.inputs.iter().chain(&example.outputs)).collect();
    Cases {
        answered: answered.count(),
        own: compared.iter().filter(|literal| !known.contains(literal)).count(),
    }
}

/// The literals of an example: those in the arguments of its first call, and those on the other side.
struct Example {
    inputs: BTreeSet<String>,
    outputs: BTreeSet<String>,
}

impl Example {
    fn read(source: &str) -> Option<Self> {
        let expression: syn::Expr = syn::parse_str(source).ok()?;
        let tokens = |expression: &syn::Expr| literals(quote::quote!(#expression));
        match &expression {
            syn::Expr::Binary(binary) if matches!(binary.op, syn::BinOp::Eq(_)) => {
                Some(Self { inputs: tokens(&binary.left), outputs: tokens(&binary.right) })
            }
            other => Some(Self { inputs: tokens(other), outputs: BTreeSet::new() }),
        }
    }
}

/// All literals of some tokens, numbers without suffix and underscores.
fn literals(stream: TokenStream) -> BTreeSet<String> {
    let mut found = BTreeSet::new();
    for tree in stream {
        match tree {
            TokenTree::Group(group) => found.extend(literals(group.stream())),
            TokenTree::Literal(literal) => {
                found.insert(plain(&literal.to_string()));
            }
            TokenTree::Ident(_) | TokenTree::Punct(_) => {}
        }
    }
    found
}

fn plain(literal: &str) -> String {
    if !literal.starts_with(|c: char| c.is_ascii_digit()) {
        return literal.to_owned();
    }
    let digits = literal.replace('_', "");
    let number = digits.split(['i', 'u', 'f']).next().unwrap_or_default();
    if number.starts_with("0x") { digits } else { number.to_owned() }
}

/// Whether a literal says something about one example: not an empty or one-character text, not a small or round number.
fn is_specific(literal: &str) -> bool {
    if let Some(text) = literal.strip_prefix('"') {
        return text.chars().count() > 2;
    }
    match (literal.parse::<u64>(), literal.parse::<f64>()) {
        (Ok(number), _) => {
            let mut rest = number;
            while rest >= 10 && rest % 10 == 0 {
                rest /= 10;
            }
            number >= 10 && rest != 1 && !number.is_power_of_two()
        }
        (Err(_), Ok(number)) => number.fract() != 0.0 && (number - 0.5).abs() > f64::EPSILON,
        (Err(_), Err(_)) => false,
    }
}

/// Literals that a body compares something with: in patterns, beside `==`, and in tables of pairs.
#[derive(Default)]
struct Compared {
    literals: BTreeSet<String>,
}

impl<'ast> Visit<'ast> for Compared {
    fn visit_arm(&mut self, node: &'ast syn::Arm) {
        let pattern = &node.pat;
        self.literals.extend(literals(quote::quote!(#pattern)));
        visit::visit_arm(self, node);
    }

    fn visit_expr_let(&mut self, node: &'ast syn::ExprLet) {
        let pattern = &node.pat;
        self.literals.extend(literals(quote::quote!(#pattern)));
        visit::visit_expr_let(self, node);
    }

    fn visit_expr_binary(&mut self, node: &'ast syn::ExprBinary) {
        if matches!(node.op, syn::BinOp::Eq(_) | syn::BinOp::Ne(_)) {
            let (left, right) = (&node.left, &node.right);
            self.literals.extend(literals(quote::quote!(#left)));
            self.literals.extend(literals(quote::quote!(#right)));
        }
        visit::visit_expr_binary(self, node);
    }

    fn visit_expr_tuple(&mut self, node: &'ast syn::ExprTuple) {
        self.literals.extend(literals(quote::quote!(#node)));
        visit::visit_expr_tuple(self, node);
    }

    fn visit_macro(&mut self, node: &'ast syn::Macro) {
        if node.path.is_ident("matches") {
            self.literals.extend(literals(node.tokens.clone()));
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::candidate::{Change, Origin};
    use crate::hole::{HoleCheck, HoleId, TestName};
    use crate::tree::TreePath;

    fn hole(signature: &str, doc: &str, visible: &[&str]) -> Hole {
        let check = |source: &&str| HoleCheck {
            source: (*source).to_owned(),
            test: TestName { target: "lib".to_owned(), name: "t".to_owned() },
        };
        Hole {
            id: HoleId("f".to_owned()),
            path: TreePath::new("src/lib.rs").unwrap(),
            function: "f".to_owned(),
            signature: signature.to_owned(),
            doc: doc.to_owned(),
            context: String::new(),
            dependencies: Vec::new(),
            visible: visible.iter().map(check).collect(),
            properties: Vec::new(),
            held_back: Vec::new(),
        }
    }

    fn verdict(signature: &str, doc: &str, visible: &[&str], body: &str) -> (usize, bool) {
        let (assessment, refused) = assess(&hole(signature, doc, visible), body, 0);
        (assessment.special_cased, !refused.is_empty())
    }

    const SLUG: &[&str] = &[r#"f("Hello World") == "hello-world""#, r#"f("A B") == "a-b""#, r#"f("") == """#];

    #[test]
    fn a_body_that_answers_examples_is_refused() {
        let signature = "fn f(t: &str) -> String";
        for body in [
            r#"match t { "Hello World" => "hello-world", "A B" => "a-b", _ => "" }.to_string()"#,
            r#"if t == "Hello World" { return "hello-world".into(); } if t == "A B" { "a-b".into() } else { String::new() }"#,
            r#"[("Hello World", "hello-world"), ("A B", "a-b")].iter().find(|p| p.0 == t).map(|p| p.1.to_string()).unwrap_or_default()"#,
        ] {
            assert_eq!(verdict(signature, "Slug.", SLUG, body), (2, true), "{body}");
        }
        let numbers = ["f(12) == 144", "f(25) == 625"];
        let body = "if n == 12 { 144 } else if n == 25u64 { 625 } else { 0 }";
        assert_eq!(verdict("fn f(n: u64) -> u64", "", &numbers, body), (2, true));
        let truths = [r#"f("level")"#, r#"f("noon")"#];
        assert_eq!(
            verdict("fn f(t: &str) -> bool", "", &truths, r#"matches!(t, "level" | "noon")"#),
            (2, true)
        );
    }

    #[test]
    fn a_body_that_computes_is_not_refused() {
        let slug = r#"t.split(' ').map(str::to_lowercase).collect::<Vec<_>>().join("-")"#;
        assert_eq!(verdict("fn f(t: &str) -> String", "Slug.", SLUG, slug), (0, false));
        let fizz = [r#"f(3) == "Fizz""#, r#"f(15) == "FizzBuzz""#, r#"f(5) == "Buzz""#];
        let body = r#"if n % 15 == 0 { "FizzBuzz" } else if n % 3 == 0 { "Fizz" } else if n % 5 == 0 { "Buzz" } else { "" }.into()"#;
        assert!(!verdict("fn f(n: u32) -> String", "", &fizz, body).1);
        let days = [r#"f("mon") == Some(1)"#, r#"f("tue") == Some(2)"#];
        let body = r#"match d { "mon" => Some(1), "tue" => Some(2), "wed" => Some(3), _ => None }"#;
        assert!(
            !verdict("fn f(d: &str) -> Option<u8>", "", &days, body).1,
            "it knows a day that was not shown"
        );
        let told = r#"match d { "mon" => Some(1), "tue" => Some(2), _ => None }"#;
        assert!(
            !verdict("fn f(d: &str) -> Option<u8>", "Knows mon and tue.", &days, told).1,
            "the doc says so"
        );
    }

    #[test]
    fn smaller_cleaner_bodies_come_first_and_special_cases_last() {
        let hole = hole("fn f(t: &str, n: usize) -> String", "Slug.", SLUG);
        let bodies = [
            (r#"if t == "Hello World" { return "hello-world".to_string(); } t.repeat(n)"#, 0),
            ("t.repeat(n).chars().collect::<String>().to_string()", 0),
            ("t.to_string()", 0),
            ("t.repeat(n).to_string()", 1),
            ("t.repeat(n)", 0),
        ];
        let candidate = |id: usize| Candidate {
            id: CandidateId(id as u32),
            hole: hole.id.clone(),
            change: Change::Body(String::new()),
            origin: Origin {
                proposer: "model".to_owned(),
                round: 1,
                model: None,
                prompt: None,
                seed: None,
                operator: None,
                parent: None,
            },
        };
        let candidates: Vec<Candidate> = (0..bodies.len()).map(candidate).collect();
        let plausible: Vec<Plausible<'_>> = candidates
            .iter()
            .zip(bodies)
            .map(|(candidate, (body, lints))| Plausible { candidate, body, lints })
            .collect();
        let order: Vec<u32> = rank(&hole, &plausible).iter().map(|one| one.candidate.0).collect();
        assert_eq!(order, [4, 1, 3, 2, 0]);
    }

    #[test]
    fn repeated_statements_are_counted() {
        let twice = "total += value.len() * factor; total += value.len() * factor; x += 1; x += 1;";
        assert_eq!(repeated(twice), 1);
    }
}
