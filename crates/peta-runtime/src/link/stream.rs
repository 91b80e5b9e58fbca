//! A stream of events from a server, read with bounds; it remembers where it was and how long to wait before it is
//! asked for again.

use std::time::Duration;

use http_body_util::BodyExt;
use peta_dial::Answer;
use peta_mcp::sse::{Event, Parser};
use peta_model::Code;

use crate::fault::{Executed, LostWhy};

/// How long to wait where the server did not say.
const RETRY: Duration = Duration::from_secs(1);
/// A server may say nothing sillier than this.
const RETRY_LEAST: Duration = Duration::from_millis(10);
const RETRY_MOST: Duration = Duration::from_secs(300);

/// Where a stream was when it was cut.
#[derive(Debug, Clone, Default)]
pub(super) struct Place {
    /// The last event's id.
    pub(super) last: Option<String>,
    retry: Option<Duration>,
}

#[derive(Debug)]
pub(super) struct Events {
    body: Answer,
    parser: Parser,
    limit: usize,
}

impl Place {
    pub(super) fn retry(&self) -> Duration {
        self.retry.unwrap_or(RETRY).clamp(RETRY_LEAST, RETRY_MOST)
    }
}

impl Events {
    pub(super) fn new(body: Answer, limit: usize) -> Self {
        Self { body, parser: Parser::new(limit), limit }
    }

    /// The next event with data; `None` where the stream ends, however it does.
    pub(super) async fn next(&mut self, place: &mut Place) -> Result<Option<Event>, LostWhy> {
        loop {
            while let Some(event) = self.parser.next() {
                let event = event.map_err(|_| too_large())?;
                if let Some(id) = &event.id {
                    place.last = Some(id.clone()).filter(|id| !id.is_empty());
                }
                if let Some(retry) = event.retry {
                    place.retry = Some(Duration::from_millis(retry));
                }
                if !event.data.is_empty() {
                    return Ok(Some(event));
                }
            }
            match self.body.frame().await {
                Some(Ok(frame)) => {
                    // A frame is at most a read buffer long, so the parser's bound is ours.
                    debug_assert!(frame.data_ref().is_none_or(|data| data.len() <= self.limit.max(1 << 20)));
                    if let Some(data) = frame.data_ref() {
                        self.parser.push(data);
                    }
                }
                Some(Err(_)) | None => return Ok(None),
            }
        }
    }
}

/// Whether an event carries a message.
pub(super) fn is_message(event: &Event) -> bool {
    event.name.as_deref().is_none_or(|name| name == "message")
}

fn too_large() -> LostWhy {
    LostWhy::new(Code::SERVER_GARBAGE, Executed::Maybe, "the server sent an event larger than allowed")
}
