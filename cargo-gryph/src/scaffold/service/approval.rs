//! Rows that the checks of fields say yes to, made of the examples of their functions.

use std::collections::BTreeMap;

use crate::plan::asked::{Call, Field, Judgement, Value};

use super::field::{reference, shown_default};
use super::sample::Number;

/// So many rows are put together before the first are taken that differ.
const MOST_ROWS: usize = 10_000;

/// Values of fields by their names.
type Row<'f> = BTreeMap<&'f str, &'f Value>;

/// What the checked fields of a body hold, one row for each number, and the last one for all above.
#[derive(Debug)]
pub(super) struct Approved<'f>(Vec<Row<'f>>);

impl<'f> Approved<'f> {
    /// Puts rows together that all checks say yes to, as far as their examples tell.
    pub(super) fn of(fields: &'f [Field]) -> Self {
        let mut checks: Vec<&Call> = fields.iter().filter_map(|field| field.check.as_ref()).collect();
        // The last one has another example in each row.
        checks.sort_by_key(|check| check.parameters.iter().any(|one| is_unique(fields, &one.name)));
        let mut rows = vec![Row::new()];
        for check in checks {
            let with = |row: &Row<'f>| {
                let approving = check.judgements.iter().filter(|one| one.approves);
                approving.filter_map(|one| joined(row, fields, check, one)).collect::<Vec<_>>()
            };
            let more: Vec<Row<'f>> = rows.iter().flat_map(with).take(MOST_ROWS).collect();
            // Where no example goes with the others, the check is left to what the fields usually hold.
            if !more.is_empty() {
                rows = more;
            }
        }
        Self(apart(rows, fields))
    }

    /// Whether the field has a value because of a check.
    pub(super) fn gives(&self, field: &Field) -> bool {
        self.0.iter().any(|row| row.get(field.name.as_str()).is_some_and(|value| **value != Value::Null))
    }

    /// The value of a field as an expression of Rust that is put into JSON.
    pub(super) fn value(&self, field: &Field, number: Number) -> Option<String> {
        let values: Vec<String> = self
            .0
            .iter()
            .map(|row| Some(shown_default(&field.kind, row.get(field.name.as_str())?)))
            .collect::<Option<_>>()?;
        let (last, others) = values.split_last()?;
        match number {
            Number::One => Some(values.get(1).unwrap_or(last).clone()),
            Number::Given if others.iter().all(|other| other == last) => Some(last.clone()),
            Number::Given => {
                let arms = others.iter().enumerate().map(|(at, value)| format!("{at} => json!({value}), "));
                Some(format!("match number {{ {}_ => json!({last}) }}", arms.collect::<String>()))
            }
        }
    }
}

/// A row with what an example of a check says as well, if both go together.
fn joined<'f>(row: &Row<'f>, fields: &'f [Field], check: &'f Call, one: &'f Judgement) -> Option<Row<'f>> {
    let mut row = row.clone();
    for (parameter, value) in check.parameters.iter().zip(&one.arguments) {
        let field = fields.iter().find(|field| field.name.as_str() == parameter.name)?;
        // What is referred to is made when it is needed.
        if reference(field).is_some() {
            continue;
        }
        let fits = field.kind.may_hold(value, field.optional);
        if !fits || row.insert(field.name.as_str(), value).is_some_and(|known| known != value) {
            return None;
        }
    }
    Some(row)
}

fn is_unique(fields: &[Field], name: &str) -> bool {
    fields.iter().any(|field| field.unique && field.name.as_str() == name)
}

/// The first rows that differ in all that is unique; one where nothing is.
fn apart<'f>(rows: Vec<Row<'f>>, fields: &[Field]) -> Vec<Row<'f>> {
    let mut kept: Vec<Row<'f>> = Vec::new();
    for row in rows {
        let is_taken = |other: &Row<'_>| {
            let mut unique = row.iter().filter(|(name, _)| is_unique(fields, name)).peekable();
            unique.peek().is_none() || unique.any(|(name, value)| other.get(name) == Some(value))
        };
        if !kept.iter().any(is_taken) {
            kept.push(row);
        }
    }
    kept
}
