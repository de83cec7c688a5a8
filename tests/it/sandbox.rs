//! The walls: each escape that was ever tried stays closed, for build scripts and for tests, as root and as a user.

use std::net::TcpListener;
use std::os::unix::net::UnixListener;
use std::path::Path;
use std::process::{Child, Command, Stdio};
use std::time::Duration;

use cargo_gryph::cargo::{BuildOptions, Cargo, TestRun, Workbench};
use cargo_gryph::process::{Exit, Invocation, Limits, Output, run};
use cargo_gryph::sandbox::{
    Grant, Layer, Preference, Purpose, ResourceLimits, Sandbox, SandboxError, Unsandboxed, detect,
};

use crate::cargo::{launcher, toolchain};
use crate::process::input;

const ESCAPES: &str = include_str!("fixtures/escapes.rs.txt");
const MANIFEST: &str =
    "[package]\nname = \"escapee\"\nversion = \"0.1.0\"\nedition = \"2024\"\n[workspace]\n";

/// Things outside that confined code is after.
struct Outside {
    dir: tempfile::TempDir,
    bystander: Child,
    _tcp: TcpListener,
    _unix: UnixListener,
    facts: String,
}

impl Outside {
    fn new() -> Self {
        let dir = tempfile::tempdir().unwrap();
        let at = |name: &str| dir.path().join(name);
        for name in ["secret", "victim"] {
            std::fs::write(at(name), "untouched").unwrap();
        }
        let mut command = Command::new("sleep");
        let bystander = command.arg("600").env("SECRET", "marker").stdin(Stdio::null()).spawn().unwrap();
        let tcp = TcpListener::bind("127.0.0.1:0").unwrap();
        let unix = UnixListener::bind(at("socket")).unwrap();
        let facts = format!(
            "pid {}\nport {}\nsocket {}\nsecret {}\nvictim {}\n",
            bystander.id(),
            tcp.local_addr().unwrap().port(),
            at("socket").display(),
            at("secret").display(),
            at("victim").display()
        );
        Self { dir, bystander, _tcp: tcp, _unix: unix, facts }
    }

    /// A package that tries ways out, from its build script and from its test.
    fn escapee(&self, only: &str) -> (tempfile::TempDir, Workbench) {
        let dir = tempfile::tempdir().unwrap();
        let bench = Workbench::create(dir.path()).unwrap();
        std::fs::create_dir(bench.tree().join("src")).unwrap();
        let build = "mod escapes;\nfn main() { for escape in escapes::report() { println!(\"cargo::warning={escape}\"); } }";
        let lib = "#[cfg(test)] #[path = \"../escapes.rs\"] mod escapes;\n\
                   #[test] fn stays_inside() { let out = escapes::report(); assert!(out.is_empty(), \"{out:#?}\"); }";
        for (path, text) in [
            ("Cargo.toml", MANIFEST),
            ("Cargo.lock", "version = 4\n[[package]]\nname = \"escapee\"\nversion = \"0.1.0\"\n"),
            ("escapes.rs", ESCAPES),
            ("facts.txt", &format!("{}only {only}\n", self.facts)),
            ("build.rs", build),
            ("src/lib.rs", lib),
        ] {
            std::fs::write(bench.tree().join(path), text).unwrap();
        }
        (dir, bench)
    }

    fn untouched(&mut self) {
        assert_eq!(std::fs::read_to_string(self.dir.path().join("victim")).unwrap(), "untouched");
        assert!(self.bystander.try_wait().unwrap().is_none(), "the bystander was killed");
    }
}

impl Drop for Outside {
    fn drop(&mut self) {
        self.bystander.kill().unwrap();
        self.bystander.wait().unwrap();
    }
}

fn cargo(prefer: Preference) -> Cargo {
    Cargo::new(toolchain(), detect(launcher(), prefer).unwrap())
}

/// What the build script and the test report, by whether they got out.
async fn escapes(prefer: Preference, only: &str) -> (String, String) {
    let mut outside = Outside::new();
    let cargo = cargo(prefer);
    let (_dir, bench) = outside.escapee(only);
    let build = cargo.build_tests(&bench, &BuildOptions::default()).await.unwrap();
    assert!(build.success, "{}", build.stderr);
    let test_run = TestRun {
        exact: vec!["stays_inside".to_owned()],
        env: Vec::new(),
        wall: Duration::from_secs(60),
        stop_at_failure: false,
        threads: 1,
        scratch: None,
    };
    let outcome = cargo.run_test(&bench, &build.binaries[0], &test_run).await.unwrap();
    if prefer != Preference::Unsandboxed {
        outside.untouched();
    }
    let warnings: Vec<&str> =
        build.stderr.lines().filter(|line| line.starts_with("warning: escapee@")).collect();
    let failures: Vec<&str> = outcome.failed.iter().map(|failure| failure.message.as_str()).collect();
    (warnings.join("\n"), failures.join("\n"))
}

#[tokio::test(flavor = "multi_thread")]
async fn no_known_escape_works_from_build_scripts_or_tests() {
    for prefer in [Preference::Bubblewrap, Preference::Landlock, Preference::Auto] {
        let (build, test) = escapes(prefer, "all").await;
        assert_eq!((build.as_str(), test.as_str()), ("", ""), "{prefer:?}");
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn without_walls_the_same_attempts_get_out() {
    // Otherwise the test above could not fail.
    // Nothing here that would change the machine.
    let harmless = "other_processes_environment any_processes_environment signals secrets writes own_tree network \
                    unix_sockets system_calls memory modes limits_of_others";
    let (build, test) = escapes(Preference::Unsandboxed, harmless).await;
    for name in harmless.split(' ').filter(|_| cfg!(target_arch = "x86_64")) {
        assert!(build.contains(name), "a build script cannot do {name}: {build}");
        assert!(test.contains(name), "a test cannot do {name}: {test}");
    }
}

/// Runs a shell command behind walls; it may write to `dir` only.
async fn shell(sandbox: &dyn Sandbox, purpose: Purpose, dir: &Path, script: &str) -> Output {
    let invocation = Invocation {
        program: "/bin/sh".into(),
        args: vec!["-c".into(), script.into()],
        cwd: dir.to_owned(),
        env: [("PATH".into(), "/usr/bin:/bin".into())].into(),
        ..Invocation::default()
    };
    let limits = ResourceLimits { file_bytes: 1 << 20, cpu: Duration::from_secs(1), ..ResourceLimits::RUN };
    let grant = Grant { read: Vec::new(), write: vec![dir.to_owned()], limits, purpose };
    let confined = sandbox.confine(invocation, &grant).unwrap();
    run(&confined, &Limits { wall: Duration::from_secs(20), output_bytes: 1 << 16 }).await.unwrap()
}

/// Makes read-only mounts writable if it can, and writes the file behind them.
const REMOUNT: &str =
    "mount -o remount,bind,rw /; mount -o remount,bind,rw \"$1\"; echo changed > \"$1/victim\"";

#[test]
fn bubblewraps_namespaces_alone_can_be_escaped_as_root_and_ours_cannot() {
    let outside = tempfile::tempdir().unwrap();
    let victim = outside.path().join("victim");
    std::fs::write(&victim, "untouched").unwrap();
    let dir = outside.path().to_str().unwrap();

    let sandbox = detect(launcher(), Preference::Bubblewrap).unwrap();
    let invocation = Invocation { program: "/bin/true".into(), cwd: "/".into(), ..Invocation::default() };
    let grant = Grant {
        read: vec![dir.into()],
        write: Vec::new(),
        limits: ResourceLimits::RUN,
        purpose: Purpose::Build,
    };
    let confined = sandbox.confine(invocation, &grant).unwrap();
    // Without the launcher, so that its filter is no help.
    let walls = confined.args.iter().take_while(|arg| *arg != "--");
    let script = ["--", "/bin/sh", "-c", REMOUNT, "sh", dir];
    let ours = Command::new(&confined.program).args(walls).args(script).output().unwrap();
    assert_eq!(std::fs::read_to_string(&victim).unwrap(), "untouched", "{ours:?}");

    let root = is_root();
    let plain = ["--unshare-all", "--ro-bind", "/", "/", "--dev", "/dev", "--proc", "/proc"];
    let theirs = Command::new(&confined.program).args(plain).args(script).output().unwrap();
    let text = std::fs::read_to_string(&victim).unwrap();
    assert_eq!(text == "changed\n", root, "the attempt itself is no attempt: {theirs:?}");
}

/// Whether the tests run as root: then `/proc/self` belongs to user 0.
fn is_root() -> bool {
    std::os::unix::fs::MetadataExt::uid(&std::fs::metadata("/proc/self").unwrap()) == 0
}

#[tokio::test(flavor = "multi_thread")]
async fn limits_on_file_size_and_processor_time_are_enforced() {
    for prefer in [Preference::Bubblewrap, Preference::Landlock] {
        let sandbox = detect(launcher(), prefer).unwrap();
        let dir = tempfile::tempdir().unwrap();
        let big = shell(&*sandbox, Purpose::Run, dir.path(), "head -c 2000000 /dev/zero > big").await;
        assert!(!big.success(), "{prefer:?}");
        assert!(std::fs::metadata(dir.path().join("big")).unwrap().len() <= 1 << 20);
        let busy = shell(&*sandbox, Purpose::Run, dir.path(), "while :; do :; done").await;
        assert!(matches!(busy.exit, Exit::Signal(_) | Exit::Code(137)), "{prefer:?}: {:?}", busy.exit);
        assert!(busy.elapsed < Duration::from_secs(15));
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn what_is_granted_can_be_written_and_the_environment_is_what_was_given() {
    for prefer in [Preference::Bubblewrap, Preference::Landlock, Preference::Auto] {
        let sandbox = detect(launcher(), prefer).unwrap();
        for purpose in [Purpose::Build, Purpose::Run] {
            let dir = tempfile::tempdir().unwrap();
            let output = shell(&*sandbox, purpose, dir.path(), "echo x > file && cat file && env").await;
            let text = String::from_utf8(output.stdout).unwrap();
            let names: Vec<&str> = text.lines().skip(1).filter_map(|line| line.split('=').next()).collect();
            assert!(text.starts_with("x\n"), "{text} {}", String::from_utf8_lossy(&output.stderr));
            assert!(
                names.iter().all(|name| ["PATH", "PWD", "OLDPWD", "_", "SHLVL"].contains(name)),
                "{names:?}"
            );
        }
    }
}

#[test]
fn layers_are_reported_per_purpose() {
    let sandbox = detect(launcher(), Preference::Auto).unwrap();
    assert!(sandbox.layers_for(Purpose::Build).contains(&Layer::NetworkNamespace));
    assert!(sandbox.layers_for(Purpose::Run).contains(&Layer::NoSockets));
    assert!(sandbox.layers().contains(&Layer::NoCapabilities));
    assert!(!sandbox.layers().contains(&Layer::NoSockets));
    assert!(Unsandboxed.layers().is_empty());
}

#[test]
fn a_launcher_that_cannot_confine_is_an_error_and_not_a_fallback() {
    for prefer in [Preference::Auto, Preference::Bubblewrap, Preference::Landlock] {
        let refused = detect(Path::new("/bin/false"), prefer).map(|_| ());
        assert!(matches!(refused, Err(SandboxError::MissingLayer { .. })), "{refused:?}");
    }
}

#[test]
fn a_wall_that_cannot_be_put_up_keeps_the_program_from_starting() {
    let orders = r#"{"landlock":99,"read":[],"write":[],"seccomp":{"sockets":"Pairs","signals":"Elsewhere",
        "metadata":"Refused"},"limits":{"memory_bytes":1000000000,"processes":100,"file_bytes":1000,
        "cpu":{"secs":1,"nanos":0}}}"#;
    for orders in [orders, "{}", ""] {
        let mut command = Command::new(launcher());
        command.args(["__launch", orders, "/bin/echo", "ran"]).stdin(input("\n"));
        let output = command.output().unwrap();
        assert_eq!((output.status.code(), output.stdout.as_slice()), (Some(126), b"".as_slice()));
    }
}

/// Orders for the launcher that leave the files as they are.
pub(crate) fn orders(signals: &str) -> String {
    format!(
        "{{\"landlock\":null,\"read\":[],\"write\":[],\"seccomp\":{{\"sockets\":\"Pairs\",\"signals\":\"{signals}\",\
         \"metadata\":\"Refused\"}},\"limits\":{{\"memory_bytes\":1000000000,\"processes\":10000,\
         \"file_bytes\":1000,\"cpu\":{{\"secs\":9,\"nanos\":0}}}}}}"
    )
}

#[test]
fn where_landlock_cannot_scope_signals_the_filter_leaves_only_the_own_process() {
    let script = "kill -0 $PPID && echo reached; kill -9 $$";
    for (signals, expected) in [("OwnProcess", ""), ("Elsewhere", "reached\n")] {
        let mut command = Command::new(launcher());
        command.args(["__launch", &orders(signals), "/bin/sh", "-c", script]).stdin(input("\n"));
        let output = command.output().unwrap();
        let signal = std::os::unix::process::ExitStatusExt::signal(&output.status);
        assert_eq!(
            (String::from_utf8_lossy(&output.stdout).as_ref(), signal),
            (expected, Some(9)),
            "{output:?}"
        );
    }
}
