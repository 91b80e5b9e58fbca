//! One request to a witness, and what its answer means.

use std::time::Duration;

use bytes::Bytes;
use http::{HeaderValue, Method, Request, StatusCode, header};
use http_body_util::Full;
use peta_dial::{DialError, Dialer, Http, HttpError, read};
use tokio::time::timeout;

use super::{
    refused::Refused,
    words::{AddCheckpoint, SIZE},
};
use crate::trouble::said;

pub(super) struct Client {
    http: Http,
    path: String,
    deadline: Duration,
}

/// What a witness answered.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) enum Answer {
    /// Lines of signatures.
    Cosigned(String),
    /// It has cosigned so many entries, not those that were named.
    Has(u64),
    /// The proof does not lead from what it has to the checkpoint.
    Unproven(String),
}

/// What is read of an answer.
const LIMIT: usize = 64 * 1024;

impl Client {
    /// One that asks at this URL. The text says what about it cannot be used.
    pub(super) fn new(dialer: &Dialer, place: &str, ca: Option<&str>, deadline: Duration) -> Result<Self, String> {
        let dialer = match ca {
            Some(authorities) => dialer.trusting(authorities.as_bytes()).map_err(|error| error.to_string())?,
            None => dialer.clone(),
        };
        let target = dialer.target(place).map_err(|error| error.to_string())?;
        let path = format!("{}/add-checkpoint", target.path().trim_end_matches('/'));
        Ok(Self { http: Http::new(&dialer, target), path, deadline })
    }

    pub(super) async fn add(&self, ask: &AddCheckpoint) -> Result<Answer, Refused> {
        let request = Request::builder()
            .method(Method::POST)
            .uri(&self.path)
            .header(header::USER_AGENT, concat!("peta/", env!("CARGO_PKG_VERSION")))
            .header(header::CONTENT_TYPE, "text/plain; charset=utf-8")
            .body(Full::from(Bytes::from(ask.to_string())));
        let request = request.map_err(|_| Refused::Never("the request cannot be made".to_owned()))?;
        let exchange = async {
            let answer = self.http.send_once(request).await.map_err(|error| of_http(&error))?;
            let (head, body) = answer.into_parts();
            let body = read(body, LIMIT).await.map_err(|error| Refused::Away(error.to_string()))?;
            answered(head.status, head.headers.get(header::CONTENT_TYPE), &body)
        };
        let late = || Refused::Away(format!("it does not answer within {} ms", self.deadline.as_millis()));
        timeout(self.deadline, exchange).await.unwrap_or_else(|_| Err(late()))
    }
}

fn answered(status: StatusCode, kind: Option<&HeaderValue>, body: &[u8]) -> Result<Answer, Refused> {
    let text = || std::str::from_utf8(body).ok();
    let why = || format!("it answers {status}: {}", said(body));
    match status.as_u16() {
        200 => text().map(|lines| Answer::Cosigned(lines.to_owned())).ok_or_else(|| Refused::Never(why())),
        409 => {
            let is_size = kind.is_some_and(|kind| kind.as_bytes().starts_with(SIZE.as_bytes()));
            let size = text().filter(|_| is_size).and_then(|text| text.strip_suffix('\n')?.parse().ok());
            size.map(Answer::Has).ok_or_else(|| Refused::Never(why()))
        }
        422 => Ok(Answer::Unproven(why())),
        403 => Err(Refused::Never(format!("it does not know the key that signs this log ({})", said(body)))),
        404 => Err(Refused::Never(format!("it does not know this log, or it is no witness ({})", said(body)))),
        408 | 425 | 429 | 500..600 => Err(Refused::Away(why())),
        _ => Err(Refused::Never(why())),
    }
}

fn of_http(error: &HttpError) -> Refused {
    match error {
        HttpError::Dial(DialError::Refused) | HttpError::Redirected | HttpError::Request => {
            Refused::Never(error.to_string())
        }
        HttpError::Dial(_) | HttpError::Broken => Refused::Away(error.to_string()),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn of(status: u16, kind: &str, body: &str) -> Result<Answer, Refused> {
        let kind = HeaderValue::try_from(kind).unwrap();
        answered(StatusCode::from_u16(status).unwrap(), Some(&kind), body.as_bytes())
    }

    #[test]
    fn an_answer_means_what_the_protocol_says() {
        assert_eq!(of(200, "", "— a b\n"), Ok(Answer::Cosigned("— a b\n".to_owned())));
        assert_eq!(of(409, SIZE, "17\n"), Ok(Answer::Has(17)));
        assert!(matches!(of(422, "", "no"), Ok(Answer::Unproven(_))));
        // A conflict of somebody who is no witness, or a size that is none.
        for (kind, body) in [("application/json", "17\n"), (SIZE, "17"), (SIZE, "-1\n"), (SIZE, "x\n")] {
            assert!(matches!(of(409, kind, body), Err(Refused::Never(_))), "{kind} {body}");
        }
        for status in [301, 400, 401, 403, 404, 405] {
            assert!(matches!(of(status, "", ""), Err(Refused::Never(_))), "{status}");
        }
        for status in [429, 500, 503] {
            assert!(matches!(of(status, "", ""), Err(Refused::Away(_))), "{status}");
        }
    }
}
