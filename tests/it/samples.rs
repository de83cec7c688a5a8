//! The bodies of generated tests: valid for whatever fields an entity or a message has, and another one for each number.

use std::fmt::Write as _;

use cargo_gryph::spec::parse;

use crate::factory::texts;

fn spec(architecture: &str, fields: &str) -> String {
    let fields = fields.replace("[[field]]", "[[entity.field]]\ndoc = \"It.\"");
    format!(
        "spec = 1\n[project]\nname = \"odd\"\nkind = \"service\"\narchitecture = \"{architecture}\"\nsummary = \"Keeps\"\n\
         [[entity]]\nname = \"thing\"\ndoc = \"A thing.\"\n{fields}"
    )
}

/// The test of the entity, and its routes, of a service with these fields.
fn entity(fields: &str) -> [String; 2] {
    let mut files = texts(&spec("monolith", fields));
    ["tests/it/thing.rs", "src/thing/routes.rs"].map(|path| files.remove(path).unwrap())
}

const TITLE: &str = "[[field]]\nname = \"title\"\ntype = \"text\"\nmax = 200\n";

#[test]
fn a_name_of_a_field_is_no_number() {
    let [test, routes] =
        entity(&format!("{TITLE}[[field]]\nname = \"phone_number\"\ntype = \"text\"\nmax = 40\n"));
    assert!(test.contains(r#""phone_number": format!("text {number}")"#), "{test}");
    assert!(routes.contains(r#"json!({ "title": "text 1", "phone_number": "text 1" })"#), "{routes}");
    let [test, _] = entity("[[field]]\nname = \"number\"\ntype = \"boolean\"\n");
    assert!(test.contains("fn body(_: u32)"), "{test}");
}

#[test]
fn short_and_long_values_are_as_long_as_they_must_be() {
    for (lines, given, one) in [
        (
            "type = \"text\"\nmin = 2\nmax = 2",
            r#"format!("{number}{}", "x".repeat(1))"#,
            r#"format!("1{}", "x".repeat(1))"#,
        ),
        ("type = \"text\"\nmax = 5", r#"format!("{number}")"#, r#""1""#),
        // Formats have no width of more than 16 bits.
        ("type = \"text\"\nmin = 70000\nmax = 90000", r#""x".repeat(69994))"#, r#""x".repeat(69994))"#),
        ("type = \"email\"\nmax = 10", r#"format!("{number}@b.c")"#, r#""1@b.c""#),
        ("type = \"url\"\nmax = 10", r#"format!("http://{number}")"#, r#""http://1""#),
    ] {
        let [test, routes] = entity(&format!("{TITLE}[[field]]\nname = \"short\"\n{lines}\n"));
        assert!(test.contains(given), "{lines}: {test}");
        assert!(routes.contains(one), "{lines}: {routes}");
    }
}

#[test]
fn rows_have_their_own_numbers() {
    for (lines, given) in [
        ("type = \"number\"", "0.5 + f64::from(number) * 1.0"),
        ("type = \"number\"\nmin = 1\nmax = 3", "1.0 + f64::from(number) * 0.125"),
        ("type = \"integer\"\nmin = 1\nmax = 10", "1 + i64::from(number)"),
    ] {
        let [test, _] = entity(&format!("{TITLE}[[field]]\nname = \"code\"\nunique = true\n{lines}\n"));
        assert!(test.contains(given), "{lines}: {test}");
    }
    for lines in ["type = \"number\"\nmin = 1\nmax = 1", "type = \"integer\"\nmin = 1\nmax = 9"] {
        let fields = format!("{TITLE}[[field]]\nname = \"code\"\nunique = true\n{lines}\n");
        let problems = parse(&spec("monolith", &fields), "spec.toml").unwrap_err();
        assert_eq!(problems[0].message, "a unique field of so few values is soon full", "{lines}");
    }
}

#[test]
fn an_address_has_room_for_one_and_need_not_be_longer_than_one() {
    for (lines, message) in [
        ("type = \"email\"\nmax = 4", "`max` must be at least 5 for an address of this kind"),
        ("type = \"email\"\nmin = 65", "`min` must be at most 64 for an address of this kind"),
        ("type = \"url\"\nmax = 7", "`max` must be at least 8 for an address of this kind"),
        ("type = \"url\"\nmin = 2001", "`min` must be at most 2000 for an address of this kind"),
    ] {
        let fields = format!("{TITLE}[[field]]\nname = \"at\"\n{lines}\n");
        let problems = parse(&spec("monolith", &fields), "spec.toml").unwrap_err();
        assert_eq!(problems[0].message, message);
    }
    for lines in ["type = \"email\"\nmin = 64", "type = \"url\"\nmin = 2000"] {
        entity(&format!("{TITLE}[[field]]\nname = \"at\"\n{lines}\n"));
    }
}

/// A field `code`, and the function `code::is_sound` with these examples.
fn checked(lines: &str, signature: &str, examples: &[&str]) -> String {
    format!(
        "[[field]]\nname = \"code\"\ntype = \"text\"\nmax = 9\ncheck = \"code::is_sound\"\n{lines}\n\
         [[function]]\npath = \"code::is_sound\"\nsignature = \"pub fn is_sound({signature}) -> bool\"\n\
         doc = \"Says whether it is sound.\"\nexamples = {examples:?}\n"
    )
}

#[test]
fn a_unique_value_that_is_checked_is_another_example_in_each_row() {
    let examples: Vec<String> = "ABCDE".chars().map(|sign| format!("is_sound(\"{sign}\")")).collect();
    let examples: Vec<&str> = examples.iter().map(String::as_str).chain(["!is_sound(\"x\")"]).collect();
    let fields = |examples: &[&str]| format!("{TITLE}{}", checked("unique = true", "code: &str", examples));
    let [test, routes] = entity(&fields(&examples));
    let value = r#""code": match number { 0 => json!("A"), 1 => json!("B"), 2 => json!("C"), 3 => json!("D"), _ => json!("E") }"#;
    assert!(test.contains(value), "{test}");
    assert!(routes.contains(r#""code": "B""#), "{routes}");
    let problems = parse(&spec("monolith", &fields(&examples[1..])), "spec.toml").unwrap_err();
    assert_eq!(
        problems[0].message,
        "`code` is unique, but of its values this check says yes to 4 in examples"
    );
    // What its limits refuse is none of them.
    let long = [&examples[1..], &["is_sound(\"ABCDEFGHIJ\")"]].concat();
    assert!(parse(&spec("monolith", &fields(&long)), "spec.toml").is_err());
}

#[test]
fn a_check_of_several_fields_has_all_of_one_example() {
    let size = "[[field]]\nname = \"size\"\ntype = \"integer\"\noptional = true\n";
    let examples = ["!is_sound(\"A\", None)", "is_sound(\"B\", Some(-7))", "is_sound(\"C\", None)"];
    let [test, _] = entity(&format!("{size}{}", checked("", "code: &str, size: Option<i64>", &examples)));
    assert!(test.contains(r#"json!({ "size": -7, "code": "B" })"#), "{test}");
    // A reference is to a row that is there.
    let parent = "[[field]]\nname = \"parent\"\ntype = { reference = \"thing\" }\noptional = true\n";
    let examples = ["is_sound(\"B\", None)", "!is_sound(\"\", None)"];
    let [test, _] =
        entity(&format!("{parent}{}", checked("", "code: &str, parent: Option<&str>", &examples)));
    assert!(test.contains(r#"json!({ "code": "B" })"#), "{test}");
}

#[test]
fn what_a_check_looks_at_besides_is_unique_and_left_out_by_its_word_as_well() {
    let size = "[[field]]\nname = \"size\"\ntype = \"integer\"\nunique = true\n";
    let examples = ["is_sound(\"B\", 7)", "!is_sound(\"B\", 8)"];
    let fields = format!("{size}{}", checked("", "code: &str, size: i64", &examples));
    let problems = parse(&spec("monolith", &fields), "spec.toml").unwrap_err();
    assert_eq!(
        problems[0].message,
        "`size` is unique, but of its values this check says yes to 1 in examples"
    );
    let size = "[[field]]\nname = \"size\"\ntype = \"integer\"\noptional = true\n";
    let examples = ["is_sound(\"B\", Some(7))", "!is_sound(\"B\", None)"];
    let [test, _] = entity(&format!("{size}{}", checked("", "code: &str, size: Option<i64>", &examples)));
    assert!(!test.contains("has_its_default"), "{test}");
}

#[test]
fn of_many_rows_those_that_differ_are_taken() {
    let unique: Vec<String> = "ABCDE".chars().map(|sign| format!("is_sound(\"{sign}\")")).collect();
    let unique: Vec<&str> = unique.iter().map(String::as_str).collect();
    let mut text = checked("unique = true", "code: &str", &unique);
    for name in ["long", "wide", "high"] {
        let examples: Vec<String> = (0..40).map(|at| format!("{name}({at})")).collect();
        write!(
            text,
            "[[field]]\nname = \"{name}\"\ntype = \"integer\"\ncheck = \"size::{name}\"\n\
             [[function]]\npath = \"size::{name}\"\nsignature = \"pub fn {name}({name}: i64) -> bool\"\n\
             doc = \"Says whether it is right.\"\nexamples = {examples:?}\n"
        )
        .unwrap();
    }
    let [test, _] = entity(&text);
    assert!(test.contains(r#"_ => json!("E")"#), "{test}");
}

#[test]
fn what_refers_to_a_row_once_is_told_by_its_field() {
    let parent =
        "[[field]]\nname = \"parent\"\ntype = { reference = \"thing\" }\noptional = true\nunique = true\n";
    let files = texts(&spec("monolith", &format!("{TITLE}{parent}")));
    let store = files.values().find(|text| text.contains("const UNIQUE")).unwrap();
    assert!(store.contains(r#"const UNIQUE: &[&str] = &["parent", ];"#), "{store}");
    let steps = files.values().find(|text| text.contains("_parent_id_unique")).unwrap();
    assert!(steps.contains("\"things_parent_id_unique\" ON \"things\""), "{steps}");
}

#[test]
fn of_several_unique_values_each_is_taken_alone() {
    let mail = "[[field]]\nname = \"mail\"\ntype = \"email\"\nunique = true\n";
    let fields = format!("{TITLE}unique = true\n{mail}");
    let [test, _] = entity(&fields);
    assert!(test.contains(r#"for unique in ["title", "mail"] {"#), "{test}");
    assert!(test.contains("taken[unique] = one[unique].clone();"), "{test}");
    let pages = texts(&spec("mvc", &fields)).remove("tests/it/thing_pages.rs").unwrap();
    assert!(pages.contains(r#"second["title"] = first["title"].clone();"#), "{pages}");
}

#[test]
fn defaults_of_more_than_32_bits_are_written_as_such() {
    let big = "[[field]]\nname = \"big\"\ntype = \"integer\"\ndefault = 5000000000\n";
    let [test, routes] = entity(&format!("{TITLE}{big}"));
    assert!(test.contains(r#"assert_eq!(made["big"], json!(5000000000_i64));"#), "{test}");
    assert!(routes.contains("default = 5000000000_i64)]"), "{routes}");
    let pages = texts(&spec("mvc", &format!("{TITLE}{big}")));
    let form = pages.values().find(|text| text.contains("\"5000000000\""));
    assert!(form.is_some());
}

#[test]
fn a_body_of_many_fields_is_not_one_macro() {
    let mut fields = TITLE.to_owned();
    for at in 0..99 {
        write!(fields, "[[field]]\nname = \"f{at}\"\ntype = \"integer\"\n").unwrap();
    }
    let [test, routes] = entity(&fields);
    for text in [test, routes] {
        assert!(text.contains("serde_json::Value::from_iter([(\"title\", json!("), "{text}");
    }
}

#[test]
fn a_request_may_be_as_long_as_what_an_entity_holds() {
    let limit = |architecture: &str, fields: &str| {
        let files = texts(&spec(architecture, fields));
        let settings = &files["settings.example.toml"];
        let line = settings.lines().find_map(|line| line.strip_prefix("body_bytes = ")).unwrap();
        let kib = line.parse::<u64>().unwrap() / 1024;
        assert!(files["src/platform/settings/mod.rs"].contains(&format!("body_bytes: {kib} * 1024,")));
        kib
    };
    let long = |times: usize| {
        let one = |at: usize| format!("[[field]]\nname = \"t{at}\"\ntype = \"text\"\nmax = 100000\n");
        (0..times).map(one).collect::<String>()
    };
    assert_eq!(limit("monolith", TITLE), 64);
    assert_eq!(limit("monolith", &long(1)), 448);
    // What forms send is longer.
    assert_eq!(limit("mvc", &long(1)), 1_216);
    assert_eq!(limit("monolith", &long(50)), 4_096);
}

#[test]
fn a_task_without_parameters_has_a_payload_of_nothing() {
    let task = "[[function]]\npath = \"work::tidy\"\nsignature = \"pub fn tidy() -> i64\"\ndoc = \"Tidies.\"\n\
                examples = [\"tidy() == 1\"]\n[[task]]\nname = \"sweep\"\ndoc = \"Sweeps.\"\ncall = \"work::tidy\"\n";
    let files = texts(&format!("{}{task}", spec("monolith", TITLE)));
    let texts: String =
        files.iter().filter(|(path, _)| path.starts_with("src/sweep/")).map(|(_, text)| &**text).collect();
    assert!(texts.contains("use serde::{Deserialize, Serialize};"), "{texts}");
    assert!(!texts.contains("let payload = Payload::") && texts.contains("JsonBody(_)"), "{texts}");
}

#[test]
fn tests_of_sockets_come_to_their_limits() {
    let socket = |lines: &str| {
        let talk = "[[socket]]\npath = \"/talk\"\ndoc = \"Talk.\"\nmessage = [{ name = \"text\", type = \"text\", max = 200 }]\n";
        let files = texts(&format!("{}{talk}{lines}\n", spec("monolith", TITLE)));
        files["tests/it/talk_socket.rs"].clone()
    };
    // A hundred messages that are refused one after the other end a connection.
    let many = socket("rate-limit = \"100/minute\"");
    let test = many
        .split("fn too_many_messages_are_refused")
        .nth(1)
        .unwrap()
        .split("#[tokio::test]")
        .next()
        .unwrap();
    assert!(test.contains("ann.say(&good)") && test.contains("0..2 * 100 + 20"), "{test}");
    assert!(!socket("rate-limit = \"100000/second\"").contains("too_many_messages"));
    // Whoever says too much may not come to the end of it.
    assert!(socket("largest = 1048576").contains("ann.say_too_much(1048576 + 1)"));
}
