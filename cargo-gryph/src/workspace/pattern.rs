//! Patterns of paths as `workspace.members` has them: `*`, `?`, `[a-z]`, and `**` for any number of directories.

/// Whether a path fits a pattern, or lies in a directory that does.
pub(crate) fn covers(pattern: &str, path: &str) -> bool {
    let pattern = pattern.trim_end_matches('/');
    let ends = path.match_indices('/').map(|(at, _)| at).chain([path.len()]);
    ends.into_iter().any(|end| fits(pattern, &path[..end]))
}

/// Whether a path fits a pattern, part by part.
pub(super) fn fits(pattern: &str, path: &str) -> bool {
    let parts: Vec<&str> = path.split('/').collect();
    // `open[n]`: the pattern so far fits the first n parts.
    let mut open = vec![false; parts.len() + 1];
    open[0] = true;
    for wanted in pattern.split('/') {
        open =
            if wanted == "**" { spread(&open) } else { step(&open, &parts, |part| part_fits(wanted, part)) };
    }
    open[parts.len()]
}

/// Whether a text is a pattern at all.
pub(super) fn is_pattern(text: &str) -> bool {
    text.contains(['*', '?', '['])
}

/// Everything from the first open place on is open.
fn spread(open: &[bool]) -> Vec<bool> {
    let first = open.iter().position(|open| *open).unwrap_or(open.len());
    (0..open.len()).map(|place| place >= first).collect()
}

/// One unit further, wherever the unit fits.
fn step<T>(open: &[bool], units: &[T], fits: impl Fn(&T) -> bool) -> Vec<bool> {
    let mut next = vec![false; open.len()];
    for (place, unit) in units.iter().enumerate() {
        next[place + 1] = open[place] && fits(unit);
    }
    next
}

/// One character of a name.
enum Wanted {
    Any,
    AnyNumber,
    OneOf { negated: bool, ranges: Vec<(char, char)> },
    Exactly(char),
}

fn part_fits(pattern: &str, part: &str) -> bool {
    let units: Vec<char> = part.chars().collect();
    let mut open = vec![false; units.len() + 1];
    open[0] = true;
    for wanted in wanted(pattern) {
        open = match wanted {
            Wanted::AnyNumber => spread(&open),
            Wanted::Any => step(&open, &units, |_| true),
            Wanted::Exactly(c) => step(&open, &units, |unit| *unit == c),
            Wanted::OneOf { negated, ranges } => step(&open, &units, |unit| {
                ranges.iter().any(|(from, to)| (from..=to).contains(&unit)) != negated
            }),
        };
    }
    open[units.len()]
}

fn wanted(pattern: &str) -> Vec<Wanted> {
    let mut all = Vec::new();
    let mut rest = pattern;
    while let Some(c) = rest.chars().next() {
        rest = &rest[c.len_utf8()..];
        all.push(match c {
            '*' => Wanted::AnyNumber,
            '?' => Wanted::Any,
            '[' => match class(rest) {
                Some((class, after)) => {
                    rest = after;
                    class
                }
                None => Wanted::Exactly('['),
            },
            c => Wanted::Exactly(c),
        });
    }
    all
}

/// What stands in brackets, and what follows them. A `]` that comes first is one of the characters.
fn class(text: &str) -> Option<(Wanted, &str)> {
    let (negated, text) = match text.strip_prefix('!') {
        Some(text) => (true, text),
        None => (false, text),
    };
    let first = text.chars().next()?.len_utf8();
    let end = first + text[first..].find(']')?;
    let inside: Vec<char> = text[..end].chars().collect();
    let mut ranges = Vec::new();
    let mut at = 0;
    while at < inside.len() {
        match inside[at..] {
            [from, '-', to, ..] => {
                ranges.push((from, to));
                at += 3;
            }
            [c, ..] => {
                ranges.push((c, c));
                at += 1;
            }
            [] => break,
        }
    }
    Some((Wanted::OneOf { negated, ranges }, &text[end + 1..]))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn patterns_fit_as_a_shell_would_have_it() {
        for (pattern, path) in [
            ("crates/*", "crates/a"),
            ("*", "a"),
            ("crates/**", "crates/a/b"),
            ("**/x", "x"),
            ("**/x", "a/b/x"),
            ("a?c/[x-z]*", "abc/yes"),
            ("[!a]b", "cb"),
            ("[]]", "]"),
            ("a[", "a["),
            ("é?", "éa"),
        ] {
            assert!(fits(pattern, path), "{pattern} {path}");
        }
        for (pattern, path) in [
            ("crates/*", "crates/a/b"),
            ("crates/*", "crates"),
            ("*", "a/b"),
            ("a", "ab"),
            ("[!a]b", "ab"),
            ("?", ""),
            ("a/**/b", "a/c"),
        ] {
            assert!(!fits(pattern, path), "{pattern} {path}");
        }
    }

    #[test]
    fn a_directory_covers_what_lies_in_it() {
        assert!(covers("src", "src/a/b.rs") && covers("src/", "src/a.rs") && covers("src/*.rs", "src/a.rs"));
        assert!(covers("crates/*", "crates/a/src/lib.rs") && covers("**", "a/b"));
        assert!(!covers("src", "srcs/a.rs") && !covers("src/*.rs", "tests/a.rs") && !covers("", "a"));
    }

    #[test]
    fn a_long_pattern_takes_no_long_time() {
        assert!(!fits(&"*a".repeat(500), &"a".repeat(499)));
    }

    proptest::proptest! {
        #[test]
        fn no_pattern_panics(pattern in "[a-b*?\\[\\]!/-]{0,12}", path in "[a-b/\\]]{0,8}") {
            let _ = fits(&pattern, &path);
        }
    }
}
