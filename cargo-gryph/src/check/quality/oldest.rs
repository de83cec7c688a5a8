//! Whether the oldest Rust that a package says it supports still builds it, if that toolchain is installed. Nothing is
//! downloaded; clippy's `incompatible_msrv`, which runs anyway, stands in where it is not.

use super::{Bench, Quality, manifest};
use crate::cargo::{Build, BuildOptions, Cargo, Member, Selection, Targets, Toolchain, lay_out};
use crate::change::{FileKind, Observation, ObservationKind};
use crate::check::{CheckError, Unchecked, options};
use crate::diagnostic::{Diagnostic, Level};
use crate::tree::{Tree, TreePath};

/// Looks at the members that the change touches and that promise an older Rust than the one that runs.
pub(super) async fn look(bench: &Bench<'_>) -> Result<Quality, CheckError> {
    let mut quality = Quality::default();
    for member in bench.members {
        let Some(oldest) = member.rust_version.as_ref() else { continue };
        let is_older = bench.cargo.toolchain.number().is_some_and(|running| *oldest < running);
        if !is_older || !is_touched(bench, member) {
            continue;
        }
        match bench.cargo.toolchain.installed(oldest) {
            Some(toolchain) => try_with(bench, member, toolchain, &mut quality).await?,
            None if is_promised_anew(bench, member) => quality.unchecked.push(Unchecked {
                check: "oldest Rust".to_owned(),
                reason: format!(
                    "the manifest of `{}` names {oldest}, and that toolchain is not installed: \
                     `rustup toolchain install {oldest}`",
                    member.name
                ),
            }),
            None => {}
        }
    }
    Ok(quality)
}

fn is_touched(bench: &Bench<'_>, member: &Member) -> bool {
    let matters = |kind| matches!(kind, FileKind::Program | FileKind::BuildScript | FileKind::Manifest);
    bench.changed(member).any(|file| matters(file.kind))
}

/// Whether the promise or what it depends on changed, of which clippy knows nothing.
fn is_promised_anew(bench: &Bench<'_>, member: &Member) -> bool {
    let manifests = [member.manifest(), TreePath::new("Cargo.toml").expect("a plain name")];
    let said = |tree: &Tree, path: &TreePath| {
        let text = tree.text(path).unwrap_or_default();
        (manifest::rust_version(text), manifest::dependencies(text))
    };
    manifests.iter().any(|path| said(bench.step.base, path) != said(bench.step.after, path))
}

async fn try_with(
    bench: &Bench<'_>,
    member: &Member,
    toolchain: Toolchain,
    quality: &mut Quality,
) -> Result<(), CheckError> {
    lay_out(bench.step.after, bench.bench)?;
    let build = built(bench, member, &toolchain).await?;
    let Some(error) = build.diagnostics.iter().find(|one| one.level == Level::Error) else {
        if !build.success {
            let said = build.stderr.lines().find(|line| line.starts_with("error")).unwrap_or("it failed");
            let reason = format!("Cargo of {} cannot build `{}`: {said}", toolchain.version, member.name);
            quality.unchecked.push(Unchecked { check: "oldest Rust".to_owned(), reason });
        }
        return Ok(());
    };
    if build.success || (bench.is_in_base(member) && was_red(bench, member, &toolchain).await?) {
        return Ok(());
    }
    let place = Diagnostic::primary(error).filter(|label| bench.step.after.get(&label.span.path).is_some());
    quality.observed.push(Observation {
        kind: ObservationKind::OldestRustBroken,
        path: place.map_or_else(|| member.manifest(), |label| label.span.path.clone()),
        line: place.map_or(1, |label| label.lines.start),
        item: member.name.clone(),
        detail: format!("{}: {}", toolchain.version, error.message),
    });
    Ok(())
}

async fn was_red(bench: &Bench<'_>, member: &Member, toolchain: &Toolchain) -> Result<bool, CheckError> {
    lay_out(bench.step.base, bench.bench)?;
    Ok(!built(bench, member, toolchain).await?.success)
}

/// Builds in a directory of its own, so that no artifact of one toolchain is in the way of the other.
async fn built(bench: &Bench<'_>, member: &Member, toolchain: &Toolchain) -> Result<Build, CheckError> {
    let selection = Selection { packages: Vec::new(), ..bench.cargo.selection.clone() };
    let cargo = Cargo { toolchain: toolchain.clone(), selection, ..bench.cargo.clone() };
    let options = BuildOptions {
        packages: vec![member.name.clone()],
        target_dir: Some(bench.bench.dir.join("oldest")),
        ..options(Targets::Programs)
    };
    Ok(cargo.check(bench.bench, &options).await?)
}
