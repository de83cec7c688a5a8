//! A text is shown to a person, who says yes, no, or changes it first.

use std::collections::BTreeMap;
use std::ffi::OsString;
use std::io::{self, BufRead, IsTerminal as _, Read as _, Write};
use std::path::PathBuf;

use super::console::visible;
use super::exit_code::ExitCode;
use super::failure::Failure;
use super::surroundings::Surroundings;
use crate::process::{self, Invocation};
use crate::spec::{LARGEST_SPEC, Problem};

/// What somebody is to agree to.
pub(super) struct Matter<'a> {
    /// The text as it would be used.
    pub(super) text: String,
    /// Whether a model made something in it that decides what is accepted, so that nobody can agree without reading.
    pub(super) is_of_model: bool,
    /// The text as it is shown.
    pub(super) shown: &'a dyn Fn(&str) -> String,
    /// What is wrong with it.
    pub(super) check: &'a dyn Fn(&str) -> Result<(), Vec<Problem>>,
}

/// Gives a text after somebody changed it.
type Edit<'a> = Box<dyn FnMut(&str) -> Result<String, Failure> + 'a>;

/// Somebody who reads and answers.
pub(super) struct Dialogue<'a> {
    input: Box<dyn BufRead + 'a>,
    output: Box<dyn Write + 'a>,
    edit: Edit<'a>,
}

impl<'a> Dialogue<'a> {
    /// With who sits at the terminal, if there is one.
    pub(super) fn on_terminal(surroundings: &'a Surroundings) -> Option<Self> {
        if !io::stdin().is_terminal() || !io::stderr().is_terminal() {
            return None;
        }
        Some(Self {
            input: Box::new(io::stdin().lock()),
            output: Box::new(io::stderr().lock()),
            edit: Box::new(|text| edited(text, surroundings)),
        })
    }

    fn say(&mut self, text: &str) {
        let _ = write!(self.output, "{text}");
        let _ = self.output.flush();
    }

    /// The next line; `None` at the end.
    fn answer(&mut self) -> Option<String> {
        let mut line = String::new();
        let read = self.input.by_ref().take(1_000).read_line(&mut line).ok()?;
        (read > 0).then(|| line.trim().to_lowercase())
    }
}

/// Shows the text until somebody says yes to one that holds, or no.
pub(super) fn agree(matter: Matter<'_>, dialogue: &mut Dialogue<'_>) -> Result<Option<String>, Failure> {
    let mut text = matter.text;
    let mut is_new = true;
    loop {
        let problems = (matter.check)(&text).err().unwrap_or_default();
        if is_new {
            dialogue.say(&visible(&(matter.shown)(&text)));
            for problem in &problems {
                dialogue.say(&visible(&format!("{problem}\n")));
            }
        }
        if matter.is_of_model && problems.is_empty() {
            dialogue.say("A model made examples in it. They decide what is accepted: read each of them.\n");
        }
        let sound = problems.is_empty();
        dialogue.say(if sound { "\n[y]es, [e]dit, [n]o? " } else { "\n[e]dit, [n]o? " });
        match dialogue.answer().as_deref() {
            Some("y" | "yes") if sound => return Ok(Some(text)),
            Some("e" | "edit") => match (dialogue.edit)(&text) {
                Ok(changed) => (text, is_new) = (changed, true),
                Err(failure) => {
                    dialogue.say(&failure.render());
                    is_new = false;
                }
            },
            Some("n" | "no") | None => return Ok(None),
            Some(_) => is_new = false,
        }
    }
}

/// The text after an editor had it.
fn edited(text: &str, surroundings: &Surroundings) -> Result<String, Failure> {
    let set = |name: &str| surroundings.variable(name).filter(|value| !value.trim().is_empty());
    let editor = set("VISUAL").or_else(|| set("EDITOR")).ok_or_else(|| {
        Failure::message(ExitCode::Usage, "neither VISUAL nor EDITOR names an editor")
            .hint("set one, or answer `n`, save the draft to a file and give that")
    })?;
    let failed = |error: anyhow::Error| Failure::new(ExitCode::CouldNotFindOut, error);
    let directory = tempfile::tempdir().map_err(|error| failed(error.into()))?;
    let file = directory.path().join("draft.toml");
    std::fs::write(&file, text).map_err(|error| failed(error.into()))?;
    let mut words = editor.split_whitespace();
    let program = PathBuf::from(words.next().unwrap_or_default());
    let environment: BTreeMap<OsString, OsString> =
        surroundings.environment.iter().map(|(name, value)| (name.into(), value.into())).collect();
    let invocation = Invocation {
        program,
        args: words.map(OsString::from).chain([file.clone().into_os_string()]).collect(),
        cwd: surroundings.directory.clone(),
        env: environment,
        ..Invocation::default()
    };
    process::attended(&invocation).map_err(|error| failed(error.into()))?;
    let size = std::fs::metadata(&file).map_err(|error| failed(error.into()))?.len();
    if size > LARGEST_SPEC as u64 {
        return Err(Failure::message(ExitCode::Usage, format!("the edited draft has {size} bytes")));
    }
    std::fs::read_to_string(&file).map_err(|error| failed(error.into()))
}

#[cfg(test)]
mod tests {
    use super::*;

    const GOOD: &str = "good";

    fn check(text: &str) -> Result<(), Vec<Problem>> {
        if text == GOOD {
            return Ok(());
        }
        let message = "it is bad".to_owned();
        Err(vec![Problem { file: "draft".to_owned(), line: 1, column: 1, message, hint: None }])
    }

    fn asked(answers: &str, edits: &[&str], is_of_model: bool) -> (Option<String>, String) {
        let mut said = Vec::new();
        let mut edits = edits.iter();
        let mut dialogue = Dialogue {
            input: Box::new(answers.as_bytes()),
            output: Box::new(&mut said),
            edit: Box::new(|_| {
                let next = edits.next().map(|text| (*text).to_owned());
                next.ok_or_else(|| Failure::message(ExitCode::Usage, "no editor"))
            }),
        };
        let shown = |text: &str| format!("<{text}>\n");
        let matter = Matter { text: GOOD.to_owned(), is_of_model, shown: &shown, check: &check };
        let agreed = agree(matter, &mut dialogue).unwrap();
        drop(dialogue);
        (agreed, String::from_utf8(said).unwrap())
    }

    #[test]
    fn only_a_yes_is_a_yes() {
        for (answers, edits, agreed) in [
            ("y\n", &[][..], Some(GOOD)),
            ("YES\n", &[], Some(GOOD)),
            ("n\n", &[], None),
            ("", &[], None),
            ("maybe\n", &[], None),
            ("what\ny\n", &[], Some(GOOD)),
            ("e\ny\n", &[GOOD], Some(GOOD)),
            ("e\ny\ny\n", &["bad"], None),
            ("e\ne\ny\n", &["bad", GOOD], Some(GOOD)),
            ("e\ny\n", &[], Some(GOOD)),
        ] {
            assert_eq!(asked(answers, edits, false).0.as_deref(), agreed, "{answers:?} {edits:?}");
        }
    }

    #[test]
    fn what_is_wrong_after_an_edit_is_said() {
        let said = asked("e\nn\n", &["bad"], false).1;
        assert!(
            said.contains("<good>") && said.contains("<bad>") && said.contains("draft:1:1: it is bad"),
            "{said}"
        );
        assert!(said.ends_with("\n[e]dit, [n]o? "), "{said}");
    }

    #[test]
    fn examples_of_a_model_are_pointed_out() {
        assert!(asked("y\n", &[], true).1.contains("read each of them"));
    }
}
