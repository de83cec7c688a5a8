//! Wrong variants that the inputs must catch.

/// The domain begins at the last `@`.
pub mod last_sign {
    pub fn redact_email(address: &str) -> String {
        match address.rsplit_once('@') {
            Some((local, domain)) if !local.is_empty() && !domain.is_empty() => {
                format!("{}***@{domain}", local.chars().next().unwrap_or('?'))
            }
            _ => address.to_string(),
        }
    }
}

/// Counts the parts that hold something, not the signs.
pub mod filled_parts {
    pub fn redact_email(address: &str) -> String {
        let parts: Vec<&str> = address.split('@').filter(|part| !part.is_empty()).collect();
        match parts.as_slice() {
            [local, domain] => format!("{}***@{domain}", local.chars().next().unwrap_or('?')),
            _ => address.to_string(),
        }
    }
}

/// The first byte is the first character.
pub mod first_byte {
    pub fn redact_email(address: &str) -> String {
        let parts: Vec<&str> = address.split('@').collect();
        if parts.len() != 2 || parts[0].is_empty() || parts[1].is_empty() {
            return address.to_string();
        }
        format!("{}***@{}", &parts[0][..1], parts[1])
    }
}

/// White space is nothing.
pub mod blank_is_nothing {
    pub fn redact_email(address: &str) -> String {
        if address.split('@').any(|part| part.trim().is_empty()) {
            return address.to_string();
        }
        super::super::reference::redact_email(address)
    }
}
