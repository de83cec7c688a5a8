//! What a manifest's text says, as far as it can be compared between two trees. Cargo itself speaks of the tree after.

use std::collections::BTreeMap;

use toml::{Table, Value};

/// The package's name.
pub(super) fn package_name(text: &str) -> Option<String> {
    let manifest: Table = text.parse().ok()?;
    Some(manifest.get("package")?.get("name")?.as_str()?.to_owned())
}

/// The package's version as it stands there; `None` where the workspace sets it.
pub(super) fn package_version(text: &str) -> Option<String> {
    let manifest: Table = text.parse().ok()?;
    Some(manifest.get("package")?.get("version")?.as_str()?.to_owned())
}

/// The version that a workspace sets for its members.
pub(super) fn workspace_version(text: &str) -> Option<String> {
    let manifest: Table = text.parse().ok()?;
    Some(manifest.get("workspace")?.get("package")?.get("version")?.as_str()?.to_owned())
}

/// What the oldest supported Rust is, as it stands in either place.
pub(super) fn rust_version(text: &str) -> Option<Value> {
    let manifest: Table = text.parse().ok()?;
    let of = |table: Option<&Value>| table.and_then(|table| table.get("rust-version")).cloned();
    of(manifest.get("package"))
        .or_else(|| of(manifest.get("workspace").and_then(|workspace| workspace.get("package"))))
}

/// The names of the features.
pub(super) fn features(text: &str) -> BTreeMap<String, Value> {
    let manifest: Table = text.parse().unwrap_or_default();
    let table = manifest.get("features").and_then(Value::as_table).cloned().unwrap_or_default();
    table.into_iter().collect()
}

/// What decides which code is built with which feature: the features, and of each dependency whether it is optional and
/// which features it has on. Its version is no matter.
pub(super) fn feature_matters(text: &str) -> BTreeMap<String, Value> {
    let manifest: Table = text.parse().unwrap_or_default();
    let mut found = BTreeMap::new();
    collect(&Value::Table(manifest), &mut found);
    found
}

/// Whether a change of the dependencies could ask for a newer Rust.
pub(super) fn dependencies(text: &str) -> Vec<Value> {
    let manifest: Table = text.parse().unwrap_or_default();
    let mut found = Vec::new();
    tables(&Value::Table(manifest), 0, &mut |table| found.push(table.clone()));
    found
}

/// Tables of dependencies lie under `workspace` and `target.NAME`, no deeper.
const DEEPEST: usize = 3;

fn tables(value: &Value, depth: usize, each: &mut impl FnMut(&Value)) {
    let (Some(table), true) = (value.as_table(), depth < DEEPEST) else { return };
    for (key, value) in table {
        match key.as_str() {
            "dependencies" | "build-dependencies" => each(value),
            "workspace" | "target" => tables(value, depth + 1, each),
            _ if depth > 0 => tables(value, depth + 1, each),
            _ => {}
        }
    }
}

fn collect(manifest: &Value, found: &mut BTreeMap<String, Value>) {
    if let Some(features) = manifest.get("features") {
        found.insert("features".to_owned(), features.clone());
    }
    let mut number = 0;
    tables(manifest, 0, &mut |dependencies| {
        number += 1;
        for (name, dependency) in dependencies.as_table().into_iter().flatten() {
            let of = |key: &str| dependency.get(key).map_or_else(String::new, ToString::to_string);
            let said = ["optional", "default-features", "features", "workspace"].map(of).join(" ");
            found.insert(format!("{number} {name}"), Value::String(said));
        }
    });
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_version_is_no_matter_of_features_and_optionality_is() {
        let plain = "[dependencies]\na = \"1\"\n[features]\nx = []\n";
        let of = feature_matters;
        assert_eq!(of(plain), of("[dependencies]\na = { version = \"2\" }\n[features]\nx = []\n"));
        assert_ne!(
            of(plain),
            of("[dependencies]\na = { version = \"1\", optional = true }\n[features]\nx = []\n")
        );
        assert_ne!(of(plain), of("[dependencies]\na = \"1\"\n[features]\nx = []\ny = []\n"));
        assert_ne!(of(plain), of("[features]\nx = []\n"));
        let target = "[target.'cfg(unix)'.dependencies]\nb = { version = \"1\", features = [\"z\"] }\n";
        assert_ne!(of(target), of(&target.replace("\"z\"", "\"y\"")));
        assert_eq!(of("not [ toml"), BTreeMap::new());
    }

    #[test]
    fn what_a_manifest_says_is_read_from_either_place() {
        let member = "[package]\nname = \"a\"\nversion = \"1.2.0\"\nrust-version = \"1.70\"\n";
        assert_eq!(package_name(member).as_deref(), Some("a"));
        assert_eq!(package_version(member).as_deref(), Some("1.2.0"));
        let root = "[workspace.package]\nversion = \"2.0.0\"\nrust-version = \"1.71\"\n";
        assert_eq!(workspace_version(root).as_deref(), Some("2.0.0"));
        assert_ne!(rust_version(root), rust_version(member));
        assert_ne!(dependencies("[dependencies]\na = \"1\"\n"), dependencies("[dependencies]\na = \"2\"\n"));
    }

    proptest::proptest! {
        #[test]
        fn no_text_panics(text in "[\\[\\]a-z\" =.{}\n]{0,120}") {
            let _ = (package_name(&text), rust_version(&text), feature_matters(&text), dependencies(&text));
        }
    }
}
