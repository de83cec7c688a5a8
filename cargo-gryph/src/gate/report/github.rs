//! A decision as workflow commands of GitHub Actions, which show each finding beside its line.

use crate::gate::decision::Decision;
use crate::gate::finding::{Finding, Severity};

use super::human;

/// A command for each finding, then the decision as a notice.
pub fn render(decision: &Decision) -> String {
    let commands = human::told(decision).map(command);
    let decided = human::approval(decision).into_iter().chain([human::summary(decision)]);
    commands
        .chain(decided.map(|line| format!("::notice title=cargo gryph gate::{}\n", value(&line))))
        .collect()
}

fn command(finding: &Finding) -> String {
    let name = match finding.severity {
        _ if finding.set_aside.is_some() => "notice",
        Severity::Deny => "error",
        Severity::Ask => "warning",
        Severity::Warn => "notice",
    };
    let place = finding.place.as_ref().map_or_else(String::new, |place| {
        format!(
            "file={},line={},col={},",
            property(place.path.as_str()),
            place.line.max(1),
            place.column.max(1)
        )
    });
    let (title, text) = match human::waiver(finding) {
        Some(why) => (format!("waived: {}", finding.rule), format!("{}. Waived: {why}", finding.message)),
        None => (finding.rule.clone(), format!("{}. To mend: {}", finding.message, finding.mend)),
    };
    format!("::{name} {place}title={}::{}\n", property(&title), value(&text))
}

/// A text that ends no command and begins none.
fn value(text: &str) -> String {
    text.replace('%', "%25").replace('\r', "%0D").replace('\n', "%0A")
}

fn property(text: &str) -> String {
    value(text).replace(':', "%3A").replace(',', "%2C")
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::gate::finding::Place;
    use crate::tree::TreePath;

    #[test]
    fn text_of_the_tree_is_no_command() {
        let finding = Finding {
            rule: "build".to_owned(),
            severity: Severity::Ask,
            message: "one\n::error::two 100%".to_owned(),
            mend: "mend".to_owned(),
            place: Some(Place { path: TreePath::new("src/a,b.rs").unwrap(), line: 0, column: 0 }),
            command: String::new(),
            reference: String::new(),
            set_aside: None,
            fix: None,
        };
        assert_eq!(
            command(&finding),
            "::warning file=src/a%2Cb.rs,line=1,col=1,title=build::one%0A::error::two 100%25. To mend: mend\n"
        );
    }
}
