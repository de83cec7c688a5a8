//! The baseline: findings that were there when somebody recorded them. They are told apart by rule, file, function and
//! text, never by line, so that what moves stays known and what changes does not.

use std::collections::BTreeMap;

use serde::{Deserialize, Serialize};

use crate::check::{Facts, Known};
use crate::digest::Digest;
use crate::gate::aside::tenths;
use crate::gate::finding::{Finding, SetAside};
use crate::gate::policy::{Condition, Policy, PolicyError};
use crate::schema::{Site, sites};
use crate::tree::{Tree, TreePath};

/// The version of the format.
const VERSION: u32 = 1;
/// Entries, at most.
const MOST: usize = 100_000;

/// What a file holds.
#[derive(Clone, PartialEq, Eq, Debug, Default, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Baseline {
    version: u32,
    findings: Vec<Entry>,
}

/// Findings of one rule that look the same.
#[derive(Clone, PartialEq, Eq, PartialOrd, Ord, Debug, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
struct Entry {
    rule: String,
    /// The file; none for what has no place.
    #[serde(skip_serializing_if = "Option::is_none")]
    path: Option<TreePath>,
    /// The function; empty outside of any.
    #[serde(default, skip_serializing_if = "String::is_empty")]
    item: String,
    /// The digest of the function's text, of the line outside of one, of the message without a place.
    text: Digest,
    /// Tenths of a per cent, for coverage.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    covered: Option<u32>,
    count: usize,
}

impl Baseline {
    /// Where it stands in a repository.
    pub const PATH: &'static str = ".config/gryph/baseline.json";

    /// What was found in a tree, except for what is waived and what a firm rule says.
    pub fn of(findings: &[Finding], policy: &Policy, facts: &Facts, tree: &Tree) -> Self {
        let mut texts = Texts::of(tree);
        let mut counts: BTreeMap<Entry, usize> = BTreeMap::new();
        for finding in findings {
            let rule = policy.rules.iter().find(|rule| rule.id == finding.rule && !rule.firm);
            let is_waived = matches!(finding.set_aside, Some(SetAside::Waived { .. }));
            let Some(rule) = rule.filter(|_| !is_waived) else { continue };
            let is_figure = matches!(rule.condition, Condition::LineCoverage { .. });
            let coverage = facts.coverage.as_ref().filter(|_| is_figure);
            let covered = coverage.and_then(|coverage| tenths(coverage.generated_percent()?));
            let (path, (item, text)) = match &finding.place {
                Some(place) if !is_figure => (Some(place.path.clone()), texts.at(&place.path, place.line)),
                _ if is_figure => (None, (String::new(), Digest::of(b""))),
                _ => (None, (String::new(), Digest::of(finding.message.as_bytes()))),
            };
            let entry = Entry { rule: finding.rule.clone(), path, item, text, covered, count: 0 };
            *counts.entry(entry).or_default() += 1;
        }
        let findings = counts.into_iter().map(|(entry, count)| Entry { count, ..entry }).collect();
        Self { version: VERSION, findings }
    }

    /// Reads the baseline of a repository's files; an empty one where there is none.
    ///
    /// # Errors
    /// When the file is not what this program wrote.
    pub fn read(tree: &Tree) -> Result<Self, PolicyError> {
        let bad = |reason: String| PolicyError::Unreadable { name: Self::PATH.to_owned(), reason };
        let Some(content) = TreePath::new(Self::PATH).ok().and_then(|path| tree.get(&path)) else {
            return Ok(Self { version: VERSION, findings: Vec::new() });
        };
        let read: Self = serde_json::from_slice(content).map_err(|error| bad(error.to_string()))?;
        match read.version {
            VERSION if read.findings.len() <= MOST => Ok(read),
            VERSION => Err(bad(format!("more than {MOST} findings"))),
            found => Err(bad(format!("version {found}, this program reads version {VERSION}"))),
        }
    }

    /// The text of the file.
    pub fn render(&self) -> String {
        let text = serde_json::to_string_pretty(self).expect("a baseline holds only text and numbers");
        text + "\n"
    }

    /// How many findings it holds.
    pub fn count(&self) -> usize {
        self.findings.iter().map(|entry| entry.count).sum()
    }

    /// Where in a tree each of them would be found again. Coverage of a whole tree says nothing about that of a change.
    pub fn located(&self, tree: &Tree, is_whole: bool) -> Vec<Known> {
        let mut texts = Texts::of(tree);
        let entries = self.findings.iter().filter(|entry| is_whole || entry.covered.is_none());
        let known = |entry: &Entry| Known {
            rule: entry.rule.clone(),
            path: entry.path.clone(),
            lines: entry.path.as_ref().map(|path| texts.lines(path, entry)).unwrap_or_default(),
            message: entry.path.is_none().then_some(entry.text),
            covered: entry.covered,
            count: entry.count,
        };
        entries.map(known).collect()
    }
}

/// The texts of a tree, by function and line.
struct Texts<'a> {
    tree: &'a Tree,
    files: BTreeMap<TreePath, Vec<(String, Digest)>>,
}

impl<'a> Texts<'a> {
    fn of(tree: &'a Tree) -> Self {
        Self { tree, files: BTreeMap::new() }
    }

    /// The function of each line and the digest of its text.
    fn file(&mut self, path: &TreePath) -> &[(String, Digest)] {
        let tree = self.tree;
        self.files.entry(path.clone()).or_insert_with(|| {
            let text = tree.text(path).unwrap_or_default();
            let sites = if path.as_str().ends_with(".rs") { sites(text, path) } else { Vec::new() };
            let functions: Vec<Digest> =
                sites.iter().map(|site| Digest::of(text[site.item.clone()].as_bytes())).collect();
            let mut at = 0;
            let line = |line: &str| {
                let indent = if line.trim().is_empty() { 0 } else { line.len() - line.trim_start().len() };
                let begin = at + indent;
                at += line.len();
                // Functions lie side by side, or in each other: then the last that holds the line is the innermost.
                let holding = sites.iter().rposition(|site: &Site| site.item.contains(&begin));
                match holding {
                    Some(index) => (sites[index].function.clone(), functions[index]),
                    None => (String::new(), Digest::of(line.trim().as_bytes())),
                }
            };
            text.split_inclusive('\n').map(line).collect()
        })
    }

    fn at(&mut self, path: &TreePath, line: usize) -> (String, Digest) {
        let found = line.checked_sub(1).and_then(|index| self.file(path).get(index).cloned());
        found.unwrap_or_else(|| (String::new(), Digest::of(b"")))
    }

    fn lines(&mut self, path: &TreePath, entry: &Entry) -> Vec<usize> {
        let lines = self.file(path).iter().enumerate();
        let same = lines.filter(|(_, (item, text))| *item == entry.item && *text == entry.text);
        same.map(|(index, _)| index + 1).collect()
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::gate::finding::{Place, Severity};
    use crate::gate::policy::Fragment;

    const TEXT: &str = "use a::b;\n\nfn f() {\n    b();\n    c();\n}\n\nunsafe impl Send for S {}\n";

    fn path() -> TreePath {
        TreePath::new("src/lib.rs").unwrap()
    }

    fn tree(text: &str) -> Tree {
        let mut tree = Tree::new();
        tree.insert(path(), text);
        tree
    }

    fn finding(rule: &str, line: usize) -> Finding {
        Finding {
            rule: rule.to_owned(),
            severity: Severity::Deny,
            message: "m".to_owned(),
            mend: String::new(),
            place: (line > 0).then(|| Place { path: path(), line, column: 1 }),
            command: String::new(),
            reference: String::new(),
            set_aside: None,
            fix: None,
        }
    }

    fn recorded(findings: &[Finding]) -> Baseline {
        Baseline::of(findings, &Policy::gate().unwrap(), &Fragment::default().over_faultless(), &tree(TEXT))
    }

    #[test]
    fn what_moves_stays_known_and_what_changes_does_not() {
        let baseline = recorded(&[finding("no-new-unwraps", 4), finding("unsafe-agreed", 8)]);
        let lines = |text: &str| -> Vec<Vec<usize>> {
            baseline.located(&tree(text), true).into_iter().map(|known| known.lines).collect()
        };
        assert_eq!(lines(TEXT), [vec![3, 4, 5, 6], vec![8]]);
        assert_eq!(lines(&format!("// more\n{TEXT}")), [vec![4, 5, 6, 7], vec![9]]);
        assert_eq!(lines(&TEXT.replace("c()", "d()")), [vec![], vec![8]]);
        assert_eq!(lines(&TEXT.replace("Send", "Sync")), [vec![3, 4, 5, 6], vec![]]);
        assert_eq!(lines(&TEXT.replace("fn f", "fn g")), [vec![], vec![8]]);
    }

    #[test]
    fn firm_rules_are_never_known_and_the_file_reads_back() {
        let baseline = recorded(&[
            finding("build", 1),
            finding("lints-on", 1),
            finding("lints-on", 1),
            finding("lints-on", 0),
        ]);
        assert_eq!((baseline.findings.len(), baseline.count()), (2, 3));
        let mut own = Tree::new();
        own.insert(TreePath::new(Baseline::PATH).unwrap(), baseline.render());
        assert_eq!(Baseline::read(&own).unwrap(), baseline);
        assert_eq!(Baseline::read(&Tree::new()).unwrap().count(), 0);
        for bad in ["", "{}", "{\"version\": 2, \"findings\": []}"] {
            own.insert(TreePath::new(Baseline::PATH).unwrap(), bad);
            assert!(Baseline::read(&own).unwrap_err().to_string().starts_with(Baseline::PATH), "{bad}");
        }
    }

    #[test]
    fn coverage_is_known_for_the_whole_and_never_for_a_change() {
        let baseline = recorded(&[finding("change-covered", 4)]);
        assert_eq!(baseline.located(&tree(TEXT), true)[0].covered, Some(1000));
        assert_eq!(baseline.located(&tree(TEXT), false), []);
    }
}
