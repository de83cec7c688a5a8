//! The modules of a service while they are written: which folders hold which.

use std::collections::{BTreeMap, BTreeSet};

/// The modules by their folders.
#[derive(Default)]
pub(super) struct Modules(BTreeMap<String, BTreeSet<String>>);

impl Modules {
    /// Notes a module such as `adapters::http::tag` and gives its file.
    pub(super) fn file(&mut self, module: &str) -> String {
        let mut rest = module;
        while let Some((folder, name)) = rest.rsplit_once("::") {
            self.0.entry(folder.to_owned()).or_default().insert(name.to_owned());
            rest = folder;
        }
        format!("src/{}.rs", module.replace("::", "/"))
    }

    /// The folders with the modules in each.
    pub(super) fn folders(&self) -> impl Iterator<Item = (String, Vec<String>)> {
        self.0.iter().map(|(folder, names)| (folder.clone(), names.iter().cloned().collect()))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn folders_hold_what_was_put_into_them() {
        let mut modules = Modules::default();
        assert_eq!(modules.file("adapters::http::tag"), "src/adapters/http/tag.rs");
        modules.file("adapters::sql::tag");
        let folders: Vec<_> = modules.folders().collect();
        assert_eq!(folders[0], ("adapters".to_owned(), vec!["http".to_owned(), "sql".to_owned()]));
        assert_eq!(folders[1].0, "adapters::http");
    }
}
