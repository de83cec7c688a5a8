//! Whether packages still build without default features and with each feature alone, where a change makes it matter.

use std::collections::{BTreeMap, BTreeSet};

use super::{Bench, has_word, manifest, names};
use crate::cargo::{Build, BuildOptions, Cargo, Member, Selection, Targets, lay_out};
use crate::change::{FileKind, FunctionChange, Observation, ObservationKind};
use crate::check::{CheckError, options};
use crate::diagnostic::{Diagnostic, Level};
use crate::tree::{Tree, TreePath};

/// Features of one package that are built alone; those that the change is about come first.
const MOST_FEATURES: usize = 24;
/// What a text holds that is built with a feature only.
const MARK: &str = "feature";

/// One way to build a package.
#[derive(Clone, PartialEq, Eq, Debug)]
struct Way<'a> {
    member: &'a Member,
    /// What is on; nothing is without default features.
    features: Vec<String>,
    /// Whether the default features are.
    default: bool,
}

impl Way<'_> {
    /// The way in words.
    fn name(&self) -> String {
        match (self.default, self.features.first()) {
            (true, _) => "the default features".to_owned(),
            (false, Some(feature)) => format!("the feature `{feature}` alone"),
            (false, None) => "no default features".to_owned(),
        }
    }

    /// Whether a tree's manifest knows the features.
    fn is_known_to(&self, tree: &Tree) -> bool {
        let text = tree.text(&self.member.manifest()).unwrap_or_default();
        let known = manifest::features(text);
        // An optional dependency is a feature of its name.
        self.features.iter().all(|feature| known.contains_key(feature) || has_word(text, feature))
    }

    fn in_cargo(&self, cargo: &Cargo) -> (Cargo, BuildOptions) {
        let selection = Selection {
            packages: Vec::new(),
            features: self.features.clone(),
            all_features: false,
            no_default_features: !self.default,
        };
        let packages = vec![self.member.name.clone()];
        (Cargo { selection, ..cargo.clone() }, BuildOptions { packages, ..options(Targets::Programs) })
    }
}

/// Builds the packages of which the change touches what features decide.
pub(super) async fn look(bench: &Bench<'_>) -> Result<Vec<Observation>, CheckError> {
    let mut red = Vec::new();
    for way in bench.members.iter().flat_map(|member| ways(bench, member)) {
        lay_out(bench.step.after, bench.bench)?;
        let build = built(bench, &way).await?;
        if !build.success {
            red.push((way, build));
        }
    }
    let mut found = Vec::new();
    for (way, build) in red {
        if !was_red(bench, &way).await? {
            found.push(observation(bench.step.after, &way, &build));
        }
    }
    Ok(found)
}

async fn built(bench: &Bench<'_>, way: &Way<'_>) -> Result<Build, CheckError> {
    let (cargo, options) = way.in_cargo(bench.cargo);
    Ok(cargo.check(bench.bench, &options).await?)
}

/// Whether the base does not build in this way either. One that has no such feature was never asked.
async fn was_red(bench: &Bench<'_>, way: &Way<'_>) -> Result<bool, CheckError> {
    if !bench.is_in_base(way.member) || !way.is_known_to(bench.step.base) {
        return Ok(false);
    }
    lay_out(bench.step.base, bench.bench)?;
    let build = built(bench, way).await?;
    // Where Cargo itself refuses, the code was not looked at.
    Ok(!build.success && build.diagnostics.iter().any(|one| one.level == Level::Error))
}

fn observation(tree: &Tree, way: &Way<'_>, build: &Build) -> Observation {
    let error = build.diagnostics.iter().find(|one| one.level == Level::Error);
    let place = error.and_then(Diagnostic::primary).filter(|label| tree.get(&label.span.path).is_some());
    let said = build.stderr.lines().find(|line| line.starts_with("error")).unwrap_or("it does not build");
    Observation {
        kind: ObservationKind::FeatureBroken,
        path: place.map_or_else(|| way.member.manifest(), |label| label.span.path.clone()),
        line: place.map_or(1, |label| label.lines.start),
        item: way.name(),
        detail: error.map_or(said, |error| error.message.as_str()).to_owned(),
    }
}

/// In which ways a package is to be built, none of them the way in which everything is built anyway.
fn ways<'a>(bench: &Bench<'_>, member: &'a Member) -> Vec<Way<'a>> {
    let Some(touched) = touched(bench, member) else { return Vec::new() };
    let mut known = vec![on(&member.feature_table, &bench.cargo.selection, member)];
    let default = Way { member, features: Vec::new(), default: true };
    let bare = Way { member, features: Vec::new(), default: false };
    let alone = touched.into_iter().take(MOST_FEATURES);
    let alone = alone.map(|feature| Way { member, features: vec![feature], default: false });
    let mut ways = Vec::new();
    for way in [default, bare].into_iter().chain(alone) {
        let (cargo, _) = way.in_cargo(bench.cargo);
        let on = on(&member.feature_table, &cargo.selection, member);
        // Two ways that turn on the same are one.
        if !known.contains(&on) {
            known.push(on);
            ways.push(way);
        }
    }
    ways
}

/// The features that the change may matter to; `None` when it touches nothing that features decide.
fn touched(bench: &Bench<'_>, member: &Member) -> Option<BTreeSet<String>> {
    let named = || member.feature_table.keys().filter(|name| *name != "default").cloned();
    let manifests = [member.manifest(), TreePath::new("Cargo.toml").expect("a plain name")];
    let matters =
        |tree: &Tree, path: &TreePath| manifest::feature_matters(tree.text(path).unwrap_or_default());
    let is_manifest =
        manifests.iter().any(|path| matters(bench.step.base, path) != matters(bench.step.after, path));
    if is_manifest && !member.feature_table.is_empty() {
        return Some(named().collect());
    }
    let texts = near_features(bench, member);
    let is_near = |feature: &String| texts.iter().any(|text| text.contains(&format!("\"{feature}\"")));
    (!texts.is_empty()).then(|| named().filter(is_near).collect())
}

/// Changed texts that hold code for features, and unchanged ones that name what was changed for its users.
fn near_features<'t>(bench: &Bench<'t>, member: &Member) -> Vec<&'t str> {
    let changed: BTreeSet<&TreePath> = bench
        .changed(member)
        .filter(|file| matches!(file.kind, FileKind::Program | FileKind::BuildScript))
        .map(|file| &file.path)
        .collect();
    if changed.is_empty() || member.feature_table.is_empty() {
        return Vec::new();
    }
    let kinds = [
        ObservationKind::PublicSignature,
        ObservationKind::PublicReceiver,
        ObservationKind::PublicBound,
        ObservationKind::ItemRemoved,
        ObservationKind::ItemChanged,
        ObservationKind::DeriveRemoved,
    ];
    let mut used = names(bench.step.change, &kinds);
    used.extend(resigned(bench));
    used.extend(bench.step.change.functions.iter().filter_map(last_name));
    let now: Vec<&str> = changed.iter().filter_map(|path| bench.step.after.text(path)).collect();
    let names_gated = |text: &str| {
        let gated = gated_items(text);
        gated.iter().any(|name| now.iter().any(|text| has_word(text, name)))
    };
    let names_used = |text: &str| used.iter().any(|name| has_word(text, name));
    // A module stands in a file of its own; what is on it says whether that is built.
    let gates_user = |tree: &Tree, text: &str| {
        gated_items(text).iter().any(|module| {
            let is_of = |path: &TreePath| path.as_str().contains(&format!("/{module}"));
            bench
                .sources(tree, member)
                .any(|(path, text)| is_of(path) && (names_used(text) || changed.contains(path)))
        })
    };
    let concerns = |tree: &Tree, path: &TreePath, text: &str| {
        text.contains(MARK)
            && (changed.contains(path) || names_used(text) || names_gated(text) || gates_user(tree, text))
    };
    let of_tree = |tree: &'t Tree| {
        let sources = bench.sources(tree, member);
        sources.filter(move |(path, text)| concerns(tree, path, text)).map(|(_, text)| text).collect()
    };
    let texts: [Vec<&str>; 2] = [bench.step.after, bench.step.base].map(of_tree);
    texts.concat()
}

fn last_name(changed: &FunctionChange) -> Option<String> {
    changed.function.rsplit("::").next().map(str::to_owned)
}

/// The names of the items in a text that stand below a condition on a feature.
fn gated_items(text: &str) -> BTreeSet<String> {
    const KEYWORDS: [&str; 10] =
        ["mod", "fn", "struct", "enum", "union", "trait", "type", "const", "static", "macro_rules!"];
    let mut names = BTreeSet::new();
    let mut is_gated = false;
    for line in text.lines().map(str::trim) {
        if line.starts_with("#[") {
            is_gated |= line.contains("cfg") && line.contains(MARK);
        }
        let code = line.rsplit_once("] ").filter(|_| line.starts_with("#[")).map_or(line, |(_, code)| code);
        if !is_gated || code.is_empty() || code.starts_with("#[") || code.starts_with("//") {
            continue;
        }
        is_gated = false;
        let mut words = code.split(|c: char| !(c.is_alphanumeric() || c == '_' || c == '!'));
        if words.any(|word| KEYWORDS.contains(&word)) {
            names.extend(words.find(|word| !word.is_empty() && !KEYWORDS.contains(word)).map(str::to_owned));
        }
    }
    names
}

/// Functions whose head reads otherwise than before, private ones included.
fn resigned(bench: &Bench<'_>) -> BTreeSet<String> {
    let head = |tree: &Tree, path: &TreePath, name: &str| {
        let text = tree.text(path)?;
        let start = text.find(&format!("fn {name}"))?;
        let end = text[start..].find('{')?;
        Some(text[start..start + end].to_owned())
    };
    let functions = bench.step.change.functions.iter().filter_map(|one| {
        let name = one.function.rsplit("::").next()?;
        let differs = head(bench.step.base, &one.path, name) != head(bench.step.after, &one.path, name);
        differs.then(|| name.to_owned())
    });
    functions.collect()
}

/// All that a selection turns on in a package, what features turn on in turn included.
fn on(table: &BTreeMap<String, Vec<String>>, selection: &Selection, member: &Member) -> BTreeSet<String> {
    let own = |name: &String| match name.split_once('/') {
        Some((package, feature)) => (package == member.name).then(|| feature.to_owned()),
        None => Some(name.clone()),
    };
    let mut open: Vec<String> = match selection.all_features {
        true => table.keys().cloned().collect(),
        false => selection.features.iter().filter_map(own).collect(),
    };
    open.extend((!selection.no_default_features).then(|| "default".to_owned()));
    let mut on = BTreeSet::new();
    while let Some(name) = open.pop() {
        if on.insert(name.clone()) {
            open.extend(table.get(&name).into_iter().flatten().cloned());
        }
    }
    // That there is a default says nothing about what is in it.
    on.remove("default");
    on
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::cargo::Publication;

    #[test]
    fn items_below_a_condition_on_a_feature_are_named() {
        let text = "#[cfg(feature = \"a\")]\npub mod one;\npub mod two;\n\n/// Three.\n#[cfg(any(feature = \"b\", test))]\n\
                    #[must_use]\npub(crate) const fn three() {}\n#[cfg(unix)]\nfn four() {}\n#[cfg(feature = \"c\")] fn five() {}";
        let names: Vec<String> = gated_items(text).into_iter().collect();
        assert_eq!(names, ["five", "one", "three"]);
    }

    fn member(table: &[(&str, &[&str])]) -> Member {
        let strings = |of: &[&str]| of.iter().map(|one| (*one).to_owned()).collect::<Vec<String>>();
        Member {
            name: "kit".to_owned(),
            directory: None,
            edition: "2024".to_owned(),
            features: Vec::new(),
            targets: Vec::new(),
            feature_table: table.iter().map(|(name, on)| ((*name).to_owned(), strings(on))).collect(),
            version: semver::Version::new(0, 1, 0),
            rust_version: None,
            publication: Publication::Possible,
        }
    }

    #[test]
    fn what_a_selection_turns_on_includes_what_that_turns_on() {
        let kit = member(&[("default", &["a"]), ("a", &["b"]), ("b", &["dep:x"]), ("c", &[])]);
        let on = |features: &[&str], no_default_features| {
            let features = features.iter().map(|one| (*one).to_owned()).collect();
            let selection = Selection { features, no_default_features, ..Selection::default() };
            on(&kit.feature_table, &selection, &kit).into_iter().collect::<Vec<String>>().join(" ")
        };
        assert_eq!(on(&[], false), "a b dep:x");
        assert_eq!(on(&["a"], true), "a b dep:x", "the same as the default");
        assert_eq!(on(&["kit/c", "other/d"], true), "c");
        assert_eq!(on(&[], true), "");
    }
}
