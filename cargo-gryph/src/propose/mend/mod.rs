//! Repairs of a tree that does not compile: what rustc suggests, and templates for what it does not.
//!
//! Pure: a tree and what the compiler said about it go in, offers come out. An offer may be wrong; whoever applies it
//! asks the compiler and the tests. Errors inside one function's body also meet the templates that repair drafts.

mod access;
mod arm;
mod binding;
mod body;
mod borrow;
mod bound;
mod case;
mod derive;
mod field;
mod filling;
mod ground;
mod group;
mod guard;
mod item;
mod lifetime;
mod naming;
mod path;
mod signature;
mod suggestion;
mod syntax;
mod thread;

use crate::diagnostic::{Diagnostic, Level};
use crate::patch::Patch;
use crate::schema::on_deep_stack;
use crate::tree::Tree;

use case::Case;
use ground::Ground;

pub use guard::{admits, is_editable};

/// Errors of one tree that are looked at.
const MOST_ERRORS: usize = 48;
/// Alternatives of one cause.
const MOST_ALTERNATIVES: usize = 16;

/// A change of the tree that may repair one cause, and who had the idea.
#[derive(Clone, PartialEq, Eq, Debug)]
pub struct Offer {
    /// The change.
    pub patch: Patch,
    /// The rule, such as `E0063-default`.
    pub operator: String,
    /// `suggestion` when rustc offered it, else `template`.
    pub proposer: &'static str,
    /// How likely it is what was meant, in percent.
    pub certainty: u8,
}

/// The alternatives for one root cause, best first; empty when nobody has an idea.
#[derive(Clone, PartialEq, Eq, Debug)]
pub struct Offers {
    /// What is wrong, the same text for causes of one kind.
    pub cause: String,
    /// What may be done about it.
    pub alternatives: Vec<Offer>,
}

/// The alternatives for each root cause of a tree's errors, in the order in which the compiler reports them.
pub fn offers(tree: &Tree, diagnostics: &[Diagnostic]) -> Vec<Offers> {
    on_deep_stack(|| {
        let sheets = ground::sheets(tree);
        let ground = Ground::new(&sheets);
        let found = distinct(diagnostics).into_iter().map(|diagnostic| group::Member {
            diagnostic,
            alternatives: Case::new(&ground, diagnostic).map(|case| alternatives(&case)).unwrap_or_default(),
        });
        group::causes(found.collect())
    })
    .unwrap_or_default()
}

/// Errors at different places or with different words; a library is compiled with and without its tests.
pub fn distinct(diagnostics: &[Diagnostic]) -> Vec<&Diagnostic> {
    let mut errors: Vec<&Diagnostic> = Vec::new();
    for error in diagnostics.iter().filter(|diagnostic| diagnostic.level == Level::Error) {
        let span = |error: &Diagnostic| error.primary().map(|label| label.span.clone());
        let known = |other: &&Diagnostic| other.message == error.message && span(other) == span(error);
        if errors.len() < MOST_ERRORS && !errors.iter().any(known) {
            errors.push(error);
        }
    }
    errors
}

/// All ideas for one error, best first.
fn alternatives(case: &Case<'_>) -> Vec<Offer> {
    let mut all = suggestion::offers(case);
    all.extend(templates(case));
    all.extend(body::offers(case));
    all.retain(|offer| guard::allows(case.ground, &offer.patch));
    // The sort is stable: of equals the compiler's own idea stays first.
    all.sort_by_key(|offer| std::cmp::Reverse(offer.certainty));
    let mut kept: Vec<Offer> = Vec::new();
    for offer in all {
        if kept.len() < MOST_ALTERNATIVES && !kept.iter().any(|known| known.patch == offer.patch) {
            kept.push(offer);
        }
    }
    kept
}

fn templates(case: &Case<'_>) -> Vec<Offer> {
    match case.code {
        "" => [syntax::offers(case), lifetime::offers(case), thread::offers(case)].concat(),
        "E0004" => arm::offers(case),
        "E0046" => item::offers(case),
        "E0049" | "E0050" | "E0053" | "E0185" | "E0186" | "E0195" => signature::contract(case),
        "E0063" => field::offers(case),
        "E0106" | "E0261" | "E0621" => lifetime::offers(case),
        "E0117" | "E0119" | "E0204" => derive::superfluous(case),
        "E0277" => [
            derive::offers(case),
            bound::offers(case),
            thread::offers(case),
            signature::conversion(case),
            item::implemented(case),
        ]
        .concat(),
        "E0271" => signature::conversion(case),
        "E0308" => [bound::cloned_reference(case), borrow::mutable(case), signature::returned(case)].concat(),
        "E0369" | "E0599" | "E0600" => {
            [derive::offers(case), bound::offers(case), path::methods(case)].concat()
        }
        "E0382" | "E0505" | "E0507" | "E0508" | "E0509" => {
            [derive::copy(case), bound::copied(case), borrow::moved(case)].concat()
        }
        "E0381" => binding::uninitialised(case),
        "E0405" | "E0412" | "E0422" | "E0425" | "E0432" | "E0433" | "E0531" | "E0404" => {
            [path::offers(case), binding::offers(case)].concat()
        }
        "E0451" | "E0603" | "E0616" | "E0624" | "E0423" => access::offers(case),
        "E0499" | "E0502" | "E0503" | "E0506" | "E0594" | "E0596" => borrow::offers(case),
        "E0728" | "E0752" => signature::asynchronous(case),
        _ => Vec::new(),
    }
}
