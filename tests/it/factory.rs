//! Specifications become services: what is written is whole, the same each time, and no text of a stranger changes more
//! than the comment or literal that it stands in.

use std::collections::BTreeMap;
use std::path::Path;
use std::process::Command;
use std::sync::LazyLock;

use cargo_gryph::plan::plan;
use cargo_gryph::scaffold::{Scaffold, scaffold};
use cargo_gryph::spec::parse;
use cargo_gryph::tree::Tree;
use proptest::prelude::*;
use proptest::test_runner::Config;

use crate::desk::tool;
use crate::rooms;
use crate::shapes::{LOANS, TARIFF, further};

const BOOKMARKS: &str = include_str!("../../examples/specs/bookmarks.toml");
const TICKETS: &str = include_str!("../../examples/specs/tickets.toml");
const NOTES: &str = include_str!("../../examples/specs/notes.toml");
pub(crate) const SHOP: &str = include_str!("../../examples/specs/shop.toml");
const LEDGER: &str = include_str!("../../examples/specs/ledger.toml");
pub(crate) const BLOG: &str = include_str!("../../examples/specs/blog.toml");

/// Services that are built and tested whole, with bodies for their functions.
pub(crate) const SERVICES: &[(&str, &str)] = &[
    ("bookmarks", BOOKMARKS),
    ("tickets", TICKETS),
    ("notes", NOTES),
    ("blog", BLOG),
    ("ledger", LEDGER),
    ("chat", include_str!("../../examples/specs/chat.toml")),
    ("shop", SHOP),
    ("thumbs", include_str!("../../examples/specs/thumbs.toml")),
];

/// All services of these tests, by their names.
fn all() -> Vec<(String, String)> {
    let known = SERVICES.iter().map(|(name, spec)| ((*name).to_owned(), (*spec).to_owned()));
    let rooms = rooms::all().into_iter().map(|(name, spec)| (name.to_owned(), spec));
    known.chain(rooms).chain(further()).collect()
}

fn scaffolded(spec: &str) -> Scaffold {
    let spec = parse(spec, "spec.toml").unwrap_or_else(|problems| panic!("{problems:#?}"));
    scaffold(&plan(&spec)).unwrap()
}

/// A body that is right, by the function's name.
fn body(function: &str) -> String {
    let file = Path::new(env!("CARGO_MANIFEST_DIR"))
        .join("tests/it/fixtures/bodies")
        .join(format!("{function}.rs.txt"));
    std::fs::read_to_string(&file).unwrap_or_else(|error| panic!("{}: {error}", file.display()))
}

/// Right bodies for all functions of a specification, by the functions' whole names.
pub(crate) fn bodies(spec: &str) -> BTreeMap<String, String> {
    let body = |hole: &cargo_gryph::hole::Hole| (hole.id.0.clone(), body(&hole.function).trim().to_owned());
    scaffolded(spec).plan.holes.iter().map(body).collect()
}

/// The scaffold with the holes filled.
pub(crate) fn filled(spec: &str) -> Tree {
    let Scaffold { plan, mut tree } = scaffolded(spec);
    for hole in &plan.holes {
        let body = body(&hole.function);
        let text = tree.text(&hole.path).unwrap();
        let start = text.find(&format!("fn {}(", hole.function)).unwrap();
        let text = format!("{}{}", &text[..start], text[start..].replacen("todo!()", body.trim(), 1));
        tree.insert(hole.path.clone(), text);
    }
    tree
}

pub(crate) fn laid_out(tree: &Tree, at: &Path) {
    for (path, content) in tree.files() {
        let file = at.join(path.as_str());
        std::fs::create_dir_all(file.parent().unwrap()).unwrap();
        std::fs::write(file, content).unwrap();
    }
}

#[test]
fn each_architecture_is_recognised_by_its_folders() {
    for (architecture, folders) in [
        ("hexagonal", ["src/domain/bookmark.rs", "src/ports/bookmark.rs", "src/adapters/sql/bookmark.rs"]),
        ("layered", ["src/model/bookmark.rs", "src/persistence/bookmark.rs", "src/web/bookmark.rs"]),
        (
            "clean",
            [
                "src/entities/bookmark.rs",
                "src/use_cases/gateways/bookmark.rs",
                "src/interface_adapters/controllers/bookmark.rs",
            ],
        ),
        (
            "mvc",
            [
                "src/models/entities/bookmark.rs",
                "src/views/bookmark/form.html",
                "src/controllers/pages/bookmark.rs",
            ],
        ),
        ("monolith", ["src/bookmark/model.rs", "src/bookmark/store.rs", "src/bookmark/routes.rs"]),
    ] {
        let tree = scaffolded(&BOOKMARKS.replace("hexagonal", architecture)).tree;
        let paths: Vec<&str> = tree.files().map(|(path, _)| path.as_str()).collect();
        for file in folders.iter().chain(&["rules/src/slug.rs", ".github/workflows/ci.yml", "Dockerfile"]) {
            assert!(paths.contains(file), "{architecture}: no {file}");
        }
    }
}

#[test]
fn the_same_specification_gives_the_same_service() {
    assert_eq!(scaffolded(BOOKMARKS).tree.hash(), scaffolded(BOOKMARKS).tree.hash());
}

#[test]
fn every_file_of_rust_parses_and_says_what_it_is() {
    for (name, spec) in all() {
        for (path, content) in scaffolded(&spec).tree.files() {
            if path.as_str().ends_with(".rs") {
                let text = std::str::from_utf8(content).unwrap();
                assert!(text.starts_with("//! "), "{name}: {path} says nothing of itself");
                syn::parse_file(text).unwrap_or_else(|error| panic!("{name}: {path}: {error}\n{text}"));
            }
        }
    }
}

#[test]
fn every_file_of_rust_belongs_to_a_program() {
    for (name, spec) in all() {
        let tree = scaffolded(&spec).tree;
        let paths: Vec<&str> =
            tree.files().map(|(path, _)| path.as_str()).filter(|path| path.ends_with(".rs")).collect();
        let is_root = |path: &str| {
            let (folder, file) = path.rsplit_once('/').unwrap();
            ["lib.rs", "main.rs"].contains(&file)
                || ["tests", "examples"].iter().any(|root| folder.rsplit('/').next() == Some(root))
        };
        for path in paths.iter().filter(|path| !is_root(path)) {
            let own = path.trim_end_matches("/mod.rs").trim_end_matches(".rs");
            let (folder, module) = own.rsplit_once('/').unwrap();
            let parents = ["mod.rs", "lib.rs", "main.rs"].map(|file| format!("{folder}/{file}"));
            let declares = |parent: &String| {
                tree.files().any(|(known, content)| {
                    known.as_str() == parent
                        && String::from_utf8_lossy(content).contains(&format!("mod {module};"))
                })
            };
            assert!(parents.iter().any(declares), "{name}: nothing declares {path}");
        }
    }
}

/// The text of every file, by its path.
pub(crate) fn texts(spec: &str) -> BTreeMap<String, String> {
    let tree = scaffolded(spec).tree;
    let text = |content: &[u8]| std::str::from_utf8(content).unwrap().to_owned();
    tree.files().map(|(path, content)| (path.to_string(), text(content))).collect()
}

#[test]
fn every_service_brings_its_tests_its_documentation_and_what_it_runs_on() {
    for (name, spec) in all() {
        let files = texts(&spec);
        for end in [
            "README.md",
            "compose.yaml",
            "Dockerfile",
            ".github/workflows/ci.yml",
            "docs/architecture.md",
            "docs/runbook.md",
            "docs/decisions/0001-architecture.md",
            "deploy/kubernetes/deployment.yaml",
            "deploy/kubernetes/hpa.yaml",
            "deploy/kubernetes/networkpolicy.yaml",
            "main.tf",
            "examples/load.rs",
            "tests/architecture.rs",
            "tests/it/matrix.rs",
            "tests/it/fuzz.rs",
            "tests/it/openapi.rs",
        ] {
            assert!(files.keys().any(|path| path.ends_with(end)), "{name}: no {end}");
        }
        assert!(files.values().any(|text| text.contains("proptest! {")), "{name}: no property");
        let is_manifest = |path: &str| path.ends_with("kubernetes/deployment.yaml");
        for (path, text) in files.iter().filter(|(path, _)| is_manifest(path)) {
            for part in ["runAsNonRoot: true", "readOnlyRootFilesystem: true", "limits:", "readinessProbe:"] {
                assert!(text.contains(part), "{name}: {path} without {part}");
            }
        }
    }
}

#[test]
fn only_the_gateway_may_ask_the_services_behind_it() {
    let files = texts(SHOP);
    for service in ["catalog", "ordering", "shipping"] {
        let policy = &files[&format!("services/{service}/deploy/kubernetes/networkpolicy.yaml")];
        assert!(policy.contains("podSelector: { matchLabels: { app: shop-gateway } }"), "{policy}");
        assert!(!policy.contains("kubernetes.io/metadata.name: ingress"), "{policy}");
        assert!(
            files["gateway/deploy/kubernetes/networkpolicy.yaml"].contains(&format!("app: shop-{service}"))
        );
        assert!(files["compose.yaml"].contains(&format!("  {service}:\n    <<: *program")));
    }
}

#[test]
fn no_part_is_there_that_nobody_asked_for() {
    for (name, spec, absent) in [
        ("ledger", LEDGER, ["platform/jobs", "CREATE TABLE jobs", "jobs_total", "broker", "sockets"]),
        (
            "bookmarks",
            BOOKMARKS,
            ["opentelemetry", "platform::telemetry::traces", "traces.endpoint", "nats", "askama"],
        ),
        ("shop", SHOP, ["sockets", "tunnel", "tungstenite", "hyper.workspace", "\"ws\""]),
    ] {
        for (path, text) in texts(spec) {
            for word in absent {
                assert!(!path.contains(word) && !text.contains(word), "{name}: {path} has {word}");
            }
        }
    }
}

#[test]
fn every_link_of_a_page_leads_somewhere() {
    for (name, spec) in all() {
        let files = texts(&spec);
        for (path, text) in files.iter().filter(|(path, _)| path.ends_with(".md")) {
            let folder = path.rsplit_once('/').map_or("", |(folder, _)| folder);
            for link in text.split("](").skip(1).filter_map(|rest| rest.split(')').next()) {
                let Some(target) = resolved(folder, link) else { continue };
                let exists =
                    files.keys().any(|file| *file == target || file.starts_with(&format!("{target}/")));
                assert!(exists, "{name}: {path} leads to {link}");
            }
        }
    }
}

/// Where a relative link leads.
fn resolved(folder: &str, link: &str) -> Option<String> {
    let is_file = !link.contains([':', ' ', '#']) && !link.is_empty();
    let mut steps: Vec<&str> = folder.split('/').filter(|step| !step.is_empty()).collect();
    for step in link.split('/') {
        match step {
            ".." => drop(steps.pop()),
            step => steps.push(step),
        }
    }
    is_file.then(|| steps.join("/"))
}

/// What a text of a stranger must not change: Rust without its comments and literals, the keys and tables of TOML, and
/// everything else line by line without the lines that hold the text.
fn structure(tree: &Tree) -> BTreeMap<String, String> {
    let of = |path: &str, text: &str| match path.rsplit('.').next() {
        Some("rs") => {
            tokens(&syn::parse_file(text).unwrap_or_else(|error| panic!("{path}: {error}\n{text}")))
        }
        Some("toml") => keys(&text.parse::<toml::Table>().unwrap_or_else(|error| panic!("{path}: {error}"))),
        Some("md") => text.lines().filter(|line| line.starts_with(['#', '|', '`'])).count().to_string(),
        _ => text.to_owned(),
    };
    tree.files()
        .map(|(path, content)| (path.to_string(), of(path.as_str(), std::str::from_utf8(content).unwrap())))
        .collect()
}

fn tokens(file: &syn::File) -> String {
    fn plain(stream: proc_macro2::TokenStream) -> String {
        let mut text = String::new();
        for token in stream {
            match token {
                proc_macro2::TokenTree::Group(group) => {
                    text.push_str(&format!("{:?}[{}]", group.delimiter(), plain(group.stream())));
                }
                proc_macro2::TokenTree::Literal(_) => text.push_str("L "),
                other => text.push_str(&format!("{other} ")),
            }
        }
        // Comments become attributes of one or more lines.
        let comment = format!("# {:?}[doc = L ]", proc_macro2::Delimiter::Bracket);
        let inner = format!("# ! {:?}[doc = L ]", proc_macro2::Delimiter::Bracket);
        text.replace(&comment, "").replace(&inner, "")
    }
    plain(quote::quote!(#file))
}

fn keys(table: &toml::Table) -> String {
    let value = |value: &toml::Value| match value {
        toml::Value::Table(inner) => keys(inner),
        other => other.type_str().to_owned(),
    };
    table.iter().map(|(key, one)| format!("{key}={} ", value(one))).collect()
}

/// Texts that try to leave where they stand.
fn hostile() -> impl Strategy<Value = String> {
    let pieces = prop::sample::select(vec![
        "\"",
        "'",
        "`",
        "```",
        "\\",
        "{{ name }}",
        "{% raw %}",
        "{# #}",
        "*/",
        "/*",
        "//",
        "<script>",
        "</a>",
        "--",
        ";",
        "DROP TABLE x",
        "${HOME}",
        "$(id)",
        "#[test]",
        "!",
        "|",
        "]",
        "[x](y)",
        "[`x`]",
        "<!--",
        "é",
        "crate::",
        "\\n",
        "\\0",
        "r#\"",
        "\"#",
        "%s",
        "&amp;",
    ]);
    prop::collection::vec(pieces, 1..8).prop_map(|pieces| format!("A {} z", pieces.join(" ")))
}

/// Specifications, and the structure of what they become.
static PLAIN: LazyLock<Vec<(toml::Table, BTreeMap<String, String>)>> = LazyLock::new(|| {
    let of = |spec: &str| {
        let document: toml::Table = spec.parse().unwrap();
        let plain = structure(&scaffolded(&document.to_string()).tree);
        (document, plain)
    };
    [TICKETS, &rooms::blog(), &rooms::shop(), TARIFF, LOANS].map(of).into()
});

proptest! {
    #![proptest_config(Config { cases: 24, failure_persistence: None, ..Config::default() })]
    #[test]
    fn no_text_changes_the_structure_of_a_file(text in hostile()) {
        let escaped = toml::Value::String(text).to_string();
        let hostile: toml::Value = format!("x = {escaped}").parse::<toml::Table>().unwrap()["x"].clone();
        for (document, plain) in PLAIN.iter() {
            let mut document = document.clone();
            for list in ["entity", "endpoint", "task", "socket"] {
                let items = document.get_mut(list).and_then(toml::Value::as_array_mut);
                for item in items.into_iter().flatten() {
                    item["doc"] = hostile.clone();
                    for field in item.get_mut("field").and_then(toml::Value::as_array_mut).into_iter().flatten() {
                        field["doc"] = hostile.clone();
                    }
                }
            }
            let spec = parse(&document.to_string(), "spec.toml").unwrap();
            let changed = structure(&scaffold(&plan(&spec)).unwrap().tree);
            for (path, text) in plain {
                prop_assert_eq!(text, &changed[path], "{}", path);
            }
        }
    }
}

/// Builds each service in one target directory, holds it against rustfmt and clippy, and runs its tests. It needs the
/// registry and some minutes: `GRYPH_SERVICES=all` are the examples, `every` the others too, and
/// either may be some names.
#[test]
fn services_are_formatted_without_a_warning_and_pass_their_tests() {
    let Ok(wanted) = std::env::var("GRYPH_SERVICES") else {
        println!("GRYPH_SERVICES is not set: not built");
        return;
    };
    let target = tempfile::tempdir().unwrap();
    let is_example = |name: &str| SERVICES.iter().any(|(known, _)| *known == name);
    let is_wanted = |name: &str| {
        wanted.split(',').any(|one| one == "every" || one == name || one == "all" && is_example(name))
    };
    for (name, spec) in all().into_iter().filter(|(name, _)| is_wanted(name)) {
        println!("{name}");
        let folder = tempfile::tempdir().unwrap();
        laid_out(&filled(&spec), folder.path());
        tool(folder.path(), env!("CARGO"), &["fmt", "--all"]);
        for arguments in [
            &["clippy", "--workspace", "--all-targets", "--", "-D", "warnings"][..],
            &["test", "--workspace"],
            &["doc", "--workspace", "--no-deps"],
        ] {
            succeeds(&name, folder.path(), target.path(), arguments);
        }
    }
}

/// Runs Cargo in a service, which has nothing to say against it.
pub(crate) fn succeeds(name: &str, folder: &Path, target: &Path, arguments: &[&str]) {
    let mut command = Command::new(env!("CARGO"));
    command.args(arguments).current_dir(folder).env("CARGO_TARGET_DIR", target);
    // Each service has a folder of its own, which no later build goes on from.
    command.env("CARGO_INCREMENTAL", "0").env("RUSTDOCFLAGS", "-D warnings").env_remove("RUSTFLAGS");
    let output = command.output().unwrap();
    let said = [output.stdout, output.stderr].map(|text| String::from_utf8_lossy(&text).into_owned());
    assert!(output.status.success(), "{name}: cargo {arguments:?}\n{}{}", said[0], said[1]);
}

#[test]
fn a_long_summary_stays_in_its_comment() {
    let summary = format!("Keeps {} pub fn planted() {{}}", "many things ".repeat(9));
    for spec in [BOOKMARKS, NOTES, BLOG] {
        let line = spec.lines().find(|line| line.starts_with("summary = ")).unwrap();
        let tree = scaffolded(&spec.replace(line, &format!("summary = \"{summary}\""))).tree;
        for (path, content) in tree.files().filter(|(path, _)| path.as_str().ends_with(".rs")) {
            let text = std::str::from_utf8(content).unwrap();
            let outside = text
                .lines()
                .any(|line| line.contains("planted") && !line.contains("//") && !line.contains('"'));
            assert!(!outside, "{path}");
            syn::parse_file(text).unwrap_or_else(|error| panic!("{path}: {error}"));
        }
    }
}
