//! Amendments of a policy: files that add rules, change those that are there, or switch them off. A repository's own
//! policies and the profiles are such files.

use serde::Deserialize;
use toml::Spanned;

use crate::config::Mistake;
use crate::gate::finding::Severity;
use crate::gate::policy::{Class, Condition, Fragment, Policy, PolicyError, Rule, VERSION, problem, prove};

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct AmendmentText {
    policy: Spanned<u32>,
    #[serde(rename = "rule", default)]
    rules: Vec<RuleText>,
}

/// A rule of which a file gives some fields. The condition of a rule that is there may be given in part.
#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct RuleText {
    id: Spanned<String>,
    title: Option<String>,
    class: Option<Class>,
    severity: Option<SeverityText>,
    condition: Option<Spanned<toml::Table>>,
    message: Option<String>,
    mend: Option<String>,
    reference: Option<String>,
    firm: Option<bool>,
    accept: Option<Vec<Fragment>>,
    refuse: Option<Vec<Fragment>>,
}

#[derive(Clone, Copy, PartialEq, Eq, Deserialize)]
#[serde(rename_all = "kebab-case")]
enum SeverityText {
    Off,
    Warn,
    Ask,
    Deny,
}

impl SeverityText {
    /// The severity; `None` for a rule that is switched off.
    fn severity(self) -> Option<Severity> {
        match self {
            Self::Off => None,
            Self::Warn => Some(Severity::Warn),
            Self::Ask => Some(Severity::Ask),
            Self::Deny => Some(Severity::Deny),
        }
    }
}

impl Policy {
    /// The policy as a file changes it. `name` is where the file stands.
    ///
    /// # Errors
    /// [`PolicyError::Mistake`] with line and column, or the example that a rule does not meet.
    pub fn amended(mut self, name: &str, text: &str) -> Result<Self, PolicyError> {
        let file = Named { name, text };
        let read: AmendmentText =
            toml::from_str(text).map_err(|error| file.error(Mistake::read(text, &error)))?;
        if *read.policy.get_ref() != VERSION {
            let message = format!("version {}, this program reads version {VERSION}", read.policy.get_ref());
            return Err(file.at(read.policy.span().start, message));
        }
        for rule in read.rules {
            file.amend(&mut self, rule)?;
        }
        match problem(&self.rules) {
            Some(problem) => Err(PolicyError::Invalid { name: name.to_owned(), problem }),
            None => Ok(self),
        }
    }

    /// The policy as a file tightens it: what the file would soften stays as it is.
    ///
    /// # Errors
    /// See [`Policy::amended`].
    pub fn tightened(self, name: &str, text: &str) -> Result<Self, PolicyError> {
        let amended = self.clone().amended(name, text)?;
        Ok(self.combined(&amended))
    }
}

/// A file that is read.
#[derive(Clone, Copy)]
struct Named<'a> {
    name: &'a str,
    text: &'a str,
}

impl Named<'_> {
    fn error(self, mistake: Mistake) -> PolicyError {
        PolicyError::Mistake { name: self.name.to_owned(), mistake }
    }

    fn at(self, byte: usize, message: impl Into<String>) -> PolicyError {
        self.error(Mistake::at(self.text, byte, message))
    }

    fn amend(self, policy: &mut Policy, given: RuleText) -> Result<(), PolicyError> {
        let (id, at) = (given.id.get_ref().clone(), given.id.span().start);
        let Some(index) = policy.rules.iter().position(|rule| rule.id == id) else {
            let rule = self.added(policy, given)?;
            self.prove(&rule, at)?;
            policy.rules.push(rule);
            return Ok(());
        };
        let old = &policy.rules[index];
        if old.firm && self.softens(old, &given)? {
            let message =
                format!("rule `{id}` is firm: it can be tightened, neither softened nor switched off");
            return Err(self.at(at, message));
        }
        if given.severity == Some(SeverityText::Off) {
            let rule = policy.rules.remove(index);
            policy.off.push(rule);
            return Ok(());
        }
        let rule = self.changed(old, given)?;
        self.prove(&rule, at)?;
        policy.rules[index] = rule;
        Ok(())
    }

    /// Tries a rule on its examples.
    fn prove(self, rule: &Rule, at: usize) -> Result<(), PolicyError> {
        prove(self.name, rule).map_err(|error| match error {
            PolicyError::Example { rule, expected, number, .. } => {
                self.at(at, format!("rule `{rule}` {expected} its example {number}, and does not"))
            }
            error => error,
        })
    }

    /// Whether a file asks for less than a rule does, or for something else.
    fn softens(self, old: &Rule, given: &RuleText) -> Result<bool, PolicyError> {
        let severity = given.severity.map(SeverityText::severity);
        let condition = match &given.condition {
            Some(condition) => self.condition(Some(&old.condition), condition)?,
            None => old.condition.clone(),
        };
        Ok(severity.is_some_and(|asked| asked.is_none_or(|asked| asked < old.severity))
            || condition != old.condition
            || given.firm == Some(false))
    }

    /// A rule with what a file gives in the place of what was there.
    fn changed(self, old: &Rule, given: RuleText) -> Result<Rule, PolicyError> {
        let condition = match &given.condition {
            Some(condition) => self.condition(Some(&old.condition), condition)?,
            None => old.condition.clone(),
        };
        let (mut accept, mut refuse) = (old.accept.clone(), old.refuse.clone());
        if condition != old.condition
            && let Some((within, beyond)) = Fragment::around(&condition)
        {
            // The examples of another limit say nothing about this one.
            (accept, refuse) = (vec![within], vec![beyond]);
        }
        let severity = given.severity.and_then(SeverityText::severity);
        Ok(Rule {
            id: old.id.clone(),
            title: given.title.unwrap_or_else(|| old.title.clone()),
            class: given.class.unwrap_or(old.class),
            severity: severity.unwrap_or(old.severity),
            condition,
            message: given.message.unwrap_or_else(|| old.message.clone()),
            mend: given.mend.unwrap_or_else(|| old.mend.clone()),
            reference: given.reference.unwrap_or_else(|| old.reference.clone()),
            firm: given.firm.unwrap_or(old.firm),
            accept: given.accept.unwrap_or(accept),
            refuse: given.refuse.unwrap_or(refuse),
        })
    }

    /// A rule that was not there. One that lacks something was probably meant to change one that is.
    fn added(self, policy: &Policy, given: RuleText) -> Result<Rule, PolicyError> {
        let (id, at) = (given.id.get_ref().clone(), given.id.span().start);
        let lacks = |what: &str| {
            let message = format!("there is no rule `{id}` to change, and to add one `{what}` is missing");
            let known = policy.rules.iter().chain(&policy.off).map(|rule| rule.id.as_str());
            self.error(Mistake::at(self.text, at, message).meant(&id, known))
        };
        let condition = given.condition.as_ref().ok_or_else(|| lacks("condition"))?;
        let severity = given.severity.ok_or_else(|| lacks("severity"))?;
        Ok(Rule {
            title: given.title.clone().ok_or_else(|| lacks("title"))?,
            class: given.class.ok_or_else(|| lacks("class"))?,
            severity: severity.severity().ok_or_else(|| lacks("severity"))?,
            condition: self.condition(None, condition)?,
            message: given.message.clone().ok_or_else(|| lacks("message"))?,
            mend: given.mend.clone().ok_or_else(|| lacks("mend"))?,
            reference: given.reference.clone().unwrap_or_else(|| self.name.to_owned()),
            firm: given.firm.unwrap_or(false),
            accept: given.accept.clone().ok_or_else(|| lacks("accept"))?,
            refuse: given.refuse.clone().ok_or_else(|| lacks("refuse"))?,
            id: id.clone(),
        })
    }

    /// A condition; where it names no kind, one like `old` with other limits.
    fn condition(
        self,
        old: Option<&Condition>,
        given: &Spanned<toml::Table>,
    ) -> Result<Condition, PolicyError> {
        let mut table = match old {
            Some(old) if !given.get_ref().contains_key("kind") => {
                toml::Table::try_from(old).expect("a condition is a table of plain values")
            }
            _ => toml::Table::new(),
        };
        table.extend(given.get_ref().clone());
        table.try_into().map_err(|error: toml::de::Error| {
            self.error(Mistake::complaint(self.text, given.span(), error.message()))
        })
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    const NAME: &str = ".config/gryph/policies/own.toml";

    fn amended(rules: &str) -> Result<Policy, PolicyError> {
        Policy::gate().unwrap().amended(NAME, &format!("policy = 1\n{rules}"))
    }

    fn rule<'p>(policy: &'p Policy, id: &str) -> Option<&'p Rule> {
        policy.rules().iter().find(|rule| rule.id == id)
    }

    const OWN: &str = "[[rule]]\nid = 'no-manifest'\ntitle = 'Manifests stay'\nclass = 'trust'\nseverity = 'ask'\n\
        condition = { kind = 'unobserved', of = ['manifest'] }\nmessage = 'a manifest was touched'\nmend = 'say why'\n\
        accept = [{ change = { lib = ['fn f() {}', 'fn g() {}'] } }]\n\
        refuse = [{ change = { files = { 'a/Cargo.toml' = ['', 'a = 1'] } } }]\n";

    #[test]
    fn a_file_adds_changes_and_switches_off() {
        let policy = amended(&format!(
            "{OWN}[[rule]]\nid = 'change-covered'\nseverity = 'ask'\ncondition = {{ minimum = 85.05 }}\n\
             [[rule]]\nid = 'no-new-unwraps'\nseverity = 'off'\n[[rule]]\nid = 'lints-on'\nmessage = 'ours'\n"
        ))
        .unwrap();
        let covered = rule(&policy, "change-covered").unwrap();
        assert_eq!(
            (covered.severity, &covered.condition),
            (Severity::Ask, &Condition::LineCoverage { minimum: 85.05 })
        );
        assert_eq!(rule(&policy, "no-manifest").unwrap().reference, NAME);
        assert_eq!(rule(&policy, "lints-on").unwrap().message, "ours");
        assert!(rule(&policy, "no-new-unwraps").is_none() && policy.off[0].id == "no-new-unwraps");
        assert_eq!(amended("").unwrap().digest(), Policy::gate().unwrap().digest());
    }

    #[test]
    fn mistakes_are_named_with_file_line_column_and_what_was_meant() {
        let kinds = OWN.replace("['manifest']", "['manifets']");
        let cases = [
            (
                "[[rule]]\nid = 'change-coverd'\nseverity = 'ask'",
                "own.toml:3:6: ",
                "did you mean `change-covered`?",
            ),
            ("[[rule]]\nid = 'build'\nsevrity = 'deny'", "own.toml:4:1: ", "did you mean `severity`?"),
            ("[[rule]]\nid = 'lints-on'\nseverity = 'den'", "own.toml:4:12: ", "did you mean `deny`?"),
            ("[[rul]]\nid = 'build'", "own.toml:2:3: ", "did you mean `rule`?"),
            (&kinds, "own.toml:7:42: ", "did you mean `manifest`?"),
            (
                &OWN.replace("kind = 'unobserved'", "kind = 'unobservd'"),
                "own.toml:7:",
                "did you mean `unobserved`?",
            ),
            ("[[rule]]\nid = 'change-covered'\ncondition = { minimun = 80.0 }", "own.toml:4:", "`minimum`"),
            ("[[rule]]\nid = 'build'\nseverity = 'warn'", "own.toml:3:6: ", "firm"),
            ("[[rule]]\nid = 'build'\nseverity = 'off'", "own.toml:3:6: ", "firm"),
            ("[[rule]]\nid = 'build'\nfirm = false", "own.toml:3:6: ", "firm"),
            (
                "[[rule]]\nid = 'judges-agreed'\ncondition = { of = ['build-script'] }",
                "own.toml:3:6: ",
                "firm",
            ),
            ("[[rule]]\nid = 3", "own.toml:3:6: ", "string"),
            ("[[rule]]\nid = ", "own.toml:3:", ""),
            (&OWN.replace("accept =", "# accept ="), "own.toml:3:6: ", "`accept` is missing"),
        ];
        for (rules, place, part) in cases {
            let error = amended(rules).expect_err(rules).to_string();
            assert!(error.starts_with(".config/gryph/policies/own.toml:"), "{error}");
            assert!(error.contains(place) && error.contains(part), "{rules}\n{error}\n{place} {part}");
        }
    }

    #[test]
    fn examples_are_tried() {
        let error = |rules: &str| amended(rules).expect_err(rules).to_string();
        let wrong = OWN.replace("['', 'a = 1']", "['a = 1', 'a = 1']");
        let expected = "own.toml:3:6: rule `no-manifest` should refuse its example 1, and does not";
        assert!(error(&wrong).ends_with(expected), "{}", error(&wrong));
        let nothing = "[[rule]]\nid = 'change-covered'\ncondition = { minimum = 0.0 }";
        assert!(error(nothing).contains("should refuse its example 1"));
        let other = "[[rule]]\nid = 'lints-on'\ncondition = { of = ['unsafe'] }";
        assert!(error(other).contains("should refuse its example 1"), "its examples speak of lints");
    }

    #[test]
    fn tightening_never_softens() {
        let text = "policy = 1\n[[rule]]\nid = 'change-covered'\nseverity = 'warn'\ncondition = { minimum = 10.0 }\n\
                    [[rule]]\nid = 'lints-on'\nseverity = 'off'\n[[rule]]\nid = 'unsafe-agreed'\nseverity = 'deny'\n";
        let policy = Policy::gate().unwrap().tightened("p", text).unwrap();
        let covered = rule(&policy, "change-covered").unwrap();
        assert_eq!(covered.severity, Severity::Deny);
        assert_eq!(covered.condition, Condition::LineCoverage { minimum: 70.0 });
        assert!(rule(&policy, "lints-on").is_some() && policy.off.is_empty());
        assert_eq!(rule(&policy, "unsafe-agreed").unwrap().severity, Severity::Deny);
    }

    proptest::proptest! {
        #![proptest_config(proptest::prelude::ProptestConfig::with_cases(64))]
        #[test]
        fn no_text_makes_the_reader_panic(text in "\\PC{0,80}", cut in 0usize..600) {
            let _ = amended(&text);
            let _ = amended(&OWN.chars().take(cut).chain(text.chars()).collect::<String>());
        }
    }
}
