//! What `cargo package` would publish.

use std::process::Command;

fn packaged() -> Vec<String> {
    let output = Command::new(env!("CARGO"))
        .args(["package", "--list", "--allow-dirty", "--offline", "-p", "cargo-gryph"])
        .current_dir(env!("CARGO_MANIFEST_DIR"))
        .output()
        .unwrap();
    assert!(output.status.success(), "{}", String::from_utf8_lossy(&output.stderr));
    String::from_utf8(output.stdout).unwrap().lines().map(str::to_owned).collect()
}

#[test]
fn the_package_holds_everything_the_binary_embeds() {
    let files = packaged();
    for wanted in
        ["cargo-gryph/src/lib.rs", "cargo-gryph/build.rs", "README.md", "LICENSE-MIT", "LICENSE-APACHE"]
    {
        assert!(files.iter().any(|file| file == wanted), "`{wanted}` is missing");
    }
    for folder in ["templates/", "policies/", "models/"] {
        assert!(files.iter().any(|file| file.starts_with(folder)), "nothing from `{folder}`");
    }
}

#[test]
fn every_embedded_file_of_the_repository_is_packaged() {
    let files = packaged();
    let root = std::path::Path::new(env!("CARGO_MANIFEST_DIR"));
    let mut open = vec![root.join("templates"), root.join("policies"), root.join("models")];
    while let Some(directory) = open.pop() {
        for entry in std::fs::read_dir(directory).unwrap() {
            let path = entry.unwrap().path();
            if path.is_dir() {
                open.push(path);
                continue;
            }
            let name = path.strip_prefix(root).unwrap().to_str().unwrap().replace('\\', "/");
            assert!(files.contains(&name), "`{name}` would not be published");
        }
    }
}

#[test]
fn neither_weights_nor_benchmarks_are_packaged() {
    for file in packaged() {
        let weights = [".gguf", ".onnx", ".bin", ".so"].iter().any(|suffix| file.ends_with(suffix));
        assert!(!weights && !file.starts_with("benches/"), "`{file}` does not belong in the package");
    }
}
