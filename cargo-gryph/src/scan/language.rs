//! Rust, as ast-grep wants to know it.

use std::borrow::Cow;

use ast_grep_core::language::Language;
use ast_grep_core::matcher::PatternBuilder;
use ast_grep_core::tree_sitter::{LanguageExt, StrDoc, TSLanguage};
use ast_grep_core::{Pattern, PatternError};
use serde::de::Error as _;
use serde::{Deserialize, Deserializer};

/// The only language here.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub(super) struct Rust;

impl Language for Rust {
    // `$` cannot begin a name in Rust, and this can.
    fn expando_char(&self) -> char {
        'µ'
    }

    fn pre_process_pattern<'q>(&self, query: &'q str) -> Cow<'q, str> {
        Cow::Owned(query.replace('$', "µ"))
    }

    fn kind_to_id(&self, kind: &str) -> u16 {
        self.get_ts_language().id_for_node_kind(kind, true)
    }

    fn field_to_id(&self, field: &str) -> Option<u16> {
        self.get_ts_language().field_id_for_name(field).map(|field| field.get())
    }

    fn build_pattern(&self, builder: &PatternBuilder<'_>) -> Result<Pattern, PatternError> {
        builder.build(|text| StrDoc::try_new(text, *self))
    }
}

impl LanguageExt for Rust {
    fn get_ts_language(&self) -> TSLanguage {
        tree_sitter_rust::LANGUAGE.into()
    }
}

impl<'de> Deserialize<'de> for Rust {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        match String::deserialize(deserializer)?.as_str() {
            "rust" | "Rust" => Ok(Self),
            other => Err(D::Error::custom(format!("language `{other}`: only rust is read"))),
        }
    }
}
