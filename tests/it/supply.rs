//! What a change brings in from outside, with the real binary and Cargo, and a registry of the test's own on this machine.

use std::collections::BTreeMap;
use std::fmt::Write as _;
use std::io::{BufRead as _, BufReader, Write as _};
use std::net::{TcpListener, TcpStream};
use std::process::{Command, Stdio};
use std::sync::{Arc, Mutex};

use sha2::{Digest as _, Sha256};

use crate::desk::{Desk, Said, tool};
use crate::fix::{committed, workspace};

const KIT: &str = "//! A kit.\n\n/// One more.\npub fn next(number: u8) -> u8 {\n    number.wrapping_add(1)\n}\n\n#[cfg(test)]\nmod tests {\n    #[test]\n    fn one_more() {\n        assert_eq!(super::next(1), 2);\n    }\n}\n";

type Files = Arc<Mutex<BTreeMap<String, Vec<u8>>>>;

/// A registry that serves an index and archives over HTTP.
struct Shop {
    address: String,
    files: Files,
}

/// A version to publish.
struct Goods<'a> {
    name: &'a str,
    licence: &'a str,
    build: bool,
    published: &'a str,
}

const LONG_AGO: &str = "2020-01-02T03:04:05Z";
const PLAIN: Goods<'_> = Goods { name: "plain", licence: "MIT", build: false, published: LONG_AGO };

impl Shop {
    fn open() -> Self {
        let listener = TcpListener::bind("127.0.0.1:0").unwrap();
        let address = format!("http://{}", listener.local_addr().unwrap());
        let files: Files = Arc::default();
        let served = Arc::clone(&files);
        std::thread::spawn(move || {
            for stream in listener.incoming() {
                let served = Arc::clone(&served);
                std::thread::spawn(move || answer(stream.unwrap(), &served));
            }
        });
        let config = format!(r#"{{"dl":"{address}/dl/{{crate}}-{{version}}.crate"}}"#);
        files.lock().unwrap().insert("/config.json".to_owned(), config.into_bytes());
        Self { address, files }
    }

    fn publish(&self, goods: &Goods<'_>) {
        let archive = archive(goods);
        let Goods { name, published, .. } = goods;
        let sum = Sha256::digest(&archive).iter().fold(String::new(), |mut text, byte| {
            write!(text, "{byte:02x}").unwrap();
            text
        });
        let line = format!(
            r#"{{"name":"{name}","vers":"1.0.0","deps":[],"cksum":"{sum}","features":{{}},"yanked":false,"pubtime":"{published}"}}"#
        );
        let mut files = self.files.lock().unwrap();
        files.insert(format!("/{}/{}/{name}", &name[..2], &name[2..4]), line.into_bytes());
        files.insert(format!("/dl/{name}-1.0.0.crate"), archive);
    }

    /// Takes a version back.
    fn yank(&self, name: &str) {
        let mut files = self.files.lock().unwrap();
        let line = files.get_mut(&format!("/{}/{}/{name}", &name[..2], &name[2..4])).unwrap();
        *line = String::from_utf8(line.clone())
            .unwrap()
            .replace("\"yanked\":false", "\"yanked\":true")
            .into_bytes();
    }
}

/// Answers one request with a file or with 404.
fn answer(mut stream: TcpStream, files: &Files) {
    let mut lines = BufReader::new(stream.try_clone().unwrap()).lines().map_while(Result::ok);
    let Some(path) = lines.next().and_then(|line| line.split(' ').nth(1).map(str::to_owned)) else { return };
    lines.take_while(|line| !line.is_empty()).for_each(drop);
    let body = files.lock().unwrap().get(&path).cloned();
    let (status, body) = body.map_or(("404 Not Found", Vec::new()), |body| ("200 OK", body));
    let head = format!("HTTP/1.1 {status}\r\nContent-Length: {}\r\nConnection: close\r\n\r\n", body.len());
    let _ = stream.write_all(head.as_bytes()).and_then(|()| stream.write_all(&body));
}

fn archive(goods: &Goods<'_>) -> Vec<u8> {
    let Goods { name, licence, build, .. } = goods;
    let mut tarball =
        tar::Builder::new(flate2::write::GzEncoder::new(Vec::new(), flate2::Compression::fast()));
    let mut put = |file: &str, text: &str| {
        let mut header = tar::Header::new_gnu();
        header.set_size(text.len() as u64);
        header.set_mode(0o644);
        tarball.append_data(&mut header, format!("{name}-1.0.0/{file}"), text.as_bytes()).unwrap();
    };
    put(
        "Cargo.toml",
        &format!(
            "[package]\nname = \"{name}\"\nversion = \"1.0.0\"\nedition = \"2021\"\nlicense = \"{licence}\"\n"
        ),
    );
    put("src/lib.rs", "");
    if *build {
        put("build.rs", "fn main() {}\n");
    }
    tarball.into_inner().unwrap().finish().unwrap()
}

/// A desk with a committed kit and a Cargo that buys in the shop.
fn desk(shop: &Shop) -> Desk {
    let desk = Desk::new();
    let source = format!(
        "[source.crates-io]\nreplace-with = \"shop\"\n[source.shop]\nregistry = \"sparse+{}/\"\n",
        shop.address
    );
    desk.write("cargo/config.toml", &source);
    workspace(&desk, KIT);
    desk.write("kit/.gitignore", "/target\n");
    lock(&desk);
    committed(&desk);
    desk
}

/// Lets Cargo write the lock file.
fn lock(desk: &Desk) {
    let mut cargo = Command::new(std::env::var_os("CARGO").unwrap_or_else(|| "cargo".into()));
    cargo.arg("generate-lockfile").env("CARGO_HOME", desk.path("cargo")).env("NO_PROXY", "127.0.0.1");
    let output = cargo.current_dir(desk.path("kit")).stdin(Stdio::null()).output().unwrap();
    assert!(output.status.success(), "{}", String::from_utf8_lossy(&output.stderr));
}

/// Adds dependencies to the kit.
fn depend(desk: &Desk, on: &[&str]) {
    let manifest = std::fs::read_to_string(desk.path("kit/Cargo.toml")).unwrap();
    assert!(!manifest.contains("[dependencies]"));
    let lines: String = on.iter().map(|name| format!("{name} = \"1\"\n")).collect();
    desk.write("kit/Cargo.toml", &format!("{manifest}\n[dependencies]\n{lines}"));
}

fn gate(desk: &Desk, more: &[&str]) -> Said {
    let mut command = desk.command(&[&["gate", "--no-faults"], more].concat());
    command.env("CARGO_HOME", desk.path("cargo")).env("NO_PROXY", "127.0.0.1");
    Said::of(command.current_dir(desk.path("kit")).output().unwrap())
}

/// The rules that were broken, as `severity[rule]`.
fn rules(said: &Said, severity: &str) -> Vec<String> {
    let heads = said.out.lines().filter_map(|line| line.strip_prefix(severity)?.strip_prefix('['));
    let mut rules: Vec<String> = heads.filter_map(|line| Some(line.split(']').next()?.to_owned())).collect();
    rules.sort_unstable();
    rules.dedup();
    rules
}

#[test]
fn an_ordinary_dependency_is_told_and_let_through() {
    let shop = Shop::open();
    shop.publish(&PLAIN);
    let desk = desk(&shop);
    depend(&desk, &["plain"]);
    lock(&desk);
    let said = gate(&desk, &[]);
    assert_eq!(
        (said.code, rules(&said, "warn")),
        (Some(0), vec!["dependency-added".into(), "everything-checked".into()]),
        "{said:?}"
    );
    assert!(said.out.contains("no advisory database is named"), "{}", said.out);
    shop.yank("plain");
    let later = gate(&desk, &[]);
    assert_eq!(
        rules(&later, "deny"),
        ["dependency-not-yanked"],
        "what was found out before is asked anew: {later:?}"
    );
    shop.publish(&PLAIN);
    let text = std::fs::read_to_string(desk.path("kit/Cargo.lock")).unwrap();
    let sum = text.lines().find(|line| line.starts_with("checksum")).unwrap();
    tool(&desk.path("kit"), "git", &["commit", "--quiet", "-am", "Plain"]);
    desk.write("kit/Cargo.lock", &text.replace(sum, &format!("checksum = \"{}\"", "0".repeat(64))));
    let swapped = gate(&desk, &[]);
    assert_eq!((swapped.code, swapped.out.contains("deny[lock-honest]")), (Some(100), true), "{swapped:?}");
}

#[test]
fn each_thing_that_is_wrong_with_a_package_is_found_with_and_without_a_network() {
    let shop = Shop::open();
    let today = jiff::Timestamp::now().strftime("%Y-%m-%dT%H:%M:%SZ").to_string();
    let names = ["young", "copyleft", "builder", "serde_jsno", "taken", "weak"];
    for name in names {
        let published = if name == "young" { today.as_str() } else { LONG_AGO };
        let licence = if name == "copyleft" { "GPL-3.0-only" } else { "MIT/Apache-2.0" };
        shop.publish(&Goods { name, licence, build: name == "builder", published });
    }
    let desk = desk(&shop);
    advisories(&desk);
    let database = format!("file://{}", desk.path("advisories").display());
    depend(&desk, &names);
    lock(&desk);
    shop.yank("taken");
    let said = gate(&desk, &["--advisory-db", &database]);
    let denied = ["dependency-not-yanked", "no-vulnerability"].map(str::to_owned);
    let asked = ["code-at-build-agreed", "dependency-age", "licences", "lookalike-agreed"].map(str::to_owned);
    assert_eq!(
        (said.code, &rules(&said, "deny")[..], &rules(&said, "ask")[..]),
        (Some(100), &denied[..], &asked[..]),
        "{said:?}"
    );
    for part in
        ["`weak`, version 1.0.0: RUSTSEC-2020-0001", "`taken`", "Cargo.toml:", "GPL-3.0-only", "`serde_json`"]
    {
        assert!(said.out.contains(part), "{part}: {}", said.out);
    }
    assert!(!said.out.contains("RUSTSEC-2020-0002"), "withdrawn: {}", said.out);
    assert_eq!(rules(&said, "warn"), ["dependency-added", "dependency-notices"], "{said:?}");
    std::fs::remove_dir_all(desk.path("advisories")).unwrap();
    let offline = gate(&desk, &["--advisory-db", &database, "--offline"]);
    let found = (rules(&offline, "deny"), rules(&offline, "ask"));
    assert_eq!(found, (denied.to_vec(), asked.to_vec()), "{offline:?}");
}

#[test]
fn what_does_not_exist_is_refused_and_what_cannot_be_fetched_is_not_decided() {
    let shop = Shop::open();
    shop.publish(&PLAIN);
    let desk = desk(&shop);
    depend(&desk, &["plain", "nowhere"]);
    let said = gate(&desk, &[]);
    assert_eq!(said.code, Some(100), "{said:?}");
    let denied = rules(&said, "deny");
    assert!(denied.contains(&"dependency-exists".to_owned()), "{said:?}");
    assert!(denied.contains(&"lock-in-step".to_owned()), "{said:?}");
    assert!(said.out.contains("`nowhere`, the registry has no package of this name"), "{}", said.out);
    tool(&desk.path("kit"), "git", &["checkout", "--quiet", "."]);
    depend(&desk, &["plain"]);
    lock(&desk);
    let text = std::fs::read_to_string(desk.path("kit/Cargo.toml")).unwrap();
    desk.write("kit/Cargo.toml", &text.replace("plain = \"1\"", "plain = \"=1.0.1\""));
    let version = gate(&desk, &[]);
    assert_eq!(version.code, Some(100), "{version:?}");
    assert!(
        version.out.contains("the registry has no version of it that `=1.0.1` allows"),
        "{}",
        version.out
    );
    desk.write("kit/Cargo.toml", &text);
    shop.files.lock().unwrap().retain(|path, _| !path.ends_with(".crate"));
    let gone = gate(&desk, &[]);
    assert_eq!(gone.code, Some(101), "{gone:?}");
}

/// A repository with an advisory about `weak`, one that was withdrawn, and a notice.
fn advisories(desk: &Desk) {
    let write = |number: u8, more: &str| {
        let text = format!(
            "```toml\n[advisory]\nid = \"RUSTSEC-2020-000{number}\"\npackage = \"weak\"\ndate = \"2020-01-01\"\n{more}\n\
             [versions]\npatched = [\">= 1.0.1\"]\n```\n\n# It breaks\n"
        );
        desk.write(&format!("advisories/crates/weak/RUSTSEC-2020-000{number}.md"), &text);
    };
    write(1, "");
    write(2, "withdrawn = \"2021-01-01\"");
    write(3, "informational = \"unmaintained\"");
    let directory = desk.path("advisories");
    tool(&directory, "git", &["init", "--quiet", "--initial-branch=main", "."]);
    tool(&directory, "git", &["add", "."]);
    let who = ["-c", "user.name=a", "-c", "user.email=a@example.org"];
    tool(&directory, "git", &[&who[..], &["commit", "--quiet", "-m", "Advisories"]].concat());
}
