//! How the shop reaches the warehouse.

/// Whether the certificate of the other side is looked at.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum VerifyMode {
    /// Not at all.
    None,
    /// It must be trusted.
    Peer,
}

/// A client with its settings.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Client {
    seconds: u64,
    verify: VerifyMode,
    any_host: bool,
}

impl Client {
    /// Begins with what is safe.
    pub fn builder() -> ClientBuilder {
        ClientBuilder(Client {
            seconds: 30,
            verify: VerifyMode::Peer,
            any_host: false,
        })
    }

    /// Whether the other side must prove who it is.
    pub fn verifies(&self) -> bool {
        self.verify == VerifyMode::Peer && !self.any_host
    }

    /// How long to wait.
    pub fn seconds(&self) -> u64 {
        self.seconds
    }
}

/// Settings of a client.
#[derive(Clone, Debug)]
pub struct ClientBuilder(Client);

impl ClientBuilder {
    /// How long to wait.
    pub fn timeout(mut self, seconds: u64) -> Self {
        self.0.seconds = seconds;
        self
    }

    /// What is asked of the certificate.
    pub fn set_verify(mut self, mode: VerifyMode) -> Self {
        self.0.verify = mode;
        self
    }

    /// Whether any certificate will do.
    pub fn danger_accept_invalid_certs(self, accept: bool) -> Self {
        let mode = if accept {
            VerifyMode::None
        } else {
            VerifyMode::Peer
        };
        self.set_verify(mode)
    }

    /// Whether the certificate may be of another host.
    pub fn danger_accept_invalid_hostnames(mut self, accept: bool) -> Self {
        self.0.any_host = accept;
        self
    }

    /// The client.
    pub fn build(self) -> Client {
        self.0
    }
}

/// The client for the warehouse.
pub fn warehouse() -> Client {
    Client::builder().timeout(10).build()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_warehouse_proves_who_it_is() {
        assert!(warehouse().verifies());
        assert_eq!(warehouse().seconds(), 10);
    }

    #[test]
    fn settings_are_kept() {
        let some = |builder: ClientBuilder| builder.build().verifies();
        assert!(!some(Client::builder().danger_accept_invalid_certs(true)));
        assert!(some(Client::builder().danger_accept_invalid_certs(false)));
        assert!(!some(
            Client::builder().danger_accept_invalid_hostnames(true)
        ));
        assert!(!some(Client::builder().set_verify(VerifyMode::None)));
    }
}
