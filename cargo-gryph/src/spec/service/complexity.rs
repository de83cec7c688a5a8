//! How complex a service is, from 1 to 10: counted, so that a specification can set itself a limit.

use super::Service;
use crate::spec::problem::Problems;

/// The most points of each complexity from 1 to 9.
const POINTS: [usize; 9] = [10, 20, 35, 55, 80, 120, 200, 400, 800];

/// The complexity of a service with so many functions: the first row of the table that holds its points.
pub(super) fn of(service: &Service, functions: usize) -> u8 {
    let fields: usize = service.entities.iter().map(|entity| entity.fields.len()).sum();
    let references: usize = service.entities.iter().map(|entity| entity.references().count()).sum();
    let reached = service.endpoints.len() + service.tasks.len();
    let points = 4 * service.entities.len()
        + fields
        + 2 * references
        + 2 * reached
        + 3 * service.sockets.len()
        + 2 * functions
        + 5 * service.settings.services.len();
    let row = POINTS.iter().position(|most| points <= *most).unwrap_or(POINTS.len());
    u8::try_from(row + 1).unwrap_or(10)
}

/// Refuses a service that is more complex than it says.
pub(super) fn check(service: &Service, problems: &mut Problems<'_>) {
    let found = service.complexity;
    if let Some(most) = service.settings.complexity.filter(|most| found > *most) {
        let message =
            format!("this service has the complexity {found}, more than the {most} it allows itself");
        problems.report(0..0, message, "raise `complexity` in [service], leave it out, or split the service");
    }
}
