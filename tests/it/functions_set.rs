//! The set of functions under `benches/functions` is what the measurements take it for.

#[path = "../../benches/functions/differential.rs"]
mod differential;
#[path = "../../benches/functions/set.rs"]
mod set;

use std::collections::BTreeMap;
use std::path::PathBuf;
use std::time::Duration;

use differential::{Agreement, Built};
use set::{Function, Level};

/// Generated inputs of each function.
const INPUTS: usize = 1000;

fn rustc() -> PathBuf {
    std::env::var_os("RUSTC").map_or("rustc".into(), PathBuf::from)
}

fn functions() -> Vec<Function> {
    set::load(&set::directory()).unwrap()
}

/// The names of the wrong variants of a function: the public modules of its `mutants.rs`.
fn mutants(function: &Function) -> Vec<String> {
    let text = std::fs::read_to_string(function.mutants()).unwrap();
    let public_module = |item| match item {
        syn::Item::Mod(module) if matches!(module.vis, syn::Visibility::Public(_)) => {
            Some(module.ident.to_string())
        }
        _ => None,
    };
    syn::parse_file(&text).unwrap().items.into_iter().filter_map(public_module).collect()
}

fn examples(function: &Function, implementation: &str) -> String {
    let name = &function.name;
    let closures: Vec<String> = function.examples.iter().map(|example| format!("|| {example}")).collect();
    let closures = closures.join(", ");
    format!(
        "{{ use {name}::{implementation}::{name}; const EXAMPLES: &[fn() -> bool] = &[{closures}]; EXAMPLES }}"
    )
}

/// One program that asks every reference and every wrong variant of the set.
fn survey_text(functions: &[Function]) -> String {
    let mut modules = differential::prelude();
    let mut body = String::new();
    for function in functions {
        let name = &function.name;
        let files = [
            ("reference", function.reference()),
            ("inputs", function.inputs()),
            ("mutants", function.mutants()),
        ];
        let files = files.map(|(name, path)| differential::module(name, &path)).concat();
        modules += &format!("mod {name} {{\n{files}}}\n");
        let reference = format!("|input| {name}::inputs::call({name}::reference::{name}, input)");
        let shown = examples(function, "reference");
        body += &format!("let inputs = {name}::inputs::inputs();\n");
        body += &format!(
            "judge::survey({name:?}, &inputs, {name}::inputs::DISTINCT_OUTPUTS, {reference}, {shown});\n"
        );
        for mutant in mutants(function) {
            let shown = examples(function, &format!("mutants::{mutant}"));
            let call = format!("|input| {name}::inputs::call({name}::mutants::{mutant}::{name}, input)");
            body += &format!("judge::mutant(\"{name} {mutant}\", &inputs, {reference}, {call}, {shown});\n");
        }
    }
    format!("{modules}fn main() {{\n{body}}}\n")
}

/// The lines the survey prints: what a line is about, then its figures.
fn survey() -> Vec<(Vec<String>, Vec<usize>)> {
    let place = tempfile::tempdir().unwrap();
    let program = match differential::build(&rustc(), place.path(), &survey_text(&functions())).unwrap() {
        Built::Program(program) => program,
        Built::Failed(message) => panic!("{message}"),
    };
    let ran = differential::run(&program, &[], Duration::from_secs(60)).unwrap();
    assert!(ran.status.is_some_and(|status| status.success()), "the survey did not end well: {}", ran.stdout);
    let line = |line: &str| {
        let (words, figures): (Vec<&str>, Vec<&str>) =
            line.split(' ').partition(|word| word.parse::<usize>().is_err());
        let words = words.iter().map(|word| word.to_string()).collect();
        (words, figures.iter().map(|figure| figure.parse().unwrap()).collect())
    };
    ran.stdout.lines().map(line).collect()
}

/// One build and one run for all claims about references, inputs and wrong variants: they share the costly part.
#[test]
fn references_pass_their_examples_and_inputs_catch_wrong_variants() {
    let mut wrong = Vec::new();
    let mut caught: BTreeMap<String, usize> =
        functions().into_iter().map(|function| (function.name, 0)).collect();
    let mut subtle = 0;
    for (words, figures) in survey() {
        match (words.iter().map(String::as_str).collect::<Vec<_>>().as_slice(), figures.as_slice()) {
            (["reference", name], [passed, examples, inputs, asked, answers, least, commonest, panics]) => {
                println!(
                    "{name}: {asked} distinct inputs, {answers} distinct answers, commonest {commonest}"
                );
                let claims = [
                    ("passes its examples", passed == examples),
                    ("has 6 to 10 examples", (6..=10).contains(examples)),
                    ("has a thousand inputs", *inputs == INPUTS),
                    ("has 900 distinct inputs", *asked >= 900),
                    ("has as many distinct answers as it says", answers >= least),
                    ("has no answer to most inputs", *commonest <= INPUTS * 7 / 10),
                    ("does not panic", *panics == 0),
                ];
                wrong.extend(
                    claims
                        .iter()
                        .filter(|claim| !claim.1)
                        .map(|claim| format!("{name}: not true that it {}", claim.0)),
                );
            }
            (["mutant", name, mutant], [passed, examples, catching]) => {
                println!(
                    "{name}::{mutant}: passes {passed} of {examples} examples, caught by {catching} inputs"
                );
                subtle += usize::from(passed == examples);
                *caught.get_mut(*name).unwrap() += usize::from(*catching > 0);
                if *passed == 0 || *catching == 0 {
                    wrong.push(format!(
                        "{name}::{mutant}: passes {passed} examples, caught by {catching} inputs"
                    ));
                }
            }
            other => wrong.push(format!("the survey says {other:?}")),
        }
    }
    println!("{subtle} wrong variants pass all examples");
    wrong.extend(
        caught
            .iter()
            .filter(|(_, caught)| **caught < 2)
            .map(|(name, _)| format!("{name}: fewer than two caught")),
    );
    assert!(wrong.is_empty(), "{wrong:#?}");
}

#[test]
fn set_holds_eight_easy_ten_medium_and_six_hard_functions() {
    let functions = functions();
    let sizes = Level::ALL.map(|level| functions.iter().filter(|function| function.level == level).count());
    assert_eq!(sizes, [8, 10, 6]);
}

#[test]
fn every_function_has_its_four_files_and_no_other() {
    for function in functions() {
        let entries = std::fs::read_dir(&function.directory).unwrap();
        let mut found: Vec<PathBuf> = entries.map(|entry| entry.unwrap().path()).collect();
        found.sort();
        assert_eq!(found, [function.inputs(), function.mutants(), function.reference(), function.spec()]);
    }
}

/// Compares `accepted` with the reference of the easy function `digit_sum`.
fn compare_digit_sum(accepted: &str) -> Agreement {
    let functions = functions();
    let function = functions.iter().find(|function| function.name == "digit_sum").unwrap();
    differential::differential(&rustc(), function, accepted).unwrap()
}

fn reads_number_as(expression: &str) -> String {
    format!("//! Digits.\n\npub fn digit_sum(number: i64) -> u32 {{ {expression} }}\n")
}

#[test]
fn differential_lets_a_right_body_pass() {
    let right =
        reads_number_as("number.unsigned_abs().to_string().bytes().map(|b| u32::from(b - b'0')).sum()");
    assert_eq!(compare_digit_sum(&right), Agreement::Agrees { inputs: INPUTS });
}

#[test]
fn differential_reports_the_first_difference() {
    let overflows = reads_number_as("number.abs().to_string().bytes().map(|b| u32::from(b - b'0')).sum()");
    let (input, expected, actual) = (i64::MIN.to_string(), "89".to_string(), "panic".to_string());
    assert_eq!(compare_digit_sum(&overflows), Agreement::Differs { index: 2, input, expected, actual });
}

#[test]
fn differential_takes_no_answer_and_no_program_for_a_refusal() {
    let exits =
        reads_number_as("println!(\"agrees 1000 \"); if number < 1 { 0 } else { std::process::exit(0) }");
    assert!(matches!(compare_digit_sum(&exits), Agreement::NoAnswer { index: Some(1), .. }));
    let foreign = reads_number_as("number.digits().sum()");
    assert!(matches!(compare_digit_sum(&foreign), Agreement::DoesNotCompile { .. }));
}
