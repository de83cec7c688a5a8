//! Writes planned items as Rust text in rustfmt's form.

use std::collections::{BTreeMap, BTreeSet};

use crate::spec::{Assertion, Import, Stub};

use super::{FunctionPlan, TestPlan, TypePlan};

const WIDTH: usize = 100;
/// rustfmt's `fn_call_width`.
const CALL_WIDTH: usize = 60;

/// The lines of a Markdown text, wrapped, with what rustdoc would misread escaped.
pub(crate) fn prose(text: &str, width: usize) -> Vec<String> {
    let mut lines = Vec::new();
    for paragraph in text.trim().split("\n\n").map(str::trim).filter(|paragraph| !paragraph.is_empty()) {
        if !lines.is_empty() {
            lines.push(String::new());
        }
        let mut item = String::new();
        for line in paragraph.lines().map(str::trim) {
            if is_list_item(line) && !item.is_empty() {
                wrap(&item, width, &mut lines);
                item.clear();
            }
            if !item.is_empty() {
                item.push(' ');
            }
            item.push_str(line);
        }
        wrap(&item, width, &mut lines);
    }
    lines
}

fn is_list_item(line: &str) -> bool {
    line.starts_with("- ") || line.starts_with("* ")
}

/// Breaks at spaces; a list item's further lines are indented, and no line begins with a mark of Markdown.
fn wrap(text: &str, width: usize, lines: &mut Vec<String>) {
    let indent = if is_list_item(text) { "  " } else { "" };
    let text = escaped(text);
    let mut line = String::new();
    let mut length = 0;
    for word in text.split_whitespace() {
        let columns = word.chars().count();
        if !line.is_empty() && length + 1 + columns > width && !reads_as_mark(word) {
            lines.push(std::mem::take(&mut line));
            line.push_str(indent);
            length = indent.len();
            line.push_str(word);
            length += columns;
            continue;
        }
        if !line.is_empty() {
            line.push(' ');
            length += 1;
        }
        line.push_str(word);
        length += columns;
    }
    if !line.is_empty() {
        lines.push(line);
    }
}

fn reads_as_mark(word: &str) -> bool {
    let number = word.trim_end_matches(['.', ')']);
    word.starts_with(['-', '+', '*', '#', '>', '=', '|'])
        || (number.len() < word.len() && number.chars().all(|c| c.is_ascii_digit()))
}

/// Escapes links, tags and headings outside code, and marks addresses.
fn escaped(text: &str) -> String {
    let mut out = String::new();
    for (number, part) in text.split('`').enumerate() {
        if number > 0 {
            out.push('`');
        }
        if number % 2 == 1 {
            out.push_str(part);
            continue;
        }
        for (index, word) in part.split(' ').enumerate() {
            if index > 0 {
                out.push(' ');
            }
            out.push_str(&escaped_word(word));
        }
    }
    if out.starts_with(['#', '>', '|', '=']) { format!("\\{out}") } else { out }
}

/// A word outside code; an address in it becomes a link, between angle brackets or not.
fn escaped_word(word: &str) -> String {
    let plain = |text: &str| text.replace('[', "\\[").replace('<', "\\<");
    let Some(start) = word.find("http://").or_else(|| word.find("https://")) else { return plain(word) };
    let (before, rest) = word.split_at(start);
    let (address, after) = match rest.split_once('>') {
        Some((address, after)) => (address, after),
        None => rest.split_at(rest.trim_end_matches(['.', ',', ')', ';', ':']).len()),
    };
    let before = before.strip_suffix('<').unwrap_or(before);
    format!("{}<{}>{}", plain(before), address.replace('<', ""), plain(after))
}

/// A `///` or `//!` comment.
pub(crate) fn comment(mark: &str, lines: &[String], indent: usize) -> String {
    let pad = " ".repeat(indent);
    lines.iter().map(|line| format!("{pad}{}\n", format!("{mark} {line}").trim_end())).collect()
}

/// `use` lines in rustfmt's order, each ending its line. `own` is how the specification's crate is called here.
pub(crate) fn uses(imports: &BTreeSet<Import>, own: &str, indent: usize) -> String {
    let mut groups: BTreeMap<(bool, String), BTreeSet<(String, String)>> = BTreeMap::new();
    for import in imports {
        let (path, name) = match import {
            Import::Own(module, name) => (format!("{own}::{module}"), name.clone()),
            Import::Std(path) => match path.rsplit_once("::") {
                Some((path, name)) => (path.to_owned(), name.to_owned()),
                None => continue,
            },
        };
        groups.entry((!path.starts_with("crate::"), path)).or_default().insert((sort_key(&name), name));
    }
    let pad = " ".repeat(indent);
    let line = |((_, path), names): (&(bool, String), &BTreeSet<(String, String)>)| {
        let names: Vec<&str> = names.iter().map(|(_, name)| name.as_str()).collect();
        match names.as_slice() {
            [name] => format!("{pad}use {path}::{name};\n"),
            names => format!("{pad}use {path}::{{{}}};\n", names.join(", ")),
        }
    };
    groups.iter().map(line).collect()
}

/// rustfmt's version sort puts `_` before everything else.
fn sort_key(name: &str) -> String {
    name.replace('_', " ")
}

impl TypePlan {
    /// The type with its documentation and derives, without its `impl` blocks.
    pub(crate) fn item(&self) -> String {
        let mut text = comment("///", &prose(&self.doc, WIDTH - 4), 0);
        if !self.derives.is_empty() {
            text.push_str(&format!("#[derive({})]\n", self.derives.join(", ")));
        }
        text.push_str(&self.definition);
        text.push('\n');
        text
    }

    /// The `Display` and `Error` blocks, each after an empty line.
    pub(crate) fn printing(&self) -> String {
        let mut text = String::new();
        if let Some(display) = &self.display {
            text.push_str(&format!("\nimpl fmt::Display for {} {{\n", self.name));
            text.push_str("    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {\n");
            let arm = |arm: &crate::spec::DisplayArm| match arm.formatted {
                true => format!("write!(formatter, {})", arm.literal),
                false => format!("formatter.write_str({})", arm.literal),
            };
            match display.arms.as_slice() {
                [only]
                    if only.pattern == "Self"
                        || only.pattern.starts_with("Self ")
                        || only.pattern.starts_with("Self(") =>
                {
                    if only.formatted {
                        text.push_str(&format!("        let {} = self;\n", only.pattern));
                    }
                    text.push_str(&format!("        {}\n", arm(only)));
                }
                arms => {
                    text.push_str("        match self {\n");
                    for one in arms {
                        text.push_str(&match_arm(&one.pattern, &arm(one)));
                    }
                    text.push_str("        }\n");
                }
            }
            text.push_str("    }\n}\n");
        }
        if self.error {
            text.push_str(&format!("\nimpl std::error::Error for {} {{}}\n", self.name));
        }
        text
    }
}

fn match_arm(pattern: &str, value: &str) -> String {
    let line = format!("            {pattern} => {value},\n");
    if line.chars().count() <= WIDTH + 1 {
        return line;
    }
    let broken = format!("                {value}\n");
    format!("            {pattern} => {{\n{broken}            }}\n")
}

impl FunctionPlan {
    /// The function with its documentation and the body of an open hole.
    pub(crate) fn item(&self, crate_name: &str) -> String {
        let indent = if self.owner.is_some() { 4 } else { 0 };
        let pad = " ".repeat(indent);
        let mut text = self.documentation(crate_name, indent);
        let signature = self.signature.formatted(indent);
        let opening = if self.signature.predicates.is_empty() { " {" } else { "\n{" };
        let opening = opening.replace('\n', &format!("\n{pad}"));
        let body = match &self.signature.stub {
            Stub::Todo => format!("{pad}    todo!()\n"),
            Stub::Typed(ty) => format!("{pad}    let open: {ty} = todo!();\n{pad}    open\n"),
            Stub::Closure(parameters) => {
                format!("{pad}    move |{}| todo!()\n", vec!["_"; *parameters].join(", "))
            }
        };
        text.push_str(&format!("{pad}{signature}{opening}\n{body}{pad}}}\n"));
        text
    }

    fn documentation(&self, crate_name: &str, indent: usize) -> String {
        let mut lines = prose(&self.doc, WIDTH - 4 - indent);
        let shown: Vec<&TestPlan> = self.shown_examples().collect();
        if !shown.is_empty() {
            lines.extend(["", "# Examples", "", "```"].map(str::to_owned));
            let imports = shown.iter().flat_map(|test| test.imports.iter().cloned()).collect();
            lines.extend(uses(&imports, crate_name, 0).lines().map(str::to_owned));
            lines.push(String::new());
            for test in shown {
                lines.extend(test.assertion.statement(0, "assert").lines().map(str::to_owned));
            }
            lines.push("```".to_owned());
        }
        comment("///", &lines, indent)
    }

    /// The examples that the documentation shows: the first visible ones.
    pub(crate) fn shown_examples(&self) -> impl Iterator<Item = &TestPlan> {
        self.tests.iter().filter(|test| test.kind == super::TestKind::Visible).take(2)
    }

    /// Signature and first sentence, for proposers of other functions.
    pub(crate) fn outline(&self) -> String {
        let indent = if self.owner.is_some() { 4 } else { 0 };
        let sentence = self.doc.split_inclusive(". ").next().unwrap_or_default();
        let doc = comment("///", &prose(sentence, WIDTH - 4 - indent), indent);
        format!("{doc}{}{};\n", " ".repeat(indent), self.signature.one_line())
    }
}

impl Assertion {
    /// The statement that asserts it, as rustfmt writes it at this indentation. `family` is `assert` or `prop_assert`.
    pub(crate) fn statement(&self, indent: usize, family: &str) -> String {
        match self {
            Self::Equal { left, right } => call(&format!("{family}_eq!"), &[left, right], indent),
            Self::Differ { left, right } => call(&format!("{family}_ne!"), &[left, right], indent),
            Self::Holds(condition) => condition_statement(condition, indent, family),
            Self::Fails(condition) => condition_statement(&negated(condition), indent, family),
            Self::Run(run) => run.call.statement(indent, family),
        }
    }

    /// The macro the statement calls.
    pub(crate) fn macro_name(&self, family: &str) -> String {
        match self {
            Self::Equal { .. } => format!("{family}_eq"),
            Self::Differ { .. } => format!("{family}_ne"),
            Self::Holds(_) | Self::Fails(_) => family.to_owned(),
            Self::Run(run) => run.call.macro_name(family),
        }
    }
}

/// `prop_assert!` makes a format string of its condition, which must not be one; so it gets a message.
fn condition_statement(condition: &str, indent: usize, family: &str) -> String {
    let name = format!("{family}!");
    match family {
        "prop_assert" => call(&name, &[condition, "\"the property does not hold\""], indent),
        _ => call(&name, &[condition], indent),
    }
}

fn negated(condition: &str) -> String {
    let tight = matches!(
        syn::parse_str::<syn::Expr>(condition),
        Ok(syn::Expr::Call(_) | syn::Expr::MethodCall(_) | syn::Expr::Macro(_) | syn::Expr::Paren(_))
    );
    if tight { format!("!{condition}") } else { format!("!({condition})") }
}

fn call(name: &str, arguments: &[&str], indent: usize) -> String {
    let pad = " ".repeat(indent);
    let joined = arguments.join(", ");
    let columns = joined.chars().count();
    let line = indent + name.len() + columns + 3;
    if joined.contains('\n')
        || (columns <= CALL_WIDTH && line <= WIDTH)
        || arguments.len() == 1 && line <= WIDTH
    {
        return format!("{pad}{name}({joined});\n");
    }
    let lines: Vec<String> = arguments.iter().map(|one| format!("{pad}    {one}")).collect();
    format!("{pad}{name}(\n{}\n{pad});\n", lines.join(",\n"))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn prose_cannot_become_links_tags_headings_or_lists() {
        for (text, expected) in [
            ("a [b] `[c]` <d>", "a \\[b] `[c]` \\<d>"),
            ("# title", "\\# title"),
            ("see https://example.org/x.", "see <https://example.org/x>."),
            ("see (<http://a.b>).", "see (<http://a.b>)."),
        ] {
            assert_eq!(prose(text, 96), [expected], "{text}");
        }
        assert_eq!(
            prose("one two three - four", 14),
            ["one two three - four".to_owned()]
                .map(|_| "one two three -".to_owned())
                .into_iter()
                .chain(["four".to_owned()])
                .collect::<Vec<_>>()
        );
        assert_eq!(prose("a\n- b\n  c d\n- e", 5), ["a", "- b c", "  d", "- e"]);
        assert_eq!(prose("a\nb\n\nc", 9), ["a b", "", "c"]);
    }

    #[test]
    fn imports_are_merged_and_sorted_as_rustfmt_does() {
        let own = |module: &str, name: &str| Import::Own(module.into(), name.into());
        let imports =
            [own("m", "Money"), own("m", "add"), own("a", "x"), Import::Std("std::cmp::Ordering".into())];
        let text = uses(&imports.into_iter().collect(), "kit", 4);
        assert_eq!(text, "    use kit::a::x;\n    use kit::m::{Money, add};\n    use std::cmp::Ordering;\n");
    }

    #[test]
    fn assertions_name_what_they_compare() {
        let equal = Assertion::Equal { left: "f(1)".into(), right: "2".into() };
        assert_eq!(equal.statement(4, "assert"), "    assert_eq!(f(1), 2);\n");
        assert_eq!(Assertion::Fails("a || b".into()).statement(0, "assert"), "assert!(!(a || b));\n");
        assert_eq!(
            Assertion::Fails("f(1)".into()).statement(0, "prop_assert"),
            "prop_assert!(!f(1), \"the property does not hold\");\n"
        );
        let long = Assertion::Equal { left: "l".repeat(40), right: "r".repeat(40) };
        let lines = format!("assert_eq!(\n    {},\n    {}\n);\n", "l".repeat(40), "r".repeat(40));
        assert_eq!(long.statement(0, "assert"), lines);
    }
}
