//! Reading a body: bounded before it is whole, and not from a sender who has fallen asleep.

use std::time::Duration;

use bytes::{Bytes, BytesMut};
use http::{HeaderMap, StatusCode, header};
use http_body_util::BodyExt;
use hyper::body::Incoming;
use peta_model::{Code, Span};
use tokio::time::timeout;

/// How long a body that is refused is still read.
const PATIENCE: Duration = Duration::from_secs(2);
/// How long its sender may pause meanwhile.
const PAUSE: Duration = Duration::from_millis(200);

/// Why a body could not be read.
pub(super) type Unread = (StatusCode, Code);

pub(super) async fn read(headers: &HeaderMap, mut body: Incoming, limit: usize, quiet: Span) -> Result<Bytes, Unread> {
    let too_large = (StatusCode::PAYLOAD_TOO_LARGE, Code::TOO_LARGE);
    let announced = headers.get(header::CONTENT_LENGTH).and_then(|length| length.to_str().ok()?.parse::<usize>().ok());
    if announced.is_some_and(|length| length > limit) {
        if !headers.contains_key(header::EXPECT) {
            discard(body, limit).await;
        }
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
            discard(body, limit).await;
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

/// Reads on for a little and throws away: a client that is still sending when the answer comes sees a broken connection
/// instead of it. One that pauses has nothing to lose.
async fn discard(mut body: Incoming, limit: usize) {
    let mut left = limit.saturating_mul(4);
    let reading = async {
        while let Ok(Some(Ok(frame))) = timeout(PAUSE, body.frame()).await {
            left = left.saturating_sub(frame.data_ref().map_or(0, Bytes::len));
            if left == 0 {
                return;
            }
        }
    };
    // Out of time is as good as out of patience: the answer is given either way.
    let _ = timeout(PATIENCE, reading).await;
}
