//! What servers said to requests that they did not carry out for want of a better token.

use std::{
    collections::HashMap,
    sync::{Mutex, PoisonError},
};

use http::{HeaderMap, StatusCode, header};
use peta_model::{AgentId, ServerId};

/// More headers are not looked at.
const HEADERS: usize = 8;
/// So many refusals are remembered; who asks again is told again.
const MOST: usize = 1_024;

/// One of them.
#[derive(Debug, Clone)]
pub(crate) struct Challenge {
    pub(crate) status: StatusCode,
    /// Its `WWW-Authenticate`: it goes no further than this.
    pub(crate) headers: Vec<String>,
}

impl Challenge {
    pub(super) fn of(status: StatusCode, headers: &HeaderMap) -> Self {
        let headers = headers.get_all(header::WWW_AUTHENTICATE).iter().take(HEADERS);
        Self { status, headers: headers.filter_map(|value| value.to_str().ok()).map(str::to_owned).collect() }
    }
}

/// Those to requests of agents' lines, which are no calls with a ticket: until somebody asks.
#[derive(Default)]
pub(super) struct Refused(Mutex<HashMap<(ServerId, AgentId), Challenge>>);

impl Refused {
    pub(super) fn note(&self, line: (ServerId, AgentId), challenge: Challenge) {
        let mut all = self.0.lock().unwrap_or_else(PoisonError::into_inner);
        if all.len() >= MOST {
            all.clear();
        }
        all.insert(line, challenge);
    }

    pub(super) fn take(&self, line: (ServerId, AgentId)) -> Option<Challenge> {
        self.0.lock().unwrap_or_else(PoisonError::into_inner).remove(&line)
    }
}
