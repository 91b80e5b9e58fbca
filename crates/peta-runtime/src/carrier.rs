//! What every line can do, however it reaches its server; and the handshake, which is the same on all of them.

use std::{sync::Arc, time::Duration};

use bytes::Bytes;
use peta_mcp::Message;
use peta_model::Code;

use crate::{
    description::Description,
    fault::{Executed, LostWhy, OpenError, SendError},
    greeting::Greeting,
    inbox::Inbox,
    mailbox::Mailbox,
};

pub(crate) trait Carrier: Send + Sync {
    /// Sends a request whose answer `mailbox` waits for.
    fn send(
        &self,
        id: u64,
        mailbox: &Arc<Mailbox>,
        message: Bytes,
    ) -> impl Future<Output = Result<(), SendError>> + Send;

    /// Sends what is not answered: a notification, or an answer.
    fn tell(&self, message: Bytes) -> impl Future<Output = Result<(), SendError>> + Send;
}

/// The handshake on a line that is just open.
pub(crate) async fn shake(
    carrier: &impl Carrier,
    inbox: &Inbox,
    greeting: &Greeting,
) -> Result<Arc<Description>, OpenError> {
    let id = greeting.id();
    let mailbox = inbox.expect(id)?;
    carrier.send(id, &mailbox, greeting.initialize(id)).await?;
    let answer = mailbox.answer().await?;
    let description = Arc::new(Description::read(&answer)?);
    carrier.tell(Greeting::initialized()).await?;
    Ok(description)
}

/// A request of the runtime's own.
pub(crate) async fn ask(
    carrier: &impl Carrier,
    inbox: &Inbox,
    (id, message): (u64, Bytes),
    within: Duration,
) -> Result<Message, LostWhy> {
    let mailbox = inbox.expect(id)?;
    let asked = async {
        carrier.send(id, &mailbox, message).await?;
        mailbox.answer().await
    };
    let answer = tokio::time::timeout(within, asked).await.unwrap_or_else(|_| {
        Err(LostWhy::new(Code::SERVER_IDLE_TIMEOUT, Executed::Maybe, "the server did not answer in time"))
    });
    inbox.forget(id);
    mailbox.abandon();
    answer
}

/// So long a call waits for what the server is told again.
pub(crate) const RETOLD: Duration = Duration::from_secs(1);

/// Says again what a re-opened server must know; what it refuses now it would refuse then.
pub(crate) async fn replay(
    carrier: &impl Carrier,
    inbox: &Inbox,
    greeting: &Greeting,
    to: &Description,
    within: Duration,
) {
    for (method, params) in greeting.replay(to) {
        let id = greeting.id();
        let message = peta_mcp::write::request(id, method, Some(&params));
        if let Err(why) = ask(carrier, inbox, (id, message), within).await {
            tracing::debug!(method, code = %why.code, "a server was not told again what it knew");
        }
    }
}
