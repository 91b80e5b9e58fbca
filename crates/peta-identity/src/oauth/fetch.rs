//! What the engine asks of the world: one request, one bounded answer. Whoever calls brings it; `Dialed` is Peta's.

use std::pin::Pin;

use peta_dial::DialError;
use zeroize::Zeroizing;

use super::{
    place::{Bounds, Place, PlaceError},
    secret::Secret,
};

/// A request that is under way.
pub type Fetching<'a> = Pin<Box<dyn Future<Output = Result<Reply, FetchError>> + Send + 'a>>;

/// Whoever can send a request.
pub trait Fetch: Send + Sync {
    fn fetch(&self, ask: Ask) -> Fetching<'_>;

    /// How far what a server refers to may lead. Its URL says so, and whoever knows more of this network's names.
    fn bounds(&self, server: &Place) -> Bounds {
        server.bounds()
    }
}

/// One request. With a body it is a POST, else a GET.
#[derive(Debug, Clone)]
pub struct Ask {
    pub place: Place,
    /// How far redirects may lead.
    pub bounds: Bounds,
    pub purpose: Purpose,
    pub authorization: Option<Secret>,
    pub body: Option<Body>,
}

/// What a request is for, which says how much may come back and whether it may be sent on.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Purpose {
    /// A public document.
    Metadata,
    /// Something with secrets in it: it goes to this place or nowhere.
    Token,
}

/// What is sent.
#[derive(Debug, Clone)]
pub struct Body {
    pub media: &'static str,
    pub text: Secret,
}

/// What came back.
pub struct Reply {
    pub status: u16,
    /// The media type in lower case, without parameters; empty if none was said.
    pub media: String,
    pub body: Zeroizing<Vec<u8>>,
}

/// Why nothing came back.
#[derive(Debug, Clone, thiserror::Error)]
pub enum FetchError {
    #[error(transparent)]
    Dial(#[from] DialError),
    #[error("it redirects to a place that may not be asked: {0}")]
    Place(#[from] PlaceError),
    #[error("it redirects, which this request may not follow")]
    Redirected,
    #[error("it did not answer in time")]
    Slow,
    #[error("it answered with more than {0} bytes")]
    TooLarge(usize),
    #[error("the connection broke before the answer was whole")]
    Broken,
}

impl Purpose {
    /// How many bytes may come back.
    pub const fn limit(self) -> usize {
        match self {
            Self::Metadata => 1 << 20,
            Self::Token => 256 << 10,
        }
    }

    /// How many redirects are followed.
    pub const fn redirects(self) -> usize {
        match self {
            Self::Metadata => 3,
            Self::Token => 0,
        }
    }
}

impl Ask {
    /// For a public document.
    pub fn document(place: Place, bounds: Bounds) -> Self {
        Self { place, bounds, purpose: Purpose::Metadata, authorization: None, body: None }
    }
}

impl Reply {
    pub fn is_success(&self) -> bool {
        (200..300).contains(&self.status)
    }
}

impl std::fmt::Debug for Reply {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_struct("Reply").field("status", &self.status).field("media", &self.media).finish_non_exhaustive()
    }
}
