//! Sentences become specifications: what the words say, and nothing else.

use std::time::Duration;

use cargo_gryph::intent::{self, IntentError};
use cargo_gryph::model::manifest::Manifest;
use cargo_gryph::model::replay::Recorder;
use cargo_gryph::model::text::{
    Completion, CompletionBatch, CompletionRequest, Finish, ModelError, ModelIdentity, TextModel,
};
use cargo_gryph::plan::plan;
use cargo_gryph::scaffold::scaffold;
use cargo_gryph::spec::service::{Access, FieldType};
use cargo_gryph::spec::{self, Spec};
use proptest::prelude::*;
use proptest::test_runner::Config;

use crate::desk::{Desk, MODEL};

/// What a sentence became, in one line.
fn drafted(sentence: &str) -> String {
    let draft = match intent::draft(sentence) {
        Ok(draft) => draft,
        Err(IntentError::NotEnough { why, .. }) => return format!("not enough: {why}"),
        Err(error) => return format!("error: {error}"),
    };
    let text = match draft.text() {
        Ok(text) => text,
        Err(IntentError::NotEnough { why, .. }) => return format!("not enough: {why}"),
        Err(error) => return format!("error: {error}"),
    };
    let spec = spec::parse(&text, "draft.toml").unwrap_or_else(|problems| panic!("{text}\n{problems:#?}"));
    scaffold(&plan(&spec)).unwrap_or_else(|error| panic!("{text}\n{error}"));
    [vec![shape(&spec)], draft.notes()].concat().join("; ")
}

#[test]
fn words_that_keep_somebody_out_let_nobody_in() {
    for (sentence, key) in [
        (
            "a service for posts where guests and editors can read posts, and guests cannot delete posts and other content",
            "delete",
        ),
        ("a service for posts. Guests can read posts. Guests cannot delete posts. Other roles can", "delete"),
        ("a service for posts. Guests can read posts. Only guests cannot delete posts", "delete"),
        ("a service for posts. Guests can add posts. Guests can’t change posts", "update"),
        ("a service for posts. Guests can add posts. Posts are hidden from everyone but managers", "delete"),
        ("a service for posts. Guests can edit posts and may not delete them", "delete"),
    ] {
        let text = intent::draft(sentence).and_then(|draft| draft.text()).unwrap();
        let spec =
            spec::parse(&text, "draft.toml").unwrap_or_else(|problems| panic!("{text}\n{problems:#?}"));
        let service = spec.service.as_ref().unwrap();
        let post = service.entities.iter().find(|one| one.name.as_str() == "post").unwrap();
        let (_, access) = post.permissions.by_key().into_iter().find(|(of, _)| *of == key).unwrap();
        let Access::Roles(roles) = access else { panic!("{sentence}: {text}") };
        assert!(roles.iter().all(|role| role.as_str() != "guest"), "{sentence}: {text}");
    }
}

fn shape(spec: &Spec) -> String {
    let service = spec.service.as_ref().unwrap();
    let settings = &service.settings;
    let roles: Vec<&str> = settings.roles.iter().map(|role| role.as_str()).collect();
    let mut shape = format!("{} {}", spec.project.name, spec.project.architecture.as_str());
    for word in [settings.security.as_str(), settings.database.as_str(), settings.scalability.as_str()] {
        if !["medium", "sqlite", "single"].contains(&word) {
            shape.push_str(&format!(" {word}"));
        }
    }
    if roles != ["member"] {
        shape.push_str(&format!(" {roles:?}"));
    }
    for entity in &service.entities {
        let fields: Vec<String> = entity.fields.iter().map(field).collect();
        let flags = [(entity.owned, "owned "), (entity.audit, "audit "), (entity.soft_delete, "soft ")];
        let flags: String = flags.iter().filter(|(set, _)| *set).map(|(_, word)| *word).collect();
        shape.push_str(&format!(" | {flags}{}({})", entity.name, fields.join(", ")));
        for (key, access) in entity.permissions.by_key() {
            match access {
                Access::Public => shape.push_str(&format!(" {key}=public")),
                Access::Roles(of) if *of != settings.roles => {
                    let of: Vec<&str> = of.iter().map(|role| role.as_str()).collect();
                    shape.push_str(&format!(" {key}={of:?}"));
                }
                Access::Roles(_) => {}
            }
        }
    }
    for socket in &service.sockets {
        shape.push_str(&format!(" | socket {}", socket.route));
        if let Some(service) = &socket.service {
            shape.push_str(&format!(" of {service}"));
        }
    }
    shape
}

fn field(field: &cargo_gryph::spec::service::Field) -> String {
    let kind = match &field.kind {
        FieldType::Text(length) if length.max == 1_000 => "text".to_owned(),
        FieldType::Text(length) if length.min > 1 => format!("text {}-{}", length.min, length.max),
        FieldType::Text(length) => format!("text {}", length.max),
        FieldType::Email(_) => "email".to_owned(),
        FieldType::Url(_) => "url".to_owned(),
        FieldType::Integer { min, max } if *max < 1 << 50 => format!("integer {min}-{max}"),
        FieldType::Integer { .. } => "integer".to_owned(),
        FieldType::Number { .. } => "number".to_owned(),
        other => other.described(),
    };
    let marks = [(field.optional, "?"), (field.unique, "!")];
    let marks: String = marks.iter().filter(|(set, _)| *set).map(|(_, mark)| *mark).collect();
    format!("{}{marks}: {kind}", field.name)
}

#[test]
fn sentences_become_what_they_say() {
    let cases = include_str!("fixtures/sentences.txt");
    let mut wrong = Vec::new();
    let mut count = 0;
    for case in cases.split("\n\n").filter(|case| !case.trim().is_empty()) {
        let (sentence, expected) = case.trim().split_once("\n    => ").unwrap();
        let found = drafted(sentence);
        count += 1;
        if found != expected {
            wrong.push(format!("{sentence}\n    => {found}\n not => {expected}"));
        }
    }
    assert!(wrong.is_empty(), "{}", wrong.join("\n\n"));
    assert!(count >= 60, "only {count} sentences");
}

/// Every key of a draft is one that drafts have.
fn has_the_shape_of_a_draft(text: &str) {
    let document: toml::Table = text.parse().unwrap_or_else(|error| panic!("{error}\n{text}"));
    let top = ["spec", "project", "service", "entity", "socket"];
    assert!(document.keys().all(|key| top.contains(&key.as_str())), "{text}");
    let project: Vec<&String> = document["project"].as_table().unwrap().keys().collect();
    assert_eq!(project, ["architecture", "kind", "name", "summary"], "{text}");
    let service = ["database", "roles", "scalability", "security", "services"];
    assert!(
        document["service"].as_table().unwrap().keys().all(|key| service.contains(&key.as_str())),
        "{text}"
    );
}

/// Drafts whatever it is, and holds that the outcome is a specification or says why there is none.
fn is_harmless(sentence: &str) {
    match intent::draft(sentence).and_then(|draft| draft.text()) {
        Ok(text) => {
            let spec =
                spec::parse(&text, "draft.toml").unwrap_or_else(|problems| panic!("{text}\n{problems:#?}"));
            assert!(spec.service.is_some());
            has_the_shape_of_a_draft(&text);
        }
        Err(error @ IntentError::Unsound { .. }) => panic!("{sentence:?}: {error}"),
        Err(IntentError::NotEnough { .. } | IntentError::TooLong { .. } | IntentError::Misfit { .. }) => {}
    }
    adds_harmlessly(sentence, BASES[0]);
}

/// What is added to a project leaves it a specification, or is refused.
fn adds_harmlessly(sentence: &str, base: &str) {
    let known = spec::parse(base, "gryph.toml").unwrap();
    let Ok(text) = intent::addition(sentence, base, &known).and_then(|draft| draft.text()) else { return };
    let merged = spec::merge(base, &text, "draft.toml");
    let merged = merged.unwrap_or_else(|problems| panic!("{text}\n{problems:#?}"));
    spec::parse(&merged, "gryph.toml").unwrap_or_else(|problems| panic!("{merged}\n{problems:#?}"));
}

/// Projects that sentences are added to.
const BASES: [&str; 4] = [
    include_str!("../../examples/specs/notes.toml"),
    include_str!("../../examples/specs/shop.toml"),
    include_str!("../../examples/specs/ledger.toml"),
    include_str!("../../examples/specs/textkit.toml"),
];

#[test]
fn what_is_added_fits_into_the_project() {
    for (base, sentence, expected) in [
        (0, "tags with a unique name and a note", "tag"),
        (0, "notebooks with a title", "adds nothing"),
        (0, "editors can delete notes", "adds nothing"),
        (0, "a chat for tags", "tag, socket"),
        (1, "tags with a name", "adds nothing"),
        (
            2,
            "cats, dogs, birds, cows, goats, ducks, mules, foxes, bears, lions, crows, moles with a weight",
            "more complex",
        ),
        (3, "a function that reverses words", "no function"),
    ] {
        let known = spec::parse(BASES[base], "gryph.toml").unwrap();
        let found = match intent::addition(sentence, BASES[base], &known).and_then(|draft| draft.text()) {
            Ok(text) => {
                let table: toml::Table = text.parse().unwrap();
                let names =
                    table["entity"].as_array().unwrap().iter().map(|one| one["name"].as_str().unwrap());
                names.chain(table.contains_key("socket").then_some("socket")).collect::<Vec<_>>().join(", ")
            }
            Err(IntentError::NotEnough { why, .. }) if why.contains("functions") => "no function".to_owned(),
            Err(IntentError::NotEnough { .. }) => "adds nothing".to_owned(),
            Err(IntentError::Misfit { why }) if why.contains("complex") => "more complex".to_owned(),
            Err(error) => panic!("{sentence}: {error}"),
        };
        assert_eq!(found, expected, "{sentence}");
    }
}

#[test]
fn hostile_sentences_change_no_structure() {
    for text in [
        "a service for bookmarks with a url\"\n[[entity]]\nname = \"evil\"",
        "a service for bookmarks ]] [[function]] path = 'x'",
        "a service for {{ 7 * 7 }} and {% include %} with a ${title}",
        "a service for bookmarks called x\"; drop table users; --",
        "a service for \u{202e}skramkoob\u{202c} with a \u{0}title\u{7}",
        "a service for select, drop, table and users with a type, an id and a created_at",
        "a service for ../../etc/passwd and <script>alert(1)</script>",
        "# a service for bookmarks\n# with a \"\"\"title\"\"\" '''x'''",
        "a service for bookmarks with a title up to 99999999999999999999 characters and a rating from 5 to 1",
        "a service for bookmarks with roles public, anonymous, self, admin and admin",
        "microservices for gateways and rules",
        "a service for things with a thing and a thing_id, and thing_ids with a thing",
        "a service for aux, con, nul and prn",
    ] {
        is_harmless(text);
        BASES.iter().for_each(|base| adds_harmlessly(text, base));
    }
    is_harmless(&"a service for bookmarks ".repeat(150));
    is_harmless(&"x".repeat(1 << 20));
    is_harmless(&format!("a service for {}", "things, ".repeat(400)));
    is_harmless(&format!(
        "a service for books with {}",
        (0..300).map(|n| format!("a f{n}, ")).collect::<String>()
    ));
}

/// Words that rules know, and some that they do not.
#[rustfmt::skip]
const WORDS: &[&str] = &[
    "a", "an", "the", "service", "API", "library", "website", "with", "for", "that", "manages", "and", ",", ".", "(", ")", ":",
    "bookmarks", "orders", "people", "entries", "status", "title", "email", "due", "date", "number", "of", "pages", "optional",
    "unique", "up", "to", "100", "5", "characters", "between", "1", "from", "at", "least", "roles", "admin", "editor", "members",
    "only", "can", "delete", "read", "everyone", "belongs", "belong", "has", "have", "many", "chat", "live", "rooms", "audit",
    "trail", "private", "own", "owned", "without", "not", "microservices", "serverless", "mvc", "postgres", "sqlite",
    "replicated", "high", "security", "critical", "called", "blog", "open", "closed", "or", "one", "flag", "integer", "whether",
    "is", "it", "select", "type", "id", "users", "authentication", "every", "each", "profile", "x", "größe", "user's", "passwords",
];

proptest! {
    #![proptest_config(Config::with_cases(120))]

    #[test]
    fn no_sentence_of_known_words_makes_a_draft_that_is_refused(
        words in prop::collection::vec(prop::sample::select(WORDS), 0..40)
    ) {
        is_harmless(&words.join(" "));
    }

    #[test]
    fn no_characters_make_a_draft_that_is_refused(text in ".{0,300}", before in prop::bool::ANY) {
        is_harmless(&if before { format!("a service for bookmarks with {text}") } else { text });
    }
}

/// A model that always says the same.
struct Saying(ModelIdentity, &'static str);

impl TextModel for Saying {
    fn identity(&self) -> &ModelIdentity {
        &self.0
    }

    fn complete(
        &mut self,
        request: &CompletionRequest,
        _stop: &mut dyn FnMut(usize, &str) -> Option<usize>,
        _cancelled: &dyn Fn() -> bool,
    ) -> Result<CompletionBatch, ModelError> {
        let completion =
            |&seed: &u64| Completion { text: self.1.to_owned(), tokens: 5, seed, finish: Finish::Stopped };
        Ok(CompletionBatch {
            completions: request.seeds.iter().map(completion).collect(),
            prompt_tokens: 100,
            elapsed: Duration::from_millis(2),
            decode: Duration::from_millis(1),
        })
    }
}

/// Records what a model says to all questions about a sentence.
fn record(desk: &Desk, name: &str, sentence: &str, says: &'static str) {
    let weights = Manifest::find(MODEL).unwrap().unwrap().weights();
    let identity = ModelIdentity { id: MODEL.to_owned(), weights, device: "cpu".to_owned(), context: 4096 };
    let mut recorder = Recorder::create(Box::new(Saying(identity, says)), &desk.path(name)).unwrap();
    let draft = intent::draft(sentence).unwrap();
    for question in draft.questions() {
        recorder.complete(&draft.request(&question, 0), &mut |_, _| None, &|| false).unwrap();
    }
}

const SLUGS: &str = "a library that turns titles into slugs";
const SLUGIFY: &str = "slug::slugify\"\nsignature = \"pub fn slugify(title: &str) -> String\"\n\
    doc = \"Lower-cases a title and joins its words with `-`.\"\n\
    examples = ['slugify(\"Hello World\") == \"hello-world\"', 'slugify(\"\") == \"\"', 'slugify(\"a\") == \"a\"']\n";

#[test]
fn a_model_drafts_functions_whose_examples_only_a_person_accepts() {
    let desk = Desk::new();
    record(&desk, "right.jsonl", SLUGS, SLUGIFY);
    for more in [&["--yes"][..], &[]] {
        let arguments = [&["new", SLUGS, "--path", "project", "--replay", "right.jsonl"][..], more].concat();
        let said = desk.gryph(&arguments);
        assert_eq!(said.code, Some(105), "{said:?}");
        assert!(said.err.contains("a model made examples in it"), "{}", said.err);
        let spec = spec::parse(&said.out, "draft.toml").unwrap();
        assert_eq!((spec.project.name.as_str(), spec.functions.len()), ("slugs", 1));
        assert!(
            said.out.contains("# Drafted by a model. Its examples decide what is accepted"),
            "{}",
            said.out
        );
        assert!(!desk.path("project").exists());
    }
    let said = desk.gryph(&["new", SLUGS, "--path", "project", "--yes", "--no-model"]);
    assert_eq!((said.code, said.out.as_str()), (Some(2), ""), "{said:?}");
    assert!(
        said.err.contains("kind = \"library\"") && said.err.contains("understood: library"),
        "{}",
        said.err
    );
}

#[test]
fn what_a_model_says_wrongly_is_dropped_and_said() {
    let desk = Desk::new();
    let evil = "slug::evil\"\nsignature = \"pub fn evil() -> String { std::process::exit(0) }\"\ndoc = \"x\"\nexamples = ['true']\n";
    record(&desk, "evil.jsonl", SLUGS, evil);
    let said = desk.gryph(&["new", SLUGS, "--path", "project", "--replay", "evil.jsonl"]);
    assert_eq!((said.code, said.out.as_str()), (Some(2), ""), "{said:?}");
    assert!(said.err.contains("dropped of the model's answer: `slug::evil`"), "{}", said.err);
    let sentence = "a service for parcels";
    let fields = "weight\"\ntype = \"number\"\n[[field]]\nname = \"password\"\ntype = \"text\"\n[[field]]\nname = \"id\"\ntype = \"uuid\"\n";
    record(&desk, "fields.jsonl", sentence, fields);
    let said = desk.gryph(&["plan", sentence, "--replay", "fields.jsonl"]);
    assert_eq!(said.code, Some(0), "{said:?}");
    assert!(said.out.contains("name = \"weight\"  # drafted by a model\ntype = \"number\""), "{}", said.out);
    assert!(
        said.err.contains("`password` cannot be kept") && said.err.contains("`id` has no known type"),
        "{}",
        said.err
    );
    let other = desk.gryph(&["plan", "a service for letters", "--replay", "fields.jsonl"]);
    assert_eq!(other.code, Some(107), "{other:?}");
}

const BOOKMARKS: &str = "a REST API for bookmarks with a url and a title, and flying pigs";

#[test]
fn without_a_terminal_a_draft_is_printed_and_nothing_done() {
    let desk = Desk::new();
    let said = desk.gryph(&["new", BOOKMARKS, "--path", "project", "--no-model"]);
    assert_eq!(said.code, Some(105), "{said:?}");
    assert!(
        said.err.contains("there is no terminal to ask") && said.err.contains("add --yes"),
        "{}",
        said.err
    );
    assert!(!desk.path("project").exists());
    desk.write("saved.toml", &said.out);
    let (file, sentence) =
        (desk.gryph(&["plan", "saved.toml"]), desk.gryph(&["plan", BOOKMARKS, "--no-model"]));
    assert_eq!((file.code, sentence.code), (Some(0), Some(0)), "{file:?} {sentence:?}");
    assert!(sentence.out.ends_with(&file.out), "the draft takes the road of the file: {}", sentence.out);
    assert!(sentence.out.starts_with(&said.out));
    let json = desk.gryph(&["plan", BOOKMARKS, "--no-model", "--message-format", "json"]).objects();
    let reasons: Vec<&str> = json.iter().map(|object| object["reason"].as_str().unwrap()).collect();
    assert_eq!(reasons.last(), Some(&"plan"));
    assert!(json.iter().any(|object| object["reason"] == "draft" && object["text"] == said.out.as_str()));
}

#[test]
fn what_says_too_little_is_an_error_that_shows_what_works() {
    let said = Desk::new().gryph(&["new", "hello big world", "--path", "project", "--yes"]);
    assert_eq!((said.code, said.out.as_str()), (Some(2), ""), "{said:?}");
    insta::assert_snapshot!(said.err, @r#"
    error: this sentence does not say enough: nothing in it is to be kept or served
      not understood: hello big world
      hint: name what is kept, such as `cargo gryph new "a REST API for bookmarks with a url and a title" --path DIR`; docs/intent.md has the words that are understood
    "#);
}

#[test]
fn the_form_that_is_shown_is_a_specification_of_the_kind_that_was_asked_for() {
    for (sentence, kind) in [
        ("a command-line tool that counts words", "cli"),
        ("serverless functions for thumbnails", "service"),
        ("a library that turns titles into slugs", "library"),
    ] {
        let error = intent::draft(sentence).and_then(|draft| draft.text()).unwrap_err();
        let hint = error.hint();
        let (_, form) = hint.split_once('\n').unwrap();
        let spec = spec::parse(form, "form.toml").unwrap_or_else(|problems| panic!("{form}\n{problems:#?}"));
        assert_eq!(spec.project.kind.as_str(), kind, "{sentence}");
        scaffold(&plan(&spec)).unwrap_or_else(|error| panic!("{form}\n{error}"));
    }
}

#[test]
fn a_fragment_or_a_sentence_is_added_to_a_kept_specification() {
    let desk = Desk::new();
    let said = desk.gryph(&["add", "tags with a name", "--path", "project"]);
    assert_eq!(said.code, Some(2), "{said:?}");
    assert!(said.err.contains("there is no `project/gryph.toml`"), "{}", said.err);
    let kept = include_str!("../../examples/specs/notes.toml");
    desk.write("project/gryph.toml", kept);
    let said = desk.gryph(&[
        "add",
        "tags with a unique name and a notebook",
        "--path",
        "project",
        "--dry-run",
        "--no-model",
    ]);
    assert_eq!(said.code, Some(0), "{said:?}");
    insta::assert_snapshot!(said.out, @r##"
    --- a/gryph.toml
    +++ b/gryph.toml
    @@ -57,6 +57,22 @@
     doc = "Whether it is done."
     default = false
     
    +[[entity]]
    +name = "tag"  # from `tags`
    +doc = "A tag."
    +
    +[[entity.field]]
    +name = "name"  # from `a unique name`
    +type = "text"
    +doc = "Its name."
    +max = 200
    +unique = true
    +
    +[[entity.field]]
    +name = "notebook"  # from `a notebook`
    +type = { reference = "notebook" }
    +doc = "Its notebook."
    +
     [[function]]
     path = "excerpt::headline"
     signature = "pub fn headline(text: &str) -> String"
    "##);
    let asked = desk.gryph(&["add", "tags with a name", "--path", "project", "--no-model"]);
    assert_eq!(asked.code, Some(105), "{asked:?}");
    assert!(asked.out.contains("+name = \"tag\""), "{}", asked.out);
    let again = desk.gryph(&["add", "notes with a title", "--path", "project", "--no-model", "--yes"]);
    assert_eq!(again.code, Some(2), "{again:?}");
    desk.write("again.toml", "[[entity]]\nname = \"note\"\n");
    let again = desk.gryph(&["add", "again.toml", "--path", "project", "--yes"]);
    assert_eq!(again.code, Some(2), "{again:?}");
    assert!(
        again.err.contains("again.toml:1:1: the entity `note` exists already, in line "),
        "{}",
        again.err
    );
    desk.write("broken.toml", "[[entity]]\nname = \"tag\"\n");
    let broken = desk.gryph(&["add", "broken.toml", "--path", "project", "--yes"]);
    assert_eq!(broken.code, Some(2), "{broken:?}");
    assert!(broken.err.contains("gryph.toml with broken.toml"), "{}", broken.err);
    let taken = desk.gryph(&["add", "tags with a name", "--path", "project", "--no-model", "--yes"]);
    assert_eq!(taken.code, Some(2), "{taken:?}");
    assert!(taken.err.contains("no `Cargo.toml`"), "{}", taken.err);
    assert_eq!(std::fs::read_to_string(desk.path("project/gryph.toml")).unwrap(), kept);
}
