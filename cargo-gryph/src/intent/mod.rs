//! From a sentence to the text of a specification: rules first, a text model where they leave gaps.
//!
//! Pure. What a rule does not read is told, nothing is drafted that the words do not carry or imply, and each item says
//! which words it comes from. Whatever comes out has been read by `spec` and takes the road of a file from there.
//! `docs/intent.md` has the words that are understood.

mod access;
mod clause;
mod draft;
mod entity;
mod field;
mod field_type;
mod lexicon;
mod noun;
mod permission;
mod project;
mod question;
mod reading;
mod relation;
mod roles;
mod sentence;
mod settle;

use crate::model::text::CompletionRequest;
use crate::spec::{self, Architecture, Kind, Spec};

pub use question::Question;
pub use sentence::LONGEST_SENTENCE;

use reading::{Intent, Into};
use sentence::Sentence;

/// Answers of a model to one question, and tokens of one of them.
const SAMPLES: u64 = 3;
const MOST_TOKENS: usize = 600;

/// The name of a draft in what is said of it.
pub const DRAFT: &str = "the draft";

/// Why a sentence does not become a specification.
#[derive(Debug, thiserror::Error)]
pub enum IntentError {
    /// It is no sentence any more.
    #[error("the sentence has {bytes} bytes, more than {LONGEST_SENTENCE}")]
    TooLong {
        /// Its length.
        bytes: usize,
    },
    /// Too little is understood to draft something true.
    #[error(
        "this sentence does not say enough: {why}{}{}",
        listed("understood", understood),
        listed("not understood", rest)
    )]
    NotEnough {
        /// What is missing.
        why: &'static str,
        /// What was understood.
        understood: Vec<String>,
        /// What was not.
        rest: Vec<String>,
        /// A form of words that works, or of a specification.
        form: &'static str,
    },
    /// The specification that it is added to would not hold with it.
    #[error("the specification would not hold with what this sentence adds: {why}")]
    Misfit {
        /// What is wrong with the whole.
        why: String,
    },
    /// What was drafted is no specification.
    #[error("what was drafted of this sentence is no specification: {why}")]
    Unsound {
        /// What is wrong with it.
        why: String,
    },
}

impl IntentError {
    /// What the user can do.
    pub fn hint(&self) -> String {
        match self {
            Self::TooLong { .. } => "write a specification: docs/spec.md describes it".to_owned(),
            Self::NotEnough { form, .. } => (*form).to_owned(),
            Self::Misfit { .. } => {
                "change that in the project's gryph.toml first, or write the tables into a file and add that"
                    .to_owned()
            }
            Self::Unsound { .. } => {
                "say it in other words, or write a specification: docs/spec.md".to_owned()
            }
        }
    }
}

fn listed(what: &str, words: &[String]) -> String {
    if words.is_empty() { String::new() } else { format!("\n  {what}: {}", words.join(", ")) }
}

const SERVICE_FORM: &str = "name what is kept, such as `cargo gryph new \"a REST API for bookmarks with a url and a \
                            title\" --path DIR`; docs/intent.md has the words that are understood";
const FUNCTION_FORM: &str = r#"write it into a file, whose examples decide what is accepted, and give that:
    spec = 1
    [project]
    name = "slugs"
    kind = "library"
    summary = "Turns titles into slugs"
    [[function]]
    path = "slug::slugify"
    signature = "pub fn slugify(title: &str) -> String"
    doc = "Makes a slug of a title: what it does, and what happens at the edges."
    examples = ['slugify("Hello, World") == "hello-world"', 'slugify("") == ""']"#;
const COMMAND_FORM: &str = r#"write it into a file, whose examples decide what is accepted, and give that:
    spec = 1
    [project]
    name = "longest"
    kind = "cli"
    summary = "Finds the longest line"
    [[command]]
    name = "find"
    about = "Prints the longest line"
    doc = "Returns the longest line of `input` with a line feed, the first of several; nothing of no lines."
    input = true
    examples = [{ stdin = "a\nbb\n", stdout = "bb\n" }, { stdin = "" }, { stdin = "ab\ncd\n", stdout = "ab\n" }]"#;
const ENDPOINT_FORM: &str = r#"write it into a file, whose examples decide what is accepted, and give that:
    spec = 1
    [project]
    name = "slugs"
    kind = "service"
    architecture = "serverless"
    summary = "Turns titles into slugs"
    [service]
    security = "medium"
    [[endpoint]]
    method = "POST"
    path = "/slugs"
    doc = "Gives the slug of a title."
    call = "slug::slugify"
    [[function]]
    path = "slug::slugify"
    signature = "pub fn slugify(title: &str) -> String"
    doc = "Makes a slug of a title: what it does, and what happens at the edges."
    examples = ['slugify("Hello, World") == "hello-world"', 'slugify("") == ""']"#;
const ENTITY_FORM: &str = r#"write it into a file and add that:
    [[entity]]
    name = "tag"
    doc = "A word that things are found by."
    service = "one of `services` in the project's gryph.toml"
    [[entity.field]]
    name = "name"
    type = "text"
    doc = "Its name."
    max = 100"#;
const TOO_FEW: &str = "microservices are at least two, one for each kind of rows";
const NO_FUNCTION: &str =
    "a library is made of functions, whose signatures and examples no rule can write and no model was asked";
const NO_COMMAND: &str = "a program is made of commands, whose examples no rule can write";
const NO_ENDPOINT: &str = "serverless functions are endpoints, whose examples no rule can write";
const NO_CONNECTION: &str = "serverless functions are endpoints, whose examples no rule can write, and they hold no \
                             connection: there is no socket in them";
const NO_SERVICE: &str =
    "in microservices each kind of rows belongs to a service: write an [[entity]] with `service`";
const NOTHING: &str = "nothing in it is to be kept or served";

/// What a sentence became so far.
#[derive(Clone, Debug)]
pub struct Draft {
    intent: Intent,
    dropped: Vec<String>,
}

/// Drafts a project.
pub fn draft(sentence: &str) -> Result<Draft, IntentError> {
    let intent = reading::read(sentence, Sentence::read(sentence)?, None);
    Draft { intent, dropped: Vec::new() }.checked()
}

/// Drafts what a sentence adds to the project with this specification.
pub fn addition(sentence: &str, base: &str, spec: &Spec) -> Result<Draft, IntentError> {
    let into = Into::of(base, spec);
    let intent = reading::read(sentence, Sentence::read(sentence)?, Some(into));
    Draft { intent, dropped: Vec::new() }.checked()
}

impl Draft {
    /// What only a model can say.
    pub fn questions(&self) -> Vec<Question> {
        self.intent.questions()
    }

    /// A question as it is put to a model; of its answers the first that holds is taken.
    pub fn request(&self, question: &Question, seed: u64) -> CompletionRequest {
        CompletionRequest {
            prompt: self.intent.prompt(question),
            seeds: (0..SAMPLES).map(|sample| seed.wrapping_add(sample)).collect(),
            max_tokens: MOST_TOKENS,
            temperature: 0.4,
            top_p: 0.95,
            repetition_penalty: 1.0,
        }
    }

    /// Takes a model's answer as far as it holds; says whether something of it does.
    pub fn answer(&mut self, question: &Question, answer: &str) -> bool {
        let before = self.intent.text();
        self.dropped.extend(self.intent.answer(question, answer));
        before != self.intent.text()
    }

    /// Whether examples decide about acceptance that a model made.
    pub fn has_examples_of_a_model(&self) -> bool {
        !self.intent.functions.is_empty()
    }

    /// What was not understood, not drafted, and dropped of a model's answers, as sentences.
    pub fn notes(&self) -> Vec<String> {
        let not_understood = (!self.intent.rest.is_empty())
            .then(|| format!("not understood: {}", self.intent.rest.join(", ")));
        let left_out =
            self.intent.left_out.iter().map(|(words, why)| format!("not drafted: {words} ({why})"));
        let dropped = self.dropped.iter().map(|why| format!("dropped of the model's answer: {why}"));
        not_understood.into_iter().chain(left_out).chain(dropped).collect()
    }

    /// The text of the specification, or of what is added to one; `spec` has read it.
    pub fn text(&self) -> Result<String, IntentError> {
        if self.intent.kind.value == Kind::Library && self.intent.functions.is_empty() {
            return Err(self.not_enough(NO_FUNCTION, FUNCTION_FORM));
        }
        self.intent.sound()?;
        Ok(self.intent.text())
    }

    /// Refuses what cannot become something true, with or without a model.
    fn checked(self) -> Result<Self, IntentError> {
        let intent = &self.intent;
        let whole = intent.into.is_none();
        match intent.kind.value {
            Kind::Library => return Ok(self),
            Kind::Cli => return Err(self.not_enough(NO_COMMAND, COMMAND_FORM)),
            Kind::Service => {}
        }
        let project = intent.into.as_ref().map(|into| into.architecture);
        if project == Some(Architecture::Microservices) {
            return Err(self.not_enough(NO_SERVICE, ENTITY_FORM));
        }
        if whole && intent.architecture.value == Architecture::Serverless {
            let live = intent.left_out.iter().any(|(_, why)| *why == settle::NO_SOCKET);
            return Err(self.not_enough(if live { NO_CONNECTION } else { NO_ENDPOINT }, ENDPOINT_FORM));
        }
        // A socket by itself is a place without rooms that somebody keeps.
        if intent.entities.is_empty() && (whole || intent.live.is_none()) {
            return Err(self.not_enough(NOTHING, SERVICE_FORM));
        }
        if whole && intent.architecture.value == Architecture::Microservices && intent.services().len() < 2 {
            return Err(self.not_enough(TOO_FEW, SERVICE_FORM));
        }
        self.intent.sound()?;
        Ok(self)
    }

    fn not_enough(&self, why: &'static str, form: &'static str) -> IntentError {
        IntentError::NotEnough {
            why,
            understood: self.intent.understood(),
            rest: self.intent.rest.clone(),
            form,
        }
    }
}

impl Intent {
    fn sound(&self) -> Result<(), IntentError> {
        match (self.refusal(), &self.into) {
            (None, _) => Ok(()),
            (Some(why), Some(_)) => Err(IntentError::Misfit { why }),
            (Some(why), None) => Err(IntentError::Unsound { why }),
        }
    }

    /// Why `spec` would refuse the draft.
    fn refusal(&self) -> Option<String> {
        let text = match &self.into {
            None => Ok(self.text()),
            Some(into) => spec::merge(&into.base, &self.text(), DRAFT),
        };
        let problems = text.and_then(|text| spec::parse(&text, DRAFT)).err()?;
        problems.first().map(|problem| problem.message.clone())
    }

    /// What was understood, for people.
    fn understood(&self) -> Vec<String> {
        let words = [
            self.kind.value_words(),
            self.name.value_words(),
            self.architecture.value_words(),
            self.security.value_words(),
            self.live.clone().unwrap_or_default(),
        ];
        let entities = self.entities.iter().map(|entity| entity.words.clone());
        let mut told: Vec<String> = Vec::new();
        for words in words.into_iter().chain(entities).chain(self.given.iter().cloned()) {
            if !words.is_empty() && !told.contains(&words) {
                told.push(words);
            }
        }
        told
    }
}
