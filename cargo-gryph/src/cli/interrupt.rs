//! Ctrl-C: the first one stops the run and leaves nothing half-written, the second one ends the process at once.

use std::sync::Arc;
use std::sync::atomic::{AtomicBool, Ordering};

use tokio::sync::Notify;

/// Whether somebody pressed Ctrl-C.
#[derive(Clone, Default)]
pub(super) struct Interrupt {
    pressed: Arc<AtomicBool>,
    wake: Arc<Notify>,
}

impl Interrupt {
    /// Listens from now on. Must be called on the runtime.
    pub(super) fn listen() -> Self {
        let interrupt = Self::default();
        let heard = interrupt.clone();
        tokio::spawn(async move {
            while terminated().await {
                if heard.pressed.swap(true, Ordering::SeqCst) {
                    std::process::exit(super::exit_code::ExitCode::Interrupted.number().into());
                }
                heard.wake.notify_waiters();
            }
        });
        interrupt
    }

    /// Whether it happened.
    pub(super) fn happened(&self) -> bool {
        self.pressed.load(Ordering::SeqCst)
    }

    /// Waits until it happens.
    pub(super) async fn wait(&self) {
        let notified = self.wake.notified();
        if !self.happened() {
            notified.await;
        }
    }
}

/// Waits for Ctrl-C or, on Unix, for SIGTERM; `false` if nothing can be waited for.
async fn terminated() -> bool {
    #[cfg(unix)]
    {
        use tokio::signal::unix::{SignalKind, signal};
        let Ok(mut term) = signal(SignalKind::terminate()) else {
            return tokio::signal::ctrl_c().await.is_ok();
        };
        tokio::select! {
            pressed = tokio::signal::ctrl_c() => pressed.is_ok(),
            received = term.recv() => received.is_some(),
        }
    }
    #[cfg(not(unix))]
    {
        tokio::signal::ctrl_c().await.is_ok()
    }
}
