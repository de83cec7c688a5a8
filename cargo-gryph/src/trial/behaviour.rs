//! Behaviour: which plausible candidates do the same, and an input on which two of them differ.

use std::collections::BTreeMap;

use crate::candidate::CandidateId;

use super::agreement::{Answer, answer};
use super::rehearsal::{PANICKED, Probe};
use super::{Outcome, Verdict};

/// Candidates that answer every probe alike.
#[derive(Clone, PartialEq, Eq, Debug)]
pub struct Class {
    /// The candidates, in the order of their numbers.
    pub candidates: Vec<CandidateId>,
    /// Where it differs from the largest class; `None` for that class itself.
    pub differs_from_largest_at: Option<Difference>,
}

/// An input with the two answers to it.
#[derive(Clone, PartialEq, Eq, Debug)]
pub struct Difference {
    /// What is asked, as Rust.
    pub input: String,
    /// What the first answers.
    pub one: String,
    /// What the second answers.
    pub other: String,
}

/// The behaviour classes of the candidates that could be run, the largest first, and of equal ones that with the
/// smallest number first. A verdict without answers is in no class.
pub fn classes(verdicts: &[Verdict], probes: &[Probe]) -> Vec<Class> {
    let mut by_answers: BTreeMap<Vec<String>, Vec<&Verdict>> = BTreeMap::new();
    for verdict in verdicts.iter().filter(|verdict| matches!(verdict.outcome, Outcome::Judged { .. })) {
        let key = probes.iter().map(|probe| canonical(&answered(verdict, probe))).collect();
        by_answers.entry(key).or_default().push(verdict);
    }
    let mut groups: Vec<Vec<&Verdict>> = by_answers.into_values().collect();
    groups.iter_mut().for_each(|group| group.sort_by_key(|verdict| verdict.candidate));
    groups.sort_by_key(|group| {
        (std::cmp::Reverse(group.len()), group.first().map(|verdict| verdict.candidate))
    });
    let largest = groups.first().and_then(|group| group.first()).copied();
    let class = |(at, group): (usize, &Vec<&Verdict>)| Class {
        candidates: group.iter().map(|verdict| verdict.candidate).collect(),
        differs_from_largest_at: match (at, group.first(), largest) {
            (1.., Some(one), Some(largest)) => difference(one, largest, probes),
            _ => None,
        },
    };
    groups.iter().enumerate().map(class).collect()
}

/// The first input on which two candidates differ, one that both answer if there is such.
pub fn difference(one: &Verdict, other: &Verdict, probes: &[Probe]) -> Option<Difference> {
    let differing = probes.iter().filter_map(|probe| {
        let (left, right) = (answered(one, probe), answered(other, probe));
        (canonical(&left) != canonical(&right)).then(|| first_step(probe, &left, &right))
    });
    let mut differing: Vec<Difference> = differing.collect();
    let is_answer = |text: &str| text != PANICKED && text != SILENT && text != ENDLESS;
    let both = differing.iter().position(|found| is_answer(&found.one) && is_answer(&found.other));
    (!differing.is_empty()).then(|| differing.swap_remove(both.unwrap_or(0)))
}

/// The probes on which a candidate panics or does not end.
pub fn falls(verdict: &Verdict, probes: &[Probe]) -> usize {
    let is_fall = |probe: &&Probe| {
        let answered = answered(verdict, probe);
        answered == ENDLESS || answered.lines().any(|line| line == PANICKED)
    };
    probes.iter().filter(is_fall).count()
}

/// What stands for no answer at all.
const SILENT: &str = "(no answer)";
/// What stands for a run that did not end in time.
const ENDLESS: &str = "(did not end)";

fn answered(verdict: &Verdict, probe: &Probe) -> String {
    match answer(verdict, &probe.test) {
        Answer::Value(value) => value.to_owned(),
        Answer::Panic => PANICKED.to_owned(),
        Answer::None => {
            let late = matches!(&verdict.outcome, Outcome::Judged { failed, .. }
                if failed.iter().any(|failure| failure.test == probe.test && failure.timed_out));
            if late { ENDLESS.to_owned() } else { SILENT.to_owned() }
        }
    }
}

/// The first step of a probe on which two answers differ.
fn first_step(probe: &Probe, one: &str, other: &str) -> Difference {
    let steps: Vec<(&str, &str)> = one.lines().zip(other.lines()).collect();
    let at =
        steps.iter().position(|(left, right)| canonical(left) != canonical(right)).unwrap_or(steps.len());
    let (left, right) = (one.lines().nth(at).unwrap_or(SILENT), other.lines().nth(at).unwrap_or(SILENT));
    let split = |line: &str| match line.split_once(super::rehearsal::GIVES) {
        Some((asked, given)) => (Some(asked.to_owned()), given.to_owned()),
        None => (None, line.to_owned()),
    };
    let ((asked, one), (also_asked, other)) = (split(left), split(right));
    let asked = asked.or(also_asked).unwrap_or_default();
    let input = [probe.setup.as_str(), asked.as_str()].into_iter().filter(|part| !part.is_empty());
    Difference { input: input.collect::<Vec<_>>().join(" "), one, other }
}

/// An answer in which the order of the elements between braces says nothing: sets and maps print in any order.
fn canonical(text: &str) -> String {
    text.lines().map(|line| sorted(&mut line.chars().peekable(), None)).collect::<Vec<_>>().join("\n")
}

/// Deeper than this, braces are left as they are.
const DEEPEST: usize = 64;

fn sorted(rest: &mut std::iter::Peekable<std::str::Chars<'_>>, close: Option<char>) -> String {
    sorted_at(rest, close, 0)
}

fn sorted_at(
    rest: &mut std::iter::Peekable<std::str::Chars<'_>>,
    close: Option<char>,
    depth: usize,
) -> String {
    let mut elements = vec![String::new()];
    let mut quoted = false;
    while let Some(character) = rest.next() {
        let last = elements.last_mut().expect("there is always one");
        match character {
            _ if quoted => {
                last.push(character);
                if character == '\\' {
                    last.extend(rest.next());
                }
                quoted = character != '"';
            }
            '"' => {
                quoted = true;
                last.push(character);
            }
            '{' | '[' | '(' if depth < DEEPEST => {
                let end = match character {
                    '{' => '}',
                    '[' => ']',
                    _ => ')',
                };
                last.push(character);
                last.push_str(&sorted_at(rest, Some(end), depth + 1));
                last.push(end);
            }
            ',' if close.is_some() => elements.push(String::new()),
            _ if Some(character) == close => break,
            _ => last.push(character),
        }
    }
    if close == Some('}') {
        elements.iter_mut().for_each(|element| *element = element.trim().to_owned());
        elements.sort();
    }
    elements.join(",")
}

#[cfg(test)]
mod tests {
    use std::time::Duration;

    use super::super::agreement::MARK;
    use super::*;
    use crate::hole::TestName;
    use crate::trial::Failure;

    fn probe(name: &str, setup: &str) -> Probe {
        Probe { test: TestName { target: "t".to_owned(), name: name.to_owned() }, setup: setup.to_owned() }
    }

    fn verdict(id: u32, answers: &[&str]) -> Verdict {
        let failed = answers.iter().zip(["a", "b"]).map(|(answer, name)| Failure {
            test: probe(name, "").test,
            message: if *answer == "!" { "boom".to_owned() } else { format!("at x:\n{MARK}{answer}\n") },
            timed_out: *answer == "~",
        });
        let outcome = Outcome::Judged { passed: Vec::new(), failed: failed.collect() };
        Verdict { candidate: CandidateId(id), outcome, elapsed: Duration::ZERO, alone: None }
    }

    #[test]
    fn candidates_that_answer_alike_are_one_class_and_the_largest_comes_first() {
        let probes = [probe("a", "let c = C::new(2);"), probe("b", "")];
        let verdicts = [
            verdict(0, &["c.len() → 1", "f(3) → 9"]),
            verdict(1, &["c.len() → 2", "f(3) → 9"]),
            verdict(2, &["c.len() → 2", "f(3) → 9"]),
            verdict(3, &["!", "f(3) → 9"]),
        ];
        let found = classes(&verdicts, &probes);
        let numbers: Vec<Vec<u32>> =
            found.iter().map(|class| class.candidates.iter().map(|id| id.0).collect()).collect();
        assert_eq!(numbers, [vec![1, 2], vec![0], vec![3]]);
        assert_eq!(found[0].differs_from_largest_at, None);
        let shown = found[1].differs_from_largest_at.clone().unwrap();
        assert_eq!(
            (shown.input.as_str(), shown.one.as_str(), shown.other.as_str()),
            ("let c = C::new(2); c.len()", "1", "2")
        );
        assert_eq!(found[2].differs_from_largest_at.clone().unwrap().one, PANICKED);
    }

    #[test]
    fn a_difference_that_both_answer_goes_before_one_that_one_panics_on() {
        let probes = [probe("a", ""), probe("b", "")];
        let (one, other) = (verdict(0, &["!", "f(3) → 9"]), verdict(1, &["f(1) → 2", "f(3) → 8"]));
        assert_eq!(difference(&one, &other, &probes).unwrap().input, "f(3)");
        assert_eq!(difference(&one, &one, &probes), None);
    }

    #[test]
    fn the_order_of_a_set_says_nothing() {
        assert_eq!(canonical("{1, 2}"), canonical("{2, 1}"));
        assert_eq!(
            canonical("Some({\"a, b\": [2, 1], \"c\": []})"),
            canonical("Some({\"c\": [], \"a, b\": [2, 1]})")
        );
        assert_ne!(canonical("[1, 2]"), canonical("[2, 1]"));
        assert_ne!(canonical("{\"a, b\"}"), canonical("{\"b, a\"}"));
    }

    proptest::proptest! {
        #[test]
        fn no_text_makes_the_comparison_panic(text in "[a{}()\\[\\],\"\\\\ ]{0,200}") {
            let _ = canonical(&text);
        }
    }
}
