//! How the bodies of a chunk are packed at the moment: function by function, so that one cannot hold up the others.

use std::collections::{BTreeMap, BTreeSet};

use super::sift::{Alone, Body};
use crate::candidate::CandidateId;
use crate::diagnostic::Diagnostic;
use crate::schema::{Construction, Form, Part, Subject, Variant};

/// Bodies on their way through the compiler. Variant `n` is the chunk's body `n - 1`; the unchanged copies follow.
pub(super) struct Packing<'b> {
    bodies: &'b [Body],
    parts: Vec<FunctionPart>,
    /// Functions whose `const` stays.
    kept: BTreeSet<String>,
    rejected: BTreeMap<u32, Vec<Diagnostic>>,
}

/// One function of a packing.
pub(super) struct FunctionPart {
    subject: usize,
    form: Form,
    is_const: bool,
    /// The original's body, as long as no unchanged copy has compiled.
    unproven: Option<String>,
    /// Why it takes one build for each candidate, if it does.
    given_up: Option<String>,
    variants: Vec<Variant>,
}

impl FunctionPart {
    pub(super) fn subject(&self) -> usize {
        self.subject
    }

    pub(super) fn form(&self) -> Form {
        self.form
    }

    pub(super) fn given_up(&self) -> Option<&str> {
        self.given_up.as_deref()
    }

    fn give_up(&mut self, why: &str) {
        self.given_up.get_or_insert_with(|| why.to_owned());
        self.variants.clear();
    }
}

impl<'b> Packing<'b> {
    pub(super) fn new(bodies: &'b [Body], kept: BTreeSet<String>) -> Self {
        Self { bodies, parts: Vec::new(), kept, rejected: BTreeMap::new() }
    }

    /// Takes a function in, if it has bodies.
    pub(super) fn add(&mut self, subject: usize, form: Form, unproven: Option<String>, is_const: bool) {
        if self.has_bodies(subject) {
            let part =
                FunctionPart { subject, form, is_const, unproven, given_up: None, variants: Vec::new() };
            self.parts.push(part);
            self.restart(self.parts.len() - 1);
        }
    }

    /// Takes a function in that cannot be packed.
    pub(super) fn give_up(&mut self, subject: usize, why: &str) {
        self.add(subject, Form::Arm, None, false);
        if let Some(part) = self.parts.iter_mut().find(|part| part.subject == subject) {
            part.give_up(why);
        }
    }

    fn has_bodies(&self, subject: usize) -> bool {
        self.bodies.iter().any(|body| body.subject == subject)
    }

    pub(super) fn parts(&self) -> &[FunctionPart] {
        &self.parts
    }

    pub(super) fn kept(&self) -> &BTreeSet<String> {
        &self.kept
    }

    /// Whether there is nothing to build.
    pub(super) fn is_empty(&self) -> bool {
        self.parts.iter().all(|part| part.variants.is_empty())
    }

    /// The number of a part's unchanged copy.
    pub(super) fn identity(&self, index: usize) -> u32 {
        number(self.bodies.len() + index)
    }

    fn part_of_identity(&self, of: u32) -> Option<usize> {
        (0..self.parts.len()).find(|index| self.identity(*index) == of)
    }

    fn body(&self, of: u32) -> Option<&'b Body> {
        self.bodies.get(usize::try_from(of.checked_sub(1)?).ok()?)
    }

    pub(super) fn numbers(&self) -> Vec<u32> {
        self.parts.iter().flat_map(|part| &part.variants).map(|variant| variant.number).collect()
    }

    /// The variants of each part, or those of them that are asked for.
    pub(super) fn variants(&self, numbers: Option<&[u32]>) -> Vec<Vec<Variant>> {
        let wanted = |variant: &&Variant| numbers.is_none_or(|numbers| numbers.contains(&variant.number));
        self.parts.iter().map(|part| part.variants.iter().filter(wanted).cloned().collect()).collect()
    }

    pub(super) fn schema_parts<'a>(
        &self,
        subjects: &'a [Subject],
        variants: &'a [Vec<Variant>],
    ) -> Vec<Part<'a>> {
        let part = |(part, variants): (&FunctionPart, &'a Vec<Variant>)| Part {
            subject: &subjects[part.subject],
            variants,
        };
        self.parts.iter().zip(variants).map(part).collect()
    }

    /// Whether `const` is taken from functions: as long as a packed one has it.
    pub(super) fn removes_const(&self) -> bool {
        self.parts.iter().any(|part| part.is_const && part.given_up.is_none())
    }

    pub(super) fn construction(&self) -> Construction {
        Construction { unconst_except: self.removes_const().then(|| self.kept.clone()) }
    }

    /// Of the functions that the compiler wants to be `const`, those it has not been given back yet.
    pub(super) fn newly_kept(&self, wanted: &BTreeSet<String>) -> BTreeSet<String> {
        match self.removes_const() {
            true => wanted.difference(&self.kept).cloned().collect(),
            false => BTreeSet::new(),
        }
    }

    /// Leaves these functions their `const`; those of them that are packed cannot be any longer.
    pub(super) fn keep_const<'n>(&mut self, names: &BTreeSet<String>, name: impl Fn(usize) -> &'n str) {
        self.kept.extend(names.iter().cloned());
        for part in self.parts.iter_mut().filter(|part| part.is_const && names.contains(name(part.subject))) {
            part.give_up("its `const` is needed");
        }
    }

    /// Packs no function any more that is `const`.
    pub(super) fn give_up_const(&mut self, why: &str) {
        self.parts.iter_mut().filter(|part| part.is_const).for_each(|part| part.give_up(why));
    }

    /// Packs this function no further.
    pub(super) fn give_up_part(&mut self, index: usize, why: &str) {
        self.parts[index].give_up(why);
    }

    /// Builds a part in another form, or gives it up.
    pub(super) fn rebuild(&mut self, index: usize) {
        let part = &mut self.parts[index];
        if part.form == Form::Arm {
            part.give_up("an unchanged copy of it does not compile inside it");
        } else {
            part.form = Form::Arm;
            self.restart(index);
        }
    }

    /// Takes all bodies of a part in again, in its current form.
    fn restart(&mut self, index: usize) {
        let identity = self.identity(index);
        let part = &mut self.parts[index];
        let (form, subject) = (part.form, part.subject);
        let unchanged =
            part.unproven.iter().map(|body| Variant { number: identity, body: body.clone(), form });
        let of_bodies = self.bodies.iter().enumerate().filter(|(_, body)| body.subject == subject);
        let variant =
            |(at, body): (usize, &Body)| Variant { number: number(at), body: body.text.clone(), form };
        part.variants = of_bodies.map(variant).chain(unchanged).collect();
        for variant in &part.variants {
            self.rejected.remove(&variant.number);
        }
    }

    /// Rejects a variant of a part, or gives it the form in which it sees all that the original sees.
    pub(super) fn blame(&mut self, index: usize, of: u32, diagnostics: &[Diagnostic], clones_see_less: bool) {
        let variants = &mut self.parts[index].variants;
        let Some(variant) = variants.iter_mut().find(|variant| variant.number == of) else { return };
        if clones_see_less && variant.form == Form::Clone {
            variant.form = Form::Arm;
        } else {
            self.reject(of, diagnostics);
        }
    }

    /// Rejects a variant; where it is an unchanged copy, its function cannot be packed.
    pub(super) fn reject(&mut self, of: u32, diagnostics: &[Diagnostic]) {
        if let Some(part) = self.part_of_identity(of) {
            self.parts[part].give_up("an unchanged copy of it stops the compiler");
            return;
        }
        self.parts.iter_mut().for_each(|part| part.variants.retain(|variant| variant.number != of));
        self.rejected.insert(of, diagnostics.to_vec());
    }

    pub(super) fn reject_all(&mut self, why: &Diagnostic) {
        let of_bodies: Vec<u32> =
            self.numbers().into_iter().filter(|number| self.body(*number).is_some()).collect();
        self.rejected.extend(of_bodies.into_iter().map(|number| (number, vec![why.clone()])));
        self.parts.iter_mut().for_each(|part| part.variants.clear());
    }

    /// What does not compile, unless its function was given up: then it has its own build to say so.
    pub(super) fn rejections(&self) -> Vec<(CandidateId, Vec<Diagnostic>)> {
        let given_up = |body: &Body| {
            self.parts.iter().any(|part| part.subject == body.subject && part.given_up.is_some())
        };
        let of = |(number, diagnostics): (&u32, &Vec<Diagnostic>)| {
            let body = self.body(*number).filter(|body| !given_up(body))?;
            Some((body.candidate, diagnostics.clone()))
        };
        self.rejected.iter().filter_map(of).collect()
    }

    /// The candidates that are built in, by the numbers of their variants.
    pub(super) fn alive(&self) -> BTreeMap<u32, CandidateId> {
        let candidate = |number: u32| Some((number, self.body(number)?.candidate));
        self.numbers().into_iter().filter_map(candidate).collect()
    }

    /// The bodies of functions that were given up, in their order.
    pub(super) fn alone(&self, subjects: &[Subject]) -> Vec<Alone> {
        let why = |body: &Body| {
            let part = self.parts.iter().find(|part| part.subject == body.subject)?;
            Some(body.alone(&subjects[body.subject], part.given_up()?))
        };
        self.bodies.iter().filter_map(why).collect()
    }
}

fn number(index: usize) -> u32 {
    u32::try_from(index + 1).unwrap_or(u32::MAX)
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::diagnostic::Level;

    fn bodies(subjects: &[usize]) -> Vec<Body> {
        let body = |(at, subject): (usize, &usize)| Body {
            candidate: CandidateId(10 + u32::try_from(at).expect("few")),
            subject: *subject,
            text: format!("{at}"),
        };
        subjects.iter().enumerate().map(body).collect()
    }

    fn error() -> Vec<Diagnostic> {
        vec![Diagnostic {
            level: Level::Error,
            code: None,
            message: "no".to_owned(),
            labels: Vec::new(),
            suggestions: Vec::new(),
            notes: Vec::new(),
            rendered: String::new(),
        }]
    }

    #[test]
    fn numbers_are_those_of_the_bodies_and_copies_come_last() {
        let bodies = bodies(&[0, 1, 0]);
        let mut packing = Packing::new(&bodies, BTreeSet::new());
        packing.add(0, Form::Clone, Some("original".to_owned()), false);
        packing.add(1, Form::Clone, None, false);
        packing.add(2, Form::Clone, None, false);
        assert_eq!(packing.numbers(), [1, 3, 4, 2]);
        assert_eq!((packing.parts().len(), packing.identity(0), packing.identity(1)), (2, 4, 5));
        assert_eq!(packing.alive().into_keys().collect::<Vec<_>>(), [1, 2, 3]);
    }

    #[test]
    fn a_function_that_is_given_up_takes_no_other_along() {
        let bodies = bodies(&[0, 1, 0, 1]);
        let mut packing = Packing::new(&bodies, BTreeSet::new());
        packing.add(0, Form::Clone, Some(String::new()), false);
        packing.add(1, Form::Clone, Some(String::new()), false);
        packing.blame(1, 2, &error(), false);
        packing.blame(0, 2, &error(), false);
        packing.rebuild(0);
        assert_eq!(packing.parts()[0].form(), Form::Arm);
        packing.reject(packing.identity(0), &error());
        assert_eq!(packing.numbers(), [4, 6], "the rest of the other function and its copy");
        assert_eq!(packing.rejections().len(), 1);
        assert_eq!(packing.alive().into_values().collect::<Vec<_>>(), [CandidateId(13)]);
        assert!(packing.parts()[0].given_up().is_some() && packing.parts()[1].given_up().is_none());
    }

    #[test]
    fn a_needed_const_gives_up_its_own_function_only() {
        let bodies = bodies(&[0, 1, 2]);
        let mut packing = Packing::new(&bodies, BTreeSet::new());
        for subject in 0..3 {
            packing.add(subject, Form::Clone, None, subject < 2);
        }
        let wanted = BTreeSet::from(["a".to_owned(), "other".to_owned()]);
        assert_eq!(packing.newly_kept(&wanted), wanted);
        packing.keep_const(&wanted, |subject| ["a", "b", "a"][subject]);
        assert!(packing.newly_kept(&wanted).is_empty() && packing.removes_const());
        assert_eq!(packing.numbers(), [2, 3]);
        packing.give_up_const("no");
        assert_eq!((packing.numbers(), packing.construction()), (vec![3], Construction::default()));
    }
}
