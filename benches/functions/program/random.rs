//! SplitMix64, so that every machine sees the same inputs. Compiled into the generated programs, not into the bench.

/// The generator of Steele, Lea and Flood, "Fast splittable pseudorandom number generators" (2014).
pub struct Random(u64);

impl Random {
    pub fn next(&mut self) -> u64 {
        self.0 = self.0.wrapping_add(0x9E37_79B9_7F4A_7C15);
        let mut z = self.0;
        z = (z ^ (z >> 30)).wrapping_mul(0xBF58_476D_1CE4_E5B9);
        z = (z ^ (z >> 27)).wrapping_mul(0x94D0_49BB_1331_11EB);
        z ^ (z >> 31)
    }

    /// A number in `0..bound`; `bound` is not 0.
    pub fn below(&mut self, bound: usize) -> usize {
        (self.next() % bound as u64) as usize
    }

    /// A number in `low..=high`.
    pub fn between(&mut self, low: i64, high: i64) -> i64 {
        let width = (high as i128 - low as i128 + 1) as u128;
        (low as i128 + (u128::from(self.next()) % width) as i128) as i64
    }

    pub fn chance(&mut self, percent: usize) -> bool {
        self.below(100) < percent
    }

    pub fn pick<'a, T: ?Sized>(&mut self, choices: &[&'a T]) -> &'a T {
        choices[self.below(choices.len())]
    }

    /// `count` pieces drawn from `pieces`, one after the other.
    pub fn text(&mut self, pieces: &[&str], count: usize) -> String {
        (0..count).map(|_| self.pick(pieces)).collect()
    }

    pub fn list<T>(&mut self, count: usize, mut make: impl FnMut(&mut Self) -> T) -> Vec<T> {
        (0..count).map(|_| make(self)).collect()
    }

    /// An integer that is often an edge: around zero, the ends of the type, powers of ten, or of any bit length.
    pub fn integer(&mut self) -> i64 {
        match self.below(5) {
            0 => self.between(-3, 3),
            1 => i64::MAX - self.between(0, 2),
            2 => i64::MIN + self.between(0, 2),
            3 => (10i64.pow(self.below(19) as u32) + self.between(-1, 1)) * self.between(-1, 1),
            _ => (self.next() as i64) >> self.below(63),
        }
    }

    /// `text` with one character dropped, doubled, replaced or put in: nearly what it was.
    pub fn nearly(&mut self, text: &str, pieces: &[&str]) -> String {
        let chars: Vec<char> = text.chars().collect();
        let at = self.below(chars.len() + 1);
        let (head, tail) = chars.split_at(at);
        let (head, tail) = (head.iter().collect::<String>(), tail.iter().collect::<String>());
        let rest: String = tail.chars().skip(1).collect();
        match self.below(4) {
            0 => head + &rest,
            1 => head + &tail.chars().take(1).collect::<String>() + &tail,
            2 => head + self.pick(pieces) + &rest,
            _ => head + self.pick(pieces) + &tail,
        }
    }
}

/// A thousand inputs: the edges that must be among them, then generated ones, without repetition while the generator
/// finds new ones.
pub fn thousand<T: PartialEq>(edges: Vec<T>, seed: u64, mut make: impl FnMut(&mut Random) -> T) -> Vec<T> {
    let mut random = Random(seed);
    let mut inputs = edges;
    let mut repetitions = 0;
    while inputs.len() < 1000 {
        let input = make(&mut random);
        if repetitions < 10_000 && inputs.contains(&input) {
            repetitions += 1;
        } else {
            inputs.push(input);
        }
    }
    inputs
}
