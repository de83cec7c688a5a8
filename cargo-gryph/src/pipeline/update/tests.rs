//! Services at the level of files: what is composed of a new specification and of what people changed.

use std::path::Path;

use super::compose::{Composed, Hands, Sides, compose};
use super::drift::{Kind, differences};
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

/// Composes the project `mine`, which was made as `before`, with what is given now.
fn composed(before: &Tree, mine: &Tree, scaffold: &Scaffold) -> Composed {
    let search =
        Search { path: std::env::var_os("PATH").unwrap_or_default(), environment: Default::default() };
    let git = Git::discover(&search).unwrap();
    let (project, work) = (tempfile::tempdir().unwrap(), tempfile::tempdir().unwrap());
    let repository = committed(&git, project.path(), before);
    let footprint = Footprint::read(mine).unwrap();
    let in_repository = |path: &TreePath| path.clone();
    let hands = Hands { git: &git, repository: &repository, in_repository: &in_repository, dir: work.path() };
    compose(&Sides { footprint: &footprint, mine, scaffold }, &hands).unwrap()
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

/// The specification with a field more in an entity.
fn with_a_field() -> String {
    let before = "[[entity.field]]\nname = \"slug\"\n";
    assert!(BOOKMARKS.contains(before), "the example is another one now");
    let field = "[[entity.field]]\nname = \"shelf\"\ntype = \"text\"\ndoc = \"Where.\"\noptional = true\nmax = 40\n\n";
    BOOKMARKS.replace(before, &format!("{field}{before}"))
}

#[test]
fn a_service_that_nobody_changed_has_no_drift_and_stays_byte_for_byte() {
    let scaffold = scaffolded(BOOKMARKS);
    let mine = made(BOOKMARKS, &scaffold);
    assert_eq!(differences(&Footprint::read(&mine).unwrap(), &mine, &scaffold), []);
    let composed = composed(&mine, &mine, &scaffold);
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

    let composed = composed(&before, &mine, &scaffold);
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
    let composed = composed(&before, &mine, &scaffold);
    let conflict = composed.conflicts.iter().find(|conflict| conflict.what == domain).expect("a conflict");
    assert!(conflict.diff.contains("// Ours.") && conflict.diff.contains("shelf"), "{}", conflict.diff);
}
