//! Services at the level of files: what is composed of a new specification and of what people changed.

use std::collections::BTreeSet;
use std::path::Path;

use super::compose::{Composed, Hands, Sides, compose};
use super::drift::{Kind, differences};
use super::history::{Before, History};
use super::keep_steps;
use super::migration::tests::{database, shape};
use crate::git::{Git, NewCommit, Repository, Search};
use crate::plan::plan;
use crate::scaffold::{Footprint, Scaffold, base_path, footprint_path, kept_spec_path, scaffold};
use crate::spec::parse;
use crate::tree::{Tree, TreePath};

const BOOKMARKS: &str = include_str!("../../../../examples/specs/bookmarks.toml");

fn scaffolded(text: &str) -> Scaffold {
    let spec = parse(text, "spec.toml").unwrap_or_else(|problems| panic!("{problems:#?}"));
    scaffold(&plan(&spec)).unwrap()
}

/// What `new` would commit, with a body for every function.
fn made(text: &str, scaffold: &Scaffold) -> Tree {
    let mut tree = scaffold.tree.clone();
    for hole in scaffold.holes() {
        let text = tree.text(&hole.path).unwrap().replace("todo!()", "unreachable!()");
        tree.insert(hole.path.clone(), text);
    }
    let footprint = Footprint::of(scaffold.plan.spec, scaffold, &tree);
    tree.insert(kept_spec_path(), text);
    tree.insert(footprint_path(), footprint.text());
    tree
}

/// A repository with a tree as its only commit.
fn committed(git: &Git, dir: &Path, tree: &Tree) -> Repository {
    git.init(dir, "main").unwrap();
    tree.write_to(dir).unwrap();
    let written = git.write_tree(dir, tree).unwrap();
    let commit = NewCommit { tree: &written, parents: &[], message: "Made\n", when: 0 };
    let commit = git.commit_tree(dir, &commit).unwrap();
    git.update_ref(dir, "refs/heads/main", &commit, None).unwrap();
    git.repository(dir).unwrap().unwrap()
}

/// Composes the project `mine`, which was made as `before`, with what is given now by a specification; with what was kept
/// of its steps for that.
fn updated(before: &Tree, mine: &Tree, text: &str) -> (Scaffold, Composed) {
    let search =
        Search { path: std::env::var_os("PATH").unwrap_or_default(), environment: Default::default() };
    let git = Git::discover(&search).unwrap();
    let (project, work) = (tempfile::tempdir().unwrap(), tempfile::tempdir().unwrap());
    let repository = committed(&git, project.path(), before);
    let footprint = Footprint::read(mine).unwrap();
    let in_repository = |path: &TreePath| path.clone();
    let history = History { git: &git, repository: &repository, in_repository: &in_repository };
    let mut scaffold = scaffolded(text);
    let steps = Before { footprint: &footprint, mine, history: Some(&history) };
    let told = keep_steps(&mut scaffold, steps).unwrap();
    let hands = Hands { history: &history, dir: work.path() };
    let mut composed = compose(&Sides { footprint: &footprint, mine, scaffold: &scaffold }, &hands).unwrap();
    composed.conflicts.extend(told.conflicts);
    composed.away.extend(told.kept);
    (scaffold, composed)
}

/// What is in the project once that has entered.
fn entered(text: &str, scaffold: &Scaffold, composed: &Composed) -> Tree {
    assert!(composed.conflicts.is_empty(), "{:#?}", composed.conflicts);
    let mut tree = composed.tree.clone();
    composed.bases.files().for_each(|(path, content)| tree.insert(path.clone(), content));
    tree.insert(kept_spec_path(), text);
    tree.insert(footprint_path(), Footprint::of(scaffold.plan.spec, scaffold, &tree).text());
    tree
}

fn path(path: &str) -> TreePath {
    TreePath::new(path).unwrap()
}

fn edited(tree: &Tree, file: &str, old: &str, new: &str) -> Tree {
    let mut tree = tree.clone();
    let text = tree.text(&path(file)).unwrap_or_else(|| panic!("no {file}")).to_owned();
    assert!(text.contains(old), "{file}: {text}");
    tree.insert(path(file), text.replacen(old, new, 1));
    tree
}

/// The specification with a field more in its first entity.
fn with_a_field() -> String {
    with_field(BOOKMARKS, "shelf", "optional = true\nmax = 40")
}

fn with_field(text: &str, name: &str, more: &str) -> String {
    let before = "[[entity.field]]\nname = \"slug\"\n";
    assert!(text.contains(before), "the example is another one now");
    let field = format!("[[entity.field]]\nname = \"{name}\"\ntype = \"text\"\ndoc = \"Where.\"\n{more}\n\n");
    text.replace(before, &format!("{field}{before}"))
}

#[test]
fn a_service_that_nobody_changed_has_no_drift_and_stays_byte_for_byte() {
    let scaffold = scaffolded(BOOKMARKS);
    let mine = made(BOOKMARKS, &scaffold);
    assert_eq!(differences(&Footprint::read(&mine).unwrap(), &mine, &scaffold), []);
    let (_, composed) = updated(&mine, &mine, BOOKMARKS);
    assert!(composed.conflicts.is_empty() && composed.away.is_empty());
    assert!(composed.functions.iter().all(|function| function.stays && !function.is_edited));
    for (path, content) in composed.tree.files() {
        assert_eq!(mine.get(path), Some(content), "{path}");
    }
}

#[test]
fn a_new_field_comes_into_a_service_that_people_changed() {
    let before = made(BOOKMARKS, &scaffolded(BOOKMARKS));
    let text = with_a_field();
    let scaffold = scaffolded(&text);
    let readme = "README.md";
    let last = before.text(&path(readme)).unwrap().trim_end().lines().last().unwrap().to_owned();
    let mine = edited(&before, readme, &last, &format!("{last}\n\nOurs."));
    let found = differences(&Footprint::read(&mine).unwrap(), &mine, &scaffold);
    let of = |kind| found.iter().filter(move |one| one.kind == kind).map(|one| one.what.as_str());
    assert!(of(Kind::Changed).any(|what| what.ends_with("domain/bookmark.rs")), "{found:?}");
    assert_eq!(of(Kind::Edited).collect::<Vec<_>>(), [readme]);

    let (scaffold, composed) = updated(&before, &mine, &text);
    assert!(composed.conflicts.is_empty(), "{:?}", composed.conflicts);
    let domain = composed.tree.text(&path("src/domain/bookmark.rs")).unwrap();
    assert!(domain.contains("shelf"), "{domain}");
    let merged = composed.tree.text(&path(readme)).unwrap();
    assert!(merged.contains("Ours.") && merged.contains(&scaffold.plan.spec.to_string()), "{merged}");
    assert_eq!(
        composed.bases.files().map(|(path, _)| path.clone()).collect::<Vec<_>>(),
        [base_path(&path(readme)).unwrap()]
    );
    assert!(composed.functions.iter().all(|function| function.stays));
}

#[test]
fn what_people_made_no_text_stays_byte_for_byte_or_is_a_conflict() {
    let before = made(BOOKMARKS, &scaffolded(BOOKMARKS));
    let readme = path("README.md");
    let mut mine = before.clone();
    let latin: &[u8] = b"f\xfcr alle\n";
    mine.insert(readme.clone(), latin);
    let (_, composed) = updated(&before, &mine, BOOKMARKS);
    assert!(composed.conflicts.is_empty(), "{:?}", composed.conflicts);
    assert_eq!(composed.tree.get(&readme), Some(latin));
    let (_, composed) = updated(&before, &mine, &with_a_field());
    let told: Vec<&str> = composed.conflicts.iter().map(|conflict| conflict.what.as_str()).collect();
    assert_eq!(told, ["README.md"]);
}

#[test]
fn what_both_sides_changed_in_a_service_is_a_conflict_with_both_sides() {
    let before = made(BOOKMARKS, &scaffolded(BOOKMARKS));
    let scaffold = scaffolded(&with_a_field());
    let domain = "src/domain/bookmark.rs";
    let text = before.text(&path(domain)).unwrap();
    // Whatever the new field is put beside is changed by people too.
    let now = scaffold.tree.text(&path(domain)).unwrap();
    let line = crate::diff::changed_lines(text, now)[0];
    let beside = now.lines().zip(now.lines().skip(1)).find(|(_, next)| *next == line).unwrap().0;
    let mine = edited(&before, domain, &format!("{beside}\n"), &format!("{beside}\n    // Ours.\n"));
    let (_, composed) = updated(&before, &mine, &with_a_field());
    let conflict = composed.conflicts.iter().find(|conflict| conflict.what == domain).expect("a conflict");
    assert!(conflict.diff.contains("// Ours.") && conflict.diff.contains("shelf"), "{}", conflict.diff);
}

/// The steps of a directory, one after another.
fn steps(tree: &Tree, directory: &str) -> String {
    let of = |(path, content): (&TreePath, &[u8])| {
        (path.as_str().starts_with(directory)).then(|| String::from_utf8(content.to_vec()).unwrap())
    };
    tree.files().filter_map(of).collect()
}

fn has(tree: &Tree, file: &str) -> bool {
    tree.get(&path(file)).is_some()
}

#[test]
fn steps_that_were_given_stay_and_what_is_new_becomes_one_more() {
    let before = made(BOOKMARKS, &scaffolded(BOOKMARKS));
    let text = with_a_field();
    let (scaffold, composed) = updated(&before, &before, &text);
    let after = entered(&text, &scaffold, &composed);
    for file in ["0001_platform", "0002_bookmark", "0003_tag"].map(|name| format!("migrations/{name}.sql")) {
        assert_eq!(after.get(&path(&file)), before.get(&path(&file)), "{file}");
    }
    let upgrade = after.text(&path("migrations/0004_upgrade.sql")).unwrap();
    assert!(upgrade.ends_with("ALTER TABLE \"bookmarks\" ADD COLUMN \"shelf\" TEXT;\n"), "{upgrade}");
    let listed = after.text(&path("src/adapters/sql/schema.rs")).unwrap();
    assert!(listed.contains("version: 4,\n        name: \"upgrade\""), "{listed}");
    assert_eq!(listed.matches("Step {").count(), 4, "{listed}");

    // Once more with the same, nothing is to be done; with another field, only that.
    let (scaffold, again) = updated(&after, &after, &text);
    assert_eq!(differences(&Footprint::read(&after).unwrap(), &after, &scaffold), []);
    assert_eq!(entered(&text, &scaffold, &again), after);
    let more = with_field(&text, "spot", "default = \"it's\"");
    let (scaffold, composed) = updated(&after, &after, &more);
    let last = entered(&more, &scaffold, &composed);
    let upgrade = last.text(&path("migrations/0005_upgrade.sql")).unwrap();
    let expected = "\nALTER TABLE \"bookmarks\" ADD COLUMN \"spot\" TEXT NOT NULL DEFAULT 'it''s';\n";
    assert!(upgrade.ends_with(expected) && !upgrade.contains("shelf"), "{upgrade}");
}

#[test]
fn an_entity_in_the_middle_leaves_the_steps_after_it_where_they_are() {
    let before = made(BOOKMARKS, &scaffolded(BOOKMARKS));
    let tag = "[[entity]]\nname = \"tag\"";
    let shelf = "[[entity]]\nname = \"shelf\"\ndoc = \"A place.\"\n\n[[entity.field]]\nname = \"place\"\ntype = \
                 \"text\"\ndoc = \"Where.\"\nmax = 9\n\n";
    let text = BOOKMARKS.replace(tag, &format!("{shelf}{tag}"));
    let (scaffold, composed) = updated(&before, &before, &text);
    let after = entered(&text, &scaffold, &composed);
    assert!(has(&after, "migrations/0003_tag.sql") && !has(&after, "migrations/0004_tag.sql"));
    assert!(!has(&after, "migrations/0003_shelf.sql"));
    let upgrade = after.text(&path("migrations/0004_upgrade.sql")).unwrap();
    assert!(upgrade.contains("CREATE TABLE \"shelfs\"") && !upgrade.contains("tags"), "{upgrade}");
    // Given up again, the table stays, and nothing is left of it but that.
    let (scaffold, composed) = updated(&after, &after, BOOKMARKS);
    let last = entered(BOOKMARKS, &scaffold, &composed);
    assert_eq!(steps(&last, "migrations/"), steps(&after, "migrations/"));
    assert!(composed.away.contains("shelfs"), "{:?}", composed.away);
}

#[test]
fn a_field_that_rows_have_no_value_for_waits_for_a_step_of_people() {
    let before = made(BOOKMARKS, &scaffolded(BOOKMARKS));
    let text = with_field(BOOKMARKS, "shelf", "max = 40");
    let (_, composed) = updated(&before, &before, &text);
    let [conflict] = &*composed.conflicts else { panic!("{:#?}", composed.conflicts) };
    assert_eq!(conflict.what, "migrations/: bookmarks.shelf");
    let line = "-- gryph: ALTER TABLE \"bookmarks\" ADD COLUMN \"shelf\" TEXT NOT NULL;";
    assert!(conflict.why.ends_with(line) && conflict.why.contains("`migrations/0004_"), "{}", conflict.why);

    // The step is theirs, and so is what it does; the update lists it, and the next one takes the number after it.
    let mut mine = before.clone();
    let step = format!("{line}\nALTER TABLE bookmarks ADD COLUMN shelf TEXT NOT NULL DEFAULT 'hall';\n");
    mine.insert(path("migrations/0004_shelf.sql"), step.as_str());
    let (scaffold, composed) = updated(&mine, &mine, &text);
    let after = entered(&text, &scaffold, &composed);
    assert_eq!(after.text(&path("migrations/0004_shelf.sql")), Some(&*step));
    let listed = after.text(&path("src/adapters/sql/schema.rs")).unwrap();
    assert!(listed.contains("migrations/0004_shelf.sql"), "{listed}");
    let more = with_field(&text, "spot", "optional = true");
    let (scaffold, composed) = updated(&after, &after, &more);
    assert!(has(&entered(&more, &scaffold, &composed), "migrations/0005_upgrade.sql"));

    // Taken back, the column is in the way of new rows: what people say of their step counts then too.
    let (_, composed) = updated(&after, &after, BOOKMARKS);
    assert_eq!(composed.conflicts[0].what, "migrations/: bookmarks.shelf");
    mine.insert(path("migrations/0004_shelf.sql"), "-- gryph: ADD COLUMN;\n");
    let (_, composed) = updated(&mine, &mine, &text);
    let [conflict] = &*composed.conflicts else { panic!("{:#?}", composed.conflicts) };
    assert_eq!(conflict.what, "migrations/0004_shelf.sql");
    assert!(conflict.why.contains("line 1: this begins no statement of ours"), "{}", conflict.why);
}

#[test]
fn steps_of_people_and_steps_that_they_edited_are_no_conflict() {
    let before = made(BOOKMARKS, &scaffolded(BOOKMARKS));
    let list = "src/adapters/sql/schema.rs";
    let entry = "    Step {\n        version: 4,\n        name: \"seed\",\n        sql: \
                 include_str!(\"../../../migrations/0004_seed.sql\"),\n    },\n";
    let mut mine = edited(&before, list, "];\n", &format!("{entry}];\n"));
    mine.insert(path("migrations/0004_seed.sql"), "INSERT INTO tags VALUES ('a');\n");
    let mine =
        edited(&mine, "migrations/0003_tag.sql", "CREATE TABLE", "CREATE VIEW v AS SELECT 1;\nCREATE TABLE");
    let text = with_a_field();
    let (scaffold, composed) = updated(&before, &mine, &text);
    let after = entered(&text, &scaffold, &composed);
    assert_eq!(after.get(&path("migrations/0003_tag.sql")), mine.get(&path("migrations/0003_tag.sql")));
    assert!(has(&after, "migrations/0005_upgrade.sql") && !has(&after, "migrations/0004_upgrade.sql"));
    let listed = after.text(&path(list)).unwrap();
    let own = listed.find(entry).unwrap_or_else(|| panic!("{listed}"));
    assert!(listed[own..].contains("version: 5,"), "{listed}");
    assert_eq!(updated(&after, &after, &text).1.tree.get(&path(list)), after.get(&path(list)));
}

#[test]
fn a_step_that_people_removed_stays_away_and_its_number_is_not_given_again() {
    let before = made(BOOKMARKS, &scaffolded(BOOKMARKS));
    let list = "src/adapters/sql/schema.rs";
    let tag = before.text(&path(list)).unwrap().split_once("    Step {\n        version: 3,").unwrap().1;
    let entry = format!("    Step {{\n        version: 3,{}", tag.trim_end().trim_end_matches("];"));
    let mut mine = edited(&before, list, &entry, "");
    mine.remove(&path("migrations/0003_tag.sql"));
    let text = with_a_field();
    let (scaffold, composed) = updated(&before, &mine, &text);
    let after = entered(&text, &scaffold, &composed);
    assert!(!has(&after, "migrations/0003_tag.sql") && has(&after, "migrations/0004_upgrade.sql"));
    assert!(!after.text(&path(list)).unwrap().contains("version: 3,"));
    assert!(!after.text(&path("migrations/0004_upgrade.sql")).unwrap().contains("tags"));
}

#[test]
fn steps_of_a_service_that_is_given_no_more_are_not_removed() {
    let shop = include_str!("../../../../examples/specs/shop.toml");
    let before = made(shop, &scaffolded(shop));
    let mut mine = before.clone();
    let mut footprint = Footprint::read(&before).unwrap();
    let old = path("services/gone/migrations/0001_platform.sql");
    mine.insert(old.clone(), "CREATE TABLE a (id TEXT PRIMARY KEY);\n");
    footprint.files.insert(old.clone(), crate::digest::Digest::of(mine.get(&old).unwrap()));
    mine.insert(footprint_path(), footprint.text());
    let (_, composed) = updated(&mine, &mine, shop);
    assert!(composed.conflicts.iter().any(|one| one.what == old.as_str()), "{:#?}", composed.conflicts);
    mine.remove(&old);
    let (_, composed) = updated(&mine, &mine, shop);
    assert!(composed.conflicts.is_empty(), "{:#?}", composed.conflicts);
}

#[test]
fn in_every_architecture_an_upgraded_database_is_as_a_new_one() {
    for text in [
        BOOKMARKS,
        include_str!("../../../../examples/specs/blog.toml"),
        include_str!("../../../../examples/specs/chat.toml"),
        include_str!("../../../../examples/specs/ledger.toml"),
        include_str!("../../../../examples/specs/notes.toml"),
        include_str!("../../../../examples/specs/shop.toml"),
        include_str!("../../../../examples/specs/thumbs.toml"),
        include_str!("../../../../examples/specs/tickets.toml"),
    ] {
        // Every entity gets two fields more.
        let first = "[[entity.field]]\n";
        let field = "[[entity.field]]\nname = \"extra_note\"\ntype = \"text\"\ndoc = \"More.\"\noptional = true\nmax = \
                     9\nunique = true\n\n[[entity.field]]\nname = \"extra_count\"\ntype = \"integer\"\ndoc = \
                     \"More.\"\nmin = 0\nmax = 9\ndefault = 4\n\n";
        let more: String = text
            .split("[[entity]]")
            .map(|part| part.replacen(first, &format!("{field}{first}"), 1))
            .collect::<Vec<_>>()
            .join("[[entity]]");
        let before = made(text, &scaffolded(text));
        let (scaffold, composed) = updated(&before, &before, &more);
        let after = entered(&more, &scaffold, &composed);
        let new = scaffolded(&more).tree;
        let directories: BTreeSet<&str> = before
            .files()
            .filter(|(path, _)| path.as_str().ends_with(".sql"))
            .map(|(path, _)| path.as_str().rsplit_once('/').unwrap().0)
            .collect();
        assert!(!directories.is_empty());
        for directory in directories {
            let directory = format!("{directory}/");
            let wanted = shape(&database(&steps(&new, &directory)), None);
            assert_eq!(shape(&database(&steps(&after, &directory)), None), wanted, "{directory}");
            let is_gateway = directory.starts_with("gateway/");
            assert_eq!(steps(&after, &directory) != steps(&before, &directory), !is_gateway, "{directory}");
        }
    }
}

#[test]
fn the_first_entity_comes_into_a_service_that_kept_no_rows_and_the_last_one_leaves_it() {
    let tariff = include_str!("../../../../tests/it/fixtures/specs/tariff.toml");
    // Without a task nothing is repeatable, so that the tables of the platform grow too.
    let calls = tariff.split("[[task]]").next().unwrap();
    let rows = format!(
        "{calls}\n[[entity]]\nname = \"parcel\"\ndoc = \"A parcel.\"\n\n[[entity.field]]\nname = \"label\"\ntype = \
         \"text\"\ndoc = \"What stands on it.\"\nmax = 9\n"
    );
    for architecture in ["monolith", "layered", "hexagonal", "clean", "event-driven", "serverless"] {
        let of = |text: &str| text.replace("\"hexagonal\"", &format!("\"{architecture}\""));
        let (calls, rows) = (of(calls), of(&rows));
        let before = made(&calls, &scaffolded(&calls));
        let (scaffold, composed) = updated(&before, &before, &rows);
        let after = entered(&rows, &scaffold, &composed);
        let directory = if architecture == "serverless" { "core/migrations/" } else { "migrations/" };
        let wanted = shape(&database(&steps(&scaffolded(&rows).tree, directory)), None);
        assert_eq!(shape(&database(&steps(&after, directory)), None), wanted, "{architecture}");
        let lists = after
            .files()
            .filter(|(path, _)| path.as_str().ends_with("schema.rs") && !path.as_str().contains("/http/"));
        let lists: Vec<_> = lists.map(|(path, _)| after.text(path).unwrap()).collect();
        assert!(lists.iter().any(|list| list.matches("Step {").count() == 2), "{architecture}: {lists:?}");

        let (scaffold, composed) = updated(&after, &after, &calls);
        let last = entered(&calls, &scaffold, &composed);
        assert_eq!(steps(&last, directory), steps(&after, directory), "{architecture}");
        assert!(composed.away.contains("parcels"), "{architecture}: {:?}", composed.away);
    }
}
