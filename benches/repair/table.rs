//! Measurements as a Markdown table, one row a kind, with everything that went wrong listed below.

use std::collections::BTreeMap;
use std::fmt::Write as _;

use super::measurement::{Measurement, Verdict};

/// The table of one set.
pub(crate) fn table(title: &str, measured: &[Measurement]) -> String {
    let mut text = format!("### {title}\n\n");
    text += "| kind | cases | exit 0, right | exit 0, wrong | exit 105 (first choice right) | found none | median s | p90 s | median s when solved | candidates |\n";
    text += "|---|--:|--:|--:|--:|--:|--:|--:|--:|--:|\n";
    let mut kinds: BTreeMap<&str, Vec<&Measurement>> = BTreeMap::new();
    for one in measured {
        kinds.entry(&one.kind).or_default().push(one);
    }
    for (kind, of_kind) in &kinds {
        text += &row(kind, of_kind);
    }
    text += &row("**all**", &measured.iter().collect::<Vec<_>>());
    text += &tiers(measured);
    for (heading, wanted) in [("Exit 0 and wrong", true), ("Not solved", false)] {
        let listed: Vec<&Measurement> = measured
            .iter()
            .filter(|one| if wanted { one.accepted_wrong() } else { one.exit_code != Some(0) })
            .collect();
        if !listed.is_empty() {
            let _ = writeln!(text, "\n{heading}:\n");
        }
        for one in listed {
            let _ = writeln!(text, "- {}", one.to_string().replace(['\n', '`'], " "));
        }
    }
    text
}

fn row(kind: &str, measured: &[&Measurement]) -> String {
    let count = |wanted: &dyn Fn(&Measurement) -> bool| measured.iter().filter(|one| wanted(one)).count();
    let right = count(&|one| one.exit_code == Some(0) && one.verdict == Verdict::Right);
    let wrong = count(&Measurement::accepted_wrong);
    let asked = count(&|one| one.exit_code == Some(105));
    let first = count(&|one| one.first_choice == Some(Verdict::Right));
    let none = measured.len() - right - wrong - asked;
    let mut seconds: Vec<f64> = measured.iter().map(|one| one.elapsed).collect();
    let mut solved: Vec<f64> =
        measured.iter().filter(|one| one.exit_code == Some(0)).map(|one| one.elapsed).collect();
    let candidates: u64 = measured.iter().map(|one| one.candidates).sum();
    format!(
        "| {kind} | {} | {right} | {wrong} | {asked} ({first}) | {none} | {:.1} | {:.1} | {:.1} | {candidates} |\n",
        measured.len(),
        quantile(&mut seconds, 0.5),
        quantile(&mut seconds, 0.9),
        quantile(&mut solved, 0.5),
    )
}

fn quantile(values: &mut [f64], share: f64) -> f64 {
    values.sort_by(f64::total_cmp);
    let at = (values.len().saturating_sub(1) as f64 * share).round() as usize;
    values.get(at).copied().unwrap_or(0.0)
}

fn tiers(measured: &[Measurement]) -> String {
    let mut tiers: BTreeMap<&str, usize> = BTreeMap::new();
    for one in measured.iter().filter(|one| one.exit_code == Some(0)) {
        *tiers.entry(one.tier.as_deref().unwrap_or("unknown")).or_default() += 1;
    }
    let parts: Vec<String> = tiers.iter().map(|(tier, count)| format!("{tier} {count}")).collect();
    format!("\nFound by: {}.\n", parts.join(", "))
}
