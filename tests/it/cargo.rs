//! Cargo behind the walls: real builds, real test binaries.

use std::path::{Path, PathBuf};
use std::sync::Arc;
use std::time::Duration;

use cargo_gryph::cargo::{
    BuildOptions, CapLints, Cargo, CargoError, Search, TestRun, Toolchain, Workbench, network_environment,
};
use cargo_gryph::diagnostic::{Applicability, Level};
use cargo_gryph::process::Exit;
use cargo_gryph::sandbox::{Preference, Sandbox, detect};
use cargo_gryph::tree::{Tree, TreePath};

/// Our own binary, which confines itself.
pub(crate) fn launcher() -> &'static Path {
    Path::new(env!("CARGO_BIN_EXE_cargo-gryph"))
}

/// The toolchain that runs the tests.
pub(crate) fn toolchain() -> Toolchain {
    let variable = |name: &str| std::env::var_os(name);
    let home = variable("HOME").or_else(|| variable("USERPROFILE")).map(PathBuf::from).unwrap_or_default();
    let search = Search {
        cargo: variable("CARGO").map(PathBuf::from),
        cargo_home: variable("CARGO_HOME").map_or_else(|| home.join(".cargo"), PathBuf::from),
        path: variable("PATH").unwrap_or_default(),
        neutral_dir: "/".into(),
        rustup: std::env::vars_os().filter(|(name, _)| name == "HOME" || name == "RUSTUP_HOME").collect(),
    };
    Toolchain::discover(&search).unwrap()
}

/// A workbench that holds a package of these files and its lock file.
async fn bench(cargo: &Cargo, files: &[(&str, &str)]) -> (tempfile::TempDir, Workbench) {
    let dir = tempfile::tempdir().unwrap();
    let bench = Workbench::create(dir.path()).unwrap();
    let mut tree = Tree::new();
    for (path, text) in files {
        tree.insert(TreePath::new(*path).unwrap(), *text);
    }
    tree.write_to(&bench.tree()).unwrap();
    cargo.generate_lockfile(&bench).await.unwrap();
    (dir, bench)
}

fn sandboxes() -> Vec<Arc<dyn Sandbox>> {
    [Preference::Auto, Preference::Landlock].map(|prefer| detect(launcher(), prefer).unwrap()).into()
}

const MANIFEST: &str =
    "[package]\nname = \"sample-kit\"\nversion = \"0.1.0\"\nedition = \"2024\"\n[workspace]\n";

fn schema_options() -> BuildOptions {
    BuildOptions { cap_lints: Some(CapLints::Warn), ..BuildOptions::default() }
}

fn test_run(exact: &[&str]) -> TestRun {
    TestRun {
        exact: exact.iter().map(|name| (*name).to_owned()).collect(),
        env: Vec::new(),
        wall: Duration::from_secs(30),
        stop_at_failure: false,
        threads: 2,
        scratch: None,
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn tests_are_built_listed_and_run_behind_every_sandbox() {
    for sandbox in sandboxes() {
        let cargo = Cargo::new(toolchain(), sandbox);
        let lib = "#[cfg(test)] mod tests {\n#[test] fn good() {}\n#[test] fn bad() { assert_eq!(1, 2, \"sum\"); }\n\
                   #[test] #[should_panic] fn panics() { panic!() }\n#[test] #[ignore = \"no\"] fn skipped() {} }";
        let integration =
            "#[test] fn outside() { std::fs::write(std::env::temp_dir().join(\"x\"), \"y\").unwrap(); }";
        let files = [("Cargo.toml", MANIFEST), ("src/lib.rs", lib), ("tests/outer.rs", integration)];
        let (_dir, bench) = bench(&cargo, &files).await;
        let build = cargo.build_tests(&bench, &schema_options()).await.unwrap();
        assert!(build.success, "{}", build.stderr);
        let names: Vec<&str> = build.binaries.iter().map(|binary| binary.target.as_str()).collect();
        assert_eq!(names, ["sample_kit", "outer"]);
        let unit = &build.binaries[0];
        let listed = cargo.list_tests(&bench, unit).await.unwrap();
        assert_eq!(listed, ["tests::bad", "tests::good", "tests::panics", "tests::skipped"]);

        let all = cargo.run_test(&bench, unit, &test_run(&[])).await.unwrap();
        assert_eq!(all.passed, ["tests::good", "tests::panics"], "{all:?}");
        assert_eq!(all.anomaly, None);
        assert_eq!(all.failed[0].test, "tests::bad");
        assert!(all.failed[0].message.contains("sum"), "{:?}", all.failed[0].message);

        let one = cargo.run_test(&bench, unit, &test_run(&["tests::good"])).await.unwrap();
        assert!(one.all_passed(&["tests::good".to_owned()]), "{one:?}");
        let none = cargo.run_test(&bench, unit, &test_run(&["tests::gone"])).await.unwrap();
        assert!(none.passed.is_empty() && none.anomaly.is_some(), "{none:?}");

        let mut stopping = test_run(&["tests::bad", "tests::good"]);
        (stopping.stop_at_failure, stopping.threads) = (true, 1);
        let stopped = cargo.run_test(&bench, unit, &stopping).await.unwrap();
        assert_eq!(
            (stopped.exit, stopped.failed[0].test.as_str()),
            (Exit::Stopped, "tests::bad"),
            "{stopped:?}"
        );

        let outer = cargo.run_test(&bench, &build.binaries[1], &test_run(&[])).await.unwrap();
        assert_eq!(outer.passed, ["outside"], "{outer:?}");
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn members_are_told_behind_every_sandbox() {
    for sandbox in sandboxes() {
        let cargo = Cargo::new(toolchain(), sandbox);
        let member =
            "[package]\nname = \"part-one\"\nversion = \"0.1.0\"\nedition = \"2021\"\n[features]\nx = []\n";
        let files = [
            ("Cargo.toml", "[workspace]\nresolver = \"3\"\nmembers = [\"one\"]\n"),
            ("one/Cargo.toml", member),
            ("one/src/lib.rs", ""),
            ("one/tests/outer.rs", ""),
        ];
        let (_dir, bench) = bench(&cargo, &files).await;
        let members = cargo.metadata(&bench).await.unwrap();
        let [member] = &members[..] else { panic!("{members:?}") };
        assert_eq!((member.name.as_str(), &member.features[..]), ("part-one", &["x".to_owned()][..]));
        let paths: Vec<&str> = member.targets.iter().map(|target| target.path.as_str()).collect();
        assert_eq!(paths, ["one/src/lib.rs", "one/tests/outer.rs"]);
        std::fs::write(bench.tree().join("one/Cargo.toml"), "[package]\n").unwrap();
        assert!(matches!(cargo.metadata(&bench).await, Err(CargoError::Step { .. })));
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn diagnostics_name_places_of_the_tree_and_offer_alternatives_apart() {
    let cargo = Cargo::new(toolchain(), detect(launcher(), Preference::Auto).unwrap());
    let lib =
        "pub fn total(x: u32) -> u32 {\n    x += 1;\n    x\n}\npub fn map() -> HashMap<u8, u8> { todo!() }\n";
    let (_dir, bench) = bench(&cargo, &[("Cargo.toml", MANIFEST), ("src/lib.rs", lib)]).await;
    let build = cargo.check(&bench, &schema_options()).await.unwrap();
    assert!(!build.success);
    let unknown = build
        .diagnostics
        .iter()
        .find(|said| said.code.as_deref() == Some("E0412") || said.code.as_deref() == Some("E0425"))
        .unwrap();
    let place = unknown.primary().unwrap();
    assert_eq!((place.span.path.as_str(), &lib[place.span.range.clone()]), ("src/lib.rs", "HashMap"));
    assert_eq!(unknown.level, Level::Error);
    let uses: Vec<&str> = unknown.suggestions.iter().map(|offer| offer.edits[0].replacement.trim()).collect();
    assert!(uses.contains(&"use std::collections::HashMap;"), "{unknown:#?}");
    assert!(unknown.suggestions.iter().all(|offer| offer.applicability == Applicability::MaybeIncorrect));
}

#[tokio::test(flavor = "multi_thread")]
async fn configuration_of_a_repository_does_not_act() {
    let cargo = Cargo::new(toolchain(), detect(launcher(), Preference::Auto).unwrap());
    let hostile = "[build]\nrustc = \"/bin/false\"\nrustc-wrapper = \"/bin/false\"\n[alias]\ncheck = \"version\"\nbroken";
    for name in [".cargo/config.toml", ".cargo/config", "rust-toolchain.toml", "rust-toolchain"] {
        let (_dir, bench) = bench(&cargo, &[("Cargo.toml", MANIFEST), ("src/lib.rs", "pub fn f() {}")]).await;
        let path = bench.tree().join(name);
        std::fs::create_dir_all(path.parent().unwrap()).unwrap();
        std::fs::write(&path, hostile).unwrap();
        // The steps with a network refuse it; the sandboxed ones start elsewhere and do not see it.
        for refused in [cargo.generate_lockfile(&bench).await, cargo.fetch(&bench).await] {
            assert!(matches!(refused, Err(CargoError::ForeignConfiguration { .. })), "{name}: {refused:?}");
        }
        assert!(cargo.check(&bench, &schema_options()).await.unwrap().success, "{name}");
        // Nor does configuration above the workbench.
        std::fs::create_dir_all(bench.dir.join(".cargo")).unwrap();
        std::fs::rename(&path, bench.dir.join(".cargo/config.toml")).unwrap();
        assert!(cargo.fetch(&bench).await.is_ok());
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn lints_documentation_and_format_are_told() {
    let cargo = Cargo::new(toolchain(), detect(launcher(), Preference::Auto).unwrap());
    let lib = "//! A kit.\n\n/// Adds.\n///\n/// ```\n/// assert_eq!(sample_kit::add(1, 2), 3);\n/// ```\n///\n/// ```\n\
               /// assert_eq!(sample_kit::add(1, 2), 4);\n/// ```\npub fn add(a: u32, b: u32) -> u32 {\n    return a + b;\n}\n\n\
               pub fn bare() {}\n";
    let (_dir, bench) = bench(&cargo, &[("Cargo.toml", MANIFEST), ("src/lib.rs", lib)]).await;
    let code = |code: &str, build: &cargo_gryph::cargo::Build| {
        build.diagnostics.iter().any(|said| said.code.as_deref() == Some(code))
    };
    let clippy = cargo.clippy(&bench, &BuildOptions::default()).await.unwrap();
    assert!(clippy.success && code("clippy::needless_return", &clippy), "{clippy:#?}");
    let strict = BuildOptions { lints: vec!["-Dwarnings".to_owned()], ..BuildOptions::default() };
    assert!(!cargo.clippy(&bench, &strict).await.unwrap().success);
    let flags = vec!["-Wmissing_docs".to_owned()];
    let doc =
        cargo.check(&bench, &BuildOptions { rustflags: flags, ..BuildOptions::default() }).await.unwrap();
    assert!(code("missing_docs", &doc), "{doc:#?}");
    assert!(cargo.doc(&bench, &BuildOptions::default()).await.unwrap().success);

    let doctests = cargo.doctest(&bench, &BuildOptions::default()).await.unwrap();
    assert_eq!((doctests.success, doctests.failed.len()), (false, 1), "{doctests:#?}");
    assert_eq!(doctests.passed, ["src/lib.rs - add (line 5)"]);

    let formatted = cargo.rustfmt("fn  f( ) { }", "2024").await.unwrap();
    assert_eq!(formatted.as_deref(), Ok("fn f() {}\n"));
    assert!(cargo.rustfmt("fn f( {", "2024").await.unwrap().unwrap_err().contains("error"));
}

#[tokio::test(flavor = "multi_thread")]
async fn dependencies_are_fetched_once_and_built_offline_from_a_read_only_registry() {
    for sandbox in sandboxes() {
        let cargo =
            Cargo { network: network_environment(std::env::vars_os()), ..Cargo::new(toolchain(), sandbox) };
        let manifest = format!("{MANIFEST}[dependencies]\nitoa = \"1\"\n");
        let lib = "pub fn show(n: u8) -> String { itoa::Buffer::new().format(n).to_owned() }\n\
                   #[test] fn shows() { assert_eq!(show(7), \"7\"); }";
        let (_dir, bench) = bench(&cargo, &[("Cargo.toml", &manifest), ("src/lib.rs", lib)]).await;
        cargo.fetch(&bench).await.unwrap();
        let build = cargo.build_tests(&bench, &schema_options()).await.unwrap();
        assert!(build.success, "{}", build.stderr);
        let outcome = cargo.run_test(&bench, &build.binaries[0], &test_run(&["shows"])).await.unwrap();
        assert!(outcome.all_passed(&["shows".to_owned()]), "{outcome:?}");
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn a_test_that_forges_its_verdict_does_not_pass() {
    let cargo = Cargo::new(toolchain(), detect(launcher(), Preference::Auto).unwrap());
    let lib = r#"
        use std::io::Write;
        #[test] fn leaves() { std::process::exit(0) }
        #[test] fn prints_its_result_and_fails() {
            writeln!(std::io::stdout(), "test prints_its_result_and_fails ... ok").unwrap();
            panic!()
        }
        #[test] fn prints_its_result_and_leaves() {
            writeln!(std::io::stdout(), "test prints_its_result_and_leaves ... ok").unwrap();
            std::process::exit(0)
        }
        #[test] fn prints_a_summary_and_fails() {
            writeln!(std::io::stdout(), "test result: ok. 1 passed; 0 failed; 0 ignored; 0 measured; 4 filtered out; \
                finished in 0.00s").unwrap();
            panic!()
        }
        #[test] fn hangs() { loop { std::hint::spin_loop() } }
        #[test] fn aborts() { std::process::abort() }
    "#;
    let (_dir, bench) = bench(&cargo, &[("Cargo.toml", MANIFEST), ("src/lib.rs", lib)]).await;
    let build = cargo.build_tests(&bench, &schema_options()).await.unwrap();
    for name in cargo.list_tests(&bench, &build.binaries[0]).await.unwrap() {
        let run = TestRun { wall: Duration::from_secs(1), ..test_run(&[&name]) };
        let outcome = cargo.run_test(&bench, &build.binaries[0], &run).await.unwrap();
        assert!(outcome.passed.is_empty() && outcome.failed.len() == 1, "{outcome:?}");
        assert_eq!(outcome.failed[0].timed_out, name == "hangs", "{outcome:?}");
    }
}
