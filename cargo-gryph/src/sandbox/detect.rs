//! Finds out which walls this machine can put up, by putting them up around a probe.

use std::path::Path;
use std::sync::Arc;

#[cfg(unix)]
use super::{Grant, Layer, Purpose};
use super::{Preference, Sandbox, SandboxError, Unsandboxed};
#[cfg(unix)]
use crate::process::{Invocation, Watchdog};

/// The sandbox for this machine; `launcher` is our own binary by path.
///
/// Every sandbox it returns has been tried. A machine without one is an error, never a silent fallback.
pub fn detect(launcher: &Path, prefer: Preference) -> Result<Arc<dyn Sandbox>, SandboxError> {
    if prefer == Preference::Unsandboxed {
        return unsandboxed(launcher);
    }
    #[cfg(target_os = "linux")]
    return linux::detect(launcher, prefer);
    #[cfg(not(target_os = "linux"))]
    Err(SandboxError::MissingLayer {
        wanted: "any wall".to_owned(),
        why: format!("no sandbox is supported on this system, so `{}` cannot confine", launcher.display()),
    })
}

/// No walls, but a watchdog.
#[cfg(unix)]
fn unsandboxed(launcher: &Path) -> Result<Arc<dyn Sandbox>, SandboxError> {
    let watchdog = Watchdog::start(launcher)?;
    Ok(Arc::new(Watched { watchdog }))
}

/// No walls, and no process groups that a watchdog could kill.
#[cfg(not(unix))]
fn unsandboxed(_launcher: &Path) -> Result<Arc<dyn Sandbox>, SandboxError> {
    Ok(Arc::new(Unsandboxed))
}

/// [`Unsandboxed`] with a watchdog: a kill of this process ends the process groups of its children.
#[cfg(unix)]
struct Watched {
    watchdog: Arc<Watchdog>,
}

#[cfg(unix)]
impl Sandbox for Watched {
    fn confine(&self, invocation: Invocation, grant: &Grant) -> Result<Invocation, SandboxError> {
        Unsandboxed.confine(self.watchdog.hold(invocation), grant)
    }

    fn layers_for(&self, purpose: Purpose) -> &[Layer] {
        Unsandboxed.layers_for(purpose)
    }

    fn watchdog(&self) -> Option<Arc<Watchdog>> {
        Some(Arc::clone(&self.watchdog))
    }
}

#[cfg(target_os = "linux")]
mod linux {
    //! The two sandboxes of Linux, and the pair of them.

    use std::path::Path;
    use std::sync::Arc;
    use std::time::Duration;

    use super::super::bubblewrap::Bubblewrap;
    use super::super::landlock::Landlock;
    use super::super::launch::PROBE;
    use super::super::{Grant, Layer, Preference, Purpose, ResourceLimits, Sandbox, SandboxError};
    use crate::process::{Invocation, Limits, Watchdog, capture};

    pub(super) fn detect(launcher: &Path, prefer: Preference) -> Result<Arc<dyn Sandbox>, SandboxError> {
        let watchdog = Watchdog::start(launcher)?;
        let landlock = || tried(launcher, Landlock::new(launcher, Arc::clone(&watchdog))?);
        let bubblewrap = || tried(launcher, Bubblewrap::new(launcher, Arc::clone(&watchdog))?);
        match prefer {
            Preference::Landlock => Ok(Arc::new(landlock()?)),
            Preference::Bubblewrap => Ok(Arc::new(bubblewrap()?)),
            Preference::Auto | Preference::Unsandboxed => match (bubblewrap(), landlock()) {
                (Ok(build), Ok(run)) => Ok(Arc::new(PerPurpose::new(build, run))),
                (Ok(only), Err(_)) => Ok(Arc::new(only)),
                (Err(_), Ok(only)) => Ok(Arc::new(only)),
                (Err(bubblewrap), Err(landlock)) => Err(SandboxError::MissingLayer {
                    wanted: "read-only files, no network and no capabilities".to_owned(),
                    why: format!("{bubblewrap}; {landlock}"),
                }),
            },
        }
    }

    /// The sandbox, if the probe inside finds itself confined.
    fn tried<S: Sandbox>(launcher: &Path, sandbox: S) -> Result<S, SandboxError> {
        let invocation = Invocation {
            program: launcher.to_owned(),
            args: vec![PROBE.into()],
            cwd: "/".into(),
            ..Invocation::default()
        };
        for purpose in [Purpose::Build, Purpose::Run] {
            let grant = Grant {
                read: vec![launcher.to_owned()],
                write: Vec::new(),
                limits: ResourceLimits::RUN,
                purpose,
            };
            let limits = Limits { wall: Duration::from_secs(20), output_bytes: 64 * 1024 };
            let output = capture(&sandbox.confine(invocation.clone(), &grant)?, &limits)?;
            if !output.success() {
                let wanted = sandbox.layers().iter().map(Layer::to_string).collect::<Vec<_>>().join(", ");
                let why = format!("{:?}, {}", output.exit, String::from_utf8_lossy(&output.stderr).trim());
                return Err(SandboxError::MissingLayer { wanted, why });
            }
        }
        Ok(sandbox)
    }

    /// bubblewrap around builds, where its milliseconds do not count; landlock around the many short runs.
    struct PerPurpose {
        build: Bubblewrap,
        run: Landlock,
        both: Vec<Layer>,
    }

    impl PerPurpose {
        fn new(build: Bubblewrap, run: Landlock) -> Self {
            let runs = run.layers_for(Purpose::Run);
            let both = build.layers_for(Purpose::Build).iter().filter(|layer| runs.contains(layer));
            Self { both: both.copied().collect(), build, run }
        }
    }

    impl Sandbox for PerPurpose {
        fn confine(&self, invocation: Invocation, grant: &Grant) -> Result<Invocation, SandboxError> {
            match grant.purpose {
                Purpose::Build => self.build.confine(invocation, grant),
                Purpose::Run => self.run.confine(invocation, grant),
            }
        }

        fn layers_for(&self, purpose: Purpose) -> &[Layer] {
            match purpose {
                Purpose::Build => self.build.layers_for(purpose),
                Purpose::Run => self.run.layers_for(purpose),
            }
        }

        fn layers(&self) -> &[Layer] {
            &self.both
        }

        fn watchdog(&self) -> Option<Arc<Watchdog>> {
            self.run.watchdog()
        }
    }
}
