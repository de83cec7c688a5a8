//! What can be typed: the arguments of every verb.

use std::path::PathBuf;

use clap::{Args, Parser, Subcommand, ValueEnum};

use super::console::{Color, MessageFormat};
use crate::cargo::Selection;
use crate::config::Profile;

/// Cargo calls `cargo-gryph gryph …`, so the first word is the subcommand's own name.
#[derive(Parser, Debug)]
#[command(name = "cargo", bin_name = "cargo", disable_help_subcommand = true)]
pub enum Cargo {
    /// Write and repair Rust code, and let nothing in that has not been proven
    Gryph(Gryph),
}

/// The subcommand.
#[derive(Args, Debug)]
#[command(version, arg_required_else_help = true, after_help = "Exit codes: `cargo gryph explain CODE`.")]
pub struct Gryph {
    /// Options of every verb.
    #[command(flatten)]
    pub common: Common,
    /// The verb.
    #[command(subcommand)]
    pub verb: Verb,
}

/// Options of every verb.
#[derive(Args, Debug)]
pub struct Common {
    /// The form of the output
    #[arg(long, global = true, value_enum, default_value_t, value_name = "FMT")]
    pub message_format: MessageFormat,
    /// When to colour
    #[arg(long, global = true, value_enum, default_value_t, value_name = "WHEN")]
    pub color: Color,
    /// Print only results and errors
    #[arg(short, long, global = true)]
    pub quiet: bool,
    /// Say more; twice for details of every step
    #[arg(short, long, global = true, action = clap::ArgAction::Count)]
    pub verbose: u8,
    /// Never use the network
    #[arg(long, global = true)]
    pub offline: bool,
    /// Run untrusted code without a sandbox; every receipt and report then says so
    #[arg(long, global = true)]
    pub unsandboxed: bool,
}

/// The verbs.
#[derive(Subcommand, Debug)]
pub enum Verb {
    /// Turn a specification into a tested, committed project
    New(New),
    /// Add what a fragment or a sentence asks for to a project's specification
    Add(super::add::Add),
    /// Turn a red build or red tests into a minimal, verified patch
    Fix(Fix),
    /// Judge a change before it is merged
    Gate(Gate),
    /// Say yes to what the gate asks about a change
    Approve(Approve),
    /// Make a key that signs approvals and generated commits
    Key(super::key::Key),
    /// Index what this workspace can build on
    Index(super::index::Index),
    /// Find code in the workspace and in the crates it is locked to
    Search(super::search::Search),
    /// Print what a specification asks for; write nothing
    Plan(Plan),
    /// List, fetch, run and measure models
    Model(super::model::Model),
    /// List the runs in the ledger
    Log(Log),
    /// Print what the ledger holds about a run
    Show(Show),
    /// Explain an exit code or a rule
    Explain(Explain),
    /// Show what this machine has and what is missing
    Doctor,
    /// Print shell completions
    Completions(Completions),
}

/// `new`.
#[derive(Args, Debug, Default)]
pub struct New {
    /// The specification: a TOML file, or Markdown with one `toml` block; or a sentence that says what is wanted
    #[arg(value_name = "SPEC|SENTENCE", required_unless_present_any = ["check", "update"])]
    pub spec: Option<PathBuf>,
    /// How a sentence becomes a specification.
    #[command(flatten)]
    pub drafting: Drafting,
    /// Where the project is to stand; must not exist or be empty
    #[arg(long, value_name = "DIR", required_unless_present_any = ["check", "update"])]
    pub path: Option<PathBuf>,
    /// Tell where the project at --path, or here, and its specification part; write nothing
    #[arg(long, conflicts_with_all = ["update", "partial", "resume", "dry_run", "record", "replay"])]
    pub check: bool,
    /// Apply the specification, `gryph.toml` unless one is given, again to the project at --path, or here
    #[arg(long, conflicts_with = "partial")]
    pub update: bool,
    /// The model that writes
    #[arg(long, value_name = "ID", env = "GRYPH_MODEL")]
    pub model: Option<String>,
    /// Rounds of proposals for a function
    #[arg(long, value_name = "N")]
    pub rounds: Option<u32>,
    /// Samples in a round
    #[arg(long, value_name = "N")]
    pub samples: Option<u32>,
    /// Tokens of one sample
    #[arg(long, value_name = "N")]
    pub max_tokens: Option<u32>,
    /// Seconds for one function, such as `180` or `180s`
    #[arg(long, value_name = "TIME", value_parser = seconds)]
    pub max_time: Option<u64>,
    /// Seed of everything random
    #[arg(long, value_name = "N", default_value_t = 0)]
    pub seed: u64,
    /// Threads of the model; all cores when absent
    #[arg(long, value_name = "N")]
    pub threads: Option<usize>,
    /// Parallel jobs of builds and test runs; all cores when absent
    #[arg(short, long, value_name = "N")]
    pub jobs: Option<usize>,
    /// Accept the functions that were filled and leave the rest out of the public API
    #[arg(long)]
    pub partial: bool,
    /// Continue the draft of an earlier run; the specification may have been corrected since
    #[arg(long, value_name = "RUN")]
    pub resume: Option<String>,
    /// Say yes to the tree of this digest, which an earlier run made and waits for a person
    #[arg(long, value_name = "DIGEST", requires = "resume", value_parser = digest)]
    pub approve: Option<crate::digest::Digest>,
    /// Who says yes; git's `user.name` and `user.email` when absent
    #[arg(long, value_name = "NAME", requires = "approve")]
    pub by: Option<String>,
    /// Write the model's answers to a file
    #[arg(long, value_name = "FILE", conflicts_with = "replay")]
    pub record: Option<PathBuf>,
    /// Take the model's answers from a recording
    #[arg(long, value_name = "FILE")]
    pub replay: Option<PathBuf>,
    /// Refuse to run the model on a CPU
    #[arg(long)]
    pub require_gpu: bool,
    /// The key that signs what is said about the commit; a file that `cargo gryph key new` wrote
    #[arg(long, value_name = "FILE", env = "GRYPH_KEY_FILE")]
    pub key: Option<PathBuf>,
    /// Stop after the plan and the scaffold were checked; write nothing
    #[arg(long)]
    pub dry_run: bool,
}

/// How a sentence becomes a specification.
#[derive(Args, Debug, Default)]
pub struct Drafting {
    /// Take a draft without asking, unless a model made examples in it
    #[arg(short, long)]
    pub yes: bool,
    /// Ask no model what a sentence leaves open
    #[arg(long)]
    pub no_model: bool,
}

/// `fix`.
#[derive(Args, Debug)]
pub struct Fix {
    /// The manifest of the workspace or of a package in it
    #[arg(long, value_name = "PATH")]
    pub manifest_path: Option<PathBuf>,
    /// What is built and tested.
    #[command(flatten)]
    pub selection: Selected,
    /// Seconds of search, such as `60` or `60s`
    #[arg(long, value_name = "TIME", value_parser = seconds, default_value = "60s")]
    pub max_time: u64,
    /// Candidates that are judged
    #[arg(long, value_name = "N")]
    pub max_candidates: Option<usize>,
    /// Tokens of one answer of a model
    #[arg(long, value_name = "N")]
    pub max_tokens: Option<u32>,
    /// Write the patch and leave the commit to you
    #[arg(long)]
    pub no_commit: bool,
    /// Work although files are not committed
    #[arg(long)]
    pub allow_dirty: bool,
    /// Work although there is no git repository; implies --no-commit
    #[arg(long)]
    pub allow_no_vcs: bool,
    /// Take the first of several patches of different behaviour
    #[arg(long, conflicts_with = "interactive")]
    pub accept_ambiguous: bool,
    /// Choose on the terminal between patches of different behaviour
    #[arg(long)]
    pub interactive: bool,
    /// Show the patch and write nothing
    #[arg(long)]
    pub dry_run: bool,
    /// The model that is asked when nothing cheaper helps
    #[arg(long, value_name = "ID", env = "GRYPH_MODEL")]
    pub model: Option<String>,
    /// Ask no model
    #[arg(long, conflicts_with = "model")]
    pub no_model: bool,
    /// The key that signs what is said about the commit; a file that `cargo gryph key new` wrote
    #[arg(long, value_name = "FILE", env = "GRYPH_KEY_FILE")]
    pub key: Option<PathBuf>,
    /// Seed of everything random
    #[arg(long, value_name = "N", default_value_t = 0)]
    pub seed: u64,
    /// Parallel jobs of builds and test runs; all cores when absent
    #[arg(short, long, value_name = "N")]
    pub jobs: Option<usize>,
    /// Write the model's answers to a file
    #[arg(long, value_name = "FILE", conflicts_with = "replay")]
    pub record: Option<PathBuf>,
    /// Take the model's answers from a recording
    #[arg(long, value_name = "FILE")]
    pub replay: Option<PathBuf>,
}

/// What of a workspace is built and tested.
#[derive(Args, Debug)]
pub struct Selected {
    /// Build and test only these packages
    #[arg(short, long, value_name = "SPEC")]
    pub package: Vec<String>,
    /// Features to turn on, separated by commas
    #[arg(short = 'F', long, value_name = "FEATURES", value_delimiter = ',')]
    pub features: Vec<String>,
    /// Turn all features on
    #[arg(long)]
    pub all_features: bool,
    /// Leave the default features off
    #[arg(long)]
    pub no_default_features: bool,
}

impl Selected {
    /// As Cargo is asked for it.
    pub fn selection(&self) -> Selection {
        Selection {
            packages: self.package.clone(),
            features: self.features.clone(),
            all_features: self.all_features,
            no_default_features: self.no_default_features,
        }
    }
}

/// `gate`.
#[derive(Args, Debug)]
pub struct Gate {
    /// Judge what happened since the change left this revision, such as `origin/main`; without it, what is not committed
    #[arg(long, value_name = "REV")]
    pub base: Option<String>,
    /// The manifest of the workspace or of a package in it
    #[arg(long, value_name = "PATH")]
    pub manifest_path: Option<PathBuf>,
    /// What is built and tested.
    #[command(flatten)]
    pub selection: Selected,
    /// List the rules and judge nothing
    #[arg(long)]
    pub list: bool,
    /// Judge all that stands there, not only what the change brings
    #[arg(long)]
    pub all: bool,
    /// Record all that is found as known, in `.config/gryph/baseline.json`
    #[arg(long)]
    pub baseline: bool,
    /// A stricter profile than the repository's: `strict` or `generated`
    #[arg(long, value_name = "NAME", value_parser = profile)]
    pub profile: Option<Profile>,
    /// Refuse generated commits whose attestation is missing, does not fit, or is not signed by a key that the base trusts
    #[arg(long)]
    pub require_provenance: bool,
    /// An approval from outside of the repository; so is the content of GRYPH_APPROVAL
    #[arg(long, value_name = "FILE")]
    pub approval: Option<PathBuf>,
    /// Write the packages that the change adds, changes and removes, as a CycloneDX 1.5 file
    #[arg(long, value_name = "FILE")]
    pub sbom: Option<PathBuf>,
    /// Put no faults into changed functions to see whether a test notices
    #[arg(long)]
    pub no_faults: bool,
    /// Find everything out again, also what was found out before about the same files
    #[arg(long)]
    pub fresh: bool,
    /// An advisory database in the form of RustSec: a directory, or the address of a repository
    #[arg(long, value_name = "DIR|URL")]
    pub advisory_db: Option<String>,
    /// What the change is about: files outside of these patterns and directories are told, such as `src/**`
    #[arg(long, value_name = "GLOB", num_args = 1.., value_delimiter = ',')]
    pub scope: Vec<String>,
    /// Seconds for faults, such as `120` or `120s`
    #[arg(long, value_name = "TIME", value_parser = seconds, default_value = "120s")]
    pub max_time: u64,
    /// Seed of everything random
    #[arg(long, value_name = "N", default_value_t = 0)]
    pub seed: u64,
    /// Parallel jobs of builds and test runs; all cores when absent
    #[arg(short, long, value_name = "N")]
    pub jobs: Option<usize>,
}

/// `approve`.
#[derive(Args, Debug)]
pub struct Approve {
    /// What is approved: the flags with which the gate asked.
    #[command(flatten)]
    pub gate: Gate,
    /// Why; whoever reads the approval sees it
    #[arg(long, value_name = "TEXT")]
    pub reason: String,
    /// Who; the name and address of git's configuration when absent
    #[arg(long, value_name = "NAME")]
    pub by: Option<String>,
    /// The key that signs; a file that `cargo gryph key new` wrote
    #[arg(long, value_name = "FILE", env = "GRYPH_KEY_FILE")]
    pub key: Option<PathBuf>,
}

/// `plan`.
#[derive(Args, Debug)]
pub struct Plan {
    /// The specification, or a sentence that says what is wanted
    #[arg(value_name = "SPEC|SENTENCE")]
    pub spec: PathBuf,
    /// Ask no model what a sentence leaves open
    #[arg(long)]
    pub no_model: bool,
    /// Take the model's answers from a recording
    #[arg(long, value_name = "FILE")]
    pub replay: Option<PathBuf>,
    /// Print the files of the scaffold too
    #[arg(long, conflicts_with = "format")]
    pub files: bool,
    /// The form of the plan; `--message-format json` gives it as one line among events
    #[arg(long, value_enum, value_name = "FORM", conflicts_with = "message_format")]
    pub format: Option<PlanFormat>,
}

/// The form of a plan.
#[derive(Clone, Copy, PartialEq, Eq, Debug, ValueEnum)]
pub enum PlanFormat {
    /// For a terminal
    Text,
    /// One JSON document
    Json,
    /// One YAML document
    Yaml,
    /// A page with diagrams (Mermaid)
    Markdown,
}

/// `log`.
#[derive(Args, Debug)]
pub struct Log {
    /// How many runs, newest first
    #[arg(short = 'n', long, default_value_t = 20)]
    pub number: usize,
}

/// `show`.
#[derive(Args, Debug)]
pub struct Show {
    /// The run's id or the start of it
    pub run: String,
}

/// `explain`.
#[derive(Args, Debug)]
pub struct Explain {
    /// An exit code such as `104`, or a rule of the gate
    pub code: String,
}

/// `completions`.
#[derive(Args, Debug)]
pub struct Completions {
    /// The shell
    pub shell: clap_complete::Shell,
}

fn profile(text: &str) -> Result<Profile, String> {
    let known = Profile::ALL.into_iter().find(|profile| profile.name() == text);
    known.ok_or_else(|| format!("profiles are {}", Profile::ALL.map(Profile::name).join(", ")))
}

fn digest(text: &str) -> Result<crate::digest::Digest, String> {
    crate::digest::Digest::from_hex(text).ok_or_else(|| "expected the 64 digits that the run told".to_owned())
}

pub(super) fn seconds(text: &str) -> Result<u64, String> {
    let number = text.strip_suffix('s').unwrap_or(text);
    match number.parse() {
        Ok(0) | Err(_) => Err("expected a number of seconds such as `180s`".to_owned()),
        Ok(seconds) => Ok(seconds),
    }
}

#[cfg(test)]
mod tests {
    use clap::CommandFactory as _;

    use super::*;

    #[test]
    fn the_arguments_are_consistent() {
        Cargo::command().debug_assert();
    }

    #[test]
    fn a_time_is_a_positive_number_of_seconds() {
        assert_eq!(seconds("180s"), Ok(180));
        assert_eq!(seconds("60"), Ok(60));
        assert!(seconds("0").is_err() && seconds("1m").is_err());
    }
}
