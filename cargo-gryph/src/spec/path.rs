//! Where an item lives: paths such as `slug::slugify` or `money::Money::parse`.

use std::fmt;

use serde::{Deserialize, Serialize};

use super::names::{NameKind, check_name};
use super::problem::Fault;

/// Where an item lives: `slug::slugify`, or `money::Money::parse` for a method.
#[derive(Clone, PartialEq, Eq, PartialOrd, Ord, Debug, Serialize, Deserialize)]
pub struct ItemPath {
    /// The module, a file of its own.
    pub module: String,
    /// The type, for methods and associated functions.
    pub owner: Option<String>,
    /// The item's name.
    pub name: String,
}

impl fmt::Display for ItemPath {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        match &self.owner {
            Some(owner) => write!(formatter, "{}::{owner}::{}", self.module, self.name),
            None => write!(formatter, "{}::{}", self.module, self.name),
        }
    }
}

/// The module that holds an item's tests: `slugify`, or `money_parse` for `Money::parse`.
pub fn test_module(path: &ItemPath) -> String {
    match &path.owner {
        Some(owner) => format!("{}_{}", snake_case(owner), path.name),
        None => path.name.clone(),
    }
}

/// `ParseError` → `parse_error`.
pub fn snake_case(name: &str) -> String {
    let mut snake = String::new();
    for letter in name.chars() {
        if letter.is_ascii_uppercase() && !snake.is_empty() {
            snake.push('_');
        }
        snake.push(letter.to_ascii_lowercase());
    }
    snake
}

pub(super) fn function_path(path: &str) -> Result<ItemPath, Fault> {
    let hint = "write `module::function` or `module::Type::method`";
    let parts = segments(path, hint)?;
    let module = part(parts[0].0, parts[0].1, NameKind::Module)?;
    match parts.as_slice() {
        [_, (offset, name)] => {
            Ok(ItemPath { module, owner: None, name: part(*offset, name, NameKind::Function)? })
        }
        [_, (middle, owner), (offset, name)] => {
            if owner.starts_with(|letter: char| letter.is_ascii_lowercase()) {
                let range = *middle..middle + owner.len();
                return Err(Fault::new(range, "modules inside modules are not yet supported", hint));
            }
            let owner = Some(part(*middle, owner, NameKind::Type)?);
            Ok(ItemPath { module, owner, name: part(*offset, name, NameKind::Function)? })
        }
        _ => Err(Fault::new(0..path.len(), "this path has too many parts", hint)),
    }
}

pub(super) fn type_path(path: &str) -> Result<ItemPath, Fault> {
    let hint = "write `module::Type`";
    match segments(path, hint)?.as_slice() {
        [(start, module), (offset, name)] => Ok(ItemPath {
            module: part(*start, module, NameKind::Module)?,
            owner: None,
            name: part(*offset, name, NameKind::Type)?,
        }),
        _ => Err(Fault::new(0..path.len(), "this path has too many parts", hint)),
    }
}

fn segments<'p>(path: &'p str, hint: &str) -> Result<Vec<(usize, &'p str)>, Fault> {
    let mut offset = 0;
    let mut parts = Vec::new();
    for part in path.split("::") {
        parts.push((offset, part));
        offset += part.len() + 2;
    }
    if parts.len() < 2 {
        return Err(Fault::new(0..path.len(), "this path names no module", hint));
    }
    Ok(parts)
}

fn part(offset: usize, name: &str, kind: NameKind) -> Result<String, Fault> {
    check_name(name, kind).map_err(|fault| {
        let range = fault.range.start + offset..fault.range.end + offset;
        Fault { range, ..fault }
    })?;
    Ok(name.to_owned())
}
