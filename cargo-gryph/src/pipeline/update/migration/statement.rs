//! The statements that make and change a schema, as they are read and written.

use std::fmt;

/// One statement.
#[derive(Clone, PartialEq, Eq, Debug)]
pub(super) enum Statement {
    /// Makes a table.
    CreateTable(Table),
    /// Makes an index.
    CreateIndex(Index),
    /// Gives a table a column more.
    AddColumn { table: String, column: Column },
    /// Takes a column from a table, by their names.
    DropColumn { table: String, column: String },
    /// Takes a table away, by its name.
    DropTable(String),
    /// Takes an index away, by its name.
    DropIndex(String),
}

/// A table.
#[derive(Clone, PartialEq, Eq, Debug)]
pub(super) struct Table {
    pub(super) name: String,
    pub(super) columns: Vec<Column>,
    /// The columns of a key that is said after them; empty where there is none.
    pub(super) key: Vec<String>,
}

/// A column.
#[derive(Clone, PartialEq, Eq, Debug)]
pub(super) struct Column {
    pub(super) name: String,
    /// Its type in capitals.
    pub(super) kind: String,
    /// Whether it alone is the key.
    pub(super) primary: bool,
    /// Whether it is never null.
    pub(super) required: bool,
    /// A literal.
    pub(super) default: Option<String>,
    pub(super) reference: Option<Reference>,
}

/// What a column refers to.
#[derive(Clone, PartialEq, Eq, Debug)]
pub(super) struct Reference {
    pub(super) table: String,
    pub(super) column: String,
    /// Whether rows go with those that they refer to.
    pub(super) cascades: bool,
}

/// An index.
#[derive(Clone, PartialEq, Eq, Debug)]
pub(super) struct Index {
    pub(super) name: String,
    pub(super) table: String,
    pub(super) unique: bool,
    pub(super) columns: Vec<String>,
    /// The column that is null in the rows it is about, if these are not all.
    pub(super) only_null: Option<String>,
}

impl Column {
    /// Whether rows that say nothing about it can be written.
    pub(super) fn may_be_left_out(&self) -> bool {
        !self.primary && (!self.required || self.default.is_some())
    }

    /// Whether both hold the same. A default is not looked at: a service gives every value itself.
    pub(super) fn holds_what(&self, other: &Self) -> bool {
        let of = |one: &Self| Self { default: None, ..one.clone() };
        of(self) == of(other)
    }
}

impl fmt::Display for Statement {
    fn fmt(&self, out: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::CreateTable(table) => table.fmt(out),
            Self::CreateIndex(index) => index.fmt(out),
            Self::AddColumn { table, column } => {
                write!(out, "ALTER TABLE {} ADD COLUMN {column};", name(table))
            }
            Self::DropColumn { table, column } => {
                write!(out, "ALTER TABLE {} DROP COLUMN {};", name(table), name(column))
            }
            Self::DropTable(table) => write!(out, "DROP TABLE {};", name(table)),
            Self::DropIndex(index) => write!(out, "DROP INDEX {};", name(index)),
        }
    }
}

impl fmt::Display for Table {
    fn fmt(&self, out: &mut fmt::Formatter<'_>) -> fmt::Result {
        let key = (!self.key.is_empty()).then(|| format!("PRIMARY KEY ({})", names(&self.key)));
        let lines: Vec<String> = self.columns.iter().map(Column::to_string).chain(key).collect();
        write!(out, "CREATE TABLE {} (\n    {}\n);", name(&self.name), lines.join(",\n    "))
    }
}

impl fmt::Display for Column {
    fn fmt(&self, out: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(out, "{} {}", name(&self.name), self.kind)?;
        if self.primary {
            write!(out, " PRIMARY KEY")?;
        }
        if self.required {
            write!(out, " NOT NULL")?;
        }
        if let Some(default) = &self.default {
            write!(out, " DEFAULT {default}")?;
        }
        if let Some(Reference { table, column, cascades }) = &self.reference {
            let end = if *cascades { " ON DELETE CASCADE" } else { "" };
            write!(out, " REFERENCES {} ({}){end}", name(table), name(column))?;
        }
        Ok(())
    }
}

impl fmt::Display for Index {
    fn fmt(&self, out: &mut fmt::Formatter<'_>) -> fmt::Result {
        let unique = if self.unique { "UNIQUE " } else { "" };
        let (index, table) = (name(&self.name), name(&self.table));
        write!(out, "CREATE {unique}INDEX {index} ON {table} ({})", names(&self.columns))?;
        if let Some(column) = &self.only_null {
            write!(out, " WHERE {} IS NULL", name(column))?;
        }
        write!(out, ";")
    }
}

fn name(text: &str) -> String {
    format!("\"{}\"", text.replace('"', "\"\""))
}

fn names(all: &[String]) -> String {
    all.iter().map(|one| name(one)).collect::<Vec<_>>().join(", ")
}
