//! The command that shows again what was observed about a change.

use crate::change::{Observation, ObservationKind};

/// What a change does is seen in the change itself; what a tool found, by that tool.
pub(super) fn of_observation(observation: &Observation) -> String {
    match observation.kind {
        ObservationKind::Undocumented | ObservationKind::UndocumentedAsOthers => {
            "cargo rustdoc --lib --locked -- -W missing_docs".to_owned()
        }
        ObservationKind::BrokenDocumentation => "cargo doc --no-deps --locked".to_owned(),
        ObservationKind::FeatureBroken => features(&observation.item),
        ObservationKind::OldestRustBroken => oldest(&observation.detail),
        ObservationKind::SemverBroken => "cargo semver-checks".to_owned(),
        _ => "git diff HEAD".to_owned(),
    }
}

/// For `the feature `x` alone`; a name that a shell might read otherwise is left out.
fn features(item: &str) -> String {
    let check = "cargo check --locked";
    match item.split('`').nth(1) {
        Some(feature) if is_plain(feature) => format!("{check} --no-default-features --features {feature}"),
        Some(_) => check.to_owned(),
        None if item.starts_with("no ") => format!("{check} --no-default-features"),
        None => check.to_owned(),
    }
}

/// For `rustc 1.70.0: …`.
fn oldest(detail: &str) -> String {
    let version = detail.strip_prefix("rustc ").and_then(|rest| rest.split(':').next());
    match version.filter(|version| is_plain(version)) {
        Some(version) => format!("cargo +{version} check --locked"),
        None => "cargo check --locked".to_owned(),
    }
}

fn is_plain(text: &str) -> bool {
    !text.is_empty() && text.chars().all(|c| c.is_ascii_alphanumeric() || matches!(c, '_' | '-' | '.'))
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::tree::TreePath;

    #[test]
    fn a_command_holds_no_text_that_a_shell_reads_otherwise() {
        let command = |kind, item: &str, detail: &str| {
            let path = TreePath::new("src/lib.rs").unwrap();
            of_observation(&Observation {
                kind,
                path,
                line: 1,
                item: item.to_owned(),
                detail: detail.to_owned(),
            })
        };
        let feature = |item| command(ObservationKind::FeatureBroken, item, "");
        let alone = "cargo check --locked --no-default-features --features json";
        assert_eq!(feature("the feature `json` alone"), alone);
        assert_eq!(feature("no default features"), "cargo check --locked --no-default-features");
        assert_eq!(feature("the default features"), "cargo check --locked");
        assert_eq!(feature("the feature `a;rm` alone"), "cargo check --locked");
        let oldest = |detail| command(ObservationKind::OldestRustBroken, "kit", detail);
        assert_eq!(oldest("rustc 1.70.0: no"), "cargo +1.70.0 check --locked");
        assert_eq!(oldest("rustc $(x): no"), "cargo check --locked");
        assert_eq!(command(ObservationKind::Unsafe, "", ""), "git diff HEAD");
    }
}
