//! Reading a body: bounded before it is whole, and not from a sender who has fallen asleep.

use bytes::{Bytes, BytesMut};
use http::{HeaderMap, StatusCode, header};
use http_body_util::BodyExt;
use hyper::body::Incoming;
use peta_model::{Code, Span};
use tokio::time::timeout;

/// Why a body could not be read.
pub(super) type Unread = (StatusCode, Code);

pub(super) async fn read(headers: &HeaderMap, mut body: Incoming, limit: usize, quiet: Span) -> Result<Bytes, Unread> {
    let too_large = (StatusCode::PAYLOAD_TOO_LARGE, Code::TOO_LARGE);
    let announced = headers.get(header::CONTENT_LENGTH).and_then(|length| length.to_str().ok()?.parse::<usize>().ok());
    if announced.is_some_and(|length| length > limit) {
        return Err(too_large);
    }
    let mut first: Option<Bytes> = None;
    let mut whole = BytesMut::new();
    loop {
        let frame = timeout(quiet.duration(), body.frame()).await;
        let frame = frame.map_err(|_| (StatusCode::REQUEST_TIMEOUT, Code::SLOW_SENDER))?;
        let Some(frame) = frame else { break };
        let frame = frame.map_err(|_| (StatusCode::BAD_REQUEST, Code::NOT_JSON))?;
        let Ok(data) = frame.into_data() else { continue };
        let held = first.as_ref().map_or(whole.len(), Bytes::len);
        if held + data.len() > limit {
            return Err(too_large);
        }
        // Most bodies come in one piece, which is then not copied.
        if first.is_none() && whole.is_empty() {
            first = Some(data);
        } else {
            if let Some(first) = first.take() {
                whole.extend_from_slice(&first);
            }
            whole.extend_from_slice(&data);
        }
    }
    Ok(first.unwrap_or_else(|| whole.freeze()))
}
