//! The exit codes: a public interface, documented in `docs/exit-codes.md` and by `cargo gryph explain CODE`.

use std::process::ExitCode as ProcessExitCode;

/// How a run ended, as a number that scripts may rely on.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub enum ExitCode {
    /// 0
    Done,
    /// 2
    Usage,
    /// 70
    Internal,
    /// 100
    Refused,
    /// 101
    CouldNotFindOut,
    /// 102
    BaselineRed,
    /// 103
    Budget,
    /// 104
    GaveUp,
    /// 105
    NeedsApproval,
    /// 106
    Missing,
    /// 107
    Diverged,
    /// 130
    Interrupted,
}

impl ExitCode {
    /// All codes in the order of their numbers.
    pub const ALL: [Self; 12] = [
        Self::Done,
        Self::Usage,
        Self::Internal,
        Self::Refused,
        Self::CouldNotFindOut,
        Self::BaselineRed,
        Self::Budget,
        Self::GaveUp,
        Self::NeedsApproval,
        Self::Missing,
        Self::Diverged,
        Self::Interrupted,
    ];

    /// The number the process ends with.
    pub fn number(self) -> u8 {
        match self {
            Self::Done => 0,
            Self::Usage => 2,
            Self::Internal => 70,
            Self::Refused => 100,
            Self::CouldNotFindOut => 101,
            Self::BaselineRed => 102,
            Self::Budget => 103,
            Self::GaveUp => 104,
            Self::NeedsApproval => 105,
            Self::Missing => 106,
            Self::Diverged => 107,
            Self::Interrupted => 130,
        }
    }

    /// What the number means, in one line.
    pub fn title(self) -> &'static str {
        match self {
            Self::Done => "accepted, done",
            Self::Usage => "usage, configuration or specification error",
            Self::Internal => "internal error",
            Self::Refused => "the gate refused",
            Self::CouldNotFindOut => "could not find out",
            Self::BaselineRed => "the baseline was already red",
            Self::Budget => "a budget stopped work that was still to be tried",
            Self::GaveUp => "gave up",
            Self::NeedsApproval => "needs a human's approval",
            Self::Missing => "a required sandbox, GPU or model is missing",
            Self::Diverged => "a replay diverged",
            Self::Interrupted => "interrupted",
        }
    }

    /// What happened and what to do about it, in a few sentences.
    pub fn explanation(self) -> &'static str {
        match self {
            Self::Done => "Everything asked for was done, and what was accepted passed every check.",
            Self::Usage => {
                "The command line, a configuration file or the specification cannot be used as it stands. The \
                 message names the place. Nothing was started."
            }
            Self::Internal => {
                "This is a bug in cargo-gryph, not in your project. Nothing unverified was written. Please report \
                 it with the output of the same command under GRYPH_LOG=debug."
            }
            Self::Refused => {
                "Checks ran and the policy says no. Each finding names its rule, the place and the way to mend it. \
                 `cargo gryph explain RULE` says more about a rule. `new --check` ends with it where something is to \
                 be applied again."
            }
            Self::CouldNotFindOut => {
                "A build, a tool or a download failed before there was an answer. This is not a `no`: mend the \
                 cause named in the message and run again. CI must fail on this code as on 100."
            }
            Self::BaselineRed => {
                "The tree the change is compared with does not build or its tests fail, so the change cannot be \
                 judged. Mend the base first."
            }
            Self::Budget => {
                "A limit such as `--max-time` was reached while there was still something to try. The \
                 report says what is open; give `fix` a larger limit, and `new` the same command again with \
                 `--resume RUN` and a larger limit."
            }
            Self::GaveUp => {
                "Everything that was to be tried was tried and no candidate passed every check, or tests \
                 and specification contradict each other. Nothing was written. After `new` the report shows \
                 the best candidate of each open function; continue with `--resume RUN`, another model or a \
                 corrected specification, or take the filled part with `--partial`. After `fix` it names \
                 the nearest miss."
            }
            Self::NeedsApproval => {
                "The policy wants a human to look at this, or patches of different behaviour pass every \
                 test and only a person knows which is meant. Nothing was written; `cargo gryph show RUN` \
                 has the findings. `cargo gryph approve` says yes to what `gate` asks, \
                 `new --resume RUN --approve DIGEST` to a service whose security is `critical`. The draft of a \
                 sentence that nobody agreed to is printed: save it to a file and give that. After `new --update`: \
                 people and the specification changed the same; both sides are shown."
            }
            Self::Missing => {
                "A sandbox layer, a GPU or a model that was required is not there. The message says which and how \
                 to get it. Running untrusted code without a sandbox has to be asked for with --unsandboxed."
            }
            Self::Diverged => {
                "Recorded model answers do not belong to this specification, model or seed. Record again with \
                 --record, or give the specification they were recorded with."
            }
            Self::Interrupted => "You stopped the run. Nothing was changed; what was found is in the ledger.",
        }
    }
}

impl From<ExitCode> for ProcessExitCode {
    fn from(code: ExitCode) -> Self {
        Self::from(code.number())
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_number_is_used_once() {
        let mut numbers: Vec<u8> = ExitCode::ALL.iter().map(|code| code.number()).collect();
        let count = numbers.len();
        numbers.sort_unstable();
        numbers.dedup();
        assert_eq!(numbers.len(), count);
    }
}
