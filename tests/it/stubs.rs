//! Stubs are written by a model, one after the other, and what stays open gets another turn; the model is a script.

use std::sync::{Arc, Mutex};
use std::time::Duration;

use cargo_gryph::cargo::{Cargo, Vendored};
use cargo_gryph::commit::Mode;
use cargo_gryph::event::{Event, Reporter};
use cargo_gryph::gate::Policy;
use cargo_gryph::git::{Git, Search};
use cargo_gryph::ledger::{Begin, Ledger, RunId};
use cargo_gryph::model::text::{
    CompletionBatch, CompletionRequest, ModelError, ModelIdentity, Prompt, TextModel,
};
use cargo_gryph::pipeline::{self, Ambiguity, FixOrder, FixOutcome, Patched, World};
use cargo_gryph::propose::model::{ModelProposer, Sampling};
use cargo_gryph::retrieve::Shelf;
use cargo_gryph::sandbox::{Preference, detect};
use cargo_gryph::workspace::{Limits, Workspace};

use crate::cargo::{launcher, toolchain};
use crate::desk::{Desk, answered, tool};
use crate::fix::{committed, workspace};

/// A function and a method that needs it.
const KIT: &str = r#"//! Sums.

/// The square of a number.
pub fn square(number: i64) -> i64 {
    todo!()
}

/// Numbers to add up.
pub struct Sum(pub Vec<i64>);

impl Sum {
    /// The sum of the squares.
    pub fn of_squares(&self) -> i64 {
        todo!("squares {}", square(1))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn squares() {
        assert_eq!(square(3), 9);
        assert_eq!(square(-2), 4);
        assert_eq!(square(5), 25);
    }

    #[test]
    fn sums() {
        assert_eq!(Sum(vec![1, 2, 3]).of_squares(), 14);
        assert_eq!(Sum(vec![]).of_squares(), 0);
        assert_eq!(Sum(vec![-4, 1]).of_squares(), 17);
    }
}
"#;

/// Two ways to write the method.
const SUMS: [&str; 2] = [
    "self.0.iter().map(|&number| square(number)).sum()",
    "self.0.iter().fold(0, |sum, &number| sum + square(number))",
];

/// Nobody listens.
struct Silent;

impl Reporter for Silent {
    fn report(&self, _: &Event) {}
}

/// Answers with a body for the function it is asked about: the next one of a list, and the last one from then on.
struct Script {
    identity: ModelIdentity,
    answers: Vec<(&'static str, Vec<&'static str>)>,
    asked: Arc<Mutex<Vec<Asked>>>,
}

/// A question to the script.
#[derive(Clone)]
pub(crate) struct Asked {
    /// The function it is about.
    pub(crate) name: String,
    /// Its text.
    pub(crate) text: String,
}

impl TextModel for Script {
    fn identity(&self) -> &ModelIdentity {
        &self.identity
    }

    fn complete(
        &mut self,
        request: &CompletionRequest,
        _stop: &mut dyn FnMut(usize, &str) -> Option<usize>,
        _cancelled: &dyn Fn() -> bool,
    ) -> Result<CompletionBatch, ModelError> {
        let Prompt::Chat { prefill, user, .. } = &request.prompt else { panic!("not a conversation") };
        let (name, answers) =
            self.answers.iter_mut().find(|(name, _)| prefill.contains(&format!("fn {name}("))).unwrap();
        self.asked.lock().unwrap().push(Asked { name: (*name).to_owned(), text: user.clone() });
        let body = if answers.len() > 1 { answers.remove(0) } else { answers[0] };
        Ok(answered(request, body))
    }
}

/// Repairs the workspace `kit` with what the script answers; what was asked about which function, in order.
async fn repaired(desk: &Desk, answers: Vec<(&'static str, Vec<&'static str>)>) -> (FixOutcome, Vec<String>) {
    let (outcome, asked) = repaired_with(desk, answers, &Shelf::empty()).await;
    (outcome, asked.into_iter().map(|asked| asked.name).collect())
}

/// The same with what is known of the crates at hand.
pub(crate) async fn repaired_with(
    desk: &Desk,
    answers: Vec<(&'static str, Vec<&'static str>)>,
    shelf: &Shelf,
) -> (FixOutcome, Vec<Asked>) {
    let git = Git::discover(&Search {
        path: std::env::var_os("PATH").unwrap(),
        environment: [("HOME".into(), desk.path("user").into())].into(),
    })
    .unwrap();
    let order = FixOrder {
        workspace: Workspace::read(&desk.path("kit"), &git, &Limits::default()).unwrap(),
        time: Duration::from_secs(120),
        candidates: 6000,
        seed: 0,
        jobs: 2,
        mode: Some(Mode::Commit),
        ambiguity: Ambiguity::Ask,
        key: None,
    };
    let mut cargo = Cargo::new(toolchain(), detect(launcher(), Preference::Auto).unwrap());
    cargo.vendored = Vendored::of(&order.workspace.tools);
    let ledger = Ledger::open(&desk.path("home/ledger")).unwrap();
    let id = RunId::new(jiff::Timestamp::from_second(1_795_271_130).unwrap(), 7);
    let work = desk.path("home/work").join(id.as_str());
    let begin = Begin { run: id, verb: "fix".to_owned(), started: 1_795_271_130, work: Some(work.clone()) };
    let run = ledger.begin(&begin).unwrap();
    std::fs::create_dir_all(&work).unwrap();
    let world = World {
        cargo: &cargo,
        git: &git,
        ledger: &ledger,
        run: &run,
        launcher: launcher(),
        work: &work,
        layers: &desk.path("home/layers"),
        waiting: &work.join("waiting"),
        policy: Policy::fix().unwrap(),
        when: 1_795_271_130,
        reporter: &Silent,
        shelf,
        cancelled: &|| false,
    };
    let asked = Arc::new(Mutex::new(Vec::new()));
    let identity = ModelIdentity {
        id: "script".to_owned(),
        weights: cargo_gryph::digest::Digest::of(b"script"),
        device: "cpu".to_owned(),
        context: 4096,
    };
    let script = Script { identity, answers, asked: Arc::clone(&asked) };
    let sampling = Sampling { samples: 1, ..Sampling::default() };
    let proposer = || Some(ModelProposer::new(Box::new(script), sampling));
    let outcome = pipeline::fix(&order, &world, proposer).await.unwrap();
    let asked = asked.lock().unwrap().clone();
    (outcome, asked)
}

fn kit(desk: &Desk) {
    workspace(desk, KIT);
    committed(desk);
}

pub(crate) fn patched(outcome: FixOutcome) -> Box<Patched> {
    match outcome {
        FixOutcome::Fixed(patched) => patched,
        other => panic!("{other:?}"),
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn stubs_are_filled_in_turns_and_the_commit_names_the_model() {
    let desk = Desk::new();
    kit(&desk);
    // The method is judged once the function stands; the function is right in its second turn only, and a second body has
    // to agree with the first.
    let hopeless = "let _ = number; 0";
    let square = vec![hopeless, "1", "number.pow(2)", "number * number"];
    let (outcome, asked) = repaired(&desk, vec![("square", square), ("of_squares", SUMS.to_vec())]).await;
    assert!(patched(outcome).commit.is_some());
    assert_eq!(asked, ["square", "square", "square", "square", "of_squares", "of_squares"]);
    let directory = desk.path("kit");
    tool(&directory, env!("CARGO"), &["fmt", "--check"]);
    let message = tool(&directory, "git", &["log", "-1", "--format=%B"]);
    assert!(message.contains("Written by script.") && message.contains(" (script)\n"), "{message}");
    let shown = tool(&directory, "git", &["show", "--format=", "HEAD"]);
    let holds_one = |bodies: &[&str]| bodies.iter().any(|body| shown.contains(&format!("+    {body}\n")));
    assert!(holds_one(&["number.pow(2)", "number * number"]), "{shown}");
    assert!(holds_one(&SUMS.map(|body| format!("    {body}")).each_ref().map(String::as_str)), "{shown}");
}

#[tokio::test(flavor = "multi_thread")]
async fn a_body_that_nothing_agrees_with_is_shown_to_a_person() {
    let desk = Desk::new();
    kit(&desk);
    // The same in other words is no second opinion.
    let square = vec!["let n = number; n * n", "let twice = number; twice * twice"];
    let (outcome, _) = repaired(&desk, vec![("square", square), ("of_squares", SUMS.to_vec())]).await;
    let FixOutcome::Ambiguous(alternatives) = outcome else { panic!("{outcome:?}") };
    assert_eq!(alternatives.len(), 1);
    assert!(alternatives[0].diff.contains(" * "), "{}", alternatives[0].diff);
    assert_eq!(tool(&desk.path("kit"), "git", &["status", "--porcelain"]), "");
}

#[tokio::test(flavor = "multi_thread")]
async fn what_was_written_without_the_rest_is_not_let_in() {
    let desk = Desk::new();
    kit(&desk);
    let answers = vec![("square", vec!["number * number"]), ("of_squares", vec!["0"])];
    let (outcome, _) = repaired(&desk, answers).await;
    let FixOutcome::NotFound(missed) = outcome else { panic!("{outcome:?}") };
    assert_eq!(missed.nearest.as_deref(), Some("1 of 2 stubs were written"));
    assert_eq!(tool(&desk.path("kit"), "git", &["status", "--porcelain"]), "");
}
