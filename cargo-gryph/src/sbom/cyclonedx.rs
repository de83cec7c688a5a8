//! A delta as CycloneDX 1.5 JSON (Ecma International's `bom-1.5.schema.json`), with package URLs of the type `cargo`.

use serde_json::{Value, json};

use super::{Component, Delta, Difference};
use crate::digest::Digest;

/// The registry that a package URL without a qualifier means.
const REGISTRY: [&str; 2] =
    ["registry+https://github.com/rust-lang/crates.io-index", "sparse+https://index.crates.io/"];

impl Delta {
    /// The bill as text. The same change makes the same bytes: there is no time in it, and its number is a digest.
    pub fn cyclonedx(&self) -> String {
        let components: Vec<Value> =
            self.components.iter().map(|(component, difference)| shown(component, difference)).collect();
        let bom = json!({
            "$schema": "http://cyclonedx.org/schema/bom-1.5.schema.json",
            "bomFormat": "CycloneDX",
            "specVersion": "1.5",
            "serialNumber": serial_number(&components),
            "version": 1,
            "metadata": {
                "tools": { "components": [{
                    "type": "application",
                    "name": "cargo-gryph",
                    "version": env!("CARGO_PKG_VERSION"),
                }] },
                "properties": [{ "name": "cargo-gryph:content", "value": "what a change does to the lock file" }],
            },
            "components": components,
        });
        serde_json::to_string_pretty(&bom).expect("a bill holds only text") + "\n"
    }
}

fn shown(component: &Component, difference: &Difference) -> Value {
    let purl = purl(component);
    let property = |name: &str, value: &str| json!({ "name": format!("cargo-gryph:{name}"), "value": value });
    let mut properties = vec![property("change", word(difference))];
    if let Difference::Changed(before) = difference {
        properties.extend(before.iter().map(|version| property("before", version)));
    }
    let mut value = json!({
        "type": "library",
        "bom-ref": purl,
        "name": component.name,
        "version": component.version,
        "purl": purl,
        "properties": properties,
    });
    if *difference == Difference::Removed {
        value["scope"] = json!("excluded");
    }
    // The form asks for digits of a known length.
    if let Some(digest) = component.checksum.as_deref().and_then(Digest::from_hex) {
        value["hashes"] = json!([{ "alg": "SHA-256", "content": digest.to_string() }]);
    }
    value
}

fn word(difference: &Difference) -> &'static str {
    match difference {
        Difference::Added => "added",
        Difference::Changed(_) => "changed",
        Difference::Removed => "removed",
    }
}

/// A package URL (package-url/purl-spec): `pkg:cargo/name@version`, with the place where it is not the public registry.
fn purl(component: &Component) -> String {
    let Component { name, version, source, .. } = component;
    let source = source.as_deref().unwrap_or_default();
    let place = match source {
        source if REGISTRY.contains(&source) => String::new(),
        source if source.starts_with("git+") => format!("?vcs_url={}", escaped(source)),
        source => {
            let url = source.split_once('+').map_or(source, |(_, url)| url);
            format!("?repository_url={}", escaped(url))
        }
    };
    format!("pkg:cargo/{}@{}{place}", escaped(name), escaped(version))
}

fn escaped(text: &str) -> String {
    let escape = |byte: u8| match byte {
        b'a'..=b'z' | b'A'..=b'Z' | b'0'..=b'9' | b'.' | b'-' | b'_' | b'~' => char::from(byte).to_string(),
        byte => format!("%{byte:02X}"),
    };
    text.bytes().map(escape).collect()
}

/// A UUID of version 8 (RFC 9562), made of the digest of what the bill says.
fn serial_number(components: &[Value]) -> String {
    let text = serde_json::to_string(components).expect("a bill holds only text");
    let mut digits: Vec<char> = Digest::of(text.as_bytes()).to_string().chars().take(32).collect();
    (digits[12], digits[16]) = ('8', '8');
    let digits: String = digits.into_iter().collect();
    let parts = [&digits[..8], &digits[8..12], &digits[12..16], &digits[16..20], &digits[20..]];
    format!("urn:uuid:{}", parts.join("-"))
}
