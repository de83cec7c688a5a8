//! The set: 24 functions in three levels, each a directory with a spec, a reference, inputs and wrong variants.

use std::fmt;
use std::fs;
use std::path::{Path, PathBuf};

use serde::{Deserialize, Serialize};

/// How hard a function is thought to be for a small model.
#[derive(Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Debug, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub(crate) enum Level {
    /// One idea, no state: a few lines.
    Easy,
    /// A loop with state or several rules.
    Medium,
    /// An algorithm or a grammar.
    Hard,
}

impl Level {
    /// All of them, the easiest first.
    pub(crate) const ALL: [Level; 3] = [Level::Easy, Level::Medium, Level::Hard];
}

impl fmt::Display for Level {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        formatter.write_str(match self {
            Level::Easy => "easy",
            Level::Medium => "medium",
            Level::Hard => "hard",
        })
    }
}

/// A function of the set.
#[derive(Clone, PartialEq, Eq, Debug)]
pub(crate) struct Function {
    /// Its name, which is that of its directory, of its reference and of the last segment of its path in the spec.
    pub(crate) name: String,
    /// Its level.
    pub(crate) level: Level,
    /// Its directory.
    pub(crate) directory: PathBuf,
    /// Its visible examples, as the spec has them.
    pub(crate) examples: Vec<String>,
}

impl Function {
    /// The specification.
    pub(crate) fn spec(&self) -> PathBuf {
        self.directory.join("spec.toml")
    }

    /// The reference implementation.
    pub(crate) fn reference(&self) -> PathBuf {
        self.directory.join("reference.rs")
    }

    /// The generator of the thousand inputs.
    pub(crate) fn inputs(&self) -> PathBuf {
        self.directory.join("inputs.rs")
    }
}

/// The set is not as it should be.
#[derive(Debug, thiserror::Error)]
pub(crate) enum SetError {
    /// A file or directory cannot be read.
    #[error("cannot read `{path}`")]
    Read {
        /// Which.
        path: PathBuf,
        /// Why.
        #[source]
        source: std::io::Error,
    },
    /// A spec is not TOML of the shape the bench needs.
    #[error("cannot understand `{path}`")]
    Spec {
        /// Which.
        path: PathBuf,
        /// Why.
        #[source]
        source: toml::de::Error,
    },
    /// A spec does not hold the one function that its directory is named after.
    #[error("`{path}` does not hold exactly the function `{name}`")]
    Function {
        /// Which.
        path: PathBuf,
        /// The name of the directory.
        name: String,
    },
}

/// The part of a spec that the bench reads; the tool reads all of it.
#[derive(Deserialize)]
struct Spec {
    function: Vec<SpecFunction>,
}

#[derive(Deserialize)]
struct SpecFunction {
    path: String,
    examples: Vec<String>,
}

/// Where the set lies in this repository.
pub(crate) fn directory() -> PathBuf {
    Path::new(env!("CARGO_MANIFEST_DIR")).join("benches/functions")
}

/// Reads the set below `root`, by level and then by name.
pub(crate) fn load(root: &Path) -> Result<Vec<Function>, SetError> {
    let mut functions = Vec::new();
    for level in Level::ALL {
        let mut directories = entries(&root.join(level.to_string()))?;
        directories.sort();
        for directory in directories {
            functions.push(function(level, directory)?);
        }
    }
    Ok(functions)
}

fn entries(directory: &Path) -> Result<Vec<PathBuf>, SetError> {
    let error = |source| SetError::Read { path: directory.to_path_buf(), source };
    fs::read_dir(directory).map_err(error)?.map(|entry| Ok(entry.map_err(error)?.path())).collect()
}

fn function(level: Level, directory: PathBuf) -> Result<Function, SetError> {
    let name = directory.file_name().unwrap_or_default().to_string_lossy().into_owned();
    let path = directory.join("spec.toml");
    let text = fs::read_to_string(&path).map_err(|source| SetError::Read { path: path.clone(), source })?;
    let spec: Spec = toml::from_str(&text).map_err(|source| SetError::Spec { path: path.clone(), source })?;
    match <[SpecFunction; 1]>::try_from(spec.function) {
        Ok([function]) if function.path.rsplit("::").next() == Some(&name) => {
            Ok(Function { name, level, directory, examples: function.examples })
        }
        _ => Err(SetError::Function { path, name }),
    }
}
