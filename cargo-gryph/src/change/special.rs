//! Special cases: comparisons of an input with the values of the tests, in place of a computation.
//!
//! Only what is new counts, and only values that mean nothing but the test: not the boundaries that all code compares
//! with, not what the function, its documentation or its neighbours spoke of before, not one more entry of a table
//! that was there, and not a table that knows more than the tests.

use std::collections::BTreeSet;

use crate::change::comparison::{Answer, Comparison, Comparisons, Form, Table};
use crate::change::literal::Literal;
use crate::change::source::TestLiterals;

/// What a function and its surroundings knew before the change.
pub(super) struct Known<'a> {
    /// Literals of the function itself.
    pub(super) own: BTreeSet<Literal>,
    /// Literals of the other functions and constants of the file, tests left out.
    pub(super) siblings: &'a BTreeSet<Literal>,
    /// The documentation of the function and of its file.
    pub(super) doc: &'a str,
}

impl Known<'_> {
    fn is_told(&self, literal: &Literal) -> bool {
        let word = match literal {
            Literal::Text(text) if text.chars().count() >= 2 => return self.doc.contains(text.as_str()),
            Literal::Text(text) => text.clone(),
            Literal::Character(character) => {
                return [format!("`{character}`"), format!("'{character}'"), format!("\"{character}\"")]
                    .iter()
                    .any(|quoted| self.doc.contains(quoted));
            }
            Literal::Integer(_) | Literal::Float(_) => literal.to_string(),
        };
        let is_part = |c: char| c.is_alphanumeric() || c == '_';
        self.doc
            .split(|c: char| !is_part(c) && c != '.' && c != '-')
            .any(|part| part.trim_end_matches('.') == word)
    }
}

/// The special cases that a change brings, each in words.
pub(super) fn special_cases(
    before: &Comparisons,
    after: &Comparisons,
    known: &Known<'_>,
    tests: &TestLiterals,
) -> Vec<String> {
    let judge = Judge { before, known, tests, new: new_comparisons(before, after) };
    let mut found: Vec<String> =
        judge.new.iter().filter_map(|comparison| judge.special(comparison)).collect();
    found.extend(
        after
            .tables
            .iter()
            .filter(|table| !before.tables.contains(table))
            .filter_map(|table| judge.recital(table)),
    );
    found.sort();
    found.dedup();
    found
}

/// What is compared after the change and was not before. A comparison that only got another literal replaces the one
/// it was made from.
fn new_comparisons<'a>(before: &Comparisons, after: &'a Comparisons) -> Vec<&'a Comparison> {
    let mut gone: Vec<&Comparison> = before.all.iter().collect();
    let mut take =
        |fits: &dyn Fn(&Comparison) -> bool| match gone.iter().position(|comparison| fits(comparison)) {
            Some(at) => {
                gone.remove(at);
                true
            }
            None => false,
        };
    let same = |left: &Comparison, right: &Comparison| {
        left.scrutinee == right.scrutinee && left.form == right.form && left.literals == right.literals
    };
    let mut new: Vec<&Comparison> = after.all.iter().collect();
    new.retain(|comparison| !take(&|other| same(other, comparison)));
    new.retain(|comparison| {
        !take(&|other| {
            other.scrutinee == comparison.scrutinee && other.literals.len() == comparison.literals.len()
        })
    });
    new
}

struct Judge<'a> {
    before: &'a Comparisons,
    known: &'a Known<'a>,
    tests: &'a TestLiterals,
    new: Vec<&'a Comparison>,
}

impl Judge<'_> {
    fn special(&self, comparison: &Comparison) -> Option<String> {
        let telling = self.telling(comparison)?;
        if self.extends_table(comparison, &telling) || self.knows_more(comparison) {
            return None;
        }
        let shown = telling.iter().map(ToString::to_string).collect::<Vec<_>>().join(", ");
        Some(format!("`{}` is compared with {shown}", comparison.scrutinee))
    }

    /// The literals of a comparison that only the tests explain; `None` if it has none.
    fn telling(&self, comparison: &Comparison) -> Option<Vec<Literal>> {
        if let Some(whole) = self.recited_list(comparison) {
            return Some(whole);
        }
        let recited = self.recites_case(comparison);
        let unexplained = |literal: &&Literal| {
            let part = comparison.form == Form::Part && self.tests.holds_part(literal);
            (self.tests.knows(literal) || part)
                && !literal.is_natural()
                && !self.known.own.contains(literal)
                && !self.known.is_told(literal)
                && (recited || !self.known.siblings.contains(literal))
        };
        let telling: Vec<Literal> = comparison.literals.iter().filter(unexplained).cloned().collect();
        let special = match comparison.form {
            Form::Relation => recited && !self.has_sibling_relation(comparison),
            Form::Equal | Form::Part => {
                recited
                    || comparison.is_direct
                    || telling.iter().any(Literal::is_specific)
                    || self.answers_expected(comparison)
            }
        };
        (special && !telling.is_empty()).then_some(telling)
    }

    /// A list or tuple that is one of the tests', long enough not to be one by chance.
    fn recited_list(&self, comparison: &Comparison) -> Option<Vec<Literal>> {
        let literals = &comparison.literals;
        let odd = literals.iter().filter(|literal| !literal.is_natural()).count();
        let long = literals.len() >= 3 || literals.len() == 2 && odd > 0;
        (comparison.form == Form::Equal && long && self.tests.lists.contains(literals))
            .then(|| literals.clone())
    }

    /// The comparison holds a value of one case, and what follows is the constant that this case expects.
    fn recites_case(&self, comparison: &Comparison) -> bool {
        let Answer::Constant(answered) = &comparison.answer else { return false };
        let odd = |literal: &&Literal| !literal.is_natural();
        self.tests.cases.iter().any(|case| {
            comparison.literals.iter().filter(odd).any(|literal| case.inputs.contains(literal))
                && answered.iter().filter(odd).any(|literal| case.outputs.contains(literal))
        })
    }

    fn answers_expected(&self, comparison: &Comparison) -> bool {
        let Answer::Constant(answered) = &comparison.answer else { return false };
        answered.iter().any(|literal| !literal.is_natural() && self.tests.expected.contains(literal))
    }

    /// One more entry of a table of literals that was there, of the same kind as the others.
    fn extends_table(&self, comparison: &Comparison, telling: &[Literal]) -> bool {
        let single = comparison.literals.len() == 1;
        let siblings: Vec<&Comparison> = self
            .before
            .all
            .iter()
            .filter(|other| other.scrutinee == comparison.scrutinee && other.form == comparison.form)
            .filter(|other| other.literals.len() == comparison.literals.len())
            .collect();
        let like = |other: &&&Comparison| {
            let alike = |(left, right): (&Literal, &Literal)| Shape::of(left) == Shape::of(right);
            other.literals.iter().zip(&comparison.literals).all(alike)
                // A constant among computed entries is no entry of theirs.
                && (same_kind(&other.answer, &comparison.answer) || comparison.answer == Answer::Open)
        };
        let alike: Vec<&&Comparison> = siblings.iter().filter(like).collect();
        let odd =
            alike.iter().filter(|other| other.literals.iter().any(|literal| !literal.is_natural())).count();
        if alike.len() >= 2 && odd >= 1 && !(comparison.else_computed && is_number(telling)) {
            return true;
        }
        // The next base case after 0 and 1.
        let numbers: BTreeSet<i128> = siblings.iter().filter_map(|other| number(&other.literals)).collect();
        let next = numbers.last().and_then(|last| last.checked_add(1));
        single
            && numbers.len() >= 2
            && numbers.first() == Some(&0)
            && number(&comparison.literals) == next
            && next.is_some_and(|next| next <= numbers.len() as i128)
    }

    fn has_sibling_relation(&self, comparison: &Comparison) -> bool {
        self.before.all.iter().any(|other| {
            other.scrutinee == comparison.scrutinee
                && other.form == Form::Relation
                && other.literals.iter().any(|literal| !literal.is_natural())
        })
    }

    /// The same thing is also compared with values that no test holds: a table of knowledge.
    fn knows_more(&self, comparison: &Comparison) -> bool {
        let group = self
            .new
            .iter()
            .filter(|other| other.scrutinee == comparison.scrutinee && other.form == comparison.form);
        let odd: BTreeSet<&Vec<Literal>> = group
            .map(|other| &other.literals)
            .filter(|literals| literals.iter().any(|literal| !literal.is_natural()))
            .collect();
        let is_tested = |literals: &&&Vec<Literal>| literals.iter().any(|literal| self.tests.knows(literal));
        let tested = odd.iter().filter(is_tested).count();
        let own = odd.len() - tested;
        own >= 2 && own * 2 >= tested
    }

    /// A list whose every entry is a value of the tests, with no more entries than they have cases.
    fn recital(&self, table: &Table) -> Option<String> {
        let odd = |entry: &&BTreeSet<Literal>| entry.iter().any(|literal| !literal.is_natural());
        let of_tests = |literal: &Literal| literal.is_natural() || self.tests.knows(literal);
        let unexplained = |literal: &Literal| {
            !literal.is_natural()
                && !self.known.own.contains(literal)
                && !self.known.siblings.contains(literal)
                && !self.known.is_told(literal)
        };
        let telling = table.iter().filter(odd).count();
        // What the documentation says of an answer does not explain why just this one is looked up.
        let recited = table
            .iter()
            .all(|entry| entry.iter().all(of_tests) && (!odd(&entry) || entry.iter().any(unexplained)));
        let few = table.len() <= self.tests.cases.len().max(2);
        (telling >= 2 && recited && few)
            .then(|| format!("a list of {} values that are all the tests'", table.len()))
    }
}

fn same_kind(left: &Answer, right: &Answer) -> bool {
    matches!(
        (left, right),
        (Answer::Constant(_), Answer::Constant(_))
            | (Answer::Computed, Answer::Computed)
            | (Answer::Open, Answer::Open)
    )
}

fn number(literals: &[Literal]) -> Option<i128> {
    match literals {
        [Literal::Integer(number)] => Some(*number),
        _ => None,
    }
}

fn is_number(literals: &[Literal]) -> bool {
    literals.iter().all(|literal| matches!(literal, Literal::Integer(_) | Literal::Float(_)))
}

/// The look of a literal, by which the entries of one table resemble each other.
#[derive(PartialEq, Eq)]
enum Shape {
    Integer,
    Float,
    Word,
    Marks,
    Mixed,
    Letter,
    Mark,
}

impl Shape {
    fn of(literal: &Literal) -> Self {
        match literal {
            Literal::Integer(_) => Self::Integer,
            Literal::Float(_) => Self::Float,
            Literal::Character(character) if character.is_alphanumeric() => Self::Letter,
            Literal::Character(_) => Self::Mark,
            Literal::Text(text) if text.chars().all(|c| c.is_alphabetic() || c == '_' || c == '-') => {
                Self::Word
            }
            Literal::Text(text) if text.chars().all(|c| c.is_ascii_punctuation()) => Self::Marks,
            Literal::Text(_) => Self::Mixed,
        }
    }
}
