//! Which packages a change brings and takes away, from the two lock files, as a CycloneDX 1.5 bill of materials.
//!
//! Packages without a source are the workspace's own and no part of it. Pure.

mod cyclonedx;

use std::collections::{BTreeMap, BTreeSet};

use serde::Deserialize;

/// Bytes of a lock file.
const MOST_BYTES: usize = 64 << 20;

/// What is wrong with a lock file.
#[derive(Debug, thiserror::Error, PartialEq, Eq)]
#[error("the lock file {which} the change cannot be read")]
pub struct SbomError {
    which: &'static str,
}

/// A package of a lock file.
#[derive(Clone, PartialEq, Eq, PartialOrd, Ord, Debug, Deserialize)]
pub struct Component {
    /// Its name.
    pub name: String,
    /// Its version.
    pub version: String,
    /// Where it comes from.
    pub source: Option<String>,
    /// The SHA-256 of its archive.
    pub checksum: Option<String>,
}

/// What a change does to a package.
#[derive(Clone, PartialEq, Eq, Debug)]
pub enum Difference {
    /// It is new.
    Added,
    /// It takes the place of these versions.
    Changed(Vec<String>),
    /// It is gone.
    Removed,
}

/// The packages that differ, by name and version.
#[derive(Clone, PartialEq, Eq, Debug)]
pub struct Delta {
    /// Each with what happened to it.
    pub components: Vec<(Component, Difference)>,
}

#[derive(Deserialize)]
struct Lock {
    #[serde(default, rename = "package")]
    packages: Vec<Component>,
}

/// What differs between two lock files; without one before, everything is new.
///
/// # Errors
/// [`SbomError`] for a text that is no lock file.
pub fn delta(before: Option<&str>, after: &str) -> Result<Delta, SbomError> {
    let old = before.map(|text| read(text, "before")).transpose()?.unwrap_or_default();
    let new = read(after, "after")?;
    let gone = by_name(old.difference(&new));
    let come = by_name(new.difference(&old));
    let mut components = Vec::new();
    for (name, packages) in &come {
        let replaced = gone.get(name);
        for package in packages {
            let difference = match replaced {
                None => Difference::Added,
                Some(old) => Difference::Changed(old.iter().map(|package| package.version.clone()).collect()),
            };
            components.push(((*package).clone(), difference));
        }
    }
    let removed =
        gone.iter().filter(|(name, _)| !come.contains_key(*name)).flat_map(|(_, packages)| packages);
    components.extend(removed.map(|package| ((*package).clone(), Difference::Removed)));
    components.sort_by(|(one, _), (other, _)| one.cmp(other));
    Ok(Delta { components })
}

fn by_name<'a>(packages: impl Iterator<Item = &'a Component>) -> BTreeMap<&'a str, Vec<&'a Component>> {
    let mut named: BTreeMap<&str, Vec<&Component>> = BTreeMap::new();
    packages.for_each(|package| named.entry(&package.name).or_default().push(package));
    named
}

fn read(text: &str, which: &'static str) -> Result<BTreeSet<Component>, SbomError> {
    let lock: Option<Lock> = (text.len() <= MOST_BYTES).then(|| toml::from_str(text).ok()).flatten();
    let lock = lock.ok_or(SbomError { which })?;
    Ok(lock.packages.into_iter().filter(|package| package.source.is_some()).collect())
}

#[cfg(test)]
mod tests {
    use super::*;

    const INDEX: &str = "registry+https://github.com/rust-lang/crates.io-index";

    fn lock(packages: &[(&str, &str)]) -> String {
        let own = "version = 4\n[[package]]\nname = \"kit\"\nversion = \"0.1.0\"\ndependencies = [\"a\"]\n"
            .to_owned();
        let package = |(name, version): &(&str, &str)| {
            let sum = "a1".repeat(32);
            format!(
                "[[package]]\nname = \"{name}\"\nversion = \"{version}\"\nsource = \"{INDEX}\"\nchecksum = \"{sum}\"\n"
            )
        };
        own + &packages.iter().map(package).collect::<String>()
    }

    fn told(before: Option<&str>, after: &str) -> Vec<String> {
        let shown = |(component, difference): &(Component, Difference)| {
            format!("{} {} {difference:?}", component.name, component.version)
        };
        delta(before, after).unwrap().components.iter().map(shown).collect()
    }

    #[test]
    fn what_comes_goes_and_changes_is_told() {
        let before = lock(&[("a", "1.0.0"), ("b", "1.0.0"), ("c", "1.0.0"), ("d", "1.0.0")]);
        let after = lock(&[("a", "1.0.0"), ("b", "1.1.0"), ("d", "1.0.0"), ("d", "2.0.0"), ("e", "0.1.0")]);
        let expected = ["b 1.1.0 Changed([\"1.0.0\"])", "c 1.0.0 Removed", "d 2.0.0 Added", "e 0.1.0 Added"];
        assert_eq!(told(Some(&before), &after), expected);
        assert_eq!(told(Some(&after), &after), Vec::<String>::new());
        assert_eq!(told(None, &lock(&[("a", "1.0.0")])), ["a 1.0.0 Added"]);
        let elsewhere = before.replace(INDEX, "git+https://example.org/x#0123");
        assert!(told(Some(&before), &elsewhere).contains(&"a 1.0.0 Changed([\"1.0.0\"])".to_owned()));
    }

    #[test]
    fn what_is_no_lock_file_is_an_error() {
        assert_eq!(delta(None, "[[package]]\nname = 3"), Err(SbomError { which: "after" }));
        assert_eq!(delta(Some("["), ""), Err(SbomError { which: "before" }));
    }

    #[test]
    fn the_bill_has_the_form_of_its_specification() {
        let (before, after) =
            (lock(&[("a", "1.0.0"), ("c", "1.0.0+x.1")]), lock(&[("a", "1.1.0"), ("b", "2.0.0")]));
        let delta = delta(Some(&before), &after).unwrap();
        let text = delta.cyclonedx();
        assert_eq!(text, delta.cyclonedx(), "the same change makes the same bytes");
        let bom: serde_json::Value = serde_json::from_str(&text).unwrap();
        assert_eq!((&bom["bomFormat"], &bom["specVersion"]), (&"CycloneDX".into(), &"1.5".into()));
        let serial = bom["serialNumber"].as_str().unwrap().strip_prefix("urn:uuid:").unwrap();
        let parts: Vec<usize> = serial.split('-').map(str::len).collect();
        assert_eq!(parts, [8, 4, 4, 4, 12]);
        let components = bom["components"].as_array().unwrap();
        let purls: Vec<&str> = components.iter().map(|one| one["purl"].as_str().unwrap()).collect();
        assert_eq!(purls, ["pkg:cargo/a@1.1.0", "pkg:cargo/b@2.0.0", "pkg:cargo/c@1.0.0%2Bx.1"]);
        assert_eq!(components[0]["properties"][1]["value"], "1.0.0");
        assert_eq!(components[2]["scope"], "excluded");
        assert_eq!(components[0]["hashes"][0]["alg"], "SHA-256");
    }

    proptest::proptest! {
        #[test]
        fn no_text_makes_the_reader_panic(text in "\\PC{0,100}", name in "\\PC{0,20}") {
            let _ = delta(Some(&text), &text);
            let toml = format!("[[package]]\nname = {name:?}\nversion = {text:?}\nsource = {text:?}\nchecksum = {name:?}\n");
            if let Ok(delta) = delta(None, &toml) {
                let _ = delta.cyclonedx();
            }
        }
    }
}
