//! Hand-written bodies for `examples/specs/toolbox.toml`: they prove that its examples agree with each other.

mod format {
    fn byte_size() {
        if bytes < 1024 {
            return format!("{bytes} B");
        }
        let units = ["KiB", "MiB", "GiB", "TiB"];
        let mut size = bytes as f64 / 1024.0;
        let mut unit = 0;
        while size >= 1024.0 && unit + 1 < units.len() {
            size /= 1024.0;
            unit += 1;
        }
        format!("{size:.1} {}", units[unit])
    }

    fn duration() {
        let parts = [(seconds / 3600, 'h'), (seconds / 60 % 60, 'm'), (seconds % 60, 's')];
        let shown: Vec<String> =
            parts.iter().filter(|(number, _)| *number > 0).map(|(number, unit)| format!("{number}{unit}")).collect();
        if shown.is_empty() { "0s".to_owned() } else { shown.join(" ") }
    }

    fn roman() {
        if !(1..4000).contains(&number) {
            return None;
        }
        let steps = [
            (1000, "M"), (900, "CM"), (500, "D"), (400, "CD"), (100, "C"), (90, "XC"), (50, "L"), (40, "XL"),
            (10, "X"), (9, "IX"), (5, "V"), (4, "IV"), (1, "I"),
        ];
        let mut rest = number;
        let mut numeral = String::new();
        for (value, letters) in steps {
            while rest >= value {
                numeral.push_str(letters);
                rest -= value;
            }
        }
        Some(numeral)
    }

    fn thousands() {
        let digits = number.unsigned_abs().to_string();
        let mut text = String::new();
        for (index, digit) in digits.chars().enumerate() {
            if index > 0 && (digits.len() - index) % 3 == 0 {
                text.push(',');
            }
            text.push(digit);
        }
        if number < 0 { format!("-{text}") } else { text }
    }
}

mod parse {
    fn key_values() {
        text.lines()
            .filter(|line| !line.trim_start().starts_with('#'))
            .filter_map(|line| line.split_once('='))
            .map(|(key, value)| (key.trim().to_owned(), value.trim().to_owned()))
            .collect()
    }

    fn ranges() {
        if text.trim().is_empty() {
            return Some(Vec::new());
        }
        let mut numbers = Vec::new();
        for part in text.split(',') {
            let (first, last) = part.split_once('-').unwrap_or((part, part));
            let first: u32 = first.trim().parse().ok()?;
            let last: u32 = last.trim().parse().ok()?;
            if first > last {
                return None;
            }
            numbers.extend(first..=last);
        }
        Some(numbers)
    }

    fn csv_line() {
        let mut fields = vec![String::new()];
        let mut quoted = false;
        let mut letters = line.chars().peekable();
        while let Some(letter) = letters.next() {
            let field = fields.len() - 1;
            match letter {
                '"' if quoted && letters.peek() == Some(&'"') => {
                    letters.next();
                    fields[field].push('"');
                }
                '"' => quoted = !quoted,
                ',' if !quoted => fields.push(String::new()),
                other => fields[field].push(other),
            }
        }
        fields
    }

    fn balanced() {
        let mut open = Vec::new();
        for letter in text.chars() {
            match letter {
                '(' => open.push(')'),
                '[' => open.push(']'),
                '{' => open.push('}'),
                ')' | ']' | '}' if open.pop() != Some(letter) => return false,
                _ => {}
            }
        }
        open.is_empty()
    }
}

mod lists {
    fn merge_intervals() {
        let mut sorted = intervals.to_vec();
        sorted.sort_unstable();
        let mut merged: Vec<(i32, i32)> = Vec::new();
        for (first, last) in sorted {
            match merged.last_mut() {
                Some(previous) if first <= previous.1 => previous.1 = previous.1.max(last),
                _ => merged.push((first, last)),
            }
        }
        merged
    }

    fn median() {
        let mut sorted = numbers.to_vec();
        sorted.sort_by(f64::total_cmp);
        let middle = sorted.len() / 2;
        match sorted.len() {
            0 => None,
            odd if odd % 2 == 1 => Some(sorted[middle]),
            _ => Some((sorted[middle - 1] + sorted[middle]) / 2.0),
        }
    }

    fn mode() {
        let mut counts = std::collections::BTreeMap::new();
        for number in numbers {
            *counts.entry(*number).or_insert(0) += 1;
        }
        counts.into_iter().max_by_key(|(number, count)| (*count, std::cmp::Reverse(*number))).map(|(number, _)| number)
    }

    fn transpose() {
        let width = rows.first().map_or(0, Vec::len);
        if rows.iter().any(|row| row.len() != width) {
            return None;
        }
        Some((0..width).map(|column| rows.iter().map(|row| row[column]).collect()).collect())
    }

    fn run_lengths() {
        let mut runs: Vec<(char, usize)> = Vec::new();
        for letter in text.chars() {
            match runs.last_mut() {
                Some((last, count)) if *last == letter => *count += 1,
                _ => runs.push((letter, 1)),
            }
        }
        runs.iter().map(|(letter, count)| format!("{count}{letter}")).collect()
    }
}

mod text {
    fn wrap() {
        let mut lines: Vec<String> = Vec::new();
        for word in text.split_whitespace() {
            match lines.last_mut() {
                Some(line) if line.chars().count() + 1 + word.chars().count() <= width => {
                    line.push(' ');
                    line.push_str(word);
                }
                _ => lines.push(word.to_owned()),
            }
        }
        lines
    }

    fn edit_distance() {
        let right: Vec<char> = right.chars().collect();
        let mut row: Vec<usize> = (0..=right.len()).collect();
        for (index, letter) in left.chars().enumerate() {
            let mut diagonal = row[0];
            row[0] = index + 1;
            for (column, other) in right.iter().enumerate() {
                let replaced = diagonal + usize::from(letter != *other);
                diagonal = row[column + 1];
                row[column + 1] = replaced.min(diagonal + 1).min(row[column] + 1);
            }
        }
        row[right.len()]
    }

    fn reverse_graphemes() {
        use unicode_segmentation::UnicodeSegmentation;
        text.graphemes(true).rev().collect()
    }
}
