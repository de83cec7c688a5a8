//! What clippy and rustdoc say.

use crate::cargo::{Build, BuildOptions, Cargo, Targets, Workbench};
use crate::check::{CheckError, options};
use crate::diagnostic::{Diagnostic, Level};

/// All warnings of rustc and clippy on all targets.
pub(super) async fn clippy(cargo: &Cargo, bench: &Workbench) -> Result<Vec<Diagnostic>, CheckError> {
    findings("clippy", cargo.clippy(bench, &options(Targets::All)).await?)
}

/// Broken documentation, and public items without any. rustdoc runs `missing_docs` itself, so that no flag of rustc has
/// to change, which would build the dependencies again.
pub(super) async fn rustdoc(cargo: &Cargo, bench: &Workbench) -> Result<Vec<Diagnostic>, CheckError> {
    let rustdocflags = ["-Wmissing_docs", "-Wrustdoc::all"];
    let rustdocflags = rustdocflags.map(str::to_owned).into();
    let options = BuildOptions { rustdocflags, ..options(Targets::LibAndTests) };
    findings("rustdoc", cargo.doc(bench, &options).await?)
}

/// Each warning once: a library is linted alone and again with its unit tests.
pub(super) fn findings(tool: &'static str, build: Build) -> Result<Vec<Diagnostic>, CheckError> {
    let mut findings: Vec<Diagnostic> = Vec::new();
    for diagnostic in build.diagnostics {
        if diagnostic.level >= Level::Warning && !is_count(&diagnostic) && !findings.contains(&diagnostic) {
            findings.push(diagnostic);
        }
    }
    if !build.success && findings.is_empty() {
        let lines: Vec<&str> = build.stderr.trim_end().lines().collect();
        let stderr = lines[lines.len().saturating_sub(20)..].join("\n");
        return Err(CheckError::Tool { tool, stderr });
    }
    Ok(findings)
}

/// `3 warnings emitted`, the line that closes a list of warnings.
fn is_count(diagnostic: &Diagnostic) -> bool {
    diagnostic.code.is_none() && diagnostic.labels.is_empty() && diagnostic.message.ends_with("emitted")
}
