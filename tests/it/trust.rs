//! Approvals and provenance from end to end: a person's yes holds for exactly what they saw, nothing approves itself, and
//! a generated commit holds what its run wrote.

use crate::desk::{Desk, Said, tool};
use crate::fix::{LARGEST, committed, workspace};

/// Something small, with a test.
const KIT: &str = "//! Numbers.\n\n/// One more.\npub fn more(number: u32) -> u32 {\n    number + 1\n}\n\n\
    #[cfg(test)]\nmod tests {\n    #[test]\n    fn adds() {\n        assert_eq!(super::more(4), 5);\n    }\n}\n";

/// Runs a verb in the kit, with variables; the home is the desk's own unless it is among them.
fn run(desk: &Desk, arguments: &[&str], variables: &[(&str, &str)]) -> Said {
    let mut command = desk.command(arguments);
    command.envs(variables.iter().copied()).current_dir(desk.path("kit"));
    Said::of(command.output().unwrap())
}

fn gate(desk: &Desk, more: &[&str], variables: &[(&str, &str)]) -> Said {
    run(desk, &[&["gate", "--no-faults"], more].concat(), variables)
}

fn approve(desk: &Desk, more: &[&str]) -> Said {
    run(
        desk,
        &[&["approve", "--no-faults", "--by", "ann", "--reason", "needed for tests"], more].concat(),
        &[],
    )
}

/// A repository with an open question: what steers Cargo is new.
fn asked(desk: &Desk) {
    workspace(desk, KIT);
    committed(desk);
    desk.write("kit/.cargo/config.toml", "[build]\n");
}

/// The only file below a directory.
fn only_file(desk: &Desk, directory: &str) -> String {
    let mut path = directory.to_owned();
    while desk.path(&path).is_dir() {
        let names = desk.names(&path);
        assert_eq!(names.len(), 1, "{path}: {names:?}");
        path = format!("{path}/{}", names[0]);
    }
    path
}

fn read(desk: &Desk, path: &str) -> String {
    std::fs::read_to_string(desk.path(path)).unwrap()
}

#[test]
fn a_yes_holds_for_what_was_shown_wherever_it_is_given() {
    let desk = Desk::new();
    asked(&desk);
    let open = gate(&desk, &[], &[]);
    assert_eq!(open.code, Some(105), "{open:?}");
    assert!(open.err.contains("cargo gryph approve --reason"), "{}", open.err);
    let yes = approve(&desk, &[]);
    assert_eq!(yes.code, Some(0), "{yes:?}");
    assert!(yes.out.contains("ask[judges-agreed]") && yes.out.contains("approved by ann"), "{yes:?}");
    let allowed = gate(&desk, &[], &[]);
    assert_eq!(allowed.code, Some(0), "{allowed:?}");
    assert!(
        allowed.out.contains("Approved by ann, in ") && allowed.out.contains(": needed for tests"),
        "{allowed:?}"
    );
    assert_eq!(tool(&desk.path("kit"), "git", &["status", "--porcelain"]), "?? .cargo/\n");

    // Another machine: nothing is known there but what is given.
    let kept = only_file(&desk, "home/approvals");
    let text = read(&desk, &kept);
    let elsewhere = desk.path("elsewhere").display().to_string();
    let home = ("GRYPH_HOME", elsewhere.as_str());
    assert_eq!(gate(&desk, &[], &[home]).code, Some(105));
    let by_variable = gate(&desk, &["--message-format", "json"], &[home, ("GRYPH_APPROVAL", &text)]);
    let last = by_variable.objects().into_iter().rfind(|line| line["reason"] == "decision").unwrap();
    assert_eq!((by_variable.code, &last["approval"]["by"]), (Some(0), &"ann".into()), "{by_variable:?}");
    let file = desk.path(&kept).display().to_string();
    assert_eq!(gate(&desk, &["--approval", &file], &[home]).code, Some(0));

    // In the change itself it is worth nothing, under whatever name.
    desk.write("kit/.gryph/approvals/ours.json", &text);
    let own = gate(&desk, &[], &[home]);
    assert_eq!(own.code, Some(105), "{own:?}");
    assert!(own.err.contains("a change cannot approve itself"), "{}", own.err);
    let named = gate(&desk, &["--approval", ".gryph/approvals/ours.json"], &[home]);
    assert_eq!(named.code, Some(2), "{named:?}");
    std::fs::remove_dir_all(desk.path("kit/.gryph")).unwrap();
    desk.write(&kept.replace("home/", "kit/cache/"), &text);
    desk.write("kit/cache/.gitignore", "*\n");
    let stored = gate(&desk, &[], &[("GRYPH_HOME", &desk.path("kit/cache").display().to_string())]);
    assert_eq!(stored.code, Some(105), "{stored:?}");
    assert!(
        !stored.err.contains("does not count"),
        "what lies in the repository was looked at: {}",
        stored.err
    );
    std::fs::remove_dir_all(desk.path("kit/cache")).unwrap();

    // And for something else it is none.
    desk.write("kit/.cargo/config.toml", "[build]\njobs = 2\n");
    let changed = gate(&desk, &[], &[]);
    assert_eq!(changed.code, Some(105), "{changed:?}");
    assert!(changed.err.contains("the approval of `ann` is for another tree"), "{}", changed.err);
}

#[test]
fn a_refusal_cannot_be_approved() {
    let desk = Desk::new();
    workspace(&desk, KIT);
    committed(&desk);
    desk.write("kit/src/lib.rs", KIT.split("\n#[cfg(test)]").next().unwrap());
    let refused = approve(&desk, &[]);
    assert_eq!(refused.code, Some(100), "{refused:?}");
    assert!(refused.out.contains("No approval changes that."), "{refused:?}");
    assert!(desk.names("home/approvals").is_empty() && desk.names("kit/.gryph").is_empty());
    desk.write("kit/.gitignore", "/target\n");
    let without = gate(&desk, &["--sbom", "bill.json"], &[]);
    assert_eq!(without.code, Some(2), "{without:?}");
    desk.write("kit/Cargo.lock", "version = 4\n\n[[package]]\nname = \"kit\"\nversion = \"0.1.0\"\n");
    let bill = desk.path("bill.json").display().to_string();
    assert_eq!(gate(&desk, &["--sbom", &bill], &[]).code, Some(100));
    assert!(read(&desk, "bill.json").contains("\"specVersion\": \"1.5\""));
}

/// A key of the desk; the line of its public half.
fn key(desk: &Desk, name: &str) -> String {
    let made = desk.gryph(&["key", "new", &format!("{name}.key"), "--name", name]);
    assert_eq!(made.code, Some(0), "{made:?}");
    use std::os::unix::fs::PermissionsExt as _;
    let mode = std::fs::metadata(desk.path(&format!("{name}.key"))).unwrap().permissions().mode();
    assert_eq!(mode & 0o777, 0o600);
    let secret = read(desk, &format!("{name}.key"));
    let secret = secret.trim().rsplit(':').next().unwrap();
    assert!(!made.out.contains(secret) && !made.err.contains(secret), "a secret was printed");
    made.out
}

#[test]
fn only_a_key_that_the_base_trusts_signs() {
    let desk = Desk::new();
    let trust = key(&desk, "ann");
    key(&desk, "eve");
    desk.write("kit/.config/gryph.toml", &trust);
    asked(&desk);
    let unsigned = approve(&desk, &[]);
    assert_eq!(unsigned.code, Some(2), "{unsigned:?}");
    assert!(unsigned.err.contains("the base trusts keys (ann)"), "{}", unsigned.err);
    let other = approve(&desk, &["--key", "../eve.key"]);
    assert_eq!(other.code, Some(2), "{other:?}");
    assert!(other.err.contains("the base does not trust the key `eve`"), "{}", other.err);
    let yes = approve(&desk, &["--key", "../ann.key"]);
    assert_eq!(yes.code, Some(0), "{yes:?}");
    let file = only_file(&desk, "kit/.gryph/approvals");
    let elsewhere = desk.path("elsewhere").display().to_string();
    let home = [("GRYPH_HOME", elsewhere.as_str())];
    tool(&desk.path("kit"), "git", &["add", "."]);
    tool(&desk.path("kit"), "git", &["commit", "--quiet", "-m", "Settings of Cargo"]);
    let allowed = gate(&desk, &["--base", "HEAD~1"], &home);
    assert_eq!(allowed.code, Some(0), "{allowed:?}");
    assert!(allowed.out.contains("Approved by ann with the key `ann`"), "{}", allowed.out);
    desk.write(&file, &read(&desk, &file).replace("needed for tests", "fine in every way"));
    let forged = gate(&desk, &["--base", "HEAD~1"], &home);
    assert_eq!(forged.code, Some(105), "{forged:?}");
    assert!(forged.err.contains("is not signed by a key that the base trusts"), "{}", forged.err);
    desk.write("kit/.config/gryph.toml", "[trust]\nkeys = [\"ann\"]\n");
    let broken = gate(&desk, &[], &home);
    assert_eq!(broken.code, Some(2), "{broken:?}");
}

#[test]
fn a_generated_commit_holds_what_its_run_wrote() {
    let desk = Desk::new();
    let trust = key(&desk, "ann");
    desk.write("kit/.config/gryph.toml", &trust);
    workspace(&desk, LARGEST);
    committed(&desk);
    let kit = desk.path("kit");
    let fixed = run(&desk, &["fix", "--no-model", "--key", "../ann.key"], &[]);
    assert_eq!(fixed.code, Some(0), "{fixed:?}");
    assert_eq!(tool(&kit, "git", &["status", "--porcelain"]), "");
    let attestation = only_file(&desk, "kit/.gryph/attestations");
    assert!(tool(&kit, "git", &["log", "-1", "--format=%b"]).contains("Gryph-Attestation: "));
    let demanding = ["--base", "HEAD~1", "--require-provenance"];
    let allowed = gate(&desk, &demanding, &[]);
    assert_eq!(allowed.code, Some(0), "{allowed:?}");

    // Somebody edits the commit and leaves it looking as it did.
    let source = read(&desk, "kit/src/lib.rs");
    desk.write("kit/src/lib.rs", &source.replace("//! Numbers.", "//! Numbers, and more."));
    tool(&kit, "git", &["commit", "--quiet", "--all", "--amend", "--no-edit"]);
    let edited = gate(&desk, &["--base", "HEAD~1"], &[]);
    assert_eq!(edited.code, Some(105), "{edited:?}");
    assert!(edited.out.contains("this file is not as the run wrote it"), "{}", edited.out);
    assert_eq!(gate(&desk, &demanding, &[]).code, Some(100));

    // The attestation goes as well.
    desk.write("kit/src/lib.rs", &source);
    std::fs::remove_file(desk.path(&attestation)).unwrap();
    tool(&kit, "git", &["commit", "--quiet", "--all", "--amend", "--no-edit"]);
    let missing = gate(&desk, &["--base", "HEAD~1"], &[]);
    assert_eq!(missing.code, Some(105), "{missing:?}");
    assert!(missing.out.contains("the attestation that it names is not in it"), "{}", missing.out);
}

#[test]
fn without_a_key_nothing_is_signed_and_that_is_told_where_it_matters() {
    let desk = Desk::new();
    workspace(&desk, LARGEST);
    committed(&desk);
    let fixed = run(&desk, &["fix", "--no-model"], &[]);
    assert_eq!(fixed.code, Some(0), "{fixed:?}");
    let statement: serde_json::Value =
        serde_json::from_str(&read(&desk, &only_file(&desk, "kit/.gryph/attestations"))).unwrap();
    assert_eq!(statement["_type"], "https://in-toto.io/Statement/v1");
    assert_eq!(statement["subject"][0]["name"], "src/lib.rs");
    let plain = gate(&desk, &["--base", "HEAD~1"], &[]);
    assert_eq!(plain.code, Some(0), "{plain:?}");
    assert!(plain.out.ends_with("The gate allows this: nothing was found.\n"), "{}", plain.out);
    let demanded = gate(&desk, &["--base", "HEAD~1", "--require-provenance"], &[]);
    assert_eq!(demanded.code, Some(100), "{demanded:?}");
    assert!(demanded.out.contains("deny[provenance-signed]"), "{}", demanded.out);
}
