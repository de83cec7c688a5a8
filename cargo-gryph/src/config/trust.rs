//! The table `[trust]` of a repository's `.config/gryph.toml`: whose signatures count. It is read from the base of a
//! change, never from the change itself.

use serde::Deserialize;

use crate::trust::{KeyError, TrustedKeys};

/// Where a repository keeps its configuration.
pub const PATH: &str = ".config/gryph.toml";
/// Bytes of that file.
const MOST_BYTES: usize = 1 << 20;

/// Why a table cannot be used. It never repeats what stands there, which may be a secret key in the wrong place.
#[derive(Debug, thiserror::Error, PartialEq, Eq)]
pub enum TrustError {
    /// The file is no text, too long, or not TOML.
    #[error("`{PATH}` is not TOML of at most 1 MiB")]
    File,
    /// The table has another form.
    #[error("`[trust]` in `{PATH}` holds something else than `keys = [\"name:base64\", …]`")]
    Table,
    /// A key is wrong.
    #[error("`keys` of `[trust]` in `{PATH}`, number {number}: {error}")]
    Key {
        /// Which, from 1.
        number: usize,
        /// What is wrong with it.
        error: KeyError,
    },
}

#[derive(Deserialize, Default)]
#[serde(deny_unknown_fields)]
struct Trust {
    #[serde(default)]
    keys: Vec<String>,
}

/// The keys that a text of that file trusts.
///
/// # Errors
/// See [`TrustError`]. What cannot be read trusts nobody, and must not pass for a file without the table.
pub fn read(text: &str) -> Result<TrustedKeys, TrustError> {
    if text.len() > MOST_BYTES {
        return Err(TrustError::File);
    }
    let mut table: toml::Table = text.parse().map_err(|_| TrustError::File)?;
    let Some(value) = table.remove("trust") else { return Ok(TrustedKeys::default()) };
    let trust: Trust = value.try_into().map_err(|_| TrustError::Table)?;
    let keys = trust.keys.iter().map(String::as_str);
    TrustedKeys::read(keys.clone()).map_err(|error| {
        // The first number of keys that cannot be read together.
        let number =
            (1..=trust.keys.len()).find(|number| TrustedKeys::read(keys.clone().take(*number)).is_err());
        TrustError::Key { number: number.unwrap_or(1), error }
    })
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::trust::SecretKey;

    #[test]
    fn keys_are_read_by_their_names() {
        let key = |name: &str| SecretKey::generate(name).unwrap().public();
        let text = format!("jobs = 2\n[trust]\nkeys = [\"{}\", \"{}\"]\n", key("ann"), key("bob"));
        assert_eq!(read(&text).unwrap().names(), ["ann", "bob"]);
        assert!(read("jobs = 2\n").unwrap().is_empty());
    }

    #[test]
    fn what_cannot_be_read_is_an_error_and_not_repeated() {
        let cases = [
            ("trust = 3", TrustError::Table),
            ("[trust]\nkey = [\"hidden\"]", TrustError::Table),
            ("[trust]\nkeys = \"hidden\"", TrustError::Table),
            ("[trust]\nkeys = [\"hidden\"]", TrustError::Key { number: 1, error: KeyError::Public }),
            ("[trust", TrustError::File),
        ];
        for (text, error) in cases {
            assert!(!error.to_string().contains("hidden"));
            assert_eq!(read(text), Err(error), "{text}");
        }
    }

    proptest::proptest! {
        #[test]
        fn no_text_makes_the_reader_panic(text in "\\PC{0,80}") {
            let _ = read(&text);
            let _ = read(&format!("[trust]\nkeys = [{text}]"));
            let _ = read(&format!("[trust]\nkeys = [\"{text}\"]"));
        }
    }
}
