//! What a filter of characters drops before a text is split: a mark in its place, or a split at what is dropped.

use std::collections::BTreeSet;

use crate::propose::search::code::{Id, Kind, Literal};
use crate::propose::search::idea::{Ideas, View};
use crate::propose::search::text::unquoted;
use crate::propose::search::types::Type;

/// Marks that are tried of those in the function.
const MOST_MARKS: usize = 6;

pub(super) fn ideas(view: &View<'_>, ideas: &mut Ideas) {
    let marks = marks(view);
    for id in view.code.expressions() {
        if let Kind::Method { receiver, name, arguments } = view.kind(id)
            && let [closure] = arguments.as_slice()
            && view.code.slice(name) == "filter"
            && view.of(*receiver).element() == Type::Char
            && let Some((name, condition)) = parted(view, *closure)
        {
            for (mark, prior) in &marks {
                let text = format!(
                    "{}.map(|{name}| if {condition} {{ {name} }} else {{ {mark} }})",
                    view.text(*receiver)
                );
                ideas.replace("mark-dropped", *prior, view.range(id), text);
            }
        }
        if let Some(text) = split_at_dropped(view, id) {
            ideas.replace("split-at-dropped", 0.008, view.range(id), text);
        }
    }
}

/// `text.chars().filter(is_kept).collect::<String>().split_whitespace()` as a split at all that is not kept.
fn split_at_dropped(view: &View<'_>, id: Id) -> Option<String> {
    let (collected, splits) = call(view, id)?;
    let at_spaces = match splits {
        ("split_whitespace" | "split_ascii_whitespace", []) => true,
        ("split", [mark]) => matches!(view.text(*mark), "' '" | "\" \""),
        _ => false,
    };
    let (filtered, ("collect", [])) = call(view, collected)? else { return None };
    let (characters, ("filter", [closure])) = call(view, filtered)? else { return None };
    let (whole, ("chars", [])) = call(view, characters)? else { return None };
    let (name, mut condition) = parted(view, *closure)?;
    for space in
        [format!("{name} == ' '"), format!("{name}.is_whitespace()"), format!("{name}.is_ascii_whitespace()")]
    {
        condition = condition.replace(&format!(" || {space}"), "");
    }
    let is_single = !condition.contains(' ');
    let dropped = if is_single { format!("!{condition}") } else { format!("!({condition})") };
    at_spaces.then(|| {
        format!("{}.split(|{name}: char| {dropped}).filter(|part| !part.is_empty())", view.text(whole))
    })
}

/// The receiver of a method's call, its name and its arguments.
fn call<'a>(view: &View<'a>, id: Id) -> Option<(Id, (&'a str, &'a [Id]))> {
    match view.kind(id) {
        Kind::Method { receiver, name, arguments } => Some((*receiver, (view.code.slice(name), arguments))),
        _ => None,
    }
}

/// The parameter of a closure and its condition, for a character instead of a reference to one.
fn parted<'a>(view: &View<'a>, closure: Id) -> Option<(&'a str, String)> {
    let Kind::Closure { body } = view.kind(closure) else { return None };
    let (_, rest) = view.text(closure).split_once('|')?;
    let name = rest.split_once('|')?.0.trim();
    let condition = view.text(*body);
    match name.strip_prefix('&') {
        Some(name) => is_name(name).then(|| (name, condition.to_owned())),
        None => is_name(name).then(|| (name, condition.replace(&format!("*{name}"), name))),
    }
}

fn is_name(text: &str) -> bool {
    text.chars().all(|letter| letter.is_ascii_lowercase() || letter.is_ascii_digit() || letter == '_')
}

/// A space, and the single characters of the function.
fn marks(view: &View<'_>) -> Vec<(String, f64)> {
    let mut marks = vec![("' '".to_owned(), 0.008)];
    let mut seen = BTreeSet::from(["' '".to_owned()]);
    for id in view.code.ids() {
        let mark = match view.kind(id) {
            Kind::Literal(Literal::Char) => view.text(id).to_owned(),
            Kind::Literal(Literal::Text) => match unquoted(view.text(id)) {
                Some(text) if text.chars().count() == 1 && text != "'" => format!("'{text}'"),
                _ => continue,
            },
            _ => continue,
        };
        if marks.len() < MOST_MARKS && seen.insert(mark.clone()) {
            marks.push((mark, 0.006));
        }
    }
    marks
}
