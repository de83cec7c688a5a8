//! The verbs that only tell: what they print is an interface.

use crate::desk::{DOUBLE, Desk};

/// What a command prints that succeeds and says nothing on stderr.
fn printed(desk: &Desk, arguments: &[&str]) -> String {
    let said = desk.gryph(arguments);
    assert_eq!((said.code, said.err.as_str()), (Some(0), ""), "{arguments:?}: {}", said.out);
    said.out
}

#[test]
fn an_exit_code_is_explained() {
    insta::assert_snapshot!(printed(&Desk::new(), &["explain", "104"]), @r"
    104: gave up

    Everything that was to be tried was tried and no candidate passed every check, or tests and specification contradict each other. Nothing was written. After `new` the report shows the best candidate of each open function; continue with `--resume RUN`, another model or a corrected specification, or take the filled part with `--partial`. After `fix` it names the nearest miss.
    ");
}

#[test]
fn a_rule_of_the_gate_is_explained() {
    insta::assert_snapshot!(printed(&Desk::new(), &["explain", "format"]), @r"
    format (Files are formatted)

    deny: rustfmt would change nothing.
    A breach: the file is not formatted as rustfmt would
    To mend: run cargo fmt
    See: docs/policy.md#format
    ");
}

#[test]
fn what_nobody_knows_is_not_explained() {
    let said = Desk::new().gryph(&["explain", "99"]);
    assert_eq!((said.code, said.out.as_str()), (Some(2), ""));
    insta::assert_snapshot!(said.err, @r"
    error: nothing is known about `99`
      hint: exit codes are 0, 2, 70, 100, 101, 102, 103, 104, 105, 106, 107, 130; `cargo gryph gate --list` lists the rules
    ");
}

#[test]
fn a_plan_is_printed_and_nothing_written() {
    let desk = Desk::new();
    desk.write("spec.toml", DOUBLE);
    insta::assert_snapshot!(printed(&desk, &["plan", "spec.toml"]), @r"
    arith (library): Arithmetic with one number
    specification cbc5705f0c68, templates `library`

    Files
      .gitignore                     what git leaves alone
      Cargo.toml                     the manifest, a workspace of its own
      README.md                      what it is and how to test it
      src/lib.rs                     the crate's modules
      src/arithmetic.rs              1 function
      tests/arithmetic.rs            2 visible tests
      tests/arithmetic_held_back.rs  1 held-back test

    Functions to fill
      arithmetic::double
        pub fn double(number: u32) -> u32
        examples: 2 visible, 1 held back; properties: 0

    Checks before anything is committed
      the project builds
      rustfmt changes nothing
      clippy has no warning
      all tests pass: 2 visible, 1 held back, 0 properties
      every public item is documented and its example runs
      at least 90 % of the generated lines are covered
    ");
    assert_eq!(desk.names(""), ["spec.toml"]);
}

#[test]
fn a_plan_for_programs_is_one_object_a_line() {
    let desk = Desk::new();
    desk.write("spec.toml", DOUBLE);
    let said = desk.gryph(&["plan", "spec.toml", "--files", "--message-format", "json"]);
    let objects = said.objects();
    assert_eq!(objects[0]["reason"], "plan");
    assert_eq!(objects[0]["holes"][0]["id"], "arithmetic::double");
    let file = |object: &serde_json::Value| {
        assert_eq!(object["reason"], "file");
        assert!(object["text"].is_string());
        object["path"].as_str().unwrap().to_owned()
    };
    let files: Vec<String> = objects[1..].iter().map(file).collect();
    assert_eq!(
        files,
        [
            ".gitignore",
            "Cargo.toml",
            "README.md",
            "src/arithmetic.rs",
            "src/lib.rs",
            "tests/arithmetic.rs",
            "tests/arithmetic_held_back.rs"
        ]
    );
}

#[test]
fn the_plan_of_a_service_has_four_forms_and_lists_its_files() {
    let desk = Desk::new();
    desk.write("spec.toml", include_str!("../../examples/specs/notes.toml"));
    let form = |form: &str| printed(&desk, &["plan", "spec.toml", "--format", form]);
    assert!(
        form("text")
            .contains("POST /count/open-boxes (member, 20/second): How many boxes of a text are open.")
    );
    let json: serde_json::Value = serde_json::from_str(&form("json")).unwrap();
    let yaml: serde_json::Value = serde_saphyr::from_str(&form("yaml")).unwrap();
    assert_eq!(json["service"]["entities"][1]["fields"][0]["type"]["kind"], "reference");
    assert_eq!(json, yaml);
    assert!(form("markdown").contains("```mermaid\nerDiagram\n"));
    assert!(form("text").contains("src/notebook/store.rs"), "{}", form("text"));
    assert!(
        printed(&desk, &["plan", "spec.toml", "--files"])
            .contains("\n--- src/notebook/store.rs\n//! Keeps notebooks")
    );
    assert_eq!(desk.names(""), ["spec.toml"]);
}

#[test]
fn a_socket_of_a_serverless_service_is_refused_where_it_stands() {
    let desk = Desk::new();
    let thumbs = include_str!("../../examples/specs/thumbs.toml");
    let socket =
        "[[socket]]\npath = \"/talk\"\ndoc = \"Talk.\"\nmessage = [{ name = \"text\", type = \"text\" }]\n";
    desk.write("spec.toml", &format!("{thumbs}{socket}"));
    let said = desk.gryph(&["plan", "spec.toml"]);
    assert_eq!(said.code, Some(2), "{}", said.err);
    let place = format!("spec.toml:{}:1", thumbs.lines().count() + 1);
    for part in [place.as_str(), "serverless functions serve no sockets", "choose another architecture"] {
        assert!(said.err.contains(part), "no {part}: {}", said.err);
    }
}

#[test]
fn completions_know_the_verbs() {
    for shell in ["bash", "zsh", "fish", "powershell"] {
        let script = printed(&Desk::new(), &["completions", shell]);
        for word in ["explain", "--resume", "--message-format"] {
            let word = if shell == "fish" { word.trim_start_matches('-') } else { word };
            assert!(script.contains(word), "{shell} does not complete {word}");
        }
    }
}

#[test]
fn help_and_version_are_answers() {
    let desk = Desk::new();
    assert!(printed(&desk, &["--version"]).contains(env!("CARGO_PKG_VERSION")));
    assert!(printed(&desk, &["new", "--help"]).contains("[SPEC|SENTENCE]"));
    assert_eq!(desk.gryph(&[]).code, Some(2));
    assert_eq!(desk.gryph(&["frobnicate"]).code, Some(2));
}
