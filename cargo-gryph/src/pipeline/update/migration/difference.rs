//! What takes a database from one schema to another, whatever rows it has, and what only a person can do.
//!
//! Nothing that holds values is dropped: a table or column that is asked for no more stays where the service works
//! beside it.

use super::schema::Schema;
use super::statement::{Column, Index, Statement, Table};

/// The mark of a row that was deleted: without it the row would be seen again.
const DELETED: &str = "deleted_at";
/// The table whose rows no service deletes, so that it does no harm to refer to them.
const NEVER_DELETED: &str = "users";

/// The way from one schema to another.
#[derive(Default, Debug)]
pub(super) struct Difference {
    /// The statements, in their order.
    pub(super) statements: Vec<Statement>,
    /// What only a person can do.
    pub(super) hurdles: Vec<Hurdle>,
    /// What stays although it is asked for no more, as `table` or `table.column`.
    pub(super) kept: Vec<String>,
}

/// What only a person can do.
#[derive(Debug)]
pub(super) struct Hurdle {
    /// The table, with the column or the index: `table.column`.
    pub(super) what: String,
    /// Why.
    pub(super) why: String,
    /// What says that it was done.
    pub(super) settled_by: Vec<Statement>,
}

/// Finds the way.
pub(super) fn difference(from: &Schema, to: &Schema) -> Difference {
    let mut way = Difference::default();
    let is_in_the_way = |index: &&Index| to.table(&index.table).is_some() || to.index(&index.name).is_some();
    let gone = from.indexes.iter().filter(is_in_the_way).filter(|index| to.index(&index.name) != Some(index));
    way.statements.extend(gone.map(|index| Statement::DropIndex(index.name.clone())));
    for table in &to.tables {
        match from.table(&table.name) {
            Some(before) => Pair { before, now: table, to }.columns(&mut way),
            None => way.statements.push(Statement::CreateTable(table.clone())),
        }
    }
    for table in from.tables.iter().filter(|table| to.table(&table.name).is_none()) {
        way.table_gone(table, to);
    }
    for index in to.indexes.iter().filter(|index| from.index(&index.name) != Some(index)) {
        way.index(index, from, to);
    }
    way
}

impl Difference {
    fn hurdle(&mut self, what: String, why: impl Into<String>, settled_by: Vec<Statement>) {
        self.hurdles.push(Hurdle { what, why: why.into(), settled_by });
    }

    fn table_gone(&mut self, table: &Table, to: &Schema) {
        match table.columns.iter().find_map(|column| holds_back(column, to)) {
            Some(other) => {
                let why = format!(
                    "it is asked for no more, and as long as its rows are there, those of `{other}` that they refer to \
                     cannot be deleted"
                );
                self.hurdle(table.name.clone(), why, vec![Statement::DropTable(table.name.clone())]);
            }
            None => self.kept.push(table.name.clone()),
        }
    }

    fn index(&mut self, index: &Index, from: &Schema, to: &Schema) {
        let create = Statement::CreateIndex(index.clone());
        let Some(table) = from.table(&index.table).filter(|_| index.unique) else {
            return self.statements.push(create);
        };
        let known = from.index(&index.name);
        let is_empty = |name: &String| {
            let column = to.table(&index.table).and_then(|table| table.column(name));
            table.column(name).is_none() && column.is_some_and(|column| !column.required)
        };
        if index.columns.iter().any(is_empty) || known.is_some_and(|known| follows_from(index, known)) {
            return self.statements.push(create);
        }
        let columns = index.columns.join(", ");
        let why = format!("rows that are there may be alike in {columns}, and none may be now");
        let drop = known.map(|known| Statement::DropIndex(known.name.clone()));
        let what = format!("{}.{}", index.table, index.name);
        self.hurdle(what, why, drop.into_iter().chain([create]).collect());
    }
}

/// Whether rows that satisfy one unique index satisfy another.
fn follows_from(index: &Index, known: &Index) -> bool {
    let is_part = known.columns.iter().all(|column| index.columns.contains(column));
    let is_no_wider = known.only_null.is_none() || known.only_null == index.only_null;
    known.unique && known.table == index.table && is_part && is_no_wider
}

/// The table that stays and whose rows could not be deleted because of a column that nobody looks after any more.
fn holds_back<'c>(column: &'c Column, to: &Schema) -> Option<&'c str> {
    let reference = column.reference.as_ref().filter(|reference| !reference.cascades)?;
    let holds = reference.table != NEVER_DELETED && to.table(&reference.table).is_some();
    holds.then_some(reference.table.as_str())
}

/// A table as it is and as it is to be.
struct Pair<'a> {
    before: &'a Table,
    now: &'a Table,
    to: &'a Schema,
}

impl Pair<'_> {
    fn columns(&self, way: &mut Difference) {
        let table = &self.now.name;
        if self.before.key != self.now.key {
            let other = [Statement::DropTable(table.clone()), Statement::CreateTable(self.now.clone())];
            way.hurdle(table.clone(), "it has another key now", other.to_vec());
        }
        for column in &self.now.columns {
            match self.before.column(&column.name) {
                None => self.added(column, way),
                Some(known) if !known.holds_what(column) => {
                    let why = format!("it is `{known}` and is to be `{column}`, and values may not fit");
                    way.hurdle(self.place(column), why, vec![self.addition(column)]);
                }
                Some(_) => {}
            }
        }
        for column in self.before.columns.iter().filter(|one| self.now.column(&one.name).is_none()) {
            self.gone(column, way);
        }
    }

    fn added(&self, column: &Column, way: &mut Difference) {
        let addition = self.addition(column);
        let refers = column.reference.is_some() && column.default.is_some();
        if column.may_be_left_out() && !refers {
            return way.statements.push(addition);
        }
        let why = "rows that are there have no value for it: it is neither optional nor has it a default";
        way.hurdle(self.place(column), why, vec![addition]);
    }

    fn gone(&self, column: &Column, way: &mut Difference) {
        let why = if !column.may_be_left_out() {
            "it is asked for no more, and new rows, which have no value for it, would be refused".to_owned()
        } else if column.name == DELETED {
            "rows are no longer marked as deleted, and those that were would be seen again".to_owned()
        } else if let Some(other) = holds_back(column, self.to) {
            format!("it is asked for no more, and rows of `{other}` that it refers to could not be deleted")
        } else {
            return way.kept.push(self.place(column));
        };
        let (table, name) = (self.now.name.clone(), column.name.clone());
        way.hurdle(self.place(column), why, vec![Statement::DropColumn { table, column: name }]);
    }

    fn addition(&self, column: &Column) -> Statement {
        Statement::AddColumn { table: self.now.name.clone(), column: column.clone() }
    }

    fn place(&self, column: &Column) -> String {
        format!("{}.{}", self.now.name, column.name)
    }
}
