//! What the state takes.

/// An amount in cents with the usual tax.
pub fn with_tax(cents: u64) -> u64 {
    cents + cents * 19 / 100
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_tax_is_added() {
        assert_eq!(with_tax(200), 238);
        assert_eq!(with_tax(0), 0);
    }
}
