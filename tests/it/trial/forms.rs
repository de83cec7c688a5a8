//! Every kind of function can be tried, and a right body passes whatever the construction.

use super::fixture::{Fixture, briefs};

const LIBRARY: &str = r#"
use std::fmt;
pub mod inner { pub fn deep(x: u8) -> u8 { todo!() } }
pub struct Stack<T> { pub items: Vec<T> }
impl<T: Clone> Stack<T> {
    #[inline]
    pub fn top<'a>(&'a self, skip: usize) -> Option<&'a T> { todo!() }
    pub fn into_first(mut self: Box<Self>) -> Option<T> { todo!() }
    pub fn kept<'a>(&'a self, (from, many): (usize, usize), keep: impl Fn(&T) -> bool + Clone + 'a) -> impl DoubleEndedIterator<Item = &'a T> + Clone + 'a {
        let _ = (from, many, keep);
        self.items.iter()
    }
}
pub struct Count { pub left: u8 }
impl Iterator for Count { type Item = u8; fn next(&mut self) -> Option<Self::Item> { todo!() } }
pub struct Pair(pub u8, pub u8);
impl fmt::Display for Pair { fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result { write!(f, "?") } }
impl PartialEq for Pair { fn eq(&self, other: &Self) -> bool { self.0 == other.0 } }
impl PartialOrd for Pair { fn partial_cmp(&self, other: &Self) -> Option<std::cmp::Ordering> { None } }
impl std::ops::Add<Pair> for u8 { type Output = u8; fn add(self, other: Pair) -> Self::Output { todo!() } }
pub fn largest<T: PartialOrd + Copy, const N: usize>(of: [T; N]) -> Option<T> { todo!() }
pub const fn square(x: u32) -> u32 { x }
pub const fn wrapped(x: u32) -> u32 { square(x) }
pub const fn cube(x: u32) -> u32 { 8 }
pub const EIGHT: u32 = cube(2);
pub async fn later(x: u8) -> u8 { todo!() }
pub fn swap((a, b): (u8, u8), _: ()) -> (u8, u8) { todo!() }
pub fn total(of: impl IntoIterator<Item = u8>, mut start: u32) -> u32 { todo!() }
pub fn evens(below: u32) -> impl Iterator<Item = u32> { 0..below }
pub trait Shape { fn side(&self) -> f64; fn area(&self) -> f64 { todo!() } }
pub struct Square(pub f64);
impl Shape for Square { fn side(&self) -> f64 { self.0 } }
pub unsafe fn raw(x: u8) -> u8 { todo!() }
#[track_caller] #[must_use] pub fn strict(x: u8) -> u8 { todo!() }
pub fn longest<'a>(a: &'a str, b: &'a str) -> &'a str { todo!() }
pub fn apply<F>(f: F, times: usize) -> u32 where F: Fn(u32) -> u32 { todo!() }
pub extern "C" fn c_add(a: u8, b: u8) -> u8 { todo!() }
pub fn push(to: &mut Vec<u8>, f: u8) -> &mut u8 { todo!() }
mod cfgs { #[cfg(any(unix, windows))] pub fn here() -> u8 { todo!() } }
pub fn here() -> u8 { cfgs::here() }
macro_rules! Numbers { () => { impl Iterator<Item = u32> } }
pub fn odds(below: u32) -> Numbers!() { (0..below).filter(|n| n % 2 == 0) }
pub struct Down(u8);
impl Down { pub fn from(n: u8) -> Self { Down(n) } }
impl Iterator for Down { type Item = u8; fn next(&mut self) -> Option<u8> { self.0 = self.0.checked_sub(1)?; Some(self.0) } }
impl DoubleEndedIterator for Down { fn next_back(&mut self) -> Option<Self::Item> { None } }
"#;

const TESTS: &str = r#"
use sample::*;
#[allow(unused_imports)]
use std::future::Future;
use std::pin::pin;
use std::task::{Context, Poll, Waker};
#[test] fn deep() { assert_eq!(inner::deep(1), 2); }
#[test] fn top() { assert_eq!(Stack { items: vec![1, 2, 3] }.top(1), Some(&2)); }
#[test] fn into_first() { assert_eq!(Box::new(Stack { items: vec![1, 2, 3] }).into_first(), Some(1)); }
#[test] fn kept() {
    let stack = Stack { items: vec![1, 2, 3, 4] };
    let kept = stack.kept((1, 2), |item| *item != 9);
    assert_eq!(kept.clone().rev().collect::<Vec<_>>(), [&3, &2]);
    assert_eq!(kept.collect::<Vec<_>>(), [&2, &3]);
}
#[test] fn next() { assert_eq!(Count { left: 3 }.collect::<Vec<_>>(), [2, 1, 0]); }
#[test] fn fmt() { assert_eq!(format!("{}", Pair(1, 2)), "1-2"); }
#[test] fn partial_cmp() { assert!(Pair(1, 2) < Pair(2, 1)); }
#[test] fn add() { assert_eq!(1 + Pair(2, 3), 6); }
#[test] fn largest() { assert_eq!(sample::largest([1.0, 3.0, 2.0]), Some(3.0)); }
#[test] fn square() { assert_eq!(wrapped(3), 9); }
#[test] fn cube() { assert_eq!(sample::cube(3), 27); assert_eq!(EIGHT, 8); }
#[test] fn later() { let Poll::Ready(x) = pin!(sample::later(1)).poll(&mut Context::from_waker(Waker::noop())) else { panic!() }; assert_eq!(x, 2); }
#[test] fn swap() { assert_eq!(sample::swap((1, 2), ()), (2, 1)); }
#[test] fn total() { assert_eq!(sample::total([1, 2, 3], 1), 7); }
#[test] fn evens() { assert_eq!(sample::evens(5).collect::<Vec<_>>(), [0, 2, 4]); }
#[test] fn area() { assert_eq!(Square(3.0).area(), 9.0); let s: &dyn Shape = &Square(2.0); assert_eq!(s.area(), 4.0); }
#[test] fn raw() { assert_eq!(unsafe { sample::raw(1) }, 2); }
#[test] fn strict() { assert_eq!(sample::strict(1), 2); }
#[test] fn longest() { assert_eq!(sample::longest("a", "bb"), "bb"); }
#[test] fn apply() { assert_eq!(sample::apply(|x| x * 2, 3), 8); }
#[test] fn c_add() { assert_eq!(sample::c_add(1, 2), 3); }
#[test] fn push() { let mut v = vec![1]; *sample::push(&mut v, 2) += 1; assert_eq!(v, [1, 3]); }
#[test] fn odds() { assert_eq!(sample::odds(6).collect::<Vec<_>>(), [1, 3, 5]); }
#[test] fn next_back() { assert_eq!(Down::from(3).rev().next(), Some(2)); }
#[test] fn here() { assert_eq!(sample::here(), 3); }
"#;

/// A function, its test, a right body, one that is wrong, one that does not compile, and whether each takes a build.
struct Case(&'static str, &'static str, &'static str, &'static str, &'static str, bool);

const CASES: [Case; 25] = [
    Case("inner::deep", "deep", "x + 1", "x", "y", false),
    Case(
        "Stack::top",
        "top",
        "self.items.iter().rev().nth(skip)",
        "self.items.first()",
        "self.items.nth(skip)",
        false,
    ),
    Case(
        "Stack::into_first",
        "into_first",
        "if self.items.is_empty() { return None } Some(self.items.swap_remove(0))",
        "self.items.pop()",
        "self.items[0]",
        false,
    ),
    Case(
        "Count::next",
        "next",
        "if self.left == 0 { return None::<Self::Item> } self.left -= 1; Some(self.left)",
        "None",
        "Some(self)",
        false,
    ),
    Case(
        "<Pair as Display>::fmt",
        "fmt",
        "self.0.fmt(f)?; f.write_str(\"-\")?; self.1.fmt(f)",
        "self.0.fmt(f)",
        "self.2.fmt(f)",
        false,
    ),
    Case(
        "Pair::partial_cmp",
        "partial_cmp",
        "self.0.partial_cmp(&other.0)",
        "other.0.partial_cmp(&self.0)",
        "self.0.cmp(&other.0)",
        false,
    ),
    Case(
        "<u8 as Add<Pair>>::add",
        "add",
        "let sum: Self::Output = self + other.0 + other.1; sum",
        "self",
        "other",
        false,
    ),
    Case(
        "largest",
        "largest",
        "of.iter().copied().fold(None, |m, x| match m { Some(y) if y >= x => Some(y), _ => Some(x) })",
        "of.first().copied()",
        "of.iter().max()",
        false,
    ),
    Case(
        "square",
        "square",
        "let mut n = 0; let mut i = 0; while i < x { n += x; i += 1; } n",
        "x + x",
        "x.square()",
        false,
    ),
    Case("cube", "cube", "x * x * x", "8", "x.cube()", true),
    Case("later", "later", "async { x }.await + 1", "x", "x.await", false),
    Case("swap", "swap", "(b, a)", "(a, b)", "(b, c)", false),
    Case("total", "total", "for x in of { start += u32::from(x); } start", "start", "of + start", false),
    Case(
        "evens",
        "evens",
        "(0..below).filter(|n| n % 2 == 0)",
        "(0..below).filter(|n| n % 2 == 1)",
        "below",
        false,
    ),
    Case(
        "Stack::kept",
        "kept",
        "self.items.iter().skip(from).take(many).filter(move |item| keep(item))",
        "std::iter::empty()",
        "self.items.clone()",
        false,
    ),
    Case("Shape::area", "area", "self.side() * Self::side(self)", "0.0", "self.0", false),
    Case("raw", "raw", "x + 1", "x", "y", false),
    Case("strict", "strict", "x + 1", "x", "y", false),
    Case("longest", "longest", "if a.len() > b.len() { a } else { b }", "a", "&String::new()", false),
    Case("apply", "apply", "(0..times).fold(1, |x, _| f(x))", "f(1)", "f", false),
    Case("c_add", "c_add", "a + b", "a", "c", false),
    Case(
        "push",
        "push",
        "to.push(f); let last = to.len() - 1; &mut to[last]",
        "to.push(f); &mut to[0]",
        "to.push(f)",
        false,
    ),
    Case(
        "odds",
        "odds",
        "(0..below).filter(|n| n % 2 == 1)",
        "(0..below).filter(|n| n % 2 == 0)",
        "below",
        true,
    ),
    Case(
        "Down::next_back",
        "next_back",
        "let item: Option<Self::Item> = self.next(); item",
        "None",
        "self.back()",
        false,
    ),
    Case("cfgs::here", "here", "3", "4", "\"3\"", false),
];

async fn all_forms(edition: &str, cases: &[Case]) {
    let mut fixture = Fixture::new(edition, LIBRARY, TESTS);
    for Case(function, test, right, wrong, broken, is_alone) in cases {
        let report = fixture.try_bodies(function, &[test], &[right, wrong, broken]).await;
        let briefs = briefs(&report);
        assert_eq!(briefs[..2], ["1/1", "0/1"], "{function}: {:?}", report.verdicts);
        assert!(briefs[2].starts_with("rejected E"), "{function}: {briefs:?}");
        assert_eq!(
            report.verdicts[0].alone.is_some(),
            *is_alone,
            "{function}: {:?}",
            report.verdicts[0].alone
        );
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn a_right_body_passes_in_every_kind_of_function() {
    all_forms("2024", &CASES).await;
}

#[tokio::test(flavor = "multi_thread")]
async fn older_editions_are_packed_as_well() {
    all_forms("2021", &CASES[2..6]).await;
}
