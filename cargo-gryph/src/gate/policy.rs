//! Policies: rules as data, embedded or read from a file, that prove themselves on examples when they are loaded.

use std::collections::{BTreeMap, BTreeSet};
use std::fmt;

use serde::{Deserialize, Serialize};

use crate::change::{ChangeFacts, Observation, ObservationKind, TestLiterals, Waiver};
use crate::check::{
    BuildFact, DependencyFact, Exceptions, Facts, FaultFact, FormatFact, LintGrowth, TestFact, TestResult,
    Unchecked,
};
use crate::config::Mistake;
use crate::coverage::{Coverage, FileCoverage, RegionShare};
use crate::diagnostic::Diagnostic;
use crate::digest::Digest;
use crate::gate::finding::Severity;
use crate::gate::judge;
use crate::gate::licence;
use crate::hole::TestName;
use crate::scan::{RuleSet, SourceMatch};
use crate::schema::sites;
use crate::tree::{Tree, TreePath};

/// The text of the default policy.
pub const DEFAULT: &str = include_str!("../../../policies/default.toml");

/// The text of the policy for changes to somebody's tree.
pub const FIX: &str = include_str!("../../../policies/fix.toml");

/// The text of the policy for changes before they are merged.
pub const GATE: &str = include_str!("../../../policies/gate.toml");

/// The text of the policy for what a change brings in from outside.
pub const SUPPLY: &str = include_str!("../../../policies/supply.toml");
/// Lines of the long file of an example, at most.
const MOST_LONG: usize = 100_000;

/// The text of the policy for what surrounds the code of a change: documentation, features, versions, size.
pub const QUALITY: &str = include_str!("../../../policies/quality.toml");

/// The embedded policies that judge a change before it is merged, by name; all of them hold at once.
pub const MERGE: &[(&str, &str)] = &[
    ("gate", GATE),
    ("supply", SUPPLY),
    ("security", SECURITY),
    ("quality", QUALITY),
    ("provenance", PROVENANCE),
    ("waivers", include_str!("../../../policies/waivers.toml")),
    ("unseen", include_str!("../../../policies/unseen.toml")),
];

/// The text of the policy for what source rules find, which is part of all others.
pub const SECURITY: &str = include_str!("../../../policies/security.toml");

/// Stands inside the secrets of examples and is taken out before they are tried, so that no file of ours holds what
/// looks like a secret.
const SPLIT: &str = "~|~";

/// The text of the policy for commits that say they were generated.
pub const PROVENANCE: &str = include_str!("../../../policies/provenance.toml");

/// The version of the format this program reads.
pub(super) const VERSION: u32 = 1;

/// What a rule is about.
#[derive(Clone, Copy, PartialEq, Eq, Debug, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum Class {
    /// Whether the code does what it is to do.
    Correctness,
    /// Whether it reads as it should.
    Style,
    /// Whether it is explained.
    Documentation,
    /// Whether the tests are worth anything.
    Tests,
    /// Whether the evidence can be trusted.
    Trust,
    /// Whether somebody could abuse it.
    Security,
}

/// What evidence must show.
#[derive(Clone, PartialEq, Debug, Serialize, Deserialize)]
#[serde(tag = "kind", rename_all = "kebab-case", deny_unknown_fields)]
pub enum Condition {
    /// All targets build.
    Builds,
    /// No test fails.
    TestsPass,
    /// There is a test, and every expected one was run and reported exactly once.
    TestsReported,
    /// rustfmt would change nothing.
    Formatted,
    /// Neither rustc nor clippy warns.
    LintFree,
    /// rustdoc and `missing_docs` are silent.
    Documented,
    /// At least so many per cent of the generated lines that hold code are run by tests.
    LineCoverage {
        /// Per cent, 0 to 100.
        minimum: f64,
    },
    /// Code under test ran in a sandbox.
    Sandboxed,
    /// The change does none of these.
    Unobserved {
        /// What it must not do.
        of: Vec<ObservationKind>,
    },
    /// The change deletes at most so many tokens, and so many more for each that it adds.
    DeletesLittle {
        /// Tokens that may go without any that come.
        tokens: usize,
        /// Tokens more for each that comes.
        times: usize,
    },
    /// No function has more warnings than before. Holds where nobody looked.
    LintsDoNotGrow,
    /// Of each changed function some fault that was put into it is noticed by a test.
    FaultsNoticed,
    /// Every fault that was put into a changed function is noticed.
    NoFaultMissed,
    /// No check was left out because something for it was missing.
    EverythingChecked,
    /// Each version that the change brings in was published so many days ago.
    DependenciesOlder {
        /// Days.
        days: u64,
    },
    /// The licence of each package that the change brings in allows what one of these does.
    LicencesAmong {
        /// Licences by their SPDX names.
        of: Vec<String>,
    },
    /// The change brings no waiver that counts.
    NoWaiverAdded,
    /// Every waiver counts.
    WaiversCount,
    /// None of these source rules, or formats of secrets, finds anything that was not there before.
    Unmatched {
        /// Their ids.
        of: Vec<String>,
    },
    /// Somebody has to read at most so many changed lines: tests, lock files and generated files do not count.
    ReadsShort {
        /// Lines.
        lines: usize,
    },
}

impl Condition {
    /// Whether the change alone decides it, so that a candidate can be judged before it is checked.
    pub(super) fn is_about_change(&self) -> bool {
        match self {
            Self::Unobserved { .. }
            | Self::DeletesLittle { .. }
            | Self::Unmatched { .. }
            | Self::ReadsShort { .. } => true,
            Self::Builds
            | Self::TestsPass
            | Self::TestsReported
            | Self::Formatted
            | Self::LintFree
            | Self::Documented
            | Self::LineCoverage { .. }
            | Self::Sandboxed
            | Self::LintsDoNotGrow
            | Self::FaultsNoticed
            | Self::NoFaultMissed
            | Self::EverythingChecked
            | Self::DependenciesOlder { .. }
            | Self::LicencesAmong { .. }
            | Self::NoWaiverAdded
            | Self::WaiversCount => false,
        }
    }
}

/// One rule.
#[derive(Clone, PartialEq, Debug, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Rule {
    /// Its id, unique in a policy.
    pub id: String,
    /// One line.
    pub title: String,
    /// What it is about.
    pub class: Class,
    /// What a breach leads to.
    pub severity: Severity,
    /// What evidence must show.
    pub condition: Condition,
    /// What a breach is, without a full stop.
    pub message: String,
    /// What to do about one.
    pub mend: String,
    /// Where the rule is explained.
    pub reference: String,
    /// It can neither be waived nor known from a baseline, and no repository softens it.
    #[serde(default)]
    pub firm: bool,
    /// Fragments of evidence that keep the rule.
    pub accept: Vec<Fragment>,
    /// Fragments of evidence that break it.
    pub refuse: Vec<Fragment>,
}

/// Part of some evidence; what it leaves out is without fault.
#[derive(Clone, PartialEq, Debug, Default, Serialize, Deserialize)]
#[serde(default, deny_unknown_fields)]
pub struct Fragment {
    build: Option<BuildFact>,
    tests: Option<Vec<TestFact>>,
    format: Option<Vec<FormatFact>>,
    lints: Option<Vec<Diagnostic>>,
    docs: Option<Vec<Diagnostic>>,
    /// Per cent of a thousand generated lines.
    coverage: Option<f64>,
    sandbox: Option<Vec<String>>,
    change: Option<ChangeExample>,
    lint_growth: Option<Vec<LintGrowth>>,
    faults: Option<Vec<FaultFact>>,
    observed: Vec<Observation>,
    unchecked: Vec<Unchecked>,
    dependencies: Option<Vec<DependencyFact>>,
    waivers: Vec<Waiver>,
    matches: Vec<SourceMatch>,
}

/// A change as the texts before and after it; the facts are found out as they are for any change.
#[derive(Clone, PartialEq, Debug, Default, Serialize, Deserialize)]
#[serde(default, deny_unknown_fields)]
pub struct ChangeExample {
    /// `src/lib.rs` before and after.
    lib: Option<[String; 2]>,
    /// `tests/t.rs`, the same before and after; the values in it are those that must not be recited.
    tests: String,
    /// Other files before and after; an empty text is no file.
    files: BTreeMap<TreePath, [String; 2]>,
    /// Lines of a new file `src/long.rs`.
    long: usize,
}

impl ChangeExample {
    fn facts(&self) -> ChangeFacts {
        let path = |path: &str| TreePath::new(path).expect("a plain path");
        let (mut base, mut after) = (Tree::new(), Tree::new());
        let mut put = |path: TreePath, before: &str, now: &str| {
            for (tree, text) in [(&mut base, before), (&mut after, now)] {
                if !text.is_empty() {
                    tree.insert(path.clone(), text.replace(SPLIT, ""));
                }
            }
        };
        put(path("Cargo.toml"), "[package]\nname = \"kit\"\n", "[package]\nname = \"kit\"\n");
        put(path("tests/t.rs"), &self.tests, &self.tests);
        if let Some([before, now]) = &self.lib {
            put(path("src/lib.rs"), before, now);
        }
        self.files.iter().for_each(|(path, [before, now])| put(path.clone(), before, now));
        put(path("src/long.rs"), "", &"// A line.\n".repeat(self.long.min(MOST_LONG)));
        let functions = sites(&self.tests, &path("tests/t.rs"));
        let name = |name: String| TestName { target: "t".to_owned(), name };
        let tests: Vec<TestName> = functions.into_iter().map(|site| name(site.function)).collect();
        ChangeFacts::between(&base, &after, &TestLiterals::of(&base, &tests))
    }
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct PolicyFile {
    policy: u32,
    #[serde(rename = "rule")]
    rules: Vec<Rule>,
}

/// Rules that were found to work.
#[derive(Clone, PartialEq, Debug, Default)]
pub struct Policy {
    pub(super) rules: Vec<Rule>,
    /// Those that are stricter for code that a machine wrote.
    pub(super) generated: Vec<Rule>,
    /// Those that a repository has switched off.
    pub(super) off: Vec<Rule>,
}

/// What is wrong with a policy.
#[derive(Debug, thiserror::Error)]
pub enum PolicyError {
    /// It is not the TOML we expect.
    #[error("policy `{name}` cannot be read: {reason}")]
    Syntax {
        /// The policy.
        name: String,
        /// The reason, with line and column.
        reason: String,
    },
    /// It was written for another version of this program.
    #[error("policy `{name}` has version {found}, this program reads version {VERSION}")]
    Version {
        /// The policy.
        name: String,
        /// Its version.
        found: u32,
    },
    /// It has no rule, two rules of one id, or a limit outside 0 to 100.
    #[error("policy `{name}`: {problem}")]
    Invalid {
        /// The policy.
        name: String,
        /// What is wrong.
        problem: String,
    },
    /// A rule does not do what its own example says.
    #[error("policy `{name}`: rule `{rule}` {expected} its example {number}")]
    Example {
        /// The policy.
        name: String,
        /// The rule.
        rule: String,
        /// `should accept` or `should refuse`.
        expected: &'static str,
        /// Which example, from 1.
        number: usize,
    },
    /// A repository's own policy has a mistake.
    #[error("{name}:{mistake}")]
    Mistake {
        /// The file.
        name: String,
        /// Line, column, and what is wrong.
        mistake: Mistake,
    },
    /// A file of a repository's own policies cannot be read.
    #[error("{name}: {reason}")]
    Unreadable {
        /// The file or directory.
        name: String,
        /// The reason.
        reason: String,
    },
    /// A flag asks for another profile than the repository, which is no stricter.
    #[error(
        "the profile `{asked}` is asked for where the repository has `{required}`, and may only be tightened"
    )]
    Profile {
        /// What was asked for.
        asked: &'static str,
        /// What the repository has.
        required: &'static str,
    },
    /// A layer above asks for less than the policy does.
    #[error("line coverage of {asked} % is below the policy's {required} %, and may only be tightened")]
    Loosened {
        /// What was asked for.
        asked: f64,
        /// What the policy requires.
        required: f64,
    },
}

impl Policy {
    /// The embedded default.
    ///
    /// # Errors
    /// None in a released program: a test loads it.
    pub fn embedded() -> Result<Self, PolicyError> {
        Ok(Self::parse("default", DEFAULT)?.combined(&Self::security()?))
    }

    /// The embedded policy for changes to somebody's tree.
    ///
    /// # Errors
    /// None in a released program: a test loads it.
    pub fn fix() -> Result<Self, PolicyError> {
        Ok(Self::parse("fix", FIX)?.combined(&Self::security()?))
    }

    /// The embedded policies for changes before they are merged, as one.
    ///
    /// # Errors
    /// None in a released program: a test loads it.
    pub fn gate() -> Result<Self, PolicyError> {
        let mut all = Self::default();
        for (name, text) in MERGE {
            all = all.combined(&Self::parse(name, text)?);
        }
        Ok(all)
    }

    /// The embedded policy for what source rules find in code, and for secrets in any file.
    ///
    /// # Errors
    /// None in a released program: a test loads it.
    pub fn security() -> Result<Self, PolicyError> {
        let policy = Self::parse("security", SECURITY)?;
        match idle_source_rule(&policy.rules) {
            Some(problem) => Err(PolicyError::Invalid { name: "security".to_owned(), problem }),
            None => Ok(policy),
        }
    }

    /// Reads a policy and tries every rule on its own examples.
    ///
    /// # Errors
    /// See [`PolicyError`].
    pub fn parse(name: &str, text: &str) -> Result<Self, PolicyError> {
        let name = name.to_owned();
        let file: PolicyFile = toml::from_str(text)
            .map_err(|error| PolicyError::Syntax { name: name.clone(), reason: error.to_string() })?;
        if file.policy != VERSION {
            return Err(PolicyError::Version { name, found: file.policy });
        }
        if let Some(problem) = problem(&file.rules) {
            return Err(PolicyError::Invalid { name, problem });
        }
        prove_all(&name, &file.rules)?;
        Ok(Self { rules: file.rules, ..Self::default() })
    }

    /// The rules in the order of the file.
    pub fn rules(&self) -> &[Rule] {
        &self.rules
    }

    /// The rules that are stricter for code that a machine wrote.
    pub fn generated(&self) -> &[Rule] {
        &self.generated
    }

    /// The rules that the repository has switched off.
    pub fn off(&self) -> &[Rule] {
        &self.off
    }

    /// Both policies at once: of rules with one id, the stricter severity and the stricter limit hold.
    pub fn combined(mut self, other: &Self) -> Self {
        for rule in &other.rules {
            let own = self.rules.iter_mut().find(|own| own.id == rule.id);
            match own.map(|own| tighten(own, rule)) {
                Some(true) => {}
                Some(false) => self.rules.push(Rule { id: self.free_id(&rule.id), ..rule.clone() }),
                None => self.rules.push(rule.clone()),
            }
        }
        self
    }

    /// The same policy with a higher limit for line coverage, in per cent: what the specification's `[quality]` or the
    /// configuration asks for.
    ///
    /// # Errors
    /// [`PolicyError::Loosened`] when it asks for less, [`PolicyError::Invalid`] outside 0 to 100.
    pub fn with_line_coverage(mut self, asked: f64) -> Result<Self, PolicyError> {
        if !(0.0..=100.0).contains(&asked) {
            let problem = format!("line coverage of {asked} % is not between 0 and 100");
            return Err(PolicyError::Invalid { name: "quality".to_owned(), problem });
        }
        for rule in &mut self.rules {
            if let Condition::LineCoverage { minimum: required } = rule.condition {
                if asked < required {
                    return Err(PolicyError::Loosened { asked, required });
                }
                rule.condition = Condition::LineCoverage { minimum: asked };
            }
        }
        Ok(self)
    }

    /// The same policy, with every rule about provenance refusing, whatever a repository made of it.
    ///
    /// # Errors
    /// None in a released program: a test loads the policy.
    pub fn with_required_provenance(self) -> Result<Self, PolicyError> {
        let mut all = self.combined(&Self::parse("provenance", PROVENANCE)?);
        let about = [ObservationKind::UnattestedCommit, ObservationKind::UnsignedAttestation];
        for rule in &mut all.rules {
            if matches!(&rule.condition, Condition::Unobserved { of } if of.iter().any(|kind| about.contains(kind)))
            {
                (rule.severity, rule.firm) = (Severity::Deny, true);
            }
        }
        Ok(all)
    }

    /// The digest of all that decides: rules with their conditions and severities, not their examples.
    pub fn digest(&self) -> Digest {
        let bare = |rule: &Rule| Rule { accept: Vec::new(), refuse: Vec::new(), ..rule.clone() };
        let rules = |rules: &[Rule]| rules.iter().map(bare).collect::<Vec<Rule>>();
        let (all, generated) = (rules(&self.rules), rules(&self.generated));
        let serialised = match generated.is_empty() {
            true => serde_json::to_vec(&all),
            false => serde_json::to_vec(&(all, generated)),
        };
        let serialised = serialised.expect("rules hold only text and numbers");
        Digest::of(&serialised)
    }

    fn free_id(&self, id: &str) -> String {
        let taken = |id: &str| self.rules.iter().any(|rule| rule.id == id);
        (2..).map(|number| format!("{id}-{number}")).find(|id| !taken(id)).expect("numbers do not run out")
    }
}

/// Makes `own` as strict as `other`; false when they are about different things.
fn tighten(own: &mut Rule, other: &Rule) -> bool {
    let condition = match (&own.condition, &other.condition) {
        (own, other) if own == other => own.clone(),
        (Condition::LineCoverage { minimum: own }, Condition::LineCoverage { minimum: other }) => {
            Condition::LineCoverage { minimum: own.max(*other) }
        }
        (Condition::Unobserved { of: own }, Condition::Unobserved { of: other }) => {
            let both: BTreeSet<ObservationKind> = own.iter().chain(other).copied().collect();
            Condition::Unobserved { of: both.into_iter().collect() }
        }
        (Condition::Unmatched { of: own }, Condition::Unmatched { of: other }) => {
            let both: BTreeSet<&String> = own.iter().chain(other).collect();
            Condition::Unmatched { of: both.into_iter().cloned().collect() }
        }
        (
            Condition::DeletesLittle { tokens, times },
            Condition::DeletesLittle { tokens: other_tokens, times: other_times },
        ) => Condition::DeletesLittle { tokens: *tokens.min(other_tokens), times: *times.min(other_times) },
        (Condition::DependenciesOlder { days: own }, Condition::DependenciesOlder { days: other }) => {
            Condition::DependenciesOlder { days: *own.max(other) }
        }
        (Condition::LicencesAmong { of: own }, Condition::LicencesAmong { of: other }) => {
            Condition::LicencesAmong { of: own.iter().filter(|one| other.contains(one)).cloned().collect() }
        }
        (Condition::ReadsShort { lines }, Condition::ReadsShort { lines: other }) => {
            Condition::ReadsShort { lines: *lines.min(other) }
        }
        _ => return false,
    };
    if condition == other.condition && condition != own.condition {
        // The examples of the limit that holds.
        (own.accept, own.refuse) = (other.accept.clone(), other.refuse.clone());
    }
    own.condition = condition;
    own.severity = own.severity.max(other.severity);
    own.firm |= other.firm;
    true
}

pub(super) fn problem(rules: &[Rule]) -> Option<String> {
    let mut ids = BTreeSet::new();
    if rules.is_empty() {
        return Some("it has no rules".to_owned());
    }
    for rule in rules {
        if !ids.insert(&rule.id) {
            return Some(format!("two rules are called `{}`", rule.id));
        }
        if let Condition::LineCoverage { minimum } = rule.condition
            && !(0.0..=100.0).contains(&minimum)
        {
            return Some(format!("rule `{}` asks for {minimum} per cent", rule.id));
        }
        if matches!(&rule.condition, Condition::Unobserved { of } if of.is_empty()) {
            return Some(format!("rule `{}` looks for nothing", rule.id));
        }
        if let Condition::LicencesAmong { of } = &rule.condition
            && let Some(wrong) = of.iter().find(|name| !licence::is_one(name))
        {
            return Some(format!("rule `{}` names `{wrong}`, which is no SPDX licence", rule.id));
        }
        if let Condition::Unmatched { of } = &rule.condition
            && let Some(problem) = names_no_source_rule(of)
        {
            return Some(format!("rule `{}`: {problem}", rule.id));
        }
        if rule.accept.is_empty() || rule.refuse.is_empty() {
            return Some(format!("rule `{}` needs an example to accept and one to refuse", rule.id));
        }
    }
    None
}

/// What is wrong with the source rules that a rule names.
fn names_no_source_rule(of: &[String]) -> Option<String> {
    if of.is_empty() {
        return Some("it looks for nothing".to_owned());
    }
    match RuleSet::embedded() {
        Ok(rules) => rules.unknown(of),
        Err(error) => Some(error.to_string()),
    }
}

/// A source rule that no rule here names.
fn idle_source_rule(rules: &[Rule]) -> Option<String> {
    let of = |rule: &'_ Rule| -> Vec<String> {
        match &rule.condition {
            Condition::Unmatched { of } => of.clone(),
            _ => Vec::new(),
        }
    };
    let named: Vec<String> = rules.iter().flat_map(of).collect();
    let named: BTreeSet<&str> = named.iter().map(String::as_str).collect();
    match RuleSet::embedded() {
        Ok(known) => known.idle(&named).map(|id| format!("no rule says what source rule `{id}` leads to")),
        Err(error) => Some(error.to_string()),
    }
}

/// Tries all rules on all cores, since that is done at every start; the error is that of the first rule that has one.
fn prove_all(name: &str, rules: &[Rule]) -> Result<(), PolicyError> {
    let workers = std::thread::available_parallelism().map_or(1, std::num::NonZero::get);
    let prove_each = |first: usize| {
        let mut own = rules.iter().enumerate().skip(first).step_by(workers);
        own.find_map(|(place, rule)| Some((place, prove(name, rule).err()?)))
    };
    let wrong = std::thread::scope(|scope| {
        let proving: Vec<_> = (0..workers).map(|first| scope.spawn(move || prove_each(first))).collect();
        let ended = proving.into_iter().filter_map(|worker| worker.join().expect("proving does not panic"));
        ended.min_by_key(|(place, _)| *place)
    });
    wrong.map_or(Ok(()), |(_, error)| Err(error))
}

/// Tries a rule on its own examples.
pub(super) fn prove(name: &str, rule: &Rule) -> Result<(), PolicyError> {
    let refuted = |expected, number| PolicyError::Example {
        name: name.to_owned(),
        rule: rule.id.clone(),
        expected,
        number,
    };
    let breaks = |fragment: &Fragment| !judge::findings(rule, &fragment.over_faultless()).is_empty();
    if let Some(index) = rule.accept.iter().position(breaks) {
        return Err(refuted("should accept", index + 1));
    }
    if let Some(index) = rule.refuse.iter().position(|fragment| !breaks(fragment)) {
        return Err(refuted("should refuse", index + 1));
    }
    Ok(())
}

impl Fragment {
    /// Evidence that just keeps a condition with a limit and evidence that just breaks it, where the condition tells.
    pub(super) fn around(condition: &Condition) -> Option<(Self, Self)> {
        let covered = |percent: f64| Self { coverage: Some(percent), ..Self::default() };
        match condition {
            Condition::LineCoverage { minimum } => Some((covered(*minimum), covered(minimum - 0.1))),
            _ => None,
        }
    }

    fn change_facts(&self) -> ChangeFacts {
        let mut facts = self.change.as_ref().map(ChangeExample::facts).unwrap_or_default();
        facts.matches.extend(self.matches.iter().cloned());
        facts
    }

    /// These facts, and where they are silent those of a tree without fault.
    pub fn over_faultless(&self) -> Facts {
        let faultless = faultless();
        Facts {
            tree: faultless.tree,
            build: self.build.clone().unwrap_or(faultless.build),
            tests: self.tests.clone().unwrap_or(faultless.tests),
            format: self.format.clone().or(faultless.format),
            lints: self.lints.clone().or(faultless.lints),
            docs: self.docs.clone().or(faultless.docs),
            coverage: self.coverage.map(covering).or(faultless.coverage),
            change: Some(self.change_facts()),
            lint_growth: self.lint_growth.clone().or(faultless.lint_growth),
            faults: self.faults.clone().or(faultless.faults),
            observed: self.observed.clone(),
            unchecked: self.unchecked.clone(),
            dependencies: self.dependencies.clone().or(faultless.dependencies),
            matches: None,
            sandbox: self.sandbox.clone().unwrap_or(faultless.sandbox),
            toolchain: faultless.toolchain,
            exceptions: Exceptions { waivers: self.waivers.clone(), known: Vec::new() },
            generated: Vec::new(),
            step: faultless.step,
        }
    }
}

/// Facts that break no rule.
fn faultless() -> Facts {
    let test = TestName { target: "examples".to_owned(), name: "one".to_owned() };
    Facts {
        tree: Digest::of(b""),
        build: BuildFact { success: true, errors: Vec::new() },
        tests: vec![TestFact { test, expected: true, result: TestResult::Passed }],
        format: Some(Vec::new()),
        lints: Some(Vec::new()),
        docs: Some(Vec::new()),
        coverage: Some(covering(100.0)),
        change: Some(ChangeFacts::default()),
        lint_growth: Some(Vec::new()),
        faults: Some(Vec::new()),
        observed: Vec::new(),
        unchecked: Vec::new(),
        dependencies: Some(Vec::new()),
        matches: None,
        sandbox: vec!["landlock".to_owned()],
        toolchain: "rustc".to_owned(),
        exceptions: Exceptions::default(),
        generated: Vec::new(),
        step: None,
    }
}

/// A thousand generated lines of which so many per cent ran.
fn covering(percent: f64) -> Coverage {
    let covered = (0..1000).take_while(|line| f64::from(*line) < percent * 10.0).count();
    let path = TreePath::new("src/lib.rs").expect("a plain path");
    let uncovered_lines = (covered + 1..=1000).collect();
    let file = FileCoverage {
        path,
        covered,
        coverable: 1000,
        uncovered_lines,
        lines: (1..=1000).collect(),
        regions: RegionShare::default(),
    };
    Coverage { files: vec![file.clone()], generated: vec![file] }
}

impl fmt::Display for Condition {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Builds => formatter.write_str("all targets build"),
            Self::TestsPass => formatter.write_str("no test fails"),
            Self::TestsReported => formatter.write_str("every expected test is reported exactly once"),
            Self::Formatted => formatter.write_str("rustfmt would change nothing"),
            Self::LintFree => formatter.write_str("rustc and clippy are silent"),
            Self::Documented => formatter.write_str("rustdoc and missing_docs are silent"),
            Self::LineCoverage { minimum } => {
                write!(formatter, "tests run at least {minimum} % of the generated lines")
            }
            Self::Sandboxed => formatter.write_str("code under test ran in a sandbox"),
            Self::Unobserved { of } => {
                let names: Vec<String> = of.iter().map(ToString::to_string).collect();
                write!(formatter, "the change shows none of these: {}", names.join(", "))
            }
            Self::DeletesLittle { tokens, times } => {
                write!(formatter, "the change deletes at most {tokens} tokens and {times} for each it adds")
            }
            Self::LintsDoNotGrow => formatter.write_str("no function has more warnings than before"),
            Self::FaultsNoticed => formatter.write_str("a test notices when a changed function is broken"),
            Self::EverythingChecked => formatter.write_str("every check could be made"),
            Self::DependenciesOlder { days } => {
                write!(formatter, "each version the change brings in is at least {days} days old")
            }
            Self::LicencesAmong { of } => {
                write!(formatter, "what the change brings in may be used under one of {}", of.join(", "))
            }
            Self::NoWaiverAdded => formatter.write_str("the change waives nothing"),
            Self::WaiversCount => formatter.write_str("every waiver counts"),
            Self::Unmatched { of } => {
                write!(formatter, "source rules find nothing new: {}", of.join(", "))
            }
            Self::ReadsShort { lines } => write!(formatter, "the change has at most {lines} lines to read"),
            Self::NoFaultMissed => {
                formatter.write_str("a test notices each fault put into a changed function")
            }
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_default_policy_proves_itself() {
        let policy = Policy::embedded().unwrap();
        let security = Policy::security().unwrap();
        assert_eq!(policy.rules().len(), 8 + security.rules().len());
    }

    #[test]
    fn a_rule_that_cannot_fire_or_misfires_is_found_when_loaded() {
        let looser = DEFAULT.replace("minimum = 90.0", "minimum = 80.0");
        let stricter = DEFAULT.replace("minimum = 90.0", "minimum = 95.0");
        let expected = |text: &str| match Policy::parse("p", text) {
            Err(PolicyError::Example { rule, expected, .. }) => (rule, expected),
            other => panic!("{other:?}"),
        };
        assert_eq!(expected(&looser), ("line-coverage".to_owned(), "should refuse"));
        assert_eq!(expected(&stricter), ("line-coverage".to_owned(), "should accept"));
    }

    #[test]
    fn malformed_policies_are_refused() {
        let cases = [
            ("", "cannot be read"),
            ("policy = 2\nrule = []", "version 2"),
            ("policy = 1\nrule = []", "no rules"),
            (&DEFAULT.replace("id = \"docs\"", "id = \"lints\""), "two rules"),
            (&DEFAULT.replace("minimum = 90.0", "minimum = 900.0"), "900 per cent"),
            (&DEFAULT.replace("kind = \"builds\"", "kind = \"bilds\""), "cannot be read"),
            (&DEFAULT.replace("accept = [{ }]", "accept = []"), "needs an example"),
            (&DEFAULT.replace("mend =", "mnd ="), "cannot be read"),
        ];
        for (text, part) in cases {
            let error = Policy::parse("p", text).expect_err(part).to_string();
            assert!(error.contains(part), "{error}");
        }
    }

    #[test]
    fn combining_and_quality_only_tighten() {
        let limit = |policy: &Policy| {
            let of = |rule: &Rule| match rule.condition {
                Condition::LineCoverage { minimum } => Some((minimum, rule.severity)),
                _ => None,
            };
            policy.rules().iter().find_map(of).unwrap()
        };
        let base = Policy::parse("default", DEFAULT).unwrap();
        let loose = DEFAULT
            .replace("minimum = 90.0", "minimum = 50.0")
            .replace("{ coverage = 89.9 }", "{ coverage = 49.9 }")
            .replace("severity = \"deny\"", "severity = \"warn\"");
        let loose = Policy::parse("loose", &loose).unwrap();
        for both in [base.clone().combined(&loose), loose.clone().combined(&base)] {
            assert_eq!(limit(&both), (90.0, Severity::Deny));
            assert_eq!(both.rules().len(), 8);
        }
        assert_eq!(limit(&base.clone().with_line_coverage(95.0).unwrap()).0, 95.0);
        assert!(matches!(base.clone().with_line_coverage(80.0), Err(PolicyError::Loosened { .. })));
        assert!(matches!(base.clone().with_line_coverage(f64::NAN), Err(PolicyError::Invalid { .. })));
        assert_ne!(base.digest(), loose.digest());
    }

    #[test]
    fn the_page_explains_every_rule() {
        let page = include_str!("../../../docs/policy.md");
        let all = [Policy::embedded().unwrap(), Policy::fix().unwrap(), Policy::gate().unwrap()];
        for rule in all.iter().flat_map(Policy::rules) {
            assert_eq!(rule.reference, format!("docs/policy.md#{}", rule.id));
            let section = format!("\n## {}\n\n{}: {}.\n", rule.id, rule.severity, rule.condition);
            assert!(page.contains(&section), "docs/policy.md lacks: {section}");
        }
    }

    proptest::proptest! {
        #[test]
        fn no_text_makes_the_reader_panic(text in ".{0,200}", cut in 0usize..4000) {
            let _ = Policy::parse("noise", &text);
            let broken: String = DEFAULT.chars().take(cut).chain(text.chars()).collect();
            let _ = Policy::parse("noise", &broken);
        }
    }
}
