//! The lines of libtest's stable output that count, and whether they agree with each other.

use std::collections::BTreeMap;

use crate::process::Exit;

/// Bytes kept of a failure's message.
const MESSAGE: usize = 4096;

/// What one line says about a test.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub(super) enum Status {
    Ok,
    Failed,
    Ignored,
}

/// The lines that matter, as they came.
#[derive(Debug, Default)]
pub(super) struct Report<'a> {
    /// The counts of all `running N tests` lines.
    announced: Vec<usize>,
    /// All results by name.
    pub(super) results: BTreeMap<&'a str, Vec<Status>>,
    /// All `test result:` lines.
    summaries: Vec<Option<Summary>>,
    /// Text of each `---- name stdout ----` section.
    sections: Vec<(&'a str, &'a str)>,
    /// A line that looks like a result and is none.
    odd: Option<&'a str>,
    /// Whether something that counts came after the summary.
    late: bool,
}

/// `test result: ok. 1 passed; 0 failed; 0 ignored; 0 measured; 0 filtered out; finished in 0.00s`
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
struct Summary {
    ok: bool,
    passed: usize,
    failed: usize,
    ignored: usize,
    measured: usize,
}

impl<'a> Report<'a> {
    pub(super) fn read(text: &'a str) -> Self {
        let mut report = Self::default();
        // Between `failures:` and the summary stands what the tests printed; only the closing line counts there.
        let mut quoting = false;
        for line in text.lines() {
            if line == "failures:" && !report.announced.is_empty() {
                quoting = true;
            } else if let Some(summary) = line.strip_prefix("test result: ") {
                report.summaries.push(Summary::read(summary));
                quoting = false;
            } else if !quoting {
                report.result_line(line);
            }
        }
        report.sections = sections(text);
        report
    }

    fn result_line(&mut self, line: &'a str) {
        if let Some(count) = announcement(line) {
            self.late |= !self.summaries.is_empty();
            self.announced.push(count);
        } else if let Some(rest) = line.strip_prefix("test ") {
            self.late |= !self.summaries.is_empty();
            match result(rest) {
                Some((name, status)) => self.results.entry(name).or_default().push(status),
                None => self.odd = Some(line),
            }
        }
    }

    /// Whether the run is whole, or stopped by us at a failure in an otherwise whole run.
    pub(super) fn anomaly(&self, exit: Exit, expected: &[String]) -> Result<(), String> {
        match exit {
            Exit::Code(_) | Exit::Stopped => {}
            Exit::Signal(signal) => return Err(format!("the test process died of signal {signal}")),
            Exit::TimedOut => return Err("the tests ran out of time".to_owned()),
            Exit::OutputLimit => return Err("the tests printed too much".to_owned()),
        }
        if let Some(line) = self.odd {
            return Err(format!("`{}` is not a result", clip(line, 200)));
        }
        let [announced] = self.announced[..] else {
            return Err(format!("{} runs were announced", self.announced.len()));
        };
        if let Some((name, _)) = self.results.iter().find(|(_, statuses)| statuses.len() != 1) {
            return Err(format!("`{}` was reported more than once", clip(name, 200)));
        }
        if !expected.is_empty() {
            let asked = |name: &str| expected.iter().any(|expected| expected == name);
            if let Some(name) = self.results.keys().find(|name| !asked(name)) {
                return Err(format!("`{}` was reported and not asked for", clip(name, 200)));
            }
            if announced != expected.len() {
                return Err(format!("{announced} tests ran instead of {}", expected.len()));
            }
        }
        if exit == Exit::Stopped { self.stopped() } else { self.complete(announced, exit) }
    }

    fn count(&self, wanted: Status) -> usize {
        self.results.values().filter(|statuses| statuses[..] == [wanted]).count()
    }

    fn stopped(&self) -> Result<(), String> {
        if self.summaries.is_empty() && self.count(Status::Failed) == 1 {
            return Ok(());
        }
        Err("the run was stopped at something other than its first failure".to_owned())
    }

    fn complete(&self, announced: usize, exit: Exit) -> Result<(), String> {
        let [Some(summary)] = self.summaries[..] else {
            return Err(format!("{} summaries were printed", self.summaries.len()));
        };
        if self.late {
            return Err("results came after the summary".to_owned());
        }
        let counts = (self.count(Status::Ok), self.count(Status::Failed), self.count(Status::Ignored));
        if (summary.passed, summary.failed, summary.ignored) != counts || summary.measured != 0 {
            return Err("the summary does not count what was reported".to_owned());
        }
        if announced != self.results.len() {
            return Err(format!("{announced} tests were announced and {} reported", self.results.len()));
        }
        let fits = match exit {
            Exit::Code(0) => summary.ok && summary.failed == 0,
            Exit::Code(101) => !summary.ok && summary.failed > 0,
            Exit::Code(_) | Exit::Signal(_) | Exit::TimedOut | Exit::Stopped | Exit::OutputLimit => false,
        };
        if fits { Ok(()) } else { Err(format!("{exit:?} does not go with the summary")) }
    }

    /// What to say about a test that said nothing.
    pub(super) fn silence(&self, test: &str) -> String {
        let ignored = self.results.get(test).is_some_and(|statuses| statuses.contains(&Status::Ignored));
        if ignored { "the test is marked as ignored".to_owned() } else { String::new() }
    }

    /// What the test printed, cut to size.
    pub(super) fn message(&self, test: &str) -> Option<String> {
        let (_, text) = self.sections.iter().find(|(name, _)| *name == test)?;
        let text = text.trim();
        let end = text.find("\nnote: run with `RUST_BACKTRACE=1`").unwrap_or(text.len());
        Some(clip(&text[..end], MESSAGE).trim_end().to_owned())
    }
}

impl Summary {
    fn read(text: &str) -> Option<Self> {
        let (ok, counts) = match text.split_once(". ")? {
            ("ok", counts) => (true, counts),
            ("FAILED", counts) => (false, counts),
            _ => return None,
        };
        let mut parts = counts.split("; ");
        let mut count = |unit: &str| parts.next()?.strip_suffix(unit)?.parse().ok();
        let (passed, failed) = (count(" passed")?, count(" failed")?);
        let (ignored, measured) = (count(" ignored")?, count(" measured")?);
        Some(Self { ok, passed, failed, ignored, measured })
    }
}

/// `running 1 test`, `running 2 tests`.
pub(super) fn announcement(line: &str) -> Option<usize> {
    let (count, unit) = line.strip_prefix("running ")?.split_once(' ')?;
    if unit == "test" || unit == "tests" { count.parse().ok() } else { None }
}

/// `name ... ok`, `name - should panic ... ok`, `name ... ignored, why`.
fn result(rest: &str) -> Option<(&str, Status)> {
    let (name, status) = rest.split_once(" ... ")?;
    let status = match status {
        "ok" => Status::Ok,
        "FAILED" => Status::Failed,
        "ignored" => Status::Ignored,
        other if other.starts_with("ignored, ") => Status::Ignored,
        _ => return None,
    };
    const MODES: &[&str] = &[" - should panic", " - compile fail", " - compile"];
    let name = MODES.iter().find_map(|mode| name.strip_suffix(mode)).unwrap_or(name);
    Some((name, status))
}

/// The `---- name stdout ----` sections with their texts.
fn sections(text: &str) -> Vec<(&str, &str)> {
    let mut sections: Vec<(&str, &str)> = Vec::new();
    let mut open: Option<(&str, usize)> = None;
    let mut offset = 0;
    for line in text.split_inclusive('\n') {
        let name = line.trim_end().strip_prefix("---- ").and_then(|rest| rest.strip_suffix(" stdout ----"));
        if name.is_some() || line.trim_end() == "failures:" {
            sections.extend(open.take().map(|(name, start)| (name, &text[start..offset])));
            open = name.map(|name| (name, offset + line.len()));
        }
        offset += line.len();
    }
    sections.extend(open.map(|(name, start)| (name, &text[start..])));
    sections
}

/// The head of a text, at most `limit` bytes, cut between characters.
fn clip(text: &str, limit: usize) -> &str {
    &text[..text.floor_char_boundary(limit)]
}
