//! The limits of a field: `min` and `max`, in order, and within what every reader can hold.

use std::ops::RangeInclusive;

use toml::Spanned;
use toml::de::DeValue;

use super::data::{integer, number};
use super::field_type::{FieldType, Length};
use super::text::Finite;
use crate::spec::fields::Fields;
use crate::spec::problem::Problems;

const LONGEST_TEXT: u64 = 100_000;
/// The whole numbers that every reader of JSON keeps exactly: up to 2^53 - 1.
const LARGEST_INTEGER: i64 = 9_007_199_254_740_991;
const LARGEST_NUMBER: f64 = 1e15;

/// `min` and `max` as they were written.
pub(super) struct Limits<'t> {
    min: Option<Limit<'t>>,
    max: Option<Limit<'t>>,
}

#[derive(Clone, Copy)]
struct Limit<'t> {
    key: &'static str,
    value: &'t Spanned<DeValue<'t>>,
}

impl<'t> Limit<'t> {
    fn read(fields: &mut Fields<'t>, key: &'static str) -> Option<Self> {
        fields.value(key).map(|value| Self { key, value })
    }

    fn wrong(&self, expected: &str, problems: &mut Problems<'_>) {
        problems.report(self.value.span(), format!("`{}` must be {expected}", self.key), "");
    }
}

impl<'t> Limits<'t> {
    pub(super) fn read(fields: &mut Fields<'t>) -> Self {
        Self { min: Limit::read(fields, "min"), max: Limit::read(fields, "max") }
    }

    /// Types that have no limits.
    pub(super) fn refuse(&self, problems: &mut Problems<'_>) {
        for limit in self.min.iter().chain(&self.max) {
            let hint = "texts and numbers have limits";
            problems.report(limit.value.span(), format!("this type has no `{}`", limit.key), hint);
        }
    }

    pub(super) fn length(&self, fewest: u64, most: u64, problems: &mut Problems<'_>) -> Option<Length> {
        let mut one = |limit: Option<Limit<'_>>, default: u64| {
            let Some(limit) = limit else { return Some(default) };
            let read = integer(limit.value).and_then(|number| u64::try_from(number).ok());
            let read = read.filter(|number| *number <= LONGEST_TEXT && (limit.key == "min" || *number > 0));
            if read.is_none() {
                limit.wrong(&format!("a number of characters, at most {LONGEST_TEXT}"), problems);
            }
            read
        };
        let (min, max) = (one(self.min, fewest.min(most)), one(self.max, most));
        let (min, max) = (min?, max?);
        // A default that the other limit leaves no room for gives way.
        let min = if self.min.is_none() { min.min(max) } else { min };
        let max = if self.max.is_none() { max.max(min) } else { max };
        self.ordered(min <= max, problems)?;
        Some(Length { min: u32::try_from(min).ok()?, max: u32::try_from(max).ok()? })
    }

    /// The length of an address, of which some must be so short, and none needs to be longer than so.
    pub(super) fn address(
        &self,
        usual: [u64; 2],
        possible: RangeInclusive<u32>,
        problems: &mut Problems<'_>,
    ) -> Option<Length> {
        let length = self.length(usual[0], usual[1], problems)?;
        let (shortest, longest) = possible.into_inner();
        let faults = [
            (self.max, length.max < shortest, format!("at least {shortest} for an address of this kind")),
            (self.min, length.min > longest, format!("at most {longest} for an address of this kind")),
        ];
        for (limit, _, expected) in faults.iter().filter(|(_, is_wrong, _)| *is_wrong) {
            limit.as_ref()?.wrong(expected, problems);
        }
        Some(length)
    }

    pub(super) fn integers(&self, problems: &mut Problems<'_>) -> Option<FieldType> {
        let mut one = |limit: Option<Limit<'_>>, default: i64| {
            let Some(limit) = limit else { return Some(default) };
            let read =
                integer(limit.value).filter(|number| number.unsigned_abs() <= LARGEST_INTEGER.unsigned_abs());
            if read.is_none() {
                limit.wrong(&format!("a whole number up to {LARGEST_INTEGER}"), problems);
            }
            read
        };
        let (min, max) = (one(self.min, -LARGEST_INTEGER), one(self.max, LARGEST_INTEGER));
        let (min, max) = (min?, max?);
        self.ordered(min <= max, problems)?;
        Some(FieldType::Integer { min, max })
    }

    pub(super) fn numbers(&self, problems: &mut Problems<'_>) -> Option<FieldType> {
        let mut one = |limit: Option<Limit<'_>>, default: f64| {
            let Some(limit) = limit else { return Finite::new(default) };
            let read = number(limit.value).filter(|number| number.get().abs() <= LARGEST_NUMBER);
            if read.is_none() {
                limit.wrong("a number up to 1e15", problems);
            }
            read
        };
        let (min, max) = (one(self.min, -LARGEST_NUMBER), one(self.max, LARGEST_NUMBER));
        let (min, max) = (min?, max?);
        self.ordered(min <= max, problems)?;
        Some(FieldType::Number { min, max })
    }

    fn ordered(&self, in_order: bool, problems: &mut Problems<'_>) -> Option<()> {
        if !in_order && let Some(limit) = self.min.or(self.max) {
            problems.report(limit.value.span(), "`min` is greater than `max`", "exchange them");
        }
        in_order.then_some(())
    }
}
