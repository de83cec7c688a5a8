//! Where the ONNX Runtime library comes from: the user, the system, the cache, a package.

use std::fs;
use std::path::{Path, PathBuf};

use crate::model::manifest::{FileSpec, Manifest};
use crate::model::store::{Missing, Network, ProvisionError, Store, has_digest};
use crate::model::transfer::Observer;

/// The oldest version that can be used, as `(major, minor)`; the loaded library is asked again.
const OLDEST: (u32, u32) = (1, 24);

/// Where to look before the cache.
#[derive(Clone, PartialEq, Eq, Debug, Default)]
pub struct RuntimeSearch {
    /// The value of `ORT_DYLIB_PATH`: a library, or a directory with one.
    pub given: Option<PathBuf>,
    /// Directories of the system; see [`system_directories`].
    pub system: Vec<PathBuf>,
}

/// Where systems keep their libraries.
///
/// None on Windows: the `onnxruntime.dll` in its system directory belongs to Windows and is too old.
pub fn system_directories() -> Vec<PathBuf> {
    let directories: &[&str] = match std::env::consts::OS {
        "linux" => &[
            "/usr/local/lib",
            "/usr/local/lib64",
            "/usr/lib64",
            "/usr/lib",
            "/usr/lib/x86_64-linux-gnu",
            "/usr/lib/aarch64-linux-gnu",
        ],
        "macos" => &["/opt/homebrew/lib", "/usr/local/lib"],
        _ => &[],
    };
    directories.iter().map(PathBuf::from).collect()
}

impl Store {
    /// The path of a runtime library: the given one, the system's, the cached one, or one fetched now.
    ///
    /// A system's library is taken only if its file name says that it is new enough. A cached one is verified in full
    /// each time, since it is about to be run.
    ///
    /// # Errors
    /// When the given one is not there, or there is none and no source gives one.
    pub fn ensure_runtime(
        &self,
        runtime: &Manifest,
        search: &RuntimeSearch,
        network: &Network,
        observer: &Observer<'_>,
    ) -> Result<PathBuf, ProvisionError> {
        if let Some(given) = &search.given {
            return given_library(given).ok_or_else(|| ProvisionError::GivenLibrary(given.clone()));
        }
        if let Some(library) = search.system.iter().find_map(|directory| newest_library(directory)) {
            return Ok(library);
        }
        let alternatives: Vec<FileSpec> = runtime.files_for(self.platform()).cloned().collect();
        if alternatives.is_empty() {
            return Err(ProvisionError::Platform(self.platform().to_owned()));
        }
        if let Some(library) = self.cached_library(runtime, &alternatives, observer)? {
            return Ok(library);
        }
        self.fetch_library(runtime, &alternatives, network, observer)
    }

    /// The cached library, if it is there and right.
    ///
    /// # Errors
    /// When it cannot be read, or somebody stops it.
    pub fn cached_runtime(
        &self,
        runtime: &Manifest,
        observer: &Observer<'_>,
    ) -> Result<Option<PathBuf>, ProvisionError> {
        let alternatives: Vec<FileSpec> = runtime.files_for(self.platform()).cloned().collect();
        self.cached_library(runtime, &alternatives, observer)
    }

    fn cached_library(
        &self,
        runtime: &Manifest,
        alternatives: &[FileSpec],
        observer: &Observer<'_>,
    ) -> Result<Option<PathBuf>, ProvisionError> {
        for file in alternatives {
            let path = self.file_directory(runtime, file).join(&file.name);
            if has_digest(&path, file, observer)? {
                return Ok(Some(path));
            }
        }
        Ok(None)
    }

    fn fetch_library(
        &self,
        runtime: &Manifest,
        alternatives: &[FileSpec],
        network: &Network,
        observer: &Observer<'_>,
    ) -> Result<PathBuf, ProvisionError> {
        let _lock = self.lock(&runtime.id, observer)?;
        let mut fetch = self.fetch(&runtime.id, network, observer)?;
        let mut attempts = Vec::new();
        for file in alternatives {
            let directory = self.file_directory(runtime, file);
            match fetch.file(file, &directory) {
                Ok(()) => return Ok(directory.join(&file.name)),
                Err(Missing::NoSource(more)) => attempts.extend(more),
                Err(missing) => return Err(missing.into_error(&runtime.id, self.home(), alternatives)),
            }
        }
        Err(Missing::NoSource(attempts).into_error(&runtime.id, self.home(), alternatives))
    }
}

fn given_library(given: &Path) -> Option<PathBuf> {
    if given.is_file() {
        return Some(given.to_owned());
    }
    libraries(given).into_iter().max_by_key(|(version, _)| *version).map(|(_, path)| path)
}

fn newest_library(directory: &Path) -> Option<PathBuf> {
    let new_enough = libraries(directory).into_iter().filter(|(version, _)| *version >= OLDEST);
    new_enough.max_by_key(|(version, _)| *version).map(|(_, path)| path)
}

/// The runtime libraries in a directory, with the version their names (or what they link to) tell.
fn libraries(directory: &Path) -> Vec<((u32, u32), PathBuf)> {
    let entries = fs::read_dir(directory).into_iter().flatten().filter_map(Result::ok);
    let paths = entries.map(|entry| entry.path()).filter(|path| {
        let name = path.file_name().unwrap_or_default().to_string_lossy();
        name.starts_with("libonnxruntime.") || name == "onnxruntime.dll"
    });
    let resolved = paths.filter_map(|path| fs::canonicalize(path).ok()).filter(|path| path.is_file());
    resolved
        .map(|path| {
            let version = version_in(&path.file_name().unwrap_or_default().to_string_lossy());
            (version.unwrap_or_default(), path)
        })
        .collect()
}

/// Reads `1.31` out of `libonnxruntime.so.1.31.1` and `libonnxruntime.1.31.1.dylib`.
fn version_in(name: &str) -> Option<(u32, u32)> {
    let mut numbers = name.split('.').filter_map(|word| word.parse().ok());
    Some((numbers.next()?, numbers.next()?))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_library_tells_its_version_by_name() {
        for (name, version) in [
            ("libonnxruntime.so.1.31.1", Some((1, 31))),
            ("libonnxruntime.1.30.0.dylib", Some((1, 30))),
            ("libonnxruntime.so.1", None),
            ("onnxruntime.dll", None),
        ] {
            assert_eq!(version_in(name), version, "{name}");
        }
    }

    #[test]
    fn the_newest_system_library_is_taken_and_old_ones_are_not() {
        let directory = tempfile::tempdir().unwrap();
        let names =
            ["libonnxruntime.so.1.9.2", "libonnxruntime.so.1.24.0", "libonnxruntime_providers_shared.so"];
        fs::write(directory.path().join(names[0]), "").unwrap();
        assert_eq!(newest_library(directory.path()), None);
        for name in &names[1..] {
            fs::write(directory.path().join(name), "").unwrap();
        }
        let found = newest_library(directory.path()).unwrap();
        assert!(found.ends_with(names[1]), "{}", found.display());
    }
}
