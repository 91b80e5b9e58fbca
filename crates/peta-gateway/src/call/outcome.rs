//! Record outcome: before the answer leaves, how the call ended stands in the record. If it cannot be written, the
//! answer is withheld.

use std::sync::Arc;

use bytes::Bytes;
use peta_model::Outcome;

use super::sanitize::Clean;
use crate::{entry::Entry, hub::Hub, stop::Stop};

/// Writes how a call ended, and only then gives the answer's text.
pub async fn outcome(hub: &Arc<Hub>, entry: Entry, end: Result<Clean, Stop>) -> Option<Bytes> {
    match end {
        Err(stop) => entry.stopped(hub, stop).await,
        Ok(clean) => {
            let (text, failed) = clean.into_parts();
            let outcome = if failed { Outcome::Error } else { Outcome::Ok };
            Some(entry.answered(hub, outcome, text).await)
        }
    }
}
