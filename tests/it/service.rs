//! Specifications of services: what is accepted is harmless and can be planned, what contradicts itself is refused.

use cargo_gryph::plan::{Plan, plan};
use cargo_gryph::scaffold::scaffold;
use cargo_gryph::spec::service::{Access, Database, FieldType, Segment, Service};
use cargo_gryph::spec::{Architecture, Spec, parse};
use proptest::prelude::{Strategy, prop};
use proptest::{prop_assert, prop_assert_eq, proptest};

use crate::mutation::mutated;

const EXAMPLES: [(&str, Architecture); 8] = [
    (include_str!("../../examples/specs/bookmarks.toml"), Architecture::Hexagonal),
    (include_str!("../../examples/specs/tickets.toml"), Architecture::Layered),
    (include_str!("../../examples/specs/chat.toml"), Architecture::EventDriven),
    (include_str!("../../examples/specs/shop.toml"), Architecture::Microservices),
    (include_str!("../../examples/specs/blog.toml"), Architecture::Mvc),
    (include_str!("../../examples/specs/thumbs.toml"), Architecture::Serverless),
    (include_str!("../../examples/specs/ledger.toml"), Architecture::Clean),
    (include_str!("../../examples/specs/notes.toml"), Architecture::Monolith),
];

/// A small correct service.
const SMALL: &str = r#"spec = 1
[project]
name = "shelf"
kind = "service"
architecture = "hexagonal"
summary = "Keeps books"
[service]
security = "medium"
roles = ["member", "editor"]
[[entity]]
name = "book"
doc = "A book."
[[entity.field]]
name = "title"
type = "text"
doc = "Its title."
max = 200
[[entity.field]]
name = "short"
type = "text"
doc = "Its short title."
computed = "title::short"
[[entity.field]]
name = "pages"
type = "integer"
doc = "How many pages it has."
min = 1
max = 9000
optional = true
[[function]]
path = "title::short"
signature = "pub fn short(title: &str) -> String"
doc = "Shortens."
examples = ['short("a") == "a"']
[[function]]
path = "title::count"
signature = "pub fn count(title: &str, most: Option<i64>) -> Result<u32, String>"
doc = "Counts."
examples = ['count("a", None) == Ok(1)']
[[endpoint]]
method = "POST"
path = "/count"
doc = "Counts."
call = "title::count"
examples = [
    { request = { title = "a" }, status = 200, response = { result = 1 } },
    { request = { title = "a", most = 0 }, status = 422 },
]
[[task]]
name = "tally"
doc = "Counts later."
call = "title::count"
[[socket]]
path = "/talk/{room}"
doc = "Talk."
message = [{ name = "text", type = "text", max = 500 }]
"#;

fn messages(text: &str) -> Vec<String> {
    match parse(text, "shelf.toml") {
        Ok(_) => Vec::new(),
        Err(problems) => problems.into_iter().map(|problem| problem.message).collect(),
    }
}

fn read(text: &str) -> Spec {
    parse(text, "shelf.toml").unwrap_or_else(|problems| panic!("{problems:#?}"))
}

#[test]
fn every_example_is_accepted_and_planned() {
    for (text, architecture) in EXAMPLES {
        let spec = read(text);
        let name = &spec.project.name;
        assert_eq!(spec.project.architecture, architecture, "{name}");
        let service = spec.service.as_ref().unwrap();
        assert!((2..=4).contains(&service.entities.len()), "{name}");
        assert!((1..=3).contains(&spec.functions.len()), "{name}");
        assert!(spec.functions.iter().all(|function| function.examples.len() >= 6), "{name}");
        let plan = plan(&spec);
        let planned = plan.service.as_ref().unwrap();
        let node = |name: &str| planned.components.iter().any(|component| component.name == *name);
        for relation in &planned.relations {
            assert!(node(&relation.from) && node(&relation.to), "{name}: {relation:?}");
        }
        let names = planned.components.iter().map(|component| &component.name);
        let names: std::collections::BTreeSet<_> = names.collect();
        assert_eq!(names.len(), planned.components.len(), "{name}");
        assert!(planned.contracts.len() >= 5 * service.entities.len(), "{name}");
        assert!(plan.markdown().contains("```mermaid\nflowchart"), "{name}");
    }
}

#[test]
fn the_bookmarks_are_what_the_issue_asks_for() {
    let spec = read(EXAMPLES[0].0);
    let service = spec.service.unwrap();
    let bookmark = &service.entities[0];
    assert!(bookmark.owned && bookmark.audit && bookmark.soft_delete);
    let names: Vec<&str> = bookmark.fields.iter().map(|field| field.name.as_str()).collect();
    assert_eq!(names, ["url", "title", "note", "slug", "read"]);
    assert_eq!(bookmark.fields[3].computed.as_ref().unwrap().path.to_string(), "slug::slugify");
    let Access::Roles(roles) = &service.entities[1].permissions.create else { panic!("not public") };
    assert_eq!(roles.iter().map(|role| role.as_str()).collect::<Vec<_>>(), ["editor"]);
}

#[test]
fn the_small_service_is_accepted_with_its_defaults() {
    let spec = read(SMALL);
    let service = spec.service.unwrap();
    assert_eq!(service.settings.access_token.to_string(), "15m");
    assert_eq!(service.entities[0].plural.as_str(), "books");
    assert_eq!(service.endpoints[0].name(), "post_count");
    assert_eq!(service.tasks[0].route(), "/tasks/tally");
}

#[test]
fn one_replacement_one_problem() {
    for (old, new, expected) in CASES {
        assert!(SMALL.contains(old), "{old}");
        let found = messages(&SMALL.replacen(old, new, 1));
        assert!(found.iter().any(|message| message == expected), "{old} -> {new}: {found:#?}");
    }
}

/// What is replaced in `SMALL`, by what, and what must be said about it.
const CASES: &[(&str, &str, &str)] = &[
    ("name = \"book\"", "name = \"select\"", "`select` cannot be the name of an entity: it is a word of SQL"),
    ("name = \"book\"", "name = \"user\"", "`user` cannot be the name of an entity: it is a word of SQL"),
    (
        "name = \"book\"",
        "name = \"job\"",
        "`job` cannot be the name of an entity: it is a name of the platform",
    ),
    ("name = \"book\"", "name = \"fn\"", "`fn` is a keyword of Rust"),
    ("name = \"book\"", "name = \"Book'; --\"", "`Book\\'; --` is not the name of an entity"),
    ("name = \"book\"", "name = \"title\"", "the module `title` of a function has a name of an entity"),
    ("name = \"title\"", "name = \"id\"", "`id` cannot be the name of a field: it is a name of the platform"),
    ("name = \"title\"", "name = \"short\"", "the field `short` clashes with the field `short`"),
    ("name = \"title\"", "name = \"titel\"", "the parameter `title` is no field of this entity"),
    ("max = 200", "max = 0", "`max` must be a number of characters, at most 100000"),
    ("max = 200", "min = 9\nmax = 8", "`min` is greater than `max`"),
    ("max = 200", "default = \"\"", "this default is outside of the limits"),
    ("max = 200", "default = 7", "this must be one line of text, without control characters"),
    ("min = 1\nmax = 9000\noptional = true", "default = 1.5", "this must be a whole number that `i64` holds"),
    ("min = 1\nmax = 9000", "default = 1", "a field with a default is never missing"),
    ("type = \"integer\"", "type = \"boolean\"", "this type has no `min`"),
    ("type = \"integer\"", "type = \"int\"", "`int` is not a type of field"),
    (
        "type = \"integer\"\ndoc = \"How many pages it has.\"\nmin = 1\nmax = 9000\noptional = true",
        "type = { reference = \"book\" }\ndoc = \"d\"",
        "no first row can be made: book → book",
    ),
    (
        "type = \"integer\"\ndoc = \"How many pages it has.\"\nmin = 1\nmax = 9000",
        "type = { reference = \"boook\" }\ndoc = \"d\"",
        "no entity `boook`",
    ),
    ("computed = \"title::short\"", "computed = \"title::shrt\"", "no function `title::shrt`"),
    (
        "computed = \"title::short\"",
        "computed = \"title::short\"\noptional = true",
        "this function returns `String`, but the field holds `Option<String>`",
    ),
    (
        "computed = \"title::short\"",
        "computed = \"title::short\"\ndefault = \"x\"",
        "a computed field has no default",
    ),
    ("computed = \"title::short\"", "check = \"title::short\"", "a check returns `bool`"),
    (
        "type = \"text\"\ndoc = \"Its short title.\"",
        "type = \"uuid\"\ndoc = \"Its short title.\"",
        "an identifier is given by whoever has it and cannot be computed",
    ),
    (
        "type = \"text\"\ndoc = \"Its short title.\"",
        "type = { reference = \"book\" }\ndoc = \"Its short title.\"",
        "a reference is chosen by people and cannot be computed",
    ),
    (
        "pub fn short(title: &str)",
        "pub fn short(title: i64)",
        "the parameter `title` holds `i64`, but the field `String`",
    ),
    (
        "pub fn short(title: &str)",
        "pub fn short(short: &str)",
        "these fields are computed from each other: short → short",
    ),
    (
        "-> Result<u32, String>",
        "-> Result<char, String>",
        "`title::count` cannot be called here: no response can carry what it returns",
    ),
    (
        "most: Option<i64>",
        "most: Option<u128>",
        "`title::count` cannot be called here: a parameter has a type that no request can carry",
    ),
    ("doc = \"A book.\"", "doc = \"A\\nbook.\"", "this must be one line"),
    ("doc = \"A book.\"", "doc = \"A \\u0007 book.\"", "the character U+0007 is not allowed here"),
    ("doc = \"A book.\"", "doc = \"A book.\"\ncreate = [\"membr\"]", "no role `membr`"),
    ("doc = \"A book.\"", "doc = \"A book.\"\ncreate = []", "`create` names no role"),
    (
        "doc = \"A book.\"",
        "doc = \"A book.\"\nread = [\"public\", \"member\"]",
        "`read` names \"public\" and roles",
    ),
    (
        "doc = \"A book.\"",
        "doc = \"A book.\"\nowned = true\nread = [\"public\"]",
        "rows have owners, but `read` is open to people who did not log in",
    ),
    (
        "doc = \"A book.\"",
        "doc = \"A book.\"\ndelete = [\"public\"]",
        "security `medium` demands that nobody may delete `book` without logging in",
    ),
    (
        "doc = \"A book.\"",
        "doc = \"A book.\"\nservice = \"x\"",
        "only microservices are divided into services",
    ),
    (
        "doc = \"A book.\"",
        "doc = \"A book.\"\nplural = \"jobs\"",
        "`jobs` cannot be a plural: it is a name of the platform",
    ),
    (
        "path = \"/count\"",
        "path = \"/books\"",
        "`/books` clashes with the routes of an entity: `/books`, `/books/{id}`",
    ),
    (
        "path = \"/count\"",
        "path = \"/books/{title}\"",
        "`/books/{title}` clashes with the routes of an entity: `/books`, `/books/{id}`",
    ),
    ("path = \"/count\"", "path = \"/books/{title}/count\"", "`{title}` is called `{id}` in another path"),
    ("path = \"/count\"", "path = \"/auth/count\"", "the platform serves what is below `/auth`"),
    ("path = \"/count\"", "path = \"/../count\"", "`..` is not a step of a path"),
    (
        "path = \"/count\"",
        "path = \"/count/{other}\"",
        "the function has no parameter `other` that holds a text or a whole number",
    ),
    ("path = \"/talk/{room}\"", "path = \"/count\"", "`GET /count` is served twice"),
    ("method = \"POST\"", "method = \"post\"", "`post` is not a method"),
    (
        "{ title = \"a\" }, status = 200",
        "{ titel = \"a\" }, status = 200",
        "the function has no parameter `titel`",
    ),
    ("{ title = \"a\" }, status = 200", "{}, status = 200", "the parameter `title` is missing"),
    ("{ result = 1 }", "{ result = -1 }", "this must be a whole number that `u32` holds"),
    ("{ result = 1 }", "{}", "this example has no result"),
    ("status = 422", "status = 404", "an endpoint answers 200 or 422"),
    (
        "call = \"title::count\"\n[[socket]]",
        "call = \"title::count\"\nschedule = \"every 5m\"\n[[socket]]",
        "nothing says what the scheduled task works on",
    ),
    (
        "call = \"title::count\"\n[[socket]]",
        "call = \"title::count\"\nschedule = \"daily\"\n[[socket]]",
        "this is not a schedule",
    ),
    (
        "call = \"title::count\"\n[[socket]]",
        "call = \"title::count\"\nbackoff = \"2w\"\n[[socket]]",
        "this is not a span of time",
    ),
    ("max = 500", "max = 5000", "a text of 5000 characters does not fit into a message of 4096 bytes"),
    ("path = \"/talk/{room}\"", "path = \"/talk/{room}\"\nrate-limit = \"many\"", "this is not a rate"),
    (
        "path = \"/talk/{room}\"",
        "path = \"/talk/{room}\"\nroles = [\"public\"]",
        "security `medium` demands that nobody may use `/talk/{room}` without logging in",
    ),
    ("security = \"medium\"", "security = \"meduim\"", "`meduim` is not a level of security"),
    ("security = \"medium\"", "security = \"high\"", "security `high` demands an audit trail of `book`"),
    ("security = \"medium\"", "security = \"high\"", "security `high` demands a rate limit of `/count`"),
    (
        "security = \"medium\"",
        "security = \"critical\"",
        "security `critical` demands that deleted rows of `book` stay",
    ),
    (
        "security = \"medium\"",
        "security = \"high\"\naccess-token = \"15m\"",
        "at security `high` an access token lives at most 10m",
    ),
    (
        "security = \"medium\"",
        "scalability = \"elastic\"\ndatabase = \"sqlite\"",
        "several processes (`elastic`) cannot share a database in a file",
    ),
    (
        "security = \"medium\"",
        "scalability = \"replicated\"",
        "a room of one process does not hear the others",
    ),
    ("security = \"medium\"", "broker = \"nats\"", "the architecture `hexagonal` has no broker"),
    ("security = \"medium\"", "services = [\"a\", \"b\"]", "the architecture `hexagonal` is one service"),
    (
        "security = \"medium\"",
        "complexity = 1",
        "this service has the complexity 2, more than the 1 it allows itself",
    ),
    ("security = \"medium\"", "complexity = 11", "`complexity` must be a whole number from 1 to 10, not 11"),
    ("name = \"shelf\"", "name = \"book_shelf\"", "the name of a service becomes part of addresses: no `_`"),
    (
        "name = \"shelf\"",
        "name = \"a-shelf-of-books-that-is-called-at-length\"",
        "the name of a service has at most 34 characters",
    ),
    ("security = \"medium\"", "colour = 1", "unknown key `colour` in [service]"),
    (
        "roles = [\"member\", \"editor\"]",
        "roles = [\"admin\"]",
        "`admin` cannot be a role: it has a meaning of its own",
    ),
    ("roles = [\"member\", \"editor\"]", "roles = []", "there is no role"),
    ("architecture = \"hexagonal\"", "architecture = \"hexagon\"", "`hexagon` is not an architecture"),
    (
        "architecture = \"hexagonal\"",
        "architecture = \"serverless\"",
        "serverless functions serve no sockets",
    ),
    (
        "architecture = \"hexagonal\"",
        "architecture = \"microservices\"",
        "microservices are at least two services",
    ),
    ("[[function]]", "[[command]]\nname = \"x\"\n[[function]]", "a service has no commands"),
    (
        "[[function]]",
        "[quality]\nline-coverage = 69\n[[function]]",
        "`line-coverage` may only tighten the policy of 90 %",
    ),
    (
        "path = \"title::short\"",
        "path = \"auth::short\"",
        "the module `auth` of a function has a name of the platform",
    ),
];

#[test]
fn microservices_are_divided_cleanly() {
    let shop = EXAMPLES[3].0;
    for (old, new, expected) in [
        ("service = \"catalog\"", "service = \"katalog\"", "no service `katalog`"),
        ("service = \"catalog\"\naudit", "audit", "this belongs to no service"),
        ("\"shipping\"]", "\"shipping\", \"idle\"]", "the service `idle` does nothing"),
        (
            "[\"catalog\", \"ordering\", \"shipping\"]",
            "[\"catalog\", \"gateway\"]",
            "`gateway` cannot be the name of a service: it is a name of the platform",
        ),
        (
            "type = \"uuid\"",
            "type = { reference = \"product\" }",
            "`product` is kept by another service than `purchase`",
        ),
    ] {
        assert!(shop.contains(old), "{old}");
        let found = messages(&shop.replacen(old, new, 1));
        assert!(found.iter().any(|message| message == expected), "{new}: {found:#?}");
        // Two names are two names, whatever is wrong with one of them.
        assert!(!found.iter().any(|message| message.contains("at least two")), "{new}: {found:#?}");
    }
}

#[test]
fn keys_that_are_known_are_listed_once() {
    for (table, key) in [("[[function]]", "held-back"), ("[project]", "architecture")] {
        let text = SMALL.replacen(table, &format!("{table}\nzzzzzzzzz = 1"), 1);
        let text = text.replace("architecture = \"hexagonal\"\n", "");
        let text = text.replacen("examples = ['short", "held-back = 0\nexamples = ['short", 1);
        let problems = parse(&text, "shelf.toml").unwrap_err();
        let unknown = problems.iter().find(|problem| problem.message.contains("zzzzzzzzz")).unwrap();
        let hint = unknown.hint.as_deref().unwrap();
        assert_eq!(hint.matches(&format!("`{key}`")).count(), 1, "{table}: {hint}");
    }
}

/// What is wrong, with the place.
fn places(text: &str) -> Vec<String> {
    let place = |problem: &cargo_gryph::spec::Problem| {
        format!("{}:{}: {}", problem.line, problem.column, problem.message)
    };
    parse(text, "tariff.toml").err().unwrap_or_default().iter().map(place).collect()
}

const TARIFF: &str = include_str!("fixtures/specs/tariff.toml");

#[test]
fn a_service_needs_no_rows_where_its_parts_are_not_about_them() {
    let of = |architecture: &str| TARIFF.replace("\"hexagonal\"", &format!("\"{architecture}\""));
    for architecture in ["monolith", "layered", "hexagonal", "clean", "event-driven", "serverless"] {
        let plan = plan(&read(&of(architecture)));
        let planned = plan.service.as_ref().unwrap();
        assert_eq!(planned.service.settings.broker, None, "{architecture}");
        let node = |name: &str| planned.components.iter().any(|component| component.name == *name);
        for relation in &planned.relations {
            assert!(node(&relation.from) && node(&relation.to), "{architecture}: {relation:?}");
        }
        for part in ["storage", "persistence", "store-adapter", "entities", "subscribers", "broker"] {
            assert!(!node(part), "{architecture} has {part}");
        }
        assert!(!plan.markdown().contains("erDiagram"), "{architecture}");
    }
    assert_eq!(places(&of("mvc")), ["7:16: a service with the architecture `mvc` needs an [[entity]]"]);
    let bare = &TARIFF[..TARIFF.find("[[function]]").unwrap()];
    assert_eq!(
        places(bare),
        ["7:16: a service with the architecture `hexagonal` needs an [[entity]] or [[endpoint]]"]
    );
}

#[test]
fn functions_of_serverless_share_a_server_of_databases() {
    let serverless = TARIFF.replace("\"hexagonal\"", "\"serverless\"");
    let settings = |text: &str| plan(&read(text)).service.unwrap().service.settings;
    assert_eq!(settings(&serverless).database, Database::Postgresql);
    let file =
        |more: &str| serverless.replace("[service]", &format!("[service]\ndatabase = \"sqlite\"{more}"));
    let said = places(&file("")).join("\n");
    assert!(said.contains("the functions of `serverless` cannot share a database in a file"), "{said}");
    let said = places(&file("\nscalability = \"elastic\"")).join("\n");
    assert!(said.contains("several processes (`elastic`) cannot share a database in a file"), "{said}");
}

#[test]
fn tables_come_after_those_that_they_refer_to() {
    let of = |name: &str, other: &str, more: &str| {
        format!(
            "[[entity]]\nname = \"{name}\"\ndoc = \"D.\"\n[[entity.field]]\nname = \"one\"\ndoc = \"D.\"\n\
             type = {{ reference = \"{other}\" }}\n{more}\n"
        )
    };
    let service = |database: &str, entities: &[String]| {
        let head = TARIFF.replace("[service]", &format!("[service]\ndatabase = \"{database}\""));
        format!("{head}{}", entities.concat())
    };
    let forward = [of("line", "basket", ""), of("basket", "basket", "optional = true")];
    let files = scaffold(&plan(&read(&service("postgresql", &forward)))).unwrap().tree;
    let steps: Vec<&str> =
        files.files().map(|(path, _)| path.as_str()).filter(|path| path.starts_with("migrations/")).collect();
    assert_eq!(
        steps,
        ["migrations/0001_platform.sql", "migrations/0002_basket.sql", "migrations/0003_line.sql"]
    );
    let circle = [of("line", "basket", ""), of("basket", "line", "optional = true")];
    assert!(places(&service("sqlite", &circle)).is_empty());
    let said = places(&service("postgresql", &circle)).join("\n");
    assert!(
        said.contains("PostgreSQL makes a table after those that it refers to: line → basket → line"),
        "{said}"
    );
}

#[test]
fn a_broker_without_anything_to_carry_is_refused() {
    let driven = TARIFF.replace("\"hexagonal\"", "\"event-driven\"");
    let text = driven.replace("[service]\n", "[service]\nbroker = \"in-process\"\n");
    assert_eq!(places(&text), ["11:10: a broker carries what happens to entities, and there is none"]);
    let talking = format!(
        "{driven}\n[[socket]]\npath = \"/talk\"\ndoc = \"Talk.\"\nmessage = [{{ name = \"text\", type = \"text\", max = 9 }}]\n"
    );
    read(&talking);
    let several = talking.replace("[service]\n", "[service]\nscalability = \"replicated\"\n");
    assert_eq!(messages(&several), ["a room of one process does not hear the others"]);
}

#[test]
fn services_of_their_own_need_no_rows_but_something_to_do_and_a_name_that_is_free() {
    let fleet = include_str!("fixtures/specs/fleet.toml");
    read(fleet);
    let named = |name: &str| fleet.replace("\"checks\"]", &format!("\"checks\", \"{name}\"]"));
    assert_eq!(places(&named("idle")), ["12:48: the service `idle` does nothing"]);
    assert_eq!(
        places(&named("rules")),
        ["12:49: `rules` cannot be the name of a service: it is the name of a crate that is always there"]
    );
    assert_eq!(
        places(&named("gateway")),
        ["12:49: `gateway` cannot be the name of a service: it is a name of the platform"]
    );
}

#[test]
fn a_check_does_not_look_at_what_is_computed_after_it() {
    let text = SMALL
        .replace("max = 200", "max = 200\ncheck = \"title::fits\"")
        .replace(
            "[[endpoint]]",
            "[[function]]\npath = \"title::fits\"\nsignature = \"pub fn fits(title: &str, short: &str) -> bool\"\n\
             doc = \"Fits.\"\nexamples = ['fits(\"a\", \"a\")']\n[[endpoint]]",
        );
    assert_eq!(messages(&text), ["this check looks at `short`, which is computed after it"]);
}

#[test]
fn references_in_a_circle_are_refused_unless_one_may_be_missing() {
    let entity = |name: &str, other: &str, rest: &str| {
        format!(
            "[[entity]]\nname = \"{name}\"\ndoc = \"d\"\n[[entity.field]]\nname = \"other\"\ndoc = \"d\"\ntype \
             = {{ reference = \
             \"{other}\" }}\n{rest}\n"
        )
    };
    let text = |rest: &str| format!("{SMALL}{}{}", entity("hen", "egg", ""), entity("egg", "hen", rest));
    assert_eq!(messages(&text("")), ["no first row can be made: hen → egg → hen"]);
    read(&text("optional = true"));
}

#[test]
fn ten_thousand_entities_are_refused_once_and_soon() {
    let mut text = SMALL.to_owned();
    for number in 0..10_000 {
        text.push_str(&format!("[[entity]]\nname = \"e{number}\"\ndoc = \"d\"\n"));
    }
    let found = messages(&text);
    assert!(found.iter().any(|message| message == "more than 100 entities"), "{found:?}");
    assert!(found.len() <= 101, "{}", found.len());
}

#[test]
fn problems_of_all_parts_are_reported_in_one_run_with_place_and_hint() {
    let text = SMALL
        .replace("name = \"shelf\"", "name = \"Shelf\"")
        .replace("type = \"integer\"", "type = \"integr\"")
        .replace("path = \"/count\"", "path = \"count\"")
        .replace("security = \"medium\"", "securty = \"medium\"");
    let shown: Vec<String> =
        parse(&text, "shelf.toml").unwrap_err().iter().map(ToString::to_string).collect();
    insta::assert_snapshot!(shown.join("\n"), @r"
    shelf.toml:3:9: `Shelf` is not a project name
      hint: use lower-case letters, digits, `-` and `_`, a letter first
    shelf.toml:8:1: unknown key `securty` in [service]
      hint: did you mean `security`?
    shelf.toml:25:8: `integr` is not a type of field
      hint: did you mean `integer`?
    shelf.toml:42:9: this is not a path
      hint: write `/`, then lower-case letters, digits and `-`, or `{name}`: `/rooms/{room}`
    ");
}

/// Every name of an accepted service, and every text that is written into code without escaping.
fn names(service: &Service) -> Vec<String> {
    let mut names: Vec<String> = Vec::new();
    let settings = &service.settings;
    names.extend(settings.roles.iter().chain(&settings.services).map(ToString::to_string));
    for entity in &service.entities {
        names.extend([entity.name.to_string(), entity.plural.to_string()]);
        for field in &entity.fields {
            names.push(field.name.to_string());
            match &field.kind {
                FieldType::OneOf { choices } => names.extend(choices.iter().map(ToString::to_string)),
                FieldType::Reference { entity } => names.push(entity.to_string()),
                _ => {}
            }
        }
    }
    let routes = service.endpoints.iter().map(|one| &one.route);
    for route in routes.chain(service.sockets.iter().map(|one| &one.route)) {
        for segment in route.segments() {
            names.push(match segment {
                Segment::Fixed(text) => format!("x{}", text.replace('-', "")),
                Segment::Parameter(name) => name.clone(),
            });
        }
    }
    names.extend(service.tasks.iter().map(|task| task.name.to_string()));
    names.extend(service.sockets.iter().flat_map(|one| &one.message).map(|field| field.name.to_string()));
    let parameters = service.endpoints.iter().flat_map(|one| &one.call.parameters);
    names.extend(parameters.map(|parameter| parameter.name.clone()));
    names
}

/// Headings, diagrams and lines of tables: what a text must not change.
fn outline(plan: &Plan) -> Vec<String> {
    let structural = |line: &&str| line.starts_with('#') || line.starts_with("```");
    let page = plan.markdown();
    let rows = page.lines().filter(|line| line.starts_with('|')).count();
    page.lines().filter(structural).map(str::to_owned).chain([rows.to_string()]).collect()
}

fn examples() -> Vec<&'static str> {
    let further =
        [SMALL, TARIFF, include_str!("fixtures/specs/fleet.toml"), include_str!("fixtures/specs/loans.toml")];
    EXAMPLES.iter().map(|(text, _)| *text).chain(further).collect()
}

/// One line of anything, as hostile as it comes.
fn prose() -> impl Strategy<Value = String> {
    let pieces = vec![
        "{{ 7 * 7 }}",
        "{% raw %}",
        "\"",
        "'",
        "`",
        "```",
        "\\",
        "'; DROP TABLE users; --",
        "<script>",
        "</td>",
        "|",
        "# ",
        "*/",
        "//!",
        "\"#",
        "](x)",
        "${HOME}",
        "$(id)",
        "%0a",
        "end",
        "-->",
        "{",
        "}",
        "#quot;",
        ";",
        "é",
        "🦀",
        " x ",
    ];
    prop::collection::vec(prop::sample::select(pieces), 1..10)
        .prop_map(|pieces| format!("x{}", pieces.concat()))
}

proptest! {
    #![proptest_config(proptest::test_runner::Config { failure_persistence: None, ..Default::default() })]

    #[test]
    fn mutated_services_never_panic_and_their_names_are_harmless(text in mutated(examples(), 4)) {
        if let Ok(spec) = parse(&text, "a.toml") {
            let Some(service) = &spec.service else { return Ok(()) };
            for name in names(service) {
                let plain = |letter: char| letter.is_ascii_lowercase() || letter.is_ascii_digit() || letter == '_';
                let first = name.starts_with(|letter: char| letter.is_ascii_lowercase());
                prop_assert!(first && name.chars().all(plain) && name.len() <= 64, "{:?}", name);
            }
            let plan = plan(&spec);
            let _ = (plan.to_string(), plan.markdown());
        }
    }

    #[test]
    fn no_text_changes_the_structure_of_the_page(doc in prose()) {
        let quoted = toml::Value::String(doc.clone()).to_string();
        let hostile = SMALL.replace("doc = \"A book.\"", &format!("doc = {quoted}"))
            .replace("doc = \"Its title.\"", &format!("doc = {quoted}"))
            .replace("doc = \"Talk.\"", &format!("doc = {quoted}"));
        let spec = read(&hostile);
        prop_assert_eq!(spec.service.as_ref().unwrap().entities[0].doc.untrusted(), doc.trim());
        prop_assert_eq!(outline(&plan(&spec)), outline(&plan(&read(SMALL))));
    }

    #[test]
    fn yaml_of_any_text_reads_as_it_was(doc in prose()) {
        let quoted = toml::Value::String(doc).to_string();
        let plan = plan(&read(&SMALL.replace("doc = \"A book.\"", &format!("doc = {quoted}"))));
        let yaml = serde_saphyr::to_string(&plan).unwrap();
        let back: serde_json::Value = serde_saphyr::from_str(&yaml).unwrap();
        prop_assert_eq!(back, serde_json::to_value(&plan).unwrap());
    }
}
