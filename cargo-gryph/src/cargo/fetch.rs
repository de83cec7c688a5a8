//! The two steps that have a network: they resolve and download, and run nothing of the tree.

use std::collections::BTreeMap;
use std::ffi::{OsStr, OsString};

use super::{BUILD_OUTPUT, Cargo, CargoError, Workbench, tail};
use crate::process::{Invocation, Limits, run};

/// Files at the root of a tree that would act on the tools.
const FOREIGN: &[&str] = &[".cargo/config", ".cargo/config.toml", "rust-toolchain", "rust-toolchain.toml"];

impl Cargo {
    /// Makes `Cargo.lock` for the manifests of the tree.
    pub async fn generate_lockfile(&self, bench: &Workbench) -> Result<(), CargoError> {
        self.with_network(bench, "generate-lockfile", &[]).await
    }

    /// Takes out of `Cargo.lock` what no manifest of the tree asks for any more; the rest stays as it is.
    pub async fn prune_lockfile(&self, bench: &Workbench) -> Result<(), CargoError> {
        let offline = Self { offline: true, ..self.clone() };
        offline.with_network(bench, "update", &["--workspace"]).await
    }

    /// Puts into `Cargo.lock` what the manifests of the tree ask for beyond it; the rest stays as it is.
    pub async fn adapt_lockfile(&self, bench: &Workbench) -> Result<(), CargoError> {
        self.with_network(bench, "update", &["--workspace"]).await
    }

    /// Downloads what `Cargo.lock` names.
    pub async fn fetch(&self, bench: &Workbench) -> Result<(), CargoError> {
        self.with_network(bench, "fetch", &["--locked", "--target", &self.toolchain.host]).await
    }

    /// The same for every platform, not only for this one.
    pub async fn fetch_all(&self, bench: &Workbench) -> Result<(), CargoError> {
        self.with_network(bench, "fetch", &["--locked"]).await
    }

    async fn with_network(&self, bench: &Workbench, step: &str, args: &[&str]) -> Result<(), CargoError> {
        refuse_foreign(bench)?;
        let mut all: Vec<OsString> = vec![step.into(), "--manifest-path".into(), bench.manifest().into()];
        all.extend(args.iter().map(OsString::from));
        all.extend(self.vendored.arguments(&bench.tree()));
        if self.offline {
            all.push("--offline".into());
        }
        let mut env = self.network.clone();
        env.extend(self.environment(&bench.scratch()));
        env.extend(self.plain_rustc());
        let invocation = Invocation {
            program: self.toolchain.cargo.clone(),
            args: all,
            cwd: "/".into(),
            env,
            stdin: Vec::new(),
            watchdog: None,
        };
        let invocation = invocation.held_by(self.sandbox.watchdog().as_ref());
        let output = run(&invocation, &Limits { wall: self.build_wall, output_bytes: BUILD_OUTPUT }).await?;
        if output.success() {
            return Ok(());
        }
        Err(CargoError::Step { step: step.to_owned(), stderr: tail(&output.stderr) })
    }

    /// Variables that keep every configuration from replacing rustc.
    pub(super) fn plain_rustc(&self) -> BTreeMap<OsString, OsString> {
        let none = OsString::new();
        [
            ("RUSTC", self.toolchain.rustc.clone().into()),
            ("RUSTDOC", self.toolchain.rustdoc.clone().into()),
            ("RUSTC_WRAPPER", none.clone()),
            ("RUSTC_WORKSPACE_WRAPPER", none),
        ]
        .map(|(name, value)| (name.into(), value))
        .into()
    }
}

fn refuse_foreign(bench: &Workbench) -> Result<(), CargoError> {
    let mut files = FOREIGN.iter().map(|name| bench.tree().join(name));
    // Not `exists`, which follows links: a link to nowhere here is no good sign either.
    match files.find(|path| path.symlink_metadata().is_ok()) {
        Some(path) => Err(CargoError::ForeignConfiguration { path }),
        None => Ok(()),
    }
}

/// Of the user's whole environment, the variables that say how to reach registries.
pub fn network_environment(
    all: impl IntoIterator<Item = (OsString, OsString)>,
) -> BTreeMap<OsString, OsString> {
    all.into_iter().filter(|(name, _)| about_network(name)).collect()
}

fn about_network(name: &OsStr) -> bool {
    const PREFIXES: &[&str] =
        &["CARGO_HTTP_", "CARGO_NET_", "CARGO_REGISTRY_", "CARGO_REGISTRIES_", "CARGO_SOURCE_"];
    const NAMES: &[&str] = &[
        "HTTP_PROXY",
        "HTTPS_PROXY",
        "ALL_PROXY",
        "NO_PROXY",
        "SSL_CERT_FILE",
        "SSL_CERT_DIR",
        "CURL_CA_BUNDLE",
        "SSH_AUTH_SOCK",
    ];
    let Some(name) = name.to_str() else { return false };
    PREFIXES.iter().any(|prefix| name.starts_with(prefix)) || NAMES.contains(&name.to_uppercase().as_str())
}

/// Of the network variables, those a build needs to find what was fetched, and no secret among them.
pub(super) fn source_environment(network: &BTreeMap<OsString, OsString>) -> BTreeMap<OsString, OsString> {
    let about_source = |name: &OsStr| {
        name.to_str().is_some_and(|name| {
            (name.starts_with("CARGO_SOURCE_") || name.starts_with("CARGO_REGISTRIES_"))
                && !["TOKEN", "SECRET", "KEY", "CREDENTIAL"].iter().any(|secret| name.contains(secret))
        })
    };
    let sources = network.iter().filter(|(name, _)| about_source(name));
    sources.map(|(name, value)| (name.clone(), value.clone())).collect()
}
