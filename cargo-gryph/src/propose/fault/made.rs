//! Values of the workspace's own types, made as their definitions say.

use super::values;
use crate::change::FileKind;
use crate::tree::{Tree, TreePath};

/// Values of one type.
const MOST: usize = 2;

/// Values of the type of this name, as the file that uses it or another of the program defines it.
pub(super) fn values_of_name(tree: &Tree, path: &TreePath, name: &str) -> Vec<String> {
    let words = [format!("struct {name}"), format!("enum {name}")];
    let defines = |text: &str| words.iter().any(|word| text.contains(word.as_str()));
    let is_program = |path: &TreePath| FileKind::of(path) == FileKind::Program;
    let here = tree.text(path).into_iter();
    let others = tree.files().filter(|(other, _)| *other != path && is_program(other));
    let texts = here.chain(others.filter_map(|(path, _)| tree.text(path)));
    let mut found = texts.filter(|text| defines(text)).map(|text| in_text(text, name));
    found.find(|values| !values.is_empty()).unwrap_or_default()
}

fn in_text(text: &str, name: &str) -> Vec<String> {
    let Ok(file) = syn::parse_file(text) else { return Vec::new() };
    let made = file.items.iter().find_map(|item| match item {
        syn::Item::Struct(of) if of.ident == name => Some(of_fields(name, &of.fields)),
        syn::Item::Enum(of) if of.ident == name => Some(of_variants(name, of)),
        _ => None,
    });
    made.unwrap_or_default()
}

fn of_fields(name: &str, fields: &syn::Fields) -> Vec<String> {
    let value = |field: &syn::Field| values(&field.ty).into_iter().next();
    let values: Option<Vec<String>> = fields.iter().map(value).collect();
    let Some(values) = values else { return Vec::new() };
    let text = match fields {
        syn::Fields::Unit => name.to_owned(),
        syn::Fields::Unnamed(_) => format!("{name}({})", values.join(", ")),
        syn::Fields::Named(named) => {
            let names = named.named.iter().filter_map(|field| field.ident.as_ref());
            let parts: Vec<String> =
                names.zip(values).map(|(name, value)| format!("{name}: {value}")).collect();
            format!("{name} {{ {} }}", parts.join(", "))
        }
    };
    vec![text]
}

fn of_variants(name: &str, of: &syn::ItemEnum) -> Vec<String> {
    let plain = of.variants.iter().filter(|variant| matches!(variant.fields, syn::Fields::Unit));
    plain.take(MOST).map(|variant| format!("{name}::{}", variant.ident)).collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_value_is_made_as_the_type_is_defined() {
        let text =
            "pub struct Money(pub u64); struct Pair { a: u8, b: String } enum Way { Up, Down(u8), Left }";
        assert_eq!(in_text(text, "Money"), ["Money(0)"]);
        assert_eq!(in_text(text, "Pair"), ["Pair { a: 0, b: String::new() }"]);
        assert_eq!(in_text(text, "Way"), ["Way::Up", "Way::Left"]);
        assert!(in_text(text, "Other").is_empty() && in_text("struct {", "Money").is_empty());
    }
}
