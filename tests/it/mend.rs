//! Repair of files that do not compile, judged by rustc itself: one small broken crate for each kind of error.

use std::path::Path;

use cargo_gryph::propose::mend::{Offer, admits, offers};
use cargo_gryph::tree::{Tree, TreePath};

use crate::rustc::{check_file, errors};

/// A crate that must compile after at most three repairs: its text, and what one of the repaired texts must hold.
struct Case(&'static str, &'static str);

/// Alternatives of one cause that are tried.
const ALTERNATIVES: usize = 10;
/// Repairs after each other.
const ROUNDS: usize = 3;

const CASES: &[Case] = &[
    // E0063: a parameter of that name, what siblings say, what the type starts with.
    Case(
        "pub struct Job { pub id: u32, pub owner: String }\npub fn job(id: u32, owner: String) -> Job {\n    Job { id }\n}\n",
        "Job { id, owner }",
    ),
    Case(
        "pub struct Job { pub id: u32, pub owner: String }\npub fn job(id: u32, owner: &str) -> Job {\n    Job { id }\n}\n",
        "owner: owner.to_string()",
    ),
    Case(
        "pub struct Meter { unit: u8, peak: u64 }\nimpl Meter {\n    pub fn new() -> Self { Meter { unit: 7, peak: 10 } }\n    pub fn reset(&self) -> Self { Self { unit: self.unit } }\n    pub fn peak(&self) -> u64 { self.peak }\n}\n",
        "peak: ",
    ),
    Case(
        "use std::collections::HashMap;\npub struct Store {\n    pub names: Vec<String>,\n    pub index: HashMap<String, usize>,\n}\npub fn store() -> Store {\n    Store {\n        names: Vec::new(),\n    }\n}\n",
        "        index: HashMap::new(),",
    ),
    // E0046: an accessor, a sibling's text with the names exchanged, an associated type, the standard library's traits.
    Case(
        "pub trait Named { fn name(&self) -> String; }\npub struct Dog { name: String }\nimpl Named for Dog {}\n",
        "self.name.clone()",
    ),
    Case(
        "pub trait Kind { fn kind(&self) -> &'static str; fn legs(&self) -> u8; }\npub struct Dog;\npub struct Emu;\nimpl Kind for Dog {\n    fn kind(&self) -> &'static str { \"dog\" }\n    fn legs(&self) -> u8 { 4 }\n}\nimpl Kind for Emu {\n    fn legs(&self) -> u8 { 2 }\n}\n",
        "\"emu\"",
    ),
    Case(
        "pub trait Solid { fn volume(&self) -> f64; }\npub struct Cuboid { pub w: f64, pub h: f64, pub d: f64 }\npub struct Cube { pub side: f64 }\nimpl Solid for Cube { fn volume(&self) -> f64 { self.side * self.side * self.side } }\nimpl Solid for Cuboid {}\n",
        "self.w * self.h * self.d",
    ),
    Case(
        "pub struct Celsius(pub f64);\nimpl std::str::FromStr for Celsius {\n    fn from_str(text: &str) -> Result<Self, std::num::ParseFloatError> { text.parse().map(Celsius) }\n}\n",
        "type Err = std::num::ParseFloatError;",
    ),
    Case(
        "#[derive(PartialEq, Eq)]\npub struct Version { pub major: u32, pub minor: u32 }\nimpl Ord for Version {\n    fn cmp(&self, other: &Self) -> std::cmp::Ordering { self.major.cmp(&other.major) }\n}\nimpl PartialOrd for Version {}\n",
        "Some(self.cmp(other))",
    ),
    Case(
        "pub trait Limit { const MOST: u32; fn ok(&self) -> bool; }\npub struct Cup;\npub struct Jug;\nimpl Limit for Cup { const MOST: u32 = 3; fn ok(&self) -> bool { true } }\nimpl Limit for Jug { fn ok(&self) -> bool { true } }\n",
        "const MOST: u32 = ",
    ),
    // E0004: the name, the operator, the same pattern elsewhere, a neighbour.
    Case(
        "pub enum Colour { Red, Green, Blue }\npub fn name(colour: &Colour) -> &'static str {\n    match colour {\n        Colour::Red => \"red\",\n        Colour::Green => \"green\",\n    }\n}\n",
        "Colour::Blue => \"blue\",",
    ),
    Case(
        "pub enum Op { Add, Sub, Mul }\npub fn apply(op: Op, a: i32, b: i32) -> i32 {\n    match op {\n        Op::Add => a + b,\n        Op::Sub => a - b,\n    }\n}\n",
        "Op::Mul => a * b,",
    ),
    Case(
        "pub enum Expr { Num(i64), Add(Box<Expr>, Box<Expr>), Mul(Box<Expr>, Box<Expr>) }\npub fn eval(e: &Expr) -> i64 {\n    match e {\n        Expr::Num(n) => *n,\n        Expr::Add(a, b) => eval(a) + eval(b),\n    }\n}\n",
        "Expr::Mul(a, b) => eval(a) * eval(b),",
    ),
    Case(
        "pub enum Fault { End, Bad(char) }\npub fn first(s: &str) -> Result<char, Fault> {\n    match s.chars().next() {\n        Some(c) if c.is_alphabetic() => Ok(c),\n        Some(c) => Err(Fault::Bad(c)),\n    }\n}\n",
        "None => Err(Fault::End)",
    ),
    Case("pub fn parity(n: u8) -> bool {\n    match n % 2 { 0 => true, 1 => false }\n}\n", "_ => "),
    // E0382, E0505, E0507: copied, cloned, taken.
    Case(
        "#[derive(Clone, Debug)]\npub struct Point { x: i32, y: i32 }\nimpl Point {\n    pub fn x(self) -> i32 { self.x }\n    pub fn sum(self) -> i32 { let x = self.x(); x + self.y }\n}\n",
        "#[derive(Clone, Debug, Copy)]",
    ),
    Case(
        "pub fn chunks(text: &str) -> Vec<String> {\n    let mut all = Vec::new();\n    let mut now = String::new();\n    for c in text.chars() {\n        if c == ';' { all.push(now); } else { now.push(c); }\n    }\n    all.push(now);\n    all\n}\n",
        "std::mem::take(&mut now)",
    ),
    Case(
        "pub struct Log { lines: Vec<String> }\nimpl Log {\n    pub fn flush(&mut self) -> Vec<String> { self.lines }\n}\n",
        "std::mem::take(&mut self.lines)",
    ),
    Case("pub fn pair(s: String) -> (String, usize) {\n    let t = s;\n    (t, s.len())\n}\n", ""),
    // E0499, E0502, E0506: hoisted, copied.
    Case(
        "pub struct Ids { next: u64, seen: Vec<(u8, u64)> }\nimpl Ids {\n    fn fresh(&mut self) -> u64 { self.next += 1; self.next }\n    pub fn mark(&mut self, key: u8) {\n        if let Some(entry) = self.seen.iter_mut().find(|entry| entry.0 == key) {\n            entry.1 = self.fresh();\n        }\n    }\n}\n",
        "let fresh = self.fresh();",
    ),
    Case(
        "pub struct Grid { width: usize, cells: Vec<u8> }\nimpl Grid {\n    fn at(&self, x: usize, y: usize) -> usize { y * self.width + x }\n    pub fn cell(&mut self, x: usize, y: usize) -> &mut u8 { self.cells.get_mut(self.at(x, y)).unwrap() }\n}\n",
        "let at = self.at(x, y);",
    ),
    Case(
        "pub fn grow(v: &mut Vec<String>) -> String {\n    let first = &v[0];\n    v.push(String::from(\"x\"));\n    first.to_string()\n}\n",
        "clone()",
    ),
    // E0277, E0599, E0369: derives with all they need, bounds.
    Case(
        "#[derive(Debug, Clone, PartialEq)]\npub struct Span { pub start: u32, pub end: u32 }\npub fn sorted(mut spans: Vec<Span>) -> Vec<Span> { spans.sort(); spans }\n",
        "#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord)]",
    ),
    Case(
        "pub struct Leaf { pub n: u32 }\n#[derive(Clone)]\npub struct Tree { pub leaves: Vec<Leaf> }\n",
        "#[derive(Clone)]\npub struct Leaf",
    ),
    Case(
        "use std::collections::HashMap;\n#[derive(PartialEq)]\npub enum Key { A, B(u8) }\npub fn count(keys: Vec<Key>) -> usize {\n    let mut all: HashMap<Key, u8> = HashMap::new();\n    for key in keys { all.insert(key, 1); }\n    all.len()\n}\n",
        "Hash",
    ),
    Case(
        "#[derive(Default)]\npub struct Options { pub mode: Mode }\npub enum Mode { Fast, Safe }\n",
        "#[default]",
    ),
    Case(
        "pub fn largest<T>(items: &[T]) -> Option<&T> {\n    let mut best = items.first()?;\n    for item in items { if item > best { best = item; } }\n    Some(best)\n}\n",
        "PartialOrd",
    ),
    Case("pub fn show<T>(item: T) -> String { format!(\"<{item}>\") }\n", "Display"),
    Case(
        "pub struct Bag<T> { items: Vec<T> }\nimpl<T> Bag<T> {\n    pub fn last(&self) -> Option<T> { self.items.iter().map(|item| item.clone()).last() }\n}\n",
        "impl<T: Clone> Bag<T>",
    ),
    Case("#[derive(Clone, Copy)]\npub struct Name { pub text: String }\n", "#[derive(Clone)]"),
    Case(
        "#[derive(Debug)]\npub enum Fault { Number(std::num::ParseIntError), Empty }\npub fn read(s: &str) -> Result<i32, Fault> {\n    let n: i32 = s.parse()?;\n    Ok(n)\n}\n",
        "Fault::Number",
    ),
    // E0425: a `let` that is gone.
    Case(
        "pub fn total(v: &[u32]) -> u32 {\n    for x in v {\n        sum += x;\n    }\n    sum\n}\n",
        "    let mut sum = 0;\n    for x in v {",
    ),
    Case(
        "pub fn words(s: &str) -> Vec<String> {\n    for word in s.split(' ') {\n        found.push(word.to_string());\n    }\n    found\n}\n",
        "let mut found = Vec::new();",
    ),
    Case("pub fn half(v: &[u8]) -> &[u8] {\n    &v[..n / 2]\n}\n", "let n = v.len();"),
    // E0405, E0412, E0432, E0433: imports.
    Case("use std::collections::Rc;\npub fn share(n: u8) -> Rc<u8> { Rc::new(n) }\n", "use std::rc::Rc;"),
    Case(
        "pub struct Cache { map: HashMap<u8, u8> }\nimpl Cache {\n    pub fn len(&self) -> usize { self.map.len() }\n}\n",
        "use std::collections::HashMap;",
    ),
    Case(
        "pub mod shapes { pub struct Circle { pub r: f64 } }\npub fn unit() -> Circle { Circle { r: 1.0 } }\n",
        "use ",
    ),
    Case(
        "pub mod text {\n    pub trait Shout { fn shout(&self) -> String; }\n    impl Shout for str { fn shout(&self) -> String { self.to_uppercase() } }\n}\npub fn loud(s: &str) -> String { s.shout() }\n",
        "Shout;",
    ),
    // Lifetimes.
    Case(
        "pub fn pick(all: &[String], wanted: &str) -> Option<&String> {\n    all.iter().find(|one| *one == wanted)\n}\n",
        "all: &'a [String], wanted: &str",
    ),
    Case(
        "pub struct Words { text: &str }\nimpl Words {\n    pub fn len(&self) -> usize { self.text.len() }\n}\n",
        "'",
    ),
    // Mutability and access.
    Case(
        "pub struct Tally { n: u32 }\nimpl Tally {\n    pub fn hit(&self) { self.n += 1; }\n}\n",
        "&mut self",
    ),
    Case(
        "pub mod inner { pub struct Pair { left: u8, pub right: u8 } }\npub fn sum(p: &inner::Pair) -> u8 { p.left + p.right }\n",
        "pub(crate) left: u8",
    ),
    Case(
        "pub mod inner { fn helper() -> u8 { 1 } }\npub fn f() -> u8 { inner::helper() }\n",
        "pub(crate) fn helper",
    ),
    // Signatures.
    Case(
        "pub trait Sink { fn put(&mut self, item: &str) -> usize; }\npub struct Count(usize);\nimpl Sink for Count {\n    fn put(&self, text: &str) -> usize { text.len() }\n}\n",
        "fn put(&mut self, text: &str) -> usize",
    ),
    Case(
        "fn area(width: u32, height: u32) -> u32 { width * height }\npub fn square(side: u32, height: u32) -> u32 { area(side) }\n",
        "area(side, height)",
    ),
    // More of each family.
    Case(
        "pub struct Item { pub id: u32 }\nimpl Item {\n    pub fn with(&self, id: u32) -> Item { Item { id, ..self } }\n}\n",
        "",
    ),
    Case(
        "#[derive(Debug, Clone)]\npub enum Cmd { Push(i64), Pop, Dup }\npub fn run(cmds: &[Cmd]) -> Result<Vec<i64>, String> {\n    let mut stack = Vec::new();\n    for cmd in cmds {\n        match cmd {\n            Cmd::Push(n) => stack.push(*n),\n            Cmd::Pop => { stack.pop().ok_or_else(|| \"empty\".to_string())?; }\n        }\n    }\n    Ok(stack)\n}\n",
        "Cmd::Dup =>",
    ),
    Case(
        "use std::fmt;\npub enum Level { Low, High }\nimpl fmt::Display for Level {\n    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {\n        match self {\n            Level::Low => write!(f, \"low\"),\n        }\n    }\n}\n",
        "Level::High => write!(f, \"high\")",
    ),
    Case(
        "pub enum Shape { Square(f64), Rect { w: f64, h: f64 } }\npub fn area(s: &Shape) -> f64 {\n    match s { Shape::Square(a) => a * a }\n}\n",
        "Shape::Rect { w, h } => w * h",
    ),
    Case(
        "pub struct Stack<T> { items: Vec<T> }\nimpl<T> Stack<T> {\n    pub fn peek(&self) -> Option<T> { self.items.last().cloned() }\n}\n",
        "T: Clone",
    ),
    Case(
        "pub fn unique<T>(items: Vec<T>) -> usize {\n    let set: std::collections::HashSet<T> = items.into_iter().collect();\n    set.len()\n}\n",
        "Hash",
    ),
    Case(
        "pub fn sum<T>(items: &[T]) -> T {\n    let mut total = T::default();\n    for item in items { total = total + *item; }\n    total\n}\n",
        "Default",
    ),
    Case(
        "#[derive(Debug)]\npub enum Token { Num(f64), Plus }\npub fn same(a: &Token, b: &Token) -> bool { a == b }\n",
        "#[derive(Debug, PartialEq)]",
    ),
    Case("pub struct Id(u32);\npub fn show(id: &Id) -> String { format!(\"{id:?}\") }\n", "#[derive(Debug)]"),
    Case(
        "pub struct Node { value: i32, next: Option<Box<Node>> }\nimpl Node {\n    pub fn last(&self) -> i32 {\n        let mut now = self;\n        while let Some(next) = now.next { now = &next; }\n        now.value\n    }\n}\n",
        "&now.next",
    ),
    Case(
        "pub struct Queue { items: Vec<String>, count: usize }\nimpl Queue {\n    pub fn add(&mut self, item: String) -> usize {\n        self.items.push(item);\n        self.count += item.len();\n        self.count\n    }\n}\n",
        "",
    ),
    Case(
        "pub struct Bank { accounts: Vec<i64>, log: Vec<String> }\nimpl Bank {\n    fn note(&mut self, text: &str) { self.log.push(text.to_string()); }\n    pub fn credit(&mut self, i: usize, n: i64) {\n        let account = &mut self.accounts[i];\n        self.note(\"credit\");\n        *account += n;\n    }\n}\n",
        "",
    ),
    Case("pub fn evens(v: &Vec<u32>) -> Vec<u32> {\n    v.iter().filter(|n| *n % 2 == 0).collect()\n}\n", ""),
    Case("pub fn mean(v: &[f64]) -> f64 {\n    v.iter().sum::<f64>() / v.len()\n}\n", "as f64"),
    Case("pub fn at(v: &[u8], i: i32) -> u8 {\n    v[i]\n}\n", "as usize"),
    Case(
        "pub fn read(s: &str) -> Result<u32, String> {\n    let n: u32 = s.trim().parse()?;\n    Ok(n)\n}\n",
        "map_err",
    ),
    Case(
        "pub fn longest(a: &str, b: &str) -> &str {\n    if a.len() > b.len() { a } else { b }\n}\n",
        "<'a>",
    ),
    Case(
        "pub struct Parser<'a> { rest: &'a str }\nimpl Parser {\n    pub fn rest(&self) -> &str { self.rest }\n}\n",
        "Parser<'",
    ),
    Case(
        "pub fn count(s: &str) -> usize {\n    for c in s.chars() {\n        if seen.insert(c) { n += 1; }\n    }\n    n\n}\n",
        "let mut seen = std::collections::HashSet::new();",
    ),
    Case(
        "pub fn rev(s: &str) -> String {\n    let mut out = String::new();\n    for i in (0..chars.len()).rev() { out.push(chars[i]); }\n    out\n}\n",
        "let chars = s.chars().collect::<Vec<char>>();",
    ),
    Case(
        "pub mod geometry { pub fn area(w: u32, h: u32) -> u32 { w * h } }\npub fn double(w: u32, h: u32) -> u32 { 2 * area(w, h) }\n",
        "geometry::area",
    ),
    Case(
        "use std::fmt::Disply;\npub fn show(x: impl Disply) -> String { x.to_string() }\n",
        "use std::fmt::Display;",
    ),
    Case(
        "pub fn write_all(items: &[u8]) -> String {\n    let mut out = String::new();\n    for item in items { write!(out, \"{item}\").ok(); }\n    out\n}\n",
        "use std::fmt::Write",
    ),
    Case(
        "pub struct Counter { n: u32 }\nimpl Iterator for Counter {\n    fn next(&mut self) -> Option<u32> { self.n += 1; Some(self.n) }\n}\n",
        "type Item = u32;",
    ),
    Case(
        "use std::ops::Add;\npub struct V { pub x: i32, pub y: i32 }\nimpl Add for V {\n    type Output = V;\n}\n",
        "self.x + rhs.x",
    ),
    Case(
        "use std::ops::Index;\npub struct Row(Vec<u8>);\nimpl Index<usize> for Row {\n    fn index(&self, i: usize) -> &u8 { &self.0[i] }\n}\n",
        "type Output = u8;",
    ),
    Case(
        "pub trait Area { fn area(&self) -> f64; fn name(&self) -> String { String::from(\"shape\") } }\npub struct Disc { pub r: f64 }\nimpl Area for Disc {\n    fn name(&self) -> String { String::from(\"disc\") }\n}\n",
        "consts::PI * self.r * self.r",
    ),
    Case(
        "pub trait Area { fn area(&self) -> f64; }\npub struct Disc { pub r: f64 }\nimpl Area for Disc {\n    fn area(&self, scale: f64) -> f64 { self.r * self.r }\n}\n",
        "fn area(&self) -> f64 { self.r",
    ),
    Case(
        "#[derive(Clone, Debug)]\npub struct A;\nimpl Clone for A { fn clone(&self) -> Self { A } }\n",
        "#[derive(Debug)]",
    ),
    Case("pub fn f(v: Vec<u8>) -> impl Fn() -> usize {\n    || v.len()\n}\n", "move"),
    Case("pub fn f(n: Option<u32>) -> u32 {\n    n + 1\n}\n", "n"),
    Case("pub fn f(n: u32) -> Option<u32> {\n    if n > 3 { n } else { None }\n}\n", "Some(n)"),
    Case("pub fn f(n: u32) -> u32 {\n    let m = if n > 3 { 1 };\n    m + n\n}\n", "else"),
    Case(
        "use std::cell::RefCell;\nuse std::rc::Rc;\npub fn run() -> u32 {\n    let n = Rc::new(RefCell::new(1_u32));\n    let m = Rc::clone(&n);\n    let t = std::thread::spawn(move || { *m.borrow_mut() += 1; });\n    t.join().ok();\n    *n.borrow()\n}\n",
        "Mutex",
    ),
    Case(
        "pub fn f(v: &[u8]) -> u8 {\n    match v.first() {\n        Some(x) => *x,\n        None => 0,\n    }\n",
        "}\n",
    ),
    Case("pub fn f(v: &[u8]) -> usize {\n    v.iter().filter(|x| **x > 1.count()\n}\n", ""),
    Case(
        "pub struct Item { pub id: u32, pub n: u8 }\npub fn all() -> Vec<Item> {\n    vec![Item { id: 1, n: 2 }, Item { id: 3 }]\n}\n",
        "id: 3, n: ",
    ),
    Case(
        "pub fn read(s: &str) -> Result<i32, std::num::ParseIntError> {\n    let n: i32 = s.parse::<i32>();\n    Ok(n)\n}\n",
        "?",
    ),
    Case("pub fn read(s: &str) -> i32 {\n    let n: i32 = s.parse()?;\n    n\n}\n", ""),
    Case(
        "fn fill(v: &mut Vec<u8>) { v.push(1); }\npub fn all() -> Vec<u8> {\n    let mut v = Vec::new();\n    fill(&v);\n    v\n}\n",
        "fill(&mut v)",
    ),
    Case(
        "pub fn name(n: u8) -> String {\n    match n { 0 => \"zero\", _ => n.to_string() }\n}\n",
        "\"zero\".to_string()",
    ),
    Case("pub fn f(s: &str) -> &str {\n    let t = s.to_uppercase();\n    &t\n}\n", ""),
    Case(
        "pub fn words(s: &str) -> Vec<&str> {\n    let low = s.trim().to_string();\n    low.split(' ').collect()\n}\n",
        "",
    ),
    Case(
        "use std::collections::HashMap;\npub fn get(m: &HashMap<String, u8>, k: &str) -> u8 {\n    m.get(k)\n}\n",
        "",
    ),
    Case(
        "use std::collections::HashMap;\npub fn count(s: &str) -> HashMap<char, usize> {\n    let mut m = HashMap::new();\n    for c in s.chars() { m.entry(c).or_insert(0) += 1; }\n    m\n}\n",
        "*m.entry(c)",
    ),
    Case("pub fn f(n: u32) {\n    n * 2\n}\n", "-> u32"),
    Case("pub fn f(v: &[i32]) -> Vec<i32> {\n    v.iter().map(|x| x * 2)\n}\n", "collect"),
    Case("pub fn f(v: &[i32]) -> Option<i32> {\n    v.iter().max()\n}\n", "op"),
    Case("pub struct P { pub x: f32 }\npub fn scale(p: &P, by: f64) -> f64 {\n    p.x * by\n}\n", "f64"),
    Case(
        "pub struct List { items: Vec<String> }\nimpl List {\n    pub fn first(&self) -> Option<String> { self.items.first() }\n}\n",
        "cloned()",
    ),
    Case(
        "pub struct List { items: Vec<String> }\nimpl List {\n    pub fn take(&self, i: usize) -> String { self.items[i] }\n}\n",
        "clone()",
    ),
    Case("pub fn f(a: &str, b: String) -> String {\n    a + &b\n}\n", "to_owned"),
    Case("pub struct A { n: u8 }\nimpl A {\n    pub fn n() -> u8 { self.n }\n}\n", "&self"),
    Case("pub struct A { n: u8 }\nimpl A {\n    pub fn double(&self) -> u8 { n * 2 }\n}\n", "self.n * 2"),
    Case(
        "pub struct A { n: u8 }\nimpl A {\n    fn half(&self) -> u8 { self.n / 2 }\n    pub fn quarter(&self) -> u8 { half() / 2 }\n}\n",
        "self.half()",
    ),
    Case("pub enum T { Leaf, Node(T, T) }\n", "Box<T>"),
    Case("pub fn f(x: u8) -> u8 {\n    let y;\n    if x > 3 { y = 1; }\n    y\n}\n", ""),
    Case("pub fn f() -> Vec<u8> {\n    let v = Vec::new();\n    v.push(3);\n    v\n}\n", "let mut v"),
    Case(
        "pub fn apply(f: impl Fn(u8)) { f(1); }\npub fn run() -> u32 {\n    let mut n = 0;\n    apply(|x| n += u32::from(x));\n    n\n}\n",
        "FnMut",
    ),
    Case(
        "pub trait Speak { fn speak(&self) -> String; }\npub struct Dog;\nimpl Dog { fn speak(&self) -> String { String::from(\"wuff\") } }\npub fn all() -> Vec<Box<dyn Speak>> { vec![Box::new(Dog)] }\n",
        "impl Speak for Dog",
    ),
    // Mismatches go through the templates of bodies.
    Case("pub fn label(n: u32) -> String { n }\n", "to_string()"),
    Case("pub fn end(v: &[u8]) -> u64 { v.len() }\n", "u64"),
    Case("pub fn even(n: u32) -> bool {\n    n % 2 == 0;\n}\n", "n % 2 == 0\n"),
    // Threads.
    Case(
        "use std::rc::Rc;\npub fn start(n: u8) {\n    let shared = Rc::new(n);\n    std::thread::spawn(move || drop(shared));\n}\n",
        "use std::sync::Arc;",
    ),
    // Text that does not parse.
    Case("pub fn f(a: u8) -> u8 {\n    let b = a + 1\n    b\n}\n", "a + 1;"),
];

fn path() -> TreePath {
    TreePath::new("src/lib.rs").unwrap()
}

fn tree(text: &str) -> Tree {
    let mut tree = Tree::new();
    tree.insert(path(), text);
    tree
}

/// The texts of the first compiling trees that the offers lead to, breadth first.
fn repair(directory: &Path, case: &Case) -> Result<String, String> {
    let mut open = vec![case.0.to_owned()];
    let mut tried: Vec<String> = Vec::new();
    let mut green = Vec::new();
    for _ in 0..ROUNDS {
        let mut next = Vec::new();
        for text in open {
            let said = check_file(directory, &path(), &text);
            match errors(&said) {
                0 if text == case.0 => return Err("compiles already".to_owned()),
                0 if text.contains(case.1) => return Ok(text),
                0 => green.push(text),
                _ => next.extend(children(&text, &offers(&tree(&text), &said))),
            }
        }
        next.retain(|text| !tried.contains(text));
        next.truncate(24);
        tried.extend(next.iter().cloned());
        open = next;
    }
    for text in open {
        if errors(&check_file(directory, &path(), &text)) == 0 && text.contains(case.1) {
            return Ok(text);
        }
    }
    let said = check_file(directory, &path(), case.0);
    let offered: Vec<String> = offers(&tree(case.0), &said)
        .iter()
        .flat_map(|offers| &offers.alternatives)
        .map(|offer| format!("{} {} {:?}", offer.certainty, offer.operator, offer.patch.edits))
        .collect();
    let rendered: Vec<String> = said.into_iter().map(|said| said.rendered).collect();
    Err(format!("green without `{}`: {green:#?}\n{}\n{}", case.1, rendered.concat(), offered.join("\n")))
}

/// All first offers together, then each alternative by itself.
fn children(text: &str, causes: &[cargo_gryph::propose::mend::Offers]) -> Vec<String> {
    let base = tree(text);
    let firsts: Vec<&Offer> = causes.iter().filter_map(|cause| cause.alternatives.first()).collect();
    let mut together = cargo_gryph::patch::Patch::default();
    for edit in firsts.iter().flat_map(|offer| &offer.patch.edits) {
        if !together.edits.contains(edit) {
            together.edits.push(edit.clone());
        }
    }
    let alone = causes
        .iter()
        .flat_map(|cause| cause.alternatives.iter().take(ALTERNATIVES))
        .map(|offer| offer.patch.clone());
    std::iter::once(together)
        .chain(alone)
        .filter_map(|patch| patch.apply(&base).ok())
        .filter(|tree| admits(&base, tree))
        .filter_map(|tree| tree.text(&path()).map(str::to_owned))
        .collect()
}

#[test]
fn each_kind_of_error_has_a_repair_that_compiles() {
    let failures: Vec<String> = std::thread::scope(|scope| {
        let workers: Vec<_> = (0..2)
            .map(|worker| {
                scope.spawn(move || {
                    let directory = tempfile::tempdir().expect("a scratch directory");
                    let mine = CASES.iter().skip(worker).step_by(2);
                    let failed = mine.filter_map(|case| {
                        repair(directory.path(), case).err().map(|why| format!("{}\n{why}\n", case.0))
                    });
                    failed.collect::<Vec<_>>()
                })
            })
            .collect();
        workers.into_iter().flat_map(|worker| worker.join().expect("no panic")).collect()
    });
    let (count, all) = (failures.len(), CASES.len());
    assert!(failures.is_empty(), "{count} of {all} crates stay broken:\n{}", failures.join("\n----\n"));
}

#[test]
fn tests_and_what_surrounds_the_sources_are_never_touched() {
    let base = "pub fn one() -> u8 { 1 }\n#[cfg(test)]\nmod tests {\n    #[test]\n    fn holds() { assert_eq!(crate::one(), 2_u16) }\n}\n";
    for (changed, allowed) in [
        (base.replace("{ 1 }", "{ 2 }"), true),
        (base.replace("2_u16", "1"), false),
        (base.replace("#[test]", "#[test] #[ignore]"), false),
        (base.replace("#[cfg(test)]\n", ""), false),
        (base.replace("{ 1 }", "{ 1 "), false),
    ] {
        assert_eq!(admits(&tree(base), &tree(&changed)), allowed, "{changed}");
    }
    for name in
        ["tests/it.rs", "benches/speed.rs", "build.rs", "Cargo.toml", "src/tests/a.rs", "examples/a.rs"]
    {
        let file = TreePath::new(name).unwrap();
        let mut before = tree(base);
        before.insert(file.clone(), "fn main() {}");
        let mut after = before.clone();
        after.insert(file, "fn main() { }");
        assert!(!admits(&before, &after), "{name} was changed");
    }
}
