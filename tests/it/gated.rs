//! Whole services as the real binary makes them, and the whole gate on each: nothing to find, and tests that run nine lines
//! in ten.

use serde_json::Value;

use crate::desk::{Desk, Said};
use crate::factory::{SERVICES, bodies};

/// The share of lines that tests have to run.
const LEAST_SHARE: f64 = 0.9;

/// Makes a service, with a person's yes where it wants one.
fn made(desk: &Desk, name: &str, spec: &str) {
    let (file, recording) = (format!("{name}.toml"), format!("{name}.jsonl"));
    desk.write(&file, spec);
    desk.record_bodies(&recording, &file, 1, bodies(spec));
    let said = desk.new_project(&file, name, &recording, &[]);
    let said = match said.code {
        Some(105) => {
            let words: Vec<&str> = said.err.split_whitespace().chain(said.out.split_whitespace()).collect();
            let yes = words.windows(2).find(|pair| pair[0] == "--approve");
            let tree = yes.unwrap_or_else(|| panic!("{name}: {said:?}"))[1];
            let yes = ["--resume", &said.run(), "--approve", tree.trim_matches('`'), "--by", "Ada"];
            desk.new_project(&file, name, &recording, &yes)
        }
        _ => said,
    };
    assert_eq!(said.code, Some(0), "{name}: {said:?}");
}

/// What the gate says of all that a service is.
fn judged(desk: &Desk, name: &str, flags: &[&str]) -> Said {
    let arguments = [&["gate", "--all", "--message-format", "json"], flags].concat();
    Said::of(desk.command(&arguments).current_dir(desk.path(name)).output().unwrap())
}

/// The share of lines that the tests ran, of a note such as `… the tests run 3001 of 3103 lines, …`.
fn share(objects: &[Value]) -> f64 {
    let notes = objects.iter().filter_map(|object| object["message"].as_str());
    let note = notes.filter_map(|note| note.split_once("the tests run ")).next_back().expect("a share").1;
    let mut words = note.split(' ');
    let mut count = |skipped: usize| words.nth(skipped).unwrap().parse::<f64>().unwrap();
    count(0) / count(1)
}

/// `GRYPH_GATED=all`, or some names; it needs the registry and ten minutes for each on two cores, three with
/// `GRYPH_GATED_FLAGS=--no-faults`, which are given to the gate.
#[test]
fn services_have_nothing_to_find_and_tests_that_run_nine_lines_in_ten() {
    let Ok(wanted) = std::env::var("GRYPH_GATED") else {
        println!("GRYPH_GATED is not set: nothing is made");
        return;
    };
    let flags = std::env::var("GRYPH_GATED_FLAGS").unwrap_or("--max-time 900s".to_owned());
    let flags: Vec<&str> = flags.split_whitespace().collect();
    let is_wanted = |name: &str| wanted == "all" || wanted.split(',').any(|one| one == name);
    let desk = Desk::new();
    for (name, spec) in SERVICES.iter().filter(|(name, _)| is_wanted(name)) {
        made(&desk, name, spec);
        let said = judged(&desk, name, &flags);
        let objects = said.objects();
        let findings: Vec<&Value> = objects.iter().filter(|object| object["reason"] == "finding").collect();
        assert!(findings.is_empty() && said.code == Some(0), "{name}: {findings:#?}\n{said:?}");
        let share = share(&objects);
        println!("{name}: {:.1} % of the lines", share * 100.0);
        assert!(share >= LEAST_SHARE, "{name}: {said:?}");
    }
}
