//! An item: what is indexed and found, one function, type, test or section of a page.

use serde::{Deserialize, Serialize};

/// The number of an item in an index. Numbers are not used again while the index lives.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
pub struct ItemId(pub u32);

/// What an item is.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum Kind {
    /// A function outside of types and traits.
    Function,
    /// A function of a type or of a trait.
    Method,
    /// A `struct`.
    Struct,
    /// An `enum`.
    Enum,
    /// A `union`.
    Union,
    /// A `trait`.
    Trait,
    /// The head of an `impl`: which trait for which type.
    Impl,
    /// A `macro_rules!` or a procedural macro.
    Macro,
    /// A `const` or a `static`.
    Constant,
    /// A `type` outside of implementations.
    Alias,
    /// A module's own documentation.
    Module,
    /// A function that is a test.
    Test,
    /// An example: a file of `examples/`, or a block of code in documentation.
    Example,
    /// A section of a Markdown page.
    Document,
}

impl Kind {
    /// All kinds, in the order of their numbers.
    pub const ALL: [Self; 14] = [
        Self::Function,
        Self::Method,
        Self::Struct,
        Self::Enum,
        Self::Union,
        Self::Trait,
        Self::Impl,
        Self::Macro,
        Self::Constant,
        Self::Alias,
        Self::Module,
        Self::Test,
        Self::Example,
        Self::Document,
    ];
}

/// Lines of a file, from 1, both ends belong to it.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, Serialize, Deserialize)]
pub struct Lines {
    /// The first line.
    pub first: u32,
    /// The last line.
    pub last: u32,
}

/// One item of a file of source or documentation.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Item {
    /// What it is.
    pub kind: Kind,
    /// Where a program finds it, from the crate's name on: `mini::parse::Reader::next_line`.
    pub path: String,
    /// The last part of the path.
    pub name: String,
    /// Everything before the body on one line, without attributes: `pub fn next_line(&mut self) ->
    /// Option<&str>`.
    pub signature: String,
    /// The trait whose implementation it is or belongs to, as written: `Iterator`.
    pub of_trait: Option<String>,
    /// The types it takes, as written, `self` apart; for a type, those of its fields or variants.
    pub takes: Vec<String>,
    /// The type it gives back, as written.
    pub returns: Option<String>,
    /// Its documentation without the comment marks; empty where there is none.
    pub docs: String,
    /// Its text after the signature, ordinary comments included; empty where there is none.
    pub body: String,
    /// The conditions of `cfg` under which it exists, as written, its modules' in the same file included.
    pub cfg: Vec<String>,
    /// Whether another crate may name it, as far as its file tells.
    pub public: bool,
    /// Where it stands in its file.
    pub lines: Lines,
}

impl Item {
    /// The first line of its documentation that says something; empty where there is none.
    pub fn summary(&self) -> &str {
        self.docs.lines().map(str::trim).find(|line| !line.is_empty()).unwrap_or_default()
    }
}
