//! A schema: what a database has after some statements.

use super::statement::{Column, Index, Statement, Table};

/// Tables and indexes, in the order in which they were made.
#[derive(Clone, PartialEq, Eq, Default, Debug)]
pub(super) struct Schema {
    pub(super) tables: Vec<Table>,
    pub(super) indexes: Vec<Index>,
}

impl Schema {
    /// Carries a statement out.
    ///
    /// # Errors
    /// What it is about is not there, or is there already; the reason, as a sentence.
    pub(super) fn apply(&mut self, statement: Statement) -> Result<(), String> {
        match statement {
            Statement::CreateTable(table) if self.table(&table.name).is_some() => {
                Err(format!("the table `{}` is there already", table.name))
            }
            Statement::CreateTable(table) => {
                self.tables.push(table);
                Ok(())
            }
            Statement::CreateIndex(index) if self.index(&index.name).is_some() => {
                Err(format!("the index `{}` is there already", index.name))
            }
            Statement::CreateIndex(index) => {
                self.made(&index.table)?;
                self.indexes.push(index);
                Ok(())
            }
            Statement::AddColumn { table, column } => self.add(&table, column),
            Statement::DropColumn { table, column } => self.drop_column(&table, &column),
            Statement::DropTable(table) => {
                self.made(&table)?;
                self.tables.retain(|one| one.name != table);
                self.indexes.retain(|one| one.table != table);
                Ok(())
            }
            Statement::DropIndex(index) => {
                self.index(&index).ok_or_else(|| format!("there is no index `{index}`"))?;
                self.indexes.retain(|one| one.name != index);
                Ok(())
            }
        }
    }

    /// All columns, as `table.column`.
    pub(super) fn columns(&self) -> impl Iterator<Item = String> {
        let of = |table: &Table| {
            table.columns.iter().map(|column| format!("{}.{}", table.name, column.name)).collect::<Vec<_>>()
        };
        self.tables.iter().flat_map(of)
    }

    /// A table by its name.
    pub(super) fn table(&self, name: &str) -> Option<&Table> {
        self.tables.iter().find(|table| table.name == name)
    }

    /// An index by its name.
    pub(super) fn index(&self, name: &str) -> Option<&Index> {
        self.indexes.iter().find(|index| index.name == name)
    }

    fn made(&mut self, table: &str) -> Result<&mut Table, String> {
        let found = self.tables.iter_mut().find(|one| one.name == table);
        found.ok_or_else(|| format!("there is no table `{table}`"))
    }

    /// Adds a column. One that is there is what is said of it now: so people tell that they made another one of it.
    fn add(&mut self, table: &str, column: Column) -> Result<(), String> {
        let columns = &mut self.made(table)?.columns;
        match columns.iter_mut().find(|one| one.name == column.name) {
            Some(known) => *known = column,
            None => columns.push(column),
        }
        Ok(())
    }

    fn drop_column(&mut self, table: &str, column: &str) -> Result<(), String> {
        let made = self.made(table)?;
        made.column(column).ok_or_else(|| format!("`{table}` has no column `{column}`"))?;
        made.columns.retain(|one| one.name != column);
        self.indexes.retain(|one| one.table != table || !one.columns.iter().any(|name| name == column));
        Ok(())
    }
}

impl Table {
    /// A column by its name.
    pub(super) fn column(&self, name: &str) -> Option<&Column> {
        self.columns.iter().find(|column| column.name == name)
    }
}

#[cfg(test)]
mod tests {
    use super::super::read::statements;
    use super::*;

    fn after(text: &str) -> Result<Schema, String> {
        let mut schema = Schema::default();
        let all = statements(text).unwrap();
        all.into_iter().try_for_each(|statement| schema.apply(statement)).map(|()| schema)
    }

    const TABLE: &str = "CREATE TABLE a (id TEXT PRIMARY KEY, b TEXT); CREATE INDEX a_b ON a (b);";

    #[test]
    fn what_is_gone_takes_its_indexes_along() {
        for more in ["ALTER TABLE a DROP COLUMN b;", "DROP TABLE a;", "DROP INDEX a_b;"] {
            assert_eq!(after(&format!("{TABLE}{more}")).unwrap().indexes, [], "{more}");
        }
    }

    #[test]
    fn a_column_that_is_there_becomes_what_is_said_of_it() {
        let schema = after(&format!("{TABLE}ALTER TABLE a ADD COLUMN b BIGINT NOT NULL;")).unwrap();
        let column = schema.table("a").unwrap().column("b").unwrap();
        assert_eq!(column.to_string(), "\"b\" BIGINT NOT NULL");
        assert_eq!(schema.table("a").unwrap().columns.len(), 2);
    }

    #[test]
    fn a_statement_about_nothing_is_refused() {
        for more in [
            "DROP TABLE c;",
            "DROP INDEX c;",
            "ALTER TABLE a DROP COLUMN c;",
            "ALTER TABLE c ADD COLUMN b TEXT;",
            "CREATE INDEX c ON c (b);",
            "CREATE TABLE a (b TEXT);",
            "CREATE INDEX a_b ON a (id);",
        ] {
            assert!(after(&format!("{TABLE}{more}")).is_err(), "{more}");
        }
    }
}
