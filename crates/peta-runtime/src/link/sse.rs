//! HTTP+SSE (2024-11-05): one stream for all that the server says, begun by the place to post to. It cannot be picked
//! up: where it ends, the line is lost.

use std::sync::{
    Arc, Mutex,
    atomic::{AtomicBool, Ordering},
};

use bytes::Bytes;
use peta_dial::Target;
use peta_mcp::compact;
use peta_model::Code;
use tokio::{sync::watch, task::AbortHandle};

use crate::{
    carrier::{self, Carrier},
    custody::Ticket,
    description::Description,
    fault::{Executed, LostWhy, OpenError, SendError},
    inbox::Taken,
    link::{
        south::{Session, South, error_body, is_events, status_means, uri},
        stream::{Events, Place, is_message},
    },
    lock::lock,
    mailbox::Mailbox,
    wiring::Wiring,
};

#[derive(Debug)]
pub(crate) struct SseLink {
    poster: Arc<Poster>,
    reader: AbortHandle,
    write: std::time::Duration,
}

/// Where messages are posted to.
#[derive(Debug)]
struct Poster {
    south: South,
    endpoint: Mutex<Option<String>>,
    /// Whether the endpoint was found behind the URL's own prefix.
    prefixed: AtomicBool,
}

/// The first event, or why there is none.
type Endpoint = Option<Result<(), OpenError>>;

impl SseLink {
    pub(super) async fn open(url: &str, wiring: &Wiring) -> Result<(Self, Arc<Description>), OpenError> {
        let south = South::new(url, wiring)?;
        let path = south.path()?;
        let response = south.get(&path, &Session::default(), None).await?;
        if !response.status().is_success() {
            return Err(status_means(response.status()).into());
        }
        if !is_events(&response) {
            return Err(OpenError::new(
                Code::SERVER_GARBAGE,
                "the server's URL does not answer with a stream of events",
            ));
        }
        let poster = Arc::new(Poster { south, endpoint: Mutex::default(), prefixed: AtomicBool::new(false) });
        let events = Events::new(response.into_body(), wiring.ground.config.limits.bytes);
        let (tell, mut endpoint) = watch::channel(None);
        let reading = tokio::spawn(read(events, Arc::clone(&poster), wiring.share(), tell));
        let link = Self { poster, reader: reading.abort_handle(), write: wiring.ground.config.times.write };
        let told = endpoint.wait_for(Option::is_some).await.ok().and_then(|endpoint| endpoint.clone());
        told.unwrap_or_else(|| Err(lost().into()))?;
        let description = carrier::shake(&link, &wiring.inbox, &wiring.greeting).await?;
        Ok((link, description))
    }

    pub(super) fn close(&self) {
        self.reader.abort();
    }
}

impl Drop for SseLink {
    fn drop(&mut self) {
        self.reader.abort();
    }
}

impl Carrier for SseLink {
    async fn send(&self, _id: u64, mailbox: &Arc<Mailbox>, message: Bytes) -> Result<(), SendError> {
        let ticket = mailbox.ticket();
        self.post(message, ticket.as_deref()).await
    }

    async fn tell(&self, message: Bytes) -> Result<(), SendError> {
        self.post(message, None).await
    }
}

impl SseLink {
    async fn post(&self, message: Bytes, ticket: Option<&dyn Ticket>) -> Result<(), SendError> {
        let slow = || SendError::new(Code::SERVER_IDLE_TIMEOUT, "the server does not take what it is sent");
        tokio::time::timeout(self.write, self.poster.post(message, ticket)).await.unwrap_or_else(|_| Err(slow()))
    }
}

impl Poster {
    /// Posts to the endpoint. Behind a path prefix many servers name it without; a 404 says so once.
    async fn post(&self, message: Bytes, ticket: Option<&dyn Ticket>) -> Result<(), SendError> {
        let message = compact(message);
        let unsent = |why: LostWhy| SendError::new(why.code, why.text);
        let endpoint = lock(&self.endpoint).clone();
        let endpoint = endpoint.ok_or_else(|| unsent(lost()))?;
        let prefixed = self.behind_prefix(&endpoint);
        let known = prefixed.as_ref().filter(|_| self.prefixed.load(Ordering::Relaxed));
        let first = uri(known.unwrap_or(&endpoint)).map_err(unsent)?;
        let response = self.south.post(&first, &Session::default(), message.clone(), ticket).await.map_err(unsent)?;
        let mut status = response.status();
        let _ = error_body(response).await;
        if let (404, None, Some(prefixed)) = (status.as_u16(), known, &prefixed) {
            let prefixed = uri(prefixed).map_err(unsent)?;
            let response = self.south.post(&prefixed, &Session::default(), message, ticket).await.map_err(unsent)?;
            status = response.status();
            let _ = error_body(response).await;
            self.prefixed.store(status.is_success(), Ordering::Relaxed);
        }
        if status.is_success() { Ok(()) } else { Err(unsent(status_means(status))) }
    }

    /// The endpoint below the folder of the stream's own path, where that is another place.
    fn behind_prefix(&self, endpoint: &str) -> Option<String> {
        let path = self.south.http().target().path();
        let path = path.split('?').next().unwrap_or(path);
        let folder = path.rsplit_once('/').map_or("", |(folder, _)| folder);
        (!folder.is_empty() && !endpoint.starts_with(&format!("{folder}/"))).then(|| format!("{folder}{endpoint}"))
    }

    fn point(&self, at: &str) -> Result<(), OpenError> {
        let target = self.south.http().target();
        let bad = |text: &str| OpenError::new(Code::SERVER_GARBAGE, text);
        let endpoint = target.refer(at.trim()).map_err(|_| bad("the server names no usable endpoint"))?;
        if !Target::same_origin(&endpoint, target) {
            return Err(bad("the server names an endpoint of another origin"));
        }
        *lock(&self.endpoint) = Some(endpoint.path().to_owned());
        Ok(())
    }
}

/// Reads the stream to its end.
async fn read(mut events: Events, poster: Arc<Poster>, wiring: Wiring, tell: watch::Sender<Endpoint>) {
    let mut place = Place::default();
    let why = loop {
        let event = match events.next(&mut place).await {
            Ok(Some(event)) => event,
            Ok(None) => break lost(),
            Err(why) => break why,
        };
        if event.name.as_deref() == Some("endpoint") {
            // A second one is not in the protocol: whoever sends it would redirect what follows.
            if tell.borrow().is_none() {
                let pointed = poster.point(&String::from_utf8_lossy(&event.data));
                tell.send_replace(Some(pointed));
            }
        } else if is_message(&event) {
            match wiring.inbox.take(None, event.data) {
                Taken::Nothing => {}
                Taken::Reply(replies) => {
                    let poster = Arc::clone(&poster);
                    tokio::spawn(async move {
                        for reply in replies {
                            let _ = poster.post(reply, None).await;
                        }
                    });
                }
                Taken::Garbage if wiring.inbox.garbage_is_too_much() => break garbage(),
                Taken::Garbage => {}
            }
        }
    };
    wiring.inbox.lost(why);
}

fn lost() -> LostWhy {
    LostWhy::new(Code::SERVER_LOST, Executed::Maybe, "the server's stream ended")
}

fn garbage() -> LostWhy {
    LostWhy::new(Code::SERVER_GARBAGE, Executed::Maybe, "the server sent too many events that are no messages")
}
