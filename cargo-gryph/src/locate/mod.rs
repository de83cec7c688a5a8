//! Where the fault may lie: statements and functions, ordered by how well they tell failing tests from passing ones.
//!
//! Suspiciousness is Ochiai's coefficient (Abreu, Zoeteweij, van Gemund, 2006) over the statements that each test ran;
//! a function is as suspicious as its most suspicious statement. Functions in which a test panicked, and lines that
//! changed lately, weigh more.

use std::collections::BTreeSet;
use std::ops::Range;

use crate::patch::Span;
use crate::schema::Site;

/// How much more the function counts in which a failing test panicked.
const PANIC_WEIGHT: f64 = 2.0;
/// How much more a statement counts that changed since the last commit that may have been green.
const CHANGE_WEIGHT: f64 = 2.0;

/// Which probes each test ran over.
#[derive(Clone, PartialEq, Debug, Default)]
pub struct Spectrum {
    /// The places of the probes, in bytes of the original files.
    pub probes: Vec<Span>,
    /// The tests.
    pub runs: Vec<Run>,
}

/// One test's run.
#[derive(Clone, PartialEq, Debug)]
pub struct Run {
    /// Whether it passed.
    pub passed: bool,
    /// The probes it reached, as positions in [`Spectrum::probes`].
    pub hits: BTreeSet<usize>,
}

/// What is known besides the spectrum.
#[derive(Clone, PartialEq, Debug, Default)]
pub struct Hints {
    /// Where failing tests panicked.
    pub panics: Vec<Span>,
    /// What changed lately.
    pub changed: Vec<Span>,
}

/// A statement and how suspicious it is.
#[derive(Clone, PartialEq, Debug)]
pub struct Weighed {
    /// Its bytes in the file.
    pub range: Range<usize>,
    /// From 0 to 1 and, with hints, beyond.
    pub suspiciousness: f64,
}

/// A function in which the fault may lie.
#[derive(Clone, PartialEq, Debug)]
pub struct Suspect {
    /// The function.
    pub site: Site,
    /// The suspiciousness of its most suspicious statement, with the hints' weight.
    pub suspiciousness: f64,
    /// Its statements that some failing test ran.
    pub statements: Vec<Weighed>,
}

/// The functions that some failing test ran, the most suspicious first; equals in the order of the sites.
pub fn suspects(sites: &[Site], spectrum: &Spectrum, hints: &Hints) -> Vec<Suspect> {
    let scores = ochiai(spectrum);
    let mut suspects: Vec<Suspect> =
        sites.iter().filter_map(|site| suspect(site, spectrum, &scores, hints)).collect();
    suspects.sort_by(|left, right| right.suspiciousness.total_cmp(&left.suspiciousness));
    suspects
}

/// Ochiai of every probe: failing tests that ran it, over the root of all failing tests times all tests that ran it.
fn ochiai(spectrum: &Spectrum) -> Vec<f64> {
    let failing = spectrum.runs.iter().filter(|run| !run.passed).count() as f64;
    let score = |probe: usize| {
        let ran = |passed: bool| {
            spectrum.runs.iter().filter(|run| run.passed == passed && run.hits.contains(&probe)).count()
                as f64
        };
        let (failed, passed) = (ran(false), ran(true));
        if failed == 0.0 { 0.0 } else { failed / (failing * (failed + passed)).sqrt() }
    };
    (0..spectrum.probes.len()).map(score).collect()
}

fn suspect(site: &Site, spectrum: &Spectrum, scores: &[f64], hints: &Hints) -> Option<Suspect> {
    let own =
        spectrum.probes.iter().zip(scores).filter(|(probe, score)| **score > 0.0 && inside(probe, site));
    let weighed = |(probe, score): (&Span, &f64)| {
        let changed = hints.changed.iter().any(|change| overlap(change, probe));
        let suspiciousness = score * if changed { CHANGE_WEIGHT } else { 1.0 };
        Weighed { range: probe.range.clone(), suspiciousness }
    };
    let statements: Vec<Weighed> = own.map(weighed).collect();
    let most = statements.iter().map(|statement| statement.suspiciousness).max_by(f64::total_cmp)?;
    let panicked = hints.panics.iter().any(|place| inside(place, site));
    let suspiciousness = most * if panicked { PANIC_WEIGHT } else { 1.0 };
    Some(Suspect { site: site.clone(), suspiciousness, statements })
}

fn inside(span: &Span, site: &Site) -> bool {
    span.path == site.path && site.item.start <= span.range.start && span.range.end <= site.item.end
}

fn overlap(left: &Span, right: &Span) -> bool {
    left.path == right.path && left.range.start < right.range.end && right.range.start < left.range.end
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::schema::sites;
    use crate::tree::TreePath;

    const TEXT: &str = "fn a() { one(); two() }\nfn b() { three() }\nfn c() {}\n";

    fn path() -> TreePath {
        TreePath::new("src/lib.rs").unwrap()
    }

    fn span(text: &str) -> Span {
        let start = TEXT.find(text).unwrap();
        Span { path: path(), range: start..start + text.len() }
    }

    fn spectrum(runs: &[(bool, &[usize])]) -> Spectrum {
        let run =
            |(passed, hits): &(bool, &[usize])| Run { passed: *passed, hits: hits.iter().copied().collect() };
        Spectrum {
            probes: ["one();", "two()", "three()"].map(span).to_vec(),
            runs: runs.iter().map(run).collect(),
        }
    }

    fn names(spectrum: &Spectrum, hints: &Hints) -> Vec<String> {
        let suspects = suspects(&sites(TEXT, &path()), spectrum, hints);
        suspects.into_iter().map(|suspect| suspect.site.function).collect()
    }

    #[test]
    fn what_only_failing_tests_run_comes_first() {
        let spectrum = spectrum(&[(false, &[0, 2]), (true, &[0, 1]), (true, &[0])]);
        assert_eq!(names(&spectrum, &Hints::default()), ["b", "a"]);
        let all = suspects(&sites(TEXT, &path()), &spectrum, &Hints::default());
        assert_eq!(all[0].suspiciousness, 1.0);
        assert_eq!(all[1].statements.len(), 1, "a statement that no failing test ran is no suspect");
        assert!((all[1].suspiciousness - 1.0 / 3.0_f64.sqrt()).abs() < 1e-9);
    }

    #[test]
    fn a_panic_or_a_change_brings_a_function_forward() {
        let spectrum = spectrum(&[(false, &[0, 2]), (true, &[0])]);
        assert_eq!(names(&spectrum, &Hints::default()), ["b", "a"]);
        let panics = Hints { panics: vec![span("one();")], ..Hints::default() };
        assert_eq!(names(&spectrum, &panics), ["a", "b"]);
        let changed = Hints { changed: vec![span("one()")], ..Hints::default() };
        assert_eq!(names(&spectrum, &changed), ["a", "b"]);
    }

    #[test]
    fn without_failing_tests_nobody_is_suspected() {
        assert!(names(&spectrum(&[(true, &[0, 1, 2])]), &Hints::default()).is_empty());
        assert!(names(&spectrum(&[(false, &[])]), &Hints::default()).is_empty());
    }
}
