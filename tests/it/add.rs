//! `cargo gryph add` in a package that `new` did not make: what comes in is what was asked for, in one commit, and where
//! that cannot be nothing changes.

use std::process::Command;

use cargo_gryph::git::{Git, Search};
use cargo_gryph::pipeline::compose;
use cargo_gryph::spec::parse_addition;
use cargo_gryph::workspace::{Limits, Workspace};

use crate::desk::{ASK_AS_RECORDED, DOUBLE, Desk, SQUARE, Said, tool};

/// A library as people write one, with tests of its own.
const LIB: &str = "//! A kit.\n\npub mod words;\n\n/// The answer.\npub fn answer() -> u32 {\n    42\n}\n\n\
    #[cfg(test)]\nmod tests {\n    #[test]\n    fn answers() {\n        assert_eq!(super::answer(), 42);\n    }\n}\n";

/// A module of it.
const WORDS: &str = "//! Words.\n\n/// How many words there are.\npub fn count(text: &str) -> usize {\n    \
    text.split_whitespace().count()\n}\n";

/// What [`DOUBLE`] asks for without its project.
fn double() -> &'static str {
    &DOUBLE[DOUBLE.find("[[function]]").unwrap()..]
}

/// Tests for the function that is there; its parameter has another name.
const COUNT: &str = r#"[[function]]
path = 'words::count'
signature = 'pub fn count(words: &str) -> usize'
doc = 'Counts words.'
examples = ['count("a b") == 2', 'count("") == 0', 'count(" a ") == 1']
"#;

/// A repository with that package.
struct Kit {
    desk: Desk,
}

impl Kit {
    fn new() -> Self {
        Self::with(&[])
    }

    /// The package with other files.
    fn with(files: &[(&str, &str)]) -> Self {
        let desk = Desk::new();
        crate::fix::workspace(&desk, LIB);
        desk.write("kit/src/words.rs", WORDS);
        files.iter().for_each(|(path, text)| desk.write(&format!("kit/{path}"), text));
        crate::fix::committed(&desk);
        Self { desk }
    }

    /// What is asked for stands in a file of the desk.
    fn add(&self, fragment: &str, more: &[&str]) -> Said {
        self.desk.write("more.toml", fragment);
        let arguments = ["add", "more.toml", "--path", "kit"];
        self.desk.gryph(&[&arguments[..], more].concat())
    }

    /// The same with recorded answers: bodies by the names of functions.
    fn add_written(&self, fragment: &str, bodies: &[(&str, &str)], more: &[&str]) -> Said {
        Said::of(self.prepared(fragment, bodies, more).output().unwrap())
    }

    fn prepared(&self, fragment: &str, bodies: &[(&str, &str)], more: &[&str]) -> Command {
        let search = Search {
            path: std::env::var_os("PATH").unwrap(),
            environment: [("HOME".into(), self.desk.path("user").into())].into(),
        };
        let git = Git::discover(&search).unwrap();
        let workspace = Workspace::read(&self.desk.path("kit"), &git, &Limits::default()).unwrap();
        let package = workspace.packages.iter().find(|package| package.name == "kit").unwrap();
        let spec = parse_addition(fragment, "more.toml", "kit").unwrap();
        let holes = compose(spec, &workspace, package).unwrap().open;
        let bodies = bodies.iter().map(|(name, body)| ((*name).to_owned(), (*body).to_owned()));
        self.desk.record_holes("more.jsonl", &holes, 1, bodies.collect());
        self.desk.write("more.toml", fragment);
        let arguments = ["add", "more.toml", "--path", "kit", "--replay", "more.jsonl"];
        let mut command = self.desk.command(&[&arguments[..], &ASK_AS_RECORDED[..], more].concat());
        // What crates offer is no part of the recording.
        command.env("GRYPH_RETRIEVAL", "false");
        command
    }

    fn text(&self, path: &str) -> String {
        std::fs::read_to_string(self.desk.path("kit").join(path)).unwrap()
    }

    fn git(&self, arguments: &[&str]) -> String {
        tool(&self.desk.path("kit"), "git", arguments)
    }

    fn tests_pass(&self) {
        tool(&self.desk.path("kit"), env!("CARGO"), &["test", "--offline", "--quiet", "--workspace"]);
    }

    /// The files of the last commit, without the attestation.
    fn committed(&self) -> Vec<String> {
        assert_eq!(self.git(&["status", "--porcelain"]), "");
        let all = self.git(&["show", "--name-status", "--format=", "HEAD"]);
        let (records, files): (Vec<&str>, Vec<&str>) = all.lines().partition(|line| line.contains(".gryph/"));
        assert_eq!(records.len(), 1, "an attestation: {all}");
        files.into_iter().map(|line| line.replace('\t', " ")).collect()
    }

    /// Runs what has to change nothing, and gives what it said if it ended with this code.
    fn refused(&self, code: i32, run: impl FnOnce(&Self) -> Said) -> String {
        let before = self.git(&["rev-parse", "HEAD"]);
        let said = run(self);
        assert_eq!(said.code, Some(code), "{said:?}");
        assert_eq!(self.git(&["rev-parse", "HEAD"]), before, "{said:?}");
        assert_eq!(self.git(&["status", "--porcelain"]), "", "{said:?}");
        format!("{}{}", said.out, said.err)
    }
}

#[test]
fn functions_come_into_new_and_present_modules_with_their_tests_in_one_commit() {
    let kit = Kit::new();
    let said = kit.add_written(double(), &[("arithmetic::double", "number * 2")], &[]);
    assert_eq!(said.code, Some(0), "{said:?}");
    assert!(said.out.contains("1 function written, 3 tests added; commit "), "{said:?}");
    let expected =
        ["M src/lib.rs", "A src/arithmetic.rs", "A tests/arithmetic.rs", "A tests/arithmetic_held_back.rs"];
    let mut committed = kit.committed();
    committed.sort_by_key(|line| expected.iter().position(|known| known == line));
    assert_eq!(committed, expected);
    assert_eq!(kit.text("src/lib.rs"), LIB.replace("pub mod words", "pub mod arithmetic;\npub mod words"));
    let source = kit.text("src/arithmetic.rs");
    assert!(source.starts_with("//! `double`.\n") && source.contains("    number * 2\n"), "{source}");
    assert!(kit.text("tests/arithmetic.rs").contains("use kit::arithmetic::double;"));
    assert_eq!(kit.git(&["log", "-1", "--format=%s"]), "Add arithmetic::double\n");
    assert!(kit.git(&["log", "-1", "--format=%b"]).contains("Gryph-Attestation: "));
    let shown = kit.desk.gryph(&["show", &said.run()]);
    assert_eq!(shown.code, Some(0), "{shown:?}");

    // Another one for the module that is there now, and in the same run tests for one that is there.
    let both = format!("{COUNT}{SQUARE}");
    let said = kit.add_written(&both, &[("arithmetic::square", "number * number")], &[]);
    assert_eq!(said.code, Some(0), "{said:?}");
    let committed = kit.committed();
    for expected in ["M src/arithmetic.rs", "A tests/arithmetic_2.rs", "A tests/words.rs"] {
        assert!(committed.iter().any(|line| line == expected), "{expected} is not in {committed:?}");
    }
    assert_eq!(committed.len(), 4, "{committed:?}");
    let extended = kit.text("src/arithmetic.rs");
    assert!(extended.starts_with(&source) && extended.contains("    number * number\n"), "{extended}");
    assert_eq!(kit.text("src/words.rs"), WORDS);
    kit.tests_pass();
}

#[test]
fn a_function_that_is_there_gets_tests_and_nobody_is_asked() {
    let kit = Kit::new();
    let said = kit.add(COUNT, &["--offline"]);
    assert_eq!(said.code, Some(0), "{said:?}");
    assert!(said.out.contains("0 functions written, 3 tests added"), "{said:?}");
    assert_eq!(kit.committed(), ["A tests/words.rs"]);
    assert_eq!(kit.git(&["log", "-1", "--format=%s"]), "Test words::count\n");
    kit.tests_pass();
    let wrong = COUNT.replace("count(\" a \") == 1", "count(\" a \") == 3");
    let said = kit.refused(100, |kit| kit.add(&wrong, &["--offline"]));
    assert!(said.contains("`words::count` does not meet `count(\" a \") == 3`"), "{said}");
    assert!(said.contains("1 example does not hold"), "{said}");
}

#[test]
fn files_keep_their_line_ends_and_their_own_format() {
    let odd = "//! Odd.\n\n/// One.\npub fn  one() -> u8 { 1 }\n";
    let kit = Kit::with(&[
        ("src/lib.rs", &LIB.replace("pub mod words;", "pub mod odd;\npub mod words;")),
        ("src/odd.rs", odd),
        ("src/words.rs", &WORDS.replace('\n', "\r\n")),
    ]);
    let function = |module: &str| {
        SQUARE.replace("arithmetic::square", &format!("{module}::square_of")).replace("square(", "square_of(")
    };
    let fragment = format!("{}{}", function("odd"), function("words"));
    let body = "let same = number;\n    number * same";
    let said = kit.add_written(&fragment, &[("odd::square_of", body), ("words::square_of", body)], &[]);
    assert_eq!(said.code, Some(0), "{said:?}");
    assert!(kit.text("src/odd.rs").starts_with(odd));
    let words = kit.text("src/words.rs");
    assert!(words.contains("    let same = number;\r\n    number * same\r\n}\r\n"), "{words:?}");
    assert_eq!(words.matches('\n').count(), words.matches("\r\n").count(), "{words:?}");
}

#[test]
fn in_a_workspace_the_package_that_is_named_gets_it_as_it_is_written_there() {
    let manifest = "[package]\nname = \"kit\"\nversion = \"0.1.0\"\nedition = \"2021\"\n";
    let members = "[workspace]\nmembers = [\"parts/*\"]\nresolver = \"2\"\n";
    let other = manifest.replace("kit", "other");
    let kit = Kit::with(&[
        ("Cargo.toml", members),
        ("rustfmt.toml", "tab_spaces = 2\n"),
        ("parts/kit/Cargo.toml", manifest),
        ("parts/kit/src/lib.rs", "//! A kit.\n\nmod private {}\n"),
        ("parts/other/Cargo.toml", &other),
        ("parts/other/src/lib.rs", "//! Another.\n"),
    ]);
    let said = kit.refused(2, |kit| kit.add(double(), &[]));
    assert!(said.contains("none was named") && said.contains("`kit`, `other`"), "{said}");
    let said = kit.refused(2, |kit| kit.add(double(), &["--package", "kti"]));
    assert!(said.contains("no package `kti`"), "{said}");
    let said = kit.add_written(double(), &[("arithmetic::double", "number * 2")], &["--package", "kit"]);
    assert_eq!(said.code, Some(0), "{said:?}");
    assert_eq!(kit.committed().len(), 4);
    assert!(kit.text("parts/kit/src/arithmetic.rs").contains("\n  number * 2\n"));
    assert!(kit.text("parts/kit/tests/arithmetic.rs").contains("\n  use kit::arithmetic::double;"));
    kit.tests_pass();
}

/// A type, a crate, and a property.
const NUMBERS: &str = r#"[dependencies]
itoa = "1"
[[type]]
path = 'numbers::Sign'
doc = 'Whether a number is below zero.'
definition = '''
pub enum Sign {
    /// It is not.
    Plus,
    /// It is.
    Minus,
}
'''
derives = ['Clone', 'Copy', 'Debug', 'PartialEq', 'Eq']
[[function]]
path = 'numbers::digits'
signature = 'pub fn digits(number: u32) -> String'
doc = 'Returns the decimal digits of the number.'
examples = ['digits(7) == "7"', 'digits(120) == "120"', 'digits(0) == "0"']
properties = ['|number: u32| digits(number).parse::<u32>() == Ok(number)']
[[function]]
path = 'numbers::sign_of'
signature = 'pub fn sign_of(number: i64) -> Sign'
doc = 'Returns the sign of the number; zero has a plus.'
examples = ['sign_of(-1) == Sign::Minus', 'sign_of(0) == Sign::Plus', 'sign_of(9) == Sign::Plus', 'sign_of(-9) == Sign::Minus']
"#;

/// Crates come from the registry.
#[test]
fn types_and_crates_come_with_the_functions_that_need_them() {
    let bodies = [
        ("numbers::digits", "itoa::Buffer::new().format(number).to_owned()"),
        ("numbers::sign_of", "if number < 0 { Sign::Minus } else { Sign::Plus }"),
    ];
    let lock = "# This file is automatically @generated by Cargo.\n# It is not intended for manual editing.\nversion = 4\n\n\
                [[package]]\nname = \"kit\"\nversion = \"0.1.0\"\n";
    let kit = Kit::with(&[(".gitignore", "/target\n"), ("Cargo.lock", lock)]);
    let said = kit.add_written(NUMBERS, &bodies, &[]);
    assert_eq!(said.code, Some(0), "{said:?}");
    assert!(kit.committed().iter().any(|line| line == "M Cargo.lock"));
    let manifest = kit.text("Cargo.toml");
    assert!(manifest.contains("[dependencies]\nitoa = \"1\"\n"), "{manifest}");
    assert!(manifest.contains("[dev-dependencies]\nproptest = "), "{manifest}");
    assert!(kit.text("src/numbers.rs").contains("pub enum Sign"));
    tool(&kit.desk.path("kit"), env!("CARGO"), &["test", "--quiet"]);

    // A lock file that the repository ignores is in no commit.
    let kit = Kit::new();
    let (head, rest) =
        (&NUMBERS[..NUMBERS.find("[[type]]").unwrap()], &NUMBERS[NUMBERS.find("[[function]]").unwrap()..]);
    let digits = rest.lines().take(5).collect::<Vec<_>>().join("\n");
    let said = kit.add_written(&format!("{head}{digits}\n"), &bodies[..1], &[]);
    assert_eq!(said.code, Some(0), "{said:?}");
    assert!(kit.committed().iter().all(|line| !line.ends_with("Cargo.lock")));
}

#[test]
fn a_red_workspace_is_refused_before_anybody_is_asked() {
    let red = LIB.replace("    42\n", "    41\n");
    let kit = Kit::with(&[("src/lib.rs", &red)]);
    let said = kit.refused(100, |kit| kit.add(double(), &["--offline"]));
    assert!(said.contains("red before anything is added: kit::tests::answers"), "{said}");
}

#[test]
fn where_a_function_stays_open_nothing_is_written() {
    let kit = Kit::new();
    let wrong = [("arithmetic::double", "number * 3")];
    let said = kit.refused(104, |kit| {
        let mut command = kit.prepared(double(), &wrong, &[]);
        Said::of(command.env("GRYPH_ROUNDS", "1").output().unwrap())
    });
    assert!(said.contains("1 of 1 functions stay open; nothing was written"), "{said}");
}

#[test]
fn what_does_not_fit_is_said_before_anything_runs() {
    let kit = Kit::with(&[
        (
            "src/lib.rs",
            &LIB.replace(
                "pub mod words;",
                "pub mod words;\nmod hidden;\npub mod inner {}\nuse std::fmt as shown;",
            ),
        ),
        ("src/hidden.rs", "//! Hidden.\n"),
        ("src/stray.rs", "//! In no module.\n"),
        ("src/words.rs", &format!("{WORDS}\nfn own() {{}}\n\npub const MOST: u8 = 1;\n")),
    ]);
    let asked = |path: &str, signature: &str| {
        let call = path.rsplit("::").next().unwrap();
        format!(
            "[[function]]\npath = '{path}'\nsignature = '{signature}'\ndoc = 'D.'\nexamples = ['{call}(1) == 2']\n"
        )
    };
    let number = |path: &str| {
        let name = path.rsplit("::").next().unwrap();
        asked(path, &format!("pub fn {name}(number: u8) -> u8"))
    };
    let service =
        "spec = 1\n[project]\nname = 'kit'\nkind = 'service'\nsummary = 'S'\n[[entity]]\nname = 'Note'\n";
    let program = "[project]\nname = 'kit'\nkind = 'cli'\nsummary = 'S'\n";
    let cases = [
        (
            COUNT.replace("usize", "u64"),
            "`words::count` is there as `pub fn count(text: &str) -> usize`, and `pub fn count(words: &str) -> u64` is asked for",
        ),
        (number("words::own"), "`words::own` is there as `fn own()`"),
        (number("hidden::f"), "the module `hidden` is not public in `src/lib.rs`"),
        (number("inner::f"), "the module `inner` stands in `src/lib.rs` itself"),
        (number("shown::f"), "`src/lib.rs` has something else called `shown`"),
        (number("stray::f"), "`src/stray.rs` is there, and `src/lib.rs` does not declare it"),
        (number("../up::f"), "is not a module name"),
        (service.to_owned(), "`entity` can only be added to a project that `cargo gryph new` made"),
        (format!("{program}{}", number("m::f")), "a project of the kind `cli` is made by `cargo gryph new`"),
        ("[dependencies]\nregex = '1'\n".to_owned(), "asks for no function"),
    ];
    for (fragment, expected) in cases {
        let said = kit.refused(2, |kit| kit.add(&fragment, &["--offline"]));
        assert!(said.contains(expected), "`{expected}` is not in {said}");
    }
    let said =
        kit.refused(2, |kit| kit.desk.gryph(&["add", "a function that counts words", "--path", "kit"]));
    assert!(said.contains("a sentence can only be added to a project"), "{said}");
    let planned = kit.refused(0, |kit| {
        kit.add(&format!("[dependencies]\nregex = '1'\n{}", number("m::f")), &["--dry-run"])
    });
    for expected in ["+pub mod m;", "+regex = \"1\"", "+pub fn f(number: u8) -> u8 {", "+    todo!()"] {
        assert!(planned.contains(expected), "{expected} is not in {planned}");
    }
}

#[test]
fn without_a_library_a_repository_or_a_commit_nothing_is_added() {
    let desk = Desk::new();
    let said = |desk: &Desk| {
        desk.write("more.toml", double());
        let said = desk.gryph(&["add", "more.toml", "--path", "kit"]);
        assert_eq!(said.code, Some(2), "{said:?}");
        said.err
    };
    crate::fix::workspace(&desk, LIB);
    let text = said(&desk);
    assert!(text.contains("the workspace is in no git repository"), "{text}");
    crate::fix::committed(&desk);
    desk.write("kit/NOTES.md", "Mine.\n");
    let text = said(&desk);
    assert!(text.contains("files are not committed: NOTES.md"), "{text}");
    let kit = Kit::new();
    kit.git(&["mv", "src/lib.rs", "src/main.rs"]);
    kit.git(&["commit", "--quiet", "-m", "A program"]);
    let text = said(&kit.desk);
    assert!(text.contains("the package `kit` has no library"), "{text}");
}
