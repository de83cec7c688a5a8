//! Notices when a completion only repeats itself.

/// The longest repeated stretch looked for, in tokens.
const LONGEST_PERIOD: usize = 64;
/// How much of the end must be one repeated stretch, in tokens and in repeats: tables and padding repeat too.
const LEAST_TOKENS: usize = 96;
const LEAST_REPEATS: usize = 5;

/// Whether the end of `tokens` is one stretch repeated over and over.
pub(super) fn is_cycling(tokens: &[u32]) -> bool {
    (1..=LONGEST_PERIOD).any(|period| {
        let length = LEAST_TOKENS.max(period * LEAST_REPEATS);
        let Some(start) = tokens.len().checked_sub(length) else {
            return false;
        };
        let end = &tokens[start..];
        end[period..] == end[..length - period]
    })
}

#[cfg(test)]
mod tests {
    use super::is_cycling;

    fn check(tokens: impl IntoIterator<Item = u32>, expect: bool) {
        let tokens: Vec<u32> = tokens.into_iter().collect();
        assert_eq!(is_cycling(&tokens), expect, "{tokens:?}");
    }

    #[test]
    fn only_long_repetition_is_a_cycle() {
        check([], false);
        check(0..200, false);
        check([7; 95], false);
        check([7; 96], true);
        check((0..100).chain([7; 96]), true);
        check((0..32).cycle().take(159), false);
        check((0..32).cycle().take(160), true);
        check((0..65).cycle().take(1000), false);
        check((0..10).cycle().take(200).chain([99]), false);
    }
}
