//! Arguments and bindings that are changed but were not declared so.

use crate::propose::draft::{Draft, Fault, Repair, quoted, references};

/// E0384, E0594 and E0596: rustc's own suggestion edits the signature, which is not ours to change.
pub(super) fn repairs(draft: &Draft<'_>, fault: &Fault<'_>) -> Vec<Repair> {
    let rule = format!("{}-rebind", fault.code);
    let Some(place) = quoted(fault.message()).into_iter().next() else { return Vec::new() };
    let name = place.trim_start_matches('*').split(['.', '[']).next().unwrap_or_default();
    let Some(ty) = draft.parameter_type(name) else { return Vec::new() };
    let (count, pointee) = references(&ty);
    let rebind = |value: String| Repair::insert(&rule, 0, format!("\n    let mut {name} = {value};"));
    if count == 0 || !fault.message().contains("behind a `&` reference") {
        return vec![rebind(name.to_owned())];
    }
    let own = match pointee {
        "str" => "to_owned",
        slice if slice.starts_with('[') => "to_vec",
        _ => "clone",
    };
    vec![rebind(format!("{name}.{own}()"))]
}
