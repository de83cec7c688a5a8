//! Signatures: one plain `pub fn`, taken apart so that it can be written again in rustfmt's form.

use std::collections::BTreeSet;
use std::ops::Range;

use serde::{Deserialize, Serialize};
use syn::spanned::Spanned as _;
use syn::visit::{self, Visit};

use super::names::{NameKind, check_name};
use super::problem::Fault;
use super::tokens::{Tokens, syntax_fault};

/// The longest signature, in bytes.
const LONGEST_SIGNATURE: usize = 1000;
/// Clippy's `too_many_arguments` begins above it.
const MOST_ARGUMENTS: usize = 7;

/// What stands in the body while the hole is open.
#[derive(Clone, PartialEq, Eq, Debug, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum Stub {
    /// `todo!()` alone.
    Todo,
    /// `todo!()` given a type, because the function returns `impl Trait`.
    Typed(String),
    /// A closure of so many parameters around `todo!()`.
    Closure(usize),
}

/// A signature in parts.
#[derive(Clone, PartialEq, Eq, Debug, Serialize, Deserialize)]
pub struct Signature {
    /// The function's name.
    pub name: String,
    /// `<…>` with its brackets, or nothing.
    pub generics: String,
    /// The parameters, `self` included.
    pub inputs: Vec<String>,
    /// The type after `->`.
    pub output: Option<String>,
    /// The predicates after `where`.
    pub predicates: Vec<String>,
    /// Whether the first parameter is a form of `self`.
    pub method: bool,
    /// What stands in the open body.
    pub stub: Stub,
    /// Names of type parameters.
    pub type_parameters: BTreeSet<String>,
}

impl Signature {
    /// The signature on one line, without a `where` clause's line breaks.
    pub fn one_line(&self) -> String {
        let mut line = self.head(&self.inputs.join(", "));
        if !self.predicates.is_empty() {
            line.push_str(" where ");
            line.push_str(&self.predicates.join(", "));
        }
        line
    }

    /// The signature up to and without ` {`, as rustfmt writes it at this indentation (in columns).
    pub fn formatted(&self, indent: usize) -> String {
        let pad = " ".repeat(indent);
        let mut text = self.head(&self.inputs.join(", "));
        let opening = if self.predicates.is_empty() { 2 } else { 0 };
        if indent + text.len() + opening > 100 && !self.inputs.is_empty() {
            let lines: String = self.inputs.iter().map(|input| format!("\n{pad}    {input},")).collect();
            text = self.head(&format!("{lines}\n{pad}"));
        }
        if !self.predicates.is_empty() {
            text.push_str(&format!("\n{pad}where"));
            self.predicates.iter().for_each(|one| text.push_str(&format!("\n{pad}    {one},")));
        }
        text
    }

    fn head(&self, inputs: &str) -> String {
        let output = self.output.as_ref().map(|output| format!(" -> {output}")).unwrap_or_default();
        format!("pub fn {}{}({inputs}){output}", self.name, self.generics)
    }

    /// All the types in it, as one text for name resolution.
    pub(super) fn types(&self) -> String {
        let mut parts = self.predicates.clone();
        parts.push(self.generics.clone());
        parts.extend(
            self.inputs.iter().filter_map(|input| input.split_once(": ").map(|(_, ty)| ty.to_owned())),
        );
        parts.extend(self.output.clone());
        parts.join(" , ")
    }
}

/// Reads a signature.
pub(super) fn signature(text: &str) -> Result<Signature, Fault> {
    let hint = "write one function signature without a body, such as `pub fn double(number: i32) -> i32`";
    if let Some(offset) = text.find("//").or_else(|| text.find("/*")) {
        return Err(Fault::new(
            offset..offset + 2,
            "a comment cannot stand in a signature",
            "put it into `doc`",
        ));
    }
    Tokens::lex(text, LONGEST_SIGNATURE)?.refuse_hidden_code()?;
    let function: syn::TraitItemFn = syn::parse_str(&format!("{} ;", without_visibility(text)))
        .map_err(|error| shifted(syntax_fault(&error, hint), text))?;
    read(text, &function).map_err(|fault| shifted(fault, text))
}

/// `syn` reads a signature without a body only as a trait item, which has no visibility: blank it, keep the offsets.
fn without_visibility(text: &str) -> String {
    match text.trim_start().strip_prefix("pub ") {
        Some(rest) => format!("{}{rest}", " ".repeat(text.len() - rest.len())),
        None => text.to_owned(),
    }
}

fn shifted(mut fault: Fault, text: &str) -> Fault {
    fault.range.start = fault.range.start.min(text.len());
    fault.range.end = fault.range.end.clamp(fault.range.start, text.len());
    fault
}

fn read(text: &str, function: &syn::TraitItemFn) -> Result<Signature, Fault> {
    let signature = &function.sig;
    let refuse = |range: Range<usize>, message: &str, hint: &str| Err(Fault::new(range, message, hint));
    if !text.trim_start().starts_with("pub fn ") {
        let hint =
            "begin with `pub fn`: functions that are not public, `const` and `async` are not yet supported";
        return refuse(0..text.len().min(6), "a signature must be that of a plain public function", hint);
    }
    if function.default.is_some() || !function.attrs.is_empty() || signature.variadic.is_some() {
        return refuse(0..text.len(), "a signature has no body and no attributes", "leave them out");
    }
    let name = signature.ident.to_string();
    check_name(&name, NameKind::Function)
        .map_err(|fault| Fault { range: signature.ident.span().byte_range(), ..fault })?;
    if signature.inputs.len() > MOST_ARGUMENTS {
        let hint = "group them in a type";
        return refuse(signature.inputs.span().byte_range(), "more than seven parameters", hint);
    }
    let mut types = Types::default();
    types.visit_signature(signature);
    if let Some(fault) = types.fault {
        return Err(fault);
    }
    let piece = |node: &dyn Fn() -> Range<usize>| collapsed(text.get(node()).unwrap_or_default());
    let generics = match (&signature.generics.lt_token, &signature.generics.gt_token) {
        (Some(open), Some(close)) => piece(&|| open.span.byte_range().start..close.span.byte_range().end),
        _ => String::new(),
    };
    let mut inputs = Vec::new();
    let mut names = BTreeSet::new();
    for input in &signature.inputs {
        check_input(input)?;
        if let syn::FnArg::Typed(typed) = input
            && !names.insert(piece(&|| typed.pat.span().byte_range()))
        {
            return refuse(
                typed.pat.span().byte_range(),
                "this parameter stands twice",
                "rename one of the two",
            );
        }
        inputs.push(piece(&|| input.span().byte_range()));
    }
    let output = match &signature.output {
        syn::ReturnType::Default => None,
        syn::ReturnType::Type(_, ty) => Some(piece(&|| ty.span().byte_range())),
    };
    let clause = signature.generics.where_clause.iter();
    let predicates =
        clause.flat_map(|clause| clause.predicates.iter().map(|one| piece(&|| one.span().byte_range())));
    Ok(Signature {
        name,
        generics,
        inputs,
        output,
        predicates: predicates.collect(),
        method: signature.receiver().is_some(),
        stub: stub(text, &signature.output)?,
        type_parameters: signature.generics.type_params().map(|one| one.ident.to_string()).collect(),
    })
}

/// Runs of white space become one space.
fn collapsed(text: &str) -> String {
    let words: Vec<&str> = text.split_whitespace().collect();
    words.join(" ")
}

fn check_input(input: &syn::FnArg) -> Result<(), Fault> {
    let range = input.span().byte_range();
    let fault = |message: &str, hint: &str| Err(Fault::new(range.clone(), message, hint));
    let typed = match input {
        syn::FnArg::Receiver(receiver) if receiver.colon_token.is_some() => {
            return fault("this form of `self` is not supported", "write self, &self or &mut self");
        }
        syn::FnArg::Receiver(_) => return Ok(()),
        syn::FnArg::Typed(typed) => typed,
    };
    let syn::Pat::Ident(name) = &*typed.pat else {
        return fault("a parameter must be a plain name", "take it apart in the body");
    };
    if name.by_ref.is_some() || name.subpat.is_some() || !typed.attrs.is_empty() {
        return fault("a parameter must be a plain name", "take it apart in the body");
    }
    check_name(&name.ident.to_string(), NameKind::Function)
        .map_err(|fault| Fault { range: name.ident.span().byte_range(), ..fault })?;
    if let syn::Type::Reference(reference) = &*typed.ty
        && reference.mutability.is_none()
        && let syn::Type::Path(path) = &*reference.elem
        && let Some(segment) = path.path.segments.last()
        && (segment.ident == "String" || segment.ident == "Vec")
    {
        let better = if segment.ident == "String" { "&str" } else { "&[…]" };
        return fault("this borrows an owned container", &format!("write `{better}`"));
    }
    Ok(())
}

/// The body that lets an open function compile.
fn stub(text: &str, output: &syn::ReturnType) -> Result<Stub, Fault> {
    let syn::ReturnType::Type(_, ty) = output else { return Ok(Stub::Todo) };
    let syn::Type::ImplTrait(opaque) = &**ty else {
        let mut search = Opaque::default();
        search.visit_type(ty);
        return match search.found {
            None => Ok(Stub::Todo),
            Some(range) => {
                let hint = "return `impl Trait` itself, or a type with a name";
                Err(Fault::new(range, "`impl Trait` inside another type is not yet supported", hint))
            }
        };
    };
    let bounds = opaque.bounds.iter().filter_map(|bound| match bound {
        syn::TypeParamBound::Trait(bound) => bound.path.segments.last(),
        _ => None,
    });
    for segment in bounds {
        let name = segment.ident.to_string();
        match (name.as_str(), &segment.arguments) {
            (
                "Iterator" | "DoubleEndedIterator" | "ExactSizeIterator" | "IntoIterator",
                syn::PathArguments::AngleBracketed(arguments),
            ) => {
                let item = arguments.args.iter().find_map(|argument| match argument {
                    syn::GenericArgument::AssocType(item) if item.ident == "Item" => Some(&item.ty),
                    _ => None,
                });
                if let Some(item) = item {
                    let item = collapsed(text.get(item.span().byte_range()).unwrap_or("()"));
                    return Ok(Stub::Typed(format!("std::iter::Empty<{item}>")));
                }
            }
            ("Fn" | "FnMut" | "FnOnce", syn::PathArguments::Parenthesized(arguments)) => {
                return Ok(Stub::Closure(arguments.inputs.len()));
            }
            ("Display" | "Debug" | "ToString" | "AsRef" | "Into", _) => {
                return Ok(Stub::Typed("String".to_owned()));
            }
            _ => {}
        }
    }
    let hint =
        "iterators with `Item = …`, closures, and what String implements can be returned; else name the type";
    Err(Fault::new(ty.span().byte_range(), "no stand-in is known for this `impl Trait`", hint))
}

#[derive(Default)]
struct Opaque {
    found: Option<Range<usize>>,
}

impl<'ast> Visit<'ast> for Opaque {
    fn visit_type_impl_trait(&mut self, opaque: &'ast syn::TypeImplTrait) {
        self.found.get_or_insert(opaque.span().byte_range());
    }
}

/// What may not stand in a type, wherever it hides.
#[derive(Default)]
pub(super) struct Types {
    pub(super) fault: Option<Fault>,
}

impl Types {
    fn refuse(&mut self, range: Range<usize>, message: &str) {
        let fault = || Fault::new(range, message, "use a plain type");
        self.fault.get_or_insert_with(fault);
    }
}

impl<'ast> Visit<'ast> for Types {
    fn visit_expr(&mut self, expression: &'ast syn::Expr) {
        let plain = matches!(expression, syn::Expr::Lit(literal) if matches!(literal.lit, syn::Lit::Int(_)));
        if !plain {
            self.refuse(expression.span().byte_range(), "only a number can stand here");
        }
    }

    fn visit_const_param(&mut self, parameter: &'ast syn::ConstParam) {
        self.refuse(parameter.span().byte_range(), "const parameters are not yet supported");
    }

    fn visit_attribute(&mut self, attribute: &'ast syn::Attribute) {
        self.refuse(attribute.span().byte_range(), "an attribute cannot stand here");
    }

    fn visit_type(&mut self, ty: &'ast syn::Type) {
        match ty {
            syn::Type::Macro(_)
            | syn::Type::Ptr(_)
            | syn::Type::Infer(_)
            | syn::Type::Verbatim(_)
            | syn::Type::Never(_) => {
                self.refuse(ty.span().byte_range(), "this form of type cannot stand here");
            }
            syn::Type::BareFn(function) if function.abi.is_some() || function.unsafety.is_some() => {
                self.refuse(ty.span().byte_range(), "this form of type cannot stand here");
            }
            _ => {}
        }
        visit::visit_type(self, ty);
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn plain_public_functions_are_accepted_and_written_in_one_form() {
        for (text, expected) in [
            ("pub fn f(a: &str) -> String", "pub fn f(a: &str) -> String"),
            (" pub fn f( a: &str,\n   b: u8,) ", "pub fn f(a: &str, b: u8)"),
            (
                "pub fn f<'a, T: Ord>(x: &'a [T]) -> &'a T where T: Clone",
                "pub fn f<'a, T: Ord>(x: &'a [T]) -> &'a T where T: Clone",
            ),
            ("pub fn f(&self, k: [u8; 4]) -> Self", "pub fn f(&self, k: [u8; 4]) -> Self"),
            ("pub fn f(g: impl Fn(i32) -> i32)", "pub fn f(g: impl Fn(i32) -> i32)"),
        ] {
            assert_eq!(signature(text).map(|found| found.one_line()), Ok(expected.to_owned()), "{text:?}");
        }
    }

    #[test]
    fn everything_else_is_refused() {
        for text in [
            "fn f()",
            "pub(crate) fn f()",
            "pub unsafe fn f()",
            "pub extern \"C\" fn f()",
            "pub async fn f()",
            "pub const fn f()",
            "#[no_mangle] pub fn f()",
            "pub fn f() {}",
            "pub fn f(); pub fn g()",
            "pub fn f() -> [u8; { fn g() {} 1 }]",
            "pub fn f() -> Foo<{ 1 + 1 }>",
            "pub fn f<const N: usize>(a: [u8; N])",
            "pub fn f(a: *const u8)",
            "pub fn f(a: m!())",
            "pub fn f((a, b): (u8, u8))",
            "pub fn f(a: &String)",
            "pub fn f(a: &Vec<u8>)",
            "pub fn f(a: u8 // x\n)",
            "pub fn fn()",
            "pub fn r#fn()",
            "pub fn main()",
            "pub fn f(a: u8, b: u8, c: u8, d: u8, e: u8, g: u8, h: u8, i: u8)",
            "pub fn f(self: Box<Self>)",
            "pub fn f() -> Option<impl Copy>",
            "pub fn f() -> impl Copy",
            "pub struct F;",
            "",
        ] {
            assert!(signature(text).is_err(), "{text:?} was accepted");
        }
    }

    #[test]
    fn what_returns_an_opaque_type_gets_a_typed_stub() {
        for (output, expected) in [
            (
                "impl Iterator<Item = (u8, u8)> + 'static",
                Stub::Typed("std::iter::Empty<(u8, u8)>".to_owned()),
            ),
            ("impl Fn(u8, u8) -> u8", Stub::Closure(2)),
            ("impl Display", Stub::Typed("String".to_owned())),
            ("u8", Stub::Todo),
        ] {
            let found = signature(&format!("pub fn f() -> {output}")).map(|found| found.stub);
            assert_eq!(found, Ok(expected), "{output}");
        }
    }

    #[test]
    fn long_signatures_are_broken_as_rustfmt_breaks_them() {
        let text = format!("pub fn {}(first: &str, second: &str) -> String", "f".repeat(60));
        let formatted = signature(&text).unwrap().formatted(4);
        let expected = format!(
            "pub fn {}(\n        first: &str,\n        second: &str,\n    ) -> String",
            "f".repeat(60)
        );
        assert_eq!(formatted, expected);
    }
}
