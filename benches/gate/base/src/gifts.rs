//! Presents.

use crate::Money;
use crate::cart::{Line, price_of};

/// The price of a line that is wrapped as a present.
pub fn wrapped(line: &Line) -> Money {
    Money(price_of(line) + 250)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn paper_costs() {
        let line = Line {
            name: "pen".to_owned(),
            price: Money(120),
            count: 3,
        };
        assert_eq!(wrapped(&line), Money(610));
    }
}
