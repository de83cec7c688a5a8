//! Whether a commit that says it was generated holds what a run wrote, by the attestation it names.

use std::collections::BTreeSet;

use crate::change::{Observation, ObservationKind};
use crate::digest::Digest;
use crate::git::{Commit, Git, GitError, Kind};
use crate::tree::TreePath;
use crate::trust::record::{attestation_path, attestations};
use crate::trust::{Attestation, Signer, Statement, Subject, TrustedKeys, is_record};
use crate::workspace::History;

use super::Unchecked;

/// Commits that are looked at, and files of one of them.
const MOST_COMMITS: usize = 2000;
const MOST_FILES: usize = 2000;

/// What is asked of generated commits.
#[derive(Clone, Copy, Debug)]
pub struct Demand<'a> {
    /// The keys that the base trusts.
    pub trusted: &'a TrustedKeys,
    /// Whether an attestation must be signed by one of them, even if there is none.
    pub signed: bool,
}

/// What generated commits of a history lack.
///
/// # Errors
/// When git fails.
pub fn provenance(
    git: &Git,
    history: &History,
    demand: Demand<'_>,
) -> Result<(Vec<Observation>, Vec<Unchecked>), GitError> {
    let repository = &history.repository.git;
    let commits = git.commits_since(repository, &history.base, &history.head, MOST_COMMITS)?;
    let Some(commits) = commits else {
        let reason = format!("there are more than {MOST_COMMITS} commits between the base and HEAD");
        if demand.signed {
            return Ok((vec![unattested(attestations(), reason)], Vec::new()));
        }
        return Ok((Vec::new(), vec![Unchecked { check: "provenance".to_owned(), reason }]));
    };
    let mut observed = Vec::new();
    for commit in commits.iter().filter(|commit| commit.is_generated()) {
        Examination { git, history, demand, commit, observed: &mut observed }.examine()?;
    }
    observed.sort();
    observed.dedup();
    Ok((observed, Vec::new()))
}

fn unattested(path: TreePath, detail: String) -> Observation {
    Observation { kind: ObservationKind::UnattestedCommit, path, line: 1, item: String::new(), detail }
}

struct Examination<'a> {
    git: &'a Git,
    history: &'a History,
    demand: Demand<'a>,
    commit: &'a Commit,
    observed: &'a mut Vec<Observation>,
}

impl Examination<'_> {
    fn examine(&mut self) -> Result<(), GitError> {
        let named = self.commit.trailers("Gryph-Attestation");
        let Some(digest) = only(&named).and_then(Digest::from_hex) else {
            self.lacks(attestations(), "it names no attestation, or more than one");
            return Ok(());
        };
        let path = attestation_path(digest);
        let Some(content) = self.content(&path)? else {
            self.lacks(path, "the attestation that it names is not in it");
            return Ok(());
        };
        match Attestation::read(&content) {
            Err(error) => self.lacks(path, &format!("its attestation cannot be used: {error}")),
            Ok(found) if found.digest() != digest => {
                self.lacks(path, "its attestation is not the one it names")
            }
            Ok(found)
                if only(&self.commit.trailers("Gryph-Run")) != Some(&found.statement().generated().run) =>
            {
                self.lacks(path, "its attestation is about another run");
            }
            Ok(found) => {
                self.signature(&path, &found);
                self.files(&path, found.statement())?;
            }
        }
        Ok(())
    }

    fn signature(&mut self, path: &TreePath, attestation: &Attestation) {
        let Demand { trusted, signed } = self.demand;
        let what = match attestation.signer(trusted) {
            Signer::Trusted(_) => return,
            // Where nobody is trusted, nobody is asked to sign.
            Signer::Nobody | Signer::Unknown if trusted.is_empty() && !signed => return,
            Signer::Nobody => "its attestation is not signed",
            Signer::Unknown => "its attestation is not signed by a key that the base trusts",
        };
        let kind = ObservationKind::UnsignedAttestation;
        let detail = self.told(what);
        self.observed.push(Observation { kind, path: path.clone(), line: 1, item: String::new(), detail });
    }

    /// Compares what the commit holds with what the run wrote, both ways.
    fn files(&mut self, at: &TreePath, statement: &Statement) -> Result<(), GitError> {
        let changed = self.git.changed_in(&self.history.repository.git, self.commit)?;
        if changed.len().max(statement.subjects().len()) > MOST_FILES {
            self.lacks(at.clone(), &format!("it is about more than {MOST_FILES} files"));
            return Ok(());
        }
        let mut paths = BTreeSet::new();
        for path in &changed {
            match self.history.below_root(path) {
                Some(path) if is_record(&path) => {}
                Some(path) => drop(paths.insert(path)),
                None => {
                    self.lacks(at.clone(), "it changes a file outside of the workspace, or with an odd name")
                }
            }
        }
        for subject in statement.subjects() {
            match TreePath::new(&subject.name) {
                Ok(path) => drop(paths.insert(path)),
                Err(_) => self.lacks(at.clone(), "its attestation is about a file outside of the workspace"),
            }
        }
        for path in paths {
            let subjects: Vec<&Subject> = statement.subjects_at(&path).collect();
            let what = match (self.content(&path)?, &subjects[..]) {
                (Some(_), []) => "its attestation does not say that the run wrote this file",
                (Some(content), subjects) => {
                    let digest = Digest::of(&content);
                    match subjects.iter().all(|subject| subject.sha256() == Some(digest)) {
                        true => continue,
                        false => "this file is not as the run wrote it",
                    }
                }
                (None, [])
                    if statement.generated().removed.iter().any(|removed| removed == path.as_str()) =>
                {
                    continue;
                }
                (None, []) => "its attestation does not say that the run removed this file",
                (None, _) => "the run wrote this file, and it is not there",
            };
            self.lacks(path, what);
        }
        Ok(())
    }

    /// The bytes of a plain file in the commit.
    fn content(&self, path: &TreePath) -> Result<Option<Vec<u8>>, GitError> {
        let repository = &self.history.repository;
        let found = self.git.committed(&repository.git, &self.commit.id, &repository.path_of(path))?;
        match found {
            Some((Kind::File | Kind::Executable, id)) => self.git.read_blob(&repository.git, &id).map(Some),
            Some((Kind::Link | Kind::Submodule, _)) | None => Ok(None),
        }
    }

    fn lacks(&mut self, path: TreePath, what: &str) {
        let detail = self.told(what);
        self.observed.push(unattested(path, detail));
    }

    fn told(&self, what: &str) -> String {
        format!("commit {}: {what}", &self.commit.id.as_str()[..10])
    }
}

/// The element of a list of one.
fn only<'a>(values: &[&'a str]) -> Option<&'a str> {
    match values {
        [value] => Some(value),
        _ => None,
    }
}
