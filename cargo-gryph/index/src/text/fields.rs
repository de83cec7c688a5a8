//! The fields of a document, and what a word in each of them is worth.

use serde::{Deserialize, Serialize};
use tantivy::schema::{FAST, INDEXED, IndexRecordOption, Schema, TextFieldIndexing, TextOptions};
use tantivy::{TantivyDocument, Term};

use crate::text::token::Tokens;
use crate::{Item, ItemId, UnitId};

/// A part of an item that has words.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum Field {
    /// The item's name.
    Name,
    /// Its path without the name.
    Path,
    /// Its signature.
    Signature,
    /// Its documentation.
    Docs,
    /// Its body.
    Body,
}

impl Field {
    /// All fields, in the order of the schema.
    pub(crate) const ALL: [Self; 5] = [Self::Name, Self::Path, Self::Signature, Self::Docs, Self::Body];

    /// The field's name in the schema.
    fn name(self) -> &'static str {
        match self {
            Self::Name => "name",
            Self::Path => "path",
            Self::Signature => "signature",
            Self::Docs => "docs",
            Self::Body => "body",
        }
    }

    /// What a word of this field counts.
    pub(super) fn weight(self) -> f32 {
        match self {
            Self::Name => 2.0,
            Self::Path => 0.7,
            Self::Signature => 0.7,
            Self::Docs => 1.0,
            Self::Body => 0.4,
        }
    }

    /// The tokens that the field has.
    pub(super) fn tokens(self) -> Tokens {
        match self {
            Self::Name => Tokens::Names,
            Self::Path | Self::Signature | Self::Docs | Self::Body => Tokens::Words,
        }
    }

    /// The field's text in an item.
    pub(super) fn text(self, item: &Item) -> &str {
        match self {
            Self::Name => &item.name,
            Self::Path => item.path.strip_suffix(item.name.as_str()).unwrap_or(&item.path),
            Self::Signature => &item.signature,
            Self::Docs => &item.docs,
            Self::Body => &item.body[..item.body.floor_char_boundary(MAX_BODY)],
        }
    }
}

/// A longer body is data: its first part says what it is.
const MAX_BODY: usize = 64 << 10;

/// The handles of the fields.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Fields {
    texts: [tantivy::schema::Field; 5],
    takes: tantivy::schema::Field,
    returns: tantivy::schema::Field,
    item: tantivy::schema::Field,
    unit: tantivy::schema::Field,
    kind: tantivy::schema::Field,
    batch: tantivy::schema::Field,
}

/// A text field of some tokens, without positions.
fn text(tokens: Tokens) -> TextOptions {
    let (tokenizer, option, norms) = match tokens {
        Tokens::Words => ("words", IndexRecordOption::WithFreqs, true),
        Tokens::Names => ("names", IndexRecordOption::WithFreqs, true),
        Tokens::Types => ("types", IndexRecordOption::Basic, false),
    };
    let indexing = TextFieldIndexing::default().set_tokenizer(tokenizer).set_index_option(option);
    TextOptions::default().set_indexing_options(indexing.set_fieldnorms(norms))
}

impl Fields {
    /// The schema. Another one is another version of the index.
    pub(super) fn schema() -> Schema {
        Self::build().1
    }

    /// The handles.
    pub(super) fn new() -> Self {
        Self::build().0
    }

    /// The schema and the handles in it.
    fn build() -> (Self, Schema) {
        let mut schema = Schema::builder();
        let fields = Self {
            texts: Field::ALL.map(|field| schema.add_text_field(field.name(), text(field.tokens()))),
            takes: schema.add_text_field("takes", text(Tokens::Types)),
            returns: schema.add_text_field("returns", text(Tokens::Types)),
            item: schema.add_u64_field("item", FAST | INDEXED),
            unit: schema.add_u64_field("unit", FAST),
            kind: schema.add_u64_field("kind", FAST),
            batch: schema.add_u64_field("batch", FAST | INDEXED),
        };
        (fields, schema.build())
    }

    /// Whether these are the fields of a schema.
    pub(super) fn are_of(&self, schema: &Schema) -> bool {
        *schema == Self::schema()
    }

    /// The document of an item.
    pub(super) fn document(&self, batch: u64, unit: UnitId, id: ItemId, item: &Item) -> TantivyDocument {
        let mut document = TantivyDocument::default();
        for (field, handle) in Field::ALL.iter().zip(self.texts) {
            document.add_text(handle, field.text(item));
        }
        item.takes.iter().for_each(|taken| document.add_text(self.takes, taken));
        item.returns.iter().for_each(|returned| document.add_text(self.returns, returned));
        document.add_u64(self.item, u64::from(id.0));
        document.add_u64(self.unit, u64::from(unit.0));
        document.add_u64(self.kind, item.kind as u64);
        document.add_u64(self.batch, batch);
        document
    }

    /// What finds the document of an item.
    pub(super) fn of_item(&self, id: ItemId) -> Term {
        Term::from_field_u64(self.item, u64::from(id.0))
    }

    /// What finds the documents of a batch.
    pub(super) fn of_batch(&self, batch: u64) -> Term {
        Term::from_field_u64(self.batch, batch)
    }

    /// What finds a word in a field.
    pub(super) fn of_word(&self, field: Field, word: &str) -> Term {
        Term::from_field_text(self.texts[field as usize], word)
    }

    /// What finds the name of a type among those that are taken.
    pub(super) fn of_taken(&self, name: &str) -> Term {
        Term::from_field_text(self.takes, &name.to_lowercase())
    }

    /// What finds the name of a type in the one that is returned.
    pub(super) fn of_returned(&self, name: &str) -> Term {
        Term::from_field_text(self.returns, &name.to_lowercase())
    }
}
