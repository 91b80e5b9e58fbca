//! The three ways a server is reached, behind one face.

use std::sync::Arc;

use bytes::Bytes;
use peta_model::{HttpMode, ServerSpec, Transport};

use crate::{
    carrier::Carrier,
    description::Description,
    fault::{OpenError, SendError},
    mailbox::Mailbox,
    wiring::Wiring,
};

mod exit;
mod http;
mod lade;
mod south;
mod sse;
mod stdio;
mod stream;

use http::NotOpened;

pub(crate) use http::HttpLink;
pub(crate) use sse::SseLink;
pub(crate) use stdio::StdioLink;

#[derive(Debug)]
pub(crate) enum Link {
    Stdio(StdioLink),
    Http(HttpLink),
    Sse(SseLink),
}

impl Link {
    /// Reaches the server and shakes hands.
    pub(crate) async fn open(
        spec: &ServerSpec,
        caller: Option<&str>,
        wiring: &Wiring,
    ) -> Result<(Self, Arc<Description>), OpenError> {
        match &spec.transport {
            Transport::Stdio { command, args, env } => {
                let (link, description) = StdioLink::open((command, args, env), caller, wiring).await?;
                Ok((Self::Stdio(link), description))
            }
            Transport::Http { url, mode } => match (mode, wiring.standing.speaks(url)) {
                (HttpMode::Http, _) => Self::open_http(url, wiring).await.map_err(NotOpened::into_error),
                (HttpMode::Sse, _) | (HttpMode::Auto, Some(HttpMode::Sse)) => Self::open_sse(url, wiring).await,
                (HttpMode::Auto, _) => Self::open_either(url, wiring).await,
            },
        }
    }

    pub(crate) async fn close(&self) {
        match self {
            Self::Stdio(link) => link.close().await,
            Self::Http(link) => link.close().await,
            Self::Sse(link) => link.close(),
        }
    }

    /// Streamable HTTP, then HTTP+SSE if the server does not take the former's first request
    /// (MCP 2025-11-25, transports, backwards compatibility).
    async fn open_either(url: &str, wiring: &Wiring) -> Result<(Self, Arc<Description>), OpenError> {
        match Self::open_http(url, wiring).await {
            Ok(opened) => {
                wiring.standing.note_speaks(url, HttpMode::Http);
                Ok(opened)
            }
            Err(NotOpened::OtherTransport(first)) => match Self::open_sse(url, wiring).await {
                Ok(opened) => {
                    wiring.standing.note_speaks(url, HttpMode::Sse);
                    Ok(opened)
                }
                Err(_) => Err(first),
            },
            Err(not_opened) => Err(not_opened.into_error()),
        }
    }

    async fn open_http(url: &str, wiring: &Wiring) -> Result<(Self, Arc<Description>), NotOpened> {
        let (link, description) = HttpLink::open(url, wiring).await?;
        Ok((Self::Http(link), description))
    }

    async fn open_sse(url: &str, wiring: &Wiring) -> Result<(Self, Arc<Description>), OpenError> {
        let (link, description) = SseLink::open(url, wiring).await?;
        Ok((Self::Sse(link), description))
    }
}

impl Carrier for Link {
    async fn send(&self, id: u64, mailbox: &Arc<Mailbox>, message: Bytes) -> Result<(), SendError> {
        match self {
            Self::Stdio(link) => link.send(id, mailbox, message).await,
            Self::Http(link) => link.send(id, mailbox, message).await,
            // Boxed: it posts, and waits for what comes of that, which the others would carry the room for.
            Self::Sse(link) => Box::pin(link.send(id, mailbox, message)).await,
        }
    }

    async fn tell(&self, message: Bytes) -> Result<(), SendError> {
        match self {
            Self::Stdio(link) => link.tell(message).await,
            Self::Http(link) => Box::pin(link.tell(message)).await,
            Self::Sse(link) => Box::pin(link.tell(message)).await,
        }
    }
}
