//! Who may do what: `only editors can delete posts`, `users can read their own notes`.

use std::ops::Range;

use super::clause::Head;
use super::lexicon::{self, DEEDS, KEEPS, OWN};
use super::noun;
use super::sentence::{Mark, Sentence};

/// All that a role may be given.
pub(super) const KEYS: [&str; 4] = ["create", "delete", "read", "update"];
const WRITES: [&str; 3] = ["create", "delete", "update"];

/// A sentence about who may do what, before it is known what is kept.
#[derive(Clone, PartialEq, Eq, Debug)]
pub(super) struct Permission {
    pub(super) subjects: Vec<Subject>,
    pub(super) strength: Strength,
    /// Keys of an entity; none where no right has the name that was said.
    pub(super) deeds: Vec<&'static str>,
    pub(super) object: Object,
    /// Where the words of the object begin, if a noun stands there.
    pub(super) object_at: Option<usize>,
    /// Whether it holds for rows that somebody made, for this person alone.
    pub(super) own: bool,
    pub(super) words: String,
    /// Why the rules cannot say exactly this.
    pub(super) inexact: Option<&'static str>,
}

#[derive(Clone, PartialEq, Eq, Debug)]
pub(super) enum Subject {
    /// Whoever logged in.
    People,
    /// Whoever there is.
    Public,
    /// People with a role; `admin` is one.
    Role(String),
}

/// What is said of a right besides who has it.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub(super) enum Strength {
    Granted,
    /// Nobody else has it.
    OnlyThey,
    /// They have no other.
    OnlyThis,
    /// They do not have it, or only under a condition that no rule can hold.
    Withheld,
}

#[derive(Clone, PartialEq, Eq, Debug)]
pub(super) enum Object {
    /// Rows of this kind; no words are no kind.
    Rows(Vec<String>),
    /// Whatever is kept.
    All,
}

const NO_RIGHT: &str = "there are rights to create, read, update and delete, no others";
const WITHHELD: &str =
    "a right is given, not taken: all but admin are without it, unless a role is said to have it";
const CONDITION: &str = "no rule can hold such a condition: closed to all but admin";

/// Words from a name in a list to the verb that it may be the subject of.
const LONGEST_SUBJECT: usize = 8;

/// What people did who own rows: `notes that they wrote`.
const MADE: &[&str] = &["own", "made", "created", "wrote", "posted", "added", "uploaded", "owned"];

/// Reads every sentence about rights, in their order.
pub(super) fn permissions(sentence: &mut Sentence) -> Vec<Permission> {
    let mut reader = Reader { sentence, found: Vec::new(), floor: 0 };
    let mut at = 1;
    while at < reader.sentence.len() {
        reader.clause(at);
        at = reader.floor.max(at + 1);
    }
    reader.found
}

/// Reads clauses one after another.
pub(super) struct Reader<'s> {
    pub(super) sentence: &'s mut Sentence,
    pub(super) found: Vec<Permission>,
    /// Where the last clause ended.
    pub(super) floor: usize,
}

impl Reader<'_> {
    /// Reads the clause whose modal, or whose verb, stands at a place.
    fn clause(&mut self, at: usize) {
        if let Some(head) = self.whole(at) {
            self.everything(&head);
            return;
        }
        let Some(mut head) = self.modal(at).or_else(|| self.bare(at)) else { return };
        let mut at = head.end;
        while let Some(mut end) = self.right(&head, at) {
            self.floor = end;
            while let Some(behind) = self.another(&head, end) {
                (end, self.floor) = (behind, behind);
            }
            // `… and delete comments`, said of the same.
            let mut next = end + usize::from(self.sentence.mark(end) == Mark::Comma);
            while ["and", "or", "but", "can", "may", "also"].contains(&self.sentence.word(next)) {
                next += 1;
            }
            if next == end || deeds(self.sentence.any(next)).is_none() {
                return;
            }
            (head.start, at) = (next, next);
        }
    }

    /// Notes that somebody may do all to what was spoken of last.
    fn everything(&mut self, head: &Head) {
        let words = self.sentence.take(head.start..head.end + 1);
        self.floor = head.end + 1;
        self.found.push(Permission {
            subjects: head.subjects.clone(),
            strength: head.strength,
            deeds: KEYS.to_vec(),
            object: self.last_object(),
            object_at: None,
            own: false,
            words,
            inexact: None,
        });
    }

    /// Reads verbs and what they are about; gives the place behind.
    fn right(&mut self, head: &Head, at: usize) -> Option<usize> {
        let people = head.subjects.iter().all(|one| *one == Subject::People) && !head.subjects.is_empty();
        let (deeds, verbs) = self.verbs(at);
        let keeps = |word: &str| KEEPS.contains(&word) && word != "publish";
        if people && !head.own && head.strength == Strength::Granted && keeps(self.sentence.word(at)) {
            return None;
        }
        if self.object(verbs).is_none() {
            return self.without_object(head, deeds, verbs);
        }
        let all =
            self.sentence.any(at) == "do" && ["everything", "anything"].contains(&self.sentence.any(verbs));
        self.given(head, if all { KEYS.to_vec() } else { deeds }, head.start..verbs)
    }

    /// `…, comments and tags`: what else the same is said of, unless something begins there.
    fn another(&mut self, head: &Head, end: usize) -> Option<usize> {
        let comma = usize::from(self.sentence.mark(end) == Mark::Comma);
        let word = usize::from(["and", "or"].contains(&self.sentence.word(end + comma)));
        let at = end + comma + word;
        let (_, object, nouns) = self.object(at).filter(|_| at > end)?;
        let begins = (nouns.end..nouns.end + LONGEST_SUBJECT).any(|at| {
            let head = self.modal(at).or_else(|| self.bare(at)).or_else(|| self.whole(at));
            head.is_some_and(|head| head.start <= nouns.start)
        });
        let rows = matches!(object, Object::Rows(_)) && noun::is_plural(self.sentence.any(nouns.end - 1));
        let fields = super::entity::fields_follow(self.sentence, nouns.end);
        let goes_on = self.sentence.mark(nouns.end) == Mark::Comma
            || ["and", "or"].contains(&self.sentence.word(nouns.end));
        let listed = word == 1 || goes_on;
        let same = self.found.last()?.deeds.clone();
        let verb = deeds(self.sentence.any(nouns.start)).is_some();
        (rows && !verb && !begins && !fields && listed).then(|| self.given(head, same, at..at)).flatten()
    }

    /// Notes that somebody has rights on what stands at the end of these words, all of which are read with it.
    fn given(&mut self, head: &Head, deeds: Vec<&'static str>, words: Range<usize>) -> Option<usize> {
        let (own, object, nouns) = self.object(words.end)?;
        let mut permission = Permission {
            subjects: head.subjects.clone(),
            strength: head.strength,
            inexact: (head.strength == Strength::Withheld).then_some(WITHHELD),
            object_at: (object != Object::All && !self.sentence.word(nouns.start).is_empty())
                .then_some(nouns.start),
            own: head.own || own,
            words: String::new(),
            deeds,
            object,
        };
        if permission.deeds.is_empty() {
            permission.inexact = Some(NO_RIGHT);
            if head.strength != Strength::Granted {
                permission.deeds = WRITES.to_vec();
            }
        }
        match self.condition(nouns.end) {
            Some(true) => {
                permission.own = true;
                let made = (nouns.end..).find(|at| MADE.contains(&self.sentence.any(*at)));
                self.sentence.take(nouns.end..made.map_or(nouns.end, |at| at + 1));
            }
            // What gives no right gives none under a condition either.
            Some(false) if permission.deeds.is_empty() => {}
            Some(false) => (permission.strength, permission.inexact) = (Strength::Withheld, Some(CONDITION)),
            None => {}
        }
        if head.strength == Strength::Withheld && self.of_others(nouns.clone()) {
            (permission.own, permission.strength, permission.inexact) = (true, Strength::Granted, None);
        }
        let pronoun = permission.object_at.is_none();
        permission.words = self.sentence.words(head.start..nouns.end);
        self.sentence.take(words.start..if pronoun { nouns.end } else { nouns.start });
        self.found.push(permission);
        Some(nouns.end)
    }

    /// `notes that only managers may see` is about all that is kept. Who does what is no right has a role, and what it is
    /// stays to be read.
    fn without_object(&mut self, head: &Head, deeds: Vec<&'static str>, verbs: usize) -> Option<usize> {
        let restricts = !deeds.is_empty() && (head.own || head.strength != Strength::Granted);
        let named = head.subjects.iter().any(|one| matches!(one, Subject::Role(_)));
        if !named && !restricts {
            return None;
        }
        let end = if deeds.is_empty() { head.end } else { verbs };
        let words = self.sentence.take(head.start..end);
        self.found.push(Permission {
            subjects: head.subjects.clone(),
            strength: head.strength,
            object: if deeds.is_empty() { Object::Rows(Vec::new()) } else { Object::All },
            object_at: None,
            own: head.own,
            words,
            inexact: (head.strength == Strength::Withheld).then_some(WITHHELD),
            deeds,
        });
        (!named || restricts).then_some(end)
    }

    /// `create, read and delete`; of verbs that name no right, one.
    fn verbs(&self, mut at: usize) -> (Vec<&'static str>, usize) {
        let mut found: Vec<&'static str> = Vec::new();
        let start = at;
        while let Some(keys) = deeds(self.sentence.any(at)) {
            found.extend(keys);
            at += 1;
            let next = at + usize::from(self.sentence.mark(at) == Mark::Comma);
            let next = next + usize::from(["and", "or"].contains(&self.sentence.any(next)));
            if next == at || deeds(self.sentence.any(next)).is_none() {
                break;
            }
            at = next;
        }
        found.sort_unstable();
        found.dedup();
        (found, if at == start { at + 1 } else { at })
    }

    /// Whether it is somebody's own, what it is about, and where that stands.
    pub(super) fn object(&self, mut at: usize) -> Option<(bool, Object, Range<usize>)> {
        const SKIPPED: &[&str] = &[
            "the", "a", "an", "all", "any", "new", "every", "each", "other", "others", "another", "only",
            "of",
        ];
        let mut own = false;
        let first = at;
        loop {
            let word = self.sentence.any(at);
            let either = word == "or" && ["her", "his"].contains(&self.sentence.any(at + 1));
            let theirs = OWN.contains(&word) || ["their", "his", "her"].contains(&word) || either;
            if !theirs && (!SKIPPED.contains(&word) || (word == "of" && self.sentence.any(at + 1) != "the")) {
                break;
            }
            own |= theirs;
            at += 1;
        }
        let start = at;
        let fits = |word: &str| {
            !word.is_empty()
                && word.is_ascii()
                && !lexicon::is_filler(word)
                && !lexicon::NO_NOUNS.contains(&word)
        };
        if ["everything", "anything"].contains(&self.sentence.any(at)) {
            return Some((own, Object::All, first..at + 1));
        }
        if ["them", "it", "these", "those"].contains(&self.sentence.any(at)) {
            return Some((own, self.last_object(), first..at + 1));
        }
        while at - start < 3 && fits(self.sentence.any(at)) {
            at += 1;
            let other = ["users", "people", "members"].contains(&self.sentence.any(at - 1));
            if noun::is_plural(self.sentence.any(at - 1)) && !(other && fits(self.sentence.any(at))) {
                break;
            }
        }
        if at == start {
            let all = at > first && self.sentence.any(at - 1) == "all";
            return all.then(|| (own, self.last_object(), first..at));
        }
        let nouns = (start..at).map(|at| self.sentence.any(at).to_owned());
        let whose = ["users", "user", "people", "members", "else"];
        let nouns: Vec<String> =
            nouns.skip_while(|word| whose.contains(&word.as_str()) && start + 1 < at).collect();
        Some((own, Object::Rows(nouns), start..at))
    }

    /// What `them` and `all` are, which something before has named.
    fn last_object(&self) -> Object {
        self.found.last().map_or(Object::All, |before| before.object.clone())
    }

    /// Whether what stands behind an object makes it somebody's own (true), or is another condition.
    fn condition(&self, at: usize) -> Option<bool> {
        let sentence = &self.sentence;
        let comma = usize::from(sentence.mark(at) == Mark::Comma);
        let at = at + usize::from(sentence.any(at) == "only");
        if ["except", "unless", "excluding", "not"].contains(&sentence.any(at + comma)) {
            return Some(false);
        }
        if super::entity::fields_follow(sentence, at) {
            return None;
        }
        let that = usize::from(["that", "which"].contains(&sentence.any(at)));
        if ["they", "he", "she"].contains(&sentence.any(at + that))
            && MADE.contains(&sentence.any(at + that + 1))
        {
            return Some(true);
        }
        if sentence.is_read(at + that) {
            return None;
        }
        let words = [
            "that", "which", "who", "whose", "of", "if", "when", "until", "they", "shared", "assigned",
            "within", "during", "after", "before", "from",
        ];
        words.contains(&sentence.any(at)).then_some(false)
    }

    /// Whether rows of others are meant: `other users' notes`.
    fn of_others(&self, nouns: Range<usize>) -> bool {
        let from = nouns.start.saturating_sub(2).max(self.floor);
        let is_other = |at: usize| ["other", "others", "else", "another"].contains(&self.sentence.any(at));
        let behind = ["of", "by", "from"].contains(&self.sentence.any(nouns.end)) && is_other(nouns.end + 1);
        behind || (from..nouns.end).any(is_other)
    }
}

/// What a verb gives; `None` for a verb that is no right.
fn deeds(verb: &str) -> Option<Vec<&'static str>> {
    let of = |verb: &str| DEEDS.iter().find(|(word, _)| *word == verb).map(|(_, keys)| keys.to_vec());
    let keeps = || {
        let keeps = KEEPS.contains(&verb) && !lexicon::is_filler(verb) && verb != "publish";
        keeps.then(|| WRITES.to_vec())
    };
    of(verb).or_else(|| verb.strip_suffix('s').and_then(of)).or_else(keeps)
}
