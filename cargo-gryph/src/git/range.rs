//! The commits between two: their parents and their messages.

use crate::git::{Call, Git, GitError, ObjectId, RawPath, Repository};

/// A commit.
#[derive(Clone, PartialEq, Eq, Debug)]
pub struct Commit {
    /// Its id.
    pub id: ObjectId,
    /// Its parents.
    pub parents: Vec<ObjectId>,
    /// Its message.
    pub message: String,
}

impl Commit {
    /// Whether its last paragraph holds a trailer, such as `Gryph-Run`, with a value that begins so.
    pub fn has_trailer(&self, key: &str, start: &str) -> bool {
        let last = self.message.trim_end().rsplit("\n\n").next().unwrap_or_default();
        let of_line = |line: &str| {
            let (name, value) = line.split_once(':')?;
            Some(name.trim().eq_ignore_ascii_case(key) && value.trim().starts_with(start))
        };
        last.lines().any(|line| of_line(line).unwrap_or(false))
    }

    /// The values of a trailer in its last paragraph.
    pub fn trailers(&self, key: &str) -> Vec<&str> {
        let last = self.message.trim_end().rsplit("\n\n").next().unwrap_or_default();
        let lines = last.lines().filter_map(|line| line.split_once(':'));
        let named = lines.filter(|(name, _)| name.trim().eq_ignore_ascii_case(key));
        named.map(|(_, value)| value.trim()).collect()
    }

    /// Whether it says that this program wrote it.
    pub fn is_generated(&self) -> bool {
        self.has_trailer("Gryph-Run", "")
            || self.has_trailer("Gryph-Attestation", "")
            || self.has_trailer("Assisted-by", "cargo-gryph")
    }
}

impl Git {
    /// The commits that lead to `head` and not to `base`, parents before children; `None` if there are more than `most`.
    ///
    /// # Errors
    /// When git fails.
    pub fn commits_since(
        &self,
        repository: &Repository,
        base: &ObjectId,
        head: &ObjectId,
        most: usize,
    ) -> Result<Option<Vec<Commit>>, GitError> {
        let not_base = format!("^{base}");
        let args = ["rev-list", "--topo-order", "--reverse", "--parents", head.as_str(), &not_base];
        let printed = self.ask(repository, &args, Call::default())?;
        let text = String::from_utf8_lossy(&printed.stdout);
        let lines: Vec<&str> = text.lines().collect();
        if lines.len() > most {
            return Ok(None);
        }
        let ids = |line: &&str| line.split(' ').map(ObjectId::new).collect::<Option<Vec<ObjectId>>>();
        let odd = |what: &str| GitError::Unexpected { command: "rev-list", what: what.to_owned() };
        let commits: Option<Vec<Vec<ObjectId>>> = lines.iter().map(ids).collect();
        let commits = commits.ok_or_else(|| odd("not an object id"))?;
        let asked: String = commits.iter().filter_map(|ids| Some(format!("{}\n", ids.first()?))).collect();
        let call = Call { stdin: asked.into_bytes(), ..Call::default() };
        let printed = self.ask(repository, &["cat-file", "--batch"], call)?;
        let read =
            messages(&printed.stdout, &commits).ok_or_else(|| odd("a commit that is missing or cut off"))?;
        Ok(Some(read))
    }

    /// The paths that a commit has otherwise than its first parent, or all of its paths where it has none.
    ///
    /// # Errors
    /// When git fails.
    pub fn changed_in(&self, repository: &Repository, commit: &Commit) -> Result<Vec<RawPath>, GitError> {
        let fixed = ["diff-tree", "-r", "-z", "--no-renames", "--name-only", "--no-commit-id"];
        let id = commit.id.as_str();
        let of = match commit.parents.first() {
            Some(parent) => vec![parent.as_str(), id],
            None => vec!["--root", id],
        };
        let printed = self.ask(repository, &[&fixed[..], &of].concat(), Call::default())?;
        let paths = printed.stdout.split(|byte| *byte == 0).filter(|path| !path.is_empty());
        Ok(paths.map(<[u8]>::to_vec).collect())
    }
}

/// `<id> commit <size>\n<headers>\n\n<message>\n`, once for each commit, which is given with its parents.
fn messages(mut printed: &[u8], commits: &[Vec<ObjectId>]) -> Option<Vec<Commit>> {
    let mut read = Vec::new();
    for ids in commits {
        let (id, parents) = ids.split_first()?;
        let end = printed.iter().position(|byte| *byte == b'\n')?;
        let header = std::str::from_utf8(&printed[..end]).ok()?;
        let size: usize = header.strip_prefix(id.as_str())?.strip_prefix(" commit ")?.parse().ok()?;
        let (content, rest) = printed[end + 1..].split_at_checked(size)?;
        printed = rest.strip_prefix(b"\n")?;
        let text = String::from_utf8_lossy(content);
        let message = text.split_once("\n\n").map(|(_, message)| message.to_owned()).unwrap_or_default();
        read.push(Commit { id: id.clone(), parents: parents.to_vec(), message });
    }
    printed.is_empty().then_some(read)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn messages_are_read_in_the_order_of_the_commits() {
        let id = |digit: &str| ObjectId::new(&digit.repeat(40)).unwrap();
        let printed = format!("{} commit 11\ntree x\n\nOne\n{} commit 6\ntree x\n", id("1"), id("2"));
        let commits = [vec![id("1")], vec![id("2"), id("1")]];
        let read = messages(printed.as_bytes(), &commits).unwrap();
        assert_eq!((read[0].message.as_str(), read[1].message.as_str()), ("One", ""));
        assert_eq!(read[1].parents, [id("1")]);
        for cut in 0..printed.len() {
            assert_eq!(messages(&printed.as_bytes()[..cut], &commits), None, "{cut}");
        }
    }

    #[test]
    fn a_trailer_stands_in_the_last_paragraph() {
        let commit = |message: &str| Commit {
            id: ObjectId::new(&"a1".repeat(20)).unwrap(),
            parents: Vec::new(),
            message: message.to_owned(),
        };
        let has = |message: &str| commit(message).has_trailer("Gryph-Run", "");
        assert!(has("Title\n\nBody.\n\nAssisted-by: x\ngryph-run: 2\n"));
        assert!(!has("Title\n\nGryph-Run: 2\n\nBody.\n") && !has(""));
        assert!(commit("T\n\nAssisted-by: cargo-gryph 1 (m)").has_trailer("Assisted-by", "cargo-gryph"));
        assert!(!commit("T\n\nAssisted-by: other").has_trailer("Assisted-by", "cargo-gryph"));
    }
}
