//! The same mutants by cargo-mutants and by a trial: `cargo bench --bench mutants`.
//!
//! cargo-mutants lists its mutants of a published crate and tries them, and a trial with the sandbox on tries the same
//! ones with the same tests, twice, around it. Both run the tests of the library and those in files, none of the
//! documentation's. Each difference between the verdicts is printed. `CARGO_MUTANTS` names the program, unless it is on
//! the path.
//!
//! ```console
//! $ cargo bench --bench mutants -- [--jobs 2] [--shard 0/2] [--alone] [NAME@REQUIREMENT…]
//! ```
//!
//! `--alone` lets cargo-mutants list only.

#![expect(clippy::unwrap_used, reason = "a benchmark that cannot run should say so and stop")]

#[path = "mutants/ours.rs"]
mod ours;
#[path = "published/registry.rs"]
mod registry;
#[path = "mutants/theirs.rs"]
mod theirs;
#[path = "trial/toolchain.rs"]
mod toolchain;

use std::collections::BTreeMap;
use std::path::{Path, PathBuf};
use std::process::ExitCode;
use std::time::Duration;

use cargo_gryph::cargo::Cargo;
use cargo_gryph::sandbox::{Preference, Purpose, detect};
use cargo_gryph::tree::TreePath;

use crate::ours::{Ours, Translated, baseline, translate, try_all, workbench};
use crate::registry::{locked, source};
use crate::theirs::{Theirs, Tool};
use crate::toolchain::toolchain;

/// The crates, as requirements.
const CRATES: [(&str, &str); 3] = [("textwrap", "0.16"), ("semver", "1"), ("strsim", "0.11")];
/// How many times fewer seconds a trial must take.
const AIM: f64 = 20.0;

/// What became of a mutant.
#[derive(Clone, PartialEq, Eq, PartialOrd, Ord, Debug)]
pub(crate) enum Fate {
    /// A test failed.
    Caught,
    /// A test did not end.
    Hung,
    /// All tests passed.
    Missed,
    /// It does not compile.
    Unviable,
    /// Something else.
    Unknown(String),
}

/// What to measure.
struct Order {
    tool: Tool,
    crates: Vec<(String, String)>,
    /// Whether only the trial tries them.
    alone: bool,
}

#[tokio::main]
async fn main() -> ExitCode {
    if !std::env::args().any(|argument| argument == "--bench") {
        return ExitCode::SUCCESS;
    }
    let order = Order::read();
    let Some(version) = order.tool.version() else {
        println!("skipped: no `{}`", order.tool.program.display());
        return ExitCode::SUCCESS;
    };
    println!("{version}, {} jobs for both\n", order.tool.jobs);
    let dir = tempfile::tempdir().unwrap();
    let mut rows = Vec::new();
    for (name, requirement) in &order.crates {
        match measure(dir.path(), name, requirement, &order).await {
            Ok(row) => rows.extend(row),
            Err(why) => println!("- {name}: skipped: {why}"),
        }
    }
    tell(&rows);
    let reached = rows.iter().all(|row| row.mutants >= 100 && row.factor() >= AIM && row.differing == 0);
    println!("\naim {AIM}: {}", if reached { "reached" } else { "MISSED" });
    if reached { ExitCode::SUCCESS } else { ExitCode::FAILURE }
}

impl Order {
    fn read() -> Self {
        let mut order = Self {
            tool: Tool {
                program: std::env::var_os("CARGO_MUTANTS")
                    .map_or_else(|| "cargo-mutants".into(), PathBuf::from),
                cargo: toolchain().cargo,
                shard: None,
                jobs: 2,
            },
            crates: Vec::new(),
            alone: false,
        };
        let mut args = std::env::args().skip(1);
        while let Some(arg) = args.next() {
            match arg.as_str() {
                "--bench" => {}
                "--jobs" => order.tool.jobs = args.next().unwrap().parse().unwrap(),
                "--alone" => order.alone = true,
                "--shard" => order.tool.shard = args.next(),
                named => {
                    let (name, requirement) = named.split_once('@').unwrap_or((named, "*"));
                    order.crates.push((name.to_owned(), requirement.to_owned()));
                }
            }
        }
        if order.crates.is_empty() {
            order.crates = CRATES.map(|(name, of)| (name.to_owned(), of.to_owned())).to_vec();
        }
        order
    }
}

/// One crate.
struct Row {
    name: String,
    mutants: usize,
    theirs: Theirs,
    /// The slower of two trials counts.
    ours: [Duration; 2],
    baseline: Duration,
    hung: Duration,
    differing: usize,
}

impl Row {
    fn slower(&self) -> Duration {
        self.ours[0].max(self.ours[1])
    }

    /// What cargo-mutants takes beyond its baseline.
    fn their_mutants(&self) -> Duration {
        self.theirs.wall.saturating_sub(self.theirs.baseline)
    }

    fn factor(&self) -> f64 {
        self.their_mutants().as_secs_f64() / self.slower().as_secs_f64()
    }

    /// The same with the baselines of both.
    fn factor_of_all(&self) -> f64 {
        self.theirs.wall.as_secs_f64() / (self.slower() + self.baseline).as_secs_f64()
    }

    /// The same without the time in tests that hang: how long they may do so is a setting.
    fn factor_without_hangs(&self, jobs: f64) -> f64 {
        let theirs = self.their_mutants().as_secs_f64() - self.theirs.hung.as_secs_f64() / jobs;
        theirs / (self.slower().as_secs_f64() - self.hung.as_secs_f64() / jobs)
    }
}

async fn measure(dir: &Path, name: &str, requirement: &str, order: &Order) -> Result<Option<Row>, String> {
    let tool = &order.tool;
    // A copy of its own: the next build must not take it away, and another crate may still be run by its copy.
    let launcher = dir.join(format!("{name}-cargo-gryph"));
    std::fs::copy(env!("CARGO_BIN_EXE_cargo-gryph"), &launcher).unwrap();
    let sandbox = detect(&launcher, Preference::Auto).unwrap();
    let walls = sandbox.layers_for(Purpose::Run).iter().map(ToString::to_string).collect::<Vec<_>>();
    let cargo = Cargo::new(toolchain(), sandbox);
    let clean = workbench(dir, &format!("{name}-trial"));
    let tree = locked(&cargo, &clean, source(dir, name, requirement)?).await?;
    let user = dir.join(name);
    let lock = tree.get(&TreePath::new("Cargo.lock").unwrap()).unwrap();
    std::fs::write(user.join("Cargo.lock"), lock).unwrap();
    let translated = translate(&tree, tool.list(&user)?);
    println!("## {name}\n\nwalls: {}", walls.join(", "));
    for (mutant, why) in &translated.left_out {
        println!("- left out of both: {}: {why}", mutant.name);
    }
    let (tests, base, suite) = baseline(&cargo, &clean, &tree).await?;
    println!("{} tests, {:.2?} by themselves", tests.len(), suite);
    let one = try_all(&cargo, &clean, &tree, &translated, &tests, tool.jobs).await?;
    told(&one, &translated);
    if order.alone {
        return Ok(None);
    }
    let left_out: Vec<String> = translated.left_out.iter().map(|(mutant, _)| mutant.name.clone()).collect();
    let theirs = tool.try_all_but(&user, &dir.join(format!("{name}-out")), &left_out)?;
    let other = try_all(&cargo, &clean, &tree, &translated, &tests, tool.jobs).await?;
    told(&other, &translated);
    let differing = compare(&translated, &theirs, &one) + unsteady(&translated, &one, &other);
    Ok(Some(Row {
        name: name.to_owned(),
        mutants: translated.mutants.len(),
        theirs,
        ours: [one.wall, other.wall],
        baseline: base,
        hung: one.hung.min(other.hung),
        differing,
    }))
}

fn told(ours: &Ours, translated: &Translated) {
    let count = translated.candidates.len();
    let each = ours.wall.as_secs_f64() * 1e3 / count as f64;
    println!(
        "trial: {count} in {:.2?}, {each:.1} ms each; {:.2?}, {} stopped builds, hung {:.2?}",
        ours.wall, ours.timings, ours.rounds, ours.hung
    );
    let mut alone: BTreeMap<&str, usize> = BTreeMap::new();
    ours.alone.iter().for_each(|why| *alone.entry(why).or_default() += 1);
    alone.iter().for_each(|(why, count)| println!("  {count} times {why}"));
}

/// Prints how often the verdicts go together and each that does not; how many do not.
fn compare(translated: &Translated, theirs: &Theirs, ours: &Ours) -> usize {
    let by_name: BTreeMap<&str, &Fate> =
        theirs.fates.iter().map(|(name, fate)| (name.as_str(), fate)).collect();
    let absent = Fate::Unknown("not tried".to_owned());
    let mut pairs: BTreeMap<(&Fate, &Fate), usize> = BTreeMap::new();
    let mut differing = 0;
    for (mutant, our) in translated.mutants.iter().zip(&ours.fates) {
        let their = by_name.get(mutant.name.as_str()).copied().unwrap_or(&absent);
        *pairs.entry((their, our)).or_default() += 1;
        // One that hangs is caught: which of the two it is depends on the order of the tests.
        let noticed = |fate: &Fate| matches!(fate, Fate::Caught | Fate::Hung);
        if their != our && !(noticed(their) && noticed(our)) {
            differing += 1;
            println!("- DIFFERS: {}: theirs {their:?}, ours {our:?}", mutant.name);
        }
    }
    for ((their, our), count) in pairs {
        println!("- theirs {their:?}, ours {our:?}: {count}");
    }
    differing
}

/// Verdicts that two trials do not share.
fn unsteady(translated: &Translated, one: &Ours, other: &Ours) -> usize {
    let both = translated.mutants.iter().zip(one.fates.iter().zip(&other.fates));
    let differing = both.filter(|(_, (one, other))| one != other);
    differing
        .map(|(mutant, fates)| println!("- DIFFERS between two trials: {}: {fates:?}", mutant.name))
        .count()
}

fn tell(rows: &[Row]) {
    println!(
        "\n| crate | suite, s | mutants | cargo-mutants, s | ms each | trial, s | ms each | faster by | with baselines \
         | without hangs | differing |\n|---|--:|--:|--:|--:|--:|--:|--:|--:|--:|--:|"
    );
    for row in rows {
        let (theirs, ours) = (row.their_mutants().as_secs_f64(), row.slower().as_secs_f64());
        let each = |seconds: f64| seconds * 1e3 / row.mutants as f64;
        println!(
            "| {} | {:.2} | {} | {theirs:.1} + {:.1} | {:.0} | {ours:.1} + {:.1} | {:.1} | {:.1} | {:.1} | {:.1} | {} |",
            row.name,
            row.theirs.suite.as_secs_f64(),
            row.mutants,
            row.theirs.baseline.as_secs_f64(),
            each(theirs),
            row.baseline.as_secs_f64(),
            each(ours),
            row.factor(),
            row.factor_of_all(),
            row.factor_without_hangs(2.0),
            row.differing,
        );
    }
}
