//! Values that may stand at a place: a variable of that name or type, a field, or what a type has to start with.

use super::case::Case;
use super::ground::{Function, Ground};

/// What is wanted at a place.
pub(super) struct Wanted<'a> {
    /// The name of the parameter or field it is for.
    pub(super) name: Option<&'a str>,
    /// Its type as text; `value` when nothing is known.
    pub(super) ty: &'a str,
}

/// Values with their certainty, best first.
pub(super) fn values(case: &Case<'_>, wanted: &Wanted<'_>) -> Vec<(String, u8)> {
    let mut values = Vec::new();
    if let Some(function) = case.function() {
        values.extend(by_name(case, &function, wanted));
        values.extend(by_type(case, &function, wanted.ty));
    }
    values.extend(default_of(case.ground, wanted.ty).map(|value| (value, 60)));
    let mut seen = std::collections::BTreeSet::new();
    values.retain(|(value, _)| seen.insert(value.clone()));
    values.sort_by_key(|(_, certainty)| std::cmp::Reverse(*certainty));
    values
}

fn by_name(case: &Case<'_>, function: &Function<'_>, wanted: &Wanted<'_>) -> Vec<(String, u8)> {
    let Some(name) = wanted.name else { return Vec::new() };
    let variables = variables(case, function);
    let mut values = Vec::new();
    if let Some((_, ty)) = variables.iter().find(|(variable, _)| variable == name) {
        values.push((converted(name, ty.as_deref(), wanted.ty), 85));
    }
    let fields = function.self_type().map(|ty| case.ground.fields(&ty)).unwrap_or_default();
    let of_self = function.signature.receiver().and_then(|_| fields.iter().find(|(field, _)| field == name));
    if let Some((_, ty)) = of_self {
        let value = format!("self.{name}");
        values.push((if is_copy(case.ground, ty) { value } else { format!("{value}.clone()") }, 66));
    }
    values
}

fn by_type(case: &Case<'_>, function: &Function<'_>, ty: &str) -> Vec<(String, u8)> {
    let plain = ty.replace(' ', "");
    let same = |(name, known): &(String, Option<String>)| {
        (known.as_deref()?.replace(' ', "") == plain).then(|| (name.clone(), 58))
    };
    variables(case, function).iter().filter_map(same).collect()
}

/// A variable as a value of the type that is wanted.
fn converted(name: &str, from: Option<&str>, to: &str) -> String {
    match (from, to) {
        (Some("&str"), "String") => format!("{name}.to_string()"),
        (Some("String"), "&str") => format!("&{name}"),
        (Some(from), to) if from.strip_prefix('&').is_some_and(|from| from == to) => {
            format!("{name}.clone()")
        }
        _ => name.to_owned(),
    }
}

/// Parameters and the variables of earlier `let`s, with their types where these are written down.
pub(super) fn variables(case: &Case<'_>, function: &Function<'_>) -> Vec<(String, Option<String>)> {
    let before = case.at().start;
    let mut variables: Vec<(String, Option<String>)> =
        function.parameters().into_iter().map(|(name, ty)| (name, Some(ty))).collect();
    let range = function.range();
    for found in case.ground.blocks.iter().filter(|found| found.sheet.path == function.sheet.path) {
        let block = found.sheet.range(found.node);
        if block.start < range.start || block.end > range.end || block.start > before || block.end <= before {
            continue;
        }
        for statement in &found.node.stmts {
            if let syn::Stmt::Local(local) = statement
                && found.sheet.range(local).end <= before
            {
                variables.extend(pattern_names(&local.pat));
            }
        }
    }
    variables
}

/// The names a pattern binds, with a type where one is written.
pub(super) fn pattern_names(pattern: &syn::Pat) -> Vec<(String, Option<String>)> {
    match pattern {
        syn::Pat::Ident(name) => vec![(name.ident.to_string(), None)],
        syn::Pat::Type(typed) => {
            let ty = super::ground::type_text(&typed.ty);
            pattern_names(&typed.pat).into_iter().map(|(name, _)| (name, Some(ty.clone()))).collect()
        }
        syn::Pat::Tuple(tuple) => tuple.elems.iter().flat_map(pattern_names).collect(),
        syn::Pat::TupleStruct(tuple) => tuple.elems.iter().flat_map(pattern_names).collect(),
        syn::Pat::Struct(fields) => {
            fields.fields.iter().flat_map(|field| pattern_names(&field.pat)).collect()
        }
        syn::Pat::Reference(inner) => pattern_names(&inner.pat),
        syn::Pat::Paren(inner) => pattern_names(&inner.pat),
        syn::Pat::Slice(slice) => slice.elems.iter().flat_map(pattern_names).collect(),
        syn::Pat::Or(or) => or.cases.first().map(pattern_names).unwrap_or_default(),
        _ => Vec::new(),
    }
}

/// Whether values of a type can be copied, as far as the tree says.
pub(super) fn is_copy(ground: &Ground<'_>, ty: &str) -> bool {
    if crate::propose::draft::is_number(ty) || matches!(ty, "bool" | "char" | "()") {
        return true;
    }
    if ty.starts_with('&') {
        return !ty.starts_with("&mut");
    }
    if let Some(inner) = ty.strip_prefix("Option<").and_then(|rest| rest.strip_suffix('>')) {
        return is_copy(ground, inner);
    }
    if let Some(inner) = ty.strip_prefix('[').and_then(|rest| rest.split(';').next()) {
        return ty.contains(';') && is_copy(ground, inner);
    }
    if matches!(ty, "Duration" | "Instant" | "Ordering") {
        return true;
    }
    let derives =
        |attributes: &[syn::Attribute]| super::derive::derived(attributes).iter().any(|d| d == "Copy");
    ground.structure(ty).is_some_and(|found| derives(&found.node.attrs))
        || ground.choice(ty).is_some_and(|found| derives(&found.node.attrs))
}

/// The value that a type starts with; `None` for references and for what nobody knows.
pub(super) fn default_of(ground: &Ground<'_>, ty: &str) -> Option<String> {
    let ty = ty.trim();
    let own = |text: &str| Some(text.to_owned());
    match ty {
        "f32" | "f64" | "{float}" => return own("0.0"),
        "bool" => return own("false"),
        "String" => return own("String::new()"),
        "&str" | "&'static str" => return own("\"\""),
        "char" => return own("'\\0'"),
        "()" | "" => return own("()"),
        "Duration" => return own("Duration::ZERO"),
        "Ordering" => return own("Ordering::Equal"),
        number if crate::propose::draft::is_number(number) => return own("0"),
        _ => {}
    }
    let head = ty.split('<').next().unwrap_or_default().rsplit("::").next().unwrap_or_default();
    match head {
        "Option" => return own("None"),
        "PhantomData" => return own("PhantomData"),
        "Vec" | "HashMap" | "HashSet" | "BTreeMap" | "BTreeSet" | "VecDeque" | "BinaryHeap" | "PathBuf" => {
            return Some(format!("{head}::new()"));
        }
        "Result" if ty.starts_with("Result<(),") => return own("Ok(())"),
        _ => {}
    }
    if ty.starts_with('&') || ty.starts_with("dyn") || ty.contains("impl ") || ty == "value" {
        return None;
    }
    let constructor = |function: &&Function<'_>| {
        function.signature.ident == "new"
            && function.signature.inputs.is_empty()
            && function.self_type().as_deref() == Some(head)
    };
    if ground.functions.iter().any(|function| constructor(&function)) {
        return Some(format!("{head}::new()"));
    }
    own("Default::default()")
}
