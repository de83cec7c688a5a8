//! Chromium without a window and without scripts, spoken to through `chromedriver` as WebDriver has it
//! (<https://www.w3.org/TR/webdriver2/>).

use std::io::{BufRead, BufReader, Write as _};
use std::net::{Ipv4Addr, TcpStream};
use std::process::Command;

use serde_json::{Value, json};

use crate::program::{Program, free_port, wait_for};

/// How the standard names the identifier of an element.
const ELEMENT: &str = "element-6066-11e4-a52e-4f735466cecf";
/// Tells Chromium to run no scripts.
const NO_SCRIPTS: &str = "profile.managed_default_content_settings.javascript";

/// The first line and the body of an answer; the driver does not always close the connection behind it.
fn answer(from: &mut impl BufRead) -> (String, String) {
    let (mut status, mut length) = (String::new(), 0);
    from.read_line(&mut status).unwrap();
    loop {
        let mut line = String::new();
        from.read_line(&mut line).unwrap();
        match line.trim().split_once(':') {
            Some((name, value)) if name.eq_ignore_ascii_case("content-length") => {
                length = value.trim().parse().unwrap();
            }
            Some(_) => {}
            None => break,
        }
    }
    let mut body = vec![0; length];
    from.read_exact(&mut body).unwrap();
    (status, String::from_utf8(body).unwrap())
}

/// A browser with one page.
pub(super) struct Browser {
    _driver: Program,
    port: u16,
    session: String,
}

impl Browser {
    /// Starts one; `None` where there is no `chromedriver`.
    pub(super) fn start() -> Option<Self> {
        let port = free_port();
        let driver = Program::start(Command::new("chromedriver").arg(format!("--port={port}"))).ok()?;
        wait_for(port);
        let mut browser = Self { _driver: driver, port, session: String::new() };
        // Chromium's own sandbox does not start for root, nor inside of another one; the pages are ours.
        let options = json!({
            "args": ["--headless=new", "--no-sandbox", "--disable-gpu"],
            "prefs": { NO_SCRIPTS: 2 },
        });
        let wanted = json!({ "browserName": "chrome", "goog:chromeOptions": options });
        let made = browser.call("POST", "/session", &json!({ "capabilities": { "alwaysMatch": wanted } }));
        browser.session = format!("/session/{}", made["sessionId"].as_str().unwrap());
        Some(browser)
    }

    fn call(&self, method: &str, path: &str, body: &Value) -> Value {
        let body = if method == "POST" { body.to_string() } else { String::new() };
        let mut stream = TcpStream::connect((Ipv4Addr::LOCALHOST, self.port)).unwrap();
        write!(
            stream,
            "{method} {}{path} HTTP/1.1\r\nHost: 127.0.0.1\r\nConnection: close\r\nContent-Length: {}\r\n\r\n{body}",
            self.session,
            body.len()
        )
        .unwrap();
        let (status, body) = answer(&mut BufReader::new(stream));
        assert!(status.starts_with("HTTP/1.1 200"), "{method} {path}: {status} {body}");
        serde_json::from_str::<Value>(&body).unwrap()["value"].take()
    }

    fn get(&self, path: &str) -> String {
        self.call("GET", path, &Value::Null).as_str().unwrap_or_default().to_owned()
    }

    fn post(&self, path: &str, body: &Value) {
        self.call("POST", path, body);
    }

    pub(super) fn open(&self, address: &str) {
        self.post("/url", &json!({ "url": address }));
    }

    pub(super) fn address(&self) -> String {
        self.get("/url")
    }

    pub(super) fn title(&self) -> String {
        self.get("/title")
    }

    /// The elements that a selector of CSS finds.
    pub(super) fn all(&self, selector: &str) -> Vec<String> {
        let wanted = json!({ "using": "css selector", "value": selector });
        let found = self.call("POST", "/elements", &wanted);
        let found = found.as_array().unwrap().iter();
        found.map(|one| format!("/element/{}", one[ELEMENT].as_str().unwrap())).collect()
    }

    /// The one element that a selector finds.
    pub(super) fn one(&self, selector: &str) -> String {
        let mut found = self.all(selector);
        assert_eq!(found.len(), 1, "{selector} at {}", self.address());
        found.remove(0)
    }

    pub(super) fn text(&self, selector: &str) -> String {
        self.get(&format!("{}/text", self.one(selector)))
    }

    pub(super) fn value(&self, selector: &str) -> String {
        self.get(&format!("{}/property/value", self.one(selector)))
    }

    pub(super) fn press(&self, selector: &str) {
        self.post(&format!("{}/click", self.one(selector)), &json!({}));
    }

    pub(super) fn clear(&self, selector: &str) {
        self.post(&format!("{}/clear", self.one(selector)), &json!({}));
    }

    pub(super) fn enter(&self, selector: &str, text: &str) {
        self.post(&format!("{}/value", self.one(selector)), &json!({ "text": text }));
    }

    /// What a screen reader is told of an element: what it is, and what it is called.
    pub(super) fn told(&self, element: &str) -> (String, String) {
        (self.get(&format!("{element}/computedrole")), self.get(&format!("{element}/computedlabel")))
    }
}

impl Drop for Browser {
    fn drop(&mut self) {
        // The driver ends Chromium with the session. A test that failed may have lost the driver.
        if !std::thread::panicking() {
            self.call("DELETE", "", &Value::Null);
        }
    }
}
