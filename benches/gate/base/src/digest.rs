//! Digests; stand-ins that have the names of the real ones.

fn folded(seed: u64, bytes: &[u8]) -> u64 {
    bytes.iter().fold(seed, |sum, byte| {
        (sum ^ u64::from(*byte)).wrapping_mul(0x100_0000_01b3)
    })
}

/// Stands in for MD5.
pub fn md5(bytes: &[u8]) -> String {
    format!("{:016x}", folded(5, bytes))
}

/// Stands in for SHA-1.
pub fn sha1(bytes: &[u8]) -> String {
    format!("{:016x}", folded(1, bytes))
}

/// Stands in for SHA-256.
pub fn sha256(bytes: &[u8]) -> String {
    format!("{:016x}", folded(256, bytes))
}

/// Stands in for Argon2, which is slow on purpose.
pub fn argon2(password: &[u8], salt: &[u8]) -> String {
    let salted = folded(folded(2, salt), password);
    format!("{salted:016x}")
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn digests_tell_texts_apart() {
        for digest in [md5, sha1, sha256] {
            assert_eq!(digest(b"a"), digest(b"a"));
            assert_ne!(digest(b"a"), digest(b"b"));
        }
        assert_ne!(md5(b"a"), sha1(b"a"));
        assert_ne!(sha1(b"a"), sha256(b"a"));
    }

    #[test]
    fn salt_makes_a_difference() {
        assert_ne!(argon2(b"a", b"1"), argon2(b"a", b"2"));
        assert_eq!(argon2(b"a", b"1"), argon2(b"a", b"1"));
    }
}
