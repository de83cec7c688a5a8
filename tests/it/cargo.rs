//! Cargo behind the walls: real builds, real test binaries.

use std::path::{Path, PathBuf};
use std::sync::Arc;
use std::time::Duration;

use cargo_gryph::cargo::{BuildOptions, CapLints, Cargo, Search, TestRun, Toolchain, Workbench};
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
