//! What a server is handed, and what is taken out of what it says. The runtime knows of no vault: whoever does answers
//! through these traits. Before anything is handed over, `prepare` has seen to it that it will be found in what comes
//! back.

use std::{fmt, pin::Pin, sync::Arc};

use bytes::Bytes;
use http::{HeaderMap, HeaderName, StatusCode};
use peta_dial::{Lender, Splice};
use peta_model::{Code, ServerId};

use crate::key::Holder;

/// Gives each line its custody.
pub trait Custodian: Send + Sync {
    /// Of one server, for whoever holds the instance; `None` for what Peta asks of its own (learning a server).
    fn of(&self, server: ServerId, holder: Option<&Holder>) -> Arc<dyn Custody>;
}

/// What goes over one line.
pub trait Custody: Send + Sync {
    /// To be awaited before anything is sent or started, if there is something to do.
    fn prepare(&self) -> Option<Preparing<'_>>;

    /// What the line's own requests carry: the handshake, streams, the good-bye.
    fn own(&self) -> Result<Vec<Carried>, Withheld>;

    /// The server did not carry out a request of the line's own for want of a better token.
    fn challenged(&self, _status: StatusCode, _headers: &HeaderMap) {}

    /// What a command is handed when it starts.
    fn handed(&self) -> Result<Vec<Handed>, Withheld>;

    /// What is searched for in all that the server says; `None` if it was never handed anything.
    fn filter(&self) -> Option<Arc<dyn Filter>>;
}

pub type Preparing<'a> = Pin<Box<dyn Future<Output = Result<(), Withheld>> + Send + 'a>>;

/// What one request carries, made anew for each attempt at it.
pub trait Ticket: Send + Sync {
    fn carried(&self) -> Result<Vec<Carried>, Withheld>;

    /// The server did not carry the request out for want of a better token (401, 403). What it said goes nowhere else.
    fn challenged(&self, _status: StatusCode, _headers: &HeaderMap) {}
}

/// A secret of a request.
#[derive(Debug)]
pub struct Carried {
    pub at: Place,
    pub splice: Splice,
}

/// Where in a request it stands.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Place {
    /// In a header, between these two texts.
    Header {
        name: HeaderName,
        before: String,
        after: String,
    },
    /// A parameter of the query, by its name as it is written there.
    Query(String),
    Cookie(String),
}

/// A secret of a process.
pub struct Handed {
    /// The environment variable that holds it, or says where it is.
    pub variable: String,
    pub how: How,
    pub lender: Arc<dyn Lender>,
}

/// How a process is handed a secret.
#[derive(Debug, Clone, Copy, PartialEq, Eq, serde::Serialize, serde::Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum How {
    /// In the variable itself, for the life of the process.
    Env,
    /// In a file descriptor.
    Fd,
    /// In a file in memory.
    File,
}

/// Takes secrets out of what a server says.
pub trait Filter: Send + Sync {
    /// One message, or a batch of them: what of it may pass, if something had to be cut.
    fn message(&self, text: &Bytes) -> Result<Option<Bytes>, Echoed>;

    /// A line that is no message.
    fn line(&self, text: &[u8]) -> Vec<u8>;

    /// A message that comes in pieces.
    fn sieve(&self) -> Box<dyn Sieve>;
}

/// A message that is passed on in pieces, without the secrets in it.
pub trait Sieve: Send + Sync {
    fn push(&mut self, piece: Bytes) -> Result<(), Echoed>;

    /// Whether anything was cut.
    fn end(&mut self) -> Result<bool, Echoed>;

    fn next_part(&mut self) -> Option<Bytes>;
}

/// What would have to be cut cannot be.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
pub enum Echoed {
    /// Nothing else may stand in the place of the secret.
    #[error("a secret came back where it cannot be cut out")]
    Uncut,
    /// It is no message, so it does not pass as one.
    #[error("the text is not JSON")]
    NotJson,
}

/// Why nothing is handed over: nothing was sent.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[error("{text}")]
pub struct Withheld {
    pub code: Code,
    pub text: String,
}

impl fmt::Debug for Handed {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Handed").field("variable", &self.variable).field("how", &self.how).finish_non_exhaustive()
    }
}

/// Where there is no vault: hands over nothing, and searches for nothing.
#[derive(Debug, Clone, Copy, Default)]
pub struct NoVault;

impl Custodian for NoVault {
    fn of(&self, _server: ServerId, _holder: Option<&Holder>) -> Arc<dyn Custody> {
        Arc::new(Self)
    }
}

impl Custody for NoVault {
    fn prepare(&self) -> Option<Preparing<'_>> {
        None
    }

    fn own(&self) -> Result<Vec<Carried>, Withheld> {
        Ok(Vec::new())
    }

    fn handed(&self) -> Result<Vec<Handed>, Withheld> {
        Ok(Vec::new())
    }

    fn filter(&self) -> Option<Arc<dyn Filter>> {
        None
    }
}
