//! The footprint: what templates and specification gave to a project, kept in it, so that a later run knows what people
//! changed since.
//!
//! It is text, a line for each file and each function in a fixed order, so that people can review it and git can merge
//! it.

use std::collections::BTreeMap;
use std::fmt::Write as _;

use crate::digest::Digest;
use crate::hole::{Hole, HoleId};
use crate::scaffold::{KEPT_SPEC, Scaffold, Skeleton};
use crate::tree::{Tree, TreePath};

/// Where a project keeps its footprint.
pub const FOOTPRINT: &str = ".gryph/scaffold";
/// Below this directory stands what templates and specification gave of files that people have edited.
pub const BASES: &str = ".gryph/base/";

const FIRST_LINE: &str = "gryph scaffold 1";
const EXPLANATION: &str =
    "# What the specification and the templates gave; `cargo gryph new --update` merges with it.";
/// The largest footprint, in bytes.
const LARGEST: usize = 4 << 20;

/// What was given.
#[derive(Clone, PartialEq, Eq, Debug)]
pub struct Footprint {
    /// The digest of the specification.
    pub spec: Digest,
    /// The digest of each file, its functions open.
    pub files: BTreeMap<TreePath, Digest>,
    /// The functions.
    pub functions: BTreeMap<HoleId, Trace>,
}

/// What was given of one function.
#[derive(Clone, PartialEq, Eq, Debug)]
pub struct Trace {
    /// Its file.
    pub path: TreePath,
    /// Its name in the file.
    pub function: String,
    /// What was asked of it: [`contract`].
    pub contract: Digest,
    /// The body that was accepted: [`body_digest`]. `None` if none of ours ever stood there.
    pub body: Option<Digest>,
}

/// Why a footprint cannot be used.
#[derive(Debug, thiserror::Error)]
pub enum FootprintError {
    /// There is none.
    #[error("`{FOOTPRINT}` is missing: the project was not made by `cargo gryph new`, or by an older one")]
    Missing,
    /// It is not in this form.
    #[error("`{FOOTPRINT}`, line {line}: {what}")]
    Line {
        /// The line, from 1.
        line: usize,
        /// What is wrong.
        what: String,
    },
}

impl FootprintError {
    /// What the user can do.
    pub fn hint(&self) -> &'static str {
        match self {
            Self::Missing => "make the project anew elsewhere and take its `.gryph` and `gryph.toml` over",
            Self::Line { .. } => "take the file back from an earlier commit; nobody but this tool writes it",
        }
    }
}

impl Footprint {
    /// The footprint of a scaffold that was filled: `tree` has its bodies.
    pub fn of(spec: Digest, scaffold: &Scaffold, tree: &Tree) -> Self {
        let given =
            |(path, content): (&TreePath, &[u8])| (path.clone(), given(scaffold.holes(), path, content));
        let trace = |hole: &Hole| {
            let text = tree.text(&hole.path).unwrap_or_default();
            let bodies = Skeleton::of(text, &hole.path, [hole.function.as_str()]).bodies;
            let body = bodies.get(&hole.function).map(|body| body_digest(body));
            let (path, function) = (hole.path.clone(), hole.function.clone());
            (hole.id.clone(), Trace { path, function, contract: contract(hole), body })
        };
        Self {
            spec,
            files: scaffold.tree.files().map(given).collect(),
            functions: scaffold.holes().iter().map(trace).collect(),
        }
    }

    /// The footprint that a project keeps.
    ///
    /// # Errors
    /// [`FootprintError`].
    pub fn read(tree: &Tree) -> Result<Self, FootprintError> {
        let text = tree.text(&footprint_path()).ok_or(FootprintError::Missing)?;
        Self::parse(text)
    }

    /// Reads the text.
    ///
    /// # Errors
    /// [`FootprintError::Line`].
    pub fn parse(text: &str) -> Result<Self, FootprintError> {
        let error = |line: usize, what: &str| FootprintError::Line { line, what: what.to_owned() };
        if text.len() > LARGEST {
            return Err(error(1, &format!("the file has {} bytes, more than {LARGEST}", text.len())));
        }
        let mut lines =
            (1..).zip(text.lines()).filter(|(_, line)| !line.starts_with('#') && !line.is_empty());
        if lines.next().is_none_or(|(_, line)| line != FIRST_LINE) {
            return Err(error(
                1,
                &format!("this is not `{FIRST_LINE}`; a newer cargo gryph may have written it"),
            ));
        }
        let mut read = Self { spec: Digest::of(b""), files: BTreeMap::new(), functions: BTreeMap::new() };
        for (number, line) in lines {
            read.take(line).ok_or_else(|| error(number, "this is no line of a footprint"))?;
        }
        Ok(read)
    }

    fn take(&mut self, line: &str) -> Option<()> {
        let (kind, rest) = line.split_once(' ')?;
        let (digest, rest) = rest.split_once(' ').unwrap_or((rest, ""));
        let digest = Digest::from_hex(digest)?;
        match kind {
            "spec" => self.spec = digest,
            "file" => drop(self.files.insert(TreePath::new(rest).ok()?, digest)),
            "function" => {
                let mut fields = rest.splitn(4, ' ');
                let body = match fields.next()? {
                    "-" => None,
                    body => Some(Digest::from_hex(body)?),
                };
                let (id, function) = (HoleId(fields.next()?.to_owned()), fields.next()?.to_owned());
                let path = TreePath::new(fields.next()?).ok()?;
                self.functions.insert(id, Trace { path, function, contract: digest, body });
            }
            _ => return None,
        }
        Some(())
    }

    /// The text that is kept.
    pub fn text(&self) -> String {
        let mut text = format!("{EXPLANATION}\n{FIRST_LINE}\nspec {}\n", self.spec);
        for (path, digest) in &self.files {
            let _ = writeln!(text, "file {digest} {path}");
        }
        for (id, Trace { path, function, contract, body }) in &self.functions {
            let body = body.map_or_else(|| "-".to_owned(), |body| body.to_string());
            let _ = writeln!(text, "function {contract} {body} {id} {function} {path}");
        }
        text
    }

    /// The names of the functions of a file.
    pub fn functions_of<'a>(&'a self, path: &'a TreePath) -> impl Iterator<Item = &'a str> {
        self.functions.values().filter(|trace| trace.path == *path).map(|trace| trace.function.as_str())
    }
}

/// The digest of a file with these holes open.
fn given(holes: &[Hole], path: &TreePath, content: &[u8]) -> Digest {
    let functions = holes.iter().filter(|hole| hole.path == *path).map(|hole| hole.function.as_str());
    match std::str::from_utf8(content) {
        Ok(text) => Skeleton::of(text, path, functions).digest(),
        Err(_) => Digest::of(content),
    }
}

/// Where the footprint lies.
pub fn footprint_path() -> TreePath {
    TreePath::new(FOOTPRINT).expect("a plain path")
}

/// Where the specification lies.
pub fn kept_spec_path() -> TreePath {
    TreePath::new(KEPT_SPEC).expect("a plain name")
}

/// Where the text that templates and specification gave of a file lies, if people edited the file. Its name ends in
/// `.txt`, so that nothing takes it for code.
pub fn base_path(path: &TreePath) -> Option<TreePath> {
    TreePath::new(format!("{BASES}{path}.txt")).ok()
}

/// Whether a file is one of those that are kept beside the project: specification, footprint, earlier texts.
pub fn is_kept(path: &TreePath) -> bool {
    [KEPT_SPEC, FOOTPRINT].contains(&path.as_str()) || path.as_str().starts_with(BASES)
}

/// The digest of what is asked of a function: signature, description and examples.
pub fn contract(hole: &Hole) -> Digest {
    let checks = [("visible", &hole.visible), ("property", &hole.properties), ("held back", &hole.held_back)];
    let checks = checks.into_iter().flat_map(|(kind, checks)| checks.iter().map(move |check| (kind, check)));
    let checks = checks.flat_map(|(kind, check)| [kind, check.source.as_str()]);
    let parts = [hole.signature.as_str(), hole.doc.as_str()].into_iter().chain(checks);
    Digest::of_parts(parts.map(str::as_bytes))
}

/// The digest of a body, whatever space surrounds it.
pub fn body_digest(body: &str) -> Digest {
    Digest::of(body.trim().as_bytes())
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    fn footprint() -> Footprint {
        let path = |path: &str| TreePath::new(path).unwrap();
        let digest = |text: &str| Digest::of(text.as_bytes());
        let trace = |body| Trace {
            path: path("src/a b.rs"),
            function: "Money::parse".to_owned(),
            contract: digest("c"),
            body,
        };
        Footprint {
            spec: digest("spec"),
            files: [(path("src/a b.rs"), digest("a")), (path("README.md"), digest("r"))].into(),
            functions: [
                (HoleId("money::Money::parse".to_owned()), trace(Some(digest("b")))),
                (HoleId("money::other".to_owned()), trace(None)),
            ]
            .into(),
        }
    }

    #[test]
    fn what_is_written_is_read_back() {
        assert_eq!(Footprint::parse(&footprint().text()).unwrap(), footprint());
    }

    #[test]
    fn a_broken_line_is_named() {
        let said = |text: &str| Footprint::parse(text).unwrap_err().to_string();
        assert!(said("gryph scaffold 2\n").contains("line 1: this is not `gryph scaffold 1`"));
        assert!(said(&footprint().text().replace("file ", "fil ")).contains("line 4: "));
        assert!(said(&footprint().text().replace("README.md", "../README.md")).contains("line 4: "));
        assert!(said(&"#".repeat(LARGEST + 1)).contains("more than"));
    }

    proptest! {
        #[test]
        fn no_text_makes_it_panic(text in "(gryph scaffold 1\n)?((file|function|spec|-| |[0-9a-f]{64}|\\PC|\n){0,30})") {
            if let Ok(read) = Footprint::parse(&text) {
                prop_assert_eq!(Footprint::parse(&read.text()).unwrap(), read);
            }
        }
    }
}
