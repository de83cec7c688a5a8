//! Dependencies go into a manifest of the user's; everything else of it stays as it is.

use toml_edit::{DocumentMut, Item, Table};

use crate::plan::Dependency;
use crate::scaffold::dependency_line;

/// The manifest with the dependencies that it lacks. The error says why it cannot be read.
pub(super) fn with_dependencies(
    text: &str,
    dependencies: &[Dependency],
    dev_dependencies: &[Dependency],
) -> Result<String, String> {
    let mut manifest: DocumentMut = text.parse().map_err(|error: toml_edit::TomlError| error.to_string())?;
    let is_there = |manifest: &DocumentMut, section: &str, name: &str| {
        manifest.get(section).and_then(|section| section.get(name)).is_some()
    };
    for dependency in dependencies {
        if !is_there(&manifest, "dependencies", &dependency.name) {
            put(&mut manifest, "dependencies", dependency)?;
        }
    }
    for dependency in dev_dependencies {
        let known = ["dependencies", "dev-dependencies"];
        if !known.iter().any(|section| is_there(&manifest, section, &dependency.name)) {
            put(&mut manifest, "dev-dependencies", dependency)?;
        }
    }
    Ok(manifest.to_string())
}

fn put(manifest: &mut DocumentMut, section: &str, dependency: &Dependency) -> Result<(), String> {
    let line: DocumentMut =
        dependency_line(dependency).parse().map_err(|error: toml_edit::TomlError| error.to_string())?;
    let value = line.get(&dependency.name).cloned().unwrap_or(Item::None);
    let new = || {
        let mut table = Table::new();
        table.decor_mut().set_prefix("\n");
        Item::Table(table)
    };
    let table = manifest.entry(section).or_insert_with(new);
    let table = table.as_table_like_mut().ok_or_else(|| format!("`{section}` is no table"))?;
    let is_sorted = table.iter().map(|(name, _)| name).is_sorted();
    table.insert(&dependency.name, value);
    if is_sorted {
        table.sort_values();
    }
    Ok(())
}

#[cfg(test)]
mod tests {
    use super::*;

    fn dependency(name: &str) -> Dependency {
        Dependency {
            name: name.to_owned(),
            requirement: "1.2".to_owned(),
            features: Vec::new(),
            default_features: true,
            span: 0..0,
        }
    }

    #[test]
    fn only_what_is_lacking_is_added_and_the_rest_stays() {
        let (head, all) = ("[package]\nname = 'kit' # Ours.\n", [dependency("b"), dependency("c")]);
        let cases = [
            ("", "\n[dependencies]\nb = \"1.2\"\nc = \"1.2\"\n"),
            (
                "[dependencies]\na = '1'\nd = '1' # D.\n",
                "[dependencies]\na = '1'\nb = \"1.2\"\nc = \"1.2\"\nd = '1' # D.\n",
            ),
            (
                "[dependencies]\nz = '1'\na = '1'\nb = '3'\n",
                "[dependencies]\nz = '1'\na = '1'\nb = '3'\nc = \"1.2\"\n",
            ),
            (
                "[dependencies.b]\nversion = '2'\n",
                "\n[dependencies]\nc = \"1.2\"\n[dependencies.b]\nversion = '2'\n",
            ),
        ];
        for (rest, expected) in cases {
            let made = with_dependencies(&format!("{head}{rest}"), &all, &[]).unwrap();
            assert_eq!(made, format!("{head}{expected}"));
            assert_eq!(with_dependencies(&made, &all, &all).unwrap(), made, "once is enough");
        }
        assert!(with_dependencies("dependencies = 3", &all, &[]).is_err());
    }
}
