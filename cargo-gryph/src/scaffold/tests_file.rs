//! The test files of a module: one for what proposers see, one for what is held back.

use std::collections::BTreeSet;

use minijinja::{Value, context};

use crate::digest::Digest;
use crate::plan::{Assertion, ModulePlan, Plan, Run, TestKind, TestPlan, uses};

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
    let runs = plan.commands.iter().any(|command| command.hole.0.starts_with(&format!("{}::", module.name)));
    let title = if held {
        format!("Examples of `{}` that no proposer saw.", module.name)
    } else {
        format!("Examples and properties of `{}`.", module.name)
    };
    Some(
        context! { title => title, groups => groups, properties => properties, runs => runs, name => plan.project.name.clone(), seed => seed(plan, module) },
    )
}

/// A fixed seed per module, so that two modules do not try the same values.
fn seed(plan: &Plan, module: &ModulePlan) -> u32 {
    let digest = Digest::of_parts([plan.project.name.as_bytes(), module.name.as_bytes()]).to_string();
    u32::from_str_radix(&digest[..6], 16).unwrap_or_default()
}

fn group(name: &str, tests: &[&TestPlan], plan: &Plan) -> Value {
    let imports: BTreeSet<_> =
        tests.iter().filter(|test| !is_run(test)).flat_map(|test| test.imports.iter().cloned()).collect();
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
    if tests.iter().any(|test| is_run(test)) {
        lines.push("    use super::run;".to_owned());
    }
    let texts: Vec<String> = tests.iter().map(|test| text(test)).collect();
    context! { name => name, uses => format!("{}\n", lines.join("\n")), tests => texts.join("\n") }
}

fn is_run(test: &TestPlan) -> bool {
    matches!(test.assertion, Assertion::Run(_))
}

/// A test that runs the program.
fn run_test(name: &str, run: &Run) -> String {
    let arguments: Vec<String> = run.arguments.iter().map(|argument| format!("{argument:?}")).collect();
    let list = array(&arguments);
    let exit = if run.fails { 1 } else { 0 };
    let mut lines = format!("        let input = {};\n", literal(&run.stdin));
    lines.push_str(&format!("        let expected = {};\n", literal(&run.stdout)));
    lines.push_str(&format!("        let output = run(&{list}, input);\n"));
    lines.push_str("        assert_eq!(output.stdout, expected);\n");
    lines.push_str(&match &run.stderr {
        Some(stderr) => {
            format!(
                "        let message = {};\n        assert_eq!(output.stderr, message);\n",
                literal(stderr)
            )
        }
        None if run.fails => "        assert!(output.stderr.starts_with(\"error: \"));\n".to_owned(),
        None => "        assert_eq!(output.stderr, \"\");\n".to_owned(),
    });
    lines.push_str(&format!("        assert_eq!(output.exit, Some({exit}));\n"));
    format!("    #[test]\n    fn {name}() {{\n{lines}    }}\n")
}

/// rustfmt's form of a list of strings inside a call.
fn array(items: &[String]) -> String {
    let joined = items.join(", ");
    if joined.len() <= 50 {
        return format!("[{joined}]");
    }
    let lines: String = items.iter().map(|item| format!("            {item},\n")).collect();
    format!("[\n{lines}        ]")
}

/// A string literal: on one line if short, else one line of text per line, which rustfmt leaves alone.
fn literal(text: &str) -> String {
    let short = format!("{text:?}");
    if short.len() <= 70 || !text.contains('\n') {
        return short;
    }
    let mut lines = String::from("\"\\\n");
    for (index, line) in text.split('\n').enumerate() {
        if index > 0 {
            lines.push('\n');
        }
        let line = format!("{line:?}");
        let line = &line[1..line.len() - 1];
        match line.strip_prefix(' ') {
            // A space after the escaped line end would be skipped.
            Some(rest) if index == 0 => lines.push_str(&format!("\\x20{rest}")),
            _ if index == 0 && line.is_empty() => lines.push_str("\\n\\"),
            _ => lines.push_str(line),
        }
    }
    lines.push('"');
    lines
}

fn text(test: &TestPlan) -> String {
    if let Assertion::Run(run) = &test.assertion {
        return run_test(&test.name, run);
    }
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
