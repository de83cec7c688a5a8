//! The set of functions under `benches/functions` is what the measurements take it for.

#[path = "../../benches/functions/differential.rs"]
pub(super) mod differential;
#[path = "../../benches/functions/fill.rs"]
mod fill;
#[path = "../../benches/functions/measurement.rs"]
mod measurement;
#[path = "../../benches/functions/set.rs"]
pub(super) mod set;
#[path = "../../benches/functions/table.rs"]
mod table;
#[path = "../../benches/functions/timed.rs"]
mod timed;

use std::collections::BTreeMap;
use std::path::{Path, PathBuf};
use std::time::Duration;

use differential::{Agreement, Built};
use fill::{Fill, FillOutcome, References, Tool};
use measurement::{Measurement, Setting, measure};
use set::{Function, Level};

/// Generated inputs of each function.
const INPUTS: usize = 1000;

pub(super) fn rustc() -> PathBuf {
    std::env::var_os("RUSTC").map_or("rustc".into(), PathBuf::from)
}

pub(super) fn functions() -> Vec<Function> {
    set::load(&set::directory()).unwrap()
}

pub(super) fn mutants_file(function: &Function) -> PathBuf {
    function.directory.join("mutants.rs")
}

/// The names of the wrong variants of a function: the public modules of its `mutants.rs`.
pub(super) fn mutants(function: &Function) -> Vec<String> {
    let text = std::fs::read_to_string(mutants_file(function)).unwrap();
    let public_module = |item| match item {
        syn::Item::Mod(module) if matches!(module.vis, syn::Visibility::Public(_)) => {
            Some(module.ident.to_string())
        }
        _ => None,
    };
    syn::parse_file(&text).unwrap().items.into_iter().filter_map(public_module).collect()
}

pub(super) fn examples(function: &Function, implementation: &str) -> String {
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
            ("mutants", mutants_file(function)),
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
        assert_eq!(
            found,
            [function.inputs(), mutants_file(&function), function.reference(), function.spec()]
        );
    }
}

#[test]
fn every_spec_is_read_by_the_tool() {
    for function in functions() {
        let text = std::fs::read_to_string(function.spec()).unwrap();
        let problems = cargo_gryph::spec::parse(&text, &format!("{}/spec.toml", function.name)).err();
        assert!(problems.is_none(), "{problems:#?}");
    }
}

const PLENTY: Duration = Duration::from_secs(60);

/// Compares `accepted` with the reference of the easy function `digit_sum`.
fn compare_digit_sum(accepted: &str, limit: Duration) -> Agreement {
    let functions = functions();
    let function = functions.iter().find(|function| function.name == "digit_sum").unwrap();
    differential::differential(&rustc(), function, accepted, limit).unwrap()
}

fn reads_number_as(expression: &str) -> String {
    format!("//! Digits.\n\npub fn digit_sum(number: i64) -> u32 {{ {expression} }}\n")
}

#[test]
fn differential_lets_a_right_body_pass() {
    let right =
        reads_number_as("number.unsigned_abs().to_string().bytes().map(|b| u32::from(b - b'0')).sum()");
    assert_eq!(compare_digit_sum(&right, PLENTY), Agreement::Agrees { inputs: INPUTS });
}

#[test]
fn differential_reports_the_first_difference() {
    let overflows = reads_number_as("number.abs().to_string().bytes().map(|b| u32::from(b - b'0')).sum()");
    let (input, expected, actual) = (i64::MIN.to_string(), "89".to_string(), "panic".to_string());
    assert_eq!(
        compare_digit_sum(&overflows, PLENTY),
        Agreement::Differs { index: 2, input, expected, actual }
    );
}

#[test]
fn differential_takes_no_answer_and_no_program_for_a_refusal() {
    let exits =
        reads_number_as("println!(\"agrees 1000 \"); if number < 1 { 0 } else { std::process::exit(0) }");
    assert!(matches!(compare_digit_sum(&exits, PLENTY), Agreement::NoAnswer { index: Some(1), .. }));
    let hoards = reads_number_as(
        "let hoard = std::hint::black_box(Vec::<u8>::with_capacity(2 << 30));
         number.unsigned_abs().to_string().bytes().map(|b| u32::from(b - b'0')).sum::<u32>() + hoard.len() as u32",
    );
    assert!(matches!(compare_digit_sum(&hoards, PLENTY), Agreement::NoAnswer { index: Some(0), .. }));
    let endless = reads_number_as("loop { std::hint::spin_loop() }");
    let agreement = compare_digit_sum(&endless, Duration::from_secs(1));
    assert_eq!(agreement, Agreement::NoAnswer { index: Some(0), ended: "time limit".to_string() });
    let foreign = reads_number_as("number.digits().sum()");
    assert!(matches!(compare_digit_sum(&foreign, PLENTY), Agreement::DoesNotCompile { .. }));
}

/// Fills every function with the same text, or with none.
struct Same(Option<&'static str>);

impl Fill for Same {
    fn fill(&mut self, _spec: &Path, _seconds: u64, _seed: u64) -> FillOutcome {
        let accepted = self.0.map(str::to_string);
        let note = "gave `up`".to_string();
        FillOutcome { accepted, candidates: 3, compiled: 2, tokens: Some(40), note, ..FillOutcome::default() }
    }
}

#[test]
fn table_counts_what_was_accepted_and_what_of_it_is_wrong() {
    let setting = Setting { model: "none".to_string(), seconds: 60, seed: 7 };
    let functions: Vec<Function> = functions()
        .into_iter()
        .filter(|function| ["digit_sum", "max_gap", "evaluate"].contains(&&*function.name))
        .collect();
    let mut wrong = Same(Some("pub fn max_gap(_values: &[i64]) -> u64 { 0 }"));
    let mut nobody = Same(None);
    let fills: [&mut dyn Fill; 3] = [&mut References, &mut wrong, &mut nobody];
    let mut measurements: Vec<Measurement> = functions
        .iter()
        .zip(fills)
        .map(|(function, fill)| measure(fill, &rustc(), function, &setting).unwrap())
        .collect();
    measurements.iter_mut().for_each(|measurement| measurement.elapsed = 1.5);

    insta::assert_snapshot!(table::table(&setting, &measurements.iter().collect::<Vec<_>>()), @r"
    ### none, 60 s a function, seed 7

    | function | level | accepted | wrong | candidates | compiled as sampled | compiled after repair | tokens | seconds |
    |---|---|--:|--:|--:|--:|--:|--:|--:|
    | `digit_sum` | easy | 1 | 0 | 1 | – | 1 | – | 1.5 |
    | `max_gap` | easy | 1 | 1 | 3 | – | 2 | 40 | 1.5 |
    | `evaluate` | hard | 0 | 0 | 3 | – | 2 | 40 | 1.5 |
    | **total of 2** | **easy** | 2 | 1 | 4 | – | 3 | – | 3.0 |
    | **total of 1** | **hard** | 0 | 0 | 3 | – | 2 | 40 | 1.5 |
    | **total of 3** | **all** | 2 | 1 | 7 | – | 5 | – | 4.5 |

    Accepted and wrong:

    - `max_gap`: `input 2, [9223372036854775807, -9223372036854775808]: expected 18446744073709551615, got 0`

    Not accepted:

    - `evaluate`: `gave 'up'`
    ");

    let place = tempfile::tempdir().unwrap();
    let record = place.path().join("record");
    assert_eq!(measurement::recorded(&record).unwrap(), []);
    measurements.iter().for_each(|one| measurement::record(&record, one).unwrap());
    std::fs::write(&record, std::fs::read_to_string(&record).unwrap() + "{\"version\":1,").unwrap();
    measurement::record(&record, &measurements[0]).unwrap();
    measurements.push(measurements[0].clone());
    assert_eq!(measurement::recorded(&record).unwrap(), measurements);
}

/// Runs a script in place of the tool; `$5` is the path of the project.
#[cfg(unix)]
fn fill_by_script(script: &str) -> FillOutcome {
    let place = tempfile::tempdir().unwrap();
    let (text, program) = (place.path().join("text"), place.path().join("tool"));
    std::fs::write(&text, format!("#!/bin/sh\n{script}")).unwrap();
    // A file that this process has open for writing may be inherited by a child of another test, and is then "busy".
    let installed =
        std::process::Command::new("install").args(["-m", "755"]).args([&text, &program]).status();
    assert!(installed.unwrap().success());
    let function = functions().remove(0);
    let (model, arguments) = (Some("small".to_string()), vec!["--offline".to_string()]);
    Tool { program, model, arguments, grace: Duration::from_secs(30) }.fill(&function.spec(), 3, 9)
}

#[cfg(unix)]
#[test]
fn tool_is_asked_as_users_ask_and_its_events_are_read() {
    let script = r#"
mkdir -p "$5/src" && printf 'mod range;' > "$5/src/lib.rs"
echo "// ${1} ${2} ${4} ${6} ${7} ${8} ${9} ${10} ${11} ${12} ${13} ${14}" > "$5/src/range.rs"
echo 'pub fn clamp_to_range() {}' >> "$5/src/range.rs"
echo '{"reason":"hole-progress","hole":"range::clamp_to_range","candidates":4,"compiled":1}'
echo 'not an event'
echo '{"reason":"hole-accepted","candidates":9,"compiled":5,"tokens":77,"elapsed":{"secs":2,"nanos":500000000}}'
echo '{"reason":"run-finished","run":"r","exit_code":0,"message":"done"}'
"#;
    let asked = "// gryph new --path --max-time 3s --seed 9 --model small --message-format json --offline\n";
    let expected = FillOutcome {
        accepted: Some(format!("{asked}pub fn clamp_to_range() {{}}\n")),
        candidates: 9,
        compiled: 5,
        tokens: Some(77),
        elapsed: Duration::from_millis(2500),
        exit_code: Some(0),
        ..FillOutcome::default()
    };
    assert_eq!(fill_by_script(script), expected);
}

#[cfg(unix)]
#[test]
fn accepted_hole_of_a_run_that_did_not_end_well_is_not_accepted() {
    let script = r#"
mkdir -p "$5/src" && echo 'pub fn clamp_to_range() {}' > "$5/src/lib.rs"
echo '{"reason":"hole-accepted","candidates":9,"compiled":5,"elapsed":{"secs":2,"nanos":0}}'
echo '{"reason":"run-finished","run":"r","exit_code":100,"message":"the gate refused"}'
exit 100
"#;
    let outcome = fill_by_script(script);
    assert_eq!(
        (outcome.accepted, outcome.exit_code, outcome.note.as_str()),
        (None, Some(100), "the gate refused")
    );
}

#[cfg(unix)]
#[test]
fn open_hole_says_why() {
    let script = r#"
echo '{"reason":"hole-open","candidates":6,"compiled":0,"why":"nothing compiled","elapsed":{"secs":3,"nanos":0}}'
echo '{"reason":"run-finished","run":"r","exit_code":104,"message":"gave up"}'
exit 104
"#;
    let outcome = fill_by_script(script);
    assert_eq!((outcome.accepted, outcome.candidates, outcome.note.as_str()), (None, 6, "nothing compiled"));
}
