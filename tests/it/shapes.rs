//! Services that keep no rows, as a whole or as one of several, and fields that functions compute.

use cargo_gryph::spec::parse;

use crate::factory::{filled, laid_out, succeeds, texts};

/// A service that keeps nothing, in any architecture but one whose pages show rows.
pub(crate) const TARIFF: &str = include_str!("fixtures/specs/tariff.toml");
/// Microservices of which one keeps rows, one answers and one works.
const FLEET: &str = include_str!("fixtures/specs/fleet.toml");
/// Fields that functions compute: days, moments and choices.
pub(crate) const LOANS: &str = include_str!("fixtures/specs/loans.toml");

/// Tables that refer to later ones and to a row once, and checks that look at several fields.
const STALLS: &str = include_str!("fixtures/specs/stalls.toml");

/// What people say to each other beside what they ask.
const TALK: &str = r#"
[[socket]]
path = "/counters/{counter}"
doc = "What is said at a counter."
message = [{ name = "text", type = "text", max = 200 }]
"#;

/// Further services that are made, each by its name and architecture.
pub(crate) fn further() -> Vec<(String, String)> {
    let of = |spec: &str, written: &str, architectures: &[&str]| -> Vec<(String, String)> {
        let name = spec.split('"').nth(1).unwrap_or_default();
        let other = |architecture: &&str| {
            let line = format!("architecture = \"{architecture}\"");
            (format!("{name}-{architecture}"), spec.replace(&format!("architecture = \"{written}\""), &line))
        };
        architectures.iter().map(other).collect()
    };
    let whole = ["monolith", "layered", "hexagonal", "clean", "event-driven"];
    let silent = TARIFF.split("[[task]]").next().unwrap();
    [
        of(TARIFF, "hexagonal", &whole),
        of(TARIFF, "hexagonal", &["serverless"]),
        of(&silent.replace("\"tariff\"", "\"answers\""), "hexagonal", &["monolith", "serverless"]),
        of(&format!("{}{TALK}", TARIFF.replace("\"tariff\"", "\"talk\"")), "hexagonal", &["event-driven"]),
        of(FLEET, "microservices", &["microservices"]),
        of(LOANS, "mvc", &["mvc", "event-driven"]),
        of(STALLS, "layered", &["layered", "mvc"]),
    ]
    .concat()
}

#[test]
fn what_keeps_no_rows_speaks_of_none() {
    for (name, spec) in
        further().iter().filter(|(name, _)| name.starts_with("tariff") || name.starts_with("answers"))
    {
        let files = texts(spec);
        let migrations: Vec<&String> = files.keys().filter(|path| path.contains("migrations/")).collect();
        assert_eq!(migrations.len(), 1, "{name}: {migrations:?}");
        for (path, text) in &files {
            for part in [
                "domain/",
                "/ports/",
                "persistence/",
                "/sql/",
                "store/",
                "handlers/",
                "broker",
                "/idempotency.rs",
            ] {
                assert!(!path.contains(&format!("src/{part}")) && !path.ends_with(part), "{name}: {path}");
            }
            let is_page = path.ends_with(".md") || path.ends_with("lib.rs") || path.ends_with("run.sh");
            for word in ["kind of rows", "`domain`", "erDiagram\n```", "a list that is read"] {
                assert!(!is_page || !text.contains(word), "{name}: {path} speaks of {word}");
            }
            if path.ends_with("tests/architecture.rs") && !name.ends_with("serverless") {
                let rules = text.split("const RULES").nth(1).unwrap().split("];").next().unwrap();
                for part in rules.split("    (\"").skip(1).filter_map(|rule| rule.split('"').next()) {
                    let is_there = |path: &String| path.starts_with(&format!("src/{part}"));
                    assert!(files.keys().any(is_there), "{name}: a rule about {part}");
                }
            }
        }
    }
}

#[test]
fn services_that_share_an_address_are_all_asked_there() {
    let contracts = &texts(FLEET)["contracts/src/lib.rs"];
    let route = "Route { path: \"/postage\", services: &[Service::PostageDesk, Service::Checks, ] }";
    assert!(contracts.contains(route), "{contracts}");
    assert_eq!(contracts.matches("\"/postage\"").count(), 1);
}

#[test]
fn keys_for_repetitions_are_known_where_something_is_made() {
    let key = |name: &str| {
        let (_, spec) = further().into_iter().find(|(known, _)| known == name).unwrap();
        texts(&spec).values().any(|text| text.contains("idempotency_keys"))
    };
    // A task is made once; what is only worked out is the same each time.
    assert!(key("tariff-monolith") && !key("answers-monolith") && !key("answers-serverless"));
}

#[test]
fn what_a_function_computes_is_read_as_its_field_holds_it() {
    let files = texts(LOANS);
    let entity = &files["src/models/entities/loan.rs"];
    for line in [
        "let billed_on: Day = computed::value(&loans_rules::calendar::month_start(&draft.begun_on.to_string()), \"calendar::month_start\")?;",
        "let season: LoanSeason = computed::value(&loans_rules::calendar::season(&billed_on.to_string()), \"calendar::season\")?;",
    ] {
        assert!(entity.contains(line), "{entity}");
    }
    let draft = entity.split("pub struct LoanDraft").nth(1).unwrap().split('}').next().unwrap();
    assert!(draft.contains("begun_on") && !draft.contains("season"), "{draft}");
    let nothing_to_read = texts(include_str!("../../examples/specs/bookmarks.toml"));
    assert!(!nothing_to_read.values().any(|text| text.contains("computed::value")));
}

#[test]
fn what_a_function_computes_is_held_against_the_limits_of_its_field() {
    let held = |spec: &str, line: &str| {
        let files = texts(spec);
        assert!(files.values().any(|text| text.contains(line)), "{line}");
        // Whoever holds numbers only has no function for texts.
        let platform = files.iter().find(|(path, _)| path.ends_with("kernel/computed.rs")).unwrap().1;
        ["value", "within", "text"].map(|name| platform.contains(&format!("pub fn {name}")))
    };
    let bookmarks = include_str!("../../examples/specs/bookmarks.toml");
    let line = "computed::text(bookmarks_rules::slug::slugify(&draft.title), 0..=200, text::plain, \"slug::slugify\")?";
    assert_eq!(held(bookmarks, line), [false, false, true]);
    let kinds = ["type = \"url\"\ncomputed", "type = \"email\"\ncomputed"];
    for (kind, form) in kinds.into_iter().zip(["1..=2048, text::web_address", "3..=254, text::email"]) {
        let spec = bookmarks
            .replace("max = 200\ncomputed", kind)
            .replace("type = \"text\"\ndoc = \"The title as", "doc = \"The title as");
        held(&spec, form);
    }
    let tickets = include_str!("../../examples/specs/tickets.toml");
    assert_eq!(held(tickets, ", 1..=5, \"triage::priority\")?"), [false, true, false]);
}

#[test]
fn a_rate_is_that_of_its_own_time() {
    for (rate, count, rule) in [
        ("1/hour", "const PER_HOUR: u32 = 1;", "Rule::new(ACCESS, PER_HOUR).within(3600)"),
        ("100/second", "const PER_SECOND: u32 = 100;", "Rule::new(ACCESS, PER_SECOND).within(1)"),
        ("30/minute", "const PER_MINUTE: u32 = 30;", "Rule::new(ACCESS, PER_MINUTE), "),
    ] {
        let notes = include_str!("../../examples/specs/notes.toml");
        let files = texts(&notes.replace("20/second", rate));
        let routes = files.values().find(|text| text.contains(count)).unwrap_or_else(|| panic!("{rate}"));
        assert!(routes.contains(rule), "{rate}: {routes}");
        let has_others = files.values().any(|text| text.contains("pub const fn within"));
        assert_eq!(has_others, rate != "30/minute");
    }
}

#[test]
fn defaults_are_written_as_what_they_are() {
    let routes = &texts(LOANS)["src/controllers/api/loan.rs"];
    for line in [
        "fn default_due_on() -> Day { Day::known(2030, 12, 31) }",
        "fn default_seen_at() -> Timestamp { Timestamp::from_micros(1704067200000000) }",
        "fn default_shelf() -> Id { Id::known(0x0190a0a000007000800000000000000a) }",
    ] {
        assert!(routes.contains(line), "{line}: {routes}");
    }
    // No service takes a day in this form.
    let problems = parse(&LOANS.replace("2030-12-31", "20301231"), "spec.toml").unwrap_err();
    assert_eq!(problems[0].message, "this default is not a date");
    assert_eq!(problems[0].hint.as_deref(), Some("write a day like `2026-01-31`"));
}

/// A test that a service has more: of a function that gives what no field holds.
const FAULT: &str = include_str!("fixtures/fault.rs.txt");

/// It needs the registry and some minutes, as the test of all services does: `GRYPH_SERVICES=every`, or `fault`.
#[test]
fn what_no_field_can_hold_is_a_problem_and_kept_nowhere() {
    let wanted = std::env::var("GRYPH_SERVICES").unwrap_or_default();
    if !wanted.split(',').any(|one| ["every", "fault"].contains(&one)) {
        println!("GRYPH_SERVICES does not ask for it: not built");
        return;
    }
    let (folder, target) = (tempfile::tempdir().unwrap(), tempfile::tempdir().unwrap());
    laid_out(&filled(LOANS), folder.path());
    let changed = |path: &str, change: &dyn Fn(&str) -> String| {
        let path = folder.path().join(path);
        let text = std::fs::read_to_string(&path).unwrap_or_default();
        let after = change(&text);
        assert_ne!(text, after, "{}", path.display());
        std::fs::write(path, after).unwrap();
    };
    changed("rules/src/calendar.rs", &|text| {
        text.replace("season.to_owned()", "season.replace(season, \"monsoon\")")
    });
    changed("tests/it/main.rs", &|text| format!("{text}mod fault;\n"));
    changed("tests/it/fault.rs", &|_| FAULT.to_owned());
    succeeds("loans", folder.path(), target.path(), &["test", "--test", "it", "fault"]);
}

#[test]
fn somebody_else_makes_a_row_as_all_do() {
    let files = texts(include_str!("fixtures/specs/zebras.toml"));
    let test = &files["tests/it/zebra.rs"];
    assert!(test.contains("fn body(number: u32)") && test.contains("is_there_once"), "{test}");
    assert!(!test.contains("body(&service"), "{test}");
}
