//! Ideas: edits of one function with the rule that made them, and what rules need to write them down.

use std::ops::Range;

use crate::propose::search::code::{self, ATOM, Code, Id, Kind, Tightness};
use crate::propose::search::rebind::Part;
use crate::propose::search::surroundings::Surroundings;
use crate::propose::search::types::Type;
use crate::propose::search::{condition, insertion};

/// One replacement of bytes of the file.
pub(super) type Change = (Range<usize>, String);

/// What a rule would change.
#[derive(Clone, Debug)]
pub(super) struct Idea {
    pub(super) changes: Vec<Change>,
    pub(super) operator: &'static str,
    /// How likely the rule is right at one place, before anything is known of the place.
    pub(super) prior: f64,
}

/// Ideas of all rules.
#[derive(Default)]
pub(super) struct Ideas {
    pub(super) found: Vec<Idea>,
}

/// Ingredients of one kind.
const MOST_PARTS: usize = 400;
/// Ideas of one function beyond which no more are taken: far more than are ever tried.
const MOST_IDEAS: usize = 40_000;

impl Ideas {
    /// One replacement.
    pub(super) fn replace(
        &mut self,
        operator: &'static str,
        prior: f64,
        range: Range<usize>,
        text: impl Into<String>,
    ) {
        self.edit(operator, prior, vec![(range, text.into())]);
    }

    /// Replacements that belong together.
    pub(super) fn edit(&mut self, operator: &'static str, prior: f64, changes: Vec<Change>) {
        if self.found.len() < MOST_IDEAS && prior > 0.0 {
            self.found.push(Idea { changes, operator, prior });
        }
    }
}

/// The function and its crate, as rules see them.
pub(super) struct View<'a> {
    pub(super) code: &'a Code,
    pub(super) around: &'a Surroundings,
    /// Conditions of the crate, those of the function first.
    pub(super) conditions: Vec<Part<'a>>,
    /// Short statements of the crate, those of the function first.
    pub(super) statements: Vec<Part<'a>>,
}

/// Something that can stand for a value.
#[derive(Clone, PartialEq, Debug)]
pub(super) struct Value {
    pub(super) text: String,
    pub(super) of: Type,
    pub(super) tightness: Tightness,
    /// 1 for what suggests itself, less for what is far away.
    pub(super) weight: f64,
}

impl<'a> View<'a> {
    pub(super) fn new(code: &'a Code, around: &'a Surroundings) -> Self {
        let is_self = |other: &Code| other.body == code.body && *other.file == *code.file;
        let others = around.functions.iter().filter(|other| !is_self(other));
        let all: Vec<&Code> = std::iter::once(code).chain(others).collect();
        let conditions = all.iter().flat_map(|from| condition::parts(code, from)).take(MOST_PARTS).collect();
        let statements = all.iter().flat_map(|from| insertion::parts(code, from)).take(MOST_PARTS).collect();
        Self { code, around, conditions, statements }
    }

    pub(super) fn text(&self, id: Id) -> &'a str {
        self.code.text(id)
    }

    pub(super) fn kind(&self, id: Id) -> &'a Kind {
        &self.code.nodes[id].kind
    }

    pub(super) fn of(&self, id: Id) -> &'a Type {
        &self.code.nodes[id].of
    }

    pub(super) fn range(&self, id: Id) -> Range<usize> {
        self.code.nodes[id].range.clone()
    }

    /// The text at a place that needs to hold together `tightness` tightly.
    pub(super) fn at(&self, id: Id, text: &str, tightness: Tightness) -> Change {
        let is_cast_before_less = tightness == code::CAST && self.stands_before_less(id);
        let text = if tightness < self.code.needed(id) || is_cast_before_less {
            format!("({text})")
        } else {
            text.to_owned()
        };
        (self.range(id), text)
    }

    /// `a as T < b` would read as the start of generic arguments.
    fn stands_before_less(&self, id: Id) -> bool {
        self.code.nodes[id].parent.is_some_and(|parent| {
            matches!(self.code.nodes[parent].kind, Kind::Binary { left, .. } if left == id)
                && self.code.sign(parent).starts_with('<')
        })
    }

    /// The text of an expression as the operand of something that holds `needed` tightly.
    pub(super) fn operand(&self, id: Id, needed: Tightness) -> String {
        let text = self.text(id);
        if self.code.tightness(id) < needed { format!("({text})") } else { text.to_owned() }
    }

    /// The expression with `.call` behind it.
    pub(super) fn with_call(&self, id: Id, call: &str) -> String {
        format!("{}{call}", self.operand(id, ATOM))
    }

    /// Bindings at a place as values, with their fields; what is used nowhere weighs most.
    pub(super) fn values_at(&self, at: usize) -> Vec<Value> {
        let mut values = Vec::new();
        for binding in self.code.bindings_at(at) {
            let weight = match binding.uses {
                0 => 3.0,
                1 if binding.is_parameter => 1.2,
                _ => 1.0,
            };
            let simple = |text: &str, of: &Type, weight: f64| Value {
                text: text.to_owned(),
                of: of.clone(),
                tightness: ATOM,
                weight,
            };
            if binding.name.starts_with('_') {
                continue;
            }
            values.push(simple(
                &binding.name,
                &binding.of,
                if binding.name == "self" { 0.3 } else { weight },
            ));
            if let Type::Named(of) = &binding.of {
                for (field, ty) in self.around.facts.fields.get(of).into_iter().flatten() {
                    values.push(simple(&format!("{}.{field}", binding.name), ty, 0.8));
                }
            }
            if let Type::Tuple(types) = &binding.of {
                for (index, ty) in types.iter().enumerate() {
                    values.push(simple(&format!("{}.{index}", binding.name), ty, 0.6));
                }
            }
        }
        for (name, of) in &self.around.facts.constants {
            let own = !name.starts_with("Self::") || !self.code.own.is_empty();
            if own {
                values.push(Value { text: name.clone(), of: of.clone(), tightness: ATOM, weight: 0.7 });
            }
        }
        values
    }

    /// Whether a word stands in the documentation or the name of the function.
    pub(super) fn is_mentioned(&self, word: &str) -> bool {
        let same = |part: &str| part.eq_ignore_ascii_case(word);
        word.len() > 2
            && (self.code.doc.split(|c: char| !c.is_alphanumeric() && c != '_').any(same)
                || self.code.name.split('_').any(same))
    }

    /// Whether what is inserted at a place runs inside a loop.
    pub(super) fn in_loop(&self, block: usize) -> bool {
        self.code.blocks[block].in_loop
    }
}
