//! What a customer means to buy.

use crate::Money;

/// A line of a cart.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Line {
    /// What is bought.
    pub name: String,
    /// The price of one.
    pub price: Money,
    /// How many.
    pub count: u64,
}

/// The price of all lines.
pub fn total(lines: &[Line]) -> Money {
    Money(lines.iter().map(|line| line.price.0 * line.count).sum())
}

/// The dearest line, the first of equals.
pub fn dearest(lines: &[Line]) -> Option<&Line> {
    let mut best: Option<&Line> = None;
    for line in lines {
        if best.is_none_or(|best| line.price > best.price) {
            best = Some(line);
        }
    }
    best
}
