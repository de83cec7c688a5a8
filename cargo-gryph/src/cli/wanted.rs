//! What is wanted, as it was typed: the path of a specification, or a sentence.

use std::io::Write as _;
use std::path::Path;

use super::agree::{Dialogue, Matter, agree};
use super::args::{Common, Drafting};
use super::console::{MessageFormat, Talk, reporter, visible};
use super::exit_code::ExitCode;
use super::failure::Failure;
use super::provision::{self, Wish, question_failure};
use super::surroundings::Surroundings;
use crate::event::{Event, Reporter};
use crate::intent::{Draft, IntentError, Question};
use crate::model::text::TextModel;
use crate::spec;

/// What an argument names.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub(super) enum Wanted<'a> {
    /// A file, whether it is there or not.
    File(&'a Path),
    /// Words that say what is wanted.
    Sentence(&'a str),
}

/// What is no file and holds white space is a sentence; what ends like a specification is meant as a file.
pub(super) fn wanted<'a>(argument: &'a Path, surroundings: &Surroundings) -> Wanted<'a> {
    let Some(text) = argument.to_str() else { return Wanted::File(argument) };
    let lower = text.trim_end().to_lowercase();
    let names_file = [".toml", ".md", ".markdown"].iter().any(|ending| lower.ends_with(ending));
    let is_there = surroundings.resolve(argument).exists();
    if is_there || names_file || !text.trim().contains(char::is_whitespace) {
        return Wanted::File(argument);
    }
    Wanted::Sentence(text)
}

/// A sentence that is no specification.
pub(super) fn intent_failure(error: IntentError) -> Failure {
    let hint = error.hint();
    let message = visible(&error.to_string());
    Failure::message(ExitCode::Usage, message).hint(hint)
}

/// What a draft is made with.
#[derive(Clone, Copy)]
pub(super) struct Desk<'a> {
    pub(super) drafting: &'a Drafting,
    pub(super) common: &'a Common,
    pub(super) surroundings: &'a Surroundings,
    pub(super) wish: &'a Wish<'a>,
    pub(super) seed: u64,
}

/// A text that was agreed to, and the model that was asked for it, which may be asked for more.
pub(super) struct Agreed {
    pub(super) text: String,
    pub(super) model: Option<Box<dyn TextModel>>,
}

impl Desk<'_> {
    /// Asks a model what the rules leave open, if there is one and it may be asked.
    pub(super) fn complete(&self, draft: &mut Draft) -> Result<Option<Box<dyn TextModel>>, Failure> {
        let questions = draft.questions();
        if questions.is_empty() || self.drafting.no_model || !self.wish.is_at_hand(self.surroundings)? {
            return Ok(None);
        }
        let reporter = self.reporter();
        let mut model = provision::model(self.wish, self.surroundings, reporter.as_ref(), &|| false)?;
        let message = format!("draft: {} open, asked of {}", questions.len(), model.identity().id);
        reporter.report(&Event::StageStarted { stage: "draft".to_owned(), message });
        for question in questions {
            ask(draft, &question, model.as_mut(), self.seed)?;
        }
        Ok(Some(model))
    }

    /// Tells what of a sentence became nothing.
    pub(super) fn tell(&self, draft: &Draft) {
        let reporter = self.reporter();
        for message in draft.notes() {
            reporter.report(&Event::Note { message });
        }
    }

    fn reporter(&self) -> std::sync::Arc<dyn Reporter> {
        reporter(Talk { format: self.common.message_format, quiet: self.common.quiet })
    }

    /// The specification that a sentence asks for, once somebody has agreed to it.
    pub(super) fn specification(&self, sentence: &str) -> Result<Agreed, Failure> {
        let mut draft = crate::intent::draft(sentence).map_err(intent_failure)?;
        let model = self.complete(&mut draft)?;
        self.tell(&draft);
        let text = draft.text().map_err(intent_failure)?;
        let text = self.agreed(Matter {
            text,
            is_of_model: draft.has_examples_of_a_model(),
            shown: &|text| text.to_owned(),
            check: &|text| spec::parse(text, "the draft").map(drop),
        })?;
        Ok(Agreed { text, model })
    }

    /// The text after somebody agreed to it; without a terminal it is printed, and nothing is done.
    pub(super) fn agreed(&self, matter: Matter<'_>) -> Result<String, Failure> {
        if self.drafting.yes && !matter.is_of_model {
            return Ok(matter.text);
        }
        if self.common.message_format == MessageFormat::Human
            && let Some(mut dialogue) = Dialogue::on_terminal(self.surroundings)
        {
            let declined = || {
                Failure::message(ExitCode::NeedsApproval, "the draft was not agreed to; nothing was written")
                    .hint("say it in other words, or write the specification: docs/spec.md")
            };
            return agree(matter, &mut dialogue)?.ok_or_else(declined);
        }
        self.print(&(matter.shown)(&matter.text), &matter.text);
        let (message, hint) = if matter.is_of_model {
            (
                "a person has to read this draft: a model made examples in it, and they decide what is accepted",
                "save it to a file, correct the examples, and give that file; or run this on a terminal",
            )
        } else {
            (
                "there is no terminal to ask whether this draft is what was meant; nothing was written",
                "save it to a file and give that, or add --yes to take it as it is",
            )
        };
        Err(Failure::message(ExitCode::NeedsApproval, message).hint(hint))
    }

    /// Prints a draft on stdout.
    pub(super) fn print(&self, shown: &str, text: &str) {
        let mut out = std::io::stdout().lock();
        let _ = match self.common.message_format {
            MessageFormat::Json => {
                writeln!(out, "{}", serde_json::json!({ "reason": "draft", "text": text }))
            }
            _ => write!(out, "{}", visible(shown)),
        };
    }
}

fn ask(draft: &mut Draft, question: &Question, model: &mut dyn TextModel, seed: u64) -> Result<(), Failure> {
    let request = draft.request(question, seed);
    let mut stop = |_: usize, text: &str| text.find("```");
    let batch = model.complete(&request, &mut stop, &|| false).map_err(question_failure)?;
    let mut answers = batch.completions.iter();
    // `any` takes the first that holds.
    answers.any(|completion| draft.answer(question, &completion.text));
    Ok(())
}

#[cfg(test)]
mod tests {
    use std::collections::BTreeMap;

    use super::*;

    #[test]
    fn what_is_no_file_and_holds_white_space_is_a_sentence() {
        let home = tempfile::tempdir().unwrap();
        let directory = home.path().to_owned();
        std::fs::write(directory.join("a spec"), "").unwrap();
        let surroundings = Surroundings {
            environment: BTreeMap::new(),
            home: directory.clone(),
            config: directory.clone(),
            launcher: directory.clone(),
            directory,
            now: std::time::SystemTime::UNIX_EPOCH,
        };
        for (argument, is_sentence) in [
            ("a REST API for bookmarks", true),
            ("spec.toml", false),
            ("my specs/spec.toml", false),
            ("a spec", false),
            ("bookmarks", false),
            ("  bookmarks ", false),
            ("", false),
        ] {
            let found = wanted(Path::new(argument), &surroundings);
            assert_eq!(matches!(found, Wanted::Sentence(_)), is_sentence, "{argument:?}");
        }
    }
}
