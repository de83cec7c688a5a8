//! Examples and properties: one Rust expression each, proven to be a plain computation.

use std::collections::BTreeSet;
use std::ops::Range;

use serde::Serialize;
use syn::spanned::Spanned as _;
use syn::visit::{self, Visit};

use super::problem::Fault;
use super::scope::{Import, Names, resolve_type, resolve_value};
use super::tokens::{Tokens, syntax_fault};

/// The longest example or property, in bytes.
const LONGEST_EXPRESSION: usize = 2000;

/// What a test asserts, as texts that are complete expressions.
#[derive(Clone, PartialEq, Eq, Debug, Serialize)]
#[serde(rename_all = "kebab-case")]
pub enum Assertion {
    /// `left == right`.
    Equal {
        /// The side that usually calls the function.
        left: String,
        /// What it must be.
        right: String,
    },
    /// `left != right`.
    Differ {
        /// The side that usually calls the function.
        left: String,
        /// What it must not be.
        right: String,
    },
    /// The expression is true.
    Holds(String),
    /// The expression is false.
    Fails(String),
    /// The program, run with these arguments, does this.
    Run(Box<Run>),
}

/// One run of the program.
#[derive(Clone, PartialEq, Eq, Debug, Serialize)]
pub struct Run {
    /// The arguments, the command's name first.
    pub arguments: Vec<String>,
    /// What it reads.
    pub stdin: String,
    /// What it prints.
    pub stdout: String,
    /// What it says about a failure, if that is fixed.
    pub stderr: Option<String>,
    /// Whether it ends with 1 instead of 0.
    pub fails: bool,
    /// The same about the function behind the command.
    pub call: Assertion,
}

/// A condition that must be true.
#[derive(Clone, PartialEq, Eq, Debug)]
pub struct Example {
    /// The expression as written, without surrounding space.
    pub source: String,
    /// What its test asserts.
    pub assertion: Assertion,
    /// What it needs in scope.
    pub imports: BTreeSet<Import>,
    /// The bytes of the file that hold it.
    pub span: Range<usize>,
}

/// A condition that must be true for all values of some parameters.
#[derive(Clone, PartialEq, Eq, Debug)]
pub struct Property {
    /// The closure as written.
    pub source: String,
    /// Names and types of the parameters.
    pub parameters: Vec<(String, String)>,
    /// What its test asserts for each case.
    pub assertion: Assertion,
    /// What it needs in scope.
    pub imports: BTreeSet<Import>,
    /// The bytes of the file that hold it.
    pub span: Range<usize>,
}

/// What the expression is about: `function`, if it is known, must be used in it; names are looked up from `module`.
pub(super) struct Subject<'n> {
    pub(super) module: &'n str,
    pub(super) function: Option<&'n str>,
    pub(super) names: &'n Names,
}

/// Reads an example; `span` is where it stands in the file.
pub(super) fn example(text: &str, span: Range<usize>, subject: &Subject<'_>) -> Result<Example, Fault> {
    let hint = "an example is one condition, such as `double(2) == 4`";
    let (expression, imports) = plain_expression(text, subject, hint)?;
    if let syn::Expr::Closure(_) = expression {
        let hint = "put closures into `properties`";
        return Err(Fault::new(0..text.len(), "an example cannot be a closure", hint));
    }
    let assertion = assertion(text, &expression)?;
    Ok(Example { source: slice(text, &expression).to_owned(), assertion, imports, span })
}

/// Reads a property; `span` is where it stands in the file.
pub(super) fn property(text: &str, span: Range<usize>, subject: &Subject<'_>) -> Result<Property, Fault> {
    let hint = "a property is a closure with typed parameters, such as `|s: String| f(&s) == f(&s)`";
    let (expression, imports) = plain_expression(text, subject, hint)?;
    let syn::Expr::Closure(closure) = &expression else {
        return Err(Fault::new(0..text.len(), "a property must be a closure", hint));
    };
    let plain = closure.capture.is_none() && closure.output == syn::ReturnType::Default;
    if !plain || closure.lifetimes.is_some() || closure.inputs.is_empty() || closure.inputs.len() > 6 {
        return Err(Fault::new(
            0..text.len(),
            "a property must be a plain closure of one to six parameters",
            hint,
        ));
    }
    let mut parameters: Vec<(String, String)> = Vec::new();
    for input in &closure.inputs {
        let parameter = parameter(text, input)?;
        if parameters.iter().any(|(name, _)| *name == parameter.0) {
            let range = input.span().byte_range();
            return Err(Fault::new(range, "this parameter stands twice", "rename one of the two"));
        }
        parameters.push(parameter);
    }
    let assertion = assertion(text, &closure.body)?;
    Ok(Property { source: slice(text, &expression).to_owned(), parameters, assertion, imports, span })
}

/// Lexes, refuses what must not be there, parses, and resolves the names.
fn plain_expression(
    text: &str,
    subject: &Subject<'_>,
    hint: &str,
) -> Result<(syn::Expr, BTreeSet<Import>), Fault> {
    let tokens = Tokens::lex(text, LONGEST_EXPRESSION)?;
    tokens.refuse_hidden_code()?;
    let expression: syn::Expr = syn::parse_str(text).map_err(|error| syntax_fault(&error, hint))?;
    let mut inspection = Inspection::default();
    inspection.visit_expr(&expression);
    if let Some(fault) = inspection.fault {
        return Err(fault);
    }
    if let Some(function) = subject.function.filter(|function| !tokens.words().contains(function)) {
        let message = format!("this never uses `{function}`");
        return Err(Fault::new(0..text.len(), message, format!("state what `{function}` must do")));
    }
    let mut imports = BTreeSet::new();
    for mention in tokens.mentions() {
        imports.extend(resolve_value(&mention, subject.module, &inspection.bound, subject.names)?);
    }
    Ok((expression, imports))
}

/// The text of a node.
fn slice<'s>(text: &'s str, node: &impl syn::spanned::Spanned) -> &'s str {
    text.get(node.span().byte_range()).unwrap_or(text)
}

fn assertion(text: &str, expression: &syn::Expr) -> Result<Assertion, Fault> {
    let syn::Expr::Binary(binary) = expression else {
        return match expression {
            syn::Expr::Unary(unary) if matches!(unary.op, syn::UnOp::Not(_)) => {
                Ok(Assertion::Fails(slice(text, &unary.expr).to_owned()))
            }
            syn::Expr::Lit(_) | syn::Expr::Assign(_) | syn::Expr::Tuple(_) | syn::Expr::Array(_) => {
                let hint = "state a condition, such as `double(2) == 4`";
                Err(Fault::new(expression.span().byte_range(), "this is not a condition", hint))
            }
            _ => Ok(Assertion::Holds(slice(text, expression).to_owned())),
        };
    };
    let (left, right) = (slice(text, &binary.left).to_owned(), slice(text, &binary.right).to_owned());
    if left == right {
        let range = expression.span().byte_range();
        return Err(Fault::new(range, "both sides are the same", "state what the function must return"));
    }
    Ok(match (&binary.op, right.as_str()) {
        (syn::BinOp::Eq(_), "true") | (syn::BinOp::Ne(_), "false") => Assertion::Holds(left),
        (syn::BinOp::Eq(_), "false") | (syn::BinOp::Ne(_), "true") => Assertion::Fails(left),
        (syn::BinOp::Eq(_), _) => Assertion::Equal { left, right },
        (syn::BinOp::Ne(_), _) => Assertion::Differ { left, right },
        (
            syn::BinOp::And(_)
            | syn::BinOp::Or(_)
            | syn::BinOp::Lt(_)
            | syn::BinOp::Le(_)
            | syn::BinOp::Ge(_)
            | syn::BinOp::Gt(_),
            _,
        ) => Assertion::Holds(slice(text, expression).to_owned()),
        _ => {
            let range = expression.span().byte_range();
            return Err(Fault::new(range, "this is not a condition", "compare it with what it must be"));
        }
    })
}

/// One `name: Type` of a property; only types that random values can be made for.
fn parameter(text: &str, input: &syn::Pat) -> Result<(String, String), Fault> {
    let hint = "write each parameter as `name: Type`";
    let fault = || Fault::new(input.span().byte_range(), "this parameter has no plain name and type", hint);
    let syn::Pat::Type(typed) = input else { return Err(fault()) };
    let syn::Pat::Ident(name) = &*typed.pat else { return Err(fault()) };
    if name.by_ref.is_some() || name.mutability.is_some() || name.subpat.is_some() {
        return Err(fault());
    }
    if !can_be_random(&typed.ty, 0) {
        let message = format!("no random values can be made for `{}`", slice(text, &typed.ty));
        let hint = "use numbers, bool, char, String, and Vec, Option, arrays or tuples of them";
        return Err(Fault::new(typed.ty.span().byte_range(), message, hint));
    }
    Ok((name.ident.to_string(), slice(text, &typed.ty).to_owned()))
}

fn can_be_random(ty: &syn::Type, depth: usize) -> bool {
    const PLAIN: &[&str] = &[
        "u8", "u16", "u32", "u64", "u128", "usize", "i8", "i16", "i32", "i64", "i128", "isize", "f32", "f64",
        "bool", "char", "String",
    ];
    if depth > 4 {
        return false;
    }
    match ty {
        syn::Type::Tuple(tuple) => {
            (1..=6).contains(&tuple.elems.len())
                && tuple.elems.iter().all(|part| can_be_random(part, depth + 1))
        }
        syn::Type::Array(array) => {
            let length = match &array.len {
                syn::Expr::Lit(literal) => match &literal.lit {
                    syn::Lit::Int(length) => length.base10_parse::<usize>().ok(),
                    _ => None,
                },
                _ => None,
            };
            length.is_some_and(|length| (1..=32).contains(&length)) && can_be_random(&array.elem, depth + 1)
        }
        syn::Type::Path(path) => {
            let Some(segment) = path.path.segments.last().filter(|_| path.path.segments.len() == 1) else {
                return false;
            };
            match &segment.arguments {
                syn::PathArguments::None => PLAIN.iter().any(|name| segment.ident == name),
                syn::PathArguments::AngleBracketed(arguments) => {
                    let container = ["Vec", "Option"].iter().any(|name| segment.ident == name);
                    container
                        && arguments.args.len() == 1
                        && arguments.args.iter().all(
                            |a| matches!(a, syn::GenericArgument::Type(ty) if can_be_random(ty, depth + 1)),
                        )
                }
                syn::PathArguments::Parenthesized(_) => false,
            }
        }
        _ => false,
    }
}

/// What only the syntax tree shows: items, attributes, unchecked code, and the names an expression binds.
#[derive(Default)]
struct Inspection {
    bound: BTreeSet<String>,
    fault: Option<Fault>,
}

impl Inspection {
    fn refuse(&mut self, range: Range<usize>, message: &str) {
        let fault = || Fault::new(range, message, "write one plain expression");
        self.fault.get_or_insert_with(fault);
    }
}

impl<'ast> Visit<'ast> for Inspection {
    fn visit_item(&mut self, item: &'ast syn::Item) {
        self.refuse(item.span().byte_range(), "an item cannot be defined here");
    }

    fn visit_stmt_macro(&mut self, statement: &'ast syn::StmtMacro) {
        self.refuse(statement.span().byte_range(), "a macro statement cannot stand here");
    }

    fn visit_attribute(&mut self, attribute: &'ast syn::Attribute) {
        self.refuse(attribute.span().byte_range(), "an attribute cannot stand here");
    }

    fn visit_expr_reference(&mut self, reference: &'ast syn::ExprReference) {
        if let syn::Expr::Macro(call) = &*reference.expr
            && call.mac.path.is_ident("vec")
        {
            self.refuse(reference.span().byte_range(), "a borrowed `vec!` is needless: write `&[…]`");
        }
        visit::visit_expr_reference(self, reference);
    }

    fn visit_expr(&mut self, expression: &'ast syn::Expr) {
        if let syn::Expr::Verbatim(_) | syn::Expr::Const(_) | syn::Expr::Infer(_) = expression {
            self.refuse(expression.span().byte_range(), "this form of expression cannot stand here");
        }
        visit::visit_expr(self, expression);
    }

    fn visit_pat_ident(&mut self, pattern: &'ast syn::PatIdent) {
        let name = pattern.ident.to_string();
        if name.starts_with(|letter: char| letter.is_ascii_lowercase() || letter == '_') {
            self.bound.insert(name);
        }
        visit::visit_pat_ident(self, pattern);
    }
}

/// The imports that a list of types needs.
pub(super) fn type_imports(
    text: &str,
    subject: &Subject<'_>,
    generics: &BTreeSet<String>,
) -> Result<BTreeSet<Import>, Fault> {
    let mut imports = BTreeSet::new();
    for mention in Tokens::lex(text, LONGEST_EXPRESSION)?.mentions() {
        imports.extend(resolve_type(&mention, subject.module, generics, subject.names)?);
    }
    Ok(imports)
}

#[cfg(test)]
mod tests {
    use super::*;

    fn names() -> Names {
        let mut names = Names::default();
        names.functions.entry("f".to_owned()).or_default().insert("m".to_owned());
        names.types.entry("Money".to_owned()).or_default().insert("m".to_owned());
        names.crates.insert("regex".to_owned());
        names
    }

    fn read(text: &str) -> Result<Example, Fault> {
        let names = names();
        example(text, 0..text.len(), &Subject { module: "m", function: Some("f"), names: &names })
    }

    #[test]
    fn comparisons_become_the_assertion_that_shows_both_sides() {
        let equal = |left: &str, right: &str| Assertion::Equal { left: left.into(), right: right.into() };
        for (text, expected) in [
            ("f(1) == 2", equal("f(1)", "2")),
            (" f(\"a == b\") == \"c\" // why", equal("f(\"a == b\")", "\"c\"")),
            ("f(1) == true", Assertion::Holds("f(1)".into())),
            ("f(1) == false", Assertion::Fails("f(1)".into())),
            ("!f(1)", Assertion::Fails("f(1)".into())),
            ("f(1).is_none()", Assertion::Holds("f(1).is_none()".into())),
            ("f(1) == 1 && f(2) == 2", Assertion::Holds("f(1) == 1 && f(2) == 2".into())),
            (
                "{ let mut v = [2, 1]; f(&mut v); v == [1, 2] }",
                Assertion::Holds("{ let mut v = [2, 1]; f(&mut v); v == [1, 2] }".into()),
            ),
        ] {
            assert_eq!(read(text).map(|example| example.assertion), Ok(expected), "{text}");
        }
    }

    #[test]
    fn code_that_is_not_a_plain_computation_is_refused() {
        for text in [
            "f(1) == unsafe { 1 }",
            "f(1) == std::process::id()",
            "f(std::env::args().count()) == 1",
            "f(std::fs::read(\"x\")) == 1",
            "f(include_str!(\"/etc/passwd\")) == 1",
            "f(env!(\"HOME\")) == 1",
            "f(1) == { return; }",
            "{ fn f() {} f() == () }",
            "{ const X: u8 = 1; f(X) == 1 }",
            "{ println!(\"x\"); f(1) == 1 }",
            "f(1) == 1; std::process::exit(0)",
            "f(1) == 1 }",
            "#[allow(x)] f(1) == 1",
            "f(&vec![1]) == 1",
            "f(loop {}) == 1",
            "f(1)? == 1",
            "g(1) == 1",
            "1 == 1",
            "f(1) == f(1)",
            "f(1) + 1",
            "f(tokio::spawn()) == 1",
            "f(crate::x) == 1",
            "f(Monye::new()) == 1",
            "f(1) == \"```\"",
            "|x: u8| f(x) == 1",
            "",
        ] {
            assert!(read(text).is_err(), "{text:?} was accepted");
        }
    }

    #[test]
    fn what_an_example_uses_is_imported() {
        let example = read("f(Money::new(1)) == HashMap::from([(1, regex::escape(\"a\"))])").unwrap();
        let expected = [
            Import::Own("m".into(), "Money".into()),
            Import::Own("m".into(), "f".into()),
            Import::Std("std::collections::HashMap".into()),
        ];
        assert_eq!(example.imports.into_iter().collect::<Vec<_>>(), expected);
    }

    #[test]
    fn a_property_is_a_closure_over_types_with_random_values() {
        let names = names();
        let subject = Subject { module: "m", function: Some("f"), names: &names };
        let read = |text: &str| property(text, 0..0, &subject);
        let property = read("|v: Vec<(u8, String)>, n: usize| f(&v, n).len() <= n").unwrap();
        assert_eq!(property.parameters[1], ("n".to_owned(), "usize".to_owned()));
        assert_eq!(property.assertion, Assertion::Holds("f(&v, n).len() <= n".to_owned()));
        for text in [
            "f(1) == 1",
            "|s| f(s) == 1",
            "|s: &str| f(s) == 1",
            "|mut s: String| f(s) == 1",
            "|| f(1) == 1",
            "move |s: u8| f(s) == 1",
            "|a: [u8; 99]| f(a) == 1",
        ] {
            assert!(read(text).is_err(), "{text:?} was accepted");
        }
    }
}
