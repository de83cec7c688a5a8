//! What a model wrote becomes the text between the braces of the hole's function.
//!
//! Answers come with fences, prose, the signature once more, `use` lines, helper functions, an `impl` around it all,
//! tests after it, or cut in the middle. Helpers and imports move into the body; everything else is left behind.

use syn::spanned::Spanned;

use crate::hole::Hole;
use crate::propose::body::{self, BodyError};
use crate::propose::brace::{BodyEnd, body_end, closing, find_function};

/// Bytes of an answer that are looked at.
const MOST_ANSWER: usize = 64 << 10;
/// Closing delimiters that may be missing at the end of an answer.
const MOST_MISSING: usize = 6;

/// Where an answer starts.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub enum Form {
    /// Right after the `{` of the body, because the prompt held the signature.
    Inside,
    /// Anywhere: prose, a fence, the signature.
    Whole,
}

/// Why an answer holds no body.
#[derive(Clone, PartialEq, Eq, Debug, thiserror::Error)]
pub enum ExtractError {
    /// The answer is too long to be looked at.
    #[error("the answer has {0} bytes, more than {MOST_ANSWER}")]
    TooLong(usize),
    /// The function wanted is not in it.
    #[error("the answer does not hold the function `{0}`")]
    NoFunction(String),
    /// It was cut in the middle of something.
    #[error("the answer ends in the middle of the body")]
    Truncated,
    /// Its brackets do not match.
    #[error("the brackets of the answer do not match")]
    Unbalanced,
    /// What was found is not a body.
    #[error(transparent)]
    Body(#[from] BodyError),
}

/// Where a growing answer can be cut, if nothing after that place is wanted: after the brace that closes the body, at a
/// bracket that closes nothing, or before the line that closes the fence.
pub fn stop(form: Form, text: &str) -> Option<usize> {
    match form {
        Form::Inside => match body_end(text) {
            BodyEnd::Closed(at) => Some(fence(text).map_or(at + 1, |fence| fence.min(at + 1))),
            BodyEnd::Broken(at) => Some(at),
            BodyEnd::Open(_) => fence(text),
            BodyEnd::Inside => None,
        },
        Form::Whole => {
            let (start, end) = fenced(text)?;
            (end < text.len() && text[start..end].contains("fn ")).then_some(end)
        }
    }
}

/// The body that an answer holds, on lines of its own.
///
/// # Errors
/// When there is none, or it is cut, unbalanced, or does not parse.
pub fn extract(hole: &Hole, form: Form, answer: &str) -> Result<String, ExtractError> {
    if answer.len() > MOST_ANSWER {
        return Err(ExtractError::TooLong(answer.len()));
    }
    let name = hole.function.rsplit("::").next().unwrap_or(&hole.function);
    let (before, inside) = match form {
        Form::Inside => ("", &answer[..fence(answer).unwrap_or(answer.len())]),
        Form::Whole => {
            let code = code(answer, name);
            let missing = || ExtractError::NoFunction(name.to_owned());
            let (start, body) = find_function(code, name).ok_or_else(missing)?;
            (&code[..start], &code[body..])
        }
    };
    let (text, after) = bounded(inside)?;
    body::check(&text)?;
    let (text, nested) = unwrap_repeated(text, name);
    let mut moved = nested;
    moved.extend(items(before, name, hole));
    moved.extend(items(after, name, hole));
    let joined: String = moved.iter().map(|item| format!("{item}\n")).collect();
    let body = body::framed(&format!("{joined}{}", text.trim_matches('\n')));
    body::check(&body)?;
    Ok(body)
}

/// The body and what follows its brace; missing closing delimiters are added.
fn bounded(inside: &str) -> Result<(String, &str), ExtractError> {
    match body_end(inside) {
        BodyEnd::Closed(at) => Ok((inside[..at].to_owned(), &inside[at + 1..])),
        BodyEnd::Open(open) if open.len() <= MOST_MISSING => {
            let missing: String = open.into_iter().rev().map(closing).collect();
            Ok((format!("{inside}\n{missing}"), ""))
        }
        BodyEnd::Open(_) | BodyEnd::Inside => Err(ExtractError::Truncated),
        BodyEnd::Broken(_) => Err(ExtractError::Unbalanced),
    }
}

/// The start of the line that closes a fence which the prompt opened.
fn fence(text: &str) -> Option<usize> {
    if text.starts_with("```") { Some(0) } else { text.find("\n```").map(|at| at + 1) }
}

/// The bytes between the first opening fence and its close, or the end.
fn fenced(text: &str) -> Option<(usize, usize)> {
    let open = fence(text)?;
    let start = open + text[open..].find('\n')? + 1;
    Some((start, fence(&text[start..]).map_or(text.len(), |end| start + end)))
}

/// The first fenced code that holds the function, else everything.
fn code<'a>(answer: &'a str, name: &str) -> &'a str {
    let mut rest = answer;
    while let Some((start, end)) = fenced(rest) {
        if find_function(&rest[start..end], name).is_some() {
            return &rest[start..end];
        }
        let line = rest[end..].find('\n').map_or(rest.len(), |at| end + at + 1);
        rest = rest.get(line.max(start)..).unwrap_or("");
    }
    answer
}

/// When the body holds nothing but items and one of them is the function wanted, the model wrote the signature again:
/// that function's body, and the other items.
fn unwrap_repeated(text: String, name: &str) -> (String, Vec<String>) {
    let Ok(block) = body::parse(&text) else { return (text, Vec::new()) };
    let mut inner = None;
    let mut others = Vec::new();
    for statement in &block.stmts {
        match statement {
            syn::Stmt::Item(syn::Item::Fn(function)) if function.sig.ident == name => {
                let braces = body::range(&function.block);
                inner = text.get(braces.start + 1..braces.end.saturating_sub(1)).map(str::to_owned);
            }
            syn::Stmt::Item(item) => others.extend(text.get(body::range(item)).map(str::to_owned)),
            syn::Stmt::Local(_) | syn::Stmt::Expr(..) | syn::Stmt::Macro(_) => return (text, Vec::new()),
        }
    }
    match inner {
        Some(inner) => (inner, others),
        None => (text, Vec::new()),
    }
}

/// The items of some code that are worth moving into the body.
fn items(code: &str, name: &str, hole: &Hole) -> Vec<String> {
    // The function itself was cut off: before it may stand its attributes and visibility, after it a brace of an impl.
    let starts = code.char_indices().filter(|&(at, _)| at == 0 || code[..at].ends_with('\n'));
    let starts = starts.map(|(at, _)| at).take(40);
    let mut cuts: Vec<(usize, usize)> = starts.map(|at| (at, code.len())).collect();
    cuts.extend(code.match_indices('\n').map(|(at, _)| (0, at + 1)).rev().take(40));
    let parsed = cuts.into_iter().find_map(|(start, end)| {
        let part = &code[start..end];
        // The first parse happens where a hostile nesting cannot hurt.
        body::check(part).ok()?;
        Some((part, syn::parse_file(part).ok()?))
    });
    let Some((part, file)) = parsed else { return Vec::new() };
    file.items.iter().filter_map(|item| item_text(item, part, name, hole)).collect()
}

fn item_text(item: &syn::Item, code: &str, name: &str, hole: &Hole) -> Option<String> {
    let known = |word: &str, ident: &syn::Ident| hole.context.contains(&format!("{word} {ident}"));
    let start = match item {
        syn::Item::Fn(function) if wanted_function(function, name) && !known("fn", &function.sig.ident) => {
            function.sig.span().byte_range().start
        }
        syn::Item::Use(import) => {
            let text = code.get(import.span().byte_range())?;
            let known = hole.context.contains(text.trim_start_matches("pub "));
            if known || text.contains("super::*") || text.contains("crate::*") {
                return None;
            }
            import.use_token.span.byte_range().start
        }
        syn::Item::Const(constant) if !known("const", &constant.ident) => {
            constant.const_token.span.byte_range().start
        }
        syn::Item::Struct(item) if !known("struct", &item.ident) => item.span().byte_range().start,
        syn::Item::Enum(item) if !known("enum", &item.ident) => item.span().byte_range().start,
        _ => return None,
    };
    code.get(start..item.span().byte_range().end).map(str::to_owned)
}

fn wanted_function(function: &syn::ItemFn, name: &str) -> bool {
    let test = function.attrs.iter().any(|attribute| attribute.path().is_ident("test"));
    !test && function.sig.ident != name && function.sig.ident != "main"
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;
    use crate::hole::HoleId;
    use crate::tree::TreePath;

    fn hole(function: &str) -> Hole {
        Hole {
            id: HoleId(function.to_owned()),
            path: TreePath::new("src/lib.rs").unwrap(),
            function: function.to_owned(),
            signature: "pub fn f(x: u32) -> u32".to_owned(),
            doc: String::new(),
            context: "use std::fmt;\npub struct Known;".to_owned(),
            dependencies: Vec::new(),
            visible: Vec::new(),
            properties: Vec::new(),
            held_back: Vec::new(),
        }
    }

    fn normal(form: Form, answer: &str) -> Result<String, ExtractError> {
        extract(&hole("f"), form, answer).map(|body| body.split_whitespace().collect::<Vec<_>>().join(" "))
    }

    #[test]
    fn answers_of_every_shape_give_the_body() {
        let whole = [
            ("```rust\npub fn f(x: u32) -> u32 {\n    x + 1\n}\n```", "x + 1"),
            ("Sure! Here it is:\n\n```rust\nfn f(x: u32) -> u32 { x }\n```\nIt returns `x` {.", "x"),
            ("fn f(x: u32) -> u32 { \"}\".len() as u32 + x }", "\"}\".len() as u32 + x"),
            (
                "```\nuse std::fmt;\nuse std::mem;\n/// Doc.\n#[inline]\npub fn f() { g() }\n\n/// Helper.\npub fn g() {}\n```",
                "use std::mem; fn g() {} g()",
            ),
            ("impl Known {\n    pub fn f(x: u32) -> u32 {\n        x\n    }\n}\n", "x"),
            ("```rust\nfn f() { 1 }\n#[cfg(test)]\nmod tests { #[test] fn t() {} }\nfn main() {}\n```", "1"),
            ("```sh\ncargo add x\n```\n```rust\nfn f() { 2 }\n```", "2"),
            ("```rust\nstruct Known;\nconst K: u32 = 3;\nfn f() -> u32 { K }\n```", "const K: u32 = 3; K"),
            ("```rust\nfn f() { if true { 1 } else { 2 ", "if true { 1 } else { 2 }"),
        ];
        for (answer, body) in whole {
            assert_eq!(normal(Form::Whole, answer).as_deref(), Ok(body), "{answer}");
        }
        let inside = [
            ("    x + 1\n}\n```\nThis adds one.", "x + 1"),
            ("    x + 1\n}\n\nfn g() {}\n```", "fn g() {} x + 1"),
            ("pub fn f(x: u32) -> u32 {\n    x\n}\n}\n```", "x"),
            ("pub fn f(x: u32) -> u32 {\n    x\n}\n```", "x"),
            (
                "use std::mem;\nfn f(x: u32) -> u32 { mem::take(&mut 1) }\n}",
                "use std::mem; mem::take(&mut 1)",
            ),
            ("fn g() {} f(g())\n}", "fn g() {} f(g())"),
            ("x // done", "x // done"),
        ];
        for (answer, body) in inside {
            assert_eq!(normal(Form::Inside, answer).as_deref(), Ok(body), "{answer}");
        }
    }

    #[test]
    fn what_is_cut_or_foreign_is_refused() {
        assert_eq!(normal(Form::Inside, "let s = \"abc"), Err(ExtractError::Truncated));
        assert_eq!(normal(Form::Inside, "let s = (1];"), Err(ExtractError::Unbalanced));
        assert!(matches!(normal(Form::Inside, "let x = "), Err(ExtractError::Body(BodyError::Syntax(_)))));
        assert_eq!(normal(Form::Inside, "}\n```"), Err(ExtractError::Body(BodyError::Empty)));
        assert_eq!(normal(Form::Whole, "no code"), Err(ExtractError::NoFunction("f".to_owned())));
        let long = "x".repeat(MOST_ANSWER + 1);
        assert_eq!(normal(Form::Whole, &long), Err(ExtractError::TooLong(long.len())));
    }

    #[test]
    fn a_method_is_found_by_its_last_name() {
        let answer = "```rust\nimpl Known {\n    fn parse(&self) -> u32 { 7 }\n}\n```";
        assert_eq!(
            extract(&hole("Known::parse"), Form::Whole, answer).map(|body| body.trim().to_owned()),
            Ok("7".to_owned())
        );
    }

    #[test]
    fn generation_stops_when_the_body_or_the_fence_closes() {
        for (form, text, at) in [
            (Form::Inside, "a { b }", None),
            (Form::Inside, "a }", Some(3)),
            (Form::Inside, "\"}\" } tail", Some(5)),
            (Form::Inside, "a;\n```", Some(3)),
            (Form::Inside, "a ]", Some(2)),
            (Form::Whole, "text\n```rust\nfn f() {}\n", None),
            (Form::Whole, "text\n```rust\nfn f() {}\n```", Some(23)),
            (Form::Whole, "fn f() {}", None),
        ] {
            assert_eq!(stop(form, text), at, "{text}");
        }
    }

    #[test]
    fn a_comment_at_the_end_leaves_the_brace_alone() {
        let body = extract(&hole("f"), Form::Inside, "x // done").unwrap();
        assert!(syn::parse_str::<syn::ItemFn>(&format!("fn f() {{{body}}}")).is_ok());
    }

    proptest! {
        #![proptest_config(ProptestConfig::with_cases(96))]
        #[test]
        fn no_answer_crashes_it_and_what_it_gives_parses(parts in proptest::collection::vec(prop_oneof![
            Just("```rust\n"), Just("```"), Just("\n"), Just("fn f() {"), Just("}"), Just("{"), Just("x;"), Just("é"),
            Just("use a::b;"), Just("impl K {"), Just("fn g() {}"), Just("\""), Just("'"), Just("/*"), Just("//"), Just("pub "),
        ], 0..14)) {
            let answer = parts.concat();
            for form in [Form::Inside, Form::Whole] {
                let _ = stop(form, &answer);
                if let Ok(body) = extract(&hole("f"), form, &answer) {
                    let function = format!("fn f() {{{body}}}");
                    prop_assert!(syn::parse_str::<syn::ItemFn>(&function).is_ok());
                }
            }
        }
    }
}
