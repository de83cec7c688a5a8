//! Integer arithmetic by recursive descent.

struct Parser<'a> {
    rest: &'a [u8],
}

impl Parser<'_> {
    fn take(&mut self, wanted: &[u8]) -> Option<u8> {
        while let [b' ', rest @ ..] = self.rest {
            self.rest = rest;
        }
        let first = *self.rest.first()?;
        if !wanted.contains(&first) {
            return None;
        }
        self.rest = &self.rest[1..];
        Some(first)
    }

    fn sum(&mut self) -> Option<i64> {
        let mut value = self.product()?;
        while let Some(operator) = self.take(b"+-") {
            let right = self.product()?;
            value = if operator == b'+' { value.checked_add(right)? } else { value.checked_sub(right)? };
        }
        Some(value)
    }

    fn product(&mut self) -> Option<i64> {
        let mut value = self.factor()?;
        while let Some(operator) = self.take(b"*/") {
            let right = self.factor()?;
            value = if operator == b'*' { value.checked_mul(right)? } else { value.checked_div(right)? };
        }
        Some(value)
    }

    fn factor(&mut self) -> Option<i64> {
        match self.take(b"-(0123456789")? {
            b'-' => self.factor()?.checked_neg(),
            b'(' => {
                let value = self.sum()?;
                self.take(b")").map(|_| value)
            }
            digit => {
                let mut value = i64::from(digit - b'0');
                while let [digit @ b'0'..=b'9', rest @ ..] = self.rest {
                    value = value.checked_mul(10)?.checked_add(i64::from(digit - b'0'))?;
                    self.rest = rest;
                }
                Some(value)
            }
        }
    }
}

pub fn evaluate(expression: &str) -> Option<i64> {
    let mut parser = Parser { rest: expression.as_bytes() };
    let value = parser.sum()?;
    if parser.rest.iter().all(|&byte| byte == b' ') { Some(value) } else { None }
}
