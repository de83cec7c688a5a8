//! Errors of one root cause belong together: the same missing name, or the same repair.

use crate::diagnostic::Diagnostic;

use super::{MOST_ALTERNATIVES, Offer, Offers};

/// An error and what may be done about it.
pub(super) struct Member<'a> {
    pub(super) diagnostic: &'a Diagnostic,
    pub(super) alternatives: Vec<Offer>,
}

/// Joins errors that one repair removes.
pub(super) fn causes(members: Vec<Member<'_>>) -> Vec<Offers> {
    let mut causes: Vec<(Vec<Member<'_>>, Option<String>)> = Vec::new();
    for member in members {
        let name = missing_name(member.diagnostic);
        let same = |cause: &(Vec<Member<'_>>, Option<String>)| {
            (name.is_some() && cause.1 == name) || cause.0.iter().any(|other| shares_best(other, &member))
        };
        match causes.iter_mut().find(|cause| same(cause)) {
            Some(cause) => cause.0.push(member),
            None => causes.push((vec![member], name)),
        }
    }
    causes.into_iter().map(|(members, _)| joined(&members)).collect()
}

/// The name that an error says is not there.
fn missing_name(diagnostic: &Diagnostic) -> Option<String> {
    let code = diagnostic.code.as_deref()?;
    let resolves = matches!(code, "E0405" | "E0412" | "E0422" | "E0425" | "E0432" | "E0433" | "E0531");
    let name = diagnostic.message.split('`').nth(1)?.rsplit("::").next()?;
    resolves.then(|| name.to_owned())
}

/// Whether what is best for one error is among what helps the other.
fn shares_best(left: &Member<'_>, right: &Member<'_>) -> bool {
    let has = |member: &Member<'_>, offer: &Offer| member.alternatives.iter().any(|o| o.patch == offer.patch);
    let best = |member: &Member<'_>, other: &Member<'_>| {
        member.alternatives.first().is_some_and(|offer| has(other, offer))
    };
    best(left, right) || best(right, left)
}

/// What helps more of the errors comes first, then what is more certain.
fn joined(members: &[Member<'_>]) -> Offers {
    let first = members.first().map(|member| member.diagnostic);
    let code = first.and_then(|first| first.code.as_deref()).unwrap_or("error");
    let cause = format!("{code}: {}", first.map(|first| first.message.as_str()).unwrap_or_default());
    let mut counted: Vec<(usize, Offer)> = Vec::new();
    for offer in members.iter().flat_map(|member| &member.alternatives) {
        match counted.iter_mut().find(|(_, known)| known.patch == offer.patch) {
            Some((count, known)) => {
                *count += 1;
                known.certainty = known.certainty.max(offer.certainty);
            }
            None => counted.push((1, offer.clone())),
        }
    }
    counted.sort_by_key(|(count, offer)| std::cmp::Reverse((*count, offer.certainty)));
    counted.truncate(MOST_ALTERNATIVES);
    Offers { cause, alternatives: counted.into_iter().map(|(_, offer)| offer).collect() }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::diagnostic::{Label, Level};
    use crate::patch::{Patch, Span};
    use crate::tree::TreePath;

    fn path() -> TreePath {
        TreePath::new("src/lib.rs").unwrap()
    }

    fn error(code: &str, message: &str, at: usize) -> Diagnostic {
        let span = Span { path: path(), range: at..at + 1 };
        Diagnostic {
            level: Level::Error,
            code: Some(code.to_owned()),
            message: message.to_owned(),
            labels: vec![Label { span, lines: 1..1, column: 1, primary: true, text: None }],
            suggestions: Vec::new(),
            notes: Vec::new(),
            rendered: String::new(),
        }
    }

    fn offer(at: usize, text: &str, certainty: u8) -> Offer {
        let patch = Patch::replace(path(), at..at, text);
        Offer { patch, operator: "rule".to_owned(), proposer: "template", certainty }
    }

    #[test]
    fn errors_about_one_name_or_with_one_repair_are_one_cause() {
        let errors = [
            error("E0433", "cannot find type `Map` in this scope", 10),
            error("E0412", "cannot find type `Map` in this scope", 20),
            error("E0594", "cannot assign to `self.n`", 30),
            error("E0596", "cannot borrow `self.v` as mutable", 40),
            error("E0308", "mismatched types", 50),
            error("E0308", "mismatched types", 60),
        ];
        let offers = [
            vec![offer(0, "use Map;", 90), offer(10, "std::Map", 50)],
            vec![offer(0, "use Map;", 90)],
            vec![offer(5, "mut ", 94), offer(30, "other", 20)],
            vec![offer(5, "mut ", 94)],
            vec![offer(50, "&", 70)],
            vec![offer(60, "&", 70)],
        ];
        let members = errors.iter().zip(offers);
        let members = members.map(|(diagnostic, alternatives)| Member { diagnostic, alternatives });
        let causes = causes(members.collect());
        let sizes: Vec<usize> = causes.iter().map(|cause| cause.alternatives.len()).collect();
        assert_eq!(sizes, [2, 2, 1, 1]);
        assert_eq!(causes[0].alternatives[0], offer(0, "use Map;", 90));
        assert_eq!(causes[2].cause, causes[3].cause, "errors of one kind can be told from others");
    }
}
