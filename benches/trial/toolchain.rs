//! The toolchain in use.

use std::path::PathBuf;

use cargo_gryph::cargo::{Search, Toolchain};

/// The toolchain in use.
pub(crate) fn toolchain() -> Toolchain {
    let variable = |name: &str| std::env::var_os(name);
    let home = variable("HOME").map(PathBuf::from).unwrap_or_default();
    let search = Search {
        cargo: variable("CARGO").map(PathBuf::from),
        cargo_home: variable("CARGO_HOME").map_or_else(|| home.join(".cargo"), PathBuf::from),
        path: variable("PATH").unwrap_or_default(),
        neutral_dir: "/".into(),
        rustup: std::env::vars_os().filter(|(name, _)| name == "HOME" || name == "RUSTUP_HOME").collect(),
    };
    Toolchain::discover(&search).unwrap()
}
