//! Events for a person: sentences on stderr, bars when stderr is a terminal, the final table on stdout.

use std::collections::BTreeMap;
use std::io::Write as _;
use std::sync::{Mutex, PoisonError};
use std::time::Duration;

use indicatif::{MultiProgress, ProgressBar, ProgressDrawTarget, ProgressStyle};

use super::table::table;
use crate::event::{Event, Reporter};

/// How far a transfer is.
const BYTES: &str = "{msg} {wide_bar} {bytes}/{total_bytes} {bytes_per_sec} {eta}";
/// How many of many are done.
const COUNT: &str = "{msg} {wide_bar} {human_pos}/{human_len} {per_sec} {eta}";

/// The reporter for people.
pub(super) struct Human {
    quiet: bool,
    bars: MultiProgress,
    state: Mutex<State>,
}

#[derive(Default)]
struct State {
    transfer: Option<(String, ProgressBar)>,
    holes: BTreeMap<String, ProgressBar>,
    rows: Vec<Vec<String>>,
}

impl Human {
    /// Draws bars only where `terminal` says that somebody can see them.
    pub(super) fn new(quiet: bool, terminal: bool) -> Self {
        let target =
            if terminal && !quiet { ProgressDrawTarget::stderr() } else { ProgressDrawTarget::hidden() };
        Self { quiet, bars: MultiProgress::with_draw_target(target), state: Mutex::default() }
    }

    fn say(&self, line: &str) {
        if !self.quiet {
            self.bars.suspend(|| {
                let _ = writeln!(std::io::stderr().lock(), "{line}");
            });
        }
    }

    fn advance(&self, state: &mut State, what: &str, done: u64, total: Option<u64>, shape: &str) {
        if state.transfer.as_ref().is_none_or(|(name, _)| name != what) {
            finish(state);
            state.transfer = Some((what.to_owned(), self.bars.add(bar(what, total, shape))));
            if self.bars.is_hidden() {
                self.say(&format!("{what} …"));
            }
        }
        if let Some((_, bar)) = &state.transfer {
            bar.set_position(done);
            if Some(done) == total {
                finish(state);
            }
        }
    }

    fn hole<'a>(&self, state: &'a mut State, name: &str) -> &'a ProgressBar {
        state.holes.entry(name.to_owned()).or_insert_with(|| {
            let bar =
                self.bars.add(ProgressBar::new_spinner().with_style(style("{spinner} {msg} [{elapsed}]")));
            bar.enable_steady_tick(Duration::from_millis(120));
            bar
        })
    }

    fn close(&self, state: &mut State, name: &str, line: &str, row: Vec<String>) {
        if let Some(bar) = state.holes.remove(name) {
            bar.finish_and_clear();
        }
        self.say(line);
        state.rows.push(row);
    }
}

/// What is broken, in one line; at most five tests by name.
fn diagnosed(errors: usize, failing: &[String], passing: usize) -> String {
    if errors > 0 {
        return format!("  the build fails with {errors} errors");
    }
    let named: Vec<&str> = failing.iter().take(5).map(String::as_str).collect();
    let more = failing.len().saturating_sub(named.len());
    let rest = if more > 0 { format!(" and {more} more") } else { String::new() };
    match failing.len() {
        0 => format!("  {passing} tests pass, none fails"),
        count => format!("  {count} of {} tests fail: {}{rest}", count + passing, named.join(", ")),
    }
}

/// Text of a repository with its control characters made visible, so that it cannot steer the terminal.
pub(in crate::cli) fn visible(text: &str) -> String {
    let plain = |letter: char| !letter.is_control() || letter == '\n' || letter == '\t';
    text.chars()
        .map(|letter| if plain(letter) { letter.to_string() } else { letter.escape_default().to_string() })
        .collect()
}

fn finish(state: &mut State) {
    if let Some((_, bar)) = state.transfer.take() {
        bar.finish_and_clear();
    }
}

fn style(template: &str) -> ProgressStyle {
    ProgressStyle::with_template(template).unwrap_or_else(|_| ProgressStyle::default_spinner())
}

fn bar(what: &str, total: Option<u64>, shape: &str) -> ProgressBar {
    let bar = ProgressBar::new(total.unwrap_or(0));
    bar.set_style(style(shape));
    bar.set_message(what.to_owned());
    bar
}

fn seconds(elapsed: Duration) -> String {
    format!("{:.1}", elapsed.as_secs_f64())
}

impl Reporter for Human {
    fn report(&self, event: &Event) {
        let mut state = self.state.lock().unwrap_or_else(PoisonError::into_inner);
        let state = &mut *state;
        match event {
            Event::RunStarted { run, verb } => self.say(&format!("run {run}: {verb}")),
            Event::StageStarted { message, .. } => {
                finish(state);
                self.say(message);
            }
            Event::Transfer { what, done, total } => {
                self.advance(state, what, *done, *total, BYTES);
            }
            Event::Counted { what, done, total } => self.advance(state, what, *done, Some(*total), COUNT),
            Event::ModelReady { model, device } => self.say(&format!("model {model} on {device}")),
            Event::HoleProgress {
                hole,
                round,
                candidates,
                compiled,
                best_passed,
                tests,
                tokens_per_second,
            } => {
                let message = format!(
                    "{hole}: round {round}, {candidates} candidates, {compiled} compile, best passes \
                     {best_passed} of {tests}, {tokens_per_second:.0} tokens/s"
                );
                self.hole(state, &hole.0).set_message(message);
            }
            Event::HoleAccepted { hole, round, candidates, compiled, shown, elapsed, .. } => {
                let time = seconds(*elapsed);
                let saw =
                    if shown.is_empty() { String::new() } else { format!(", shown {}", shown.join(", ")) };
                let line = format!("  {hole}: filled in {time} s, {candidates} candidates{saw}");
                let row = [candidates.to_string(), compiled.to_string(), round.to_string(), time];
                self.close(state, &hole.0, &line, [vec![hole.to_string()], row.to_vec()].concat());
            }
            Event::HoleOpen { hole, candidates, compiled, why, elapsed, .. } => {
                let time = seconds(*elapsed);
                let line = format!("  {hole}: open after {time} s, {candidates} candidates: {why}");
                let row = [candidates.to_string(), compiled.to_string(), "open".to_owned(), time];
                self.close(state, &hole.0, &line, [vec![hole.to_string()], row.to_vec()].concat());
            }
            Event::Diagnosed { errors, failing, passing, flaky } => {
                self.say(&diagnosed(*errors, failing, *passing));
                if !flaky.is_empty() {
                    self.say(&format!("note: fails only sometimes, and is left alone: {}", flaky.join(", ")));
                }
            }
            Event::SearchProgress { tier, candidates, compiled, plausible, elapsed } => {
                let message = format!(
                    "{tier}: {candidates} candidates, {compiled} compile, {plausible} pass, {} s",
                    seconds(*elapsed)
                );
                self.hole(state, "search").set_message(message);
            }
            Event::PatchChosen { diff, why, .. } => {
                if let Some(bar) = state.holes.remove("search") {
                    bar.finish_and_clear();
                }
                let mut out = std::io::stdout().lock();
                let _ = write!(out, "{}", visible(diff));
                let _ = out.flush();
                self.say(why);
            }
            Event::Finding { rule, severity, message, place } => {
                let place = place.as_ref().map(|place| format!("{place}: ")).unwrap_or_default();
                self.say(&format!("{severity}[{rule}] {place}{message}"));
            }
            Event::Note { message } => self.say(&format!("note: {}", visible(message))),
            Event::RunFinished { message, .. } => {
                finish(state);
                let _ = self.bars.clear();
                let rows = std::mem::take(&mut state.rows);
                let mut out = std::io::stdout().lock();
                if !rows.is_empty() && !self.quiet {
                    let headers = ["function", "candidates", "compiled", "round", "seconds"];
                    let _ = write!(out, "{}", table(&headers, &rows));
                }
                if !message.is_empty() {
                    let _ = writeln!(out, "{message}");
                }
            }
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn text_of_a_repository_cannot_steer_the_terminal() {
        assert_eq!(visible("+\tlet é = 1;\n\u{1b}[2J\r"), "+\tlet é = 1;\n\\u{1b}[2J\\r");
    }
}
