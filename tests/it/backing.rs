//! Services on the servers that they are run with elsewhere: PostgreSQL as the database, NATS with JetStream as the broker.
//! Their own tests find them by the variables that are looked for here.

use crate::factory::{SERVICES, filled, laid_out};
use crate::scaffold::cargo_says;

/// What the tests of a service say, of which the specification is changed first.
fn tests_of(name: &str, change: impl Fn(&str) -> String, arguments: &[&str]) -> String {
    let spec = SERVICES.iter().find(|(one, _)| *one == name).unwrap().1;
    let folder = tempfile::tempdir().unwrap();
    laid_out(&filled(&change(spec)), folder.path());
    let (passed, said) = cargo_says(folder.path(), &[&["test"], arguments].concat());
    assert!(passed, "{name}: {said}");
    for line in said.lines().filter(|line| line.starts_with("test result")) {
        println!("{name}: {line}");
    }
    said
}

/// `TEST_DATABASE_URL=postgres://…` names a server, of which each test takes a schema of its own.
#[test]
fn the_ledger_keeps_its_rows_in_postgresql() {
    if std::env::var_os("TEST_DATABASE_URL").is_none() {
        println!("TEST_DATABASE_URL is not set: no service is tried on PostgreSQL");
        return;
    }
    tests_of("ledger", str::to_owned, &["--features", "postgresql"]);
}

/// `NATS_URL=nats://…` names a server with JetStream.
#[test]
fn the_chat_passes_its_events_through_nats() {
    if std::env::var_os("NATS_URL").is_none() {
        println!("NATS_URL is not set: no service is tried on NATS");
        return;
    }
    let with_nats = |spec: &str| spec.replace("broker = \"in-process\"", "broker = \"nats\"");
    let said = tests_of("chat", with_nats, &["--", "--nocapture"]);
    assert!(said.contains("test nats::") && !said.contains("skipped: NATS_URL"), "{said}");
}
