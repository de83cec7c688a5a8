//! A shop: prices, carts and what is in stock.

pub mod cart;

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
}
