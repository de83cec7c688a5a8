//! The policy of a repository: the embedded rules, its own, and its profile, all read from a tree that somebody trusts.

use crate::config::{GateTable, Profile};
use crate::gate::baseline::Baseline;
use crate::gate::policy::{Condition, MERGE, Policy, PolicyError, Rule};
use crate::tree::{Tree, TreePath};

/// Where a repository's own policies lie.
pub const POLICIES: &str = ".config/gryph/policies";
/// Files of own policies, at most, and bytes of one.
const MOST_FILES: usize = 64;
const MOST_BYTES: usize = 1 << 20;

/// What the profiles tighten.
const PROFILES: [(Profile, &str, &str); 2] = [
    (Profile::Strict, "profile strict", include_str!("../../../policies/profile-strict.toml")),
    (Profile::Generated, "profile generated", include_str!("../../../policies/profile-generated.toml")),
];

/// The embedded policies that judge what is added to a package. What its dependencies bring is asked for by the
/// specification, and where the commit comes from is known.
const OF_ADDITIONS: [&str; 3] = ["gate", "security", "quality"];

impl Policy {
    /// The embedded policy for what is added to somebody's package: what a generated change must show before it is merged,
    /// and that every example became a test that ran.
    ///
    /// # Errors
    /// None in a released program: a test loads it.
    pub fn addition() -> Result<Self, PolicyError> {
        let mut all = Self::embedded()?;
        all.rules.retain(|rule| rule.condition == Condition::TestsReported);
        for (name, text) in MERGE.iter().filter(|(name, _)| OF_ADDITIONS.contains(name)) {
            all = all.combined(&Self::parse(name, text)?);
        }
        all.under(Profile::Generated, &[])
    }

    /// The policy that a repository's files ask for, tightened by the profile that a flag names.
    ///
    /// # Errors
    /// The first mistake in the files, or a flag that asks for less than they do.
    pub fn of_repository(files: &Tree, flag: Option<Profile>) -> Result<Self, PolicyError> {
        let own = own_files(files)?;
        let required = table(files)?.profile;
        if let Some(asked) = flag.filter(|asked| *asked == Profile::Default && *asked != required) {
            return Err(PolicyError::Profile { asked: asked.name(), required: required.name() });
        }
        let mut policy = Self::gate()?;
        for (name, text) in own.iter().filter(|(name, _)| profile_of(name).is_none()) {
            policy = policy.amended(name, text)?;
        }
        for profile in [Some(required), flag].into_iter().flatten() {
            policy = policy.under(profile, &own)?;
        }
        let stricter = policy.clone().under(Profile::Generated, &own)?;
        policy.generated = stricter.rules.into_iter().filter(|rule| !policy.rules.contains(rule)).collect();
        Ok(policy)
    }

    /// The policy under a profile: what is embedded for it, and the repository's own.
    fn under(mut self, profile: Profile, own: &[(String, &str)]) -> Result<Self, PolicyError> {
        for (_, name, text) in PROFILES.iter().filter(|(of, ..)| *of == profile) {
            // A rule that the repository has switched off stays off.
            let mut whole = self.clone();
            whole.rules.extend(self.off.iter().cloned());
            let is_off = |rule: &Rule| self.off.iter().any(|off| off.id == rule.id);
            let tightened = whole.tightened(name, text)?.rules;
            self.rules = tightened.into_iter().filter(|rule| !is_off(rule)).collect();
        }
        for (name, text) in own.iter().filter(|(name, _)| profile_of(name) == Some(profile)) {
            self = self.tightened(name, text)?;
        }
        Ok(self)
    }
}

/// Whether all that steers the gate in a tree can be read: its table of the configuration, its policies, its baseline.
///
/// # Errors
/// The first mistake.
pub fn check(files: &Tree) -> Result<(), PolicyError> {
    Policy::of_repository(files, None)?;
    Baseline::read(files).map(drop)
}

/// The table `[gate]` of the configuration.
fn table(files: &Tree) -> Result<GateTable, PolicyError> {
    let text = TreePath::new(GateTable::PATH).ok().and_then(|path| files.text(&path)).unwrap_or_default();
    let name = || GateTable::PATH.to_owned();
    GateTable::read(text).map_err(|mistake| PolicyError::Mistake { name: name(), mistake })
}

/// The repository's own policies in the order of their names.
fn own_files(files: &Tree) -> Result<Vec<(String, &str)>, PolicyError> {
    let bad = |name: &str, reason: String| PolicyError::Unreadable { name: name.to_owned(), reason };
    let mut own = Vec::new();
    for (path, content) in files.files() {
        let below = path.as_str().strip_prefix(POLICIES).and_then(|rest| rest.strip_prefix('/'));
        if below.is_none_or(|name| name.contains('/') || !name.ends_with(".toml")) {
            continue;
        }
        if content.len() > MOST_BYTES {
            return Err(bad(path.as_str(), format!("longer than {MOST_BYTES} bytes")));
        }
        let text =
            std::str::from_utf8(content).map_err(|_| bad(path.as_str(), "it is not text".to_owned()))?;
        if profile_file(path.as_str()).is_some() && profile_of(path.as_str()).is_none() {
            let names = Profile::ALL.map(Profile::name).join(", ");
            return Err(bad(path.as_str(), format!("there is no such profile, only {names}")));
        }
        own.push((path.to_string(), text));
    }
    match own.len() > MOST_FILES {
        true => Err(bad(POLICIES, format!("more than {MOST_FILES} files"))),
        false => Ok(own),
    }
}

/// Of `…/profile-strict.toml` the part `strict`.
fn profile_file(name: &str) -> Option<&str> {
    name.rsplit('/').next()?.strip_prefix("profile-")?.strip_suffix(".toml")
}

fn profile_of(name: &str) -> Option<Profile> {
    let wanted = profile_file(name)?;
    Profile::ALL.into_iter().find(|profile| profile.name() == wanted)
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::gate::finding::Severity;

    fn files(files: &[(&str, &str)]) -> Tree {
        let mut tree = Tree::new();
        for (path, text) in files {
            tree.insert(TreePath::new(*path).unwrap(), *text);
        }
        tree
    }

    fn severity(rules: &[Rule], id: &str) -> Option<Severity> {
        rules.iter().find(|rule| rule.id == id).map(|rule| rule.severity)
    }

    fn covered(rules: &[Rule]) -> Option<&Condition> {
        rules.iter().find(|rule| rule.id == "change-covered").map(|rule| &rule.condition)
    }

    const STRICT: (&str, &str) = (".config/gryph.toml", "[gate]\nprofile = 'strict'\n");

    #[test]
    fn a_repository_without_a_policy_has_the_embedded_one() {
        let policy = Policy::of_repository(&Tree::new(), None).unwrap();
        assert_eq!(policy.rules(), Policy::gate().unwrap().rules());
        assert_eq!(covered(policy.generated()), Some(&Condition::LineCoverage { minimum: 90.0 }));
        assert_eq!(severity(policy.generated(), "no-new-unwraps"), Some(Severity::Deny));
        assert_eq!(severity(policy.generated(), "build"), None, "it is the same for all");
    }

    #[test]
    fn what_is_added_is_held_to_the_rules_of_generated_changes_and_to_its_examples() {
        let policy = Policy::addition().unwrap();
        assert_eq!(covered(policy.rules()), Some(&Condition::LineCoverage { minimum: 90.0 }));
        for id in ["tests-reported", "tests-kept", "no-new-unwraps", "new-items-documented"] {
            assert_eq!(severity(policy.rules(), id), Some(Severity::Deny), "{id}");
        }
        assert_eq!(severity(policy.rules(), "dependency-added"), None);
    }

    #[test]
    fn profiles_only_tighten_and_say_nothing_twice() {
        let default = Policy::gate().unwrap();
        for (profile, _, text) in PROFILES {
            let amended = default.clone().amended("p", text).unwrap();
            let tightened = default.clone().tightened("p", text).unwrap();
            assert_eq!(amended.rules().len(), default.rules().len());
            for (amended, tightened) in amended.rules().iter().zip(tightened.rules()) {
                assert_eq!(
                    (&amended.severity, &amended.condition),
                    (&tightened.severity, &tightened.condition),
                    "{}: {}",
                    profile.name(),
                    amended.id
                );
            }
        }
    }

    #[test]
    fn a_profile_is_the_repositorys_and_a_flag_only_tightens() {
        let of = |own: &[(&str, &str)], flag| Policy::of_repository(&files(own), flag);
        let strict = of(&[STRICT], None).unwrap();
        assert_eq!(covered(strict.rules()), Some(&Condition::LineCoverage { minimum: 90.0 }));
        assert_eq!(of(&[], Some(Profile::Strict)).unwrap(), strict);
        let both = of(&[STRICT], Some(Profile::Generated)).unwrap();
        assert_eq!(severity(both.rules(), "no-new-unwraps"), Some(Severity::Deny));
        assert!(both.generated().is_empty());
        let error = of(&[STRICT], Some(Profile::Default)).unwrap_err().to_string();
        assert!(error.contains("may only be tightened"), "{error}");
    }

    #[test]
    fn own_policies_hold_and_a_profile_brings_nothing_back() {
        let own = (
            ".config/gryph/policies/own.toml",
            "policy = 1\n[[rule]]\nid = 'no-new-unwraps'\nseverity = 'off'\n[[rule]]\nid = 'lints-on'\nseverity = 'warn'\n",
        );
        let of_strict = (
            ".config/gryph/policies/profile-strict.toml",
            "policy = 1\n[[rule]]\nid = 'unsafe-agreed'\nseverity = 'deny'\n",
        );
        let policy = Policy::of_repository(&files(&[own, of_strict]), None).unwrap();
        assert_eq!(severity(policy.rules(), "no-new-unwraps"), None);
        assert_eq!(severity(policy.generated(), "no-new-unwraps"), None);
        assert_eq!(severity(policy.rules(), "lints-on"), Some(Severity::Warn));
        assert_eq!(severity(policy.rules(), "unsafe-agreed"), Some(Severity::Ask));
        let strict = Policy::of_repository(&files(&[STRICT, own, of_strict]), None).unwrap();
        assert_eq!(severity(strict.rules(), "unsafe-agreed"), Some(Severity::Deny));
        assert_eq!(severity(strict.rules(), "no-new-unwraps"), None);
    }

    #[test]
    fn what_cannot_be_read_is_named() {
        let cases = [
            (".config/gryph.toml", "[gate]\nprofile = 'strikt'", ".config/gryph.toml:2:11: "),
            (".config/gryph/policies/a.toml", "policy = 2", ".config/gryph/policies/a.toml:1:10: "),
            (".config/gryph/policies/profile-strikt.toml", "policy = 1", "only default, strict, generated"),
            (".config/gryph/baseline.json", "{", ".config/gryph/baseline.json: "),
        ];
        for (path, text, part) in cases {
            let error = check(&files(&[(path, text)])).expect_err(path).to_string();
            assert!(error.contains(part), "{error}");
        }
        let mut odd = files(&[]);
        odd.insert(TreePath::new(".config/gryph/policies/a.toml").unwrap(), vec![0xff]);
        assert!(check(&odd).unwrap_err().to_string().contains("it is not text"));
        assert!(check(&files(&[(".config/gryph/policies/more/a.toml", "nothing of ours")])).is_ok());
    }
}
