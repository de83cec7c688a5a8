//! `cargo gryph key`: keys that sign approvals and generated commits.

use std::io::Write as _;
use std::path::{Path, PathBuf};

use clap::{Args, Subcommand};

use super::exit_code::ExitCode;
use super::failure::Failure;
use super::surroundings::Surroundings;
use crate::trust::{KeyFileError, PublicKey, SecretKey, key_file};

/// `key`.
#[derive(Args, Debug)]
pub struct Key {
    #[command(subcommand)]
    action: Action,
}

#[derive(Subcommand, Debug)]
enum Action {
    /// Make a key pair and print its public half
    New(New),
    /// Print the public half of a key
    Show(Show),
}

#[derive(Args, Debug)]
struct New {
    /// Where to write the secret half; nothing may be there
    file: PathBuf,
    /// The name under which the public half is trusted
    #[arg(long, value_name = "NAME")]
    name: String,
}

#[derive(Args, Debug)]
struct Show {
    /// The file of the key
    file: PathBuf,
}

/// Makes or shows a key.
pub(super) fn key(arguments: &Key, surroundings: &Surroundings) -> Result<ExitCode, Failure> {
    match &arguments.action {
        Action::New(New { file, name }) => {
            let key = SecretKey::generate(name).map_err(|error| Failure::new(ExitCode::Usage, error))?;
            key_file::write(&surroundings.resolve(file), &key).map_err(failure)?;
            let mut talk = std::io::stderr().lock();
            let _ =
                writeln!(talk, "the secret half is in `{}`: keep it out of every repository", file.display());
            let _ = writeln!(talk, "to trust it, add this to `.config/gryph.toml`, and have that merged:");
            print(&format!("[trust]\nkeys = [\"{}\"]\n", key.public()));
        }
        Action::Show(Show { file }) => {
            let key = key_file::read(&surroundings.resolve(file)).map_err(failure)?;
            print(&format!("{}\n", key.public()));
        }
    }
    Ok(ExitCode::Done)
}

/// The key in a file that was named, if one was.
pub(super) fn given(file: Option<&Path>, surroundings: &Surroundings) -> Result<Option<SecretKey>, Failure> {
    let key = file.map(|file| key_file::read(&surroundings.resolve(file))).transpose();
    key.map_err(failure)
}

/// How a key is called in a message.
pub(super) fn named(key: &PublicKey) -> String {
    format!("`{}` ({})", key.name(), key.id())
}

fn failure(error: KeyFileError) -> Failure {
    let hint = error.hint();
    let failure = Failure::new(ExitCode::Usage, error);
    hint.into_iter().fold(failure, Failure::hint)
}

fn print(text: &str) {
    let mut out = std::io::stdout().lock();
    let _ = out.write_all(text.as_bytes()).and_then(|()| out.flush());
}
