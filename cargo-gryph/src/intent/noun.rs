//! Nouns: singular and plural, and names that a specification takes.

use crate::spec::service::{Use, is_name};

/// Nouns whose plural no rule gives.
const IRREGULAR: &[(&str, &str)] = &[
    ("person", "people"),
    ("child", "children"),
    ("man", "men"),
    ("woman", "women"),
    ("movie", "movies"),
    ("cookie", "cookies"),
    ("status", "statuses"),
    ("bonus", "bonuses"),
    ("bus", "buses"),
    ("cache", "caches"),
    ("quiz", "quizzes"),
    ("shoe", "shoes"),
    ("lens", "lenses"),
    ("leaf", "leaves"),
    ("shelf", "shelves"),
    ("knife", "knives"),
];

/// The singular of a noun; of what is no plural, itself.
pub(super) fn singular(noun: &str) -> String {
    if let Some((one, _)) = IRREGULAR.iter().find(|(_, many)| *many == noun) {
        return (*one).to_owned();
    }
    if let Some(stem) = noun.strip_suffix("ies").filter(|stem| stem.len() > 1) {
        return format!("{stem}y");
    }
    for ending in ["sses", "shes", "ches", "xes", "oes"] {
        if noun.ends_with(ending) {
            return noun[..noun.len() - 2].to_owned();
        }
    }
    let is_plural =
        noun.len() > 3 && noun.ends_with('s') && !["ss", "us", "is"].iter().any(|one| noun.ends_with(one));
    if is_plural { noun[..noun.len() - 1].to_owned() } else { noun.to_owned() }
}

/// The plural of a singular.
pub(super) fn plural(noun: &str) -> String {
    let (before, last) = noun.rsplit_once('_').map_or(("", noun), |(before, last)| (before, last));
    let gap = if before.is_empty() { "" } else { "_" };
    if let Some((_, many)) = IRREGULAR.iter().find(|(one, _)| *one == last) {
        return format!("{before}{gap}{many}");
    }
    let stem = last.strip_suffix('y').filter(|stem| !stem.ends_with(['a', 'e', 'i', 'o', 'u']));
    if let Some(stem) = stem {
        return format!("{before}{gap}{stem}ies");
    }
    let hisses = ["s", "x", "z", "ch", "sh"].iter().any(|ending| last.ends_with(ending));
    format!("{noun}{}", if hisses { "es" } else { "s" })
}

/// Whether a noun reads as a plural.
pub(super) fn is_plural(noun: &str) -> bool {
    singular(noun) != noun
}

/// The words of a noun as a name.
pub(super) fn joined(words: &[&str]) -> String {
    words.iter().map(|word| word.replace(['-', '\'', '’'], "_")).collect::<Vec<_>>().join("_")
}

/// A name of an entity and its plural. What the platform or SQL keeps for itself is called an entry: `order_entry`.
pub(super) fn entity(words: &[&str]) -> Option<(String, String)> {
    let (last, before) = words.split_last()?;
    let last = singular(last);
    let name = joined(&[before, &[last.as_str()]].concat());
    let entry = format!("{name}_entry");
    [name, entry].into_iter().find_map(|name| {
        let plural = plural(&name);
        (is_name(&name, Use::Entity) && is_name(&plural, Use::Plural)).then_some((name, plural))
    })
}

/// A name of a field. What is taken, or what pages read fields from, gets the entity's name before it: `ticket_type`.
pub(super) fn field(words: &[&str], entity: &str) -> Option<String> {
    let name = joined(words);
    let longer = format!("{entity}_{name}");
    [name, longer].into_iter().find(|name| name != "form" && is_name(name, Use::Field))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn nouns_have_one_singular_and_one_plural() {
        for (one, many) in [
            ("bookmark", "bookmarks"),
            ("category", "categories"),
            ("person", "people"),
            ("box", "boxes"),
            ("address", "addresses"),
            ("course", "courses"),
            ("branch", "branches"),
            ("movie", "movies"),
            ("status", "statuses"),
            ("invoice", "invoices"),
            ("day", "days"),
        ] {
            assert_eq!((singular(many).as_str(), plural(one).as_str()), (one, many));
            assert_eq!(singular(one), one);
        }
    }

    #[test]
    fn names_are_those_that_a_specification_takes() {
        let names = |one: &str, many: &str| Some((one.to_owned(), many.to_owned()));
        assert_eq!(entity(&["order"]), names("order_entry", "order_entries"));
        assert_eq!(entity(&["actors"]), names("actor_entry", "actor_entries"));
        assert_eq!(entity(&["meeting", "rooms"]), names("meeting_room", "meeting_rooms"));
        assert_eq!(entity(&["größen"]), None);
        assert_eq!(field(&["type"], "ticket").as_deref(), Some("ticket_type"));
        assert_eq!(field(&["due", "date"], "note").as_deref(), Some("due_date"));
    }
}
