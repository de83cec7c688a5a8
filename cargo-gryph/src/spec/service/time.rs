//! Spans of time and rates as a specification writes them: `15m`, `30/minute`.

use std::fmt;

use serde::Serialize;

use crate::spec::fields::Text;
use crate::spec::problem::Problems;

/// A span of time in whole seconds.
#[derive(Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Debug, Serialize)]
#[serde(transparent)]
pub struct Seconds(u64);

const UNITS: &[(&str, u64)] = &[("d", 86_400), ("h", 3_600), ("m", 60), ("s", 1)];

impl Seconds {
    /// So many seconds.
    pub const fn new(seconds: u64) -> Self {
        Self(seconds)
    }

    /// How many seconds.
    pub fn get(self) -> u64 {
        self.0
    }

    /// Reads `30s`, `15m`, `2h` or `1d`.
    fn parse(text: &str) -> Option<Self> {
        let (unit, seconds) = UNITS.iter().find(|(unit, _)| text.ends_with(unit))?;
        let number = text.strip_suffix(unit)?;
        let plain =
            !number.is_empty() && number.len() <= 9 && number.bytes().all(|byte| byte.is_ascii_digit());
        let number: u64 = plain.then(|| number.parse().ok())??;
        Some(Self(number * seconds))
    }

    /// Reads a span between two others.
    pub(super) fn read(
        text: &Text,
        value: &str,
        [least, most]: [u64; 2],
        problems: &mut Problems<'_>,
    ) -> Option<Self> {
        let found = Self::parse(value);
        let fits = found.filter(|found| (least..=most).contains(&found.0));
        if fits.is_none() {
            let hint = format!("write a number and s, m, h or d, from {} to {}", Self(least), Self(most));
            let message = if found.is_some() {
                "this span is too short or too long"
            } else {
                "this is not a span of time"
            };
            problems.report(text.span.clone(), message, hint);
        }
        fits
    }
}

impl fmt::Display for Seconds {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        let whole = |(_, seconds): &&(&str, u64)| self.0 > 0 && self.0.is_multiple_of(*seconds);
        let (unit, seconds) = UNITS.iter().find(whole).unwrap_or(&("s", 1));
        write!(formatter, "{}{unit}", self.0 / seconds)
    }
}

/// How often something may be done by one person, or from one address where nobody logged in.
#[derive(Clone, Copy, PartialEq, Eq, Debug, Serialize)]
pub struct RateLimit {
    /// How many times.
    pub times: u32,
    /// In how many seconds: 1, 60 or 3,600.
    pub seconds: u32,
}

const PERIODS: &[(&str, u32)] = &[("second", 1), ("minute", 60), ("hour", 3_600)];
const MOST_TIMES: u32 = 100_000;

impl RateLimit {
    /// Reads `30/minute`.
    pub(super) fn read(text: &Text, problems: &mut Problems<'_>) -> Option<Self> {
        let found = Self::parse(&text.value);
        if found.is_none() {
            let hint = format!("write 1 to {MOST_TIMES}, `/`, and second, minute or hour: `30/minute`");
            problems.report(text.span.clone(), "this is not a rate", hint);
        }
        found
    }

    fn parse(text: &str) -> Option<Self> {
        let (times, period) = text.split_once('/')?;
        let plain = !times.is_empty() && times.bytes().all(|byte| byte.is_ascii_digit());
        let times: u32 = plain.then(|| times.parse().ok())??;
        let (_, seconds) = PERIODS.iter().find(|(word, _)| *word == period)?;
        (1..=MOST_TIMES).contains(&times).then_some(Self { times, seconds: *seconds })
    }
}

impl fmt::Display for RateLimit {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        let period =
            PERIODS.iter().find(|(_, seconds)| *seconds == self.seconds).map_or("", |(word, _)| word);
        write!(formatter, "{}/{period}", self.times)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn spans_and_rates_are_read_and_written_alike() {
        for text in ["1s", "90s", "15m", "2h", "1d"] {
            assert_eq!(Seconds::parse(text).unwrap().to_string(), text);
        }
        for text in ["", "s", "-1s", "1.5h", "1w", "99999999999s", " 1s", "+1s"] {
            assert_eq!(Seconds::parse(text), None, "{text:?}");
        }
        for text in ["1/second", "30/minute", "100000/hour"] {
            assert_eq!(RateLimit::parse(text).unwrap().to_string(), text);
        }
        for text in ["", "0/second", "30", "30/day", "100001/hour", "-1/second", "+1/second", "1 / second"] {
            assert_eq!(RateLimit::parse(text), None, "{text:?}");
        }
    }
}
