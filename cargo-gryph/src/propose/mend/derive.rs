//! Traits that a type of the tree could derive: added with all they need, or taken away where they cannot stand.

use std::collections::BTreeMap;
use std::ops::Range;

use crate::patch::{Edit, Patch, Span};
use crate::propose::draft::quoted;

use super::Offer;
use super::case::{Case, bounds, words};
use super::filling::is_copy;
use super::ground::{Found, Ground, Sheet, fields, last_name};

/// Traits with what each of them needs.
const DERIVABLE: [(&str, &[&str]); 9] = [
    ("Debug", &[]),
    ("Clone", &[]),
    ("Copy", &["Clone"]),
    ("PartialEq", &[]),
    ("Eq", &["PartialEq"]),
    ("PartialOrd", &["PartialEq"]),
    ("Ord", &["PartialEq", "Eq", "PartialOrd"]),
    ("Hash", &[]),
    ("Default", &[]),
];

/// A type of the tree.
#[derive(Clone, Copy)]
struct Type<'g> {
    sheet: &'g Sheet,
    attributes: &'g [syn::Attribute],
    /// Where the item begins behind its attributes.
    start: usize,
    shape: Shape<'g>,
}

#[derive(Clone, Copy)]
enum Shape<'g> {
    Struct(&'g syn::ItemStruct),
    Enum(&'g syn::ItemEnum),
}

/// The traits that attributes derive, by their last names.
pub(super) fn derived(attributes: &[syn::Attribute]) -> Vec<String> {
    let mut names = Vec::new();
    for attribute in attributes.iter().filter(|attribute| attribute.path().is_ident("derive")) {
        let _ = attribute.parse_nested_meta(|meta| {
            names.extend(meta.path.segments.last().map(|segment| segment.ident.to_string()));
            Ok(())
        });
    }
    names
}

fn type_of<'g>(ground: &Ground<'g>, name: &str) -> Option<Type<'g>> {
    let start = |sheet: &Sheet, visibility: &syn::Visibility, keyword: Range<usize>| match visibility {
        syn::Visibility::Inherited => keyword.start,
        syn::Visibility::Public(_) | syn::Visibility::Restricted(_) => sheet.range(visibility).start,
    };
    if let Some(Found { sheet, node }) = ground.structure(name) {
        let start = start(sheet, &node.vis, sheet.range(&node.struct_token));
        return Some(Type { sheet, attributes: &node.attrs, start, shape: Shape::Struct(node) });
    }
    let Found { sheet, node } = ground.choice(name)?;
    let start = start(sheet, &node.vis, sheet.range(&node.enum_token));
    Some(Type { sheet, attributes: &node.attrs, start, shape: Shape::Enum(node) })
}

impl Type<'_> {
    fn fields(&self) -> Vec<(String, String)> {
        match self.shape {
            Shape::Struct(item) => fields(&item.fields),
            Shape::Enum(item) => item.variants.iter().flat_map(|variant| fields(&variant.fields)).collect(),
        }
    }

    fn has(&self, ground: &Ground<'_>, name: &str, wanted: &str) -> bool {
        let implements = |found: &Found<'_, syn::ItemImpl>| {
            let path = found.node.trait_.as_ref().map(|(_, path, _)| path);
            path.and_then(|path| path.segments.last()).is_some_and(|last| last.ident == wanted)
                && last_name(&found.node.self_ty).as_deref() == Some(name)
        };
        derived(self.attributes).iter().any(|known| known == wanted) || ground.impls.iter().any(implements)
    }

    /// The edit that adds traits to what is derived.
    fn edit(&self, traits: &[&str]) -> Edit {
        // In the order in which people write them.
        let ordered: Vec<&str> =
            DERIVABLE.iter().map(|(name, _)| *name).filter(|name| traits.contains(name)).collect();
        let list = ordered.join(", ");
        let attribute = self.attributes.iter().find(|attribute| attribute.path().is_ident("derive"));
        let inside = attribute.and_then(|attribute| {
            let range = self.sheet.range(attribute);
            let close = range.start + self.sheet.cut(&range).rfind(')')?;
            let before = self.sheet.cut(&(range.start..close)).trim_end();
            let separator = if before.ends_with(['(', ',']) { "" } else { ", " };
            Some((range.start + before.len(), format!("{separator}{list}")))
        });
        let (at, text) = inside
            .unwrap_or_else(|| (self.start, format!("#[derive({list})]\n{}", self.sheet.indent(self.start))));
        Edit { span: Span { path: self.sheet.path.clone(), range: at..at }, replacement: text }
    }
}

/// What the error wants derived, as offers.
pub(super) fn offers(case: &Case<'_>) -> Vec<Offer> {
    let mut offers = Vec::new();
    for (ty, wanted) in wanted(case) {
        let names: Vec<&str> = words(&ty).filter(|word| case.ground.is_local(word)).collect();
        // `Vec<Item>: Clone` lacks it for its innermost type.
        if let Some(name) = names.last() {
            offers.extend(added(case, name, &wanted, 93));
        }
    }
    offers
}

/// Pairs of a type and a derivable trait it lacks.
fn wanted(case: &Case<'_>) -> Vec<(String, String)> {
    let mut pairs: Vec<(String, String)> = case.texts().flat_map(bounds).collect();
    for text in case.texts().filter(|text| text.contains("is not implemented for")) {
        if let [wanted, ty, ..] = quoted(text).as_slice() {
            pairs.push(((*ty).to_owned(), (*wanted).to_owned()));
        }
    }
    let quoted = case.quoted();
    let message = &case.diagnostic.message;
    if let [ty, name, ..] = quoted.as_slice()
        && message.contains("doesn't implement")
    {
        pairs.push(((*ty).to_owned(), (*name).to_owned()));
    }
    if let [operator, ty, ..] = quoted.as_slice()
        && message.starts_with("binary operation")
    {
        let wanted = if matches!(*operator, "==" | "!=") { "PartialEq" } else { "PartialOrd" };
        if matches!(*operator, "==" | "!=" | "<" | ">" | "<=" | ">=") {
            pairs.push(((*ty).to_owned(), wanted.to_owned()));
        }
    }
    if let [method, .., ty] = quoted.as_slice()
        && case.code == "E0599"
    {
        let by_method = match *method {
            "clone" | "cloned" | "to_vec" | "to_owned" => Some("Clone"),
            "cmp" | "max" | "min" | "clamp" => Some("Ord"),
            "partial_cmp" => Some("PartialOrd"),
            "eq" | "ne" => Some("PartialEq"),
            "default" => Some("Default"),
            "hash" => Some("Hash"),
            _ => None,
        };
        pairs.extend(by_method.map(|wanted| ((*ty).to_owned(), wanted.to_owned())));
    }
    let plain = |name: &str| {
        let name = name.split('<').next().unwrap_or_default().rsplit("::").next().unwrap_or_default().trim();
        DERIVABLE.iter().find(|(known, _)| *known == name).map(|(known, _)| (*known).to_owned())
    };
    let mut pairs: Vec<(String, String)> =
        pairs.into_iter().filter_map(|(ty, name)| Some((ty, plain(&name)?))).collect();
    let mut seen = std::collections::BTreeSet::new();
    pairs.retain(|pair| seen.insert(pair.clone()));
    pairs
}

/// A trait added to a type, with those it needs, also to the types of its fields.
fn added(case: &Case<'_>, name: &str, wanted: &str, certainty: u8) -> Vec<Offer> {
    let mut lacking: BTreeMap<String, Vec<&'static str>> = BTreeMap::new();
    if !collect(case.ground, name, wanted, &mut lacking) || lacking.is_empty() {
        return Vec::new();
    }
    let mut edits = Vec::new();
    let mut choices: Vec<Edit> = Vec::new();
    for (name, traits) in &lacking {
        let Some(ty) = type_of(case.ground, name) else { continue };
        edits.push(ty.edit(traits));
        if let (Shape::Enum(item), true) = (ty.shape, traits.contains(&"Default")) {
            choices =
                item.variants.iter().filter(|v| v.fields.is_empty()).map(|v| marked(ty.sheet, v)).collect();
        }
    }
    let rule = format!("{}-derive", case.code);
    let offer = |extra: Option<&Edit>, certainty: u8| {
        let patch = Patch { edits: edits.iter().chain(extra).cloned().collect() };
        Offer { patch, operator: rule.clone(), proposer: "template", certainty }
    };
    if choices.is_empty() {
        return vec![offer(None, certainty)];
    }
    // Nobody but the tests knows which variant is the default; the first one is by custom.
    choices.iter().take(5).enumerate().map(|(at, edit)| offer(Some(edit), 60 - 6 * at as u8)).collect()
}

fn marked(sheet: &Sheet, variant: &syn::Variant) -> Edit {
    let start = sheet.range(&variant.ident).start;
    let text = format!("#[default]\n{}", sheet.indent(start));
    Edit { span: Span { path: sheet.path.clone(), range: start..start }, replacement: text }
}

/// Notes what a type lacks; `false` when a field makes the trait impossible.
fn collect(
    ground: &Ground<'_>,
    name: &str,
    wanted: &str,
    lacking: &mut BTreeMap<String, Vec<&'static str>>,
) -> bool {
    let Some(ty) = type_of(ground, name) else { return true };
    let Some((wanted, needs)) = DERIVABLE.iter().find(|(known, _)| *known == wanted) else { return false };
    let noted = lacking.get(name).is_some_and(|traits| traits.contains(wanted));
    if noted || ty.has(ground, name, wanted) {
        return true;
    }
    let fields = ty.fields();
    let floats = |ty: &String| words(ty).any(|word| word == "f32" || word == "f64");
    let refused = match *wanted {
        "Eq" | "Ord" | "Hash" => fields.iter().any(|(_, ty)| floats(ty)),
        "Copy" => fields.iter().any(|(_, ty)| !is_copy(ground, ty) && !ground.is_local(ty)),
        _ => false,
    };
    if refused {
        return false;
    }
    lacking.entry(name.to_owned()).or_default().push(wanted);
    let done = needs.iter().all(|need| collect(ground, name, need, lacking));
    let nested = fields.iter().flat_map(|(_, ty)| words(ty));
    // A collection has a default whatever it holds.
    let holds = *wanted != "Default";
    done && nested
        .filter(|word| holds || fields.iter().any(|(_, ty)| ty == word))
        .all(|word| collect(ground, word, wanted, lacking))
}

/// E0382 and its kin: a small type of the tree that could be copied.
pub(super) fn copy(case: &Case<'_>) -> Vec<Offer> {
    let lacks = case.texts().filter(|text| text.contains("does not implement the `Copy` trait"));
    let names = lacks.flat_map(quoted).filter(|name| case.ground.is_local(name));
    let Some(name) = names.last() else { return Vec::new() };
    let by_value = |function: &&super::ground::Function<'_>| {
        let receiver = function.signature.receiver();
        receiver.is_some_and(|receiver| receiver.reference.is_none())
            && function.self_type().as_deref() == Some(name)
    };
    let clones = type_of(case.ground, name).is_some_and(|ty| ty.has(case.ground, name, "Clone"));
    let likely = clones && case.ground.functions.iter().any(|function| by_value(&function));
    added(case, name, "Copy", if likely { 88 } else { 58 })
}

/// E0204, E0119: a derived trait that cannot be derived, or that is implemented by hand as well.
pub(super) fn superfluous(case: &Case<'_>) -> Vec<Offer> {
    let quoted = case.quoted();
    let wanted = if case.code == "E0204" { "Copy" } else { quoted.first().copied().unwrap_or_default() };
    let around = case.ground.structs.iter().map(|found| found.node.ident.to_string());
    let names = around.chain(case.ground.enums.iter().map(|found| found.node.ident.to_string()));
    let meant =
        |name: &String| case.text() == name || quoted.iter().any(|quoted| words(quoted).any(|w| w == name));
    names.filter(meant).filter_map(|name| type_of(case.ground, &name)?.without(case, wanted)).collect()
}

impl Type<'_> {
    /// The offer that takes a trait from what is derived.
    fn without(&self, case: &Case<'_>, wanted: &str) -> Option<Offer> {
        let attribute = self.attributes.iter().find(|attribute| attribute.path().is_ident("derive"))?;
        let range = self.sheet.range(attribute);
        let traits: Vec<String> = derived(std::slice::from_ref(attribute));
        let kept: Vec<&str> = traits.iter().map(String::as_str).filter(|name| *name != wanted).collect();
        if kept.len() == traits.len() {
            return None;
        }
        let text = if kept.is_empty() { String::new() } else { format!("#[derive({})]", kept.join(", ")) };
        let line = kept.is_empty() && self.sheet.text[range.end..].starts_with('\n');
        let range = range.start..range.end + usize::from(line);
        Some(super::case::offer(self.sheet, case.code, "no-derive", 80, vec![(range, text)]))
    }
}
