//! The public model hub over HTTPS: one file, resumed where an earlier attempt stopped.

use std::ffi::OsStr;
use std::io::Read;
use std::time::Duration;

use ureq::http::StatusCode;
use ureq::{Agent, Proxy};

use super::{Access, Assembly, SourceError};

/// An unreachable hub must not hold anybody up.
const CONNECT: Duration = Duration::from_secs(5);
/// How long the hub may stay silent.
const SILENCE: Duration = Duration::from_secs(20);
/// Attempts in a row that bring no byte.
const FRUITLESS: usize = 3;
const CHUNK: usize = 256 << 10;

/// Downloads what is missing at the end of the file.
pub(super) fn fill(address: &str, access: &Access, assembly: &mut Assembly<'_>) -> Result<(), SourceError> {
    let agent = agent(access)?;
    let mut fruitless = 0;
    while assembly.length() < assembly.spec().bytes {
        let before = assembly.length();
        match request(&agent, address, assembly) {
            Err(Interruption::Final(error)) => return Err(error),
            Err(Interruption::Retry(reason)) if assembly.length() <= before => {
                fruitless += 1;
                if fruitless == FRUITLESS {
                    return Err(SourceError::Failed(reason));
                }
            }
            Ok(()) | Err(Interruption::Retry(_)) => fruitless = 0,
        }
    }
    Ok(())
}

/// Why one request did not bring the rest of the file.
enum Interruption {
    Final(SourceError),
    Retry(String),
}

impl From<SourceError> for Interruption {
    fn from(error: SourceError) -> Self {
        Self::Final(error)
    }
}

fn request(agent: &Agent, address: &str, assembly: &mut Assembly<'_>) -> Result<(), Interruption> {
    assembly.check_cancelled()?;
    let start = assembly.length();
    let mut request = agent.get(address).header("accept-encoding", "identity");
    if start > 0 {
        request = request.header("range", format!("bytes={start}-"));
    }
    let mut response = request.call().map_err(|error| fatal(error.to_string()))?;
    match response.status() {
        StatusCode::PARTIAL_CONTENT if start > 0 && starts_at(&response, start) => {}
        StatusCode::OK => assembly.truncate(0)?,
        StatusCode::RANGE_NOT_SATISFIABLE if start > 0 => {
            assembly.truncate(0)?;
            return Err(Interruption::Retry("it refuses to resume".to_owned()));
        }
        status => return Err(fatal(format!("it answered {status}"))),
    }
    if let Some(length) = response.body().content_length()
        && assembly.length() + length != assembly.spec().bytes
    {
        let bytes = assembly.length() + length;
        return Err(fatal(format!("it has {bytes} bytes, not {}", assembly.spec().bytes)));
    }
    receive(&mut response.body_mut().as_reader(), assembly)
}

fn fatal(reason: String) -> Interruption {
    Interruption::Final(SourceError::Failed(reason))
}

fn receive(body: &mut dyn Read, assembly: &mut Assembly<'_>) -> Result<(), Interruption> {
    let mut buffer = vec![0; CHUNK];
    loop {
        match body.read(&mut buffer) {
            Ok(0) if assembly.length() < assembly.spec().bytes => {
                return Err(Interruption::Retry("the answer ended early".to_owned()));
            }
            Ok(0) => return Ok(()),
            Ok(count) => assembly.append(&buffer[..count])?,
            Err(error) => return Err(Interruption::Retry(error.to_string())),
        }
    }
}

fn starts_at(response: &ureq::http::Response<ureq::Body>, start: u64) -> bool {
    let range = response.headers().get("content-range").and_then(|range| range.to_str().ok());
    range.is_some_and(|range| range.starts_with(&format!("bytes {start}-")))
}

fn agent(access: &Access) -> Result<Agent, SourceError> {
    let config = Agent::config_builder()
        .http_status_as_error(false)
        .proxy(proxy(access)?)
        .timeout_resolve(Some(CONNECT))
        .timeout_connect(Some(CONNECT))
        .timeout_recv_response(Some(SILENCE))
        .timeout_per_read(Some(SILENCE))
        .build();
    Ok(Agent::new_with_config(config))
}

/// The proxy named by the environment that was passed in; the process's own is not read.
fn proxy(access: &Access) -> Result<Option<Proxy>, SourceError> {
    let names = ["HTTPS_PROXY", "https_proxy", "ALL_PROXY", "all_proxy"];
    let address = names
        .iter()
        .filter_map(|name| access.environment.get(OsStr::new(name))?.to_str())
        .find(|address| !address.is_empty());
    address
        .map(|address| Proxy::new(address).map_err(|error| SourceError::Failed(format!("proxy: {error}"))))
        .transpose()
}
