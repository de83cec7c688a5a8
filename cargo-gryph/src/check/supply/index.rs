//! What Cargo has cached of a registry's index: for each package a file with the lines of its versions.
//!
//! The format is Cargo's own (`cargo/sources/registry/index/cache.rs`): a byte with the version of the cache, four bytes
//! with that of the index, a text that names the state of the index, then for each version its number and its line, each
//! ended by a zero byte. Anything else is not read.

use std::fs::File;
use std::io::Read as _;
use std::path::{Path, PathBuf};

use serde::Deserialize;

/// The version of the cache that is read.
const CACHE: u8 = 3;
/// Bytes of a file that are read; the longest that are known have a few million.
const MAX_BYTES: u64 = 64 << 20;

/// A version of a package, as the index has it.
#[derive(Clone, PartialEq, Eq, Debug, Deserialize)]
pub(super) struct Entry {
    #[serde(rename = "vers")]
    pub(super) version: String,
    pub(super) cksum: String,
    #[serde(default)]
    pub(super) yanked: bool,
    /// When it was published, such as `2025-01-02T03:04:05Z`; older registries do not say.
    #[serde(default)]
    pub(super) pubtime: Option<String>,
}

/// The file of a package below the directory of an index.
pub(super) fn file(index: &Path, name: &str) -> Option<PathBuf> {
    let name = name.to_lowercase();
    let plain = |c: char| c.is_ascii_alphanumeric() || c == '-' || c == '_';
    if name.is_empty() || name.len() > 128 || !name.chars().all(plain) {
        return None;
    }
    let cache = index.join(".cache");
    Some(match name.len() {
        1 => cache.join("1").join(name),
        2 => cache.join("2").join(name),
        3 => cache.join("3").join(&name[..1]).join(name),
        _ => cache.join(&name[..2]).join(&name[2..4]).join(name),
    })
}

/// The versions in a file; an error in words when it cannot be read.
pub(super) fn read(path: &Path) -> Result<Vec<Entry>, String> {
    let mut bytes = Vec::new();
    let file = File::open(path).map_err(|_| "Cargo has nothing cached of it".to_owned())?;
    let read = file.take(MAX_BYTES + 1).read_to_end(&mut bytes);
    match read {
        Ok(length) if length as u64 <= MAX_BYTES => parse(&bytes),
        Ok(_) => Err(format!("what Cargo has cached of it is longer than {MAX_BYTES} bytes")),
        Err(error) => Err(format!("what Cargo has cached of it cannot be read: {error}")),
    }
}

/// The versions in the bytes of a file. Lines that are no version are left out, as Cargo does.
pub(super) fn parse(bytes: &[u8]) -> Result<Vec<Entry>, String> {
    let foreign = || "Cargo has cached it in a form that is not known here".to_owned();
    let rest = match bytes.split_first() {
        Some((&CACHE, rest)) => rest.get(4..).ok_or_else(foreign)?,
        _ => return Err(foreign()),
    };
    // The first part names the state of the index.
    let parts: Vec<&[u8]> = rest.split(|byte| *byte == 0).skip(1).collect();
    let entries = parts.chunks_exact(2).filter_map(|pair| serde_json::from_slice::<Entry>(pair[1]).ok());
    Ok(entries.collect())
}

#[cfg(test)]
mod tests {
    use super::*;

    fn cached(lines: &[&str]) -> Vec<u8> {
        let mut bytes = vec![CACHE, 2, 0, 0, 0];
        bytes.extend(b"etag: x\0");
        for line in lines {
            bytes.extend(b"1.0.0\0");
            bytes.extend(line.as_bytes());
            bytes.push(0);
        }
        bytes
    }

    #[test]
    fn versions_are_read_and_what_is_none_is_left_out() {
        let lines = [
            r#"{"name":"a","vers":"1.0.0","deps":[],"cksum":"ab","features":{},"yanked":true}"#,
            "nonsense",
            r#"{"name":"a","vers":"1.1.0","cksum":"cd","yanked":false,"pubtime":"2025-01-02T03:04:05Z"}"#,
        ];
        let entries = parse(&cached(&lines)).unwrap();
        let shown: Vec<_> = entries.iter().map(|one| (one.version.as_str(), one.yanked)).collect();
        assert_eq!(shown, [("1.0.0", true), ("1.1.0", false)]);
        assert_eq!(entries[1].pubtime.as_deref(), Some("2025-01-02T03:04:05Z"));
        assert!(parse(b"").is_err() && parse(&[4, 0, 0, 0, 0]).is_err() && parse(&[3, 0]).is_err());
    }

    #[test]
    fn the_file_of_a_package_lies_where_cargo_puts_it() {
        let file =
            |name| file(Path::new("i"), name).map(|path| path.display().to_string().replace('\\', "/"));
        assert_eq!(file("a").as_deref(), Some("i/.cache/1/a"));
        assert_eq!(file("syn").as_deref(), Some("i/.cache/3/s/syn"));
        assert_eq!(file("Serde_json").as_deref(), Some("i/.cache/se/rd/serde_json"));
        assert_eq!((file(""), file("../x"), file("é")), (None, None, None));
    }

    proptest::proptest! {
        #[test]
        fn no_bytes_make_the_reader_panic(bytes in proptest::collection::vec(proptest::num::u8::ANY, 0..200)) {
            let _ = parse(&bytes);
            let _ = parse(&[&[CACHE, 2, 0, 0, 0], &bytes[..]].concat());
        }
    }
}
