//! `[[type]]`: a struct or an enum, its derives, and how it prints.

use std::collections::{BTreeMap, BTreeSet};
use std::ops::Range;

use serde::{Deserialize, Serialize};
use syn::spanned::Spanned as _;
use syn::visit::Visit;

use super::doc::check_verbatim_doc;
use super::expression::Example;
use super::names::{NameKind, check_name};
use super::problem::Fault;
use super::scope::Import;
use super::signature::Types;
use super::tokens::{Tokens, syntax_fault};

/// The longest definition, in bytes.
const LONGEST_DEFINITION: usize = 8000;

/// Traits that may be derived.
pub(super) const DERIVES: &[&str] =
    &["Clone", "Copy", "Debug", "Default", "Eq", "Hash", "Ord", "PartialEq", "PartialOrd"];

/// A data type of the library.
#[derive(Clone, PartialEq, Eq, Debug)]
pub struct TypeItem {
    /// The module that holds it.
    pub module: String,
    /// Its name.
    pub name: String,
    /// What it is.
    pub doc: String,
    /// The Rust item, from `pub struct` or `pub enum` on.
    pub definition: String,
    /// The traits it derives, in alphabetical order.
    pub derives: Vec<String>,
    /// Its `Display` form, if it has one.
    pub display: Option<Display>,
    /// Whether it implements `std::error::Error`.
    pub error: bool,
    /// Conditions that its printed form must meet.
    pub examples: Vec<Example>,
    /// What the definition needs in scope.
    pub imports: BTreeSet<Import>,
    /// The bytes of the file that hold it.
    pub span: Range<usize>,
}

/// How a type prints: for each shape (the struct itself, or each variant) a pattern and a format string.
#[derive(Clone, PartialEq, Eq, Debug, Serialize, Deserialize)]
pub struct Display {
    /// One arm per shape, in the order of the definition.
    pub arms: Vec<DisplayArm>,
}

/// One arm of the generated `match`.
#[derive(Clone, PartialEq, Eq, Debug, Serialize, Deserialize)]
pub struct DisplayArm {
    /// The pattern, such as `Self::UnknownUnit(field_0)`.
    pub pattern: String,
    /// The Rust string literal.
    pub literal: String,
    /// Whether the literal has placeholders.
    pub formatted: bool,
}

/// A definition taken apart.
#[derive(Debug)]
pub(super) struct Definition {
    pub(super) name: String,
    pub(super) text: String,
    pub(super) is_enum: bool,
    pub(super) shapes: Vec<Shape>,
    /// The field types, as one text for name resolution.
    pub(super) types: String,
}

/// The struct itself, or one variant.
#[derive(Debug)]
pub(super) struct Shape {
    pub(super) name: String,
    /// Field names; numbers for tuple fields.
    fields: Vec<String>,
    named: bool,
}

/// Reads a definition.
pub(super) fn definition(text: &str) -> Result<Definition, Fault> {
    let hint = "write one `pub struct` or `pub enum`, with a doc comment on each public field and variant";
    let mut definition = lexed(text, hint)?;
    definition.text = text.trim().to_owned();
    Ok(definition)
}

fn lexed(text: &str, hint: &str) -> Result<Definition, Fault> {
    Tokens::lex(text, LONGEST_DEFINITION)?;
    let item: syn::Item = syn::parse_str(text).map_err(|error| syntax_fault(&error, hint))?;
    let refuse = |range: Range<usize>, message: &str| Err(Fault::new(range, message, hint));
    let (name, generics, visibility, attributes) = match &item {
        syn::Item::Struct(item) => (&item.ident, &item.generics, &item.vis, &item.attrs),
        syn::Item::Enum(item) => (&item.ident, &item.generics, &item.vis, &item.attrs),
        _ => return refuse(0..text.len(), "this is neither a struct nor an enum"),
    };
    if !matches!(visibility, syn::Visibility::Public(_)) {
        return refuse(0..text.len().min(8), "a type must be `pub`");
    }
    if let Some(attribute) = attributes.first() {
        let hint = "its documentation goes into `doc`, its derives into `derives`";
        let range = attribute.span().byte_range();
        return Err(Fault::new(range, "an attribute or comment stands before the definition", hint));
    }
    if !generics.params.is_empty() || generics.where_clause.is_some() {
        return refuse(generics.span().byte_range(), "generic types are not yet supported");
    }
    check_name(&name.to_string(), NameKind::Type)
        .map_err(|fault| Fault { range: name.span().byte_range(), ..fault })?;
    let mut reader = Reader { text, hint, shapes: Vec::new(), types: Vec::new() };
    let is_enum = match &item {
        syn::Item::Enum(item) => reader.variants(item).map(|()| true)?,
        syn::Item::Struct(item) => {
            reader.shape(&item.ident, &item.fields, Documented::Public).map(|()| false)?
        }
        _ => false,
    };
    let (shapes, types) = (reader.shapes, reader.types.join(" , "));
    Ok(Definition { name: name.to_string(), text: String::new(), is_enum, shapes, types })
}

/// Which fields need a comment.
#[derive(Clone, Copy, PartialEq, Eq)]
enum Documented {
    Public,
    Named,
}

struct Reader<'t> {
    text: &'t str,
    hint: &'t str,
    shapes: Vec<Shape>,
    types: Vec<String>,
}

impl Reader<'_> {
    fn variants(&mut self, item: &syn::ItemEnum) -> Result<(), Fault> {
        if item.variants.is_empty() {
            return Err(Fault::new(item.span().byte_range(), "an enum needs a variant", self.hint));
        }
        for variant in &item.variants {
            let range = variant.ident.span().byte_range();
            check_name(&variant.ident.to_string(), NameKind::Type)
                .map_err(|fault| Fault { range: range.clone(), ..fault })?;
            if let Some((_, value)) = &variant.discriminant {
                let range = value.span().byte_range();
                return Err(Fault::new(range, "numbers of variants are not yet supported", self.hint));
            }
            self.comments(&variant.attrs, range, &format!("the variant `{}`", variant.ident), true)?;
            self.shape(&variant.ident, &variant.fields, Documented::Named)?;
        }
        Ok(())
    }

    fn shape(
        &mut self,
        name: &syn::Ident,
        fields: &syn::Fields,
        documented: Documented,
    ) -> Result<(), Fault> {
        let mut shape = Shape {
            name: name.to_string(),
            fields: Vec::new(),
            named: matches!(fields, syn::Fields::Named(_)),
        };
        for (number, field) in fields.iter().enumerate() {
            let range = field.span().byte_range();
            let called = field.ident.as_ref().map_or_else(|| number.to_string(), ToString::to_string);
            if let Some(name) = &field.ident {
                check_name(&name.to_string(), NameKind::Function)
                    .map_err(|fault| Fault { range: name.span().byte_range(), ..fault })?;
            }
            let public = match &field.vis {
                syn::Visibility::Public(_) => true,
                syn::Visibility::Inherited => false,
                syn::Visibility::Restricted(_) => {
                    return Err(Fault::new(range, "a field is `pub` or private", self.hint));
                }
            };
            let needed = match documented {
                Documented::Public => public,
                Documented::Named => shape.named,
            };
            self.comments(&field.attrs, range, &format!("the field `{called}`"), needed)?;
            let mut types = Types::default();
            types.visit_type(&field.ty);
            if let Some(fault) = types.fault {
                return Err(fault);
            }
            self.types.push(self.text.get(field.ty.span().byte_range()).unwrap_or_default().to_owned());
            shape.fields.push(called);
        }
        self.shapes.push(shape);
        Ok(())
    }

    /// Only doc comments may stand there, and where the lint `missing_docs` wants one there must be one.
    fn comments(
        &self,
        attributes: &[syn::Attribute],
        range: Range<usize>,
        what: &str,
        needed: bool,
    ) -> Result<(), Fault> {
        for attribute in attributes {
            let place = attribute.span().byte_range();
            let text = match &attribute.meta {
                syn::Meta::NameValue(pair) if pair.path.is_ident("doc") => match &pair.value {
                    syn::Expr::Lit(syn::ExprLit { lit: syn::Lit::Str(text), .. }) => text.value(),
                    _ => return Err(Fault::new(place, "this attribute cannot stand here", self.hint)),
                },
                _ => return Err(Fault::new(place, "this attribute cannot stand here", self.hint)),
            };
            let comment = self.text.get(place.clone()).unwrap_or_default().starts_with("///");
            if !comment {
                return Err(Fault::new(place, "only `///` comments can stand here", self.hint));
            }
            check_verbatim_doc(&text).map_err(|fault| Fault { range: place, ..fault })?;
        }
        if needed && attributes.is_empty() {
            let hint = "put a line `/// …` before it";
            return Err(Fault::new(range, format!("{what} has no documentation"), hint));
        }
        Ok(())
    }
}

/// Turns messages per shape into the arms of a `match`.
pub(super) fn display_arm(shape: &Shape, is_enum: bool, message: &str) -> Result<DisplayArm, Fault> {
    let (format, used) = placeholders(shape, message)?;
    let name = if is_enum { format!("Self::{}", shape.name) } else { "Self".to_owned() };
    let bindings: Vec<String> = shape
        .fields
        .iter()
        .filter_map(|field| match (shape.named, used.contains(field)) {
            (true, true) => Some(field.clone()),
            (true, false) => None,
            (false, true) => Some(format!("field_{field}")),
            (false, false) => Some("_".to_owned()),
        })
        .collect();
    let pattern = match (shape.fields.is_empty(), used.is_empty(), shape.named) {
        (true, ..) => name,
        (_, true, true) => format!("{name} {{ .. }}"),
        (_, true, false) => format!("{name}(..)"),
        (_, _, true) if bindings.len() < shape.fields.len() => {
            format!("{name} {{ {}, .. }}", bindings.join(", "))
        }
        (_, _, true) => format!("{name} {{ {} }}", bindings.join(", ")),
        (_, _, false) => format!("{name}({})", bindings.join(", ")),
    };
    let formatted = !used.is_empty();
    let shown = if formatted { format } else { format.replace("{{", "{").replace("}}", "}") };
    Ok(DisplayArm { pattern, literal: format!("\"{}\"", escaped(&shown)), formatted })
}

fn escaped(text: &str) -> String {
    text.replace('\\', "\\\\").replace('"', "\\\"").replace('\n', "\\n").replace('\t', "\\t")
}

/// The format string with `{0}` as `{field_0}`, and the fields it shows. Only `{field}` and `{field:?}` are known.
fn placeholders(shape: &Shape, message: &str) -> Result<(String, BTreeSet<String>), Fault> {
    let mut format = String::new();
    let mut used = BTreeSet::new();
    let mut rest = message;
    let hint = "write `{field}`, `{0}`, `{field:?}`, or `{{` for a brace";
    while let Some(offset) = rest.find(['{', '}']) {
        let start = message.len() - rest.len() + offset;
        format.push_str(&rest[..offset]);
        rest = &rest[offset..];
        if rest.starts_with("{{") || rest.starts_with("}}") {
            format.push_str(&rest[..2]);
            rest = &rest[2..];
            continue;
        }
        let inner = rest.strip_prefix('{').and_then(|inner| inner.split_once('}'));
        let Some((inner, after)) = inner else {
            return Err(Fault::new(start..start + 1, "a brace stands alone", hint));
        };
        let (field, form) = inner.strip_suffix(":?").map_or((inner, ""), |field| (field, ":?"));
        if !shape.fields.iter().any(|known| known == field) {
            let message = format!("`{}` has no field `{}`", shape.name, field.escape_debug());
            return Err(Fault::new(start..start + inner.len() + 2, message, hint));
        }
        used.insert(field.to_owned());
        let binding = if shape.named { field.to_owned() } else { format!("field_{field}") };
        format.push_str(&format!("{{{binding}{form}}}"));
        rest = after;
    }
    format.push_str(rest);
    Ok((format, used))
}

/// The shapes by name, for messages given per variant.
pub(super) fn by_name(definition: &Definition) -> BTreeMap<&str, &Shape> {
    definition.shapes.iter().map(|shape| (shape.name.as_str(), shape)).collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn only_plain_documented_types_are_accepted() {
        for (text, accepted) in [
            ("pub struct A;", true),
            ("pub struct A { x: u8 }", true),
            ("pub struct A {\n    /// How many.\n    pub x: u8,\n}", true),
            ("pub struct A { pub x: u8 }", false),
            ("pub enum A {\n    /// One.\n    B(String),\n}", true),
            ("pub enum A { B }", false),
            ("pub enum A {}", false),
            ("struct A;", false),
            ("pub union A { x: u8 }", false),
            ("pub fn a() {}", false),
            ("pub struct A<T>(T);", false),
            ("#[repr(C)] pub struct A;", false),
            ("/// Doc.\npub struct A;", false),
            ("pub struct A(#[cfg(x)] u8);", false),
            ("pub struct A(m!());", false),
            ("pub struct A([u8; { fn f() {} 1 }]);", false),
            ("pub struct A; pub struct B;", false),
            ("pub struct A { /// Vec<u8>\n pub x: u8 }", false),
            ("pub struct A { #[doc = \"x\"] pub x: u8 }", false),
            ("pub struct a;", false),
        ] {
            assert_eq!(definition(text).is_ok(), accepted, "{text:?}");
        }
    }

    #[test]
    fn messages_become_arms_and_unknown_fields_are_refused() {
        let text = "pub enum E {\n/// a\nA,\n/// b\nB(u8, u8),\n/// c\nC {\n/// x\nx: u8,\n/// y\ny: u8 } }";
        let definition = definition(text).unwrap();
        let arm = |number: usize, message: &str| {
            display_arm(&definition.shapes[number], true, message).map(|arm| (arm.pattern, arm.literal))
        };
        let text = |left: &str, right: &str| Ok((left.to_owned(), right.to_owned()));
        assert_eq!(arm(0, "plain {{}} \"q\""), text("Self::A", "\"plain {} \\\"q\\\"\""));
        assert_eq!(arm(1, "b {1:?}"), text("Self::B(_, field_1)", "\"b {field_1:?}\""));
        assert_eq!(arm(1, "b"), text("Self::B(..)", "\"b\""));
        assert_eq!(arm(2, "{x}"), text("Self::C { x, .. }", "\"{x}\""));
        for bad in ["{2}", "{z}", "{", "}", "{x:>4}", "{}"] {
            assert!(arm(1, bad).is_err(), "{bad}");
        }
    }
}
