//! What is asked of the index, and what it answers.

use serde::{Deserialize, Serialize};

use crate::{Field, Item, ItemId, Kind, Unit};

/// A question. An empty text asks for all items that the other parts let through.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Query {
    /// Words, a sentence or a piece of code.
    pub text: String,
    /// The kinds that are wanted; none for all.
    pub kinds: Vec<Kind>,
    /// The one crate that is wanted.
    pub krate: Option<String>,
    /// A type that must be returned: `Foo` finds `Option<Foo>`.
    pub returns: Option<String>,
    /// A type that must be taken.
    pub takes: Option<String>,
    /// The crate that the answer is for: its own items count more.
    pub home: Option<String>,
    /// How many hits at most.
    pub limit: usize,
}

impl Query {
    /// A question of a text alone.
    pub fn of(text: &str, limit: usize) -> Self {
        Self {
            text: text.to_owned(),
            kinds: Vec::new(),
            krate: None,
            returns: None,
            takes: None,
            home: None,
            limit,
        }
    }
}

/// An item that was found.
#[derive(Clone, Debug, PartialEq, Serialize)]
pub struct Hit {
    /// Its number.
    pub id: ItemId,
    /// The item.
    pub item: Item,
    /// The unit that it is from.
    pub unit: Unit,
    /// Its file, from the root of the unit.
    pub file: String,
    /// What its rank is made of; it says nothing across queries.
    pub score: f32,
    /// Why it was found.
    pub reasons: Vec<Reason>,
}

/// Why an item was found.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum Reason {
    /// Words of the question are in a part of it, as they are compared: `pars` for `parsing`.
    Words {
        /// The part.
        field: Field,
        /// The words.
        words: Vec<String>,
    },
    /// Its place by words, from 1.
    ByWords(u32),
    /// Its place by meaning, from 1, and how near it is: 1 for the same.
    ByMeaning {
        /// The place.
        place: u32,
        /// The cosine of the two vectors.
        similarity: f32,
    },
    /// It is public.
    Public,
    /// It is of the crate that the answer is for.
    Home,
    /// It takes or returns just the type that was asked for, not one around it.
    ExactType,
}

/// An item and its unit, found by its name.
#[derive(Clone, Debug, PartialEq, Serialize)]
pub struct Found {
    /// Its number.
    pub id: ItemId,
    /// The item.
    pub item: Item,
    /// The unit that it is from.
    pub unit: Unit,
}

/// What the index knows of a path that a candidate names.
#[derive(Clone, Debug, PartialEq, Serialize)]
pub struct Lookup {
    /// The items of just this path.
    pub exact: Vec<Found>,
    /// Items of the same crate, owner and name in another module: a re-export may give them this path.
    pub elsewhere: Vec<Found>,
    /// Where there are none of both: items of the nearest names, first of the same owner, then of all.
    pub nearest: Vec<Found>,
}
