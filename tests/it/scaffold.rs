//! The example specifications: what they scaffold compiles, and a hand-written body for every function passes.

use std::collections::BTreeMap;
use std::ops::Range;
use std::path::Path;
use std::process::Command;
use std::time::{Duration, Instant};

use cargo_gryph::hole::HoleId;
use cargo_gryph::patch::Patch;
use cargo_gryph::plan::plan;
use cargo_gryph::scaffold::{Scaffold, partial, scaffold};
use cargo_gryph::spec;
use cargo_gryph::tree::Tree;
use syn::spanned::Spanned as _;

/// The scaffold of an example specification.
pub(super) fn example(name: &str) -> Scaffold {
    let file = format!("{}/examples/specs/{name}.toml", env!("CARGO_MANIFEST_DIR"));
    let text = std::fs::read_to_string(&file).unwrap();
    let spec = spec::parse(&text, &file).unwrap_or_else(|problems| {
        panic!("{}", problems.iter().map(ToString::to_string).collect::<Vec<_>>().join("\n"))
    });
    scaffold(&plan(&spec)).unwrap()
}

/// The byte ranges between the braces of all functions in a text, by `Type::name` or `name`, below a prefix.
fn bodies(prefix: &str, items: &[syn::Item], found: &mut BTreeMap<String, Range<usize>>) {
    let inside = |block: &syn::Block| {
        let range = block.span().byte_range();
        range.start + 1..range.end - 1
    };
    for item in items {
        match item {
            syn::Item::Mod(module) => {
                let (_, items) = module.content.as_ref().unwrap();
                bodies(&format!("{prefix}{}::", module.ident), items, found);
            }
            syn::Item::Fn(function) => {
                found.insert(format!("{prefix}{}", function.sig.ident), inside(&function.block));
            }
            syn::Item::Impl(block) => {
                let syn::Type::Path(owner) = &*block.self_ty else { continue };
                let owner = owner.path.get_ident().unwrap();
                for item in &block.items {
                    let syn::ImplItem::Fn(method) = item else { continue };
                    found.insert(format!("{prefix}{owner}::{}", method.sig.ident), inside(&method.block));
                }
            }
            _ => {}
        }
    }
}

/// The bodies of `tests/it/reference/<name>.rs`, by the names of the holes they fill.
pub(crate) fn references(name: &str) -> BTreeMap<String, String> {
    let file = format!("{}/tests/it/reference/{name}.rs", env!("CARGO_MANIFEST_DIR"));
    let text = std::fs::read_to_string(file).unwrap();
    let mut places = BTreeMap::new();
    bodies("", &syn::parse_file(&text).unwrap().items, &mut places);
    places.into_iter().map(|(name, place)| (name, text[place].to_owned())).collect()
}

/// The tree with the bodies of `tests/it/reference/<name>.rs` in its holes.
pub(super) fn filled(scaffold: &Scaffold, name: &str) -> Tree {
    let references = references(name);
    let mut tree = scaffold.tree.clone();
    for hole in scaffold.holes() {
        let reference = references.get(&hole.id.0).unwrap_or_else(|| panic!("no reference for {}", hole.id));
        let mut places = BTreeMap::new();
        bodies("", &syn::parse_file(tree.text(&hole.path).unwrap()).unwrap().items, &mut places);
        let place = places[&hole.function].clone();
        tree = Patch::replace(hole.path.clone(), place, reference.as_str()).apply(&tree).unwrap();
    }
    tree
}

/// Runs cargo in a project and gives whether it succeeds and what it says; all projects of these tests share their
/// compiled dependencies.
pub(crate) fn cargo_says(project: &Path, arguments: &[&str]) -> (bool, String) {
    let output = Command::new(env!("CARGO"))
        .args(arguments)
        .current_dir(project)
        .env("CARGO_TARGET_DIR", Path::new(env!("CARGO_TARGET_TMPDIR")).join("scaffold"))
        .env("CARGO_INCREMENTAL", "0")
        .env("RUSTDOCFLAGS", "-D warnings")
        .env("RUST_BACKTRACE", "0")
        .output()
        .unwrap();
    let text = [output.stdout, output.stderr].concat();
    (output.status.success(), String::from_utf8_lossy(&text).into_owned())
}

/// What cargo says in a project; it must succeed.
fn cargo(project: &Path, arguments: &[&str]) -> String {
    let (success, text) = cargo_says(project, arguments);
    assert!(success, "cargo {} failed:\n{text}", arguments.join(" "));
    text
}

/// Open, the example compiles and is formatted; filled by hand, it passes everything a gate asks.
fn check(name: &str) {
    let scaffold = example(name);
    let project = tempfile::tempdir().unwrap();
    scaffold.tree.write_to(project.path()).unwrap();
    cargo(project.path(), &["fmt", "--check"]);
    cargo(project.path(), &["check", "--all-targets", "--quiet"]);
    filled(&scaffold, name).write_to(project.path()).unwrap();
    cargo(project.path(), &["fmt"]);
    let tested = cargo(project.path(), &["test"]);
    for test in scaffold.all_tests() {
        let line = format!("test {} ... ok", test.name);
        assert!(tested.contains(&line), "{} of {} did not run:\n{tested}", test.name, test.target);
    }
    cargo(project.path(), &["clippy", "--all-targets", "--quiet", "--", "-D", "warnings"]);
    cargo(project.path(), &["doc", "--no-deps", "--quiet"]);
}

#[test]
fn textkit_is_consistent() {
    check("textkit");
}

#[test]
fn units_is_consistent() {
    check("units");
}

#[test]
fn toolbox_is_consistent() {
    check("toolbox");
}

#[test]
fn logtop_is_consistent() {
    check("logtop");
}

#[test]
fn what_proposers_see_holds_no_held_back_example() {
    for name in ["textkit", "units", "toolbox", "logtop"] {
        let scaffold = example(name);
        let visible = scaffold.visible_tree();
        for hole in scaffold.holes() {
            for check in &hole.held_back {
                for (path, bytes) in visible.files() {
                    let text = String::from_utf8_lossy(bytes);
                    let call = check.source.split(" == ").next().unwrap_or_default();
                    assert!(!text.contains(call), "{call} stands in {path} of {name}");
                }
                let shown = [&hole.context, &hole.doc, &hole.signature];
                assert!(!shown.iter().any(|text| text.contains(&check.source)), "{} is shown", check.source);
            }
        }
    }
}

#[test]
fn a_scaffold_takes_less_than_a_second() {
    let begin = Instant::now();
    example("toolbox");
    assert!(begin.elapsed() < Duration::from_secs(1), "it took {:?}", begin.elapsed());
}

#[test]
fn a_partial_project_is_complete_without_what_is_left_out() {
    let whole = example("toolbox");
    let open = [HoleId("parse::csv_line".to_owned()), HoleId("text::wrap".to_owned())];
    let part = partial(&whole, &open).unwrap();
    assert_eq!(part.holes().len(), whole.holes().len() - 2);
    for (path, bytes) in part.tree.files().filter(|(path, _)| path.as_str() != "README.md") {
        let text = String::from_utf8_lossy(bytes);
        assert!(
            !text.contains("csv_line") && !text.contains("wrap"),
            "{path} still mentions what was left out"
        );
    }
    let readme = part.tree.files().find(|(path, _)| path.as_str() == "README.md").unwrap().1;
    let readme = String::from_utf8_lossy(readme);
    assert!(readme.contains("- `parse::csv_line`"), "{readme}");
    let units = partial(&example("units"), &[HoleId("length::Unit::parse".to_owned())]).unwrap();
    let kept: Vec<&str> = units.holes().iter().map(|hole| hole.function.as_str()).collect();
    assert_eq!(kept, ["Unit::millimetres", "Length::new", "Length::parse", "Length::shortest", "total"]);
    assert!(!units.tree.files().any(|(_, bytes)| String::from_utf8_lossy(bytes).contains("Unit::parse(")));
    let project = tempfile::tempdir().unwrap();
    filled(&part, "toolbox").write_to(project.path()).unwrap();
    cargo(project.path(), &["test", "--quiet", "--tests"]);
}

#[test]
fn unusual_signatures_and_types_are_scaffolded_so_that_they_compile() {
    let text = r#"
spec = 1
[project]
name = "odd-shapes"
kind = "library"
summary = "Shapes that are seldom seen"

[[type]]
path = "shapes::Stack"
doc = "A stack of numbers with a limit, see [0] and <https://example.org>."
derives = ["Clone", "Debug", "Default", "PartialEq"]
definition = "pub struct Stack { items: Vec<i64>, limit: Option<std::num::NonZeroUsize>, seen: HashMap<String, u8> }"
display = "a stack"

[[type]]
path = "shapes::Shape"
doc = "A shape."
derives = ["Debug"]
definition = '''
pub enum Shape {
    /// A point.
    Point,
    /// A circle and its radius.
    Circle {
        /// The radius.
        radius: f64,
    },
    /// Two sides and a name.
    Rectangle(f64, f64, String),
}
'''
display = { Point = "a {{point}} \"of\" nothing", Circle = "radius {radius:?}", Rectangle = "{0} by {1}, a rather long text that goes beyond the end of the line {2}" }
error = true

[[function]]
path = "shapes::Stack::numbers"
signature = "pub fn numbers(&self) -> impl Iterator<Item = &i64> + '_"
doc = "Returns the numbers."
examples = ['Stack::default().numbers().count() == 0']

[[function]]
path = "shapes::adder"
signature = "pub fn adder(number: i64) -> impl Fn(i64) -> i64"
doc = "Returns a function that adds `number`."
examples = ['adder(1)(2) == 3']

[[function]]
path = "shapes::largest_of_all_the_given_items"
signature = "pub fn largest_of_all_the_given_items<'a, T>(items: &'a [T], otherwise: &'a T, least: Option<&'a T>) -> &'a T where T: PartialOrd + Debug"
doc = "Returns the largest item.\n\n- One.\n- Two."
examples = ['largest_of_all_the_given_items(&[1, 2], &0, None) == &2', 'largest_of_all_the_given_items(&[9], &0, None) == &9']

[[function]]
path = "shapes::tally"
signature = "pub fn tally(words: &[&str], counts: &mut HashMap<String, usize>)"
doc = "Adds the words to the counts."
examples = ['{ let mut counts = HashMap::new(); tally(&["a"], &mut counts); counts.get("a") == Some(&1) }', 'match (1, 2) { (1, two) => two == 2, _ => false } && { tally(&[], &mut HashMap::new()); true }']
properties = ['|words: Vec<String>, (ignored)| tally(words)']
"#;
    let problems = spec::parse(text, "odd.toml").unwrap_err();
    assert_eq!(problems.len(), 1, "{problems:?}");
    let text = text.replace("|words: Vec<String>, (ignored)| tally(words)", "|words: Vec<String>, pair: (u8, Option<char>)| { let mut counts = HashMap::new(); words.iter().for_each(|word| tally(&[word.as_str()], &mut counts)); counts.len() <= words.len() && pair.0 < 255 }");
    let spec = spec::parse(&text, "odd.toml").unwrap();
    let scaffold = scaffold(&plan(&spec)).unwrap();
    let project = tempfile::tempdir().unwrap();
    scaffold.tree.write_to(project.path()).unwrap();
    cargo(project.path(), &["check", "--all-targets", "--quiet"]);
    cargo(project.path(), &["doc", "--no-deps", "--quiet"]);
    cargo(
        project.path(),
        &[
            "clippy",
            "--all-targets",
            "--quiet",
            "--",
            "-D",
            "warnings",
            "-A",
            "clippy::todo",
            "-A",
            "unused",
            "-A",
            "dead_code",
        ],
    );
}

#[test]
fn a_program_that_says_nothing_on_stderr_takes_numbers_below_nothing() {
    let text = r#"
spec = 1
[project]
name = "shift"
kind = "cli"
summary = "Shows numbers"

[[command]]
name = "shift"
about = "Shows the number"
doc = "Returns the number `by`."
arguments = [{ name = "by", type = "i64", short = "b", default = "-1", help = "How far" }]
examples = [{ args = ["-b", "-5"], stdout = "-5" }, { args = ["--by=-7"], stdout = "-7" }, { stdout = "-1" }]

[[command]]
name = "show"
about = "Shows the number"
doc = "Returns the number `by`."
arguments = [{ name = "by", type = "f64", positional = true, help = "Where" }]
examples = [{ args = ["-5"], stdout = "-5" }, { args = ["-1.5"], stdout = "-1.5" }]
"#;
    let spec = spec::parse(text, "shift.toml").unwrap();
    let scaffold = scaffold(&plan(&spec)).unwrap();
    let project = tempfile::tempdir().unwrap();
    scaffold.tree.write_to(project.path()).unwrap();
    let commands = project.path().join("src/commands.rs");
    let open = std::fs::read_to_string(&commands).unwrap();
    assert_eq!(open.matches("todo!()").count(), 2);
    std::fs::write(&commands, open.replace("todo!()", "Ok(by.to_string())")).unwrap();
    cargo(project.path(), &["fmt", "--check"]);
    cargo(project.path(), &["clippy", "--all-targets", "--quiet", "--", "-D", "warnings"]);
    cargo(project.path(), &["test", "--quiet"]);
}
