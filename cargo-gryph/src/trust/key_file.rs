//! The file of a secret key: nobody but its owner may read it.

use std::fs::{self, File};
use std::io::{self, Read as _, Write as _};
use std::path::{Path, PathBuf};

use zeroize::Zeroizing;

use super::key::{KeyError, SecretKey};

/// Bytes of a key file.
const MOST_BYTES: u64 = 1024;

/// Why a key file cannot be used. It never says what the file holds.
#[derive(Debug, thiserror::Error)]
pub enum KeyFileError {
    /// It cannot be read.
    #[error("cannot read the key file `{}`", path.display())]
    Read {
        /// The file.
        path: PathBuf,
        /// The reason.
        #[source]
        source: io::Error,
    },
    /// It cannot be written; one that exists is never replaced.
    #[error("cannot write the key file `{}`", path.display())]
    Write {
        /// The file.
        path: PathBuf,
        /// The reason.
        #[source]
        source: io::Error,
    },
    /// Others may read it.
    #[error("the key file `{}` can be read by others (mode {mode:03o})", path.display())]
    Open {
        /// The file.
        path: PathBuf,
        /// Its permissions.
        mode: u32,
    },
    /// It holds something else.
    #[error("cannot use the key file `{}`: {error}", path.display())]
    Content {
        /// The file.
        path: PathBuf,
        /// What is wrong.
        error: KeyError,
    },
}

impl KeyFileError {
    /// What the user can do.
    pub fn hint(&self) -> Option<String> {
        match self {
            Self::Read { .. } => Some("`cargo gryph key new FILE` makes a key".to_owned()),
            Self::Open { path, .. } => Some(format!("chmod 600 '{}'", path.display())),
            Self::Content { .. } => Some("name the file that `cargo gryph key new` wrote".to_owned()),
            Self::Write { .. } => None,
        }
    }
}

/// Reads a key.
///
/// # Errors
/// See [`KeyFileError`].
pub fn read(path: &Path) -> Result<SecretKey, KeyFileError> {
    let failed = |source| KeyFileError::Read { path: path.to_owned(), source };
    let file = File::open(path).map_err(failed)?;
    let metadata = file.metadata().map_err(failed)?;
    if !metadata.is_file() {
        return Err(failed(io::Error::other("it is no file")));
    }
    if let Some(mode) = open_to_others(&metadata) {
        return Err(KeyFileError::Open { path: path.to_owned(), mode });
    }
    let mut text = Zeroizing::new(String::with_capacity(MOST_BYTES as usize + 1));
    let of_content = |error| KeyFileError::Content { path: path.to_owned(), error };
    file.take(MOST_BYTES + 1).read_to_string(&mut text).map_err(|_| of_content(KeyError::Secret))?;
    if text.len() as u64 > MOST_BYTES {
        return Err(of_content(KeyError::Secret));
    }
    SecretKey::read(&text).map_err(of_content)
}

/// Writes a key where no file is yet.
///
/// # Errors
/// [`KeyFileError::Write`].
pub fn write(path: &Path, key: &SecretKey) -> Result<(), KeyFileError> {
    let write = || -> io::Result<()> {
        let mut file = create(path)?;
        file.write_all(key.text().as_bytes())?;
        file.sync_all()
    };
    write().map_err(|source| KeyFileError::Write { path: path.to_owned(), source })
}

#[cfg(unix)]
fn create(path: &Path) -> io::Result<File> {
    use std::os::unix::fs::OpenOptionsExt as _;
    fs::OpenOptions::new().write(true).create_new(true).mode(0o600).open(path)
}

#[cfg(not(unix))]
fn create(path: &Path) -> io::Result<File> {
    fs::OpenOptions::new().write(true).create_new(true).open(path)
}

#[cfg(unix)]
fn open_to_others(metadata: &fs::Metadata) -> Option<u32> {
    use std::os::unix::fs::PermissionsExt as _;
    let mode = metadata.permissions().mode() & 0o777;
    (mode & 0o077 != 0).then_some(mode)
}

#[cfg(not(unix))]
fn open_to_others(_: &fs::Metadata) -> Option<u32> {
    None
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_key_lies_where_only_its_owner_reads_it() {
        let dir = tempfile::tempdir().unwrap();
        let path = dir.path().join("key");
        let key = SecretKey::generate("ann").unwrap();
        write(&path, &key).unwrap();
        assert_eq!(read(&path).unwrap().public(), key.public());
        assert!(matches!(write(&path, &key), Err(KeyFileError::Write { .. })), "a key was replaced");
        #[cfg(unix)]
        {
            use std::os::unix::fs::PermissionsExt as _;
            assert_eq!(fs::metadata(&path).unwrap().permissions().mode() & 0o777, 0o600);
            fs::set_permissions(&path, fs::Permissions::from_mode(0o640)).unwrap();
            assert!(matches!(read(&path), Err(KeyFileError::Open { mode: 0o640, .. })));
        }
    }

    #[test]
    fn an_error_does_not_repeat_what_the_file_holds() {
        let dir = tempfile::tempdir().unwrap();
        let path = dir.path().join("key");
        let key = SecretKey::generate("ann").unwrap();
        write(&path, &key).unwrap();
        let text = fs::read_to_string(&path).unwrap();
        for broken in [text.replace("gryph", "other"), format!("{text}{text}"), "x".repeat(5000)] {
            fs::write(&path, &broken).unwrap();
            let error = read(&path).unwrap_err();
            let shown = format!("{error} {error:?} {:?}", error.hint());
            let secret = text.trim().rsplit(':').next().unwrap();
            assert!(!shown.contains(secret), "{shown}");
        }
    }
}
