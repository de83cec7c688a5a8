//! A repository's own policy with the real binary: it is the base's and never the change's, waivers and the baseline say
//! so, and mistakes are named with their place.

use crate::desk::{Desk, Said, tool};
use crate::fix::{committed, workspace};

const KIT: &str = r#"//! Prices.

/// The price with a discount in per cent, which is at most 100.
pub fn discounted(price: u32, percent: u32) -> u32 {
    price - price * percent.min(100) / 100
}

/// How a price is written.
pub fn written(price: u32) -> String {
    format!("{price} EUR")
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_discount_is_taken_off() {
        assert_eq!(discounted(200, 10), 180);
    }
}
"#;

/// A rule that no embedded policy has.
const OWN: &str = "policy = 1\n[[rule]]\nid = 'notes-agreed'\ntitle = 'Notes come by agreement'\nclass = 'documentation'\n\
    severity = 'ask'\ncondition = { kind = 'unobserved', of = ['other-file'] }\nmessage = 'a note was touched'\n\
    mend = 'ask the editor'\naccept = [{ change = { lib = ['fn f() {}', 'fn g() {}'] } }]\n\
    refuse = [{ change = { files = { 'NOTES.txt' = ['', 'a'] } } }]\n\
    [[rule]]\nid = 'no-new-unwraps'\nseverity = 'off'\n";
const POLICY: &str = "kit/.config/gryph/policies/own.toml";
const CONFIGURATION: &str = "kit/.config/gryph.toml";

/// A committed repository with these files beside `KIT`.
fn repository(files: &[(&str, &str)]) -> Desk {
    let desk = Desk::new();
    workspace(&desk, KIT);
    files.iter().for_each(|(path, text)| desk.write(path, text));
    committed(&desk);
    desk
}

/// What the gate says without putting in faults.
fn gate(desk: &Desk, more: &[&str]) -> Said {
    let mut command = desk.command(&[&["gate", "--no-faults"], more].concat());
    Said::of(command.current_dir(desk.path("kit")).output().unwrap())
}

/// What stands before each finding, such as `deny[build]`.
fn heads(said: &Said) -> Vec<&str> {
    let is_head =
        |head: &str| ["deny[", "ask[", "warn[", "waived["].iter().any(|standing| head.starts_with(standing));
    let heads = said.out.lines().filter_map(|line| line.split(": ").next()).filter(|head| is_head(head));
    let mut heads: Vec<&str> = heads.collect();
    heads.sort_unstable();
    heads
}

/// A line that rustfmt would write otherwise.
const UNFORMATTED: &str = "pub const  FREE: u32 = 0;\n\n#[cfg(test)]";

fn unformatted() -> String {
    KIT.replace("#[cfg(test)]", &format!("/// Nothing.\n{UNFORMATTED}"))
}

#[test]
fn the_bases_own_rules_hold_and_a_change_cannot_soften_them() {
    let desk = repository(&[(POLICY, OWN)]);
    let list = gate(&desk, &["--list"]);
    assert!(list.out.contains("ask  notes-agreed"), "{list:?}");
    assert!(list.out.contains("off  no-new-unwraps") && list.out.contains("Of generated code:"), "{list:?}");
    let mut explain = desk.command(&["explain", "notes-agreed"]);
    let explained = Said::of(explain.current_dir(desk.path("kit")).output().unwrap());
    assert!(explained.out.contains("ask the editor") && explained.code == Some(0), "{explained:?}");
    desk.write("kit/NOTES.txt", "Prices.\n");
    desk.write(POLICY, &OWN.replace("severity = 'ask'", "severity = 'warn'"));
    let softened = gate(&desk, &[]);
    assert_eq!(heads(&softened), ["ask[judges-agreed]", "ask[notes-agreed]"], "{softened:?}");
    assert_eq!(softened.code, Some(105), "{softened:?}");
    std::fs::remove_file(desk.path(POLICY)).unwrap();
    let removed = gate(&desk, &[]);
    assert_eq!(heads(&removed), ["ask[judges-agreed]", "ask[notes-agreed]"], "{removed:?}");
}

#[test]
fn a_mistake_is_named_with_file_line_column_and_what_was_meant() {
    let desk = repository(&[]);
    let cases = [
        (POLICY, "policy = 1\n[[rule]]\nid = 'build'\nsevrity = 'deny'\n", "`severity`", "own.toml:4:1: "),
        (POLICY, "policy = 1\n[[rule]]\nid = 'biuld'\nseverity = 'deny'\n", "`build`", "own.toml:3:6: "),
        (CONFIGURATION, "[gate]\nprofile = 'strikt'\n", "`strict`", ":2:11: "),
    ];
    for (path, text, meant, place) in cases {
        desk.write(path, text);
        let said = gate(&desk, &[]);
        assert_eq!(said.code, Some(2), "{said:?}");
        assert!(said.err.contains(place) || said.err.contains(&place[1..]), "{said:?}");
        assert!(said.err.contains(&format!("did you mean {meant}?")), "{said:?}");
        std::fs::remove_file(desk.path(path)).unwrap();
    }
}

#[test]
fn a_waiver_in_the_change_asks_and_one_of_the_base_is_honoured_until_its_day() {
    let desk = repository(&[]);
    let comment = |reason: &str| {
        let waiver = format!("// gryph: allow(format-of-change) {reason}\n");
        unformatted().replace("pub const  FREE", &format!("{waiver}pub const  FREE"))
    };
    desk.write("kit/src/lib.rs", &comment("reason=\"as in the table\""));
    let asked = gate(&desk, &[]);
    assert_eq!(heads(&asked), ["ask[waivers-agreed]", "waived[format-of-change]"], "{asked:?}");
    assert_eq!(asked.code, Some(105), "{asked:?}");
    let sarif = gate(&desk, &["--message-format", "sarif"]);
    let log: serde_json::Value = serde_json::from_str(&sarif.out).unwrap();
    let results = log["runs"][0]["results"].as_array().unwrap();
    let waived = results.iter().find(|result| result["ruleId"] == "format-of-change").unwrap();
    assert_eq!(waived["suppressions"][0]["status"], "underReview", "{waived}");
    desk.write("kit/src/lib.rs", &comment(""));
    let reasonless = gate(&desk, &[]);
    assert_eq!(heads(&reasonless), ["deny[format-of-change]", "warn[waivers-count]"], "{reasonless:?}");

    let entry = |day: &str| {
        format!(
            "[[gate.waiver]]\nrule = 'format-of-change'\npath = 'src'\nreason = 'tables'\nexpires = {day}\n"
        )
    };
    for (day, expected, code) in [
        ("2999-12-31", vec!["waived[format-of-change]"], 0),
        ("2020-01-31", vec!["deny[format-of-change]", "warn[waivers-count]"], 100),
    ] {
        let desk = repository(&[(CONFIGURATION, &entry(day))]);
        desk.write("kit/src/lib.rs", &unformatted());
        let said = gate(&desk, &[]);
        assert_eq!((heads(&said), said.code), (expected, Some(code)), "{said:?}");
    }
}

#[test]
fn a_firm_rule_cannot_be_waived() {
    let waiver = "[[gate.waiver]]\nrule = 'judges-agreed'\npath = 'build.rs'\nreason = 'r'\nexpires = 2999-12-31\n\
                  [[gate.waiver]]\nrule = 'biuld'\npath = 'src'\nreason = 'r'\nexpires = 2999-12-31\n";
    let desk = repository(&[(CONFIGURATION, waiver)]);
    desk.write("kit/build.rs", "//! Nothing.\nfn main() {}\n");
    let said = gate(&desk, &[]);
    let expected = ["ask[judges-agreed]", "warn[waivers-count]", "warn[waivers-count]"];
    assert_eq!((heads(&said), said.code), (expected.to_vec(), Some(105)), "{said:?}");
    assert!(said.out.contains("firm") && said.out.contains("did you mean `build`?"), "{said:?}");
}

#[test]
fn a_baseline_holds_what_was_there_and_nothing_new() {
    let desk = repository(&[]);
    let all = gate(&desk, &["--all"]);
    assert_eq!((heads(&all), all.code), (vec!["deny[change-covered]"], Some(100)), "{all:?}");
    let recorded = gate(&desk, &["--baseline"]);
    assert_eq!(recorded.code, Some(0), "{recorded:?}");
    let kit = desk.path("kit");
    assert_eq!(
        tool(&kit, "git", &["status", "--porcelain", "--untracked-files=all"]),
        "?? .config/gryph/baseline.json\n"
    );
    let proposed = gate(&desk, &[]);
    assert_eq!((heads(&proposed), proposed.code), (vec!["ask[judges-agreed]"], Some(105)), "{proposed:?}");
    tool(&kit, "git", &["add", "."]);
    tool(&kit, "git", &["commit", "--quiet", "-m", "What is known"]);
    let known = gate(&desk, &["--all"]);
    assert_eq!((heads(&known), known.code), (vec![], Some(0)), "{known:?}");
    assert!(known.out.contains("1 known"), "{known:?}");
    desk.write("kit/src/lib.rs", &unformatted());
    let new = gate(&desk, &["--all"]);
    assert_eq!((heads(&new), new.code), (vec!["deny[format-of-change]"], Some(100)), "{new:?}");
}

#[test]
fn profiles_tighten_and_code_of_a_machine_is_held_to_more() {
    let unwrapping = KIT.replace(
        "price - price * percent.min(100) / 100",
        "price.checked_sub(price * percent.min(100) / 100).unwrap()",
    );
    let desk = repository(&[(CONFIGURATION, "[gate]\nprofile = 'default'\n")]);
    desk.write("kit/src/lib.rs", &unwrapping);
    let of = |more: &[&str]| {
        let said = gate(&desk, more);
        (heads(&said).into_iter().map(str::to_owned).collect::<Vec<_>>(), said.code)
    };
    let only = |head: &str, code| (vec![head.to_owned()], Some(code));
    assert_eq!(of(&[]), only("warn[no-new-unwraps]", 0));
    assert_eq!(of(&["--profile", "strict"]), only("ask[no-new-unwraps]", 105));
    let kit = desk.path("kit");
    tool(&kit, "git", &["commit", "--quiet", "-am", "Check\n\nGryph-Run: 20261126-000000-0000"]);
    let both = ["ask[provenance]", "deny[no-new-unwraps]"].map(str::to_owned).to_vec();
    assert_eq!(of(&["--base", "HEAD~1"]), (both, Some(100)), "nor is it attested");
    tool(&kit, "git", &["commit", "--quiet", "--amend", "-m", "Check"]);
    assert_eq!(of(&["--base", "HEAD~1"]), only("warn[no-new-unwraps]", 0));

    let desk = repository(&[(CONFIGURATION, "[gate]\nprofile = 'strict'\n")]);
    desk.write("kit/src/lib.rs", &unwrapping);
    desk.write(CONFIGURATION, "");
    let softened = gate(&desk, &[]);
    assert_eq!(heads(&softened), ["ask[judges-agreed]", "ask[no-new-unwraps]"], "{softened:?}");
    let looser = gate(&desk, &["--profile", "default"]);
    assert_eq!(looser.code, Some(2), "{looser:?}");
    assert!(looser.err.contains("may only be tightened"), "{looser:?}");
}
