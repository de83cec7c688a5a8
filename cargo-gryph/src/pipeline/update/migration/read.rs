//! Reads the statements that make and change a schema: those that our templates write, and no others. What it does not
//! know is an error and never a guess.

use super::statement::{Column, Index, Reference, Statement, Table};
use super::token::{Kind, Token, tokens};

/// Why a text cannot be read.
#[derive(Clone, PartialEq, Eq, Debug, thiserror::Error)]
#[error("line {line}: {what}")]
pub(super) struct ReadError {
    /// The line, from 1.
    line: usize,
    /// What is wrong.
    what: String,
}

impl ReadError {
    pub(super) fn new(line: usize, what: impl Into<String>) -> Self {
        Self { line, what: what.into() }
    }
}

/// The statements of a text.
///
/// # Errors
/// [`ReadError`].
pub(super) fn statements(text: &str) -> Result<Vec<Statement>, ReadError> {
    let tokens = tokens(text)?;
    let mut reader = Reader { tokens: &tokens, at: 0 };
    let mut all = Vec::new();
    while reader.at < tokens.len() {
        all.push(reader.statement()?);
    }
    Ok(all)
}

/// Goes through the words of a text.
struct Reader<'a> {
    tokens: &'a [Token],
    at: usize,
}

impl Reader<'_> {
    fn statement(&mut self) -> Result<Statement, ReadError> {
        let statement = if self.takes(&["CREATE", "TABLE"]) {
            Statement::CreateTable(self.table()?)
        } else if self.takes(&["CREATE", "UNIQUE", "INDEX"]) {
            Statement::CreateIndex(self.index(true)?)
        } else if self.takes(&["CREATE", "INDEX"]) {
            Statement::CreateIndex(self.index(false)?)
        } else if self.takes(&["DROP", "TABLE"]) {
            Statement::DropTable(self.name()?)
        } else if self.takes(&["DROP", "INDEX"]) {
            Statement::DropIndex(self.name()?)
        } else if self.takes(&["ALTER", "TABLE"]) {
            self.alteration()?
        } else {
            return Err(self.error("this begins no statement of ours"));
        };
        self.expect(";")?;
        Ok(statement)
    }

    fn alteration(&mut self) -> Result<Statement, ReadError> {
        let table = self.name()?;
        if self.takes(&["ADD", "COLUMN"]) {
            return Ok(Statement::AddColumn { table, column: self.column()? });
        }
        if self.takes(&["DROP", "COLUMN"]) {
            return Ok(Statement::DropColumn { table, column: self.name()? });
        }
        Err(self.error("a table is changed by ADD COLUMN and DROP COLUMN only"))
    }

    fn table(&mut self) -> Result<Table, ReadError> {
        let mut table = Table { name: self.name()?, columns: Vec::new(), key: Vec::new() };
        self.expect("(")?;
        loop {
            match self.takes(&["PRIMARY", "KEY"]) {
                true => table.key = self.names()?,
                false => table.columns.push(self.column()?),
            }
            if !self.takes(&[","]) {
                break;
            }
        }
        self.expect(")")?;
        Ok(table)
    }

    fn column(&mut self) -> Result<Column, ReadError> {
        let (name, kind) = (self.name()?, self.kind()?);
        let mut column =
            Column { name, kind, primary: false, required: false, default: None, reference: None };
        loop {
            if self.takes(&["PRIMARY", "KEY"]) {
                column.primary = true;
            } else if self.takes(&["NOT", "NULL"]) {
                column.required = true;
            } else if self.takes(&["DEFAULT"]) {
                column.default = Some(self.literal()?);
            } else if self.takes(&["REFERENCES"]) {
                column.reference = Some(self.reference()?);
            } else {
                return Ok(column);
            }
        }
    }

    fn kind(&mut self) -> Result<String, ReadError> {
        if self.takes(&["DOUBLE", "PRECISION"]) {
            return Ok("DOUBLE PRECISION".to_owned());
        }
        let known = ["TEXT", "BIGINT", "BOOLEAN"].into_iter().find(|known| self.takes(&[known]));
        known
            .map(str::to_owned)
            .ok_or_else(|| self.error("a type was expected: TEXT, BIGINT, BOOLEAN, DOUBLE PRECISION"))
    }

    fn literal(&mut self) -> Result<String, ReadError> {
        let word = ["TRUE", "FALSE"].into_iter().find(|word| self.takes(&[word]));
        if let Some(word) = word {
            return Ok(word.to_owned());
        }
        let literal = self.tokens.get(self.at).filter(|token| token.kind == Kind::Literal);
        let text =
            literal.map(|token| token.text.clone()).ok_or_else(|| self.error("a value was expected"))?;
        self.at += 1;
        Ok(text)
    }

    fn reference(&mut self) -> Result<Reference, ReadError> {
        let table = self.name()?;
        self.expect("(")?;
        let column = self.name()?;
        self.expect(")")?;
        Ok(Reference { table, column, cascades: self.takes(&["ON", "DELETE", "CASCADE"]) })
    }

    fn index(&mut self, unique: bool) -> Result<Index, ReadError> {
        let name = self.name()?;
        self.expect("ON")?;
        let (table, columns) = (self.name()?, self.names()?);
        let mut only_null = None;
        if self.takes(&["WHERE"]) {
            only_null = Some(self.name()?);
            self.expect("IS")?;
            self.expect("NULL")?;
        }
        Ok(Index { name, table, unique, columns, only_null })
    }

    fn names(&mut self) -> Result<Vec<String>, ReadError> {
        self.expect("(")?;
        let mut all = vec![self.name()?];
        while self.takes(&[","]) {
            all.push(self.name()?);
        }
        self.expect(")")?;
        Ok(all)
    }

    /// A name: one without quotes is what both databases make of it, small letters.
    fn name(&mut self) -> Result<String, ReadError> {
        let name = self.tokens.get(self.at).and_then(|token| match token.kind {
            Kind::Word => Some(token.text.to_ascii_lowercase()),
            Kind::Quoted => Some(token.text.clone()),
            Kind::Literal | Kind::Mark => None,
        });
        let name = name.ok_or_else(|| self.error("a name was expected"))?;
        self.at += 1;
        Ok(name)
    }

    fn expect(&mut self, word: &str) -> Result<(), ReadError> {
        if self.takes(&[word]) { Ok(()) } else { Err(self.error(&format!("`{word}` was expected"))) }
    }

    /// Goes past these words if they come next.
    fn takes(&mut self, words: &[&str]) -> bool {
        let next = self.tokens.get(self.at..self.at + words.len());
        let is = |(token, word): (&Token, &&str)| {
            matches!(token.kind, Kind::Word | Kind::Mark) && token.text.eq_ignore_ascii_case(word)
        };
        let takes = next.is_some_and(|next| next.iter().zip(words).all(is));
        if takes {
            self.at += words.len();
        }
        takes
    }

    fn error(&self, what: &str) -> ReadError {
        match self.tokens.get(self.at).or(self.tokens.last()) {
            Some(Token { line, text, .. }) if self.at < self.tokens.len() => {
                ReadError::new(*line, format!("{what}, at `{text}`"))
            }
            Some(Token { line, .. }) => ReadError::new(*line, format!("{what}, at the end")),
            None => ReadError::new(1, what),
        }
    }
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    #[test]
    fn what_is_written_is_read_back() {
        for text in [
            "CREATE TABLE \"a\" (\n    \"id\" TEXT PRIMARY KEY,\n    \"n\" BIGINT NOT NULL DEFAULT -3\n);",
            "CREATE TABLE \"k\" (\n    \"a\" TEXT,\n    \"b\" BOOLEAN DEFAULT TRUE,\n    PRIMARY KEY (\"a\", \"b\")\n);",
            "CREATE UNIQUE INDEX \"i\" ON \"a\" (\"b\", \"c\") WHERE \"deleted_at\" IS NULL;",
            "CREATE INDEX \"i\" ON \"a\" (\"b\");",
            "ALTER TABLE \"a\" ADD COLUMN \"b\" DOUBLE PRECISION NOT NULL DEFAULT 1.5;",
            "ALTER TABLE \"a\" ADD COLUMN \"b\" TEXT REFERENCES \"c\" (\"id\") ON DELETE CASCADE;",
            "ALTER TABLE \"a\" ADD COLUMN \"b\" TEXT NOT NULL DEFAULT 'it''s; \"so\"';",
            "ALTER TABLE \"a\" DROP COLUMN \"b\";",
            "DROP TABLE \"a\";",
            "DROP INDEX \"a\";",
        ] {
            let read = statements(text).unwrap_or_else(|error| panic!("{text}: {error}"));
            assert_eq!(read.iter().map(Statement::to_string).collect::<Vec<_>>(), [text]);
        }
    }

    #[test]
    fn names_without_quotes_are_the_same_as_those_with() {
        let of = |text| statements(text).unwrap();
        assert_eq!(of("create index Ab on c (d);"), of("CREATE INDEX \"ab\" ON \"c\" (\"d\");"));
    }

    #[test]
    fn what_is_not_ours_is_refused_with_its_line() {
        for (text, expected) in [
            ("\nINSERT INTO a VALUES (1);", "line 2: this begins no statement of ours, at `INSERT`"),
            ("CREATE TABLE a (b TEXT CHECK (b));", "line 1: `)` was expected, at `CHECK`"),
            ("CREATE TABLE a (\n  b INTEGER);", "line 2: a type was expected"),
            ("DROP TABLE a", "line 1: `;` was expected, at the end"),
            ("ALTER TABLE a RENAME TO b;", "line 1: a table is changed by"),
            ("CREATE TABLE a (b TEXT DEFAULT NULL);", "line 1: a value was expected"),
            ("CREATE INDEX a ON b (c) WHERE c > 1;", "line 1: `>` is in no statement"),
        ] {
            let said = statements(text).unwrap_err().to_string();
            assert!(said.starts_with(expected), "{text}: {said}");
        }
    }

    proptest! {
        #[test]
        fn no_text_makes_it_panic(text in "(CREATE |TABLE |INDEX |ALTER |ADD COLUMN |TEXT |[a-c(),;'\"-]|\\PC| ){0,30}") {
            if let Ok(read) = statements(&text) {
                let written: String = read.iter().map(Statement::to_string).collect();
                prop_assert_eq!(statements(&written).unwrap(), read);
            }
        }
    }
}
