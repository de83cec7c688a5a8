//! Services that really serve: started as people start them, and asked whatever their document allows by schemathesis
//! (<https://schemathesis.readthedocs.io>), which must see no error of theirs and no answer that the document does not have.

use std::path::Path;
use std::process::Command;

use cargo_gryph::spec::parse;
use serde_json::Value;

use crate::factory::{SERVICES, filled, laid_out};
use crate::program::{Program, free_port, wait_for};
use crate::scaffold::cargo_says;

const ADMIN: &str = "root@example.org";
const PASSWORD: &str = "long enough for anybody";
const SECRET: &str = "a secret of thirty-two bytes, or of more";
/// Cases that have to be tried.
const LEAST_CASES: usize = 2_000;

/// What a request that the schema allows may be answered with everywhere.
const USUAL: [&str; 6] = ["2xx", "401", "403", "404", "409", "429"];

/// Routes that refuse what their schema allows, with the status that they do it with, which the document has: by a rule of a
/// function, and sockets, where a plain request is none.
fn refusing(spec: &str) -> Vec<(String, &'static str)> {
    let service = parse(spec, "spec.toml").unwrap().service.unwrap();
    let checked =
        service.entities.iter().filter(|entity| entity.fields.iter().any(|field| field.check.is_some()));
    let rows = checked.flat_map(|entity| [entity.route(), format!("{}/{{id}}", entity.route())]);
    let fallible = service.endpoints.iter().filter(|endpoint| endpoint.call.fallible);
    let ruled = rows.chain(fallible.map(|endpoint| endpoint.route.to_string())).map(|route| (route, "422"));
    ruled.chain(service.sockets.iter().map(|socket| (socket.route.to_string(), "400"))).collect()
}

/// The settings of schemathesis for these routes. To leave the check out altogether has no effect beside `--checks all`.
fn settings((route, status): (String, &str)) -> String {
    let statuses: Vec<&str> = USUAL.into_iter().chain([status]).collect();
    format!(
        "[[operations]]\ninclude-path = \"{route}\"\n[operations.checks]\n\
         positive_data_acceptance.expected-statuses = {statuses:?}\n"
    )
}

/// Programs that serve together.
pub(crate) struct Served {
    /// They end with it.
    _programs: Vec<Program>,
    /// Where the first is asked.
    address: String,
}

impl Served {
    /// Builds what lies in a folder and starts it, with its databases beside the folder's files.
    fn start(name: &str, folder: &Path) -> Self {
        Self::start_with(name, folder, folder)
    }

    /// Builds what lies in a folder and starts it, with its databases in another folder.
    pub(crate) fn start_with(name: &str, folder: &Path, databases: &Path) -> Self {
        let (built, said) = cargo_says(folder, &["build", "--workspace", "--quiet"]);
        assert!(built, "{said}");
        let services = folder.join("services");
        let parts: Vec<String> = std::fs::read_dir(services)
            .map(|dir| dir.map(|entry| entry.unwrap().file_name().into_string().unwrap()).collect())
            .unwrap_or_default();
        let mut programs = Vec::new();
        let mut upstreams = Vec::new();
        for part in &parts {
            let port = free_port();
            programs.push(program(&format!("{name}-{part}"), port, folder, databases, &[]));
            let variable = format!("{}_GATEWAY__SERVICES__{}", name.to_uppercase(), part.to_uppercase());
            upstreams.push((variable, format!("http://127.0.0.1:{port}")));
        }
        let first = match parts.as_slice() {
            [] if folder.join("functions").is_dir() => format!("{name}-local"),
            [] => name.to_owned(),
            _ => format!("{name}-gateway"),
        };
        let port = free_port();
        programs.push(program(&first, port, folder, databases, &upstreams));
        Self { _programs: programs, address: format!("http://127.0.0.1:{port}") }
    }

    /// A token of the admin.
    fn token(&self) -> String {
        let account = serde_json::json!({ "email": ADMIN, "password": PASSWORD });
        let request = ureq::post(format!("{}/auth/login", self.address));
        let answer = request.header("content-type", "application/json").send(account.to_string());
        read(answer)["access_token"].as_str().unwrap().to_owned()
    }

    /// What the admin gets there.
    pub(crate) fn get(&self, path: &str) -> Value {
        let request = ureq::get(format!("{}{path}", self.address));
        read(request.header("authorization", format!("Bearer {}", self.token())).call())
    }

    /// What the admin gets for what is posted there.
    pub(crate) fn post(&self, path: &str, body: &Value) -> Value {
        let request =
            ureq::post(format!("{}{path}", self.address)).header("content-type", "application/json");
        read(request.header("authorization", format!("Bearer {}", self.token())).send(body.to_string()))
    }
}

fn read(answer: Result<ureq::http::Response<ureq::Body>, ureq::Error>) -> Value {
    serde_json::from_str(&answer.unwrap().body_mut().read_to_string().unwrap()).unwrap()
}

/// Starts a program, which keeps the accounts if it is the first one asked, and waits until it listens.
fn program(name: &str, port: u16, folder: &Path, databases: &Path, more: &[(String, String)]) -> Program {
    let file = Path::new(env!("CARGO_TARGET_TMPDIR")).join("scaffold/debug").join(name);
    let prefix = name.trim_end_matches("-local").replace('-', "_").to_uppercase();
    let is_divided = folder.join("gateway").is_dir();
    let listen = format!("127.0.0.1:{port}");
    let metrics = format!("127.0.0.1:{}", free_port());
    let database = format!("sqlite://{}/{name}.db", databases.display());
    let mut settings = vec![
        ("SERVER__LISTEN", &*listen),
        ("DATABASE__URL", &*database),
        ("LIMITS__RATE_FACTOR", "100000"),
        ("TELEMETRY__FILTER", "error"),
        ("TELEMETRY__METRICS_LISTEN", &metrics),
    ];
    if is_divided {
        settings.push(("IDENTITY__SECRET", SECRET));
    }
    if !is_divided || name.ends_with("-gateway") {
        settings.extend([
            ("DEVELOPMENT", "true"),
            ("AUTH__ADMIN_EMAIL", ADMIN),
            ("AUTH__ADMIN_PASSWORD", PASSWORD),
        ]);
    }
    let settings = settings.into_iter().map(|(key, value)| (format!("{prefix}__{key}"), value.to_owned()));
    let mut command = Command::new(file);
    command.envs(settings.chain(more.iter().cloned())).current_dir(folder);
    let program = Program::start(&mut command).unwrap();
    wait_for(port);
    program
}

/// What schemathesis has tried, by its last line about cases, such as `2917 generated, 2917 passed, 54 skipped`.
fn cases(said: &str) -> usize {
    let line = said.lines().find(|line| line.contains(" generated, ")).unwrap_or_default();
    line.split_whitespace().next().and_then(|count| count.parse().ok()).unwrap_or(0)
}

/// Where `schemathesis` is installed: `GRYPH_SERVED=all`, or some names.
#[test]
fn no_request_that_the_document_allows_gets_an_answer_that_it_does_not() {
    let Ok(wanted) = std::env::var("GRYPH_SERVED") else {
        println!("GRYPH_SERVED is not set: nothing is started");
        return;
    };
    let is_wanted = |name: &str| wanted == "all" || wanted.split(',').any(|one| one == name);
    for (name, spec) in SERVICES.iter().filter(|(name, _)| is_wanted(name)) {
        let folder = tempfile::tempdir().unwrap();
        laid_out(&filled(spec), folder.path());
        let served = Served::start(name, folder.path());
        let settings: String = refusing(spec).into_iter().map(settings).collect();
        std::fs::write(folder.path().join("schemathesis.toml"), settings).unwrap();
        let output = Command::new("schemathesis")
            .args(["run", &format!("{}/openapi.json", served.address), "--checks", "all"])
            // Who logs out is not let in any more.
            .args(["--exclude-path", "/auth/logout", "--max-examples", "250"])
            .args(["--header", &format!("Authorization: Bearer {}", served.token())])
            .current_dir(folder.path())
            .output()
            .unwrap();
        let said = String::from_utf8_lossy(&output.stdout);
        assert!(output.status.success(), "{name}:\n{said}");
        assert!(cases(&said) >= LEAST_CASES, "{name}: too few cases:\n{said}");
        println!("{name}: {} cases", cases(&said));
    }
}
