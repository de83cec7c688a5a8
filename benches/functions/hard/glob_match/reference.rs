//! Matches names against patterns.

enum Token {
    Any,
    One,
    Set { negated: bool, ranges: Vec<(char, char)> },
    Exactly(char),
}

fn tokens(pattern: &str) -> Vec<Token> {
    let mut tokens = Vec::new();
    let mut chars = pattern.chars().peekable();
    while let Some(c) = chars.next() {
        tokens.push(match c {
            '*' => Token::Any,
            '?' => Token::One,
            '[' => {
                let negated = chars.next_if_eq(&'!').is_some();
                let mut ranges = Vec::new();
                while let Some(low) = chars.next_if(|&c| c != ']') {
                    let high = if chars.next_if_eq(&'-').is_some() { chars.next() } else { None };
                    ranges.push((low, high.unwrap_or(low)));
                }
                chars.next();
                Token::Set { negated, ranges }
            }
            c => Token::Exactly(c),
        });
    }
    tokens
}

pub fn glob_match(pattern: &str, text: &str) -> bool {
    let chars: Vec<char> = text.chars().collect();
    // `reached[i]` says whether the tokens so far match the first `i` characters.
    let mut reached = vec![false; chars.len() + 1];
    reached[0] = true;
    for token in tokens(pattern) {
        let mut next = vec![false; chars.len() + 1];
        for i in 0..=chars.len() {
            let one_before = i > 0 && reached[i - 1];
            next[i] = match &token {
                Token::Any => reached[i] || (i > 0 && next[i - 1]),
                Token::One => one_before,
                Token::Exactly(c) => one_before && chars[i - 1] == *c,
                Token::Set { negated, ranges } => {
                    one_before
                        && ranges.iter().any(|&(low, high)| (low..=high).contains(&chars[i - 1])) != *negated
                }
            };
        }
        reached = next;
    }
    reached[chars.len()]
}
