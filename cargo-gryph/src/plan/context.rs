//! What a proposer may rely on: the source text around a hole.

use crate::hole::HoleId;
use crate::spec::{Function, Import};

use super::{FunctionPlan, ModulePlan, TypePlan, uses};

/// What stands around the function: the `use` lines of its file, the types it can name, and its neighbours.
pub(super) fn context(function: &Function, id: &HoleId, modules: &[ModulePlan]) -> String {
    let Some(own) = modules.iter().find(|module| module.name == function.path.module) else {
        return String::new();
    };
    let imports = own.imports();
    let mut parts = vec![uses(&imports, "crate", 0)];
    let in_scope = |module: &ModulePlan, item: &TypePlan| {
        module.name == own.name || imports.contains(&Import::Own(module.name.clone(), item.name.clone()))
    };
    for module in modules {
        for item in module.types.iter().filter(|item| in_scope(module, item)) {
            parts.push(item.item());
            let methods = module.functions.iter().filter(|one| one.owner.as_ref() == Some(&item.name));
            let methods: String = methods.filter(|one| one.hole != *id).map(FunctionPlan::outline).collect();
            if !methods.is_empty() {
                parts.push(format!("impl {} {{\n{methods}}}\n", item.name));
            }
        }
    }
    let free = own.functions.iter().filter(|one| one.owner.is_none() && one.hole != *id);
    parts.extend(free.map(FunctionPlan::outline));
    parts.retain(|part| !part.is_empty());
    parts.join("\n")
}
