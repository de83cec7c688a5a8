//! Methods that the receiver does not have, though its iterator, its text or its siblings do.

use super::iteration;
use crate::propose::body;
use crate::propose::draft::{BodyEdit, Draft, Fault, Repair, quoted, references};

/// Methods of `Iterator`, as drafts call them on texts and collections.
const ITERATOR: [&str; 36] = [
    "all",
    "any",
    "chain",
    "copied",
    "cloned",
    "count",
    "cycle",
    "enumerate",
    "filter",
    "filter_map",
    "find",
    "find_map",
    "flat_map",
    "fold",
    "for_each",
    "last",
    "map",
    "max",
    "max_by_key",
    "min",
    "min_by_key",
    "next",
    "nth",
    "partition",
    "peekable",
    "position",
    "product",
    "rev",
    "scan",
    "skip",
    "skip_while",
    "step_by",
    "sum",
    "take",
    "take_while",
    "zip",
];
/// Methods of `str` that do not exist on iterators.
const TEXT: [&str; 16] = [
    "trim",
    "to_lowercase",
    "to_uppercase",
    "split",
    "split_whitespace",
    "contains",
    "starts_with",
    "ends_with",
    "parse",
    "replace",
    "lines",
    "as_str",
    "bytes",
    "as_bytes",
    "to_ascii_lowercase",
    "to_ascii_uppercase",
];
/// Methods of slices that do not exist on iterators.
const SLICE: [&str; 10] =
    ["join", "concat", "windows", "chunks", "contains", "first", "is_empty", "get", "iter", "to_vec"];
/// Methods of traits that must be imported.
const TRAITS: [(&str, &str); 8] = [
    ("write_str", "std::fmt::Write"),
    ("write_fmt", "std::fmt::Write"),
    ("write_char", "std::fmt::Write"),
    ("from_str", "std::str::FromStr"),
    ("finish", "std::hash::Hasher"),
    ("hash", "std::hash::Hash"),
    ("read_line", "std::io::BufRead"),
    ("borrow", "std::borrow::Borrow"),
];
/// Names that other languages have, with what Rust calls them.
const SIBLINGS: [(&str, &str); 26] = [
    ("length", "len"),
    ("size", "len"),
    ("append", "push_str"),
    ("add", "push"),
    ("push_str", "push"),
    ("push", "push_str"),
    ("push", "insert"),
    ("push", "push_back"),
    ("insert", "push"),
    ("contains", "contains_key"),
    ("contains_key", "contains"),
    ("pop", "pop_back"),
    ("pop_front", "pop"),
    ("is_letter", "is_alphabetic"),
    ("is_alpha", "is_alphabetic"),
    ("is_digit", "is_ascii_digit"),
    ("is_space", "is_whitespace"),
    ("is_lower", "is_lowercase"),
    ("is_upper", "is_uppercase"),
    ("to_lower", "to_lowercase"),
    ("to_upper", "to_uppercase"),
    ("trim_left", "trim_start"),
    ("trim_right", "trim_end"),
    ("substring", "get"),
    ("remove_first", "pop_front"),
    ("reversed", "rev"),
];

/// E0599 and the E0271 of `copied` and `cloned` on values.
pub(super) fn repairs(draft: &Draft<'_>, fault: &Fault<'_>) -> Vec<Repair> {
    let Some(at) = fault.at() else { return Vec::new() };
    if fault.message().starts_with("cannot write into") {
        return vec![Repair::insert("E0599-trait", 0, "\n    use std::fmt::Write as _;")];
    }
    let name = draft.slice(&at);
    let mut repairs = imports(name);
    let Some(call) = draft.method(&at) else { return repairs };
    let method = Method {
        draft,
        name,
        range: at,
        dot: body::range(&call.dot_token).start,
        start: body::range(call).start,
        end: body::range(call).end,
        receiver: receiver_type(fault.message()),
    };
    repairs.extend(iteration::ordered(draft, fault.message()));
    repairs.extend(method.peekable());
    repairs.extend(method.invented());
    repairs.extend(method.dropped(fault.code));
    repairs.extend(method.through());
    repairs.extend(method.siblings());
    repairs
}

fn imports(name: &str) -> Vec<Repair> {
    let traits = TRAITS.iter().filter(|(method, _)| *method == name);
    traits.map(|(_, path)| Repair::insert("E0599-trait", 0, format!("\n    use {path} as _;"))).collect()
}

/// The type that "no method named `x` found for struct `T` in the current scope" or "`T` is not an iterator" names.
fn receiver_type(message: &str) -> &str {
    let named = usize::from(message.starts_with("no "));
    quoted(message).into_iter().nth(named).unwrap_or_default()
}

struct Method<'a> {
    draft: &'a Draft<'a>,
    name: &'a str,
    range: std::ops::Range<usize>,
    start: usize,
    dot: usize,
    end: usize,
    receiver: &'a str,
}

impl Method<'_> {
    /// Adaptors that only other crates have: distinct and sorted elements through a table or a vector.
    fn invented(&self) -> Option<Repair> {
        const RULE: &str = "method-invented";
        let iterates = self.receiver.contains('<') || self.receiver.contains("iterator");
        let distinct = ["uniq", "distinct", "dedup"].iter().any(|part| self.name.contains(part));
        if iterates && distinct {
            let through = ".collect::<std::collections::BTreeSet<_>>().into_iter()";
            return Some(Repair::replace(RULE, self.dot..self.end, through));
        }
        let sorted = iterates && matches!(self.name, "sorted" | "sort" | "sorted_unstable" | "sort_unstable");
        sorted.then(|| {
            let receiver = self.draft.slice(&(self.start..self.dot)).trim_end();
            let text = format!(
                "{{ let mut sorted = {receiver}.collect::<Vec<_>>(); sorted.sort(); sorted }}.into_iter()"
            );
            Repair::replace(RULE, self.start..self.end, text)
        })
    }

    /// `peek` on an iterator that was not made for it: the variable becomes peekable where it is made.
    fn peekable(&self) -> Option<Repair> {
        let receiver = self.draft.text[..self.dot].trim_end();
        let start = receiver.rfind(|c: char| c != '_' && !c.is_alphanumeric()).map_or(0, |at| at + 1);
        let name =
            receiver.get(start..).filter(|_| matches!(self.name, "peek" | "next_if" | "next_if_eq"))?;
        let local = self.draft.locals().iter().find(|local| local.name == name)?;
        Some(self.draft.append("method-peekable", local.value.as_ref()?, ".peekable()"))
    }

    /// The call left out, where it does nothing for this receiver.
    fn dropped(&self, code: &str) -> Vec<Repair> {
        let idle = [
            "unwrap",
            "expect",
            "unwrap_or",
            "unwrap_or_default",
            "ok",
            "iter",
            "into_iter",
            "collect",
            "as_str",
        ];
        let copies = code == "E0271" && matches!(self.name, "copied" | "cloned");
        let drop = || Repair::replace("method-dropped", self.dot..self.end, "");
        if copies || (code == "E0599" && idle.contains(&self.name)) { vec![drop()] } else { Vec::new() }
    }

    /// A conversion put before the call, after which the method exists.
    fn through(&self) -> Vec<Repair> {
        let (_, ty) = references(self.receiver);
        let text = matches!(ty, "str" | "String");
        let sequence =
            ty.starts_with("Vec<") || ty.starts_with('[') || ty.contains("Map<") || ty.contains("Set<");
        let sequence = sequence && !ty.starts_with("Map<");
        let option = ty.starts_with("Option<");
        let result = ty.starts_with("Result<");
        let insert = |text: &str| Repair::insert("method-through", self.dot, text);
        let mut repairs = Vec::new();
        if text && self.name == "rev" {
            repairs.push(insert(".chars()"));
        } else if text && self.name == "reverse" {
            repairs.push(Repair::replace(
                "method-through",
                self.dot..self.end,
                ".chars().rev().collect::<String>()",
            ));
        } else if text && (ITERATOR.contains(&self.name) || self.name == "iter") {
            repairs.push(self.or_replace(".chars()"));
            repairs.push(self.or_replace(".bytes()"));
        } else if sequence && ITERATOR.contains(&self.name) {
            repairs.extend([insert(".iter()"), insert(".into_iter()")]);
        } else if option || result {
            repairs.extend([insert(".unwrap_or_default()"), insert("?")]);
        } else if !sequence && !text {
            repairs.extend(self.on_iterator());
        }
        repairs
    }

    /// `iter` itself is replaced, anything else comes after the conversion.
    fn or_replace(&self, conversion: &str) -> Repair {
        let range = if self.name == "iter" { self.dot..self.end } else { self.dot..self.dot };
        Repair::replace("method-through", range, conversion)
    }

    fn on_iterator(&self) -> Vec<Repair> {
        let insert = |text: &str| Repair::insert("method-through", self.dot, text);
        let iterates = self.receiver.contains('<') || self.receiver.contains("iterator");
        let mut repairs = Vec::new();
        if self.name == "len" {
            repairs.push(Repair::replace("method-sibling", self.range.clone(), "count"));
        }
        if iterates && SLICE.contains(&self.name) {
            repairs.push(insert(".collect::<Vec<_>>()"));
        }
        if iterates && TEXT.contains(&self.name) {
            repairs.push(insert(".collect::<String>()"));
        }
        if iterates && self.name == "join" {
            repairs.push(insert(".map(|item| item.to_string()).collect::<Vec<_>>()"));
        }
        if ["char", "u8", "usize", "u32", "u64", "i32", "i64", "f64"].contains(&references(self.receiver).1)
            && TEXT.contains(&self.name)
        {
            repairs.push(insert(".to_string()"));
        }
        repairs
    }

    fn siblings(&self) -> Vec<Repair> {
        let same = SIBLINGS.iter().filter(|(name, _)| *name == self.name);
        let rename =
            |(_, sibling): &(&str, &str)| Repair::replace("method-sibling", self.range.clone(), *sibling);
        let mut repairs: Vec<Repair> = same.map(rename).collect();
        if self.name == "join" && self.receiver.starts_with("Vec<char>") {
            let edit = BodyEdit { range: self.dot..self.end, text: ".iter().collect::<String>()".to_owned() };
            repairs.push(Repair::edits("method-sibling", vec![edit]));
        }
        let float = matches!(self.receiver, "f64" | "f32" | "{float}");
        if float && matches!(self.name, "saturating_sub" | "saturating_add") && !self.draft.text.is_empty() {
            let operator = if self.name == "saturating_sub" { "-" } else { "+" };
            let arguments = self.draft.slice(&(self.range.end..self.end));
            repairs.push(Repair::replace(
                "method-sibling",
                self.dot..self.end,
                format!(" {operator} {arguments}"),
            ));
        }
        repairs
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_receiver_is_found_in_both_messages() {
        let message = "no method named `len` found for struct `Chars<'a>` in the current scope";
        assert_eq!(receiver_type(message), "Chars<'a>");
        assert_eq!(receiver_type("`&str` is not an iterator"), "&str");
    }
}
