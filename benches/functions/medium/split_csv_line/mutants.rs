//! Wrong variants that the inputs must catch.

/// Quotes only switch.
pub mod quotes_switch {
    pub fn split_csv_line(line: &str) -> Vec<String> {
        let (mut fields, mut quoted) = (vec![String::new()], false);
        for c in line.chars() {
            match c {
                '"' => quoted = !quoted,
                ',' if !quoted => fields.push(String::new()),
                _ => fields.last_mut().unwrap().push(c),
            }
        }
        fields
    }
}

/// Trims quoted fields.
pub mod trims_quoted {
    pub fn split_csv_line(line: &str) -> Vec<String> {
        let fields = super::super::reference::split_csv_line(line);
        if !line.contains('"') {
            return fields;
        }
        fields.iter().map(|field| field.trim().to_string()).collect()
    }
}

/// A backslash takes the meaning from a quote.
pub mod backslash_escapes {
    pub fn split_csv_line(line: &str) -> Vec<String> {
        super::super::reference::split_csv_line(&line.replace("\\\"", "\"\""))
    }
}

/// A doubled quote outside a field counts as one too, so that an empty quoted field is not empty.
pub mod doubled_anywhere {
    pub fn split_csv_line(line: &str) -> Vec<String> {
        let (mut fields, mut quoted) = (vec![String::new()], false);
        let mut chars = line.chars().peekable();
        while let Some(c) = chars.next() {
            match c {
                '"' if chars.next_if_eq(&'"').is_some() => fields.last_mut().unwrap().push('"'),
                '"' => quoted = !quoted,
                ',' if !quoted => fields.push(String::new()),
                _ => fields.last_mut().unwrap().push(c),
            }
        }
        fields
    }
}
