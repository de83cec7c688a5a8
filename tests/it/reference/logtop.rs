//! Hand-written bodies for `examples/specs/logtop.toml`: they prove that its examples agree with each other.

mod commands {
    fn top() {
        let mut counts = std::collections::BTreeMap::new();
        for line in input.lines().filter(|line| !line.is_empty()) {
            *counts.entry(line).or_insert(0) += 1;
        }
        let mut lines: Vec<(&str, i32)> = counts.into_iter().collect();
        lines.sort_by_key(|(_, number)| -number);
        Ok(lines.iter().take(count).map(|(line, number)| format!("{number} {line}\n")).collect())
    }

    fn levels() {
        let count = |level: &str| {
            input.lines().filter(|line| line.split_whitespace().next() == Some(level)).count()
        };
        let counts = ["ERROR", "WARN", "INFO"].map(|level| (level, count(level)));
        if counts.iter().all(|(_, number)| *number == 0) {
            return Err("no levels found".to_owned());
        }
        Ok(counts.iter().map(|(level, number)| format!("{level}: {number}\n")).collect())
    }

    fn find() {
        if text.is_empty() {
            return Err("nothing to find".to_owned());
        }
        let folded = |line: &str| if ignore_case { line.to_lowercase() } else { line.to_owned() };
        let wanted = folded(text);
        let lines = input.lines().filter(|line| folded(line).contains(&wanted) != invert);
        Ok(lines.map(|line| format!("{line}\n")).collect())
    }
}
