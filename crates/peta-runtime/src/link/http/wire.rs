//! What all requests of one line share: the session, how it begins, and how it begins again.

use std::{
    sync::{Arc, Mutex},
    time::Duration,
};

use bytes::Bytes;
use http::{HeaderValue, Response, StatusCode, Uri};
use http_body::Body as _;
use peta_dial::{Answer, BodyError, Pieces};
use peta_mcp::{Limits, Message, Side, Version};
use peta_model::Code;
use tokio::{
    sync::{Semaphore, watch},
    task::AbortHandle,
};

use crate::{
    carrier::RETOLD,
    custody::Ticket,
    description::Description,
    fault::{Executed, LostWhy, OpenError, SendError},
    greeting::Greeting,
    inbox::Taken,
    link::{
        south::{Session, South, error_body, is_events, session_id, status_means},
        stream::{Events, Place, is_message},
    },
    lock::lock,
    mailbox::Mailbox,
    passing::{LARGE, Passing},
    wiring::Wiring,
};

#[derive(Debug)]
pub(super) struct Wire {
    pub(super) south: South,
    pub(super) wiring: Wiring,
    path: Uri,
    session: Mutex<Session>,
    /// One re-initialisation at a time.
    pub(super) turn: Semaphore,
    /// A server that was initialized anew is being told what it knew, as long as the other end is there.
    retelling: Mutex<Option<watch::Receiver<()>>>,
    listener: Mutex<Option<AbortHandle>>,
}

/// Why a line could not be opened.
#[derive(Debug)]
pub(in crate::link) enum NotOpened {
    /// The first request was not taken: the server may speak HTTP+SSE.
    OtherTransport(OpenError),
    Failed(OpenError),
}

/// What a status, with its body, says about a request.
pub(super) enum Judged {
    Taken(Response<Answer>),
    /// An error, but the answer to this request.
    Answer(Bytes),
    /// The server does not know the session any more; the request was not executed.
    Gone,
}

impl NotOpened {
    pub(in crate::link) fn into_error(self) -> OpenError {
        match self {
            Self::OtherTransport(error) | Self::Failed(error) => error,
        }
    }
}

impl From<OpenError> for NotOpened {
    fn from(error: OpenError) -> Self {
        Self::Failed(error)
    }
}

impl Wire {
    pub(super) fn new(url: &str, wiring: Wiring) -> Result<Self, OpenError> {
        let south = South::new(url, &wiring)?;
        let path = south.path()?;
        let (session, listener, retelling) = Default::default();
        Ok(Self { south, wiring, path, session, turn: Semaphore::new(1), retelling, listener })
    }

    /// From now on, until what it gives is dropped, the server is told again what it knew.
    pub(super) fn retells(&self) -> watch::Sender<()> {
        let (over, told) = watch::channel(());
        *lock(&self.retelling) = Some(told);
        over
    }

    /// Waits until a server that was initialized anew has been told what it knew, so that no call overtakes that; not long,
    /// for a server that does not answer to it may answer to a call.
    pub(super) async fn retold(&self) {
        let told = lock(&self.retelling).clone();
        if let Some(mut told) = told {
            // Nothing is ever sent: it is over when the other end is gone.
            let over = async { while told.changed().await.is_ok() {} };
            let _ = tokio::time::timeout(RETOLD, over).await;
        }
    }

    pub(super) fn session(&self) -> Session {
        lock(&self.session).clone()
    }

    /// Begins a session: the handshake, with nothing of an older one.
    pub(super) async fn initialize(&self) -> Result<Arc<Description>, NotOpened> {
        let (inbox, greeting) = (&self.wiring.inbox, &self.wiring.greeting);
        let id = greeting.id();
        let mailbox = inbox.expect(id).map_err(OpenError::from)?;
        let begun = self.begin(id, &mailbox).await;
        inbox.forget(id);
        let (description, session_id) = begun?;
        self.begun(session_id, description.version);
        self.notify(Greeting::initialized()).await.map_err(OpenError::from)?;
        Ok(description)
    }

    fn begun(&self, id: Option<HeaderValue>, version: Version) {
        let mut session = lock(&self.session);
        *session = self.south.session(id, version, session.number + 1);
    }

    async fn begin(&self, id: u64, mailbox: &Mailbox) -> Result<(Arc<Description>, Option<HeaderValue>), NotOpened> {
        let fresh = Session::default();
        let message = self.wiring.greeting.initialize(id);
        let response = self.south.post(&self.path, &fresh, message, None).await.map_err(OpenError::from)?;
        let status = response.status();
        if !status.is_success() {
            let why = OpenError::from(status_means(status));
            let other = matches!(status.as_u16(), 400 | 404 | 405);
            let speaks = other && self.is_error(&error_body(response).await);
            return Err(if other && !speaks { NotOpened::OtherTransport(why) } else { NotOpened::Failed(why) });
        }
        let session_id = session_id(&response);
        self.receive(id, response, &Place::default()).await.map_err(OpenError::from)?;
        let answer = if mailbox.is_ended() { mailbox.answer().await } else { Err(unanswered()) };
        let description = Description::read(&answer.map_err(OpenError::from)?)?;
        Ok((Arc::new(description), session_id))
    }

    pub(super) async fn post(
        &self,
        session: &Session,
        message: Bytes,
        ticket: Option<&dyn Ticket>,
    ) -> Result<Response<Answer>, LostWhy> {
        self.south.post(&self.path, session, message, ticket).await
    }

    pub(super) async fn get(&self, session: &Session, last: Option<&str>) -> Result<Response<Answer>, LostWhy> {
        self.south.get(&self.path, session, last).await
    }

    pub(super) async fn farewell(&self) {
        let session = self.session();
        if session.id.is_some() {
            let _ = self.south.delete(&self.path, &session).await;
        }
    }

    /// Reads an answer, whole or as events, up to its end or the answer to `id`. Gives back where a stream was if it
    /// ended without that answer.
    pub(super) async fn receive(&self, id: u64, response: Response<Answer>, place: &Place) -> Result<Place, LostWhy> {
        let limit = self.wiring.ground.config.limits.bytes;
        let mut place = place.clone();
        if !is_events(&response) {
            self.text(id, response.into_body()).await?;
            return Ok(place);
        }
        let mut events = Events::new(response.into_body(), limit);
        while let Some(event) = events.next(&mut place).await? {
            if is_message(&event) {
                self.hear(Some(id), event.data).await?;
            }
            if !self.wiring.inbox.waits_for(id) {
                drain(self, events).await;
                return Ok(place);
            }
        }
        Ok(place)
    }

    /// An answer that is one text: heard whole, or, if it is large and who waits can take it so, passed on as it comes.
    async fn text(&self, id: u64, mut body: Answer) -> Result<(), LostWhy> {
        let (inbox, limits) = (&self.wiring.inbox, self.limits());
        let announced = body.size_hint().exact().unwrap_or(0);
        if announced > limits.bytes as u64 {
            return Err(BodyError::TooLarge { limit: limits.bytes }.into());
        }
        let enough = if announced > LARGE as u64 { 0 } else { LARGE };
        let mut pieces = Pieces::default();
        let ended = pieces.read(&mut body, enough, limits.bytes).await?;
        if !ended && inbox.passes(id) {
            let sieve = self.wiring.custody.filter().map(|filter| filter.sieve());
            match Passing::begin(id, limits, (&pieces, body), sieve) {
                Ok(passing) => {
                    inbox.pass(id, passing);
                    return Ok(());
                }
                Err(rest) => body = rest,
            }
        }
        if !ended {
            pieces.read(&mut body, usize::MAX, limits.bytes).await?;
        }
        self.hear(Some(id), pieces.join()).await
    }

    /// One text of the server; pings in it are answered.
    pub(super) async fn hear(&self, about: Option<u64>, text: Bytes) -> Result<(), LostWhy> {
        match self.wiring.inbox.take(about, text) {
            Taken::Nothing => Ok(()),
            Taken::Reply(replies) => {
                for reply in replies {
                    // Who pings and does not take the answer has no use for it.
                    let _ = Box::pin(self.notify(reply)).await;
                }
                Ok(())
            }
            Taken::Garbage => {
                let why = "the server answered with something that is no message";
                Err(LostWhy::new(Code::SERVER_GARBAGE, Executed::Maybe, why))
            }
        }
    }

    /// What is not answered; any success will do.
    pub(super) async fn notify(&self, message: Bytes) -> Result<(), SendError> {
        let response =
            self.post(&self.session(), message, None).await.map_err(|why| SendError::new(why.code, why.text))?;
        if response.status().is_success() {
            // Read to its end, so that the connection can be used again.
            let _ = error_body(response).await;
            return Ok(());
        }
        let why = status_means(response.status());
        Err(SendError::new(why.code, why.text))
    }

    /// What the answer's status says (the dialects of "session gone" that servers speak: MCP asks for 404, several
    /// send 400 with words).
    pub(super) async fn judge(
        &self,
        id: u64,
        session: &Session,
        response: Response<Answer>,
    ) -> Result<Judged, LostWhy> {
        let status = response.status();
        if status.is_success() {
            return Ok(Judged::Taken(response));
        }
        let has_session = session.id.is_some();
        if matches!(status, StatusCode::UNAUTHORIZED | StatusCode::FORBIDDEN) {
            return Err(status_means(status));
        }
        let body = Box::pin(error_body(response)).await;
        if self.is_answer(id, &body) {
            return Ok(Judged::Answer(body));
        }
        let says = String::from_utf8_lossy(&body).to_ascii_lowercase();
        let gone_in_words = says.contains("session") || says.contains("initiali");
        match status {
            StatusCode::NOT_FOUND if has_session => Ok(Judged::Gone),
            StatusCode::BAD_REQUEST if has_session && gone_in_words => Ok(Judged::Gone),
            _ => Err(status_means(status)),
        }
    }

    /// Makes room for a new listener; the old one ends.
    pub(super) fn listens(&self, listener: Option<AbortHandle>) {
        let old = std::mem::replace(&mut *lock(&self.listener), listener);
        if let Some(old) = old {
            old.abort();
        }
    }

    pub(super) fn hush(&self) {
        self.listens(None);
    }

    fn limits(&self) -> &Limits {
        &self.wiring.ground.config.limits
    }

    fn is_error(&self, body: &Bytes) -> bool {
        Message::parse(body.clone(), Side::Server, self.limits()).is_ok_and(|message| message.error().is_some())
    }

    fn is_answer(&self, id: u64, body: &Bytes) -> bool {
        let message = Message::parse(body.clone(), Side::Server, self.limits());
        message.is_ok_and(|message| message.error().is_some() && message.id().and_then(|own| own.as_u64()) == Some(id))
    }
}

pub(super) fn unanswered() -> LostWhy {
    LostWhy::new(Code::SERVER_LOST, Executed::Maybe, "the server ended its answer before it was whole")
}

/// A stream should end after its answer; if it is let end, its connection serves the next request. What still comes
/// is heard.
async fn drain(wire: &Wire, mut events: Events) {
    let mut place = Place::default();
    let rest = async {
        while let Ok(Some(event)) = events.next(&mut place).await {
            if is_message(&event) && wire.hear(None, event.data).await.is_err() {
                return;
            }
        }
    };
    let _ = tokio::time::timeout(Duration::from_secs(1), rest).await;
}
