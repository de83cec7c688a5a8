//! Calls of functions of the specification: what goes in by name, and what comes out.

use std::collections::BTreeSet;

use serde::Serialize;

use super::data::{Data, Value, inner};
use super::field_type::FieldType;
use super::judgement::{Judgement, judgements};
use crate::similar::nearest;
use crate::spec::fields::Text;
use crate::spec::function::Function;
use crate::spec::path::ItemPath;
use crate::spec::problem::Problems;

/// A call of a function, its signature taken apart.
#[derive(Clone, PartialEq, Eq, Debug, Serialize)]
pub struct Call {
    /// The function.
    pub path: ItemPath,
    /// What goes in, in order.
    pub parameters: Vec<Parameter>,
    /// What comes out, inside a `Result` where it is fallible.
    pub answer: Data,
    /// Whether it returns `Result<_, String>`.
    pub fallible: bool,
    /// What its examples say yes or no to.
    #[serde(skip)]
    pub judgements: Vec<Judgement>,
}

impl Call {
    /// Whether something of that name goes in.
    pub fn takes(&self, name: &str) -> bool {
        self.parameters.iter().any(|parameter| parameter.name == name)
    }

    /// Refuses a check that says yes, as far as its examples tell, to nothing that may be there: the tests of a service
    /// take what they send from these examples. `field` is the type of a field, and whether it may be missing.
    pub(super) fn refuse_no_approval<'f>(
        &self,
        text: &Text,
        field: impl Fn(&str) -> Option<(&'f FieldType, bool)>,
        problems: &mut Problems<'_>,
    ) {
        let may_be = |(parameter, value): (&Parameter, &Value)| {
            field(&parameter.name).is_none_or(|(kind, optional)| kind.may_hold(value, optional))
        };
        let fits = |one: &Judgement| self.parameters.iter().zip(&one.arguments).all(may_be);
        if !self.judgements.iter().any(|one| one.approves && fits(one)) {
            let message = "no example of this check says yes to values that may be there";
            let hint = format!(
                "add `{}(…)` with literals of one line: what the tests of the service send is taken from it",
                self.path.name
            );
            problems.report(text.span.clone(), message, hint);
        }
    }
}

/// A parameter of a function.
#[derive(Clone, PartialEq, Eq, Debug, Serialize)]
pub struct Parameter {
    /// Its name, in snake case.
    pub name: String,
    /// What it holds.
    pub data: Data,
    /// Whether texts and lists go in borrowed: `&str`, `Option<&str>`, `&[…]`.
    pub borrowed: bool,
}

/// The functions of a specification, for the things that call them.
pub(in crate::spec) struct Functions<'f> {
    sound: &'f [Function],
    /// The paths as they are written, those of functions with problems included.
    named: BTreeSet<String>,
}

impl<'f> Functions<'f> {
    pub(in crate::spec) fn new(sound: &'f [Function], named: BTreeSet<String>) -> Self {
        Self { sound, named }
    }

    /// How many there are.
    pub(super) fn count(&self) -> usize {
        self.named.len()
    }

    /// The modules that hold them.
    pub(super) fn modules(&self) -> impl Iterator<Item = (&str, &Function)> {
        self.sound.iter().map(|function| (function.path.module.as_str(), function))
    }

    /// The call of a function; `None` where it is unknown, cannot be called, or has problems of its own.
    pub(super) fn call(&self, text: &Text, problems: &mut Problems<'_>) -> Option<Call> {
        let found = self.sound.iter().find(|function| function.path.to_string() == text.value);
        let Some(function) = found else {
            self.unknown(text, problems);
            return None;
        };
        let call = call(function);
        if let Err(message) = &call {
            let hint = "parameters are texts, bool, whole numbers, f64, Option or lists of them; the answer is \
                        one of these, owned, or Result<_, String> of it";
            problems.report(text.span.clone(), message.clone(), hint);
        }
        call.ok()
    }

    fn unknown(&self, text: &Text, problems: &mut Problems<'_>) {
        if self.named.contains(&text.value) {
            return;
        }
        let hint = match nearest(&text.value, self.named.iter().map(String::as_str)) {
            Some(known) => format!("did you mean `{known}`?"),
            None => "give the path of a [[function]] of this specification".to_owned(),
        };
        let shown: String = text.value.chars().take(100).collect();
        problems.report(text.span.clone(), format!("no function `{}`", shown.escape_debug()), hint);
    }
}

/// Takes a signature apart; the error says which part a service cannot serve.
fn call(function: &Function) -> Result<Call, String> {
    let path = function.path.clone();
    let refuse = |what: &str| Err(format!("`{path}` cannot be called here: {what}"));
    if path.owner.is_some() || !function.signature.generics.is_empty() {
        return refuse("it is a method or has type parameters");
    }
    let line = function.signature.one_line();
    let Ok(signature) = syn::parse_str::<syn::Signature>(line.trim_start_matches("pub ")) else {
        return refuse("its signature is not plain");
    };
    let mut parameters = Vec::new();
    for input in &signature.inputs {
        match parameter(input) {
            Some(parameter) => parameters.push(parameter),
            None => return refuse("a parameter has a type that no request can carry"),
        }
    }
    let answer = match &signature.output {
        syn::ReturnType::Default => None,
        syn::ReturnType::Type(_, ty) => answer(ty),
    };
    match answer {
        Some((answer, fallible)) => {
            Ok(Call { path, parameters, answer, fallible, judgements: judgements(function) })
        }
        None => refuse("no response can carry what it returns"),
    }
}

fn parameter(input: &syn::FnArg) -> Option<Parameter> {
    let syn::FnArg::Typed(typed) = input else { return None };
    let syn::Pat::Ident(name) = &*typed.pat else { return None };
    let (data, borrowed) = taken(&typed.ty)?;
    Some(Parameter { name: name.ident.to_string(), data, borrowed })
}

/// The type of a parameter, and whether it is borrowed. Lists of lists and options inside lists are no request
/// fields.
fn taken(ty: &syn::Type) -> Option<(Data, bool)> {
    let (data, borrowed) = match optional(ty) {
        Some(syn::Type::Reference(reference)) => (Data::Optional(Box::new(lent(reference)?)), true),
        Some(_) => (Data::of(ty)?, false),
        None => match ty {
            syn::Type::Reference(reference) => (lent(reference)?, true),
            _ => (Data::of(ty)?, false),
        },
    };
    let plain = match data.present() {
        Data::List(item) => item.is_scalar(),
        scalar => scalar.is_scalar(),
    };
    plain.then_some((data, borrowed))
}

/// What is inside an `Option`.
fn optional(ty: &syn::Type) -> Option<&syn::Type> {
    let syn::Type::Path(path) = ty else { return None };
    let segment = path.path.segments.last().filter(|segment| segment.ident == "Option")?;
    inner(segment)
}

/// `&str` or `&[…]`.
fn lent(reference: &syn::TypeReference) -> Option<Data> {
    if reference.mutability.is_some() || reference.lifetime.is_some() {
        return None;
    }
    match &*reference.elem {
        syn::Type::Path(path) if path.path.is_ident("str") => Some(Data::Text),
        syn::Type::Slice(slice) => Data::of(&slice.elem).map(|item| Data::List(Box::new(item))),
        _ => None,
    }
}

/// What is returned, and whether it comes inside `Result<_, String>`.
fn answer(ty: &syn::Type) -> Option<(Data, bool)> {
    let syn::Type::Path(path) = ty else { return None };
    let segment = path.path.segments.last()?;
    if segment.ident != "Result" {
        return Some((Data::of(ty)?, false));
    }
    let syn::PathArguments::AngleBracketed(arguments) = &segment.arguments else { return None };
    let mut types = arguments.args.iter().map(|argument| match argument {
        syn::GenericArgument::Type(ty) => Data::of(ty),
        _ => None,
    });
    match (types.next(), types.next(), types.next()) {
        (Some(answer), Some(Some(Data::Text)), None) => Some((answer?, true)),
        _ => None,
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn data(text: &str) -> Option<String> {
        let (data, borrowed) = taken(&syn::parse_str(text).unwrap())?;
        Some(format!("{}{data}", if borrowed { "&" } else { "" }))
    }

    #[test]
    fn parameters_are_what_a_request_can_carry() {
        for (text, expected) in [
            ("&str", Some("&String")),
            ("String", Some("String")),
            ("Option<&str>", Some("&Option<String>")),
            ("Option<i64>", Some("Option<i64>")),
            ("&[String]", Some("&Vec<String>")),
            ("Vec<f64>", Some("Vec<f64>")),
            ("&mut str", None),
            ("&'static str", None),
            ("Vec<Vec<u8>>", None),
            ("Option<Option<u8>>", None),
            ("impl Fn()", None),
            ("(u8, u8)", None),
        ] {
            assert_eq!(data(text).as_deref(), expected, "{text}");
        }
    }

    #[test]
    fn answers_are_owned_and_may_fail_with_a_text() {
        for (text, expected) in [
            ("String", Some((Data::Text, false))),
            ("Result<bool, String>", Some((Data::Boolean, true))),
            ("Result<bool, Error>", None),
            ("Result<bool>", None),
            ("&str", None),
            ("()", None),
        ] {
            assert_eq!(answer(&syn::parse_str(text).unwrap()), expected, "{text}");
        }
    }
}
