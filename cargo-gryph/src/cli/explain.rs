//! `cargo gryph explain`: what an exit code or a rule of the gate means.

use std::io::Write as _;

use super::args::Explain;
use super::exit_code::ExitCode;
use super::failure::Failure;
use crate::gate::Policy;

/// Prints the explanation on stdout.
pub(super) fn explain(arguments: &Explain) -> Result<ExitCode, Failure> {
    let text = exit_code(&arguments.code).or_else(|| rule(&arguments.code));
    let text = text.ok_or_else(|| unknown(&arguments.code))?;
    let _ = writeln!(std::io::stdout().lock(), "{text}");
    Ok(ExitCode::Done)
}

fn exit_code(text: &str) -> Option<String> {
    let number: u8 = text.parse().ok()?;
    let code = ExitCode::ALL.into_iter().find(|code| code.number() == number)?;
    Some(format!("{number}: {}\n\n{}", code.title(), code.explanation()))
}

fn rule(id: &str) -> Option<String> {
    let policies = [Policy::embedded(), Policy::fix(), Policy::gate()].map(Result::ok);
    let rule = policies.iter().flatten().flat_map(Policy::rules).find(|rule| rule.id == id)?;
    Some(format!(
        "{} ({})\n\n{}\nTo mend: {}\nSee: {}",
        rule.id, rule.title, rule.message, rule.mend, rule.reference
    ))
}

fn unknown(code: &str) -> Failure {
    let codes: Vec<String> = ExitCode::ALL.iter().map(|code| code.number().to_string()).collect();
    Failure::message(ExitCode::Usage, format!("nothing is known about `{code}`"))
        .hint(format!("exit codes are {}; rules are listed in docs/policy.md", codes.join(", ")))
}
