//! Wrong variants that the inputs must catch.

use std::cmp::Ordering;

use super::reference;

fn prerelease(version: &str) -> &str {
    let version = version.split('+').next().unwrap_or("");
    version.split_once('-').map_or("", |(_, prerelease)| prerelease)
}

fn core(version: &str) -> &str {
    version.split(['-', '+']).next().unwrap_or("")
}

/// Compares prereleases as texts.
pub mod text_prerelease {
    use super::*;

    pub fn compare_versions(a: &str, b: &str) -> Ordering {
        let (pre_a, pre_b) = (prerelease(a), prerelease(b));
        if pre_a.is_empty() || pre_b.is_empty() || core(a) != core(b) {
            return reference::compare_versions(a, b);
        }
        pre_a.cmp(pre_b)
    }
}

/// Looks for the prerelease before it drops the build part.
pub mod hyphen_in_build {
    use super::*;

    pub fn compare_versions(a: &str, b: &str) -> Ordering {
        let cut = |version: &str| match version.split_once('-') {
            Some((core, rest)) => {
                format!("{}-{}", core.split('+').next().unwrap_or(""), rest.split('+').next().unwrap_or(""))
            }
            None => version.to_string(),
        };
        reference::compare_versions(&cut(a), &cut(b))
    }
}

/// Splits prereleases at hyphens too.
pub mod hyphen_separates {
    use super::*;

    pub fn compare_versions(a: &str, b: &str) -> Ordering {
        let dotted = |version: &str| {
            let prerelease = prerelease(version);
            if prerelease.is_empty() {
                core(version).to_string()
            } else {
                format!("{}-{}", core(version), prerelease.replace('-', "."))
            }
        };
        reference::compare_versions(&dotted(a), &dotted(b))
    }
}

/// A longer prerelease says nothing.
pub mod common_parts_only {
    use super::*;

    pub fn compare_versions(a: &str, b: &str) -> Ordering {
        let order = reference::compare_versions(a, b);
        let parts = |version| prerelease(version).split('.').collect::<Vec<_>>();
        let (a, b) = (parts(a), parts(b));
        let shorter = a.len().min(b.len());
        let alike = a.len() != b.len() && a[..shorter] == b[..shorter] && a[0] != "";
        if alike { Ordering::Equal } else { order }
    }
}

/// Numbers in prereleases are as small as they usually are.
pub mod narrow_numbers {
    use super::*;

    pub fn compare_versions(a: &str, b: &str) -> Ordering {
        reference::compare_versions(
            &a.replace("18446744073709551615", "big"),
            &b.replace("18446744073709551615", "big"),
        )
    }
}
