//! Reads one member out of a wheel or an npm tarball; nothing is ever unpacked to a path an archive names.

use std::fs::File;
use std::io::{self, BufReader, Read};
use std::path::Path;

use flate2::read::GzDecoder;
use sha2::{Digest as _, Sha256};
use zip::ZipArchive;

use super::{Assembly, SourceError};
use crate::digest::Digest;
use crate::model::manifest::Part;

const CHUNK: usize = 1 << 20;
/// A tarball is read from its start, so what precedes the member must be bounded: 4 GiB.
const LONGEST_TAR: u64 = 4 << 30;

/// The form of a package.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub(super) enum Kind {
    /// A Python wheel, which is a ZIP file (PEP 427).
    Wheel,
    /// An npm package, which is a compressed tar file.
    Tarball,
}

impl Kind {
    /// How its file name ends.
    pub(super) fn ending(self) -> &'static str {
        match self {
            Self::Wheel => "whl",
            Self::Tarball => "tgz",
        }
    }
}

/// Appends the part's member if it has the right size and digest; otherwise fails, with some of it appended.
pub(super) fn append_member(
    kind: Kind,
    archive: &Path,
    part: &Part,
    assembly: &mut Assembly<'_>,
) -> Result<(), SourceError> {
    let file = File::open(archive).map_err(SourceError::local("open", archive))?;
    match kind {
        Kind::Wheel => append_from_wheel(BufReader::new(file), part, assembly),
        Kind::Tarball => append_from_tarball(BufReader::new(file), part, assembly),
    }
}

fn append_from_wheel(
    file: BufReader<File>,
    part: &Part,
    assembly: &mut Assembly<'_>,
) -> Result<(), SourceError> {
    let unreadable = |error| SourceError::Failed(format!("its wheel cannot be read: {error}"));
    let mut wheel = ZipArchive::new(file).map_err(unreadable)?;
    let mut member = wheel.by_name(&part.member).map_err(|_| no_member(part))?;
    if !member.is_file() {
        return Err(no_member(part));
    }
    check_size(member.size(), part)?;
    append(&mut member, part, assembly)
}

fn append_from_tarball(
    file: BufReader<File>,
    part: &Part,
    assembly: &mut Assembly<'_>,
) -> Result<(), SourceError> {
    let unreadable = |error: io::Error| SourceError::Failed(format!("its tarball cannot be read: {error}"));
    let mut tarball = tar::Archive::new(GzDecoder::new(file).take(LONGEST_TAR));
    for entry in tarball.entries().map_err(unreadable)? {
        assembly.check_cancelled()?;
        let mut entry = entry.map_err(unreadable)?;
        let regular = entry.header().entry_type().is_file();
        if regular && entry.path_bytes().as_ref() == part.member.as_bytes() {
            check_size(entry.size(), part)?;
            return append(&mut entry, part, assembly);
        }
    }
    Err(no_member(part))
}

fn no_member(part: &Part) -> SourceError {
    SourceError::Failed(format!("it has no file `{}`", part.member))
}

fn check_size(bytes: u64, part: &Part) -> Result<(), SourceError> {
    if bytes == part.bytes {
        return Ok(());
    }
    Err(SourceError::Failed(format!("`{}` has {bytes} bytes, not {}", part.member, part.bytes)))
}

/// Copies at most one byte more than the manifest promises: what an archive says of itself may be a lie.
fn append(member: &mut dyn Read, part: &Part, assembly: &mut Assembly<'_>) -> Result<(), SourceError> {
    let mut member = member.take(part.bytes + 1);
    let (mut hasher, mut length, mut buffer) = (Sha256::new(), 0, vec![0; CHUNK]);
    loop {
        let count = member
            .read(&mut buffer)
            .map_err(|error| SourceError::Failed(format!("`{}` cannot be unpacked: {error}", part.member)))?;
        if count == 0 {
            break;
        }
        length += count as u64;
        hasher.update(&buffer[..count]);
        assembly.append(&buffer[..count])?;
    }
    check_size(length, part)?;
    let digest = Digest::from_bytes(hasher.finalize().into());
    if digest != part.sha256 {
        return Err(SourceError::Failed(format!(
            "`{}` has SHA-256 {digest}, not {}",
            part.member, part.sha256
        )));
    }
    Ok(())
}
