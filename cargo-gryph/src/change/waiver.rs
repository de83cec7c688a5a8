//! Waivers: what the gate is asked to let pass, in comments of the program and in the configuration. Facts only: who may
//! waive what is the gate's matter.

use std::collections::BTreeMap;

use serde::{Deserialize, Serialize};

use crate::config::{Day, GateTable, Mistake, WaiverEntry};
use crate::schema::{comments, on_deep_stack, sites};
use crate::tree::{Tree, TreePath};

/// One rule that is waived at one place.
#[derive(Clone, PartialEq, Eq, PartialOrd, Ord, Debug, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Waiver {
    /// The rule.
    pub rule: String,
    /// The file in which the waiver stands.
    pub at: TreePath,
    /// The line where it stands, from 1.
    pub line: usize,
    /// The file or directory it is about.
    pub path: TreePath,
    /// The first and the last line it is about; all of them where it stands in the configuration.
    pub covers: Option<[usize; 2]>,
    /// Why.
    pub reason: String,
    /// The last day on which it holds, where it has one.
    pub expires: Option<String>,
    /// Whether the change brought it, or what it is about.
    pub added: bool,
    /// Why it does not count, if it does not.
    pub flaw: Option<String>,
}

impl Waiver {
    /// Whether it is about a line of a file.
    pub fn is_about(&self, path: &TreePath, line: usize) -> bool {
        match self.covers {
            Some([first, last]) => self.path == *path && (first..=last).contains(&line),
            None => {
                let below = path.as_str().strip_prefix(self.path.as_str());
                below.is_some_and(|rest| rest.is_empty() || rest.starts_with('/'))
            }
        }
    }
}

/// Waivers of one file, at most; further ones do not count.
const MOST_IN_A_FILE: usize = 1000;

/// The waivers after a change, those in the program first. What says the same about the same text in the base is not
/// added. A file that cannot be read waives nothing.
///
/// # Errors
/// The first mistake in the configuration of either tree.
pub fn waivers(base: &Tree, after: &Tree, today: Day) -> Result<Vec<Waiver>, Mistake> {
    let mut all = Vec::new();
    for (path, now) in after.files().filter(|(path, _)| path.as_str().ends_with(".rs")) {
        let Some(now) = of_text(path, now) else { continue };
        let before = base.get(path).and_then(|before| of_text(path, before)).unwrap_or_default();
        all.extend(held_against(&before, now));
    }
    let (before, now) = (entries(base)?, entries(after)?);
    all.extend(now.iter().map(|entry| of_entry(entry, &before, today)));
    Ok(all)
}

/// A waiver in a text, with the words of what it is about.
type Found = (Waiver, String);

fn held_against(before: &[Found], now: Vec<Found>) -> Vec<Waiver> {
    let key = |(waiver, about): &Found| (waiver.rule.clone(), waiver.reason.clone(), about.clone());
    let count = |all: &[Found]| {
        let mut counts = BTreeMap::new();
        all.iter().for_each(|one| *counts.entry(key(one)).or_insert(0_usize) += 1);
        counts
    };
    let (old, new) = (count(before), count(&now));
    // Of several that say the same nobody knows which was there: if one is new, all are.
    let is_added = |one: &Found| new.get(&key(one)) > old.get(&key(one));
    now.iter().map(|one| Waiver { added: is_added(one), ..one.0.clone() }).collect()
}

/// The waivers of a file; `None` where it has none or cannot be read.
fn of_text(path: &TreePath, content: &[u8]) -> Option<Vec<Found>> {
    let text = std::str::from_utf8(content).ok().filter(|text| text.contains(MARK))?;
    let comments = on_deep_stack(|| comments(text)).ok()?.ok()?;
    let (lines, heads) = (text.lines().collect::<Vec<&str>>(), heads(text, path));
    let mut found = Vec::new();
    for comment in comments {
        let Some(asked) = comment.text.trim().strip_prefix(MARK) else { continue };
        let about = comment.about.unwrap_or(comment.line);
        let head = heads.iter().find(|[first, last]| (first..=last).contains(&&about));
        let covered = head.copied().unwrap_or([about, about]);
        // The comment itself is no part of what it is about.
        let own = format!("//{}", comment.text.trim_end());
        let words = |line: usize| lines.get(line.checked_sub(1)?).map(|line| line.replace(&own, ""));
        let words: Vec<String> = (covered[0]..=covered[1]).filter_map(words).collect();
        let words = words.iter().map(|line| line.trim()).filter(|line| !line.is_empty());
        let words = words.collect::<Vec<&str>>().join("\n");
        for (rule, reason, flaw) in read(asked.trim()) {
            let waiver = Waiver {
                rule,
                at: path.clone(),
                line: comment.line,
                path: path.clone(),
                covers: Some(covered),
                reason,
                expires: None,
                added: false,
                flaw,
            };
            found.push((waiver, words.clone()));
        }
    }
    found.truncate(MOST_IN_A_FILE);
    Some(found)
}

/// The heads of functions, documentation and attributes included, by first and last line: what is found in a function is
/// told at one of these lines.
fn heads(text: &str, path: &TreePath) -> Vec<[usize; 2]> {
    let line = |at: usize| text.get(..at).unwrap_or_default().matches('\n').count() + 1;
    sites(text, path).iter().map(|site| [line(site.item.start), line(site.signature.start)]).collect()
}

/// What a comment that speaks to us begins with.
const MARK: &str = "gryph:";

/// `allow(rule, rule) reason="…"`: each rule with the reason, and what is wrong.
fn read(asked: &str) -> Vec<(String, String, Option<String>)> {
    let odd = || {
        let flaw = "it does not read `allow(RULE) reason=\"…\"`".to_owned();
        vec![(String::new(), String::new(), Some(flaw))]
    };
    let Some((rules, rest)) = asked.strip_prefix("allow(").and_then(|rest| rest.split_once(')')) else {
        return odd();
    };
    let reason = match rest.trim() {
        "" => "",
        rest => {
            let given = rest.strip_prefix("reason").and_then(|rest| rest.trim_start().strip_prefix('='));
            let quoted = given.and_then(|given| given.trim().strip_prefix('"')?.strip_suffix('"'));
            let Some(reason) = quoted else { return odd() };
            reason.trim()
        }
    };
    let rules = rules.split(',').map(|rule| rule.trim().to_owned());
    rules.map(|rule| (rule, reason.to_owned(), unreasoned(reason))).collect()
}

fn unreasoned(reason: &str) -> Option<String> {
    reason.trim().is_empty().then(|| "it gives no reason".to_owned())
}

fn entries(tree: &Tree) -> Result<Vec<WaiverEntry>, Mistake> {
    let text = TreePath::new(GateTable::PATH).ok().and_then(|path| tree.text(&path));
    text.map_or(Ok(Vec::new()), |text| GateTable::read(text).map(|table| table.waivers))
}

fn of_entry(entry: &WaiverEntry, before: &[WaiverEntry], today: Day) -> Waiver {
    // A line may move.
    let is_same = |old: &WaiverEntry| WaiverEntry { line: entry.line, ..old.clone() } == *entry;
    let expired = (entry.expires < today).then(|| format!("it expired on {}", entry.expires));
    Waiver {
        rule: entry.rule.clone(),
        at: TreePath::new(GateTable::PATH).expect("a plain path"),
        line: entry.line,
        path: entry.path.clone(),
        covers: None,
        reason: entry.reason.trim().to_owned(),
        expires: Some(entry.expires.to_string()),
        added: !before.iter().any(is_same),
        flaw: expired.or_else(|| unreasoned(&entry.reason)),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn tree(path: &str, text: &str) -> Tree {
        let mut tree = Tree::new();
        tree.insert(TreePath::new(path).unwrap(), text);
        tree
    }

    fn day(text: &str) -> Day {
        Day::new(text.parse().unwrap())
    }

    fn found(before: &str, now: &str) -> Vec<Waiver> {
        let of = |text| tree("src/lib.rs", text);
        waivers(&of(before), &of(now), day("2026-11-26")).unwrap()
    }

    #[test]
    fn a_comment_waives_for_its_line_or_the_next() {
        let text = "fn f() {\n    // gryph: allow(a, b) reason=\"old\"\n    g(); // gryph: allow(c) reason = \"here\"\n}\n";
        let shown: Vec<(String, Option<[usize; 2]>, String, bool)> =
            found("", text).into_iter().map(|one| (one.rule, one.covers, one.reason, one.added)).collect();
        let of = |rule: &str, reason: &str| (rule.to_owned(), Some([3, 3]), reason.to_owned(), true);
        assert_eq!(shown, [of("a", "old"), of("b", "old"), of("c", "here")]);
        assert!(found("", text)[0].is_about(&TreePath::new("src/lib.rs").unwrap(), 3));
        assert!(!found("", text)[0].is_about(&TreePath::new("src/lib.rs").unwrap(), 2));
    }

    #[test]
    fn a_comment_at_the_head_of_a_function_is_about_the_function() {
        let waiver = "// gryph: allow(a) reason=\"r\"\n";
        for text in [
            format!("{waiver}/// D.\n#[inline]\npub fn f() {{\n    g();\n}}\n"),
            format!("\n/// D.\n{waiver}#[inline] pub fn f() {{\n    g();\n}}\n"),
        ] {
            let about = |line| found("", &text)[0].is_about(&TreePath::new("src/lib.rs").unwrap(), line);
            assert!(about(2) && about(4) && !about(1) && !about(5), "{text}");
            assert!(!found(&text, &text.replace("g()", "h()"))[0].added);
            assert!(found(&text, &text.replace("D.", "E."))[0].added, "it stood over another head");
        }
    }

    #[test]
    fn strings_and_documentation_waive_nothing() {
        for text in [
            "/// // gryph: allow(a) reason=\"r\"\nfn f() {}",
            "/// gryph: allow(a) reason=\"r\"\nfn f() {}",
            "const C: &str = \"\n// gryph: allow(a) reason='r'\n\";",
            "const C: &str = r#\"// gryph: allow(a) reason=\"r\"\"#;",
            "/* // gryph: allow(a) reason=\"r\" */ fn f() {}",
            "fn f() { // gryph: allow(a) reason=\"r\"",
            "// not gryph: allow(a) reason=\"r\"\nfn f() {}",
        ] {
            assert_eq!(found("", text), [], "{text}");
        }
    }

    #[test]
    fn what_was_there_for_the_same_text_is_not_added() {
        let text = |body: &str| format!("fn f() {{\n    // gryph: allow(a) reason=\"r\"\n    {body}\n}}\n");
        let is_added = |before: &str, now: &str| found(before, now)[0].added;
        assert!(!is_added(&text("g()"), &format!("\n\n{}", text("g()"))));
        assert!(is_added(&text("g()"), &text("h()")), "it stood over something else");
        assert!(is_added(&text("g()"), &text("g()").replace("\"r\"", "\"s\"")));
        let twice = text("g()").repeat(2);
        assert!(found(&text("g()"), &twice).iter().all(|one| one.added), "one of them is new");
        let trailing =
            |reason: &str| format!("fn f() {{\n    g() // gryph: allow(a) reason=\"{reason}\"\n}}\n");
        assert!(!is_added(&trailing("r"), &trailing("r")));
        assert!(is_added(&trailing("r"), &trailing("s")));
    }

    #[test]
    fn what_is_wrong_with_a_waiver_is_said() {
        let flaw = |text: &str| {
            found("", &format!("// gryph: {text}\nfn f() {{}}"))[0].flaw.clone().unwrap_or_default()
        };
        for text in ["alow(a)", "allow a", "allow(a) because", "allow(a) reason=r", "allow(a"] {
            assert!(flaw(text).contains("does not read"), "{text}");
        }
        assert_eq!(flaw("allow(a)"), "it gives no reason");
        assert_eq!(flaw("allow(a) reason=\" \""), "it gives no reason");
        assert_eq!(flaw("allow(a) reason=\"r\""), "");
    }

    #[test]
    fn an_entry_holds_until_its_day() {
        let entry =
            |day: &str| format!("[[gate.waiver]]\nrule = 'a'\npath = 'src'\nreason = 'r'\nexpires = {day}\n");
        let of = |text: &str| tree(GateTable::PATH, text);
        let one =
            |before: &str, now: &str| waivers(&of(before), &of(now), day("2026-11-26")).unwrap().remove(0);
        assert_eq!(one("", &entry("2026-11-26")).flaw, None);
        assert_eq!(one("", &entry("2026-11-25")).flaw.unwrap(), "it expired on 2026-11-25");
        assert!(one("", &entry("2027-01-01")).added && one(&entry("2026-12-31"), &entry("2027-01-01")).added);
        let base = one(&entry("2027-01-01"), &format!("# more\n{}", entry("2027-01-01")));
        assert!(!base.added && base.line == 3);
        let about = |path: &str| base.is_about(&TreePath::new(path).unwrap(), 7);
        assert!(about("src/a.rs") && about("src") && !about("srcs/a.rs"));
        assert!(waivers(&of(""), &of("[gate]\nwaver = 1"), day("2026-11-26")).is_err());
    }

    proptest::proptest! {
        #[test]
        fn no_comment_makes_the_reader_panic(text in "\\PC{0,60}") {
            let _ = read(&text);
            let _ = found("", &format!("// gryph: {text}\nfn f() {{}}"));
        }
    }
}
