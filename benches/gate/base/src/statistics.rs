//! What is sold on average.

/// The mean of some amounts; none of nothing.
pub fn mean(amounts: &[u64]) -> Option<f64> {
    let sum: u64 = amounts.iter().sum();
    (!amounts.is_empty()).then(|| sum as f64 / amounts.len() as f64)
}

/// The largest distance between two amounts.
pub fn spread(amounts: &[u64]) -> u64 {
    let least = amounts.iter().min().copied().unwrap_or(0);
    amounts.iter().max().map_or(0, |most| most - least)
}

#[cfg(test)]
mod tests {
    use super::*;

    macro_rules! near {
        ($left:expr, $right:expr) => {
            assert!(($left - $right).abs() < 1e-9);
        };
    }

    #[test]
    fn means_lie_between() {
        near!(mean(&[1, 2]).unwrap(), 1.5);
        near!(mean(&[7]).unwrap(), 7.0);
        assert_eq!(mean(&[]), None);
    }

    #[test]
    fn the_spread_is_a_distance() {
        let cases: [(&[u64], u64); 4] = [(&[3, 9, 4], 6), (&[5, 5], 0), (&[8], 0), (&[], 0)];
        for (amounts, expected) in cases {
            assert_eq!(spread(amounts), expected, "{amounts:?}");
        }
    }

    #[test]
    fn a_third_is_a_third() {
        let third = mean(&[0, 0, 1]).unwrap();
        assert!((third - 1.0 / 3.0).abs() < 1e-9);
    }
}
