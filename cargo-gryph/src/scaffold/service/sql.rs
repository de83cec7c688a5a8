//! A field as the definition of its column.

use crate::plan::asked::{Field, FieldType, Value};

use super::field::float;

/// What stands behind the name of the column. The default is for rows that are there when the column is added; a service
/// gives every value itself.
pub(super) fn definition(field: &Field) -> String {
    let kind = match &field.kind {
        FieldType::Integer { .. } | FieldType::Datetime => "BIGINT",
        FieldType::Number { .. } => "DOUBLE PRECISION",
        FieldType::Boolean => "BOOLEAN",
        _ => "TEXT",
    };
    let required = if field.optional { "" } else { " NOT NULL" };
    let default = field.default.as_ref().and_then(|value| literal(&field.kind, value));
    let default = default.map(|literal| format!(" DEFAULT {literal}")).unwrap_or_default();
    format!("{kind}{required}{default}")
}

/// A value as the column holds it; `None` for what no column holds.
fn literal(kind: &FieldType, value: &Value) -> Option<String> {
    match (kind, value) {
        (_, Value::Boolean(true)) => Some("TRUE".to_owned()),
        (_, Value::Boolean(false)) => Some("FALSE".to_owned()),
        (_, Value::Integer(number)) => Some(number.to_string()),
        (_, Value::Number(number)) => Some(float(number)),
        (FieldType::Datetime, Value::Text(text)) => {
            let moment: jiff::Timestamp = text.untrusted().parse().ok()?;
            Some(moment.as_microsecond().to_string())
        }
        (FieldType::Uuid, Value::Text(text)) => Some(quoted(&text.untrusted().to_lowercase())),
        (_, Value::Text(text)) => Some(quoted(text.untrusted())),
        (_, Value::Null | Value::List(_)) => None,
    }
}

fn quoted(text: &str) -> String {
    format!("'{}'", text.replace('\'', "''"))
}

#[cfg(test)]
mod tests {
    use crate::plan::plan;
    use crate::scaffold::scaffold;
    use crate::spec::parse;
    use crate::tree::TreePath;

    const BOOKMARKS: &str = include_str!("../../../../examples/specs/bookmarks.toml");

    /// The steps of an entity with a field of this type and default.
    fn steps(kind: &str, default: &str) -> String {
        let field = format!(
            "[[entity.field]]\nname = \"extra\"\ntype = {kind}\ndoc = \"More.\"\ndefault = {default}\n\n"
        );
        let slug = "[[entity.field]]\nname = \"slug\"\n";
        let text = BOOKMARKS.replace(slug, &format!("{field}{slug}"));
        let spec = parse(&text, "spec.toml").unwrap_or_else(|problems| panic!("{problems:#?}"));
        let tree = scaffold(&plan(&spec)).unwrap().tree;
        tree.text(&TreePath::new("migrations/0002_bookmark.sql").unwrap()).unwrap().to_owned()
    }

    #[test]
    fn a_default_is_written_as_the_column_holds_it() {
        for (kind, default, expected) in [
            ("'boolean'", "true", "BOOLEAN NOT NULL DEFAULT TRUE"),
            ("'integer'", "-3", "BIGINT NOT NULL DEFAULT -3"),
            ("'number'", "2.0", "DOUBLE PRECISION NOT NULL DEFAULT 2.0"),
            ("'text'", "\"it's\"", "TEXT NOT NULL DEFAULT 'it''s'"),
            ("{ one-of = ['a', 'b'] }", "'b'", "TEXT NOT NULL DEFAULT 'b'"),
            ("'date'", "'2026-01-31'", "TEXT NOT NULL DEFAULT '2026-01-31'"),
            ("'datetime'", "'1970-01-01T00:00:01Z'", "BIGINT NOT NULL DEFAULT 1000000"),
        ] {
            let steps = steps(kind, default);
            assert!(steps.contains(&format!("    \"extra\" {expected},\n")), "{expected}: {steps}");
        }
        assert!(steps("'text'", "'a'").contains("    \"note\" TEXT,\n"));
    }
}
