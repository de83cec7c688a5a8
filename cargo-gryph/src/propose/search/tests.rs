//! Claims about the edits of each family, and that nothing else comes out.

use proptest::prelude::*;

use super::*;
use crate::propose::body;
use crate::schema::{site, sites};

fn path() -> TreePath {
    TreePath::new("src/lib.rs").expect("plain")
}

fn tree(text: &str) -> Tree {
    let mut tree = Tree::new();
    tree.insert(path(), text);
    tree
}

fn of(text: &str, function: &str) -> Vec<Mutant> {
    let (tree, site) = (tree(text), site(text, &path(), function).expect("a function"));
    mutants(&Place { tree: &tree, site: &site, weights: &[] })
}

/// The rank of the edit that makes `wanted` of the only function of `text`, or of `f`.
fn rank(text: &str, wanted: &str) -> Option<usize> {
    let wanted = body::normal_form(wanted);
    of(text, "f").iter().position(|mutant| body::normal_form(&mutant.body) == wanted)
}

fn check(cases: &[(&str, &str)]) {
    for (text, wanted) in cases {
        assert!(rank(text, wanted).is_some(), "no edit makes `{wanted}` of `{text}`");
    }
}

#[test]
fn literals_change_by_one_to_nought_and_to_each_other() {
    check(&[
        ("fn f(n: u32) -> u32 { n / 2 }", "n / 3"),
        ("fn f(n: u32) -> bool { n == 7 }", "n == 0"),
        ("fn f(n: f64) -> f64 { n * 0.5 }", "n * 2.0"),
        ("fn f() -> bool { true }", "false"),
        ("fn f(c: char) -> bool { c == '(' }", "c == '['"),
        ("fn f() -> &'static str { \"yes\" }", "\"Yes\""),
        ("/// At most 37.\nfn f(n: u8) -> bool { n < 5 }", "n < 37"),
    ]);
}

#[test]
fn operators_are_taken_for_each_other() {
    check(&[
        ("fn f(a: u32, b: u32) -> bool { a < b }", "a <= b"),
        ("fn f(a: u32, b: u32) -> bool { a < b }", "a == b"),
        ("fn f(a: u32, b: u32) -> u32 { a - b }", "b - a"),
        ("fn f(a: bool, b: bool, c: bool) -> bool { a && b || c }", "a || b || c"),
        ("fn f(a: u32) -> u32 { a << 1 }", "a >> 1"),
        ("fn f(mut a: u32) -> u32 { a = 2; a }", "a += 2; a"),
        ("fn f(a: u32, b: u32) -> u32 { a - b / 2 }", "(a - b) / 2"),
        ("fn f(a: u32) -> u32 { a + 1 }", "a"),
        ("fn f(a: u8, b: usize) -> bool { a as usize == b }", "(a as usize) < b"),
    ]);
}

#[test]
fn bounds_move_by_one() {
    check(&[
        ("fn f(n: u32) -> u32 { (0..n).sum() }", "(0..=n).sum()"),
        ("fn f(n: u32) -> u32 { (0..n).sum() }", "(0..n + 1).sum()"),
        ("fn f(v: &[u32], i: usize) -> u32 { v[i] }", "v[i - 1]"),
    ]);
}

#[test]
fn names_are_replaced_by_what_fits() {
    let of_struct =
        "struct S { rows: usize, cols: usize } impl S { fn f(&self, r: usize) -> usize { r * self.rows } }";
    let found = of(of_struct, "S::f");
    let wanted = body::normal_form("r * self.cols");
    assert!(found.iter().take(10).any(|mutant| body::normal_form(&mutant.body) == wanted));
    check(&[
        ("fn f(a: u32, b: u32) -> u32 { let c = a + a; c }", "let c = a + b; c"),
        ("enum E { A, B } fn f() -> E { E::A }", "E::B"),
        ("fn f(p: (u8, u8)) -> u8 { p.0 }", "p.1"),
        ("fn g(n: u8) -> u8 { n } fn h(n: u8) -> u8 { n } fn f(n: u8) -> u8 { g(n) }", "h(n)"),
    ]);
}

#[test]
fn an_unused_parameter_comes_before_a_used_one() {
    let text = "fn f(a: u32, b: u32, unused: u32) -> u32 { a * b + a * b }";
    let rank = |name: &str| rank(text, &format!("a * {name} + a * b"));
    assert!(rank("unused") < rank("a"));
}

#[test]
fn conditions_are_turned_weakened_and_strengthened() {
    check(&[
        ("fn f(a: bool) -> bool { a }", "!a"),
        ("fn f(a: bool) -> bool { !a }", "a"),
        ("fn f(a: bool, b: bool) -> bool { a && b }", "b"),
        ("fn f(a: u8, known: bool) { if a > 3 { g() } }", "if a > 3 && known { g() }"),
        (
            "fn h(v: &[u8]) -> bool { v.len() > 9 } fn f(w: &[u8], a: bool) { if a { g() } }",
            "if a && w.len() > 9 { g() }",
        ),
    ]);
}

#[test]
fn statements_are_removed_moved_and_freed() {
    check(&[
        ("fn f() { a(); b(); }", "b();"),
        ("fn f() { a(); b(); }", "b(); a();"),
        ("fn f(x: bool) { if x { a(); } }", "a();"),
        ("fn f(x: bool) { if x { a() } else { b() } }", "if x { b() } else { a() }"),
        ("fn f(x: bool) { loop { a(); b(); } }", "loop { a(); } b();"),
    ]);
}

#[test]
fn methods_are_taken_for_their_siblings_and_left_out() {
    check(&[
        ("fn f(v: &[u8]) -> u8 { *v.iter().min().unwrap() }", "*v.iter().max().unwrap()"),
        ("fn f(s: &str) -> bool { s.starts_with('a') }", "s.ends_with('a')"),
        ("fn f(s: &str) -> String { s.chars().rev().collect() }", "s.chars().collect()"),
        ("fn f(s: &str) -> String { s.chars().collect() }", "s.chars().rev().collect()"),
        ("fn f(a: u8, b: u8) -> Ordering { a.cmp(&b) }", "b.cmp(&a)"),
        ("fn f(a: u8, b: u8) { g(a, b) }", "g(b, a)"),
    ]);
}

#[test]
fn values_are_wrapped() {
    check(&[
        ("fn f(a: f32, b: f32) -> bool { let d: f32 = a - b; d < 1.0 }", "let d: f32 = a - b; d.abs() < 1.0"),
        ("fn f(a: i64) -> i64 { (a * 3) / 100 }", "(a * 3 + 50) / 100"),
        ("fn f(s: &str) -> String { s.to_string() }", "s.trim().to_string()"),
        ("fn f(w: u8) -> String { format!(\"{}\", w) }", "format!(\"{:02}\", w)"),
    ]);
}

#[test]
fn jumps_and_results_are_exchanged() {
    check(&[
        ("fn f() { loop { break; } }", "loop { continue; }"),
        ("fn f(a: u8, b: u8) -> u8 { return a; }", "return b;"),
        ("fn f(a: u8) -> Option<u8> { Some(a) }", "None"),
    ]);
}

#[test]
fn missing_statements_come_from_what_is_in_scope() {
    check(&[
        ("fn f(mut v: Vec<u8>) -> Vec<u8> { v.push(1); v }", "v.push(1); v.sort(); v"),
        (
            "fn h(xs: &mut Vec<u8>) { if xs.is_empty() { return; } xs.retain(|x| *x > 3); }\
             fn f(ys: &mut Vec<u8>) { ys.push(1); }",
            "ys.push(1); ys.retain(|x| *x > 3);",
        ),
    ]);
    let text = "struct C { n: u32, last: u32 } impl C { fn f(&mut self, now: u32) { self.n += 1; } }";
    let wanted = body::normal_form("self.n += 1; self.last = now;");
    assert!(of(text, "C::f").iter().any(|mutant| body::normal_form(&mutant.body) == wanted));
}

#[test]
fn missing_guards_and_arms_are_made() {
    check(&[
        ("fn f(v: &[u8]) -> usize { g(); v.len() }", "if v.is_empty() { return 0; } g(); v.len()"),
        (
            "enum E { A, B, C } fn f(e: E) -> u8 { match e { E::A => 1, E::B => 2 } }",
            "match e { E::A => 1, E::C => 2, E::B => 2 }",
        ),
        ("fn f(a: bool, mut n: u8, mut m: u8) { if a { n += 1; } }", "if a { n += 1; } else { m += 1; }"),
    ]);
}

#[test]
fn one_misunderstanding_changes_several_places() {
    check(&[
        ("fn f(a: u8) -> bool { if a > 3 { return true; } false }", "if a > 3 { return false; } true"),
        (
            "fn f(a: bool) -> &'static str { if a { \"no\" } else { \"yes\" } }",
            "if a { \"No\" } else { \"Yes\" }",
        ),
        (
            "fn f(c: char) -> i8 { if c == '(' { 1 } else if c == ')' { -1 } else { 0 } }",
            "if c == '[' { 1 } else if c == ']' { -1 } else { 0 }",
        ),
    ]);
}

#[test]
fn arguments_of_macros_are_reached() {
    check(&[
        ("fn f(a: u8) -> Vec<u8> { vec![a, 1] }", "vec![a, 2]"),
        ("fn f(a: u8) -> bool { matches!(a, 1 | 2) }", "matches!(a, 1 | 3)"),
        ("fn f(a: u8, b: u8) -> String { format!(\"{}{}\", a, b) }", "format!(\"{}{}\", b, a)"),
    ]);
}

#[test]
fn suspicious_places_come_first() {
    let text = "fn f(a: u8) -> u8 { let b = a + 1; let c = b + 2; c }";
    let (tree, site) = (tree(text), site(text, &path(), "f").expect("there"));
    let statement = |text_of: &str| {
        let start = text.find(text_of).expect("there");
        start..start + text_of.len()
    };
    let weights = [
        Weight { range: statement("let b = a + 1;"), suspiciousness: 0.1 },
        Weight { range: statement("let c = b + 2;"), suspiciousness: 1.0 },
    ];
    let found = mutants(&Place { tree: &tree, site: &site, weights: &weights });
    assert!(found[..10].iter().all(|mutant| mutant.span.start >= weights[1].range.start));
}

#[test]
fn pairs_join_edits_that_leave_each_other_alone() {
    let text = "fn f(a: u8, b: u8) -> u8 { let c = a + 1; c - b }";
    let (tree, site) = (tree(text), site(text, &path(), "f").expect("there"));
    let place = Place { tree: &tree, site: &site, weights: &[] };
    let singles = mutants(&place);
    let find = |wanted: &str| {
        let wanted = body::normal_form(wanted);
        singles.iter().find(|mutant| body::normal_form(&mutant.body) == wanted).expect("a single").clone()
    };
    let [more, less, other] =
        ["let c = a + 2; c - b", "let c = a - 1; c - b", "let c = a + 1; c + b"].map(find);
    let choices = [(&more, &less), (&more, &other), (&less, &other), (&other, &more)];
    let bodies: Vec<String> =
        combined(&place, &choices, 10).iter().map(|m| body::normal_form(&m.body)).collect();
    assert!(bodies.contains(&body::normal_form("let c = a + 2; c + b")));
    assert_eq!(bodies.len(), 3, "the last is the second once more, the first two are apart");
    assert_eq!(combined(&place, &choices, 2).len(), 2);
}

#[test]
fn nothing_forbidden_is_brought_in() {
    let text = "fn g() { std::process::exit(1); } fn h() { unsafe { x() } panic!(); } fn f(a: u8) { b(a); }";
    for mutant in of(text, "f") {
        for word in ["process", "unsafe", "panic", "todo", "#["] {
            assert!(!mutant.body.contains(word), "{}", mutant.body);
        }
    }
}

#[test]
fn examples_in_documentation_are_tests_too() {
    let text = "/// Adds.\n///\n/// ```\n/// assert_eq!(f(41), 83);\n/// ```\nfn f(a: u8) -> u8 { a + 7 }";
    assert!(of(text, "f").iter().all(|mutant| !mutant.body.contains("41") && !mutant.body.contains("83")));
}

#[test]
fn tests_give_no_ingredients() {
    let text = "fn f(a: u8) -> u8 { b(a) }\n#[cfg(test)] mod tests { #[test] fn t() { assert_eq!(f(77), 78); secret(); } }";
    assert!(
        of(text, "f").iter().all(|mutant| !mutant.body.contains("77") && !mutant.body.contains("secret"))
    );
}

fn statement() -> impl Strategy<Value = String> {
    let leaf = prop_oneof![
        Just("let x = a + 1;"),
        Just("x -= v[i];"),
        Just("v.push(x as u8);"),
        Just("if a < x as usize { return 3; }"),
        Just("for i in 0..n { s.push_str(\"é{}\"); }"),
        Just("let y = |z: u8| z == 3 && !a;"),
        Just("match x { 1 | 2 => f(), Some(E::A(b)) if b > 0 => {} _ => s.clear(), }"),
        Just("while let Some(c) = it.next() { if c == 'a' { break; } else { continue; } }"),
        Just("write!(f, \"{x:>3} {}\", -1.5)?;"),
        Just("let S { a, b: (c, _) } = S { a, ..d };"),
        Just("self.n = !self.n & (1 << 3);"),
    ]
    .prop_map(str::to_owned);
    leaf.prop_recursive(3, 16, 4, |inner| {
        (proptest::collection::vec(inner, 0..4), 0..5_usize).prop_map(|(parts, shape)| {
            let text = parts.join(" ");
            match shape {
                0 => format!("if a {{ {text} }} else {{ x; }}"),
                1 => format!("loop {{ {text} }}"),
                2 => format!("let t = {{ {text} 0 }};"),
                3 => format!("v.iter().map(|q| {{ {text} q }}).sum::<u8>();"),
                _ => format!("for (i, e) in v.iter().enumerate() {{\n    {text}\n}}"),
            }
        })
    })
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(12))]
    #[test]
    fn every_edit_parses_and_differs_and_stays_in_the_body(statements in proptest::collection::vec(statement(), 1..4)) {
        let text = format!("fn before() {{}}\nfn f(mut a: usize, v: Vec<u8>) -> u8 {{\n{}\n}}\nfn after() {{}}", statements.join("\n"));
        let Some(site) = site(&text, &path(), "f") else { return Ok(()) };
        let original = body::normal_form(&text[site.body.clone()]);
        let found = of(&text, "f");
        prop_assert!(found.len() <= MOST_MUTANTS);
        let mut seen = std::collections::BTreeSet::from([original]);
        for mutant in found.iter().step_by(7) {
            prop_assert!(crate::schema::parse_body(&mutant.body).is_ok(), "{} made {}", mutant.operator, mutant.body);
            prop_assert!(seen.insert(body::normal_form(&mutant.body)), "{} again: {}", mutant.operator, mutant.body);
            prop_assert!(site.body.start <= mutant.span.start && mutant.span.end <= site.body.end);
        }
    }

    #[test]
    fn no_text_makes_the_search_panic(parts in proptest::collection::vec(0..24_usize, 0..40)) {
        let words = ["fn f", "(", ")", "{", "}", "impl T ", "é", "if ", "a", "<", "1", "-> u8 ", ";", "let x = ",
            "for i in ", "..", "x: u8", ",", "'a'", "\"{x", "\"", "match ", "=> ", "m!("];
        let text: String = parts.iter().map(|part| words[*part]).collect();
        let tree = tree(&text);
        for site in sites(&text, &path()) {
            let _ = mutants(&Place { tree: &tree, site: &site, weights: &[] });
        }
    }
}

#[test]
fn arithmetic_is_hardened_and_texts_are_counted_in_characters() {
    check(&[
        ("fn f(a: i32, b: i32) -> u32 { (a - b).abs() as u32 }", "a.abs_diff(b) as u32"),
        ("fn f(a: u32, b: u32) -> u32 { a - b }", "a.saturating_sub(b)"),
        ("fn f(a: u32, b: u32) -> Option<u32> { Some(a * b) }", "Some(a.checked_mul(b)?)"),
        (
            "fn f(a: &[i32]) -> f64 { a.iter().sum::<i32>() as f64 }",
            "a.iter().map(|&value| value as i64).sum::<i64>() as f64",
        ),
        ("fn f(a: i32, b: i32) -> i64 { (a + b) as i64 }", "(a as i64 + b as i64) as i64"),
        ("/// Of characters.\nfn f(a: &str) -> usize { a.len() }", "a.chars().count()"),
        (
            "fn f(a: &str) -> bool { a.len() > 3 && a.len() < 9 }",
            "a.chars().count() > 3 && a.chars().count() < 9",
        ),
        ("fn f(a: &str) -> usize { a.chars().count() }", "a.len()"),
    ]);
}

#[test]
fn a_statement_gives_way_to_an_exit() {
    let text = "fn f(a: u8) -> Option<u8> { let mut b = a; if a == 0 { return None; } if a > 9 { b += 1; } Some(b) }";
    let wanted = "let mut b = a; if a == 0 { return None; } if a > 9 { return None; } Some(b)";
    check(&[(text, wanted)]);
}

#[test]
fn what_a_filter_drops_becomes_a_mark_or_is_split_at() {
    check(&[
        (
            "fn f(a: &str) -> Vec<String> { a.chars().filter(|&c| c.is_alphabetic() || c == ' ').collect::<String>()\
             .split_whitespace().map(String::from).collect() }",
            "a.split(|c: char| !c.is_alphabetic()).filter(|part| !part.is_empty()).map(String::from).collect()",
        ),
        (
            "fn f(a: &str) -> String { a.chars().filter(|&c| c.is_alphabetic() || c == ' ').collect() }",
            "a.chars().map(|c| if c.is_alphabetic() || c == ' ' { c } else { ' ' }).collect()",
        ),
        (
            "fn f(a: &str) -> String { a.chars().filter(|c| *c == 'x').collect::<String>().replace(\"-\", \"\") }",
            "a.chars().map(|c| if c == 'x' { c } else { '-' }).collect::<String>().replace(\"-\", \"\")",
        ),
    ]);
}
