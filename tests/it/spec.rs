//! Specifications as text: every problem is reported with its place, and no text makes the reader fail.

use std::collections::BTreeSet;
use std::path::Path;

use cargo_gryph::spec::{Problem, Spec, parse};
use proptest::prelude::{Strategy, any, prop};
use proptest::proptest;

use crate::deploy::files;
use crate::mutation::mutated;

const EXAMPLES: [&str; 4] = [
    include_str!("../../examples/specs/textkit.toml"),
    include_str!("../../examples/specs/units.toml"),
    include_str!("../../examples/specs/toolbox.toml"),
    include_str!("../../examples/specs/logtop.toml"),
];

/// A small correct specification with something put in.
fn with(project: &str, rest: &str) -> String {
    format!(
        "spec = 1\n[project]\nname = \"kit\"\nkind = \"library\"\nsummary = \"A kit\"\n{project}\n{rest}\n[[function]]\npath \
         = \"m::double\"\nsignature = \"pub fn double(number: i32) -> i32\"\ndoc = \"Doubles.\"\nexamples = \
         ['double(2) == 4', 'double(0) == 0']\n"
    )
}

fn problems(text: &str) -> Vec<Problem> {
    parse(text, "kit.toml").map(|_: Spec| Vec::new()).unwrap_or_else(|problems| problems)
}

#[test]
fn all_problems_are_reported_in_one_run_with_place_and_hint() {
    let text = r#"spec = 2
[project]
name = "Kit"
kind = "libary"
architecture = "hexagonal"
summary = "A kit"
colour = "red"
[dependencies]
a = { path = "../a" }
b = "not a version"
[quality]
line-coverage = 50
[[function]]
path = "m::double"
signature = "fn double(number: i32) -> i32"
doc = "Doubles."
exmaples = ['double(2) == 4']
[[function]]
path = "../up::f"
signature = "pub fn f(m: Mony) -> u8"
doc = "```code```"
examples = ['std::process::exit(1) == f(2)', 'f(1']
"#;
    let shown: Vec<String> = problems(text).iter().map(ToString::to_string).collect();
    insta::assert_snapshot!(shown.join("\n"), @r#"
    kit.toml:1:8: `spec` must be 1, not 2
    kit.toml:3:9: `Kit` is not a project name
      hint: use lower-case letters, digits, `-` and `_`, a letter first
    kit.toml:4:8: `libary` is not a kind
      hint: did you mean `library`?
    kit.toml:7:1: unknown key `colour` in [project]
      hint: the keys known here are `name`, `kind`, `architecture`, `summary`, `license`
    kit.toml:9:5: this dependency has no `version`
      hint: add `version = "…"`
    kit.toml:9:14: `path` is not allowed in a dependency
      hint: only releases of the default registry can be used
    kit.toml:10:5: this is not a version requirement: unexpected character 'n' while parsing major version number
      hint: write a version requirement, such as "1" or "0.4.2"
    kit.toml:12:17: `line-coverage` may only tighten the policy of 90 %
      hint: set it to 90 or more
    kit.toml:13:1: this function has neither examples nor properties
      hint: add `examples` such as 'double(2) == 4'; they decide what is accepted
    kit.toml:15:14: a signature must be that of a plain public function
      hint: begin with `pub fn`: functions that are not public, `const` and `async` are not yet supported
    kit.toml:17:1: unknown key `exmaples` in [[function]]
      hint: did you mean `examples`?
    kit.toml:19:9: `../up` is not a module name
      hint: use snake_case: lower-case letters, digits and `_`, a letter first
    kit.toml:20:13: `Mony` is not known
      hint: name an item of this specification, or write the whole path (`std::…` or a dependency)
    kit.toml:21:8: a documentation text cannot hold a code block
      hint: put code into `examples`; they become part of the documentation
    kit.toml:22:14: `std::process::exit` cannot be used in a specification
      hint: only parts of the standard library that compute are open: no process, environment, files, network or threads
    kit.toml:22:48: this is not Rust: a token or a bracket is wrong
      hint: check quotes and brackets
    "#);
}

#[test]
fn one_problem_each() {
    for (project, rest, expected) in [
        ("", "", None),
        ("architecture = \"monolith\"", "", None),
        ("license = \"MIT\"", "", None),
        ("license = \"MIT\\nx = 1\"", "", Some("this is not a licence expression")),
        ("kind2 = 1", "", Some("unknown key `kind2` in [project]")),
        ("", "[dependencies]\nregex = \"1\"", None),
        (
            "",
            "[dependencies]\nregex = { version = \"1\", features = [\"std\"], default-features = false }",
            None,
        ),
        (
            "",
            "[dependencies]\nregex = { version = \"1\", git = \"https://x\" }",
            Some("`git` is not allowed in a dependency"),
        ),
        ("", "[dependencies]\nregex = \"*\"", Some("any version at all is too wide a requirement")),
        ("", "[dependencies]\n\"a b\" = \"1\"", Some("`a b` is not a package name")),
        ("", "[dependencies]\nm = \"1\"", Some("the module `m` has the name of a dependency")),
        ("", "[dependencies]\nkit = \"1\"", Some("the project has the name of its dependency `kit`")),
        (
            "",
            "[[type]]\npath = \"m::Option\"\ndoc = \"d\"\ndefinition = \"pub struct Option;\"",
            Some("`Option` would hide a name that every module has"),
        ),
        ("", "[quality]\nline-coverage = 95", None),
        ("", "[quality]\nline-coverage = 89", Some("`line-coverage` may only tighten the policy of 90 %")),
        ("", "[[endpoint]]\npath = \"/\"", Some("[[endpoint]] is part of a service")),
        ("", "[service]\nsecurity = \"low\"", Some("[service] is part of a service")),
        ("", "[[command]]\nname = \"x\"", Some("[[command]] has no `about`")),
    ] {
        let found = problems(&with(project, rest));
        let found: Vec<&str> = found.iter().map(|problem| problem.message.as_str()).collect();
        match expected {
            None => assert!(found.is_empty(), "{project} {rest}: {found:?}"),
            Some(message) => assert!(found.contains(&message), "{project} {rest}: {found:?}"),
        }
    }
}

#[test]
fn kinds_of_later_and_architectures_of_services_are_refused_by_name() {
    for kind in ["worker", "workspace"] {
        let text = with("", "").replace("kind = \"library\"", &format!("kind = \"{kind}\""));
        let expected = format!("the kind `{kind}` is not yet supported");
        let found = problems(&text);
        assert!(found.iter().any(|one| one.message == expected && one.hint.is_some()), "{found:?}");
    }
    for architecture in
        ["layered", "hexagonal", "clean", "mvc", "event-driven", "microservices", "serverless"]
    {
        let expected = format!("the architecture `{architecture}` is that of a service");
        let found = problems(&with(&format!("architecture = \"{architecture}\""), ""));
        assert!(found.iter().any(|one| one.message == expected && one.hint.is_some()), "{found:?}");
    }
}

#[test]
fn markdown_problems_have_the_places_of_the_markdown_file() {
    let text = format!("# A kit\n\nProse.\n\n```toml\n{}```\n", with("colour = 1", ""));
    let found = parse(&text, "kit.md").unwrap_err();
    assert_eq!((found[0].line, found[0].column), (11, 1), "{found:?}");
    let fine = text.replace("colour = 1", "");
    let read = parse(&fine, "kit.md").unwrap();
    assert_eq!(read.prose, "# A kit\n\nProse.");
    // What is kept of it is the same specification.
    assert_eq!(read.text, with("", ""));
    assert_eq!(parse(&read.text, "gryph.toml").unwrap().hash, read.hash);
}

#[test]
fn limits_are_explicit() {
    let huge = format!("{}# {}", with("", ""), "x".repeat(1 << 20));
    assert!(problems(&huge)[0].message.contains("more than 1048576"));
    let mut many = String::new();
    for number in 0..201 {
        many.push_str(&format!("[[function]]\npath = \"m::f{number}\"\nsignature = \"pub fn f{number}() -> u8\"\ndoc = \"d\"\nexamples = ['f{number}() == 1']\n"));
    }
    let found = problems(&with("", &many));
    assert!(found.iter().any(|problem| problem.message == "more than 200 functions"), "{found:?}");
}

#[test]
fn lines_may_end_as_windows_ends_them() {
    let text =
        with("", "[[type]]\npath = \"m::T\"\ndoc = \"\"\"\nA\nT.\"\"\"\ndefinition = \"pub struct T;\"");
    let read = parse(&text, "kit.toml").unwrap();
    let other = parse(&text.replace('\n', "\r\n"), "kit.toml").unwrap();
    assert_eq!(other, read);
    let found = problems(&with("", "[quality]\nline-coverage = 1").replace('\n', "\r\n"));
    assert_eq!((found[0].line, found[0].column), (8, 17), "{found:?}");
}

#[test]
fn what_is_no_toml_is_told_where_it_begins() {
    let open = with("", "[dependencies]\nregex = { version = \"1\", features = [\"std\" }");
    let found = problems(&open);
    assert_eq!(found.len(), 1, "{found:?}");
    assert_eq!((found[0].line, found[0].column), (8, 37), "{found:?}");
    assert_eq!(found[0].message, "this is not TOML: this `[` is not closed");
    let found = problems(&with("license = MIT", "[quality]\nline-coverage = many"));
    assert_eq!(found.iter().map(|one| one.line).collect::<Vec<_>>(), [6, 8], "{found:?}");
    assert!(found[0].hint.as_ref().unwrap().contains("quotes"), "{found:?}");
}

#[test]
fn examples_that_no_function_fulfils_are_refused() {
    let message = |example: &str| {
        let text = with("", "").replace("['double(2) == 4'", &format!("['double(2) == 4', '{example}'"));
        problems(&text).into_iter().map(|one| one.message).collect::<Vec<_>>()
    };
    let another = ["another example says something else of the same call"];
    assert_eq!(message("double(3) == 6"), [""; 0]);
    assert_eq!(message("double(2) == 5"), another);
    assert_eq!(message("double(2) != 4"), another);
    assert_eq!(message("double(2, 3) == 5"), ["`double` takes 1 argument, not 2"]);
    let twice = with("", "").replace("(number: i32)", "(number: i32, number: i32)");
    assert_eq!(problems(&twice)[0].message, "this parameter stands twice");
}

/// A program with one command.
fn program(name: &str, arguments: &str, examples: &str) -> String {
    format!(
        "spec = 1\n[project]\nname = \"kit\"\nkind = \"cli\"\nsummary = \"A kit\"\n[[command]]\nname = {name:?}\nabout = \
         \"Does it\"\ndoc = \"Does it.\"\narguments = [{arguments}]\nexamples = [{examples}]\n"
    )
}

#[test]
fn examples_of_commands_are_what_the_parser_takes() {
    let message = |arguments: &str, words: &str| {
        let example = format!("{{ args = [{words}], stdout = \"a\" }}");
        problems(&program("run", arguments, &example)).into_iter().map(|one| one.message).collect::<Vec<_>>()
    };
    let number = "{ name = \"n\", type = \"i64\", short = \"n\", help = \"How many\" }";
    let place = "{ name = \"n\", type = \"i64\", positional = true, help = \"How many\" }";
    let text = "{ name = \"sep\", type = \"String\", help = \"What divides\" }";
    for (argument, words) in [
        (number, "\"-n\", \"-5\""),
        (number, "\"--n=-5\""),
        (place, "\"-5\""),
        (place, "\"-12\""),
        (text, "\"--sep=-a\""),
        (text, "\"--sep\", \"-\""),
    ] {
        assert_eq!(message(argument, words), [""; 0], "{argument} {words}");
    }
    for (argument, words, expected) in [
        (text, "\"--sep\", \"-a\"", "`-a` would be read as options: write `--sep=-a`"),
        (text, "\"--sep\", \"--\"", "`--` would be read as options: write `--sep=--`"),
        (text, "\"--\", \"a\"", "`--` ends the options, which no example needs"),
        (place, "\"-x5\"", "`-x5` would be read as options, which there are not"),
        (number, "\"-n5\"", "nothing takes the argument `-n5`"),
    ] {
        assert_eq!(message(argument, words), [expected], "{argument} {words}");
    }
}

#[test]
fn a_command_has_so_many_examples_and_its_problems_their_places() {
    let example = |number: usize| format!("{{ args = [], stdin = \"{number}\", stdout = \"a\" }}");
    let many: Vec<String> = (0..51).map(example).collect();
    let text = program("run", "", &many.join(", ")).replace("about", "input = true\nabout");
    assert_eq!(problems(&text)[0].message, "more than 50 examples");
    let found = problems(&program("std", "", "{ args = [], stdout = \"a\" }"));
    assert_eq!((found[0].line, found[0].column), (7, 8), "{found:?}");
}

/// A service with one entity, whose field `name` has what is given, and with more behind it.
fn service(name: &str, field: &str, rest: &str) -> String {
    format!(
        "spec = 1\n[project]\nname = {name:?}\nkind = \"service\"\nsummary = \"Keeps tags\"\n[[entity]]\nname = \"talk_socket\"\n\
         doc = \"A tag.\"\n[[entity.field]]\nname = \"name\"\ntype = \"text\"\ndoc = \"Its name.\"\n{field}\n{rest}\n"
    )
}

fn messages(text: &str) -> Vec<String> {
    problems(text).into_iter().map(|one| one.message).collect()
}

#[test]
fn a_check_says_yes_to_something_that_may_be_there() {
    let check = |examples: &str| {
        let function = format!(
            "[[function]]\npath = \"m::ok\"\nsignature = \"pub fn ok(name: &str) -> bool\"\ndoc = \"D.\"\nexamples = [{examples}]"
        );
        messages(&service("kit", "min = 3\ncheck = \"m::ok\"", &function))
    };
    let none = ["no example of this check says yes to values that may be there"];
    assert_eq!(check("'ok(\"abc\")', '!ok(\"zzzz\")'"), [""; 0]);
    assert_eq!(check("'ok(\"a\")', '!ok(\"zzzz\")'"), none);
    assert_eq!(check("'!ok(\"zzzz\")'"), none);
    let both = service("kit", "check = \"m::nope\"", "").replace("\"text\"", "\"txt\"");
    assert_eq!(problems(&both).len(), 2, "{:?}", problems(&both));
}

#[test]
fn a_socket_has_room_for_its_messages_and_a_module_of_its_own() {
    let socket = |path: &str, message: &str| {
        let socket =
            format!("[[socket]]\npath = {path:?}\ndoc = \"D.\"\nlargest = 64\nmessage = [{message}]");
        messages(&service("kit", "", &socket))
    };
    assert_eq!(socket("/talks", "{ name = \"u\", type = \"text\", min = 1, max = 64 }"), [""; 0]);
    assert_eq!(
        socket("/talks", "{ name = \"u\", type = \"text\", min = 60, max = 64 }"),
        ["the shortest message has 68 bytes, more than 64"]
    );
    assert_eq!(
        socket("/talk", "{ name = \"u\", type = \"text\", max = 64 }"),
        ["the socket `/talk` and the entity `talk_socket` both become the module `talk_socket`"]
    );
}

#[test]
fn an_example_of_an_endpoint_has_an_address() {
    let example = |who: &str| {
        let rest = format!(
            "[[function]]\npath = \"m::greet\"\nsignature = \"pub fn greet(who: &str) -> String\"\ndoc = \"D.\"\nexamples = \
             ['greet(\"a\") == \"a\"']\n[[endpoint]]\nmethod = \"GET\"\npath = \"/greet/{{who}}\"\ndoc = \"D.\"\ncall = \
             \"m::greet\"\nexamples = [{{ request = {{ who = {who:?} }}, status = 200, response = {{ result = \"a\" }} }}]"
        );
        messages(&service("kit", "", &rest))
    };
    assert_eq!(example("a"), [""; 0]);
    for who in ["", ".", ".."] {
        assert_eq!(example(who), [format!("`who` stands in the path, which cannot hold `{who}`")]);
    }
}

#[test]
fn a_service_is_not_called_like_a_crate_that_it_is_built_on() {
    let mut names = BTreeSet::new();
    let is_manifest = |path: &Path| path.ends_with("Cargo.toml.tmpl");
    for file in files(Path::new("templates/service"), &is_manifest) {
        let text = std::fs::read_to_string(file).unwrap();
        let tables =
            text.split("\n[").filter(|table| table.split(']').next().unwrap().ends_with("dependencies"));
        let lines = tables.flat_map(|table| table.lines().skip(1));
        let name = |line: &str| Some(line.split_once(" = ")?.0.to_owned());
        names.extend(lines.filter_map(name).filter(|name| !name.contains(['{', ' '])));
    }
    // What members of a workspace are called is no crate of others.
    let own = ["contracts", "platform"];
    let crates: Vec<&String> = names.iter().filter(|name| !own.contains(&name.as_str())).collect();
    assert!(crates.len() > 30, "{crates:?}");
    for name in crates {
        assert!(!messages(&service(&name.replace('_', "-"), "", "")).is_empty(), "{name}");
    }
}

#[test]
fn deeply_nested_text_is_refused_and_does_not_exhaust_the_stack() {
    for unit in [
        "(",
        "[",
        "{",
        "!",
        "&",
        "-",
        "|x| ",
        "if a { ",
        "f(",
        "match a { _ => ",
        "a as ",
        "x.y",
        "a + ",
        "<",
        "Vec<",
        "&&",
        "*",
    ] {
        // As many as fit into the bytes, and as many as fit into the tokens, for units of one to five tokens.
        for count in [1900 / unit.len(), 380, 190, 125, 95, 78, 23] {
            for end in ["", "double(1)"] {
                let piece = format!("{}{end}", unit.repeat(count));
                problems(&with("", "").replace("'double(2) == 4'", &format!("'double(1) == {piece}'")));
                problems(&with("", "").replace("number: i32", &format!("number: {piece}")));
            }
        }
    }
    let nested = format!("a = {}{}", "[".repeat(5000), "]".repeat(5000));
    assert!(!problems(&nested).is_empty());
}

/// Pieces of Rust put together at random, as an example expression.
fn salad() -> impl Strategy<Value = String> {
    let pieces = vec![
        "double(", ")", "(", "{", "}", "[", "]", "==", "!", "&", "|x|", "1", "\"a\"", ".", "::", "std",
        "process", "#", "<", ">", "if", "else", "match", "=>", "let", "x", ",", ";", "..", "'a", "as", "u8",
        "vec!", "move", "?", "r#",
    ];
    prop::collection::vec(prop::sample::select(pieces), 0..60).prop_map(|pieces| pieces.join(" "))
}

proptest! {
    #![proptest_config(proptest::test_runner::Config { failure_persistence: None, ..Default::default() })]

    #[test]
    fn arbitrary_text_never_panics(text in any::<String>(), markdown in any::<bool>()) {
        let _ = parse(&text, if markdown { "a.md" } else { "a.toml" });
    }

    #[test]
    fn mutated_specifications_never_panic_and_what_is_accepted_can_be_scaffolded(text in mutated(EXAMPLES.to_vec(), 5)) {
        if let Ok(spec) = parse(&text, "a.toml") {
            let plan = cargo_gryph::plan::plan(&spec);
            let scaffold = cargo_gryph::scaffold::scaffold(&plan).expect("an accepted specification is scaffolded");
            for (path, bytes) in scaffold.tree.files().filter(|(path, _)| path.as_str().ends_with(".rs")) {
                let text = std::str::from_utf8(bytes).expect("text");
                syn::parse_file(text).unwrap_or_else(|error| panic!("{path}: {error}\n{text}"));
            }
        }
    }

    #[test]
    fn pieces_of_rust_never_panic_and_never_leave_their_test(example in salad()) {
        let text = with("", "").replace("'double(2) == 4'", &format!("'''{example}'''"));
        if let Ok(spec) = parse(&text, "a.toml") {
            let scaffold = cargo_gryph::scaffold::scaffold(&cargo_gryph::plan::plan(&spec)).expect("scaffolded");
            for (path, bytes) in scaffold.tree.files().filter(|(path, _)| path.as_str().starts_with("tests/")) {
                let text = std::str::from_utf8(bytes).expect("text");
                let file = syn::parse_file(text).unwrap_or_else(|error| panic!("{path}: {error}\n{text}"));
                let plain = file.items.iter().all(|item| matches!(item, syn::Item::Mod(_)));
                assert!(plain, "{path} holds more than test modules:\n{text}");
            }
        }
    }
}
