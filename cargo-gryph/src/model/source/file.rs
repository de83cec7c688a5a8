//! A file on this machine as a source.

use std::fs::File;
use std::io::Read;
use std::path::Path;

use super::{Assembly, SourceError};

const CHUNK: usize = 1 << 20;

/// Copies the file from its start.
pub(super) fn fill(path: &Path, assembly: &mut Assembly<'_>) -> Result<(), SourceError> {
    let failed = |error| SourceError::Failed(format!("cannot read `{}`: {error}", path.display()));
    let mut file = File::open(path).map_err(failed)?;
    let metadata = file.metadata().map_err(failed)?;
    if !metadata.is_file() || metadata.len() != assembly.spec().bytes {
        let (bytes, wanted) = (metadata.len(), assembly.spec().bytes);
        return Err(SourceError::Failed(format!("`{}` has {bytes} bytes, not {wanted}", path.display())));
    }
    assembly.truncate(0)?;
    let mut buffer = vec![0; CHUNK];
    loop {
        let count = file.read(&mut buffer).map_err(failed)?;
        if count == 0 {
            return Ok(());
        }
        assembly.append(&buffer[..count])?;
    }
}
