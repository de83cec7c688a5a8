//! What rules leave open, as questions to a text model, and what is taken of its answers.
//!
//! An answer is text of a stranger: it is read as TOML, of which a few keys are taken as texts and written anew. Whether
//! they hold together is for `spec` to say.

use toml_edit::{DocumentMut, Item, TableLike};

use super::field::FieldDraft;
use super::field_type::FieldKind;
use super::reading::Intent;
use crate::model::text::Prompt;
use crate::spec::Kind;
use crate::spec::service::{Use, is_name};

/// Functions, examples of each and fields that are taken of an answer.
const MOST_FUNCTIONS: usize = 5;
const MOST_EXAMPLES: usize = 12;
const MOST_FIELDS: usize = 8;
/// Bytes of an answer that are looked at.
const MOST_BYTES: usize = 16_000;

const SYSTEM: &str = "You write specifications of Rust programs. You answer with TOML only.";
const FUNCTIONS: &str = "\n\nWrite the function that it needs, two if one cannot do it, as TOML like this:\n\n```toml\n\
[[function]]\npath = \"words::word_count\"\nsignature = \"pub fn word_count(text: &str) -> usize\"\n\
doc = \"Returns the number of words in `text`. Words are separated by white space.\"\n\
examples = ['word_count(\"hello world\") == 2', 'word_count(\"\") == 0', 'word_count(\"  a  \") == 1']\n```\n\n\
The doc says what happens at the edges. Each of five examples is one Rust expression that is true.";
/// Names of the fields in the example below, which say nothing when they come back.
const EXAMPLES: [&str; 2] = ["hull_length", "launched_on"];
const FIELDS: &str = "\n\nWhich fields does one have? Write two to five as TOML, as somebody did for ships:\n\n```toml\n\
[[field]]\nname = \"hull_length\"\ntype = \"number\"\n\n[[field]]\nname = \"launched_on\"\ntype = \"date\"\n```\n\n\
Types are text, email, url, integer, number, boolean, date and datetime.";

/// Something that the rules leave open.
#[derive(Clone, PartialEq, Eq, Debug)]
pub enum Question {
    /// Which functions a library has.
    Functions,
    /// Which fields an entity has whose sentence names none; its index.
    Fields(usize),
}

/// A function that a model drafted.
#[derive(Clone, PartialEq, Eq, Debug)]
pub(super) struct FunctionDraft {
    pub(super) path: String,
    pub(super) signature: String,
    pub(super) doc: String,
    pub(super) examples: Vec<String>,
}

impl Intent {
    /// What is open, what a draft cannot be without first.
    pub(super) fn questions(&self) -> Vec<Question> {
        if self.kind.value == Kind::Library && self.functions.is_empty() {
            return vec![Question::Functions];
        }
        let open = self.entities.iter().enumerate().filter(|(_, entity)| entity.fields.is_empty());
        open.map(|(index, _)| Question::Fields(index)).collect()
    }

    /// A question as a prompt.
    pub(super) fn prompt(&self, question: &Question) -> Prompt {
        let (user, start) = match question {
            Question::Functions => {
                (format!("Somebody wants: {}{FUNCTIONS}", self.deeds), "[[function]]\npath = \"")
            }
            Question::Fields(index) => {
                let name = self.entities.get(*index).map_or("", |entity| &entity.name).replace('_', " ");
                (
                    format!(
                        "Somebody wants: {}\n\nThe service keeps rows called {name}.{FIELDS}",
                        self.summary
                    ),
                    "[[field]]\nname = \"",
                )
            }
        };
        Prompt::Chat { system: SYSTEM.to_owned(), user, prefill: format!("```toml\n{start}") }
    }

    /// Takes an answer, which continues the prompt's; what of it is no draft is given back with the reason.
    pub(super) fn answer(&mut self, question: &Question, answer: &str) -> Vec<String> {
        let end = answer.floor_char_boundary(answer.len().min(MOST_BYTES));
        let answer = answer[..end].split("```").next().unwrap_or_default();
        let start = match question {
            Question::Functions => "[[function]]\npath = \"",
            Question::Fields(_) => "[[field]]\nname = \"",
        };
        let Ok(document) = format!("{start}{answer}").parse::<DocumentMut>() else {
            return vec!["the answer is not TOML".to_owned()];
        };
        match question {
            Question::Functions => self.take_functions(&document),
            Question::Fields(index) => self.take_fields(*index, &document),
        }
    }

    fn take_functions(&mut self, document: &DocumentMut) -> Vec<String> {
        let mut dropped = Vec::new();
        for table in tables(document, "function").take(MOST_FUNCTIONS) {
            let examples: Vec<String> =
                texts(table.get("examples")).into_iter().take(MOST_EXAMPLES).collect();
            let [path, signature, doc] = ["path", "signature", "doc"].map(|key| text(table, key));
            let draft = FunctionDraft { path, signature, doc: doc.trim().to_owned(), examples };
            if draft.examples.is_empty() {
                dropped.push(format!("`{}` has no examples", named(&draft.path)));
                continue;
            }
            self.functions.push(draft);
            if let Some(why) = self.refusal() {
                let draft = self.functions.pop();
                let path = draft.map(|draft| draft.path).unwrap_or_default();
                dropped.push(format!("`{}`: {why}", named(&path)));
            }
        }
        dropped
    }

    fn take_fields(&mut self, index: usize, document: &DocumentMut) -> Vec<String> {
        let mut dropped = Vec::new();
        for table in tables(document, "field").take(MOST_FIELDS) {
            let (name, kind) = (text(table, "name"), text(table, "type"));
            let known = ["text", "email", "url", "integer", "number", "boolean", "date", "datetime"];
            let kind = known.into_iter().find(|known| *known == kind);
            if EXAMPLES.contains(&name.as_str()) {
                continue;
            }
            let secret = ["password", "secret", "token"].iter().any(|word| name.contains(word));
            let (Some(kind), Some(entity)) = (kind, self.entities.get_mut(index)) else {
                dropped.push(format!("the field `{}` has no known type", named(&name)));
                continue;
            };
            if secret || !is_name(&name, Use::Field) || entity.fields.iter().any(|one| one.name == name) {
                dropped.push(format!("the field `{}` cannot be kept under that name", named(&name)));
                continue;
            }
            let mut field = FieldDraft::text(&name, 1_000, "");
            (field.kind, field.by_model) = (FieldKind::Plain(kind), true);
            field.max = field.max.filter(|_| kind == "text");
            entity.fields.push(field);
            if let Some(why) = self.refusal() {
                self.entities[index].fields.pop();
                dropped.push(format!("the field `{}`: {why}", named(&name)));
            }
        }
        dropped
    }
}

fn tables<'d>(document: &'d DocumentMut, key: &str) -> impl Iterator<Item = &'d dyn TableLike> {
    let array = document.get(key).and_then(Item::as_array_of_tables);
    array.into_iter().flat_map(|array| array.iter().map(|table| table as &dyn TableLike))
}

fn text(table: &dyn TableLike, key: &str) -> String {
    table.get(key).and_then(Item::as_str).unwrap_or_default().to_owned()
}

fn texts(item: Option<&Item>) -> Vec<String> {
    let values = item.and_then(Item::as_array).into_iter().flatten();
    let mut texts: Vec<String> = Vec::new();
    for text in values.filter_map(|value| value.as_str()) {
        if !texts.iter().any(|known| known == text) {
            texts.push(text.to_owned());
        }
    }
    texts
}

/// A name of a stranger, short and on one line.
fn named(text: &str) -> String {
    text.chars().take(40).flat_map(char::escape_debug).collect()
}
