//! Whether the version of a published library says what breaks: by `cargo-semver-checks` where it is installed.

use super::{Bench, Quality, public};
use crate::cargo::{Member, Publication, SemverReport, Workbench, lay_out};
use crate::change::{Observation, ObservationKind};
use crate::check::{CheckError, Unchecked};

/// The tool.
pub(super) const TOOL: &str = "cargo-semver-checks";
/// Breaks that are told of one library.
const MOST_BREAKS: usize = 20;

/// Looks at the libraries that others may use and of which public signatures changed.
pub(super) async fn look(bench: &Bench<'_>) -> Result<Quality, CheckError> {
    let mut quality = Quality::default();
    let concerned = |member: &&Member| {
        member.library().is_some()
            && member.publication != Publication::Forbidden
            && bench.is_in_base(member)
            && public::is_touched(bench, member)
    };
    for member in bench.members.iter().filter(concerned) {
        let Some(tool) = bench.cargo.toolchain.subcommand(TOOL) else {
            quality.unchecked.push(not_checked(member, format!("`{TOOL}` is not installed")));
            quality.observed.extend(removed(bench, member));
            continue;
        };
        let baseline = Workbench { dir: bench.bench.dir.join("baseline") };
        lay_out(bench.step.after, bench.bench)?;
        lay_out(bench.step.base, &baseline)?;
        match bench.cargo.semver_checks(&tool, bench.bench, &baseline, &member.manifest()).await? {
            SemverReport::Compatible => {}
            SemverReport::Breaks(breaks) => {
                let observation = |detail: String| Observation {
                    kind: ObservationKind::SemverBroken,
                    path: member.manifest(),
                    line: 1,
                    item: member.name.clone(),
                    detail,
                };
                quality.observed.extend(breaks.into_iter().take(MOST_BREAKS).map(observation));
            }
            SemverReport::Unknown(reason) => {
                quality.unchecked.push(not_checked(member, format!("`{TOOL}` gave no answer: {reason}")));
                quality.observed.extend(removed(bench, member));
            }
        }
    }
    Ok(quality)
}

/// What can be told without the tool. A library that was never meant for others has no users to break.
fn removed(bench: &Bench<'_>, member: &Member) -> Vec<Observation> {
    let matters = member.publication == Publication::Intended && !public::is_announced(bench, member);
    if matters { public::removed(bench, member) } else { Vec::new() }
}

fn not_checked(member: &Member, why: String) -> Unchecked {
    Unchecked {
        check: "semver".to_owned(),
        reason: format!("public signatures of `{}` changed, and {why}", member.name),
    }
}
