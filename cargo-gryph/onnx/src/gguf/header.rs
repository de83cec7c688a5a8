//! Reads magic, version, metadata and tensor table.

use super::{BlockType, TensorInfo, Value, bounded::Bounded};
use std::{
    collections::{BTreeMap, HashSet},
    io::Read,
    path::{Path, PathBuf},
};

/// The most dimensions a ggml tensor has.
const MOST_DIMENSIONS: u32 = 4;
/// The data section starts at a multiple of this unless `general.alignment` says otherwise.
const DEFAULT_ALIGNMENT: u64 = 32;
/// The largest alignment believed; beyond it a header is taken as corrupt.
const LARGEST_ALIGNMENT: u64 = 1 << 20;

/// Why a GGUF file cannot be read.
#[derive(Debug, thiserror::Error)]
pub enum GgufError {
    /// The file cannot be opened.
    #[error("cannot open `{path}`")]
    Open {
        /// The file.
        path: PathBuf,
        /// The cause.
        source: std::io::Error,
    },
    /// Reading stopped.
    #[error("cannot read the {what}")]
    Read {
        /// What was being read.
        what: &'static str,
        /// The cause.
        source: std::io::Error,
    },
    /// The first four bytes are not `GGUF`.
    #[error("not a GGUF file: it starts with {found:02x?} instead of `GGUF`")]
    Magic {
        /// The four bytes found.
        found: [u8; 4],
    },
    /// A version this reader does not know.
    #[error("GGUF version {version} is not supported, only 2 and 3 (little endian)")]
    Version {
        /// The version found.
        version: u32,
    },
    /// A length points beyond the end of the file.
    #[error("{what}: the file claims {claimed} but only {left} bytes are left; it is truncated or corrupt")]
    TooLarge {
        /// What was being read.
        what: &'static str,
        /// The count or size claimed.
        claimed: u64,
        /// Bytes left in the file.
        left: u64,
    },
    /// A size does not fit in 64 bits.
    #[error("{what}: the size overflows")]
    Overflow {
        /// What was being read.
        what: &'static str,
    },
    /// A text is not UTF-8.
    #[error("the {what} is not valid UTF-8")]
    NotText {
        /// What was being read.
        what: &'static str,
    },
    /// A metadata value of an unknown or nested type.
    #[error("metadata `{key}` has type {kind}, which is not supported")]
    ValueType {
        /// The key.
        key: String,
        /// The type's number.
        kind: u32,
    },
    /// A key or tensor occurs twice.
    #[error("{what} `{name}` occurs twice")]
    Duplicate {
        /// `metadata` or `tensor`.
        what: &'static str,
        /// Its name.
        name: String,
    },
    /// The alignment is not a power of two of a believable size.
    #[error("alignment {alignment} is not a power of two from 8 to {LARGEST_ALIGNMENT}")]
    Alignment {
        /// The alignment claimed.
        alignment: u64,
    },
    /// A tensor's shape or place is impossible.
    #[error("tensor `{name}`: {problem}")]
    Tensor {
        /// The tensor.
        name: String,
        /// What is wrong with it.
        problem: String,
    },
}

/// What stands before the tensor data.
pub(super) struct Header {
    pub(super) metadata: BTreeMap<String, Value>,
    pub(super) tensors: Vec<TensorInfo>,
}

/// Reads the header of the file at `path`.
pub(super) fn read(path: &Path) -> Result<Header, GgufError> {
    let mut reader = Bounded::open(path)?;
    check_identity(&mut reader)?;
    let tensor_count = reader.u64("tensor count")?;
    let key_count = reader.u64("metadata count")?;
    let metadata = read_metadata(&mut reader, key_count)?;
    let mut tensors = read_tensors(&mut reader, tensor_count)?;
    place(&mut tensors, &metadata, reader.position(), reader.length())?;
    Ok(Header { metadata, tensors })
}

fn check_identity<R: Read>(reader: &mut Bounded<R>) -> Result<(), GgufError> {
    let found = reader.bytes("magic")?;
    if &found != b"GGUF" {
        return Err(GgufError::Magic { found });
    }
    match reader.u32("version")? {
        2 | 3 => Ok(()),
        version => Err(GgufError::Version { version }),
    }
}

fn read_metadata<R: Read>(reader: &mut Bounded<R>, count: u64) -> Result<BTreeMap<String, Value>, GgufError> {
    reader.expect_room("metadata", count, 8 + 4 + 1)?;
    let mut metadata = BTreeMap::new();
    for _ in 0..count {
        let key = reader.text("metadata key")?;
        let kind = reader.u32("metadata type")?;
        let value = read_value(reader, &key, kind)?;
        if metadata.insert(key.clone(), value).is_some() {
            return Err(GgufError::Duplicate { what: "metadata", name: key });
        }
    }
    Ok(metadata)
}

fn read_value<R: Read>(reader: &mut Bounded<R>, key: &str, kind: u32) -> Result<Value, GgufError> {
    const WHAT: &str = "metadata value";
    Ok(match kind {
        0 => Value::Unsigned(u64::from(reader.bytes::<1>(WHAT)?[0])),
        1 => Value::Signed(i64::from(i8::from_le_bytes(reader.bytes(WHAT)?))),
        2 => Value::Unsigned(u64::from(u16::from_le_bytes(reader.bytes(WHAT)?))),
        3 => Value::Signed(i64::from(i16::from_le_bytes(reader.bytes(WHAT)?))),
        4 => Value::Unsigned(u64::from(reader.u32(WHAT)?)),
        5 => Value::Signed(i64::from(i32::from_le_bytes(reader.bytes(WHAT)?))),
        6 => Value::Float(f64::from(f32::from_le_bytes(reader.bytes(WHAT)?))),
        7 => Value::Bool(reader.bytes::<1>(WHAT)?[0] != 0),
        8 => Value::Text(reader.text(WHAT)?),
        9 => read_array(reader, key)?,
        10 => Value::Unsigned(reader.u64(WHAT)?),
        11 => Value::Signed(i64::from_le_bytes(reader.bytes(WHAT)?)),
        12 => Value::Float(f64::from_le_bytes(reader.bytes(WHAT)?)),
        _ => {
            return Err(GgufError::ValueType { key: key.to_owned(), kind });
        }
    })
}

fn read_array<R: Read>(reader: &mut Bounded<R>, key: &str) -> Result<Value, GgufError> {
    let kind = reader.u32("array type")?;
    let count = reader.u64("array length")?;
    let smallest = match kind {
        0 | 1 | 7 => 1,
        2 | 3 => 2,
        4..=6 => 4,
        8 | 10..=12 => 8,
        _ => {
            return Err(GgufError::ValueType { key: key.to_owned(), kind });
        }
    };
    reader.expect_room("metadata array", count, smallest)?;
    let mut texts = Vec::new();
    let mut integers = Vec::new();
    let mut floats = Vec::new();
    for _ in 0..count {
        match read_value(reader, key, kind)? {
            Value::Text(text) => texts.push(text),
            Value::Unsigned(number) => {
                integers
                    .push(i64::try_from(number).map_err(|_| GgufError::Overflow { what: "metadata array" })?);
            }
            Value::Signed(number) => integers.push(number),
            Value::Bool(value) => integers.push(i64::from(value)),
            Value::Float(number) => floats.push(number),
            Value::Texts(_) | Value::Integers(_) | Value::Floats(_) => {
                return Err(GgufError::ValueType { key: key.to_owned(), kind });
            }
        }
    }
    Ok(match kind {
        8 => Value::Texts(texts),
        6 | 12 => Value::Floats(floats),
        _ => Value::Integers(integers),
    })
}

fn read_tensors<R: Read>(reader: &mut Bounded<R>, count: u64) -> Result<Vec<TensorInfo>, GgufError> {
    reader.expect_room("tensor table", count, 8 + 4 + 8 + 4 + 8)?;
    let mut names = HashSet::new();
    let mut tensors = Vec::new();
    for _ in 0..count {
        let tensor = read_tensor(reader)?;
        if !names.insert(tensor.name.clone()) {
            return Err(GgufError::Duplicate { what: "tensor", name: tensor.name });
        }
        tensors.push(tensor);
    }
    Ok(tensors)
}

fn read_tensor<R: Read>(reader: &mut Bounded<R>) -> Result<TensorInfo, GgufError> {
    let name = reader.text("tensor name")?;
    let rank = reader.u32("tensor rank")?;
    if rank == 0 || rank > MOST_DIMENSIONS {
        return Err(GgufError::Tensor { name, problem: format!("{rank} dimensions") });
    }
    let mut dimensions = Vec::new();
    for _ in 0..rank {
        dimensions.push(reader.u64("tensor shape")?);
    }
    let kind = reader.u32("tensor type")?;
    let offset = reader.u64("tensor offset")?;
    let Some(block_type) = BlockType::from_number(kind) else {
        return Err(GgufError::Tensor { name, problem: format!("tensor type {kind} is not supported") });
    };
    TensorInfo::new(name, &dimensions, block_type, offset)
}

/// Turns offsets relative to the data section into offsets in the file, and checks that each tensor lies inside it.
fn place(
    tensors: &mut [TensorInfo],
    metadata: &BTreeMap<String, Value>,
    header: u64,
    length: u64,
) -> Result<(), GgufError> {
    let alignment = metadata.get("general.alignment").and_then(Value::as_u64).unwrap_or(DEFAULT_ALIGNMENT);
    if !alignment.is_power_of_two() || !(8..=LARGEST_ALIGNMENT).contains(&alignment) {
        return Err(GgufError::Alignment { alignment });
    }
    let data = header.next_multiple_of(alignment);
    tensors.iter_mut().try_for_each(|tensor| tensor.place(data, alignment, length))
}
