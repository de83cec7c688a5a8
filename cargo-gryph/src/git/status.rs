//! What of a working tree is not as the last commit has it, and which files it holds.

use crate::git::{Call, Git, GitError, ObjectId, Repository};

/// A path as git prints it, relative to the top of the working tree; it may be anything but text.
pub type RawPath = Vec<u8>;

/// A path that differs from the last commit.
#[derive(Clone, PartialEq, Eq, Debug)]
pub struct Changed {
    /// Its path.
    pub path: RawPath,
    /// How it differs.
    pub how: How,
}

/// How a path differs from the last commit. Of several ways the first of these counts.
#[derive(Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Debug)]
pub enum How {
    /// A merge left it open.
    Unmerged,
    /// The index holds another content or mode.
    Staged,
    /// The file holds another content or mode.
    Modified,
    /// The index does not know it, and no rule ignores it.
    Untracked,
}

/// What git keeps under a path.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub enum Kind {
    /// A file.
    File,
    /// A file that may be executed.
    Executable,
    /// A symbolic link.
    Link,
    /// Another repository.
    Submodule,
}

impl Kind {
    /// Reads a mode as git writes it.
    pub(super) fn of(mode: &str) -> Option<Self> {
        match mode {
            "100644" => Some(Self::File),
            "100755" => Some(Self::Executable),
            "120000" => Some(Self::Link),
            "160000" => Some(Self::Submodule),
            _ => None,
        }
    }

    /// The mode as git writes it.
    pub fn mode(self) -> &'static str {
        match self {
            Self::File => "100644",
            Self::Executable => "100755",
            Self::Link => "120000",
            Self::Submodule => "160000",
        }
    }
}

/// A path that the index or a commit holds.
#[derive(Clone, PartialEq, Eq, Debug)]
pub struct Tracked {
    /// Its path.
    pub path: RawPath,
    /// What it is.
    pub kind: Kind,
    /// Its content.
    pub id: ObjectId,
    /// 0, or the side of an open merge.
    pub stage: u8,
}

impl Git {
    /// What differs from the last commit below `prefix`, a path relative to the top; everywhere if it is empty.
    /// Submodules are not looked into.
    ///
    /// # Errors
    /// When git fails.
    pub fn status(&self, repository: &Repository, prefix: &str) -> Result<Vec<Changed>, GitError> {
        let fixed = ["status", "--porcelain=v2", "-z", "--untracked-files=all", "--no-renames"];
        let args = [&fixed[..], &["--ignore-submodules=all", "--ignored=no"]].concat();
        let printed = self.ask(repository, &below(&args, prefix), Call::default())?;
        status(&printed.stdout).ok_or_else(|| GitError::Unexpected {
            command: "status",
            what: "an entry of another form".to_owned(),
        })
    }

    /// The paths below `prefix` that a commit has otherwise than the working tree; files that git does not know are not
    /// among them. A file whose times alone differ may be. A submodule is one when it stands at another commit.
    ///
    /// # Errors
    /// When git fails.
    pub fn differing(
        &self,
        repository: &Repository,
        commit: &ObjectId,
        prefix: &str,
    ) -> Result<Vec<RawPath>, GitError> {
        let fixed = ["diff-index", "--name-only", "-z", "--no-renames", "--no-ext-diff"];
        let args = [&fixed[..], &["--ignore-submodules=dirty", commit.as_str()]].concat();
        let printed = self.ask(repository, &below(&args, prefix), Call::default())?;
        Ok(items(&printed.stdout).map(<[u8]>::to_vec).collect())
    }

    /// What the index holds below `prefix`.
    ///
    /// # Errors
    /// When git fails.
    pub fn tracked(&self, repository: &Repository, prefix: &str) -> Result<Vec<Tracked>, GitError> {
        let args = ["ls-files", "--stage", "--full-name", "-z"];
        let printed = self.ask(repository, &below(&args, prefix), Call::default())?;
        staged(&printed.stdout).ok_or_else(|| GitError::Unexpected {
            command: "ls-files",
            what: "an entry of another form".to_owned(),
        })
    }

    /// The files below `prefix` that the index does not know and no rule ignores. A repository inside is one path that
    /// ends in `/`.
    ///
    /// # Errors
    /// When git fails.
    pub fn untracked(&self, repository: &Repository, prefix: &str) -> Result<Vec<RawPath>, GitError> {
        let args = ["ls-files", "--others", "--exclude-standard", "--full-name", "-z"];
        let printed = self.ask(repository, &below(&args, prefix), Call::default())?;
        Ok(items(&printed.stdout).map(<[u8]>::to_vec).collect())
    }
}

fn below<'a>(args: &[&'a str], prefix: &'a str) -> Vec<&'a str> {
    let mut all = args.to_vec();
    if !prefix.is_empty() {
        all.extend(["--", prefix]);
    }
    all
}

fn items(printed: &[u8]) -> impl Iterator<Item = &[u8]> {
    printed.split(|byte| *byte == 0).filter(|item| !item.is_empty())
}

/// The second porcelain format, see `git help status`.
fn status(printed: &[u8]) -> Option<Vec<Changed>> {
    let mut changed = Vec::new();
    let mut items = items(printed);
    while let Some(item) = items.next() {
        let (kind, rest) = item.split_at_checked(2)?;
        let (fields, how) = match kind {
            b"1 " => (7, how(rest)?),
            // A rename says twice what changed: here, and where the file was.
            b"2 " => {
                let from = items.next()?;
                changed.push(Changed { path: from.to_vec(), how: How::Staged });
                (8, how(rest)?)
            }
            b"u " => (9, How::Unmerged),
            b"? " => (0, How::Untracked),
            b"# " | b"! " => continue,
            _ => return None,
        };
        let path = rest.splitn(fields + 1, |byte| *byte == b' ').nth(fields)?;
        changed.push(Changed { path: path.to_vec(), how });
    }
    Some(changed)
}

/// `XY …`: X is the index against the commit, Y the file against the index.
fn how(rest: &[u8]) -> Option<How> {
    match rest {
        [b'.', b'.', ..] => None,
        [b'.', _, ..] => Some(How::Modified),
        [_, _, ..] => Some(How::Staged),
        _ => None,
    }
}

/// `<mode> <id> <stage>\t<path>`
fn staged(printed: &[u8]) -> Option<Vec<Tracked>> {
    let entry = |item: &[u8]| {
        let tab = item.iter().position(|byte| *byte == b'\t')?;
        let mut fields = std::str::from_utf8(&item[..tab]).ok()?.split(' ');
        let (mode, id, stage) = (fields.next()?, fields.next()?, fields.next()?);
        Some(Tracked {
            path: item[tab + 1..].to_vec(),
            kind: Kind::of(mode)?,
            id: ObjectId::new(id)?,
            stage: stage.parse().ok()?,
        })
    };
    items(printed).map(entry).collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    fn read(printed: &str) -> Vec<(String, How)> {
        let changed = status(printed.as_bytes()).unwrap();
        changed.into_iter().map(|one| (String::from_utf8(one.path).unwrap(), one.how)).collect()
    }

    #[test]
    fn each_kind_of_change_is_told() {
        let id = "a1".repeat(20);
        let ordinary = |xy: &str, path: &str| format!("1 {xy} N... 100644 100644 100644 {id} {id} {path}\0");
        let printed = [
            ordinary(".M", "a b.rs"),
            ordinary("M.", "b"),
            ordinary("MM", "c"),
            format!("2 R. N... 100644 100644 100644 {id} {id} R100 new\0old\0"),
            format!("u UU N... 100644 100644 100644 100644 {id} {id} {id} d e\0"),
            "? f g\0".to_owned(),
        ];
        let expected = [
            ("a b.rs", How::Modified),
            ("b", How::Staged),
            ("c", How::Staged),
            ("old", How::Staged),
            ("new", How::Staged),
            ("d e", How::Unmerged),
            ("f g", How::Untracked),
        ];
        assert_eq!(read(&printed.concat()), expected.map(|(path, how)| (path.to_owned(), how)));
    }

    #[test]
    fn what_is_not_a_status_is_an_error() {
        for printed in ["x a\0", "1 .M short\0", "2 R. N... a b c d e f new\0", "1\0"] {
            assert_eq!(status(printed.as_bytes()), None, "{printed:?}");
        }
    }

    #[test]
    fn the_index_is_read_with_modes_and_stages() {
        let id = "a1".repeat(20);
        let printed = format!("100755 {id} 0\ta\tb\0160000 {id} 0\tsub\0100644 {id} 2\tc\0");
        let read = staged(printed.as_bytes()).unwrap();
        assert_eq!(read[0].path, b"a\tb");
        let kinds: Vec<(Kind, u8)> = read.iter().map(|entry| (entry.kind, entry.stage)).collect();
        assert_eq!(kinds, [(Kind::Executable, 0), (Kind::Submodule, 0), (Kind::File, 2)]);
        assert_eq!(staged(b"100600 x 0\ta\0"), None);
    }

    proptest::proptest! {
        #[test]
        fn no_output_makes_the_readers_panic(bytes in proptest::collection::vec(0_u8.., 0..100)) {
            let _ = (status(&bytes), staged(&bytes));
            let _ = status(&[b"1 .M ", bytes.as_slice()].concat());
        }
    }
}
