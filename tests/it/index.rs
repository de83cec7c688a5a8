//! `cargo gryph index` and `search` from end to end, without a model: by words, and by hashes in the place of vectors.

use crate::desk::{Desk, Said};
use crate::fix::{committed, workspace};
use crate::gate::vendored;

const KIT: &str = "//! Counts.\n\n/// Adds the count of one customer to the ledger.\npub fn book_customer(number: u32) -> u32 {\n    \
    number + humble_of_ours::ONE\n}\n\n/// A page of the ledger.\npub struct LedgerPage {\n    /// Its lines.\n    pub lines: Vec<String>,\n}\n\n\
    #[cfg(test)]\nmod tests {\n    #[test]\n    fn a_customer_is_booked() {\n        assert_eq!(super::book_customer(2), 3);\n    }\n}\n";

fn desk() -> Desk {
    let desk = Desk::new();
    workspace(&desk, KIT);
    vendored(&desk);
    committed(&desk);
    desk
}

fn said(desk: &Desk, arguments: &[&str]) -> Said {
    Said::of(desk.command(arguments).current_dir(desk.path("kit")).output().unwrap())
}

fn indexed(desk: &Desk) -> Said {
    let said = said(desk, &["index", "--hashing", "--offline"]);
    assert_eq!(said.code, Some(0), "{}{}", said.out, said.err);
    said
}

fn paths(desk: &Desk, arguments: &[&str]) -> Vec<String> {
    let said = said(desk, &[&["search", "--json"], arguments].concat());
    assert_eq!(said.code, Some(0), "{}{}", said.out, said.err);
    said.objects().iter().map(|hit| hit["path"].as_str().unwrap().to_owned()).collect()
}

#[test]
fn what_a_workspace_can_build_on_is_found_by_what_it_does() {
    let desk = desk();
    let first = indexed(&desk);
    assert!(first.err.contains("2 sources, 2 files"), "{}", first.err);
    assert!(first.err.contains("vectors by hashing-1"), "{}", first.err);
    assert_eq!(paths(&desk, &["add a customer's count"])[0], "kit::book_customer");
    assert_eq!(
        paths(&desk, &["one", "--crate", "humble-of-ours", "--kind", "const"]),
        ["humble_of_ours::ONE"]
    );
    assert_eq!(paths(&desk, &["ledger", "--kind", "struct"]), ["kit::LedgerPage"]);
    assert_eq!(paths(&desk, &["customer", "--kind", "test"]), ["kit::tests::a_customer_is_booked"]);
    assert!(paths(&desk, &["customer", "--returns", "String"]).is_empty());
    let shown = said(&desk, &["search", "book a customer"]);
    let head = "kit::book_customer (kit src/lib.rs:4)\n    pub fn book_customer(number: u32) -> u32\n";
    assert!(shown.out.starts_with(head), "{}", shown.out);
    // A member's own code lies in `kit`, the vendored crate has its version.
    let hit = &said(&desk, &["search", "--json", "humble one"]).objects()[0];
    assert_eq!((hit["crate"].as_str(), hit["version"].as_str()), (Some("humble_of_ours"), Some("1.0.0")));
}

#[test]
fn only_what_changed_is_read_again() {
    let desk = desk();
    indexed(&desk);
    assert!(indexed(&desk).err.contains("0 files and 0 items new"));
    desk.write("kit/src/lib.rs", &KIT.replace("book_customer", "enter_customer"));
    assert!(indexed(&desk).err.contains("1 files and"));
    let found = paths(&desk, &["enter customer"]);
    assert_eq!(found[0], "kit::enter_customer");
    assert!(!paths(&desk, &["customer"]).contains(&"kit::book_customer".to_owned()));
    desk.write("kit/src/lib.rs", "//! Nothing.\n");
    indexed(&desk);
    assert!(!paths(&desk, &["customer"]).iter().any(|path| path.starts_with("kit::enter")));
}

#[test]
fn secrets_are_not_indexed() {
    let desk = desk();
    let key = ["AK", "IA5QX7RMTB2LW4ZKDN"].concat();
    desk.write(
        "kit/src/lib.rs",
        &format!("{KIT}\n/// The bucket's key.\npub const BUCKET_KEY: &str = \"{key}\";\n"),
    );
    indexed(&desk);
    let said = said(&desk, &["search", "--json", "bucket key"]);
    assert!(said.out.contains("kit::BUCKET_KEY"), "{}", said.out);
    assert!(!said.out.contains(&key) && paths(&desk, &["--words", &key]).is_empty(), "{}", said.out);
}

#[test]
fn without_an_index_it_says_what_to_do() {
    let desk = desk();
    let none = said(&desk, &["search", "customer"]);
    assert_eq!(none.code, Some(106), "{}{}", none.out, none.err);
    assert!(none.err.contains("run `cargo gryph index`"), "{}", none.err);
    let other = Desk::new();
    let outside =
        Said::of(other.command(&["search", "customer"]).current_dir(other.root()).output().unwrap());
    assert_eq!(outside.code, Some(2), "{}", outside.err);
}

#[test]
fn vectors_of_two_makers_are_never_mixed() {
    let desk = desk();
    indexed(&desk);
    desk.write("home/index/v1/embedder", "another-model");
    let said = indexed(&desk);
    assert!(said.err.contains("made anew") && said.err.contains("2 files"), "{}", said.err);
    assert_eq!(paths(&desk, &["add a customer's count"])[0], "kit::book_customer");
}
