//! Goes through a file's tree and lets each declaration become an item.
//!
//! Nothing recurses: what is nested waits on a list, so a file of a hundred thousand braces needs no deep
//! stack.

use std::rc::Rc;

use tree_sitter::{Node, Range};

use super::ITEMS_LIMIT;
use super::docs::Docs;
use super::example;
use super::found::Found;
use super::lead::Lead;
use super::parse::parse;
use super::place::Place;
use super::scope::Scope;
use crate::item::{Item, Lines};

/// A text whose items are to be read: the whole file, or what a macro is given.
pub(super) struct Job {
    /// The range; None for the whole file.
    pub(super) range: Option<Range>,
    /// What encloses it.
    pub(super) scope: Rc<Scope>,
    /// Whether it is read although it does not parse.
    pub(super) tolerant: bool,
}

/// Something whose children are declarations.
pub(super) struct Frame<'tree> {
    /// The node: a file, the braces of a module, or a place that does not parse.
    pub(super) node: Node<'tree>,
    /// What encloses the children.
    pub(super) scope: Rc<Scope>,
}

/// Reads one file.
pub(super) struct Reader<'t> {
    /// The file's text.
    pub(super) text: &'t str,
    /// What is to be read yet.
    pub(super) jobs: Vec<Job>,
    /// The items so far.
    found: Vec<Found>,
}

/// The items of a Rust file in its order.
pub(super) fn collect(place: &Place, text: &str) -> Vec<Found> {
    let scope = Rc::new(Scope::file(place));
    let whole = Job { range: None, scope, tolerant: true };
    let mut reader = Reader { text, jobs: vec![whole], found: Vec::new() };
    while let Some(job) = reader.jobs.pop() {
        reader.read(&job);
    }
    reader.found.sort_by_key(|found| found.start);
    reader.found
}

impl<'t> Reader<'t> {
    /// Reads one text.
    fn read(&mut self, job: &Job) {
        let Some(tree) = parse(self.text, job.range) else { return };
        let root = tree.root_node();
        if root.has_error() && !job.tolerant {
            return;
        }
        let scope = if job.range.is_none() { self.file(root, &job.scope) } else { job.scope.clone() };
        let mut frames = vec![Frame { node: root, scope }];
        while let Some(frame) = frames.pop() {
            self.children(&frame, &mut frames);
        }
    }

    /// Adds the file's own documentation; gives back its scope.
    fn file(&mut self, root: Node<'_>, scope: &Rc<Scope>) -> Rc<Scope> {
        let lead = Lead::within(root, self.text);
        let Some(inner) = scope.deeper(&lead) else { return scope.clone() };
        self.module_docs(root, &lead, &inner);
        Rc::new(inner)
    }

    /// Lets each child become an item.
    fn children<'tree>(&mut self, frame: &Frame<'tree>, frames: &mut Vec<Frame<'tree>>) {
        let mut lead = Lead::default();
        let mut cursor = frame.node.walk();
        for child in frame.node.named_children(&mut cursor) {
            if self.found.len() >= ITEMS_LIMIT {
                return;
            }
            if !lead.takes(child, self.text) {
                frames.extend(self.declaration(child, &std::mem::take(&mut lead), &frame.scope));
            }
        }
    }

    /// Adds an item with the examples in its documentation.
    pub(super) fn push(&mut self, item: Item, node: Node<'_>, docs: &Docs, owners: Vec<String>) {
        let start = node.start_byte();
        let examples = example::of(&item, docs);
        let found = |item| Found { start, item, owners: owners.clone() };
        let all = std::iter::once(item).chain(examples).map(found);
        self.found.extend(all.collect::<Vec<_>>());
    }
}

/// The lines of a node.
pub(super) fn lines(node: Node<'_>) -> Lines {
    let line = |row: usize| u32::try_from(row + 1).unwrap_or(u32::MAX);
    Lines { first: line(node.start_position().row), last: line(node.end_position().row) }
}
