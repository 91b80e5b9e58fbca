//! Core as the bridge sees it: an address that may change or be missing, one endpoint, and a token.

use std::sync::{
    Mutex, PoisonError,
    atomic::{AtomicBool, Ordering},
};

use bytes::Bytes;
use http::{HeaderValue, Method, Request, Response, StatusCode, Uri, header};
use http_body_util::Full;
use peta_dial::Answer;
use peta_model::Code;

use super::session::Names;
use crate::{
    fault::printable,
    place::Place,
    terminal,
    way_out::{Line, Unsent},
};

/// Where Core is.
#[derive(Debug)]
pub(super) enum Where {
    Url(Uri),
    /// Wherever the data directory says, each time anew: a Core that comes back may listen elsewhere.
    Place(Place),
}

/// Core's endpoint for this agent.
pub(super) struct Core {
    place: Where,
    path: String,
    token: HeaderValue,
    line: Line,
    away: AtomicBool,
    /// What people were told last, so that it is told once.
    told: Mutex<String>,
}

/// Why there is no answer.
#[derive(Debug)]
pub(super) enum NoAnswer {
    /// Nothing was sent, or nothing was done with it.
    Away,
    /// It was sent, and then the connection broke: it may have been carried out.
    Broken,
}

impl Core {
    pub(super) fn new(place: Where, path: &str, token: HeaderValue, line: Line) -> Self {
        Self { place, path: path.to_owned(), token, line, away: AtomicBool::new(false), told: Mutex::default() }
    }

    /// Posts one message.
    pub(super) async fn post(&self, names: &Names, body: Bytes) -> Result<Response<Answer>, NoAnswer> {
        let request = Request::builder()
            .method(Method::POST)
            .header(header::CONTENT_TYPE, "application/json")
            .header(header::ACCEPT, "application/json, text/event-stream");
        self.send(request, names, body).await
    }

    /// Opens the stream for what Core says unasked.
    pub(super) async fn listen(&self, names: &Names, last: Option<&str>) -> Result<Response<Answer>, NoAnswer> {
        let mut request = Request::builder().method(Method::GET).header(header::ACCEPT, "text/event-stream");
        if let Some(last) = last {
            request = request.header("last-event-id", last);
        }
        self.send(request, names, Bytes::new()).await
    }

    /// Ends the session.
    pub(super) async fn end(&self, names: &Names) -> Result<Response<Answer>, NoAnswer> {
        self.send(Request::builder().method(Method::DELETE), names, Bytes::new()).await
    }

    /// Whether the last try found nobody.
    pub(super) fn is_away(&self) -> bool {
        self.away.load(Ordering::Acquire)
    }

    /// Tells people of a refusal, once as long as it stays the same.
    pub(super) fn tell(&self, code: &str, text: &str) {
        let mut told = self.told.lock().unwrap_or_else(PoisonError::into_inner);
        if *told != code {
            code.clone_into(&mut told);
            let (code, text) = (printable(code), printable(text));
            terminal::note(&format!("peta stdio: error[{code}]: {text} (docs/errors/{code}.md)"));
        }
    }

    /// What to tell an agent about it.
    pub(super) fn advice(&self) -> String {
        match &self.place {
            Where::Url(url) => format!("Core cannot be reached at {url}: is it running, and is the address right?"),
            Where::Place(place) => {
                let dir = place.dir().display();
                format!("no Core is running on the data directory {dir}: start it with `peta serve --data {dir}`")
            }
        }
    }

    async fn send(
        &self,
        request: http::request::Builder,
        names: &Names,
        body: Bytes,
    ) -> Result<Response<Answer>, NoAnswer> {
        let Some(base) = self.base() else { return Err(self.gone("")) };
        let request = request.uri(self.path.as_str()).header(header::AUTHORIZATION, self.token.clone());
        let mut request = request.body(Full::new(body)).map_err(|_| NoAnswer::Away)?;
        names.put(request.headers_mut());
        match self.line.send(&base, request).await {
            // A Core that is shutting down has done nothing with it.
            Ok(response) if response.status() == StatusCode::SERVICE_UNAVAILABLE => {
                Err(self.gone("it is shutting down"))
            }
            Ok(response) => {
                if self.away.swap(false, Ordering::AcqRel) {
                    self.told.lock().unwrap_or_else(PoisonError::into_inner).clear();
                    terminal::note("peta stdio: Core is back");
                }
                Ok(response)
            }
            Err(Unsent::Never(why)) => Err(self.gone(&why)),
            Err(Unsent::Maybe) => Err(NoAnswer::Broken),
        }
    }

    fn base(&self) -> Option<Uri> {
        match &self.place {
            Where::Url(uri) => Some(uri.clone()),
            Where::Place(place) => place.address()?.parse().ok(),
        }
    }

    fn gone(&self, why: &str) -> NoAnswer {
        if !self.away.swap(true, Ordering::AcqRel) {
            let why = if why.is_empty() { String::new() } else { format!(" ({why})") };
            self.tell(Code::CORE_UNREACHABLE.as_str(), &format!("{}{why}", self.advice()));
        }
        NoAnswer::Away
    }
}
