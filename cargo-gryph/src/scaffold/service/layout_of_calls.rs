//! The layouts of services that keep no rows but accounts: what people ask for, and the ways in.

use super::layout::{KERNEL, Layout, Part, SCHEMA, folder, outside};

const JOBS: &str = "platform::jobs";

pub(super) const HEXAGONAL: Layout = Layout {
    about: "The layers, from the inside out: [`application`], [`adapters`]",
    folders: &[
        folder("application", ASKED, &[KERNEL, JOBS]),
        outside("adapters/http", WAY_IN, &["application", "platform"]),
        outside("adapters", "What connects the inside with the world.", &[]),
        SCHEMA,
    ],
    places: &[(Part::UseCases, "application"), (Part::Routes, "adapters::http")],
    by_subject: false,
};

pub(super) const LAYERED: Layout = Layout {
    about: "The layers, from the bottom up: [`service`], [`web`]",
    folders: &[
        folder("service", ASKED, &[KERNEL, JOBS]),
        outside("web", WAY_IN, &["service", "platform"]),
        SCHEMA,
    ],
    places: &[(Part::UseCases, "service"), (Part::Routes, "web")],
    by_subject: false,
};

pub(super) const CLEAN: Layout = Layout {
    about: "The circles, from the inside out: [`use_cases`], [`interface_adapters`]; frameworks stay in [`platform`] and \
        in [`app`]",
    folders: &[
        folder("use_cases", ASKED, &[KERNEL, JOBS]),
        outside(
            "interface_adapters/controllers",
            "Turns requests into use cases, and results into answers.",
            &["use_cases", "platform"],
        ),
        outside("interface_adapters", "Turns what comes from outside into what the inside wants.", &[]),
        SCHEMA,
    ],
    places: &[(Part::UseCases, "use_cases"), (Part::Routes, "interface_adapters::controllers")],
    by_subject: false,
};

pub(super) const MONOLITH: Layout = Layout {
    about: "One module for each subject, each with its service and its routes",
    folders: &[SCHEMA],
    places: &[(Part::UseCases, "service"), (Part::Routes, "routes")],
    by_subject: true,
};

pub(super) const EVENT_DRIVEN: Layout = Layout {
    about: "What people ask for are [`commands`]; [`web`] is the way in. Events begin with the first rows that are kept",
    folders: &[
        folder("commands", ASKED, &[KERNEL, JOBS]),
        outside("web", WAY_IN, &["commands", "platform"]),
        SCHEMA,
    ],
    places: &[(Part::UseCases, "commands"), (Part::Routes, "web")],
    by_subject: false,
};

const ASKED: &str = "What people do, and who may.";
const WAY_IN: &str = "The way in over HTTP.";
