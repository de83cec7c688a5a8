//! Public items that are gone from a library, and whether its version says so.

use semver::Version;

use super::{Bench, has_word, manifest};
use crate::cargo::Member;
use crate::change::{FileKind, Observation, ObservationKind};
use crate::tree::{Tree, TreePath};

/// Observations that can mean that a user's code does not compile any more.
const BREAKING: [ObservationKind; 4] = [
    ObservationKind::PublicSignature,
    ObservationKind::PublicReceiver,
    ObservationKind::PublicBound,
    ObservationKind::DeriveRemoved,
];
/// What is observed of a public item that is not there any more.
const REMOVED: &str = "it was removed";

/// Whether public signatures of the member changed or went.
pub(super) fn is_touched(bench: &Bench<'_>, member: &Member) -> bool {
    of_member(bench, member).any(|one| BREAKING.contains(&one.kind))
}

/// Public items that are gone, and that nothing public in the package has the name of.
pub(super) fn removed(bench: &Bench<'_>, member: &Member) -> Vec<Observation> {
    let gone = of_member(bench, member).filter(|one| {
        let name = one.item.rsplit("::").next().unwrap_or_default();
        one.kind == ObservationKind::PublicSignature
            && one.detail == REMOVED
            && is_reachable(bench, member, &one.path)
            && !is_in_private_module(bench.step.base.text(&one.path).unwrap_or_default(), &one.item)
            && !bench.sources(bench.step.after, member).any(|(_, text)| offers(text, name))
    });
    gone.map(|one| Observation { kind: ObservationKind::PublicRemoved, ..one.clone() }).collect()
}

fn of_member<'a>(bench: &'a Bench<'_>, member: &'a Member) -> impl Iterator<Item = &'a Observation> {
    let is_program = |path: &TreePath| {
        bench.step.change.files.iter().any(|file| file.path == *path && file.kind == FileKind::Program)
    };
    let of_member = move |one: &&Observation| {
        bench.owner(&one.path).is_some_and(|owner| owner.name == member.name) && is_program(&one.path)
    };
    bench.step.change.observations.iter().filter(of_member)
}

/// Whether a text makes something public of this name: an item, or a name in a `pub use`.
fn offers(text: &str, name: &str) -> bool {
    let mut statement = String::new();
    for line in text.lines().map(str::trim) {
        if !statement.is_empty() || line.starts_with("pub use ") {
            statement.push_str(line);
            if line.ends_with(';') {
                if has_word(&statement, name) {
                    return true;
                }
                statement.clear();
            }
        } else if line.starts_with("pub ") && has_word(line, name) {
            return true;
        }
    }
    false
}

/// Whether users of the base could name what stands in a file: each module on its way is public, or handed on with
/// `pub use`. By the usual places of modules; one in an unusual place counts as reachable.
fn is_reachable(bench: &Bench<'_>, member: &Member, path: &TreePath) -> bool {
    let Some(root) = member.library().map(|library| &library.path) else { return false };
    let folder = root.as_str().rsplit_once('/').map_or("", |(folder, _)| folder);
    let below = path.as_str().strip_prefix(folder).map(|rest| rest.trim_start_matches('/'));
    let Some(below) = below.and_then(|below| below.strip_suffix(".rs")).filter(|_| path != root) else {
        // The root itself, or a file outside of its folder.
        return path == root;
    };
    if below == "main" || below.starts_with("bin/") {
        return false;
    }
    let modules = below.strip_suffix("/mod").unwrap_or(below).split('/');
    let sources: Vec<&str> = bench.sources(bench.step.base, member).map(|(_, text)| text).collect();
    modules.into_iter().all(|module| sources.iter().any(|text| declares_publicly(text, module)))
}

/// Whether an item's name leads through a module of its own file that is not public.
fn is_in_private_module(text: &str, item: &str) -> bool {
    let (modules, _) = item.rsplit_once("::").unwrap_or_default();
    modules.split("::").filter(|module| !module.is_empty()).any(|module| {
        let head = format!("mod {module} {{");
        let mut before = text.lines().filter_map(|line| Some(line.split_once(&head)?.0.trim()));
        before.any(|before| before != "pub")
    })
}

fn declares_publicly(text: &str, module: &str) -> bool {
    text.lines()
        .map(str::trim)
        .any(|line| (line.starts_with("pub mod ") || line.starts_with("pub use ")) && has_word(line, module))
}

/// Whether the version was raised so that users expect a break: the first part that is not zero.
pub(super) fn is_announced(bench: &Bench<'_>, member: &Member) -> bool {
    let before = version(bench.step.base, member);
    before.is_none_or(|before| breaks(&before, &member.version))
}

/// Whether a version may break what worked with another one.
fn breaks(before: &Version, after: &Version) -> bool {
    let leading = |version: &Version| match (version.major, version.minor) {
        (0, 0) => (0, 0, version.patch),
        (0, minor) => (0, minor, 0),
        (major, _) => (major, 0, 0),
    };
    leading(after) > leading(before)
}

/// The version before; `None` where it cannot be told.
fn version(tree: &Tree, member: &Member) -> Option<Version> {
    let own = manifest::package_version(tree.text(&member.manifest())?);
    let root = TreePath::new("Cargo.toml").expect("a plain name");
    let text = own.or_else(|| manifest::workspace_version(tree.text(&root)?))?;
    Version::parse(&text).ok()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_name_is_offered_by_an_item_or_by_handing_it_on() {
        assert!(offers("pub fn parse() {}", "parse"));
        assert!(offers("pub use a::{\n    other,\n    parse,\n};", "parse"));
        assert!(!offers("fn parse() {}\npub fn parser() {}\nuse a::parse;", "parse"));
    }

    #[test]
    fn what_a_private_module_holds_was_never_public() {
        assert!(is_in_private_module("mod inner {\n    pub fn f() {}\n}", "inner::f"));
        assert!(is_in_private_module("pub(crate) mod inner {\n    pub fn f() {}\n}", "inner::f"));
        assert!(!is_in_private_module("pub mod inner {\n    pub fn f() {}\n}", "inner::f"));
        assert!(!is_in_private_module("mod other {\n}\npub fn f() {}", "f"));
    }

    #[test]
    fn the_first_part_that_is_not_zero_announces_a_break() {
        let breaks = |a: &str, b: &str| breaks(&Version::parse(a).unwrap(), &Version::parse(b).unwrap());
        assert!(breaks("1.2.0", "2.0.0") && breaks("0.3.1", "0.4.0") && breaks("0.0.1", "0.0.2"));
        assert!(!breaks("1.2.0", "1.3.0") && !breaks("0.3.1", "0.3.2") && !breaks("1.0.0", "1.0.0"));
    }
}
