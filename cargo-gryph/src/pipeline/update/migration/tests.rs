//! The way from one schema to another, on a real database: with rows in it, it ends as a new one is.

use std::collections::{BTreeMap, BTreeSet};

use proptest::prelude::*;
use rusqlite::Connection;
use rusqlite::types::Value;

use super::read::statements;
use super::{Difference, Schema, difference};

fn schema(text: &str) -> Schema {
    let mut schema = Schema::default();
    let all = statements(text).unwrap_or_else(|error| panic!("{error}: {text}"));
    all.into_iter().try_for_each(|statement| schema.apply(statement)).unwrap();
    schema
}

fn way(from: &str, to: &str) -> Difference {
    difference(&schema(from), &schema(to))
}

fn written(way: &Difference) -> String {
    way.statements.iter().map(|one| format!("{one}\n")).collect()
}

fn hurdles(way: &Difference) -> Vec<&str> {
    way.hurdles.iter().map(|hurdle| hurdle.what.as_str()).collect()
}

const BEFORE: &str = r#"
CREATE TABLE users (id TEXT PRIMARY KEY);
CREATE TABLE a (id TEXT PRIMARY KEY, owner TEXT NOT NULL REFERENCES users (id), n BIGINT NOT NULL, t TEXT);
CREATE INDEX a_owner ON a (owner, id);
CREATE UNIQUE INDEX a_t_unique ON a (owner, t);
CREATE TABLE b (id TEXT PRIMARY KEY, a_id TEXT REFERENCES a (id));
"#;

#[test]
fn what_a_database_can_do_by_itself_becomes_statements() {
    for (old, new, expected) in [
        ("n BIGINT NOT NULL,", "n BIGINT NOT NULL, m TEXT,", "ALTER TABLE \"a\" ADD COLUMN \"m\" TEXT;\n"),
        (
            "t TEXT)",
            "t TEXT, on_off BOOLEAN NOT NULL DEFAULT TRUE)",
            "ALTER TABLE \"a\" ADD COLUMN \"on_off\" BOOLEAN NOT NULL DEFAULT TRUE;\n",
        ),
        ("CREATE INDEX a_owner ON a (owner, id);", "", "DROP INDEX \"a_owner\";\n"),
        (
            "CREATE INDEX a_owner ON a (owner, id);",
            "CREATE INDEX a_owner ON a (owner);",
            "DROP INDEX \"a_owner\";\nCREATE INDEX \"a_owner\" ON \"a\" (\"owner\");\n",
        ),
        ("t TEXT);", "t TEXT, deleted_at BIGINT);", "ALTER TABLE \"a\" ADD COLUMN \"deleted_at\" BIGINT;\n"),
        (
            "ON a (owner, t);",
            "ON a (owner, t, n);",
            "DROP INDEX \"a_t_unique\";\nCREATE UNIQUE INDEX \"a_t_unique\" ON \"a\" (\"owner\", \"t\", \"n\");\n",
        ),
        (
            "CREATE TABLE b",
            "CREATE TABLE c (id TEXT PRIMARY KEY, n BIGINT NOT NULL);\nCREATE TABLE b",
            "CREATE TABLE \"c\" (\n    \"id\" TEXT PRIMARY KEY,\n    \"n\" BIGINT NOT NULL\n);\n",
        ),
        ("n BIGINT NOT NULL,", "n BIGINT NOT NULL DEFAULT 3,", ""),
    ] {
        let way = way(BEFORE, &BEFORE.replace(old, new));
        assert_eq!((written(&way).as_str(), hurdles(&way), &*way.kept), (expected, vec![], &[][..]));
    }
}

#[test]
fn what_only_a_person_can_do_names_table_and_column() {
    for (old, new, expected) in [
        ("n BIGINT NOT NULL,", "n BIGINT NOT NULL, m TEXT NOT NULL,", "a.m"),
        ("n BIGINT NOT NULL,", "n TEXT NOT NULL,", "a.n"),
        ("n BIGINT NOT NULL,", "n BIGINT,", "a.n"),
        ("t TEXT)", "t TEXT NOT NULL)", "a.t"),
        ("n BIGINT NOT NULL,", "", "a.n"),
        ("t TEXT)", "t TEXT REFERENCES users (id))", "a.t"),
        ("ON a (owner, t);", "ON a (t);", "a.a_t_unique"),
        ("CREATE INDEX a_owner ON a (owner, id)", "CREATE UNIQUE INDEX a_owner ON a (n)", "a.a_owner"),
        (", a_id TEXT REFERENCES a (id)", "", "b.a_id"),
        ("CREATE TABLE b (id TEXT PRIMARY KEY, a_id TEXT REFERENCES a (id));", "", "b"),
        ("CREATE TABLE b (id TEXT PRIMARY KEY,", "CREATE TABLE b (id TEXT,", "b.id"),
        ("a_id TEXT REFERENCES a (id));", "a_id TEXT REFERENCES a (id), PRIMARY KEY (id, a_id));", "b"),
    ] {
        let after = BEFORE.replace(old, new);
        assert_ne!(after, BEFORE, "{old}");
        let way = way(BEFORE, &after);
        assert_eq!(hurdles(&way), [expected], "{new}: {way:?}");
        // Whoever says that it was done is believed, and is not asked again.
        let said: String = way.hurdles[0].settled_by.iter().map(ToString::to_string).collect();
        let settled = format!("{BEFORE}{said}");
        assert_eq!(hurdles(&self::way(&settled, &after)), [""; 0], "{said}");
    }
}

#[test]
fn rows_that_were_deleted_do_not_come_back() {
    let before = BEFORE.replace("t TEXT);", "t TEXT, deleted_at BIGINT);");
    assert_eq!(hurdles(&way(&before, BEFORE)), ["a.deleted_at"]);
}

#[test]
fn what_does_no_harm_stays_and_is_taken_up_again() {
    let without =
        BEFORE.replace(", t TEXT)", ")").replace("CREATE UNIQUE INDEX a_t_unique ON a (owner, t);", "");
    let gone = way(BEFORE, &without);
    assert_eq!((written(&gone).as_str(), hurdles(&gone)), ("DROP INDEX \"a_t_unique\";\n", vec![]));
    assert_eq!(gone.kept, ["a.t"]);
    let back = without.replace("n BIGINT NOT NULL)", "n BIGINT NOT NULL, t TEXT)");
    let again = way(&format!("{BEFORE}{}", written(&gone)), &back);
    assert_eq!((written(&again).as_str(), hurdles(&again)), ("", vec![]));
    let table = way(&format!("{BEFORE}CREATE TABLE c (id TEXT PRIMARY KEY, n BIGINT NOT NULL);"), BEFORE);
    assert_eq!((written(&table).as_str(), table.kept), ("", vec!["c".to_owned()]));
}

/// The columns of each table with type, null, default and key; the indexes with whether they are unique, their columns
/// and their text. Only of what is also in another schema, where one is given.
pub(in crate::pipeline::update) fn shape(
    database: &Connection,
    wanted: Option<&BTreeSet<String>>,
) -> BTreeMap<String, Vec<String>> {
    let cell = |row: &rusqlite::Row<'_>, at: usize| -> rusqlite::Result<String> {
        Ok(match row.get(at)? {
            Value::Text(text) => text,
            other => format!("{other:?}"),
        })
    };
    let rows = |query: &str| -> Vec<Vec<String>> {
        let mut statement = database.prepare(query).unwrap();
        let width = statement.column_count();
        let read = |row: &rusqlite::Row<'_>| (0..width).map(|at| cell(row, at)).collect();
        statement.query_map([], read).unwrap().map(Result::unwrap).collect()
    };
    let mut shape = BTreeMap::new();
    for row in rows("SELECT name FROM sqlite_schema WHERE type = 'table'") {
        let table = row[0].clone();
        let columns = rows(&format!("SELECT name, type, \"notnull\", pk FROM pragma_table_info('{table}')"));
        for column in columns {
            shape.insert(format!("{table}.{}", column[0]), column[1..].to_vec());
        }
        let keys = rows(&format!(
            "SELECT \"from\", \"table\", \"to\", on_delete FROM pragma_foreign_key_list('{table}')"
        ));
        for key in keys {
            shape.insert(format!("{table}.{} refers", key[0]), key[1..].to_vec());
        }
        for index in rows(&format!("SELECT name, \"unique\", partial FROM pragma_index_list('{table}')")) {
            let name = &index[0];
            let columns = rows(&format!("SELECT seqno, name FROM pragma_index_info('{name}')"));
            shape.insert(format!("{table} index {name}"), [index[1..].to_vec(), columns.concat()].concat());
        }
    }
    shape.retain(|name, _| wanted.is_none_or(|wanted| wanted.contains(name)));
    shape
}

pub(in crate::pipeline::update) fn database(steps: &str) -> Connection {
    let database = Connection::open_in_memory().unwrap();
    database.execute_batch("PRAGMA foreign_keys = ON;").unwrap();
    database.execute_batch(steps).unwrap_or_else(|error| panic!("{error}: {steps}"));
    database
}

/// Two rows in every table, each value another one but for those that refer, which are null.
fn fill(database: &Connection, schema: &Schema) {
    for table in &schema.tables {
        for row in 0..2 {
            let filled = table.columns.iter().filter(|column| column.reference.is_none());
            let columns: Vec<String> = filled.map(|column| format!("\"{}\"", column.name)).collect();
            let values: Vec<String> = (0..columns.len()).map(|at| format!("'{row}{at}'")).collect();
            let insert = format!(
                "INSERT INTO \"{}\" ({}) VALUES ({})",
                table.name,
                columns.join(", "),
                values.join(", ")
            );
            database.execute_batch(&insert).unwrap_or_else(|error| panic!("{error}: {insert}"));
        }
    }
}

/// What a column is, and whether there is an index on it; nothing for a column that is not there.
type Slot = Option<(&'static str, u8)>;

fn any_slot() -> impl Strategy<Value = Slot> {
    let kind = prop_oneof![
        3 => Just("TEXT"),
        2 => Just("BIGINT NOT NULL DEFAULT 7"),
        1 => Just("BIGINT NOT NULL"),
        1 => Just("TEXT NOT NULL DEFAULT 'it''s'"),
        1 => Just("TEXT REFERENCES t0 (id)"),
    ];
    prop::option::weighted(0.7, (kind, 0..4_u8))
}

/// The slots of three tables; a table without any is not there.
type Slots = Vec<Vec<Slot>>;

/// Two schemas that are mostly alike.
fn any_change() -> impl Strategy<Value = (Slots, Slots)> {
    let pair = (any_slot(), any_slot(), prop::bool::weighted(0.3));
    let pair = pair.prop_map(|(from, other, changes)| (from, if changes { other } else { from }));
    let tables = prop::collection::vec(prop::collection::vec(pair, 0..4), 3);
    tables.prop_map(|tables| tables.into_iter().map(|pairs| pairs.into_iter().unzip()).unzip())
}

fn text(tables: &Slots) -> String {
    let mut text = "CREATE TABLE t0 (id TEXT PRIMARY KEY);\n".to_owned();
    for (number, slots) in (1..).zip(tables) {
        let columns: Vec<_> = (0..).zip(slots).filter_map(|(at, slot)| Some((at, (*slot)?))).collect();
        if columns.is_empty() {
            continue;
        }
        let defined: String = columns.iter().map(|(at, (kind, _))| format!(", c{at} {kind}")).collect();
        text += &format!("CREATE TABLE t{number} (id TEXT PRIMARY KEY{defined});\n");
        for (at, (_, index)) in columns {
            let name = format!("t{number}_c{at}");
            text += &match index {
                1 => format!("CREATE INDEX {name} ON t{number} (c{at});\n"),
                2 => format!("CREATE UNIQUE INDEX {name} ON t{number} (c{at}, id);\n"),
                3 => format!("CREATE UNIQUE INDEX {name} ON t{number} (c{at});\n"),
                _ => String::new(),
            };
        }
    }
    text
}

#[test]
fn the_shape_of_a_database_tells_columns_references_and_indexes() {
    let shape = shape(&database(BEFORE), None);
    let row = |cells: &[&str]| cells.iter().map(|cell| (*cell).to_owned()).collect::<Vec<_>>();
    assert_eq!(shape["a.n"], row(&["BIGINT", "Integer(1)", "Integer(0)"]));
    assert_eq!(shape["b.a_id refers"], row(&["a", "id", "NO ACTION"]));
    assert_eq!(shape["a index a_owner"][..2], row(&["Integer(0)", "Integer(0)"]));
    assert_eq!(shape["a index a_owner"][3], "owner");
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(1_000))]

    #[test]
    fn a_database_with_rows_ends_as_a_new_one_is(change in any_change()) {
        let (from, to) = (text(&change.0), text(&change.1));
        let found = way(&from, &to);
        let said: String = found.hurdles.iter().flat_map(|one| &one.settled_by).map(|one| format!("{one}\n")).collect();
        if found.hurdles.is_empty() {
            let old = database(&from);
            fill(&old, &schema(&from));
            let upgrade = written(&found);
            old.execute_batch(&upgrade).unwrap_or_else(|error| panic!("{error}\n{from}\n{upgrade}"));
            let new = shape(&database(&to), None);
            let names = new.keys().cloned().collect();
            prop_assert_eq!(shape(&old, Some(&names)), new);
            let rows = |database: &Connection| -> u32 {
                database.query_row("SELECT count(*) FROM t0", [], |row| row.get(0)).unwrap()
            };
            prop_assert_eq!(rows(&old), 2);
            let again = way(&format!("{from}{upgrade}"), &to);
            prop_assert_eq!((written(&again), again.hurdles.len(), again.kept), (String::new(), 0, found.kept));
        } else {
            // Whoever says that all of it was done is asked no more.
            let settled = way(&format!("{from}{said}"), &to);
            prop_assert_eq!(settled.hurdles.len(), 0, "{}", said);
        }
    }
}
