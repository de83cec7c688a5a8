//! Names of a specification in the code that is made of it: what would clash there is refused or called otherwise.

use std::collections::BTreeSet;

use cargo_gryph::spec::{parse, snake_case};
use syn::visit::{self, Visit};

use crate::factory::texts;

const ARCHITECTURES: [&str; 8] =
    ["monolith", "layered", "hexagonal", "clean", "mvc", "event-driven", "microservices", "serverless"];

/// An entity of which everything is made that can be, in an architecture.
fn zebras(architecture: &str) -> String {
    let text =
        include_str!("fixtures/specs/zebras.toml").replace("\"monolith\"", &format!("{architecture:?}"));
    match architecture {
        "microservices" => {
            let text = text.replace("[service]", "[service]\nservices = [\"stall\", \"yard\"]");
            let text = text.replace("doc = \"A zebra.\"", "doc = \"A zebra.\"\nservice = \"stall\"");
            text.replace("call = ", "service = \"yard\"\ncall = ")
                .replace("message = ", "service = \"yard\"\nmessage = ")
        }
        "serverless" => text.split("[[socket]]").next().unwrap().to_owned(),
        _ => text,
    }
}

/// Names that a file brings in, and types that it declares.
#[derive(Default)]
struct Names {
    names: Vec<String>,
}

impl<'ast> Visit<'ast> for Names {
    fn visit_use_name(&mut self, name: &'ast syn::UseName) {
        self.names.push(name.ident.to_string());
    }

    fn visit_use_rename(&mut self, rename: &'ast syn::UseRename) {
        self.names.push(rename.rename.to_string());
    }

    fn visit_item_struct(&mut self, item: &'ast syn::ItemStruct) {
        self.names.push(item.ident.to_string());
    }

    fn visit_item_enum(&mut self, item: &'ast syn::ItemEnum) {
        self.names.push(item.ident.to_string());
    }

    fn visit_item_mod(&mut self, item: &'ast syn::ItemMod) {
        // The names of tests are their own.
        if item.ident != "tests" {
            visit::visit_item_mod(self, item);
        }
    }
}

/// The types by name that each file of Rust knows.
fn types(spec: &str) -> Vec<(String, Vec<String>)> {
    let known = |text: &str| {
        let mut names = Names::default();
        names.visit_file(&syn::parse_file(text).unwrap());
        names.names.retain(|name| name.starts_with(|first: char| first.is_ascii_uppercase()));
        names.names.retain(|name| name.chars().any(|letter| letter.is_ascii_lowercase()));
        names.names
    };
    let files = texts(spec).into_iter().filter(|(path, _)| path.ends_with(".rs"));
    files.map(|(path, text)| (path, known(&text))).collect()
}

#[test]
fn entities_cannot_be_called_like_what_the_code_around_them_knows() {
    let mut taken = BTreeSet::new();
    for architecture in ARCHITECTURES {
        for (_, names) in types(&zebras(architecture)) {
            let endings: Vec<&str> = names.iter().filter_map(|name| name.strip_prefix("Zebra")).collect();
            for name in names.iter().filter(|name| !name.contains("Zebra")) {
                taken.extend(endings.iter().filter_map(|ending| name.strip_suffix(*ending)).map(snake_case));
            }
        }
    }
    taken.remove("");
    assert!(taken.len() > 20 && taken.contains("actor") && taken.contains("page_query"), "{taken:?}");
    let text = zebras("monolith");
    let is_free =
        |name: &String| parse(&text.replace("\"zebra\"", &format!("{name:?}")), "spec.toml").is_ok();
    let free: Vec<&String> = taken.iter().filter(|name| is_free(name)).collect();
    assert!(free.is_empty(), "entities may have these names: {free:?}");
}

#[test]
fn entities_cannot_be_called_like_functions_of_the_code_around_them() {
    for name in ["find", "list", "record", "movie"] {
        let text = zebras("monolith").replace("\"zebra\"", &format!("{name:?}"));
        assert_eq!(parse(&text, "spec.toml").is_ok(), name == "movie", "{name}");
    }
}

#[test]
fn entities_and_tasks_cannot_be_called_like_files_of_tests() {
    let mut stems = BTreeSet::new();
    let mut folders = vec![std::path::PathBuf::from("templates/service")];
    while let Some(folder) = folders.pop() {
        for entry in std::fs::read_dir(folder).unwrap() {
            let path = entry.unwrap().path();
            let name = path.file_name().unwrap().to_str().unwrap().to_owned();
            match name.strip_suffix(".rs.tmpl") {
                _ if path.is_dir() => folders.push(path),
                Some(stem) if path.parent().unwrap().ends_with("tests/it") => {
                    stems.insert(stem.to_owned());
                }
                _ => {}
            }
        }
    }
    assert!(stems.contains("accounts") && stems.contains("startup"), "{stems:?}");
    for taken in ["zebra", "groom"] {
        let named = |name: &str| zebras("monolith").replace(&format!("\"{taken}\""), &format!("{name:?}"));
        let free: Vec<&String> =
            stems.iter().filter(|stem| parse(&named(stem), "spec.toml").is_ok()).collect();
        assert!(free.is_empty(), "these names are free: {free:?}");
    }
}

#[test]
fn fields_of_choices_have_types_of_their_own() {
    let own = |(_, names): (String, Vec<String>)| {
        let ends = |name: String| name.strip_prefix("Zebra").map(snake_case);
        names.into_iter().filter_map(ends).collect::<Vec<_>>()
    };
    let mut endings: BTreeSet<String> =
        ARCHITECTURES.iter().flat_map(|one| types(&zebras(one))).flat_map(own).collect();
    // Entities are called so themselves, in the singular and in the plural; `gait` is the field of choices that is there.
    for ending in ["", "s", "gait"] {
        endings.remove(ending);
    }
    for ending in ["draft", "body", "view", "page", "list"] {
        assert!(endings.contains(ending), "{endings:?}");
    }
    for architecture in ARCHITECTURES {
        let text = zebras(architecture);
        let with = |fields: &str| text.replacen("[[function]]", &format!("{fields}[[function]]"), 1);
        let field = |name: &String| {
            format!(
                "[[entity.field]]\nname = {name:?}\ntype = {{ one-of = [\"on\", \"off\"] }}\ndoc = \"D.\"\n"
            )
        };
        // Some of these are words of SQL, which no field is called.
        let fields: Vec<String> =
            endings.iter().map(field).filter(|field| parse(&with(field), "spec.toml").is_ok()).collect();
        assert!(fields.len() > 8, "{fields:?}");
        for (path, mut names) in types(&with(&fields.concat())) {
            names.retain(|name| name.starts_with("Zebra"));
            let mut seen = BTreeSet::new();
            let twice: Vec<&String> = names.iter().filter(|name| !seen.insert(*name)).collect();
            assert!(twice.is_empty(), "{architecture}: {path} has {twice:?} twice");
        }
    }
}

#[test]
fn functions_are_called_by_their_whole_paths() {
    let text = zebras("monolith").replace("weighed", "run").replace("path = \"/lines\"", "path = \"/lined\"");
    let text = text.replace("lined(label: &str)", "lined(actor: &str, lined: &str)");
    let text =
        text.replace("lined(\"a\")", "lined(\"a\", \"b\")").replace("computed = \"kit::lined\"", "min = 1");
    let files = texts(&text);
    let import =
        |(path, text): &(&String, &String)| path.starts_with("src/") && text.contains("use zebras_rules::");
    assert_eq!(files.iter().find(import), None);
    let endpoint = files.values().find(|text| text.contains("pub fn get_lined(")).unwrap();
    assert!(endpoint.contains("get_lined(actor_: Actor, actor: &str, lined: &str)"), "{endpoint}");
    assert!(endpoint.contains("ACCESS.admit(actor_)?;"), "{endpoint}");
    assert!(endpoint.contains("zebras_rules::kit::lined(actor, lined)"), "{endpoint}");
    let task = files.values().find(|text| text.contains("fn run(payload: &Value)")).unwrap();
    assert!(task.contains("zebras_rules::kit::run("), "{task}");
}

#[test]
fn fields_do_not_hide_what_they_are_made_of() {
    let messages = |text: &str| -> Vec<String> {
        let problems = parse(text, "spec.toml").err().unwrap_or_default();
        problems.into_iter().map(|problem| problem.message).collect()
    };
    let text = zebras("monolith");
    for name in ["draft", "now"] {
        let message =
            format!("`{name}` cannot be the name of this field: a field is computed from what is called so");
        assert_eq!(messages(&text.replace("\"stripes\"", &format!("{name:?}"))), [message]);
        assert_eq!(messages(&text.replace("\"height\"", &format!("{name:?}"))), [""; 0]);
    }
    let form = |architecture: &str| messages(&zebras(architecture).replace("\"height\"", "\"form\""));
    assert_eq!(form("layered"), [""; 0]);
    assert_eq!(
        form("mvc"),
        ["`form` cannot be the name of this field: the pages of `mvc` read fields from what is called so"]
    );
}

#[test]
fn the_document_calls_no_two_things_alike() {
    let refused = |entity: &str, task: &str| {
        let text = zebras("hexagonal");
        let more = format!(
            "[[entity]]\nname = {entity:?}\ndoc = \"Another.\"\n[[entity.field]]\nname = \"label\"\ntype = \"text\"\n\
             doc = \"L.\"\n[[function]]"
        );
        let text = text.replacen("[[function]]", &more, 1).replace("\"groom\"", &format!("{task:?}"));
        let problems = parse(&text, "spec.toml").err().unwrap_or_default();
        problems.into_iter().map(|problem| problem.message).collect::<Vec<_>>()
    };
    assert_eq!(refused("pen", "feed"), [""; 0]);
    assert_eq!(
        refused("zebra_page", "feed"),
        ["the entity `zebra_page` and the entity `zebra` both have a `ZebraPage` in the document"]
    );
    assert_eq!(refused("zebra_request", "feed").len(), 1);
    assert_eq!(
        refused("pen", "pen"),
        ["the task `pen` and the entity `pen` both have a `PenRequest` in the document"]
    );
    // Nor like something of the platform's.
    let files = texts(&zebras("event-driven"));
    let platform = files.iter().filter(|(path, _)| path.contains("/platform/"));
    let schemas: BTreeSet<&str> = platform
        .flat_map(|(_, text)| text.split("#[schema(as = ").skip(1))
        .filter_map(|rest| rest.split(')').next())
        .collect();
    assert!(schemas.len() > 8, "{schemas:?}");
    let free = schemas.iter().filter(|schema| refused(&snake_case(schema), "feed").is_empty());
    assert_eq!(free.collect::<Vec<_>>(), Vec::<&&str>::new());
}
