//! Claims about the ledger as a whole.

use std::collections::BTreeMap;
use std::io::Write as _;
use std::ops::ControlFlow;
use std::time::Duration;

use serde_json::json;

use super::*;
use crate::process::{Exit, Invocation, Limits, capture, run_watched};

fn run(second: i64) -> RunId {
    RunId::new(jiff::Timestamp::from_second(1_795_271_130 + second).unwrap(), 0x4f2a)
}

fn begin(run: &RunId) -> Begin {
    Begin { run: run.clone(), verb: "new".to_owned(), started: 1_795_271_130, work: None }
}

fn receipt(run: &RunId) -> Receipt {
    let digest = Digest::of(b"x");
    Receipt {
        run: run.clone(),
        verb: "new".to_owned(),
        tool: "0.1.0".to_owned(),
        dest: PathBuf::from("/dest"),
        tree: digest,
        commit: Some("c0ffee".to_owned()),
        spec: digest,
        templates: Some(digest),
        policy: digest,
        evidence: digest,
        model: None,
        prompts: vec![digest],
        seeds: vec![1],
        verdicts: VerdictCounts::default(),
        timings: BTreeMap::new(),
        confinement: Confinement::Sandboxed(vec!["landlock".to_owned()]),
        toolchain: "rustc 1.95.0".to_owned(),
        accepted: Vec::new(),
        left_out: Vec::new(),
        reconciled: false,
    }
}

fn prepared(run: &RunId, beside: &Path) -> Prepared {
    Prepared {
        kind: PreparedKind::Project,
        tree: Digest::of(b"tree"),
        staging: beside.join(format!(".dest.gryph-{run}")),
        dest: beside.join("dest"),
        receipt: Receipt { commit: None, ..receipt(run) },
    }
}

fn commit(ledger: &Ledger, second: i64) {
    let run = run(second);
    let _live = ledger.begin(&begin(&run)).unwrap();
    ledger.prepared(&run, &prepared(&run, Path::new("/nowhere"))).unwrap();
    ledger.committed(&run, &receipt(&run)).unwrap();
}

fn open(dir: &tempfile::TempDir) -> Ledger {
    Ledger::open(dir.path()).unwrap()
}

#[test]
fn a_run_goes_its_way_and_no_other() {
    let dir = tempfile::tempdir().unwrap();
    let ledger = open(&dir);
    let run = run(0);
    let _live = ledger.begin(&begin(&run)).unwrap();
    assert!(matches!(ledger.begin(&begin(&run)), Err(LedgerError::Exists(_))));
    let early = ledger.committed(&run, &receipt(&run));
    assert!(matches!(early, Err(LedgerError::State { found: "begun", wanted: "committed", .. })));
    ledger.prepared(&run, &prepared(&run, dir.path())).unwrap();
    ledger.committed(&run, &receipt(&run)).unwrap();
    assert!(matches!(ledger.failed(&run, "late", &json!(null)), Err(LedgerError::State { .. })));
    assert_eq!(ledger.show(run.as_str()).unwrap().state, State::Committed { receipt: 1 });
    assert_eq!(ledger.receipt(1).unwrap().receipt, receipt(&run));
}

#[test]
fn a_run_is_found_by_a_unique_prefix() {
    let dir = tempfile::tempdir().unwrap();
    let ledger = open(&dir);
    for second in [0, 1, 100] {
        commit(&ledger, second);
    }
    assert_eq!(ledger.runs().unwrap().len(), 3);
    assert_eq!(ledger.show("20261121-1427").unwrap().run, run(100));
    assert!(
        matches!(ledger.show("20261121-1425"), Err(LedgerError::Ambiguous { fitting, .. }) if fitting.len() == 2)
    );
    assert!(matches!(ledger.show("1999"), Err(LedgerError::Unknown(_))));
}

#[test]
fn drafts_are_kept_by_run_and_replaced() {
    let dir = tempfile::tempdir().unwrap();
    let ledger = open(&dir);
    commit(&ledger, 0);
    assert_eq!(ledger.draft("2026").unwrap(), None);
    for filled in [1, 2] {
        let draft = Draft { spec: Digest::of(b"spec"), content: json!({ "filled": filled }) };
        ledger.save_draft(&run(0), &draft).unwrap();
        assert_eq!(ledger.draft("2026").unwrap(), Some((run(0), draft)));
    }
}

#[test]
fn the_map_grows_when_it_is_full() {
    let dir = tempfile::tempdir().unwrap();
    let ledger = open(&dir);
    commit(&ledger, 0);
    let content = json!("x".repeat(3 << 20));
    ledger.save_draft(&run(0), &Draft { spec: Digest::of(b""), content: content.clone() }).unwrap();
    drop(ledger);
    let again = open(&dir);
    assert_eq!(again.draft("2026").unwrap().unwrap().1.content, content);
}

/// What a change to the stored bytes of receipt 2 of 3 leads to.
fn verify_after(change: impl FnOnce(&Ledger)) -> Result<u64, LedgerError> {
    let dir = tempfile::tempdir().unwrap();
    let ledger = open(&dir);
    for second in 0..3 {
        commit(&ledger, second);
    }
    assert_eq!(ledger.verify().unwrap(), 3);
    change(&ledger);
    ledger.verify()
}

#[test]
fn a_changed_receipt_breaks_the_chain() {
    let flipped = verify_after(|ledger| {
        let mut bytes = ledger.store.get_raw(&receipt::key(2));
        let at = bytes.windows(4).position(|window| window == b"1.95").unwrap();
        bytes[at + 3] = b'6';
        ledger.store.put_raw(&receipt::key(2), &bytes);
    });
    assert!(matches!(flipped, Err(LedgerError::Damaged { .. })), "{flipped:?}");
    for (number, found_at) in [(2, 3), (3, 3)] {
        let forged = verify_after(|ledger| {
            let mut link = ledger.receipt(number).unwrap();
            link.receipt.toolchain = "another".to_owned();
            let (_, bytes) = store::encode("", &link).unwrap_or_else(|_| unreachable!());
            ledger.store.put_raw(&receipt::key(number), &bytes);
        });
        assert!(
            matches!(forged, Err(LedgerError::Broken { sequence, .. }) if sequence == found_at),
            "{forged:?}"
        );
    }
}

#[test]
fn a_removed_or_added_receipt_breaks_the_chain() {
    let added = verify_after(|ledger| {
        let link = Link { sequence: 4, ..ledger.receipt(3).unwrap() };
        let (_, bytes) = store::encode("", &link).unwrap_or_else(|_| unreachable!());
        ledger.store.put_raw(&receipt::key(4), &bytes);
    });
    assert!(matches!(added, Err(LedgerError::Broken { .. })), "{added:?}");
    let renumbered = verify_after(|ledger| {
        let bytes = ledger.store.get_raw(&receipt::key(1));
        ledger.store.put_raw(&receipt::key(2), &bytes);
    });
    assert!(matches!(renumbered, Err(LedgerError::Broken { sequence: 2, .. })), "{renumbered:?}");
}

#[test]
fn a_record_of_a_later_version_is_named_and_not_guessed_at() {
    let dir = tempfile::tempdir().unwrap();
    let ledger = open(&dir);
    commit(&ledger, 0);
    let mut bytes = ledger.store.get_raw(&run_key(&run(0)));
    bytes[0] = 9;
    ledger.store.put_raw(&run_key(&run(0)), &bytes);
    assert!(matches!(ledger.runs(), Err(LedgerError::Newer { found: 9, .. })));
}

#[test]
fn a_damaged_ledger_is_an_error_with_a_way_out_and_is_left_as_it_is() {
    for content in [b"not a database".to_vec(), vec![0; 8192], vec![0xff; 20_000]] {
        let dir = tempfile::tempdir().unwrap();
        std::fs::write(dir.path().join("data.mdb"), &content).unwrap();
        let Err(error) = Ledger::open(dir.path()) else { panic!("opened") };
        assert!(error.hint().is_some_and(|hint| hint.contains("move")), "{error}");
        assert_eq!(std::fs::read(dir.path().join("data.mdb")).unwrap(), content);
    }
}

#[test]
fn a_ledger_that_was_cut_off_is_an_error_and_not_a_signal() {
    let whole = tempfile::tempdir().unwrap();
    let ledger = open(&whole);
    for second in 0..40 {
        commit(&ledger, second);
    }
    drop(ledger);
    let bytes = std::fs::read(whole.path().join("data.mdb")).unwrap();
    for length in [10, 4096, 8192, 12_288] {
        let dir = tempfile::tempdir().unwrap();
        std::fs::write(dir.path().join("data.mdb"), &bytes[..length]).unwrap();
        assert!(matches!(Ledger::open(dir.path()), Err(LedgerError::Unusable { .. })), "{length} bytes");
    }
}

fn lacks(_: &Prepared) -> Disk {
    Disk::Lacks
}

#[test]
fn a_dead_run_is_settled_and_a_living_one_is_not_touched() {
    let dir = tempfile::tempdir().unwrap();
    let ledger = open(&dir);
    let work = |run: &RunId| dir.path().join(format!("work-{run}"));
    let mut living = Vec::new();
    for second in 0..2 {
        let run = run(second);
        std::fs::create_dir(work(&run)).unwrap();
        living.push(ledger.begin(&Begin { work: Some(work(&run)), ..begin(&run) }).unwrap());
    }
    assert_eq!(ledger.reconcile(&lacks).unwrap(), []);
    drop(living.pop());
    let settled = Settled::Interrupted;
    assert_eq!(ledger.reconcile(&lacks).unwrap(), [Reconciled { run: run(1), settled }]);
    assert!(work(&run(0)).exists() && !work(&run(1)).exists());
    assert_eq!(ledger.reconcile(&lacks).unwrap(), []);
}

#[test]
fn the_disk_decides_what_a_dead_prepared_run_became() {
    let cases = [
        (Disk::Holds { commit: Some("c0ffee".to_owned()) }, Settled::Committed, "committed"),
        (Disk::Lacks, Settled::Interrupted, "failed"),
        (Disk::Unknown("no git".to_owned()), Settled::Open("no git".to_owned()), "prepared"),
    ];
    for (disk, settled, state) in cases {
        let dir = tempfile::tempdir().unwrap();
        let ledger = open(&dir);
        let run = run(0);
        drop(ledger.begin(&begin(&run)).unwrap());
        let prepared = prepared(&run, dir.path());
        std::fs::create_dir_all(prepared.staging.join("src")).unwrap();
        ledger.prepared(&run, &prepared).unwrap();
        let found = ledger.reconcile(&|_| disk.clone()).unwrap();
        assert_eq!(found, [Reconciled { run: run.clone(), settled }]);
        assert_eq!(ledger.show(run.as_str()).unwrap().state.name(), state);
        assert!(!prepared.staging.exists());
    }
}

#[test]
fn what_a_dead_change_left_is_there_while_it_is_looked_at() {
    let cases = [
        (Disk::Holds { commit: None }, "committed", false),
        (Disk::Lacks, "failed", false),
        (Disk::Unknown("no git".to_owned()), "prepared", true),
    ];
    for (disk, state, stays) in cases {
        let dir = tempfile::tempdir().unwrap();
        let ledger = open(&dir);
        let run = run(0);
        let work = dir.path().join(format!("work-{run}"));
        let begin = Begin { work: Some(work.clone()), ..begin(&run) };
        drop(ledger.begin(&begin).unwrap());
        let staging = work.join(format!("journal-{run}"));
        std::fs::create_dir_all(&staging).unwrap();
        let prepared =
            Prepared { kind: PreparedKind::Change, staging: staging.clone(), ..prepared(&run, dir.path()) };
        ledger.prepared(&run, &prepared).unwrap();
        let look = |prepared: &Prepared| {
            assert!(prepared.staging.exists());
            disk.clone()
        };
        ledger.reconcile(&look).unwrap();
        assert_eq!(ledger.show(run.as_str()).unwrap().state.name(), state);
        assert_eq!((staging.exists(), work.exists()), (stays, stays), "{state}");
    }
}

#[test]
fn records_of_the_first_version_are_still_read() {
    let dir = tempfile::tempdir().unwrap();
    let ledger = open(&dir);
    let run = run(0);
    drop(ledger.begin(&begin(&run)).unwrap());
    ledger.prepared(&run, &prepared(&run, dir.path())).unwrap();
    let record = ledger.show(run.as_str()).unwrap();
    let mut old = serde_json::to_value(&record).unwrap();
    assert!(old["state"]["prepared"].as_object_mut().unwrap().remove("kind").is_some());
    let (_, mut bytes) = store::encode("", &old).unwrap_or_else(|_| unreachable!());
    bytes[0] = 1;
    ledger.store.put_raw(&run_key(&run), &bytes);
    assert_eq!(ledger.show(run.as_str()).unwrap(), record);
}

#[test]
fn a_reconciled_receipt_says_so_and_names_the_commit() {
    let dir = tempfile::tempdir().unwrap();
    let ledger = open(&dir);
    let run = run(0);
    drop(ledger.begin(&begin(&run)).unwrap());
    ledger.prepared(&run, &prepared(&run, dir.path())).unwrap();
    ledger.reconcile(&|_| Disk::Holds { commit: Some("c0ffee".to_owned()) }).unwrap();
    let receipt = ledger.receipt(1).unwrap().receipt;
    assert_eq!((receipt.commit.as_deref(), receipt.reconciled), (Some("c0ffee"), true));
    assert_eq!(ledger.verify().unwrap(), 1);
}

#[test]
fn a_record_cannot_remove_a_directory_that_is_not_its_own() {
    let dir = tempfile::tempdir().unwrap();
    let ledger = open(&dir);
    let precious = dir.path().join("precious");
    std::fs::create_dir(&precious).unwrap();
    drop(ledger.begin(&Begin { work: Some(precious.clone()), ..begin(&run(0)) }).unwrap());
    let found = ledger.reconcile(&lacks).unwrap();
    assert!(matches!(found[0].settled, Settled::Open(_)));
    assert!(precious.exists());
}

/// Orders for the child of the two tests below, and for nobody else.
const CHILD: &str = "GRYPH_TEST_LEDGER_CHILD";

/// The child: commits so many runs, beginning at a second. Without orders it has nothing to do.
#[test]
fn child_that_writes() {
    let Some(orders) = std::env::var_os(CHILD) else { return };
    let orders = orders.into_string().unwrap();
    let [dir, first, count] = orders.split(' ').collect::<Vec<_>>()[..] else { panic!("{orders}") };
    let ledger = Ledger::open(Path::new(dir)).unwrap();
    let first: i64 = first.parse().unwrap();
    if count == "0" {
        let content = json!("x".repeat(3 << 20));
        ledger.save_draft(&run(first), &Draft { spec: Digest::of(b""), content }).unwrap();
    }
    for second in first..first + count.parse::<i64>().unwrap() {
        commit(&ledger, second);
        writeln!(std::io::stdout(), "committed").unwrap();
    }
}

fn child(dir: &Path, first: i64, count: i64) -> Invocation {
    let orders = format!("{} {first} {count}", dir.display());
    Invocation {
        program: std::env::current_exe().unwrap(),
        args: ["--exact", "ledger::tests::child_that_writes", "--nocapture"].map(Into::into).into(),
        cwd: dir.to_owned(),
        env: [(CHILD.into(), orders.into())].into(),
        ..Invocation::default()
    }
}

const LIMITS: Limits = Limits { wall: Duration::from_secs(120), output_bytes: 1 << 20 };

#[tokio::test(flavor = "multi_thread")]
async fn a_process_killed_while_it_writes_loses_nothing_that_it_reported() {
    let dir = tempfile::tempdir().unwrap();
    for round in 0..3 {
        let first = round * 10_000;
        let mut reported = 0;
        // The kill comes after a report, so somewhere inside the next write.
        let mut watch = |line: &[u8]| {
            reported += u64::from(line.ends_with(b"committed"));
            if reported == 3 + round as u64 { ControlFlow::Break(()) } else { ControlFlow::Continue(()) }
        };
        let output = run_watched(&child(dir.path(), first, 10_000), &LIMITS, &mut watch).await.unwrap();
        assert_eq!(output.exit, Exit::Stopped, "{output:?}");
        let ledger = open(&dir);
        ledger.reconcile(&lacks).unwrap();
        ledger.verify().unwrap();
        let of_round = |record: &RunRecord| record.run >= run(first);
        let states: Vec<State> =
            ledger.runs().unwrap().into_iter().filter(of_round).map(|record| record.state).collect();
        let committed = states.iter().filter(|state| matches!(state, State::Committed { .. })).count();
        assert!(committed as u64 >= reported, "{committed} of {reported}");
        assert!(states.iter().all(State::is_final));
    }
}

#[test]
fn two_processes_write_one_chain() {
    let dir = tempfile::tempdir().unwrap();
    drop(open(&dir));
    std::thread::scope(|scope| {
        for first in [0, 1000] {
            let child = child(dir.path(), first, 20);
            scope.spawn(move || assert!(capture(&child, &LIMITS).unwrap().success()));
        }
        let ledger = open(&dir);
        for second in 2000..2020 {
            commit(&ledger, second);
        }
    });
    assert_eq!(open(&dir).verify().unwrap(), 60);
}

#[test]
fn a_map_that_another_process_enlarged_is_followed() {
    let dir = tempfile::tempdir().unwrap();
    let ledger = open(&dir);
    commit(&ledger, 0);
    // Without runs to commit the child keeps a draft that does not fit into the first map.
    assert!(capture(&child(dir.path(), 0, 0), &LIMITS).unwrap().success());
    assert!(ledger.draft("2026").unwrap().is_some());
    commit(&ledger, 1);
    assert_eq!(ledger.verify().unwrap(), 2);
}

proptest::proptest! {
    #[test]
    fn no_stored_bytes_make_the_reader_panic(bytes in proptest::collection::vec(0_u8.., 0..200)) {
        proptest::prop_assert!(store::decode::<RunRecord>("x", &bytes).is_err());
        let (_, mut damaged) = store::encode("x", &receipt(&run(0))).unwrap_or_else(|_| unreachable!());
        let at = bytes.len() * 7 % damaged.len();
        damaged.truncate(at);
        damaged.extend(bytes);
        proptest::prop_assert!(store::decode::<Receipt>("x", &damaged).is_err());
    }
}
