//! Where the parts of a service lie, by its architecture: the same parts under other names and rules.

use super::layout_of_calls as calls;
use crate::plan::Architecture;

/// A part of a service.
#[derive(Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Debug)]
pub(super) enum Part {
    /// What a row is, and when it is valid.
    Entity,
    /// What the inside asks of whoever keeps rows.
    Port,
    /// What people do, and who may.
    UseCases,
    /// What keeps rows in the database.
    Store,
    /// The way in over HTTP.
    Routes,
    /// What people see.
    Views,
    /// The way in for browsers.
    Pages,
    /// The steps of the database's schema.
    Schema,
    /// What happens to rows.
    Event,
    /// What follows from what happens.
    Handler,
}

/// A folder of modules: its path, what it holds, and what its files may import of the crate.
#[derive(Clone, Copy, Debug)]
pub(super) struct Folder {
    /// Its path below `src`.
    pub(super) path: &'static str,
    /// What it holds, for the first line of its module.
    pub(super) doc: &'static str,
    /// What its files may import besides themselves.
    pub(super) may: &'static [&'static str],
    /// Whether its files know the frameworks: HTTP and SQL.
    pub(super) is_outside: bool,
}

/// How a service is divided.
#[derive(Clone, Copy, Debug)]
pub(super) struct Layout {
    /// The folders, from the inside out; a rule holds for the first that fits.
    pub(super) folders: &'static [Folder],
    /// The layers in a sentence, for the first page of the documentation.
    pub(super) about: &'static str,
    /// The names of the parts' folders; the module of a part is named for what it is about.
    pub(super) places: &'static [(Part, &'static str)],
    /// Whether a folder is named for what its files are about, and the files for their parts.
    pub(super) by_subject: bool,
}

pub(super) const KERNEL: &str = "platform::kernel";

pub(super) const fn folder(path: &'static str, doc: &'static str, may: &'static [&'static str]) -> Folder {
    Folder { path, doc, may, is_outside: false }
}

pub(super) const fn outside(path: &'static str, doc: &'static str, may: &'static [&'static str]) -> Folder {
    Folder { path, doc, may, is_outside: true }
}

/// The steps of the schema where no folder of stores is.
pub(super) const SCHEMA: Folder =
    outside("schema.rs", "The steps of the database's schema.", &["platform::database"]);

const HEXAGONAL: Layout = Layout {
    about: "The layers, from the inside out: [`domain`], [`ports`], [`application`], [`adapters`]",
    folders: &[
        folder("domain", "What the service is about.", &[KERNEL]),
        folder("ports", "What the inside asks of the outside.", &["domain", KERNEL]),
        folder(
            "application",
            "What people do with it, and who may.",
            &["domain", "ports", KERNEL, "platform::jobs"],
        ),
        outside("adapters/http", "The way in over HTTP.", &["application", "domain", "platform"]),
        outside("adapters/sql", "Keeps rows in the database.", &["domain", "ports", "platform"]),
        outside("adapters", "What connects the inside with the world.", &[]),
    ],
    places: &[
        (Part::Entity, "domain"),
        (Part::Port, "ports"),
        (Part::UseCases, "application"),
        (Part::Store, "adapters::sql"),
        (Part::Routes, "adapters::http"),
        (Part::Schema, "adapters::sql"),
    ],
    by_subject: false,
};

const LAYERED: Layout = Layout {
    about: "The layers, from the bottom up: [`model`], [`persistence`], [`service`], [`web`]",
    folders: &[
        folder("model", "What the rows are, and when they are valid.", &[KERNEL]),
        outside("persistence", "Keeps rows in the database.", &["model", "platform"]),
        folder(
            "service",
            "What people do, and who may.",
            &["model", "persistence", KERNEL, "platform::jobs"],
        ),
        outside("web", "The way in over HTTP.", &["model", "service", "platform"]),
    ],
    places: &[
        (Part::Entity, "model"),
        (Part::UseCases, "service"),
        (Part::Store, "persistence"),
        (Part::Routes, "web"),
        (Part::Schema, "persistence"),
    ],
    by_subject: false,
};

const CLEAN: Layout = Layout {
    about: "The circles, from the inside out: [`entities`], [`use_cases`], [`interface_adapters`]; frameworks stay in \
        [`platform`] and in [`app`]",
    folders: &[
        folder("entities", "Rules that hold whoever uses them.", &[KERNEL]),
        folder("use_cases/gateways", "What the use cases ask of whoever keeps rows.", &["entities", KERNEL]),
        folder("use_cases", "What people do, and who may.", &["entities", KERNEL, "platform::jobs"]),
        outside(
            "interface_adapters/controllers",
            "Turns requests into use cases, and results into answers.",
            &["use_cases", "entities", "platform"],
        ),
        outside(
            "interface_adapters/gateways",
            "Turns rows of the database into entities.",
            &["use_cases::gateways", "entities", "platform"],
        ),
        outside("interface_adapters", "Turns what comes from outside into what the inside wants.", &[]),
    ],
    places: &[
        (Part::Entity, "entities"),
        (Part::Port, "use_cases::gateways"),
        (Part::UseCases, "use_cases"),
        (Part::Store, "interface_adapters::gateways"),
        (Part::Routes, "interface_adapters::controllers"),
        (Part::Schema, "interface_adapters::gateways"),
    ],
    by_subject: false,
};

const MONOLITH: Layout = Layout {
    about: "One module for each subject, each with its model, its store, its service and its routes",
    folders: &[SCHEMA],
    places: &[
        (Part::Entity, "model"),
        (Part::UseCases, "service"),
        (Part::Store, "store"),
        (Part::Routes, "routes"),
    ],
    by_subject: true,
};

const MVC: Layout = Layout {
    about: "The parts: [`models`] hold the rows and the rules, [`views`] show them, [`controllers`] turn what people send \
        into calls of the models and the results into views",
    folders: &[
        folder("models/entities", "What the rows are, and when they are valid.", &[KERNEL]),
        outside(
            "models/stores",
            "Keeps rows in the database.",
            &["models::entities", "platform::database", "platform::audit", KERNEL],
        ),
        folder(
            "models/use_cases",
            "What people do, and who may.",
            &["models::entities", "models::stores", KERNEL, "platform::jobs"],
        ),
        outside("models", "The rows and the rules.", &[]),
        outside("views", "Pages, rendered by the server.", &["models::entities", KERNEL, "platform::pages"]),
        outside(
            "controllers/api",
            "The way in for programs: JSON.",
            &["models::use_cases", "models::entities", "platform"],
        ),
        outside(
            "controllers/pages",
            "The way in for browsers: pages and forms.",
            &["models::use_cases", "models::entities", "views", "platform"],
        ),
        outside("controllers", "Turns what people send into calls of the models.", &[]),
    ],
    places: &[
        (Part::Entity, "models::entities"),
        (Part::UseCases, "models::use_cases"),
        (Part::Store, "models::stores"),
        (Part::Routes, "controllers::api"),
        (Part::Schema, "models::stores"),
        (Part::Views, "views"),
        (Part::Pages, "controllers::pages"),
    ],
    by_subject: false,
};

const EVENT_DRIVEN: Layout = Layout {
    about: "What people ask for are [`commands`] on the [`domain`]; what they change becomes [`events`], which the [`store`] \
        keeps with it, the [`broker`] hands on, and [`handlers`] answer; [`web`] is the way in",
    folders: &[
        folder("domain", "What the rows are, and when they are valid.", &[KERNEL]),
        folder("events", "What happens to rows, as others learn of it.", &["domain", KERNEL]),
        folder(
            "commands",
            "What people do, and who may.",
            &["domain", "events", "store", KERNEL, "platform::jobs", "platform::database"],
        ),
        folder(
            "handlers",
            "What follows from what happens.",
            &["events", "broker", "store", KERNEL, "platform::database"],
        ),
        outside(
            "store",
            "Keeps rows and what happened to them in the database.",
            &["domain", "broker::outbox", "platform"],
        ),
        outside("broker", "Takes what happened from the outbox to those who handle it.", &["platform"]),
        outside("web", "The way in over HTTP.", &["commands", "domain", "platform"]),
    ],
    places: &[
        (Part::Entity, "domain"),
        (Part::Event, "events"),
        (Part::Handler, "handlers"),
        (Part::UseCases, "commands"),
        (Part::Store, "store"),
        (Part::Routes, "web"),
        (Part::Schema, "store"),
    ],
    by_subject: false,
};

impl Layout {
    /// The layout of a program, by its architecture and whether it keeps rows; of what is divided into several, that of
    /// each.
    pub(super) fn of(architecture: Architecture, keeps_rows: bool) -> Self {
        match (architecture, keeps_rows) {
            (Architecture::Monolith | Architecture::Serverless, true) => MONOLITH,
            (Architecture::Monolith | Architecture::Serverless, false) => calls::MONOLITH,
            (Architecture::Layered | Architecture::Microservices, true) => LAYERED,
            (Architecture::Layered | Architecture::Microservices, false) => calls::LAYERED,
            (Architecture::Hexagonal, true) => HEXAGONAL,
            (Architecture::Hexagonal, false) => calls::HEXAGONAL,
            (Architecture::Clean, true) => CLEAN,
            (Architecture::Clean, false) => calls::CLEAN,
            (Architecture::EventDriven, true) => EVENT_DRIVEN,
            (Architecture::EventDriven, false) => calls::EVENT_DRIVEN,
            // Pages are about rows: a specification without any is refused.
            (Architecture::Mvc, _) => MVC,
        }
    }

    /// Whether the inside asks for rows through traits of its own.
    pub(super) fn has_ports(&self) -> bool {
        self.place(Part::Port).is_some()
    }

    /// Whether the server renders pages.
    pub(super) fn has_pages(&self) -> bool {
        self.place(Part::Pages).is_some()
    }

    /// Whether what happens is told to others.
    pub(super) fn has_events(&self) -> bool {
        self.place(Part::Event).is_some()
    }

    /// Whether each subject has a folder of its own.
    pub(super) fn is_by_subject(&self) -> bool {
        self.by_subject
    }

    fn place(&self, part: Part) -> Option<&'static str> {
        self.places.iter().find(|(known, _)| *known == part).map(|(_, place)| *place)
    }

    /// The module of a part about a subject, below `crate`.
    pub(super) fn module(&self, part: Part, subject: &str) -> String {
        match self.place(part) {
            Some(place) if self.by_subject => format!("{subject}::{place}"),
            Some(place) => format!("{place}::{subject}"),
            None => subject.to_owned(),
        }
    }

    /// The folders that hold a part, as modules below `crate`; none where subjects have their own.
    pub(super) fn folders_of(&self, part: Part) -> Option<&'static str> {
        self.place(part).filter(|_| !self.by_subject)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn parts_lie_where_the_architecture_says() {
        let module = |architecture, part| Layout::of(architecture, true).module(part, "tag");
        assert_eq!(module(Architecture::Hexagonal, Part::Store), "adapters::sql::tag");
        assert_eq!(module(Architecture::Layered, Part::Routes), "web::tag");
        assert_eq!(module(Architecture::Clean, Part::Port), "use_cases::gateways::tag");
        assert_eq!(module(Architecture::Monolith, Part::Entity), "tag::model");
        assert_eq!(module(Architecture::Mvc, Part::Pages), "controllers::pages::tag");
        assert_eq!(module(Architecture::EventDriven, Part::Handler), "handlers::tag");
    }

    #[test]
    fn only_one_architecture_tells_what_happens() {
        let tells = |architecture, rows| Layout::of(architecture, rows).has_events();
        assert!(tells(Architecture::EventDriven, true) && !tells(Architecture::EventDriven, false));
        assert!(!tells(Architecture::Layered, true) && !tells(Architecture::Hexagonal, true));
    }

    #[test]
    fn what_keeps_no_rows_has_no_place_for_them() {
        for architecture in [
            Architecture::Monolith,
            Architecture::Layered,
            Architecture::Hexagonal,
            Architecture::Clean,
            Architecture::EventDriven,
        ] {
            let layout = Layout::of(architecture, false);
            for part in [Part::Entity, Part::Port, Part::Store, Part::Event, Part::Handler, Part::Schema] {
                assert_eq!(layout.place(part), None, "{architecture:?} {part:?}");
            }
            let known = |path: &str| layout.folders.iter().any(|folder| folder.path == path);
            for (_, place) in layout.places.iter().filter(|_| !layout.is_by_subject()) {
                assert!(known(&place.replace("::", "/")), "{architecture:?} {place}");
            }
        }
    }
}
