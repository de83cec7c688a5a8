//! `cargo gryph model pull`.

use std::io::Write;

use super::provision::{Provisioning, failure, manifest};
use super::{Context, Pull, unwritable};
use crate::cli::exit_code::ExitCode;
use crate::cli::failure::Failure;
use crate::model::manifest::Role;
use crate::model::store::Device;

/// Fetches a model, or takes it from a file, and prints where it is.
pub(super) fn pull(
    arguments: &Pull,
    context: &Context<'_>,
    output: &mut dyn Write,
) -> Result<ExitCode, Failure> {
    let manifest = manifest(&arguments.id)?;
    let mut provisioning = Provisioning::new(context);
    let device = if arguments.gpu { Device::Gpu } else { Device::Cpu };
    provisioning.store = provisioning.store.for_device(device).keeping_source(arguments.keep_source);
    let Provisioning { store, network, .. } = &provisioning;
    if let Some(from) = &arguments.from {
        let from = context.surroundings.resolve(from);
        provisioning.observed(|observer| store.add(&manifest, &from, observer)).map_err(failure)?;
    }
    let path = match manifest.role {
        Role::Generate | Role::Embed => {
            provisioning.observed(|observer| store.pull(&manifest, network, observer)).map_err(failure)?
        }
        Role::Runtime => provisioning.cached_library()?,
    };
    writeln!(output, "{}", path.display()).map_err(unwritable)?;
    Ok(ExitCode::Done)
}
