//! What was found out before about the very same question, so that asking it again costs no build.
//!
//! An entry is a file of our own in the user's cache, named by the digest of all that went into the answer. Code under
//! test cannot reach it: the sandbox does not show it. What does not fit its name, or is of another version, is as if it
//! were not there.

use std::fs;
use std::io::{self, Write as _};
use std::path::PathBuf;

use serde::{Deserialize, Serialize};

use super::evidence::{Evidence, Facts};
use crate::digest::Digest;

/// The version of the format.
const VERSION: u32 = 1;
/// Entries that are kept; the oldest go first.
const MOST_ENTRIES: usize = 64;
/// Bytes of an entry that is read.
const MOST_BYTES: u64 = 64 << 20;

/// Where answers are kept.
#[derive(Clone, PartialEq, Eq, Debug)]
pub struct Memory {
    /// The directory; it need not exist.
    pub dir: PathBuf,
}

#[derive(Serialize, Deserialize)]
struct Entry {
    version: u32,
    question: Digest,
    /// The digest of the facts, so that a file that was cut or edited is no answer.
    answer: Digest,
    facts: Facts,
}

impl Memory {
    /// The answer to a question, if it was kept.
    pub fn recall(&self, question: Digest) -> Option<Evidence> {
        let path = self.path(question);
        if fs::metadata(&path).ok()?.len() > MOST_BYTES {
            return None;
        }
        let entry: Entry = serde_json::from_slice(&fs::read(path).ok()?).ok()?;
        let evidence = Evidence::seal(entry.facts);
        let fits = entry.version == VERSION && entry.question == question;
        (fits && entry.answer == evidence.digest()).then_some(evidence)
    }

    /// Keeps an answer, and forgets the oldest.
    ///
    /// # Errors
    /// When the directory cannot be written; nothing is lost then but time.
    pub fn keep(&self, question: Digest, evidence: &Evidence) -> io::Result<()> {
        fs::create_dir_all(&self.dir)?;
        let (answer, facts) = (evidence.digest(), evidence.facts().clone());
        let entry = serde_json::to_vec(&Entry { version: VERSION, question, answer, facts })?;
        let mut file = tempfile::NamedTempFile::new_in(&self.dir)?;
        file.write_all(&entry)?;
        file.persist(self.path(question))?;
        self.forget_oldest()
    }

    fn path(&self, question: Digest) -> PathBuf {
        self.dir.join(format!("{question}.json"))
    }

    fn forget_oldest(&self) -> io::Result<()> {
        let mut entries = Vec::new();
        for entry in fs::read_dir(&self.dir)? {
            let entry = entry?;
            entries.push((entry.metadata()?.modified()?, entry.path()));
        }
        entries.sort();
        let many = entries.len().saturating_sub(MOST_ENTRIES);
        entries.into_iter().take(many).try_for_each(|(_, path)| fs::remove_file(path))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn evidence(toolchain: &str) -> Evidence {
        let facts = serde_json::json!({
            "tree": Digest::of(b"tree"), "build": { "success": true, "errors": [] }, "tests": [], "format": null,
            "lints": null, "docs": null, "coverage": null, "sandbox": [], "toolchain": toolchain,
        });
        Evidence::seal(serde_json::from_value(facts).unwrap())
    }

    #[test]
    fn only_the_same_question_has_the_answer() {
        let dir = tempfile::tempdir().unwrap();
        let memory = Memory { dir: dir.path().join("new") };
        let question = Digest::of(b"question");
        assert_eq!(memory.recall(question), None);
        memory.keep(question, &evidence("rustc 1")).unwrap();
        assert_eq!(memory.recall(question), Some(evidence("rustc 1")));
        assert_eq!(memory.recall(Digest::of(b"another")), None);
        let stolen = memory.path(Digest::of(b"another"));
        fs::copy(memory.path(question), stolen).unwrap();
        assert_eq!(memory.recall(Digest::of(b"another")), None, "an answer to another question");
    }

    #[test]
    fn an_entry_that_was_edited_or_cut_is_none() {
        let dir = tempfile::tempdir().unwrap();
        let memory = Memory { dir: dir.path().to_owned() };
        let question = Digest::of(b"question");
        memory.keep(question, &evidence("rustc 1")).unwrap();
        let text = fs::read_to_string(memory.path(question)).unwrap();
        for broken in [text.replace("rustc 1", "rustc 2"), text[..text.len() / 2].to_owned(), String::new()] {
            fs::write(memory.path(question), broken).unwrap();
            assert_eq!(memory.recall(question), None);
        }
    }

    #[test]
    fn the_oldest_are_forgotten() {
        let dir = tempfile::tempdir().unwrap();
        let memory = Memory { dir: dir.path().to_owned() };
        for number in 0..MOST_ENTRIES + 3 {
            memory.keep(Digest::of(&number.to_le_bytes()), &evidence("rustc")).unwrap();
        }
        assert_eq!(fs::read_dir(dir.path()).unwrap().count(), MOST_ENTRIES);
    }
}
