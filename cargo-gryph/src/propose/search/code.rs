//! A function's body as flat lists of expressions, statements, blocks and bindings, each with its bytes in the file.
//!
//! The lists own nothing of the parser's, so that operators can walk them in any order and edits stay byte ranges.

use std::ops::Range;
use std::sync::Arc;

use crate::propose::search::types::Type;

/// The place of an expression in [`Code::nodes`].
pub(super) type Id = usize;

/// How tightly an expression holds together; a looser one needs parentheses inside a tighter place.
pub(super) type Tightness = u8;

/// Closures, jumps and assignments.
pub(super) const LOOSE: Tightness = 0;
/// `a..b`.
pub(super) const RANGE: Tightness = 1;
/// `a as T`.
pub(super) const CAST: Tightness = 11;
/// `-a`, `!a`, `*a`, `&a`.
pub(super) const UNARY: Tightness = 12;
/// Names, literals, calls, blocks.
pub(super) const ATOM: Tightness = 13;

/// A function that was read.
#[derive(Clone, Debug, Default)]
pub(super) struct Code {
    /// The whole file.
    pub(super) file: Arc<str>,
    pub(super) name: String,
    /// The type that holds it, or nothing.
    pub(super) own: String,
    pub(super) doc: String,
    pub(super) output: Type,
    pub(super) body: Range<usize>,
    pub(super) nodes: Vec<Node>,
    pub(super) statements: Vec<Statement>,
    pub(super) blocks: Vec<Block>,
    pub(super) bindings: Vec<Binding>,
}

/// An expression, or a literal or path inside a pattern.
#[derive(Clone, Debug)]
pub(super) struct Node {
    pub(super) range: Range<usize>,
    pub(super) kind: Kind,
    pub(super) parent: Option<Id>,
    pub(super) of: Type,
    /// The innermost statement.
    pub(super) statement: usize,
    /// The innermost block.
    pub(super) block: usize,
    pub(super) in_pattern: bool,
    /// What a name is bound by, as a place in [`Code::bindings`].
    pub(super) binding: Option<usize>,
}

/// What a literal is.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub(super) enum Literal {
    Int,
    Float,
    Bool,
    Char,
    Text,
    /// The first text of a macro that formats.
    Format,
    Byte,
    Other,
}

/// What an expression is, with the places of its parts.
#[derive(Clone, Debug)]
pub(super) enum Kind {
    Literal(Literal),
    /// One lower-case name.
    Name(String),
    /// Any other path.
    Path(String),
    Field {
        base: Id,
        member: Range<usize>,
    },
    Method {
        receiver: Id,
        name: Range<usize>,
        arguments: Vec<Id>,
    },
    Call {
        function: Id,
        arguments: Vec<Id>,
    },
    /// Arithmetic, bits, comparison, logic.
    Binary {
        left: Id,
        right: Id,
        sign: Range<usize>,
    },
    /// `=` and `+=` and the like.
    Assign {
        left: Id,
        right: Id,
        sign: Range<usize>,
    },
    Unary {
        operand: Id,
        sign: char,
    },
    Reference {
        operand: Id,
    },
    Index {
        base: Id,
        index: Id,
    },
    Range {
        start: Option<Id>,
        end: Option<Id>,
        limits: Range<usize>,
    },
    Cast {
        operand: Id,
        to: Range<usize>,
    },
    If {
        condition: Id,
        then: usize,
        otherwise: Option<Id>,
    },
    While {
        condition: Id,
        body: usize,
    },
    For {
        iterable: Id,
        body: usize,
    },
    Loop {
        body: usize,
    },
    Match {
        arms: Vec<Arm>,
    },
    /// The `let pattern = value` of a condition.
    Let,
    Block(usize),
    Closure {
        body: Id,
    },
    Return(Option<Id>),
    Break,
    Continue,
    Paren(Id),
    Tuple(Vec<Id>),
    Array(Vec<Id>),
    Struct {
        values: Vec<Id>,
    },
    Try,
    Macro {
        name: String,
        arguments: Vec<Id>,
    },
    Other,
}

/// One arm of a `match`.
#[derive(Clone, Debug)]
pub(super) struct Arm {
    pub(super) range: Range<usize>,
    pub(super) pattern: Range<usize>,
    pub(super) guard: Option<Id>,
    pub(super) body: Id,
}

/// A statement of a block.
#[derive(Clone, Debug)]
pub(super) struct Statement {
    pub(super) range: Range<usize>,
    pub(super) block: usize,
    pub(super) kind: StatementKind,
    /// The value of a `let`, or the expression.
    pub(super) node: Option<Id>,
}

/// What a statement is.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub(super) enum StatementKind {
    Let,
    /// An expression with `;`, or one such as `if` that needs none.
    Expression,
    /// The value of its block.
    Tail,
    Item,
}

/// The statements between two braces.
#[derive(Clone, Debug)]
pub(super) struct Block {
    /// What lies between the braces.
    pub(super) range: Range<usize>,
    pub(super) statements: Vec<usize>,
    pub(super) in_loop: bool,
    /// Closures around it: `return` means theirs.
    pub(super) closures: usize,
}

/// A name bound inside the function.
#[derive(Clone, Debug)]
pub(super) struct Binding {
    pub(super) name: String,
    pub(super) of: Type,
    /// Where it can be seen.
    pub(super) scope: Range<usize>,
    pub(super) is_mutable: bool,
    pub(super) is_parameter: bool,
    /// Times it is read or written.
    pub(super) uses: usize,
}

impl Code {
    /// The text of an expression.
    pub(super) fn text(&self, id: Id) -> &str {
        self.slice(&self.nodes[id].range)
    }

    /// The text of some bytes; nothing if they are no text.
    pub(super) fn slice(&self, range: &Range<usize>) -> &str {
        self.file.get(range.clone()).unwrap_or("")
    }

    pub(super) fn ids(&self) -> std::ops::Range<Id> {
        0..self.nodes.len()
    }

    /// Expressions that are no part of a pattern.
    pub(super) fn expressions(&self) -> impl Iterator<Item = Id> + '_ {
        self.ids().filter(|&id| !self.nodes[id].in_pattern)
    }

    /// Names bound at a place, the latest of each name, nearest first.
    pub(super) fn bindings_at(&self, at: usize) -> Vec<&Binding> {
        let mut seen = std::collections::BTreeSet::new();
        let visible = self.bindings.iter().rev().filter(|binding| binding.scope.contains(&at));
        visible.filter(|binding| seen.insert(binding.name.as_str())).collect()
    }

    /// The operator's text.
    pub(super) fn sign(&self, id: Id) -> &str {
        match &self.nodes[id].kind {
            Kind::Binary { sign, .. } | Kind::Assign { sign, .. } => self.slice(sign),
            _ => "",
        }
    }

    /// How tightly an expression holds together.
    pub(super) fn tightness(&self, id: Id) -> Tightness {
        match &self.nodes[id].kind {
            Kind::Closure { .. } | Kind::Return(_) | Kind::Break | Kind::Assign { .. } | Kind::Let => LOOSE,
            Kind::Range { .. } => RANGE,
            Kind::Binary { .. } => of_sign(self.sign(id)),
            Kind::Cast { .. } => CAST,
            Kind::Unary { .. } | Kind::Reference { .. } => UNARY,
            Kind::If { .. }
            | Kind::Match { .. }
            | Kind::Block(_)
            | Kind::While { .. }
            | Kind::For { .. }
            | Kind::Loop { .. }
            | Kind::Struct { .. } => UNARY,
            Kind::Literal(_)
            | Kind::Name(_)
            | Kind::Path(_)
            | Kind::Field { .. }
            | Kind::Method { .. }
            | Kind::Call { .. }
            | Kind::Index { .. }
            | Kind::Continue
            | Kind::Paren(_)
            | Kind::Tuple(_)
            | Kind::Array(_)
            | Kind::Try
            | Kind::Macro { .. } => ATOM,
            Kind::Other => LOOSE,
        }
    }

    /// How tightly whatever stands at this place must hold together.
    pub(super) fn needed(&self, id: Id) -> Tightness {
        let Some(parent) = self.nodes[id].parent else { return LOOSE };
        match &self.nodes[parent].kind {
            Kind::Binary { left, .. } => {
                let own = of_sign(self.sign(parent));
                let chains = *left == id && !is_comparison(self.sign(parent));
                if chains { own } else { own + 1 }
            }
            Kind::Unary { .. } | Kind::Reference { .. } => UNARY,
            Kind::Cast { .. } => CAST,
            Kind::Method { receiver, .. } if *receiver == id => ATOM,
            Kind::Call { function, .. } if *function == id => ATOM,
            Kind::Field { .. } | Kind::Try => ATOM,
            Kind::Index { base, .. } if *base == id => ATOM,
            Kind::Range { .. } => RANGE + 1,
            _ => LOOSE,
        }
    }

    /// The node around, parentheses looked through.
    pub(super) fn outer(&self, id: Id) -> Option<Id> {
        let mut parent = self.nodes[id].parent;
        while let Some(at) = parent
            && matches!(self.nodes[at].kind, Kind::Paren(_))
        {
            parent = self.nodes[at].parent;
        }
        parent
    }

    /// Whether `inner` lies in `outer`.
    pub(super) fn contains(&self, outer: Id, inner: Id) -> bool {
        let (outer, inner) = (&self.nodes[outer].range, &self.nodes[inner].range);
        outer.start <= inner.start && inner.end <= outer.end
    }

    /// The blanks at the start of the line that holds a byte.
    pub(super) fn indent(&self, at: usize) -> &str {
        let start = self.file[..at].rfind('\n').map_or(0, |line| line + 1);
        let line = &self.file[start..];
        let blanks = line.len() - line.trim_start_matches([' ', '\t']).len();
        &line[..blanks]
    }
}

/// The tightness of a binary operator.
pub(super) fn of_sign(sign: &str) -> Tightness {
    match sign {
        "||" => 2,
        "&&" => 3,
        "==" | "!=" | "<" | "<=" | ">" | ">=" => 4,
        "|" => 5,
        "^" => 6,
        "&" => 7,
        "<<" | ">>" => 8,
        "+" | "-" => 9,
        "*" | "/" | "%" => 10,
        _ => LOOSE,
    }
}

/// Whether an operator compares.
pub(super) fn is_comparison(sign: &str) -> bool {
    matches!(sign, "==" | "!=" | "<" | "<=" | ">" | ">=")
}

/// Whether an operator joins conditions.
pub(super) fn is_logic(sign: &str) -> bool {
    matches!(sign, "&&" | "||")
}

/// Whether an operator calculates with numbers.
pub(super) fn is_arithmetic(sign: &str) -> bool {
    matches!(sign, "+" | "-" | "*" | "/" | "%")
}
