//! The cache of models and libraries: what is there, how it gets there, and that it stays as it was.
//!
//! `HOME/models/<id>/<first digits of the weights' SHA-256>/` holds the verified files; for a GGUF the imported form
//! in `cpu-v<format>/` (or `gpu-v<format>/`) takes its place. A final name is only ever given to verified content, by
//! one rename, under a lock that all processes share.

mod error;
mod fetch;
mod lock;
mod record;

use std::fs;
use std::ops::ControlFlow;
use std::path::{Path, PathBuf};

pub use error::{Attempt, ProvisionError};
use fetch::Fetch;
pub(super) use fetch::Missing;
use lock::Lock;

use crate::digest::Digest;
use crate::model::import;
use crate::model::manifest::{FileSpec, Manifest};
use crate::model::source::{Access, Assembly, PackageCache, SourceError, fill_from_file};
use crate::model::transfer::Observer;

/// Whether the network may be used.
#[derive(Clone, Debug)]
pub enum Network {
    /// It may, in this way.
    Online(Access),
    /// It may not, and is not tried.
    Offline,
}

/// What a model is imported for.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub enum Device {
    /// The processor.
    Cpu,
    /// A CUDA device; its form serves the processor too.
    Gpu,
}

/// The import of a GGUF into what the decoder reads.
#[derive(Clone, Copy, Debug)]
pub struct Importer {
    /// The version of the form it writes.
    pub format: u32,
    /// Reads the file and writes into the existing directory; `progress` gets bytes done and in all, and may stop it.
    pub run: ImportFunction,
}

/// See [`Importer::run`].
pub type ImportFunction = fn(
    gguf: &Path,
    directory: &Path,
    device: Device,
    progress: &mut dyn FnMut(u64, u64) -> ControlFlow<()>,
) -> Result<(), ImportFailure>;

/// Why an import failed.
pub type ImportFailure = Box<dyn std::error::Error + Send + Sync>;

/// What the cache holds of a model.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub enum State {
    /// Nothing that could be used.
    Absent,
    /// Its files, not yet imported.
    Downloaded,
    /// All that is needed to run it.
    Ready,
    /// Files that have changed since they were stored.
    Damaged,
}

/// The cache.
#[derive(Clone, Debug)]
pub struct Store {
    home: PathBuf,
    platform: String,
    device: Device,
    keep_source: bool,
    importer: Importer,
}

impl Store {
    /// The cache in `home`, which need not exist.
    pub fn open(home: impl Into<PathBuf>) -> Self {
        Self::with_importer(home, import::ONNX)
    }

    /// The cache in `home`, which need not exist, with another import than the usual.
    pub fn with_importer(home: impl Into<PathBuf>, importer: Importer) -> Self {
        let platform = format!("{}-{}", std::env::consts::OS, std::env::consts::ARCH);
        Self { home: home.into(), platform, device: Device::Cpu, keep_source: false, importer }
    }

    /// Imports for this device.
    #[must_use]
    pub fn for_device(self, device: Device) -> Self {
        Self { device, ..self }
    }

    /// Keeps the GGUF beside its imported form, which doubles the disk space.
    #[must_use]
    pub fn keeping_source(self, keep_source: bool) -> Self {
        Self { keep_source, ..self }
    }

    /// Where it is.
    pub fn home(&self) -> &Path {
        &self.home
    }

    /// The platform whose libraries it holds, such as `linux-x86_64`.
    pub fn platform(&self) -> &str {
        &self.platform
    }

    /// What is there of a model, judged by sizes, not digests.
    pub fn state(&self, manifest: &Manifest) -> State {
        let directory = self.weights_directory(manifest);
        let imported = self.imported_directory(manifest, Device::Cpu);
        if self.ready(manifest).is_some() {
            State::Ready
        } else if is_gguf(manifest) && imported.exists() {
            State::Damaged
        } else if manifest.files.iter().all(|file| has_size(&directory.join(&file.name), file.bytes)) {
            State::Downloaded
        } else if manifest.files.iter().any(|file| directory.join(&file.name).exists()) {
            State::Damaged
        } else {
            State::Absent
        }
    }

    /// The directory of a model that can be used as it is.
    pub fn ready(&self, manifest: &Manifest) -> Option<PathBuf> {
        if is_gguf(manifest) {
            let devices: &[Device] = match self.device {
                Device::Cpu => &[Device::Cpu, Device::Gpu],
                Device::Gpu => &[Device::Gpu],
            };
            let mut directories = devices.iter().map(|device| self.imported_directory(manifest, *device));
            return directories.find(|directory| record::has_sizes(directory, manifest));
        }
        let directory = self.weights_directory(manifest);
        let mut files = manifest.files.iter();
        files.all(|file| has_size(&directory.join(&file.name), file.bytes)).then_some(directory)
    }

    /// Makes a model usable and returns its directory: what is missing is fetched, verified and imported.
    ///
    /// # Errors
    /// When no source gives it, the network may not be used, the disk or the import fails, or somebody stops it.
    pub fn ensure(
        &self,
        manifest: &Manifest,
        network: &Network,
        observer: &Observer<'_>,
    ) -> Result<PathBuf, ProvisionError> {
        if let Some(directory) = self.ready(manifest) {
            return Ok(directory);
        }
        let _lock = self.lock(&manifest.id, observer)?;
        self.ensure_locked(manifest, network, observer)
    }

    /// As [`Store::ensure`], but reads all of what is there, and fetches again what is damaged.
    ///
    /// # Errors
    /// As [`Store::ensure`].
    pub fn pull(
        &self,
        manifest: &Manifest,
        network: &Network,
        observer: &Observer<'_>,
    ) -> Result<PathBuf, ProvisionError> {
        let _lock = self.lock(&manifest.id, observer)?;
        if self.ready(manifest).is_some() && !self.is_intact(manifest, observer)? {
            let directory = self.weights_directory(manifest);
            fs::remove_dir_all(&directory).map_err(ProvisionError::disk("delete", &directory))?;
        }
        self.ensure_locked(manifest, network, observer)
    }

    /// Takes a model's file from this machine: `from` is the file, or a directory that holds it under its name.
    ///
    /// # Errors
    /// When the file is not, byte for byte, one of the manifest's.
    pub fn add(
        &self,
        manifest: &Manifest,
        from: &Path,
        observer: &Observer<'_>,
    ) -> Result<(), ProvisionError> {
        let _lock = self.lock(&manifest.id, observer)?;
        let given: Vec<(&FileSpec, PathBuf)> = manifest
            .files_for(&self.platform)
            .map(|file| (file, if from.is_dir() { from.join(&file.name) } else { from.to_owned() }))
            .filter(|(file, path)| has_size(path, file.bytes))
            .collect();
        if given.is_empty() {
            return Err(ProvisionError::no_such_file(manifest, &self.platform, from));
        }
        given.iter().try_for_each(|(file, path)| self.add_file(manifest, file, path, observer))
    }

    /// The manifest's files as they are on disk, in full, against their digests.
    ///
    /// # Errors
    /// When a file cannot be read, or somebody stops it.
    pub fn is_intact(&self, manifest: &Manifest, observer: &Observer<'_>) -> Result<bool, ProvisionError> {
        match self.ready(manifest) {
            None => Ok(false),
            Some(directory) if is_gguf(manifest) => record::has_digests(&directory, manifest, observer),
            Some(directory) => {
                for file in &manifest.files {
                    if record::digest_file(&directory.join(&file.name), observer)? != file.sha256 {
                        return Ok(false);
                    }
                }
                Ok(true)
            }
        }
    }

    fn ensure_locked(
        &self,
        manifest: &Manifest,
        network: &Network,
        observer: &Observer<'_>,
    ) -> Result<PathBuf, ProvisionError> {
        if let Some(directory) = self.ready(manifest) {
            return Ok(directory);
        }
        let directory = self.weights_directory(manifest);
        let mut fetch = self.fetch(&manifest.id, network, observer)?;
        for file in &manifest.files {
            fetch.file(file, &directory).map_err(|attempts| {
                attempts.into_error(&manifest.id, &self.home, std::slice::from_ref(file))
            })?;
        }
        drop(fetch);
        if is_gguf(manifest) { self.import(manifest, observer) } else { Ok(directory) }
    }

    /// What fetches files for `id`, whose lock is held.
    pub(super) fn fetch<'a>(
        &self,
        id: &'a str,
        network: &'a Network,
        observer: &'a Observer<'a>,
    ) -> Result<Fetch<'a>, ProvisionError> {
        let work = self.model_directory(id).join("work");
        if work.exists() {
            fs::remove_dir_all(&work).map_err(ProvisionError::disk("delete", &work))?;
        }
        Ok(Fetch { id, network, observer, packages: PackageCache::new(&work) })
    }

    fn add_file(
        &self,
        manifest: &Manifest,
        file: &FileSpec,
        path: &Path,
        observer: &Observer<'_>,
    ) -> Result<(), ProvisionError> {
        let directory = self.file_directory(manifest, file);
        fs::create_dir_all(&directory).map_err(ProvisionError::disk("create", &directory))?;
        let mut assembly = Assembly::open(&directory, file, format!("copy {}", manifest.id), *observer)?;
        let filled = fill_from_file(path, &mut assembly).and_then(|()| assembly.verify());
        match filled {
            Ok(()) => assembly.finish().map(|_| ()).map_err(ProvisionError::from),
            Err(SourceError::Failed(reason)) => {
                assembly.truncate(0)?;
                Err(ProvisionError::WrongFile { path: path.to_owned(), id: manifest.id.clone(), reason })
            }
            Err(error) => Err(error.into()),
        }
    }

    fn import(&self, manifest: &Manifest, observer: &Observer<'_>) -> Result<PathBuf, ProvisionError> {
        let directory = self.weights_directory(manifest);
        let (half, target) =
            (directory.join("import.partial"), self.imported_directory(manifest, self.device));
        remove_directory(&half)?;
        fs::create_dir_all(&half).map_err(ProvisionError::disk("create", &half))?;
        let gguf = directory.join(&manifest.files[0].name);
        let what = format!("import {}", manifest.id);
        let imported = (self.importer.run)(&gguf, &half, self.device, &mut |done, total| {
            observer.report(&what, done, total);
            if observer.is_cancelled() { ControlFlow::Break(()) } else { ControlFlow::Continue(()) }
        });
        if let Err(source) = imported {
            remove_directory(&half)?;
            return Err(if observer.is_cancelled() {
                ProvisionError::Cancelled
            } else {
                ProvisionError::Import { id: manifest.id.clone(), source }
            });
        }
        record::write(&half, manifest, observer)?;
        remove_directory(&target)?;
        fs::rename(&half, &target).map_err(ProvisionError::disk("rename", &half))?;
        if !self.keep_source {
            fs::remove_file(&gguf).map_err(ProvisionError::disk("delete", &gguf))?;
        }
        Ok(target)
    }

    pub(super) fn lock(&self, id: &str, observer: &Observer<'_>) -> Result<Lock, ProvisionError> {
        Lock::take(&self.model_directory(id), id, observer)
    }

    pub(super) fn model_directory(&self, id: &str) -> PathBuf {
        self.home.join("models").join(id)
    }

    /// Where one file belongs: beside the others, or alone where files are alternatives.
    pub(super) fn file_directory(&self, manifest: &Manifest, file: &FileSpec) -> PathBuf {
        match file.platform {
            None => self.weights_directory(manifest),
            Some(_) => self.model_directory(&manifest.id).join(file.sha256.short()),
        }
    }

    fn weights_directory(&self, manifest: &Manifest) -> PathBuf {
        self.model_directory(&manifest.id).join(manifest.weights().short())
    }

    fn imported_directory(&self, manifest: &Manifest, device: Device) -> PathBuf {
        let device = match device {
            Device::Cpu => "cpu",
            Device::Gpu => "gpu",
        };
        self.weights_directory(manifest).join(format!("{device}-v{}", self.importer.format))
    }
}

/// Whether the model's only file is imported before use.
fn is_gguf(manifest: &Manifest) -> bool {
    matches!(manifest.files.as_slice(), [file] if file.name.ends_with(".gguf"))
}

fn has_size(path: &Path, bytes: u64) -> bool {
    fs::metadata(path).is_ok_and(|metadata| metadata.is_file() && metadata.len() == bytes)
}

/// Whether a stored file still has its digest.
pub(super) fn has_digest(
    path: &Path,
    file: &FileSpec,
    observer: &Observer<'_>,
) -> Result<bool, ProvisionError> {
    Ok(has_size(path, file.bytes) && digest_of(path, observer)? == file.sha256)
}

fn digest_of(path: &Path, observer: &Observer<'_>) -> Result<Digest, ProvisionError> {
    record::digest_file(path, observer)
}

fn remove_directory(path: &Path) -> Result<(), ProvisionError> {
    if path.exists() {
        fs::remove_dir_all(path).map_err(ProvisionError::disk("delete", path))?;
    }
    Ok(())
}
