//! Embeds templates, policies and model manifests into the binary, as tables of name and text.

use std::fmt::Write as _;
use std::path::{Path, PathBuf};
use std::{env, fs, io};

fn main() -> io::Result<()> {
    let root = PathBuf::from(env::var_os("CARGO_MANIFEST_DIR").expect("cargo sets it for build scripts"));
    let out = PathBuf::from(env::var_os("OUT_DIR").expect("cargo sets it for build scripts"));
    println!("cargo::rerun-if-changed=cargo-gryph/build.rs");
    let mut code = String::new();
    for (table, folder, extension, doc) in [
        ("TEMPLATES", "templates", "tmpl", "Project templates, by path below `templates/`."),
        ("POLICIES", "policies", "toml", "Gate policies, by path below `policies/`."),
        (
            "SOURCE_RULES",
            "policies/source",
            "yml",
            "Rules about Rust source, by path below `policies/source/`.",
        ),
        ("MODELS", "models", "toml", "Model manifests, by path below `models/`."),
    ] {
        println!("cargo::rerun-if-changed={folder}");
        let folder = root.join(folder);
        let mut files = Vec::new();
        collect(&folder, extension, &mut files)?;
        files.sort();
        code.push_str(&entry(table, doc, &folder, &files));
    }
    fs::write(out.join("embedded.rs"), code)
}

/// All files below `folder` with this extension; none if the folder is missing.
fn collect(folder: &Path, extension: &str, files: &mut Vec<PathBuf>) -> io::Result<()> {
    if !folder.is_dir() {
        return Ok(());
    }
    for entry in fs::read_dir(folder)? {
        let path = entry?.path();
        if path.is_dir() {
            collect(&path, extension, files)?;
        } else if path.extension().is_some_and(|found| found == extension) {
            files.push(path);
        }
    }
    Ok(())
}

/// The Rust text of one table.
fn entry(table: &str, doc: &str, folder: &Path, files: &[PathBuf]) -> String {
    let mut code = format!("/// {doc}\npub static {table}: &[(&str, &str)] = &[\n");
    for file in files {
        let name: Vec<_> = file
            .strip_prefix(folder)
            .expect("the file was found below the folder")
            .iter()
            .map(|part| part.to_string_lossy())
            .collect();
        let name = name.join("/");
        writeln!(code, "    ({name:?}, include_str!({:?})),", file.display().to_string())
            .expect("writing to a string does not fail");
    }
    code + "];\n"
}
