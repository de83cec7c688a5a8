//! `cargo gryph model run`.

use std::io::Write;

use super::provision::{Provisioning, manifest};
use super::{Context, Run, unwritable};
use crate::cli::exit_code::ExitCode;
use crate::cli::failure::Failure;
use crate::model::text::{CompletionRequest, Finish, Prompt, TextModel as _};

/// Prints the answer while it is written.
pub(super) fn run(
    arguments: &Run,
    context: &Context<'_>,
    output: &mut dyn Write,
) -> Result<ExitCode, Failure> {
    let mut model = Provisioning::new(context).open(&manifest(&arguments.id)?, arguments.threads)?;
    let mut answer = Answer { output, printed: 0, error: None };
    let batch = model
        .complete(&request(arguments), &mut |_, text| answer.print(text), context.cancelled)
        .map_err(|error| Failure::new(ExitCode::CouldNotFindOut, error))?;
    for completion in &batch.completions {
        answer.print(&completion.text);
        answer.print(&format!("{}\n", completion.text));
        if completion.finish == Finish::Cancelled {
            return Ok(ExitCode::Interrupted);
        }
    }
    answer.error.map_or(Ok(ExitCode::Done), |error| Err(unwritable(error)))
}

fn request(arguments: &Run) -> CompletionRequest {
    let Run { system, prompt, .. } = arguments;
    CompletionRequest {
        prompt: Prompt::Chat { system: system.clone(), user: prompt.clone(), prefill: String::new() },
        seeds: vec![arguments.seed],
        max_tokens: arguments.max_tokens,
        temperature: arguments.temperature,
        top_p: 0.95,
        repetition_penalty: 1.05,
    }
}

/// Text that grows on the output.
struct Answer<'a> {
    output: &'a mut dyn Write,
    printed: usize,
    error: Option<std::io::Error>,
}

impl Answer<'_> {
    /// Prints what is new in `text`; where nobody reads any more, the answer ends.
    fn print(&mut self, text: &str) -> Option<usize> {
        let new = text.get(self.printed..).unwrap_or_default();
        self.printed = self.printed.max(text.len());
        // A model may write escape sequences, and this is a terminal.
        let shown: String =
            new.chars().filter(|letter| !letter.is_control() || "\n\t".contains(*letter)).collect();
        match self.output.write_all(shown.as_bytes()).and_then(|()| self.output.flush()) {
            Ok(()) => None,
            Err(error) => {
                self.error = Some(error);
                Some(text.len())
            }
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn an_answer_is_printed_once_as_it_grows_and_cannot_drive_the_terminal() {
        let mut output = Vec::new();
        let mut answer = Answer { output: &mut output, printed: 0, error: None };
        for text in ["a", "aé", "aé\u{1b}[2J", "aé\u{1b}[2J\n"] {
            assert_eq!(answer.print(text), None);
        }
        assert_eq!(String::from_utf8(output).unwrap(), "aé[2J\n");
    }
}
