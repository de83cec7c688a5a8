//! Routes: plain segments and parameters, and which of them clash.

use std::collections::{BTreeMap, BTreeSet};
use std::fmt;
use std::ops::Range;

use serde::{Serialize, Serializer};

use super::Service;
use super::reserved::ROUTES;
use crate::spec::names::{NameKind, check_name};
use crate::spec::problem::{Fault, Problems};
use crate::spec::word::spelled;

const MOST_SEGMENTS: usize = 8;
const LONGEST_SEGMENT: usize = 40;

/// A method of HTTP.
#[derive(Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Debug, Serialize)]
#[serde(rename_all = "UPPERCASE")]
pub enum Method {
    /// Reads; its request fields stand in the address.
    Get,
    /// Does something.
    Post,
    /// Puts something in the place of another.
    Put,
    /// Changes a part.
    Patch,
    /// Takes away; its request fields stand in the address.
    Delete,
}

impl Method {
    /// Every method by its word in a specification.
    pub(super) const WORDS: &'static [(&'static str, Self)] = &[
        ("GET", Self::Get),
        ("POST", Self::Post),
        ("PUT", Self::Put),
        ("PATCH", Self::Patch),
        ("DELETE", Self::Delete),
    ];

    /// As HTTP spells it.
    pub fn as_str(self) -> &'static str {
        spelled(self, Self::WORDS)
    }

    /// Whether requests have a body.
    pub fn has_body(self) -> bool {
        !matches!(self, Self::Get | Self::Delete)
    }
}

/// A path such as `/rooms/{room}/people`.
#[derive(Clone, PartialEq, Eq, PartialOrd, Ord, Debug)]
pub struct Route {
    segments: Vec<Segment>,
}

/// One step of a path.
#[derive(Clone, PartialEq, Eq, PartialOrd, Ord, Debug)]
pub enum Segment {
    /// Lower-case letters, digits and `-`.
    Fixed(String),
    /// A parameter by its name, in snake case.
    Parameter(String),
}

impl Route {
    /// Its steps.
    pub fn segments(&self) -> &[Segment] {
        &self.segments
    }

    /// The names of its parameters, in order.
    pub fn parameters(&self) -> impl Iterator<Item = &str> {
        self.segments.iter().filter_map(|segment| match segment {
            Segment::Parameter(name) => Some(name.as_str()),
            Segment::Fixed(_) => None,
        })
    }

    /// A name in snake case for what serves it: `/rooms/{room}` → `rooms_by_room`.
    pub fn name(&self) -> String {
        let words = self.segments.iter().map(|segment| match segment {
            Segment::Fixed(text) => text.replace('-', "_"),
            Segment::Parameter(name) => format!("by_{name}"),
        });
        words.collect::<Vec<_>>().join("_")
    }

    /// What a request can tell apart: the names of parameters left out.
    fn shape(&self) -> Vec<Option<&str>> {
        self.segments.iter().map(Segment::fixed).collect()
    }

    /// Reads a path that belongs to nobody else.
    pub(super) fn read(text: &str) -> Result<Self, Fault> {
        let hint = "write `/`, then lower-case letters, digits and `-`, or `{name}`: `/rooms/{room}`";
        let Some(rest) = text.strip_prefix('/').filter(|rest| !rest.is_empty()) else {
            return Err(Fault::new(0..text.len(), "this is not a path", hint));
        };
        let mut segments: Vec<Segment> = Vec::new();
        let mut offset = 1;
        for part in rest.split('/') {
            let range = offset..offset + part.len();
            let segment = Segment::read(part).map_err(|message| Fault::new(range.clone(), message, hint))?;
            if segments.len() >= MOST_SEGMENTS {
                return Err(Fault::new(range, format!("more than {MOST_SEGMENTS} steps in a path"), hint));
            }
            let named = matches!(segment, Segment::Parameter(_));
            if named && segments.contains(&segment) {
                return Err(Fault::new(range, "this parameter stands twice in the path", "rename one"));
            }
            segments.push(segment);
            offset += part.len() + 1;
        }
        match &segments[0] {
            Segment::Fixed(first) if !ROUTES.contains(&first.as_str()) => Ok(Self { segments }),
            Segment::Fixed(first) => {
                let message = format!("the platform serves what is below `/{first}`");
                Err(Fault::new(1..1 + first.len(), message, "choose another path"))
            }
            Segment::Parameter(_) => {
                Err(Fault::new(0..text.len(), "a path cannot begin with a parameter", hint))
            }
        }
    }
}

impl Segment {
    fn fixed(&self) -> Option<&str> {
        match self {
            Self::Fixed(text) => Some(text),
            Self::Parameter(_) => None,
        }
    }

    fn read(text: &str) -> Result<Self, String> {
        let shown = || text.chars().take(LONGEST_SEGMENT).collect::<String>().escape_debug().to_string();
        if let Some(name) = text.strip_prefix('{').and_then(|rest| rest.strip_suffix('}')) {
            let sound = name.len() <= LONGEST_SEGMENT && check_name(name, NameKind::Function).is_ok();
            return sound
                .then(|| Self::Parameter(name.to_owned()))
                .ok_or_else(|| format!("`{}` is not a parameter", shown()));
        }
        let plain = |letter: char| letter.is_ascii_lowercase() || letter.is_ascii_digit() || letter == '-';
        let edges = text.starts_with('-') || text.ends_with('-') || text.contains("--");
        if text.is_empty() || text.len() > LONGEST_SEGMENT || edges || !text.chars().all(plain) {
            return Err(format!("`{}` is not a step of a path", shown()));
        }
        Ok(Self::Fixed(text.to_owned()))
    }
}

impl fmt::Display for Route {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        self.segments.iter().try_for_each(|segment| match segment {
            Segment::Fixed(text) => write!(formatter, "/{text}"),
            Segment::Parameter(name) => write!(formatter, "/{{{name}}}"),
        })
    }
}

impl Serialize for Route {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        serializer.collect_str(self)
    }
}

/// A route with the method and the place it was written at.
struct Placed<'s> {
    method: Method,
    route: &'s Route,
    span: &'s Range<usize>,
    socket: bool,
}

/// Refuses routes that clash with those of entities or with each other.
pub(super) fn check(service: &Service, problems: &mut Problems<'_>) {
    let endpoints = service.endpoints.iter().map(|one| Placed {
        method: one.method,
        route: &one.route,
        span: &one.span,
        socket: false,
    });
    let sockets = service.sockets.iter().map(|one| Placed {
        method: Method::Get,
        route: &one.route,
        span: &one.span,
        socket: true,
    });
    let routes: Vec<Placed<'_>> = endpoints.chain(sockets).collect();
    let entities: Vec<String> = service.entities.iter().map(|entity| entity.plural.hyphenated()).collect();
    let mut clashes = Clashes::default();
    for entity in &entities {
        clashes.parameters.insert(vec![Some(entity.as_str())], "id");
    }
    for placed in &routes {
        let first = placed.route.segments[0].fixed().unwrap_or_default();
        if placed.route.segments.len() <= 2 && entities.iter().any(|entity| entity == first) {
            let message = format!(
                "`{}` clashes with the routes of an entity: `/{first}`, `/{first}/{{id}}`",
                placed.route
            );
            problems.report(placed.span.clone(), message, "choose another path");
        } else if let Some(message) = clashes.with(placed) {
            problems.report(placed.span.clone(), message, "choose another path or another parameter's name");
        }
    }
}

/// What was seen so far.
#[derive(Default)]
struct Clashes<'s> {
    shapes: BTreeMap<Vec<Option<&'s str>>, Vec<(Method, bool)>>,
    /// The parameter after each beginning: routers allow one name at one place.
    parameters: BTreeMap<Vec<Option<&'s str>>, &'s str>,
    names: BTreeSet<(Method, String)>,
}

impl<'s> Clashes<'s> {
    fn with(&mut self, placed: &Placed<'s>) -> Option<String> {
        let shape = placed.route.shape();
        let seen = self.shapes.entry(shape.clone()).or_default();
        let twice = seen.iter().any(|(method, socket)| *method == placed.method || *socket || placed.socket);
        seen.push((placed.method, placed.socket));
        if twice {
            return Some(format!("`{} {}` is served twice", placed.method.as_str(), placed.route));
        }
        if !self.names.insert((placed.method, placed.route.name())) {
            return Some(format!("`{}` reads like another path", placed.route));
        }
        for (index, segment) in placed.route.segments.iter().enumerate() {
            let Segment::Parameter(name) = segment else { continue };
            let known = self.parameters.entry(shape[..index].to_vec()).or_insert(name);
            if *known != name {
                return Some(format!("`{{{name}}}` is called `{{{known}}}` in another path"));
            }
        }
        None
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn only_plain_paths_are_accepted() {
        for (text, accepted) in [
            ("/preview/slug", true),
            ("/rooms/{room}", true),
            ("/v2/a-b", true),
            ("/", false),
            ("", false),
            ("preview", false),
            ("/a//b", false),
            ("/a/", false),
            ("/../etc", false),
            ("/A", false),
            ("/a b", false),
            ("/{x}", false),
            ("/a/{x}/{x}", false),
            ("/a/{X}", false),
            ("/a/{}", false),
            ("/a/{*rest}", false),
            ("/auth/login", false),
            ("/health", false),
            ("/metrics", false),
            ("/openapi.json", false),
            ("/a/b/c/d/e/f/g/h/i", false),
            ("/a?b=c", false),
            ("/a%2fb", false),
        ] {
            let read = Route::read(text);
            assert_eq!(read.is_ok(), accepted, "{text:?}");
            if let Ok(route) = read {
                assert_eq!(route.to_string(), text);
            }
        }
    }
}
