//! Which functions a piece of code may come to, told by names alone.

use std::collections::{BTreeMap, BTreeSet};

use proc_macro2::{TokenStream, TokenTree};

use crate::schema::sites;
use crate::tree::Tree;

/// The names that each function of a tree mentions.
pub(super) struct Reach {
    mentions: BTreeMap<String, BTreeSet<String>>,
}

impl Reach {
    /// Reads all functions of a tree. Functions of one name are taken together.
    pub(super) fn of(tree: &Tree) -> Self {
        let mut mentions: BTreeMap<String, BTreeSet<String>> = BTreeMap::new();
        for (path, _) in tree.files().filter(|(path, _)| path.as_str().ends_with(".rs")) {
            let text = tree.text(path).unwrap_or_default();
            for site in sites(text, path) {
                let name = site.function.rsplit("::").next().unwrap_or(&site.function).to_owned();
                let body = text.get(site.body).unwrap_or_default();
                mentions.entry(name).or_default().extend(names(body));
            }
        }
        Self { mentions }
    }

    /// The functions that some code mentions, or that those mention, and so on.
    pub(super) fn from(&self, code: &str) -> BTreeSet<String> {
        let mut reached = BTreeSet::new();
        let mut open: Vec<String> = names(code).into_iter().collect();
        while let Some(name) = open.pop() {
            let Some(mentioned) = self.mentions.get(&name) else { continue };
            if reached.insert(name) {
                open.extend(mentioned.iter().cloned());
            }
        }
        reached
    }
}

fn names(code: &str) -> BTreeSet<String> {
    let mut names = BTreeSet::new();
    if let Ok(stream) = code.parse::<TokenStream>() {
        collect(stream, &mut names);
    }
    names
}

fn collect(stream: TokenStream, names: &mut BTreeSet<String>) {
    for token in stream {
        match token {
            TokenTree::Ident(ident) => {
                names.insert(ident.to_string());
            }
            TokenTree::Group(group) => collect(group.stream(), names),
            TokenTree::Punct(_) | TokenTree::Literal(_) => {}
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::tree::TreePath;

    #[test]
    fn what_is_mentioned_is_reached_through_others_too() {
        let mut tree = Tree::new();
        let text = "fn a() { b() }\nfn b() { todo!() }\nfn c() { vec![c(), d.b2()]; }\nfn b2() {}\n";
        tree.insert(TreePath::new("src/lib.rs").unwrap(), text);
        let reach = Reach::of(&tree);
        let from = |code: &str| reach.from(code).into_iter().collect::<Vec<_>>();
        assert_eq!(from("assert_eq!(a(), 1)"), ["a", "b"]);
        assert_eq!(from("c()"), ["b2", "c"]);
        assert!(from("{").is_empty());
    }
}
