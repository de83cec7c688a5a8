//! Wrong variants that the inputs must catch.

/// A matcher with its mistakes as switches.
struct Flaws {
    greedy: bool,
    star_needs_one: bool,
    open_range: bool,
    no_range: bool,
}

const NONE: Flaws = Flaws { greedy: false, star_needs_one: false, open_range: false, no_range: false };

fn in_set(set: &[char], c: char, flaws: &Flaws) -> bool {
    let (negated, items) = if set[0] == '!' { (true, &set[1..]) } else { (false, set) };
    let mut found = false;
    let mut i = 0;
    while i < items.len() {
        if i + 2 < items.len() && items[i + 1] == '-' && !flaws.no_range {
            found |= if flaws.open_range {
                (items[i]..items[i + 2]).contains(&c)
            } else {
                (items[i]..=items[i + 2]).contains(&c)
            };
            i += 3;
        } else {
            found |= items[i] == c;
            i += 1;
        }
    }
    found != negated
}

fn matches(pattern: &[char], text: &[char], flaws: &Flaws) -> bool {
    match pattern {
        [] => text.is_empty(),
        ['*', rest @ ..] if flaws.greedy => match rest.first() {
            None => true,
            Some(next) => {
                text.iter().position(|c| c == next).is_some_and(|at| matches(rest, &text[at..], flaws))
            }
        },
        ['*', rest @ ..] => (usize::from(flaws.star_needs_one)..=text.len())
            .any(|skipped| matches(rest, &text[skipped..], flaws)),
        ['?', rest @ ..] => !text.is_empty() && matches(rest, &text[1..], flaws),
        ['[', rest @ ..] => {
            let end = rest.iter().position(|&c| c == ']').unwrap_or(0);
            !text.is_empty()
                && in_set(&rest[..end], text[0], flaws)
                && matches(&rest[end + 1..], &text[1..], flaws)
        }
        [c, rest @ ..] => text.first() == Some(c) && matches(rest, &text[1..], flaws),
    }
}

fn glob(pattern: &str, text: &str, flaws: Flaws) -> bool {
    matches(&pattern.chars().collect::<Vec<_>>(), &text.chars().collect::<Vec<_>>(), &flaws)
}

/// A star stops at the first chance and never goes on.
pub mod no_backtracking {
    pub fn glob_match(pattern: &str, text: &str) -> bool {
        super::glob(pattern, text, super::Flaws { greedy: true, ..super::NONE })
    }
}

/// A star needs a character.
pub mod star_needs_one {
    pub fn glob_match(pattern: &str, text: &str) -> bool {
        super::glob(pattern, text, super::Flaws { star_needs_one: true, ..super::NONE })
    }
}

/// A range stops before its end.
pub mod open_range {
    pub fn glob_match(pattern: &str, text: &str) -> bool {
        super::glob(pattern, text, super::Flaws { open_range: true, ..super::NONE })
    }
}

/// Ranges are lists with a hyphen in them.
pub mod no_range {
    pub fn glob_match(pattern: &str, text: &str) -> bool {
        super::glob(pattern, text, super::Flaws { no_range: true, ..super::NONE })
    }
}

/// A question mark matches one byte.
pub mod bytes {
    pub fn glob_match(pattern: &str, text: &str) -> bool {
        let latin = |text: &str| text.bytes().map(char::from).collect::<String>();
        super::glob(&latin(pattern), &latin(text), super::NONE)
    }
}
