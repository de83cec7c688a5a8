//! Repair of drafts, judged by rustc itself: the bodies here are the mistakes that models make.

use std::collections::BTreeSet;
use std::path::Path;

use cargo_gryph::propose::suggestion::{MOST_GENERATIONS, children};

use crate::rustc::{check, errors, hole};

/// A draft that must compile within three generations: context, signature, body, text the repaired body must hold.
struct Case(&'static str, &'static str, &'static str, &'static str);

const CASES: &[Case] = &[
    // Mutability.
    Case("", "pub fn f(n: u32) -> u32", "while n > 9 { n /= 10; } n", "let mut n = n;"),
    Case("", "pub fn f(text: String) -> String", "text.push('a'); text", "let mut text = text;"),
    Case("", "pub fn f(v: &[i32]) -> Vec<i32>", "v.sort(); v.to_vec()", "v.to_vec()"),
    Case("", "pub fn f() -> Vec<i32>", "let v = Vec::new(); v.push(1); v", "let mut v"),
    // Order of floats.
    Case("", "pub fn f(v: &[f64]) -> Vec<f64>", "let mut w = v.to_vec(); w.sort(); w", "total_cmp"),
    Case("", "pub fn f(v: &[f64]) -> Option<f64>", "v.iter().max().copied()", "max_by"),
    Case(
        "",
        "pub fn f(v: &[f64]) -> Vec<f64>",
        "let mut w = v.to_vec(); w.sort_by(|a, b| a.cmp(b)); w",
        "total_cmp",
    ),
    Case("", "pub fn f(a: f64, b: f64) -> f64", "std::cmp::max(a, b)", "a.max(b)"),
    Case(
        "",
        "pub fn f(v: &[f64]) -> Vec<f64>",
        "let mut w = v.to_vec(); w.sort_by_key(|x| x.abs()); w",
        "total_cmp",
    ),
    // Comparisons and references.
    Case("", "pub fn f(s: &str) -> usize", "s.chars().filter(|c| c == 'a').count()", "*c == 'a'"),
    Case("", "pub fn f(v: &[String]) -> bool", "v.iter().any(|x| x == 'a')", ""),
    Case("", "pub fn f(n: usize, m: u32) -> bool", "n == m", " as "),
    Case(
        "",
        "pub fn f(s: &str) -> Vec<char>",
        "let v: Vec<char> = s.chars().collect(); v.iter().filter(|c| c.is_alphabetic()).collect()",
        "",
    ),
    // Names.
    Case("", "pub fn f(a: i32, b: i32) -> i32", "std::max(a, b)", "std::cmp::max"),
    Case("", "pub fn f(a: i32, b: i32) -> i32", "max(a, b)", "std::cmp::max"),
    Case(
        "",
        "pub fn f(s: &str) -> usize",
        "let mut m = HashMap::new(); for c in s.chars() { *m.entry(c).or_insert(0) += 1; } m.len()",
        "use std::collections::HashMap;",
    ),
    Case("", "pub fn f(s: &str) -> usize", "let m: HashSet<char> = s.chars().collect(); m.len()", "HashSet"),
    Case(
        "",
        "pub fn f(s: &str) -> usize",
        "let s = collections::HashSet::<char>::from_iter(s.chars()); s.len()",
        "std::collections",
    ),
    Case("", "pub fn f(title: &str) -> usize", "titel.len()", "title.len()"),
    Case("", "pub fn f(v: &mut Vec<i32>)", "v.sort_by_key(|x| Reverse(*x));", "std::cmp::Reverse"),
    Case("", "pub fn f(r: f64) -> f64", "r * r * PI", "std::f64::consts::PI"),
    // Methods.
    Case("", "pub fn f(s: &str) -> usize", "s.chars().len()", "count()"),
    Case("", "pub fn f(s: &str) -> String", "s.reverse()", ".chars().rev()"),
    Case("", "pub fn f(s: &str) -> String", "s.rev().collect()", ".chars().rev()"),
    Case(
        "",
        "pub fn f(s: &str) -> usize",
        "let mut n = 0; for (i, c) in s.enumerate() { if c == ' ' { n = i; } } n",
        ".chars()",
    ),
    Case(
        "",
        "pub fn f(s: &str) -> String",
        "s.split(' ').map(|w| w.trim()).join(\"-\")",
        "collect::<Vec<_>>()",
    ),
    Case(
        "",
        "pub fn f(n: u32) -> String",
        "let mut out = String::new(); write!(out, \"{n}\").unwrap(); out",
        "use std::fmt::Write",
    ),
    Case("", "pub fn f(c: char) -> bool", "c.is_digit()", ""),
    Case("", "pub fn f(v: &[i32]) -> i32", "v.fold(0, |a, b| a + b)", ".iter()"),
    Case("", "pub fn f(s: &str) -> Vec<char>", "s.chars().copied().collect()", ""),
    Case("", "pub fn f(s: &str) -> String", "s.chars().map(|c| c.to_uppercase()).collect()", ""),
    // Mismatches.
    Case(
        "",
        "pub fn f(s: &str) -> String",
        "let mut out = String::new(); for c in s.chars() { out.push_str(c); } out",
        "",
    ),
    Case(
        "",
        "pub fn f(s: &str) -> String",
        "let mut out = String::new(); out.push(\"ab\"); out.push(s); out",
        "push_str",
    ),
    Case("", "pub fn f(s: &str) -> String", "s", "s.to_string()"),
    Case("", "pub fn f(v: &[i32]) -> Option<i32>", "if v.is_empty() { return None; } v[0]", "Some(v[0])"),
    Case("", "pub fn f(s: &str) -> Result<i32, String>", "let n: i32 = s.parse()?; n", "Ok("),
    Case("", "pub fn f(s: &str) -> u64", "s.len()", "as u64"),
    Case("", "pub fn f(s: &str) -> Vec<String>", "s.split(' ').collect()", "to_string()"),
    Case(
        "",
        "pub fn f(v: &[i32]) -> Vec<i32>",
        "let mut out = Vec::new(); for x in v { out.push(*x); }",
        "out",
    ),
    Case("", "pub fn f(v: &[i32]) -> i32", "let mut sum = 0; for x in v { sum += x; } sum;", "sum"),
    Case(
        "",
        "pub fn f(s: &str) -> Option<char>",
        "for c in s.chars() { if c == 'x' { Some(c) } } None",
        "return",
    ),
    Case(
        "",
        "pub fn f(n: u64) -> String",
        "let units = [\"B\", \"K\"]; let mut i = 0; let mut x = n; while x > 1024 { x /= 1024.0; i += 1; } format!(\"{}{}\", x, units[i])",
        "",
    ),
    Case(
        "",
        "pub fn f(s: &str) -> u32",
        "let mut n = 0; for c in s.chars() { n = n * 10 + c.to_digit(10); } n",
        "",
    ),
    // Numbers.
    Case("", "pub fn f(v: &[f64]) -> f64", "v.iter().sum::<f64>() / v.len()", "as f64"),
    Case("", "pub fn f(v: &[u32]) -> f64", "let s: f64 = v.iter().map(|x| *x).sum(); s", "as f64"),
    Case("", "pub fn f(c: char) -> u32", "c - '0'", "as u32"),
    Case("", "pub fn f(c: char, k: u8) -> char", "c + k", "as char"),
    Case("", "pub fn f(n: u32) -> char", "n as char", "char"),
    Case("", "pub fn f(v: &[i32], n: u32) -> i32", "v[n]", "n as usize"),
    Case("", "pub fn f(s: &str, n: usize) -> char", "s[n]", "nth(n)"),
    Case("", "pub fn f(n: usize) -> i64", "-n", "as i64"),
    Case("", "pub fn f(n: u32) -> u32", "let mut sum = 0; for i in n { sum += i; } sum", "0..n"),
    // Inference.
    Case(
        "",
        "pub fn f(s: &str) -> String",
        "let words = s.split(' ').collect(); words.join(\"-\")",
        "Vec<_>",
    ),
    Case("", "pub fn f(s: &str) -> i64", "s.parse().unwrap_or_default() * 2", "parse::<i64>"),
    Case("", "pub fn f(v: &[i64]) -> i64", "v.iter().sum() * 2", "sum::<i64>"),
    // The question mark.
    Case("", "pub fn f(s: &str) -> Option<i32>", "let n: i32 = s.parse()?; Some(n)", ".ok()?"),
    Case("", "pub fn f(s: &str) -> Result<i32, String>", "let n: i32 = s.parse()?; Ok(n)", "map_err"),
    Case(
        "pub enum E { Empty, Bad }",
        "pub fn f(s: &str) -> Result<i32, E>",
        "let n: i32 = s.parse()?; Ok(n)",
        "E::",
    ),
    Case(
        "pub enum E { Empty, Bad }",
        "pub fn f(s: &str) -> Result<char, E>",
        "let n = s.chars().next()?; Ok(n)",
        "E::",
    ),
    Case(
        "",
        "pub fn f(n: u64) -> f64",
        "let mut x = n; let mut k = 0; while x > 1024 { x /= 1024.0; k += 1; } x * k",
        "as f64",
    ),
    Case(
        "",
        "pub fn f(v: &[i32]) -> i32",
        "let mut sum = 0; for (i, x) in v.iter().enumerate() { sum += i * x; } sum",
        "",
    ),
    Case(
        "",
        "pub fn f(v: &[(String, f64)]) -> Option<String>",
        "v.iter().max_by_key(|(_, x)| *x).map(|(s, _)| s)",
        "total_cmp",
    ),
    Case(
        "",
        "pub fn f(v: &[f64]) -> f64",
        "let n = v.len(); let mean = v.iter().sum() / n; let var = v.iter().map(|x| (x - mean).powi(2)).sum() / (n - 1); var.sqrt()",
        "as f64",
    ),
    Case(
        "",
        "pub fn f(s: &str) -> String",
        "let mut chars = s.chars(); let mut out = String::new(); while let Some(c) = chars.next() { let mut n = 1; while chars.peek() == Some(c) { chars.next(); n += 1; } out.push_str(n.to_string()); out.push(c); } out",
        "peekable",
    ),
    // Drafts of a 1.5B model, as they were sampled.
    Case(
        "",
        "pub fn initials(name: &str) -> String",
        "name.split_whitespace().map(|word| word.chars().next().unwrap().to_uppercase() + \".\").collect::<String>()",
        "format!",
    ),
    Case(
        "",
        "pub fn second_largest(values: &[i64]) -> Option<i64>",
        "let mut unique_values = values.iter().collect::<std::collections::HashSet<_>>();\n    if unique_values.len() < 2 {\n        return None;\n    }\n    unique_values.iter().rev().skip(1).next().copied()",
        "BTreeSet",
    ),
    Case(
        "",
        "pub fn second_largest(values: &[i64]) -> Option<i64>",
        "let mut distinct_values: Vec<i64> = values.iter().filter_uniq().collect();\n    distinct_values.sort_unstable();\n    if distinct_values.len() < 2 {\n        None\n    } else {\n        Some(distinct_values[distinct_values.len() - 2])\n    }",
        "BTreeSet",
    ),
    // Ownership.
    Case("", "pub fn f(s: String) -> (String, usize)", "let t = s; (t, s.len())", ""),
    Case("", "pub fn f(v: Vec<String>) -> usize", "for x in v { drop(x); } v.len()", ""),
    Case(
        "",
        "pub fn f(v: Vec<i32>) -> Vec<i32>",
        "let mut v = v; let first = v.first(); v.push(1); if first.is_some() { v.pop(); } v",
        "",
    ),
    Case("", "pub fn f(v: &[String]) -> String", "v[0]", "clone()"),
    Case(
        "",
        "pub fn f(s: &str) -> Vec<String>",
        "let words: Vec<&str> = s.to_lowercase().split(' ').collect(); words.iter().map(|w| w.to_string()).collect()",
        "",
    ),
    // Matches.
    Case("", "pub fn f(n: u32) -> Option<u32>", "match n { 0 => Some(1), 1 => Some(2) }", "None"),
    Case("", "pub fn f(n: u32) -> u32", "if n > 3 { 7 }", "else"),
];

/// The repaired body, if one compiles; best first, as the pipeline does it.
fn repair(directory: &Path, case: &Case) -> Result<String, String> {
    let hole = hole(case.0, case.1);
    let body = format!("\n{}\n", case.2);
    let first = check(directory, &hole, &body);
    if errors(&first) == 0 {
        return Err("compiles already".to_owned());
    }
    let mut open = vec![(errors(&first), 0, body, first)];
    let mut tried = BTreeSet::new();
    let mut best = Err("no child compiles".to_owned());
    while let Some((_, depth, body, diagnostics)) = open.pop() {
        for child in children(&hole, &body, &diagnostics) {
            if !tried.insert(child.body.clone()) || tried.len() > 40 {
                continue;
            }
            let found = check(directory, &hole, &child.body);
            match errors(&found) {
                0 if child.body.contains(case.3) => return Ok(child.body),
                0 => best = Err(format!("compiles without `{}`: {}", case.3, child.body)),
                count if depth + 1 < MOST_GENERATIONS => open.push((count, depth + 1, child.body, found)),
                _ => {}
            }
        }
        open.sort_by_key(|(count, depth, ..)| (std::cmp::Reverse(*count), std::cmp::Reverse(*depth)));
    }
    best.map_err(|why| {
        let messages: Vec<String> =
            check(directory, &hole, &format!("\n{}\n", case.2)).into_iter().map(|d| d.rendered).collect();
        format!("{why}\ntried {tried:#?}\n{}", messages.concat())
    })
}

#[test]
fn drafts_with_the_mistakes_of_models_are_repaired() {
    let failures: Vec<String> = std::thread::scope(|scope| {
        let workers: Vec<_> = (0..2)
            .map(|worker| {
                scope.spawn(move || {
                    let directory = tempfile::tempdir().expect("a scratch directory");
                    let mine = CASES.iter().skip(worker).step_by(2);
                    let failed = mine.filter_map(|case| {
                        repair(directory.path(), case)
                            .err()
                            .map(|why| format!("{} {{ {} }}\n{why}\n", case.1, case.2))
                    });
                    failed.collect::<Vec<_>>()
                })
            })
            .collect();
        workers.into_iter().flat_map(|worker| worker.join().expect("no panic")).collect()
    });
    assert!(
        failures.is_empty(),
        "{} of {} drafts stay broken:\n{}",
        failures.len(),
        CASES.len(),
        failures.join("\n----\n")
    );
}
