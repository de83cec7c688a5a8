//! Splits a line of CSV.

pub fn split_csv_line(line: &str) -> Vec<String> {
    let mut fields = vec![String::new()];
    let mut quoted = false;
    let mut chars = line.chars().peekable();
    while let Some(c) = chars.next() {
        let doubled = quoted && c == '"' && chars.peek() == Some(&'"');
        if doubled {
            chars.next();
        }
        match c {
            '"' if !doubled => quoted = !quoted,
            ',' if !quoted => fields.push(String::new()),
            _ => fields.last_mut().expect("there is always a field").push(c),
        }
    }
    fields
}
