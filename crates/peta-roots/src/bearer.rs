//! Tokens that prove Core to Google and Azure: read from a file, or lent for a while by whoever gives tokens out. A lent
//! one is kept until shortly before its end.

use std::sync::{Mutex, PoisonError};

use http::HeaderValue;
use peta_model::{Moment, Span};
use serde::{Deserialize, Deserializer};

use crate::{
    clock::Clock,
    json::SecretText,
    line::{Answer, Line},
    secret::Secret,
    trouble::{Trouble, said},
};

/// A token that is kept while it lives.
pub(crate) struct Bearer {
    clock: Clock,
    lent: Mutex<Option<(Secret, Moment)>>,
}

/// What those who lend tokens answer (RFC 6749, section 5.1). Azure's metadata service writes numbers as texts.
#[derive(Deserialize)]
pub(crate) struct Lent {
    access_token: SecretText,
    #[serde(deserialize_with = "number_or_text")]
    expires_in: u64,
}

#[derive(Deserialize)]
struct Refusal {
    error: Option<String>,
}

/// So long before its end a token is not used any more.
const SPARE: Span = Span::from_secs(120);

impl Bearer {
    pub(crate) const fn new(clock: Clock) -> Self {
        Self { clock, lent: Mutex::new(None) }
    }

    /// The value of `Authorization`; `lend` gets another token if there is none that lives.
    pub(crate) fn header(
        &self,
        line: &Line,
        lend: impl FnOnce(&Line, Moment) -> Result<Lent, Trouble>,
    ) -> Result<HeaderValue, Trouble> {
        let now = (self.clock)();
        let mut lent = self.lent.lock().unwrap_or_else(PoisonError::into_inner);
        if lent.as_ref().is_none_or(|(_, until)| now.after(SPARE) >= *until) {
            let Lent { access_token, expires_in } = lend(line, now)?;
            let token = Secret::new(&access_token.0).ok_or(Trouble::Answer("its token is empty"))?;
            *lent = Some((token, now.after(Span::from_secs(expires_in))));
        }
        let header = lent.as_ref().and_then(|(token, _)| token.header("Bearer "));
        header.ok_or(Trouble::Answer("its token is no text for a header"))
    }

    /// The provider did not take the token: the next request gets another.
    pub(crate) fn forget(&self) {
        *self.lent.lock().unwrap_or_else(PoisonError::into_inner) = None;
    }
}

/// Reads the answer of whoever lends tokens.
pub(crate) fn read(answer: &Answer) -> Result<Lent, Trouble> {
    if answer.status == 200 {
        return serde_json::from_slice(&answer.body).map_err(|_| Trouble::Answer("no token in it"));
    }
    let refusal: Option<Refusal> = serde_json::from_slice(&answer.body).ok();
    let code = refusal.and_then(|refusal| refusal.error);
    Err(match answer.status {
        400..=403 => Trouble::Denied(format!("no token is given out: {}", said(answer.status, code.as_deref()))),
        status => Trouble::of_status(status, code.as_deref()),
    })
}

fn number_or_text<'de, D: Deserializer<'de>>(from: D) -> Result<u64, D::Error> {
    #[derive(Deserialize)]
    #[serde(untagged)]
    enum Either {
        Number(u64),
        Text(String),
    }
    match Either::deserialize(from)? {
        Either::Number(number) => Ok(number),
        Either::Text(text) => text.parse().map_err(serde::de::Error::custom),
    }
}
