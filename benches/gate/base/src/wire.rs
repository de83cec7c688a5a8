//! Messages to the warehouse: four bytes of length, then the text.

use std::io::{self, Read, Write};

/// The longest message.
pub const LIMIT: u32 = 64 * 1024;

/// Writes a message.
pub fn write_frame(out: &mut impl Write, payload: &[u8]) -> io::Result<()> {
    let length = u32::try_from(payload.len()).map_err(io::Error::other)?;
    out.write_all(&length.to_be_bytes())?;
    out.write_all(payload)
}

/// Reads a message that is not longer than [`LIMIT`].
pub fn read_frame(input: &mut impl Read) -> io::Result<Vec<u8>> {
    let mut length = [0; 4];
    input.read_exact(&mut length)?;
    let length = u32::from_be_bytes(length);
    if length > LIMIT {
        return Err(io::Error::other("the message is too long"));
    }
    let mut payload = Vec::new();
    input.take(u64::from(length)).read_to_end(&mut payload)?;
    Ok(payload)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn messages_are_written_and_read() {
        let mut bytes = Vec::new();
        write_frame(&mut bytes, b"ten pens").unwrap();
        assert_eq!(bytes[..4], [0, 0, 0, 8]);
        assert_eq!(read_frame(&mut bytes.as_slice()).unwrap(), b"ten pens");
    }

    #[test]
    fn long_messages_are_refused() {
        assert!(read_frame(&mut [0xff; 8].as_slice()).is_err());
    }
}
