//! One row of the tensor table, and the stream of its data.

use super::{BlockType, GgufError};
use std::{
    fs::File,
    io::{Read, Seek, SeekFrom},
    path::Path,
};

/// Where a tensor lies and how it is stored.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct TensorInfo {
    /// Its name, such as `blk.0.attn_q.weight`.
    pub name: String,
    /// Elements in one row: ggml's innermost dimension, the input width of a weight matrix.
    pub columns: usize,
    /// Number of rows: the product of the outer dimensions, the output width of a weight matrix.
    pub rows: usize,
    /// Whether the file gives it one dimension only.
    pub is_vector: bool,
    /// How each block of a row is stored.
    pub block_type: BlockType,
    /// First byte in the file.
    pub offset: u64,
}

impl TensorInfo {
    /// A table row; `offset` is still relative to the data section.
    pub(super) fn new(
        name: String,
        dimensions: &[u64],
        block_type: BlockType,
        offset: u64,
    ) -> Result<Self, GgufError> {
        let fail = |problem: String| GgufError::Tensor { name: name.clone(), problem };
        let columns = dimensions.first().copied().unwrap_or(0);
        let rows = dimensions.iter().skip(1).try_fold(1u64, |product, size| product.checked_mul(*size));
        let rows = rows.ok_or_else(|| fail(format!("shape {dimensions:?} overflows")))?;
        if columns == 0 || rows == 0 {
            return Err(fail(format!("shape {dimensions:?} is empty")));
        }
        if !columns.is_multiple_of(block_type.elements() as u64) {
            return Err(fail(format!("rows of {columns} are no multiple of a {block_type:?} block")));
        }
        columns
            .checked_mul(rows)
            .and_then(|elements| elements.checked_mul(8))
            .filter(|bytes| usize::try_from(*bytes).is_ok())
            .ok_or_else(|| fail(format!("shape {dimensions:?} overflows")))?;
        let is_vector = dimensions.len() == 1;
        Ok(Self { columns: columns as usize, rows: rows as usize, is_vector, block_type, offset, name })
    }

    /// Makes the offset absolute and checks that the data lies inside a file of `length` bytes.
    pub(super) fn place(&mut self, data: u64, alignment: u64, length: u64) -> Result<(), GgufError> {
        let fail = |problem: String| GgufError::Tensor { name: self.name.clone(), problem };
        if !self.offset.is_multiple_of(alignment) {
            return Err(fail(format!("offset {} is not aligned to {alignment}", self.offset)));
        }
        let start = data.checked_add(self.offset);
        let end = start.and_then(|start| start.checked_add(self.bytes()));
        match (start, end) {
            (Some(start), Some(end)) if end <= length => self.offset = start,
            _ => {
                let (offset, bytes) = (self.offset, self.bytes());
                return Err(fail(format!(
                    "{bytes} bytes at {offset} lie beyond the end of the file ({length} bytes)"
                )));
            }
        }
        Ok(())
    }

    /// Bytes of one row.
    pub fn row_bytes(&self) -> usize {
        self.columns / self.block_type.elements() * self.block_type.bytes()
    }

    /// Bytes of the whole tensor.
    pub fn bytes(&self) -> u64 {
        self.row_bytes() as u64 * self.rows as u64
    }
}

/// Streams a tensor's data from first row to last.
#[derive(Debug)]
pub struct Rows {
    file: File,
    left: u64,
    row_bytes: usize,
    buffer: Vec<u8>,
}

impl Rows {
    pub(super) fn open(path: &Path, tensor: &TensorInfo) -> Result<Self, GgufError> {
        let open = |source| GgufError::Open { path: path.to_owned(), source };
        let mut file = File::open(path).map_err(open)?;
        file.seek(SeekFrom::Start(tensor.offset)).map_err(open)?;
        Ok(Self { file, left: tensor.bytes(), row_bytes: tensor.row_bytes(), buffer: Vec::new() })
    }

    /// The next whole rows, about `bytes` long and at least one, or `None` at the end.
    ///
    /// # Errors
    ///
    /// The file cannot be read, or has become shorter.
    pub fn next_rows(&mut self, bytes: usize) -> Result<Option<&[u8]>, GgufError> {
        if self.left == 0 {
            return Ok(None);
        }
        let wanted = (bytes / self.row_bytes).max(1) as u64 * self.row_bytes as u64;
        let length = wanted.min(self.left);
        self.buffer.resize(length as usize, 0);
        self.file
            .read_exact(&mut self.buffer)
            .map_err(|source| GgufError::Read { what: "tensor data", source })?;
        self.left -= length;
        Ok(Some(&self.buffer))
    }
}
