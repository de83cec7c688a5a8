//! An observation: one thing that a change does, where, and in which item. A fact, not a judgement.

use std::fmt;

use serde::{Deserialize, Serialize};

use crate::tree::TreePath;

/// What was observed. Policies name these in kebab case.
#[derive(Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Debug, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum ObservationKind {
    /// A test, a test-only item, a test's data or an example in documentation was added, removed or changed.
    TestCode,
    /// A test is gone: nothing with its body is left in any file that changed, under whatever name.
    TestRemoved,
    /// A test, or a function of the tests, asserts less than it did.
    TestWeakened,
    /// A test expects another outcome of what it asks.
    ExpectationChanged,
    /// A private function that only tests use, as far as syntax shows, was changed.
    TestOnlyItem,
    /// A build script was touched.
    BuildScript,
    /// A manifest or the lock file was touched.
    Manifest,
    /// The configuration of continuous integration was touched.
    ContinuousIntegration,
    /// Our own configuration was touched.
    OwnConfiguration,
    /// Configuration that steers the tools was touched: `.cargo`, the toolchain, lints, formats.
    ToolConfiguration,
    /// A file that is neither Rust nor any of these was touched.
    OtherFile,
    /// A Rust file cannot be read after the change.
    Unreadable,
    /// A Rust file could not be read before the change, so that only added lines were looked at.
    Incomparable,
    /// `todo!`, `unimplemented!`, `panic!` or `unreachable!` was added.
    GivesUp,
    /// An assertion that always holds was added.
    EmptyAssertion,
    /// A lint was switched off.
    LintSwitch,
    /// A test was switched off.
    TestSwitch,
    /// Code was made conditional on how it is compiled.
    Conditional,
    /// Another attribute was added or removed.
    Attribute,
    /// `unsafe` was added.
    Unsafe,
    /// Code came to reach outside: processes, environment, files, threads, network, output.
    Outside,
    /// An item was added.
    ItemAdded,
    /// An item that a trait asks for was added to an implementation.
    TraitItemAdded,
    /// An item was removed.
    ItemRemoved,
    /// The definition of a private item other than a function was changed.
    ItemChanged,
    /// The value of a constant was changed.
    ConstantChanged,
    /// A parameter that the body used is not used any more.
    ParameterIgnored,
    /// A field of `self` that the body used is not used any more.
    FieldIgnored,
    /// A body that depended on something came to be constant.
    ConstantBody,
    /// An input is compared with a value of the tests.
    SpecialCase,
    /// `unwrap` or `expect` was added.
    Unwrap,
    /// A loop was removed.
    LoopRemoved,
    /// A function does not call itself any more.
    RecursionRemoved,
    /// The types in a public signature, or a public item, were changed or removed.
    PublicSignature,
    /// A public method came to borrow `self` otherwise.
    PublicReceiver,
    /// Bounds of a public function or type were changed.
    PublicBound,
    /// Equality, order or hash came to be trivial.
    EqualityTrivial,
    /// Equality, order or hash came to look at less, or to be written by hand where it was derived.
    EqualityWeakened,
    /// A trait came to be derived.
    DeriveAdded,
    /// A trait is not derived any more.
    DeriveRemoved,
    /// Documentation was changed.
    Documentation,
    /// Code is left out of coverage or of mutation tests.
    CoverageSwitch,
    /// A dependency that nothing asked for before.
    DependencyAdded,
    /// A dependency from a repository, at a commit that is named.
    DependencyGit,
    /// A dependency from a repository without the commit.
    DependencyUnpinned,
    /// A dependency from a directory outside of the workspace.
    DependencyPath,
    /// A dependency of which any version will do.
    DependencyWildcard,
    /// A `[patch]` or `[replace]` for a dependency.
    DependencyReplaced,
    /// A dependency from a registry other than the public one.
    DependencyRegistry,
    /// A package came to be there in one more version.
    DependencyDuplicate,
    /// The lock file does not say what the manifests ask for.
    LockStale,
    /// A package of the lock file has another checksum and no other version.
    LockChecksum,
    /// A package or version that the registry does not have.
    DependencyMissing,
    /// A version that was taken back.
    DependencyYanked,
    /// A version with a known vulnerability.
    DependencyAdvisory,
    /// A version that an advisory calls unmaintained, unsound or notable.
    DependencyNotice,
    /// A new package whose name is nearly that of a well-known one.
    DependencyLookalike,
    /// A new package that runs a build script.
    DependencyBuildScript,
    /// A new package of procedural macros.
    DependencyProcMacro,
    /// A new public item has no documentation, in a package that documents its items.
    Undocumented,
    /// A new public item has no documentation, as most items of its package.
    UndocumentedAsOthers,
    /// A link in documentation came to lead nowhere, or documentation came to be malformed.
    BrokenDocumentation,
    /// A package that could be built with some of its features cannot any more.
    FeatureBroken,
    /// A package cannot be built any more with the oldest Rust that it says it supports.
    OldestRustBroken,
    /// A published library breaks its users without a version that says so, by `cargo-semver-checks`.
    SemverBroken,
    /// A public item of a published library is gone, and the version does not say so.
    PublicRemoved,
    /// A file outside of what the change said it is about was touched.
    OutOfScope,
    /// A link, a submodule, a file with an odd name or one that is too large was touched: no check sees what it holds.
    Unseen,
    /// A commit that says it was generated does not hold what an attestation in it says.
    UnattestedCommit,
    /// The attestation of a generated commit is not signed by somebody who is trusted.
    UnsignedAttestation,
}

impl ObservationKind {
    /// Whether it speaks of what stands there and not only of a step: with nothing before it, all that a tree holds is
    /// observed so.
    pub fn is_of_state(self) -> bool {
        !matches!(
            self,
            Self::TestCode
                | Self::TestRemoved
                | Self::TestWeakened
                | Self::ExpectationChanged
                | Self::TestOnlyItem
                | Self::BuildScript
                | Self::Manifest
                | Self::ContinuousIntegration
                | Self::OwnConfiguration
                | Self::ToolConfiguration
                | Self::OtherFile
                | Self::Incomparable
                | Self::Attribute
                | Self::ItemAdded
                | Self::TraitItemAdded
                | Self::ItemRemoved
                | Self::ItemChanged
                | Self::ConstantChanged
                | Self::ParameterIgnored
                | Self::FieldIgnored
                | Self::ConstantBody
                | Self::SpecialCase
                | Self::LoopRemoved
                | Self::RecursionRemoved
                | Self::PublicSignature
                | Self::PublicReceiver
                | Self::PublicBound
                | Self::EqualityWeakened
                | Self::DeriveAdded
                | Self::DeriveRemoved
                | Self::Documentation
                | Self::DependencyAdded
                | Self::Unseen
        )
    }
}

impl fmt::Display for ObservationKind {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        formatter.write_str(match self {
            Self::TestCode => "tests touched",
            Self::TestRemoved => "a test removed",
            Self::TestWeakened => "a test weakened",
            Self::ExpectationChanged => "another outcome expected",
            Self::TestOnlyItem => "an item of the tests changed",
            Self::BuildScript => "a build script touched",
            Self::Manifest => "a manifest or lock file touched",
            Self::ContinuousIntegration => "continuous integration touched",
            Self::OwnConfiguration => "this tool's configuration touched",
            Self::ToolConfiguration => "configuration of the tools touched",
            Self::OtherFile => "a file that is not Rust touched",
            Self::Unreadable => "a file that cannot be read",
            Self::Incomparable => "a file that could not be read before",
            Self::GivesUp => "a panic added",
            Self::EmptyAssertion => "an empty assertion added",
            Self::LintSwitch => "a lint switched off",
            Self::TestSwitch => "a test switched off",
            Self::Conditional => "code made conditional",
            Self::Attribute => "an attribute added or removed",
            Self::Unsafe => "`unsafe` added",
            Self::Outside => "a reach outside added",
            Self::ItemAdded => "an item added",
            Self::TraitItemAdded => "an item of a trait implemented",
            Self::ItemRemoved => "an item removed",
            Self::ItemChanged => "a definition changed",
            Self::ConstantChanged => "a constant changed",
            Self::ParameterIgnored => "a parameter no longer used",
            Self::FieldIgnored => "a field no longer used",
            Self::ConstantBody => "a constant body",
            Self::SpecialCase => "a special case for the tests",
            Self::Unwrap => "an unwrap added",
            Self::LoopRemoved => "a loop removed",
            Self::RecursionRemoved => "a recursion removed",
            Self::PublicSignature => "a public signature changed",
            Self::PublicReceiver => "a public receiver changed",
            Self::PublicBound => "public bounds changed",
            Self::EqualityTrivial => "a trivial equality",
            Self::EqualityWeakened => "a weakened equality",
            Self::DeriveAdded => "a derive added",
            Self::DeriveRemoved => "a derive removed",
            Self::Documentation => "documentation changed",
            Self::CoverageSwitch => "code left out of coverage",
            Self::DependencyAdded => "a dependency added",
            Self::DependencyGit => "a dependency from a repository",
            Self::DependencyUnpinned => "a dependency without its commit",
            Self::DependencyPath => "a dependency from outside of the workspace",
            Self::DependencyWildcard => "a dependency in any version",
            Self::DependencyReplaced => "a dependency replaced",
            Self::DependencyRegistry => "a dependency from another registry",
            Self::DependencyDuplicate => "a package in one more version",
            Self::LockStale => "a lock file out of step",
            Self::LockChecksum => "a checksum changed without the version",
            Self::DependencyMissing => "a package that does not exist",
            Self::DependencyYanked => "a version that was taken back",
            Self::DependencyAdvisory => "a known vulnerability",
            Self::DependencyNotice => "a notice about a package",
            Self::DependencyLookalike => "a name that is nearly a well-known one",
            Self::DependencyBuildScript => "a build script of a new package",
            Self::DependencyProcMacro => "procedural macros of a new package",
            Self::Undocumented => "a new item without documentation",
            Self::UndocumentedAsOthers => "a new item without documentation, like others",
            Self::BrokenDocumentation => "documentation broken",
            Self::FeatureBroken => "a feature that does not build",
            Self::OldestRustBroken => "the oldest supported Rust left behind",
            Self::SemverBroken => "an incompatible change",
            Self::PublicRemoved => "a published item removed",
            Self::OutOfScope => "a file out of scope",
            Self::Unseen => "something touched that is left out of the files that are read",
            Self::UnattestedCommit => "a generated commit without its attestation",
            Self::UnsignedAttestation => "an attestation that nobody trusted signed",
        })
    }
}

/// One thing that a change does.
#[derive(Clone, PartialEq, Eq, PartialOrd, Ord, Debug, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Observation {
    /// What.
    pub kind: ObservationKind,
    /// The file.
    pub path: TreePath,
    /// The line after the change, from 1; the line before it for what was removed.
    pub line: usize,
    /// The item, such as `Money::parse`; empty for a whole file.
    pub item: String,
    /// What exactly, in words. May hold text of the tree.
    pub detail: String,
}
