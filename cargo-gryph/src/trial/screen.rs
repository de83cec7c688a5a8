//! Finds out which bodies compile: builds all of them at once, drops those that the compiler blames, builds again.
//!
//! An unchanged copy of the original rides along until it has compiled once: an error in it is the construction's
//! fault, not a candidate's, and the function is then built in another way. A build that fails is as quick as a check,
//! since nothing is generated before all is analysed, and one that succeeds need not be followed by another.

use std::collections::{BTreeMap, BTreeSet};
use std::time::{Duration, Instant};

use super::sift::Body;
use super::{Outcome, Report, Trial, TrialError, TrialState, lay_out};
use crate::candidate::CandidateId;
use crate::cargo::{Build, BuildOptions, CapLints, CargoError};
use crate::diagnostic::{Diagnostic, Level};
use crate::digest::Digest;
use crate::schema::{Attribution, Construction, Form, Schema, Switch, Variant, attribute, pack};

/// The number of the unchanged copy.
const IDENTITY: u32 = 1;
/// Builds of one screening beyond which what is left is rejected.
const MOST_ROUNDS: u32 = 40;

/// What is known about a function's construction.
#[derive(Clone, PartialEq, Eq, Debug)]
pub(super) enum Known {
    /// The form in which an unchanged copy compiles.
    Packed(Form, Construction),
    /// None does.
    Alone(String),
}

/// What came of a screening.
pub(super) enum Screened {
    Built(Box<Built>),
    /// The function cannot be packed.
    Alone(String),
    /// The compiler contradicts itself; all are rejected.
    Unclear,
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

/// How the bodies are packed at the moment.
struct Packing {
    form: Form,
    construction: Construction,
    proven: bool,
    variants: Vec<Variant>,
    rejected: BTreeMap<u32, Vec<Diagnostic>>,
}

impl Trial<'_> {
    /// Screens bodies of the trial's function.
    pub(super) async fn screen(
        &self,
        state: &mut TrialState,
        bodies: &[Body],
        report: &mut Report,
    ) -> Result<Screened, TrialError> {
        let key = self.key();
        let known = state.known.get(&key).cloned();
        let proven = known.is_some();
        let (form, construction) = match known.unwrap_or_else(|| self.first_guess()) {
            Known::Packed(form, construction) => (form, construction),
            Known::Alone(why) => return Ok(Screened::Alone(why)),
        };
        let mut packing =
            Packing { form, construction, proven, variants: Vec::new(), rejected: BTreeMap::new() };
        packing.restart(&self.original(), bodies);
        for _ in 0..MOST_ROUNDS {
            match self.ask(state, &packing.construction, &packing.variants, report).await? {
                Answer::Built(build) => {
                    state.known.insert(key, Known::Packed(packing.form, packing.construction.clone()));
                    return Ok(self.finish(packing, build, state.switch(self.options.seed), bodies, report));
                }
                Answer::Blamed(blamed) => {
                    if let Some(why) = self.draw_consequences(&mut packing, &blamed, bodies) {
                        state.known.insert(key, Known::Alone(why.clone()));
                        return Ok(Screened::Alone(why));
                    }
                }
                Answer::Unclear(diagnostics) => {
                    self.find_culprits(state, &mut packing, diagnostics, report).await?;
                    if packing.rejected.contains_key(&IDENTITY) {
                        let why = "an unchanged copy of it stops the compiler".to_owned();
                        state.known.insert(key, Known::Alone(why.clone()));
                        return Ok(Screened::Alone(why));
                    }
                }
            }
        }
        for body in bodies {
            let why = said(&format!("{MOST_ROUNDS} builds did not tell the candidates apart"));
            report.enter(body.candidate, Outcome::Rejected(vec![why]), Duration::ZERO, None);
        }
        Ok(Screened::Unclear)
    }

    /// Names the function and everything its construction depends on in its own file.
    fn key(&self) -> Digest {
        let site = self.subject.site();
        let file = self.job.tree.get(&site.path).unwrap_or_default();
        Digest::of_parts([site.path.as_str().as_bytes(), site.function.as_bytes(), file])
    }

    fn first_guess(&self) -> Known {
        match self.subject.first_form(self.job.tree) {
            Ok(form) => {
                let unconst_except = self.subject.is_const().then(BTreeSet::new);
                Known::Packed(form, Construction { unconst_except })
            }
            Err(why) => Known::Alone(why.to_owned()),
        }
    }

    fn original(&self) -> String {
        let site = self.subject.site();
        self.job
            .tree
            .text(&site.path)
            .and_then(|text| text.get(site.body.clone()))
            .unwrap_or_default()
            .to_owned()
    }

    /// Builds a schema with these variants.
    async fn ask(
        &self,
        state: &mut TrialState,
        construction: &Construction,
        variants: &[Variant],
        report: &mut Report,
    ) -> Result<Answer, TrialError> {
        let packing = Instant::now();
        state.schemata += 1;
        let switch = state.switch(self.options.seed);
        let schema = pack(self.job.tree, &self.subject, variants, &switch, construction)?;
        lay_out(&schema.tree, self.bench)?;
        report.timings.pack += packing.elapsed();
        let building = Instant::now();
        let built = self.cargo.build_tests(self.bench, &self.build_options()).await;
        let answer = judge(&schema, construction, built);
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
            only: super::run::test_targets(self.job.tree, self.job.tests),
            ..BuildOptions::default()
        }
    }

    /// Drops whom the compiler blames, or changes the construction; says why if there is none left.
    fn draw_consequences(
        &self,
        packing: &mut Packing,
        blamed: &Attribution,
        bodies: &[Body],
    ) -> Option<String> {
        let wanted = blamed.wanted_const();
        if let Some(kept) = &mut packing.construction.unconst_except
            && wanted.iter().any(|name| !kept.contains(name))
        {
            if wanted.contains(self.subject.name()) {
                return Some("its `const` is needed".to_owned());
            }
            kept.extend(wanted);
            return None;
        }
        if !blamed.header.is_empty() || blamed.variants.contains_key(&IDENTITY) {
            if packing.form == Form::Arm {
                return Some("an unchanged copy of it does not compile inside it".to_owned());
            }
            packing.form = Form::Arm;
            packing.restart(&self.original(), bodies);
            return None;
        }
        for (number, diagnostics) in &blamed.variants {
            packing.blame(*number, diagnostics, self.subject.clones_see_less());
        }
        None
    }

    /// Halves the variants until those that stop the build are found.
    async fn find_culprits(
        &self,
        state: &mut TrialState,
        packing: &mut Packing,
        diagnostics: Vec<Diagnostic>,
        report: &mut Report,
    ) -> Result<(), TrialError> {
        let construction = packing.construction.clone();
        if let Answer::Unclear(base) = self.ask(state, &construction, &[], report).await? {
            if construction.unconst_except.is_some() {
                // The crate needs some `const` that cannot be told from the messages.
                packing.reject(IDENTITY, &base);
                return Ok(());
            }
            return Err(TrialError::Base(base));
        }
        let mut groups = vec![packing.variants.clone()];
        let mut budget = MOST_ROUNDS;
        while let Some(group) = groups.pop() {
            let whole = group.len() == packing.variants.len();
            let answer = match whole {
                true => Answer::Unclear(diagnostics.clone()),
                false => self.ask(state, &construction, &group, report).await?,
            };
            budget = budget.saturating_sub(1);
            match answer {
                Answer::Built(_) => {}
                Answer::Blamed(blamed) => {
                    for (number, diagnostics) in blamed.variants {
                        packing.reject(number, &diagnostics);
                    }
                }
                Answer::Unclear(diagnostics) if group.len() <= 1 || budget == 0 => {
                    for variant in group {
                        packing.reject(variant.number, &diagnostics);
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

    fn finish(
        &self,
        packing: Packing,
        build: Build,
        switch: Switch,
        bodies: &[Body],
        report: &mut Report,
    ) -> Screened {
        let candidate = |number: u32| {
            let index = number.checked_sub(IDENTITY + 1)?;
            bodies.get(usize::try_from(index).ok()?).map(|body| body.candidate)
        };
        for (number, diagnostics) in packing.rejected {
            if let Some(candidate) = candidate(number) {
                report.enter(candidate, Outcome::Rejected(diagnostics), Duration::ZERO, None);
            }
        }
        let numbers = packing.variants.iter().map(|variant| variant.number);
        let alive = numbers.filter_map(|number| Some((number, candidate(number)?))).collect();
        Screened::Built(Box::new(Built { build, switch, alive }))
    }
}

impl TrialState {
    /// The names of the current schema.
    fn switch(&self, seed: u64) -> Switch {
        Switch::draw(seed, self.schemata)
    }
}

impl Packing {
    /// Takes all bodies in again, in the current form.
    fn restart(&mut self, original: &str, bodies: &[Body]) {
        let form = self.form;
        let texts = bodies.iter().map(|body| body.text.as_str());
        let identity = (!self.proven).then(|| Variant { number: IDENTITY, body: original.to_owned(), form });
        let numbered =
            (IDENTITY + 1..).zip(texts).map(|(number, text)| Variant { number, body: text.to_owned(), form });
        self.variants = identity.into_iter().chain(numbered).collect();
        self.rejected.clear();
    }

    /// Rejects a variant, or gives it the form in which it sees all that the original sees.
    fn blame(&mut self, number: u32, diagnostics: &[Diagnostic], clones_see_less: bool) {
        let variant = self.variants.iter_mut().find(|variant| variant.number == number);
        match variant {
            Some(variant) if clones_see_less && variant.form == Form::Clone => variant.form = Form::Arm,
            _ => self.reject(number, diagnostics),
        }
    }

    fn reject(&mut self, number: u32, diagnostics: &[Diagnostic]) {
        self.variants.retain(|variant| variant.number != number);
        self.rejected.insert(number, diagnostics.to_vec());
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
    let kept = construction.unconst_except.as_ref();
    let wants_const = kept.is_some_and(|kept| !attribution.wanted_const().is_subset(kept));
    let nobody = attribution.variants.is_empty() && attribution.header.is_empty() && !wants_const;
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
