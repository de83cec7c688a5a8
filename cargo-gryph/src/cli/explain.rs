//! `cargo gryph explain`: what an exit code or a rule of the gate means.

use std::io::Write as _;

use super::args::Explain;
use super::exit_code::ExitCode;
use super::failure::Failure;
use super::ruling;
use super::surroundings::Surroundings;
use crate::gate::{Policy, PolicyError};
use crate::similar;

/// Prints the explanation on stdout.
pub(super) fn explain(arguments: &Explain, surroundings: &Surroundings) -> Result<ExitCode, Failure> {
    let text = match exit_code(&arguments.code) {
        Some(text) => text,
        None => rule(&arguments.code, &policies(surroundings)?)?,
    };
    let _ = writeln!(std::io::stdout().lock(), "{text}");
    Ok(ExitCode::Done)
}

fn exit_code(text: &str) -> Option<String> {
    let number: u8 = text.parse().ok()?;
    let code = ExitCode::ALL.into_iter().find(|code| code.number() == number)?;
    Some(format!("{number}: {}\n\n{}", code.title(), code.explanation()))
}

/// The policies that hold here: of the gate that of the repository, if there is one.
fn policies(surroundings: &Surroundings) -> Result<[Policy; 3], Failure> {
    let embedded =
        |policy: Result<Policy, PolicyError>| policy.map_err(|error| Failure::new(ExitCode::Internal, error));
    let of_gate = ruling::here(ruling::Wish::default(), surroundings)?;
    Ok([of_gate, embedded(Policy::fix())?, embedded(Policy::embedded())?])
}

fn rule(id: &str, policies: &[Policy]) -> Result<String, Failure> {
    let all = || policies.iter().flat_map(|policy| policy.rules().iter().chain(policy.off()));
    let rule = all().find(|rule| rule.id == id).ok_or_else(|| {
        let meant = similar::nearest(id, all().map(|rule| rule.id.as_str()));
        unknown(id, meant)
    })?;
    let is_off = policies.iter().any(|policy| policy.off().contains(rule));
    let severity = if is_off { "switched off here".to_owned() } else { rule.severity.to_string() };
    let firm = if rule.firm { "\nIt is firm: it cannot be waived." } else { "" };
    Ok(format!(
        "{} ({})\n\n{severity}: {}.\nA breach: {}\nTo mend: {}{firm}\nSee: {}",
        rule.id, rule.title, rule.condition, rule.message, rule.mend, rule.reference
    ))
}

fn unknown(code: &str, meant: Option<&str>) -> Failure {
    let codes: Vec<String> = ExitCode::ALL.iter().map(|code| code.number().to_string()).collect();
    let meant = meant.map(|meant| format!("; did you mean `{meant}`?")).unwrap_or_default();
    Failure::message(ExitCode::Usage, format!("nothing is known about `{code}`{meant}"))
        .hint(format!("exit codes are {}; `cargo gryph gate --list` lists the rules", codes.join(", ")))
}
