//! The invariants of `docs/architecture.md` that only a look at the source can hold.

use std::collections::{BTreeMap, BTreeSet};
use std::path::{Path, PathBuf};

use syn::visit::{self, Visit};

/// Modules by layer, lowest first. A module may use its own layer's earlier rows and every layer below.
const ROWS: &[&[&str]] = &[
    // L0
    &["digest", "similar"],
    &["tree", "embedded"],
    &["trust"],
    &["patch"],
    &["hole", "diagnostic", "process", "diff"],
    &["candidate"],
    &["event"],
    // L1
    &["sandbox", "config", "ledger", "sbom"],
    &["cargo", "git"],
    &["coverage", "model", "workspace"],
    &["schema"],
    &["scan"],
    &["change"],
    // L2; what a stage may see of its neighbours is in `ARROWS`
    &[
        "intent", "spec", "plan", "scaffold", "diagnose", "locate", "propose", "retrieve", "trial", "check",
        "gate", "commit",
    ],
    // L3
    &["pipeline"],
    // L4
    &["cli"],
];

/// The only arrows between stages: a stage sees the types of the stages before it.
const ARROWS: &[(&str, &str)] =
    &[("intent", "spec"), ("plan", "spec"), ("scaffold", "plan"), ("gate", "check"), ("commit", "gate")];

/// What only `cli` asks the process for. `Instant` is a stopwatch, not a clock.
const FOR_CLI: [(&str, &str); 9] = [
    ("process", "exit"),
    ("env", "var"),
    ("env", "var_os"),
    ("env", "vars"),
    ("env", "vars_os"),
    ("env", "args"),
    ("io", "stdin"),
    ("SystemTime", "now"),
    ("Timestamp", "now"),
];

fn root() -> PathBuf {
    PathBuf::from(env!("CARGO_MANIFEST_DIR"))
}

fn rust_files(directory: &Path) -> Vec<PathBuf> {
    let mut files = Vec::new();
    let mut open = vec![directory.to_owned()];
    while let Some(directory) = open.pop() {
        for entry in std::fs::read_dir(directory).unwrap() {
            let path = entry.unwrap().path();
            if path.is_dir() {
                open.push(path);
            } else if path.extension().is_some_and(|extension| extension == "rs") {
                files.push(path);
            }
        }
    }
    files.sort();
    files
}

/// Whether a file is a module that its directory compiles for tests only.
fn is_test_file(file: &Path) -> bool {
    let parent = std::fs::read_to_string(file.with_file_name("mod.rs")).unwrap_or_default();
    file.ends_with("tests.rs") && parent.contains("#[cfg(test)]\nmod tests;")
}

fn source_files() -> Vec<PathBuf> {
    let mut files = rust_files(&root().join("cargo-gryph/src"));
    files.extend(rust_files(&root().join("cargo-gryph/onnx/src")));
    files.retain(|file| !is_test_file(file));
    files
}

/// The paths and macros of a file, test modules left out.
#[derive(Default)]
struct Uses {
    /// Every path by its segments, `use` trees flattened.
    paths: Vec<Vec<String>>,
    macros: BTreeSet<String>,
    /// Inline modules around the place that is being read.
    inline: usize,
}

impl Uses {
    /// Keeps a path as the file itself would write it: a step out of an inline module stays in the file.
    fn keep(&mut self, path: Vec<String>) {
        let steps = path.iter().take(self.inline).take_while(|part| *part == "super").count();
        self.paths.push(path[steps..].to_vec());
    }

    fn of(file: &Path) -> Self {
        let text = std::fs::read_to_string(file).unwrap();
        let mut uses = Self::default();
        uses.visit_file(&syn::parse_file(&text).unwrap());
        uses
    }

    fn flatten(&mut self, prefix: &[String], tree: &syn::UseTree) {
        let with = |name: &syn::Ident| [prefix, &[name.to_string()]].concat();
        match tree {
            syn::UseTree::Path(path) => self.flatten(&with(&path.ident), &path.tree),
            syn::UseTree::Name(name) => self.keep(with(&name.ident)),
            syn::UseTree::Rename(name) => self.keep(with(&name.ident)),
            syn::UseTree::Glob(_) => self.keep([prefix, &["*".to_owned()]].concat()),
            syn::UseTree::Group(group) => group.items.iter().for_each(|item| self.flatten(prefix, item)),
        }
    }

    fn mentions(&self, parts: &[&str]) -> bool {
        self.paths.iter().any(|path| path.windows(parts.len()).any(|window| window == parts))
    }
}

fn is_test_only(attributes: &[syn::Attribute]) -> bool {
    attributes.iter().any(|attribute| {
        attribute.path().is_ident("cfg")
            && attribute.parse_args::<syn::Ident>().is_ok_and(|condition| condition == "test")
    })
}

impl<'ast> Visit<'ast> for Uses {
    fn visit_item_mod(&mut self, module: &'ast syn::ItemMod) {
        if !is_test_only(&module.attrs) {
            self.inline += 1;
            visit::visit_item_mod(self, module);
            self.inline -= 1;
        }
    }

    fn visit_item_use(&mut self, item: &'ast syn::ItemUse) {
        self.flatten(&[], &item.tree);
    }

    fn visit_path(&mut self, path: &'ast syn::Path) {
        self.keep(path.segments.iter().map(|segment| segment.ident.to_string()).collect());
        visit::visit_path(self, path);
    }

    fn visit_macro(&mut self, item: &'ast syn::Macro) {
        if let Some(name) = item.path.segments.last() {
            self.macros.insert(name.ident.to_string());
        }
        visit::visit_macro(self, item);
    }
}

/// The top-level module a file of the tool belongs to, `None` for the crate roots.
fn module_of(file: &Path) -> Option<String> {
    let relative = file.strip_prefix(root().join("cargo-gryph/src")).ok()?;
    let first = relative.components().next()?.as_os_str().to_str()?;
    let name = first.strip_suffix(".rs").unwrap_or(first);
    (name != "lib" && name != "main").then(|| name.to_owned())
}

/// How many modules a file lies below the crate root.
fn depth_of(file: &Path) -> usize {
    let relative = file.strip_prefix(root().join("cargo-gryph/src")).unwrap();
    let depth = relative.components().count();
    if relative.ends_with("mod.rs") { depth - 1 } else { depth }
}

fn row_of(module: &str) -> usize {
    ROWS.iter().position(|row| row.contains(&module)).unwrap_or_else(|| {
        panic!("module `{module}` stands in no layer: add it to ROWS and to docs/architecture.md")
    })
}

fn may_use(from: &str, to: &str) -> bool {
    from == to || ARROWS.contains(&(from, to)) || row_of(to) < row_of(from)
}

#[test]
fn lower_modules_never_import_higher_ones() {
    let mut wrong = BTreeMap::new();
    for file in source_files() {
        let Some(from) = module_of(&file) else { continue };
        for path in Uses::of(&file).paths {
            let [start, to, ..] = path.as_slice() else { continue };
            // So many steps up lead to the crate root: a way around the layers.
            let climbs = path.iter().take_while(|part| *part == "super").count() >= depth_of(&file);
            if climbs || (start == "crate" && !may_use(&from, to)) {
                wrong.insert(format!("{from} -> {to}"), file.clone());
            }
        }
    }
    assert!(wrong.is_empty(), "arrows against the layers: {wrong:#?}");
}

#[test]
fn only_cli_prints_reads_the_environment_or_exits() {
    let mut wrong = Vec::new();
    for file in source_files() {
        // The launcher is a process of its own: it reports to its parent on stderr and ends with a code.
        let exempt =
            module_of(&file).is_none_or(|module| module == "cli") || file.ends_with("sandbox/launch.rs");
        if exempt {
            continue;
        }
        let uses = Uses::of(&file);
        let prints = ["println", "eprintln", "print", "eprint", "dbg"];
        let macros = prints.iter().any(|name| uses.macros.contains(*name));
        let paths = FOR_CLI.iter().any(|(of, name)| uses.mentions(&[of, name]));
        if macros || paths {
            wrong.push(file);
        }
    }
    assert!(wrong.is_empty(), "only cli talks, reads the environment or exits: {wrong:#?}");
}

#[test]
fn only_process_spawns() {
    let spawns = |file: &PathBuf| {
        let uses = Uses::of(file);
        uses.mentions(&["process", "Command"])
            || uses.mentions(&["duct"])
            || uses.mentions(&["Command", "new"])
    };
    let exempt = |file: &PathBuf| {
        module_of(file).is_some_and(|module| module == "process" || module == "cli")
            || file.ends_with("sandbox/launch.rs")
    };
    let wrong: Vec<PathBuf> =
        source_files().into_iter().filter(|file| !exempt(file) && spawns(file)).collect();
    assert!(wrong.is_empty(), "only process.rs spawns: {wrong:#?}");
}

#[test]
fn pure_stages_do_no_input_or_output() {
    let pure = ["intent", "spec", "plan", "scaffold", "gate"];
    let wrong: Vec<PathBuf> = source_files()
        .into_iter()
        .filter(|file| module_of(file).is_some_and(|module| pure.contains(&module.as_str())))
        .filter(|file| {
            let uses = Uses::of(file);
            ["fs", "net", "process", "time", "env"].iter().any(|part| uses.mentions(&["std", part]))
                || uses.mentions(&["tokio"])
        })
        .collect();
    assert!(wrong.is_empty(), "these stages give the same bytes for the same input: {wrong:#?}");
}

#[test]
fn every_file_says_what_it_is_for() {
    let wrong: Vec<PathBuf> = source_files()
        .into_iter()
        .chain(rust_files(&root().join("tests/it")))
        .filter(|file| !std::fs::read_to_string(file).unwrap().starts_with("//! "))
        .collect();
    assert!(wrong.is_empty(), "no `//!` line at the top: {wrong:#?}");
}

#[test]
fn no_test_file_is_forgotten() {
    let main = std::fs::read_to_string(root().join("tests/it/main.rs")).unwrap();
    for entry in std::fs::read_dir(root().join("tests/it")).unwrap() {
        let path = entry.unwrap().path();
        let name = path.file_stem().unwrap().to_str().unwrap().to_owned();
        let module =
            path.extension().is_some_and(|extension| extension == "rs") || path.join("mod.rs").exists();
        assert!(
            name == "main" || !module || main.contains(&format!("mod {name};")),
            "tests/it/main.rs does not name `{name}`, so its tests never run"
        );
    }
}

#[test]
fn nothing_is_named_for_what_it_is_not() {
    let vague = ["util", "utils", "helper", "helpers", "common", "misc", "manager"];
    let wrong: Vec<PathBuf> = source_files()
        .into_iter()
        .filter(|file| vague.contains(&file.file_stem().unwrap().to_str().unwrap()))
        .collect();
    assert!(wrong.is_empty(), "a module is a noun that owns its type: {wrong:#?}");
}

#[test]
fn the_architecture_page_names_every_module() {
    let page = std::fs::read_to_string(root().join("docs/architecture.md")).unwrap();
    let modules: BTreeSet<String> = source_files().iter().filter_map(|file| module_of(file)).collect();
    let missing: Vec<&String> =
        modules.iter().filter(|module| !page.contains(&format!("`{module}`"))).collect();
    assert!(missing.is_empty(), "docs/architecture.md does not mention {missing:?}");
}
