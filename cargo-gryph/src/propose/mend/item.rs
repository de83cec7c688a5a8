//! E0046: the items of a trait that an implementation leaves out.
//!
//! A body comes from a field or method of that name, from what other implementations do with their names exchanged for
//! ours, or is a guess from the fields. Several guesses compile; the tests know which was meant.

use std::collections::BTreeSet;

use crate::propose::draft::is_number;

use super::Offer;
use super::case::{Case, words};
use super::filling::{default_of, is_copy};
use super::ground::{Found, Sheet, last_name, type_text};
use super::naming::{rebound, renamed, spellings};

/// Guesses for the items of one implementation.
const MOST: usize = 14;

/// The text of an item with its certainty.
type Guess = (String, u8);

/// An implementation with what it is about.
struct Subject<'c, 'g> {
    case: &'c Case<'g>,
    found: Found<'g, syn::ItemImpl>,
    contract: String,
    /// The last name of the type.
    own: String,
    fields: Vec<(String, String)>,
}

/// The implementation with its missing items.
pub(super) fn offers(case: &Case<'_>) -> Vec<Offer> {
    let Some(subject) = Subject::of(case) else { return Vec::new() };
    let missing = case.quoted();
    let guesses: Vec<Vec<Guess>> = missing.iter().map(|name| subject.guesses(name)).collect();
    if missing.is_empty() || guesses.iter().any(Vec::is_empty) {
        return Vec::new();
    }
    let depth = guesses.iter().map(Vec::len).max().unwrap_or(0).min(MOST);
    (0..depth)
        .map(|rank| {
            let chosen: Vec<&Guess> =
                guesses.iter().filter_map(|guesses| guesses.get(rank).or(guesses.first())).collect();
            subject.with_items(&chosen)
        })
        .collect()
}

impl<'c, 'g> Subject<'c, 'g> {
    fn of(case: &'c Case<'g>) -> Option<Self> {
        let found = case.ground.impl_at(case.sheet, case.at().start)?;
        let contract = found.node.trait_.as_ref()?.1.segments.last()?.ident.to_string();
        let own = last_name(&found.node.self_ty).unwrap_or_default();
        let fields = case.ground.fields(&own);
        Some(Self { case, found, contract, own, fields })
    }

    fn guesses(&self, name: &str) -> Vec<Guess> {
        let declared = self.case.ground.traits.iter().find(|found| found.node.ident == self.contract);
        let items =
            declared.into_iter().flat_map(|found| found.node.items.iter().map(|item| (found.sheet, item)));
        let mut guesses = Vec::new();
        for (sheet, item) in items {
            match item {
                syn::TraitItem::Fn(item) if item.sig.ident == name => {
                    guesses.extend(self.methods(sheet.slice(&item.sig), &item.sig));
                }
                syn::TraitItem::Type(item) if item.ident == name => guesses.extend(self.types(name)),
                syn::TraitItem::Const(item) if item.ident == name => {
                    guesses.extend(self.constants(name, &type_text(&item.ty)));
                }
                _ => {}
            }
        }
        if declared.is_none() {
            guesses.extend(self.foreign(name));
        }
        guesses.sort_by_key(|(_, certainty)| std::cmp::Reverse(*certainty));
        let mut seen = BTreeSet::new();
        guesses.retain(|(text, _)| seen.insert(text.clone()));
        guesses
    }

    /// An item of a trait of another crate, whose signature the compiler shows.
    fn foreign(&self, name: &str) -> Vec<Guess> {
        let shown = self.case.diagnostic.suggestions.iter().flat_map(|suggestion| &suggestion.edits);
        let text =
            shown.map(|edit| edit.replacement.trim()).find(|text| words(text).any(|word| word == name));
        if text.is_none_or(|text| text.starts_with("type")) && name.starts_with(|c: char| c.is_uppercase()) {
            return self.types(name);
        }
        let Some(signature) = text.and_then(|text| text.split('{').next()).map(str::trim) else {
            return Vec::new();
        };
        let signature = named(signature, name);
        match syn::parse_str::<syn::Signature>(&signature) {
            Ok(parsed) => self.methods(&signature, &parsed),
            Err(_) => Vec::new(),
        }
    }

    fn methods(&self, text: &str, signature: &syn::Signature) -> Vec<Guess> {
        let body = |(body, certainty): (String, u8)| (method(text, &body), certainty);
        let mut bodies = self.access(signature);
        bodies.extend(self.siblings(signature));
        bodies.extend(self.known(signature));
        bodies.extend(self.formulas(signature));
        let returned = returned(signature);
        bodies.extend(default_of(self.case.ground, &returned).map(|value| (plain(value), 24)));
        if returned == "bool" {
            bodies.push(("true".to_owned(), 22));
        }
        if returned == "String" || returned.ends_with("str") && returned.starts_with('&') {
            let owned = if returned == "String" { ".to_string()" } else { "" };
            bodies.extend(spellings(&self.own).get(3).map(|name| (format!("\"{name}\"{owned}"), 30)));
            bodies.push((format!("\"{}\"{owned}", self.own), 28));
        }
        bodies.into_iter().map(body).collect()
    }

    /// A field, or a method of the type or of a field, that has the name.
    fn access(&self, signature: &syn::Signature) -> Vec<Guess> {
        let name = signature.ident.to_string();
        let returned = returned(signature);
        let arguments = arguments(signature);
        let mut bodies = Vec::new();
        if signature.receiver().is_none() {
            return bodies;
        }
        for (field, ty) in &self.fields {
            let bare = name.strip_prefix("get_").unwrap_or(&name);
            if field == bare && arguments.is_empty() {
                bodies.push((self.read(field, ty, &returned), 90));
            }
            let inner = super::case::words(ty).last().unwrap_or_default().to_owned();
            let has = self.case.ground.functions.iter().any(|function| {
                function.signature.ident == name && function.self_type().as_deref() == Some(&inner)
            });
            if has && inner != self.own {
                bodies.push((format!("self.{field}.{name}({})", arguments.join(", ")), 70));
            }
        }
        bodies
    }

    /// A field as a value of the type that is returned.
    fn read(&self, field: &str, ty: &str, returned: &str) -> String {
        if returned.starts_with("&mut") {
            return format!("&mut self.{field}");
        }
        if returned.starts_with('&') {
            return format!("&self.{field}");
        }
        if is_number(returned) && is_number(ty) && returned != ty {
            return format!("self.{field} as {returned}");
        }
        if is_copy(self.case.ground, ty) { format!("self.{field}") } else { format!("self.{field}.clone()") }
    }

    /// What other implementations of the trait do, with their names exchanged for ours.
    fn siblings(&self, signature: &syn::Signature) -> Vec<Guess> {
        let mut bodies = Vec::new();
        for (sheet, node) in self.others() {
            let theirs = last_name(&node.self_ty).unwrap_or_default();
            for item in &node.items {
                if let syn::ImplItem::Fn(method) = item
                    && method.sig.ident == signature.ident
                {
                    let text = inside(sheet, &method.block);
                    bodies.extend(self.translated(&text, &theirs));
                }
            }
        }
        bodies
    }

    /// Other implementations of the same trait, the nearest first.
    fn others(&self) -> Vec<(&'g Sheet, &'g syn::ItemImpl)> {
        let here = self.found.sheet.range(self.found.node).start;
        let same = |found: &&Found<'g, syn::ItemImpl>| {
            let path = found.node.trait_.as_ref().and_then(|(_, path, _)| path.segments.last());
            let own =
                found.sheet.path == self.found.sheet.path && found.sheet.range(found.node).start == here;
            path.is_some_and(|last| last.ident == self.contract) && !own
        };
        let mut others: Vec<_> = self.case.ground.impls.iter().filter(same).collect();
        others.sort_by_key(|found| {
            (found.sheet.path != self.found.sheet.path, found.sheet.range(found.node).start.abs_diff(here))
        });
        others.into_iter().map(|found| (found.sheet, found.node)).collect()
    }

    /// A body of another type as one of ours: names of the type, and fields by name or else by type and place.
    fn translated(&self, body: &str, theirs: &str) -> Vec<Guess> {
        let own: Vec<&str> = self.fields.iter().map(|(name, _)| name.as_str()).collect();
        let their_fields = self.case.ground.fields(theirs);
        let used: Vec<&(String, String)> =
            their_fields.iter().filter(|(name, _)| body.contains(&format!("self.{name}"))).collect();
        let renamed_type = rebound(body, theirs, &self.own);
        let certain = if renamed_type.is_empty() { 62 } else { 82 };
        let bodies = if renamed_type.is_empty() { vec![body.to_owned()] } else { renamed_type };
        if used.iter().all(|(name, _)| own.contains(&name.as_str())) {
            let constant = used.is_empty() && certain == 62;
            let certainty = if constant { 46 } else { certain };
            return bodies.into_iter().take(3).map(|body| (body, certainty)).collect();
        }
        let pairs = self.pairs(&used);
        let complete = pairs.len() == used.len();
        let text = |body: &String| {
            if complete { self_renamed(body, &pairs) } else { shortened(body, &used, &pairs) }
        };
        bodies.iter().take(2).map(|body| (text(body), if complete { 58 } else { 42 })).collect()
    }

    /// Their fields with ours of the same type, in order.
    fn pairs(&self, used: &[&(String, String)]) -> Vec<(String, String)> {
        let mut left: Vec<&(String, String)> = self.fields.iter().collect();
        let mut pairs = Vec::new();
        for (name, ty) in used {
            if let Some(at) = left.iter().position(|(own, known)| own == name || known == ty) {
                pairs.push((name.clone(), left.remove(at).0.clone()));
            }
        }
        pairs
    }

    /// What methods of the standard library's traits do.
    fn known(&self, signature: &syn::Signature) -> Vec<Guess> {
        let list = |part: &dyn Fn(&str) -> String, separator: &str| {
            self.fields.iter().map(|(name, _)| part(name)).collect::<Vec<_>>().join(separator)
        };
        let tuple = self.fields.iter().any(|(name, _)| name.starts_with(|c: char| c.is_ascii_digit()));
        let build =
            |values: String| if tuple { format!("Self({values})") } else { format!("Self {{ {values} }}") };
        let value =
            |name: &str, value: &str| if tuple { value.to_owned() } else { format!("{name}: {value}") };
        let operator = match signature.ident.to_string().as_str() {
            "partial_cmp" => return vec![("Some(self.cmp(other))".to_owned(), 86)],
            "cmp" => {
                let mut parts = self.fields.iter().map(|(name, _)| format!("self.{name}.cmp(&other.{name})"));
                let first = parts.next().unwrap_or_default();
                let chain = parts.fold(first, |chain, part| format!("{chain}.then_with(|| {part})"));
                return vec![
                    (chain, 60),
                    ("self.partial_cmp(other).unwrap_or(std::cmp::Ordering::Equal)".to_owned(), 50),
                ];
            }
            "eq" => return vec![(list(&|name| format!("self.{name} == other.{name}"), " && "), 80)],
            "clone" => {
                return vec![(build(list(&|name| value(name, &format!("self.{name}.clone()")), ", ")), 84)];
            }
            "default" => {
                let default = |name: &str| value(name, "Default::default()");
                return vec![(build(list(&default, ", ")), 60), ("Self::new()".to_owned(), 58)];
            }
            "hash" => {
                return vec![(list(&|name| format!("self.{name}.hash(state)"), ";\n        ") + ";", 80)];
            }
            "fmt" => return self.display(),
            "deref" | "as_ref" | "borrow" => return self.first_field("&self."),
            "deref_mut" | "as_mut" => return self.first_field("&mut self."),
            "from" => return vec![(build("value".to_owned()), 40)],
            "drop" => return Vec::new(),
            "add" => "+",
            "sub" => "-",
            "mul" => "*",
            "div" => "/",
            "rem" => "%",
            _ => return Vec::new(),
        };
        let other = arguments(signature).into_iter().next().unwrap_or_else(|| "rhs".to_owned());
        let part = |name: &str| value(name, &format!("self.{name} {operator} {other}.{name}"));
        vec![(build(list(&part, ", ")), 70)]
    }

    fn display(&self) -> Vec<Guess> {
        let only = self.fields.first().map(|(name, _)| (format!("write!(f, \"{{}}\", self.{name})"), 40));
        only.into_iter().collect()
    }

    fn first_field(&self, before: &str) -> Vec<Guess> {
        self.fields.iter().map(|(name, _)| (format!("{before}{name}"), 60)).collect()
    }

    /// Guesses of a number from the numbers that the type holds.
    fn formulas(&self, signature: &syn::Signature) -> Vec<Guess> {
        let returned = returned(signature);
        if !is_number(&returned) || signature.receiver().is_none() {
            return Vec::new();
        }
        let numbers: Vec<String> =
            self.fields
                .iter()
                .filter(|(_, ty)| is_number(ty))
                .map(|(name, ty)| {
                    if *ty == returned {
                        format!("self.{name}")
                    } else {
                        format!("self.{name} as {returned}")
                    }
                })
                .collect();
        let two = if returned.starts_with('f') { "2.0" } else { "2" };
        let pi = format!("std::{returned}::consts::PI");
        let (sum, product) = (numbers.join(" + "), numbers.join(" * "));
        let mut bodies = match numbers.as_slice() {
            [] => return Vec::new(),
            [only] => vec![(only.clone(), 44), (format!("{only} * {only}"), 40)],
            _ => vec![(sum.clone(), 40), (product, 40), (format!("{two} * ({sum})"), 41)],
        };
        if let [only] = numbers.as_slice() {
            let whole = |factor: &str| factor.replace('#', if returned.starts_with('f') { ".0" } else { "" });
            bodies.extend(["2#", "3#", "4#", "6#"].map(|factor| (format!("{} * {only}", whole(factor)), 30)));
            if returned.starts_with('f') {
                bodies.push((format!("{pi} * {only} * {only}"), 39));
                bodies.push((format!("2.0 * {pi} * {only}"), 38));
            }
        } else {
            bodies.extend(numbers.iter().map(|number| (number.clone(), 32)));
        }
        bodies
    }

    /// An associated type, read from what the methods return or take.
    fn types(&self, name: &str) -> Vec<Guess> {
        let mut types: Vec<(String, u8)> = Vec::new();
        for item in &self.found.node.items {
            let syn::ImplItem::Fn(method) = item else { continue };
            let syn::ReturnType::Type(_, output) = &method.sig.output else { continue };
            let text = self.case.sheet.slice(output).to_owned();
            types.extend(part(name, &text).map(|ty| (ty, 90)));
        }
        for (sheet, node) in self.others() {
            let theirs = last_name(&node.self_ty).unwrap_or_default();
            for item in &node.items {
                if let syn::ImplItem::Type(known) = item
                    && known.ident == name
                {
                    let text = sheet.slice(&known.ty).to_owned();
                    let own = rebound(&text, &theirs, &self.own).into_iter().next().unwrap_or(text);
                    types.push((own, 60));
                }
            }
        }
        types.push(("Self".to_owned(), 30));
        types.extend(self.fields.iter().map(|(_, ty)| (ty.clone(), 28)));
        types.into_iter().map(|(ty, certainty)| (format!("type {name} = {ty};"), certainty)).collect()
    }

    fn constants(&self, name: &str, ty: &str) -> Vec<Guess> {
        let mut values: Vec<(String, u8)> = Vec::new();
        for (sheet, node) in self.others() {
            let theirs = last_name(&node.self_ty).unwrap_or_default();
            for item in &node.items {
                if let syn::ImplItem::Const(known) = item
                    && known.ident == name
                {
                    let text = sheet.slice(&known.expr).to_owned();
                    let named = rebound(&text, &theirs, &self.own);
                    values.extend(named.iter().take(3).map(|value| (value.clone(), 84)));
                    if named.is_empty() {
                        values.push((text, 44));
                    }
                }
            }
        }
        if ty == "usize" {
            values.push((self.fields.len().to_string(), 30));
        }
        values.extend(default_of(self.case.ground, ty).map(|value| (value, 26)));
        values
            .into_iter()
            .map(|(value, certainty)| (format!("const {name}: {ty} = {value};"), certainty))
            .collect()
    }

    /// The edit that puts items at the end of the implementation; types and constants at its start.
    fn with_items(&self, guesses: &[&Guess]) -> Offer {
        let sheet = self.found.sheet;
        let braces = sheet.range(&self.found.node.brace_token.span.join());
        let outer = sheet.indent(sheet.range(&self.found.node.impl_token).start);
        let inner = format!("{outer}    ");
        let indented = |text: &str| text.replace('\n', &format!("\n{outer}"));
        let mut edits = Vec::new();
        let mut end = String::new();
        let mut head = String::new();
        for (text, _) in guesses {
            let place =
                if text.starts_with("type ") || text.starts_with("const ") { &mut head } else { &mut end };
            place.push_str(&format!("{inner}{}\n", indented(text)));
        }
        let empty = self.found.node.items.is_empty();
        if !head.is_empty() {
            edits.push((braces.start + 1..braces.start + 1, format!("\n{}", head.trim_end_matches('\n'))));
        }
        if !end.is_empty() || empty {
            let inside = sheet.cut(&(braces.start + 1..braces.end - 1));
            let at = braces.start + 1 + inside.trim_end().len();
            let line = if empty && head.is_empty() { "\n" } else { "\n\n" };
            let line = if end.is_empty() { "" } else { line };
            let text = format!("{line}{}\n{outer}", end.trim_end_matches('\n'));
            edits.push((at..braces.end - 1, text));
        }
        let certainty = guesses.iter().map(|(_, certainty)| *certainty).min().unwrap_or(0);
        // Two edits at one place would stand in an order that nobody asked for.
        if let [(first, head), (second, end)] = edits.as_slice()
            && first.end == second.start
        {
            edits = vec![(first.start..second.end, format!("{head}{end}"))];
        }
        super::case::offer(sheet, self.case.code, "item", certainty, edits)
    }
}

/// E0277 `Type: Trait`, both of the tree: the methods are there but belong to no trait, or the implementation is missing
/// as a whole.
pub(super) fn implemented(case: &Case<'_>) -> Vec<Offer> {
    let mut offers = Vec::new();
    let pairs: BTreeSet<(String, String)> = case.texts().flat_map(super::case::bounds).collect();
    for (own, wanted) in pairs.iter().filter(|(own, _)| case.ground.is_local(own)) {
        let Some(contract) = case.ground.traits.iter().find(|found| found.node.ident == wanted) else {
            continue;
        };
        offers.extend(promoted(case, own, contract));
        let holder = case.ground.structure(own).map(|found| (found.sheet, found.sheet.range(found.node).end));
        let holder = holder.or_else(|| {
            case.ground.choice(own).map(|found| (found.sheet, found.sheet.range(found.node).end))
        });
        if let Some((sheet, end)) = holder {
            let text = format!("\n\nimpl {wanted} for {own} {{}}");
            offers.push(super::case::offer(sheet, case.code, "impl", 50, vec![(end..end, text)]));
        }
    }
    offers
}

/// An inherent `impl` of nothing but the trait's methods as an implementation of the trait.
fn promoted(case: &Case<'_>, own: &str, contract: &Found<'_, syn::ItemTrait>) -> Option<Offer> {
    let names: BTreeSet<String> = contract
        .node
        .items
        .iter()
        .filter_map(|item| match item {
            syn::TraitItem::Fn(item) => Some(item.sig.ident.to_string()),
            _ => None,
        })
        .collect();
    let fits = |found: &&Found<'_, syn::ItemImpl>| {
        let methods = found.node.items.iter().all(|item| match item {
            syn::ImplItem::Fn(method) => names.contains(&method.sig.ident.to_string()),
            _ => false,
        });
        let inherent = found.node.trait_.is_none() && last_name(&found.node.self_ty).as_deref() == Some(own);
        inherent && methods && !found.node.items.is_empty()
    };
    let found = case.ground.impls.iter().find(fits)?;
    let start = found.sheet.range(&found.node.self_ty).start;
    let mut edits = vec![(start..start, format!("{} for ", contract.node.ident))];
    for item in &found.node.items {
        if let syn::ImplItem::Fn(method) = item
            && !matches!(method.vis, syn::Visibility::Inherited)
        {
            let visibility = found.sheet.range(&method.vis).start;
            edits.push((visibility..found.sheet.range(&method.sig).start, String::new()));
        }
    }
    Some(super::case::offer(found.sheet, case.code, "impl", 75, edits))
}

/// A method from its signature and its body.
fn method(signature: &str, body: &str) -> String {
    let signature = signature.trim().trim_end_matches(';');
    format!("{signature} {{\n        {body}\n    }}")
}

/// A signature in which the compiler left out the names of the parameters.
fn named(signature: &str, method: &str) -> String {
    let first = match method {
        "fmt" => "f",
        "hash" => "state",
        "from_str" => "text",
        "cmp" | "partial_cmp" | "eq" => "other",
        "add" | "sub" | "mul" | "div" | "rem" => "rhs",
        "index" | "index_mut" => "index",
        _ => "value",
    };
    let mut text = signature.to_owned();
    for number in 1.. {
        let open = ["(_: ", ", _: "].iter().find_map(|open| text.find(open).map(|at| at + open.len() - 3));
        let Some(at) = open else { break };
        let name = if number == 1 { first.to_owned() } else { format!("{first}_{number}") };
        text.replace_range(at..at + 1, &name);
    }
    text
}

fn plain(value: String) -> String {
    if value == "()" { String::new() } else { value }
}

fn returned(signature: &syn::Signature) -> String {
    match &signature.output {
        syn::ReturnType::Type(_, ty) => type_text(ty),
        syn::ReturnType::Default => String::new(),
    }
}

/// The names of the arguments behind the receiver.
fn arguments(signature: &syn::Signature) -> Vec<String> {
    let names = signature.inputs.iter().filter_map(|input| match input {
        syn::FnArg::Typed(typed) => match typed.pat.as_ref() {
            syn::Pat::Ident(name) => Some(name.ident.to_string()),
            _ => None,
        },
        syn::FnArg::Receiver(_) => None,
    });
    names.collect()
}

/// The text between the braces of a block, from its first to its last statement.
fn inside(sheet: &Sheet, block: &syn::Block) -> String {
    let braces = sheet.range(&block.brace_token.span.join());
    sheet.cut(&(braces.start + 1..braces.end.saturating_sub(1))).trim().to_owned()
}

/// `self.a` with other fields for those that have a pair.
fn self_renamed(body: &str, pairs: &[(String, String)]) -> String {
    let marked = body.replace("self.", "self .");
    let parts: Vec<String> = marked
        .split("self .")
        .enumerate()
        .map(|(at, part)| {
            let end = part.find(|c: char| c != '_' && !c.is_alphanumeric()).unwrap_or(part.len());
            if at == 0 { part.to_owned() } else { renamed(&part[..end], pairs) + &part[end..] }
        })
        .collect();
    parts.join("self.")
}

/// A sum or product that names more fields than we have, without those we lack.
fn shortened(body: &str, used: &[&(String, String)], pairs: &[(String, String)]) -> String {
    let mut text = body.to_owned();
    for (name, _) in used.iter().filter(|(name, _)| !pairs.iter().any(|(from, _)| from == name)) {
        for operator in [" + ", " * ", " - ", " && ", " || "] {
            text = text.replace(&format!("{operator}self.{name}"), "");
            text = text.replace(&format!("self.{name}{operator}"), "");
        }
    }
    self_renamed(&text, pairs)
}

/// The part of a return type that an associated type stands for.
fn part(name: &str, returned: &str) -> Option<String> {
    let argument = |at: usize| -> Option<String> {
        let ty: syn::Type = syn::parse_str(returned).ok()?;
        let syn::Type::Path(path) = ty else { return None };
        let syn::PathArguments::AngleBracketed(list) = &path.path.segments.last()?.arguments else {
            return None;
        };
        match list.args.iter().nth(at)? {
            syn::GenericArgument::Type(ty) => Some(type_text(ty)),
            _ => None,
        }
    };
    let found = match name {
        "Err" | "Error" => argument(1),
        "Item" => argument(0),
        "Target" | "Output" => Some(returned.trim_start_matches('&').trim_start_matches("mut ").to_owned()),
        _ => None,
    };
    found.filter(|ty| !ty.contains("Self::"))
}
