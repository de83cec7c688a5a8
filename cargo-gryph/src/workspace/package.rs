//! The members of a workspace and their targets, as far as manifests and names of files tell.

use std::collections::{BTreeMap, BTreeSet};
use std::path::Path;

use super::manifest::{Manifest, NAME, Section};
use super::pattern;
use super::{Absent, WorkspaceError};
use crate::tree::{Tree, TreePath};

/// A member of a workspace.
#[derive(Clone, PartialEq, Eq, Debug)]
pub struct Package {
    /// Its name.
    pub name: String,
    /// Its directory in the tree; `None` for the root.
    pub directory: Option<TreePath>,
    /// Its edition; `2015` when it says none.
    pub edition: String,
    /// Its targets, without the build script.
    pub targets: Vec<Target>,
    /// Its build script.
    pub build_script: Option<TreePath>,
    /// The crates that its code may name, as `[dependencies]` names them, without optional ones.
    pub dependencies: Vec<String>,
}

impl Package {
    /// The path in the tree of something in the package.
    pub fn path(&self, relative: &str) -> Option<TreePath> {
        TreePath::new(place(self.directory.as_ref(), relative)?).ok()
    }

    /// Whether a path lies in the package's directory, be it in a member inside that one.
    pub fn holds(&self, path: &TreePath) -> bool {
        let Some(directory) = &self.directory else { return true };
        path.as_str().strip_prefix(directory.as_str()).is_some_and(|rest| rest.starts_with('/'))
    }
}

/// A crate that a package is built into.
#[derive(Clone, PartialEq, Eq, PartialOrd, Ord, Debug)]
pub struct Target {
    /// What it is.
    pub kind: TargetKind,
    /// Its name, as Cargo has it: that of a library with underscores.
    pub name: String,
    /// The file of its root module.
    pub path: TreePath,
}

/// What a target is.
#[derive(Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Debug)]
pub enum TargetKind {
    /// A library.
    Library,
    /// A library of procedural macros.
    ProcMacro,
    /// A program.
    Binary,
    /// An integration test.
    Test,
    /// An example.
    Example,
    /// A benchmark.
    Bench,
}

/// The members of the workspace at `root`, whose files are `tree`.
pub(super) fn packages(root: &Path, tree: &Tree, absent: Absent) -> Result<Vec<Package>, WorkspaceError> {
    let mut reader = Reader { root, tree, absent, manifests: BTreeMap::new() };
    let top = reader.manifest("", None)?;
    let mut members: BTreeSet<String> = BTreeSet::new();
    let mut seen: BTreeSet<String> = BTreeSet::new();
    let mut open: Vec<(String, Standing)> = Vec::new();
    if top.package().is_some() {
        open.push((String::new(), Standing::Member));
    }
    let listed = top.workspace().map(|workspace| reader.listed(workspace)).transpose()?.unwrap_or_default();
    open.extend(listed.into_iter().map(|directory| (directory, Standing::Member)));
    open.extend(reader.replacing(&top)?.into_iter().map(|directory| (directory, Standing::Dependency)));
    while let Some((directory, standing)) = open.pop() {
        let excluded = standing == Standing::Dependency && is_excluded(&top, &directory);
        if !excluded {
            members.insert(directory.clone());
        }
        if seen.insert(directory.clone()) {
            let dependencies = reader.path_dependencies(&top, &directory)?;
            open.extend(dependencies.into_iter().map(|directory| (directory, Standing::Dependency)));
        }
    }
    members.iter().map(|directory| reader.package(&top, directory)).collect()
}

/// How a package was found.
#[derive(Clone, Copy, PartialEq, Eq)]
enum Standing {
    /// The root says that it is a member.
    Member,
    /// A package depends on it by its path.
    Dependency,
}

/// Whether a dependency by path is no member: without a workspace none is, and a workspace may exclude it.
fn is_excluded(top: &Manifest, directory: &str) -> bool {
    let Some(workspace) = top.workspace() else { return true };
    let below = |paths: Vec<&str>| {
        let places = paths.into_iter().filter_map(|path| place(None, path));
        places.into_iter().any(|place| {
            directory
                .strip_prefix(place.as_str())
                .is_some_and(|rest| rest.is_empty() || rest.starts_with('/'))
        })
    };
    below(workspace.texts("exclude")) && !below(workspace.texts("members"))
}

struct Reader<'a> {
    root: &'a Path,
    tree: &'a Tree,
    absent: Absent,
    manifests: BTreeMap<String, Manifest>,
}

impl Reader<'_> {
    /// The manifest in a directory; `named` by whom and how, for messages.
    fn manifest(&mut self, directory: &str, named: Option<(&str, &str)>) -> Result<Manifest, WorkspaceError> {
        if let Some(known) = self.manifests.get(directory) {
            return Ok(known.clone());
        }
        let place = manifest_in(directory);
        let path = TreePath::new(place.clone()).ok();
        let Some(text) = path.as_ref().and_then(|path| self.tree.text(path)) else {
            let (manifest, path) = named.unwrap_or((&place, "."));
            return Err(WorkspaceError::Missing { manifest: manifest.to_owned(), path: path.to_owned() });
        };
        let manifest = Manifest::parse(&self.root.join(&place), text)?;
        self.manifests.insert(directory.to_owned(), manifest.clone());
        Ok(manifest)
    }

    /// The directories that `workspace.members` names, patterns resolved against the files that were read.
    fn listed(&mut self, workspace: Section<'_>) -> Result<Vec<String>, WorkspaceError> {
        let directories: Vec<&str> = self
            .tree
            .files()
            .filter_map(|(path, _)| path.as_str().strip_suffix(NAME)?.strip_suffix('/'))
            .collect();
        let excluded: Vec<&str> = workspace.texts("exclude");
        let mut listed = Vec::new();
        for member in workspace.texts("members") {
            let wanted = self.inside("", member, NAME)?;
            if !pattern::is_pattern(member) {
                self.manifest(&wanted, Some((NAME, member)))?;
                listed.push(wanted);
                continue;
            }
            let is_excluded = |directory: &&&str| {
                let places = excluded.iter().filter_map(|path| place(None, path));
                places.into_iter().any(|place| {
                    directory
                        .strip_prefix(place.as_str())
                        .is_some_and(|rest| rest.is_empty() || rest.starts_with('/'))
                })
            };
            let fitting = directories.iter().filter(|directory| pattern::fits(&wanted, directory));
            listed.extend(
                fitting.filter(|directory| !is_excluded(directory)).map(|directory| (*directory).to_owned()),
            );
        }
        Ok(listed)
    }

    /// The directories of what `[patch]` and `[replace]` put in place of other packages.
    fn replacing(&mut self, top: &Manifest) -> Result<Vec<String>, WorkspaceError> {
        let paths = top.replacements().into_iter().filter_map(|entry| entry.text("path"));
        let paths: Vec<String> = paths.map(str::to_owned).collect();
        self.directories("", paths.iter().map(|path| ("", path.as_str())))
    }

    /// The directories of the packages that one depends on by path, inherited ones included.
    fn path_dependencies(&mut self, top: &Manifest, directory: &str) -> Result<Vec<String>, WorkspaceError> {
        let manifest = self.manifest(directory, None)?;
        let shared = top.workspace().and_then(|workspace| workspace.section("dependencies"));
        let path = |(name, dependency): (&str, Section<'_>)| {
            if dependency.flag("workspace") == Some(true) {
                return Some(("".to_owned(), shared?.section(name)?.text("path")?.to_owned()));
            }
            Some((directory.to_owned(), dependency.text("path")?.to_owned()))
        };
        let paths: Vec<(String, String)> = manifest.dependencies().into_iter().filter_map(path).collect();
        self.directories(directory, paths.iter().map(|(base, path)| (base.as_str(), path.as_str())))
    }

    fn directories<'p>(
        &mut self,
        naming: &str,
        paths: impl Iterator<Item = (&'p str, &'p str)>,
    ) -> Result<Vec<String>, WorkspaceError> {
        let naming = manifest_in(naming);
        let mut directories = Vec::new();
        for (base, path) in paths {
            match self.present(base, path, &naming) {
                Err(WorkspaceError::Outside { .. } | WorkspaceError::Missing { .. })
                    if self.absent == Absent::LeftOut => {}
                directory => directories.push(directory?),
            }
        }
        Ok(directories)
    }

    /// The directory of a package in the tree.
    fn present(&mut self, base: &str, path: &str, naming: &str) -> Result<String, WorkspaceError> {
        let directory = self.inside(base, path, naming)?;
        self.manifest(&directory, Some((naming, path)))?;
        Ok(directory)
    }

    /// A path of a manifest as a directory of the tree.
    fn inside(&self, base: &str, path: &str, manifest: &str) -> Result<String, WorkspaceError> {
        let relative = match Path::new(path).strip_prefix(self.root) {
            Ok(below) if Path::new(path).is_absolute() => place(None, &below.to_string_lossy()),
            Ok(_) | Err(_) => place(TreePath::new(base).ok().as_ref(), path),
        };
        relative.ok_or_else(|| WorkspaceError::Outside {
            manifest: manifest.to_owned(),
            path: path.to_owned(),
            root: self.root.to_owned(),
        })
    }

    fn package(&mut self, top: &Manifest, directory: &str) -> Result<Package, WorkspaceError> {
        let manifest = self.manifest(directory, None)?;
        let wrong = |reason: &str| WorkspaceError::Manifest {
            path: self.root.join(manifest_in(directory)),
            reason: reason.to_owned(),
        };
        let section = manifest.package().ok_or_else(|| wrong("it has no `[package]`"))?;
        let name = section.text("name").ok_or_else(|| wrong("`package.name` is missing"))?;
        let inherited = || top.workspace()?.section("package")?.text("edition");
        let edition = match section.section("edition") {
            Some(edition) if edition.flag("workspace") == Some(true) => inherited(),
            Some(_) | None => section.text("edition"),
        };
        let directory = TreePath::new(directory).ok();
        let places = Places { tree: self.tree, directory: directory.as_ref(), manifest: &manifest, name };
        Ok(Package {
            name: name.to_owned(),
            edition: edition.unwrap_or("2015").to_owned(),
            targets: places.targets(section),
            build_script: places.build_script(section),
            dependencies: manifest.section("dependencies").map(Section::wanted).unwrap_or_default(),
            directory,
        })
    }
}

fn manifest_in(directory: &str) -> String {
    if directory.is_empty() { NAME.to_owned() } else { format!("{directory}/{NAME}") }
}

/// A relative path below a directory, without `.` and `..`; `None` if it leaves the tree. The root is the empty text.
fn place(base: Option<&TreePath>, relative: &str) -> Option<String> {
    if relative.starts_with('/') {
        return None;
    }
    let mut parts: Vec<&str> = base.map(|base| base.as_str().split('/').collect()).unwrap_or_default();
    for part in relative.split(['/', std::path::MAIN_SEPARATOR]) {
        match part {
            "" | "." => {}
            ".." => {
                parts.pop()?;
            }
            part => parts.push(part),
        }
    }
    Some(parts.join("/"))
}

/// Where Cargo looks for the targets of one package.
struct Places<'a> {
    tree: &'a Tree,
    directory: Option<&'a TreePath>,
    manifest: &'a Manifest,
    name: &'a str,
}

/// A kind of target of which a package may have several.
struct Several {
    kind: TargetKind,
    /// `[[section]]`.
    section: &'static str,
    /// The key that says whether files are targets by themselves.
    auto: &'static str,
    /// The directory in which they are.
    directory: &'static str,
}

const SEVERAL: [Several; 4] = [
    Several { kind: TargetKind::Binary, section: "bin", auto: "autobins", directory: "src/bin" },
    Several { kind: TargetKind::Test, section: "test", auto: "autotests", directory: "tests" },
    Several { kind: TargetKind::Example, section: "example", auto: "autoexamples", directory: "examples" },
    Several { kind: TargetKind::Bench, section: "bench", auto: "autobenches", directory: "benches" },
];

impl Places<'_> {
    fn targets(&self, package: Section<'_>) -> Vec<Target> {
        let mut targets: Vec<Target> = self.library(package).into_iter().collect();
        for several in &SEVERAL {
            let by_themselves = package.flag(several.auto).unwrap_or(true);
            let mut found = self.named(several);
            if by_themselves {
                let known: BTreeSet<TreePath> = found.iter().map(|target| target.path.clone()).collect();
                let names: BTreeSet<String> = found.iter().map(|target| target.name.clone()).collect();
                let more = self.by_themselves(several);
                found.extend(
                    more.into_iter()
                        .filter(|target| !known.contains(&target.path) && !names.contains(&target.name)),
                );
            }
            targets.append(&mut found);
        }
        targets.sort();
        targets
    }

    fn library(&self, package: Section<'_>) -> Option<Target> {
        let section = self.manifest.section("lib");
        let by_itself = section.is_some() || package.flag("autolib").unwrap_or(true);
        let path = section.and_then(|lib| lib.text("path")).or(by_itself.then_some("src/lib.rs"))?;
        let is_macro =
            |lib: Section<'_>| lib.flag("proc-macro").or_else(|| lib.flag("proc_macro")) == Some(true);
        let kind = if section.is_some_and(is_macro) { TargetKind::ProcMacro } else { TargetKind::Library };
        let name = section.and_then(|lib| lib.text("name")).unwrap_or(self.name).replace('-', "_");
        Some(Target { kind, name, path: self.file(path)? })
    }

    /// The targets that the manifest names, as far as their files are there.
    fn named(&self, several: &Several) -> Vec<Target> {
        let target = |section: Section<'_>| {
            let name = section.text("name")?;
            let Several { kind, directory, .. } = *several;
            let path = match section.text("path") {
                Some(path) => self.file(path),
                None => self
                    .file(&format!("{directory}/{name}.rs"))
                    .or_else(|| self.file(&format!("{directory}/{name}/main.rs")))
                    .or_else(|| (kind == TargetKind::Binary).then(|| self.file("src/main.rs"))?),
            };
            Some(Target { kind, name: name.to_owned(), path: path? })
        };
        self.manifest.array(several.section).into_iter().filter_map(target).collect()
    }

    /// The files that are targets without being named: `dir/name.rs` and `dir/name/main.rs`.
    fn by_themselves(&self, several: &Several) -> Vec<Target> {
        let Several { kind, directory, .. } = *several;
        let mut found = Vec::new();
        if kind == TargetKind::Binary {
            found.extend(self.file("src/main.rs").map(|path| (self.name.to_owned(), path)));
        }
        let prefix = place(self.directory, directory).unwrap_or_default();
        for (path, _) in self.tree.files() {
            let Some(rest) =
                path.as_str().strip_prefix(prefix.as_str()).and_then(|rest| rest.strip_prefix('/'))
            else {
                continue;
            };
            let name = rest.strip_suffix("/main.rs").or_else(|| rest.strip_suffix(".rs"));
            let name = name.filter(|name| !name.is_empty() && !name.contains('/'));
            found.extend(name.map(|name| (name.to_owned(), path.clone())));
        }
        found.into_iter().map(|(name, path)| Target { kind, name, path }).collect()
    }

    fn build_script(&self, package: Section<'_>) -> Option<TreePath> {
        match package.flag("build") {
            Some(false) => None,
            Some(true) | None => self.file(package.text("build").unwrap_or("build.rs")),
        }
    }

    /// A file of the package, if it was read.
    fn file(&self, relative: &str) -> Option<TreePath> {
        let path = TreePath::new(place(self.directory, relative)?).ok()?;
        self.tree.get(&path).is_some().then_some(path)
    }
}
