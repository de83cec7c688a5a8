//! The plan of a service: its parts, what they use, and what it answers to whom.

mod component;
mod contract;
pub(super) mod display;

use serde::Serialize;

use crate::spec::service::{Prose, Security};
use crate::spec::{Project, Service};

pub use component::{Component, ComponentKind, Relation};
pub use contract::{Action, Contract, ContractField, Origin};

/// What a service is made of, derived from the specification alone.
#[derive(Clone, PartialEq, Eq, Debug, Serialize)]
pub struct ServicePlan {
    /// The project as a whole.
    pub project: Project,
    /// What the specification says.
    #[serde(flatten)]
    pub service: Service,
    /// Its parts.
    pub components: Vec<Component>,
    /// Which part uses which.
    pub relations: Vec<Relation>,
    /// What it answers to whom, entities first.
    pub contracts: Vec<Contract>,
    /// What its level of security demands, as sentences.
    pub demands: Vec<String>,
}

impl ServicePlan {
    /// Derives the parts and contracts of a service.
    pub(super) fn of(project: &Project, service: &Service) -> Self {
        let (components, relations) = component::components(project.architecture, service);
        let levels = [Security::Low, Security::Medium, Security::High, Security::Critical];
        let asked = service.settings.security;
        let demands = levels.iter().filter(|level| **level <= asked).flat_map(|level| level.demands());
        let tokens = format!("Access tokens live at most {}.", asked.longest_access_token());
        Self {
            project: project.clone(),
            service: service.clone(),
            components,
            relations,
            contracts: contract::contracts(service),
            demands: [tokens].into_iter().chain(demands.map(|demand| (*demand).to_owned())).collect(),
        }
    }

    /// What must hold beside the checks of every project.
    pub(super) fn checks(&self) -> Vec<String> {
        let mut checks = vec![
            "no part imports what the architecture forbids".to_owned(),
            "every route answers every role as the contracts say".to_owned(),
        ];
        if self.service.settings.security.needs_approval() {
            checks.push("a person approves".to_owned());
        }
        checks
    }
}

/// A text of a stranger for a terminal, where it is one line without control characters already.
fn line(prose: &Prose) -> &str {
    prose.untrusted()
}
