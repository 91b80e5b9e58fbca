//! Fetching a public JSON document and reading it into a type. Documents are strangers': what is no JSON object of the
//! right form is told apart from what is not there.

use serde::de::DeserializeOwned;

use super::{
    error::Error,
    fetch::{Ask, Fetch},
    place::{Bounds, Place},
};

/// The document at a place; none if nothing stands there: an answer of 4xx, or a page for people.
pub(super) async fn find<T: DeserializeOwned>(
    fetch: &dyn Fetch,
    place: Place,
    bounds: Bounds,
    what: &'static str,
) -> Result<Option<T>, Error> {
    let reply = fetch.fetch(Ask::document(place, bounds)).await.map_err(|error| Error::Fetch { what, error })?;
    match reply.status {
        200..300 if reply.media == "text/html" => Ok(None),
        200..300 => serde_json::from_slice(&reply.body).map(Some).map_err(|_| Error::Garbled { what }),
        400..500 => Ok(None),
        status => Err(Error::Status { what, status }),
    }
}
