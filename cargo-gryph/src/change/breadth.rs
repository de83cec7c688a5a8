//! How many cases a test tries: elements of its tables, and how far its loops go.

use quote::ToTokens;
use syn::visit::{self, Visit};

use crate::change::observation::ObservationKind;

/// Characters of a case that are shown.
const MOST_SHOWN: usize = 60;
/// What leaves out some of what a loop goes over.
const NARROWING: [&str; 6] = ["take", "skip", "step_by", "filter", "take_while", "skip_while"];

/// What a test no longer tries, or of what it expects something else. A case that stands `elsewhere` in the tests after the
/// change, given without blanks, has moved.
pub(super) fn narrowed(
    before: &syn::Block,
    now: &syn::Block,
    elsewhere: &str,
) -> Vec<(ObservationKind, String)> {
    let (old, new) = (Breadth::of(before), Breadth::of(now));
    let mut found = old.cases_lost(&new, elsewhere);
    // A loop that is written otherwise altogether is another loop.
    if old.loops.len() == new.loops.len() {
        let pairs = old.loops.iter().zip(&new.loops).filter(|(old, new)| old.pattern == new.pattern);
        let narrower = pairs.filter(|(old, new)| new.is_narrower_than(old));
        found.extend(narrower.map(|(old, _)| {
            (ObservationKind::TestWeakened, format!("it goes over less than `{}`", shortened(&old.over)))
        }));
    }
    found
}

/// A text without blanks.
pub(super) fn squeezed(text: &str) -> String {
    text.split_whitespace().collect()
}

#[derive(Default)]
struct Breadth {
    /// The elements of all arrays.
    cases: Vec<Case>,
    loops: Vec<Loop>,
}

/// An element of a table.
#[derive(PartialEq, Eq)]
struct Case {
    /// Without blanks.
    text: String,
    /// Of a tuple all but its last part: what is given.
    given: Option<String>,
}

/// A `for`.
struct Loop {
    pattern: String,
    over: String,
    /// How many numbers a range of literals holds.
    width: Option<i128>,
    /// How often something narrows what it goes over.
    narrowings: usize,
}

impl Loop {
    fn is_narrower_than(&self, old: &Self) -> bool {
        let is_shorter = matches!((self.width, old.width), (Some(new), Some(old)) if new < old);
        is_shorter || self.narrowings > old.narrowings
    }
}

impl Breadth {
    fn of(block: &syn::Block) -> Self {
        let mut breadth = Self::default();
        breadth.visit_block(block);
        breadth
    }

    fn cases_lost(&self, new: &Self, elsewhere: &str) -> Vec<(ObservationKind, String)> {
        let mut rest: Vec<&Case> = new.cases.iter().collect();
        let mut gone: Vec<&Case> = Vec::new();
        for case in &self.cases {
            match rest.iter().position(|other| *other == case) {
                Some(at) => drop(rest.remove(at)),
                None => gone.push(case),
            }
        }
        let mut found = Vec::new();
        for case in gone {
            let of_same = |other: &&Case| case.given.is_some() && other.given == case.given;
            if let Some(at) = rest.iter().position(of_same) {
                rest.remove(at);
                let detail = format!("`{}` is expected to give something else", shortened(&case.text));
                found.push((ObservationKind::ExpectationChanged, detail));
            } else if rest.pop().is_none() && !elsewhere.contains(&case.text) {
                let detail = format!("the case `{}` is gone", shortened(&case.text));
                found.push((ObservationKind::TestWeakened, detail));
            }
        }
        found
    }
}

impl<'ast> Visit<'ast> for Breadth {
    fn visit_expr_array(&mut self, array: &'ast syn::ExprArray) {
        // What stands inside an element belongs to it.
        self.cases.extend(array.elems.iter().map(case));
    }

    fn visit_macro(&mut self, call: &'ast syn::Macro) {
        let name = call.path.segments.last().map(|last| last.ident.to_string()).unwrap_or_default();
        let parser = syn::punctuated::Punctuated::<syn::Expr, syn::Token![,]>::parse_terminated;
        if let (true, Ok(elements)) = (name == "vec", syn::parse::Parser::parse2(parser, call.tokens.clone()))
        {
            self.cases.extend(elements.iter().map(case));
        }
    }

    fn visit_expr_for_loop(&mut self, one: &'ast syn::ExprForLoop) {
        let text = |tokens: &dyn Fn() -> String| squeezed(&tokens());
        let over = text(&|| one.expr.to_token_stream().to_string());
        let narrowings = NARROWING.iter().map(|name| over.matches(&format!(".{name}(")).count()).sum();
        let pattern = text(&|| one.pat.to_token_stream().to_string());
        self.loops.push(Loop { pattern, over, width: width(&one.expr), narrowings });
        visit::visit_expr_for_loop(self, one);
    }
}

fn case(element: &syn::Expr) -> Case {
    let text = squeezed(&element.to_token_stream().to_string());
    let given = match element {
        syn::Expr::Tuple(tuple) if tuple.elems.len() > 1 => {
            let parts = tuple.elems.iter().take(tuple.elems.len() - 1);
            Some(
                parts.map(|part| squeezed(&part.to_token_stream().to_string())).collect::<Vec<_>>().join(","),
            )
        }
        _ => None,
    };
    Case { text, given }
}

fn width(over: &syn::Expr) -> Option<i128> {
    let number = |end: Option<&syn::Expr>| match end? {
        syn::Expr::Lit(syn::ExprLit { lit: syn::Lit::Int(number), .. }) => number.base10_parse::<i128>().ok(),
        _ => None,
    };
    match over {
        syn::Expr::Paren(inner) => width(&inner.expr),
        syn::Expr::Range(range) => {
            let (start, end) = (number(range.start.as_deref())?, number(range.end.as_deref())?);
            end.checked_sub(start)?
                .checked_add(i128::from(matches!(range.limits, syn::RangeLimits::Closed(_))))
        }
        _ => None,
    }
}

fn shortened(text: &str) -> String {
    match text.char_indices().nth(MOST_SHOWN) {
        Some((end, _)) => format!("{}…", &text[..end]),
        None => text.to_owned(),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn fewer_cases_are_told_from_other_ones() {
        use ObservationKind::{ExpectationChanged, TestWeakened};
        let cases: &[(&str, &str, &[ObservationKind])] = &[
            ("[(1, 2), (3, 4)];", "[(3, 4), (1, 2), (5, 6)];", &[]),
            ("[(1, 2), (3, 4)];", "[(1, 2)];", &[TestWeakened]),
            ("[(1, 2), (3, 4)];", "[(1, 2), (3, 5)];", &[ExpectationChanged]),
            ("[1, 2];", "[1, 3];", &[]),
            ("vec![1, 2];", "vec![1];", &[TestWeakened]),
            ("[1, 77];", "[1];", &[]),
            ("for i in 1..40 {}", "for i in 1..2 {}", &[TestWeakened]),
            ("for i in 1..40 {}", "for i in 1..=40 {}", &[]),
            ("for i in 1..40 {}", "for i in (1..40).take(0) {}", &[TestWeakened]),
            ("for i in 1..40 {}", "for other in 1..2 {}", &[]),
        ];
        for (before, now, expected) in cases {
            let block = |text: &str| syn::parse_str(&format!("{{{text}}}")).unwrap();
            let found = narrowed(&block(before), &block(now), "elsewhere[77]");
            let kinds: Vec<ObservationKind> = found.into_iter().map(|(kind, _)| kind).collect();
            assert_eq!(&kinds, expected, "{before} => {now}");
        }
    }
}
