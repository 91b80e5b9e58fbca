//! Requests over HTTP: one receiver, the headers that an administrator wrote, a secret that is put in where it is written,
//! a deadline, and what a status means.

use std::{sync::Arc, time::Duration};

use bytes::Bytes;
use http::{HeaderName, HeaderValue, Method, Request, StatusCode, header};
use http_body_util::Full;
use peta_dial::{Dialer, Http, Lender, Placeholder, Splice, Target, read};
use peta_store::SinkSpec;
use tokio::time::timeout;

use crate::{
    senses::Senses,
    trouble::{Trouble, said},
};

pub(crate) struct Wire {
    http: Http,
    path: String,
    /// As an administrator wrote them; `{}` is the secret.
    headers: Vec<(String, String)>,
    deadline: Duration,
    /// What is read of an answer.
    limit: usize,
    senses: Senses,
}

/// An answer that was read.
pub(crate) struct Reply {
    pub(super) status: StatusCode,
    pub(super) body: Bytes,
    pub(super) tag: bool,
    after: Option<Duration>,
}

/// What is read of an answer that says something about what was sent.
const LIMIT: usize = 4 << 20;

impl Wire {
    pub(crate) fn new(
        dialer: &Dialer,
        target: &Target,
        spec: &SinkSpec,
        splices: bool,
        (deadline, senses): (Duration, Senses),
    ) -> Self {
        let http = if splices { Http::splicing(dialer, target.clone()) } else { Http::new(dialer, target.clone()) };
        Self { http, path: target.path().to_owned(), headers: spec.headers.clone(), deadline, limit: LIMIT, senses }
    }

    /// The path and query of the URL.
    pub(super) fn path(&self) -> &str {
        &self.path
    }

    /// Answers may be as long as this.
    pub(crate) const fn with_limit(mut self, limit: usize) -> Self {
        self.limit = limit;
        self
    }

    /// Another header of each request.
    pub(super) fn with_header(mut self, name: &str, value: &str) -> Self {
        self.headers.push((name.to_owned(), value.to_owned()));
        self
    }

    /// Sends one request and reads its answer, whatever its status is.
    pub(super) async fn send(
        &self,
        (method, path): (Method, &str),
        headers: &[(&str, &str)],
        body: Vec<u8>,
        secret: Option<&Arc<dyn Lender>>,
    ) -> Result<Reply, Trouble> {
        let placeholder = Placeholder::new(self.senses.random());
        let mut request = Request::builder().method(method).uri(path);
        request = request.header(header::USER_AGENT, concat!("peta/", env!("CARGO_PKG_VERSION")));
        for (name, value) in
            self.headers.iter().map(|(name, value)| (name.as_str(), value.as_str())).chain(headers.iter().copied())
        {
            let value = if secret.is_some() { value.replace("{}", placeholder.as_str()) } else { value.to_owned() };
            let wrong = || Trouble::Refused(format!("the header `{name}` cannot be sent"));
            let name = HeaderName::try_from(name).map_err(|_| wrong())?;
            request = request.header(name, HeaderValue::try_from(value).map_err(|_| wrong())?);
        }
        let request = request.body(Full::from(Bytes::from(body)));
        let request = request.map_err(|_| Trouble::Refused("the request cannot be made".to_owned()))?;
        let splices: Vec<Splice> =
            secret.map(|lender| Splice { placeholder, lender: Arc::clone(lender) }).into_iter().collect();
        let exchange = async {
            let answer = self.http.send_with(request, &splices).await.map_err(|error| Trouble::of_http(&error))?;
            let (head, body) = answer.into_parts();
            let body = read(body, self.limit).await.map_err(|error| Trouble::later(error.to_string()))?;
            let after =
                head.headers.get(header::RETRY_AFTER).and_then(|after| after.to_str().ok()?.trim().parse().ok());
            let tag = head.headers.contains_key(header::ETAG);
            Ok(Reply { status: head.status, body, tag, after: after.map(Duration::from_secs) })
        };
        let late = || Trouble::later(format!("it does not answer within {} ms", self.deadline.as_millis()));
        let mut reply = timeout(self.deadline, exchange).await.unwrap_or_else(|_| Err(late()))?;
        if secret.is_some_and(|secret| repeats(secret, &reply.body)) {
            self.http.let_go();
            reply.body = Bytes::from_static(b"(it repeats the secret that it was sent)");
        }
        Ok(reply)
    }

    /// The same; only a success comes back.
    pub(super) async fn ask(
        &self,
        to: (Method, &str),
        headers: &[(&str, &str)],
        body: Vec<u8>,
        secret: Option<&Arc<dyn Lender>>,
    ) -> Result<Reply, Trouble> {
        let reply = self.send(to, headers, body, secret).await?;
        if reply.status.is_success() { Ok(reply) } else { Err(reply.trouble()) }
    }
}

impl Reply {
    /// What it says, for people.
    pub(super) fn shown(&self) -> String {
        format!("{}: {}", self.status, said(&self.body))
    }

    /// What its status means; of one that is no success.
    pub(super) fn trouble(&self) -> Trouble {
        let why = format!("it answers {}", self.shown());
        match self.status.as_u16() {
            408 | 425 | 429 | 500..600 => Trouble::Later { why, after: self.after },
            400 | 413 | 422 => Trouble::Content(why),
            _ => Trouble::Refused(why),
        }
    }

    /// A success that is not what the receiver says when it has taken something: a page of a proxy, perhaps.
    pub(super) fn garbage(&self) -> Trouble {
        Trouble::Later { why: format!("it answers what it should not: {}", self.shown()), after: self.after }
    }

    pub(super) fn json(&self) -> Option<serde_json::Value> {
        serde_json::from_slice(&self.body).ok()
    }
}

/// Whether an answer holds the secret that was sent: then it is shown to nobody.
fn repeats(secret: &Arc<dyn Lender>, body: &[u8]) -> bool {
    let Ok(lease) = secret.lend() else { return true };
    let found = lease.with(secret.now(), |bytes| memchr::memmem::find(body, bytes).is_some());
    lease.end();
    found.unwrap_or(true)
}
