//! Streams all weights into the data file.

use super::{
    ImportError, Progress,
    plan::{Conversion, Part, Plan, Rotary},
    repack::Pieces,
    weight::Form,
};
use crate::{gguf::Gguf, protobuf::ElementType};
use half::f16;
use std::{
    fs::File,
    io::{self, Seek, SeekFrom, Write},
    ops::ControlFlow,
    path::Path,
};

/// GGUF bytes converted at a time; with its rewritten forms this bounds the import's memory.
const CHUNK: usize = 4 << 20;
/// Positions of the rotary tables computed at a time.
const POSITIONS: usize = 1024;

/// Writes the data file of `plan`.
pub(super) fn write(
    gguf: &Gguf,
    plan: &Plan,
    path: &Path,
    progress: &mut dyn FnMut(Progress) -> ControlFlow<()>,
) -> Result<(), ImportError> {
    let fail = |source| ImportError::Write { path: path.to_owned(), source };
    let mut file = File::create(path).map_err(fail)?;
    let (mut done_bytes, total_bytes) = (0, plan.source_bytes());
    for conversion in &plan.conversions {
        let mut cursors = Cursors::new(conversion);
        let mut rows = gguf.reader(&conversion.tensor).map_err(|source| gguf_error(gguf, source))?;
        while let Some(blocks) = rows.next_rows(CHUNK).map_err(|source| gguf_error(gguf, source))? {
            let pieces = Pieces::rewrite(conversion.tensor.block_type, conversion.weight.form, blocks);
            cursors.write(&mut file, &pieces).map_err(fail)?;
            done_bytes += blocks.len() as u64;
            if progress(Progress { done_bytes, total_bytes }).is_break() {
                return Err(ImportError::Interrupted);
            }
        }
    }
    write_rotary(&mut file, &plan.rotary).and_then(|()| file.sync_all()).map_err(fail)
}

fn gguf_error(gguf: &Gguf, source: crate::gguf::GgufError) -> ImportError {
    ImportError::Gguf { path: gguf.path().to_owned(), source }
}

/// Where the next bytes of each part go; `None` for a part that is not stored.
struct Cursors {
    quants: Option<u64>,
    high: Option<u64>,
    floats: Option<u64>,
    minima: Option<u64>,
    half_floats: Option<u64>,
    half_minima: Option<u64>,
}

impl Cursors {
    fn new(conversion: &Conversion) -> Self {
        let weight = &conversion.weight;
        let start = |part: &Option<Part>| part.as_ref().map(|part| part.offset);
        let is_packed = weight.form == Form::PackedFive;
        Self {
            quants: if is_packed { conversion.packed_at } else { start(&weight.quants) },
            high: start(&weight.high),
            floats: (!is_packed).then_some(weight.floats.offset),
            minima: start(&weight.minima),
            half_floats: start(&weight.half_floats),
            half_minima: start(&weight.half_minima),
        }
    }

    fn write(&mut self, file: &mut File, pieces: &Pieces) -> io::Result<()> {
        append(file, &mut self.quants, &pieces.quants)?;
        append(file, &mut self.high, &pieces.high)?;
        append(file, &mut self.floats, &single_bytes(&pieces.floats))?;
        append(file, &mut self.minima, &single_bytes(&pieces.minima))?;
        if self.half_floats.is_some() {
            append(file, &mut self.half_floats, &half_bytes(&pieces.floats))?;
            append(file, &mut self.half_minima, &half_bytes(&pieces.minima))?;
        }
        Ok(())
    }
}

fn append(file: &mut File, cursor: &mut Option<u64>, bytes: &[u8]) -> io::Result<()> {
    if let Some(at) = cursor {
        file.seek(SeekFrom::Start(*at))?;
        file.write_all(bytes)?;
        *at += bytes.len() as u64;
    }
    Ok(())
}

fn single_bytes(values: &[f32]) -> Vec<u8> {
    values.iter().flat_map(|value| value.to_le_bytes()).collect()
}

fn half_bytes(values: &[f32]) -> Vec<u8> {
    values.iter().flat_map(|value| f16::from_f32(*value).to_le_bytes()).collect()
}

fn write_rotary(file: &mut File, rotary: &Rotary) -> io::Result<()> {
    write_table(file, rotary, &rotary.cosine, f64::cos)?;
    write_table(file, rotary, &rotary.sine, f64::sin)?;
    if let Some((cosine, sine)) = &rotary.half {
        write_table(file, rotary, cosine, f64::cos)?;
        write_table(file, rotary, sine, f64::sin)?;
    }
    Ok(())
}

fn write_table(file: &mut File, rotary: &Rotary, part: &Part, function: fn(f64) -> f64) -> io::Result<()> {
    let mut cursor = Some(part.offset);
    for first in (0..rotary.context).step_by(POSITIONS) {
        let positions = first..rotary.context.min(first + POSITIONS);
        let values: Vec<f32> = positions
            .flat_map(|at| {
                rotary.frequencies.iter().map(move |frequency| function(at as f64 * frequency) as f32)
            })
            .collect();
        let bytes =
            if part.element == ElementType::Float16 { half_bytes(&values) } else { single_bytes(&values) };
        append(file, &mut cursor, &bytes)?;
    }
    Ok(())
}
