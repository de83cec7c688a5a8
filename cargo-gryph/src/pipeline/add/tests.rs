//! What is composed, for packages as people write them.

use crate::spec::parse_addition;
use crate::tree::{Tree, TreePath};
use crate::workspace::{Workspace, packages_of};

use super::{Addition, Misfit, compose};

const MANIFEST: (&str, &str) = ("Cargo.toml", "[package]\nname = 'the-kit'\nedition = '2021'\n");
const LIB: (&str, &str) = ("src/lib.rs", "pub mod words;\n");

fn added(files: &[(&str, &str)], fragment: &str) -> Result<Addition, Vec<Misfit>> {
    let mut tree = Tree::new();
    for (path, text) in files {
        tree.insert(TreePath::new(*path).unwrap(), *text);
    }
    let packages = packages_of(&tree).unwrap();
    let workspace = Workspace {
        root: "/kit".into(),
        tree,
        repository: None,
        packages,
        dirty: Vec::new(),
        changed: Vec::new(),
        tools: Tree::new(),
        notes: Vec::new(),
    };
    let spec = parse_addition(fragment, "more.toml", "the-kit").unwrap();
    compose(spec, &workspace, &workspace.packages[0])
}

fn text<'a>(addition: &'a Addition, path: &str) -> &'a str {
    addition.tree.text(&TreePath::new(path).unwrap()).unwrap_or_else(|| panic!("no {path}"))
}

fn function(path: &str, signature: &str, examples: &str) -> String {
    format!("[[function]]\npath = '{path}'\nsignature = '{signature}'\ndoc = 'D.'\nexamples = [{examples}]\n")
}

#[test]
fn what_is_new_joins_what_a_file_has_and_only_lacking_imports_come() {
    let words =
        "//! Words.\n\nuse std::fmt;\n\npub struct Own;\n\nfn own() {}\n\n#[cfg(test)]\nmod tests {}\n";
    let kind = "[[type]]\npath = 'words::Kind'\ndoc = 'A kind.'\nderives = ['Debug', 'PartialEq']\n\
                definition = 'pub struct Kind;'\ndisplay = 'kind'\n";
    let tally = "pub fn tally(text: &str) -> std::collections::BTreeMap<String, Kind>";
    let found = added(
        &[MANIFEST, LIB, ("src/words.rs", words)],
        &format!("{kind}{}", function("words::tally", tally, "'tally(\"\").is_empty()'")),
    );
    let found = found.unwrap();
    let made = text(&found, "src/words.rs");
    let kept = words.replace("mod tests", "");
    assert!(
        made.starts_with("//! Words.\n\n") && made.ends_with("}\n\n#[cfg(test)]\nmod tests {}\n"),
        "{made}"
    );
    assert_eq!(made.matches("use std::fmt;").count(), 1, "{made}");
    for part in kept.split("\n\n").filter(|part| !part.starts_with("#[cfg")) {
        assert!(made.contains(part), "`{part}` is not in {made}");
    }
    assert!(made.find("impl fmt::Display for Kind").unwrap() < made.find("pub fn tally").unwrap());
    let hole = &found.open[0];
    assert!(
        hole.context.contains("pub struct Own;") && hole.context.contains("fn own();"),
        "{}",
        hole.context
    );
    assert!(text(&found, "tests/words.rs").contains("use the_kit::words::tally;"));
    assert_eq!(text(&found, "src/lib.rs"), LIB.1);
}

#[test]
fn all_examples_of_what_is_there_are_shown_and_those_that_need_new_functions_wait() {
    let words = "pub fn there(number: u8) -> u8 { number }\n";
    let fragment = [
        function(
            "words::there",
            "pub fn there(number: u8) -> u8",
            "'there(1) == 1', 'there(2) == 2', 'there(fresh(1)) == 1'",
        ),
        function("words::fresh", "pub fn fresh(number: u8) -> u8", "'fresh(1) == 1', 'fresh(2) == 2'"),
    ];
    let files = [MANIFEST, LIB, ("src/words/mod.rs", words)];
    let found = added(&files, &fragment.concat()).unwrap();
    let standing: Vec<&str> = found.standing.iter().map(|(_, check)| check.source.as_str()).collect();
    assert_eq!(standing, ["there(1) == 1", "there(2) == 2"]);
    assert!(text(&found, "tests/words.rs").contains("there(fresh(1))"));
    assert_eq!((found.open.len(), found.open[0].held_back.len()), (1, 1));
    assert_eq!(found.held_back, [TreePath::new("tests/words_held_back.rs").unwrap()]);
    assert_eq!(found.tests.len(), 5);
    assert!(text(&found, "src/words/mod.rs").starts_with(words));
}

#[test]
fn tests_take_no_name_that_something_has() {
    let words = ("src/words.rs", "");
    let fragment = function("words::f", "pub fn f(number: u8) -> u8", "'f(1) == 1', 'f(2) == 2'");
    let stem = |files: &[(&str, &str)]| {
        let found = added(&[&[MANIFEST, LIB, words], files].concat(), &fragment).unwrap();
        let target = &found.open[0].visible[0].test.target;
        assert_eq!(found.open[0].held_back[0].test.target, format!("{target}_held_back"));
        target.clone()
    };
    assert_eq!(stem(&[]), "words");
    assert_eq!(stem(&[("tests/words.rs", "")]), "words_2");
    assert_eq!(stem(&[("tests/words_held_back.rs", "")]), "words_2");
    assert_eq!(stem(&[("tests/words/main.rs", ""), ("examples/words_2.rs", "")]), "words_3");
}

#[test]
fn packages_that_cannot_take_it_are_refused() {
    let fragment = function("words::f", "pub fn f(number: u8) -> u8", "'f(1) == 1'");
    let refused = |manifest: &str, words: &str| {
        let files = [("Cargo.toml", manifest), LIB, ("src/words.rs", words)];
        added(&files, &fragment).unwrap_err().remove(0).to_string()
    };
    let package = "[package]\nname = 'kit'\n";
    assert!(refused(package, "").contains("edition 2015"));
    let no_tests = format!("{package}edition = '2024'\nautotests = false\n");
    assert!(refused(&no_tests, "").contains("takes no file under `tests`"));
    let sound = format!("{package}edition = '2024'\n");
    assert!(refused(&sound, "use std::f64 as f;").contains("something else called `f`"));
    assert!(refused(&sound, "fn f( {").contains("cannot read `src/words.rs`"));
    assert!(refused(&sound, "#[cfg(a)] fn f() {} #[cfg(not(a))] fn f() {}").contains("called `f`"));
}
