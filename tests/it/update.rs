//! `cargo gryph new --check` and `--update` from end to end: the specification stays the source, and what people wrote
//! stays theirs.

use std::collections::BTreeMap;
use std::path::PathBuf;

use serde_json::json;

use crate::desk::{DOUBLE, Desk, SQUARE, Said, tool};
use crate::served::Served;

/// A project on a desk that was made from a specification.
struct Project {
    desk: Desk,
}

impl Project {
    fn of(spec: &str, bodies: &[(&str, &str)]) -> Self {
        let desk = Desk::new();
        desk.write("first.toml", spec);
        desk.record("first.jsonl", "first.toml", 1, bodies);
        let said = desk.new_project("first.toml", "project", "first.jsonl", &[]);
        assert_eq!(said.code, Some(0), "{said:?}");
        Self { desk }
    }

    fn at(&self) -> PathBuf {
        self.desk.path("project")
    }

    fn text(&self, path: &str) -> String {
        std::fs::read_to_string(self.at().join(path)).unwrap()
    }

    fn edit(&self, path: &str, old: &str, new: &str) {
        let text = self.text(path);
        assert!(text.contains(old), "{path} has no `{old}`: {text}");
        std::fs::write(self.at().join(path), text.replace(old, new)).unwrap();
    }

    fn commit(&self) {
        self.git(&["add", "-A"]);
        self.git(&["-c", "user.name=A", "-c", "user.email=a@b.c", "commit", "-qm", "Mine"]);
    }

    fn git(&self, arguments: &[&str]) -> String {
        tool(&self.at(), "git", arguments)
    }

    fn head(&self) -> String {
        self.git(&["rev-parse", "HEAD"])
    }

    /// `new --check`, and its kinds of differences with what they are about.
    fn check(&self, more: &[&str]) -> (Option<i32>, Vec<String>) {
        let arguments = ["new", "--check", "--path", "project", "--message-format", "json"];
        let said = self.desk.gryph(&[&arguments[..], more].concat());
        let line = |object: serde_json::Value| {
            assert_eq!(object["reason"], "drift");
            format!("{} {}", object["kind"].as_str().unwrap(), object["what"].as_str().unwrap())
        };
        (said.code, said.objects().into_iter().map(line).collect())
    }

    /// `new --update` with a recording; a model that is asked about anything else is an error.
    fn update(&self, recording: &str, more: &[&str]) -> Said {
        let arguments = ["new", "--update", "--path", "project", "--samples", "2", "--replay", recording];
        self.desk.gryph(&[&arguments[..], more].concat())
    }

    /// Nothing changed since that commit.
    fn is_untouched_since(&self, head: &str) {
        assert_eq!(self.head(), head);
        assert_eq!(self.git(&["status", "--porcelain", "--ignored"]), "");
        assert_eq!(self.desk.names("home/work"), [""; 0]);
    }
}

#[test]
fn what_is_added_to_the_specification_comes_into_the_project() {
    let project = Project::of(DOUBLE, &[("double", "number * 2")]);
    project.desk.write("more.toml", SQUARE);
    project.desk.write("whole.toml", &format!("{DOUBLE}{SQUARE}"));
    project.desk.record(
        "more.jsonl",
        "whole.toml",
        1,
        &[("double", "number * 2"), ("square", "number * number")],
    );
    let add = ["add", "more.toml", "--path", "project", "--yes", "--samples", "2", "--replay", "more.jsonl"];
    let said = project.desk.gryph(&add);
    assert_eq!(said.code, Some(0), "{said:?}");
    assert!(project.text("src/arithmetic.rs").contains("number * number"));
    assert!(project.text("gryph.toml").contains("arithmetic::square"));
    assert_eq!(project.check(&[]), (Some(0), vec![]));
    let again = project.desk.gryph(&add);
    assert_eq!(again.code, Some(2), "{again:?}");
    assert!(again.err.contains("exists already"), "{}", again.err);
}

#[test]
fn what_people_wrote_stays_and_what_is_new_in_the_specification_comes_in() {
    let project = Project::of(DOUBLE, &[("double", "number * 2")]);
    assert_eq!(project.check(&[]), (Some(0), vec![]));
    let said = project.desk.gryph(&["new", "--check", "--path", "project"]);
    assert_eq!(said.out, "nothing is to be applied again\n", "{said:?}");

    project.edit("src/arithmetic.rs", "number * 2", "number + number");
    project.edit("src/arithmetic.rs", "# Examples", "# Examples of mine");
    std::fs::write(project.at().join("NOTES.md"), "Mine.\n").unwrap();
    project.commit();
    let edited = ["edited src/arithmetic.rs", "edited-body arithmetic::double"];
    assert_eq!(project.check(&[]), (Some(0), edited.map(str::to_owned).to_vec()));
    let same = project.update("first.jsonl", &[]);
    assert_eq!(same.code, Some(0), "{same:?}");
    assert!(same.out.contains("nothing is to be applied again"), "{same:?}");

    // A function more, and other words for the one that is there.
    let wanted = format!("{}{SQUARE}", DOUBLE.replace("twice the number.", "the number taken twice."));
    project.desk.write("second.toml", &wanted);
    project.desk.record("second.jsonl", "second.toml", 1, &[("double", "0"), ("square", "number * number")]);
    let (code, found) = project.check(&["second.toml"]);
    assert_eq!(code, Some(100));
    for expected in [
        "specification gryph.toml",
        "changed src/arithmetic.rs",
        "new-function arithmetic::square",
        "other-function arithmetic::double",
    ] {
        assert!(found.iter().any(|one| one == expected), "{expected} is not in {found:?}");
    }
    let head = project.head();
    let planned = project.update("second.jsonl", &["second.toml", "--dry-run"]);
    assert_eq!(planned.code, Some(0), "{planned:?}");
    assert!(planned.err.contains("+pub fn square(number: u32) -> u32"), "{}", planned.err);
    project.is_untouched_since(&head);

    let said = project.update("second.jsonl", &["second.toml"]);
    assert_eq!(said.code, Some(0), "{said:?}");
    assert!(said.out.contains("1 functions kept, 1 written; commit "), "{}", said.out);
    let source = project.text("src/arithmetic.rs");
    for line in ["# Examples of mine", "the number taken twice.", "number + number", "number * number"] {
        assert!(source.contains(line), "`{line}` is not in {source}");
    }
    assert_eq!(project.text("gryph.toml"), wanted);
    assert_eq!(project.text("NOTES.md"), "Mine.\n");
    assert_eq!(project.git(&["rev-parse", "HEAD~1"]), head);
    assert_eq!(project.git(&["status", "--porcelain", "--ignored"]), "");
    assert_eq!(project.check(&[]), (Some(0), edited.map(str::to_owned).to_vec()));

    // Neither the specification nor what the tool keeps is anything that the gate asks about.
    let judged =
        project.desk.command(&["gate", "--base", "HEAD~1"]).current_dir(project.at()).output().unwrap();
    assert_eq!(judged.status.code(), Some(0), "{:?}", Said::of(judged));

    // Back again: what was merged is merged once more, with the text that is kept, and nobody is asked.
    project.desk.record("none.jsonl", "first.toml", 0, &[]);
    let back = project.update("none.jsonl", &["first.toml"]);
    assert_eq!(back.code, Some(0), "{back:?}");
    let source = project.text("src/arithmetic.rs");
    assert!(source.contains("# Examples of mine") && source.contains("number + number"), "{source}");
    assert!(!source.contains("square"), "{source}");
    assert_eq!(project.text("gryph.toml"), DOUBLE);
}

#[test]
fn where_both_changed_the_same_both_sides_are_shown_and_nothing_is_written() {
    let project = Project::of(DOUBLE, &[("double", "number * 2")]);
    project.edit("README.md", "Arithmetic with one number", "Arithmetic, and more");
    project.commit();
    let head = project.head();
    project
        .desk
        .write("second.toml", &DOUBLE.replace("Arithmetic with one number", "Arithmetic with a number"));
    let said = project.update("first.jsonl", &["second.toml"]);
    assert_eq!(said.code, Some(105), "{said:?}");
    for told in ["conflict in `README.md`", "Arithmetic, and more", "+Arithmetic with a number"] {
        assert!(said.err.contains(told), "`{told}` is not in {}", said.err);
    }
    project.is_untouched_since(&head);

    // A body that people wrote is not replaced, whatever a model would write.
    project.git(&["revert", "--no-edit", "HEAD"]);
    project.edit("src/arithmetic.rs", "number * 2", "number + number");
    project.commit();
    let head = project.head();
    let other = DOUBLE.replace("double(21) == 42", "double(21) == 43").replace("twice", "about twice");
    project.desk.write("third.toml", &other);
    project.desk.record("third.jsonl", "third.toml", 1, &[("double", "number * 2 + number / 21")]);
    let said = project.update("third.jsonl", &["third.toml"]);
    assert_eq!(said.code, Some(105), "{said:?}");
    assert!(said.err.contains("conflict in `arithmetic::double`: its body was edited"), "{}", said.err);
    project.is_untouched_since(&head);
}

#[test]
fn what_people_removed_stays_away_and_what_is_asked_for_no_more_goes() {
    let both = format!("{DOUBLE}{SQUARE}");
    let project = Project::of(&both, &[("double", "number * 2"), ("square", "number * number")]);
    project.git(&["rm", "-q", "README.md"]);
    project.commit();
    assert_eq!(project.check(&[]), (Some(0), vec!["removed README.md".to_owned()]));
    std::fs::write(project.at().join("gryph.toml"), DOUBLE).unwrap();
    let dirty = project.update("first.jsonl", &[]);
    assert_eq!(dirty.code, Some(2), "{dirty:?}");
    assert!(dirty.err.contains("files are not committed: gryph.toml"), "{}", dirty.err);
    project.commit();
    let said = project.update("first.jsonl", &[]);
    assert_eq!(said.code, Some(0), "{said:?}");
    assert!(said.err.contains("`README.md` was removed, and stays removed"), "{}", said.err);
    assert!(!project.at().join("README.md").exists());
    assert!(!project.text("src/arithmetic.rs").contains("square"));
    assert_eq!(project.check(&[]), (Some(0), vec!["removed README.md".to_owned()]));
}

#[test]
fn a_project_that_does_not_say_what_was_given_to_it_is_refused() {
    let desk = Desk::new();
    desk.write("project/Cargo.toml", "[package]\nname = 'arith'\nedition = '2024'\n");
    desk.write("project/src/lib.rs", "//! Nothing.\n");
    desk.write("double.toml", DOUBLE);
    let said = desk.gryph(&["new", "--check", "--path", "project"]);
    assert_eq!(said.code, Some(2), "{said:?}");
    assert!(said.err.contains("cannot read specification `project/gryph.toml`"), "{}", said.err);
    let said = desk.gryph(&["new", "double.toml", "--check", "--path", "project"]);
    assert_eq!(said.code, Some(2), "{said:?}");
    assert!(said.err.contains("`.gryph/scaffold` is missing"), "{}", said.err);
    let said = desk.gryph(&["new", "double.toml", "--update", "--path", "project"]);
    assert_eq!(said.code, Some(2), "{said:?}");
    assert!(said.err.contains("is in no git repository"), "{}", said.err);
}

/// The steps of a project's schema: their names and texts.
fn steps(project: &Project) -> BTreeMap<String, String> {
    let entries = std::fs::read_dir(project.at().join("migrations")).unwrap();
    let names = entries.map(|entry| entry.unwrap().file_name().into_string().unwrap());
    names.map(|name| (name.clone(), project.text(&format!("migrations/{name}")))).collect()
}

/// A service, with the bodies of the fixtures: it is made, serves, is changed by people, and gets a field; what it kept before,
/// it serves after. Builds for minutes.
#[test]
fn a_service_gets_a_field_and_keeps_what_people_wrote() {
    if std::env::var_os("GRYPH_SLOW_TESTS").is_none() {
        return;
    }
    let text = include_str!("../../examples/specs/bookmarks.toml");
    let desk = Desk::new();
    desk.write("first.toml", text);
    desk.record_bodies("first.jsonl", "first.toml", 1, crate::factory::bodies(text));
    let said = desk.new_project("first.toml", "project", "first.jsonl", &[]);
    assert_eq!(said.code, Some(0), "{said:?}");
    let project = Project { desk };
    assert_eq!(project.check(&[]), (Some(0), vec![]));
    let given = steps(&project);
    let databases = project.desk.path("databases");
    std::fs::create_dir(&databases).unwrap();
    let row = json!({ "url": "https://a.example", "title": "A", "read": true });
    let kept = Served::start_with("bookmarks", &project.at(), &databases).post("/bookmarks", &row);
    let readme = format!("{}\nOurs.\n", project.text("README.md"));
    std::fs::write(project.at().join("README.md"), readme).unwrap();
    project.commit();
    let before = "[[entity.field]]\nname = \"slug\"\n";
    let field = "[[entity.field]]\nname = \"shelf\"\ntype = \"text\"\ndoc = \"Where.\"\noptional = true\nmax = 40\n\n";
    project.desk.write("second.toml", &text.replace(before, &format!("{field}{before}")));
    project.desk.record("none.jsonl", "first.toml", 0, &[]);
    let said = project.update("none.jsonl", &["second.toml"]);
    assert_eq!(said.code, Some(0), "{said:?}");
    assert!(project.text("README.md").ends_with("Ours.\n"));
    assert!(project.text("src/domain/bookmark.rs").contains("shelf"));
    assert_eq!(project.check(&[]), (Some(0), vec!["edited README.md".to_owned()]));

    // Databases ran the steps that were given: these are what they were, and one more brings the rows along.
    let mut now = steps(&project);
    let upgrade = now.remove("0004_upgrade.sql").unwrap_or_else(|| panic!("{now:#?}"));
    assert_eq!(now, given);
    assert!(upgrade.contains("shelf"), "{upgrade}");
    let served = Served::start_with("bookmarks", &project.at(), &databases);
    let mut found = served.get(&format!("/bookmarks/{}", kept["id"].as_str().unwrap()));
    assert_eq!(found.as_object_mut().unwrap().remove("shelf"), Some(json!(null)));
    assert_eq!(found, kept);
    let row = json!({ "url": "https://b.example", "title": "B", "read": false, "shelf": "upper" });
    assert_eq!(served.post("/bookmarks", &row)["shelf"], "upper");
    drop(served);
    let again = project.update("none.jsonl", &["second.toml"]);
    assert_eq!(again.code, Some(0), "{again:?}");
    assert!(again.out.contains("nothing is to be applied again"), "{again:?}");

    // What rows have no value for is a person's to say, and nothing is written until then.
    let head = project.head();
    project.desk.write(
        "third.toml",
        &text.replace(before, &format!("{}{before}", field.replace("optional = true\n", ""))),
    );
    let said = project.update("none.jsonl", &["third.toml"]);
    assert_eq!(said.code, Some(105), "{said:?}");
    assert!(said.err.contains("conflict in `migrations/: bookmarks.shelf`"), "{}", said.err);
    project.is_untouched_since(&head);
}
