//! The import of a GGUF that the cache uses: gryph-onnx's.

use std::ops::ControlFlow;
use std::path::Path;

use gryph_onnx::facts;
use gryph_onnx::import::{Precision, import};

use crate::model::store::{Device, ImportFailure, Importer};

/// Writes the directory that [`gryph_onnx::decoder`] opens.
pub const ONNX: Importer = Importer { format: facts::FORMAT, run: run_import };

fn run_import(
    gguf: &Path,
    directory: &Path,
    device: Device,
    progress: &mut dyn FnMut(u64, u64) -> ControlFlow<()>,
) -> Result<(), ImportFailure> {
    let precision = match device {
        Device::Cpu => Precision::Cpu,
        Device::Gpu => Precision::Gpu,
    };
    import(gguf, directory, precision, &mut |step| progress(step.done_bytes, step.total_bytes))?;
    Ok(())
}
