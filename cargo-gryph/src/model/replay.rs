//! Recordings: a model's answers written down, and answered again without the model.
//!
//! A recording is JSON lines. The first line is the header: format version and the model's identity. Each further line
//! is one request (digest of the prompt, digest of the settings, seeds) with its answers. A replay that is asked
//! anything else diverges and says in what; it never invents an answer.

use std::fs::File;
use std::io::{self, BufRead, BufReader, Read, Write};
use std::path::{Path, PathBuf};

use serde::{Deserialize, Serialize};

use crate::digest::Digest;
use crate::model::text::{CompletionBatch, CompletionRequest, ModelError, ModelIdentity, TextModel};

/// The version written into headers and the only one read.
pub const FORMAT: u32 = 1;
/// Bytes a recording may have.
const MOST_BYTES: u64 = 64 << 20;
/// Bytes a line may have.
const MOST_LINE: u64 = 4 << 20;
/// Completions a line may hold.
const MOST_COMPLETIONS: usize = 1024;

/// Why a recording cannot be written, read or followed.
#[derive(Debug, thiserror::Error)]
pub enum ReplayError {
    /// The file cannot be read or written.
    #[error("cannot use the recording `{path}`")]
    File {
        /// The file.
        path: PathBuf,
        /// What happened.
        #[source]
        source: io::Error,
    },
    /// A line is not what a recording holds.
    #[error("line {line} of the recording `{path}` is broken: {why}")]
    Broken {
        /// The file.
        path: PathBuf,
        /// The line, from 1.
        line: usize,
        /// What is wrong.
        why: String,
    },
    /// The recording was made with other weights.
    #[error(
        "the recording was made with `{recorded_id}` ({recorded}), not with `{expected_id}` ({expected})"
    )]
    Weights {
        /// The recorded model.
        recorded_id: String,
        /// Its weights.
        recorded: Digest,
        /// The model that was asked for.
        expected_id: String,
        /// Its weights.
        expected: Digest,
    },
    /// No request with this prompt is left in the recording.
    #[error(
        "the recording holds no further request with the prompt {prompt}; the next one recorded is {next}"
    )]
    Prompt {
        /// The prompt asked for.
        prompt: Digest,
        /// The next one that is recorded, or a word that none is left.
        next: String,
    },
    /// The prompt is recorded, with other seeds.
    #[error("the prompt {prompt} was recorded with the seeds {recorded:?}, not {asked:?}")]
    Seeds {
        /// The prompt.
        prompt: Digest,
        /// The recorded seeds.
        recorded: Vec<u64>,
        /// The seeds asked for.
        asked: Vec<u64>,
    },
    /// Prompt and seeds are recorded, with other sampling settings.
    #[error("the prompt {prompt} was recorded with other sampling settings")]
    Settings {
        /// The prompt.
        prompt: Digest,
    },
}

#[derive(Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
struct Header {
    gryph_recording: u32,
    model: ModelIdentity,
}

#[derive(Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
struct Entry {
    prompt: Digest,
    settings: Digest,
    seeds: Vec<u64>,
    answer: CompletionBatch,
}

/// A model whose answers are written down as they come.
pub struct Recorder {
    model: Box<dyn TextModel>,
    path: PathBuf,
    file: File,
}

impl Recorder {
    /// Starts a new recording at `path`, in place of what was there.
    ///
    /// # Errors
    /// When the file cannot be written.
    pub fn create(model: Box<dyn TextModel>, path: &Path) -> Result<Self, ReplayError> {
        let error = |source| ReplayError::File { path: path.to_owned(), source };
        let file = File::create(path).map_err(error)?;
        let mut recorder = Self { model, path: path.to_owned(), file };
        let header = Header { gryph_recording: FORMAT, model: recorder.model.identity().clone() };
        recorder.write(&header)?;
        Ok(recorder)
    }

    fn write(&mut self, line: &impl Serialize) -> Result<(), ReplayError> {
        let error = |source| ReplayError::File { path: self.path.clone(), source };
        let mut text = serde_json::to_vec(line).map_err(|source| error(source.into()))?;
        text.push(b'\n');
        self.file.write_all(&text).map_err(error)
    }
}

impl TextModel for Recorder {
    fn identity(&self) -> &ModelIdentity {
        self.model.identity()
    }

    fn complete(
        &mut self,
        request: &CompletionRequest,
        stop: &mut dyn FnMut(usize, &str) -> Option<usize>,
        cancelled: &dyn Fn() -> bool,
    ) -> Result<CompletionBatch, ModelError> {
        let answer = self.model.complete(request, stop, cancelled)?;
        let entry = Entry {
            prompt: request.prompt.digest(),
            settings: request.settings_digest(),
            seeds: request.seeds.clone(),
            answer,
        };
        self.write(&entry)?;
        Ok(entry.answer)
    }
}

/// A model that answers from a recording.
pub struct Replay {
    identity: ModelIdentity,
    entries: Vec<Option<Entry>>,
}

impl Replay {
    /// Reads a recording. `expected` is the model's id and the SHA-256 of its weights that the run asks for; `None`
    /// takes whatever was recorded.
    ///
    /// # Errors
    /// When the file cannot be read, is too large or broken, or was made with other weights.
    pub fn open(path: &Path, expected: Option<(&str, Digest)>) -> Result<Self, ReplayError> {
        let file = File::open(path).map_err(|source| ReplayError::File { path: path.to_owned(), source })?;
        let replay = Self::read(path, file)?;
        match expected {
            Some((id, weights)) if replay.identity.weights != weights || replay.identity.id != id => {
                Err(ReplayError::Weights {
                    recorded_id: replay.identity.id,
                    recorded: replay.identity.weights,
                    expected_id: id.to_owned(),
                    expected: weights,
                })
            }
            Some(_) | None => Ok(replay),
        }
    }

    fn read(path: &Path, source: impl Read) -> Result<Self, ReplayError> {
        let mut lines =
            Lines { path, reader: BufReader::new(source.take(MOST_BYTES + 1)), line: 0, bytes: 0 };
        let Some(text) = lines.next()? else { return Err(lines.broken("no header")) };
        let header: Header = lines.parse(&text)?;
        if header.gryph_recording != FORMAT {
            return Err(lines.broken(&format!("format {} instead of {FORMAT}", header.gryph_recording)));
        }
        let mut entries = Vec::new();
        while let Some(text) = lines.next()? {
            let entry: Entry = lines.parse(&text)?;
            entry.validate().map_err(|why| lines.broken(why))?;
            entries.push(Some(entry));
        }
        // What ran on a device then runs on none now, and records of this run must not say so.
        let identity = ModelIdentity { device: "replay".to_owned(), ..header.model };
        Ok(Self { identity, entries })
    }

    fn find(&self, request: &CompletionRequest) -> Result<usize, ReplayError> {
        let prompt = request.prompt.digest();
        let settings = request.settings_digest();
        let left = || self.entries.iter().enumerate().filter_map(|(at, entry)| Some((at, entry.as_ref()?)));
        let same = || left().filter(|(_, entry)| entry.prompt == prompt);
        let seeded = || same().filter(|(_, entry)| entry.seeds == request.seeds);
        if let Some((at, _)) = seeded().find(|(_, entry)| entry.settings == settings) {
            return Ok(at);
        }
        if seeded().next().is_some() {
            return Err(ReplayError::Settings { prompt });
        }
        if let Some((_, entry)) = same().next() {
            let recorded = entry.seeds.clone();
            return Err(ReplayError::Seeds { prompt, recorded, asked: request.seeds.clone() });
        }
        let next = left().next().map_or_else(|| "none".to_owned(), |(_, entry)| entry.prompt.to_string());
        Err(ReplayError::Prompt { prompt, next })
    }
}

impl TextModel for Replay {
    fn identity(&self) -> &ModelIdentity {
        &self.identity
    }

    fn complete(
        &mut self,
        request: &CompletionRequest,
        _stop: &mut dyn FnMut(usize, &str) -> Option<usize>,
        _cancelled: &dyn Fn() -> bool,
    ) -> Result<CompletionBatch, ModelError> {
        let at = self.find(request)?;
        match self.entries[at].take() {
            Some(entry) => Ok(entry.answer),
            None => {
                Err(ReplayError::Prompt { prompt: request.prompt.digest(), next: "none".to_owned() }.into())
            }
        }
    }
}

impl Entry {
    fn validate(&self) -> Result<(), &'static str> {
        let completions = &self.answer.completions;
        if self.seeds.len() > MOST_COMPLETIONS {
            return Err("too many seeds");
        }
        let seeds = completions.iter().map(|completion| completion.seed);
        if seeds.eq(self.seeds.iter().copied()) { Ok(()) } else { Err("answers and seeds do not fit") }
    }
}

/// Lines of bounded length of a source of bounded length.
struct Lines<'a, R> {
    path: &'a Path,
    reader: BufReader<R>,
    line: usize,
    bytes: u64,
}

impl<R: Read> Lines<'_, R> {
    fn next(&mut self) -> Result<Option<Vec<u8>>, ReplayError> {
        let mut text = Vec::new();
        self.line += 1;
        let read = self.reader.by_ref().take(MOST_LINE + 1).read_until(b'\n', &mut text);
        let read = read.map_err(|source| ReplayError::File { path: self.path.to_owned(), source })? as u64;
        self.bytes += read;
        if read > MOST_LINE || self.bytes > MOST_BYTES {
            return Err(self.broken("larger than a recording may be"));
        }
        Ok((read > 0).then_some(text))
    }

    fn parse<'t, T: Deserialize<'t>>(&self, text: &'t [u8]) -> Result<T, ReplayError> {
        serde_json::from_slice(text).map_err(|error| self.broken(&error.to_string()))
    }

    fn broken(&self, why: &str) -> ReplayError {
        ReplayError::Broken { path: self.path.to_owned(), line: self.line, why: why.to_owned() }
    }
}

#[cfg(test)]
mod tests {
    use std::time::Duration;

    use proptest::prelude::*;

    use super::*;
    use crate::model::text::{Completion, Finish, Prompt};

    struct Parrot(ModelIdentity);

    impl TextModel for Parrot {
        fn identity(&self) -> &ModelIdentity {
            &self.0
        }

        fn complete(
            &mut self,
            request: &CompletionRequest,
            _stop: &mut dyn FnMut(usize, &str) -> Option<usize>,
            _cancelled: &dyn Fn() -> bool,
        ) -> Result<CompletionBatch, ModelError> {
            let answer = |&seed: &u64| Completion {
                text: format!("answer {seed}"),
                tokens: 2,
                seed,
                finish: Finish::EndToken,
            };
            Ok(CompletionBatch {
                completions: request.seeds.iter().map(answer).collect(),
                prompt_tokens: 3,
                elapsed: Duration::from_millis(5),
                decode: Duration::from_millis(4),
            })
        }
    }

    fn identity(weights: &str) -> ModelIdentity {
        ModelIdentity {
            id: "parrot".to_owned(),
            weights: Digest::of(weights.as_bytes()),
            device: "cpu".to_owned(),
            context: 100,
        }
    }

    fn request(user: &str, seeds: &[u64]) -> CompletionRequest {
        let prompt =
            Prompt::Chat { system: String::new(), user: user.to_owned(), prefill: "fn f() {".to_owned() };
        CompletionRequest {
            prompt,
            seeds: seeds.to_vec(),
            max_tokens: 9,
            temperature: 0.5,
            top_p: 0.9,
            repetition_penalty: 1.0,
        }
    }

    fn complete(
        model: &mut dyn TextModel,
        request: &CompletionRequest,
    ) -> Result<CompletionBatch, ModelError> {
        model.complete(request, &mut |_, _| None, &|| false)
    }

    fn recording(directory: &Path) -> PathBuf {
        let path = directory.join("answers.jsonl");
        let mut recorder = Recorder::create(Box::new(Parrot(identity("w"))), &path).unwrap();
        for (user, seeds) in [("one", [1, 2]), ("two", [3, 4])] {
            complete(&mut recorder, &request(user, &seeds)).unwrap();
        }
        path
    }

    fn refusal(user: &str, seeds: &[u64], change: impl Fn(&mut CompletionRequest)) -> ReplayError {
        let directory = tempfile::tempdir().unwrap();
        let mut replay = Replay::open(&recording(directory.path()), None).unwrap();
        let mut asked = request(user, seeds);
        change(&mut asked);
        match complete(&mut replay, &asked) {
            Err(ModelError::Replay(error)) => error,
            other => panic!("expected a divergence, got {other:?}"),
        }
    }

    #[test]
    fn a_replay_gives_the_recorded_answers_in_any_order_and_each_once() {
        let directory = tempfile::tempdir().unwrap();
        let mut replay =
            Replay::open(&recording(directory.path()), Some(("parrot", Digest::of(b"w")))).unwrap();
        for (user, seeds) in [("two", [3, 4]), ("one", [1, 2])] {
            let batch = complete(&mut replay, &request(user, &seeds)).unwrap();
            assert_eq!(batch, complete(&mut Parrot(identity("w")), &request(user, &seeds)).unwrap());
        }
        assert!(complete(&mut replay, &request("one", &[1, 2])).is_err(), "an answer was given twice");
    }

    #[test]
    fn a_divergence_says_in_what() {
        assert!(matches!(refusal("three", &[1, 2], |_| ()), ReplayError::Prompt { .. }));
        assert!(matches!(refusal("one", &[1, 3], |_| ()), ReplayError::Seeds { .. }));
        assert!(matches!(refusal("one", &[1, 2], |r| r.temperature = 0.6), ReplayError::Settings { .. }));
    }

    #[test]
    fn other_weights_are_refused() {
        let directory = tempfile::tempdir().unwrap();
        let opened = Replay::open(&recording(directory.path()), Some(("parrot", Digest::of(b"other"))));
        assert!(matches!(opened, Err(ReplayError::Weights { .. })));
    }

    #[test]
    fn answers_that_do_not_fit_their_seeds_are_refused() {
        let directory = tempfile::tempdir().unwrap();
        let text = std::fs::read_to_string(recording(directory.path())).unwrap();
        let forged = text.replace("\"seeds\":[1,2]", "\"seeds\":[1]");
        assert_ne!(text, forged);
        let read = Replay::read(Path::new("x"), forged.as_bytes());
        assert!(matches!(read, Err(ReplayError::Broken { line: 2, .. })));
    }

    #[test]
    fn a_line_without_end_is_refused_before_it_is_read() {
        let read = Replay::read(Path::new("x"), io::repeat(b' '));
        assert!(matches!(read, Err(ReplayError::Broken { line: 1, .. })));
    }

    proptest! {
        #[test]
        fn no_bytes_crash_the_reader(bytes in proptest::collection::vec(any::<u8>(), 0..400)) {
            prop_assert!(Replay::read(Path::new("x"), bytes.as_slice()).is_err());
        }
    }
}
