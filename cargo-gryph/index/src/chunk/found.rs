//! An item while its file is being read, and what is known of it only when all of the file was.

use std::collections::HashMap;

use crate::item::{Item, Kind};

/// An item with what is needed until the whole file is known.
#[derive(Clone, Debug)]
pub(super) struct Found {
    /// Where it begins, in bytes.
    pub(super) start: usize,
    /// The item.
    pub(super) item: Item,
    /// The paths of the type and of the trait that it belongs to, as if both stood in its module.
    pub(super) owners: Vec<String>,
}

/// Lets what belongs to a type or to a trait of the same file follow it. Inline modules often hold
/// implementations for a type that stands outside of them: the path is that of the type. What belongs to a
/// type or a trait that is not public is not public; those declared elsewhere are taken for public.
pub(super) fn follow_types(found: &mut [Found]) {
    let mut public: HashMap<String, bool> = HashMap::new();
    for Found { item, .. } in found.iter().filter(|found| declares(found.item.kind)) {
        *public.entry(item.path.clone()).or_default() |= item.public;
    }
    for Found { item, owners, .. } in found {
        for (at, owner) in owners.iter().enumerate() {
            let Some(declared) = outward(owner).find(|path| public.contains_key(path)) else { continue };
            item.public &= public[&declared];
            if at == 0 && declared != *owner {
                put_under(item, owner, &declared);
            }
        }
    }
}

/// Whether an item is a declaration that an `impl` can be for or of.
fn declares(kind: Kind) -> bool {
    matches!(kind, Kind::Struct | Kind::Enum | Kind::Union | Kind::Trait | Kind::Alias)
}

/// A path, then the paths of the same name in the modules around it.
fn outward(path: &str) -> impl Iterator<Item = String> {
    let (module, name) = path.rsplit_once("::").unwrap_or(("", path));
    let around =
        std::iter::successors(Some(module), |module| module.rsplit_once("::").map(|(around, _)| around));
    around.map(move |module| format!("{module}::{name}"))
}

/// Changes the beginning of an item's path.
fn put_under(item: &mut Item, owner: &str, declared: &str) {
    let Some(rest) = item.path.strip_prefix(owner) else { return };
    let path = format!("{declared}{rest}");
    if item.kind == Kind::Example {
        item.signature = item.signature.replacen(&item.path, &path, 1);
    }
    item.path = path;
}
