//! Gets one file from the first source that gives the right bytes.

use std::fs;
use std::path::Path;

use super::{Attempt, Network, ProvisionError, has_digest};
use crate::model::manifest::{FileSpec, Source};
use crate::model::source::{self, Access, Assembly, PackageCache, SourceError};
use crate::model::transfer::Observer;

/// Fetches files of one model, whose lock is held.
pub(in crate::model) struct Fetch<'a> {
    pub(super) id: &'a str,
    pub(super) network: &'a Network,
    pub(super) observer: &'a Observer<'a>,
    pub(super) packages: PackageCache,
}

/// Why a file is not there.
pub(in crate::model) enum Missing {
    /// The network may not be used.
    Offline,
    /// Each source was tried.
    NoSource(Vec<Attempt>),
    /// Trying more makes no sense.
    Failed(ProvisionError),
}

impl<Error: Into<ProvisionError>> From<Error> for Missing {
    fn from(error: Error) -> Self {
        Self::Failed(error.into())
    }
}

impl Missing {
    /// The error that tells it.
    pub(in crate::model) fn into_error(self, id: &str, home: &Path, files: &[FileSpec]) -> ProvisionError {
        let (id, files) = (id.to_owned(), files.to_vec());
        match self {
            Self::Offline => ProvisionError::Offline { id, home: home.to_owned(), files },
            Self::NoSource(attempts) => ProvisionError::NoSource { id, attempts, files },
            Self::Failed(error) => error,
        }
    }
}

impl Fetch<'_> {
    /// Puts the file into `directory`, unless it is there and right.
    pub(in crate::model) fn file(&mut self, file: &FileSpec, directory: &Path) -> Result<(), Missing> {
        let path = directory.join(&file.name);
        if path.exists() {
            if has_digest(&path, file, self.observer)? {
                return Ok(());
            }
            fs::remove_file(&path).map_err(ProvisionError::disk("delete", &path))?;
        }
        let Network::Online(access) = self.network else {
            return Err(Missing::Offline);
        };
        fs::create_dir_all(directory).map_err(ProvisionError::disk("create", directory))?;
        let what = format!("download {}", self.id);
        let mut assembly = Assembly::open(directory, file, what, *self.observer)?;
        self.fill(&mut assembly, access)?;
        assembly.finish()?;
        Ok(())
    }

    fn fill(&mut self, assembly: &mut Assembly<'_>, access: &Access) -> Result<(), Missing> {
        let mut attempts = Vec::new();
        for source in &assembly.spec().sources {
            match self.fill_from(source, assembly, access) {
                Ok(()) => return Ok(()),
                Err(SourceError::Failed(reason)) => {
                    attempts.push(Attempt { source: source.describe(), reason });
                }
                Err(error @ (SourceError::Cancelled | SourceError::Local { .. })) => return Err(error.into()),
            }
        }
        Err(Missing::NoSource(attempts))
    }

    /// Tries one source; wrong bytes are dropped, and if some of them were old, it is tried once more.
    fn fill_from(
        &mut self,
        source: &Source,
        assembly: &mut Assembly<'_>,
        access: &Access,
    ) -> Result<(), SourceError> {
        let resumed = assembly.length() > 0;
        source::fill(source, access, &mut self.packages, assembly)?;
        let wrong = match assembly.verify() {
            Err(error @ SourceError::Failed(_)) => error,
            verified => return verified,
        };
        assembly.drop_wrong_bytes()?;
        if !resumed {
            return Err(wrong);
        }
        source::fill(source, access, &mut self.packages, assembly)?;
        let verified = assembly.verify();
        if matches!(verified, Err(SourceError::Failed(_))) {
            assembly.drop_wrong_bytes()?;
        }
        verified
    }
}
