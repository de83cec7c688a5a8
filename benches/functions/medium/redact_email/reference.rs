//! Hides most of an e-mail address.

pub fn redact_email(address: &str) -> String {
    let parts: Vec<&str> = address.split('@').collect();
    match parts.as_slice() {
        [local, domain] if !domain.is_empty() => match local.chars().next() {
            Some(first) => format!("{first}***@{domain}"),
            None => address.to_string(),
        },
        _ => address.to_string(),
    }
}
