//! A shop: prices, carts and what is in stock.

pub mod cart;
pub mod digest;
pub mod files;
#[cfg(feature = "gifts")]
pub mod gifts;
pub mod remote;
#[cfg(feature = "statistics")]
pub mod statistics;
pub mod store;
pub mod wire;

/// The currency of all prices.
pub const CURRENCY: &str = "EUR";

/// An amount of money in cents.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub struct Money(pub u64);

/// The price with a discount in per cent, which is at most 100.
pub fn discounted(price: Money, percent: u64) -> Money {
    Money(price.0 - price.0 * percent.min(100) / 100)
}

/// How many of `wanted` can be had when `stock` are there.
pub fn available(stock: u32, wanted: u32) -> u32 {
    stock.min(wanted)
}

/// A price as it is written on a label, such as `12.05`.
pub fn label(price: Money) -> String {
    format!("{}.{:02}", price.0 / 100, price.0 % 100)
}

/// Reads a label; `None` if it is none.
pub fn read_label(text: &str) -> Option<Money> {
    let (whole, cents) = text.split_once('.')?;
    if cents.len() != 2 {
        return None;
    }
    Some(Money(
        whole.parse::<u64>().ok()? * 100 + cents.parse::<u64>().ok()?,
    ))
}

/// The parts of a price that is paid in instalments; the first ones are the larger.
///
/// ```
/// use shop::{Money, instalments};
///
/// assert_eq!(instalments(Money(100), 3), [Money(34), Money(33), Money(33)]);
/// ```
///
/// # Panics
///
/// Without any part.
pub fn instalments(price: Money, parts: u64) -> Vec<Money> {
    assert!(parts > 0, "no parts");
    let larger = price.0 % parts;
    (0..parts)
        .map(|part| Money(price.0 / parts + u64::from(part < larger)))
        .collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    fn same(left: Money, right: u64) {
        assert_eq!(left, Money(right));
    }

    #[test]
    fn a_discount_is_taken_off() {
        same(discounted(Money(200), 10), 180);
        same(discounted(Money(200), 150), 0);
        same(discounted(Money(80), 0), 80);
    }

    #[test]
    fn no_more_than_there_is() {
        assert_eq!(available(3, 5), 3);
        assert_eq!(available(5, 3), 3);
        assert_eq!(available(0, 3), 0);
    }
    #[test]
    fn instalments_add_up() {
        for parts in 1..40 {
            let all = instalments(Money(1000), parts);
            assert_eq!(all.iter().map(|part| part.0).sum::<u64>(), 1000);
            assert_eq!(all.len() as u64, parts);
        }
    }

    #[test]
    #[should_panic(expected = "no parts")]
    fn there_is_at_least_one_part() {
        instalments(Money(1), 0);
    }
}
