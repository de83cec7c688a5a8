//! Fields: their names, and their types and limits by the words that stand about them.

use super::field_type::{FieldKind, known};
use super::lexicon::{self, PAIRED};
use super::noun;
use super::sentence::{Mark, Sentence};
use crate::spec::service::{Use, is_name};

/// Words of one name.
const MOST_WORDS: usize = 4;
const MOST_CHOICES: usize = 20;

/// A field that a sentence names.
#[derive(Clone, PartialEq, Eq, Debug)]
pub(super) struct FieldDraft {
    pub(super) name: String,
    pub(super) kind: FieldKind,
    /// Whether the type is only what is taken where nothing says another.
    pub(super) guessed: bool,
    pub(super) optional: bool,
    pub(super) unique: bool,
    pub(super) min: Option<i64>,
    pub(super) max: Option<i64>,
    /// The words it comes from.
    pub(super) words: String,
    pub(super) by_model: bool,
}

/// A field that stands at `at`, and the place behind it.
pub(super) fn field(sentence: &mut Sentence, at: usize, entity: &str) -> Option<(FieldDraft, usize)> {
    let mut reader = Reader { sentence, at, optional: false, unique: false, explicit: None };
    reader.before();
    let (start, end) = reader.name()?;
    let written: Vec<String> = (start..end).map(|at| reader.sentence.any(at).to_owned()).collect();
    let mut parts: Vec<&str> = written.iter().map(String::as_str).collect();
    match parts.as_slice() {
        [_, .., "flag"] => {
            parts.pop();
            reader.explicit = reader.explicit.take().or(Some(FieldKind::Plain("boolean")));
        }
        [_, .., "field"] => drop(parts.pop()),
        _ => {}
    }
    if let [one] = parts.as_slice()
        && PAIRED.contains(one)
    {
        parts.extend(shared(reader.sentence, end));
    }
    if let Some(last) = parts.last_mut() {
        *last = one_time(last).unwrap_or(last);
    }
    let name = noun::field(&parts, entity)?;
    let found = known(&parts);
    let guessed = reader.explicit.is_none() && found.is_none();
    let (kind, max) = found.unwrap_or((FieldKind::Plain("text"), None));
    let (kind, max) = reader.explicit.take().map_or((kind, max), |kind| (kind, None));
    let mut draft = FieldDraft {
        name,
        kind,
        guessed,
        optional: reader.optional,
        unique: reader.unique,
        min: None,
        max,
        words: String::new(),
        by_model: false,
    };
    reader.at = end;
    reader.after(&mut draft);
    let end = reader.at;
    draft.words = sentence.take(at..end);
    Some((draft, end))
}

/// What a field has in common with the next one, which names it for both: `start and end dates`.
fn shared(sentence: &Sentence, end: usize) -> Option<&'static str> {
    one_time((sentence.word(end) == "and").then(|| sentence.word(end + 2))?)
}

/// `date` of `dates`, `time` of `times`.
pub(super) fn one_time(many: &str) -> Option<&'static str> {
    match many {
        "dates" => Some("date"),
        "times" => Some("time"),
        _ => None,
    }
}

struct Reader<'s> {
    sentence: &'s mut Sentence,
    at: usize,
    optional: bool,
    unique: bool,
    explicit: Option<FieldKind>,
}

impl Reader<'_> {
    /// Reads what stands before a name: articles, `optional`, `unique`, a type.
    fn before(&mut self) {
        loop {
            match self.sentence.word(self.at) {
                "a" | "an" | "the" | "its" | "their" | "one" | "some" | "required" | "mandatory" => {}
                "optional" => self.optional = true,
                "unique" => self.unique = true,
                "whether" => {
                    self.explicit = Some(FieldKind::Plain("boolean"));
                    while ["it", "they", "is", "are", "was"].contains(&self.sentence.word(self.at + 1)) {
                        self.at += 1;
                    }
                }
                word => {
                    let next = self.sentence.word(self.at + 1);
                    let named = !next.is_empty() && !lexicon::is_filler(next) && !limit(next);
                    let Some(kind) = explicit(word).filter(|_| named) else { return };
                    self.explicit = Some(kind);
                }
            }
            self.at += 1;
        }
    }

    /// Where the name begins and ends.
    fn name(&self) -> Option<(usize, usize)> {
        let start = self.at;
        let mut end = start;
        while end - start < MOST_WORDS {
            let word = self.sentence.word(end);
            let inside = word == "of"
                && end == start + 1
                && ["number", "date", "time", "place", "amount"].contains(&self.sentence.any(start))
                && !lexicon::is_filler(self.sentence.word(end + 1))
                && !self.sentence.word(end + 1).is_empty()
                && self.sentence.word(end + 1).parse::<i64>().is_err();
            let plain = word.starts_with(|letter: char| letter.is_ascii_alphabetic()) && word.is_ascii();
            let stops = lexicon::is_filler(word)
                || limit(word)
                || self.sentence.phrases_at(end, MOST).is_some()
                || ["per", "unique", "optional", "required", "just"].contains(&word);
            if !inside && (!plain || stops) {
                break;
            }
            end += 1;
        }
        let last = self.sentence.word(end.saturating_sub(1));
        let who_may = lexicon::says_who_may(last) && known(&[last]).is_none();
        (end > start && !who_may).then_some((start, end))
    }

    /// Reads what stands behind a name: limits, choices, `optional`, a type in brackets.
    fn after(&mut self, draft: &mut FieldDraft) {
        loop {
            let before = self.at;
            if self.sentence.mark(self.at) == Mark::Open {
                self.bracket(draft);
            } else if let Some(end) = self.remark(self.at, draft) {
                self.at = end;
            } else if let Some(end) = self.choice_of(draft).or_else(|| self.counted(draft)) {
                self.at = end;
            }
            if self.at == before {
                return;
            }
        }
    }

    /// Reads `(optional, up to 50 characters)` or `(open, closed)`; what is not understood stays.
    fn bracket(&mut self, draft: &mut FieldDraft) {
        let mut close = self.at + 1;
        while !matches!(self.sentence.mark(close), Mark::Close | Mark::Stop | Mark::Open) {
            close += 1;
        }
        if self.sentence.mark(close) != Mark::Close {
            return;
        }
        let mut at = self.at + 1;
        let mut trial = draft.clone();
        while at < close {
            if self.sentence.mark(at) == Mark::Comma || self.sentence.word(at) == "and" {
                at += 1;
                continue;
            }
            match self.remark(at, &mut trial) {
                Some(end) if end <= close => at = end,
                _ => break,
            }
        }
        if at >= close {
            *draft = trial;
            self.at = close + 1;
        } else if let Some(choices) = self.choices(self.at + 1, close).filter(|_| draft.takes_choices()) {
            draft.kind = FieldKind::OneOf(choices);
            (draft.guessed, draft.max) = (false, None);
            self.at = close + 1;
        }
    }

    /// `of open, closed or done`, `one of open or closed`.
    fn choice_of(&self, draft: &mut FieldDraft) -> Option<usize> {
        if !draft.takes_choices() {
            return None;
        }
        let starts = ["that is one of", "which is one of", "one of", "of", "being"];
        let start = self.sentence.phrases_at(self.at, starts)?.0.end;
        let mut at = start;
        // The list ends behind the word that follows its `or`.
        let end = loop {
            if self.sentence.word(at) == "or" {
                break at + 2;
            }
            let goes_on = self.sentence.mark(at) == Mark::Comma || !self.sentence.word(at).is_empty();
            if !goes_on || at > start + 2 * MOST_CHOICES {
                return None;
            }
            at += 1;
        };
        let choices = self.choices(start, end)?;
        draft.kind = FieldKind::OneOf(choices);
        (draft.guessed, draft.max) = (false, None);
        Some(end)
    }

    /// `in minutes`: a time that is a number of something.
    fn counted(&self, draft: &mut FieldDraft) -> Option<usize> {
        let units = ["milliseconds", "seconds", "minutes", "hours", "days", "weeks", "months", "years"];
        let counted = self.sentence.word(self.at) == "in" && units.contains(&self.sentence.word(self.at + 1));
        let fits =
            draft.guessed || ["date", "datetime", "number"].map(FieldKind::Plain).contains(&draft.kind);
        if !counted || !fits {
            return None;
        }
        (draft.kind, draft.guessed, draft.max) = (FieldKind::Plain("integer"), false, None);
        Some(self.at + 2)
    }

    /// At least two names between two places, divided by commas, `or` and `and`.
    fn choices(&self, start: usize, end: usize) -> Option<Vec<String>> {
        let mut choices: Vec<String> = Vec::new();
        let mut words: Vec<&str> = Vec::new();
        for at in start..=end {
            let word = self.sentence.word(at);
            let divides = at == end || self.sentence.mark(at) == Mark::Comma || ["or", "and"].contains(&word);
            if !divides {
                words.push(word);
            } else if !words.is_empty() {
                let name = noun::joined(&words);
                if !is_name(&name, Use::Choice) || choices.contains(&name) {
                    return None;
                }
                choices.push(name);
                words.clear();
            }
        }
        (2..=MOST_CHOICES).contains(&choices.len()).then_some(choices)
    }

    /// One remark about a field at a place, and the place behind it.
    fn remark(&self, at: usize, draft: &mut FieldDraft) -> Option<usize> {
        let sentence = &self.sentence;
        let starts =
            ["that is", "which is", "that must be", "which must be", "must be", "as", "as an", "as a"];
        let start = sentence.phrases_at(at, starts).map_or(at, |(range, _)| range.end);
        match sentence.word(start) {
            "optional" => draft.optional = true,
            "unique" => draft.unique = true,
            "required" | "mandatory" => {}
            word => match explicit(word).filter(|_| start > at || draft.guessed) {
                Some(kind) => {
                    draft.kind = kind;
                    (draft.guessed, draft.max) = (false, None);
                }
                None => return self.limits(at, draft),
            },
        }
        Some(start + 1)
    }

    /// `up to 100 characters`, `between 1 and 5`, `at least 3`.
    fn limits(&self, at: usize, draft: &mut FieldDraft) -> Option<usize> {
        let sentence = &self.sentence;
        let number = |at: usize| sentence.word(at).parse::<i64>().ok();
        let at = sentence.phrase(at, "of").filter(|_| limit(sentence.word(at + 1))).unwrap_or(at);
        let (min, max, end) = if ["between", "from"].contains(&sentence.word(at)) {
            let middle = ["and", "to"].contains(&sentence.word(at + 2));
            (Some(number(at + 1)?), Some(number(at + 3).filter(|_| middle)?), at + 4)
        } else if let (Some(min), "to", Some(max)) = (number(at), sentence.word(at + 1), number(at + 2)) {
            (Some(min), Some(max), at + 3)
        } else if let Some((range, _)) = sentence.phrases_at(at, MOST) {
            (None, Some(number(range.end)?), range.end + 1)
        } else if let Some((range, _)) = sentence.phrases_at(at, LEAST) {
            (Some(number(range.end)?), None, range.end + 1)
        } else {
            return None;
        };
        let letters = ["characters", "character", "chars", "letters"].contains(&sentence.word(end));
        if !draft.limit(min, max, letters) {
            return None;
        }
        Some(end + usize::from(letters))
    }
}

const MOST: [&str; 10] = [
    "up to",
    "at most",
    "no more than",
    "not more than",
    "no longer than",
    "not longer than",
    "max",
    "maximum",
    "limited to",
    "restricted to",
];
const LEAST: [&str; 4] = ["at least", "no less than", "min", "minimum"];

/// Whether a limit may begin with a word.
fn limit(word: &str) -> bool {
    ["up", "at", "max", "maximum", "min", "minimum", "between", "from", "not"].contains(&word)
}

/// The type that a word names.
fn explicit(word: &str) -> Option<FieldKind> {
    Some(FieldKind::Plain(match word {
        "text" | "string" => "text",
        "integer" | "int" => "integer",
        "decimal" | "float" | "numeric" => "number",
        "boolean" | "bool" | "flag" => "boolean",
        "date" => "date",
        "datetime" | "timestamp" => "datetime",
        "uuid" => "uuid",
        "email" => "email",
        "url" => "url",
        _ => return None,
    }))
}

impl FieldDraft {
    /// A text that nothing else is said of.
    pub(super) fn text(name: &str, max: i64, words: &str) -> Self {
        Self {
            name: name.to_owned(),
            kind: FieldKind::Plain("text"),
            guessed: false,
            optional: false,
            unique: false,
            min: None,
            max: Some(max),
            words: words.to_owned(),
            by_model: false,
        }
    }

    /// Makes an identifier of a reference, which does not lead to another service.
    pub(super) fn part(&mut self) {
        if matches!(self.kind, FieldKind::Reference(_)) {
            self.kind = FieldKind::Plain("uuid");
        }
    }

    /// Whether nothing is known of it but its name, which may be that of an entity.
    pub(super) fn is_called_only(&self) -> bool {
        let usual =
            known(&[self.name.as_str()]).is_some_and(|(kind, max)| kind == self.kind && max == self.max);
        let plain =
            self.kind == FieldKind::Plain("text") && !self.unique && self.min.is_none() && !self.by_model;
        self.guessed || (plain && usual)
    }

    fn takes_choices(&self) -> bool {
        self.kind == FieldKind::Plain("text")
    }

    /// Sets limits that fit the type; a limit turns a text of which only the name is known into a whole number, unless
    /// it counts characters.
    fn limit(&mut self, min: Option<i64>, max: Option<i64>, letters: bool) -> bool {
        if min.zip(max).is_some_and(|(min, max)| min > max) {
            return false;
        }
        let negative = min.or(max).is_some_and(|one| one < 0);
        let FieldKind::Plain(kind) = self.kind else { return false };
        let (fits, greatest) = match kind {
            "text" if self.guessed && !letters && min.is_some() && max.is_some() => {
                self.kind = FieldKind::Plain("integer");
                (true, 1 << 53)
            }
            "text" => (!negative, 100_000),
            "integer" | "number" => (!letters, 1_000_000_000_000_000),
            _ => (false, 0),
        };
        if !fits || max.or(min).is_some_and(|one| one >= greatest) || (kind == "text" && max == Some(0)) {
            return false;
        }
        self.guessed = false;
        self.min = min.or(self.min);
        // The longest text that is taken where nothing is said goes with a least length only if it is greater.
        let usual = self.max.filter(|max| self.min.is_none_or(|min| min <= *max));
        self.max = max.or(usual);
        if self.min.zip(self.max).is_some_and(|(min, max)| min > max) {
            self.min = None;
        }
        true
    }
}
