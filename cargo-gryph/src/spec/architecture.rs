//! The architectures a service may have.

use serde::{Deserialize, Serialize};

use super::word::spelled;

/// How the code of a project is divided.
#[derive(Clone, Copy, PartialEq, Eq, Debug, Default, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum Architecture {
    /// One crate, one module per subject; also that of libraries and programs.
    #[default]
    Monolith,
    /// Presentation above business above persistence.
    Layered,
    /// A domain with ports, and adapters around it.
    Hexagonal,
    /// Entities inside use cases inside adapters inside frameworks.
    Clean,
    /// Models, views rendered by the server, controllers.
    Mvc,
    /// Commands become events, and handlers react to them.
    EventDriven,
    /// A gateway and services, each with a database of its own.
    Microservices,
    /// One handler crate per function.
    Serverless,
}

impl Architecture {
    /// Every architecture by its word in a specification.
    pub(super) const WORDS: &'static [(&'static str, Self)] = &[
        ("monolith", Self::Monolith),
        ("layered", Self::Layered),
        ("hexagonal", Self::Hexagonal),
        ("clean", Self::Clean),
        ("mvc", Self::Mvc),
        ("event-driven", Self::EventDriven),
        ("microservices", Self::Microservices),
        ("serverless", Self::Serverless),
    ];

    /// As a specification spells it.
    pub fn as_str(self) -> &'static str {
        spelled(self, Self::WORDS)
    }
}
