//! What a clause about rights begins with: who it is about, and how much its verb grants.

use super::lexicon::{DEEDS, KEEPS};
use super::noun;
use super::permission::{Reader, Strength, Subject};
use super::roles::role;
use super::sentence::Mark;

const MODALS: &[(&str, Strength)] = &[
    ("can", Strength::Granted),
    ("may", Strength::Granted),
    ("are allowed to", Strength::Granted),
    ("is allowed to", Strength::Granted),
    ("are able to", Strength::Granted),
    ("is able to", Strength::Granted),
    ("can only", Strength::OnlyThis),
    ("may only", Strength::OnlyThis),
    ("are only allowed to", Strength::OnlyThis),
    ("is only allowed to", Strength::OnlyThis),
    ("cannot", Strength::Withheld),
    ("can't", Strength::Withheld),
    ("can not", Strength::Withheld),
    ("may not", Strength::Withheld),
    ("must not", Strength::Withheld),
    ("should not", Strength::Withheld),
    ("can never", Strength::Withheld),
    ("may never", Strength::Withheld),
    ("are not allowed to", Strength::Withheld),
    ("is not allowed to", Strength::Withheld),
];

/// Words before a clause about somebody.
const CLAUSE: &[&str] = &[
    "where", "whereas", "while", "but", "and", "or", "only", "so", "then", "also", "the", "both", "that",
    "when", "if", "because", "since", "although", "though", "other",
];

/// What a clause begins with.
pub(super) struct Head {
    pub(super) subjects: Vec<Subject>,
    pub(super) strength: Strength,
    pub(super) own: bool,
    pub(super) start: usize,
    /// Where the verbs begin.
    pub(super) end: usize,
}

impl Reader<'_> {
    /// `editors can`, `only editors may`, `guests cannot`.
    pub(super) fn modal(&self, at: usize) -> Option<Head> {
        let phrase = |text: &str| {
            let parts = text.split(' ').enumerate();
            parts.into_iter().all(|(index, part)| self.sentence.any(at + index) == part)
        };
        let found = MODALS.iter().filter(|(text, _)| phrase(text));
        let (text, strength) = found.max_by_key(|(text, _)| text.len())?;
        let mut head = self.subject(at)?;
        head.end = at + text.split(' ').count();
        if self.sentence.any(head.end) == "be" {
            return None;
        }
        head.strength = match (head.strength, strength) {
            (_, Strength::Withheld) => Strength::Withheld,
            (Strength::Granted, strength) => *strength,
            (strength, _) => strength,
        };
        Some(head)
    }

    /// `clerks see all`, `users only see their notes`: a verb of access without a modal.
    pub(super) fn bare(&self, at: usize) -> Option<Head> {
        let only = usize::from(at > 1 && self.sentence.any(at - 1) == "only");
        let who = at.checked_sub(1 + only)?;
        let word = self.sentence.any(who);
        let verb = self.sentence.any(at);
        let everybody = ["user", "everyone", "everybody", "anyone", "nobody"].contains(&word);
        let verb = if everybody { verb.strip_suffix('s').unwrap_or(verb) } else { verb };
        let many = noun::is_plural(word) || everybody || word == "people" || word == "one";
        let known = DEEDS.iter().any(|(one, _)| *one == verb);
        let object = self.object(at + 1).is_some();
        if !known || !many || !object || self.sentence.is_read(at) {
            return None;
        }
        let mut head = self.subject(at - only)?;
        let before = head.start.checked_sub(1).map_or("", |at| self.sentence.any(at));
        if !before.is_empty() && !CLAUSE.contains(&before) && !["a", "an", "each", "every"].contains(&before)
        {
            return None;
        }
        if only == 1 && head.strength == Strength::Granted {
            head.strength = Strength::OnlyThis;
        }
        head.end = at;
        Some(head)
    }

    /// `…, admins everything`: what was said of others before, without its verb.
    pub(super) fn whole(&self, at: usize) -> Option<Head> {
        let all = ["everything", "all"].contains(&self.sentence.word(at)) && !self.found.is_empty();
        let ends = self.sentence.mark(at + 1) != Mark::Word || CLAUSE.contains(&self.sentence.any(at + 1));
        let head = self.subject(at).filter(|_| all && ends)?;
        let before = head.start.checked_sub(1).map_or("", |at| self.sentence.any(at));
        (before.is_empty() || CLAUSE.contains(&before)).then_some(head)
    }

    /// Who a clause is about whose verb stands at a place.
    fn subject(&self, verb: usize) -> Option<Head> {
        let others = verb > 1 && self.sentence.any(verb - 1) == "else";
        let last = verb.checked_sub(1 + usize::from(others)).filter(|at| *at >= self.floor)?;
        let mut head =
            Head { subjects: Vec::new(), strength: Strength::Granted, own: false, start: last, end: verb };
        let word = self.sentence.word(last);
        let no_one = ["nobody", "none"].contains(&self.sentence.any(last))
            || (self.sentence.any(last) == "one" && last > 0 && self.sentence.any(last - 1) == "no");
        if no_one {
            head.start -= usize::from(self.sentence.any(last) == "one");
            // Nobody else than whose it is.
            (head.own, head.strength) = (others, if others { Strength::Granted } else { Strength::Withheld });
            head.subjects.extend(others.then_some(Subject::People));
            return Some(head);
        }
        if word == "they"
            && let Some(before) = self.found.last()
        {
            head.subjects.clone_from(&before.subjects);
            return Some(head);
        }
        head.own = ["owner", "owners", "creator", "creators"].contains(&word);
        let (first, start) = self.one(last)?;
        (head.start, head.subjects) = (start, vec![first]);
        if let Some((start, more)) = self.more(start) {
            head.start = start;
            head.subjects.splice(0..0, more);
        }
        let before = head.start.checked_sub(1).filter(|at| *at >= self.floor);
        if let Some(only) = before.filter(|at| self.sentence.word(*at) == "only") {
            (head.start, head.strength) = (only, Strength::OnlyThey);
        }
        Some(head)
    }

    /// The subject that ends at a place, and where it begins.
    fn one(&self, at: usize) -> Option<(Subject, usize)> {
        let mut start = at;
        let subject = match self.sentence.word(at) {
            "users" | "user" | "people" | "they" | "members" | "you" | "we" | "i" | "owners" | "owner"
            | "creators" | "creator" => {
                let before =
                    at.checked_sub(1).filter(|at| *at >= self.floor && self.sentence.mark(*at) == Mark::Word);
                match before.and_then(|at| Some((at, self.sort(at)?))) {
                    Some((first, subject)) => {
                        start = first;
                        subject
                    }
                    None => Subject::People,
                }
            }
            "anyone" | "everyone" | "anybody" | "everybody" | "visitors" => Subject::Public,
            "admins" | "administrators" | "administrator" => Subject::Role("admin".to_owned()),
            _ => Subject::Role(role(self.sentence, at)?),
        };
        while start > self.floor
            && ["their", "its", "a", "an", "the", "each", "every", "all"]
                .contains(&self.sentence.word(start - 1))
        {
            start -= 1;
        }
        Some((subject, start))
    }

    /// What sort of users: `premium users` have a role, `registered users` are all of them.
    fn sort(&self, at: usize) -> Option<Subject> {
        let word = self.sentence.word(at);
        match word {
            "registered" | "logged-in" | "authenticated" | "signed-in" => Some(Subject::People),
            _ if CLAUSE.contains(&word) || noun::is_plural(word) || KEEPS.contains(&word) => None,
            _ => role(self.sentence, at).map(Subject::Role),
        }
    }

    /// The subjects before one, `nurses and` or `nurses, clerks and`, if nothing but a clause begins there.
    fn more(&self, start: usize) -> Option<(usize, Vec<Subject>)> {
        let mut subjects = Vec::new();
        let mut at = start;
        loop {
            let comma = |at: usize| at > self.floor && self.sentence.mark(at - 1) == Mark::Comma;
            let word = at > self.floor && ["and", "or"].contains(&self.sentence.word(at - 1));
            let mut before = at - usize::from(word);
            before -= usize::from(comma(before));
            let divided = before < at && (word || !subjects.is_empty());
            let Some(last) = before.checked_sub(1).filter(|last| divided && *last >= self.floor) else {
                break;
            };
            let named = noun::is_plural(self.sentence.word(last))
                || ["a", "an", "the"].contains(&last.checked_sub(1).map_or("", |at| self.sentence.word(at)));
            let Some((subject, first)) = self.one(last).filter(|_| named) else { break };
            subjects.insert(0, subject);
            at = first;
        }
        let before = at.checked_sub(1).filter(|at| *at >= self.floor).map_or("", |at| self.sentence.any(at));
        let begins = before.is_empty() || CLAUSE.contains(&before);
        (begins && !subjects.is_empty()).then_some((at, subjects))
    }
}
