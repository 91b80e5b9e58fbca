//! Streamable HTTP (2025-03-26 and later): each message is a request of its own, answered by JSON or by a stream of
//! events; a session id goes with all of them; one more stream is for what the server says of itself.

use std::sync::Arc;

use bytes::Bytes;
use peta_model::Code;

use crate::{carrier::Carrier, description::Description, fault::SendError, mailbox::Mailbox, wiring::Wiring};

mod converse;
mod listen;
mod wire;

use wire::Wire;

pub(super) use wire::NotOpened;

/// How long a good-bye may take.
const FAREWELL: std::time::Duration = std::time::Duration::from_secs(3);

#[derive(Debug)]
pub(crate) struct HttpLink {
    wire: Arc<Wire>,
}

impl HttpLink {
    pub(super) async fn open(url: &str, wiring: &Wiring) -> Result<(Self, Arc<Description>), NotOpened> {
        let wire = Arc::new(Wire::new(url, wiring.share())?);
        let link = Self { wire: Arc::clone(&wire) };
        let description = wire.initialize().await?;
        listen::start(&wire, &description, converse::renew_soon).await;
        Ok((link, description))
    }

    /// Ends the session at the server.
    pub(super) async fn close(&self) {
        self.wire.hush();
        let alive = self.wire.wiring.ground.alive();
        let _ = tokio::time::timeout(FAREWELL, self.wire.farewell()).await;
        drop(alive);
    }
}

impl Drop for HttpLink {
    fn drop(&mut self) {
        self.wire.hush();
    }
}

impl Carrier for HttpLink {
    async fn send(&self, id: u64, mailbox: &Arc<Mailbox>, message: Bytes) -> Result<(), SendError> {
        self.wire.send(id, mailbox, message).await
    }

    async fn tell(&self, message: Bytes) -> Result<(), SendError> {
        self.wire.tell(message).await
    }
}

impl Carrier for Arc<Wire> {
    async fn send(&self, id: u64, mailbox: &Arc<Mailbox>, message: Bytes) -> Result<(), SendError> {
        mailbox.worked_by(converse::converse(Arc::clone(self), id, message, mailbox.ticket()));
        Ok(())
    }

    async fn tell(&self, message: Bytes) -> Result<(), SendError> {
        let within = self.wiring.ground.config.times.write;
        let slow = || SendError::new(Code::SERVER_IDLE_TIMEOUT, "the server does not take what it is sent");
        tokio::time::timeout(within, self.notify(message)).await.unwrap_or_else(|_| Err(slow()))
    }
}
