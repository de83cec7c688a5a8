//! What a customer means to buy.

use crate::{Money, label};

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
    Money(lines.iter().map(price_of).sum())
}

/// The cents of all that a line holds.
pub(crate) fn price_of(line: &Line) -> u64 {
    line.price.0 * line.count
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

/// Reads a line that is written as `name:cents:count`.
pub fn parse_line(text: &str) -> Option<Line> {
    let mut parts = text.split(':');
    let line = Line {
        name: parts.next()?.to_owned(),
        price: Money(parts.next()?.parse().ok()?),
        count: parts.next()?.parse().ok()?,
    };
    parts.next().is_none().then_some(line)
}

/// What is printed for the customer.
pub fn receipt(lines: &[Line]) -> String {
    let mut text = String::new();
    for line in lines {
        text.push_str(&format!(
            "{} x {} at {}\n",
            line.count,
            line.name,
            label(line.price)
        ));
    }
    text.push_str(&format!("total {}\n", label(total(lines))));
    text
}
