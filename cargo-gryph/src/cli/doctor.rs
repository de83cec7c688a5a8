//! `cargo gryph doctor`: what this machine has, what is missing, and what to do about it.

use std::collections::BTreeMap;
use std::io::Write as _;
use std::path::Path;
use std::sync::Arc;

use gryph_onnx::runtime;
use serde::Serialize;

use super::args::Common;
use super::console::{self, MessageFormat, Talk};
use super::exit_code::ExitCode;
use super::failure::Failure;
use super::model::Context;
use super::model::provision::{Provisioning, manifest};
use super::surroundings::Surroundings;
use super::workshop;
use crate::cargo::Toolchain;
use crate::config::Settings;
use crate::git::Identity;
use crate::model::manifest::{Manifest, RUNTIME, Role};
use crate::model::source::package_clients;
use crate::model::store::{Network, State};
use crate::sandbox::{Layer, Purpose, Sandbox, Unsandboxed};

/// Tells on stdout what `new` would find, and ends with 106 if it could not run.
pub(super) fn doctor(common: &Common, surroundings: &Surroundings) -> Result<ExitCode, Failure> {
    let settings = workshop::settings(surroundings, BTreeMap::new())?;
    let reporter = console::reporter(Talk { format: common.message_format, quiet: true });
    let context = Context {
        surroundings,
        reporter: reporter.as_ref(),
        cancelled: &|| false,
        offline: workshop::offline(&settings, common),
        format: common.message_format,
        default_model: &settings.model.value,
    };
    let visit =
        Visit { common, surroundings, settings: &settings, provisioning: Provisioning::new(&context) };
    let findings = visit.findings()?;
    let able = findings.iter().all(|finding| finding.standing != Standing::Missing);
    let code = if able { ExitCode::Done } else { ExitCode::Missing };
    let text = if common.message_format == MessageFormat::Json {
        json(&findings, code)
    } else {
        human(&findings, able)
    };
    let _ = std::io::stdout().lock().write_all(text.as_bytes());
    Ok(code)
}

/// How something stands.
#[derive(Clone, Copy, PartialEq, Eq, Debug, Serialize)]
#[serde(rename_all = "kebab-case")]
enum Standing {
    /// It is there.
    Ok,
    /// It is not there, and `new` does without it or fetches it.
    Absent,
    /// It is not there, and `new` cannot run.
    Missing,
}

/// One line of the answer.
#[derive(Clone, PartialEq, Eq, Debug, Serialize)]
struct Finding {
    name: String,
    standing: Standing,
    found: String,
    /// What to do, or what will be done.
    advice: Option<String>,
}

impl Finding {
    fn new(name: &str, standing: Standing, found: impl Into<String>) -> Self {
        Self { name: name.to_owned(), standing, found: found.into(), advice: None }
    }

    fn ok(name: &str, found: impl Into<String>) -> Self {
        Self::new(name, Standing::Ok, found)
    }

    fn failed(name: &str, failure: &Failure) -> Self {
        let advice = failure.advice().map(str::to_owned);
        Self { advice, ..Self::new(name, Standing::Missing, failure.sentence()) }
    }

    fn advise(self, advice: impl Into<String>) -> Self {
        Self { advice: Some(advice.into()), ..self }
    }
}

/// One look at the machine.
struct Visit<'a> {
    common: &'a Common,
    surroundings: &'a Surroundings,
    settings: &'a Settings,
    provisioning: Provisioning<'a>,
}

impl Visit<'_> {
    fn findings(&self) -> Result<Vec<Finding>, Failure> {
        let home = self.home();
        let mut findings = self.toolchain();
        findings.push(self.git());
        findings.extend(self.sandbox());
        let clients = self.clients();
        let client_works = clients.iter().any(|client| client.standing == Standing::Ok);
        findings.extend(clients);
        findings.push(self.runtime(client_works)?);
        findings.extend(self.models()?);
        findings.push(home);
        Ok(findings)
    }

    fn toolchain(&self) -> Vec<Finding> {
        let found = workshop::cargo(self.surroundings, self.settings, self.common, Arc::new(Unsandboxed));
        let toolchain = match found {
            Ok(cargo) => cargo.toolchain,
            Err(failure) => return vec![Finding::failed("toolchain", &failure)],
        };
        let Toolchain { version, rustfmt, cargo_clippy, clippy_driver, .. } = &toolchain;
        vec![
            Finding::ok("toolchain", version.as_str()),
            component("rustfmt", "rustfmt", &[rustfmt]),
            component("clippy", "clippy", &[cargo_clippy, clippy_driver]),
        ]
    }

    fn git(&self) -> Finding {
        let found = workshop::git(self.surroundings).and_then(|git| {
            let version = git.version().map_err(|error| Failure::new(ExitCode::CouldNotFindOut, error))?;
            Ok((version, git.identity().clone()))
        });
        let (version, identity) = match found {
            Ok(found) => found,
            Err(failure) => return Finding::failed("git", &failure),
        };
        let finding =
            Finding::ok("git", format!("{version}, commits as {} <{}>", identity.name, identity.email));
        if identity != Identity::fallback() {
            return finding;
        }
        finding
            .advise("to commit under your own name, set user.name and user.email with `git config --global`")
    }

    fn sandbox(&self) -> Vec<Finding> {
        let required = self.settings.sandbox_layers.value.join(", ");
        let sandbox = match workshop::sandbox(self.common, self.settings, self.surroundings) {
            Ok(_) if self.common.unsandboxed => {
                return vec![Finding::new("sandbox", Standing::Absent, "none, as asked by --unsandboxed")];
            }
            Ok(sandbox) => sandbox,
            Err(failure) => {
                return vec![Finding::failed("sandbox", &failure).advise(
                    "install bubblewrap, or use Linux 6.2 or later with landlock; docs/sandbox.md says more",
                )];
            }
        };
        let around = |name: &str, purpose| Finding::ok(name, layers(sandbox.as_ref(), purpose));
        let mut findings =
            vec![around("sandbox of builds", Purpose::Build), around("sandbox of runs", Purpose::Run)];
        if !required.is_empty() {
            findings.push(Finding::ok("required layers", required));
        }
        findings
    }

    fn clients(&self) -> Vec<Finding> {
        let Network::Online(access) = &self.provisioning.network else {
            return vec![Finding::new("package clients", Standing::Absent, "not looked for: offline")];
        };
        let clients = package_clients(access, &std::env::temp_dir());
        clients
            .into_iter()
            .map(|(name, program)| match program {
                Some(program) => Finding::ok(name, program.display().to_string()),
                None => Finding::new(name, Standing::Absent, "not found")
                    .advise("one of pip and npm is enough to fetch the runtime library"),
            })
            .collect()
    }

    /// The runtime library: where it lies or would come from, loaded once to see that it works.
    fn runtime(&self, client_works: bool) -> Result<Finding, Failure> {
        const NAME: &str = "ONNX Runtime";
        let runtime = manifest(RUNTIME)?;
        let Provisioning { store, search, .. } = &self.provisioning;
        let looked = self
            .provisioning
            .observed(|observer| store.ensure_runtime(&runtime, search, &Network::Offline, observer));
        let library = match looked {
            Ok(library) => library,
            Err(error) if search.given.is_some() => {
                return Ok(Finding::new(NAME, Standing::Missing, error.to_string())
                    .advise("mend or unset ORT_DYLIB_PATH"));
            }
            Err(_) if client_works => {
                return Ok(Finding::new(
                    NAME,
                    Standing::Absent,
                    "neither given, nor in the system or the cache",
                )
                .advise("the first `new` fetches it; `cargo gryph model pull onnxruntime` does so now"));
            }
            Err(_) => {
                return Ok(Finding::new(
                    NAME,
                    Standing::Missing,
                    "neither given, nor in the system or the cache",
                )
                .advise("name a library with ORT_DYLIB_PATH, or go online with pip or npm installed"));
            }
        };
        let origin = match search.given {
            Some(_) => "ORT_DYLIB_PATH",
            None if library.starts_with(store.home()) => "the cache",
            None => "the system",
        };
        Ok(loaded(NAME, origin, &library))
    }

    /// The model that writes by default, and the others that are in the cache.
    fn models(&self) -> Result<Vec<Finding>, Failure> {
        let default = manifest(&self.settings.model.value)?;
        let others = Manifest::embedded().map_err(|error| Failure::new(ExitCode::Internal, error))?;
        let others = others.iter().filter(|other| other.role != Role::Runtime && other.id != default.id);
        let mut findings = vec![self.model(&default)];
        for other in others {
            match self.provisioning.store.state(other) {
                State::Absent => {}
                State::Ready => findings.push(Finding::ok(&model_name(other), "in the cache")),
                State::Downloaded | State::Damaged => {
                    findings.push(Finding::new(
                        &model_name(other),
                        Standing::Absent,
                        "in the cache, not complete",
                    ));
                }
            }
        }
        Ok(findings)
    }

    fn model(&self, model: &Manifest) -> Finding {
        let name = model_name(model);
        let pull = format!("cargo gryph model pull {}", model.id);
        let offline = matches!(self.provisioning.network, Network::Offline);
        match self.provisioning.store.state(model) {
            State::Ready => Finding::ok(&name, "in the cache, used by default"),
            State::Downloaded => Finding::new(&name, Standing::Absent, "downloaded, not imported yet")
                .advise(format!("the first `new` imports it; `{pull}` does so now")),
            State::Absent | State::Damaged if offline => {
                Finding::new(&name, Standing::Missing, "not in the cache, and offline")
                    .advise(format!("run `{pull}` once without --offline, or with `--from FILE`"))
            }
            State::Absent | State::Damaged => {
                let megabytes = model.bytes(self.provisioning.store.platform()).div_ceil(1_000_000);
                Finding::new(&name, Standing::Absent, format!("not in the cache, {megabytes} MB to fetch"))
                    .advise(format!("the first `new` fetches it; `{pull}` does so now"))
            }
        }
    }

    fn home(&self) -> Finding {
        const NAME: &str = "GRYPH_HOME";
        let home = &self.surroundings.home;
        let usable = std::fs::create_dir_all(home).and_then(|()| tempfile::tempfile_in(home));
        let shown = home.display();
        match usable {
            Ok(_) => Finding::ok(NAME, format!("{shown}{}", free_space(home))),
            Err(error) => {
                Finding::new(NAME, Standing::Missing, format!("cannot write to `{shown}`: {error}"))
                    .advise("set GRYPH_HOME to a directory that can be written")
            }
        }
    }
}

fn model_name(model: &Manifest) -> String {
    format!("model {}", model.id)
}

/// A component of the toolchain that rustup installs separately.
fn component(name: &str, component: &str, programs: &[&Path]) -> Finding {
    match programs.iter().find(|program| !program.is_file()) {
        None => Finding::ok(name, programs[0].display().to_string()),
        Some(program) => {
            Finding::new(name, Standing::Missing, format!("`{}` does not exist", program.display()))
                .advise(format!("install it with `rustup component add {component}`"))
        }
    }
}

fn layers(sandbox: &dyn Sandbox, purpose: Purpose) -> String {
    sandbox.layers_for(purpose).iter().map(Layer::to_string).collect::<Vec<_>>().join(", ")
}

fn loaded(name: &str, origin: &str, library: &Path) -> Finding {
    let shown = library.display();
    match runtime::init(library) {
        Ok(runtime) => Finding::ok(name, format!("{} from {origin}, `{shown}`", runtime.version())),
        Err(error) => {
            Finding::new(name, Standing::Missing, format!("`{shown}` from {origin} does not load: {error}"))
                .advise("name another library with ORT_DYLIB_PATH")
        }
    }
}

#[cfg(unix)]
fn free_space(dir: &Path) -> String {
    rustix::fs::statvfs(dir).map_or_else(
        |_| String::new(),
        |space| format!(", {} GB free", space.f_bavail.saturating_mul(space.f_frsize) / 1_000_000_000),
    )
}

#[cfg(not(unix))]
fn free_space(_: &Path) -> String {
    String::new()
}

fn human(findings: &[Finding], able: bool) -> String {
    let width = findings.iter().map(|finding| finding.name.chars().count()).max().unwrap_or(0);
    let mut text = String::new();
    for Finding { name, standing, found, advice } in findings {
        let standing = match standing {
            Standing::Ok => "ok",
            Standing::Absent => "absent",
            Standing::Missing => "missing",
        };
        text += &format!("{standing:7}  {name:width$}  {found}\n");
        if let Some(advice) = advice {
            text += &format!("{:7}  {:width$}  hint: {advice}\n", "", "");
        }
    }
    let end = if able { "`cargo gryph new` can run here" } else { "`cargo gryph new` cannot run here" };
    text + "\n" + end + "\n"
}

fn json(findings: &[Finding], code: ExitCode) -> String {
    let object = |finding: &Finding| {
        let Finding { name, standing, found, advice } = finding;
        serde_json::json!({
            "reason": "doctor", "name": name, "standing": standing, "found": found, "advice": advice,
        })
    };
    let end = serde_json::json!({ "reason": "doctor-finished", "exit_code": code.number() });
    findings.iter().map(object).chain([end]).map(|object| format!("{object}\n")).collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn advice_stands_below_what_it_is_about() {
        let findings = [
            Finding::ok("git", "git version 2"),
            Finding::new("rustfmt", Standing::Missing, "`x` does not exist").advise("install it"),
        ];
        insta::assert_snapshot!(human(&findings, false), @r"
        ok       git      git version 2
        missing  rustfmt  `x` does not exist
                          hint: install it

        `cargo gryph new` cannot run here
        ");
    }
}
