//! What a field holds, by what it is called.

/// A type as a draft has it.
#[derive(Clone, PartialEq, Eq, Debug)]
pub(super) enum FieldKind {
    /// A type that is one word of the specification.
    Plain(&'static str),
    /// One of some words.
    OneOf(Vec<String>),
    /// A row of an entity.
    Reference(String),
}

/// Types by the last word of a name, with the longest text.
#[rustfmt::skip]
const BY_LAST: &[(&[&str], &str, Option<i64>)] = &[
    (&["email", "e-mail", "mail"], "email", None),
    (&["url", "link", "website", "homepage", "webpage"], "url", None),
    (&["date", "day", "birthday", "deadline", "birthdate"], "date", None),
    (&["datetime", "timestamp", "time", "moment"], "datetime", None),
    (&["uuid", "guid"], "uuid", None),
    (&["amount", "price", "cost", "total", "weight", "height", "width", "length", "distance",
       "balance", "salary", "latitude", "longitude", "percentage", "temperature", "fee", "sum",
       "budget", "rate"], "number", None),
    (&["count", "quantity", "age", "year", "stock", "size", "points", "rating", "minutes", "hours",
       "seconds", "score", "level", "rank", "capacity", "seats", "integer", "calories"], "integer", None),
    (&["done", "active", "enabled", "published", "archived", "completed", "finished", "paid",
       "visible", "hidden", "approved", "verified", "public", "shipped", "cancelled", "resolved",
       "pinned", "flag"], "boolean", None),
    (&["title", "name", "label", "subject", "headline", "nickname", "caption"], "text", Some(200)),
    (&["number", "code", "isbn", "sku", "phone", "status", "category", "colour", "color", "country",
       "city", "currency", "slug", "zip", "postcode", "kind", "word"], "text", Some(100)),
    (&["address", "location", "author", "place", "street"], "text", Some(500)),
    (&["description", "body", "content", "text", "note", "comment", "summary", "bio", "message",
       "details", "remark", "memo", "notes", "biography"], "text", Some(10_000)),
];

/// The type and the longest text of a field by its words; `None` where they say nothing.
pub(super) fn known(words: &[&str]) -> Option<(FieldKind, Option<i64>)> {
    let (first, last) = (words.first()?, words.last()?);
    if words.len() > 2 && words[1] == "of" {
        let kind = match *first {
            "number" => "integer",
            "date" => "date",
            "time" => "datetime",
            "amount" => "number",
            _ => return Some((FieldKind::Plain("text"), Some(500))),
        };
        return Some((FieldKind::Plain(kind), None));
    }
    if *last == "at" && words.len() > 1 {
        return Some((FieldKind::Plain("datetime"), None));
    }
    if words.len() > 1 && ["is", "has"].contains(first) {
        return Some((FieldKind::Plain("boolean"), None));
    }
    let (_, kind, max) = BY_LAST.iter().find(|(words, ..)| words.contains(last))?;
    Some((FieldKind::Plain(kind), *max))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn names_tell_types() {
        for (words, kind) in [
            ("due date", Some("date")),
            ("start time", Some("datetime")),
            ("invoice number", Some("text")),
            ("number of pages", Some("integer")),
            ("contact email", Some("email")),
            ("total amount", Some("number")),
            ("is open", Some("boolean")),
            ("flavour", None),
        ] {
            let words: Vec<&str> = words.split(' ').collect();
            assert_eq!(known(&words).map(|(kind, _)| kind), kind.map(FieldKind::Plain), "{words:?}");
        }
    }
}
