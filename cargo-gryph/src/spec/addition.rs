//! What may be said of a package that is there: what it is called and is for, it says itself.

use super::architecture::Architecture;
use super::fields::Fields;
use super::problem::Problems;
use super::project::{self, Kind, Nature, Project};

/// What only a project has that was made from its specification.
const OF_PROJECTS: [&str; 6] = ["entity", "endpoint", "task", "socket", "service", "command"];

/// The package that something is added to, as the project of the specification; `None` if it could not be added to a
/// package at all. `host` is its name in Rust.
pub(super) fn host(
    root: &mut Fields<'_>,
    host: &str,
    problems: &mut Problems<'_>,
) -> Option<(Option<Project>, Nature)> {
    for key in OF_PROJECTS.into_iter().filter(|key| root.has(key)) {
        let message = format!("`{key}` can only be added to a project that `cargo gryph new` made");
        problems.report(root.place(key), message, "a package gets functions, types and dependencies");
    }
    if root.value("project").is_some() {
        let (project, nature) = project::project(root, problems);
        if let (Some(kind), Some(_)) = (nature.kind.filter(|kind| *kind != Kind::Library), project) {
            let message = format!("a project of the kind `{}` is made by `cargo gryph new`", kind.as_str());
            problems.report(root.place("project"), message, "leave [project] out to add to a library");
        }
    }
    if problems.count() > 0 {
        return None;
    }
    let project = Project {
        name: host.to_owned(),
        kind: Kind::Library,
        architecture: Architecture::default(),
        summary: String::new(),
        license: String::new(),
    };
    let nature =
        Nature { kind: Some(Kind::Library), architecture: Some(Architecture::default()), place: 0..0 };
    Some((Some(project), nature))
}
