//! What a change to a manifest does to the judges: tests that Cargo no longer runs, lints that say less, checks of the
//! arithmetic that are off.

use toml::{Table, Value};

use crate::change::kind::{FileChange, FileKind};
use crate::change::observation::{Observation, ObservationKind};
use crate::tree::{Tree, TreePath};

/// Compares the manifests among the files that differ. A manifest that cannot be read is told of by the build.
pub(super) fn manifests(base: &Tree, after: &Tree, files: &[FileChange]) -> Vec<Observation> {
    let is_manifest =
        |file: &&FileChange| file.kind == FileKind::Manifest && file.path.as_str().ends_with("Cargo.toml");
    files.iter().filter(is_manifest).flat_map(|file| compared(base, after, &file.path)).collect()
}

fn compared(base: &Tree, after: &Tree, path: &TreePath) -> Vec<Observation> {
    let read = |tree: &Tree| tree.text(path).unwrap_or_default().parse::<Table>().ok();
    let (Some(before), Some(now)) = (read(base), read(after)) else { return Vec::new() };
    let text = after.text(path).unwrap_or_default();
    let step = Step { base, after, path, before: &before, now: &now };
    let found = step
        .tests()
        .into_iter()
        .chain(step.build_script())
        .chain(step.members())
        .chain(step.lints())
        .chain(step.profiles());
    found.map(|one| one.observation(path, text)).collect()
}

/// One thing that a manifest came to say.
struct Said {
    kind: ObservationKind,
    /// The key, by which the line is found.
    key: String,
    detail: String,
}

impl Said {
    fn new(kind: ObservationKind, key: &str, detail: String) -> Self {
        Self { kind, key: key.to_owned(), detail }
    }

    fn observation(self, path: &TreePath, text: &str) -> Observation {
        let line = text.lines().position(|line| line.contains(&self.key)).map_or(1, |index| index + 1);
        Observation { kind: self.kind, path: path.clone(), line, item: String::new(), detail: self.detail }
    }
}

struct Step<'a> {
    base: &'a Tree,
    after: &'a Tree,
    path: &'a TreePath,
    before: &'a Table,
    now: &'a Table,
}

impl Step<'_> {
    fn tests(&self) -> Vec<Said> {
        let mut found = Vec::new();
        let off = |table: Option<&Table>, key: &str| {
            table.and_then(|table| table.get(key)).and_then(Value::as_bool) == Some(false)
        };
        let mut switched = |old: Option<&Table>, new: Option<&Table>, key: &str, of: &str| {
            if off(new, key) && !off(old, key) {
                let detail = format!("`{key} = false` for {of}");
                found.push(Said::new(ObservationKind::TestSwitch, key, detail));
            }
        };
        let [old, new] = [self.before, self.now];
        switched(table(old, "package"), table(new, "package"), "autotests", "the package");
        for key in ["test", "doctest", "harness"] {
            switched(table(old, "lib"), table(new, "lib"), key, "the library");
        }
        for kind in ["bin", "test"] {
            for (name, target) in targets(new, kind) {
                let was = targets(old, kind).into_iter().find(|(other, _)| *other == name);
                // A target that is new may be what it likes.
                if was.is_some() || self.was_found(kind, name, target) {
                    for key in ["test", "harness"] {
                        switched(was.map(|(_, was)| was), Some(target), key, &format!("`{name}`"));
                    }
                }
            }
        }
        found.extend(self.conditional_tests());
        found.extend(self.dropped_tests());
        found
    }

    /// Whether Cargo found a target by itself before.
    fn was_found(&self, kind: &str, name: &str, target: &Table) -> bool {
        let folder = if kind == "test" { "tests" } else { "src/bin" };
        let listed = target.get("path").and_then(Value::as_str).map(str::to_owned);
        let paths =
            [format!("{folder}/{name}.rs"), format!("{folder}/{name}/main.rs"), "src/main.rs".to_owned()];
        let usual = if kind == "test" { &paths[..2] } else { &paths[..] };
        listed
            .iter()
            .chain(usual)
            .any(|path| self.beside(path).is_some_and(|path| self.base.get(&path).is_some()))
    }

    /// Tests that came to need a feature.
    fn conditional_tests(&self) -> Vec<Said> {
        let needs =
            |target: &Table| target.get("required-features").and_then(Value::as_array).map_or(0, Vec::len);
        let mut found = Vec::new();
        for (name, target) in targets(self.now, "test") {
            let was = targets(self.before, "test").into_iter().find(|(other, _)| *other == name);
            let is_old = was.is_some() || self.was_found("test", name, target);
            if is_old && needs(target) > was.map_or(0, |(_, was)| needs(was)) {
                let detail = format!("`{name}` runs only with certain features");
                found.push(Said::new(ObservationKind::TestSwitch, "required-features", detail));
            }
        }
        found
    }

    /// Listed tests whose files are there and which nothing lists any more.
    fn dropped_tests(&self) -> Vec<Said> {
        let package = table(self.now, "package");
        let finds_itself =
            package.and_then(|package| package.get("autotests")).and_then(Value::as_bool) != Some(false);
        let listed = targets(self.now, "test");
        let is_dropped = |(name, target): &(&str, &Table)| {
            let path = target.get("path").and_then(Value::as_str).map(str::to_owned);
            let usual = path.is_none() || path.as_deref().is_some_and(|path| path.starts_with("tests/"));
            let path = path.unwrap_or_else(|| format!("tests/{name}.rs"));
            let is_there = self.beside(&path).is_some_and(|path| self.after.get(&path).is_some());
            is_there && !(finds_itself && usual) && !listed.iter().any(|(other, _)| other == name)
        };
        let dropped = targets(self.before, "test").into_iter().filter(is_dropped);
        let said = |(name, _): (&str, &Table)| {
            Said::new(ObservationKind::TestSwitch, "[package]", format!("`{name}` is no target any more"))
        };
        dropped.map(said).collect()
    }

    /// A build script of another name than the usual one.
    fn build_script(&self) -> Option<Said> {
        let named =
            |manifest: &Table| table(manifest, "package").and_then(|package| package.get("build")).cloned();
        let (old, new) = (named(self.before), named(self.now));
        let differs =
            |name: &str| self.beside(name).is_some_and(|path| self.base.get(&path) != self.after.get(&path));
        let is_touched = new.as_ref().and_then(Value::as_str).is_some_and(differs);
        let detail = "another file is the build script, or it was changed".to_owned();
        (old != new || is_touched).then(|| Said::new(ObservationKind::BuildScript, "build", detail))
    }

    /// Members whose manifests are there and which the workspace no longer has.
    fn members(&self) -> Vec<Said> {
        let list = |manifest: &Table, key: &str| -> Vec<String> {
            let listed =
                table(manifest, "workspace").and_then(|workspace| workspace.get(key)?.as_array().cloned());
            listed.into_iter().flatten().filter_map(|one| one.as_str().map(str::to_owned)).collect()
        };
        let left = |member: &&String| {
            let manifest = self.beside(&format!("{}/Cargo.toml", member.trim_end_matches('/')));
            member.contains('*') || manifest.is_some_and(|path| self.after.get(&path).is_some())
        };
        let (old, new) = (list(self.before, "members"), list(self.now, "members"));
        let gone =
            old.iter().filter(|member| !new.contains(member) && !new.iter().any(|one| one.contains('*')));
        let (old, new) = (list(self.before, "exclude"), list(self.now, "exclude"));
        let excluded = new.iter().filter(|member| !old.contains(member));
        let said = |member: &String| {
            let detail = format!("`{member}` is no member any more, and its tests do not run");
            Said::new(ObservationKind::TestSwitch, "[workspace]", detail)
        };
        gone.chain(excluded).filter(left).map(said).collect()
    }

    fn lints(&self) -> Vec<Said> {
        let mut found = Vec::new();
        let of = |manifest: &Table, is_workspace: bool| -> Option<Table> {
            let holder = if is_workspace { table(manifest, "workspace")? } else { manifest };
            table(holder, "lints").cloned()
        };
        for is_workspace in [false, true] {
            let old = of(self.before, is_workspace).unwrap_or_default();
            let new = of(self.now, is_workspace).unwrap_or_default();
            let inherits = |lints: &Table| lints.get("workspace").and_then(Value::as_bool) == Some(true);
            if inherits(&old) && !inherits(&new) {
                let detail = "the lints of the workspace hold no more".to_owned();
                found.push(Said::new(ObservationKind::LintSwitch, "[lints", detail));
            }
            let (old, new) = (levels(&old), levels(&new));
            for (lint, level) in &new {
                let was = old.iter().find(|(other, _)| other == lint).map(|(_, level)| *level);
                if *level < was.unwrap_or(Level::Default) {
                    found.push(lowered(lint));
                }
            }
            let is_gone = |(lint, level): &&(String, Level)| {
                *level > Level::Default && !new.iter().any(|(other, _)| other == lint)
            };
            found.extend(old.iter().filter(is_gone).map(|(lint, _)| lowered(lint)));
        }
        found
    }

    /// Checks that tests rely on, off in a profile.
    fn profiles(&self) -> Vec<Said> {
        let mut found = Vec::new();
        for (name, profile) in table(self.now, "profile").into_iter().flatten() {
            for key in ["overflow-checks", "debug-assertions"] {
                let is_off = |profile: Option<&Value>| {
                    profile.and_then(|profile| profile.get(key)?.as_bool()) == Some(false)
                };
                let was = table(self.before, "profile").and_then(|profiles| profiles.get(name));
                // In `release` both are off by themselves.
                if name != "release" && is_off(Some(profile)) && !is_off(was) {
                    let detail = format!("`{key}` is off in the profile `{name}`");
                    found.push(Said::new(ObservationKind::ToolConfiguration, key, detail));
                }
            }
        }
        found
    }

    /// A path that is written in the manifest.
    fn beside(&self, path: &str) -> Option<TreePath> {
        let folder = self.path.as_str().strip_suffix("Cargo.toml").unwrap_or_default();
        TreePath::new(format!("{folder}{path}")).ok()
    }
}

fn lowered(lint: &str) -> Said {
    let name = lint.rsplit("::").next().unwrap_or(lint);
    Said::new(ObservationKind::LintSwitch, name, format!("`{lint}` says less than before"))
}

/// What a lint does; what is not set is as rustc or clippy have it.
#[derive(Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Debug)]
enum Level {
    Allow,
    Default,
    Warn,
    Deny,
    Forbid,
}

/// The lints of a table with their levels, such as `clippy::unwrap_used`.
fn levels(lints: &Table) -> Vec<(String, Level)> {
    let mut found = Vec::new();
    for (tool, of_tool) in lints {
        for (lint, value) in of_tool.as_table().into_iter().flatten() {
            let level = value.as_str().or_else(|| value.get("level").and_then(Value::as_str));
            let level = match level {
                Some("allow") => Level::Allow,
                Some("warn") => Level::Warn,
                Some("deny") => Level::Deny,
                Some("forbid") => Level::Forbid,
                Some(_) | None => continue,
            };
            found.push((format!("{tool}::{lint}"), level));
        }
    }
    found
}

fn table<'t>(of: &'t Table, key: &str) -> Option<&'t Table> {
    of.get(key)?.as_table()
}

/// The listed targets of a kind, by name.
fn targets<'t>(manifest: &'t Table, kind: &str) -> Vec<(&'t str, &'t Table)> {
    let listed = manifest.get(kind).and_then(Value::as_array).into_iter().flatten();
    listed.filter_map(|target| Some((target.get("name")?.as_str()?, target.as_table()?))).collect()
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::change::{ChangeFacts, TestLiterals};

    fn tree(manifest: &str) -> Tree {
        let mut tree = Tree::new();
        let files = [
            ("Cargo.toml", manifest),
            ("src/lib.rs", ""),
            ("tests/t.rs", "#[test] fn t() {}"),
            ("part/Cargo.toml", "[package]\nname = \"part\""),
        ];
        for (path, text) in files {
            tree.insert(TreePath::new(path).unwrap(), text);
        }
        tree
    }

    fn observed(before: &str, now: &str) -> Vec<ObservationKind> {
        let head = "[package]\nname = \"kit\"\n";
        let of = |more: &str| {
            tree(&if more.starts_with("autotests") {
                format!("{head}{more}")
            } else {
                format!("{more}\n{head}")
            })
        };
        let facts = ChangeFacts::between(&of(before), &of(now), &TestLiterals::default());
        let kinds = facts.observations.into_iter().map(|one| one.kind);
        kinds.filter(|kind| *kind != ObservationKind::Manifest).collect()
    }

    #[test]
    fn what_a_manifest_takes_from_the_judges_is_observed() {
        use ObservationKind::{DependencyAdded, LintSwitch, TestSwitch, ToolConfiguration};
        let cases: &[(&str, &str, &[ObservationKind])] = &[
            ("", "[dependencies]\na = \"1\"", &[DependencyAdded]),
            ("", "autotests = false", &[TestSwitch]),
            ("", "autotests = true\nbuild = \"src/lib.rs\"", &[ObservationKind::BuildScript]),
            ("", "[lib]\ntest = false", &[TestSwitch]),
            ("", "[lib]\nname = \"kit\"", &[]),
            ("[lib]\ntest = false", "[lib]\ntest = false\ndoctest = false", &[TestSwitch]),
            ("", "[[test]]\nname = \"t\"\nharness = false", &[TestSwitch]),
            ("", "[[test]]\nname = \"t\"\nrequired-features = [\"slow\"]", &[TestSwitch]),
            ("", "[[test]]\nname = \"new\"\nharness = false", &[]),
            ("", "[[bench]]\nname = \"b\"\nharness = false", &[]),
            ("[[test]]\nname = \"t\"", "", &[]),
            ("[[test]]\nname = \"u\"\npath = \"src/lib.rs\"", "", &[TestSwitch]),
            ("[workspace]\nmembers = [\"part\"]", "[workspace]\nmembers = []", &[TestSwitch]),
            ("[workspace]\nmembers = [\"part\"]", "[workspace]\nmembers = [\"*\"]", &[]),
            (
                "[workspace]\nmembers = [\"*\"]",
                "[workspace]\nmembers = [\"*\"]\nexclude = [\"part\"]",
                &[TestSwitch],
            ),
            ("[lints.rust]\nunsafe_code = \"deny\"", "[lints.rust]\nunsafe_code = \"warn\"", &[LintSwitch]),
            ("[lints.rust]\nunsafe_code = \"deny\"", "", &[LintSwitch]),
            ("[lints.rust]\nunsafe_code = \"warn\"", "[lints.rust]\nunsafe_code = \"deny\"", &[]),
            ("", "[lints.clippy]\nall = { level = \"allow\", priority = -1 }", &[LintSwitch]),
            ("", "[lints.clippy]\npedantic = \"warn\"", &[]),
            ("[lints]\nworkspace = true", "", &[LintSwitch]),
            ("", "[profile.dev]\noverflow-checks = false", &[ToolConfiguration]),
            ("", "[profile.release]\ndebug-assertions = false", &[]),
            ("", "[profile.dev]\nopt-level = 1", &[]),
            ("", "not a manifest", &[]),
        ];
        for (before, now, expected) in cases {
            assert_eq!(&observed(before, now), expected, "{before} => {now}");
        }
    }

    proptest::proptest! {
        #[test]
        fn no_manifest_makes_the_reader_panic(before in "[\\[\\]a-z=\"'{}\\n. *-]{0,120}", now in ".{0,80}") {
            let _ = observed(&before, &now);
            let _ = observed(&now, &before);
        }
    }
}
