//! Picks the next token from logits: temperature, nucleus, repetition penalty, one seed per sample.
//!
//! The same logits, settings and seed give the same token: sums run in a fixed order in `f64`, ties go to the smaller
//! id. The random numbers are SplitMix64 (Steele, Lea, Flood: "Fast splittable pseudorandom number generators",
//! OOPSLA 2014).

use std::cmp::Ordering;

/// Tokens whose probability is below `e^-18` times the best one's are not considered.
const CUT: f32 = 18.0;
/// Size of the first guess at a nucleus; grows by four until it holds the wanted mass.
const FIRST_NUCLEUS: usize = 64;

/// How tokens are drawn.
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct Sampling {
    /// Divides the logits; 0 always takes the most likely token.
    pub temperature: f32,
    /// Only the most likely tokens that together reach this probability are drawn from; 1 keeps all.
    pub top_p: f32,
    /// Positive logits of tokens that the sample already holds are divided by this, negative ones multiplied; 1 is off.
    pub repetition_penalty: f32,
}

impl Default for Sampling {
    fn default() -> Self {
        Self { temperature: 0.0, top_p: 1.0, repetition_penalty: 1.0 }
    }
}

/// A drawn token.
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct Pick {
    /// Its id.
    pub token: u32,
    /// Natural logarithm of its probability under the model, before temperature, nucleus and penalty.
    pub log_probability: f32,
}

/// SplitMix64.
#[derive(Debug, Clone)]
pub struct SplitMix64 {
    state: u64,
}

impl SplitMix64 {
    /// Starts at `seed`; every seed is a good one.
    pub fn new(seed: u64) -> Self {
        Self { state: seed }
    }

    /// The next 64 random bits.
    pub fn next_u64(&mut self) -> u64 {
        self.state = self.state.wrapping_add(0x9e37_79b9_7f4a_7c15);
        let mut mixed = self.state;
        mixed = (mixed ^ (mixed >> 30)).wrapping_mul(0xbf58_476d_1ce4_e5b9);
        mixed = (mixed ^ (mixed >> 27)).wrapping_mul(0x94d0_49bb_1331_11eb);
        mixed ^ (mixed >> 31)
    }

    /// A number in `[0, 1)` with 53 random bits.
    pub fn next_unit(&mut self) -> f64 {
        (self.next_u64() >> 11) as f64 / (1u64 << 53) as f64
    }
}

/// Draws the tokens of one sample.
#[derive(Debug, Clone)]
pub struct Sampler {
    sampling: Sampling,
    random: SplitMix64,
    candidates: Vec<(f32, u32)>,
    penalised: Vec<f32>,
}

impl Sampler {
    /// A sampler that starts at `seed`.
    pub fn new(sampling: Sampling, seed: u64) -> Self {
        Self { sampling, random: SplitMix64::new(seed), candidates: Vec::new(), penalised: Vec::new() }
    }

    /// Draws from `logits`, one per token id; `history` is what the sample holds so far. NaN counts as impossible.
    pub fn pick(&mut self, logits: &[f32], history: &[u32]) -> Pick {
        let token = if self.sampling.repetition_penalty == 1.0 || history.is_empty() {
            self.draw(logits)
        } else {
            let mut penalised = std::mem::take(&mut self.penalised);
            penalise(&mut penalised, logits, history, self.sampling.repetition_penalty);
            let token = self.draw(&penalised);
            self.penalised = penalised;
            token
        };
        Pick { token, log_probability: log_probability(logits, token) }
    }

    fn draw(&mut self, logits: &[f32]) -> u32 {
        if self.sampling.temperature.is_nan() || self.sampling.temperature <= 0.0 {
            return most_likely(logits);
        }
        let best = highest(logits);
        let floor = best - CUT * self.sampling.temperature;
        self.candidates.clear();
        let candidates = logits.iter().zip(0..).filter(|(logit, _)| **logit >= floor);
        self.candidates.extend(candidates.map(|(logit, token)| (*logit, token)));
        if self.candidates.is_empty() {
            return most_likely(logits);
        }
        let weight = |logit: f32| (f64::from(logit - best) / f64::from(self.sampling.temperature)).exp();
        let total: f64 = self.candidates.iter().map(|(logit, _)| weight(*logit)).sum();
        let wanted = total * f64::from(self.sampling.top_p.clamp(0.0, 1.0));
        let (nucleus, mass) = nucleus(&mut self.candidates, wanted, weight);
        let mut left = self.random.next_unit() * mass;
        for (logit, token) in nucleus {
            left -= weight(*logit);
            if left < 0.0 {
                return *token;
            }
        }
        nucleus.last().map_or(0, |(_, token)| *token)
    }
}

/// The fewest most likely candidates that together weigh `wanted`, most likely first, and their weight.
fn nucleus(candidates: &mut [(f32, u32)], wanted: f64, weight: impl Fn(f32) -> f64) -> (&[(f32, u32)], f64) {
    let mut size = FIRST_NUCLEUS;
    loop {
        let size_now = size.min(candidates.len());
        if size_now < candidates.len() {
            candidates.select_nth_unstable_by(size_now, by_likelihood);
        }
        candidates[..size_now].sort_unstable_by(by_likelihood);
        let mut mass = 0.0;
        for at in 0..size_now {
            mass += weight(candidates[at].0);
            if mass >= wanted {
                return (&candidates[..=at], mass);
            }
        }
        if size_now == candidates.len() {
            return (candidates, mass);
        }
        size *= 4;
    }
}

/// Higher logit first, then smaller id: a total order, as ids differ and NaN never gets here.
fn by_likelihood(left: &(f32, u32), right: &(f32, u32)) -> Ordering {
    right.0.total_cmp(&left.0).then(left.1.cmp(&right.1))
}

/// The highest number, in a form that compiles to vector instructions; NaN is passed over.
fn highest(logits: &[f32]) -> f32 {
    let mut lanes = [f32::NEG_INFINITY; 16];
    let (chunks, rest) = logits.as_chunks::<16>();
    for chunk in chunks {
        for (lane, logit) in lanes.iter_mut().zip(chunk) {
            *lane = if *logit > *lane { *logit } else { *lane };
        }
    }
    rest.iter().chain(&lanes).fold(f32::NEG_INFINITY, |best, logit| best.max(*logit))
}

fn most_likely(logits: &[f32]) -> u32 {
    let best = highest(logits);
    logits.iter().position(|logit| *logit == best).unwrap_or(0) as u32
}

fn log_probability(logits: &[f32], token: u32) -> f32 {
    let best = highest(logits);
    let floor = best - CUT;
    let total: f64 =
        logits.iter().filter(|logit| **logit >= floor).map(|logit| f64::from(logit - best).exp()).sum();
    let Some(logit) = logits.get(token as usize) else {
        return f32::NEG_INFINITY;
    };
    (f64::from(logit - best) - total.ln()) as f32
}

fn penalise(penalised: &mut Vec<f32>, logits: &[f32], history: &[u32], penalty: f32) {
    penalised.clear();
    penalised.extend_from_slice(logits);
    for token in history {
        if let (Some(to), Some(from)) = (penalised.get_mut(*token as usize), logits.get(*token as usize)) {
            *to = if *from > 0.0 { from / penalty } else { from * penalty };
        }
    }
}

#[cfg(test)]
mod tests {
    use super::{Sampler, Sampling, SplitMix64, most_likely};

    const ODDS: [f32; 5] = [0.0, f32::NAN, 2.0, 2.0, -5.0];

    fn draws(sampling: Sampling, seed: u64) -> Vec<u32> {
        let mut sampler = Sampler::new(sampling, seed);
        (0..2000).map(|_| sampler.pick(&ODDS, &[]).token).collect()
    }

    #[test]
    fn random_numbers_are_those_of_splitmix64() {
        let mut random = SplitMix64::new(1_234_567);
        assert_eq!(random.next_u64(), 6_457_827_717_110_365_317);
        assert_eq!(random.next_u64(), 3_203_168_211_198_807_973);
    }

    #[test]
    fn cold_sampling_takes_the_first_of_the_best() {
        assert_eq!(draws(Sampling::default(), 9), vec![2; 2000]);
        assert_eq!(most_likely(&[f32::NAN; 3]), 0);
    }

    #[test]
    fn draws_follow_the_seed_and_the_odds() {
        let sampling = Sampling { temperature: 1.0, top_p: 1.0, repetition_penalty: 1.0 };
        assert_eq!(draws(sampling, 7), draws(sampling, 7));
        assert_ne!(draws(sampling, 7), draws(sampling, 8));
        let share = draws(sampling, 7).iter().filter(|token| **token == 0).count();
        // e^0 / (e^0 + 2 e^2 + e^-5) of 2000 is 126.7.
        assert!((90..165).contains(&share), "{share}");
        assert!(!draws(sampling, 7).contains(&1));
    }

    #[test]
    fn nucleus_leaves_out_the_unlikely() {
        let sampling = Sampling { temperature: 1.0, top_p: 0.9, repetition_penalty: 1.0 };
        assert!(draws(sampling, 7).iter().all(|token| [2, 3].contains(token)));
    }

    #[test]
    fn penalty_turns_to_what_was_not_said() {
        let sampling = Sampling { repetition_penalty: 1.5, ..Sampling::default() };
        let pick = Sampler::new(sampling, 0).pick(&ODDS, &[2, 2]);
        assert_eq!(pick.token, 3);
        assert!((pick.log_probability - -0.759).abs() < 0.01, "{pick:?}");
    }
}
