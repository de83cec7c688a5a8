//! Wrong variants that the inputs must catch.

use super::reference;

/// Rounds quotients down.
pub mod floors {
    pub fn evaluate(expression: &str) -> Option<i64> {
        super::Machine { floors: true, ..super::RIGHT }.evaluate(expression)
    }
}

/// Operators that bind alike go from right to left.
pub mod right_to_left {
    pub fn evaluate(expression: &str) -> Option<i64> {
        super::Machine { right_to_left: true, ..super::RIGHT }.evaluate(expression)
    }
}

/// No operator binds tighter than another.
pub mod no_precedence {
    pub fn evaluate(expression: &str) -> Option<i64> {
        super::Machine { flat: true, ..super::RIGHT }.evaluate(expression)
    }
}

/// Removes spaces first, so that they join numbers.
pub mod joins_numbers {
    pub fn evaluate(expression: &str) -> Option<i64> {
        super::reference::evaluate(&expression.replace(' ', ""))
    }
}

/// Takes a plus sign in front of a number.
pub mod unary_plus {
    pub fn evaluate(expression: &str) -> Option<i64> {
        let text = expression
            .replace("(+", "(")
            .replace("++", "+")
            .replace("-+", "-")
            .replace("*+", "*")
            .replace("/+", "/");
        super::reference::evaluate(&text)
    }
}

/// Ignores what follows a complete expression.
pub mod ignores_the_rest {
    pub fn evaluate(expression: &str) -> Option<i64> {
        let ends = (0..=expression.len()).rev().filter(|&end| expression.is_char_boundary(end));
        ends.map(|end| &expression[..end]).find_map(super::reference::evaluate)
    }
}

/// An evaluator with its mistakes as switches; what it cannot read, the reference has refused before.
struct Machine {
    floors: bool,
    right_to_left: bool,
    flat: bool,
}

const RIGHT: Machine = Machine { floors: false, right_to_left: false, flat: false };

impl Machine {
    fn evaluate(&self, expression: &str) -> Option<i64> {
        reference::evaluate(expression)?;
        let text: Vec<u8> = expression.bytes().filter(|&byte| byte != b' ').collect();
        self.value(&text)
    }

    fn value(&self, text: &[u8]) -> Option<i64> {
        let groups: [&[u8]; 2] = if self.flat { [b"+-*/", b""] } else { [b"+-", b"*/"] };
        for group in groups {
            if let Some(at) = self.split(text, group) {
                let (left, right) = (self.value(&text[..at])?, self.value(&text[at + 1..])?);
                return match text[at] {
                    b'+' => Some(left + right),
                    b'-' => Some(left - right),
                    b'*' => Some(left * right),
                    _ if right == 0 => None,
                    _ if self.floors => Some((left as f64 / right as f64).floor() as i64),
                    _ => Some(left / right),
                };
            }
        }
        match text {
            [b'-', rest @ ..] => Some(-self.value(rest)?),
            [b'(', inner @ .., b')'] => self.value(inner),
            digits => std::str::from_utf8(digits).ok()?.parse().ok(),
        }
    }

    /// The operator that is applied last: outside parentheses, after an operand.
    fn split(&self, text: &[u8], group: &[u8]) -> Option<usize> {
        let mut depth = 0;
        let mut found = None;
        for (at, byte) in text.iter().enumerate() {
            match byte {
                b'(' => depth += 1,
                b')' => depth -= 1,
                _ => {}
            }
            let binary = at > 0 && (text[at - 1].is_ascii_digit() || text[at - 1] == b')');
            if depth == 0 && binary && group.contains(byte) && !(self.right_to_left && found.is_some()) {
                found = Some(at);
            }
        }
        found
    }
}
