//! The test files of a module: one for what proposers see, one for what is held back.

use std::collections::BTreeSet;

use minijinja::{Value, context};

use crate::digest::Digest;
use crate::plan::{ModulePlan, Plan, TestKind, TestPlan, uses};

use super::is_held_back;

/// The values of a test file's template; `None` if the module has no such tests.
pub(super) fn values(module: &ModulePlan, plan: &Plan, held: bool) -> Option<Value> {
    let of_types = module.types.iter().map(|item| (&item.test_module, &item.tests));
    let of_functions = module.functions.iter().map(|function| (&function.test_module, &function.tests));
    let mut groups = Vec::new();
    let mut properties = false;
    for (name, tests) in of_types.chain(of_functions) {
        let tests: Vec<&TestPlan> = tests.iter().filter(|test| is_held_back(test.kind) == held).collect();
        if tests.is_empty() {
            continue;
        }
        properties |= tests.iter().any(|test| test.kind == TestKind::Property);
        groups.push(group(name, &tests, plan));
    }
    if groups.is_empty() {
        return None;
    }
    let title = if held {
        format!("Examples of `{}` that no proposer saw.", module.name)
    } else {
        format!("Examples and properties of `{}`.", module.name)
    };
    Some(context! { title => title, groups => groups, properties => properties, seed => seed(plan, module) })
}

/// A fixed seed per module, so that two modules do not try the same values.
fn seed(plan: &Plan, module: &ModulePlan) -> u32 {
    let digest = Digest::of_parts([plan.project.name.as_bytes(), module.name.as_bytes()]).to_string();
    u32::from_str_radix(&digest[..6], 16).unwrap_or_default()
}

fn group(name: &str, tests: &[&TestPlan], plan: &Plan) -> Value {
    let imports: BTreeSet<_> = tests.iter().flat_map(|test| test.imports.iter().cloned()).collect();
    let mut lines: Vec<String> =
        uses(&imports, &plan.project.crate_name(), 4).lines().map(str::to_owned).collect();
    let mut macros: BTreeSet<String> = tests
        .iter()
        .filter(|test| test.kind == TestKind::Property)
        .map(|test| test.assertion.macro_name("prop_assert"))
        .collect();
    if !macros.is_empty() {
        macros.insert("proptest".to_owned());
        let macros: Vec<String> = macros.into_iter().collect();
        lines.push(format!("    use proptest::{{{}}};", macros.join(", ")));
        lines.sort();
    }
    let tests: Vec<String> = tests.iter().map(|test| text(test)).collect();
    context! { name => name, uses => format!("{}\n", lines.join("\n")), tests => tests.join("\n") }
}

fn text(test: &TestPlan) -> String {
    if test.kind != TestKind::Property {
        let statement = test.assertion.statement(8, "assert");
        return format!("    #[test]\n    fn {}() {{\n{statement}    }}\n", test.name);
    }
    let parameters: Vec<String> = test.parameters.iter().map(|(name, ty)| format!("{name}: {ty}")).collect();
    let statement = test.assertion.statement(12, "prop_assert");
    format!(
        "    proptest! {{\n        #![proptest_config(super::config())]\n\n        #[test]\n        fn {}({}) \
         {{\n{statement}        }}\n    }}\n",
        test.name,
        parameters.join(", "),
    )
}
