//! The ONNX Runtime library of this process: loaded once from a path, telemetry off.

use ort::environment::Environment;
use std::{
    path::{Path, PathBuf},
    sync::{Arc, Mutex, PoisonError},
};

/// One library and one environment per process: ONNX Runtime allows no second.
static LOADED: Mutex<Option<Runtime>> = Mutex::new(None);

/// Why ONNX Runtime cannot be used.
#[derive(Debug, thiserror::Error)]
pub enum RuntimeError {
    /// The library cannot be loaded, or is too old.
    #[error("cannot load ONNX Runtime from `{library}`")]
    Load {
        /// The library asked for.
        library: PathBuf,
        /// The cause.
        source: ort::LoadDynamicError,
    },
    /// The library was loaded but cannot be set up.
    #[error("cannot set up ONNX Runtime from `{library}`")]
    SetUp {
        /// The library asked for.
        library: PathBuf,
        /// The cause.
        source: ort::Error,
    },
    /// Another library is in use already.
    #[error("cannot load ONNX Runtime from `{wanted}`: this process already uses `{loaded}`")]
    OtherLibrary {
        /// The library asked for.
        wanted: PathBuf,
        /// The library in use.
        loaded: PathBuf,
    },
}

/// A loaded ONNX Runtime. Clones share it.
#[derive(Debug, Clone)]
pub struct Runtime {
    inner: Arc<Inner>,
}

#[derive(Debug)]
struct Inner {
    library: PathBuf,
    version: String,
    environment: Environment,
}

impl Runtime {
    /// The library's version, such as `1.31.1`.
    pub fn version(&self) -> &str {
        &self.inner.version
    }

    /// The library's path as it was given to [`init`].
    pub fn library(&self) -> &Path {
        &self.inner.library
    }

    /// The process's one environment.
    pub(crate) fn environment(&self) -> &Environment {
        &self.inner.environment
    }
}

/// Loads ONNX Runtime from `library`. A second call with the same path returns the same runtime.
///
/// # Errors
///
/// The library is missing, is no ONNX Runtime of version 1.24 or later, or another one is in use.
pub fn init(library: &Path) -> Result<Runtime, RuntimeError> {
    let mut loaded = LOADED.lock().unwrap_or_else(PoisonError::into_inner);
    if let Some(runtime) = loaded.as_ref() {
        return reuse(runtime, library);
    }
    let runtime = load(library)?;
    *loaded = Some(runtime.clone());
    Ok(runtime)
}

fn reuse(runtime: &Runtime, library: &Path) -> Result<Runtime, RuntimeError> {
    if runtime.library() == library {
        return Ok(runtime.clone());
    }
    Err(RuntimeError::OtherLibrary { wanted: library.to_owned(), loaded: runtime.library().to_owned() })
}

fn load(library: &Path) -> Result<Runtime, RuntimeError> {
    let builder = ort::init_from(library)
        .map_err(|source| RuntimeError::Load { library: library.to_owned(), source })?;
    let environment = builder
        .with_name("gryph")
        .with_telemetry(false)
        .build()
        .map_err(|source| RuntimeError::SetUp { library: library.to_owned(), source })?;
    let version = version_in(library).unwrap_or_else(|| ort::info().to_owned());
    Ok(Runtime { inner: Arc::new(Inner { library: library.to_owned(), version, environment }) })
}

/// Finds the version in the name of the library's file, such as `libonnxruntime.so.1.31.1`, links followed.
///
/// The library tells its version only through a raw pointer, which this package does without.
fn version_in(library: &Path) -> Option<String> {
    let file = library.canonicalize().unwrap_or_else(|_| library.to_owned());
    let name = file.file_name()?.to_str()?;
    let digits = name.find(|character: char| character.is_ascii_digit())?;
    let version = name[digits..].trim_end_matches(|character: char| !character.is_ascii_digit());
    version.contains('.').then(|| version.to_owned())
}

#[cfg(test)]
mod tests {
    use super::version_in;
    use std::path::Path;

    #[test]
    fn version_is_found_in_the_file_name() {
        let check =
            |name: &str, expect: Option<&str>| assert_eq!(version_in(Path::new(name)).as_deref(), expect);
        check("/x/libonnxruntime.so.1.31.1", Some("1.31.1"));
        check("libonnxruntime.1.24.4.dylib", Some("1.24.4"));
        check("libonnxruntime.so.1", None);
        check("onnxruntime.dll", None);
    }
}
