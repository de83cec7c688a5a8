//! The measurements of one setting as a Markdown table, with totals by level and what was accepted and wrong.

use std::fmt::Write;

use super::measurement::{Accepted, Measurement, Setting};
use super::set::Level;

/// Writes the table of `measurements`, which all belong to `setting`, in the order given.
pub(crate) fn table(setting: &Setting, measurements: &[&Measurement]) -> String {
    let Setting { model, seconds, seed } = setting;
    let mut text = format!("### {model}, {seconds} s a function, seed {seed}\n\n");
    text += "| function | level | accepted | wrong | candidates | compiled as sampled | compiled after repair | tokens | seconds |\n";
    text += "|---|---|--:|--:|--:|--:|--:|--:|--:|\n";
    for measurement in measurements {
        text += &row(&format!("`{}`", measurement.function), &measurement.level.to_string(), &[measurement]);
    }
    for level in Level::ALL {
        let of_level: Vec<&Measurement> =
            measurements.iter().copied().filter(|one| one.level == level).collect();
        if !of_level.is_empty() {
            text += &row(&format!("**total of {}**", of_level.len()), &format!("**{level}**"), &of_level);
        }
    }
    text += &row(&format!("**total of {}**", measurements.len()), "**all**", measurements);
    text += &details("Accepted and wrong", measurements, |accepted| match accepted {
        Accepted::Wrong(why) => Some(why),
        Accepted::Right | Accepted::Nothing(_) => None,
    });
    text += &details("Not accepted", measurements, |accepted| match accepted {
        Accepted::Nothing(why) => Some(why),
        Accepted::Right | Accepted::Wrong(_) => None,
    });
    text
}

fn row(name: &str, level: &str, measurements: &[&Measurement]) -> String {
    let accepted = measurements.iter().filter(|one| !matches!(one.accepted, Accepted::Nothing(_))).count();
    let wrong = measurements.iter().filter(|one| matches!(one.accepted, Accepted::Wrong(_))).count();
    let candidates: u64 = measurements.iter().map(|one| one.candidates).sum();
    let compiled: u64 = measurements.iter().map(|one| one.compiled).sum();
    let sampled = total(measurements, |one| one.compiled_sampled);
    let tokens = total(measurements, |one| one.tokens);
    let seconds: f64 = measurements.iter().map(|one| one.elapsed).sum();
    format!(
        "| {name} | {level} | {accepted} | {wrong} | {candidates} | {sampled} | {compiled} | {tokens} | {seconds:.1} |\n"
    )
}

/// A sum, or a dash if one of its parts is not known.
fn total(measurements: &[&Measurement], figure: impl Fn(&Measurement) -> Option<u64>) -> String {
    let sum: Option<u64> = measurements.iter().map(|one| figure(one)).sum();
    sum.map_or("–".to_string(), |sum| sum.to_string())
}

fn details(title: &str, measurements: &[&Measurement], why: impl Fn(&Accepted) -> Option<&String>) -> String {
    let mut text = String::new();
    for measurement in measurements {
        if let Some(why) = why(&measurement.accepted) {
            // One line without backticks cannot leave its code span.
            let why = why.replace(['\n', '\r'], " ").replace('`', "'");
            let _ = writeln!(
                text,
                "- `{}`: `{}`",
                measurement.function,
                why.chars().take(400).collect::<String>()
            );
        }
    }
    if text.is_empty() { text } else { format!("\n{title}:\n\n{text}") }
}
