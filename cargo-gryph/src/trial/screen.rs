//! Finds out which bodies compile: builds all of them at once, drops those that the compiler blames, builds again.
//!
//! An unchanged copy of each original rides along until it has compiled once: an error in it is the construction's
//! fault, not a candidate's, and that function is then built in another way while the others go on. A build that fails
//! is as quick as a check, since nothing is generated before all is analysed, and one that succeeds need not be
//! followed by another.

use std::collections::{BTreeMap, BTreeSet};
use std::time::{Duration, Instant};

use super::packing::Packing;
use super::sift::{Alone, Body};
use super::{Outcome, Report, Trial, TrialError, TrialState, lay_out};
use crate::candidate::CandidateId;
use crate::cargo::{Build, BuildOptions, CapLints, CargoError};
use crate::diagnostic::{Diagnostic, Level};
use crate::digest::Digest;
use crate::schema::{Attribution, Construction, Form, Schema, Subject, Switch, attribute, pack, wants_const};

/// Builds of one screening beyond which what is left is rejected.
const MOST_ROUNDS: u32 = 40;

/// What is known about a function's construction.
#[derive(Clone, PartialEq, Eq, Debug)]
pub(super) enum Known {
    /// The form in which an unchanged copy compiles.
    Packed(Form),
    /// None does.
    Alone(String),
}

/// What came of a screening.
pub(super) struct Screened {
    /// A build with what compiles, if anything does.
    pub(super) built: Option<Built>,
    /// Bodies of functions that cannot be packed.
    pub(super) alone: Vec<Alone>,
}

/// A build with the candidates that are in it.
pub(super) struct Built {
    pub(super) build: Build,
    pub(super) switch: Switch,
    pub(super) alive: BTreeMap<u32, CandidateId>,
}

/// One answer of the compiler about a schema.
enum Answer {
    Built(Build),
    /// Someone is to blame.
    Blamed(Attribution),
    /// It failed, and nobody is.
    Unclear(Vec<Diagnostic>),
}

impl Trial<'_> {
    /// Screens bodies of the trial's functions.
    pub(super) async fn screen(
        &self,
        state: &mut TrialState,
        bodies: &[Body],
        report: &mut Report,
    ) -> Result<Screened, TrialError> {
        let mut packing = self.packing(state, bodies);
        let mut built = None;
        for _ in 0..MOST_ROUNDS {
            if packing.is_empty() {
                break;
            }
            match self.ask(state, &packing, None, report).await? {
                Answer::Built(build) => {
                    let switch = state.switch(self.options.seed);
                    built = Some(Built { build, switch, alive: packing.alive() });
                    break;
                }
                Answer::Blamed(blamed) => self.draw_consequences(&mut packing, &blamed),
                Answer::Unclear(diagnostics) => {
                    self.find_culprits(state, &mut packing, &diagnostics, report).await?;
                }
            }
        }
        if built.is_none() && !packing.is_empty() {
            let why = said(&format!("{MOST_ROUNDS} builds did not tell the candidates apart"));
            packing.reject_all(&why);
        }
        self.learn(state, &packing, built.is_some());
        for (candidate, diagnostics) in packing.rejections() {
            report.enter(candidate, Outcome::Rejected(diagnostics), Duration::ZERO, None);
        }
        Ok(Screened { built, alone: packing.alone(&self.subjects) })
    }

    fn packing<'b>(&self, state: &TrialState, bodies: &'b [Body]) -> Packing<'b> {
        let mut packing = Packing::new(bodies, state.kept.clone());
        for subject in 0..self.subjects.len() {
            let original = self.original(subject);
            match state.known.get(&self.key(subject)) {
                Some(Known::Packed(form)) => {
                    packing.add(subject, *form, None, self.subjects[subject].is_const())
                }
                Some(Known::Alone(why)) => packing.give_up(subject, why),
                None => match self.subjects[subject].first_form(self.job.tree) {
                    Ok(form) => packing.add(subject, form, Some(original), self.subjects[subject].is_const()),
                    Err(why) => packing.give_up(subject, why),
                },
            }
        }
        packing
    }

    /// Keeps what was learnt about the functions for the next screening.
    fn learn(&self, state: &mut TrialState, packing: &Packing<'_>, is_built: bool) {
        for part in packing.parts() {
            let known = match part.given_up() {
                Some(why) => Known::Alone(why.to_owned()),
                None if is_built => Known::Packed(part.form()),
                None => continue,
            };
            state.known.insert(self.key(part.subject()), known);
        }
        state.kept.extend(packing.kept().iter().cloned());
    }

    /// Names a function and everything its construction depends on in its own file.
    fn key(&self, subject: usize) -> Digest {
        let site = self.subjects[subject].site();
        let file = self.job.tree.get(&site.path).unwrap_or_default();
        Digest::of_parts([site.path.as_str().as_bytes(), site.function.as_bytes(), file])
    }

    fn original(&self, subject: usize) -> String {
        let site = self.subjects[subject].site();
        let text = self.job.tree.text(&site.path).and_then(|text| text.get(site.body.clone()));
        text.unwrap_or_default().to_owned()
    }

    /// Builds a schema with these variants, or with all.
    async fn ask(
        &self,
        state: &mut TrialState,
        packing: &Packing<'_>,
        numbers: Option<&[u32]>,
        report: &mut Report,
    ) -> Result<Answer, TrialError> {
        let started = Instant::now();
        state.schemata += 1;
        let switch = state.switch(self.options.seed);
        let construction = packing.construction();
        let variants = packing.variants(numbers);
        let parts: Vec<_> = packing.schema_parts(&self.subjects, &variants);
        let schema = pack(self.job.tree, &parts, &switch, &construction)?;
        lay_out(&schema.tree, self.bench)?;
        report.timings.pack += started.elapsed();
        let building = Instant::now();
        let built = self.cargo.build_tests(self.bench, &self.build_options()).await;
        let answer = judge(&schema, &construction, built);
        if matches!(answer, Ok(Answer::Built(_))) {
            report.timings.build += building.elapsed();
        } else {
            report.timings.check += building.elapsed();
            report.check_rounds += 1;
        }
        answer
    }

    /// How everything in a trial is built: lints cannot stop it, and nothing is made that no test needs.
    pub(super) fn build_options(&self) -> BuildOptions {
        BuildOptions {
            cap_lints: Some(CapLints::Warn),
            packages: self.scope.packages.clone(),
            only: self.scope.only.clone(),
            ..BuildOptions::default()
        }
    }

    /// Drops whom the compiler blames, or changes the construction of a function.
    fn draw_consequences(&self, packing: &mut Packing<'_>, blamed: &Attribution) {
        let wanted = packing.newly_kept(&blamed.wanted_const());
        if !wanted.is_empty() {
            packing.keep_const(&wanted, |subject| self.subjects[subject].name());
        }
        // An error about a `const` that comes back with the next build is nobody's fault.
        let own = |all: &[Diagnostic]| -> Vec<Diagnostic> {
            all.iter().filter(|diagnostic| !wants_const(diagnostic, &wanted)).cloned().collect()
        };
        let fault = |errors: Option<&Vec<Diagnostic>>| errors.is_some_and(|errors| !own(errors).is_empty());
        for index in 0..packing.parts().len() {
            let of_identity = blamed.variants.get(&packing.identity(index));
            if fault(blamed.construction.get(&index)) || fault(of_identity) {
                self.rebuild(packing, index);
                continue;
            }
            let clones_see_less = self.clones_see_less(packing, index);
            for (number, diagnostics) in &blamed.variants {
                let diagnostics = own(diagnostics);
                if !diagnostics.is_empty() {
                    packing.blame(index, *number, &diagnostics, clones_see_less);
                }
            }
        }
    }

    /// Builds a function in another form, if it has one.
    fn rebuild(&self, packing: &mut Packing<'_>, index: usize) {
        if self.subjects[packing.parts()[index].subject()].takes_clones_only() {
            packing.give_up_part(index, "its clones do not compile, and each has a type of its own");
        } else {
            packing.rebuild(index);
        }
    }

    fn clones_see_less(&self, packing: &Packing<'_>, index: usize) -> bool {
        let subject: &Subject = &self.subjects[packing.parts()[index].subject()];
        subject.clones_see_less()
    }

    /// Halves the variants until those that stop the build are found.
    async fn find_culprits(
        &self,
        state: &mut TrialState,
        packing: &mut Packing<'_>,
        diagnostics: &[Diagnostic],
        report: &mut Report,
    ) -> Result<(), TrialError> {
        match self.ask(state, packing, Some(&[]), report).await? {
            Answer::Built(_) => {}
            Answer::Blamed(blamed) => {
                self.draw_consequences(packing, &blamed);
                return Ok(());
            }
            // The crate may need some `const` that cannot be told from the messages.
            Answer::Unclear(_) if packing.removes_const() => {
                packing.give_up_const("an unchanged copy of it stops the compiler");
                return Ok(());
            }
            Answer::Unclear(base) => return Err(TrialError::Base(base)),
        }
        let all = packing.numbers();
        let mut groups = vec![all.clone()];
        let mut budget = MOST_ROUNDS;
        while let Some(group) = groups.pop() {
            let answer = match group.len() == all.len() {
                true => Answer::Unclear(diagnostics.to_vec()),
                false => self.ask(state, packing, Some(&group), report).await?,
            };
            budget = budget.saturating_sub(1);
            match answer {
                Answer::Built(_) => {}
                Answer::Blamed(blamed) => {
                    for (number, diagnostics) in blamed.variants {
                        packing.reject(number, &diagnostics);
                    }
                    blamed.construction.into_keys().for_each(|index| self.rebuild(packing, index));
                }
                Answer::Unclear(diagnostics) if group.len() <= 1 || budget == 0 => {
                    for number in group {
                        packing.reject(number, &diagnostics);
                    }
                }
                Answer::Unclear(_) => {
                    let (left, right) = group.split_at(group.len() / 2);
                    groups.extend([left.to_vec(), right.to_vec()]);
                }
            }
        }
        Ok(())
    }
}

impl TrialState {
    /// The names of the current schema.
    pub(super) fn switch(&self, seed: u64) -> Switch {
        Switch::draw(seed, self.schemata)
    }
}

fn judge(
    schema: &Schema,
    construction: &Construction,
    built: Result<Build, CargoError>,
) -> Result<Answer, TrialError> {
    let build = match built {
        Ok(build) => build,
        // A compiler that some body keeps busy for ever, or makes talk for ever.
        Err(CargoError::Unfinished { tool, exit }) => {
            return Ok(Answer::Unclear(vec![said(&format!("`{tool}` did not end: {exit:?}"))]));
        }
        Err(error) => return Err(error.into()),
    };
    let attribution = attribute(schema, &build.diagnostics);
    let kept: Option<&BTreeSet<String>> = construction.unconst_except.as_ref();
    let wants_const = kept.is_some_and(|kept| !attribution.wanted_const().is_subset(kept));
    let nobody = attribution.variants.is_empty() && attribution.construction.is_empty() && !wants_const;
    Ok(match (nobody, build.success) {
        (false, _) => Answer::Blamed(attribution),
        (true, true) => Answer::Built(build),
        (true, false) if attribution.rest.is_empty() => Answer::Unclear(vec![said(&build.stderr)]),
        (true, false) => Answer::Unclear(attribution.rest),
    })
}

/// A message of a tool that names no place.
pub(super) fn said(text: &str) -> Diagnostic {
    let message = text
        .trim()
        .lines()
        .rev()
        .take(20)
        .collect::<Vec<_>>()
        .into_iter()
        .rev()
        .collect::<Vec<_>>()
        .join("\n");
    Diagnostic {
        level: Level::Error,
        code: None,
        rendered: message.clone(),
        message,
        labels: Vec::new(),
        suggestions: Vec::new(),
        notes: Vec::new(),
    }
}
