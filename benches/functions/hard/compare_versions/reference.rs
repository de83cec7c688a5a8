//! Orders semantic versions.

use std::cmp::Ordering;

fn compare_parts(a: &str, b: &str) -> Ordering {
    let number =
        |part: &str| if part.bytes().all(|b| b.is_ascii_digit()) { part.parse::<u64>().ok() } else { None };
    match (number(a), number(b)) {
        (Some(a), Some(b)) => a.cmp(&b),
        (Some(_), None) => Ordering::Less,
        (None, Some(_)) => Ordering::Greater,
        (None, None) => a.cmp(b),
    }
}

pub fn compare_versions(a: &str, b: &str) -> Ordering {
    let split = |version: &str| -> (Vec<u64>, Option<Vec<String>>) {
        let version = version.split('+').next().unwrap_or("");
        let (core, prerelease) = match version.split_once('-') {
            Some((core, prerelease)) => (core, Some(prerelease.split('.').map(str::to_string).collect())),
            None => (version, None),
        };
        (core.split('.').filter_map(|number| number.parse().ok()).collect(), prerelease)
    };
    let ((core_a, pre_a), (core_b, pre_b)) = (split(a), split(b));
    core_a.cmp(&core_b).then_with(|| match (pre_a, pre_b) {
        (None, None) => Ordering::Equal,
        (None, Some(_)) => Ordering::Greater,
        (Some(_), None) => Ordering::Less,
        (Some(a), Some(b)) => {
            let first = a.iter().zip(&b).map(|(a, b)| compare_parts(a, b)).find(|order| order.is_ne());
            first.unwrap_or(a.len().cmp(&b.len()))
        }
    })
}
