//! Pairs of valid versions that share most of their parts, so that late parts decide: numbers of different length, the
//! largest ones, prereleases with hyphens and mixed parts, build parts with hyphens and dots.

use crate::random::{Random, thousand};

pub type Input = (String, String);
/// Less, equal or greater.
pub const DISTINCT_OUTPUTS: usize = 3;

pub fn call<O>(function: impl Fn(&str, &str) -> O, input: &Input) -> O {
    function(&input.0, &input.1)
}

const NUMBERS: [&str; 7] = ["0", "1", "2", "9", "10", "99", "18446744073709551615"];
const PARTS: [&str; 19] = [
    "0",
    "1",
    "2",
    "10",
    "100",
    "18446744073709551615",
    "a",
    "A",
    "alpha",
    "beta",
    "rc",
    "rc1",
    "rc10",
    "rc2",
    "1a",
    "0a",
    "-",
    "-1",
    "a-b",
];
const BUILDS: [&str; 6] = ["", "", "", "+1", "+b-1.002", "+a.-.z"];

struct Version {
    core: Vec<&'static str>,
    prerelease: Vec<&'static str>,
    build: &'static str,
}

impl Version {
    fn text(&self) -> String {
        let dash = if self.prerelease.is_empty() { "" } else { "-" };
        format!("{}{dash}{}{}", self.core.join("."), self.prerelease.join("."), self.build)
    }
}

fn version(random: &mut Random) -> Version {
    let parts = if random.chance(30) { 0 } else { random.below(4) + 1 };
    Version {
        core: random.list(3, |random| random.pick(&NUMBERS)),
        prerelease: random.list(parts, |random| random.pick(&PARTS)),
        build: random.pick(&BUILDS),
    }
}

/// The same version with one of its parts changed, or only its build.
fn neighbour(random: &mut Random, of: &Version) -> Version {
    let mut version =
        Version { core: of.core.clone(), prerelease: of.prerelease.clone(), build: random.pick(&BUILDS) };
    let parts = version.prerelease.len();
    match random.below(8) {
        0 => version.core[random.below(3)] = random.pick(&NUMBERS),
        1 => version.prerelease.clear(),
        2 => version.prerelease.push(random.pick(&PARTS)),
        3..=5 if parts > 0 => version.prerelease[random.below(parts)] = random.pick(&PARTS),
        6 if parts > 0 => version.prerelease.truncate(random.below(parts)),
        _ => {}
    }
    version
}

pub fn inputs() -> Vec<Input> {
    let edges = [
        ("0.0.0", "0.0.0"),
        ("0.0.0-0", "0.0.0"),
        ("1.0.0+a-b", "1.0.0-a"),
        ("1.0.0+z", "1.0.0+a"),
        ("1.0.0--", "1.0.0--1"),
        ("1.0.0-9", "1.0.0-10"),
        ("1.0.0-9", "1.0.0-1a"),
        ("1.0.0-rc9", "1.0.0-rc10"),
        ("1.0.0-a.b", "1.0.0-a-b"),
        ("1.0.0-a.1", "1.0.0-a.1.0"),
    ];
    let edges = edges.iter().map(|(a, b)| (a.to_string(), b.to_string())).collect();
    thousand(edges, 21, |random| {
        let first = version(random);
        let second = if random.chance(90) { neighbour(random, &first) } else { version(random) };
        if random.chance(50) { (first.text(), second.text()) } else { (second.text(), first.text()) }
    })
}
