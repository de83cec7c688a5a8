//! Hostile changes at `cargo gryph gate`: a build script, a procedural macro and a test try what code under test must not
//! do. The same change without walls shows that each attack is one.

use std::net::{TcpListener, UdpSocket};
use std::os::linux::net::SocketAddrExt as _;
use std::os::unix::net::{SocketAddr, UnixListener};
use std::os::unix::process::{CommandExt as _, ExitStatusExt as _};
use std::path::Path;
use std::process::{Child, Command, Stdio};

use crate::cargo::launcher;
use crate::desk::{Desk, Said};
use crate::fix::{committed, workspace};

const ATTACKS: &str = include_str!("fixtures/attacks.rs.txt");
/// What a build script and a macro must have got without walls; a test has its parent too.
const BUILD: &str = "secret outside repository history sources layers answers ledger registry tcp udp \
                     abstract_socket environment signal";
const LIB: &str = "//! Nothing.\n\n/// One.\npub fn one() -> u32 {\n    1\n}\n\n#[cfg(test)]\nmod tests {\n    \
                   #[test]\n    fn is_one() {\n        assert_eq!(super::one(), 1);\n    }\n}\n";
const LOCK: &str = "version = 4\n\n[[package]]\nname = \"kit\"\nversion = \"0.1.0\"\ndependencies = [\n \"spell\",\n]\n\n\
                    [[package]]\nname = \"spell\"\nversion = \"0.1.0\"\n";
const MANIFEST: &str = "[package]\nname = \"kit\"\nversion = \"0.1.0\"\nedition = \"2024\"\n\n[workspace]\n\
                        members = [\"spell\"]\n\n[dependencies]\nspell = { path = \"spell\" }\n";
const SPELL: &str =
    "[package]\nname = \"spell\"\nversion = \"0.1.0\"\nedition = \"2024\"\n\n[lib]\nproc-macro = true\n";

/// A desk with a hostile change, and what it is after.
struct Target {
    desk: Desk,
    sleep: String,
    bystander: Child,
    _listeners: (TcpListener, UdpSocket, UnixListener),
}

impl Target {
    fn new(name: &str) -> Self {
        let desk = Desk::new();
        workspace(&desk, LIB);
        committed(&desk);
        desk.write("user/secret", "canary");
        desk.write("victim", "untouched");
        for name in ["loot/none", "home/layers/none", "home/checks/none"] {
            desk.write(name, "");
        }
        let sum: u32 = name.bytes().map(u32::from).sum();
        let sleep = format!("301.{}{sum}", std::process::id());
        let mut command = Command::new("sleep");
        let bystander = command.arg("300").env("SECRET", "canary").stdin(Stdio::null()).spawn().unwrap();
        let tcp = TcpListener::bind("127.0.0.1:0").unwrap();
        let port = tcp.local_addr().unwrap().port();
        let udp = UdpSocket::bind(("127.0.0.1", port)).unwrap();
        let hidden = format!("attack-{}-{name}", std::process::id());
        let unix = UnixListener::bind_addr(&SocketAddr::from_abstract_name(&hidden).unwrap()).unwrap();
        let at = |name: &str| desk.path(name).display().to_string();
        let home = std::env::var("HOME").unwrap();
        let cargo = std::env::var("CARGO_HOME").unwrap_or_else(|_| format!("{home}/.cargo"));
        let facts = [
            ("secret", at("user/secret")),
            ("victim", at("victim")),
            ("loot", at("loot")),
            ("git", at("kit/.git")),
            ("home", at("home")),
            ("cargo", format!("{cargo}/registry")),
            ("port", port.to_string()),
            ("abstract", hidden),
            ("pid", bystander.id().to_string()),
            ("sleep", sleep.clone()),
        ];
        let facts: String = facts.iter().map(|(name, value)| format!("{name} {value}\n")).collect();
        for (path, text) in hostile(&facts) {
            desk.write(path, &text);
        }
        Self { desk, sleep, bystander, _listeners: (tcp, udp, unix) }
    }

    fn gate(&self, sandbox: &str) -> Said {
        let mut command = self.desk.command(&["gate", "--no-faults", "--fresh"]);
        match sandbox {
            "none" => command.arg("--unsandboxed"),
            sandbox => command.env("GRYPH_SANDBOX", sandbox),
        };
        Said::of(command.current_dir(self.desk.path("kit")).output().unwrap())
    }

    fn loot(&self, role: &str) -> Option<String> {
        std::fs::read_to_string(self.desk.path("loot").join(role)).ok()
    }

    /// Processes that were left behind.
    fn left(&self) -> Vec<i32> {
        let processes = std::fs::read_dir("/proc").unwrap().flatten();
        let numbers = processes.filter_map(|entry| entry.file_name().to_str()?.parse().ok());
        let is_ours = |number: &i32| {
            let line = std::fs::read(format!("/proc/{number}/cmdline")).unwrap_or_default();
            line.split(|byte| *byte == 0).any(|argument| argument == self.sleep.as_bytes())
        };
        numbers.filter(is_ours).collect()
    }
}

impl Drop for Target {
    fn drop(&mut self) {
        self.bystander.kill().unwrap();
        self.bystander.wait().unwrap();
        for number in self.left() {
            let _ = Command::new("kill").args(["-9", &number.to_string()]).status();
        }
    }
}

/// The files of the change.
fn hostile(facts: &str) -> Vec<(&'static str, String)> {
    let build = "//! Attacks.\n#[path = \"attacks.rs\"]\nmod attacks;\nfn main() {\n    \
                 let out = std::path::PathBuf::from(std::env::var_os(\"OUT_DIR\").unwrap());\n    \
                 let target = out.ancestors().nth(3).unwrap();\n    \
                 // What may be written must be gone with the run.\n    \
                 std::fs::write(target.join(\"attack\"), \"attack\").unwrap();\n    \
                 std::fs::write(out.join(\"report\"), attacks::report(\"build\")).unwrap();\n}\n";
    let spell = "//! Attacks.\n#[path = \"../../attacks.rs\"]\nmod attacks;\n/// Attacks.\n#[proc_macro]\n\
                 pub fn cast(_: proc_macro::TokenStream) -> proc_macro::TokenStream {\n    \
                 format!(\"{:?}\", attacks::report(\"macro\")).parse().unwrap()\n}\n";
    let tests = "\n    #[test]\n    fn stays_inside() {\n        \
                 let build = include_str!(concat!(env!(\"OUT_DIR\"), \"/report\"));\n        \
                 for said in [build, spell::cast!(), &super::attacks::report(\"test\")] {\n            \
                 assert!(said.ends_with(\" tried 16 and got \"), \"{said}\");\n        }\n    }\n}\n\n\
                 #[cfg(test)]\n#[path = \"../attacks.rs\"]\nmod attacks;\n";
    let lib = format!("{}{tests}", LIB.strip_suffix("}\n").unwrap());
    let files = [
        ("kit/Cargo.toml", MANIFEST),
        ("kit/Cargo.lock", LOCK),
        ("kit/attacks.rs", ATTACKS),
        ("kit/facts.txt", facts),
        ("kit/build.rs", build),
        ("kit/spell/Cargo.toml", SPELL),
        ("kit/spell/src/lib.rs", spell),
        ("kit/src/lib.rs", &lib),
    ];
    files.map(|(path, text)| (path, text.to_owned())).to_vec()
}

/// Files called `attack` below a directory.
fn planted(dir: &Path) -> usize {
    let entries = std::fs::read_dir(dir).into_iter().flatten().flatten();
    let count = |entry: std::fs::DirEntry| match entry.file_type().unwrap().is_dir() {
        true => planted(&entry.path()),
        false => usize::from(entry.file_name() == "attack"),
    };
    entries.map(count).sum()
}

fn nothing_gets_out(sandbox: &str) {
    let target = Target::new(sandbox);
    let before = std::fs::read_to_string(target.desk.path("kit/.git/config")).unwrap();
    let said = target.gate(sandbox);
    // The test that found nothing out passed, and a person is asked about the build script.
    assert!(!said.out.contains("[tests-pass]") && !said.out.contains("[build]"), "{sandbox}: {said:?}");
    assert!(said.out.contains("[judges-agreed]"), "{sandbox}: {said:?}");
    assert!(matches!(said.code, Some(100 | 105)), "{sandbox}: {said:?}");
    assert_eq!(std::fs::read_to_string(target.desk.path("victim")).unwrap(), "untouched");
    assert_eq!(std::fs::read_to_string(target.desk.path("kit/.git/config")).unwrap(), before);
    assert_eq!(target.desk.names("loot"), ["none"]);
    assert_eq!(planted(target.desk.root()), 0, "{sandbox}: something is left for the next run");
    assert_eq!(target.left(), Vec::<i32>::new(), "{sandbox}: a process is left");
}

#[test]
fn nothing_gets_out_of_the_default_sandbox() {
    nothing_gets_out("auto");
}

#[test]
fn nothing_gets_out_of_bubblewrap() {
    nothing_gets_out("bubblewrap");
}

#[test]
fn nothing_gets_out_of_landlock() {
    nothing_gets_out("landlock");
}

#[test]
fn without_walls_every_attack_works() {
    let target = Target::new("none");
    let said = target.gate("none");
    assert!(said.out.contains("[tests-pass]"), "{said:?}");
    assert_eq!(target.loot("build").as_deref(), Some(BUILD), "{said:?}");
    assert_eq!(target.loot("macro").as_deref(), Some(BUILD), "{said:?}");
    assert_eq!(target.loot("test"), Some(format!("{BUILD} parent")), "{said:?}");
    assert_eq!(std::fs::read_to_string(target.desk.path("victim")).unwrap(), "attackhed");
    assert!(planted(target.desk.root()) >= 3, "in the repository, among the layers and the answers");
    assert!(!target.left().is_empty(), "no process was left behind");
}

/// Test binaries that want more than they may have, one each, since the kernel ends some of them.
const GREEDY: [(&str, &str); 3] = [
    (
        "memory",
        "let mut bytes: Vec<u8> = Vec::new();\n    assert!(bytes.try_reserve_exact(5 << 30).is_ok());",
    ),
    (
        "disk",
        "let path = std::env::temp_dir().join(\"much\");\n    \
         assert!(std::fs::File::create(path).unwrap().set_len(300 << 20).is_ok());",
    ),
    (
        "output",
        "let mut out = std::io::stdout().lock();\n    for _ in 0..1 << 20 {\n        \
         std::io::Write::write_all(&mut out, &[b'a'; 1 << 10]).unwrap();\n    }",
    ),
];

#[test]
fn memory_files_and_output_have_an_end() {
    let desk = Desk::new();
    workspace(&desk, LIB);
    committed(&desk);
    for (name, body) in GREEDY {
        let text = format!("//! Wants much.\n\n#[test]\nfn wants_{name}() {{\n    {body}\n}}\n");
        desk.write(&format!("kit/tests/{name}.rs"), &text);
    }
    let gate = |more: &[&str]| {
        let mut command = desk.command(&[&["gate", "--no-faults", "--fresh"], more].concat());
        Said::of(command.current_dir(desk.path("kit")).output().unwrap())
    };
    let failed = |said: &Said, name: &str| {
        said.out
            .lines()
            .any(|line| line.starts_with("deny[tests-pass]") && line.contains(&format!("wants_{name}")))
    };
    let confined = gate(&[]);
    for (name, _) in GREEDY {
        assert!(failed(&confined, name), "{name}: {confined:?}");
    }
    let free = gate(&["--unsandboxed"]);
    for name in ["memory", "disk"] {
        assert!(!failed(&free, name), "{name} is no attack: {free:?}");
    }
    assert!(failed(&free, "output"), "output is bounded without walls too: {free:?}");
}

#[test]
fn a_user_who_is_not_root_cannot_fork_without_end() {
    let orders = |processes: u32| {
        format!(
            "{{\"landlock\":null,\"read\":[],\"write\":[],\"seccomp\":{{\"sockets\":\"Pairs\",\"signals\":\"Elsewhere\",\
             \"metadata\":\"Refused\"}},\"limits\":{{\"memory_bytes\":1000000000,\"processes\":{processes},\
             \"file_bytes\":1000,\"cpu\":{{\"secs\":9,\"nanos\":0}}}}}}"
        )
    };
    let script = "i=0; while [ $i -lt 40 ]; do sleep 2 & i=$((i+1)); done; echo forked; kill -9 0";
    // A copy that another user may start, since a build directory may be closed to others.
    let dir =
        tempfile::Builder::new().permissions(std::os::unix::fs::PermissionsExt::from_mode(0o755)).tempdir();
    let dir = dir.unwrap();
    let program = dir.path().join("launcher");
    std::fs::copy(launcher(), &program).unwrap();
    let is_root = std::os::unix::fs::MetadataExt::uid(&std::fs::metadata("/proc/self").unwrap()) == 0;
    for (processes, expected) in [(10, ""), (100_000, "forked\n")] {
        let mut command = Command::new(&program);
        command
            .args(["__launch", &orders(processes), "/bin/sh", "-c", script])
            .stdin(crate::process::input("\n"))
            .current_dir("/")
            .process_group(0);
        if is_root {
            command.uid(64_999).gid(64_999);
        }
        let output = command.output().unwrap();
        let said = String::from_utf8_lossy(&output.stdout);
        assert_eq!(said, expected, "{processes}: {output:?} {:?}", output.status.signal());
    }
}
