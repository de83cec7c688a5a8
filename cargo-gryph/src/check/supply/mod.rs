//! The supply chain: what a change brings in from outside, held against the registry, advisories and sources of it.
//!
//! Cargo alone talks to registries, with the user's own configuration. What it has cached is read here, so that without
//! a network as much is judged as is known; what is not known is named.

pub mod advisory;
mod index;
mod lookalike;
mod registry;

use std::collections::BTreeMap;

use jiff::Timestamp;
use semver::Version;

use crate::cargo::{Cargo, Platforms, ResolvedPackage, Workbench};
use crate::change::dependency::{Delta, LockedPackage};
use crate::change::{Observation, ObservationKind};
use crate::check::evidence::{DependencyFact, Licence};
use crate::check::{CheckError, Unchecked};
use crate::tree::Tree;

use advisory::{Advisories, Weight};
use registry::{Registry, Standing};

pub use registry::missing;

/// Packages that one line lists.
const MOST_NAMES: usize = 12;
const SECONDS_OF_A_DAY: i64 = 24 * 3600;

/// What is asked about dependencies.
#[derive(Clone, Copy, Debug)]
pub struct Question<'a> {
    /// The packages in question.
    pub delta: &'a Delta,
    /// The files of an advisory database, or why there are none.
    pub advisories: Result<&'a Tree, &'a str>,
    /// The time, in seconds since 1970-01-01 UTC.
    pub now: i64,
}

/// What was found out about dependencies.
#[derive(Clone, PartialEq, Eq, Debug, Default)]
pub struct Supply {
    /// What was observed.
    pub observed: Vec<Observation>,
    /// What could not be found out.
    pub unchecked: Vec<Unchecked>,
    /// Each package in question, for the rules with limits.
    pub dependencies: Vec<DependencyFact>,
}

/// Finds out about the packages in question. `bench` holds the tree with its lock file, and what it names is fetched; in
/// `asking` questions to the registry are laid out.
///
/// # Errors
/// When Cargo cannot say what the tree depends on.
pub async fn supply(
    cargo: &Cargo,
    bench: &Workbench,
    asking: &Workbench,
    question: &Question<'_>,
) -> Result<Supply, CheckError> {
    let packages = &question.delta.packages;
    if packages.is_empty() {
        return Ok(Supply::default());
    }
    let resolved = resolved(cargo, bench, packages).await?;
    let registry = Registry::ask(cargo, asking, packages, &resolved).await?;
    let mut inquiry = Inquiry {
        question,
        resolved: &resolved,
        supply: Supply::default(),
        gaps: BTreeMap::new(),
        along: BTreeMap::new(),
    };
    for (name, why) in &registry.stale {
        inquiry.gap(
            "yanked versions",
            &format!("`{name}`"),
            &format!("{why}; what Cargo has cached was read"),
        );
    }
    for package in packages {
        let published = inquiry.standing(package, registry.standing(package));
        inquiry.sources(package, published);
    }
    inquiry.advisories();
    Ok(inquiry.ended())
}

/// What Cargo knows of the packages: of those for this platform, and where some are for others, of all.
async fn resolved(
    cargo: &Cargo,
    bench: &Workbench,
    packages: &[LockedPackage],
) -> Result<Vec<ResolvedPackage>, CheckError> {
    let resolved = cargo.packages(bench, Platforms::Host).await?;
    if packages.iter().all(|package| find(&resolved, package).is_some()) {
        return Ok(resolved);
    }
    if !cargo.offline && cargo.fetch_all(bench).await.is_err() {
        return Ok(resolved);
    }
    Ok(cargo.packages(bench, Platforms::All).await.unwrap_or(resolved))
}

fn find<'r>(resolved: &'r [ResolvedPackage], package: &LockedPackage) -> Option<&'r ResolvedPackage> {
    let source = |one: &ResolvedPackage| one.source == package.source || !package.is_of_registry();
    let is_it =
        |one: &&ResolvedPackage| one.name == package.name && one.version == package.version && source(one);
    resolved.iter().find(is_it)
}

/// The facts as they come together.
struct Inquiry<'a> {
    question: &'a Question<'a>,
    resolved: &'a [ResolvedPackage],
    supply: Supply,
    /// What is not known, and of which packages, by check and reason.
    gaps: BTreeMap<(&'static str, String), Vec<String>>,
    /// Packages that no manifest names and that run in builds.
    along: BTreeMap<ObservationKind, Vec<LockedPackage>>,
}

impl Inquiry<'_> {
    fn gap(&mut self, check: &'static str, of: &str, why: &str) {
        self.gaps.entry((check, why.to_owned())).or_default().push(of.to_owned());
    }

    fn observe(&mut self, kind: ObservationKind, package: &LockedPackage, detail: String) {
        let (path, line) = self.question.delta.place(package);
        self.supply.observed.push(Observation { kind, path, line, item: package.name.clone(), detail });
    }

    /// What the registry says of a package; gives when it was published.
    fn standing(&mut self, package: &LockedPackage, standing: Standing) -> Option<i64> {
        let version = &package.version;
        let entry = match standing {
            Standing::NotOfRegistry => return None,
            Standing::Unknown(why) => {
                self.gap("registry", &label(package), &why);
                return None;
            }
            Standing::Missing => {
                let detail = format!("version {version} is not in the registry");
                self.observe(ObservationKind::DependencyMissing, package, detail);
                return None;
            }
            Standing::Known(entry) => entry,
        };
        if entry.yanked {
            self.observe(ObservationKind::DependencyYanked, package, format!("version {version}"));
        }
        if package.checksum.as_ref().is_some_and(|checksum| *checksum != entry.cksum) {
            let detail = format!("version {version} has another checksum in the registry");
            self.observe(ObservationKind::LockChecksum, package, detail);
        }
        let published = entry.pubtime.as_deref().and_then(|text| text.parse::<Timestamp>().ok());
        if published.is_none() {
            self.gap(
                "age of dependencies",
                &label(package),
                "the registry does not say when it was published",
            );
        }
        published.map(Timestamp::as_second)
    }

    /// What the sources of a package say.
    fn sources(&mut self, package: &LockedPackage, published: Option<i64>) {
        let is_new = self.question.delta.new_names.contains(&package.name);
        if is_new
            && package.is_of_crates_io()
            && let Some(known) = lookalike::nearly(&package.name)
        {
            self.observe(ObservationKind::DependencyLookalike, package, format!("it looks like `{known}`"));
        }
        let found = find(self.resolved, package);
        // What half of all projects build is no news.
        let is_usual = package.is_of_crates_io() && lookalike::is_known(&package.name);
        if let Some(found) = found.filter(|_| is_new && !is_usual) {
            if found.has_build_script {
                self.runs(ObservationKind::DependencyBuildScript, package);
            }
            if found.is_proc_macro {
                self.runs(ObservationKind::DependencyProcMacro, package);
            }
        }
        if found.is_none() {
            self.gap("sources of dependencies", &label(package), "they are not on this machine");
        }
        let (path, line) = self.question.delta.place(package);
        self.supply.dependencies.push(DependencyFact {
            name: package.name.clone(),
            version: package.version.clone(),
            path,
            line,
            age_days: published.map(|then| age(then, self.question.now)),
            licence: found.map_or(Licence::Unknown, licence),
        });
    }

    /// Observes what runs in builds: of what a manifest names each, of what comes with it all together.
    fn runs(&mut self, kind: ObservationKind, package: &LockedPackage) {
        if self.question.delta.places.contains_key(&package.name) {
            self.observe(kind, package, format!("version {}", package.version));
        } else {
            self.along.entry(kind).or_default().push(package.clone());
        }
    }

    /// What is known against the packages.
    fn advisories(&mut self) {
        let of_crates_io = |package: &&LockedPackage| package.is_of_crates_io();
        let packages: Vec<&LockedPackage> =
            self.question.delta.packages.iter().filter(of_crates_io).collect();
        if packages.is_empty() {
            return;
        }
        let files = match self.question.advisories {
            Ok(files) => files,
            Err(why) => {
                let (check, reason) = ("advisories".to_owned(), why.to_owned());
                self.supply.unchecked.push(Unchecked { check, reason });
                return;
            }
        };
        for package in packages {
            let about = Advisories::about(files, &package.name);
            for (file, why) in &about.unreadable {
                self.gap("advisories", &format!("`{file}`"), why);
            }
            let Ok(version) = Version::parse(&package.version) else { continue };
            for advisory in about.all.iter().filter(|advisory| advisory.is_about(&version)) {
                let kind = match advisory.weight {
                    Weight::Vulnerability => ObservationKind::DependencyAdvisory,
                    Weight::Notice(_) => ObservationKind::DependencyNotice,
                };
                self.observe(kind, package, format!("version {version}: {advisory}"));
            }
        }
    }

    fn ended(mut self) -> Supply {
        for (kind, packages) in std::mem::take(&mut self.along) {
            let names: Vec<String> = packages.iter().map(label).collect();
            let detail = format!("they come with what is asked for: {}", listed(&names));
            let Some(first) = packages.first() else { continue };
            let (path, line) = self.question.delta.place(first);
            self.supply.observed.push(Observation { kind, path, line, item: String::new(), detail });
        }
        for ((check, why), of) in self.gaps {
            let reason = format!("{why}: {}", listed(&of));
            self.supply.unchecked.push(Unchecked { check: check.to_owned(), reason });
        }
        self.supply.observed.sort();
        self.supply.observed.dedup();
        self.supply
    }
}

fn listed(names: &[String]) -> String {
    let shown = names.iter().take(MOST_NAMES).cloned().collect::<Vec<_>>().join(", ");
    match names.len().saturating_sub(MOST_NAMES) {
        0 => shown,
        more => format!("{shown} and {more} more"),
    }
}

fn label(package: &LockedPackage) -> String {
    format!("`{} {}`", package.name, package.version)
}

/// Whole days; what was published after now is of no age.
fn age(then: i64, now: i64) -> u64 {
    u64::try_from(now.saturating_sub(then) / SECONDS_OF_A_DAY).unwrap_or(0)
}

fn licence(package: &ResolvedPackage) -> Licence {
    match (&package.license, &package.license_file) {
        (Some(expression), _) if !expression.trim().is_empty() => Licence::Expression(expression.clone()),
        (_, Some(_)) => Licence::File,
        (_, None) => Licence::None,
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn an_age_is_whole_days_and_never_negative() {
        assert_eq!([age(0, 86_399), age(0, 86_400), age(100, 0), age(i64::MIN, i64::MAX)][..3], [0, 1, 0]);
    }
}
