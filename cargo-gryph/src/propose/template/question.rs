//! `?` on an error, or in a function, that does not take it.

use crate::propose::body;
use crate::propose::draft::{Draft, Fault, Repair};

/// E0277 on the `?` operator.
pub(super) fn repairs(draft: &Draft<'_>, fault: &Fault<'_>) -> Vec<Repair> {
    const RULE: &str = "E0277-question";
    let Some(at) = fault.at().filter(|at| draft.slice(at) == "?") else { return Vec::new() };
    let insert = |text: String| Repair::insert(RULE, at.start, text);
    let returned = draft.return_type();
    let message = fault.message();
    if message.contains("can only be used on `Option`s, not `Result`s")
        || message.contains("on `Result`s in a function that returns `Option`")
        || (returned.starts_with("Option<") && message.starts_with("the `?` operator"))
    {
        return vec![insert(".ok()".to_owned())];
    }
    if let Some(error) = error_type(&returned) {
        let converts = message.contains("couldn't convert the error");
        let adapter = if converts { "map_err" } else { "ok_or_else" };
        let argument = if converts { "|_| " } else { "|| " };
        let mut repairs = Vec::new();
        if error == "String" && converts {
            repairs.push(insert(".map_err(|error| error.to_string())".to_owned()));
        }
        let values = error_values(draft, &error);
        repairs.extend(values.into_iter().map(|value| insert(format!(".{adapter}({argument}{value})"))));
        return repairs;
    }
    vec![Repair::replace(RULE, at.clone(), ".unwrap_or_default()"), Repair::replace(RULE, at, ".unwrap()")]
}

/// `E` of `Result<T, E>`.
fn error_type(returned: &str) -> Option<String> {
    let ty: syn::TypePath = syn::parse_str(returned).ok()?;
    let last = ty.path.segments.last()?;
    let syn::PathArguments::AngleBracketed(arguments) = &last.arguments else { return None };
    match arguments.args.iter().nth(1)? {
        syn::GenericArgument::Type(error) if last.ident == "Result" => {
            Some(quote::quote!(#error).to_string())
        }
        _ => None,
    }
}

/// E0271 `<i32 as FromStr>::Err == E`: `parse` was told by `?` to fail with the function's own error.
pub(super) fn parse_error(draft: &Draft<'_>, fault: &Fault<'_>) -> Vec<Repair> {
    let Some(call) = fault.at().and_then(|at| draft.method(&at)) else { return Vec::new() };
    let end = body::range(call).end;
    let insert = |value: &String| Repair::insert("E0271-question", end, format!(".map_err(|_| {value})"));
    let error = error_type(&draft.return_type()).filter(|_| call.method == "parse");
    error.map_or_else(Vec::new, |error| error_values(draft, &error).iter().map(insert).collect())
}

/// Values of an error type that can be written down without knowing more: texts, and variants without fields.
fn error_values(draft: &Draft<'_>, error: &str) -> Vec<String> {
    match error.replace(' ', "").as_str() {
        "String" => vec!["String::from(\"invalid input\")".to_owned()],
        text if text.ends_with("str") && text.starts_with('&') => vec!["\"invalid input\"".to_owned()],
        "()" => vec!["()".to_owned()],
        name => unit_variants(&draft.hole.context, name),
    }
}

/// The variants without fields of the enum `name`, or the name itself for a struct without fields.
fn unit_variants(context: &str, name: &str) -> Vec<String> {
    let Ok(file) = syn::parse_file(context) else { return Vec::new() };
    file.items
        .iter()
        .flat_map(|item| match item {
            syn::Item::Enum(item) if item.ident == name => {
                let unit = item.variants.iter().filter(|variant| variant.fields.is_empty());
                unit.map(|variant| format!("{name}::{}", variant.ident)).collect()
            }
            syn::Item::Struct(item) if item.ident == name && item.fields.is_empty() => vec![name.to_owned()],
            _ => Vec::new(),
        })
        .take(4)
        .collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn errors_are_taken_from_the_return_type_and_the_types_in_scope() {
        assert_eq!(error_type("Result<u8, ParseError>").as_deref(), Some("ParseError"));
        assert_eq!(error_type("Option<u8>"), None);
        let context = "pub enum E { Empty, Bad(u8), Long }";
        assert_eq!(unit_variants(context, "E"), ["E::Empty", "E::Long"]);
    }
}
