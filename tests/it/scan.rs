//! What is dangerous in the source of a change, through the real binary: each class is refused for its rule, the same
//! change without the faults is not, and no secret is shown.

use crate::desk::{Desk, Said};
use crate::fix::{committed, workspace};

const KIT: &str = r#"//! A kit.

/// Twice.
pub fn twice(number: u32) -> u32 {
    number * 2
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn two_are_four() {
        assert_eq!(twice(2), 4);
    }
}
"#;

/// Stand-ins for crates, so that nothing has to be fetched.
const CRATES: &str = r#"
/// A client.
pub struct Client;

impl Client {
    /// Switches checks off.
    pub fn danger_accept_invalid_certs(self, _: bool) -> Self {
        self
    }

    /// Runs a statement.
    pub fn execute(&self, text: &str, _: &[&str]) -> usize {
        text.len()
    }
}

/// A hash.
pub mod md5 {
    /// The hash of bytes.
    pub fn compute(bytes: &str) -> usize {
        bytes.len()
    }
}
"#;

const BAD: &str = r#"
/// All that must not be.
pub fn bad(client: Client, name: &str, password: &str) -> usize {
    let client = client.danger_accept_invalid_certs(true);
    let rows = client.execute(&format!("DELETE FROM users WHERE name = '{name}'"), &[]);
    let shell = std::process::Command::new("sh").arg("-c").arg(format!("ls {name}")).status();
    rows + md5::compute(password) + dbg!(usize::from(shell.is_ok()))
}
"#;

const GOOD: &str = r#"
/// The same as it should be.
pub fn good(client: Client, name: &str, file: &str) -> usize {
    let client = client.danger_accept_invalid_certs(false);
    let rows = client.execute("DELETE FROM users WHERE name = ?1", &[name]);
    let shell = std::process::Command::new("ls").arg(name).status();
    rows + md5::compute(file) + usize::from(shell.is_ok())
}
"#;

const SECRET: &str = "16C7e42F292c6912E7710c838347Ae178B4a";

fn judged(code: &str, note: &str) -> Said {
    let desk = Desk::new();
    workspace(&desk, KIT);
    committed(&desk);
    desk.write("kit/src/lib.rs", &KIT.replace("\n#[cfg(test)]", &format!("{CRATES}{code}\n#[cfg(test)]")));
    desk.write("kit/notes.txt", note);
    let mut command = desk.command(&["gate", "--no-faults", "--message-format", "json"]);
    Said::of(command.current_dir(desk.path("kit")).output().unwrap())
}

/// The rules about the source that were broken.
fn rules(said: &Said) -> Vec<String> {
    let of_source = [
        "no-command-from-text",
        "no-debug-macro",
        "no-secrets",
        "no-sql-from-text",
        "passwords-hashed-slowly",
        "shell-agreed",
        "tls-checked",
    ];
    let named = |line: serde_json::Value| line["rule"].as_str().map(str::to_owned);
    let mut rules: Vec<String> = said.objects().into_iter().filter_map(named).collect();
    rules.retain(|rule| of_source.contains(&rule.as_str()));
    rules.sort();
    rules.dedup();
    rules
}

#[test]
fn what_is_never_right_is_refused_for_its_rule_and_no_secret_is_shown() {
    let said = judged(BAD, &format!("token: ghp_{SECRET}\n"));
    let expected = [
        "no-command-from-text",
        "no-debug-macro",
        "no-secrets",
        "no-sql-from-text",
        "passwords-hashed-slowly",
        "shell-agreed",
        "tls-checked",
    ];
    assert_eq!((said.code, rules(&said)), (Some(100), expected.map(str::to_owned).to_vec()), "{said:?}");
    assert!(said.out.contains("ghp_…") && !format!("{said:?}").contains(SECRET), "{said:?}");
}

#[test]
fn the_same_change_without_the_faults_breaks_no_rule_about_the_source() {
    let said = judged(GOOD, "token: see the vault\n");
    assert_eq!(rules(&said), Vec::<String>::new(), "{said:?}");
}
