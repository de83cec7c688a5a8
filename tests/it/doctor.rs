//! `cargo gryph doctor`: what is missing is named with what to do, and decides the exit code.

use std::path::Path;
use std::process::Command;

use serde_json::Value;

use crate::cargo::{launcher, toolchain};

/// Names and values.
type Variables<'a> = &'a [(&'a str, &'a str)];

/// What doctor says with these variables and flags: the exit code and its findings.
fn doctor(home: &Path, variables: Variables<'_>, flags: &[&str]) -> (i32, Vec<Value>) {
    let mut command = Command::new(launcher());
    for (name, _) in std::env::vars_os().filter(|(name, _)| name.to_string_lossy().starts_with("GRYPH_")) {
        command.env_remove(name);
    }
    command.args(["gryph", "doctor", "--message-format", "json"]).args(flags);
    command.env("CARGO", toolchain().cargo).env("GRYPH_HOME", home).env_remove("ORT_DYLIB_PATH");
    command.envs(variables.iter().copied()).current_dir(home);
    let output = command.output().unwrap();
    let text = String::from_utf8(output.stdout).unwrap();
    let findings = text.lines().map(|line| serde_json::from_str(line).unwrap()).collect();
    (output.status.code().unwrap(), findings)
}

fn missing(findings: &[Value]) -> Vec<&str> {
    let missing = findings.iter().filter(|finding| finding["standing"] == "missing");
    missing.map(|finding| finding["name"].as_str().unwrap()).collect()
}

#[test]
fn every_part_is_looked_at_and_the_code_follows_from_what_is_missing() {
    let home = tempfile::tempdir().unwrap();
    let (code, findings) = doctor(home.path(), &[], &[]);
    let (end, parts) = findings.split_last().unwrap();
    for name in ["toolchain", "rustfmt", "clippy", "git", "ONNX Runtime", "GRYPH_HOME"] {
        assert!(parts.iter().any(|part| part["name"] == name), "{name}: {findings:#?}");
    }
    let sandbox = |part: &&Value| part["name"].as_str().unwrap().starts_with("sandbox");
    assert!(parts.iter().any(|part| sandbox(&part)), "{findings:#?}");
    assert_eq!(code, if missing(parts).is_empty() { 0 } else { 106 }, "{findings:#?}");
    assert_eq!(end["exit_code"], code);
}

#[test]
#[cfg(unix)]
fn what_is_missing_is_named_and_ends_with_106() {
    let home = tempfile::tempdir().unwrap();
    let bare = toolchain_without_components(home.path());
    let empty = home.path().join("empty");
    std::fs::create_dir(&empty).unwrap();
    let path = empty.to_str().unwrap();
    let model = "model qwen2.5-coder-1.5b";
    let cases: [(Variables<'_>, &[&str], &[&str]); 6] = [
        (&[("CARGO", &bare)], &[], &["rustfmt", "clippy"]),
        (&[("PATH", path)], &[], &["git"]),
        (&[("ORT_DYLIB_PATH", "/nonexistent/lib.so")], &[], &["ONNX Runtime"]),
        (&[], &["--offline"], &[model]),
        (&[("GRYPH_SANDBOX", "landlock"), ("GRYPH_SANDBOX_LAYERS", "pid-namespace")], &[], &["sandbox"]),
        (&[("GRYPH_HOME", "/proc/nowhere")], &["--unsandboxed"], &["GRYPH_HOME"]),
    ];
    for (variables, flags, expected) in cases {
        let (code, findings) = doctor(home.path(), variables, flags);
        let missing = missing(&findings);
        assert_eq!(code, 106, "{variables:?} {flags:?}");
        for name in expected {
            assert!(missing.contains(name), "{variables:?} {flags:?}: {name} is not among {missing:?}");
            let finding = findings.iter().find(|finding| finding["name"] == *name).unwrap();
            assert!(finding["advice"].is_string(), "{finding}");
        }
    }
}

/// The Cargo of a toolchain that has neither rustfmt nor clippy.
#[cfg(unix)]
fn toolchain_without_components(dir: &Path) -> String {
    let (real, bare) = (toolchain().sysroot, dir.join("toolchain"));
    std::fs::create_dir_all(bare.join("bin")).unwrap();
    for part in ["lib", "bin/cargo", "bin/rustc"] {
        std::os::unix::fs::symlink(real.join(part), bare.join(part)).unwrap();
    }
    bare.join("bin/cargo").to_str().unwrap().to_owned()
}
